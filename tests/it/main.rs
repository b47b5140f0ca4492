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

mod direct;
mod harness;
