//! An address that accepts clients, and how it tells clusters and brokers apart.

use std::{net::SocketAddr, ops::RangeInclusive, sync::Arc};

use super::{address::HostPort, cluster::ClusterId};
use crate::policy::host::Host;

/// An address that accepts clients.
#[derive(Debug)]
pub struct Listener {
    /// Its name in logs and metrics; unique.
    pub name: String,
    /// The bootstrap address it is bound to.
    pub bind: SocketAddr,
    /// The bootstrap address that clients are told.
    pub advertised: HostPort,
    /// TLS towards clients; `None` = plaintext, asked for by its loud name.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Balancers in front that say by a PROXY header whose connection it is.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// Clusters behind it; at least one.
    pub routes: Vec<Route>,
}

/// Whose word on the client's address is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyProtocol {
    /// Addresses of balancers; never [`Host::Any`].
    pub trusted: Vec<Host>,
    /// Whether they must send a header.
    pub required: bool,
}

/// One cluster behind a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The cluster.
    pub cluster: ClusterId,
    /// How its brokers are told apart.
    pub brokers: BrokerAddresses,
}

/// How the brokers of a cluster are told apart, and what clients are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerAddresses {
    /// A port for each broker: node `node_ids.start() + i` is bound at `first_port + i`.
    Port {
        /// Node ids that have a port.
        node_ids: RangeInclusive<i32>,
        /// Port of the first of them.
        first_port: u16,
        /// Host that clients are told.
        advertised_host: String,
        /// Port that clients are told for the first node id.
        advertised_first_port: u16,
    },
    /// A TLS server name for each broker, on the listener's one port.
    Sni {
        /// Server name that stands for the cluster.
        bootstrap_host: String,
        /// Server name of a broker.
        broker_host: HostTemplate,
        /// Port that clients are told.
        advertised_port: u16,
    },
}

impl BrokerAddresses {
    /// The address that clients are told for broker `node_id`; `None` where it has no mapping.
    #[must_use]
    pub fn told(&self, node_id: i32) -> Option<HostPort> {
        match self {
            Self::Port {
                node_ids,
                advertised_host,
                advertised_first_port,
                ..
            } => Some(HostPort {
                host: advertised_host.clone(),
                port: nth_port(node_ids, *advertised_first_port, node_id)?,
            }),
            Self::Sni {
                broker_host,
                advertised_port,
                ..
            } => (node_id >= 0).then(|| HostPort {
                host: broker_host.host(node_id),
                port: *advertised_port,
            }),
        }
    }

    /// Every (node id, bound port) of a port mapping; nothing for SNI.
    pub fn bound_ports(&self) -> impl Iterator<Item = (i32, u16)> + '_ {
        let mapping = match self {
            Self::Port {
                node_ids,
                first_port,
                ..
            } => Some((node_ids, *first_port)),
            Self::Sni { .. } => None,
        };
        mapping.into_iter().flat_map(|(node_ids, first_port)| {
            let ports = node_ids.clone();
            ports.filter_map(move |id| Some((id, nth_port(node_ids, first_port, id)?)))
        })
    }
}

/// Port of `node_id` when `node_ids` starts at `first_port`.
fn nth_port(node_ids: &RangeInclusive<i32>, first_port: u16, node_id: i32) -> Option<u16> {
    if !node_ids.contains(&node_id) {
        return None;
    }
    let at = u16::try_from(node_id.checked_sub(*node_ids.start())?).ok()?;
    first_port.checked_add(at)
}

/// A host name with one `{n}` where the node id stands, such as `b{n}-orders.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostTemplate {
    prefix: String,
    suffix: String,
}

impl HostTemplate {
    /// `None` unless `text` holds `{n}` exactly once. ASCII letters become lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, suffix) = text.split_once("{n}")?;
        if suffix.contains("{n}") {
            return None;
        }
        Some(Self {
            prefix: prefix.to_ascii_lowercase(),
            suffix: suffix.to_ascii_lowercase(),
        })
    }

    /// The host of broker `node_id`.
    #[must_use]
    pub fn host(&self, node_id: i32) -> String {
        format!("{}{node_id}{}", self.prefix, self.suffix)
    }

    /// The node id that `host` stands for, ASCII case aside; `None` if it is no host of this form.
    #[must_use]
    pub fn node_id(&self, host: &str) -> Option<i32> {
        let host = host.to_ascii_lowercase();
        let digits = host
            .strip_prefix(&self.prefix)?
            .strip_suffix(&self.suffix)?;
        let node_id: i32 = digits.parse().ok()?;
        // `+1` and `01` parse too, but no broker is told such a name.
        (node_id >= 0 && node_id.to_string() == digits).then_some(node_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_finds_the_node_it_named() {
        let template = HostTemplate::parse("B{n}-orders.example.com").unwrap();
        assert_eq!(template.host(12), "b12-orders.example.com");
        assert_eq!(template.node_id("b12-ORDERS.example.com"), Some(12));
        for other in [
            "b-orders.example.com",
            "b01-orders.example.com",
            "b+1-orders.example.com",
        ] {
            assert_eq!(template.node_id(other), None, "{other}");
        }
        assert_eq!(HostTemplate::parse("b{n}{n}.x"), None);
        assert_eq!(HostTemplate::parse("b.x"), None);
    }

    #[test]
    fn ports_are_deterministic_and_bounded() {
        let brokers = BrokerAddresses::Port {
            node_ids: 1..=3,
            first_port: 9100,
            advertised_host: "kafka.example.com".to_owned(),
            advertised_first_port: 19100,
        };
        let bound: Vec<_> = brokers.bound_ports().collect();
        assert_eq!(bound, [(1, 9100), (2, 9101), (3, 9102)]);
        assert_eq!(
            brokers.told(3).unwrap().to_string(),
            "kafka.example.com:19102"
        );
        assert_eq!(brokers.told(4), None);
        assert_eq!(brokers.told(-1), None);
    }
}
