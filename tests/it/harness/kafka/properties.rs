//! `server.properties` of a node, the same for both ways of starting it.

use super::{Protocol, Release, USERS, Wanted};
use crate::harness::{
    authority::{Authority, Pair},
    folder, ports,
};
use std::path::{Path, PathBuf};

/// What identifies the cluster in the brokers' files.
pub(super) const CLUSTER_ID: &str = "b2F0aGdhdGUtdGVzdHMtMQ";

/// The ports of one node, all on 127.0.0.1.
#[derive(Clone, Copy)]
pub(super) struct Ports(u16);

impl Ports {
    const LISTENERS: [(Protocol, &str); 4] = [
        (Protocol::Plaintext, "PLAINTEXT"),
        (Protocol::SaslPlaintext, "SASL_PLAINTEXT"),
        (Protocol::Ssl, "SSL"),
        (Protocol::SaslSsl, "SASL_SSL"),
    ];

    fn new() -> Self {
        Self(ports::block(5))
    }

    pub(super) fn address(self, protocol: Protocol) -> String {
        format!("127.0.0.1:{}", self.0 + protocol as u16)
    }

    fn controller(self) -> String {
        format!("127.0.0.1:{}", self.0 + 4)
    }

    fn listeners(self) -> String {
        let each =
            Self::LISTENERS.map(|(protocol, name)| format!("{name}://{}", self.address(protocol)));
        each.join(",")
    }
}

/// One node: its id, ports, folder and the file that `kafka.Kafka` is started with.
pub(super) struct Node {
    pub(super) id: i32,
    pub(super) ports: Ports,
    pub(super) folder: PathBuf,
    pub(super) properties: PathBuf,
}

/// The files of a whole cluster below one folder.
pub(super) struct Layout {
    pub(super) nodes: Vec<Node>,
    pub(super) ca: PathBuf,
    /// The configuration of a ZooKeeper, on the first node's port for the controller.
    pub(super) zookeeper: PathBuf,
}

impl Layout {
    pub(super) fn write(wanted: &Wanted, folder: &Path) -> Self {
        let authority = Authority::new("authority of the brokers");
        let ca = folder::write(folder, "brokers-ca.pem", &authority.pem());
        let pair = authority.server(&["localhost", "127.0.0.1"]);
        let first = wanted.first_node.max(1);
        let mut nodes: Vec<Node> = (first..first + i32::from(wanted.nodes))
            .map(|id| {
                let folder = folder.join(format!("node-{id}"));
                std::fs::create_dir_all(&folder).expect("create the folder of a node");
                let properties = folder.join("server.properties");
                Node {
                    id,
                    ports: Ports::new(),
                    folder,
                    properties,
                }
            })
            .collect();
        let voter = format!("{first}@{}", nodes[0].ports.controller());
        for node in &mut nodes {
            let text = text(wanted, node, &voter) + &tls(&pair, &ca);
            std::fs::write(&node.properties, text).expect("write server.properties");
        }
        let controller = nodes[0].ports.controller();
        let (host, port) = controller.split_once(':').expect("an address");
        let zookeeper = format!(
            "clientPortAddress={host}\nclientPort={port}\nadmin.enableServer=false\ndataDir={}\n",
            folder.join("zookeeper").display(),
        );
        let zookeeper = folder::write(folder, "zookeeper.properties", &zookeeper);
        Self {
            nodes,
            ca,
            zookeeper,
        }
    }

    pub(super) fn node(&self, id: i32) -> &Node {
        self.nodes
            .iter()
            .find(|node| node.id == id)
            .unwrap_or_else(|| panic!("no node {id}"))
    }
}

/// System properties: Kafka 4 refuses the URL of a key set that it was not told, and the receiver of metrics asks
/// where to note them.
pub(super) fn java_options(wanted: &Wanted) -> Vec<String> {
    let allowed = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=";
    let oauth = wanted.oauth.iter();
    let oauth = oauth.map(|oauth| format!("{allowed}{}", oauth.jwks_uri));
    let telemetry = wanted.telemetry.iter();
    let telemetry = telemetry.map(|file| format!("-Doathgate.telemetry={}", file.display()));
    oauth.chain(telemetry).collect()
}

