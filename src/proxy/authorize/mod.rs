//! Requests on their way to the broker: which go up, which are changed first, which are answered here.
//!
//! The guard against what a proxy must never let through with an identity of its own, and the keeper of
//! the broker's sessions, in every mode. Roles and ACLs will be decided here too. Knows the wire; not
//! sockets, tokens or providers. Pure: bytes and facts in, bytes and verdicts out.
//!
//! Frames come in without their four length bytes and are handed out with them.

mod configs;
mod denial;
mod fetch;
mod fetch_sessions;
mod guard;
mod produce;
mod refuse;
mod request;
mod share;
mod share_sessions;

pub use configs::Merge;
pub use denial::error_answer;
pub use guard::{Guard, guard};
pub use produce::ProduceVisitor;
pub use share_sessions::ShareSessions;

use std::sync::Arc;

use crate::wire::api::Api;
use crate::wire::error_code;
use crate::wire::malformed::Malformed;
use crate::wire::value::Value;
use crate::wire::write::Unwritable;
use fetch_sessions::FetchSessions;
use request::Request;
use share_sessions::OwnShareSessions;

/// What the cluster of a session allows beside what brokers decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The upstream identity is the client's own (`authorization = "broker"`): the broker knows who asks.
    pub own_identity: bool,
    /// Requests that change security or the cluster go up under a shared identity too.
    pub admin_apis: bool,
}

/// How a request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Forwarded while it is walked with a [`ProduceVisitor`]; its last byte only after the walk's end.
    Stream,
    /// Read whole, then given to [`decide`].
    Hold,
}

/// How requests of `api` are read: Produce streams, all else is small enough to be held.
#[must_use]
pub const fn plan(api: &Api) -> Plan {
    match guard(api.key) {
        Guard::Stream => Plan::Stream,
        _ => Plan::Hold,
    }
}

/// What to do with a request.
#[derive(Debug)]
pub enum Decision {
    /// The frame that was given goes up; it may have been changed in place, at equal length.
    Forward,
    /// This frame goes up instead.
    Replace(Vec<u8>),
    /// Nothing goes up; this frame is the answer, in its place among the others.
    Answer(Vec<u8>),
    /// This frame goes up, without what is denied; the broker's answer passes through `merge`.
    ForwardAndMerge {
        /// The request that is left.
        frame: Vec<u8>,
        /// What the answer lacks.
        merge: Merge,
    },
    /// The connection ends, as a broker would end it; answers to earlier requests go out first.
    Close(CloseReason),
}

/// Why a request ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// Its bytes do not follow Kafka's definition.
    #[error("the request is malformed: {0}")]
    Malformed(Malformed),
    /// It is one that only brokers and controllers send to each other.
    #[error("API key {0} is between brokers and controllers, or unknown")]
    InterBroker(i16),
    /// It is one that the session answers; it must never reach a broker.
    #[error("API key {0} is never relayed")]
    NotRelayed(i16),
    /// Its answer could not be written: a fault of ours.
    #[error("no answer could be written for API key {0}")]
    Unanswerable(i16),
}

impl CloseReason {
    /// The stable word for logs, metrics and the audit.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "REQUEST_MALFORMED",
            Self::InterBroker(_) => "API_INTER_BROKER",
            Self::NotRelayed(_) => "API_NOT_RELAYED",
            Self::Unanswerable(_) => "ANSWER_UNWRITABLE",
        }
    }
}

/// The broker's sessions that one client connection has opened. Dropping it releases them.
#[derive(Debug)]
pub struct Sessions {
    fetch: FetchSessions,
    share: OwnShareSessions,
}

impl Sessions {
    /// None yet. `cluster` names the upstream cluster; `who` is a text that is equal for two connections
    /// only if they belong to the same user.
    #[must_use]
    pub fn new(shares: Arc<ShareSessions>, cluster: &str, who: &str) -> Self {
        Self {
            fetch: FetchSessions::default(),
            share: OwnShareSessions::new(shares, cluster, who),
        }
    }

    /// Takes note of a broker's answer to Fetch, version 7 on: once an answer, in order, before its bytes
    /// leave. Answers that were made here are not told.
    pub fn fetch_answered(&mut self, error_code: i16, session_id: i32) {
        self.fetch.answered(error_code, session_id);
    }
}

/// What stands in the way of a decision.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

/// Decides about a request that was read whole.
///
/// `api` and `version` are those of its header, and advertised. Whatever goes up has been walked to its
/// end; unknown tagged fields have been dropped.
pub fn decide(
    api: &'static Api,
    version: i16,
    frame: &mut [u8],
    rules: Rules,
    sessions: &mut Sessions,
) -> Decision {
    let mut request = Request::new(api, version, frame);
    let decided = match (guard(api.key), rules.own_identity) {
        (Guard::Blocked, _) => return Decision::Close(CloseReason::InterBroker(api.key)),
        (Guard::Local | Guard::Stream, _) => {
            return Decision::Close(CloseReason::NotRelayed(api.key));
        }
        (Guard::Fetch, _) => fetch::decide(&mut request, rules, &mut sessions.fetch),
        (Guard::Share, _) => share::decide(&request, &mut sessions.share),
        (Guard::Pass, _) | (_, true) => request.pass(),
        (guard, false) => decide_shared(&request, guard, rules),
    };
    decided.unwrap_or_else(|obstacle| {
        Decision::Close(match obstacle {
            Obstacle::Malformed(malformed) => CloseReason::Malformed(malformed),
            Obstacle::Unwritable(_) => CloseReason::Unanswerable(api.key),
        })
    })
}

/// Decides where brokers see one identity for all, which may do more than its clients should.
fn decide_shared(request: &Request<'_>, guard: Guard, rules: Rules) -> Result<Decision, Obstacle> {
    if rules.admin_apis && matches!(guard, Guard::Cluster | Guard::Configs) {
        return request.pass();
    }
    let body = request.read()?;
    let code = match guard {
        Guard::Configs => return configs::decide(request, &body),
        Guard::Tokens => error_code::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
        Guard::LeaderEpochs if is_follower(&body) => error_code::TOPIC_AUTHORIZATION_FAILED,
        Guard::Regex if has_regex(&body) => error_code::TOPIC_AUTHORIZATION_FAILED,
        Guard::Coordinator if is_share_key(&body) => error_code::CLUSTER_AUTHORIZATION_FAILED,
        Guard::VerifyTransactions if request.version > 3 => {
            error_code::CLUSTER_AUTHORIZATION_FAILED
        }
        Guard::Cluster => error_code::CLUSTER_AUTHORIZATION_FAILED,
        _ => return request.pass(),
    };
    request.refuse(&body, code)
}

/// A follower says which; clients say -1, debugging tools -2.
fn is_follower(body: &Value) -> bool {
    body.int("ReplicaId").is_some_and(|id| id >= 0)
}

/// An empty pattern ends a subscription and names no topic.
fn has_regex(body: &Value) -> bool {
    body.str("SubscribedTopicRegex")
        .is_some_and(|pattern| !pattern.is_empty())
}

/// Anything but a group (0) or a transaction (1): share-state keys (2) are looked up between brokers.
fn is_share_key(body: &Value) -> bool {
    body.int("KeyType").is_some_and(|of| !matches!(of, 0 | 1))
}
