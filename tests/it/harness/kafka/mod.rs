//! A real Apache Kafka, two ways to start it, one trait.
//!
//! `OATHGATE_TEST_KAFKA=jars|docker` chooses; without it Docker is taken if its daemon answers and the
//! image is there, else the jars of Maven Central on a local JVM. One line says which, and why.

mod docker;
mod jars;
mod properties;

use super::librdkafka;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
};
use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// What a client of the brokers speaks; each node has a listener of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Plaintext,
    SaslPlaintext,
    Ssl,
    SaslSsl,
}

/// A release of Apache Kafka, of brokers or of Java clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Release {
    V2_8,
    V3_9,
    V4_0,
    /// The newest of which there is `kafka-streams`.
    V4_3,
    /// The one that all other tests have.
    #[default]
    Newest,
}

impl Release {
    /// As Maven Central has it; for the newest see `kafka.version` in `tests/java/*/pom.xml`.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::V2_8 => "2.8.2",
            Self::V3_9 => "3.9.1",
            Self::V4_0 => "4.0.0",
            Self::V4_3 => "4.3.1",
            Self::Newest => "4.4.0",
        }
    }
}

/// The cluster that a test wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Any but the newest runs from jars; 2.8 with ZooKeeper, which has no users of SCRAM here.
    pub(crate) release: Release,
    /// Brokers; the first is the controller as well. Node ids from `first_node` on.
    pub(crate) nodes: u16,
    pub(crate) first_node: i32,
    pub(crate) auto_create: bool,
    /// Kafka's own `StandardAuthorizer`, with `admin` and the brokers themselves as super users.
    pub(crate) authorizer: bool,
    /// Tokens of this issuer are accepted by the SASL listeners.
    pub(crate) oauth: Option<OAuth>,
    /// Users of PLAIN beside those of `USERS`.
    pub(crate) users: Vec<User>,
    /// Where what clients push of their metrics (KIP-714) is noted, by `TelemetryReceiver.java`. Runs from jars:
    /// the image has no such plug-in.
    pub(crate) telemetry: Option<PathBuf>,
    /// Further lines of `server.properties`.
    pub(crate) extra: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct OAuth {
    pub(crate) issuer: String,
    pub(crate) jwks_uri: String,
    pub(crate) audience: String,
}

/// A user of the brokers' PLAIN and SCRAM mechanisms.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
}

/// `admin` is a super user; `oathgate` is what an upstream identity logs in as.
pub(crate) const USERS: [User; 2] = [
    User {
        name: "admin",
        password: "admin-of-the-brokers",
    },
    User {
        name: "oathgate",
        password: "upstream-password-of-oathgate",
    },
];

/// A running cluster; dropped, it is gone.
pub(crate) trait Brokers: Send + Sync {
    /// Node ids, ascending.
    fn nodes(&self) -> Vec<i32>;
    /// `127.0.0.1:port` of a node's listener.
    fn address(&self, node: i32, protocol: Protocol) -> String;
    /// The authority that signed the certificates of its TLS listeners.
    fn ca(&self) -> &Path;
    /// Stops a broker, orderly.
    fn stop(&mut self, node: i32);
    /// Starts it again, on the same addresses.
    fn start(&mut self, node: i32);
}

