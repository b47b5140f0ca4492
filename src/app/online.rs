//! What `check --online` tries: keys, the way to each cluster, its brokers, and names.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::ToSocketAddrs,
};

use tokio::time::{Instant, timeout};

use crate::{
    control::settings::{
        Checked,
        finding::{Finding, Severity},
    },
    identity::{Endpoints, Fetcher, Provider},
    limits::FIRST_KEYS_TIMEOUT,
    proxy::{
        entropy,
        upstream::{
            dial::{Tls, dial},
            exchange::Connection,
            login::AUTHENTICATE_VERSION,
        },
    },
    snapshot::{
        address::HostPort,
        cluster::{Cluster, ClusterId},
        credential::Credential,
        listener::BrokerAddresses,
    },
};

/// The node ids of each cluster, as its brokers and the configuration name them; none where only
/// clients' tokens open it.
type Nodes = BTreeMap<ClusterId, BTreeSet<i32>>;

/// Tries what `checked` names: discovery and keys of each provider, the login to each cluster,
/// whether each of its brokers has a port here, DNS of the advertised names. What fails is a fault.
#[must_use]
pub fn probe(checked: &Checked) -> Vec<Finding> {
    // Only the first of a process counts, and every one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Err(error) => vec![fault("", "", format!("nothing was tried: {error}"))],
        Ok(runtime) => runtime.block_on(async {
            let mut findings = keys(checked).await;
            let nodes = clusters(checked, &mut findings).await;
            findings.extend(unmapped(checked, &nodes));
            findings.extend(names(checked, &nodes));
            findings
        }),
    }
}

fn fault(path: &str, value: &str, problem: String) -> Finding {
    finding(Severity::Fault, path, value, problem)
}

fn warning(path: &str, value: &str, problem: String) -> Finding {
    finding(Severity::Warning, path, value, problem)
}

fn finding(severity: Severity, path: &str, value: &str, problem: String) -> Finding {
    Finding {
        severity,
        path: path.to_owned(),
        line: None,
        value: value.to_owned(),
        problem,
    }
}

/// Whether each broker of a cluster has a port where clients reach that cluster.
fn unmapped(checked: &Checked, nodes: &Nodes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, listener) in checked.listeners.iter().enumerate() {
        for (nth, route) in listener.routes.iter().enumerate() {
            // By server names there is one for every broker.
            let BrokerAddresses::Port { node_ids, .. } = &route.brokers else {
                continue;
            };
            let known = nodes.get(&route.cluster).into_iter().flatten();
            for node in known.filter(|node| !node_ids.contains(node)) {
                let path = format!("listeners[{at}].clusters[{nth}].node_ids");
                let value = format!("{}-{}", node_ids.start(), node_ids.end());
                let problem = format!(
                    "holds no port for broker {node} of {}: clients will not be told of it; \
                     widen node_ids",
                    route.cluster
                );
                findings.push(fault(&path, &value, problem));
            }
        }
    }
    findings
}

/// Whether the names that clients are told have addresses. Each is looked up once, and told where
/// the configuration most likely wrote it.
fn names(checked: &Checked, nodes: &Nodes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut look_up = |path: String, host: &str| {
        if !seen.insert(host.to_owned()) {
            return;
        }
        if let Err(error) = (host, 0).to_socket_addrs() {
            let problem = format!("has no address here: {error}; clients will not find it");
            findings.push(fault(&path, host, problem));
        }
    };
    for (at, listener) in checked.listeners.iter().enumerate() {
        for (nth, route) in listener.routes.iter().enumerate() {
            if let BrokerAddresses::Sni {
                bootstrap_host,
                broker_host,
                ..
            } = &route.brokers
            {
                let path = format!("listeners[{at}].clusters[{nth}]");
                look_up(format!("{path}.bootstrap_host"), bootstrap_host);
                for node in nodes.get(&route.cluster).into_iter().flatten() {
                    look_up(format!("{path}.broker_host"), &broker_host.host(*node));
                }
            }
        }
        // Last, as without one of its own a listener is told by its first bootstrap host.
        let path = format!("listeners[{at}].advertised_host");
        look_up(path, &listener.advertised.host);
    }
    findings
}

/// Whether each provider's keys can be had.
async fn keys(checked: &Checked) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, provider) in checked.providers.iter().enumerate() {
        if !provider.enabled {
            continue;
        }
        let path = format!("providers[{at}]");
        let fetched = match Fetcher::new(provider) {
            Err(error) => Err(error.to_string()),
            Ok(fetcher) => match timeout(FIRST_KEYS_TIMEOUT, fetcher.fetch_keys()).await {
                Ok(Ok(fetched)) => {
                    findings.extend(endpoints(&path, provider, &fetched.endpoints));
                    Ok(())
                }
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("did not answer in time".to_owned()),
            },
        };
        if let Err(problem) = fetched {
            findings.push(fault(&path, &provider.issuer, format!("keys: {problem}")));
        }
    }
    findings
}

