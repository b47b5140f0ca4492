//! An upstream Kafka cluster as clients name it.

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc, time::Duration};

use super::{address::HostPort, credential::Credential};
use crate::{
    identity::{Identity, Organization},
    policy::{allow::Allow, authorizer::Authorizer, who::Who},
};

/// What the SASL extension `logicalCluster` carries: `[a-zA-Z0-9._-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(Arc<str>);

/// Longest cluster id.
const CLUSTER_ID_MAX: usize = 64;

impl ClusterId {
    /// `None` when `text` is not a cluster id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = (1..=CLUSTER_ID_MAX).contains(&text.len());
        (fits && text.chars().all(legal)).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An upstream cluster and who may use it.
#[derive(Debug)]
pub struct Cluster {
    /// Its name for clients.
    pub id: ClusterId,
    /// The organization whose providers and pools open it.
    pub organization: Organization,
    /// Where its brokers are asked for; at least one.
    pub bootstrap_servers: Vec<HostPort>,
    /// How its brokers are reached.
    pub upstream: Upstream,
    /// Who decides requests.
    pub authorization: Authorization,
    /// Who may connect.
    pub allow: Allow,
    /// What its requests are decided by, where Oathgate decides them.
    pub policy: Arc<Authorizer>,
    /// Whether clients must name it by `logicalCluster` even where it is the only one.
    pub require_logical_cluster: bool,
    /// Whether APIs that change security or the cluster pass under a shared identity.
    pub admin_apis: bool,
    /// Whether clients may push their own metrics to the brokers (KIP-714).
    pub telemetry: bool,
    /// Brokers that need no discovery, by node id.
    pub static_brokers: BTreeMap<i32, HostPort>,
    /// Address to dial instead of the one that a broker advertises.
    pub dial_map: BTreeMap<HostPort, HostPort>,
}

impl Cluster {
    /// Whether whoever logs in as `identity` from `address` may connect: with `enforce` where some rule
    /// allows them something, else where [`Self::allow`] names them.
    #[must_use]
    pub fn admits(&self, identity: &Identity, address: IpAddr) -> bool {
        match self.authorization {
            Authorization::Enforce => self.policy.admits(&Who::new(identity, address)),
            Authorization::Shadow | Authorization::Broker | Authorization::BrokerSharedIdentity => {
                self.allow.admits(identity)
            }
        }
    }

    /// Whether brokers see who asks: they get the client's own token.
    #[must_use]
    pub fn is_own_identity(&self) -> bool {
        self.upstream.credential == Credential::ClientToken
    }

    /// The address to dial for `advertised`.
    #[must_use]
    pub fn dial_address(&self, advertised: &HostPort) -> HostPort {
        self.dial_map.get(advertised).unwrap_or(advertised).clone()
    }
}

/// Who decides the requests of a cluster's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Oathgate, by roles and ACLs; what they do not allow is denied.
    Enforce,
    /// The brokers; what roles and ACLs would deny is counted and told.
    Shadow,
    /// The brokers, by the client's own identity.
    Broker,
    /// The brokers, which see one credential for all.
    BrokerSharedIdentity,
}

impl Authorization {
    /// What does not speak for somebody who may not connect.
    #[must_use]
    pub const fn lacking(self) -> &'static str {
        match self {
            Self::Enforce => "no role binding, ACL or super principal",
            Self::Shadow | Self::Broker | Self::BrokerSharedIdentity => "nobody in `allow`",
        }
    }

    /// The word that configurations use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Shadow => "shadow",
            Self::Broker => "broker",
            Self::BrokerSharedIdentity => "broker-shared-identity",
        }
    }
}

/// How brokers are reached.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// TLS towards brokers; `None` = plaintext.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// How Oathgate logs in.
    pub credential: Credential,
    /// For the TCP connect, the TLS handshake and each login round.
    pub connect_timeout: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cluster_ids_have_an_alphabet_and_a_length() {
        assert!(ClusterId::parse("lkc-orders_1.A").is_some());
        for bad in ["", "a b", "é", &"x".repeat(65)] {
            assert!(ClusterId::parse(bad).is_none(), "{bad}");
        }
    }
}
