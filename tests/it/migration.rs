//! From a broker's own ACLs to Oathgate's: what `acl import` brings over decides as it did there, and Kafka's
//! own tools say the same to who may and to who may not.

use crate::harness::{
    folder,
    front::{CLUSTER, Front, Prepared, Setup},
    java,
    kafka::{self, Brokers, Protocol, User, Wanted},
    oathgate,
    process::Process,
    raw::Raw,
    shared,
};
use ::oathgate::{
    policy::{
        operation::{Operation, Operations},
        resource::ResourceType,
    },
    wire::{
        api::Api,
        frame,
        read::read,
        tables::{CREATE_ACLS, DESCRIBE_GROUPS, INIT_PRODUCER_ID, METADATA, OFFSET_COMMIT},
        value::Value,
    },
};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// To Kafka a user of PLAIN, to Oathgate a client of the token endpoint; `User:<name>` to both.
const MAY: User = User {
    name: "orders-service",
    password: "plain-password-of-orders",
};
const MAY_NOT: User = User {
    name: "billing-service",
    password: "plain-password-of-billing",
};

const TOPICS: [&str; 5] = ["seen-a", "seen-secret", "seen-w", "other", "public"];
const GROUPS: [&str; 3] = ["seen-g", "shut-g", "other-g"];

