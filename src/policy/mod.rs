//! Who may do what: pure decisions over principals. Knows identity and limits; not tokens, claims,
//! Kafka's bytes or API keys.
//!
//! What is written down is an `acl`, or a `binding` of a `role` to what a `crn` is about; both are
//! made of a `principal`, a `pattern` of names, `operation`s and `resource` types. An `authorizer`
//! indexes the `rule`s of one cluster (`index`, `prefix_tree`) and comes to a `decision` for whoever asks (`who`);
//! `rights` are what a session remembers of it. An `acl_filter` picks ACLs to show. `allow` says who may connect where brokers decide.

pub mod acl;
pub mod acl_filter;
pub mod allow;
pub mod authorizer;
pub mod binding;
pub mod crn;
pub mod decision;
#[cfg(test)]
mod decision_tests;
#[cfg(test)]
pub(crate) mod fixture;
pub mod host;
mod index;
#[cfg(test)]
mod model_tests;
pub mod operation;
pub mod pattern;
mod prefix_tree;
pub mod principal;
pub mod resource;
pub mod rights;
pub mod role;
pub mod rule;
pub mod who;
