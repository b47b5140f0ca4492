//! Placeholder: filled in by the next commits.

pub mod sasl;
pub mod upstream;
