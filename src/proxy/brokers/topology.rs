//! What is known of one cluster's brokers. Pure; [`super::watcher`] feeds it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::time::Instant;

use crate::{
    limits::{BROKER_ABSENT, BROKERS_GONE_MAX},
    proxy::versions::Supported,
    snapshot::address::HostPort,
};

/// What is known of one cluster's brokers.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The cluster's own id, as brokers tell it; passed on unchanged.
    pub cluster_id: Option<String>,
    /// Brokers by node id. One that brokers no longer list stays for a while, since it may only be
    /// down.
    pub nodes: BTreeMap<i32, Node>,
    /// Brokers that were forgotten: nobody is let in for them until they are listed again.
    gone: BTreeSet<i32>,
    /// When the brokers were listed last.
    listed: Option<Instant>,
    /// Bootstrap servers, by the address to dial.
    pub seeds: BTreeMap<HostPort, Reach>,
}

/// A broker.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The address to dial.
    pub dial: HostPort,
    /// Whether it answers.
    pub reach: Reach,
    /// When it was in a list last.
    pub listed: Instant,
}

/// Whether a broker answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reach {
    /// Not asked yet, or a connection to it broke.
    #[default]
    Unknown,
    /// It answered `ApiVersions` with this.
    Up(Arc<Supported>),
    /// It did not answer when last asked.
    Down,
}

/// Something to dial.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The broker of that node id.
    Node(i32),
    /// A bootstrap server.
    Seed(HostPort),
}

impl Reach {
    /// What the broker speaks, if it is known to answer.
    #[must_use]
    pub const fn supported(&self) -> Option<&Arc<Supported>> {
        match self {
            Self::Up(supported) => Some(supported),
            Self::Unknown | Self::Down => None,
        }
    }
}

impl Topology {
    /// Adds and moves brokers by a list of `now`; whether anything is new.
    pub fn learn(
        &mut self,
        cluster_id: Option<String>,
        nodes: Vec<(i32, HostPort)>,
        now: Instant,
    ) -> bool {
        let mut changed = false;
        self.listed = Some(now);
        if cluster_id.is_some() && self.cluster_id != cluster_id {
            self.cluster_id = cluster_id;
            changed = true;
        }
        for (id, dial) in nodes {
            self.gone.remove(&id);
            if let Some(known) = self.nodes.get_mut(&id)
                && known.dial == dial
            {
                known.listed = now;
                continue;
            }
            let node = Node {
                dial,
                reach: Reach::Unknown,
                listed: now,
            };
            self.nodes.insert(id, node);
            changed = true;
        }
        changed
    }

    /// Forgets brokers that do not answer and that the lists have left out for [`BROKER_ABSENT`], but
    /// none that `keep` wants: they were taken out of the cluster. Their node ids.
    pub fn forget_absent(&mut self, keep: impl Fn(i32) -> bool) -> Vec<i32> {
        let Some(listed) = self.listed else {
            return Vec::new();
        };
        let absent = |node: &Node| listed.saturating_duration_since(node.listed) >= BROKER_ABSENT;
        let gone = self
            .nodes
            .iter()
            .filter(|(id, node)| node.reach == Reach::Down && absent(node) && !keep(**id));
        let gone: Vec<i32> = gone.map(|(id, _)| *id).collect();
        for id in &gone {
            self.nodes.remove(id);
            if self.gone.len() < BROKERS_GONE_MAX {
                self.gone.insert(*id);
            }
        }
        gone
    }

    /// Whether `target` answers.
    #[must_use]
    pub fn reach(&self, target: &Target) -> Option<&Reach> {
        match target {
            Target::Node(id) => self.nodes.get(id).map(|node| &node.reach),
            Target::Seed(address) => self.seeds.get(address),
        }
    }

    /// Notes whether `target` answers; whether that is news.
    pub fn set_reach(&mut self, target: &Target, reach: Reach) -> bool {
        let place = match target {
            Target::Node(id) => self.nodes.get_mut(id).map(|node| &mut node.reach),
            Target::Seed(address) => self.seeds.get_mut(address),
        };
        let Some(place) = place else { return false };
        let news = *place != reach;
        // What stays the same stays the same object: what clients are told is kept by it.
        if news {
            *place = reach;
        }
        news
    }

