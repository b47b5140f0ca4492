//! Finds out where a cluster's brokers are and whether they answer, a task for each cluster.
//!
//! Brokers answer `ApiVersions` before SASL, so that alone is the probe. Who the brokers are is
//! asked with the cluster's own credential; where only clients' tokens open it, the first session
//! asks (`session::broker`), and every answer that passes by teaches.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use tokio::{
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep_until},
};

use super::{
    Brokers, ClusterBrokers,
    probes::{Probes, Wanted},
    topology::{Reach, Target},
};
use crate::{
    limits::{DISCOVERY_INTERVAL, PROBE_INTERVAL},
    proxy::{
        entropy,
        upstream::{
            dial::{Tls, dial},
            discovered::Discovered,
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
                // What is known of other brokers would outlive its cluster: node ids are small
                // numbers, and a broker that still answers is never asked where it belongs.
                let stays = snapshot
                    .cluster(id)
                    .is_some_and(|now| same_brokers(now, cluster));
                if !stays {
                    brokers.forget(id);
                }
            }
            keep
        });
        brokers.retain(|id| snapshot.clusters.contains_key(id));
        self.status.serves(snapshot.clusters.len());
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
                    probes: Probes::default(),
                    asking: JoinSet::new(),
                    probing: BTreeSet::new(),
                    discovery: Discovery::default(),
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
    /// When those that are down are asked again.
    probes: Probes,
    /// Questions under way. Nobody waits for the slowest: a broker whose packets vanish must not
    /// keep the others from being found again.
    asking: JoinSet<Found>,
    probing: BTreeSet<Target>,
    discovery: Discovery,
}

/// The question who the brokers are.
#[derive(Debug, Default)]
struct Discovery {
    asking: bool,
    tried: Option<Instant>,
    /// Whether the last try succeeded.
    known: bool,
    /// Why the last try did not.
    problem: Option<String>,
    /// Counts tries, so that one broker that hangs does not get them all.
    turn: usize,
}

/// What came of a question.
#[derive(Debug)]
enum Found {
    Reach(Target, HostPort, Reach),
    Brokers(Target, HostPort, Result<(Supported, Discovered), Problem>),
}

impl Watcher {
    async fn run(mut self) {
        let fixed = self.cluster.static_brokers.clone().into_iter().collect();
        self.brokers.learn(&self.cluster, None, fixed);
        let seeds = self.cluster.bootstrap_servers.iter();
        let seeds = seeds.map(|seed| self.cluster.dial_address(seed)).collect();
        self.brokers.set_seeds(seeds);
        loop {
            self.forget_absent();
            self.probe();
            self.discover();
            self.report();
            let next_look = self.next_look();
            tokio::select! {
                () = self.brokers.woken() => {}
                Some(found) = self.asking.join_next() => match found {
                    Ok(found) => self.note(found),
                    // A question broke off; which one is not said, so all may be asked again.
                    Err(_) => {
                        self.probing.clear();
                        self.discovery.asking = false;
                    }
                },
                () = sleep_until(next_look) => {}
            }
        }
    }

    /// Forgets brokers that were taken out of the cluster; those of the configuration stay.
    fn forget_absent(&mut self) {
        let fixed = &self.cluster.static_brokers;
        for node in self.brokers.forget_absent(|id| fixed.contains_key(&id)) {
            self.probes.forget(&Target::Node(node));
            let unmapped = Condition::BrokerUnmapped {
                cluster: self.cluster.id.as_str().into(),
                node,
            };
            self.status.ready(&unmapped);
            tracing::info!(
                cluster = %self.cluster.id, node,
                "broker forgotten: it does not answer, and the cluster no longer lists it"
            );
        }
    }

    /// Asks every broker that is not known to answer, those that are down when they are due.
    fn probe(&mut self) {
        let now = Instant::now();
        self.probes.want(&self.brokers.take_wanted());
        let due: Vec<(Target, HostPort)> = self.brokers.read(|topology| {
            let targets = topology.targets().into_iter();
            targets
                .filter(|target| !self.probing.contains(target))
                .filter(|target| match topology.reach(target) {
                    Some(Reach::Unknown) => true,
                    Some(Reach::Down) => self.probes.due(target).is_none_or(|at| at <= now),
                    Some(Reach::Up(_)) | None => false,
                })
                .filter_map(|target| topology.address(&target).map(|address| (target, address)))
                .collect()
        });
        for (target, address) in due {
            self.probes.asked(target.clone(), now);
            self.ask_what_it_speaks(target, address);
        }
    }

