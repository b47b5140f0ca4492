//! The measurements, one a file.

pub(crate) mod idle;
pub(crate) mod latency;
pub(crate) mod logins;
pub(crate) mod probe;
pub(crate) mod slow_readers;
pub(crate) mod throughput;
