//! What users do with Kafka, through either way of telling brokers apart: by all clients, over TLS and
//! OAUTHBEARER. `port_mapping` and `sni_mapping` say which.

use crate::harness::{
    clients::{Isolation, KINDS, Kind},
    front::{Front, Setup},
    records, shared,
    toml::Mapping,
};

fn start(name: &str, mapping: Mapping) -> Front {
    let mut setup = Setup::new(name);
    setup.mapping = mapping;
    setup.start(&**shared::kafka())
}

/// Produced by each client, read by each in a group.
pub(crate) fn records_go_through(mapping: Mapping) {
    let topic = format!("records-{mapping:?}").to_lowercase();
    shared::kafka().create_topic(&topic, 6, 3);
    let front = start(&format!("mapping_{topic}"), mapping);
    let mut sent = Vec::new();
    for kind in KINDS {
        let mut run = front
            .client(kind)
            .produce(&topic, 300, &format!("{kind:?}"));
        sent.extend(run.finish().acknowledged());
    }
    assert_eq!(sent.len(), 900);
    for kind in KINDS {
        let group = format!("{topic}-{kind:?}");
        let client = front
            .client(kind)
            .with_extension("logicalCluster", "lkc-tests");
        let mut run = client.consume(&topic, &group, 900, Isolation::Uncommitted);
        let read = run.finish().read();
        records::assert_exactly(sent.clone(), &read);
        records::assert_in_order(&read);
    }
}

/// Committed transactions are read, aborted ones are not.
pub(crate) fn transactions_go_through(mapping: Mapping) {
    let topic = format!("transactions-{mapping:?}").to_lowercase();
    shared::kafka().create_topic(&topic, 3, 3);
    let front = start(&format!("mapping_{topic}"), mapping);
    let mut writer = front.client(Kind::Java).transact(&topic, 30, &topic, 0);
    let committed = writer.finish().committed(&topic);
    assert_eq!(
        committed.len(),
        20 * 5,
        "every third transaction is aborted"
    );
    for kind in KINDS {
        let group = format!("{topic}-{kind:?}");
        let count = committed.len();
        let mut reader = front
            .client(kind)
            .consume(&topic, &group, count, Isolation::Committed);
        records::assert_exactly(committed.clone(), &reader.finish().read());
    }
}

/// Administrative calls work, and every address they tell is Oathgate's.
pub(crate) fn administration_goes_through(mapping: Mapping) {
    let topic = format!("administration-{mapping:?}").to_lowercase();
    let front = start(&format!("mapping_{topic}"), mapping);
    let java = front.client(Kind::Java);
    let create = format!("create:{topic}:3:3");
    java.admin(&[&create]).finish();
    java.produce(&topic, 30, "a").finish();
    java.consume(&topic, &topic, 30, Isolation::Uncommitted)
        .finish();
    let [describe, offsets, configs, group, delete] =
        ["describe", "offsets", "configs", "group", "delete"].map(|step| match step {
            "group" => format!("group:{topic}"),
            _ => format!("{step}:{topic}"),
        });
    let alter = format!("alter:{topic}:retention.ms:3600000");
    let steps = [
        "cluster", "topics", &alter, &describe, &offsets, "groups", &group, &configs, &delete,
    ];
    let mut run = java.admin(&steps.map(|step: &str| step));
    run.finish();
    let end: i64 = run
        .facts("end")
        .iter()
        .filter_map(|l| l.split(' ').nth(1)?.parse::<i64>().ok())
        .sum();
    assert_eq!(end, 30);
    assert!(run.facts("topic").contains(&topic));
    assert!(run.facts("group").contains(&topic));
    assert!(
        run.facts("config")
            .contains(&"retention.ms 3600000".to_owned())
    );
    let ours = [1, 2, 3].map(|node| front.broker(node));
    let told = run.addresses();
    assert_eq!(run.facts("node").len(), 3);
    assert!(told.len() > 3 + 1 + 3 + 9, "{told:?}");
    assert!(
        told.iter().all(|address| ours.contains(address)),
        "{told:?} are not all of {ours:?}"
    );
}
