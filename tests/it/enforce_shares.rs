//! Share sessions under `authorization = "enforce"` (KIP-932): clients choose their member ids, so that a
//! second user can name a first one's. It gives them nothing, and ends nothing.

use crate::harness::{
    enforced::{self, Rule, ask, logged_in},
    front::Front,
    kafka::Protocol,
    produce::{batch, produce, produce_error},
    raw::{self, Raw},
    shared,
};
use oathgate::wire::{
    tables::api_key::{
        FIND_COORDINATOR, METADATA, SHARE_ACKNOWLEDGE, SHARE_FETCH, SHARE_GROUP_HEARTBEAT,
    },
    value::Value,
};
use std::time::{Duration, Instant};

const SHARE_SESSION_NOT_FOUND: i64 = 122;
const TOPIC_AUTHORIZATION_FAILED: i64 = 29;

const GROUP: &str = "shares-group";
const MEMBER: &str = "bWVtYmVyLW9mLW9yZGVycw";

/// Longest wait for what brokers do by and by.
const PATIENCE: Duration = Duration::from_secs(60);

fn id_of(raw: &mut Raw, topic: &str) -> Value {
    let topics = Value::array([Value::fields([("Name", topic.into())])]);
    let answer = ask(raw, METADATA, 12, &Value::fields([("Topics", topics)]));
    let topic = &answer.items("Topics")[0];
    assert_eq!(topic.int("ErrorCode"), Some(0), "{topic:?}");
    topic.get("TopicId").expect("an id").clone()
}

/// Brings the topics of the coordinators about, on the broker itself.
fn find_coordinators(broker: &mut Raw) {
    for (kind, key) in [(0, "any"), (2, "any:AAAAAAAAAAAAAAAAAAAAAQ:0")] {
        let keys = Value::array([key]);
        let body = Value::fields([("KeyType", kind.into()), ("CoordinatorKeys", keys)]);
        ask(broker, FIND_COORDINATOR, 6, &body);
    }
}

