//! Everything the suites need around Oathgate: real brokers, real clients, certificates, an issuer, the
//! binary itself, and the rules that hold for each run of it (no unexpected warning, no secret in a log).
//!
//! A part that this machine lacks fails the test with the line that installs it; nothing is skipped.

pub(crate) mod authority;
pub(crate) mod clients;
pub(crate) mod enforced;
pub(crate) mod folder;
pub(crate) mod forge;
pub(crate) mod franz_go;
pub(crate) mod front;
pub(crate) mod haproxy;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod introspection;
pub(crate) mod issuer;
pub(crate) mod java;
pub(crate) mod kafka;
pub(crate) mod keycloak;
pub(crate) mod librdkafka;
pub(crate) mod oathgate;
pub(crate) mod poll;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod produce;
pub(crate) mod raw;
pub(crate) mod reaper;
pub(crate) mod records;
pub(crate) mod secrets;
pub(crate) mod shared;
pub(crate) mod toml;
pub(crate) mod tools;
pub(crate) mod wire;
