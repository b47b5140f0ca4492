//! Mistakes of other proxies that decide by ACLs, one test each, named by the mistake.

use super::Decision;
use super::fixture::{Bench, Session, codes, texts, topic_id};
use crate::wire::tables::api_key::{
    ALTER_CONFIGS, DELETE_TOPICS, DESCRIBE_CONFIGS, DESCRIBE_GROUPS, DESCRIBE_TOPIC_PARTITIONS,
    FETCH, FIND_COORDINATOR, INCREMENTAL_ALTER_CONFIGS, INIT_PRODUCER_ID, LIST_OFFSETS, METADATA,
    OFFSET_FETCH, PRODUCE,
};
use crate::wire::value::Value;

fn named(field: &'static str, names: &[&str]) -> Value {
    Value::array(
        names
            .iter()
            .map(|name| Value::fields([(field, (*name).into())])),
    )
}

/// A rule for `pii-a` hid the one for `pii-`, so that a DENY of the outer prefix was skipped.
#[test]
fn nested_prefixes_lose_no_rule() {
    let acls = [
        "ALLOW ALL TOPIC LITERAL *",
        "DENY ALL TOPIC PREFIXED pii-",
        "ALLOW ALL TOPIC PREFIXED pii-a",
    ];
    let mut bench = Bench::new(LIST_OFFSETS, 1, &acls);
    let topics = ["pii-b", "pii-a1", "pii-0", "open"].map(|name| {
        let partition = Value::fields([("PartitionIndex", 0.into())]);
        Value::fields([
            ("Name", name.into()),
            ("Partitions", Value::array([partition])),
        ])
    });
    let body = Value::fields([("ReplicaId", (-1).into()), ("Topics", Value::array(topics))]);
    let outcome = bench.decide(&body);
    assert_eq!(texts(outcome.up.as_ref().unwrap()), ["open"]);
}

/// What was left of a list after its denied names went up as an empty one, which means everything.
#[test]
fn an_emptied_list_is_never_forwarded() {
    let group = Value::fields([
        ("GroupId", "shut".into()),
        ("Topics", named("Name", &["shut"])),
    ]);
    let resource = |kind: i8| {
        Value::array([Value::fields([
            ("ResourceType", kind.into()),
            ("ResourceName", "shut".into()),
        ])])
    };
    let topic_names = Value::fields([("Topics", named("Name", &["shut"]))]);
    let cases = [
        (METADATA, 0, topic_names.clone()),
        (METADATA, 1, topic_names.clone()),
        (DESCRIBE_TOPIC_PARTITIONS, 0, topic_names.clone()),
        (
            DESCRIBE_GROUPS,
            0,
            Value::fields([("Groups", Value::array(["shut"]))]),
        ),
        (OFFSET_FETCH, 2, group),
        (
            DESCRIBE_CONFIGS,
            1,
            Value::fields([("Resources", resource(2))]),
        ),
        (
            LIST_OFFSETS,
            1,
            Value::fields([
                ("ReplicaId", (-1).into()),
                ("Topics", named("Name", &["shut"])),
            ]),
        ),
    ];
    // Some right on the topic, as the one who found the mistake had, and none that is asked for.
    for acls in [
        &["ALLOW READ TOPIC LITERAL mine User:a *"][..],
        &["ALLOW CREATE TOPIC LITERAL shut User:a *"],
    ] {
        for (key, version, body) in &cases {
            let mut session = Session::of(acls);
            let outcome = session.decide(*key, *version, body);
            let Some(up) = &outcome.up else {
                continue;
            };
            // To learn of the cluster alone; from version 1 on an empty list means no topic.
            let spoken = match &outcome.decision {
                Decision::ForwardAndAmend { amend, .. } => amend.asked_in.unwrap_or(*version),
                _ => *version,
            };
            let nothing = up.get("Topics") == Some(&Value::Array(Vec::new()));
            let harmless = *key == METADATA && spoken > 0 && nothing;
            assert!(harmless, "{key} v{version}: {up:?}");
        }
    }
}

