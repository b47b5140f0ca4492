//! The control plane: where configuration comes from and what it is compiled to.

pub mod admin;
pub mod compile;
pub mod settings;
pub mod tickets;
pub mod tls;
