//! Brokers from the jars of Maven Central, each a JVM of its own.

use super::{
    Brokers, Protocol, Release, Wanted,
    properties::{self, CLUSTER_ID, Layout, Node},
};
use crate::harness::{java, process::Process, tools};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

pub(super) struct Jars {
    layout: Layout,
    options: Vec<String>,
    class_path: OsString,
    running: BTreeMap<i32, Process>,
    /// Of brokers that know no other way.
    zookeeper: Option<Process>,
}

impl Jars {
    pub(super) fn start(wanted: &Wanted, folder: &Path) -> Self {
        let layout = Layout::write(wanted, folder);
        let mut class_path = libs(wanted.release).join("*").into_os_string();
        if wanted.telemetry.is_some() {
            class_path.push(":");
            class_path.push(java::classes());
        }
        let options = properties::java_options(wanted);
        let mut jars = Self {
            layout,
            options,
            class_path,
            running: BTreeMap::new(),
            zookeeper: None,
        };
        if wanted.release == Release::V2_8 {
            jars.zookeeper = Some(jars.zookeeper(folder));
        } else {
            jars.format_all();
        }
        for node in jars.nodes() {
            jars.start(node);
        }
        jars
    }

    fn zookeeper(&self, folder: &Path) -> Process {
        let mut command = self.java("128m");
        command
            .arg("org.apache.zookeeper.server.ZooKeeperServerMain")
            .arg(&self.layout.zookeeper);
        Process::start("zookeeper", &mut command, &folder.join("zookeeper.log"))
    }

    fn format_all(&self) {
        let mut formats: Vec<Process> = self
            .layout
            .nodes
            .iter()
            .map(|node| self.format(node))
            .collect();
        for format in &mut formats {
            format.succeed(Duration::from_secs(90));
        }
    }

    fn format(&self, node: &Node) -> Process {
        let mut command = self.java("96m");
        command.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"]);
        command
            .arg(&node.properties)
            .args(properties::scram_arguments());
        let name = format!("format of node {}", node.id);
        Process::start(&name, &mut command, &node.folder.join("format.log"))
    }

    fn java(&self, heap: &str) -> Command {
        let mut command = Command::new(tools::java());
        command.args([
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
        ]);
        command
            .arg(format!("-Xmx{heap}"))
            .args(&self.options)
            .arg("-cp")
            .arg(&self.class_path);
        command
    }
}

/// The jars of a release; of the newest, which `tests/java/kafka/pom.xml` names.
fn libs(release: Release) -> PathBuf {
    let built = match release {
        Release::Newest => tools::build("kafka", "kafka", &[]),
        older => {
            let version = older.version();
            tools::build(
                "kafka",
                &format!("kafka-{version}"),
                &[&format!("-Dkafka.version={version}")],
            )
        }
    };
    built.join("libs")
}

impl Brokers for Jars {
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
        let mut process = self
            .running
            .remove(&node)
            .unwrap_or_else(|| panic!("node {node} is not running"));
        process.signal("TERM");
        process.wait_exit(Duration::from_secs(60));
    }

    fn start(&mut self, node: i32) {
        assert!(!self.running.contains_key(&node), "node {node} is running");
        let files = self.layout.node(node);
        let mut command = self.java("384m");
        command.arg("kafka.Kafka").arg(&files.properties);
        let log = files.folder.join("broker.log");
        self.running.insert(
            node,
            Process::start(&format!("node {node}"), &mut command, &log),
        );
    }
}