/// Type, name, pattern, principal, host, operation and permission, in Kafka's codes.
type Row = (i64, &'static str, i64, &'static str, &'static str, i64, i64);

const LITERAL: i64 = 3;
const PREFIXED: i64 = 4;
const DENY: i64 = 2;
const ALLOW: i64 = 3;

/// Of every type, pattern, permission and kind of principal.
const ACLS: [Row; 17] = [
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
const LEFT_OUT: usize = 3;

/// One broker with those ACLs and topics.
fn brokers() -> &'static dyn Brokers {
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

fn ask(raw: &mut Raw, api: &'static Api, version: i16, body: &Value) -> Value {
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
    let body = crate::harness::wire::Writer::default().string(key).i8(kind);
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
fn operations_of_group(raw: &mut Raw, group: &str) -> Option<i64> {
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
fn direct(user: &User) -> Raw {
    let mut raw = Raw::plaintext(&brokers().address(1, Protocol::SaslPlaintext));
    assert_eq!(raw.handshake("PLAIN").0, 0);
    let message = format!("\0{}\0{}", user.name, user.password);
    let answer = raw.authenticate(message.as_bytes());
    assert_eq!(answer.expect("an answer").error, 0);
    raw
}

/// Oathgate's configuration before that broker, with the rules that `acl import` writes.
struct Migrated {
    prepared: Prepared,
    imported: String,
}

fn migrate(name: &str) -> Migrated {
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

/// What Kafka says that a user may, as cases of `policy test`.
fn cases(user: &User) -> String {
    let mut raw = direct(user);
    let mut cases = String::new();
    let mut add = |kind: ResourceType, name: &str, operation: Operation, allowed: bool| {
        cases += &format!(
            "[[cases]]\nprincipals = \"User:{}\"\noperation = \"{}\"\nresource_type = \"{kind}\"\n\
             resource_name = \"{name}\"\nexpect = \"{}\"\n",
            user.name,
            operation.as_str(),
            if allowed { "allow" } else { "deny" },
        );
    };
    let mut told = |kind: ResourceType, name: &str, bits: Option<i64>| {
        let Some(bits) = bits else {
            // All that an error says.
            add(kind, name, Operation::Describe, false);
            return;
        };
        for operation in Operations::supported(kind).iter() {
            add(kind, name, operation, bits & (1 << operation.code()) != 0);
        }
    };
    let body = Value::fields([
        (
            "Topics",
            Value::array(TOPICS.map(|name| Value::fields([("Name", name.into())]))),
        ),
        ("IncludeClusterAuthorizedOperations", true.into()),
        ("IncludeTopicAuthorizedOperations", true.into()),
    ]);
    let answer = ask(&mut raw, &METADATA, 8, &body);
    for topic in answer.items("Topics") {
        let known = topic.int("ErrorCode") == Some(0);
        let bits = topic.int("TopicAuthorizedOperations").filter(|_| known);
        told(
            ResourceType::Topic,
            topic.str("Name").expect("a name"),
            bits,
        );
    }
    let cluster = answer.int("ClusterAuthorizedOperations");
    let cluster = cluster.filter(|bits| *bits != i64::from(i32::MIN));
    told(ResourceType::Cluster, "kafka-cluster", cluster);
    for group in GROUPS {
        told(
            ResourceType::Group,
            group,
            operations_of_group(&mut raw, group),
        );
    }
    cases
}

#[test]
fn imported_acls_decide_as_the_brokers_do() {
    let Migrated { prepared, imported } = migrate("migration");
    let config = prepared.config.to_str().expect("UTF-8");
    let tables = imported.lines().filter(|line| *line == "[[acls]]").count();
    assert_eq!(tables, ACLS.len() - LEFT_OUT, "{imported}");
    for words in [
        "# ACLs of lkc-tests: 14 that can decide, 3 that cannot.",
        "# The brokers set allow.everyone.if.no.acl.found and do not tell to what.",
        "# The brokers have super.users (they do not tell whom).",
        "# Left out: no provider has this pool.",
        "# Left out: the principal has no type;",
        "# Left out: the host is neither",
        "# host = \"gate.example.com\"",
        "# principal = \"RegexUser:orders.*\"",
    ] {
        assert!(imported.contains(words), "no `{words}` in:\n{imported}");
    }
    let (code, said) = oathgate::run("migration_check", &["check", "--config", config]);
    assert_eq!(code, 0, "{said}");

    let cases = [cases(&MAY), cases(&MAY_NOT)].concat();
    for expect in ["allow", "deny"] {
        let count = cases.matches(&format!("expect = \"{expect}\"")).count();
        assert!(count > 10, "{count} cases are to {expect}");
    }
    let count = cases.matches("[[cases]]").count();
    let file = folder::write(&prepared.folder, "cases.toml", &cases);
    let file = file.to_str().expect("UTF-8");
    let arguments = ["policy", "test", "--config", config, "--file", file];
    let (code, said) = oathgate::run("migration_test", &arguments);
    assert_eq!((code, said), (0, format!("{count} cases, 0 failed")));
}

#[test]
fn what_cannot_be_imported_is_told() {
    let migrated = migrate("migration_faults");
    let config = migrated.prepared.config.to_str().expect("UTF-8");
    let import = |name: &str, cluster: &str| {
        let arguments = [
            "acl",
            "import",
            "--config",
            config,
            "--from-cluster",
            cluster,
        ];
        oathgate::run(name, &arguments)
    };
    let (code, said) = import("migration_nowhere", "lkc-other");
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("there are: lkc-tests"), "{said}");

    // A cluster without an authorizer has nothing to import.
    let open = Setup::new("migration_open").prepare(&**shared::second_kafka());
    let open = open.config.to_str().expect("UTF-8");
    let arguments = ["acl", "import", "--config", open, "--from-cluster", CLUSTER];
    let (code, said) = oathgate::run("migration_open_import", &arguments);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the brokers have no authorizer"), "{said}");
}

/// Where a tool connects, and as whom.
struct Side {
    bootstrap: String,
    properties: Vec<(String, String)>,
    options: Vec<String>,
}

fn straight(user: &User) -> Side {
    let bootstrap = brokers().address(1, Protocol::SaslPlaintext);
    let module = "org.apache.kafka.common.security.plain.PlainLoginModule";
    let jaas = format!(
        "{module} required username=\"{}\" password=\"{}\";",
        user.name, user.password
    );
    let entries = [
        ("bootstrap.servers", bootstrap.as_str()),
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.jaas.config", &jaas),
    ];
    Side {
        properties: entries
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec(),
        options: Vec::new(),
        bootstrap,
    }
}

fn through(front: &Front, user: &User) -> Side {
    let client = front
        .client(crate::harness::clients::Kind::Java)
        .with_id(user.name);
    Side {
        bootstrap: front.bootstrap(),
        properties: client.java_properties(),
        options: vec![java::allowed_url(&client.token_endpoint)],
    }
}

/// A tool, what it reads, and its arguments but for where it connects.
const TOOLS: [(&str, &str, &str, &str); 27] = [
    ("topics", TOPICS_TOOL, "", "--list"),
    ("topic", TOPICS_TOOL, "", "--describe --topic seen-a"),
    (
        "topic denied",
        TOPICS_TOOL,
        "",
        "--describe --topic seen-secret",
    ),
    (
        "create",
        TOPICS_TOOL,
        "",
        "--create --topic seen-made --partitions 2 --replication-factor 1",
    ),
    (
        "create denied",
        TOPICS_TOOL,
        "",
        "--create --topic foreign --partitions 1 --replication-factor 1",
    ),
    (
        "partitions",
        TOPICS_TOOL,
        "",
        "--alter --topic seen-made --partitions 3",
    ),
    ("delete", TOPICS_TOOL, "", "--delete --topic seen-made"),
    ("delete denied", TOPICS_TOOL, "", "--delete --topic public"),
    (
        "configs",
        CONFIGS_TOOL,
        "",
        "--describe --entity-type topics --entity-name seen-a",
    ),
    (
        "configs set",
        CONFIGS_TOOL,
        "",
        "--alter --entity-type topics --entity-name seen-a --add-config retention.ms=77777",
    ),
    (
        "configs seen",
        CONFIGS_TOOL,
        "",
        "--describe --entity-type topics --entity-name seen-a",
    ),
    (
        "configs unset",
        CONFIGS_TOOL,
        "",
        "--alter --entity-type topics --entity-name seen-a --delete-config retention.ms",
    ),
    (
        "configs denied",
        CONFIGS_TOOL,
        "",
        "--alter --entity-type topics --entity-name public --add-config retention.ms=1",
    ),
    (
        "configs broker",
        CONFIGS_TOOL,
        "",
        "--alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2",
    ),
    ("produce", PRODUCER_TOOL, "a line", "--topic seen-w"),
    (
        "consume",
        CONSUMER_TOOL,
        "",
        "--topic seen-w --group seen-c --from-beginning --max-messages 1 --timeout-ms 15000",
    ),
    ("groups", GROUPS_TOOL, "", "--list"),
    ("group", GROUPS_TOOL, "", "--describe --group seen-g"),
    ("group denied", GROUPS_TOOL, "", "--describe --group shut-g"),
    (
        "group reset",
        GROUPS_TOOL,
        "",
        "--reset-offsets --group seen-g --topic seen-a --to-earliest --dry-run",
    ),
    (
        "acls",
        ACLS_TOOL,
        "",
        "--list --topic seen-a --resource-pattern-type match",
    ),
    (
        "acls of groups",
        ACLS_TOOL,
        "",
        "--list --group seen-g --resource-pattern-type match",
    ),
    (
        "acls of a token",
        ACLS_TOOL,
        "",
        "--list --delegation-token a-token",
    ),
    ("transactions", TRANSACTIONS_TOOL, "", "list"),
    (
        "transaction denied",
        TRANSACTIONS_TOOL,
        "",
        "describe --transactional-id other-t",
    ),
    ("share groups", SHARE_TOOL, "", "--list"),
    ("share group", SHARE_TOOL, "", "--describe --group seen-s"),
];
const TOPICS_TOOL: &str = "org.apache.kafka.tools.TopicCommand";
const CONFIGS_TOOL: &str = "kafka.admin.ConfigCommand";
const PRODUCER_TOOL: &str = "org.apache.kafka.tools.ConsoleProducer";
const CONSUMER_TOOL: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const GROUPS_TOOL: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const ACLS_TOOL: &str = "org.apache.kafka.tools.AclCommand";
const TRANSACTIONS_TOOL: &str = "org.apache.kafka.tools.TransactionsCommand";
const SHARE_TOOL: &str = "org.apache.kafka.tools.consumer.group.ShareGroupCommand";

/// `line` with Kafka's general text where the broker describes the request it refused, address and all:
/// Oathgate has no such description to give.
fn general(line: &str) -> String {
    match (
        line.find("Request Request("),
        line.ends_with(" permission."),
    ) {
        (Some(at), true) => line[..at].to_owned() + "Cluster authorization failed.",
        _ => line.to_owned(),
    }
}

/// `output` with listed ACLs sorted, resource by resource: brokers list them in no order.
fn in_order(output: &str) -> String {
    let Some((name, listed)) = output.split_once('\n') else {
        return output.to_owned();
    };
    if !name.starts_with("tool acls") {
        return output.to_owned();
    }
    let resource = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n") + "\n"
    };
    let mut resources: Vec<String> = listed.split("out \n").map(resource).collect();
    resources.sort();
    format!("{name}\n{}", resources.concat())
}

/// Runs all tools at `side`; what each wrote and how it ended.
fn run(name: &str, side: &Side, folder: &Path) -> Vec<String> {
    let file = java::properties(folder, &format!("{name}.properties"), &side.properties);
    let file = file.to_str().expect("UTF-8");
    let lines = TOOLS.map(|(what, tool, input, arguments)| {
        let mut line = format!("{what}\t{tool}\t{input}");
        let address = [
            "--bootstrap-server",
            &side.bootstrap,
            "--command-config",
            file,
        ];
        for word in address.into_iter().chain(arguments.split(' ')) {
            line += "\t";
            line += word;
        }
        line + "\n"
    });
    let script = folder::write(folder, &format!("{name}.tools"), &lines.concat());
    let mut command: Command = java::tools(&script, &side.options);
    let log = folder.join(format!("{name}.log"));
    let mut process = Process::start(name, &mut command, &log);
    process.succeed(Duration::from_secs(240));
    let mut all: Vec<Vec<String>> = Vec::new();
    for line in process.lines() {
        if line.starts_with("tool ") {
            all.push(Vec::new());
        }
        let known = ["tool ", "out ", "err ", "exit "];
        let told = known.iter().any(|word| line.starts_with(word)) && !line.contains("\tat ");
        if let (true, Some(last)) = (told, all.last_mut()) {
            let line = line.replace(&side.bootstrap, "BOOTSTRAP");
            last.push(general(&line.replace(file, "CONFIG")) + "\n");
        }
    }
    all.iter().map(|lines| in_order(&lines.concat())).collect()
}

#[test]
fn kafkas_tools_say_the_same_to_who_may_and_to_who_may_not() {
    let migrated = migrate("migration_tools");
    let folder = migrated.prepared.folder.clone();
    let front = migrated.prepared.run();
    let mut outputs = Vec::new();
    for user in [&MAY, &MAY_NOT] {
        let kafkas = run(&format!("{}-kafka", user.name), &straight(user), &folder);
        let ours = run(
            &format!("{}-oathgate", user.name),
            &through(&front, user),
            &folder,
        );
        assert_eq!(kafkas.len(), TOOLS.len());
        assert_eq!(ours.len(), TOOLS.len());
        let different: Vec<String> = kafkas
            .iter()
            .zip(&ours)
            .filter(|(kafkas, ours)| kafkas != ours)
            .map(|(kafkas, ours)| format!("Kafka's:\n{kafkas}Oathgate's:\n{ours}"))
            .collect();
        assert!(
            different.is_empty(),
            "{}:\n{}",
            user.name,
            different.join("\n")
        );
        outputs.push(kafkas);
    }
    // They are not the same because both fail.
    let differ = outputs[0].iter().zip(&outputs[1]);
    let differ = differ.filter(|(may, may_not)| may != may_not).count();
    assert!(differ >= 15, "only {differ} tools tell the two apart");
    for what in ["create", "consume", "group", "acls", "transactions"] {
        let of = |output: &[String]| {
            let name = format!("tool {what}\n");
            output.iter().find(|text| text.starts_with(&name)).cloned()
        };
        let may = of(&outputs[0]).expect("an output");
        assert!(may.contains("exit 0\n"), "{may}");
        assert_ne!(Some(may), of(&outputs[1]), "{what}");
    }
}
