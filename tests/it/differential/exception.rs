//! What is not compared, each with its reason: what Oathgate decided to do otherwise, and what clients
//! never send.

use super::connection::Seen;
use oathgate::wire::{error_code, tables::api_key::*, value::Value};

/// APIs that are not played at all, and why.
pub(super) const UNPLAYED: &[(i16, &str)] = &[
    (
        SASL_HANDSHAKE,
        "answered by Oathgate; the suites of login speak it",
    ),
    (
        API_VERSIONS,
        "answered by Oathgate; the suites of login speak it",
    ),
    (
        SASL_AUTHENTICATE,
        "answered by Oathgate; the suites of login speak it",
    ),
    (
        CREATE_DELEGATION_TOKEN,
        "not advertised: tokens would be those of the upstream identity",
    ),
    (
        RENEW_DELEGATION_TOKEN,
        "not advertised: tokens would be those of the upstream identity",
    ),
    (
        EXPIRE_DELEGATION_TOKEN,
        "not advertised: tokens would be those of the upstream identity",
    ),
    (
        DESCRIBE_DELEGATION_TOKEN,
        "not advertised: tokens would be those of the upstream identity",
    ),
    (
        GET_TELEMETRY_SUBSCRIPTIONS,
        "no broker advertises it without a plugin; it has no authorization",
    ),
    (
        PUSH_TELEMETRY,
        "no broker advertises it without a plugin; it has no authorization",
    ),
    (
        INITIALIZE_SHARE_GROUP_STATE,
        "between brokers; `guard` has it",
    ),
    (READ_SHARE_GROUP_STATE, "between brokers; `guard` has it"),
    (WRITE_SHARE_GROUP_STATE, "between brokers; `guard` has it"),
    (DELETE_SHARE_GROUP_STATE, "between brokers; `guard` has it"),
    (
        READ_SHARE_GROUP_STATE_SUMMARY,
        "between brokers; `guard` has it",
    ),
];

/// Versions that are not played, first and last, and why.
pub(super) const UNPLAYED_VERSIONS: &[(i16, i16, i16, &str)] = &[(
    ADD_PARTITIONS_TO_TXN,
    4,
    5,
    "between brokers (KIP-890), not advertised",
)];

/// What Oathgate does instead of what Kafka does.
#[derive(Clone, Copy)]
pub(super) enum Instead {
    /// Answers, with no error but this, and at least one of it.
    Code(i16),
    /// Answers, with no error but these, and at least one of the first.
    Either(i16, i16),
}

/// A scenario in which the sides may differ.
pub(super) struct Exception {
    pub(super) key: i16,
    /// Of one scenario alone; none = all.
    pub(super) scenario: Option<&'static str>,
    /// The versions, both ends included.
    pub(super) versions: (i16, i16),
    pub(super) instead: Instead,
    pub(super) why: &'static str,
}

const ALL: (i16, i16) = (0, i16::MAX);

/// All of them.
pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        key: CREATE_ACLS,
        scenario: None,
        versions: ALL,
        instead: Instead::Code(error_code::SECURITY_DISABLED),
        why: "rules are kept in the configuration until there is a durable store",
    },
    Exception {
        key: DELETE_ACLS,
        scenario: None,
        versions: ALL,
        instead: Instead::Code(error_code::SECURITY_DISABLED),
        why: "rules are kept in the configuration until there is a durable store",
    },
    Exception {
        key: PRODUCE,
        scenario: Some("transactional without an id"),
        versions: ALL,
        instead: Instead::Either(
            error_code::TOPIC_AUTHORIZATION_FAILED,
            error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        ),
        why: "no batch is read: what is denied by topic is refused as that, the rest by the broker",
    },
    Exception {
        key: FETCH,
        scenario: Some("by ids that nobody has"),
        versions: (13, i16::MAX),
        instead: Instead::Either(
            error_code::UNKNOWN_TOPIC_ID,
            error_code::TOPIC_AUTHORIZATION_FAILED,
        ),
        why: "the id zero makes Kafka 4.4.0 throw (-1) where nothing else is allowed",
    },
    Exception {
        key: FETCH,
        scenario: Some("as a follower"),
        versions: ALL,
        instead: Instead::Code(error_code::TOPIC_AUTHORIZATION_FAILED),
        why: "nobody is a follower of a broker behind a proxy, not even a super user",
    },
    Exception {
        key: FIND_COORDINATOR,
        scenario: Some("of share states"),
        versions: ALL,
        instead: Instead::Code(error_code::CLUSTER_AUTHORIZATION_FAILED),
        why: "key type 2 is between brokers",
    },
    Exception {
        key: SHARE_FETCH,
        scenario: Some("by ids that nobody has"),
        versions: ALL,
        instead: Instead::Code(error_code::UNKNOWN_TOPIC_ID),
        why: "an unknown id makes Kafka 4.4.0 with an authorizer throw (-1), without one say 100",
    },
    Exception {
        key: SHARE_ACKNOWLEDGE,
        scenario: Some("by ids that nobody has"),
        versions: ALL,
        instead: Instead::Code(error_code::UNKNOWN_TOPIC_ID),
        why: "an unknown id makes Kafka 4.4.0 with an authorizer throw (-1), without one say 100",
    },
    Exception {
        key: OFFSET_FOR_LEADER_EPOCH,
        scenario: Some("as a follower"),
        versions: ALL,
        instead: Instead::Code(error_code::TOPIC_AUTHORIZATION_FAILED),
        why: "nobody is a follower of a broker behind a proxy, not even a super user",
    },
];

/// The exception for an answer that differs, if there is one and it holds.
pub(super) fn holds(key: i16, scenario: &str, version: i16, oathgate: &Seen) -> Option<usize> {
    EXCEPTIONS.iter().position(|exception| {
        let (first, last) = exception.versions;
        exception.key == key
            && exception.scenario.is_none_or(|name| name == scenario)
            && (first..=last).contains(&version)
            && did(exception.instead, oathgate)
    })
}

fn did(instead: Instead, seen: &Seen) -> bool {
    match (instead, seen) {
        (Instead::Code(code), Seen::Answer(answer)) => only(answer, code, code),
        (Instead::Either(first, other), Seen::Answer(answer)) => only(answer, first, other),
        (_, Seen::Closed) => false,
    }
}

fn only(answer: &Value, first: i16, other: i16) -> bool {
    let codes = codes(answer);
    let known = [0, first.into(), other.into()];
    codes.contains(&first.into()) && codes.iter().all(|code| known.contains(code))
}

/// Every error code of an answer.
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
