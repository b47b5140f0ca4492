//! What is known of one cluster's brokers. Pure; [`super::watcher`] feeds it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{proxy::versions::Supported, snapshot::address::HostPort};

/// What is known of one cluster's brokers.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The cluster's own id, as brokers tell it; passed on unchanged.
    pub cluster_id: Option<String>,
    /// Brokers by node id. One that brokers no longer list stays, since it may only be down.
    pub nodes: BTreeMap<i32, Node>,
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
    /// Adds and moves brokers; whether anything is new.
    pub fn learn(&mut self, cluster_id: Option<String>, nodes: Vec<(i32, HostPort)>) -> bool {
        let mut changed = false;
        if cluster_id.is_some() && self.cluster_id != cluster_id {
            self.cluster_id = cluster_id;
            changed = true;
        }
        for (id, dial) in nodes {
            if self.nodes.get(&id).is_none_or(|known| known.dial != dial) {
                self.nodes.insert(
                    id,
                    Node {
                        dial,
                        reach: Reach::Unknown,
                    },
                );
                changed = true;
            }
        }
        changed
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
        *place = reach;
        news
    }

    /// Forgets what `target` speaks, since a connection to it broke; whether it was known.
    pub fn doubt(&mut self, target: &Target) -> bool {
        let known = self
            .reach(target)
            .is_some_and(|reach| matches!(reach, Reach::Up(_)));
        known && self.set_reach(target, Reach::Unknown)
    }

    /// Whether the broker `node_id` is known not to answer.
    #[must_use]
    pub fn is_down(&self, node_id: i32) -> bool {
        matches!(self.reach(&Target::Node(node_id)), Some(Reach::Down))
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
    fn a_broker_that_is_no_longer_listed_stays() {
        let mut topology = Topology::default();
        assert!(topology.learn(
            Some("id".to_owned()),
            vec![(1, address("a:1")), (2, address("b:1"))]
        ));
        assert!(!topology.learn(None, vec![(1, address("a:1"))]));
        assert_eq!(topology.nodes.len(), 2);
    }

    #[test]
    fn a_broker_that_moved_is_asked_again() {
        let mut topology = Topology::default();
        topology.learn(None, vec![(1, address("a:1"))]);
        topology.set_reach(&Target::Node(1), Reach::Down);
        assert!(topology.learn(None, vec![(1, address("a:2"))]));
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
        topology.learn(None, vec![(1, address("a:1")), (2, address("b:1"))]);
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
        let mut topology = topology();
        let id = Some("id".to_owned());
        assert!(topology.learn(id.clone(), Vec::new()));
        assert!(!topology.learn(id, vec![(2, address("b:1"))]));
        assert!(topology.set_reach(&Target::Node(1), supported()));
        assert!(!topology.set_reach(&Target::Node(1), supported()));
        assert!(topology.learn(Some("other".to_owned()), Vec::new()));
    }
}