/// Arguments of `StorageTool format` that create the users of SCRAM.
pub(super) fn scram_arguments() -> Vec<String> {
    let mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
    let credentials = mechanisms.iter().flat_map(|mechanism| {
        USERS.iter().map(move |user| {
            format!(
                "{mechanism}=[name={},password={}]",
                user.name, user.password
            )
        })
    });
    credentials
        .flat_map(|credential| ["--add-scram".to_owned(), credential])
        .collect()
}

fn text(wanted: &Wanted, node: &Node, voter: &str) -> String {
    let replicas = wanted.nodes.min(3);
    let (own, controller) = place(wanted, node, voter);
    let mut text = format!(
        "{own}
listeners={listeners}{controller}
advertised.listeners={listeners}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
log.dirs={data}
num.partitions=3
default.replication.factor={replicas}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=6
transaction.state.log.replication.factor={replicas}
transaction.state.log.num.partitions=6
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=3
group.initial.rebalance.delay.ms=0
auto.create.topics.enable={auto_create}
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=10485760
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
controlled.shutdown.enable=true
",
        listeners = node.ports.listeners(),
        data = node.folder.join("data").display(),
        auto_create = wanted.auto_create,
    );
    text += &sasl(wanted);
    if wanted.authorizer {
        text += "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n";
        text += "super.users=User:admin;User:ANONYMOUS\n";
    }
    for line in &wanted.extra {
        text += &format!("{line}\n");
    }
    text
}

/// Lines that give a node its place in the cluster, and a listener that only a controller has.
fn place(wanted: &Wanted, node: &Node, voter: &str) -> (String, String) {
    let id = node.id;
    let (first, address) = voter.split_once('@').expect("an id and an address");
    if wanted.release == Release::V2_8 {
        let own = format!("broker.id={id}\nzookeeper.connect={address}");
        return (own, String::new());
    }
    let (roles, controller) = if first == id.to_string() {
        ("broker,controller", format!(",CONTROLLER://{address}"))
    } else {
        ("broker", String::new())
    };
    let own = format!(
        "process.roles={roles}\nnode.id={id}\ncontroller.quorum.voters={voter}\ncontroller.listener.names=CONTROLLER"
    );
    (own, controller)
}

/// Key and certificate in place: from a file, 2.8 takes no key without a password.
fn tls(pair: &Pair, ca: &Path) -> String {
    let value = |pem: &str| pem.replace('\n', "\\n");
    format!(
        "ssl.keystore.type=PEM\nssl.keystore.key={}\nssl.keystore.certificate.chain={}\nssl.truststore.type=PEM\n\
         ssl.truststore.location={}\nssl.client.auth=requested\n",
        value(&pair.key),
        value(&pair.certificate),
        ca.display(),
    )
}

fn sasl(wanted: &Wanted) -> String {
    let security = "org.apache.kafka.common.security";
    let users: String = USERS
        .iter()
        .chain(&wanted.users)
        .map(|user| format!(" user_{}=\"{}\"", user.name, user.password))
        .collect();
    let oauth = if wanted.oauth.is_some() {
        ",OAUTHBEARER"
    } else {
        ""
    };
    let mut text = format!("sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512{oauth}\n");
    for listener in ["sasl_plaintext", "sasl_ssl"] {
        let prefix = format!("listener.name.{listener}");
        text += &format!(
            "{prefix}.plain.sasl.jaas.config={security}.plain.PlainLoginModule required{users};\n"
        );
        for mechanism in ["scram-sha-256", "scram-sha-512"] {
            text += &format!(
                "{prefix}.{mechanism}.sasl.jaas.config={security}.scram.ScramLoginModule required;\n"
            );
        }
        if wanted.oauth.is_some() {
            let prefix = format!("{prefix}.oauthbearer.sasl");
            text += &format!(
                "{prefix}.jaas.config={security}.oauthbearer.OAuthBearerLoginModule required;\n"
            );
            text += &format!(
                "{prefix}.server.callback.handler.class={security}.oauthbearer.OAuthBearerValidatorCallbackHandler\n"
            );
        }
    }
    if let Some(oauth) = &wanted.oauth {
        text += &format!(
            "sasl.oauthbearer.jwks.endpoint.url={}\nsasl.oauthbearer.expected.issuer={}\nsasl.oauthbearer.expected.audience={}\n",
            oauth.jwks_uri, oauth.issuer, oauth.audience,
        );
    }
    text
}
