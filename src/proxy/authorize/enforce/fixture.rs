//! What tests of decisions share: a session's rights, and a broker that answers what it is told to.

use std::sync::Arc;

use crate::policy::fixture::{authorizer, who};
use crate::policy::rights::Rights;
use crate::proxy::authorize::authority::{Authority, Denials};
use crate::proxy::authorize::question::{Asked, Question};
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::topics::TopicNames;
use crate::proxy::authorize::{Amend, Decides, Decision, Rules};
use crate::wire::api::{Api, api};
use crate::wire::frame;
use crate::wire::read::read;
use crate::wire::value::Value;

/// The correlation id of every request.
const ID: i32 = 42;

/// Under an identity that all sessions share.
const RULES: Rules = Rules {
    decides: Decides::Here,
    own_identity: false,
    admin_apis: false,
};

/// A session of `User:a`.
pub(super) struct Bench {
    pub(super) rights: Rights,
    pub(super) topics: TopicNames,
    pub(super) asked: Asked,
    pub(super) denials: Denials,
    api: &'static Api,
    version: i16,
}

/// What became of a request.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The body that goes up, and whether that is the frame as it came.
    pub(super) up: Option<(Value, bool)>,
    /// The answer that is made here.
    pub(super) answer: Option<Value>,
    pub(super) question: Option<Question>,
    amend: Option<Amend>,
}

impl Bench {
    /// `acls` without the principal and host at their end.
    pub(super) fn new(key: i16, version: i16, acls: &[&str]) -> Self {
        let acls: Vec<String> = acls.iter().map(|acl| format!("{acl} User:a *")).collect();
        let acls: Vec<&str> = acls.iter().map(String::as_str).collect();
        Self {
            rights: Rights::new(Arc::new(authorizer(&acls)), who("User:a")),
            topics: TopicNames::default(),
            asked: Asked::default(),
            denials: Denials::default(),
            api: api(key).unwrap(),
            version,
        }
    }

    /// Decides a request with `body`.
    pub(super) fn decide(&mut self, body: &Value) -> Outcome {
        let framed = frame::request(self.api, self.version, ID, Some("client"), body).unwrap();
        let mut sent = framed[frame::LENGTH_BYTES..].to_vec();
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        };
        let request = Request::new(self.api, self.version, &mut sent);
        let decision = super::decide(&request, RULES, &mut authority).unwrap();
        let mut outcome = Outcome {
            up: None,
            answer: None,
            question: None,
            amend: None,
        };
        match decision {
            Decision::Forward => outcome.up = Some((self.request(&framed), true)),
            Decision::Replace(frame) => outcome.up = Some((self.request(&frame), false)),
            Decision::Answer(frame) => outcome.answer = Some(self.response(&frame)),
            Decision::ForwardAndAmend { frame, amend } => {
                let same = frame.is_none();
                outcome.up = Some((self.request(&frame.unwrap_or(framed)), same));
                outcome.amend = Some(amend);
            }
            Decision::Ask(question) => outcome.question = Some(question),
            other => panic!("{} v{}: {other:?}", self.api.name, self.version),
        }
        outcome
    }

    /// The broker answers `question` with `topics` of Metadata.
    pub(super) fn told(&mut self, question: &Question, topics: Vec<Value>) {
        let answer = Value::fields([("Topics", topics.into())]);
        self.asked.note(question, &answer, &self.topics);
    }

    /// What the client gets when the broker answers `body`.
    pub(super) fn answered(&mut self, outcome: &Outcome, body: &Value) -> Value {
        let framed = frame::response(self.api, self.version, ID, body).unwrap();
        let Some(amend) = &outcome.amend else {
            return self.response(&framed);
        };
        let mut authority = Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        };
        let answer = &framed[frame::LENGTH_BYTES..];
        let amended = amend.apply(self.api, self.version, answer, Some(&mut authority));
        self.response(&amended.unwrap())
    }

    fn request(&self, framed: &[u8]) -> Value {
        let frame = &framed[frame::LENGTH_BYTES..];
        let at = frame::request_header(frame).unwrap().body_at;
        read(self.api.request, self.version, &frame[at..]).unwrap()
    }

    fn response(&self, framed: &[u8]) -> Value {
        let frame = &framed[frame::LENGTH_BYTES..];
        let (id, at) = frame::response_header(self.api, self.version, frame).unwrap();
        assert_eq!(id, ID);
        read(self.api.response, self.version, &frame[at..]).unwrap()
    }
}

/// Every version of the API `key` from `first` on.
pub(super) fn versions(key: i16, first: i16) -> std::ops::RangeInclusive<i16> {
    let api = api(key).unwrap();
    api.min_version.max(first)..=api.max_version
}

/// A topic of Metadata that exists, with partitions 0 and 1.
pub(super) fn known(name: &str, id: u8) -> Value {
    let partition = |index: i32| Value::fields([("PartitionIndex", index.into())]);
    Value::fields([
        ("ErrorCode", 0.into()),
        ("Name", name.into()),
        ("TopicId", [id; 16].into()),
        ("Partitions", Value::array([partition(0), partition(1)])),
    ])
}

/// A topic of Metadata that does not.
pub(super) fn missing(name: &str) -> Value {
    Value::fields([("Name", name.into()), ("ErrorCode", 3.into())])
}

/// Every text anywhere in `value`.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Str(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Struct(fields) => fields.iter().flat_map(|(_, value)| texts(value)).collect(),
        _ => Vec::new(),
    }
}

/// Every error code anywhere in `value`, in its order.
pub(super) fn codes(value: &Value) -> Vec<i64> {
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
