//! Requests on their way to the broker: which go up, which are changed first, which are answered here.
//!
//! The guard against what a proxy must never let through with an identity of its own, and the keeper of
//! the broker's sessions, in every mode. Roles and ACLs will be decided here too. Knows the wire; not
//! sockets, tokens or providers. Pure: bytes and facts in, bytes and verdicts out.
//!
//! Frames come in without their four length bytes and are handed out with them.

mod amend;
mod authority;
mod awaited_group;
mod configs;
mod denial;
mod enforce;
mod facts;
mod fetch;
mod fetch_sessions;
#[cfg(test)]
pub(in crate::proxy) mod fixture;
pub mod fuzzing;
mod guard;
mod listed;
mod long_produce;
mod matching;
#[cfg(test)]
mod peers_tests;
mod produce;
mod question;
mod refuse;
mod request;
mod shadow;
mod share;
mod share_sessions;
mod shares;
mod subscriptions;
mod topic_pattern;
mod topics;
mod topologies;

pub use amend::{Amend, Unamendable};
pub use authority::{Authority, Denial, Denials};
pub use awaited_group::{awaited_group, awaits_group};
pub use denial::error_answer;
pub use fetch::DeniedTopics;
pub use guard::{Guard, guard};
pub use long_produce::{LongProduce, Outcome};
pub use matching::Matching;
pub use produce::ProduceVisitor;
pub use question::{Asked, Question};
pub use shadow::{Trial, broker_denied, try_out};
pub use share_sessions::ShareSessions;
pub use topics::{TopicId, TopicNames, Topics, learn_topics};

use std::sync::Arc;

use crate::limits::REFUSAL_MAX;
use crate::policy::rights::Rights;
use crate::wire::api::Api;
use crate::wire::edit::BadEdit;
use crate::wire::error_code;
use crate::wire::malformed::Malformed;
use crate::wire::write::Unwritable;
use facts::Facts;
use fetch_sessions::FetchSessions;
use request::Request;
use share_sessions::OwnShareSessions;

/// The newest `AddPartitionsToTxn` that clients speak; later ones are between brokers (KIP-890).
pub const ADD_PARTITIONS_CLIENT_MAX: i16 = 3;

/// Who decides requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decides {
    /// Oathgate, by roles and ACLs.
    Here,
    /// The brokers; what roles and ACLs would deny is told.
    Shadow,
    /// The brokers.
    Brokers,
}

/// What the guard of a session goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Who decides.
    pub decides: Decides,
    /// The upstream identity is the client's own: the broker knows who asks.
    pub own_identity: bool,
    /// Requests that change security or the cluster go up under a shared identity too.
    pub admin_apis: bool,
    /// Clients may push their metrics to the brokers (KIP-714).
    pub telemetry: bool,
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
    /// It goes up, and the broker's answer passes through `amend`.
    ForwardAndAmend {
        /// What goes up instead of the frame that was given, without what is denied.
        frame: Option<Vec<u8>>,
        /// What becomes of the answer.
        amend: Amend,
    },
    /// It goes up, and no answer comes: a Produce with `acks=0`.
    Unanswered {
        /// What goes up instead of the frame that was given, without what is denied.
        frame: Option<Vec<u8>>,
        /// Why the connection ends then, as a broker ends it where a part was denied.
        close: Option<CloseReason>,
    },
    /// The broker is asked first; then it is decided again.
    Ask(Question),
    /// Topics are matched first, with pauses; then it is decided again.
    Match(Box<Matching>),
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
    /// It would be refused item by item, and is too long for that.
    #[error("a request of API key {key} that is refused has {length} bytes; at most {max} are answered", max = REFUSAL_MAX)]
    TooLong {
        /// The API.
        key: i16,
        /// Bytes of the request.
        length: usize,
    },
    /// Part of it is denied, and there is no answer that could say so.
    #[error("a part of a Produce with acks=0 is denied, and there is no answer to say so")]
    DeniedUnanswered,
    /// It was allowed when it came, and no longer is when the answer is there.
    #[error("what was asked for is no longer allowed")]
    DeniedMeanwhile,
    /// Nobody wrote down what it needs, or what it needs cannot be found out.
    #[error("it cannot be decided whether a request of API key {0} is allowed")]
    NotAuthorizable(i16),
    /// What would go up, or back, could not be written: a fault of ours.
    #[error("no frame could be written for API key {0}")]
    Unwritable(i16),
}

