//! Two replicas from one configuration behind an L4 balancer.

use crate::harness::{
    clients::{Isolation, Kind},
    folder,
    front::{Front, Prepared, Setup},
    haproxy::{Balanced, Haproxy},
    oathgate::Oathgate,
    ports, records, shared,
};
use std::{fs, path::PathBuf, time::Duration};

/// The same file but for what two processes on one machine cannot share: address, admin port, audit file.
struct Replica {
    config: PathBuf,
    admin: u16,
    audit: PathBuf,
}

impl Replica {
    fn prepare(common: &Prepared, number: u8) -> Self {
        let folder = common.folder.join(format!("replica-{number}"));
        fs::create_dir_all(&folder).expect("create a folder");
        for name in ["server.pem", "server.key", "brokers-ca.pem"] {
            fs::copy(common.folder.join(name), folder.join(name)).expect("copy a certificate");
        }
        let (admin, audit) = (ports::one(), folder.join("audit.jsonl"));
        let bound = format!("bind = \"127.0.0.1:{}\"", common.port);
        let toml = common
            .toml
            .replaced(
                &bound,
                &format!("bind = \"{}:{}\"", address(number), common.port),
            )
            .replaced(
                &format!("127.0.0.1:{}", common.admin),
                &format!("127.0.0.1:{admin}"),
            )
            .replaced(
                common.audit.to_str().expect("UTF-8"),
                audit.to_str().expect("UTF-8"),
            );
        Self {
            config: folder::write(&folder, "oathgate.toml", toml.build()),
            admin,
            audit,
        }
    }

    fn start(&self) -> Oathgate {
        Oathgate::start(&self.config, self.admin, &self.audit)
    }
}

/// Each replica has an address of its own on loopback, so that both serve the same ports.
fn address(number: u8) -> String {
    format!("127.0.0.{}", number + 1)
}

#[test]
fn clients_move_between_replicas_and_nothing_is_lost() {
    let kafka = shared::kafka();
    kafka.create_topic("replicas", 6, 3);
    let common = Setup::new("replicas").prepare(&**kafka);
    let replicas = [1, 2].map(|number| Replica::prepare(&common, number));
    let mut gates = replicas.each_ref().map(Replica::start);
    let balanced: Vec<Balanced> = [common.port]
        .into_iter()
        .chain((0..3).map(|n| common.first_port + n))
        .map(|port| Balanced {
            port,
            behind: [1, 2].map(|n| format!("{}:{port}", address(n))).to_vec(),
            server: "",
        })
        .collect();
    let mut haproxy = Haproxy::start(&common.folder, &balanced);

    let bootstrap = format!("localhost:{}", common.port);
    let java = common.client(Kind::Java, &bootstrap, None);
    let librdkafka = common.client(Kind::Librdkafka, &bootstrap, None);
    let mut transactions = java.transact("replicas", 120, "replicas-t", 100);
    let mut producer = librdkafka.produce_slowly("replicas", 300, "replicas-p", 50);
    transactions.wait("committed", 10);
    producer.wait("acked", 20);
    for at in 0..2 {
        // Each replica goes in turn; its clients find the other, and come back.
        gates[at].signal("TERM");
        assert_eq!(gates[at].wait_exit(Duration::from_secs(40)), 0);
        let before = transactions.facts("committed").len();
        transactions.wait("committed", before + 10);
        gates[at] = replicas[at].start();
    }
    let mut expected = transactions.finish().committed("replicas-t");
    expected.extend(producer.finish().acknowledged());
    assert!(haproxy.is_running());
    let mut reader = java.consume("replicas", "replicas", expected.len(), Isolation::Committed);
    records::assert_exactly(expected, &reader.finish().read());
    let logins = gates
        .each_ref()
        .map(|gate| gate.metric("oathgate_logins_accepted_total", ""));
    assert!(
        logins.iter().all(|&count| count > 0.0),
        "both serve: {logins:?}"
    );
}

#[test]
fn a_restarted_oathgate_serves_the_same_ports() {
    let kafka = shared::kafka();
    kafka.create_topic("restart", 3, 3);
    let front = Setup::new("replicas_restart").start(&**kafka);
    let client = front.client(Kind::Librdkafka);
    let mut producer = client.produce_slowly("restart", 200, "restart", 50);
    producer.wait("acked", 20);
    let Front { mut gate, at } = front;
    gate.signal("TERM");
    assert_eq!(gate.wait_exit(Duration::from_secs(40)), 0);
    drop(gate);
    let front = at.run();
    let sent = producer.finish().acknowledged();
    let mut reader =
        front
            .client(Kind::Java)
            .consume("restart", "restart", 200, Isolation::Committed);
    records::assert_exactly(sent, &reader.finish().read());
}
