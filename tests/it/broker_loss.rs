//! One of three brokers is stopped and started while clients work: nothing acknowledged is lost, nothing
//! comes twice.

use crate::harness::{
    clients::{Isolation, Kind},
    front::Setup,
    records, shared,
    toml::Mapping,
};
use std::{collections::BTreeSet, time::Duration};

fn survives(mapping: Mapping) {
    let name = format!("loss-{mapping:?}").to_lowercase();
    let mut kafka = shared::kafka_alone();
    kafka.create_topic(&name, 6, 3);
    let mut setup = Setup::new(&name);
    setup.mapping = mapping;
    let mut front = setup.start(&**kafka);
    front.gate.expect_warning("lkc-tests"); // One broker of this cluster cannot be reached for a while.
    let librdkafka = front.client(Kind::Librdkafka);
    let mut group: Vec<_> = (0..2)
        .map(|_| librdkafka.consume_on(&name, &format!("{name}-group"), Isolation::Committed))
        .collect();
    let mut transactions = front
        .client(Kind::Java)
        .transact(&name, 150, &format!("{name}-t"), 100);
    let mut producer = librdkafka.produce_slowly(&name, 300, &format!("{name}-p"), 50);
    transactions.wait("committed", 10);
    producer.wait("acked", 20);
    kafka.stop(3);
    let before = transactions.facts("committed").len();
    transactions.wait("committed", before + 15);
    kafka.start(3);
    let mut expected = transactions.finish().committed(&format!("{name}-t"));
    expected.extend(producer.finish().acknowledged());
    kafka.wait_ready(Duration::from_secs(60));

    // One committed read: all of it, once.
    let count = expected.len();
    let mut reader = front.client(Kind::Java).consume(
        &name,
        &format!("{name}-all"),
        count,
        Isolation::Committed,
    );
    records::assert_exactly(expected.clone(), &reader.finish().read());

    // The group saw all of it, too; after a rebalance a member may see again what another had not committed.
    let expected: BTreeSet<String> = expected.into_iter().collect();
    let until = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let read: BTreeSet<String> = group
            .iter()
            .flat_map(|member| member.read())
            .map(|record| record.key)
            .collect();
        if read == expected {
            break;
        }
        let lost: Vec<_> = expected.difference(&read).take(5).collect();
        let foreign: Vec<_> = read.difference(&expected).take(5).collect();
        assert!(
            foreign.is_empty(),
            "read, though never committed: {foreign:?}"
        );
        assert!(
            std::time::Instant::now() < until,
            "not read by the group: {lost:?}"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    group.clear();
}

#[test]
fn nothing_is_lost_or_doubled_with_port_mapping() {
    survives(Mapping::Port);
}

#[test]
fn nothing_is_lost_or_doubled_with_sni_mapping() {
    survives(Mapping::Sni);
}
