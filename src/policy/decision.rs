//! What comes out of a policy: yes or no, and what said so.

use std::fmt;

use super::{principal::SuperPrincipal, rule::Rule};

/// What a request may, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Whether it may.
    pub allowed: bool,
    /// What said so.
    pub rule: RuleName<'a>,
}

/// The name of what decided, for audit, metrics and `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleName<'a> {
    /// The session is a super principal.
    SuperPrincipal(&'a SuperPrincipal),
    /// A rule.
    Rule(&'a Rule),
    /// No rule is about the resource, and the cluster allows everyone what no rule is about.
    NoAcl,
    /// No rule allows it.
    NoRule,
}

impl Decision<'_> {
    /// Refused, for nothing allows it.
    pub(super) const NO_RULE: Self = Self {
        allowed: false,
        rule: RuleName::NoRule,
    };
}

impl fmt::Display for RuleName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SuperPrincipal(super_principal) => super_principal.fmt(f),
            Self::Rule(rule) => rule.fmt(f),
            Self::NoAcl => f.write_str("allow_if_no_acl"),
            Self::NoRule => f.write_str("no rule"),
        }
    }
}
