//! What an identity of Oathgate's own must never do for a client: inter-broker requests, fetches as a
//! follower, other sessions' fetches, changes of security.

use crate::harness::{
    clients::Kind,
    front::Setup,
    kafka::{Brokers, Protocol},
    raw::{Raw, api},
    shared,
    wire::{Reader, Writer},
};

const NOT_LEADER_OR_FOLLOWER: i16 = 6;
const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
const CLUSTER_AUTHORIZATION_FAILED: i16 = 31;
const FETCH_SESSION_ID_NOT_FOUND: i16 = 70;

/// `Fetch` v7 without topics; `replica` is -1 for a consumer.
fn fetch(replica: i32, session: i32, epoch: i32) -> Writer {
    fetch_head(replica, session, epoch).i32(0).i32(0)
}

fn fetch_head(replica: i32, session: i32, epoch: i32) -> Writer {
    let limits = Writer::default().i32(replica).i32(100).i32(1).i32(1 << 20);
    limits.i8(0).i32(session).i32(epoch)
}

/// `Fetch` v7 of partition 0 of `topic`, outside any fetch session.
fn fetch_partition(replica: i32, topic: &str) -> Writer {
    let partition = fetch_head(replica, 0, -1)
        .i32(1)
        .string(topic)
        .i32(1)
        .i32(0);
    partition.i64(0).i64(0).i32(1 << 20).i32(0)
}

/// The error of that partition.
fn partition_error(answer: &[u8]) -> i16 {
    let mut answer = Reader(answer);
    answer.take(4 + 2 + 4 + 4); // Throttle time, error, session, topics.
    answer.string();
    answer.take(4 + 4); // Partitions, partition.
    answer.i16()
}

/// Closed, or answered with nothing but an authorization error: it had no effect.
fn assert_refused(what: &str, raw: &mut Raw, key: i16, version: i16, body: &[u8]) {
    if let Some(answer) = raw.call(key, version, body) {
        let has_error = answer
            .windows(2)
            .any(|w| w == CLUSTER_AUTHORIZATION_FAILED.to_be_bytes());
        assert!(has_error, "{what}: answered {answer:?}");
    }
}

#[test]
fn inter_broker_requests_are_refused() {
    let kafka = shared::kafka();
    let front = Setup::new("guard_inter_broker").start(&**kafka);
    // LeaderAndIsr, StopReplica, UpdateMetadata, ControlledShutdown, WriteTxnMarkers, Vote, BeginQuorumEpoch,
    // EndQuorumEpoch, AlterPartition, FetchSnapshot, BrokerRegistration, BrokerHeartbeat, AllocateProducerIds,
    // ControllerRegistration, AssignReplicasToDirs: an empty array or plain zeros of the oldest form.
    let keys = [
        4,
        5,
        6,
        7,
        api::WRITE_TXN_MARKERS,
        52,
        53,
        54,
        56,
        59,
        62,
        63,
        67,
        70,
        73,
    ];
    for key in keys {
        let mut raw = front.logged_in();
        assert_refused(&format!("API {key}"), &mut raw, key, 0, &[0; 4]);
    }
    let mut raw = front.logged_in();
    assert_refused(
        "WriteTxnMarkers",
        &mut raw,
        api::WRITE_TXN_MARKERS,
        0,
        &Writer::default().i32(0).0,
    );
    let ended = front
        .gate
        .metric("oathgate_sessions_ended_total", "REQUEST_UNSUPPORTED");
    assert!(ended >= 15.0, "{}", front.gate.metrics());
    assert!(front.logged_in().metadata());
}

#[test]
fn a_client_cannot_fetch_as_a_follower() {
    let kafka = shared::kafka();
    kafka.create_topic("guard-follower", 1, 3);
    let front = Setup::new("guard_follower").start(&**kafka);
    for (replica, may) in [
        (-1, true),
        (0, false),
        (1, false),
        (3, false),
        (i32::MAX, false),
    ] {
        let body = fetch_partition(replica, "guard-follower");
        let answer = front.logged_in().call(api::FETCH, 7, &body.0);
        let error = answer.map(|answer| partition_error(&answer));
        let expected: &[Option<i16>] = match may {
            true => &[Some(0), Some(NOT_LEADER_OR_FOLLOWER)],
            false => &[None, Some(TOPIC_AUTHORIZATION_FAILED)],
        };
        assert!(expected.contains(&error), "replica {replica}: {error:?}");
    }
}

#[test]
fn a_fetch_session_belongs_to_the_connection_that_opened_it() {
    let kafka = shared::kafka();
    let front = Setup::new("guard_fetch_session").start(&**kafka);
    let mut raw = front.logged_in();
    for (session, epoch) in [(1, 1), (123_456, 7), (i32::MAX, 1)] {
        let answer = raw
            .call(api::FETCH, 7, &fetch(-1, session, epoch).0)
            .expect("an answer");
        let mut answer = Reader(&answer);
        answer.i32(); // Throttle time.
        assert_eq!(
            answer.i16(),
            FETCH_SESSION_ID_NOT_FOUND,
            "session {session} epoch {epoch}"
        );
    }
    assert!(raw.metadata(), "the connection goes on");
}

#[test]
fn changes_of_security_are_refused() {
    let kafka = shared::kafka();
    let front = Setup::new("guard_security").start(&**kafka);
    let told = front.client(Kind::Java).admin(&["scram:intruder"]).fail();
    assert!(
        told.contains("ClusterAuthorizationException") || told.contains("Authorization"),
        "{told}"
    );
    assert!(
        front
            .client(Kind::Java)
            .admin(&["topics"])
            .finish()
            .facts("done")
            .len()
            == 1
    );
}

#[test]
fn the_configuration_of_a_broker_tells_no_address_of_it() {
    let kafka = shared::kafka();
    let front = Setup::new("guard_configs").start(&**kafka);
    let mut run = front.client(Kind::Java).admin(&["broker:1"]);
    let told = run.finish().facts("config");
    assert!(told.len() > 50, "{told:?}");
    let kafka: &dyn Brokers = &**kafka;
    for protocol in [
        Protocol::Plaintext,
        Protocol::SaslPlaintext,
        Protocol::Ssl,
        Protocol::SaslSsl,
    ] {
        for address in kafka.bootstrap(protocol) {
            let leaks: Vec<_> = told
                .iter()
                .filter(|config| config.contains(&address))
                .collect();
            assert!(leaks.is_empty(), "{address} in {leaks:?}");
        }
    }
}
