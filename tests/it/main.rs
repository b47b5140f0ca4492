//! Integration tests: the real binary, real Kafka brokers, real clients. `harness/` brings the parts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic, and tells what it does"
)]

mod bad_inputs;
mod broker_loss;
mod configs;
mod demo;
mod direct;
mod drain;
mod frames;
mod guard;
mod harness;
mod hostile;
mod keycloak;
mod login;
mod mapping;
mod pools;
mod port_mapping;
mod reload;
mod replicas;
mod sni_mapping;
mod tls;
mod two_clusters;
mod upstream;
