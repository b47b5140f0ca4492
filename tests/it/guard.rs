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

const CLUSTER_AUTHORIZATION_FAILED: i16 = 31;
const FETCH_SESSION_ID_NOT_FOUND: i16 = 70;

/// `Fetch` v7 without topics; `replica` is -1 for a consumer.
fn fetch(replica: i32, session: i32, epoch: i32) -> Writer {
    let limits = Writer::default()
        .i32(replica)
        .i32(100)
        .i32(1)
        .i32(1 << 20)
        .i8(0);
    limits.i32(session).i32(epoch).i32(0).i32(0)
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
    assert!(
        front.gate.metric("oathgate_requests_refused_total", "") >= 1.0,
        "{}",
        front.gate.metrics()
    );
    assert!(front.logged_in().metadata());
}

#[test]
fn a_client_cannot_fetch_as_a_follower() {
    let kafka = shared::kafka();
    let front = Setup::new("guard_follower").start(&**kafka);
    let mut raw = front.logged_in();
    assert!(
        raw.call(api::FETCH, 7, &fetch(-1, 0, -1).0).is_some(),
        "a consumer may"
    );
    for replica in [0, 1, 3, -2] {
        let mut raw = front.logged_in();
        assert_refused(
            &format!("replica {replica}"),
            &mut raw,
            api::FETCH,
            7,
            &fetch(replica, 0, -1).0,
        );
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
