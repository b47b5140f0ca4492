//! The broker's side of a connection: which broker, dialled and logged in to before the client is
//! told that it may go on. Knows brokers and credentials; not SASL towards clients.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use super::verdict::Granted;
use crate::{
    limits::BROKER_WAIT,
    proxy::{
        Proxy,
        brokers::{
            ClusterBrokers,
            topology::{Target, Topology},
        },
        entropy,
        socket::Socket,
        upstream::{
            dial::{Tls, dial},
            exchange::{CallFailed, Connection},
            login::{AUTHENTICATE_VERSION, LoginFailed},
        },
        versions::Supported,
    },
    snapshot::{cluster::Cluster, credential::Credential},
    telemetry::metrics,
    wire::error_code,
};

/// A broker that took our login.
#[derive(Debug)]
pub struct Broker {
    /// The connection to it.
    pub socket: Socket,
    /// Which one it is.
    pub target: Target,
    /// What all brokers that the connection stands for speak.
    pub supported: Arc<Supported>,
    /// How long the broker lets the login live.
    pub lifetime: Option<Duration>,
}

/// Why there is no broker for a session. The label is stable.
#[derive(Debug, thiserror::Error)]
pub enum NoBroker {
    /// None is known to answer.
    #[error("no broker of the cluster is known to answer")]
    NoneAnswers,
    /// The login's deadline passed meanwhile.
    #[error("the broker was not ready within `limits.login_deadline`")]
    Deadline,
    /// The one that is meant is not known, or not where it was.
    #[error("{0}")]
    Unreachable(String),
    /// The broker refused the client's own token.
    #[error("the broker refused the client's token: {0}")]
    TokenRefused(String),
    /// The broker refused Oathgate's credential, or the login broke off.
    #[error("{0}")]
    LoginFailed(String),
}

impl NoBroker {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoneAnswers | Self::Deadline | Self::Unreachable(_) => "BROKER_UNREACHABLE",
            Self::TokenRefused(_) => "BROKER_REFUSED_TOKEN",
            Self::LoginFailed(_) => "UPSTREAM_LOGIN_FAILED",
        }
    }
}

/// Dials and logs in to the broker that `node_id` means, or to any that answers.
///
/// # Errors
/// [`NoBroker`].
pub async fn connect(
    proxy: &Proxy,
    granted: &Granted,
    node_id: Option<i32>,
) -> Result<Broker, NoBroker> {
    let cluster = &granted.cluster;
    let brokers = proxy.brokers.of(&cluster.id);
    if let Some(node_id) = node_id
        && cluster.upstream.credential == Credential::ClientToken
        && brokers.read(|topology| !topology.nodes.contains_key(&node_id))
    {
        // Only clients' tokens open this cluster, and this is the first to ask for a broker.
        introduce(&brokers, granted).await?;
    }
    let (target, supported) = choose(&brokers, node_id)
        .await
        .ok_or(NoBroker::NoneAnswers)?;
    let (mut connection, lifetime) = open(&brokers, granted, &target).await?;
    let unknown = brokers.read(|topology| topology.nodes.is_empty());
    if unknown && cluster.upstream.credential == Credential::ClientToken {
        discover(&brokers, cluster, &mut connection).await?;
    }
    Ok(Broker {
        socket: connection.into_socket(),
        target,
        supported,
        lifetime,
    })
}

/// Learns the cluster's brokers from a bootstrap server, with the client's own token.
async fn introduce(brokers: &ClusterBrokers, granted: &Granted) -> Result<(), NoBroker> {
    let (target, _) = choose(brokers, None).await.ok_or(NoBroker::NoneAnswers)?;
    let (mut connection, _) = open(brokers, granted, &target).await?;
    discover(brokers, &granted.cluster, &mut connection).await
}

/// Asks a broker that was logged in to for the others.
pub(crate) async fn discover(
    brokers: &ClusterBrokers,
    cluster: &Cluster,
    connection: &mut Connection,
) -> Result<(), NoBroker> {
    let deadline = Instant::now() + cluster.upstream.connect_timeout;
    let failed = |error: CallFailed| NoBroker::Unreachable(format!("asking for brokers: {error}"));
    let versions = connection.api_versions(deadline).await.map_err(failed)?;
    let discovered = connection
        .metadata(&versions, deadline)
        .await
        .map_err(failed)?;
    let found = discovered
        .brokers
        .into_iter()
        .map(|broker| (broker.id, broker.address));
    brokers.learn(cluster, discovered.cluster_id, found.collect());
    Ok(())
}

