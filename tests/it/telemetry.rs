//! Metrics that clients push to the brokers (KIP-714), asked for by an administrator through Oathgate and noted
//! by a receiver on the broker.

use crate::harness::{
    clients::{Client, Kind},
    enforced::{self, Rule},
    folder,
    kafka::{self, Wanted},
};
use std::fs;

/// What a subscription asks for.
const METRICS: &str = "org.apache.kafka.producer.";

/// One push, as `TelemetryReceiver.java` notes it.
#[derive(Debug)]
struct Push {
    client: String,
    instance: String,
    metrics: Vec<String>,
}

fn pushed(file: &std::path::Path) -> Vec<Push> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let push = |line: &str| {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let [client, instance, metrics] = words[..] else {
            panic!("not a push: {line}");
        };
        Push {
            client: client.to_owned(),
            instance: instance.to_owned(),
            metrics: metrics.split(',').map(str::to_owned).collect(),
        }
    };
    text.lines().map(push).collect()
}

/// A producer of this id that goes on for six times as long as clients wait between two pushes.
fn produce(client: Client, id: &str) {
    client
        .with("client.id", id)
        .commands(&["produce measured 30 k 100".to_owned()])
        .finish();
}

#[test]
fn what_clients_measure_reaches_the_brokers_unless_the_cluster_says_no() {
    let folder = folder::of("telemetry");
    let file = folder.join("pushed");
    let wanted = Wanted {
        nodes: 1,
        telemetry: Some(file.clone()),
        extra: vec!["metric.reporters=oathgate.TelemetryReceiver".to_owned()],
        ..Wanted::default()
    };
    let brokers = kafka::start(&wanted, &folder::of("telemetry_kafka"));
    brokers.create_topic("measured", 1, 1);
    let rules = [("TOPIC", "measured"), ("CLUSTER", "kafka-cluster")].map(|(of, prefix)| Rule {
        pool: "pool-orders",
        operation: "ALL",
        of,
        prefix,
    });
    let front = enforced::start("telemetry_front", &*brokers, &rules);
    let admin = front.client(Kind::Java);
    admin
        .commands(&[format!("admin measure:all:500:{METRICS}")])
        .finish();

    produce(front.client(Kind::Java), "measures");
    let pushes = pushed(&file);
    assert!(!pushes.is_empty(), "nothing was pushed");
    for push in &pushes {
        assert_eq!(push.client, "measures");
        assert_eq!(push.instance, pushes[0].instance);
        assert!(push.metrics.iter().all(|name| name.starts_with(METRICS)));
    }
    let names: Vec<&String> = pushes.iter().flat_map(|push| &push.metrics).collect();
    assert!(names.len() > 3, "{names:?}");

    let without = enforced::with(&front.at.toml, &rules).replace(
        "authorization = \"enforce\"\n",
        "authorization = \"enforce\"\ntelemetry = false\n",
    );
    front.reload(&without, "ok");
    produce(front.client(Kind::Java), "does-not-measure");
    assert_eq!(pushed(&file).len(), pushes.len());
}
