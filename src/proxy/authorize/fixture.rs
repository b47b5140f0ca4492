//! What tests of decisions share: a session of `User:a` under some ACLs, what its requests come to,
//! and a broker that answers what it is told to.

use super::authority::Denial;
use super::{
    Amend, Asked, Authority, Decides, Decision, Denials, Question, Rules, Sessions, TopicId,
    TopicNames, decide,
};
use crate::policy::{
    fixture::{authorizer, who},
    rights::Rights,
};
use crate::wire::api::{Api, api};
use crate::wire::frame;
use crate::wire::read::read;
use crate::wire::value::Value;
use std::sync::Arc;

/// The correlation id of every request.
const ID: i32 = 42;

/// The rules where Oathgate decides and brokers see one identity for all.
pub(in crate::proxy) const HERE: Rules = Rules {
    decides: Decides::Here,
    own_identity: false,
    admin_apis: false,
    telemetry: true,
};

/// The id of the topic `name` in tests.
pub(in crate::proxy) fn topic_id(name: &str) -> TopicId {
    let mut id = [7; 16];
    for (to, from) in id.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    id
}

/// A session of `User:a`.
pub(in crate::proxy) struct Session {
    pub(in crate::proxy) rights: Rights,
    pub(in crate::proxy) topics: TopicNames,
    pub(in crate::proxy) asked: Asked,
    pub(in crate::proxy) denials: Denials,
    pub(in crate::proxy) sessions: Sessions,
    own_identity: bool,
}

impl Session {
    /// Under `acls`, written as [`crate::policy::fixture::acl`] reads them.
    pub(in crate::proxy) fn of(acls: &[&str]) -> Self {
        Self::new(acls, &[])
    }

    /// Under `acls`, for the broker's topics `names`.
    pub(in crate::proxy) fn new(acls: &[&str], names: &[&str]) -> Self {
        let topics = TopicNames::default();
        for name in names {
            topics.learn(topic_id(name), name);
        }
        Self {
            rights: Rights::new(Arc::new(authorizer(acls)), who("User:a")),
            topics,
            asked: Asked::default(),
            denials: Denials::default(),
            sessions: Sessions::new(Arc::default(), "cluster", "a"),
            own_identity: false,
        }
    }

    /// The same with an upstream identity of its own.
    pub(in crate::proxy) fn with_own_identity(mut self) -> Self {
        self.own_identity = true;
        self
    }

    /// From now on under `acls`.
    pub(in crate::proxy) fn follow(&mut self, acls: &[&str]) {
        self.rights.follow(&Arc::new(authorizer(acls)));
    }

    pub(in crate::proxy) fn authority(&mut self) -> Authority<'_> {
        Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        }
    }

    /// What becomes of a request.
    pub(in crate::proxy) fn decide(&mut self, key: i16, version: i16, body: &Value) -> Outcome {
        let api = api(key).unwrap();
        let framed = frame::request(api, version, ID, Some("client"), body).unwrap();
        let sent = &framed[frame::LENGTH_BYTES..];
        let mut frame = sent.to_vec();
        let rules = Rules {
            own_identity: self.own_identity,
            ..HERE
        };
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        };
        let decision = decide(
            api,
            version,
            &mut frame,
            rules,
            &mut self.sessions,
            Some(&mut authority),
        );
        let up = match &decision {
            Decision::Forward
            | Decision::ForwardAndAmend { frame: None, .. }
            | Decision::Unanswered { frame: None, .. } => Some(request(key, version, &frame)),
            Decision::ForwardAndAmend {
                frame: Some(framed),
                amend,
            } => {
                let spoken = amend.asked_in.unwrap_or(version);
                Some(request(key, spoken, &framed[frame::LENGTH_BYTES..]))
            }
            Decision::Replace(framed)
            | Decision::Unanswered {
                frame: Some(framed),
                ..
            } => Some(request(key, version, &framed[frame::LENGTH_BYTES..])),
            Decision::Answer(_) | Decision::Ask(_) | Decision::Match(_) | Decision::Close(_) => {
                None
            }
        };
        let answer = match &decision {
            Decision::Answer(frame) => Some(answer(api, version, frame)),
            _ => None,
        };
        let as_it_came = matches!(
            decision,
            Decision::Forward | Decision::ForwardAndAmend { frame: None, .. }
        );
        Outcome {
            as_it_came: as_it_came && frame == sent,
            decision,
            up,
            answer,
        }
    }

    /// The answer to a request that none of goes up.
    pub(in crate::proxy) fn answer(&mut self, key: i16, version: i16, body: &Value) -> Value {
        let outcome = self.decide(key, version, body);
        let decision = outcome.decision;
        outcome
            .answer
            .unwrap_or_else(|| panic!("{key} v{version}: {decision:?}"))
    }

    /// What goes up of a request that is cut, and what becomes of the answer.
    pub(in crate::proxy) fn cut(&mut self, key: i16, version: i16, body: &Value) -> (Value, Amend) {
        let outcome = self.decide(key, version, body);
        match (outcome.decision, outcome.up) {
            (
                Decision::ForwardAndAmend {
                    frame: Some(_),
                    amend,
                },
                Some(up),
            ) => (up, amend),
            (other, _) => panic!("{key} v{version}: {other:?}"),
        }
    }

    /// The broker's `answer` to a question is noted.
    pub(in crate::proxy) fn replied(&mut self, question: &Question, answer: &Value) {
        self.asked.note(question, answer, &self.topics);
    }

    /// The broker's `said` as the client gets it.
    pub(in crate::proxy) fn amended(
        &mut self,
        amend: &Amend,
        key: i16,
        version: i16,
        said: &Value,
    ) -> Value {
        let api = api(key).unwrap();
        let spoken = amend.asked_in.unwrap_or(version);
        let framed = frame::response(api, spoken, ID, said).unwrap();
        let frame = &framed[frame::LENGTH_BYTES..];
        let amended = amend.apply(api, version, frame, Some(&mut self.authority()));
        answer(api, version, &amended.unwrap())
    }

    /// What was noted as denied since the last call.
    pub(in crate::proxy) fn denied(&mut self) -> Vec<Denial> {
        std::mem::take(&mut self.denials).into_kept()
    }
}

