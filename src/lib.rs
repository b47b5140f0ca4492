//! Oathgate, a Kafka SASL/OAUTHBEARER authenticating proxy.
//!
//! Two planes that never import each other, meeting at a [`snapshot`]: `control` compiles
//! configuration into snapshots, `proxy` decides by the newest one. `docs/ARCHITECTURE.md` draws it;
//! `tests/architecture.rs` keeps the direction.

pub mod app;
pub mod cli;
pub mod clock;
pub mod control;
#[cfg(feature = "demo")]
pub mod demo;
pub mod identity;
pub mod limits;
pub mod policy;
pub mod proxy;
pub mod secret;
pub mod snapshot;
pub mod status;
pub mod telemetry;
pub mod wire;
