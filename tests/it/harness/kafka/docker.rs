//! Brokers in containers, by testcontainers; every port is published on 127.0.0.1 alone.
//!
//! One plain broker is the Apache Kafka module of testcontainers as it comes. More of them, or listeners
//! with TLS and SASL, are containers of the same image on the host's network, whose files are those of
//! the other way: the module knows neither.

use super::{
    Brokers, Protocol, Wanted,
    properties::{self, CLUSTER_ID, Layout, Node},
};
use crate::harness::{folder, ports, reaper, shared};
use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use testcontainers_modules::{
    kafka::apache::{KAFKA_PORT, Kafka},
    testcontainers::{
        ContainerAsync, GenericImage, ImageExt,
        bollard::models::{HostConfig, PortBinding},
        core::Mount,
        runners::AsyncRunner,
    },
};

const NAME: &str = "apache/kafka";

/// The release of `tests/java/kafka/pom.xml`; `docker/kafka/build.sh` builds an image of that name.
const TAG: &str = "4.4.0";

/// Longest that a container may take until it has done its first step.
const PATIENCE: Duration = Duration::from_secs(120);

/// `name:tag` of the image.
pub(super) fn image() -> String {
    format!("{NAME}:{TAG}")
}

/// Why brokers cannot run in Docker here; none if they can.
pub(super) fn missing() -> Option<String> {
    let runs = |arguments: &[&str]| {
        let done = Command::new("docker").args(arguments).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !runs(&["info"]) {
        return Some("no Docker daemon answers".to_owned());
    }
    let absent = !runs(&["image", "inspect", &image()]);
    absent.then(|| {
        format!(
            "Docker has no image {}; docker/kafka/build.sh builds it",
            image()
        )
    })
}

/// Starts what is wanted.
pub(super) fn start(wanted: &Wanted, folder: &Path) -> Box<dyn Brokers> {
    if let Some(missing) = missing() {
        panic!("OATHGATE_TEST_KAFKA=docker: {missing}");
    }
    let is_plain = wanted.oauth.is_none()
        && !wanted.authorizer
        && wanted.users.is_empty()
        && wanted.extra.is_empty();
    if wanted.nodes == 1 && wanted.first_node <= 1 && is_plain {
        Box::new(Module::start(wanted, folder))
    } else {
        Box::new(Nodes::start(wanted, folder))
    }
}

/// testcontainers' own module: one broker, one listener without TLS or login.
struct Module {
    container: ContainerAsync<Kafka>,
    port: u16,
    ca: PathBuf,
}

impl Module {
    fn start(wanted: &Wanted, folder: &Path) -> Self {
        let port = ports::one();
        let request = Kafka::default()
            .with_jvm_image()
            .with_tag(TAG)
            .with_mapped_port(port, KAFKA_PORT)
            .with_env_var(
                "KAFKA_AUTO_CREATE_TOPICS_ENABLE",
                wanted.auto_create.to_string(),
            )
            .with_env_var("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
            .with_env_var("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
            .with_env_var("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
            .with_env_var("KAFKA_HEAP_OPTS", "-Xmx384m")
            .with_startup_timeout(PATIENCE)
            .with_host_config_modifier(on_loopback);
        let container = shared::runtime()
            .block_on(request.start())
            .expect("start a container");
        reaper::watch_container(container.id());
        let ca = folder::write(folder, "brokers-ca.pem", "");
        Self {
            container,
            port,
            ca,
        }
    }
}

/// testcontainers publishes on every address of the host; a test's broker is nobody else's business.
fn on_loopback(host: &mut HostConfig) {
    let published: Option<Vec<&mut PortBinding>> = host
        .port_bindings
        .as_mut()
        .map(|ports| ports.values_mut().flatten().flatten().collect());
    for binding in published.into_iter().flatten() {
        binding.host_ip = Some("127.0.0.1".to_owned());
    }
}

impl Brokers for Module {
    fn nodes(&self) -> Vec<i32> {
        vec![1]
    }

    fn address(&self, _node: i32, protocol: Protocol) -> String {
        assert_eq!(
            protocol,
            Protocol::Plaintext,
            "the module has no such listener"
        );
        format!("127.0.0.1:{}", self.port)
    }

    fn ca(&self) -> &Path {
        &self.ca
    }

    fn stop(&mut self, _node: i32) {
        shared::runtime()
            .block_on(self.container.stop())
            .expect("stop a container");
    }

    fn start(&mut self, _node: i32) {
        shared::runtime()
            .block_on(self.container.start())
            .expect("start a container");
    }
}

/// Containers of the image, one a node, on the host's network.
struct Nodes {
    layout: Layout,
    containers: BTreeMap<i32, ContainerAsync<GenericImage>>,
}

impl Nodes {
    fn start(wanted: &Wanted, folder: &Path) -> Self {
        let layout = Layout::write(wanted, folder);
        let options = properties::java_options(wanted).join(" ");
        let containers = layout
            .nodes
            .iter()
            .map(|node| (node.id, run(node, folder, &options)));
        let containers = containers.collect();
        Self { layout, containers }
    }
}

/// One node; formatted before its first start, and left as it is before every other.
fn run(node: &Node, folder: &Path, options: &str) -> ContainerAsync<GenericImage> {
    let owner = folder.metadata().expect("the folder of a test");
    let properties = node.properties.display();
    let scram: String = properties::scram_arguments()
        .iter()
        .map(|word| format!(" '{word}'"))
        .collect();
    let log = node.folder.join("broker.log");
    let script = format!(
        "exec >>{log} 2>&1; /opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t {CLUSTER_ID} -c {properties}{scram} \
         && exec /opt/kafka/bin/kafka-server-start.sh {properties}",
        log = log.display(),
    );
    let path = folder.to_str().expect("paths of tests are UTF-8");
    let request = GenericImage::new(NAME, TAG)
        .with_entrypoint("bash")
        .with_cmd(["-c", &script])
        .with_network("host")
        .with_user(format!("{}:{}", owner.uid(), owner.gid()))
        .with_mount(Mount::bind_mount(path, path))
        .with_env_var("KAFKA_OPTS", options)
        .with_env_var(
            "KAFKA_HEAP_OPTS",
            "-Xmx384m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        )
        .with_env_var("LOG_DIR", node.folder.display().to_string())
        .with_startup_timeout(PATIENCE);
    let container = shared::runtime()
        .block_on(request.start())
        .expect("start a container");
    reaper::watch_container(container.id());
    container
}

impl Brokers for Nodes {
    fn nodes(&self) -> Vec<i32> {
        self.layout.nodes.iter().map(|node| node.id).collect()
    }

    fn address(&self, node: i32, protocol: Protocol) -> String {
        self.layout.node(node).ports.address(protocol)
    }

    fn ca(&self) -> &Path {
        &self.layout.ca
    }

    fn stop(&mut self, node: i32) {
        let stopped = self.containers[&node].stop_with_timeout(Some(60));
        shared::runtime()
            .block_on(stopped)
            .expect("stop a container");
    }

    fn start(&mut self, node: i32) {
        shared::runtime()
            .block_on(self.containers[&node].start())
            .expect("start a container");
    }
}
