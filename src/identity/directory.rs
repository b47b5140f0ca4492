//! All providers of a snapshot, found by organization and issuer. Immutable.

use std::{collections::HashMap, sync::Arc};

use super::{
    pool::Pool,
    principal::{Organization, PoolId, ProviderName},
    provider::Provider,
};

/// The providers that tokens are judged by.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    providers: Vec<Arc<Provider>>,
    by_organization: HashMap<Organization, Members>,
}

/// Indices into `Directory::providers`, and for pools into the provider's pools.
#[derive(Clone, Debug, Default)]
struct Members {
    by_issuer: HashMap<Arc<str>, usize>,
    by_name: HashMap<ProviderName, usize>,
    pools: HashMap<PoolId, (usize, usize)>,
    /// The one that is asked about opaque tokens.
    opaque: Option<usize>,
}

/// Why providers do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryFault {
    /// Two providers of an organization have one name.
    #[error("organization `{0}` has two providers `{1}`; names are unique in an organization")]
    DuplicateName(Organization, ProviderName),
    /// Two providers of an organization have one issuer.
    #[error(
        "organization `{0}` trusts the issuer `{1}` twice; an issuer is unique in an organization"
    )]
    DuplicateIssuer(Organization, Arc<str>),
    /// Two pools of an organization have one id.
    #[error("organization `{0}` has two pools `{1}`; pool ids are unique in an organization")]
    DuplicatePool(Organization, PoolId),
    /// Two providers of an organization would be asked about opaque tokens.
    #[error(
        "organization `{0}` has two providers with `introspection`, `{1}` the second; an opaque token does not say whose it is, so only one can be asked"
    )]
    DuplicateIntrospection(Organization, ProviderName),
}

impl Directory {
    /// Indexes `providers`.
    ///
    /// # Errors
    /// [`DirectoryFault`] for the first clash.
    pub fn new(providers: Vec<Arc<Provider>>) -> Result<Self, DirectoryFault> {
        let mut by_organization: HashMap<Organization, Members> = HashMap::new();
        for (at, provider) in providers.iter().enumerate() {
            let organization = &provider.organization;
            let members = by_organization.entry(organization.clone()).or_default();
            if members.by_name.insert(provider.name.clone(), at).is_some() {
                let name = provider.name.clone();
                return Err(DirectoryFault::DuplicateName(organization.clone(), name));
            }
            if members
                .by_issuer
                .insert(Arc::clone(&provider.issuer), at)
                .is_some()
            {
                let issuer = Arc::clone(&provider.issuer);
                return Err(DirectoryFault::DuplicateIssuer(
                    organization.clone(),
                    issuer,
                ));
            }
            if provider.is_asked_about_opaque() && members.opaque.replace(at).is_some() {
                let name = provider.name.clone();
                return Err(DirectoryFault::DuplicateIntrospection(
                    organization.clone(),
                    name,
                ));
            }
            for (pool_at, pool) in provider.pools.iter().enumerate() {
                if members
                    .pools
                    .insert(pool.id.clone(), (at, pool_at))
                    .is_some()
                {
                    let id = pool.id.clone();
                    return Err(DirectoryFault::DuplicatePool(organization.clone(), id));
                }
            }
        }
        Ok(Self {
            providers,
            by_organization,
        })
    }

    /// The provider of `organization` whose issuer is `issuer`, byte for byte.
    #[must_use]
    pub fn find(&self, organization: &Organization, issuer: &str) -> Option<&Arc<Provider>> {
        let at = self
            .by_organization
            .get(organization)?
            .by_issuer
            .get(issuer)?;
        self.providers.get(*at)
    }

    /// The provider of `organization` called `name`.
    #[must_use]
    pub fn named(
        &self,
        organization: &Organization,
        name: &ProviderName,
    ) -> Option<&Arc<Provider>> {
        let at = self.by_organization.get(organization)?.by_name.get(name)?;
        self.providers.get(*at)
    }

    /// The provider of `organization` that is asked about opaque tokens.
    #[must_use]
    pub fn introspecting(&self, organization: &Organization) -> Option<&Arc<Provider>> {
        let at = self.by_organization.get(organization)?.opaque?;
        self.providers.get(at)
    }

    /// The pool `id` of `organization` with its provider.
    #[must_use]
    pub fn pool(
        &self,
        organization: &Organization,
        id: &PoolId,
    ) -> Option<(&Arc<Provider>, &Pool)> {
        let (at, pool_at) = self.by_organization.get(organization)?.pools.get(id)?;
        let provider = self.providers.get(*at)?;
        Some((provider, provider.pools.get(*pool_at)?))
    }

    /// All providers, in the order given.
    #[must_use]
    pub fn providers(&self) -> &[Arc<Provider>] {
        &self.providers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture::{organization, pool, provider};

    #[test]
    fn providers_are_found_by_organization_and_exact_issuer() {
        let a = Arc::new(provider("a", "https://a"));
        let mut foreign = provider("a", "https://a");
        foreign.organization = Organization::parse("other").unwrap();
        foreign.pools.push(pool("pool-x", "true"));
        let directory = Directory::new(vec![Arc::clone(&a), Arc::new(foreign)]).unwrap();
        let mine = organization();
        assert!(Arc::ptr_eq(directory.find(&mine, "https://a").unwrap(), &a));
        for issuer in ["https://a/", "https://A", " https://a", "https://a ", ""] {
            assert!(directory.find(&mine, issuer).is_none(), "{issuer}");
        }
        let id = PoolId::parse("pool-x").unwrap();
        assert!(directory.pool(&mine, &id).is_none());
        let (owner, _) = directory
            .pool(&Organization::parse("other").unwrap(), &id)
            .unwrap();
        assert_eq!(owner.organization.as_str(), "other");
    }

    #[test]
    fn clashes_are_refused() {
        let clash =
            |a: Provider, b: Provider| Directory::new(vec![Arc::new(a), Arc::new(b)]).unwrap_err();
        let name = clash(provider("a", "https://a"), provider("a", "https://b"));
        assert!(matches!(name, DirectoryFault::DuplicateName(..)));
        let issuer = clash(provider("a", "https://a"), provider("b", "https://a"));
        assert!(matches!(issuer, DirectoryFault::DuplicateIssuer(..)));
        let mut with_pool = (provider("a", "https://a"), provider("b", "https://b"));
        with_pool.0.pools.push(pool("pool-x", "true"));
        with_pool.1.pools.push(pool("pool-x", "false"));
        assert!(matches!(
            clash(with_pool.0, with_pool.1),
            DirectoryFault::DuplicatePool(..)
        ));
    }
}