/// Whether the endpoints that are set by hand are those of the provider's discovery document, and
/// whether there is one to get tokens at where clients are configured.
fn endpoints(path: &str, provider: &Provider, discovered: &Endpoints) -> Vec<Finding> {
    let requests = &provider.requests;
    let mut findings = Vec::new();
    let pairs = requests
        .endpoints
        .named()
        .into_iter()
        .zip(discovered.named());
    for ((key, set), (_, found)) in pairs {
        if let (Some(set), Some(found)) = (set, found)
            && set != found
        {
            let problem = format!("is not what the provider's discovery document says, {found}");
            findings.push(warning(&format!("{path}.{key}"), set, problem));
        }
    }
    let has_clients = requests.client.is_some() || !requests.components.is_empty();
    if has_clients && requests.endpoints.token.is_none() && discovered.token.is_none() {
        let problem = "is not set, and discovery names none: the provider's clients cannot get \
                       tokens";
        let path = format!("{path}.token_endpoint");
        findings.push(warning(&path, "", problem.to_owned()));
    }
    findings
}

/// Whether each cluster can be reached and, where the credential is Oathgate's own, logged in to;
/// its brokers.
async fn clusters(checked: &Checked, findings: &mut Vec<Finding>) -> Nodes {
    let mut nodes = Nodes::new();
    for (at, cluster) in checked.clusters.iter().enumerate() {
        let known = nodes.entry(cluster.id.clone()).or_default();
        known.extend(cluster.static_brokers.keys());
        for (nth, server) in cluster.bootstrap_servers.iter().enumerate() {
            match reach(cluster, server).await {
                Ok(brokers) => known.extend(brokers),
                Err(error) => {
                    let path = format!("clusters[{at}].bootstrap_servers[{nth}]");
                    findings.push(fault(&path, &server.to_string(), error.to_string()));
                }
            }
        }
    }
    nodes
}

/// A connection to the broker of `cluster` at `server`, not logged in.
pub(super) async fn connect(
    cluster: &Cluster,
    server: &HostPort,
) -> Result<Connection, Box<dyn std::error::Error>> {
    let upstream = &cluster.upstream;
    let address = cluster.dial_address(server);
    let tls = upstream
        .tls
        .clone()
        .map(|config| Tls::for_host(config, &address))
        .transpose()?;
    let stream = dial(&address, tls.as_ref(), upstream.connect_timeout).await?;
    Ok(Connection::new(stream))
}

/// The node ids that the broker at `server` tells; none where only clients' tokens open it.
async fn reach(
    cluster: &Cluster,
    server: &HostPort,
) -> Result<Vec<i32>, Box<dyn std::error::Error>> {
    let upstream = &cluster.upstream;
    let mut connection = connect(cluster, server).await?;
    let deadline = Instant::now() + upstream.connect_timeout;
    if upstream.credential == Credential::ClientToken {
        // There is no token to log in with; that it speaks Kafka is all that can be tried.
        connection.api_versions(deadline).await?;
        return Ok(Vec::new());
    }
    let credential = &upstream.credential;
    connection
        .login(credential, None, AUTHENTICATE_VERSION, entropy(), deadline)
        .await?;
    let versions = connection.api_versions(deadline).await?;
    let discovered = connection.metadata(&versions, deadline).await?;
    Ok(discovered.brokers.iter().map(|broker| broker.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{OidcClient, fixture};

    #[test]
    fn endpoints_by_hand_are_compared_with_discovery() {
        let mut provider = fixture::provider("idp", "https://idp");
        let discovered = Endpoints {
            token: Some("https://idp/t".into()),
            ..Endpoints::default()
        };
        let told = |provider: &Provider, discovered: &Endpoints| {
            let found = endpoints("providers[0]", provider, discovered);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(told(&provider, &discovered).is_empty());
        assert!(told(&provider, &Endpoints::default()).is_empty());
        provider.requests.client = Some(OidcClient {
            client_id: "gate".to_owned(),
            secret: None,
        });
        assert!(told(&provider, &discovered).is_empty());
        let none = told(&provider, &Endpoints::default());
        assert!(none[0].contains("providers[0].token_endpoint"), "{none:?}");
        provider.requests.endpoints.token = Some("https://idp/t".into());
        assert!(told(&provider, &discovered).is_empty());
        provider.requests.endpoints.token = Some("https://idp/other".into());
        let other = told(&provider, &discovered);
        assert!(
            other[0].contains("document says, https://idp/t"),
            "{other:?}"
        );
        assert!(told(&provider, &Endpoints::default()).is_empty());
    }
}
