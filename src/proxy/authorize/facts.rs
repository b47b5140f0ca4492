//! What matters of a request where brokers see one identity for all clients.

use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Visitor};

/// `KeyType` of FindCoordinator: a group, a transaction. Keys of share state (2) are looked up between brokers.
const KEY_GROUP: i8 = 0;
const KEY_TRANSACTION: i8 = 1;

/// Config resource types that belong to what users own. All others are the cluster's: brokers (4), their
/// loggers (8), client metrics (16), and whatever a later Kafka adds.
const RESOURCE_TOPIC: i64 = 2;
const RESOURCE_GROUP: i64 = 32;

/// Whether configs of `resource_type` are the cluster's.
pub(super) const fn is_of_cluster(resource_type: i64) -> bool {
    !matches!(resource_type, RESOURCE_TOPIC | RESOURCE_GROUP)
}

/// Collected while a request is walked.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// A replica says which it is; clients say -1, debugging tools -2. At the top level, or in a tagged
    /// field after all topics (Fetch, version 15 on).
    pub(super) is_follower: bool,
    /// A pattern is subscribed to; an empty one ends a subscription.
    pub(super) has_regex: bool,
    /// The coordinator of something that is no client's is looked for.
    pub(super) is_share_key: bool,
    /// A config of the cluster is named.
    pub(super) names_cluster: bool,
}

impl Visitor for Facts {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::ReplicaId, Scalar::Int32(id)) => self.is_follower |= id >= 0,
            (Mark::SubscribedTopicRegex, Scalar::Str(regex)) => self.has_regex = !regex.is_empty(),
            (Mark::KeyType, Scalar::Int8(of)) => {
                self.is_share_key = !matches!(of, KEY_GROUP | KEY_TRANSACTION);
            }
            (Mark::ResourceType, Scalar::Int8(of)) => {
                self.names_cluster |= is_of_cluster(i64::from(of));
            }
            _ => {}
        }
    }
}
