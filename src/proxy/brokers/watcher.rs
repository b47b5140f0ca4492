//! Finds out where a cluster's brokers are and whether they answer, a task for each cluster.
//!
//! Brokers answer `ApiVersions` before SASL, so that alone is the probe. Who the brokers are is
//! asked with the cluster's own credential; where only clients' tokens open it, the first session
//! asks (`session::broker`), and every answer that passes by teaches.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::{
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    Brokers, ClusterBrokers,
    topology::{Reach, Target},
};
use crate::{
    limits::{DISCOVERY_INTERVAL, PROBE_INTERVAL},
    proxy::{
        entropy,
        upstream::{
            dial::{Tls, dial},
            exchange::Connection,
            login::AUTHENTICATE_VERSION,
        },
        versions::Supported,
    },
    snapshot::{
        Snapshot,
        address::HostPort,
        cluster::{Cluster, ClusterId},
        credential::Credential,
        listener::BrokerAddresses,
    },
    status::{Condition, Status},
    telemetry::metrics,
};

/// The watchers of all clusters; they end when this is dropped.
#[derive(Debug)]
pub struct Watchers {
    status: Status,
    running: HashMap<ClusterId, (Arc<Cluster>, AbortHandle)>,
}

impl Watchers {
    /// None yet.
    #[must_use]
    pub fn new(status: Status) -> Self {
        Self {
            status,
            running: HashMap::new(),
        }
    }

    /// Watches the clusters of `snapshot` and no others. A cluster that is new or was changed is
    /// watched afresh. Needs a runtime.
    pub fn update(&mut self, snapshot: &Snapshot, brokers: &Brokers) {
        self.running.retain(|id, (cluster, task)| {
            let keep = snapshot
                .cluster(id)
                .is_some_and(|now| Arc::ptr_eq(now, cluster));
            if !keep {
                task.abort();
            }
            keep
        });
        brokers.retain(|id| snapshot.clusters.contains_key(id));
        self.status.retain(|condition| match condition {
            Condition::ClusterUnreachable { cluster } => {
                snapshot.clusters.keys().any(|id| id.as_str() == &**cluster)
            }
            // Found again by the watcher if it still holds.
            Condition::BrokerUnmapped { .. } => false,
            _ => true,
        });
        for (id, cluster) in &snapshot.clusters {
            if !self.running.contains_key(id) {
                let watcher = Watcher {
                    cluster: Arc::clone(cluster),
                    brokers: brokers.of(id),
                    status: self.status.clone(),
                    told: routes(snapshot, id),
                    asked: BTreeMap::new(),
                    discovered: None,
                    problem: None,
                };
                let task = tokio::spawn(watcher.run()).abort_handle();
                self.running.insert(id.clone(), (Arc::clone(cluster), task));
            }
        }
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        for (_, task) in self.running.values() {
            task.abort();
        }
    }
}

#[derive(Debug)]
struct Watcher {
    cluster: Arc<Cluster>,
    brokers: Arc<ClusterBrokers>,
    status: Status,
    /// What clients of each listener are told of its brokers.
    told: Vec<BrokerAddresses>,
    /// When each target was asked last.
    asked: BTreeMap<Target, Instant>,
    discovered: Option<Instant>,
    /// Why the brokers could not be asked for last time.
    problem: Option<String>,
}

impl Watcher {
    async fn run(mut self) {
        let fixed = self.cluster.static_brokers.clone().into_iter().collect();
        self.brokers.learn(&self.cluster, None, fixed);
        let seeds = self.cluster.bootstrap_servers.iter();
        let seeds = seeds.map(|seed| self.cluster.dial_address(seed)).collect();
        self.brokers.set_seeds(seeds);
        loop {
            self.probe().await;
            if self.discovery_due() && self.discover().await {
                self.probe().await;
            }
            self.report();
            tokio::select! {
                () = self.brokers.woken() => {}
                () = sleep_until(self.next_look()) => {}
            }
        }
    }

    /// Asks every broker that is not known to answer, those that are down once a second.
    async fn probe(&mut self) {
        let now = Instant::now();
        let due: Vec<Target> = self.brokers.read(|topology| {
            let targets = topology.targets().into_iter();
            targets
                .filter(|target| match topology.reach(target) {
                    Some(Reach::Unknown) => true,
                    Some(Reach::Down) => self
                        .asked
                        .get(target)
                        .is_none_or(|at| now.duration_since(*at) >= PROBE_INTERVAL),
                    Some(Reach::Up(_)) | None => false,
                })
                .collect()
        });
        let mut asking = JoinSet::new();
        for target in due {
            self.asked.insert(target.clone(), now);
            let Some(address) = self.brokers.read(|topology| topology.address(&target)) else {
                continue;
            };
            let cluster = Arc::clone(&self.cluster);
            asking.spawn(async move { (target, ask(&cluster, &address).await) });
        }
        while let Some(asked) = asking.join_next().await {
            let Ok((target, answer)) = asked else {
                continue;
            };
            let reach = match answer {
                Ok(supported) => Reach::Up(Arc::new(supported)),
                Err(problem) => {
                    tracing::debug!(cluster = %self.cluster.id, ?target, %problem, "broker does not answer");
                    Reach::Down
                }
            };
            self.brokers.set_reach(&target, reach);
        }
    }

