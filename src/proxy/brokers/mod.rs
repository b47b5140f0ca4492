//! The brokers of every upstream cluster: where they are, whether they answer, what they speak.
//! Knows clusters and how to reach them; not sessions or tokens.
//!
//! [`topology`] is what is known, [`watcher`] the task that finds it out, [`probes`] when it looks.

pub mod probes;
pub mod topology;
pub mod watcher;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use probes::Wanted;
use topology::{Reach, Target, Topology};

use crate::{
    proxy::versions::{Offers, Supported},
    snapshot::{
        address::HostPort,
        cluster::{Cluster, ClusterId},
    },
};

/// What is known of the brokers of all clusters. One for the process; it outlives reloads, so that
/// a cluster that stays is not discovered anew.
#[derive(Debug, Default)]
pub struct Brokers(Mutex<HashMap<ClusterId, Arc<ClusterBrokers>>>);

impl Brokers {
    /// The brokers of `cluster`; nothing is known of a new one.
    pub fn of(&self, cluster: &ClusterId) -> Arc<ClusterBrokers> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(cluster.clone()).or_default())
    }

    /// Forgets what is known of `cluster`.
    pub fn forget(&self, cluster: &ClusterId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(cluster);
    }

    /// Forgets clusters that `keep` does not want.
    pub fn retain(&self, keep: impl Fn(&ClusterId) -> bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|id, _| keep(id));
    }
}

/// What is known of the brokers of one cluster.
#[derive(Debug, Default)]
pub struct ClusterBrokers {
    topology: watch::Sender<Topology>,
    wake: Notify,
    wanted: Mutex<Wanted>,
    turn: AtomicUsize,
    /// What clients are told that these brokers can do.
    pub offers: Offers,
}

impl ClusterBrokers {
    /// What is known now.
    pub fn topology(&self) -> Topology {
        self.topology.borrow().clone()
    }

    /// Reads what is known, without a copy.
    pub fn read<T>(&self, look: impl FnOnce(&Topology) -> T) -> T {
        look(&self.topology.borrow())
    }

    /// What is known now and word of its changes.
    pub fn subscribe(&self) -> watch::Receiver<Topology> {
        self.topology.subscribe()
    }

    /// Takes over what a broker of `cluster` said: the cluster's id, node ids and addresses.
    pub fn learn(
        &self,
        cluster: &Cluster,
        cluster_id: Option<String>,
        brokers: Vec<(i32, HostPort)>,
    ) {
        let found: Vec<_> = brokers
            .into_iter()
            .map(|(id, advertised)| (id, cluster.dial_address(&advertised)))
            .collect();
        let news = self
            .topology
            .send_if_modified(|topology| topology.learn(cluster_id, found, Instant::now()));
        if news {
            self.wake();
        }
    }

    /// A connection to `target` broke or could not be made: what it speaks must be asked again.
    pub fn broke(&self, target: &Target) {
        if self
            .topology
            .send_if_modified(|topology| topology.doubt(target))
        {
            self.wake();
        }
    }

    fn set_seeds(&self, seeds: Vec<HostPort>) {
        self.topology.send_if_modified(|topology| {
            topology.seeds = seeds
                .into_iter()
                .map(|seed| (seed, Reach::Unknown))
                .collect();
            true
        });
    }

    fn set_reach(&self, target: &Target, reach: Reach) {
        self.topology
            .send_if_modified(|topology| topology.set_reach(target, reach));
    }

    /// Takes over what `target`, which answers, speaks now, unless it is no longer at `address` or was
    /// found not to answer meanwhile.
    fn renew(&self, target: &Target, address: &HostPort, supported: Supported) {
        self.topology.send_if_modified(|topology| {
            let is_there = topology.address(target).as_ref() == Some(address);
            let answers = matches!(topology.reach(target), Some(Reach::Up(_)));
            is_there && answers && topology.set_reach(target, Reach::Up(Arc::new(supported)))
        });
    }

    async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Has the watcher look now.
    fn wake(&self) {
        self.wake.notify_one();
    }

    /// Somebody waits for any broker to answer: those that are down are asked soon.
    pub fn want_any(&self) {
        self.wanted().any = true;
        self.wake();
    }

    /// Whether the broker `node_id` is known not to answer. If it is, somebody wants it all the same:
    /// it is asked soon.
    pub fn is_down(&self, node_id: i32) -> bool {
        let (down, known) = self.read(|topology| {
            let known = topology.nodes.contains_key(&node_id);
            (topology.is_down(node_id), known)
        });
        if down && known && self.wanted().nodes.insert(node_id) {
            self.wake();
        }
        down
    }

    /// What was wanted since the last call.
    fn take_wanted(&self) -> Wanted {
        std::mem::take(&mut *self.wanted())
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets brokers that were taken out of the cluster, but none that `keep` wants.
    fn forget_absent(&self, keep: impl Fn(i32) -> bool) -> Vec<i32> {
        let mut gone = Vec::new();
        self.topology.send_if_modified(|topology| {
            gone = topology.forget_absent(keep);
            !gone.is_empty()
        });
        gone
    }

    /// Counts up, so that bootstrap connections spread over the brokers.
    pub fn next_turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}
