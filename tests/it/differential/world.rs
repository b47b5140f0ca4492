//! What is on both clusters before the first case, made in the same order on each.

use super::{
    play::Links,
    shape::{list, numbers, of, texts},
};
use crate::harness::produce::{Stamp, stamped_batch};
use oathgate::wire::{tables::api_key, value::Value};

/// What names begin with: each principal may do something else with each of them.
pub(super) const FAMILIES: [&str; 4] = ["shut", "open", "team-secret", "team"];

/// Topics by what is done to them: `a` is read alone, `p` written to, `d` cut, `c` configured, `tx` is in
/// open transactions, `z` in offsets that are written.
const TOPICS: [&str; 6] = ["a", "p", "d", "c", "tx", "z"];

/// The time of every record, so that both sides hold the same bytes.
pub(super) const TIME: i64 = 1_750_000_000_000;

/// Nothing but the record.
pub(super) const PLAIN: Stamp = Stamp {
    time: TIME,
    producer: (-1, -1),
    sequence: -1,
    transactional: false,
};

/// One name a family, as in `open-a`.
pub(super) fn names(what: &str) -> Vec<String> {
    let named = |family: &&str| format!("{family}-{what}");
    FAMILIES.iter().map(named).collect()
}

/// The same, between names of topics that are not there.
pub(super) fn with_missing(what: &str) -> Vec<String> {
    let mut all = names(what);
    all.insert(1, "open-missing".to_owned());
    all.push("shut-missing".to_owned());
    all
}

/// Makes everything.
pub(super) fn set_up(links: &mut Links<'_>, acls: Option<&Value>) {
    if let Some(acls) = acls {
        let answer = links.admin(api_key::CREATE_ACLS, 3, acls);
        let results = answer.items("Results");
        assert!(results.iter().all(|r| r.int("ErrorCode") == Some(0)));
    }
    find_coordinators(links);
    for what in TOPICS {
        links.create(&names(what), 2);
        for topic in names(what) {
            fill(links, &topic);
        }
    }
    for group in names("g") {
        commit(links, &group);
    }
    for group in names("so") {
        share(links, &group);
    }
    for (family, txn) in FAMILIES.iter().zip(names("t")) {
        open_transaction(links, &txn, &[format!("{family}-tx"), "shut-tx".to_owned()]);
    }
}

/// Three records to the first partition, one to the second.
fn fill(links: &mut Links<'_>, topic: &str) {
    for (partition, key) in [(0, "a"), (0, "b"), (0, "c"), (1, "d")] {
        produce(links, topic, partition, stamped_batch(key, b"value", PLAIN));
    }
}

fn produce(links: &mut Links<'_>, topic: &str, partition: i32, records: Vec<u8>) {
    let body = produce_body(None, -1, [(topic.into(), partition, records)]);
    let answer = links.admin(api_key::PRODUCE, 9, &body);
    let error = &answer.items("Responses")[0].items("PartitionResponses")[0];
    assert_eq!(error.int("ErrorCode"), Some(0), "{topic}: {error:?}");
}

/// `Produce` of one batch a topic, by name.
pub(super) fn produce_body(
    transactional_id: Option<&str>,
    acks: i16,
    topics: impl IntoIterator<Item = (Value, i32, Vec<u8>)>,
) -> Value {
    let topics = topics.into_iter().map(|(name, partition, records)| {
        let partition = of([("Index", partition.into()), ("Records", records.into())]);
        of([("Name", name), ("PartitionData", list([partition]))])
    });
    of([
        ("TransactionalId", transactional_id.into()),
        ("Acks", acks.into()),
        ("TimeoutMs", 10_000.into()),
        ("TopicData", list(topics)),
    ])
}

/// Offsets of every topic that is only read.
pub(super) fn commit(links: &mut Links<'_>, group: &str) {
    let topics = names("a").into_iter().map(|name| {
        let partition = of([
            ("PartitionIndex", 0.into()),
            ("CommittedOffset", 2.into()),
            ("CommittedMetadata", "by the admin".into()),
        ]);
        of([("Name", name.into()), ("Partitions", list([partition]))])
    });
    let body = of([
        ("GroupId", group.into()),
        ("GenerationIdOrMemberEpoch", (-1).into()),
        ("Topics", list(topics)),
    ]);
    retried(links, api_key::OFFSET_COMMIT, 8, &body, |answer| {
        answer.items("Topics")[0].items("Partitions")[0].int("ErrorCode")
    });
}

/// A producer of `txn`: its id and epoch.
pub(super) fn init(links: &mut Links<'_>, txn: &str) -> (i64, i16) {
    let body = of([
        ("TransactionalId", txn.into()),
        ("TransactionTimeoutMs", 900_000.into()),
        ("ProducerId", (-1).into()),
        ("ProducerEpoch", (-1).into()),
    ]);
    let answer = retried(links, api_key::INIT_PRODUCER_ID, 4, &body, |answer| {
        answer.int("ErrorCode")
    });
    let epoch = answer.int("ProducerEpoch").unwrap_or(-1);
    (answer.int("ProducerId").unwrap_or(-1), epoch as i16)
}

