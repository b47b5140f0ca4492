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