/// What became of a request.
#[derive(Debug)]
pub(in crate::proxy) struct Outcome {
    pub(in crate::proxy) decision: Decision,
    /// The body that goes up.
    pub(in crate::proxy) up: Option<Value>,
    /// Whether that is what came, byte for byte.
    pub(in crate::proxy) as_it_came: bool,
    /// The body of an answer made here.
    pub(in crate::proxy) answer: Option<Value>,
}

impl Outcome {
    /// What the broker is asked first.
    pub(in crate::proxy) fn question(&self) -> Option<Question> {
        match &self.decision {
            Decision::Ask(question) => Some(question.clone()),
            _ => None,
        }
    }
}

/// A session that speaks one version of one API.
pub(in crate::proxy) struct Bench {
    pub(in crate::proxy) session: Session,
    api: &'static Api,
    version: i16,
}

impl Bench {
    /// `acls` without the principal and host at their end.
    pub(in crate::proxy) fn new(key: i16, version: i16, acls: &[&str]) -> Self {
        let acls: Vec<String> = acls.iter().map(|acl| format!("{acl} User:a *")).collect();
        let acls: Vec<&str> = acls.iter().map(String::as_str).collect();
        Self {
            session: Session::of(&acls),
            api: api(key).unwrap(),
            version,
        }
    }

    /// Decides a request with `body`.
    pub(in crate::proxy) fn decide(&mut self, body: &Value) -> Outcome {
        let outcome = self.session.decide(self.api.key, self.version, body);
        if let Decision::Close(reason) = &outcome.decision {
            panic!("{} v{}: {reason}", self.api.name, self.version);
        }
        outcome
    }

    /// The broker answers `question` with `topics` of Metadata.
    pub(in crate::proxy) fn told(&mut self, question: &Question, topics: Vec<Value>) {
        let answer = Value::fields([("Topics", topics.into())]);
        self.session.replied(question, &answer);
    }

    /// What the client gets when the broker answers `body`.
    pub(in crate::proxy) fn answered(&mut self, outcome: &Outcome, body: &Value) -> Value {
        match &outcome.decision {
            Decision::ForwardAndAmend { amend, .. } => {
                let key = self.api.key;
                self.session.amended(amend, key, self.version, body)
            }
            _ => {
                let framed = frame::response(self.api, self.version, ID, body).unwrap();
                answer(self.api, self.version, &framed)
            }
        }
    }
}

/// The body of `framed`, an answer with its length to request 42.
pub(in crate::proxy) fn answer(api: &'static Api, version: i16, framed: &[u8]) -> Value {
    let length = frame::length(framed, usize::MAX).unwrap().unwrap();
    let frame = &framed[frame::LENGTH_BYTES..];
    assert_eq!(length, frame.len());
    let (id, at) = frame::response_header(api, version, frame).unwrap();
    assert_eq!(id, ID);
    read(api.response, version, &frame[at..]).unwrap()
}

/// The body of `frame`, a request without its length.
fn request(key: i16, version: i16, frame: &[u8]) -> Value {
    let header = frame::request_header(frame).unwrap();
    assert_eq!((header.api.key, header.version), (key, version));
    assert_eq!(
        (header.correlation_id, header.client_id),
        (ID, Some("client"))
    );
    read(header.api.request, version, &frame[header.body_at..]).unwrap()
}

/// Every version of the API `key` from `first` on.
pub(in crate::proxy) fn versions(key: i16, first: i16) -> std::ops::RangeInclusive<i16> {
    let api = api(key).unwrap();
    api.min_version.max(first)..=api.max_version
}

/// A topic of Metadata that exists, with partitions 0 and 1.
pub(in crate::proxy) fn known(name: &str, id: u8) -> Value {
    let partition = |index: i32| Value::fields([("PartitionIndex", index.into())]);
    Value::fields([
        ("ErrorCode", 0.into()),
        ("Name", name.into()),
        ("TopicId", [id; 16].into()),
        ("Partitions", Value::array([partition(0), partition(1)])),
    ])
}

/// A topic of Metadata that does not.
pub(in crate::proxy) fn missing(name: &str) -> Value {
    Value::fields([("Name", name.into()), ("ErrorCode", 3.into())])
}

/// Every text anywhere in `value`.
pub(in crate::proxy) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Str(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Struct(fields) => fields.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => Vec::new(),
    }
}

/// Every error code anywhere in `value`, in its order.
pub(in crate::proxy) fn codes(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(items) => items.iter().flat_map(codes).collect(),
        Value::Struct(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Int(code) if name.ends_with("ErrorCode") => vec![*code],
                other => codes(other),
            })
            .collect(),
        _ => Vec::new(),
    }
}
