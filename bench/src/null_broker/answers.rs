//! What the broker answers, by what is asked. No sockets here.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use oathgate::wire::{
    frame::{self, LENGTH_BYTES, RequestHeader},
    read::read,
    tables::{APIS, api_key},
    value::Value,
};

use super::fetches::{self, Session};
use crate::{
    fault::{Fault, Result},
    topics::{PARTITIONS, Topic},
};

/// The broker's id.
pub(super) const NODE: i32 = 0;

/// A whole response frame, to be sent with the correlation id of whoever asked.
pub(super) type Frame = Arc<[u8]>;

/// The answers of one listener.
#[derive(Debug)]
pub(super) struct Answers {
    /// Where clients are told to find the broker: where they found it.
    address: SocketAddr,
    topics: u32,
    /// Answers that are large or much work and the same on every connection, by the request's bytes
    /// after its correlation id. It grows by what one measurement asks for, which is little.
    shared: Mutex<HashMap<Vec<u8>, Frame>>,
}

impl Answers {
    pub(super) fn new(address: SocketAddr, topics: u32) -> Self {
        Self {
            address,
            topics,
            shared: Mutex::default(),
        }
    }

    /// The answer to `request`, a frame without its length; `session` is the connection's.
    ///
    /// # Errors
    /// When the broker does not know the API, or the request is broken.
    pub(super) fn answer(&self, request: &[u8], session: &mut Option<Session>) -> Result<Frame> {
        let header = frame::request_header(request)?;
        let body = request.get(header.body_at..).unwrap_or_default();
        match header.api.key {
            api_key::FETCH => self.fetch(&header, request, session),
            api_key::METADATA => self.shared(&header, request, |asked| {
                self.metadata(asked, header.version)
            }),
            api_key::PRODUCE => respond(&header, &produced(&asked(&header, body)?)),
            api_key::API_VERSIONS => respond(&header, &versions()),
            api_key::SASL_HANDSHAKE => {
                let mechanisms = Value::array(["OAUTHBEARER"]);
                respond(&header, &Value::fields([("Mechanisms", mechanisms)]))
            }
            api_key::SASL_AUTHENTICATE => respond(&header, &Value::fields([])),
            _ => Err(Fault::new(format!("{} is not answered", header.api.name))),
        }
    }

    /// A fetch without a session is the same for all; one with is its connection's own.
    fn fetch(
        &self,
        header: &RequestHeader<'_>,
        request: &[u8],
        session: &mut Option<Session>,
    ) -> Result<Frame> {
        let body = request.get(header.body_at..).unwrap_or_default();
        let fetch = asked(header, body)?;
        match fetches::kind(&fetch) {
            fetches::Kind::Sessionless => {
                self.shared(header, request, |fetch| fetches::whole(fetch, 0))
            }
            fetches::Kind::Opening => {
                let opened = session.insert(Session::open(&fetch));
                respond(header, &fetches::whole(&fetch, opened.id()))
            }
            fetches::Kind::Continuing(id) => match session {
                Some(session) if session.id() == id => respond(header, &session.next()),
                _ => Err(Fault::new(format!(
                    "fetch session {id} is not of this connection"
                ))),
            },
        }
    }

    /// The answer that `make` makes of the request's body, made once for all connections.
    fn shared(
        &self,
        header: &RequestHeader<'_>,
        request: &[u8],
        make: impl FnOnce(&Value) -> Value,
    ) -> Result<Frame> {
        // Key and version are before the correlation id, everything else after it.
        let mut key = request.get(..4).unwrap_or_default().to_vec();
        key.extend(request.get(8..).unwrap_or_default());
        // Whoever panicked while holding it only inserted.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shared.get(&key) {
            return Ok(Arc::clone(known));
        }
        let body = request.get(header.body_at..).unwrap_or_default();
        let frame = respond(header, &make(&asked(header, body)?))?;
        shared.insert(key, Arc::clone(&frame));
        Ok(frame)
    }

    /// Topics by name or id, or all of them where the list is null (or, in version 0, empty).
    fn metadata(&self, asked: &Value, version: i16) -> Value {
        let listed = asked.items("Topics");
        let all = match asked.get("Topics") {
            Some(Value::Array(listed)) => version == 0 && listed.is_empty(),
            _ => true,
        };
        let topics: Vec<Value> = if all {
            (0..self.topics).map(|n| described(Topic(n))).collect()
        } else {
            let known = listed.iter().filter_map(|topic| {
                let by_id = || topic.uuid("TopicId").and_then(Topic::of_id);
                topic.str("Name").map_or_else(by_id, Topic::of_name)
            });
            known.map(described).collect()
        };
        let broker = Value::fields([
            ("NodeId", NODE.into()),
            ("Host", self.address.ip().to_string().into()),
            ("Port", i32::from(self.address.port()).into()),
        ]);
        Value::fields([
            ("Brokers", Value::array([broker])),
            ("ClusterId", "oathgate-null-broker-0".into()),
            ("ControllerId", NODE.into()),
            ("Topics", Value::Array(topics)),
        ])
    }
}

fn asked(header: &RequestHeader<'_>, body: &[u8]) -> Result<Value> {
    Ok(read(header.api.request, header.version, body)?)
}

fn respond(header: &RequestHeader<'_>, body: &Value) -> Result<Frame> {
    let frame = frame::response(header.api, header.version, header.correlation_id, body)?;
    debug_assert!(frame.len() > LENGTH_BYTES);
    Ok(frame.into())
}

