//! Checked settings to a snapshot, and what a reload would change. Pure.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use super::settings::Checked;
use crate::{
    identity::{Directory, DirectoryFault, Organization, PoolId, ProviderName},
    limits::{REMOVED_FREELY, REMOVED_PERCENT_MAX, RULES_REMOVED_FREELY},
    policy::rule::Rule,
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
    /// Addresses to bind.
    pub opened: BTreeSet<SocketAddr>,
    /// Addresses to close.
    pub closed: BTreeSet<SocketAddr>,
    providers_before: usize,
    pools_before: usize,
    /// Role bindings and ACLs that the new snapshot lacks, each counted for each of its clusters.
    removed_rules: usize,
    rules_before: usize,
}

/// Why a reload is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the new configuration removes {removed} of {before} {kind}, more than {REMOVED_PERCENT_MAX} %: \
     nothing was changed; if it is meant, restart with it"
)]
pub struct RemovesTooMuch {
    /// What is removed: `providers`, `pools` or `rules`.
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
    let (rules_before, rules_after) = (rules(old), rules(new));
    let (bound_before, bound_after) = (bound(&old.listeners), bound(&new.listeners));
    Changes {
        removed_providers: providers_before
            .difference(&providers(new))
            .cloned()
            .collect(),
        removed_pools: pools_before.difference(&pools(new)).cloned().collect(),
        opened: bound_after.difference(&bound_before).copied().collect(),
        closed: bound_before.difference(&bound_after).copied().collect(),
        providers_before: providers_before.len(),
        pools_before: pools_before.len(),
        removed_rules: rules_before.difference(&rules_after).count(),
        rules_before: rules_before.len(),
    }
}

