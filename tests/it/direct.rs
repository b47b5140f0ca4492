//! The parts without Oathgate between them: if these fail, look at the harness first.

use crate::harness::{
    clients::{Client, Isolation, KINDS, Kind},
    folder,
    hosts::Hosts,
    issuer,
    kafka::{Brokers, Protocol, Release},
    ports, process,
    produce::{batch, produce, produce_error},
    raw::{Raw, api},
    records, shared,
};
use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

fn client(kind: Kind, brokers: &dyn Brokers, folder: &Path) -> Client {
    Client {
        kind,
        release: Release::Newest,
        bootstrap: brokers.bootstrap(Protocol::SaslSsl).join(","),
        token_endpoint: shared::issuer().token_endpoint(),
        id: "orders-service".to_owned(),
        extensions: Vec::new(),
        ca: brokers.ca().to_owned(),
        hosts: None,
        folder: folder.to_owned(),
        extra: Vec::new(),
    }
}

#[test]
fn all_clients_log_in_to_the_brokers_themselves_and_read_what_they_wrote() {
    let folder = folder::of("direct_clients");
    let kafka = shared::kafka();
    kafka.create_topic("direct", 3, 3);
    let mut sent = Vec::new();
    for kind in KINDS {
        let prefix = format!("{kind:?}");
        let mut run = client(kind, &**kafka, &folder).produce("direct", 50, &prefix);
        sent.extend(run.finish().acknowledged());
    }
    assert_eq!(sent.len(), 150);
    for kind in KINDS {
        let group = format!("direct-{kind:?}");
        let mut run =
            client(kind, &**kafka, &folder).consume("direct", &group, 150, Isolation::Committed);
        let read = run.finish().read();
        records::assert_exactly(sent.clone(), &read);
        records::assert_in_order(&read);
    }
}

#[test]
fn a_broker_stops_and_comes_back_while_transactions_run() {
    let folder = folder::of("direct_loss");
    let mut kafka = shared::kafka_alone();
    kafka.create_topic("direct-loss", 3, 3);
    let java = client(Kind::Java, &**kafka, &folder);
    let mut run = java.transact("direct-loss", 60, "loss", 100);
    run.wait("committed", 5);
    kafka.stop(3);
    run.wait("committed", 15);
    kafka.start(3);
    let committed = run.finish().committed("loss");
    kafka.wait_ready(Duration::from_secs(60));
    let count = committed.len();
    let mut reader = java.consume("direct-loss", "direct-loss", count, Isolation::Committed);
    records::assert_exactly(committed, &reader.finish().read());
}

#[test]
fn names_that_only_a_test_knows_resolve_for_all_clients() {
    let folder = folder::of("direct_names");
    let kafka = shared::kafka();
    kafka.create_topic("direct-names", 1, 1);
    let hosts = Hosts::write(&folder, &["b1.kafka.test".to_owned()]);
    let address = kafka.address(1, Protocol::SaslSsl);
    let (_, port) = address.split_once(':').expect("host:port");
    for kind in KINDS {
        let mut client = client(kind, &**kafka, &folder);
        client.bootstrap = format!("b1.kafka.test:{port}");
        client.hosts = Some(hosts.clone());
        // The certificates of the brokers do not hold that name; this is about finding them.
        let unchecked = if kind == Kind::Java { "" } else { "none" };
        let client = client.with("ssl.endpoint.identification.algorithm", unchecked);
        client
            .produce("direct-names", 3, &format!("{kind:?}"))
            .finish();
    }
}

#[test]
fn the_raw_client_logs_in_and_produces() {
    let kafka = shared::kafka();
    kafka.create_topic("direct-raw", 1, 3);
    let address = kafka.address(1, Protocol::SaslSsl);
    let ca = std::fs::read_to_string(kafka.ca()).expect("read the authority");
    let mut raw = Raw::tls(&address, &ca, "localhost");
    let answer = raw
        .login(&crate::harness::front::orders_token(), &[])
        .expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    assert!(
        (290_000..=300_000).contains(&answer.lifetime_ms),
        "{answer:?}"
    );
    assert!(raw.metadata());
    let batch = batch("k", b"v");
    let answer = raw
        .call(api::PRODUCE, 7, &produce("direct-raw", -1, &batch).0)
        .expect("an answer");
    assert!(
        [0, 6].contains(&produce_error(&answer)),
        "appended, or not the leader"
    );
    let refused = Raw::tls(&address, &ca, "localhost").handshake("GSSAPI");
    assert_eq!(refused.0, 33);
}

#[test]
fn the_second_cluster_is_another_one() {
    let (kafka, second) = (shared::kafka(), shared::second_kafka());
    second.create_topic("direct-second", 2, 1);
    assert_eq!((kafka.nodes(), second.nodes()), (vec![1, 2, 3], vec![1]));
    let both = [&kafka, &second].map(|brokers| brokers.address(1, Protocol::Plaintext));
    assert_ne!(both[0], both[1]);
}

#[test]
fn ports_are_handed_out_once() {
    let taken: Vec<u16> = (0..50)
        .map(|_| ports::one())
        .chain((0..5).map(|_| ports::block(4)))
        .collect();
    let different: BTreeSet<u16> = taken.iter().copied().collect();
    assert_eq!(taken.len(), different.len());
}

#[test]
fn a_process_is_ended_with_its_handle() {
    let folder = folder::of("direct_process");
    let mut command = Command::new("sleep");
    command.arg("600");
    let mut sleep = process::Process::start("sleep", &mut command, &folder.join("sleep.log"));
    let id = sleep.id();
    assert!(sleep.try_exit().is_none());
    drop(sleep);
    assert!(!Path::new(&format!("/proc/{id}")).exists());
}

#[test]
fn the_issuer_gives_tokens_and_keys() {
    let token = shared::issuer().token(serde_json::json!({ "exp": issuer::in_seconds(60) }));
    assert_eq!(token.split('.').count(), 3);
}
