//! Integration tests: the real binary, real Kafka brokers, real clients. `harness/` brings the parts.
//!
//! `cargo test --features demo --test it -- --test-threads=2`, about six minutes on two cores. Brokers come
//! from Docker or from jars (`OATHGATE_TEST_KAFKA=docker|jars`, see `harness/kafka`); whatever a test wrote
//! is in `target/it/<test>/` afterwards. They need, on Debian: openjdk-17-jdk-headless, maven, haproxy,
//! libnss-wrapper, libcurl4-openssl-dev, curl, confluent-kafka in `target/venv`, and Go 1.26
//! (from go.dev; it brings franz-go).

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
mod brokers;
mod configs;
mod demo;
mod differential;
mod direct;
mod drain;
mod enforce_groups;
mod enforce_records;
mod enforce_shares;
mod enforce_streams;
mod enforce_topics;
mod explain;
mod frames;
mod franz_go;
mod guard;
mod harness;
mod hostile;
mod keycloak;
mod limits;
mod live_groups;
mod live_policy;
mod live_scale;
mod log_lines;
mod login;
mod mapping;
mod migration;
mod opaque;
mod outage;
mod peers_mistakes;
mod pools;
mod port_mapping;
mod proxy_protocol;
mod readiness;
mod reload;
mod replicas;
mod shadow;
mod sni_mapping;
mod telemetry;
mod tls;
mod two_clusters;
mod upstream;
mod versions;