    fn ask_what_it_speaks(&mut self, target: Target, address: HostPort) {
        self.probing.insert(target.clone());
        let cluster = Arc::clone(&self.cluster);
        self.asking.spawn(async move {
            let reach = match ask(&cluster, &address).await {
                Ok(supported) => Reach::Up(Arc::new(supported)),
                Err(problem) => {
                    tracing::debug!(cluster = %cluster.id, ?target, %problem, "broker does not answer");
                    Reach::Down
                }
            };
            Found::Reach(target, address, reach)
        });
    }

    /// Asks a broker that answers for all of them, if it is time, and what it speaks: features are
    /// finalized, and brokers upgraded behind an address, while connections to them hold. Where only
    /// clients' tokens open the cluster, just that.
    fn discover(&mut self) {
        let Discovery {
            asking,
            tried,
            known,
            turn,
            ..
        } = &mut self.discovery;
        let pause = if *known {
            DISCOVERY_INTERVAL
        } else {
            PROBE_INTERVAL
        };
        let due = !*asking && tried.is_none_or(|at| at.elapsed() >= pause);
        if !due {
            return;
        }
        let live = self.brokers.read(|topology| {
            let live = topology.live();
            let (target, _) = live.get(turn.checked_rem(live.len())?)?;
            Some((target.clone(), topology.address(target)?))
        });
        let Some((target, address)) = live else {
            return;
        };
        (*tried, *turn) = (Some(Instant::now()), turn.wrapping_add(1));
        if self.cluster.upstream.credential == Credential::ClientToken {
            // Nothing is learnt by this, so there is nothing to hurry for.
            *known = true;
            return self.ask_what_it_speaks(target, address);
        }
        *asking = true;
        let cluster = Arc::clone(&self.cluster);
        self.asking.spawn(async move {
            let found = ask_for_brokers(&cluster, &address).await;
            Found::Brokers(target, address, found)
        });
    }

    fn note(&mut self, found: Found) {
        match found {
            Found::Reach(target, address, reach) => {
                self.probing.remove(&target);
                // The broker may have moved meanwhile; then it is asked again where it is now.
                if self.brokers.read(|topology| topology.address(&target)) == Some(address) {
                    if matches!(reach, Reach::Up(_)) {
                        self.probes.forget(&target);
                    }
                    self.brokers.set_reach(&target, reach);
                }
            }
            Found::Brokers(target, address, found) => {
                self.discovery.asking = false;
                self.discovery.known = found.is_ok();
                match found {
                    Ok((supported, discovered)) => {
                        self.discovery.problem = None;
                        self.brokers.renew(&target, &address, supported);
                        let Discovered {
                            cluster_id,
                            brokers,
                            ..
                        } = discovered;
                        let brokers = brokers.into_iter();
                        let brokers: Vec<_> =
                            brokers.map(|broker| (broker.id, broker.address)).collect();
                        // Who is listed is thought to be there, whoever asks for it.
                        self.probes.want(&Wanted {
                            any: false,
                            nodes: brokers.iter().map(|(id, _)| *id).collect(),
                        });
                        self.brokers.learn(&self.cluster, cluster_id, brokers);
                    }
                    Err(problem) => {
                        self.discovery.problem = Some(format!("{address}: {problem}"));
                    }
                }
            }
        }
    }

    fn report(&self) {
        let unreachable = Condition::ClusterUnreachable {
            cluster: self.cluster.id.as_str().into(),
        };
        let (answers, awaited) = self.brokers.read(|topology| {
            let targets = topology.targets();
            let awaited = |target| topology.reach(target) == Some(&Reach::Unknown);
            (!topology.live().is_empty(), targets.iter().any(awaited))
        });
        let text = match (&self.discovery.problem, answers, awaited) {
            (None, true, _) => None,
            (Some(problem), true, _) => Some(format!("the brokers cannot be asked for: {problem}")),
            (_, false, false) => {
                Some("no broker answers; see `bootstrap_servers` and the log".to_owned())
            }
            // One that is being asked may answer yet: a moment's doubt is no news.
            (_, false, true) => return self.report_unmapped(),
        };
        metrics::cluster_reachable(self.cluster.id.as_str(), text.is_none());
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
        let wait = if self.discovery.known {
            DISCOVERY_INTERVAL
        } else {
            PROBE_INTERVAL
        };
        let (now, probing) = (Instant::now(), &self.probing);
        let probe = self.brokers.read(|topology| {
            let targets = topology.targets().into_iter();
            let waits = |target: &Target| topology.reach(target) == Some(&Reach::Down);
            let down = targets.filter(|target| waits(target) && !probing.contains(target));
            down.map(|target| self.probes.due(&target).unwrap_or(now))
                .min()
        });
        let discovery = now + wait;
        probe.map_or(discovery, |probe| probe.min(discovery))
    }
}