impl Changes {
    /// Refuses to remove more than [`REMOVED_PERCENT_MAX`] of the pools, providers or rules unasked;
    /// [`REMOVED_FREELY`] and [`RULES_REMOVED_FREELY`] of them may always go.
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
            ("rules", self.removed_rules, self.rules_before),
        ];
        for (kind, removed, before) in kinds {
            let freely = if kind == "rules" {
                RULES_REMOVED_FREELY
            } else {
                REMOVED_FREELY
            };
            if removed > freely && removed * 100 > before * REMOVED_PERCENT_MAX {
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

fn rules(snapshot: &Snapshot) -> BTreeSet<(&ClusterId, &Rule)> {
    let clusters = snapshot.clusters.values();
    clusters
        .flat_map(|cluster| {
            cluster
                .policy
                .rules()
                .iter()
                .map(|rule| (&cluster.id, rule))
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use super::*;
    use crate::{
        identity::{Filter, Pool, Provider, fixture},
        policy::{
            acl::{Acl, Permission},
            allow::Allow,
            authorizer::{Authorizer, Policy},
            host::Host,
            operation::AclOperation,
            pattern::Pattern,
            principal::Grantee,
            resource::ResourceType,
        },
        snapshot::{
            SessionLimits,
            address::HostPort,
            cluster::{Authorization, Cluster, Upstream},
            credential::Credential,
            listener::{BrokerAddresses, Route},
        },
    };

    fn provider(name: &str, pools: usize) -> Arc<Provider> {
        let pool = |at| Pool {
            id: PoolId::parse(&format!("pool-{name}-{at}")).unwrap(),
            display_name: String::new(),
            filter: Filter::compile("true").unwrap(),
            identity_claim: "claims.sub".parse().unwrap(),
        };
        Arc::new(Provider {
            pools: (0..pools).map(pool).collect(),
            ..fixture::provider(name, &format!("https://{name}.example.com"))
        })
    }

    fn listener(node_ids: std::ops::RangeInclusive<i32>) -> Arc<Listener> {
        let brokers = BrokerAddresses::Port {
            node_ids,
            first_port: 9101,
            advertised_host: "kafka.example.com".to_owned(),
            advertised_first_port: 9101,
        };
        let route = Route {
            cluster: ClusterId::parse("lkc-orders").unwrap(),
            brokers,
        };
        Arc::new(Listener {
            name: "public".to_owned(),
            bind: "127.0.0.1:9092".parse().unwrap(),
            advertised: HostPort {
                host: "kafka.example.com".to_owned(),
                port: 9092,
            },
            tls: None,
            proxy_protocol: None,
            routes: vec![route],
        })
    }

    fn snapshot(providers: &[(&str, usize)], listeners: Vec<Arc<Listener>>) -> Snapshot {
        let providers = providers
            .iter()
            .map(|(name, pools)| provider(name, *pools))
            .collect();
        Snapshot {
            generation: 1,
            directory: Directory::new(providers).unwrap(),
            clusters: BTreeMap::new(),
            listeners,
            limits: SessionLimits::default(),
        }
    }

    #[test]
    fn a_reload_may_remove_a_fifth_unasked() {
        for (before, after, refused) in [
            (&[("a", 5)][..], &[("a", 4)][..], None),
            (&[("a", 5)], &[("a", 3)], None),
            (&[("a", 5)], &[("a", 2)], Some(("pools", 3, 5))),
            (&[("a", 20)], &[("a", 16)], None),
            (
                &[("a", 0), ("b", 0), ("c", 0)],
                &[("d", 0)],
                Some(("providers", 3, 3)),
            ),
            (&[("a", 1)], &[("a", 9), ("b", 1)], None),
            (&[], &[("a", 1)], None),
        ] {
            let changes = changes(&snapshot(before, vec![]), &snapshot(after, vec![]));
            let guard = changes.guard().err();
            let seen = guard.as_ref().map(|e| (e.kind, e.removed, e.before));
            assert_eq!(seen, refused, "{before:?} {after:?}");
        }
    }

    /// A cluster with that many ACLs.
    fn cluster(acls: usize) -> Arc<Cluster> {
        let acl = |n| Acl {
            principal: Grantee::Everyone,
            host: Host::Any,
            operation: AclOperation::All,
            permission: Permission::Deny,
            resource_type: ResourceType::Topic,
            pattern: Pattern::Literal(format!("t{n}").into()),
        };
        let organization = Organization::parse("default").unwrap();
        let policy = Authorizer::new(Policy {
            organization: organization.clone(),
            acls: (0..acls).map(acl).collect(),
            role_bindings: Vec::new(),
            super_principals: Vec::new(),
            allow_if_no_acl: false,
        });
        Arc::new(Cluster {
            id: ClusterId::parse("lkc-orders").unwrap(),
            organization,
            bootstrap_servers: Vec::new(),
            upstream: Upstream {
                tls: None,
                credential: Credential::ClientToken,
                connect_timeout: Duration::ZERO,
            },
            authorization: Authorization::Broker,
            allow: Allow::default(),
            policy: Arc::new(policy),
            require_logical_cluster: false,
            admin_apis: false,
            telemetry: true,
            static_brokers: BTreeMap::new(),
            dial_map: BTreeMap::new(),
        })
    }

    #[test]
    fn a_reload_may_remove_few_rules_or_a_fifth_unasked() {
        let with_rules = |acls| {
            let cluster = cluster(acls);
            let clusters = BTreeMap::from([(cluster.id.clone(), cluster)]);
            Snapshot {
                clusters,
                ..snapshot(&[], vec![])
            }
        };
        for (before, after, refused) in [
            (10, 0, None),
            (11, 0, Some(("rules", 11, 11))),
            (100, 80, None),
            (100, 79, Some(("rules", 21, 100))),
            (0, 100, None),
        ] {
            let guard = changes(&with_rules(before), &with_rules(after)).guard();
            let seen = guard.err().map(|e| (e.kind, e.removed, e.before));
            assert_eq!(seen, refused, "{before} {after}");
        }
    }

    #[test]
    fn ports_open_and_close_one_by_one() {
        let (old, new) = (
            snapshot(&[], vec![listener(1..=2)]),
            snapshot(&[], vec![listener(1..=3)]),
        );
        let ports =
            |set: &BTreeSet<SocketAddr>| set.iter().map(SocketAddr::port).collect::<Vec<_>>();
        let grown = changes(&old, &new);
        assert_eq!(
            (ports(&grown.opened), ports(&grown.closed)),
            (vec![9103], vec![])
        );
        let gone = changes(&old, &snapshot(&[], vec![]));
        assert_eq!(ports(&gone.closed), [9092, 9101, 9102]);
    }
}
