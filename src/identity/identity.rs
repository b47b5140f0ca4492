//! What a verified token yields. Owns the principals of a session and who counts as the same
//! subject at a re-authentication.

use super::{
    admit::Login,
    algorithm::Algorithm,
    principal::{Organization, PoolId, Principal, ProviderName},
};
use crate::clock::UnixTime;

/// Who a verified token is, and what its session may act as.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Organization of the provider.
    pub organization: Organization,
    /// The provider.
    pub provider: ProviderName,
    /// Value of the identity claim, without prefix.
    pub claim: String,
    /// `sub`.
    pub subject: Option<String>,
    /// `azp`, else `client_id`, else `appid` (Entra ID v1) or `cid` (Okta).
    pub client_id: Option<String>,
    /// `jti`.
    pub jti: Option<String>,
    /// The user, where the provider yields one.
    pub user: Option<Principal>,
    /// The groups, where the provider yields some.
    pub groups: Vec<Principal>,
    /// Pools in play, for ALLOW: those named, else all that match.
    pub pools: Vec<PoolId>,
    /// All pools that match, for DENY.
    pub matched_pools: Vec<PoolId>,
    /// Pools that the client named.
    pub named: Option<Vec<PoolId>>,
    /// The one principal that names the session: the pool if exactly one is named, else the user.
    /// A provider in pools mode yields no user; there it is the identity claim's value, for names
    /// alone: it is not among [`Identity::principals`].
    pub primary: Principal,
    /// `exp`.
    pub expires_at: UnixTime,
    /// `kid` of the key that verified it.
    pub kid: Option<String>,
    /// `alg` that it was verified by.
    pub algorithm: Algorithm,
    /// What it was made from, to be judged again.
    pub(super) login: Login,
}

impl Identity {
    /// Principals that ALLOW is looked up for: user, groups, pools in play.
    pub fn principals(&self) -> impl Iterator<Item = Principal> + '_ {
        self.holders(&self.pools)
    }

    /// Principals that DENY is looked up for: user, groups, all pools that match.
    pub fn denied_principals(&self) -> impl Iterator<Item = Principal> + '_ {
        self.holders(&self.matched_pools)
    }

    fn holders<'a>(&'a self, pools: &'a [PoolId]) -> impl Iterator<Item = Principal> + 'a {
        let pools = pools.iter().cloned().map(Principal::Pool);
        self.user
            .iter()
            .cloned()
            .chain(self.groups.iter().cloned())
            .chain(pools)
    }

    /// Whether `other` may take over this one's session: same provider, same raw identity claim,
    /// same primary principal. Groups and pools may change.
    #[must_use]
    pub fn same_subject(&self, other: &Self) -> bool {
        self.organization == other.organization
            && self.provider == other.provider
            && self.claim == other.claim
            && self.primary == other.primary
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::fixture::identity;

    #[test]
    fn debug_shows_no_claims() {
        let identity = identity("alice");
        assert_eq!(identity.primary.to_string(), "User:alice");
        let text = format!("{identity:?}");
        assert!(
            text.contains("[redacted]") && !text.contains("kafka"),
            "{text}"
        );
    }
}