/// Joins the group as [`MEMBER`] until that is assigned the topic.
fn join(raw: &mut Raw, topic: &str) {
    let mut body = Value::fields([
        ("GroupId", GROUP.into()),
        ("MemberId", MEMBER.into()),
        ("MemberEpoch", 0.into()),
        ("SubscribedTopicNames", Value::array([topic])),
    ]);
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = ask(raw, SHARE_GROUP_HEARTBEAT, 1, &body);
        // Until the coordinator is there, an error.
        if answer.int("ErrorCode") == Some(0) {
            body.set("MemberEpoch", answer.int("MemberEpoch"));
        }
        let assigned = answer.get("Assignment");
        if assigned.is_some_and(|a| !a.items("TopicPartitions").is_empty()) {
            return;
        }
        assert!(Instant::now() < until, "never assigned: {answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A `ShareFetch` or `ShareAcknowledge` of the first partitions of the topics with these ids.
fn session(version: i16, epoch: i32, ids: &[&Value]) -> Value {
    let topics = ids.iter().map(|id| {
        let partition = Value::fields([("PartitionIndex", 0.into())]);
        Value::fields([
            ("TopicId", (*id).clone()),
            ("Partitions", Value::array([partition])),
        ])
    });
    let mut body = Value::fields([
        ("GroupId", GROUP.into()),
        ("MemberId", MEMBER.into()),
        ("ShareSessionEpoch", epoch.into()),
        ("MaxWaitMs", 500.into()),
        ("MinBytes", 1.into()),
        ("MaxBytes", (1 << 20).into()),
        ("MaxRecords", 100.into()),
        ("BatchSize", 100.into()),
        ("Topics", Value::array(topics)),
    ]);
    if version >= 2 {
        body.set("ShareAcquireMode", 0);
    }
    body
}

/// Error code, and bytes of records and error code of each partition.
#[derive(Debug, PartialEq, Eq)]
struct Shared {
    error: i64,
    partitions: Vec<(i64, usize)>,
}

fn fetched(raw: &mut Raw, version: i16, epoch: i32, ids: &[&Value]) -> Shared {
    let answer = ask(raw, SHARE_FETCH, version, &session(version, epoch, ids));
    let topics = answer.items("Responses").iter();
    let partitions = topics.flat_map(|topic| topic.items("Partitions")).map(|p| {
        let records = match p.get("Records") {
            Some(Value::Bytes(records)) => records.len(),
            _ => 0,
        };
        (p.int("ErrorCode").expect("a code"), records)
    });
    Shared {
        error: answer.int("ErrorCode").expect("a code"),
        partitions: partitions.collect(),
    }
}

/// Fetches until records come, at `epoch` and those that follow; the next epoch.
fn fetched_some(raw: &mut Raw, version: i16, mut epoch: i32, ids: &[&Value]) -> i32 {
    let until = Instant::now() + PATIENCE;
    loop {
        let seen = fetched(raw, version, epoch, if epoch == 0 { ids } else { &[] });
        assert_eq!(seen.error, 0, "epoch {epoch}");
        epoch += 1;
        if seen
            .partitions
            .iter()
            .any(|(code, bytes)| (*code, *bytes > 0) == (0, true))
        {
            return epoch;
        }
        assert!(Instant::now() < until, "no records: {seen:?}");
    }
}

fn acknowledge(raw: &mut Raw, version: i16, epoch: i32, id: &Value) -> i64 {
    let batch = Value::fields([
        ("FirstOffset", 0.into()),
        ("LastOffset", 0.into()),
        ("AcknowledgeTypes", Value::array([1])),
    ]);
    let partition = Value::fields([
        ("PartitionIndex", 0.into()),
        ("AcknowledgementBatches", Value::array([batch])),
    ]);
    let topic = Value::fields([
        ("TopicId", id.clone()),
        ("Partitions", Value::array([partition])),
    ]);
    let body = Value::fields([
        ("GroupId", GROUP.into()),
        ("MemberId", MEMBER.into()),
        ("ShareSessionEpoch", epoch.into()),
        ("Topics", Value::array([topic])),
    ]);
    let answer = ask(raw, SHARE_ACKNOWLEDGE, version, &body);
    answer.int("ErrorCode").expect("a code")
}

fn write(raw: &mut Raw, topic: &str) {
    let record = batch("k", b"mine alone");
    let answer = raw.call(raw::api::PRODUCE, 7, &produce(topic, -1, &record).0);
    assert_eq!(produce_error(&answer.expect("an answer")), 0);
}

/// Everything that `billing` can try in the session of `orders`: go on with it, end it, begin it anew,
/// acknowledge in it.
fn steal(front: &Front, version: i16, ids: &[&Value]) {
    let mut connections = [(); 2].map(|()| logged_in(front, "billing-service"));
    for billing in &mut connections {
        for epoch in [1, 2, 3, -1, 0] {
            let stolen = fetched(billing, version, epoch, if epoch < 1 { &[] } else { ids });
            let nothing = Shared {
                error: SHARE_SESSION_NOT_FOUND,
                partitions: Vec::new(),
            };
            assert_eq!(stolen, nothing, "epoch {epoch}");
        }
        for epoch in [1, 2, 3, -1] {
            let code = acknowledge(billing, version, epoch, ids[0]);
            assert_eq!(code, SHARE_SESSION_NOT_FOUND, "epoch {epoch}");
        }
    }
}

#[test]
fn a_share_session_gives_a_second_user_nothing_and_is_not_closed_by_one() {
    let kafka = shared::second_kafka();
    find_coordinators(&mut Raw::plaintext(&kafka.address(1, Protocol::Plaintext)));
    for version in [1, 2] {
        let (mine, other) = (
            format!("shares-mine-{version}"),
            format!("shares-other-{version}"),
        );
        kafka.create_topic(&mine, 1, 1);
        kafka.create_topic(&other, 1, 1);
        let topic = |pool, operation, prefix| Rule {
            pool,
            operation,
            of: "TOPIC",
            prefix,
        };
        let group = |pool| Rule {
            of: "GROUP",
            ..topic(pool, "READ", "shares-")
        };
        let rules = [
            topic("pool-orders", "ALL", "shares-"),
            topic("pool-billing", "READ", "shares-other"),
            group("pool-orders"),
            group("pool-billing"),
        ];
        let front = enforced::start("enforce_shares", &**kafka, &rules);
        let mut orders = logged_in(&front, "orders-service");
        let (mine_id, other_id) = (id_of(&mut orders, &mine), id_of(&mut orders, &other));
        join(&mut orders, &mine);
        // A share begins where its topic ends: only what is written after that comes.
        let opened = fetched(&mut orders, version, 0, &[&mine_id]);
        assert_eq!(opened.error, 0);
        write(&mut orders, &mine);
        let epoch = fetched_some(&mut orders, version, 1, &[&mine_id]);
        steal(&front, version, &[&mine_id, &other_id]);
        // Its owner goes on as if nobody had tried.
        write(&mut orders, &mine);
        let epoch = fetched_some(&mut orders, version, epoch, &[&mine_id]);
        steal(&front, version, &[&mine_id]);
        assert_eq!(acknowledge(&mut orders, version, epoch, &mine_id), 0);

        // After a reconnect the old session is nobody's: its owner opens one anew, and the others still
        // get none of it.
        drop(orders);
        let mut again = logged_in(&front, "orders-service");
        let lost = fetched(&mut again, version, epoch + 1, &[]);
        assert_eq!(lost.error, SHARE_SESSION_NOT_FOUND);
        assert_eq!(fetched(&mut again, version, 0, &[&mine_id]).error, 0);
        steal(&front, version, &[&mine_id]);
        write(&mut again, &mine);
        fetched_some(&mut again, version, 1, &[&mine_id]);

        // Where nobody holds the member, its name opens what its new holder may read, and no more.
        drop(again);
        let mut billing = logged_in(&front, "billing-service");
        let until = Instant::now() + PATIENCE;
        let own = loop {
            let own = fetched(&mut billing, version, 0, &[&mine_id, &other_id]);
            if own.error != SHARE_SESSION_NOT_FOUND {
                break own;
            }
            assert!(Instant::now() < until, "the member is never let go");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(
            own.partitions.contains(&(TOPIC_AUTHORIZATION_FAILED, 0)),
            "{own:?}"
        );
        assert!(
            own.partitions.iter().all(|(_, bytes)| *bytes == 0),
            "{own:?}"
        );
    }
}