    /// Forgets what `target` speaks, since a connection to it broke; whether it was known.
    pub fn doubt(&mut self, target: &Target) -> bool {
        let known = self
            .reach(target)
            .is_some_and(|reach| matches!(reach, Reach::Up(_)));
        known && self.set_reach(target, Reach::Unknown)
    }

    /// Whether the broker `node_id` is known not to answer, or was forgotten.
    #[must_use]
    pub fn is_down(&self, node_id: i32) -> bool {
        let down = matches!(self.reach(&Target::Node(node_id)), Some(Reach::Down));
        down || self.gone.contains(&node_id)
    }

    /// The address to dial for `target`.
    #[must_use]
    pub fn address(&self, target: &Target) -> Option<HostPort> {
        match target {
            Target::Node(id) => self.nodes.get(id).map(|node| node.dial.clone()),
            Target::Seed(address) => Some(address.clone()),
        }
    }

    /// What answers for the cluster as a whole: its live brokers, or its live bootstrap servers
    /// while no broker is known.
    #[must_use]
    pub fn live(&self) -> Vec<(Target, Arc<Supported>)> {
        let nodes = self.nodes.iter();
        let mut live: Vec<_> = nodes
            .filter_map(|(id, node)| Some((Target::Node(*id), Arc::clone(node.reach.supported()?))))
            .collect();
        if live.is_empty() {
            let seeds = self.seeds.iter();
            live.extend(seeds.filter_map(|(address, reach)| {
                Some((
                    Target::Seed(address.clone()),
                    Arc::clone(reach.supported()?),
                ))
            }));
        }
        live
    }

    /// Everything that may be asked. Bootstrap servers are left alone while a broker answers.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<_> = self.nodes.keys().map(|id| Target::Node(*id)).collect();
        let answered = self
            .nodes
            .values()
            .any(|node| node.reach.supported().is_some());
        if !answered {
            targets.extend(self.seeds.keys().cloned().map(Target::Seed));
        }
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> HostPort {
        text.parse().unwrap()
    }

    #[test]
    fn a_broker_that_is_no_longer_listed_is_forgotten_once_it_is_down_for_long() {
        let (mut topology, start) = (Topology::default(), Instant::now());
        let both = || vec![(1, address("a:1")), (2, address("b:1"))];
        let one = || vec![(1, address("a:1"))];
        let (nobody, long) = (|_| false, start + BROKER_ABSENT);
        assert!(topology.learn(Some("id".to_owned()), both(), start));
        assert!(!topology.learn(None, one(), long));
        assert_eq!(topology.forget_absent(nobody), [0; 0], "it may answer");
        topology.set_reach(&Target::Node(2), Reach::Down);
        assert_eq!(
            topology.forget_absent(|id| id == 2),
            [0; 0],
            "is configured"
        );

        let mut listed_before = topology.clone();
        listed_before.learn(None, both(), start + BROKER_ABSENT / 2);
        listed_before.learn(None, one(), long);
        assert_eq!(
            listed_before.forget_absent(nobody),
            [0; 0],
            "not for so long"
        );

        assert_eq!(topology.forget_absent(nobody), [2]);
        assert!(topology.is_down(2) && topology.reach(&Target::Node(2)).is_none());
        assert!(topology.learn(None, both(), long));
        assert!(!topology.is_down(2), "is back");
    }

    #[test]
    fn without_a_list_nobody_is_absent() {
        let (mut topology, start) = (Topology::default(), Instant::now());
        topology.learn(None, vec![(1, address("a:1"))], start);
        topology.set_reach(&Target::Node(1), Reach::Down);
        assert_eq!(topology.forget_absent(|_| false), [0; 0]);
        assert!(topology.is_down(1));
    }