/// Denied topics of a Produce by id came back with the id of no topic.
#[test]
fn a_denied_topic_keeps_its_id() {
    let topics = ["mine", "other"].map(|name| {
        let partition = Value::fields([("Index", 0.into()), ("Records", vec![1u8; 9].into())]);
        Value::fields([
            ("TopicId", topic_id(name).into()),
            ("PartitionData", Value::array([partition])),
        ])
    });
    let body = Value::fields([
        ("Acks", (-1).into()),
        ("TimeoutMs", 1000.into()),
        ("TopicData", Value::array(topics)),
    ]);
    let acls = ["ALLOW WRITE TOPIC LITERAL mine User:a *"];
    let mut session = Session::new(&acls, &["mine", "other"]);
    let (up, amend) = session.cut(PRODUCE, 13, &body);
    assert_eq!(up.items("TopicData").len(), 1);
    let partition = Value::fields([("Index", 0.into()), ("BaseOffset", 5.into())]);
    let mine = Value::fields([
        ("TopicId", topic_id("mine").into()),
        ("PartitionResponses", Value::array([partition])),
    ]);
    let theirs = Value::fields([("Responses", Value::array([mine]))]);
    let answer = session.amended(&amend, PRODUCE, 13, &theirs);
    let told = answer.items("Responses").iter().map(|topic| {
        let code = topic.items("PartitionResponses")[0].int("ErrorCode");
        (topic.uuid("TopicId").unwrap(), code)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    let mut expected = [(topic_id("mine"), Some(0)), (topic_id("other"), Some(29))];
    expected.sort();
    assert_eq!(told, expected);
}

/// Topics to be deleted by id were neither deleted nor answered where others were denied.
#[test]
fn deletions_by_id_are_not_lost() {
    let acls = [
        "ALLOW DELETE TOPIC LITERAL mine User:a *",
        "ALLOW DESCRIBE TOPIC LITERAL seen User:a *",
    ];
    let mut session = Session::new(&acls, &["mine", "seen"]);
    let topics = ["mine", "seen"]
        .map(|name| Value::fields([("Name", Value::Null), ("TopicId", topic_id(name).into())]));
    let body = Value::fields([("Topics", Value::array(topics))]);
    let (up, amend) = session.cut(DELETE_TOPICS, 6, &body);
    let ids: Vec<_> = up
        .items("Topics")
        .iter()
        .map(|t| t.uuid("TopicId"))
        .collect();
    assert_eq!(ids, [Some(topic_id("mine"))]);
    let theirs = Value::fields([
        ("Name", "mine".into()),
        ("TopicId", topic_id("mine").into()),
    ]);
    let theirs = Value::fields([("Responses", Value::array([theirs]))]);
    let answer = session.amended(&amend, DELETE_TOPICS, 6, &theirs);
    let mut told: Vec<_> = answer
        .items("Responses")
        .iter()
        .map(|topic| (topic.str("Name"), topic.int("ErrorCode")))
        .collect();
    told.sort();
    assert_eq!(told, [(Some("mine"), Some(0)), (Some("seen"), Some(29))]);
}

/// A `Fetch` v12 within a session.
fn fetch(session: i32, epoch: i32, topics: &[&str]) -> Value {
    let topics = topics.iter().map(|name| {
        let partition = Value::fields([("Partition", 0.into())]);
        Value::fields([
            ("Topic", (*name).into()),
            ("Partitions", Value::array([partition])),
        ])
    });
    Value::fields([
        ("ReplicaId", (-1).into()),
        ("MaxWaitMs", 500.into()),
        ("SessionId", session.into()),
        ("SessionEpoch", epoch.into()),
        ("Topics", Value::array(topics)),
    ])
}

/// A session with a broker's fetch session of these topics.
fn fetching(acls: &[&str], topics: &[&str]) -> Session {
    let mut session = Session::new(acls, topics);
    assert!(session.decide(FETCH, 12, &fetch(0, 0, topics)).as_it_came);
    let rights = Some(&mut session.rights);
    assert!(session.sessions.fetch_answer_begins(rights));
    session.sessions.fetch_answered(0, 9);
    session
}

/// An incremental fetch that names nothing was answered at once, with no session: every idle poll cost
/// a full one.
#[test]
fn an_idle_fetch_stays_in_its_session() {
    let mut session = fetching(&["ALLOW READ TOPIC PREFIXED m User:a *"], &["mine", "more"]);
    for epoch in 1..5 {
        let outcome = session.decide(FETCH, 12, &fetch(9, epoch, &[]));
        assert!(outcome.as_it_came, "epoch {epoch}: {outcome:?}");
    }
}

/// Only the topics that a fetch names were judged, not those that its session holds.
#[test]
fn what_a_fetch_session_holds_is_judged_again() {
    let mut session = fetching(&["ALLOW READ TOPIC PREFIXED m User:a *"], &["mine", "more"]);
    session.follow(&["ALLOW READ TOPIC LITERAL mine User:a *"]);
    let outcome = session.decide(FETCH, 12, &fetch(9, 1, &[]));
    assert_eq!(codes(&outcome.answer.unwrap()), [70]);
}

/// The CLUSTER was no resource: configurations of brokers, idempotent producers and share coordinators
/// went up unchecked, with the proxy's rights.
#[test]
fn the_cluster_is_a_resource_too() {
    let acls = ["ALLOW READ TOPIC LITERAL * User:a *"];
    let producer = Value::fields([("TransactionalId", Value::Null)]);
    let answer = Session::of(&acls).answer(INIT_PRODUCER_ID, 1, &producer);
    assert_eq!(codes(&answer), [31]);
    for kind in [4, 8, 16] {
        let resource = Value::fields([
            ("ResourceType", kind.into()),
            ("ResourceName", "1".into()),
            ("Configs", Value::Array(Vec::new())),
        ]);
        let body = Value::fields([("Resources", Value::array([resource]))]);
        for key in [ALTER_CONFIGS, INCREMENTAL_ALTER_CONFIGS] {
            let answer = Session::of(&acls).answer(key, 1, &body);
            // The old one knows no loggers, whoever asks.
            let code = if (key, kind) == (ALTER_CONFIGS, 8) {
                42
            } else {
                31
            };
            assert_eq!(codes(&answer), [code], "{key} of type {kind}");
        }
    }
    let share = Value::fields([
        ("KeyType", 2.into()),
        (
            "CoordinatorKeys",
            Value::array(["g:AAAAAAAAAAAAAAAAAAAAAQ:0"]),
        ),
    ]);
    let answer = Session::of(&acls).answer(FIND_COORDINATOR, 6, &share);
    assert_eq!(codes(&answer), [31]);
}
