//! Who may connect to a cluster whose requests the brokers decide: the cluster's `allow`.

use std::{collections::BTreeSet, sync::Arc};

use crate::identity::{Identity, PoolId, Principal, ProviderName};

/// Providers, pools, groups and users of the cluster's organization that may connect. Any one
/// suffices; an empty one admits nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Every identity of these providers.
    pub providers: BTreeSet<ProviderName>,
    /// Identities with one of these pools in play.
    pub pools: BTreeSet<PoolId>,
    /// Identities in one of these groups.
    pub groups: BTreeSet<Arc<str>>,
    /// Identities of these user names.
    pub users: BTreeSet<Arc<str>>,
}

impl Allow {
    /// Whether `identity` may connect.
    #[must_use]
    pub fn admits(&self, identity: &Identity) -> bool {
        self.providers.contains(&identity.provider)
            || identity.pools.iter().any(|pool| self.pools.contains(pool))
            || identity.groups.iter().any(|group| self.names(group))
            || identity.user.as_ref().is_some_and(|user| self.names(user))
    }

    fn names(&self, principal: &Principal) -> bool {
        match principal {
            Principal::User(name) => self.users.contains(name),
            Principal::Group(name) => self.groups.contains(name),
            Principal::Pool(pool) => self.pools.contains(pool),
        }
    }
}