    #[test]
    fn what_is_forgotten_is_bounded() {
        let (mut topology, start) = (Topology::default(), Instant::now());
        let many = 0..i32::try_from(2 * BROKERS_GONE_MAX).unwrap();
        topology.learn(
            None,
            many.clone().map(|id| (id, address("a:1"))).collect(),
            start,
        );
        for id in many.clone() {
            topology.set_reach(&Target::Node(id), Reach::Down);
        }
        topology.learn(None, Vec::new(), start + BROKER_ABSENT);
        assert_eq!(topology.forget_absent(|_| false).len(), many.len());
        assert_eq!(
            (topology.nodes.len(), topology.gone.len()),
            (0, BROKERS_GONE_MAX)
        );
    }

    #[test]
    fn a_broker_that_moved_is_asked_again() {
        let mut topology = Topology::default();
        topology.learn(None, vec![(1, address("a:1"))], Instant::now());
        topology.set_reach(&Target::Node(1), Reach::Down);
        assert!(topology.learn(None, vec![(1, address("a:2"))], Instant::now()));
        assert_eq!(topology.reach(&Target::Node(1)), Some(&Reach::Unknown));
    }

    fn supported() -> Reach {
        use crate::wire::value::Value;
        let produce = Value::fields([
            ("ApiKey", 0.into()),
            ("MinVersion", 0.into()),
            ("MaxVersion", 9.into()),
        ]);
        let answer = Value::fields([("ApiKeys", Value::array([produce]))]);
        Reach::Up(Arc::new(Supported::from_answer(&answer).unwrap()))
    }

    /// Brokers 1 and 2 and a bootstrap server, of which nothing is known.
    fn topology() -> Topology {
        let mut topology = Topology::default();
        topology.learn(
            None,
            vec![(1, address("a:1")), (2, address("b:1"))],
            Instant::now(),
        );
        topology.seeds.insert(address("seed:1"), Reach::Unknown);
        topology
    }

    fn live(topology: &Topology) -> Vec<Target> {
        topology
            .live()
            .into_iter()
            .map(|(target, _)| target)
            .collect()
    }

    #[test]
    fn brokers_answer_for_the_cluster_and_bootstrap_servers_only_without_them() {
        let seed = Target::Seed(address("seed:1"));
        let mut topology = topology();
        assert!(live(&topology).is_empty());
        topology.set_reach(&seed, supported());
        assert_eq!(live(&topology), std::slice::from_ref(&seed));
        assert!(topology.targets().contains(&seed));
        topology.set_reach(&Target::Node(2), supported());
        assert_eq!(live(&topology), [Target::Node(2)]);
        assert!(!topology.targets().contains(&seed));
    }

    #[test]
    fn only_what_was_known_is_doubted_and_a_doubt_is_not_down() {
        let mut topology = topology();
        let node = Target::Node(1);
        assert!(!topology.doubt(&node), "nothing was known");
        topology.set_reach(&node, supported());
        assert!(topology.doubt(&node));
        assert!(!topology.doubt(&node), "once");
        assert!(!topology.is_down(1));
        topology.set_reach(&node, Reach::Down);
        assert!(topology.is_down(1));
        assert!(!topology.doubt(&node), "down stays down until it answers");
        assert!(!topology.is_down(7), "an unknown broker may be there");
    }

    #[test]
    fn what_is_not_there_changes_nothing() {
        let mut topology = topology();
        for target in [Target::Node(9), Target::Seed(address("other:1"))] {
            assert!(!topology.set_reach(&target, supported()));
            assert_eq!(topology.reach(&target), None);
        }
        assert_eq!(topology.address(&Target::Node(9)), None);
    }

    #[test]
    fn the_same_again_is_no_news() {
        let (mut topology, now) = (topology(), Instant::now());
        let id = Some("id".to_owned());
        assert!(topology.learn(id.clone(), Vec::new(), now));
        assert!(!topology.learn(id, vec![(2, address("b:1"))], now));
        assert!(topology.set_reach(&Target::Node(1), supported()));
        assert!(!topology.set_reach(&Target::Node(1), supported()));
        assert!(topology.learn(Some("other".to_owned()), Vec::new(), now));
    }
}