/// What a newest broker advertises.
fn versions() -> Value {
    let served = APIS.iter().filter(|api| api.broker).map(|api| {
        Value::fields([
            ("ApiKey", api.key.into()),
            ("MinVersion", api.min_version.into()),
            ("MaxVersion", api.max_version.into()),
        ])
    });
    Value::fields([("ApiKeys", Value::array(served))])
}

/// Every partition was appended to.
fn produced(asked: &Value) -> Value {
    let topics = asked.items("TopicData").iter().map(|topic| {
        let partitions = topic.items("PartitionData").iter().map(|partition| {
            Value::fields([
                ("Index", partition.int("Index").into()),
                ("LogAppendTimeMs", (-1).into()),
            ])
        });
        let mut answer = fetches::same_topic(topic, "Name");
        answer.set("PartitionResponses", Value::array(partitions));
        answer
    });
    Value::fields([("Responses", Value::array(topics))])
}

fn described(topic: Topic) -> Value {
    let partition = |index: i32| {
        let nodes = || Value::array([NODE]);
        Value::fields([
            ("PartitionIndex", index.into()),
            ("LeaderId", NODE.into()),
            ("LeaderEpoch", 0.into()),
            ("ReplicaNodes", nodes()),
            ("IsrNodes", nodes()),
        ])
    };
    Value::fields([
        ("Name", topic.name().into()),
        ("TopicId", topic.id().into()),
        ("Partitions", Value::array((0..PARTITIONS).map(partition))),
    ])
}

#[cfg(test)]
mod tests {
    use oathgate::wire::{
        api::Api,
        read::read_answer,
        tables::{FETCH, METADATA, PRODUCE},
    };

    use super::*;

    fn answers() -> Answers {
        Answers::new("127.0.0.1:9092".parse().unwrap(), 20)
    }

    fn ask(
        answers: &Answers,
        session: &mut Option<Session>,
        (api, version): (&'static Api, i16),
        body: &Value,
    ) -> Result<Value> {
        let request = frame::request(api, version, 7, Some("test"), body)?;
        let answer = answers.answer(&request[LENGTH_BYTES..], session)?;
        let answer = &answer[LENGTH_BYTES..];
        let (correlation_id, at) = frame::response_header(api, version, answer)?;
        assert_eq!(correlation_id, 7);
        Ok(read_answer(api.response, version, &answer[at..])?)
    }

    #[test]
    fn metadata_tells_all_topics_or_those_asked_for() {
        let all = Value::fields([("Topics", Value::Null)]);
        let answer = ask(&answers(), &mut None, (&METADATA, 13), &all).unwrap();
        assert_eq!(answer.items("Topics").len(), 20);
        assert_eq!(answer.items("Brokers")[0].int("Port"), Some(9092));
        let by_id = Value::fields([("TopicId", Topic(3).id().into()), ("Name", Value::Null)]);
        let by_name = Value::fields([("Name", "bench-00004".into())]);
        let some = Value::fields([("Topics", Value::array([by_id, by_name]))]);
        let answer = ask(&answers(), &mut None, (&METADATA, 13), &some).unwrap();
        let names = answer.items("Topics").iter().map(|topic| topic.str("Name"));
        let names: Vec<_> = names.flatten().collect();
        assert_eq!(names, ["bench-00003", "bench-00004"]);
    }

    #[test]
    fn a_produce_is_answered_partition_by_partition() {
        let partition = |index: i32| Value::fields([("Index", index.into())]);
        let topic = Value::fields([
            ("Name", Topic(1).name().into()),
            ("TopicId", Topic(1).id().into()),
            ("PartitionData", Value::array((0..3).map(partition))),
        ]);
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array([topic]))]);
        for version in [3, 9, 12, 13] {
            let answer = ask(&answers(), &mut None, (&PRODUCE, version), &body).unwrap();
            let topic = &answer.items("Responses")[0];
            assert_eq!(topic.items("PartitionResponses").len(), 3, "{version}");
            let named = topic.str("Name") == Some("bench-00001");
            assert!(named || topic.uuid("TopicId") == Some(Topic(1).id()));
        }
    }

    #[test]
    fn a_session_is_continued_on_its_own_connection_alone() {
        let partition = Value::fields([("PartitionMaxBytes", 1000.into())]);
        let topic = Value::fields([
            ("TopicId", Topic(1).id().into()),
            ("Partitions", Value::array([partition.clone(), partition])),
        ]);
        let opening = Value::fields([
            ("MaxBytes", 100_000.into()),
            ("SessionEpoch", 0.into()),
            ("Topics", Value::array([topic])),
        ]);
        let (answers, mut session) = (answers(), None);
        let opened = ask(&answers, &mut session, (&FETCH, 17), &opening).unwrap();
        assert_eq!(opened.items("Responses")[0].items("Partitions").len(), 2);
        let id = opened.int("SessionId").unwrap();
        let next = Value::fields([("SessionId", id.into()), ("SessionEpoch", 1.into())]);
        let answer = ask(&answers, &mut session, (&FETCH, 17), &next).unwrap();
        let partitions = answer.items("Responses")[0].items("Partitions");
        assert_eq!(partitions.len(), 1, "only what has news");
        assert_eq!(partitions[0].bytes("Records").map(<[u8]>::len), Some(1000));
        assert!(ask(&answers, &mut None, (&FETCH, 17), &next).is_err());
    }
}
