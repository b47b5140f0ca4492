//! Streams groups under `authorization = "enforce"` (KIP-1071): brokers create the internal topics of a group
//! for its members, under the identity that they come with. Whoever may not create topics brings none about.

use crate::harness::{
    enforced::{self, Rule, ask, logged_in},
    kafka::Protocol,
    raw::Raw,
    shared,
};
use oathgate::wire::{
    tables::api_key::{DELETE_TOPICS, FIND_COORDINATOR, METADATA, STREAMS_GROUP_HEARTBEAT},
    value::Value,
};
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

const GROUP: &str = "streams-app";
const SOURCE: &str = "streams-in";
const CHANGELOG: &str = "streams-app-store-changelog";

const MISSING_INTERNAL_TOPICS: i64 = 3;

/// Longest wait for what brokers do by and by.
const PATIENCE: Duration = Duration::from_secs(60);

/// A member of the group.
struct Member {
    raw: Raw,
    id: &'static str,
    epoch: i64,
}

impl Member {
    fn topology() -> Value {
        let changelog = Value::fields([
            ("Name", CHANGELOG.into()),
            ("Partitions", 0.into()),
            ("ReplicationFactor", 1.into()),
            ("TopicConfigs", Value::Array(Vec::new())),
        ]);
        let part = Value::fields([
            ("SubtopologyId", "0".into()),
            ("SourceTopics", Value::array([SOURCE])),
            ("StateChangelogTopics", Value::array([changelog])),
        ]);
        Value::fields([("Epoch", 0.into()), ("Subtopologies", Value::array([part]))])
    }

    /// What the member is told when it joins.
    fn join(&mut self) -> Value {
        let none = || Value::Array(Vec::new());
        self.beat(Value::fields([
            ("MemberEpoch", 0.into()),
            ("RebalanceTimeoutMs", 300_000.into()),
            ("Topology", Self::topology()),
            ("ActiveTasks", none()),
            ("StandbyTasks", none()),
            ("WarmupTasks", none()),
            ("ProcessId", self.id.into()),
            ("ClientTags", none()),
        ]))
    }

    /// What it is told later.
    fn stay(&mut self) -> Value {
        self.beat(Value::fields([("MemberEpoch", self.epoch.into())]))
    }

    fn beat(&mut self, mut body: Value) -> Value {
        body.set("GroupId", GROUP);
        body.set("MemberId", self.id);
        let answer = ask(&mut self.raw, STREAMS_GROUP_HEARTBEAT, 0, &body);
        if answer.int("ErrorCode") == Some(0) {
            self.epoch = answer.int("MemberEpoch").expect("an epoch");
        }
        answer
    }
}

/// Whether the broker itself has the topic.
fn exists(broker: &mut Raw, topic: &str) -> bool {
    let body = Value::fields([
        (
            "Topics",
            Value::array([Value::fields([("Name", topic.into())])]),
        ),
        ("AllowAutoTopicCreation", false.into()),
    ]);
    let answer = ask(broker, METADATA, 9, &body);
    answer.items("Topics")[0].int("ErrorCode") == Some(0)
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "never: {what}");
        sleep(Duration::from_millis(50));
    }
}

fn delete(broker: &mut Raw, topic: &str) {
    let body = Value::fields([
        ("TopicNames", Value::array([topic])),
        ("TimeoutMs", 30_000.into()),
    ]);
    let answer = ask(broker, DELETE_TOPICS, 5, &body);
    assert_eq!(answer.items("Responses")[0].int("ErrorCode"), Some(0));
    wait("the topic is gone", || !exists(broker, topic));
}

/// Why the member is given nothing to do.
fn missing(answer: &Value) -> Option<&str> {
    let mut status = answer.items("Status").iter();
    let status = status.find(|one| one.int("StatusCode") == Some(MISSING_INTERNAL_TOPICS))?;
    status.str("StatusDetail")
}

#[test]
fn a_deleted_internal_topic_is_made_anew_for_who_may_create_it_alone() {
    let kafka = shared::second_kafka();
    kafka.create_topic(SOURCE, 1, 1);
    let rule = |pool, operation, of| Rule {
        pool,
        operation,
        of,
        prefix: "streams-",
    };
    let rules = [
        rule("pool-orders", "ALL", "TOPIC"),
        rule("pool-orders", "READ", "GROUP"),
        rule("pool-billing", "READ", "TOPIC"),
        rule("pool-billing", "READ", "GROUP"),
    ];
    let front = enforced::start("enforce_streams", &**kafka, &rules);
    let mut broker = Raw::plaintext(&kafka.address(1, Protocol::Plaintext));
    let keys = Value::fields([("CoordinatorKeys", Value::array([GROUP]))]);
    wait("the coordinator is there", || {
        let found = ask(&mut broker, FIND_COORDINATOR, 4, &keys);
        found.items("Coordinators")[0].int("ErrorCode") == Some(0)
    });
    let member = |client, id| Member {
        raw: logged_in(&front, client),
        id,
        epoch: 0,
    };
    let (mut creates, mut reads) = (
        member("orders-service", "creates"),
        member("billing-service", "reads"),
    );

    // Alone, who may not create joins nothing.
    wait("it is told so", || {
        let told = reads.join();
        // An error until the coordinator has begun.
        assert!(told.int("ErrorCode") != Some(0) || missing(&told).is_some());
        missing(&told).is_some()
    });
    assert!(!exists(&mut broker, CHANGELOG));
    wait("it is created", || {
        let told = creates.join();
        told.int("ErrorCode") == Some(0) && exists(&mut broker, CHANGELOG)
    });
    wait("both are members", || {
        let told = reads.join();
        told.int("ErrorCode") == Some(0) && missing(&told).is_none()
    });
    assert_eq!(missing(&reads.stay()), None, "nothing is missing");

    // Gone. Its heartbeats have no topology, and nobody else's come.
    delete(&mut broker, CHANGELOG);
    let epoch = reads.epoch;
    for _ in 0..20 {
        let told = reads.stay();
        let detail = format!(
            "Internal topics are missing: {CHANGELOG}; Unauthorized to CREATE on topics {CHANGELOG}."
        );
        assert_eq!(missing(&told), Some(detail.as_str()), "{told:?}");
        assert_eq!(told.int("MemberEpoch"), Some(epoch));
        assert!(told.items("ActiveTasks").is_empty());
        sleep(Duration::from_millis(100));
        assert!(!exists(&mut broker, CHANGELOG), "made anew");
    }
    wait("who may create it gets it", || {
        creates.stay();
        exists(&mut broker, CHANGELOG)
    });
    wait("and the other goes on", || {
        let told = reads.stay();
        told.int("ErrorCode") == Some(0) && missing(&told).is_none()
    });
}
