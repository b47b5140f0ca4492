//! Requests about groups, offsets and transactions of every version, with allowed and denied names in every
//! place: nothing denied goes up, and whatever comes is decided.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::proxy::authorize::Question;
use crate::proxy::authorize::fixture::{Bench, known, texts, versions};
use crate::wire::api::api;
use crate::wire::schema::{Field, Kind, Mark, Struct};
use crate::wire::tables::api_key::*;
use crate::wire::value::Value;

/// Every API about groups, offsets and transactions that clients use, but those of share sessions.
const APIS: [i16; 31] = [
    OFFSET_COMMIT,
    OFFSET_FETCH,
    FIND_COORDINATOR,
    JOIN_GROUP,
    HEARTBEAT,
    LEAVE_GROUP,
    SYNC_GROUP,
    DESCRIBE_GROUPS,
    LIST_GROUPS,
    INIT_PRODUCER_ID,
    OFFSET_FOR_LEADER_EPOCH,
    ADD_PARTITIONS_TO_TXN,
    ADD_OFFSETS_TO_TXN,
    END_TXN,
    WRITE_TXN_MARKERS,
    TXN_OFFSET_COMMIT,
    DELETE_GROUPS,
    OFFSET_DELETE,
    DESCRIBE_TRANSACTIONS,
    LIST_TRANSACTIONS,
    CONSUMER_GROUP_HEARTBEAT,
    CONSUMER_GROUP_DESCRIBE,
    SHARE_GROUP_HEARTBEAT,
    SHARE_GROUP_DESCRIBE,
    STREAMS_GROUP_HEARTBEAT,
    STREAMS_GROUP_DESCRIBE,
    STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
    DESCRIBE_SHARE_GROUP_OFFSETS,
    ALTER_SHARE_GROUP_OFFSETS,
    DELETE_SHARE_GROUP_OFFSETS,
    LIST_OFFSETS,
];

/// Everything may be done to whatever is called so, and nothing to anything else.
const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";
const ACLS: &[&str] = &[
    "ALLOW ALL TOPIC PREFIXED allowed",
    "ALLOW ALL GROUP PREFIXED allowed",
    "ALLOW ALL TRANSACTIONAL_ID PREFIXED allowed",
];

/// Their ids, and one that no topic has.
const IDS: [[u8; 16]; 3] = [[1; 16], [2; 16], [9; 16]];

/// A value in every field, by `choices`.
fn filled(of: &Struct, version: i16, choices: &mut impl FnMut(usize) -> usize) -> Value {
    let mut out = Value::fields([]);
    for field in of.fields.iter().filter(|f| f.versions.contain(version)) {
        let null = field.nullable.contain(version) && choices(4) == 0;
        let value = if null {
            Value::Null
        } else {
            value(field, field.kind, version, choices)
        };
        out.set(field.name, value);
    }
    out
}

fn value(
    field: &Field,
    kind: Kind,
    version: i16,
    choices: &mut impl FnMut(usize) -> usize,
) -> Value {
    match kind {
        Kind::Bool => (choices(2) == 0).into(),
        Kind::Str if field.mark == Mark::SubscribedTopicRegex => ["", ".*", "("][choices(3)].into(),
        Kind::Str if is_judged(field.mark) => [ALLOWED, DENIED][choices(2)].into(),
        Kind::Str => "text".into(),
        Kind::Bytes | Kind::Records => vec![1u8].into(),
        Kind::Uuid => IDS[choices(3)].into(),
        Kind::Float64 => 0.5.into(),
        Kind::Struct(of) => filled(of, version, choices),
        Kind::Array(item) => {
            let count = choices(4);
            Value::Array(
                (0..count)
                    .map(|_| value(field, *item, version, choices))
                    .collect(),
            )
        }
        Kind::UInt16 | Kind::UInt32 => 1.into(),
        // Key types, epochs, replicas, ...: also what clients do not say.
        _ => (i64::try_from(choices(4)).unwrap() - 1).into(),
    }
}

const fn is_judged(mark: Mark) -> bool {
    matches!(
        mark,
        Mark::TopicName | Mark::GroupId | Mark::TransactionalId | Mark::CoordinatorKey
    )
}

/// Every topic id in `value`, but those that a member says it owns.
fn ids(value: &Value) -> Vec<[u8; 16]> {
    match value {
        Value::Uuid(id) => vec![*id],
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        Value::Struct(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "TopicPartitions")
            .flat_map(|(_, value)| ids(value))
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether Kafka asks nobody about the topics in requests of this API.
const fn topics_pass(key: i16) -> bool {
    key == STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE
}

fn check(key: i16, version: i16, mut choices: impl FnMut(usize) -> usize) {
    let root = &api(key).unwrap().request.root;
    let body = filled(root, version, &mut choices);
    let mut bench = Bench::new(key, version, ACLS);
    let mut outcome = bench.decide(&body);
    // A decision comes to its end once the broker was asked.
    for _ in 0..4 {
        let Some(question) = outcome.question() else {
            break;
        };
        if let Question::Topology(group) = &question {
            // Of a group that is there, with nothing to create.
            let group = Value::fields([("GroupId", group.as_str().into())]);
            let answer = Value::fields([("Groups", Value::array([group]))]);
            bench.session.replied(&question, &answer);
        } else {
            bench.told(&question, vec![known(ALLOWED, 1), known(DENIED, 2)]);
        }
        if question == Question::All {
            assert!(bench.session.asked.all().is_some());
        }
        outcome = bench.decide(&body);
    }
    assert_eq!(outcome.question(), None, "{key} v{version} {body:?}");
    let Some(up) = &outcome.up else {
        assert!(outcome.answer.is_some());
        return;
    };
    if topics_pass(key) {
        assert_eq!(up.str("GroupId"), Some(ALLOWED));
        return;
    }
    let label = format!("{key} v{version} {body:?} {up:?}");
    assert!(!texts(up).contains(&DENIED), "{label}");
    assert!(!ids(up).contains(&IDS[1]), "{label}");
    let regex = up.str("SubscribedTopicRegex").unwrap_or_default();
    assert_eq!(regex, "", "{label}");
}

#[test]
fn nothing_denied_goes_up() {
    for key in APIS {
        for version in versions(key, 0) {
            let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
            let mut runner = TestRunner::new_with_rng(Config::with_cases(60), rng);
            let entropy = proptest::collection::vec(any::<u16>(), 64);
            let ran = runner.run(&entropy, |entropy| {
                let mut entropy = entropy.into_iter().cycle();
                check(key, version, |among| {
                    usize::from(entropy.next().unwrap()) % among
                });
                Ok(())
            });
            ran.unwrap();
        }
    }
}
