//! What tests of decisions share: a session of `User:a` under some ACLs, and what its requests come to.

use super::{
    Asked, Authority, Decides, Decision, Denials, Rules, Sessions, TopicId, TopicNames, decide,
};
use crate::policy::{
    fixture::{authorizer, who},
    rights::Rights,
};
use crate::wire::api::Api;
use crate::wire::frame;
use crate::wire::read::read;
use crate::wire::value::Value;
use std::sync::Arc;

/// The rules where Oathgate decides and brokers see one identity for all.
pub(in crate::proxy) const HERE: Rules = Rules {
    decides: Decides::Here,
    own_identity: false,
    admin_apis: false,
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
}

impl Session {
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
        }
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
    pub(in crate::proxy) fn decide(
        &mut self,
        api: &'static Api,
        version: i16,
        body: &Value,
    ) -> Outcome {
        let framed = frame::request(api, version, 42, Some("client"), body).unwrap();
        let mut frame = framed[frame::LENGTH_BYTES..].to_vec();
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        };
        let sessions = &mut self.sessions;
        let decision = decide(
            api,
            version,
            &mut frame,
            HERE,
            sessions,
            Some(&mut authority),
        );
        let went_up = |framed: &[u8]| {
            let frame = &framed[frame::LENGTH_BYTES..];
            let at = frame::request_header(frame).unwrap().body_at;
            read(api.request, version, &frame[at..]).unwrap()
        };
        let in_place = || {
            let at = frame::request_header(&frame).unwrap().body_at;
            read(api.request, version, &frame[at..]).unwrap()
        };
        let up = match &decision {
            Decision::Forward
            | Decision::ForwardAndAmend { frame: None, .. }
            | Decision::Unanswered { frame: None, .. } => Some(in_place()),
            Decision::Replace(frame)
            | Decision::ForwardAndAmend {
                frame: Some(frame), ..
            }
            | Decision::Unanswered {
                frame: Some(frame), ..
            } => Some(went_up(frame)),
            Decision::Answer(_) | Decision::Ask(_) | Decision::Close(_) => None,
        };
        let answer = match &decision {
            Decision::Answer(frame) => Some(answer(api, version, frame)),
            _ => None,
        };
        Outcome {
            decision,
            up,
            answer,
        }
    }
}

/// What became of a request.
#[derive(Debug)]
pub(in crate::proxy) struct Outcome {
    pub(in crate::proxy) decision: Decision,
    /// The body that goes up.
    pub(in crate::proxy) up: Option<Value>,
    /// The body of an answer made here.
    pub(in crate::proxy) answer: Option<Value>,
}

/// The body of `framed`, an answer with its length to request 42.
pub(in crate::proxy) fn answer(api: &'static Api, version: i16, framed: &[u8]) -> Value {
    let length = frame::length(framed, usize::MAX).unwrap().unwrap();
    let frame = &framed[frame::LENGTH_BYTES..];
    assert_eq!(length, frame.len());
    let (id, at) = frame::response_header(api, version, frame).unwrap();
    assert_eq!(id, 42);
    read(api.response, version, &frame[at..]).unwrap()
}