/// What the tests do with any cluster.
impl dyn Brokers + '_ {
    /// The addresses of all nodes.
    pub(crate) fn bootstrap(&self, protocol: Protocol) -> Vec<String> {
        self.nodes()
            .iter()
            .map(|&node| self.address(node, protocol))
            .collect()
    }

    /// Creates a topic and waits until every broker knows all its leaders.
    pub(crate) fn create_topic(&self, name: &str, partitions: u16, replicas: u16) {
        let admin: AdminClient<DefaultClientContext> =
            librdkafka::plaintext(&self.bootstrap(Protocol::Plaintext))
                .create()
                .expect("an admin");
        let topic = NewTopic::new(
            name,
            partitions.into(),
            TopicReplication::Fixed(replicas.into()),
        );
        let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(30)));
        let made = super::shared::runtime().block_on(admin.create_topics([&topic], &options));
        made.expect("create a topic")[0]
            .as_ref()
            .expect("create a topic");
        for node in self.nodes() {
            let at = self.address(node, Protocol::Plaintext);
            wait_for(
                Duration::from_secs(30),
                &format!("leaders of {name} at {at}"),
                || leaders(&at, name) == usize::from(partitions),
            );
        }
    }

    /// Waits until each node answers and sees all of them.
    pub(crate) fn wait_ready(&self, deadline: Duration) {
        let nodes = self.nodes();
        for &node in &nodes {
            let at = self.address(node, Protocol::Plaintext);
            wait_for(
                deadline,
                &format!("node {node} at {at} to know {nodes:?}"),
                || known(&at) == nodes,
            );
        }
    }
}

/// Starts a cluster; its files and logs go to `folder`.
pub(crate) fn start(wanted: &Wanted, folder: &Path) -> Box<dyn Brokers> {
    for user in &USERS {
        super::secrets::register(
            &format!("the brokers' password of {}", user.name),
            user.password,
        );
    }
    let way = match (wanted.release, &wanted.telemetry) {
        (Release::Newest, None) => way(),
        _ => Way::Jars,
    };
    let brokers: Box<dyn Brokers> = match way {
        Way::Jars => Box::new(jars::Jars::start(wanted, folder)),
        Way::Docker => docker::start(wanted, folder),
    };
    brokers.wait_ready(Duration::from_secs(120));
    brokers
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Jars,
    Docker,
}

fn way() -> Way {
    static WAY: OnceLock<Way> = OnceLock::new();
    *WAY.get_or_init(|| {
        let (way, why) = match env::var("OATHGATE_TEST_KAFKA").as_deref() {
            Ok("jars") => (Way::Jars, "OATHGATE_TEST_KAFKA says so".to_owned()),
            Ok("docker") => (Way::Docker, "OATHGATE_TEST_KAFKA says so".to_owned()),
            Ok(other) => panic!("OATHGATE_TEST_KAFKA={other}: write jars or docker"),
            Err(_) => match docker::missing() {
                None => (
                    Way::Docker,
                    format!("its daemon answers and has {}", docker::image()),
                ),
                Some(missing) => (Way::Jars, missing),
            },
        };
        // Not by a macro of printing, whose output libtest keeps to itself.
        drop(writeln!(
            io::stderr(),
            "kafka: brokers by {way:?}, because {why}"
        ));
        way
    })
}

fn wait_for(deadline: Duration, what: &str, ready: impl Fn() -> bool) {
    let until = Instant::now() + deadline;
    while !ready() {
        assert!(Instant::now() < until, "waited {deadline:?} for {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Node ids that the broker at `address` knows, ascending; empty if it does not answer.
fn known(address: &str) -> Vec<i32> {
    let client: BaseConsumer = librdkafka::plaintext(&[address.to_owned()])
        .create()
        .expect("a client");
    let Ok(metadata) = client.fetch_metadata(None, Duration::from_secs(2)) else {
        return Vec::new();
    };
    let mut nodes: Vec<i32> = metadata
        .brokers()
        .iter()
        .map(|broker| broker.id())
        .collect();
    nodes.sort_unstable();
    nodes
}

/// Partitions of `topic` that have a leader, as the broker at `address` sees it.
fn leaders(address: &str, topic: &str) -> usize {
    let client: BaseConsumer = librdkafka::plaintext(&[address.to_owned()])
        .create()
        .expect("a client");
    let Ok(metadata) = client.fetch_metadata(Some(topic), Duration::from_secs(2)) else {
        return 0;
    };
    let partitions = metadata
        .topics()
        .iter()
        .flat_map(|topic| topic.partitions());
    partitions
        .filter(|partition| partition.leader() >= 0 && partition.error().is_none())
        .count()
}
