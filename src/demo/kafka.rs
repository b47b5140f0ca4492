//! The embedded Kafka: librdkafka's mock cluster, plaintext on free loopback ports. It keeps
//! records in memory, knows no security and few of the newer APIs: enough for a look. Once the
//! last member of a group has left, the next one waits for about the session timeout.

use rdkafka::{
    error::KafkaError, mocking::MockCluster, producer::DefaultProducerContext, types::RDKafkaApiKey,
};

use super::plan::{BROKERS, TOPIC};

/// Partitions of the demo's topic.
const PARTITIONS: i32 = 3;

/// The newest version to offer of each API. The mock claims newer ones but speaks them unlike
/// Kafka: some answers of flexible versions end in a byte too many, and LeaveGroup 3 is read like
/// 2. Oathgate refuses what is not exactly Kafka.
const NEWEST: [(RDKafkaApiKey, i16); 13] = [
    (RDKafkaApiKey::Produce, 8),
    (RDKafkaApiKey::Fetch, 11),
    (RDKafkaApiKey::ListOffsets, 5),
    (RDKafkaApiKey::Metadata, 8),
    (RDKafkaApiKey::OffsetCommit, 7),
    (RDKafkaApiKey::OffsetFetch, 5),
    (RDKafkaApiKey::FindCoordinator, 2),
    (RDKafkaApiKey::JoinGroup, 5),
    (RDKafkaApiKey::Heartbeat, 3),
    (RDKafkaApiKey::LeaveGroup, 2),
    (RDKafkaApiKey::SyncGroup, 3),
    (RDKafkaApiKey::InitProducerId, 1),
    (RDKafkaApiKey::TxnOffsetCommit, 2),
];

/// Runs until dropped.
pub(super) struct Kafka(MockCluster<'static, DefaultProducerContext>);

impl Kafka {
    pub(super) fn start() -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(i32::from(BROKERS))?;
        for (api, newest) in NEWEST {
            cluster.apiversion(api, Some(0), Some(newest))?;
        }
        cluster.create_topic(TOPIC, PARTITIONS, i32::from(BROKERS))?;
        Ok(Self(cluster))
    }

    /// `host:port,…` of every broker.
    pub(super) fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }
}
