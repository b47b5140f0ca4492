//! The two sides: Kafka with its own authorizer, and Oathgate before a Kafka without one.

use super::{
    connection::Connection,
    principal::{self, PRINCIPALS, Principal},
};
use crate::harness::{
    folder,
    front::{CLUSTER, Front, Setup},
    kafka::{self, Brokers, Protocol, Wanted},
    raw::Raw,
    shared,
};
use oathgate::wire::value::Value;
use std::thread;

/// One side: a cluster of one broker, and Oathgate where it stands before it.
pub(super) struct Side {
    pub(super) name: &'static str,
    brokers: Box<dyn Brokers>,
    front: Option<Front>,
}

/// Lines of `server.properties` that both brokers share: nothing may change by time alone, and what groups
/// are assigned is settled before their members are answered.
const PROPERTIES: &[&str] = &[
    "num.partitions=1",
    "log.retention.ms=-1",
    "log.index.size.max.bytes=65536",
    "group.max.session.timeout.ms=3600000",
    "group.consumer.max.session.timeout.ms=3600000",
    "group.consumer.session.timeout.ms=3600000",
    "group.share.max.session.timeout.ms=3600000",
    "group.share.session.timeout.ms=3600000",
    "group.streams.max.session.timeout.ms=3600000",
    "group.streams.session.timeout.ms=3600000",
    "group.share.max.record.lock.duration.ms=3600000",
    "group.share.record.lock.duration.ms=3600000",
    "group.share.max.share.sessions=2000",
    "super.users=User:admin;User:ANONYMOUS",
    "group.consumer.assignment.interval.ms=0",
    "group.share.assignment.interval.ms=0",
    "group.streams.assignment.interval.ms=0",
    "group.consumer.assignor.offload.enable=false",
    "group.share.assignor.offload.enable=false",
    "group.streams.assignor.offload.enable=false",
    "group.streams.initial.rebalance.delay.ms=0",
    "offsets.retention.check.interval.ms=3600000",
];

/// Starts both, at the same time.
pub(super) fn both() -> [Side; 2] {
    thread::scope(|scope| {
        let kafka = scope.spawn(|| Side {
            name: "kafka",
            brokers: brokers("differential-kafka", true),
            front: None,
        });
        let brokers = brokers("differential-behind", false);
        let front = front(&*brokers);
        let kafka = kafka.join().expect("the cluster with an authorizer");
        let name = "oathgate";
        let front = Some(front);
        [
            kafka,
            Side {
                name,
                brokers,
                front,
            },
        ]
    })
}

fn brokers(name: &str, authorizer: bool) -> Box<dyn Brokers> {
    let wanted = Wanted {
        nodes: 1,
        auto_create: true,
        authorizer,
        users: principal::users(),
        extra: PROPERTIES.iter().map(|&line| line.to_owned()).collect(),
        ..Wanted::default()
    };
    kafka::start(&wanted, &folder::of(name))
}

fn front(brokers: &dyn Brokers) -> Front {
    let lines = format!(
        "[[clusters.super_principals]]\nprovider = \"tests\"\nprincipal = \"User:{}\"\n",
        PRINCIPALS[0].name,
    );
    let mut setup = Setup::new("differential");
    setup.cluster = &lines;
    let mut prepared = setup.prepare(brokers);
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    let username = "username = { claim = \"sub\", prefix_policy = \"NoPrefix\" }";
    let claim = "identity_claim = \"claims.sub\"\n";
    let toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n")
        .replaced(
            claim,
            &format!("identities = \"users\"\n{username}\n{claim}"),
        )
        .text(&principal::toml(CLUSTER));
    std::fs::write(&prepared.config, toml.build()).expect("write a configuration");
    prepared.toml = toml;
    prepared.run()
}

impl Side {
    /// A connection of `who`.
    pub(super) fn connect(&self, who: &Principal) -> Connection {
        let Some(front) = &self.front else {
            let mut raw = Raw::plaintext(&self.brokers.address(1, Protocol::SaslPlaintext));
            assert_eq!(raw.handshake("PLAIN").0, 0);
            let message = format!("\0{}\0{}", who.name, who.password);
            let answer = raw.authenticate(message.as_bytes());
            assert_eq!(answer.expect("an answer to a password").error, 0);
            return Connection::new(raw);
        };
        let claims = serde_json::json!({ "sub": who.name, "azp": who.name });
        let mut raw = front.raw();
        let answer = raw.login(&shared::issuer().token(claims), &[]);
        let answer = answer.expect("an answer to a token");
        assert_eq!(answer.error, 0, "{}: {answer:?}", who.name);
        Connection::new(raw)
    }

    /// A connection to the broker itself, to which nothing is forbidden.
    pub(super) fn admin(&self) -> Connection {
        Connection::new(Raw::plaintext(
            &self.brokers.address(1, Protocol::Plaintext),
        ))
    }

    /// The rules, where this side keeps them in the broker.
    pub(super) fn acls(&self) -> Option<Value> {
        self.front.is_none().then(principal::create_acls)
    }
}