impl CloseReason {
    /// The stable word for logs, metrics and the audit.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "REQUEST_MALFORMED",
            Self::InterBroker(_) => "API_INTER_BROKER",
            Self::NotRelayed(_) => "API_NOT_RELAYED",
            Self::TooLong { .. } => "REQUEST_TOO_LONG",
            Self::DeniedUnanswered => "DENIED_UNANSWERED",
            Self::DeniedMeanwhile => "DENIED_MEANWHILE",
            Self::NotAuthorizable(_) => "REQUEST_NOT_AUTHORIZABLE",
            Self::Unwritable(_) => "FRAME_UNWRITABLE",
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

    /// Asks brokers for no longer share answers than `max_held` bytes, of which one is held, have room for.
    #[must_use]
    pub fn hold_at_most(mut self, max_held: usize) -> Self {
        self.share.hold_at_most(max_held);
        self
    }

    /// The broker answers the oldest Fetch that went up. Whether the answer may begin: what it may hold may
    /// be read still. Once an answer, in order.
    pub fn fetch_answer_begins(&mut self, rights: Option<&mut Rights>) -> bool {
        self.fetch.begin_answer(rights)
    }

    /// As [`Self::fetch_answer_begins`], of ShareFetch.
    pub fn share_answer_begins(
        &mut self,
        rights: Option<&mut Rights>,
        topics: &TopicNames,
    ) -> bool {
        self.share.begin_answer(rights, topics)
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
    #[error(transparent)]
    Edit(#[from] BadEdit),
    #[error("{0} bytes are too many")]
    TooLong(usize),
}

/// Decides about a request that was read whole.
///
/// `api` and `version` are those of its header, and advertised. Whatever goes up has been walked to its
/// end; unknown tagged fields have been dropped. With an `authority` Oathgate decides by roles and ACLs,
/// without one brokers do.
pub fn decide(
    api: &'static Api,
    version: i16,
    frame: &mut [u8],
    rules: Rules,
    sessions: &mut Sessions,
    authority: Option<&mut Authority<'_>>,
) -> Decision {
    let mut request = Request::new(api, version, frame);
    let decided = match (guard(api.key), rules.own_identity) {
        (Guard::Blocked, _) => return Decision::Close(CloseReason::InterBroker(api.key)),
        (Guard::Stream, _) if rules.decides == Decides::Here => match authority {
            Some(authority) => enforce::produce::decide(&request, authority),
            None => return Decision::Close(CloseReason::NotAuthorizable(api.key)),
        },
        (Guard::Local | Guard::Stream, _) => {
            return Decision::Close(CloseReason::NotRelayed(api.key));
        }
        (Guard::Fetch, _) => {
            let authority = authority.filter(|_| rules.decides == Decides::Here);
            fetch::decide(&mut request, rules, &mut sessions.fetch, authority)
        }
        (Guard::Share, _) => {
            let authority = authority.filter(|_| rules.decides == Decides::Here);
            share::decide(&request, &mut sessions.share, authority)
        }
        (guard, own_identity) => match authority {
            Some(authority) if rules.decides == Decides::Here => {
                enforce::decide(&request, rules, authority)
            }
            // A session without rights is not one to let pass.
            None if rules.decides == Decides::Here => {
                return Decision::Close(CloseReason::NotAuthorizable(api.key));
            }
            _ if own_identity || matches!(guard, Guard::Pass | Guard::Telemetry) => request.pass(),
            _ => decide_shared(&request, guard, rules),
        },
    };
    decided.unwrap_or_else(|obstacle| {
        Decision::Close(match obstacle {
            Obstacle::Malformed(malformed) => CloseReason::Malformed(malformed),
            Obstacle::Unwritable(_) | Obstacle::Edit(_) => CloseReason::Unwritable(api.key),
            Obstacle::TooLong(length) => CloseReason::TooLong {
                key: api.key,
                length,
            },
        })
    })
}

/// Decides where brokers see one identity for all, which may do more than its clients should.
fn decide_shared(request: &Request<'_>, guard: Guard, rules: Rules) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    let code = match guard {
        Guard::Cluster if !rules.admin_apis => error_code::CLUSTER_AUTHORIZATION_FAILED,
        Guard::Configs if facts.names_cluster && !rules.admin_apis => {
            return configs::decide(request);
        }
        Guard::Coordinator if facts.is_share_key => error_code::CLUSTER_AUTHORIZATION_FAILED,
        Guard::VerifyTransactions if request.version > ADD_PARTITIONS_CLIENT_MAX => {
            error_code::CLUSTER_AUTHORIZATION_FAILED
        }
        Guard::LeaderEpochs if facts.is_follower => error_code::TOPIC_AUTHORIZATION_FAILED,
        Guard::Regex if facts.has_regex => error_code::TOPIC_AUTHORIZATION_FAILED,
        Guard::Tokens => error_code::DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
        _ => return request.forward(unknown),
    };
    request.refuse(&request.read()?, code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::rewrite::sample::populated;
    use crate::wire::api::api;
    use crate::wire::frame;
    use crate::wire::read::read;
    use crate::wire::tables::{APIS, api_key};
    use crate::wire::value::Value;

    const SHARED: Rules = Rules {
        decides: Decides::Brokers,
        own_identity: false,
        admin_apis: false,
        telemetry: true,
    };
    const ADMIN: Rules = Rules {
        decides: Decides::Brokers,
        own_identity: false,
        admin_apis: true,
        telemetry: true,
    };
    const OWN: Rules = Rules {
        decides: Decides::Brokers,
        own_identity: true,
        admin_apis: false,
        telemetry: true,
    };

    /// Where brokers decide.
    fn decide(
        api: &'static Api,
        version: i16,
        frame: &mut [u8],
        rules: Rules,
        sessions: &mut Sessions,
    ) -> Decision {
        super::decide(api, version, frame, rules, sessions, None)
    }

    fn sessions() -> Sessions {
        Sessions::new(Arc::default(), "cluster", "alice")
    }

    /// Whether a request reaches the broker, as it is or changed.
    const fn goes_up(decision: &Decision) -> bool {
        matches!(decision, Decision::Forward | Decision::Replace(_))
    }

    /// A frame without its length.
    fn framed(api: &'static Api, version: i16, body: &Value) -> Vec<u8> {
        let frame = frame::request(api, version, 42, Some("client"), body).unwrap();
        frame[frame::LENGTH_BYTES..].to_vec()
    }

    fn decided(api: &'static Api, version: i16, body: &Value, rules: Rules) -> Decision {
        decide(
            api,
            version,
            &mut framed(api, version, body),
            rules,
            &mut sessions(),
        )
    }

    /// The body of an answer to request 42, as clients read it.
    fn answered(api: &'static Api, version: i16, decision: Decision) -> Value {
        let Decision::Answer(frame) = decision else {
            panic!("{} v{version}: {decision:?}", api.name);
        };
        let length = frame::length(&frame, usize::MAX).unwrap().unwrap();
        let frame = &frame[frame::LENGTH_BYTES..];
        assert_eq!(length, frame.len());
        let (id, at) = frame::response_header(api, version, frame).unwrap();
        assert_eq!(id, 42);
        read(api.response, version, &frame[at..]).unwrap()
    }

    /// Every error code of an answer.
    fn codes(body: &Value) -> Vec<i64> {
        match body {
            Value::Array(items) => items.iter().flat_map(codes).collect(),
            Value::Struct(fields) => fields
                .iter()
                .flat_map(|(name, value)| match value {
                    Value::Int(code) if name == denial::ERROR_CODE => vec![*code],
                    other => codes(other),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// (key, first version, code, error codes of the refusal of a populated request)
    const REFUSED: &[(i16, i16, i64, usize)] = &[
        (api_key::FETCH, 4, 29, 4),
        (api_key::FIND_COORDINATOR, 1, 31, 1),
        (api_key::OFFSET_FOR_LEADER_EPOCH, 3, 29, 4),
        (api_key::ADD_PARTITIONS_TO_TXN, 4, 31, 1),
        (api_key::CONSUMER_GROUP_HEARTBEAT, 1, 29, 1),
        (api_key::WRITE_TXN_MARKERS, 0, 31, 8),
        (api_key::CREATE_ACLS, 0, 31, 2),
        (api_key::DELETE_ACLS, 0, 31, 2),
        (api_key::ALTER_REPLICA_LOG_DIRS, 0, 31, 8),
        (api_key::ELECT_LEADERS, 0, 31, 4),
        (api_key::ALTER_PARTITION_REASSIGNMENTS, 0, 31, 5),
        (api_key::ALTER_CLIENT_QUOTAS, 0, 31, 2),
        (api_key::ALTER_USER_SCRAM_CREDENTIALS, 0, 31, 1),
        (api_key::ALTER_CONFIGS, 0, 31, 2),
        (api_key::INCREMENTAL_ALTER_CONFIGS, 0, 31, 2),
        (api_key::UPDATE_FEATURES, 0, 31, 1),
        (api_key::UNREGISTER_BROKER, 0, 31, 1),
        (api_key::UNREGISTER_CONTROLLER, 0, 31, 1),
        (api_key::ADD_RAFT_VOTER, 0, 31, 1),
        (api_key::REMOVE_RAFT_VOTER, 0, 31, 1),
        (api_key::CREATE_DELEGATION_TOKEN, 0, 64, 1),
        (api_key::RENEW_DELEGATION_TOKEN, 0, 64, 1),
        (api_key::EXPIRE_DELEGATION_TOKEN, 0, 64, 1),
        (api_key::DESCRIBE_DELEGATION_TOKEN, 0, 64, 1),
    ];

    #[test]
    fn a_shared_identity_is_refused_what_brokers_and_administrators_do() {
        for (key, first, code, count) in REFUSED {
            let api = api(*key).unwrap();
            for version in api.min_version.max(*first)..=api.max_version {
                let body = populated(&api.request.root, version);
                let answer = answered(api, version, decided(api, version, &body, SHARED));
                let label = format!("{} v{version}: {answer:?}", api.name);
                let found: Vec<i64> = codes(&answer)
                    .into_iter()
                    .filter(|found| *found != 0)
                    .collect();
                assert!(found.iter().all(|found| found == code), "{label}");
                let more = match *key {
                    api_key::FIND_COORDINATOR => version >= 4, // two keys
                    api_key::ELECT_LEADERS => version >= 1,    // one at the top level
                    _ => false,
                };
                assert_eq!(found.len(), count + usize::from(more), "{label}");
                let about_fetch = *key == api_key::FETCH && version >= 7;
                assert!(
                    !about_fetch || answer.int("ErrorCode") == Some(0),
                    "{label}"
                );
            }
        }
    }

    #[test]
    fn every_request_is_forwarded_under_the_clients_own_identity() {
        for api in APIS {
            for version in api.min_version..=api.max_version {
                let body = populated(&api.request.root, version);
                let decision = decided(api, version, &body, OWN);
                let label = format!("{} v{version}: {decision:?}", api.name);
                match guard(api.key) {
                    Guard::Blocked => assert!(
                        matches!(decision, Decision::Close(CloseReason::InterBroker(_))),
                        "{label}"
                    ),
                    Guard::Local | Guard::Stream => assert!(
                        matches!(decision, Decision::Close(CloseReason::NotRelayed(_))),
                        "{label}"
                    ),
                    // Sessions that were not granted here: epoch 7.
                    Guard::Share => assert!(matches!(decision, Decision::Answer(_)), "{label}"),
                    Guard::Fetch if version >= 7 => {
                        assert!(matches!(decision, Decision::Answer(_)), "{label}");
                    }
                    _ => assert!(matches!(decision, Decision::Forward), "{label}"),
                }
            }
        }
    }

    #[test]
    fn admin_apis_opens_what_administrators_do_and_nothing_else() {
        for (key, first, _, _) in REFUSED {
            let api = api(*key).unwrap();
            for version in api.min_version.max(*first)..=api.max_version {
                let body = populated(&api.request.root, version);
                let forwarded = matches!(decided(api, version, &body, ADMIN), Decision::Forward);
                let admin = matches!(guard(*key), Guard::Cluster | Guard::Configs);
                assert_eq!(forwarded, admin, "{} v{version}", api.name);
            }
        }
    }

    #[test]
    fn ordinary_requests_are_forwarded_under_a_shared_identity() {
        let topics = |name| Value::fields([("Topics", Value::Array(Vec::new())), name]);
        for (key, version, body) in [
            (
                api_key::FIND_COORDINATOR,
                0,
                Value::fields([("Key", "g".into())]),
            ),
            (
                api_key::FIND_COORDINATOR,
                6,
                Value::fields([("KeyType", 1.into())]),
            ),
            (
                api_key::OFFSET_FOR_LEADER_EPOCH,
                4,
                topics(("ReplicaId", (-1).into())),
            ),
            (
                api_key::OFFSET_FOR_LEADER_EPOCH,
                4,
                topics(("ReplicaId", (-2).into())),
            ),
            (api_key::ADD_PARTITIONS_TO_TXN, 3, Value::fields([])),
            (api_key::CONSUMER_GROUP_HEARTBEAT, 1, Value::fields([])),
            (
                api_key::CONSUMER_GROUP_HEARTBEAT,
                1,
                Value::fields([("SubscribedTopicRegex", "".into())]),
            ),
            (
                api_key::ALTER_CONFIGS,
                2,
                Value::fields([("Resources", resources(&[2, 32]))]),
            ),
            (api_key::FETCH, 6, Value::fields([])),
            (api_key::FETCH, 18, Value::fields([])),
            (api_key::DESCRIBE_ACLS, 3, Value::fields([])),
        ] {
            let api = api(key).unwrap();
            let decision = decided(api, version, &body, SHARED);
            assert!(
                matches!(decision, Decision::Forward),
                "{} v{version}: {decision:?}",
                api.name
            );
        }
    }

    fn resources(types: &[i8]) -> Value {
        Value::array(types.iter().map(|of| {
            Value::fields([
                ("ResourceType", (*of).into()),
                ("ResourceName", format!("r{of}").into()),
                ("Configs", Value::Array(Vec::new())),
            ])
        }))
    }

    #[test]
    fn configs_of_the_cluster_are_cut_and_their_refusal_is_merged() {
        for key in [api_key::ALTER_CONFIGS, api_key::INCREMENTAL_ALTER_CONFIGS] {
            let api = api(key).unwrap();
            for version in api.min_version..=api.max_version {
                let asked = Value::fields([
                    ("Resources", resources(&[4, 2, 8, 16, 32, 99])),
                    ("ValidateOnly", true.into()),
                ]);
                let decision = decided(api, version, &asked, SHARED);
                let Decision::ForwardAndAmend {
                    frame: Some(frame),
                    amend,
                } = decision
                else {
                    panic!("{decision:?}");
                };
                let left = Value::fields([
                    ("Resources", resources(&[2, 32])),
                    ("ValidateOnly", true.into()),
                ]);
                assert_eq!(frame[frame::LENGTH_BYTES..], framed(api, version, &left));
                let done = |of: &Value| refuse::config(of, 0);
                let done = left.items("Resources").iter().map(done);
                let done = Value::fields([("Responses", Value::array(done))]);
                let broker = frame::response(api, version, 42, &done).unwrap();
                let merged = amend
                    .apply(api, version, &broker[frame::LENGTH_BYTES..], None)
                    .unwrap();
                let merged = answered(api, version, Decision::Answer(merged));
                let results = merged.items("Responses").iter();
                let results = results.map(|r| (r.int("ResourceType"), r.int("ErrorCode")));
                let expected = [(2, 0), (32, 0), (4, 31), (8, 31), (16, 31), (99, 31)];
                let expected = expected.map(|(of, code)| (Some(of), Some(code)));
                assert_eq!(results.collect::<Vec<_>>(), expected);
                assert!(
                    amend.apply(api, version, &broker, None).is_err(),
                    "with its length"
                );
            }
        }
    }

    fn fetch(id: i32, epoch: i32) -> Value {
        Value::fields([("SessionId", id.into()), ("SessionEpoch", epoch.into())])
    }

    #[test]
    fn fetch_sessions_are_those_of_their_connection() {
        let api = api(api_key::FETCH).unwrap();
        for version in 7..=api.max_version {
            let mut own = sessions();
            let foreign = decide(
                api,
                version,
                &mut framed(api, version, &fetch(9, 3)),
                OWN,
                &mut own,
            );
            let answer = answered(api, version, foreign);
            assert_eq!(answer.int("ErrorCode"), Some(70));
            assert_eq!(
                (answer.int("SessionId"), answer.items("Responses").len()),
                (Some(0), 0)
            );
            for epoch in [0, -1] {
                let mut frame = framed(api, version, &fetch(9, epoch));
                let decision = decide(api, version, &mut frame, OWN, &mut own);
                assert!(matches!(decision, Decision::Forward));
                assert_eq!(frame, framed(api, version, &fetch(0, epoch)), "v{version}");
            }
            own.fetch_answered(0, 9);
            let mut frame = framed(api, version, &fetch(9, 3));
            let decision = decide(api, version, &mut frame, OWN, &mut own);
            assert!(matches!(decision, Decision::Forward));
            assert_eq!(frame, framed(api, version, &fetch(9, 3)));
        }
    }

    fn share(epoch: i32) -> Value {
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("ShareSessionEpoch", epoch.into()),
        ])
    }

    #[test]
    fn share_sessions_are_those_of_their_connection() {
        let fetch = api(api_key::SHARE_FETCH).unwrap();
        let acknowledge = api(api_key::SHARE_ACKNOWLEDGE).unwrap();
        for version in [1, 2] {
            let shares = Arc::new(ShareSessions::default());
            let mut own = Sessions::new(Arc::clone(&shares), "c", "alice");
            let mut other = Sessions::new(shares, "c", "bob");
            let ask = |api, epoch, sessions: &mut Sessions| {
                decide(
                    api,
                    version,
                    &mut framed(api, version, &share(epoch)),
                    SHARED,
                    sessions,
                )
            };
            for (api, epoch) in [(fetch, 1), (fetch, -1), (acknowledge, 0), (acknowledge, 1)] {
                let answer = answered(api, version, ask(api, epoch, &mut own));
                assert_eq!(codes(&answer), [122], "{} {epoch}", api.name);
            }
            assert!(goes_up(&ask(fetch, 0, &mut own)));
            assert!(goes_up(&ask(acknowledge, 1, &mut own)));
            assert_eq!(
                codes(&answered(fetch, version, ask(fetch, 0, &mut other))),
                [122]
            );
            drop(own);
            assert!(goes_up(&ask(fetch, 0, &mut other)));
            let nobody = Value::fields([("MemberId", "m".into())]);
            assert_eq!(
                codes(&answered(
                    fetch,
                    version,
                    decided(fetch, version, &nobody, OWN)
                )),
                [42]
            );
        }
    }

    #[test]
    fn unknown_tagged_fields_are_dropped_on_the_way_up() {
        for (key, version) in [(api_key::METADATA, 12), (api_key::FETCH, 13)] {
            let api = api(key).unwrap();
            let body = Value::fields([("Topics", Value::Array(Vec::new()))]);
            let plain = framed(api, version, &body);
            let mut frame = plain.clone();
            assert_eq!(frame.pop(), Some(0), "no tags at the root");
            frame.extend([1, 99, 2, b'u', b'p']);
            let decision = decide(api, version, &mut frame, SHARED, &mut sessions());
            let Decision::Replace(new) = decision else {
                panic!("{decision:?}");
            };
            assert_eq!(new[frame::LENGTH_BYTES..], plain);
        }
    }

    #[test]
    fn whatever_is_malformed_closes() {
        for (key, version) in [
            (api_key::METADATA, 12),
            (api_key::FETCH, 13),
            (api_key::SHARE_FETCH, 2),
            (api_key::CREATE_ACLS, 3),
            (api_key::ALTER_CONFIGS, 2),
        ] {
            let api = api(key).unwrap();
            let mut whole = framed(api, version, &populated(&api.request.root, version));
            let judge = |frame: &mut [u8]| {
                let decision = decide(api, version, frame, SHARED, &mut sessions());
                matches!(decision, Decision::Close(CloseReason::Malformed(_)))
            };
            for end in 0..whole.len() {
                assert!(judge(&mut whole[..end].to_vec()), "{} {end}", api.name);
            }
            whole.push(0);
            assert!(judge(&mut whole), "{}", api.name);
        }
    }

    #[test]
    fn a_refusal_too_long_to_write_out_closes() {
        let api = api(api_key::CREATE_ACLS).unwrap();
        let mut body = populated(&api.request.root, 3);
        let creation = body.items("Creations")[0].clone();
        body.set("Creations", Value::array(vec![creation; REFUSAL_MAX / 16]));
        let decision = decided(api, 3, &body, SHARED);
        let Decision::Close(reason) = decision else {
            panic!("{decision:?}");
        };
        assert_eq!(reason.code(), "REQUEST_TOO_LONG");
    }

    #[test]
    fn the_first_replica_is_a_follower_too() {
        let fetch = api(api_key::FETCH).unwrap();
        let of = |id: i32| Value::fields([("ReplicaId", id.into())]);
        let state = |id: i32| Value::fields([("ReplicaState", of(id))]);
        for (version, body, refused) in [
            (4, of(0), true),
            (14, of(0), true),
            (14, of(-1), false),
            (14, of(-2), false),
            (15, state(0), true),
            (18, state(0), true),
            (18, state(-1), false),
        ] {
            let decision = decided(fetch, version, &body, SHARED);
            let forwarded = matches!(decision, Decision::Forward);
            assert_eq!(forwarded, !refused, "v{version} {body:?}");
        }
    }

    #[test]
    fn mangled_requests_do_no_harm() {
        for api in APIS {
            let frame = framed(
                api,
                api.max_version,
                &populated(&api.request.root, api.max_version),
            );
            for at in 0..frame.len() {
                for byte in [0, 0xff] {
                    let mut frame = frame.clone();
                    frame[at] = byte;
                    decide(api, api.max_version, &mut frame, SHARED, &mut sessions());
                }
            }
        }
    }

    #[test]
    fn produce_streams_and_all_else_is_held() {
        for api in APIS {
            let streams = api.key == api_key::PRODUCE;
            assert_eq!(plan(api) == Plan::Stream, streams, "{}", api.name);
        }
    }

    #[test]
    fn produce_tells_its_acks_before_its_topics() {
        let api = api(api_key::PRODUCE).unwrap();
        for version in api.min_version..=api.max_version {
            let mut body = populated(&api.request.root, version);
            body.set("Acks", -1);
            let mut frame = framed(api, version, &body);
            let mut walker = crate::wire::walker::Walker::request(api, version, frame.len());
            let mut seen = ProduceVisitor::default();
            assert_eq!(seen.acks(), None);
            for byte in frame.chunks_mut(1) {
                walker.walk(byte, &mut seen).unwrap();
            }
            assert!(walker.is_finished());
            assert_eq!(seen.acks(), Some(-1), "v{version}");
        }
    }
}
