//! The embedded Kafka: librdkafka's mock cluster, plaintext on free loopback ports. It keeps
//! records in memory, knows no security and few of the newer APIs: enough for a look.

use rdkafka::{error::KafkaError, mocking::MockCluster, producer::DefaultProducerContext};

use super::plan::{BROKERS, TOPIC};

/// Partitions of the demo's topic.
const PARTITIONS: i32 = 3;

/// Runs until dropped.
pub(super) struct Kafka(MockCluster<'static, DefaultProducerContext>);

impl Kafka {
    pub(super) fn start() -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(i32::from(BROKERS))?;
        cluster.create_topic(TOPIC, PARTITIONS, i32::from(BROKERS))?;
        Ok(Self(cluster))
    }

    /// `host:port,…` of every broker.
    pub(super) fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }
}
