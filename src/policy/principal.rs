//! Whom a rule is for. Owns how principals are written; who a session is comes from identity.

use std::fmt;

use crate::identity::{NameFault, PoolId, Principal, ProviderName};

/// The principal of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// `User:*`: whoever is logged in.
    Everyone,
    /// One user, group or pool.
    One(Principal),
}

/// A principal whose requests are allowed whatever rules say, while its provider vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SuperPrincipal {
    /// The only provider whose sessions can be it.
    pub provider: ProviderName,
    /// Who. Never everyone.
    pub principal: Principal,
}

/// Why a text names no principal; reads on after the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalFault {
    /// Neither `User:` nor `Group:`.
    #[error(
        "has no type; write User:<name>, Group:<name> or User:<pool id>, as in \"User:pool-orders\""
    )]
    Type,
    /// All groups at once.
    #[error("is nobody; write \"User:*\" for everyone")]
    EveryGroup,
    /// A name that nobody has.
    #[error("{0}")]
    Name(#[from] NameFault),
}

impl Grantee {
    /// The principal that `text` means: `User:<name>`, `Group:<name>`, `User:pool-...` or `User:*`.
    ///
    /// # Errors
    /// [`PrincipalFault`].
    pub fn parse(text: &str) -> Result<Self, PrincipalFault> {
        match text.split_once(':') {
            Some(("User", "*")) => Ok(Self::Everyone),
            Some(("Group", "*")) => Err(PrincipalFault::EveryGroup),
            // No user is called so, so that this cannot be another's name.
            Some(("User", name)) if name.starts_with("pool-") => {
                Ok(Self::One(Principal::Pool(PoolId::parse(name)?)))
            }
            Some(("User", name)) => Ok(Self::One(Principal::user(name)?)),
            Some(("Group", name)) => Ok(Self::One(Principal::group(name)?)),
            _ => Err(PrincipalFault::Type),
        }
    }

    /// The pool, if it is one.
    #[must_use]
    pub const fn pool(&self) -> Option<&PoolId> {
        match self {
            Self::One(Principal::Pool(pool)) => Some(pool),
            _ => None,
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("User:*"),
            Self::One(principal) => principal.fmt(f),
        }
    }
}

impl fmt::Display for SuperPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "super principal {} of {}", self.principal, self.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_typed() {
        for (text, expected) in [
            ("User:*", Grantee::Everyone),
            (
                "User:kc:alice",
                Grantee::One(Principal::user("kc:alice").unwrap()),
            ),
            (
                "Group:kc:team",
                Grantee::One(Principal::group("kc:team").unwrap()),
            ),
            (
                "Group:pool-a",
                Grantee::One(Principal::group("pool-a").unwrap()),
            ),
            (
                "User:pool-a",
                Grantee::One(Principal::Pool(PoolId::parse("pool-a").unwrap())),
            ),
        ] {
            assert_eq!(Grantee::parse(text).as_ref(), Ok(&expected), "{text}");
            assert_eq!(expected.to_string(), text);
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for (text, fault) in [
            ("", PrincipalFault::Type),
            ("*", PrincipalFault::Type),
            ("alice", PrincipalFault::Type),
            ("pool-a", PrincipalFault::Type),
            ("user:alice", PrincipalFault::Type),
            ("Pool:pool-a", PrincipalFault::Type),
            (" User:alice", PrincipalFault::Type),
            ("Group:*", PrincipalFault::EveryGroup),
            ("User:", PrincipalFault::Name(NameFault::Text)),
            ("Group:", PrincipalFault::Name(NameFault::Text)),
            ("User:ANONYMOUS", PrincipalFault::Name(NameFault::Reserved)),
            ("User:sa-1", PrincipalFault::Name(NameFault::Reserved)),
            ("User:pool-A", PrincipalFault::Name(NameFault::Pool)),
        ] {
            assert_eq!(Grantee::parse(text), Err(fault), "{text}");
        }
    }
}
