//! Mistakes of other proxies that decide by ACLs, where it takes a broker to see them; the others are in
//! `src/proxy/authorize/peers_tests.rs`.

use crate::harness::{
    enforced::{self, Rule},
    front::Front,
    kafka::Protocol,
    produce::{batch, produce, produce_error},
    raw::{Raw, api},
    shared,
};
use oathgate::wire::{
    api::Api,
    frame,
    read::read,
    tables::{DELETE_TOPICS, DESCRIBE_TOPIC_PARTITIONS, FETCH, LIST_OFFSETS, METADATA},
    value::Value,
};
use std::{
    thread,
    time::{Duration, Instant},
};

const TOPIC_AUTHORIZATION_FAILED: i64 = 29;

const fn rule<'a>(operation: &'a str, prefix: &'a str) -> Rule<'a> {
    Rule {
        pool: "pool-orders",
        operation,
        of: "TOPIC",
        prefix,
    }
}

/// On the port of the only broker.
fn logged_in(front: &Front) -> Raw {
    let mut raw = front.raw_at(front.at.first_port, "localhost");
    let token = crate::harness::front::orders_token();
    assert_eq!(raw.login(&token, &[]).expect("an answer").error, 0);
    raw
}

fn ask(raw: &mut Raw, api: &'static Api, version: i16, body: &Value) -> Value {
    let framed = frame::request(api, version, 7, Some("tests"), body).expect("a request");
    raw.send(&framed);
    let answer = raw.frame().expect("an answer");
    let (_, at) = frame::response_header(api, version, &answer).expect("a header");
    read(api.response, version, &answer[at..]).expect("a body")
}

/// Names and codes of an answer's topics, sorted.
fn told(answer: &Value, list: &str, code: &str) -> Vec<(String, i64)> {
    let row = |topic: &Value| {
        let name = topic.str("Name").unwrap_or_default().to_owned();
        (name, topic.int(code).unwrap_or(-1))
    };
    let mut rows: Vec<_> = answer.items(list).iter().map(row).collect();
    rows.sort();
    rows
}

fn named(names: &[&str]) -> Value {
    let topics = names
        .iter()
        .map(|name| Value::fields([("Name", (*name).into())]));
    Value::array(topics)
}

/// The ids of topics, by the broker itself.
fn ids(names: &[&str]) -> Vec<[u8; 16]> {
    let kafka = shared::second_kafka();
    let mut admin = Raw::plaintext(&kafka.address(1, Protocol::Plaintext));
    let body = Value::fields([("Topics", named(names))]);
    let answer = ask(&mut admin, &METADATA, 10, &body);
    let topics = answer.items("Topics");
    names
        .iter()
        .map(|name| {
            let topic = topics.iter().find(|topic| topic.str("Name") == Some(name));
            topic
                .and_then(|topic| topic.uuid("TopicId"))
                .expect("an id")
        })
        .collect()
}

/// Somebody who may only create a topic asked for it, and was described all there are.
#[test]
fn emptied_lists_do_not_show_everything() {
    let kafka = shared::second_kafka();
    for topic in ["emptied-shut", "emptied-other"] {
        kafka.create_topic(topic, 1, 1);
    }
    let rules = [rule("CREATE", "emptied-shut"), rule("READ", "unrelated")];
    let front = enforced::start("peers_emptied", &**kafka, &rules);
    let mut raw = logged_in(&front);
    let denied = [("emptied-shut".to_owned(), TOPIC_AUTHORIZATION_FAILED)];
    let body = Value::fields([
        ("Topics", named(&["emptied-shut"])),
        ("ResponsePartitionLimit", 100.into()),
    ]);
    let answer = ask(&mut raw, &DESCRIBE_TOPIC_PARTITIONS, 0, &body);
    assert_eq!(told(&answer, "Topics", "ErrorCode"), denied);
    let body = Value::fields([("Topics", named(&["emptied-shut"]))]);
    for version in [0, 1, 3] {
        let answer = ask(&mut raw, &METADATA, version, &body);
        assert_eq!(told(&answer, "Topics", "ErrorCode"), denied, "v{version}");
        assert!(!answer.items("Brokers").is_empty(), "v{version}");
    }
    // All of them are none.
    let all = Value::fields([("Topics", Value::Array(Vec::new()))]);
    let answer = ask(&mut raw, &METADATA, 0, &all);
    assert_eq!(told(&answer, "Topics", "ErrorCode"), []);
}