/// Adds the first partitions of `topics` to a transaction of `producer`.
pub(super) fn add_partitions(
    links: &mut Links<'_>,
    txn: &str,
    producer: (i64, i16),
    topics: &[String],
) {
    let topics = topics
        .iter()
        .map(|name| of([("Name", name.as_str().into()), ("Partitions", numbers([0]))]));
    let body = of([
        ("V3AndBelowTransactionalId", txn.into()),
        ("V3AndBelowProducerId", producer.0.into()),
        ("V3AndBelowProducerEpoch", producer.1.into()),
        ("V3AndBelowTopics", list(topics)),
    ]);
    retried(links, api_key::ADD_PARTITIONS_TO_TXN, 3, &body, |answer| {
        answer.items("ResultsByTopicV3AndBelow")[0].items("ResultsByPartition")[0]
            .int("PartitionErrorCode")
    });
}

fn open_transaction(links: &mut Links<'_>, txn: &str, topics: &[String]) {
    let producer = init(links, txn);
    let mut topics = topics.to_vec();
    topics.dedup();
    add_partitions(links, txn, producer, &topics);
}

/// Asks until the coordinator is there and nothing is under way.
pub(super) fn retried(
    links: &mut Links<'_>,
    key: i16,
    version: i16,
    body: &Value,
    error: fn(&Value) -> Option<i64>,
) -> Value {
    use oathgate::wire::error_code::{
        CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE,
        NOT_COORDINATOR,
    };
    let passing = [
        CONCURRENT_TRANSACTIONS,
        COORDINATOR_LOAD_IN_PROGRESS,
        COORDINATOR_NOT_AVAILABLE,
        NOT_COORDINATOR,
    ];
    for _ in 0..2_000 {
        let answer = links.admin(key, version, body);
        let code = error(&answer).unwrap_or(-1);
        if code == 0 {
            return answer;
        }
        assert!(passing.iter().any(|p| i64::from(*p) == code), "{answer:?}");
        find_coordinators(links);
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
    panic!("API {key} is never done");
}

/// Brings the topics of the coordinators about, as clients do.
fn find_coordinators(links: &mut Links<'_>) {
    for (kind, key) in [(0, "any"), (1, "any"), (2, "any:AAAAAAAAAAAAAAAAAAAAAQ:0")] {
        let body = of([("KeyType", kind.into()), ("CoordinatorKeys", texts([key]))]);
        links.admin(api_key::FIND_COORDINATOR, 6, &body);
    }
}

/// The first heartbeat of a member of a share group.
pub(super) fn share_heartbeat(group: &str, member: &str, topics: &[String]) -> Value {
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("MemberEpoch", 0.into()),
        (
            "SubscribedTopicNames",
            texts(topics.iter().map(String::as_str)),
        ),
    ])
}

/// `AlterShareGroupOffsets` to offset 1 of each topic that is only read.
pub(super) fn share_offsets(group: &str) -> Value {
    let topics = names("a").into_iter().map(|name| {
        let partition =
            |index: i32| of([("PartitionIndex", index.into()), ("StartOffset", 1.into())]);
        let partitions = list([partition(0), partition(77)]);
        of([("TopicName", name.into()), ("Partitions", partitions)])
    });
    of([("GroupId", group.into()), ("Topics", list(topics))])
}

/// Joins a share group and waits until the member is assigned both partitions of each topic: before that
/// the share is being set up, and the broker answers what it likes.
pub(super) fn join_share(links: &mut Links<'_>, group: &str, member: &str, topics: &[String]) {
    let mut body = share_heartbeat(group, member, topics);
    for _ in 0..2_000 {
        let answer = links.admin(api_key::SHARE_GROUP_HEARTBEAT, 1, &body);
        assert_eq!(answer.int("ErrorCode"), Some(0), "{answer:?}");
        body.set("MemberEpoch", answer.int("MemberEpoch"));
        let assigned = answer
            .get("Assignment")
            .map_or(&[][..], |a| a.items("TopicPartitions"));
        let partitions = assigned.iter().map(|topic| topic.items("Partitions").len());
        if partitions.sum::<usize>() == 2 * topics.len() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
    panic!("{group} is never set up");
}

/// A share group with offsets and without members.
fn share(links: &mut Links<'_>, group: &str) {
    join_share(links, group, "member", &names("a"));
    let mut body = share_heartbeat(group, "member", &[]);
    body.set("MemberEpoch", -1);
    body.set("SubscribedTopicNames", Value::Null);
    links.admin(api_key::SHARE_GROUP_HEARTBEAT, 1, &body);
    let answer = links.admin(api_key::ALTER_SHARE_GROUP_OFFSETS, 0, &share_offsets(group));
    assert_eq!(answer.int("ErrorCode"), Some(0), "{answer:?}");
}
