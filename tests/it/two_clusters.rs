//! Two clusters behind one listener: the client says which, and no one reaches the other by accident.

use crate::harness::{
    clients::{Client, Isolation, Kind},
    folder,
    front::{CLUSTER, Prepared, Setup, orders_token},
    kafka::{Brokers, Protocol},
    oathgate::Oathgate,
    ports,
    raw::Raw,
    records, shared,
    toml::{Behind, Mapping, Toml, Upstream, bootstrap_host, broker_host},
};

const SECOND: &str = "lkc-second";

struct Two {
    gate: Oathgate,
    first: Prepared,
}

/// `CLUSTER` and `SECOND` behind one bootstrap port.
fn start(name: &str, mapping: Mapping) -> Two {
    let (kafka, second) = (shared::kafka(), shared::second_kafka());
    let mut setup = Setup::new(name);
    setup.mapping = mapping;
    let first = setup.prepare(&**kafka);
    let plaintext =
        |brokers: &dyn Brokers| Upstream::plaintext(brokers.bootstrap(Protocol::Plaintext));
    let both = [
        Behind::new(CLUSTER, first.first_port),
        Behind::new(SECOND, ports::block(3)),
    ];
    let toml = Toml::new(first.admin, &first.audit)
        .listener(first.port, mapping, &both)
        .cluster(CLUSTER, &plaintext(&**kafka), "")
        .cluster(SECOND, &plaintext(&**second), "")
        .provider(&shared::issuer().url());
    let config = folder::write(&first.folder, "oathgate.toml", toml.build());
    Two {
        gate: Oathgate::start(&config, first.admin, &first.audit),
        first,
    }
}

impl Two {
    fn client(&self, cluster: &str, kind: Kind) -> Client {
        let sni = self.first.mapping == Mapping::Sni;
        let names = (1..=3)
            .map(|node| broker_host(cluster, node))
            .chain([bootstrap_host(cluster)]);
        let host = if sni {
            bootstrap_host(cluster)
        } else {
            "localhost".to_owned()
        };
        self.first.client(
            kind,
            &format!("{host}:{}", self.first.port),
            sni.then(|| names.collect()),
        )
    }

    fn raw(&self, sni: &str) -> Raw {
        Raw::tls(
            &format!("127.0.0.1:{}", self.first.port),
            &shared::authority().pem(),
            sni,
        )
    }

    fn told(&self, sni: &str, extensions: &[(&str, &str)]) -> (i16, String) {
        let answer = self
            .raw(sni)
            .login(&orders_token(), extensions)
            .expect("an answer");
        (answer.error, answer.message.unwrap_or_default())
    }
}

/// A record of each cluster is read from that cluster alone.
fn keeps_them_apart(two: &Two, topic: &str, extension: bool) {
    shared::kafka().create_topic(topic, 1, 1);
    shared::second_kafka().create_topic(topic, 1, 1);
    for (cluster, kind) in [(CLUSTER, Kind::Java), (SECOND, Kind::Librdkafka)] {
        let mut client = two.client(cluster, kind);
        if extension {
            client = client.with_extension("logicalCluster", cluster);
        }
        let sent = client.produce(topic, 20, cluster).finish().acknowledged();
        let mut run = client.consume(topic, topic, 20, Isolation::Committed);
        records::assert_exactly(sent, &run.finish().read());
    }
}

#[test]
fn the_extension_picks_the_cluster_on_a_shared_port() {
    let two = start("two_by_extension", Mapping::Port);
    keeps_them_apart(&two, "two-by-extension", true);
}

#[test]
fn the_server_name_picks_the_cluster() {
    let two = start("two_by_sni", Mapping::Sni);
    keeps_them_apart(&two, "two-by-sni", false);
}

#[test]
fn a_login_that_names_no_cluster_is_refused_where_there_are_two() {
    let two = start("two_unnamed", Mapping::Port);
    let (error, message) = two.told("localhost", &[]);
    assert_eq!(error, 58, "{message}");
    assert!(
        message.contains("logicalCluster: CLUSTER_ID_MISSING_OR_EMPTY"),
        "{message}"
    );
    assert!(two.gate.metric("oathgate_logins_refused_total", "") > 0.9);
}

#[test]
fn server_name_and_extension_must_agree() {
    let two = start("two_disagree", Mapping::Sni);
    assert_eq!(
        two.told(&bootstrap_host(CLUSTER), &[("logicalCluster", CLUSTER)])
            .0,
        0
    );
    let other = two.told(&bootstrap_host(CLUSTER), &[("logicalCluster", SECOND)]);
    let unknown = two.told(
        &bootstrap_host(CLUSTER),
        &[("logicalCluster", "lkc-nobody")],
    );
    assert_eq!((other.0, unknown.0), (58, 58), "{other:?} {unknown:?}");
    let without_id = |text: &str| -> String {
        text.split_whitespace()
            .filter(|w| !w.chars().any(|c| c.is_ascii_digit()))
            .collect()
    };
    assert_eq!(
        without_id(&other.1),
        without_id(&unknown.1),
        "a foreign cluster looks like none"
    );
}
