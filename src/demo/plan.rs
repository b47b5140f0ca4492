//! What the demo is made of: addresses, names, clients. Pure; the files and the processes follow
//! from it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde_json::Map;

use super::issuer::Client;
use crate::secret::Secret;

/// Brokers of the embedded Kafka; node ids from 1.
pub(super) const BROKERS: u16 = 3;

/// Consecutive ports that the demo takes: bootstrap, one a broker, health, issuer.
pub(super) const PORTS: u16 = BROKERS + 3;

/// The logical cluster.
pub(super) const CLUSTER: &str = "lkc-demo";

/// The pool that owns every topic.
const OWNERS: &str = "pool-orders";

/// The pool that may read [`TOPIC`].
const READERS: &str = "pool-reports";

/// The topic of the round trip.
pub(super) const TOPIC: &str = "orders";

/// The client that writes and reads.
pub(super) const ADMITTED: Login = Login {
    id: "orders-service",
    secret: "orders-secret",
    pool: OWNERS,
};

/// The client that gets in, and may read but not write.
pub(super) const READER: Login = Login {
    id: "reports-service",
    secret: "reports-secret",
    pool: READERS,
};

/// A client with a good token whom no pool admits.
pub(super) const REFUSED: Login = Login {
    id: "billing-service",
    secret: "billing-secret",
    pool: OWNERS,
};

/// Lifetime of the clients' tokens: a visitor sees a re-authentication, and it is longer than the
/// 360 s that Java's default buffers around a refresh add up to, or it would warn.
const TOKEN_LIFETIME: Duration = Duration::from_secs(900);

/// A client: id and secret at the development issuer, and the pool that it names. Shown on purpose:
/// they open nothing but this demo.
#[derive(Clone, Copy)]
pub(super) struct Login {
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    pub(super) pool: &'static str,
}

impl Login {
    pub(super) fn client(self) -> Client {
        Client {
            id: self.id.to_owned(),
            secret: Secret::new(self.secret.to_owned()),
            claims: Map::new(),
            lifetime: TOKEN_LIFETIME,
        }
    }
}

/// The demo's choices for one run.
pub(super) struct Plan {
    /// Where its files go; absolute.
    pub(super) dir: PathBuf,
    /// The first of its [`PORTS`] ports.
    pub(super) port: u16,
    /// Bootstrap servers of the embedded Kafka, `host:port,…`.
    pub(super) brokers: String,
    /// The issuer's URL.
    pub(super) issuer: String,
    /// Where clients fetch tokens.
    pub(super) token_endpoint: String,
    /// This program, for scripts that call it.
    pub(super) program: PathBuf,
}

impl Plan {
    /// Where clients begin.
    pub(super) fn bootstrap(&self) -> SocketAddr {
        loopback(self.port)
    }

    /// The first broker's port; the others follow.
    pub(super) fn first_broker_port(&self) -> u16 {
        self.port.saturating_add(1)
    }

    /// The health endpoints.
    pub(super) fn admin(&self) -> SocketAddr {
        loopback(self.port.saturating_add(BROKERS + 1))
    }
}

/// The issuer's address when the demo's ports begin at `port`.
pub(super) fn issuer_address(port: u16) -> SocketAddr {
    loopback(port.saturating_add(BROKERS + 2))
}

/// `127.0.0.1:port`. An address rather than `localhost`, which some systems resolve to `::1`
/// first.
pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
