//! Placeholder: filled in by the next commits.

pub mod sasl;
pub mod upstream;
//! The data plane: what happens to a client's connection and its bytes.

pub mod authorize;
pub mod rewrite;
pub mod versions;
