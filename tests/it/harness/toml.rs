//! `oathgate.toml`, put together from the parts that tests vary.

use super::{issuer, kafka::Protocol};
use std::path::Path;

/// A configuration as text, part by part.
#[derive(Clone, Debug)]
pub(crate) struct Toml(String);

/// How a listener tells brokers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mapping {
    Port,
    Sni,
}

/// One cluster behind a listener: with port mapping its first broker port, for node ids 1 to 3.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    pub(crate) cluster: String,
    pub(crate) first_port: u16,
    /// What clients are told, where something stands before the listener.
    pub(crate) advertised_first_port: Option<u16>,
}

/// What Oathgate connects to and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    pub(crate) bootstrap: Vec<String>,
    pub(crate) protocol: Protocol,
    /// The inline table of `sasl`; none where brokers want no login.
    pub(crate) sasl: Option<String>,
}

impl Behind {
    /// `cluster`, whose clients reach the listener itself.
    pub(crate) fn new(cluster: &str, first_port: u16) -> Self {
        Self {
            cluster: cluster.to_owned(),
            first_port,
            advertised_first_port: None,
        }
    }
}

impl Upstream {
    /// Brokers that want neither TLS nor a login.
    pub(crate) fn plaintext(bootstrap: Vec<String>) -> Self {
        Self {
            bootstrap,
            protocol: Protocol::Plaintext,
            sasl: None,
        }
    }
}

/// The SNI name that picks `cluster`.
pub(crate) fn bootstrap_host(cluster: &str) -> String {
    format!("{cluster}.kafka.test")
}

/// The SNI name of a broker of `cluster`.
pub(crate) fn broker_host(cluster: &str, node: impl std::fmt::Display) -> String {
    format!("b{node}-{cluster}.kafka.test")
}

impl Toml {
    /// Admin listener, JSON log, audit file.
    pub(crate) fn new(admin: u16, audit: &Path) -> Self {
        Self(format!(
            "[admin]\nbind = \"127.0.0.1:{admin}\"\n\n[log]\nformat = \"json\"\nlevel = \"info\"\n\n[audit]\nfile = \"{}\"\n",
            audit.display(),
        ))
    }

    /// Any lines.
    pub(crate) fn text(mut self, lines: &str) -> Self {
        self.0 += "\n";
        self.0 += lines;
        self.0 += "\n";
        self
    }

    /// A TLS listener on 127.0.0.1 with `server.pem` and `server.key` beside the file.
    pub(crate) fn listener(self, port: u16, mapping: Mapping, behind: &[Behind]) -> Self {
        let brokers = match mapping {
            Mapping::Port => "port",
            Mapping::Sni => "sni",
        };
        let mut text = format!(
            "[[listeners]]\nname = \"tests\"\nbind = \"127.0.0.1:{port}\"\nadvertised_host = \"localhost\"\nbrokers = \"{brokers}\"\n\
             [listeners.tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server.key\"\n",
        );
        for Behind {
            cluster,
            first_port,
            advertised_first_port,
        } in behind
        {
            text += &format!("[[listeners.clusters]]\ncluster = \"{cluster}\"\n");
            text += &match mapping {
                Mapping::Port => {
                    let told = advertised_first_port
                        .map(|port| format!("advertised_first_port = {port}\n"))
                        .unwrap_or_default();
                    format!("first_port = {first_port}\nnode_ids = \"1-3\"\n{told}")
                }
                Mapping::Sni => format!(
                    "bootstrap_host = \"{}\"\nbroker_host = \"{}\"\n",
                    bootstrap_host(cluster),
                    broker_host(cluster, "{n}"),
                ),
            };
        }
        self.text(&text)
    }

    /// A cluster that every pool of the tests may use; `lines` are further keys of its table.
    pub(crate) fn cluster(self, id: &str, upstream: &Upstream, lines: &str) -> Self {
        // Only the client's own token lets the brokers tell clients apart.
        let is_own = upstream
            .sasl
            .as_ref()
            .is_some_and(|sasl| sasl.contains("OAUTHBEARER"));
        let authorization = if is_own {
            "broker"
        } else {
            "broker-shared-identity"
        };
        let mut text = format!(
            "[[clusters]]\nid = \"{id}\"\nbootstrap_servers = {:?}\nauthorization = \"{authorization}\"\n\
             allow = {{ pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }}\n{lines}\n",
            upstream.bootstrap,
        );
        if let Some(sasl) = &upstream.sasl {
            text += &format!("[clusters.upstream]\nsasl = {sasl}\n");
        }
        if matches!(upstream.protocol, Protocol::Ssl | Protocol::SaslSsl) {
            text += "[clusters.upstream.tls]\nca_file = \"brokers-ca.pem\"\n";
        }
        self.text(&text)
    }

    /// The provider `tests`, with a pool for each client of the token endpoint.
    pub(crate) fn provider(self, issuer: &str) -> Self {
        let pools = [
            ("pool-orders", "orders-service"),
            ("pool-billing", "billing-service"),
            ("pool-short", issuer::SHORT_LIVED),
        ];
        let pools: String = pools
            .iter()
            .map(|(id, client)| {
                format!(
                    "[[providers.pools]]\nid = \"{id}\"\nfilter = 'claims.azp == \"{client}\"'\n"
                )
            })
            .collect();
        self.text(&format!(
            "[[providers]]\nname = \"tests\"\nissuer = \"{issuer}\"\ninsecure_http = true\naudiences = [\"{}\"]\n\
             identity_claim = \"claims.sub\"\n{pools}",
            issuer::AUDIENCE,
        ))
    }

    /// The same with every `from` replaced, which must be there.
    pub(crate) fn replaced(&self, from: &str, to: &str) -> Self {
        assert!(self.0.contains(from), "no `{from}` in:\n{}", self.0);
        Self(self.0.replace(from, to))
    }

    /// The whole file.
    pub(crate) fn build(&self) -> &str {
        &self.0
    }
}
