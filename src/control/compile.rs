//! Checked settings to a snapshot, and what a reload would change. Pure.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use super::settings::Checked;
use crate::{
    identity::{Directory, DirectoryFault, Organization, PoolId, ProviderName},
    limits::REMOVED_PERCENT_MAX,
    snapshot::{Snapshot, cluster::ClusterId, listener::Listener},
};

/// The snapshot of `checked`, numbered `generation`.
///
/// # Errors
/// Two providers or pools of one name; [`super::settings::load`] lets none through.
pub fn compile(checked: &Checked, generation: u64) -> Result<Snapshot, DirectoryFault> {
    let clusters = checked.clusters.iter();
    Ok(Snapshot {
        generation,
        directory: Directory::new(checked.providers.clone())?,
        clusters: clusters
            .map(|cluster| (cluster.id.clone(), Arc::clone(cluster)))
            .collect(),
        listeners: checked.listeners.clone(),
        limits: checked.limits.clone(),
    })
}

/// What a reload would change, as far as somebody must know before it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Providers that the new snapshot lacks: their sessions end.
    pub removed_providers: BTreeSet<(Organization, ProviderName)>,
    /// Pools that the new snapshot lacks: their sessions end.
    pub removed_pools: BTreeSet<(Organization, PoolId)>,
    /// Clusters that the new snapshot lacks: their sessions end.
    pub removed_clusters: BTreeSet<ClusterId>,
    /// Addresses to bind.
    pub opened: BTreeSet<SocketAddr>,
    /// Addresses to close.
    pub closed: BTreeSet<SocketAddr>,
    providers_before: usize,
    pools_before: usize,
}

/// Why a reload is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the new configuration removes {removed} of {before} {kind}, more than {REMOVED_PERCENT_MAX} %: \
     nothing was changed; if it is meant, restart with it"
)]
pub struct RemovesTooMuch {
    /// What is removed: `pools` or `providers`.
    pub kind: &'static str,
    /// How many.
    pub removed: usize,
    /// Of how many.
    pub before: usize,
}

/// What changes when `new` takes the place of `old`.
#[must_use]
pub fn changes(old: &Snapshot, new: &Snapshot) -> Changes {
    let (providers_before, pools_before) = (providers(old), pools(old));
    let (bound_before, bound_after) = (bound(&old.listeners), bound(&new.listeners));
    let clusters = old
        .clusters
        .keys()
        .filter(|id| !new.clusters.contains_key(id));
    Changes {
        removed_providers: providers_before
            .difference(&providers(new))
            .cloned()
            .collect(),
        removed_pools: pools_before.difference(&pools(new)).cloned().collect(),
        removed_clusters: clusters.cloned().collect(),
        opened: bound_after.difference(&bound_before).copied().collect(),
        closed: bound_before.difference(&bound_after).copied().collect(),
        providers_before: providers_before.len(),
        pools_before: pools_before.len(),
    }
}

impl Changes {
    /// Refuses to remove more than [`REMOVED_PERCENT_MAX`] of the pools or providers unasked.
    ///
    /// # Errors
    /// [`RemovesTooMuch`], for the log and for who asked for the reload.
    pub fn guard(&self) -> Result<(), RemovesTooMuch> {
        let kinds = [
            (
                "providers",
                self.removed_providers.len(),
                self.providers_before,
            ),
            ("pools", self.removed_pools.len(), self.pools_before),
        ];
        for (kind, removed, before) in kinds {
            if removed * 100 > before * REMOVED_PERCENT_MAX {
                return Err(RemovesTooMuch {
                    kind,
                    removed,
                    before,
                });
            }
        }
        Ok(())
    }
}

fn providers(snapshot: &Snapshot) -> BTreeSet<(Organization, ProviderName)> {
    let all = snapshot.directory.providers().iter();
    all.map(|provider| (provider.organization.clone(), provider.name.clone()))
        .collect()
}

fn pools(snapshot: &Snapshot) -> BTreeSet<(Organization, PoolId)> {
    let mut all = BTreeSet::new();
    for provider in snapshot.directory.providers() {
        let ids = provider.pools.iter().map(|pool| pool.id.clone());
        all.extend(ids.map(|id| (provider.organization.clone(), id)));
    }
    all
}

fn bound(listeners: &[Arc<Listener>]) -> BTreeSet<SocketAddr> {
    let mut all = BTreeSet::new();
    for listener in listeners {
        all.insert(listener.bind);
        for (_, port) in listener
            .routes
            .iter()
            .flat_map(|route| route.brokers.bound_ports())
        {
            all.insert(SocketAddr::new(listener.bind.ip(), port));
        }
    }
    all
}
