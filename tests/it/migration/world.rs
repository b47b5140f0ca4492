//! A broker with ACLs of every kind, and Oathgate with the rules that `acl import` makes of them.

use crate::harness::{
    folder,
    front::{CLUSTER, Prepared, Setup},
    kafka::{self, Brokers, Protocol, User, Wanted},
    oathgate,
    raw::Raw,
    wire::Writer,
};
use ::oathgate::wire::{
    api::Api,
    frame,
    read::read,
    tables::{CREATE_ACLS, DESCRIBE_GROUPS, INIT_PRODUCER_ID, OFFSET_COMMIT},
    value::Value,
};
use std::{
    fs,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// To Kafka a user of PLAIN, to Oathgate a client of the token endpoint; `User:<name>` to both.
pub(super) const MAY: User = User {
    name: "orders-service",
    password: "plain-password-of-orders",
};
pub(super) const MAY_NOT: User = User {
    name: "billing-service",
    password: "plain-password-of-billing",
};

pub(super) const TOPICS: [&str; 5] = ["seen-a", "seen-secret", "seen-w", "other", "public"];
pub(super) const GROUPS: [&str; 3] = ["seen-g", "shut-g", "other-g"];

/// Type, name, pattern, principal, host, operation and permission, in Kafka's codes.
pub(super) type Row = (i64, &'static str, i64, &'static str, &'static str, i64, i64);

const LITERAL: i64 = 3;
const PREFIXED: i64 = 4;
const DENY: i64 = 2;
const ALLOW: i64 = 3;

/// Of every type, pattern, permission and kind of principal.
pub(super) const ACLS: [Row; 17] = [
    (2, "seen-", PREFIXED, "User:orders-service", "*", 2, ALLOW),
    (
        2,
        "seen-secret",
        LITERAL,
        "User:orders-service",
        "*",
        2,
        DENY,
    ),
    (2, "public", LITERAL, "User:*", "*", 8, ALLOW),
    (
        2,
        "other",
        LITERAL,
        "User:billing-service",
        "127.0.0.1",
        3,
        ALLOW,
    ),
    (
        2,
        "*",
        LITERAL,
        "User:billing-service",
        "192.0.2.1",
        2,
        ALLOW,
    ),
    (
        2,
        "*",
        LITERAL,
        "User:billing-service",
        "192.0.2.2",
        2,
        DENY,
    ),
    (3, "seen-", PREFIXED, "User:orders-service", "*", 2, ALLOW),
    (3, "shut-", PREFIXED, "User:*", "*", 2, DENY),
    (3, "*", LITERAL, "User:orders-service", "*", 8, ALLOW),
    (
        4,
        "kafka-cluster",
        LITERAL,
        "User:orders-service",
        "*",
        8,
        ALLOW,
    ),
    (
        4,
        "kafka-cluster",
        LITERAL,
        "User:orders-service",
        "*",
        12,
        ALLOW,
    ),
    (5, "seen-", PREFIXED, "User:orders-service", "*", 4, ALLOW),
    (6, "a-token", LITERAL, "User:orders-service", "*", 8, ALLOW),
    (
        7,
        "User:orders-service",
        LITERAL,
        "User:orders-service",
        "*",
        14,
        ALLOW,
    ),
    // These can never decide at Oathgate.
    (2, "left", LITERAL, "User:pool-ghost", "*", 3, ALLOW),
    (2, "left", LITERAL, "RegexUser:orders.*", "*", 3, ALLOW),
    (
        2,
        "left",
        LITERAL,
        "User:orders-service",
        "gate.example.com",
        3,
        ALLOW,
    ),
];
pub(super) const LEFT_OUT: usize = 3;

/// One broker with those ACLs and topics.
pub(super) fn brokers() -> &'static dyn Brokers {
    static BROKERS: OnceLock<Box<dyn Brokers>> = OnceLock::new();
    &**BROKERS.get_or_init(|| {
        let wanted = Wanted {
            nodes: 1,
            authorizer: true,
            users: vec![MAY, MAY_NOT],
            extra: vec!["allow.everyone.if.no.acl.found=false".to_owned()],
            ..Wanted::default()
        };
        let brokers = kafka::start(&wanted, &folder::of("kafka-migration"));
        for topic in TOPICS {
            brokers.create_topic(topic, 1, 1);
        }
        let mut admin = Raw::plaintext(&brokers.address(1, Protocol::Plaintext));
        let creations = ACLS.iter().map(|row| {
            let (kind, name, pattern, principal, host, operation, permission) = *row;
            Value::fields([
                ("ResourceType", kind.into()),
                ("ResourceName", name.into()),
                ("ResourcePatternType", pattern.into()),
                ("Principal", principal.into()),
                ("Host", host.into()),
                ("Operation", operation.into()),
                ("PermissionType", permission.into()),
            ])
        });
        let body = Value::fields([("Creations", Value::array(creations))]);
        let answer = ask(&mut admin, &CREATE_ACLS, 3, &body);
        for result in answer.items("Results") {
            assert_eq!(result.int("ErrorCode"), Some(0), "{result:?}");
        }
        for id in ["seen-t", "other-t"] {
            init_producer(&mut admin, id);
        }
        for group in GROUPS {
            wait_group(&mut admin, group);
        }
        commit(&mut admin, GROUPS[0]);
        brokers
    })
}

pub(super) fn ask(raw: &mut Raw, api: &'static Api, version: i16, body: &Value) -> Value {
    let framed = frame::request(api, version, 7, Some("tests"), body).expect("a request");
    raw.send(&framed);
    let answer = raw.frame().expect("an answer");
    let (_, at) = frame::response_header(api, version, &answer).expect("a header");
    read(api.response, version, &answer[at..]).expect("a body")
}

/// Makes the transactional id `id` known.
fn init_producer(admin: &mut Raw, id: &str) {
    let body = Value::fields([
        ("TransactionalId", id.into()),
        ("TransactionTimeoutMs", 60_000.into()),
    ]);
    // The coordinator's topic comes about by asking for the coordinator; this broker is the only one.
    until(|| {
        find_coordinator(admin, id, 1);
        ask(admin, &INIT_PRODUCER_ID, 1, &body).int("ErrorCode") == Some(0)
    });
}

fn wait_group(admin: &mut Raw, group: &str) {
    until(|| {
        find_coordinator(admin, group, 0);
        operations_of_group(admin, group).is_some()
    });
}

/// Commits an offset of the first topic, so that there is such a group.
fn commit(admin: &mut Raw, group: &str) {
    let partition = Value::fields([("PartitionIndex", 0.into()), ("CommittedOffset", 0.into())]);
    let topic = Value::fields([
        ("Name", TOPICS[0].into()),
        ("Partitions", Value::array([partition])),
    ]);
    let body = Value::fields([
        ("GroupId", group.into()),
        ("GenerationIdOrMemberEpoch", (-1).into()),
        ("Topics", Value::array([topic])),
    ]);
    let answer = ask(admin, &OFFSET_COMMIT, 2, &body);
    let error = answer.items("Topics")[0].items("Partitions")[0].int("ErrorCode");
    assert_eq!(error, Some(0));
}

fn find_coordinator(admin: &mut Raw, key: &str, kind: i8) {
    let body = Writer::default().string(key).i8(kind);
    admin.call(10, 1, &body.0).expect("an answer");
}

fn until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "the coordinator never came");
        thread::sleep(Duration::from_millis(200));
    }
}