/// Of topics to be deleted by id, those that could be were lost beside one that could not.
#[test]
fn deletions_by_id_are_done_and_answered() {
    let kafka = shared::second_kafka();
    let names = ["lost-mine", "lost-other"];
    for topic in names {
        kafka.create_topic(topic, 1, 1);
    }
    let rules = [rule("DELETE", "lost-mine"), rule("DESCRIBE", "lost-")];
    let front = enforced::start("peers_deletions", &**kafka, &rules);
    let mut raw = logged_in(&front);
    let topics = ids(&names)
        .into_iter()
        .map(|id| Value::fields([("Name", Value::Null), ("TopicId", id.into())]));
    let body = Value::fields([
        ("Topics", Value::array(topics)),
        ("TimeoutMs", 10_000.into()),
    ]);
    let answer = ask(&mut raw, &DELETE_TOPICS, 6, &body);
    let expected = [
        ("lost-mine".to_owned(), 0),
        ("lost-other".to_owned(), TOPIC_AUTHORIZATION_FAILED),
    ];
    assert_eq!(told(&answer, "Responses", "ErrorCode"), expected);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let all = Value::fields([("Topics", Value::Null)]);
        let left = told(&ask(&mut raw, &METADATA, 4, &all), "Topics", "ErrorCode");
        if left == [("lost-other".to_owned(), 0)] {
            break;
        }
        assert!(Instant::now() < until, "still there: {left:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// An idle poll lost its session, so that each was followed by a full fetch.
#[test]
fn idle_fetches_keep_their_session() {
    let kafka = shared::second_kafka();
    kafka.create_topic("idle-mine", 1, 1);
    let rules = [rule("ALL", "idle-")];
    let front = enforced::start("peers_idle", &**kafka, &rules);
    let mut raw = logged_in(&front);
    let fetch = |session: i64, epoch: i32, topics: &[&str]| {
        let topics = topics.iter().map(|name| {
            let partition = Value::fields([("PartitionMaxBytes", 1_000_000.into())]);
            Value::fields([
                ("Topic", (*name).into()),
                ("Partitions", Value::array([partition])),
            ])
        });
        Value::fields([
            ("ReplicaId", (-1).into()),
            ("MaxWaitMs", 50.into()),
            ("MinBytes", 1.into()),
            ("MaxBytes", 1_000_000.into()),
            ("SessionId", session.into()),
            ("SessionEpoch", epoch.into()),
            ("Topics", Value::array(topics)),
        ])
    };
    let opened = ask(&mut raw, &FETCH, 12, &fetch(0, 0, &["idle-mine"]));
    let session = opened.int("SessionId").expect("an id");
    assert_ne!(session, 0);
    for epoch in 1..4 {
        let idle = ask(&mut raw, &FETCH, 12, &fetch(session, epoch, &[]));
        assert_eq!(idle.int("ErrorCode"), Some(0), "epoch {epoch}");
        assert_eq!(idle.int("SessionId"), Some(session), "epoch {epoch}");
        assert!(idle.items("Responses").is_empty(), "epoch {epoch}");
    }
    let body = produce("idle-mine", -1, &batch("k", b"v"));
    let answer = raw.call(api::PRODUCE, 7, &body.0).expect("an answer");
    assert_eq!(produce_error(&answer), 0);
    let more = ask(&mut raw, &FETCH, 12, &fetch(session, 4, &[]));
    assert_eq!(
        more.items("Responses").len(),
        1,
        "the session has its topic"
    );
}

/// A rule for an inner prefix hid the DENY of the outer one.
#[test]
fn nested_prefixes_keep_what_is_denied() {
    let kafka = shared::second_kafka();
    for topic in ["pii-b", "pii-a1", "pii-open"] {
        kafka.create_topic(topic, 1, 1);
    }
    let rules = [rule("ALL", "pii-")];
    let front = enforced::start("peers_nested", &**kafka, &rules);
    let nested = ["pii-a", "pii-b"].map(|prefix| {
        format!(
            "[[acls]]\ncluster = \"{}\"\nprincipal = \"User:pool-orders\"\npermission = \"DENY\"\n\
             operation = \"ALL\"\nresource_type = \"TOPIC\"\npattern_type = \"PREFIXED\"\n\
             resource_name = \"{prefix}\"\n",
            crate::harness::front::CLUSTER,
        )
    });
    let inner = [
        rule("ALL", "pii-"),
        rule("ALL", "pii-b"),
        rule("ALL", "pii-a1"),
    ];
    let text = enforced::with(&front.at.toml, &inner) + &nested.concat();
    front.reload(&text, "ok");
    let mut raw = logged_in(&front);
    let topics = ["pii-b", "pii-a1", "pii-open"].map(|name| {
        let partition = Value::fields([("Timestamp", (-1).into())]);
        Value::fields([
            ("Name", name.into()),
            ("Partitions", Value::array([partition])),
        ])
    });
    let body = Value::fields([("ReplicaId", (-1).into()), ("Topics", Value::array(topics))]);
    let answer = ask(&mut raw, &LIST_OFFSETS, 1, &body);
    let codes = answer.items("Topics").iter().map(|topic| {
        let code = topic.items("Partitions")[0].int("ErrorCode").unwrap_or(-1);
        (topic.str("Name").unwrap_or_default(), code)
    });
    let mut codes: Vec<_> = codes.collect();
    codes.sort_unstable();
    let denied = TOPIC_AUTHORIZATION_FAILED;
    assert_eq!(
        codes,
        [("pii-a1", denied), ("pii-b", denied), ("pii-open", 0)]
    );
}
