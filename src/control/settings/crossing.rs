//! What can only be judged with the whole file in sight: whether its parts fit together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{finding::Findings, organization::Defaults};
use crate::{
    identity::{ClaimMapping, Identities, Organization, Provider},
    snapshot::{
        cluster::{Cluster, ClusterId},
        listener::{BrokerAddresses, Listener},
    },
};

/// The checked parts of a file, each with its path.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// Listeners.
    pub(super) listeners: &'a [(String, Arc<Listener>)],
    /// Names of those that ask clients for certificates.
    pub(super) asking: &'a BTreeSet<String>,
    /// Clusters.
    pub(super) clusters: &'a [(String, Arc<Cluster>)],
    /// Providers.
    pub(super) providers: &'a [(String, Arc<Provider>)],
    /// Defaults of organizations.
    pub(super) organizations: &'a BTreeMap<Organization, Defaults>,
}

impl Parts<'_> {
    /// Notes what does not fit together.
    pub(super) fn check(&self, findings: &mut Findings) {
        self.check_prefixes(findings);
        self.check_introspection(findings);
        if findings.faults() == 0 {
            // Parts that are faulty are missing here, and would cause false alarms.
            self.check_clusters(findings);
            self.check_providers(findings);
        }
    }

    /// An opaque token does not say whose it is, so one provider of an organization can be asked.
    fn check_introspection(&self, findings: &mut Findings) {
        for (at, (path, provider)) in self.providers.iter().enumerate() {
            let same = |(_, other): &&(String, Arc<Provider>)| {
                other.organization == provider.organization && other.is_asked_about_opaque()
            };
            if let Some((earlier, _)) = self.providers.iter().take(at).find(same)
                && provider.is_asked_about_opaque()
            {
                let problem = format!(
                    "asks about opaque tokens, as {earlier}.introspection does: such a token does \
                     not say whose it is; write tokens = \"jwt\" for one of the two, or give them \
                     organizations of their own"
                );
                findings.fault(&format!("{path}.introspection"), "", problem);
            }
        }
    }

    /// Names that several providers of an organization yield must not be mistaken for each other.
    fn check_prefixes(&self, findings: &mut Findings) {
        for (at, (path, provider)) in self.providers.iter().enumerate() {
            let defaults = self.organizations.get(&provider.organization);
            if defaults.is_some_and(|defaults| defaults.shared_names) {
                continue;
            }
            for (earlier, other) in self.providers.iter().take(at) {
                if other.organization != provider.organization {
                    continue;
                }
                let kinds = [
                    ("username", username(other), username(provider)),
                    ("groups", groups(other), groups(provider)),
                ];
                for (key, one, two) in kinds {
                    if let (Some(one), Some(two)) = (one, two)
                        && (one.prefix.starts_with(&two.prefix)
                            || two.prefix.starts_with(&one.prefix))
                    {
                        let problem = format!(
                            "and {:?} of {earlier}.{key}.prefix do not keep names apart, so that a \
                             user of one provider could be taken for one of the other; choose \
                             prefixes of which none begins with the other, as in \"kc:\" and \
                             \"okta:\", or write shared_names = true on the organization",
                            one.prefix
                        );
                        findings.fault(&format!("{path}.{key}.prefix"), &two.prefix, problem);
                    }
                }
            }
        }
    }

    fn check_clusters(&self, findings: &mut Findings) {
        for (path, cluster) in self.clusters {
            let routes = self
                .listeners
                .iter()
                .flat_map(|(_, listener)| &listener.routes);
            if !routes.clone().any(|route| route.cluster == cluster.id) {
                let problem = "is behind no listener, so nobody reaches it; name it by \
                               [[listeners.clusters]]";
                findings.warn(&format!("{path}.id"), cluster.id.as_str(), problem);
            }
            let own = |(_, provider): &&(String, Arc<Provider>)| {
                provider.organization == cluster.organization
            };
            let own: Vec<_> = self.providers.iter().filter(own).collect();
            if own.is_empty() {
                let problem = "has no provider, so every login to this cluster is refused; add \
                               [[providers]] with that organization";
                let organization = cluster.organization.as_str();
                findings.warn(&format!("{path}.organization"), organization, problem);
            }
            let yields = |mapping: fn(&Provider) -> bool| own.iter().any(|(_, p)| mapping(p));
            let unused = [
                (
                    "users",
                    cluster.allow.users.is_empty(),
                    yields(|p| username(p).is_some()),
                ),
                (
                    "groups",
                    cluster.allow.groups.is_empty(),
                    yields(|p| p.groups.is_some()),
                ),
            ];
            for (key, empty, yielded) in unused {
                if !empty && !yielded {
                    let problem = format!(
                        "no provider of the organization yields {key}, so that \
                                           none of these is ever admitted"
                    );
                    findings.warn(&format!("{path}.allow.{key}"), "", problem);
                }
            }
            self.check_static_brokers(path, cluster, findings);
        }
    }

    fn check_static_brokers(&self, path: &str, cluster: &Cluster, findings: &mut Findings) {
        for (_, listener) in self.listeners {
            for route in listener
                .routes
                .iter()
                .filter(|route| route.cluster == cluster.id)
            {
                let BrokerAddresses::Port { node_ids, .. } = &route.brokers else {
                    continue;
                };
                for (node_id, address) in &cluster.static_brokers {
                    if !node_ids.contains(node_id) {
                        let problem = format!(
                            "has no port on listener {:?}, whose node_ids do not \
                                               hold it; widen them",
                            listener.name
                        );
                        let path = format!("{path}.brokers.{node_id}");
                        findings.warn(&path, &address.to_string(), problem);
                    }
                }
            }
        }
    }

    fn check_providers(&self, findings: &mut Findings) {
        for (path, provider) in self.providers {
            let used = self
                .clusters
                .iter()
                .any(|(_, cluster)| cluster.organization == provider.organization);
            if !used {
                let problem = "has no cluster, so this provider opens nothing; add [[clusters]] \
                               with that organization";
                let organization = provider.organization.as_str();
                findings.warn(&format!("{path}.organization"), organization, problem);
            }
            if used && provider.require_bound && !self.is_asked_for_certificates(provider) {
                let problem = "wants tokens that are bound to the client's certificate, and no \
                               listener of its clusters asks for one: every login is refused; add \
                               client_ca_file to [listeners.tls]";
                findings.warn(&format!("{path}.require_bound"), "true", problem);
            }
        }
    }

    /// Whether some listener before a cluster of `provider` asks clients for certificates.
    fn is_asked_for_certificates(&self, provider: &Provider) -> bool {
        let own = |id: &ClusterId| {
            self.clusters.iter().any(|(_, cluster)| {
                cluster.id == *id && cluster.organization == provider.organization
            })
        };
        self.listeners.iter().any(|(_, listener)| {
            self.asking.contains(&listener.name)
                && listener.routes.iter().any(|route| own(&route.cluster))
        })
    }
}

fn groups(provider: &Provider) -> Option<&ClaimMapping> {
    provider.groups.as_ref().map(|groups| &groups.names)
}

fn username(provider: &Provider) -> Option<&ClaimMapping> {
    match &provider.identities {
        Identities::Users { username } => Some(username),
        Identities::Pools => None,
    }
}
