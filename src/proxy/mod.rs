//! The data plane: from a client's first byte to a broker and back. Knows everything but where
//! configuration comes from (`control`).
//!
//! A connection flows one way: [`listener`] -> [`session`] (TLS, SASL, the verdict) -> [`upstream`]
//! -> [`relay`] ([`authorize`] down, [`rewrite`] up). [`brokers`] knows where brokers are,
//! [`versions`] what they speak.

pub mod admission;
pub mod authorize;
pub mod brokers;
pub mod held;
pub mod listener;
pub mod proxy_protocol;
pub mod relay;
pub mod rewrite;
pub mod sasl;
pub mod session;
pub mod socket;
pub mod turnstile;
pub mod upstream;
pub mod versions;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::{
    identity::{Introspector, Keyring},
    proxy::authorize::{ShareSessions, Topics},
    snapshot::publish::Live,
    status::Status,
    telemetry::audit::Audit,
};

/// What all sessions share.
#[derive(Debug)]
pub struct Proxy {
    /// The configuration in force.
    pub live: Live,
    /// Keys of the identity providers.
    pub keyring: Arc<Keyring>,
    /// What identity providers say of tokens.
    pub introspector: Introspector,
    /// Brokers of the upstream clusters.
    pub brokers: brokers::Brokers,
    /// Who opened which share session.
    pub shares: Arc<ShareSessions>,
    /// Topics of the upstream clusters by their ids.
    pub topics: Topics,
    /// What health shows.
    pub status: Status,
    /// The audit stream.
    pub audit: Audit,
    /// A permit a client connection.
    pub connections: Arc<Semaphore>,
    /// Who may connect and log in.
    pub admission: admission::Admission,
    /// Room for frames that are held whole.
    pub held: held::HeldBudget,
    /// Whose turn it is to do what holds a thread for long.
    pub turnstile: turnstile::Turnstile,
    /// Becomes true when sessions shall end.
    pub draining: watch::Receiver<bool>,
}

/// Fresh random bytes.
///
/// The system's generator cannot fail once it has been seeded, which is before any process starts;
/// should it fail all the same, zeroes come back, which make a nonce or a login id predictable but
/// open nothing.
#[must_use]
pub fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        bytes = [0; N];
    }
    bytes
}