    fn discovery_due(&self) -> bool {
        self.cluster.upstream.credential != Credential::ClientToken
            && self
                .discovered
                .is_none_or(|at| at.elapsed() >= DISCOVERY_INTERVAL)
    }

    /// Asks a broker that answers for all of them; whether it said.
    async fn discover(&mut self) -> bool {
        let live = self
            .brokers
            .read(|topology| topology.live().into_iter().next());
        let address =
            live.and_then(|(target, _)| self.brokers.read(|topology| topology.address(&target)));
        let Some(address) = address else { return false };
        match self.ask_for_brokers(&address).await {
            Ok(()) => {
                self.discovered = Some(Instant::now());
                self.problem = None;
                true
            }
            Err(problem) => {
                self.problem = Some(format!("{address}: {problem}"));
                false
            }
        }
    }

    async fn ask_for_brokers(&self, address: &HostPort) -> Result<(), Problem> {
        let upstream = &self.cluster.upstream;
        let mut connection = reach(&self.cluster, address).await?;
        let deadline = Instant::now() + upstream.connect_timeout;
        let credential = &upstream.credential;
        connection
            .login(credential, None, AUTHENTICATE_VERSION, entropy(), deadline)
            .await?;
        let versions = connection.api_versions(deadline).await?;
        let found = connection.metadata(&versions, deadline).await?;
        let brokers = found
            .brokers
            .into_iter()
            .map(|broker| (broker.id, broker.address));
        self.brokers
            .learn(&self.cluster, found.cluster_id, brokers.collect());
        Ok(())
    }

    fn report(&self) {
        let unreachable = Condition::ClusterUnreachable {
            cluster: self.cluster.id.as_str().into(),
        };
        let silent = self.brokers.read(|topology| topology.live().is_empty());
        let text = if silent {
            Some("no broker answers; see `bootstrap_servers` and the log".to_owned())
        } else {
            let problem = self.problem.as_ref();
            problem.map(|problem| format!("the brokers cannot be asked for: {problem}"))
        };
        if let Some(text) = text {
            if self.status.not_ready(unreachable, text.as_str()) {
                tracing::warn!(cluster = %self.cluster.id, "cluster not usable: {text}");
            }
        } else if self.status.ready(&unreachable) {
            tracing::info!(cluster = %self.cluster.id, "the cluster's brokers answer");
        }
        self.report_unmapped();
    }

    /// Tells of brokers that no client can reach, since a listener has no port or name for them.
    fn report_unmapped(&self) {
        let known: Vec<i32> = self
            .brokers
            .read(|topology| topology.nodes.keys().copied().collect());
        let has_none = |id: &i32| self.told.iter().any(|told| told.told(*id).is_none());
        let unmapped: Vec<i32> = known.iter().copied().filter(has_none).collect();
        let count = |nodes: &[i32]| u64::try_from(nodes.len()).unwrap_or(u64::MAX);
        metrics::brokers(self.cluster.id.as_str(), count(&known), count(&unmapped));
        for node in unmapped {
            let condition = Condition::BrokerUnmapped {
                cluster: self.cluster.id.as_str().into(),
                node,
            };
            let text = "no port or name for this broker; widen `node_ids` of the listener";
            if self.status.not_ready(condition, text) {
                tracing::error!(cluster = %self.cluster.id, node, "broker left out of answers: {text}");
            }
        }
    }

    fn next_look(&self) -> Instant {
        let down = self.brokers.read(|topology| {
            let targets = topology.targets();
            targets
                .iter()
                .any(|target| topology.reach(target).is_some_and(|r| *r == Reach::Down))
        });
        let undiscovered = self.discovered.is_none();
        let wait = if down || undiscovered {
            PROBE_INTERVAL
        } else {
            DISCOVERY_INTERVAL
        };
        Instant::now() + wait
    }
}

/// What clients are told of the brokers of cluster `id`, by each listener that has it.
fn routes(snapshot: &Snapshot, id: &ClusterId) -> Vec<BrokerAddresses> {
    let all = snapshot
        .listeners
        .iter()
        .flat_map(|listener| &listener.routes);
    all.filter(|route| route.cluster == *id)
        .map(|route| route.brokers.clone())
        .collect()
}

/// Whatever went wrong, for the log.
type Problem = Box<dyn std::error::Error + Send + Sync>;

async fn reach(cluster: &Cluster, address: &HostPort) -> Result<Connection, Problem> {
    let upstream = &cluster.upstream;
    let tls = upstream
        .tls
        .clone()
        .map(|config| Tls::for_host(config, address))
        .transpose()?;
    let stream = dial(address, tls.as_ref(), upstream.connect_timeout).await?;
    Ok(Connection::new(stream))
}

/// What the broker at `address` speaks.
async fn ask(cluster: &Cluster, address: &HostPort) -> Result<Supported, Problem> {
    let mut connection = reach(cluster, address).await?;
    let deadline = Instant::now() + cluster.upstream.connect_timeout;
    let versions = connection.api_versions(deadline).await?;
    Ok(Supported::from_answer(&versions.body)?)
}