/// Whether what is known of the brokers of one holds for the other.
fn same_brokers(a: &Cluster, b: &Cluster) -> bool {
    a.bootstrap_servers == b.bootstrap_servers
        && a.static_brokers == b.static_brokers
        && a.dial_map == b.dial_map
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

/// Logs in to the broker at `address` and asks it for all of them.
async fn ask_for_brokers(
    cluster: &Cluster,
    address: &HostPort,
) -> Result<(Supported, Discovered), Problem> {
    let upstream = &cluster.upstream;
    let mut connection = reach(cluster, address).await?;
    let deadline = Instant::now() + upstream.connect_timeout;
    let credential = &upstream.credential;
    connection
        .login(credential, None, AUTHENTICATE_VERSION, entropy(), deadline)
        .await?;
    let versions = connection.api_versions(deadline).await?;
    let supported = Supported::from_answer(&versions.body)?;
    Ok((supported, connection.metadata(&versions, deadline).await?))
}

/// What the broker at `address` speaks.
async fn ask(cluster: &Cluster, address: &HostPort) -> Result<Supported, Problem> {
    let mut connection = reach(cluster, address).await?;
    let deadline = Instant::now() + cluster.upstream.connect_timeout;
    let versions = connection.api_versions(deadline).await?;
    Ok(Supported::from_answer(&versions.body)?)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
        time::timeout,
    };

    use super::{super::topology::Topology, *};
    use crate::{
        identity::{Directory, Organization},
        policy::{allow::Allow, fixture::authorizer},
        snapshot::{
            SessionLimits,
            cluster::{Authorization, Upstream},
        },
        status::ReadyWhen,
        wire::{
            frame,
            tables::{APIS, api_key},
            value::Value,
        },
    };

    /// A broker that tells its versions, and that broker 1 is at `lists`.
    async fn broker(lists: Option<HostPort>) -> HostPort {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own: HostPort = listener.local_addr().unwrap().to_string().parse().unwrap();
        let listed = lists.unwrap_or_else(|| own.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, listed.clone()));
            }
        });
        own
    }

    async fn serve(mut client: TcpStream, listed: HostPort) -> std::io::Result<()> {
        loop {
            let length = client.read_u32().await?;
            let mut request = vec![0; usize::try_from(length).unwrap()];
            client.read_exact(&mut request).await?;
            let header = frame::request_header(&request).unwrap();
            let body = if header.api.key == api_key::API_VERSIONS {
                let ranges = APIS.iter().map(|api| {
                    Value::fields([
                        ("ApiKey", api.key.into()),
                        ("MinVersion", api.min_version.into()),
                        ("MaxVersion", api.max_version.into()),
                    ])
                });
                Value::fields([("ApiKeys", Value::array(ranges))])
            } else {
                let broker = Value::fields([
                    ("NodeId", 1.into()),
                    ("Host", listed.host.clone().into()),
                    ("Port", listed.port.into()),
                ]);
                Value::fields([("Brokers", Value::array([broker]))])
            };
            let answer = frame::response(header.api, header.version, header.correlation_id, &body);
            client.write_all(&answer.unwrap()).await?;
        }
    }

    /// A broker that accepts and never says a word.
    async fn hole() -> (TcpListener, HostPort) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        (listener, address)
    }

    fn cluster(seed: HostPort, brokers: BTreeMap<i32, HostPort>) -> Cluster {
        Cluster {
            id: ClusterId::parse("a").unwrap(),
            organization: Organization::parse("default").unwrap(),
            bootstrap_servers: vec![seed],
            upstream: Upstream {
                tls: None,
                credential: Credential::None,
                connect_timeout: Duration::from_secs(20),
            },
            authorization: Authorization::BrokerSharedIdentity,
            allow: Allow::default(),
            policy: Arc::new(authorizer(&[])),
            require_logical_cluster: false,
            admin_apis: false,
            telemetry: true,
            static_brokers: brokers,
            dial_map: BTreeMap::new(),
        }
    }

    fn snapshot(generation: u64, cluster: Cluster) -> Snapshot {
        Snapshot {
            generation,
            directory: Directory::new(Vec::new()).unwrap(),
            clusters: [(cluster.id.clone(), Arc::new(cluster))].into(),
            listeners: Vec::new(),
            limits: SessionLimits::default(),
        }
    }

    /// Waits until `seen` holds.
    async fn until(brokers: &ClusterBrokers, seen: impl Fn(&Topology) -> bool) {
        let mut changes = brokers.subscribe();
        let found = timeout(
            Duration::from_secs(5),
            changes.wait_for(|known| seen(known)),
        );
        assert!(found.await.is_ok(), "{:?}", brokers.topology());
    }

    fn is_up(topology: &Topology, id: i32) -> bool {
        matches!(topology.reach(&Target::Node(id)), Some(Reach::Up(_)))
    }

    #[tokio::test]
    async fn a_broker_that_hangs_does_not_keep_the_others_down() {
        let (good, (_hole, bad)) = (broker(None).await, hole().await);
        let fixed = [(1, good.clone()), (2, bad)].into();
        let brokers = Brokers::default();
        let mut watchers = Watchers::new(Status::new(ReadyWhen::AnyCluster));
        watchers.update(&snapshot(1, cluster(good, fixed)), &brokers);
        let known = brokers.of(&ClusterId::parse("a").unwrap());
        for _ in 0..3 {
            until(&known, |topology| is_up(topology, 1)).await;
            // A connection to it broke; broker 2 is being asked for another twenty seconds.
            known.broke(&Target::Node(1));
        }
        until(&known, |topology| is_up(topology, 1)).await;
    }

    #[tokio::test]
    async fn a_cluster_that_is_exchanged_is_found_anew_and_one_that_stays_is_kept() {
        let (old, new) = (broker(None).await, broker(None).await);
        let brokers = Brokers::default();
        let mut watchers = Watchers::new(Status::new(ReadyWhen::AnyCluster));
        let id = ClusterId::parse("a").unwrap();
        let at = |address: &HostPort| {
            let address = address.clone();
            move |topology: &Topology| {
                is_up(topology, 1) && topology.address(&Target::Node(1)).as_ref() == Some(&address)
            }
        };
        watchers.update(
            &snapshot(1, cluster(old.clone(), BTreeMap::new())),
            &brokers,
        );
        let first = brokers.of(&id);
        until(&first, at(&old)).await;

        watchers.update(
            &snapshot(2, cluster(old.clone(), BTreeMap::new())),
            &brokers,
        );
        assert!(Arc::ptr_eq(&first, &brokers.of(&id)));
        assert!(brokers.of(&id).read(|topology| is_up(topology, 1)));

        watchers.update(
            &snapshot(3, cluster(new.clone(), BTreeMap::new())),
            &brokers,
        );
        let second = brokers.of(&id);
        assert!(second.read(|topology| topology.nodes.is_empty()));
        until(&second, at(&new)).await;
    }

    #[tokio::test]
    async fn health_tells_of_a_cluster_whose_brokers_are_down_and_not_of_a_doubt() {
        let seed = broker(None).await;
        let (listener, gone) = hole().await;
        drop(listener);
        for (seed, ready) in [(seed, true), (gone, false)] {
            let (status, brokers) = (Status::new(ReadyWhen::AnyCluster), Brokers::default());
            let mut watchers = Watchers::new(status.clone());
            let cluster = cluster(seed.clone(), BTreeMap::new());
            let known = brokers.of(&cluster.id);
            watchers.update(&snapshot(1, cluster), &brokers);
            until(&known, |topology| {
                let reach = topology.reach(&Target::Seed(seed.clone()));
                !matches!(reach, None | Some(Reach::Unknown))
            })
            .await;
            // What is seen is told in the same breath; this lets the watcher draw it.
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(status.is_ready(), ready);
            known.broke(&Target::Seed(seed));
            tokio::task::yield_now().await;
            assert_eq!(status.is_ready(), ready);
        }
    }
}