/// What the broker `node_id`, or all that answer, speak; waits until one is known to answer.
///
/// While no broker is known at all, the bootstrap servers speak for each: where only clients'
/// tokens open the cluster, it takes a login to learn of the first, and none comes without this
/// answer.
pub async fn supported(brokers: &ClusterBrokers, node_id: Option<i32>) -> Option<Arc<Supported>> {
    await_pick(brokers, |topology| {
        let known = node_id.filter(|_| !topology.nodes.is_empty());
        pick(brokers, topology, known, 0)
    })
    .await
    .map(|(_, supported)| supported)
}

/// Waits until `pick` finds something. `None` when the cluster is gone.
async fn await_pick(
    brokers: &ClusterBrokers,
    pick: impl Fn(&Topology) -> Option<(Target, Arc<Supported>)>,
) -> Option<(Target, Arc<Supported>)> {
    let mut changes = brokers.subscribe();
    loop {
        if let Some(picked) = pick(&changes.borrow_and_update()) {
            return Some(picked);
        }
        brokers.want_any();
        changes.changed().await.ok()?;
    }
}

/// The broker to dial and what it speaks; waits a moment for one to be known.
async fn choose(
    brokers: &ClusterBrokers,
    node_id: Option<i32>,
) -> Option<(Target, Arc<Supported>)> {
    let turn = brokers.next_turn();
    let chosen = await_pick(brokers, |topology| pick(brokers, topology, node_id, turn));
    timeout(BROKER_WAIT, chosen).await.ok().flatten()
}

/// The broker `node_id` if it answers, or the `turn`th of all that do, with what they all speak.
fn pick(
    brokers: &ClusterBrokers,
    topology: &Topology,
    node_id: Option<i32>,
    turn: usize,
) -> Option<(Target, Arc<Supported>)> {
    if let Some(id) = node_id {
        let target = Target::Node(id);
        let supported = Arc::clone(topology.reach(&target)?.supported()?);
        return Some((target, supported));
    }
    let (targets, spoken): (Vec<_>, Vec<_>) = topology.live().into_iter().unzip();
    let turn = turn.checked_rem(targets.len())?;
    let target = targets.into_iter().nth(turn)?;
    Some((target, brokers.offers.common(spoken)))
}

async fn open(
    brokers: &ClusterBrokers,
    granted: &Granted,
    target: &Target,
) -> Result<(Connection, Option<Duration>), NoBroker> {
    let Cluster { id, upstream, .. } = &*granted.cluster;
    let address = brokers.read(|topology| topology.address(target));
    let address = address.ok_or(NoBroker::NoneAnswers)?;
    let unreachable = |error: &dyn std::error::Error| {
        brokers.broke(target);
        metrics::upstream_dial_failed(id.as_str());
        NoBroker::Unreachable(error.to_string())
    };
    let tls = upstream
        .tls
        .clone()
        .map(|config| Tls::for_host(config, &address));
    let tls = tls.transpose().map_err(|error| unreachable(&error))?;
    let stream = dial(&address, tls.as_ref(), upstream.connect_timeout).await;
    let mut connection = Connection::new(stream.map_err(|error| unreachable(&error))?);
    let deadline = Instant::now() + upstream.connect_timeout;
    let login = connection
        .login(
            &upstream.credential,
            Some(&granted.token),
            AUTHENTICATE_VERSION,
            entropy(),
            deadline,
        )
        .await;
    match login {
        Ok(lifetime) => Ok((connection, lifetime)),
        Err(error) => Err(login_failed(brokers, granted, target, &error)),
    }
}

/// A token that the broker refuses is refused; our own credential is not the client's fault.
fn login_failed(
    brokers: &ClusterBrokers,
    granted: &Granted,
    target: &Target,
    error: &CallFailed,
) -> NoBroker {
    let cluster = &granted.cluster;
    metrics::upstream_login_failed(cluster.id.as_str());
    match error {
        CallFailed::Login(LoginFailed::Refused { code, message })
            if *code == error_code::SASL_AUTHENTICATION_FAILED
                && cluster.upstream.credential == Credential::ClientToken =>
        {
            NoBroker::TokenRefused(message.clone())
        }
        CallFailed::Login(_) => NoBroker::LoginFailed(error.to_string()),
        _ => {
            brokers.broke(target);
            NoBroker::Unreachable(error.to_string())
        }
    }
}
