//! What `explain` asks: how a login with a token would go, by the code that the server runs, with
//! the providers' keys fetched now.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    clock::UnixTime,
    control::{compile, settings::Checked},
    identity::{
        self, Explanation, Identity, Introspected, Introspector, Keyring, PoolId, Presented,
        Refusal, Verdict, refresh_once,
    },
    limits::FIRST_KEYS_TIMEOUT,
    policy::{
        operation::Operation,
        resource::{Resource, ResourceType},
        who::Who,
    },
    secret::Secret,
    snapshot::{
        Snapshot,
        cluster::{Cluster, ClusterId},
    },
};

/// A login to be explained.
#[derive(Debug)]
pub struct Question<'a> {
    /// The configuration.
    pub checked: &'a Checked,
    /// The token.
    pub token: &'a Secret,
    /// The cluster that the client wants; `None` = the only one.
    pub cluster: Option<&'a str>,
    /// Pools that the client names; `None` = no `identityPoolId`.
    pub pools: Option<&'a [PoolId]>,
    /// The client's certificate in DER; `None` = it shows none.
    pub certificate: Option<&'a [u8]>,
    /// What the session would ask for; `None` = nothing.
    pub access: Option<&'a Access>,
}

/// What a session asks for: every operation on every resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The operations.
    pub operations: Vec<Operation>,
    /// The resources, by type and name.
    pub resources: Vec<(ResourceType, String)>,
    /// The client's address.
    pub address: IpAddr,
}

/// What the cluster's rules say of one operation on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The operation.
    pub operation: Operation,
    /// The resource's type.
    pub resource_type: ResourceType,
    /// Its name.
    pub resource_name: String,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The rule that says so, as audit lines name it.
    pub rule: String,
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            resource_type,
            resource_name,
            allowed,
            rule,
        } = self;
        let word = if *allowed { "may  " } else { "DENY " };
        let operation = operation.as_str();
        write!(
            f,
            "{word} {operation} {resource_type}:{resource_name}: {rule}"
        )
    }
}

/// How the login would go.
#[derive(Debug)]
pub struct Explained {
    /// The cluster it is for.
    pub cluster: ClusterId,
    /// Who decides its requests, as the configuration says it.
    pub authorization: &'static str,
    /// What of the cluster does not speak for somebody who may not connect.
    pub lacking: &'static str,
    /// The checks of the token.
    pub explanation: Explanation,
    /// Whether the cluster's `allow` admits who the token is, if it is anybody.
    pub admitted: Option<bool>,
    /// What the cluster's rules say of what was asked for; empty where the token is nobody.
    pub rulings: Vec<Ruling>,
    /// Providers that could not be asked, and why.
    pub unreachable: Vec<String>,
}

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// There are several clusters, and none was named, or there is none of that name.
    #[error("name the cluster that the client wants by --cluster: one of {}", .0.join(", "))]
    Cluster(Vec<String>),
    /// The configuration contradicts itself.
    #[error(transparent)]
    Directory(#[from] identity::DirectoryFault),
    /// No runtime.
    #[error("cannot set up the process: {0}")]
    Process(#[from] std::io::Error),
}

/// Explains `question`; fetches keys, and asks about the token where the server would.
///
/// # Errors
/// [`ExplainError`].
pub fn explain(question: &Question<'_>) -> Result<Explained, ExplainError> {
    // Only the first of a process counts, and every one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let snapshot = compile::compile(question.checked, 1)?;
    let cluster = cluster(&snapshot, question.cluster)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(ask(question, &snapshot, &cluster)))
}

fn cluster(snapshot: &Snapshot, named: Option<&str>) -> Result<Arc<Cluster>, ExplainError> {
    let mut all = snapshot.clusters.values();
    let found = match named {
        Some(named) => all.find(|cluster| cluster.id.as_str() == named),
        None => all.next().filter(|_| snapshot.clusters.len() == 1),
    };
    let ids = || snapshot.clusters.keys().map(ToString::to_string).collect();
    found
        .map(Arc::clone)
        .ok_or_else(|| ExplainError::Cluster(ids()))
}

