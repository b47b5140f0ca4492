//! The immutable compiled form of everything the data plane decides by. Knows identity and policy;
//! not where it came from (`control`), nor who reads it (`proxy`).

pub mod address;
pub mod cluster;
pub mod credential;
pub mod listener;
pub mod publish;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cluster::{Cluster, ClusterId};
use listener::Listener;

use crate::identity::Directory;

/// One consistent state of the configuration. Never changed; a reload makes the next one.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Grows by one with each published snapshot.
    pub generation: u64,
    /// Providers and their pools.
    pub directory: Directory,
    /// Upstream clusters by id.
    pub clusters: BTreeMap<ClusterId, Arc<Cluster>>,
    /// Listeners in the order of the file.
    pub listeners: Vec<Arc<Listener>>,
    /// What bounds sessions.
    pub limits: SessionLimits,
}

impl Snapshot {
    /// The cluster of that id.
    #[must_use]
    pub fn cluster(&self, id: &ClusterId) -> Option<&Arc<Cluster>> {
        self.clusters.get(id)
    }

    /// The listener of that name.
    #[must_use]
    pub fn listener(&self, name: &str) -> Option<&Arc<Listener>> {
        self.listeners.iter().find(|listener| listener.name == name)
    }
}

/// Times and sizes that the configuration may set; `limits` has their defaults and reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// From accept to a finished login.
    pub login_deadline: Duration,
    /// Before a failed login is answered or closed.
    pub failure_delay: Duration,
    /// Upper bound of a session's lifetime; `None` = the token's expiry alone.
    pub max_reauth: Option<Duration>,
    /// Least remaining life of a token at first login.
    pub min_remaining: Duration,
    /// Longest wait of a login for keys it does not know.
    pub key_wait: Duration,
    /// From SIGTERM until sessions are cut off.
    pub drain_deadline: Duration,
    /// Client connections at once, over all listeners.
    pub max_connections: usize,
    /// Largest frame that is held whole.
    pub max_held: usize,
    /// Bytes that all held frames may take together.
    pub held_budget: usize,
    /// How much a refused client is told.
    pub client_errors: ClientErrors,
}

/// How much a refused client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientErrors {
    /// Kafka's text, then reason code and login id.
    Reason,
    /// Kafka's text alone.
    Generic,
}
