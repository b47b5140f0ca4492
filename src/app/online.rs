//! What `check --online` tries: names, keys, and the way to each cluster.

use std::net::ToSocketAddrs;

use tokio::time::{Instant, timeout};

use crate::{
    control::settings::{
        Checked,
        finding::{Finding, Severity},
    },
    identity::Fetcher,
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
        address::HostPort, cluster::Cluster, credential::Credential, listener::BrokerAddresses,
    },
};

/// Tries what `checked` names: DNS of the advertised names, discovery and keys of each provider,
/// the login to each cluster. What fails is a fault.
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
            let mut findings = names(checked);
            findings.extend(keys(checked).await);
            findings.extend(clusters(checked).await);
            findings
        }),
    }
}

fn fault(path: &str, value: &str, problem: String) -> Finding {
    Finding {
        severity: Severity::Fault,
        path: path.to_owned(),
        line: None,
        value: value.to_owned(),
        problem,
    }
}

/// Whether the names that clients are told have addresses.
fn names(checked: &Checked) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look_up = |path: String, host: &str| {
        if let Err(error) = (host, 0).to_socket_addrs() {
            let problem = format!("has no address here: {error}; clients will not find it");
            findings.push(fault(&path, host, problem));
        }
    };
    for (at, listener) in checked.listeners.iter().enumerate() {
        look_up(
            format!("listeners[{at}].advertised_host"),
            &listener.advertised.host,
        );
        for (nth, route) in listener.routes.iter().enumerate() {
            if let BrokerAddresses::Sni {
                bootstrap_host,
                broker_host,
                ..
            } = &route.brokers
            {
                let path = format!("listeners[{at}].clusters[{nth}]");
                look_up(format!("{path}.bootstrap_host"), bootstrap_host);
                look_up(format!("{path}.broker_host"), &broker_host.host(0));
            }
        }
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
                Ok(Ok(_)) => Ok(()),
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

/// Whether each cluster can be reached and, where the credential is Oathgate's own, logged in to.
async fn clusters(checked: &Checked) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, cluster) in checked.clusters.iter().enumerate() {
        for (nth, server) in cluster.bootstrap_servers.iter().enumerate() {
            if let Err(error) = reach(cluster, server).await {
                let path = format!("clusters[{at}].bootstrap_servers[{nth}]");
                findings.push(fault(&path, &server.to_string(), error.to_string()));
            }
        }
    }
    findings
}

async fn reach(cluster: &Cluster, server: &HostPort) -> Result<(), Box<dyn std::error::Error>> {
    let upstream = &cluster.upstream;
    let address = cluster.dial_address(server);
    let tls = upstream
        .tls
        .clone()
        .map(|config| Tls::for_host(config, &address))
        .transpose()?;
    let stream = dial(&address, tls.as_ref(), upstream.connect_timeout).await?;
    let mut connection = Connection::new(stream);
    let deadline = Instant::now() + upstream.connect_timeout;
    if upstream.credential == Credential::ClientToken {
        // There is no token to log in with; that it speaks Kafka is all that can be tried.
        connection.api_versions(deadline).await?;
        return Ok(());
    }
    let credential = &upstream.credential;
    connection
        .login(credential, None, AUTHENTICATE_VERSION, entropy(), deadline)
        .await?;
    let versions = connection.api_versions(deadline).await?;
    connection.metadata(&versions, deadline).await?;
    Ok(())
}
