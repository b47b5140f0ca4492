//! Who asks: what decisions know of a session.

use std::net::IpAddr;

use super::principal::SuperPrincipal;
use crate::identity::{Identity, Organization, Principal, ProviderName};

/// A session, as far as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Whose rules can concern it.
    pub organization: Organization,
    /// Who vouches for it.
    pub provider: ProviderName,
    /// Principals that ALLOW is looked up for: user, groups, pools in play.
    pub principals: Vec<Principal>,
    /// Principals that DENY is looked up for: user, groups, all pools that match.
    pub denied_principals: Vec<Principal>,
    /// The client's real address.
    pub address: IpAddr,
}

impl Who {
    /// The session of `identity` whose client is at `address`.
    #[must_use]
    pub fn new(identity: &Identity, address: IpAddr) -> Self {
        Self {
            organization: identity.organization.clone(),
            provider: identity.provider.clone(),
            principals: identity.principals().collect(),
            denied_principals: identity.denied_principals().collect(),
            address,
        }
    }

    /// Whether it is that super principal: its provider vouches for it, and ALLOW is looked up for
    /// it, so that a session which named one pool leaves its other rights behind.
    #[must_use]
    pub fn is(&self, super_principal: &SuperPrincipal) -> bool {
        self.provider == super_principal.provider
            && self.principals.contains(&super_principal.principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::{PoolId, fixture::identity},
        policy::fixture::{ADDRESS, principal},
    };

    #[test]
    fn pools_out_of_play_are_there_for_deny_alone() {
        let mut identity = identity("alice");
        let pool = |id: &str| PoolId::parse(id).unwrap();
        identity.groups = vec![principal("Group:team")];
        identity.pools = vec![pool("pool-a")];
        identity.matched_pools = vec![pool("pool-a"), pool("pool-b")];
        let who = Who::new(&identity, ADDRESS);
        let named = ["User:alice", "Group:team", "User:pool-a"].map(principal);
        assert_eq!(who.principals, named);
        let matched = ["User:alice", "Group:team", "User:pool-a", "User:pool-b"].map(principal);
        assert_eq!(who.denied_principals, matched);
        assert_eq!(
            (who.organization, who.provider),
            (identity.organization, identity.provider)
        );
    }
}
