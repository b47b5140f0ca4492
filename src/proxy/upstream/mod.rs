//! Towards the brokers: dialling, logging in, and the few calls that Oathgate makes for itself.
//!
//! Owns own connections until a session takes them over. Knows `wire`, the snapshot's addresses and
//! credentials; nothing of clients, tokens' contents or policy.

pub mod acls;
pub mod api_versions;
pub mod dial;
pub mod discovered;
pub mod exchange;
#[cfg(test)]
mod faulty_broker;
pub mod login;
pub mod scram;
