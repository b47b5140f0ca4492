//! Everything that the file names and other parts of it refer to. Gathered first and from the raw
//! texts, so that a fault inside a cluster does not make its name unknown elsewhere.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use super::{finding::Findings, schema, section::Section};

/// The organization of what does not say.
pub(super) const DEFAULT_ORGANIZATION: &str = "default";

/// Names that are declared, each with the path that declares it. Pairs begin with the organization.
#[derive(Debug, Default)]
pub(super) struct Names {
    listeners: BTreeMap<String, String>,
    clusters: BTreeMap<String, String>,
    /// Organization by cluster.
    organizations: BTreeMap<String, String>,
    providers: BTreeMap<(String, String), String>,
    issuers: BTreeMap<(String, String), String>,
    pools: BTreeMap<(String, String), String>,
    /// Provider by pool.
    owners: BTreeMap<(String, String), String>,
}

/// The lists of the file that declare names.
#[derive(Debug)]
pub(super) struct Declarations<'a> {
    /// `[[listeners]]`.
    pub(super) listeners: Vec<Section<'a>>,
    /// `[[clusters]]`.
    pub(super) clusters: Vec<Section<'a>>,
    /// `[[providers]]`.
    pub(super) providers: Vec<Section<'a>>,
}

impl Names {
    /// Gathers the names of `declared`; one that is declared twice is a fault.
    pub(super) fn gather(declared: &Declarations<'_>, findings: &mut Findings) -> Self {
        // Wrong types are noted where the values are used.
        let ignored = &mut Findings::default();
        let mut names = Self::default();
        for listener in &declared.listeners {
            if let Some(name) = listener.text("name", ignored) {
                let path = listener.path_of("name");
                declare(&mut names.listeners, name.to_owned(), name, path, findings);
            }
        }
        for cluster in &declared.clusters {
            if let Some(id) = cluster.text("id", ignored) {
                let path = cluster.path_of("id");
                declare(&mut names.clusters, id.to_owned(), id, path, findings);
                let organization = cluster.text("organization", ignored);
                let organization = organization.unwrap_or(DEFAULT_ORGANIZATION).to_owned();
                names.organizations.insert(id.to_owned(), organization);
            }
        }
        for provider in &declared.providers {
            names.gather_provider(provider, findings);
        }
        names
    }

    fn gather_provider(&mut self, provider: &Section<'_>, findings: &mut Findings) {
        let ignored = &mut Findings::default();
        let organization = provider
            .text("organization", ignored)
            .unwrap_or(DEFAULT_ORGANIZATION);
        let key = |text: &str| (organization.to_owned(), text.to_owned());
        if let Some(name) = provider.text("name", ignored) {
            declare(
                &mut self.providers,
                key(name),
                name,
                provider.path_of("name"),
                findings,
            );
        }
        if let Some(issuer) = provider.text("issuer", ignored) {
            declare(
                &mut self.issuers,
                key(issuer),
                issuer,
                provider.path_of("issuer"),
                findings,
            );
        }
        for pool in provider.tables("pools", schema::POOL, ignored) {
            if let Some(id) = pool.text("id", ignored) {
                declare(&mut self.pools, key(id), id, pool.path_of("id"), findings);
                let name = provider.text("name", ignored).unwrap_or_default();
                self.owners.insert(key(id), name.to_owned());
            }
        }
    }

    /// Whether a cluster has this id.
    pub(super) fn has_cluster(&self, id: &str) -> bool {
        self.clusters.contains_key(id)
    }

    /// Whether `organization` has a provider of this name.
    pub(super) fn has_provider(&self, organization: &str, name: &str) -> bool {
        self.providers
            .contains_key(&(organization.to_owned(), name.to_owned()))
    }

    /// Whether `organization` has a pool of this id.
    pub(super) fn has_pool(&self, organization: &str, id: &str) -> bool {
        self.pools
            .contains_key(&(organization.to_owned(), id.to_owned()))
    }

    /// Whether the pool `id` of `organization` belongs to the provider called `name`.
    pub(super) fn pool_is_of(&self, organization: &str, id: &str, name: &str) -> bool {
        let owner = self.owners.get(&(organization.to_owned(), id.to_owned()));
        owner.is_some_and(|owner| owner == name)
    }

    /// The organization of the cluster `id`.
    pub(super) fn organization_of(&self, id: &str) -> &str {
        let organization = self.organizations.get(id);
        organization.map_or(DEFAULT_ORGANIZATION, String::as_str)
    }

    /// The ids of the clusters of `organization`.
    pub(super) fn clusters_of(&self, organization: &str) -> BTreeSet<&str> {
        let own = self.organizations.iter();
        let own = own.filter(|(_, owner)| *owner == organization);
        own.map(|(id, _)| id.as_str()).collect()
    }

    /// The ids of all clusters, for a message.
    pub(super) fn clusters(&self) -> String {
        listed(self.clusters.keys().map(String::as_str))
    }

    /// The names of all providers of `organization`, for a message.
    pub(super) fn providers_of(&self, organization: &str) -> String {
        let own = self
            .providers
            .keys()
            .filter(|(owner, _)| owner == organization);
        listed(own.map(|(_, name)| name.as_str()))
    }

    /// The ids of all pools of `organization`, for a message.
    pub(super) fn pools_of(&self, organization: &str) -> String {
        let own = self.pools.keys().filter(|(owner, _)| owner == organization);
        listed(own.map(|(_, id)| id.as_str()))
    }
}

fn declare<K: Ord>(
    names: &mut BTreeMap<K, String>,
    key: K,
    shown: &str,
    path: String,
    findings: &mut Findings,
) {
    match names.entry(key) {
        Entry::Vacant(free) => {
            free.insert(path);
        }
        Entry::Occupied(taken) => {
            let problem = format!("is taken by {}; it must be unique", taken.get());
            findings.fault(&path, shown, problem);
        }
    }
}

/// `names` one after another, for a message.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
