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

use crate::{identity::Directory, limits};

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

/// Times, sizes and counts that the configuration may set; `limits` has their defaults and reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// From accept to a finished login.
    pub login_deadline: Duration,
    /// Before a failed login is answered or closed, at first.
    pub failure_delay: Duration,
    /// What that grows to, the more of them fail.
    pub failure_delay_max: Duration,
    /// Upper bound of a session's lifetime; `None` = the token's expiry alone.
    pub max_reauth: Option<Duration>,
    /// Least remaining life of a token at first login.
    pub min_remaining: Duration,
    /// Longest wait of a login for keys it does not know.
    pub key_wait: Duration,
    /// From the last byte of a session to its end.
    pub idle_deadline: Duration,
    /// Within which a client must take a good part of what waits for it.
    pub stall_deadline: Duration,
    /// From SIGTERM until nobody is accepted any more.
    pub drain_delay: Duration,
    /// From then until sessions are cut off.
    pub drain_deadline: Duration,
    /// Client connections at once, over all listeners.
    pub max_connections: usize,
    /// Those of one address; also the connections it may make in a burst.
    pub max_connections_per_address: usize,
    /// Those of one identity; also the logins it may do in a burst.
    pub max_connections_per_principal: usize,
    /// Logins a second of one address after its burst.
    pub login_rate_per_address: u32,
    /// Logins a second of one identity after its burst.
    pub login_rate_per_principal: u32,
    /// Requests of one connection that may wait for answers.
    pub max_in_flight: usize,
    /// Largest frame before login.
    pub max_login_frame: usize,
    /// Largest request after login.
    pub max_request: usize,
    /// Largest frame that is held whole.
    pub max_held: usize,
    /// Bytes that all held frames may take together.
    pub held_budget: usize,
    /// Those of one identity.
    pub max_held_per_principal: usize,
    /// How much a refused client is told.
    pub client_errors: ClientErrors,
}

impl Default for SessionLimits {
    fn default() -> Self {
        let share = limits::CONNECTIONS_MAX / 100 * limits::CONNECTIONS_SHARE_PERCENT;
        Self {
            login_deadline: limits::LOGIN_DEADLINE,
            failure_delay: limits::FAILURE_DELAY,
            failure_delay_max: limits::FAILURE_DELAY_MAX,
            max_reauth: None,
            min_remaining: limits::MIN_REMAINING,
            key_wait: limits::KEY_WAIT,
            idle_deadline: limits::IDLE_DEADLINE,
            stall_deadline: limits::WRITE_WINDOW,
            drain_delay: limits::DRAIN_DELAY,
            drain_deadline: limits::DRAIN_DEADLINE,
            max_connections: limits::CONNECTIONS_MAX,
            max_connections_per_address: share,
            max_connections_per_principal: share,
            login_rate_per_address: limits::LOGIN_RATE,
            login_rate_per_principal: limits::LOGIN_RATE,
            max_in_flight: limits::IN_FLIGHT_MAX,
            max_login_frame: limits::LOGIN_FRAME_MAX,
            max_request: limits::FRAME_MAX,
            max_held: limits::HELD_MAX,
            held_budget: limits::HELD_BUDGET,
            max_held_per_principal: limits::HELD_BUDGET * limits::HELD_SHARE_PERCENT / 100,
            client_errors: ClientErrors::Reason,
        }
    }
}

/// How much a refused client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientErrors {
    /// Kafka's text, then reason code and login id.
    Reason,
    /// Kafka's text alone.
    Generic,
}