/// The operations that Kafka says the session has on a group; none where it says an error.
pub(super) fn operations_of_group(raw: &mut Raw, group: &str) -> Option<i64> {
    let body = Value::fields([
        ("Groups", Value::array([group])),
        ("IncludeAuthorizedOperations", true.into()),
    ]);
    let answer = ask(raw, &DESCRIBE_GROUPS, 3, &body);
    let group = &answer.items("Groups")[0];
    (group.int("ErrorCode") == Some(0))
        .then(|| group.int("AuthorizedOperations").expect("operations"))
}

/// A connection to the broker itself.
pub(super) fn direct(user: &User) -> Raw {
    let mut raw = Raw::plaintext(&brokers().address(1, Protocol::SaslPlaintext));
    assert_eq!(raw.handshake("PLAIN").0, 0);
    let message = format!("\0{}\0{}", user.name, user.password);
    let answer = raw.authenticate(message.as_bytes());
    assert_eq!(answer.expect("an answer").error, 0);
    raw
}

/// Oathgate's configuration before that broker, with the rules that `acl import` writes.
pub(super) struct Migrated {
    pub(super) prepared: Prepared,
    pub(super) imported: String,
}

pub(super) fn migrate(name: &str) -> Migrated {
    let mut prepared = Setup::new(name).prepare(brokers());
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    let claim = "identity_claim = \"claims.sub\"\n";
    let users =
        "identities = \"users\"\nusername = { claim = \"sub\", prefix_policy = \"NoPrefix\" }\n";
    let toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n")
        .replaced(claim, &format!("{users}{claim}"));
    fs::write(&prepared.config, toml.build()).expect("write a configuration");
    let config = prepared.config.to_str().expect("UTF-8");
    let arguments = [
        "acl",
        "import",
        "--config",
        config,
        "--from-cluster",
        CLUSTER,
    ];
    let (code, imported) = oathgate::run(&format!("{name}_import"), &arguments);
    assert_eq!(code, 0, "{imported}");
    let toml = toml.text(&imported);
    fs::write(&prepared.config, toml.build()).expect("write a configuration");
    prepared.toml = toml;
    Migrated { prepared, imported }
}
