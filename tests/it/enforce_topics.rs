//! Topics under `authorization = "enforce"`, before a broker that creates topics by itself: what a session
//! may not create stays missing, whoever asks for it and however.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use crate::harness::{
    folder,
    front::{CLUSTER, Front, Setup},
    kafka::{self, Brokers, Wanted},
    raw::{Raw, api},
    wire::{Reader, Writer},
};

const UNKNOWN_TOPIC: i16 = 3;
const TOPIC_AUTHORIZATION_FAILED: i16 = 29;

/// `orders-service` may read topics that begin with the first, and create those that begin with the second.
const READ: &str = "seen";
const CREATE: &str = "seen-new";

fn start(name: &str, brokers: &dyn Brokers) -> Front {
    let mut prepared = Setup::new(name).prepare(brokers);
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    let mut toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n");
    for (operation, prefix) in [("READ", READ), ("CREATE", CREATE)] {
        toml = toml.text(&format!(
            "[[acls]]\ncluster = \"{CLUSTER}\"\nprincipal = \"User:pool-orders\"\n\
             permission = \"ALLOW\"\noperation = \"{operation}\"\nresource_type = \"TOPIC\"\n\
             pattern_type = \"PREFIXED\"\nresource_name = \"{prefix}\"\n"
        ));
    }
    fs::write(&prepared.config, toml.build()).expect("write a configuration");
    prepared.toml = toml;
    prepared.run()
}

/// Error codes and names of an answer to `Metadata` v1 or v4, sorted by name.
fn topics(version: i16, answer: &[u8]) -> Vec<(String, i16)> {
    let mut answer = Reader(answer);
    if version >= 3 {
        answer.i32(); // Throttle time.
    }
    let brokers = answer.i32();
    assert!(brokers > 0, "brokers are everybody's");
    for _ in 0..brokers {
        answer.i32();
        answer.string();
        answer.i32();
        answer.string();
    }
    if version >= 2 {
        answer.string(); // Cluster id.
    }
    answer.i32(); // Controller.
    let mut topics = Vec::new();
    for _ in 0..answer.i32() {
        let error = answer.i16();
        topics.push((answer.string().expect("a name"), error));
        answer.take(1); // Whether it is internal.
        for _ in 0..answer.i32() {
            answer.take(2 + 4 + 4);
            for _ in ["replicas", "in sync"] {
                for _ in 0..answer.i32() {
                    answer.i32();
                }
            }
        }
    }
    topics.sort();
    topics
}

/// What `Metadata` says of `names`, which it would create where it may.
fn ask(raw: &mut Raw, version: i16, names: &[&str]) -> Vec<(String, i16)> {
    let count = i32::try_from(names.len()).expect("few names");
    let mut body = Writer::default().i32(count);
    for name in names {
        body = body.string(name);
    }
    if version >= 4 {
        body = body.i8(1);
    }
    let answer = raw.call(api::METADATA, version, &body.0);
    topics(version, &answer.expect("an answer"))
}

fn row(name: &str, error: i16) -> (String, i16) {
    (name.to_owned(), error)
}

#[test]
fn only_what_may_be_created_is() {
    let wanted = Wanted {
        nodes: 1,
        auto_create: true,
        ..Wanted::default()
    };
    let brokers = kafka::start(&wanted, &folder::of("kafka-enforce-topics"));
    brokers.create_topic("seen-old", 1, 1);
    brokers.create_topic("hidden", 1, 1);
    let front = start("enforce_topics", &*brokers);
    let mut raw = front.logged_in();
    for version in [1, 4] {
        let told = ask(&mut raw, version, &["seen-old", "seen-not", "hidden"]);
        let expected = [
            row("hidden", TOPIC_AUTHORIZATION_FAILED),
            row("seen-not", TOPIC_AUTHORIZATION_FAILED),
            row("seen-old", 0),
        ];
        assert_eq!(told, expected, "v{version}");
    }
    for version in [1, 4] {
        let new = format!("{CREATE}-{version}");
        let told = ask(&mut raw, version, &[&new, "seen-not"]);
        let denied = row("seen-not", TOPIC_AUTHORIZATION_FAILED);
        assert!(told.contains(&denied), "v{version}: {told:?}");
        let until = Instant::now() + Duration::from_secs(30);
        while ask(&mut raw, version, &[&new]) != [row(&new, 0)] {
            assert!(
                Instant::now() < until,
                "v{version}: {new} was never created"
            );
            thread::sleep(Duration::from_millis(200));
        }
    }
    let all = raw.call(api::METADATA, 1, &Writer::default().i32(-1).0);
    let all = topics(1, &all.expect("an answer"));
    let expected = ["seen-new-1", "seen-new-4", "seen-old"].map(|name| row(name, 0));
    assert_eq!(all, expected);
}

#[test]
fn a_broker_that_creates_nothing_says_that_a_topic_is_missing() {
    let brokers = crate::harness::shared::kafka();
    let front = start("enforce_topics_missing", &**brokers);
    let told = ask(&mut front.logged_in(), 4, &["seen-not"]);
    assert_eq!(told, [row("seen-not", UNKNOWN_TOPIC)]);
}