async fn ask(question: &Question<'_>, snapshot: &Snapshot, cluster: &Arc<Cluster>) -> Explained {
    let keyring = Arc::new(Keyring::new(Duration::ZERO));
    let mut unreachable = fetch_keys(snapshot, cluster, &keyring).await;
    let presented = Presented {
        organization: &cluster.organization,
        token: question.token,
        named_pools: question.pools,
        authzid: None,
        client_certificate_sha256: question.certificate.and_then(sha256),
        min_remaining: Some(snapshot.limits.min_remaining),
        introspected: None,
    };
    let explain = |introspected: Option<&Introspected>| {
        let presented = Presented {
            introspected,
            ..presented
        };
        identity::explain(&snapshot.directory, &keyring, &presented, UnixTime::now())
    };
    let mut explanation = explain(None);
    if let Verdict::Introspect(provider) = &explanation.verdict {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let asked = Introspector::new()
            .ask(provider, question.token, here)
            .await;
        match asked {
            Ok(answer) => explanation = explain(Some(&answer)),
            Err(Refusal { detail, .. }) => unreachable.push(detail),
        }
    }
    let (admitted, rulings) = match (&explanation.verdict, question.access) {
        (Verdict::Accepted(identity), access) => (
            Some(cluster.admits(identity, Ipv4Addr::LOCALHOST.into())),
            access.map_or_else(Vec::new, |access| rulings(cluster, identity, access)),
        ),
        _ => (None, Vec::new()),
    };
    Explained {
        cluster: cluster.id.clone(),
        authorization: cluster.authorization.as_str(),
        lacking: cluster.authorization.lacking(),
        explanation,
        admitted,
        rulings,
        unreachable,
    }
}

/// What the rules of `cluster` say of `access` by `identity`: the decisions of its sessions.
fn rulings(cluster: &Cluster, identity: &Identity, access: &Access) -> Vec<Ruling> {
    let who = Who::new(identity, access.address);
    let ruling = |operation: Operation, (resource_type, name): &(ResourceType, String)| {
        let resource = Resource {
            resource_type: *resource_type,
            name,
        };
        let decision = cluster.policy.decide(&who, operation, &resource);
        Ruling {
            operation,
            resource_type: *resource_type,
            resource_name: name.clone(),
            allowed: decision.allowed,
            rule: decision.rule.to_string(),
        }
    };
    let pairs = access
        .resources
        .iter()
        .flat_map(|resource| access.operations.iter().map(move |one| (*one, resource)));
    pairs.map(|(one, resource)| ruling(one, resource)).collect()
}

/// SHA-256 of a certificate, as bound tokens name it; a digest of another length there is not.
fn sha256(certificate: &[u8]) -> Option<[u8; 32]> {
    digest(&SHA256, certificate).as_ref().try_into().ok()
}

/// Fetches the keys of the providers of the cluster's organization, all at the same time; those
/// that could not be had, with the reason.
async fn fetch_keys(snapshot: &Snapshot, cluster: &Cluster, keyring: &Arc<Keyring>) -> Vec<String> {
    let mut fetching = JoinSet::new();
    for provider in snapshot.directory.providers() {
        if provider.organization != cluster.organization {
            continue;
        }
        let (provider, keyring) = (Arc::clone(provider), Arc::clone(keyring));
        fetching.spawn(async move {
            match timeout(FIRST_KEYS_TIMEOUT, refresh_once(&provider, &keyring)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("keys of {}: {error}", provider.name)),
                Err(_) => Some(format!("keys of {}: no answer in time", provider.name)),
            }
        });
    }
    let mut failed = Vec::new();
    while let Some(fetched) = fetching.join_next().await {
        failed.extend(fetched.ok().flatten());
    }
    failed.sort();
    failed
}
