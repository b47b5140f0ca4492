//! What the way a connection came in says of where it wants to go: a listener, clusters, a broker.

use std::sync::Arc;

use crate::{
    proxy::versions::{self, Place as VersionsPlace},
    snapshot::{
        Snapshot,
        cluster::ClusterId,
        listener::{BrokerAddresses, Listener, Route},
    },
    wire::value::Value,
};

/// The socket that a connection came in by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// A listener's bootstrap port.
    Bootstrap {
        /// The listener's name.
        listener: String,
    },
    /// The port of one broker.
    Broker {
        /// The listener's name.
        listener: String,
        /// The cluster.
        cluster: ClusterId,
        /// The broker.
        node_id: i32,
    },
}

impl Door {
    /// The listener's name.
    #[must_use]
    pub fn listener(&self) -> &str {
        match self {
            Self::Bootstrap { listener } | Self::Broker { listener, .. } => listener,
        }
    }
}

/// Where a connection may go, before the client has said anything but its TLS server name.
#[derive(Clone, Debug)]
pub struct Place {
    /// The listener it came in by.
    pub listener: Arc<Listener>,
    /// Clusters it may mean; one where port or server name pick it.
    pub routes: Vec<Route>,
    /// The broker that port or server name pick.
    pub node_id: Option<i32>,
}

impl Place {
    /// `None` when the configuration no longer knows the door.
    #[must_use]
    pub fn new(snapshot: &Snapshot, door: &Door, server_name: Option<&str>) -> Option<Self> {
        let listener = Arc::clone(snapshot.listener(door.listener())?);
        match door {
            Door::Broker {
                cluster, node_id, ..
            } => {
                let route = listener
                    .routes
                    .iter()
                    .find(|route| route.cluster == *cluster)?;
                let routes = vec![route.clone()];
                Some(Self {
                    routes,
                    node_id: Some(*node_id),
                    listener,
                })
            }
            Door::Bootstrap { .. } => {
                let named = server_name.and_then(|name| by_server_name(&listener, name));
                let (routes, node_id) = named.unwrap_or_else(|| (listener.routes.clone(), None));
                Some(Self {
                    routes,
                    node_id,
                    listener,
                })
            }
        }
    }

    /// The one cluster that is meant, if port or server name pick it or there is no other.
    #[must_use]
    pub fn only(&self) -> Option<&Route> {
        match self.routes.as_slice() {
            [route] => Some(route),
            _ => None,
        }
    }
}

/// The cluster, and the broker if it is one's name, that a TLS server name stands for.
fn by_server_name(listener: &Listener, name: &str) -> Option<(Vec<Route>, Option<i32>)> {
    listener.routes.iter().find_map(|route| {
        let BrokerAddresses::Sni {
            bootstrap_host,
            broker_host,
            ..
        } = &route.brokers
        else {
            return None;
        };
        if bootstrap_host.eq_ignore_ascii_case(name) {
            return Some((vec![route.clone()], None));
        }
        broker_host
            .node_id(name)
            .map(|node_id| (vec![route.clone()], Some(node_id)))
    })
}

/// What `ApiVersions` v5 (KIP-1242) is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownPlace {
    /// A bootstrap address: the ids of the clusters behind it, as far as known.
    Bootstrap(Vec<String>),
    /// One broker.
    Node {
        /// Its cluster's id, where known.
        cluster_id: Option<String>,
        /// Its node id.
        node_id: i32,
    },
}

impl KnownPlace {
    /// The error code that an `ApiVersions` request of `version` gets: 0, 42 or 129.
    #[must_use]
    pub fn check(&self, version: i16, body: &Value) -> i16 {
        match self {
            Self::Bootstrap(ids) => {
                let cluster_ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let place = VersionsPlace::Bootstrap {
                    cluster_ids: &cluster_ids,
                };
                versions::check_request(version, body, place)
            }
            Self::Node {
                cluster_id,
                node_id,
            } => {
                let place = VersionsPlace::Node {
                    cluster_id: cluster_id.as_deref(),
                    node_id: *node_id,
                };
                versions::check_request(version, body, place)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::fixture::{Config, bootstrap, id},
        *,
    };

    fn broker(cluster: &str, node_id: i32) -> Door {
        Door::Broker {
            listener: "front".to_owned(),
            cluster: id(cluster),
            node_id,
        }
    }

    /// Clusters and node id of the place.
    fn found(door: &Door, server_name: Option<&str>) -> Option<(String, Option<i32>)> {
        let snapshot = Config::new(&["a", "b"]).compile(1);
        let place = Place::new(&snapshot, door, server_name)?;
        let ids: Vec<&str> = place.routes.iter().map(|r| r.cluster.as_str()).collect();
        assert_eq!(place.only().is_some(), ids.len() == 1);
        Some((ids.join(" "), place.node_id))
    }

    #[test]
    fn a_server_name_picks_a_cluster_and_a_broker() {
        for (name, clusters, node_id) in [
            (None, "a b", None),
            (Some("a.example.com"), "a", None),
            (Some("B.Example.COM"), "b", None),
            (Some("b0-a.example.com"), "a", Some(0)),
            (Some("B17-B.example.com"), "b", Some(17)),
            // None of ours: the bootstrap address, by whatever name it is called.
            (Some("kafka.example.com"), "a b", None),
            (Some("b-a.example.com"), "a b", None),
            (Some("b01-a.example.com"), "a b", None),
            (Some("b-1-a.example.com"), "a b", None),
            (Some("b99999999999-a.example.com"), "a b", None),
            (Some("a.example.com.evil.org"), "a b", None),
        ] {
            let expected = Some((clusters.to_owned(), node_id));
            assert_eq!(found(&bootstrap(), name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_port_picks_a_broker_whatever_the_server_name_says() {
        for name in [None, Some("a.example.com"), Some("b7-a.example.com")] {
            assert_eq!(
                found(&broker("b", 3), name),
                Some(("b".to_owned(), Some(3)))
            );
        }
    }

    #[test]
    fn doors_that_the_configuration_lost_lead_nowhere() {
        let snapshot = Config::new(&["a"]).compile(1);
        let gone = Door::Bootstrap {
            listener: "gone".to_owned(),
        };
        for door in [gone, broker("b", 1)] {
            assert!(Place::new(&snapshot, &door, None).is_none(), "{door:?}");
        }
    }
}
