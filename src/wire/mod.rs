//! Kafka's bytes and their structure: frames, headers, messages, in every version.
//!
//! Generated [`tables`] say what a message looks like; a [`walker`] passes over a frame in parts of
//! any size, checks all of it and tells a [`visitor`] what matters; [`edit`] changes a held frame;
//! [`read`] and [`mod@write`] turn small messages into [`value`]s and back. May know `limits` alone: no
//! sockets, no tokens, no policy. Every byte here comes from a peer.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "peer bytes"
)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests may overflow")
)]

pub mod api;
pub mod edit;
mod encode;
pub mod error_code;
pub mod frame;
#[cfg(test)]
mod golden_tests;
pub mod malformed;
pub mod read;
pub mod schema;
pub mod tables;
pub mod value;
pub mod visitor;
pub mod walker;
pub mod write;
