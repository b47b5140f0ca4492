//! The embedded Kafka: librdkafka's mock cluster, plaintext on free loopback ports. It keeps
//! records in memory, knows no security and few of the newer APIs: enough for a look. Once the
//! last member of a group has left, the next one waits for about the session timeout.

use rdkafka::{
    error::KafkaError, mocking::MockCluster, producer::DefaultProducerContext, types::RDKafkaApiKey,
};

use super::plan::{BROKERS, TOPIC};

/// Partitions of the demo's topic.
const PARTITIONS: i32 = 3;

/// Runs until dropped.
pub(super) struct Kafka(MockCluster<'static, DefaultProducerContext>);

impl Kafka {
    pub(super) fn start() -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(i32::from(BROKERS))?;
        // The mock claims versions 3 and 4 but reads them like 2: Java's members could not leave.
        cluster.apiversion(RDKafkaApiKey::LeaveGroup, Some(0), Some(2))?;
        cluster.create_topic(TOPIC, PARTITIONS, i32::from(BROKERS))?;
        Ok(Self(cluster))
    }

    /// `host:port,…` of every broker.
    pub(super) fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }
}
