//! The immutable compiled form of everything the data plane decides by. Knows identity and policy;
//! not where it came from (`control`), nor who reads it (`proxy`).

pub mod address;
pub mod credential;
