//! A Kafka client as users have them, of any kind: TLS, OAUTHBEARER, its tokens fetched by itself from
//! the issuer's token endpoint. Each runs in a process of its own and tells what it did, a fact a line.

use super::{
    franz_go, hosts::Hosts, issuer, java, kafka::Release, librdkafka, process::Process,
    records::Read,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Longest that any client may take for what it was asked.
const PATIENCE: Duration = Duration::from_secs(150);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Java,
    Librdkafka,
    FranzGo,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Java, Kind::Librdkafka, Kind::FranzGo];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    Uncommitted,
    Committed,
}

impl Isolation {
    fn word(self) -> &'static str {
        match self {
            Self::Uncommitted => "read_uncommitted",
            Self::Committed => "read_committed",
        }
    }
}

/// Where and as whom a client logs in.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    /// Of a Java client.
    pub(crate) release: Release,
    pub(crate) bootstrap: String,
    pub(crate) token_endpoint: String,
    /// The id it fetches tokens with.
    pub(crate) id: String,
    pub(crate) extensions: Vec<(String, String)>,
    /// The file of the authority it trusts.
    pub(crate) ca: PathBuf,
    pub(crate) hosts: Option<Hosts>,
    /// Where it leaves its files.
    pub(crate) folder: PathBuf,
    /// Further properties.
    pub(crate) extra: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn with_extension(mut self, name: &str, value: &str) -> Self {
        self.extensions.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.extra.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_id(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    /// Produces `count` records; every one is acknowledged or the run fails.
    pub(crate) fn produce(&self, topic: &str, count: usize, prefix: &str) -> Run {
        self.run(&["produce", topic, &count.to_string(), prefix])
    }

    /// As `produce`, with a pause after each record.
    pub(crate) fn produce_slowly(
        &self,
        topic: &str,
        count: usize,
        prefix: &str,
        pause_ms: u64,
    ) -> Run {
        self.run(&[
            "produce",
            topic,
            &count.to_string(),
            prefix,
            &pause_ms.to_string(),
        ])
    }

    /// Reads `count` records from the start, as a member of `group`.
    pub(crate) fn consume(
        &self,
        topic: &str,
        group: &str,
        count: usize,
        isolation: Isolation,
    ) -> Run {
        self.run(&[
            "consume",
            topic,
            group,
            &count.to_string(),
            isolation.word(),
            "90",
        ])
    }

    /// Reads as a member of `group` until it is dropped (librdkafka, franz-go).
    pub(crate) fn consume_on(&self, topic: &str, group: &str, isolation: Isolation) -> Run {
        assert_ne!(self.kind, Kind::Java, "Java's program has no such command");
        self.run(&["consume", topic, group, "0", isolation.word(), "600"])
    }

    /// Transactions (Java); every third is aborted on purpose. See `Transact.java`.
    pub(crate) fn transact(&self, topic: &str, count: usize, prefix: &str, pause_ms: u64) -> Run {
        assert_eq!(
            self.kind,
            Kind::Java,
            "librdkafka's process has no such command"
        );
        let each = RECORDS_OF_A_TRANSACTION.to_string();
        self.run(&[
            "transact",
            topic,
            &count.to_string(),
            &each,
            prefix,
            "3",
            &pause_ms.to_string(),
        ])
    }

    /// Produces and reads its own records until the file `stop` is there (Java). See `Application.java`.
    pub(crate) fn application(&self, topic: &str, group: &str, prefix: &str, stop: &Path) -> Run {
        assert_eq!(
            self.kind,
            Kind::Java,
            "librdkafka's process has no such command"
        );
        self.run(&["application", topic, group, prefix, path(stop)])
    }

    /// Administrative steps (Java, franz-go). See `Administer.java` and `admin.go`.
    pub(crate) fn admin(&self, steps: &[&str]) -> Run {
        assert_ne!(
            self.kind,
            Kind::Librdkafka,
            "librdkafka's process has no such command"
        );
        self.run(&[&["admin"], steps].concat())
    }

    /// Commands of `oathgate.Main` or of `tests/go/franz`, one after the other in one process (Java, franz-go).
    pub(crate) fn commands(&self, commands: &[String]) -> Run {
        assert_ne!(
            self.kind,
            Kind::Librdkafka,
            "librdkafka's process has no further commands"
        );
        let words = commands.join(" + ");
        self.run(&words.split(' ').collect::<Vec<&str>>())
    }

    fn run(&self, words: &[&str]) -> Run {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "{:?}-{}-{}",
            self.kind,
            words[0],
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let name = name.to_lowercase();
        let mut command = match self.kind {
            Kind::Java => self.java(&name, words),
            Kind::Librdkafka => self.librdkafka(&name, words),
            Kind::FranzGo => self.franz_go(&name, words),
        };
        let log = self.folder.join(format!("{name}.log"));
        Run(Process::start(
            &format!("{name} {}", words[1..].join(" ")),
            &mut command,
            &log,
        ))
    }

    fn java(&self, name: &str, words: &[&str]) -> Command {
        let options: Vec<String> = [java::allowed_url(&self.token_endpoint)]
            .into_iter()
            .chain(self.hosts.iter().map(Hosts::java_option))
            .collect();
        let file = java::properties(
            &self.folder,
            &format!("{name}.properties"),
            &self.java_properties(),
        );
        java::command(self.release, &file, &options, words)
    }

    fn librdkafka(&self, name: &str, words: &[&str]) -> Command {
        let file = format!("{name}.properties");
        let file = java::properties(&self.folder, &file, &self.librdkafka_properties());
        let mut command = librdkafka::command(&file, words);
        if let Some(hosts) = &self.hosts {
            hosts.preload(&mut command);
        }
        command
    }

    fn franz_go(&self, name: &str, words: &[&str]) -> Command {
        let file = format!("{name}.properties");
        let file = java::properties(&self.folder, &file, &self.franz_go_properties());
        franz_go::command(&file, words)
    }

    /// What Java's clients and Kafka's tools are configured by.
    pub(crate) fn java_properties(&self) -> Vec<(String, String)> {
        let extensions: String = self
            .extensions
            .iter()
            .map(|(name, value)| format!(" extension_{name}=\"{value}\""))
            .collect();
        let oauth = "org.apache.kafka.common.security.oauthbearer";
        let old = match self.release {
            Release::V2_8 => format!(" tokenEndpoint=\"{}\"", self.token_endpoint),
            _ => String::new(),
        };
        let jaas = format!(
            "{oauth}.OAuthBearerLoginModule required clientId=\"{}\" clientSecret=\"{}\"{old}{extensions};",
            self.id,
            issuer::secret_of(&self.id),
        );
        let handler = match self.release {
            Release::V2_8 => "oathgate.Login".to_owned(),
            _ => format!("{oauth}.OAuthBearerLoginCallbackHandler"),
        };
        self.properties(&[
            ("sasl.mechanism", "OAUTHBEARER"),
            ("ssl.truststore.type", "PEM"),
            ("ssl.truststore.location", path(&self.ca)),
            ("sasl.login.callback.handler.class", &handler),
            ("sasl.oauthbearer.token.endpoint.url", &self.token_endpoint),
            ("sasl.jaas.config", &jaas),
        ])
    }

    fn librdkafka_properties(&self) -> Vec<(String, String)> {
        let extensions: Vec<String> = self
            .extensions
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut properties = self.properties(&[
            ("sasl.mechanisms", "OAUTHBEARER"),
            ("sasl.oauthbearer.method", "oidc"),
            ("sasl.oauthbearer.client.id", &self.id),
            (
                "sasl.oauthbearer.client.secret",
                &issuer::secret_of(&self.id),
            ),
            ("sasl.oauthbearer.token.endpoint.url", &self.token_endpoint),
            ("ssl.ca.location", path(&self.ca)),
            ("log_level", "4"),
        ]);
        if !extensions.is_empty() {
            properties.push((
                "sasl.oauthbearer.extensions".to_owned(),
                extensions.join(","),
            ));
        }
        properties
    }

    fn franz_go_properties(&self) -> Vec<(String, String)> {
        let mut properties = self.properties(&[
            ("client.id", &self.id),
            ("client.secret", &issuer::secret_of(&self.id)),
            ("sasl.oauthbearer.token.endpoint.url", &self.token_endpoint),
            ("ssl.ca.location", path(&self.ca)),
        ]);
        let extensions = self.extensions.iter();
        properties
            .extend(extensions.map(|(name, value)| (format!("extension.{name}"), value.clone())));
        if self.hosts.is_some() {
            // Go's own resolver reads no file but the system's.
            properties.push(("hosts.address".to_owned(), "127.0.0.1".to_owned()));
        }
        properties
    }

    fn properties(&self, own: &[(&str, &str)]) -> Vec<(String, String)> {
        let common = [
            ("bootstrap.servers", self.bootstrap.as_str()),
            ("security.protocol", "SASL_SSL"),
        ];
        let all = common
            .iter()
            .chain(own)
            .map(|&(key, value)| (key.to_owned(), value.to_owned()));
        all.chain(self.extra.iter().cloned()).collect()
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Keys in each transaction of `Client::transact`.
const RECORDS_OF_A_TRANSACTION: usize = 5;

/// A client at work.
pub(crate) struct Run(Process);

impl Run {
    /// Waits until it did all it was asked. Panics, with its last lines, if it could not.
    pub(crate) fn finish(&mut self) -> &mut Self {
        self.0.succeed(PATIENCE);
        self
    }

    /// Waits for an end with an error; its lines.
    pub(crate) fn fail(&mut self) -> String {
        let status = self.0.wait_exit(PATIENCE);
        let lines = self.0.lines().join("\n");
        assert!(!status.success(), "it succeeded:\n{lines}");
        lines
    }

    /// Waits for `count` facts of a kind, while it goes on.
    pub(crate) fn wait(&mut self, word: &str, count: usize) -> &mut Self {
        self.0.wait_facts(word, count, PATIENCE);
        self
    }

    /// Waits until the client notes an error that holds `text`, while it goes on.
    pub(crate) fn wait_note(&mut self, text: &str) {
        self.0
            .wait_until(PATIENCE, &format!("a note of {text}"), |lines| {
                lines.iter().any(|line| line.contains(text))
            });
    }

    /// Every line so far, whatever it is about.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lines()
    }

    /// The ports that it is connected to now.
    pub(crate) fn peers(&self) -> Vec<u16> {
        self.0.peers()
    }

    /// What each command of `Client::commands` read, in order; nothing for those that read nothing.
    pub(crate) fn read_by_each(&self) -> Vec<Vec<Read>> {
        let lines = self.0.lines();
        let each = lines.split_inclusive(|line| line.starts_with("done "));
        let read = |lines: &[String]| {
            let read = lines.iter().filter_map(|line| line.strip_prefix("read "));
            read.map(Read::parse).collect()
        };
        each.map(read).collect()
    }

    /// Everything after `word`, one entry a line.
    pub(crate) fn facts(&self, word: &str) -> Vec<String> {
        self.0.facts(word)
    }

    /// Keys that brokers acknowledged.
    pub(crate) fn acknowledged(&self) -> Vec<String> {
        let first = |line: String| line.split(' ').next().map(str::to_owned);
        self.facts("acked").into_iter().filter_map(first).collect()
    }

    /// Keys of the transactions whose commit was acknowledged.
    pub(crate) fn committed(&self, prefix: &str) -> Vec<String> {
        let numbers = self.facts("committed");
        let keys = numbers.iter().flat_map(|number| {
            (0..RECORDS_OF_A_TRANSACTION).map(move |i| format!("{prefix}-{number}x{i}"))
        });
        keys.collect()
    }

    /// What it read, in order.
    pub(crate) fn read(&self) -> Vec<Read> {
        self.facts("read")
            .iter()
            .map(|line| Read::parse(line))
            .collect()
    }

    /// Addresses (`host:port`) of brokers that it was told, of the facts node, controller, leader, replica
    /// and coordinator.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let words = ["node", "controller", "leader", "replica", "coordinator"];
        let facts = words.iter().flat_map(|word| self.facts(word));
        facts
            .filter_map(|fact| fact.split(' ').nth(1).map(str::to_owned))
            .collect()
    }
}
