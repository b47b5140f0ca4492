//! A front whose cluster is decided by ACLs of its own configuration.

use super::{
    front::{CLUSTER, Front, Setup},
    kafka::Brokers,
};
use std::fs;

/// An ALLOW rule.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'a> {
    /// The pool's id.
    pub(crate) pool: &'a str,
    /// As in `READ`.
    pub(crate) operation: &'a str,
    /// As in `TOPIC`.
    pub(crate) of: &'a str,
    /// All names that begin so.
    pub(crate) prefix: &'a str,
}

impl Rule<'_> {
    fn toml(&self) -> String {
        let Self {
            pool,
            operation,
            of,
            prefix,
        } = self;
        format!(
            "[[acls]]\ncluster = \"{CLUSTER}\"\nprincipal = \"User:{pool}\"\npermission = \"ALLOW\"\n\
             operation = \"{operation}\"\nresource_type = \"{of}\"\npattern_type = \"PREFIXED\"\n\
             resource_name = \"{prefix}\"\n"
        )
    }
}

/// Starts Oathgate before `brokers` with these rules and no other.
pub(crate) fn start(name: &str, brokers: &dyn Brokers, rules: &[Rule<'_>]) -> Front {
    let mut prepared = Setup::new(name).prepare(brokers);
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    prepared.toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n");
    fs::write(&prepared.config, with(&prepared.toml, rules)).expect("write a configuration");
    prepared.run()
}

/// The whole configuration of `front` with `rules` instead of those it had.
pub(crate) fn with(toml: &super::toml::Toml, rules: &[Rule<'_>]) -> String {
    let rules: Vec<String> = rules.iter().map(Rule::toml).collect();
    format!("{}\n{}", toml.build(), rules.join("\n"))
}
