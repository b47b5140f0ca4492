//! Kafka's own tools, as one who may and as one who may not: straight to a broker that decides by ACLs, and
//! through an Oathgate that decides by the same.

use super::world::{MAY, MAY_NOT, Migrated, brokers, migrate};
use crate::harness::{
    clients::Kind,
    folder,
    front::Front,
    java,
    kafka::{Protocol, User},
    process::Process,
};
use std::{path::Path, process::Command, time::Duration};

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
    let client = front.client(Kind::Java).with_id(user.name);
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
    let Migrated { prepared, .. } = migrate("migration_tools");
    let folder = prepared.folder.clone();
    let front = prepared.run();
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
