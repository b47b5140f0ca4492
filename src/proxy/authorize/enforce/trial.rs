//! What tests of decisions share: a session with rights, and what became of its requests.

use std::sync::Arc;

use crate::policy::fixture::{authorizer, who};
use crate::policy::rights::Rights;
use crate::proxy::authorize::authority::{Authority, Denial, Denials};
use crate::proxy::authorize::{
    Amend, Asked, Decides, Decision, Question, Rules, Sessions, TopicNames,
};
use crate::wire::api::api;
use crate::wire::frame;
use crate::wire::read::read;
use crate::wire::value::Value;

/// A session of `User:a`.
pub(super) struct Trial {
    pub(super) rights: Rights,
    pub(super) topics: TopicNames,
    pub(super) asked: Asked,
    denials: Denials,
    own_identity: bool,
}

impl Trial {
    /// The session under these ACLs, written as [`crate::policy::fixture::acl`] reads them.
    pub(super) fn of(acls: &[&str]) -> Self {
        Self {
            rights: Rights::new(Arc::new(authorizer(acls)), who("User:a")),
            topics: TopicNames::default(),
            asked: Asked::default(),
            denials: Denials::default(),
            own_identity: false,
        }
    }

    /// The same with an upstream identity of its own.
    pub(super) fn with_own_identity(mut self) -> Self {
        self.own_identity = true;
        self
    }

    /// What is decided about a request with that body.
    pub(super) fn decide(&mut self, key: i16, version: i16, body: &Value) -> Decision {
        let api = api(key).unwrap();
        let mut frame = frame::request(api, version, 42, Some("client"), body)
            .unwrap()
            .split_off(frame::LENGTH_BYTES);
        let rules = Rules {
            decides: Decides::Here,
            own_identity: self.own_identity,
            admin_apis: false,
        };
        let mut sessions = Sessions::new(Arc::default(), "cluster", "a");
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        };
        crate::proxy::authorize::decide(
            api,
            version,
            &mut frame,
            rules,
            &mut sessions,
            Some(&mut authority),
        )
    }

    /// The answer to a request that none of goes up.
    pub(super) fn answer(&mut self, key: i16, version: i16, body: &Value) -> Value {
        match self.decide(key, version, body) {
            Decision::Answer(frame) => response(key, version, &frame),
            other => panic!("{key} v{version}: {other:?}"),
        }
    }

    /// What goes up of a request that is cut, and what becomes of the answer.
    pub(super) fn cut(&mut self, key: i16, version: i16, body: &Value) -> (Value, Amend) {
        match self.decide(key, version, body) {
            Decision::ForwardAndAmend {
                frame: Some(frame),
                amend,
            } => {
                let spoken = amend.asked_in.unwrap_or(version);
                (request(key, spoken, &frame), amend)
            }
            other => panic!("{key} v{version}: {other:?}"),
        }
    }

    /// The broker's `answer` to a question is noted.
    pub(super) fn replied(&mut self, question: &Question, answer: &Value) {
        self.asked.note(question, answer, &self.topics);
    }

    /// The broker's answer as the client gets it.
    pub(super) fn amended(
        &mut self,
        amend: &Amend,
        key: i16,
        version: i16,
        answer: &Value,
    ) -> Value {
        let api = api(key).unwrap();
        let spoken = amend.asked_in.unwrap_or(version);
        let frame = frame::response(api, spoken, 42, answer).unwrap();
        let asked = Asked::default();
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &asked,
            denials: &mut self.denials,
        };
        let frame = amend
            .apply(
                api,
                version,
                &frame[frame::LENGTH_BYTES..],
                Some(&mut authority),
            )
            .unwrap();
        response(key, version, &frame)
    }

    /// What was noted as denied since the last call.
    pub(super) fn denied(&mut self) -> Vec<Denial> {
        std::mem::take(&mut self.denials).into_kept()
    }
}

/// The body of a whole answer frame to request 42.
pub(super) fn response(key: i16, version: i16, framed: &[u8]) -> Value {
    let api = api(key).unwrap();
    let length = frame::length(framed, usize::MAX).unwrap().unwrap();
    let frame = &framed[frame::LENGTH_BYTES..];
    assert_eq!(length, frame.len());
    let (id, at) = frame::response_header(api, version, frame).unwrap();
    assert_eq!(id, 42);
    read(api.response, version, &frame[at..]).unwrap()
}

/// The body of a whole request frame.
pub(super) fn request(key: i16, version: i16, framed: &[u8]) -> Value {
    let frame = &framed[frame::LENGTH_BYTES..];
    let header = frame::request_header(frame).unwrap();
    assert_eq!((header.api.key, header.version), (key, version));
    assert_eq!(
        (header.correlation_id, header.client_id),
        (42, Some("client"))
    );
    read(header.api.request, version, &frame[header.body_at..]).unwrap()
}
