//! SASL/OAUTHBEARER towards clients: what their first message says, and what they are told.
//!
//! Owns the grammar of the client initial response (RFC 7628, as Kafka reads it), the extensions
//! Oathgate knows, and the texts of refusals. Pure: knows no socket, clock, token check or policy.

pub mod answer;
pub mod extensions;
pub mod fuzzing;
pub mod initial_response;
pub mod login_id;
pub mod peer_text;
