//! The topics of Streams groups (KIP-1071), as brokers told them a moment ago. Pure: the time comes in.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use crate::limits::{TOPOLOGY_AGE_MAX, TOPOLOGY_BYTES_MAX, TOPOLOGY_NAME_BYTES};
use crate::wire::value::Value;

/// The topics of a topology that matter to what brokers create for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TopologyTopics {
    /// Those that brokers create where they are missing.
    pub(super) internal: BTreeSet<String>,
    /// Those that must be there before brokers create any.
    pub(super) sources: BTreeSet<String>,
}

impl TopologyTopics {
    /// Those of `topology`, of a StreamsGroupHeartbeat or of an answer to StreamsGroupDescribe.
    pub(super) fn of(topology: &Value) -> Self {
        let mut topics = Self::default();
        for part in topology.items("Subtopologies") {
            for list in ["RepartitionSourceTopics", "StateChangelogTopics"] {
                let names = part.items(list).iter().filter_map(|info| info.str("Name"));
                topics.internal.extend(names.map(str::to_owned));
            }
            let sources = part.items("SourceTopics").iter().filter_map(Value::as_str);
            topics.sources.extend(sources.map(str::to_owned));
        }
        topics
    }

    /// Adds those of `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        self.internal.extend(other.internal.iter().cloned());
        self.sources.extend(other.sources.iter().cloned());
    }

    /// Bytes that they take.
    fn weight(&self) -> usize {
        let names = self.internal.iter().chain(&self.sources);
        names.fold(0, |all, name| all.saturating_add(weight_of(name)))
    }
}

/// Those of the groups of one cluster, for [`TOPOLOGY_AGE_MAX`]; at most [`TOPOLOGY_BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Topologies {
    known: HashMap<Box<str>, Known>,
}

/// Those of one group.
#[derive(Debug)]
struct Known {
    at: Instant,
    topics: Arc<TopologyTopics>,
    /// Bytes that they and the group's name take.
    weight: usize,
}

impl Topologies {
    /// The topics of `group`; `None` = the broker must be asked.
    pub(super) fn of(&self, group: &str, now: Instant) -> Option<Arc<TopologyTopics>> {
        let known = self.known.get(group)?;
        known.is_fresh(now).then(|| Arc::clone(&known.topics))
    }

    /// Takes note of those of `group`. Where there is no room they are asked for again.
    pub(super) fn learn(&mut self, group: &str, topics: Arc<TopologyTopics>, now: Instant) {
        self.known.retain(|_, known| known.is_fresh(now));
        self.known.remove(group);
        let known = Known {
            at: now,
            weight: weight_of(group).saturating_add(topics.weight()),
            topics,
        };
        if self.weight().saturating_add(known.weight) <= TOPOLOGY_BYTES_MAX {
            self.known.insert(group.into(), known);
        }
    }

    /// Bytes that all take.
    fn weight(&self) -> usize {
        let known = self.known.values();
        known.fold(0, |all, known| all.saturating_add(known.weight))
    }
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < TOPOLOGY_AGE_MAX
    }
}

/// Bytes that the `name` of a group or topic takes.
const fn weight_of(name: &str) -> usize {
    name.len().saturating_add(TOPOLOGY_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(count: usize) -> Arc<TopologyTopics> {
        let internal = (0..count).map(|n| n.to_string()).collect();
        Arc::new(TopologyTopics {
            internal,
            ..TopologyTopics::default()
        })
    }

    #[test]
    fn a_topology_is_believed_for_a_moment_and_room_is_bounded() {
        let mut all = Topologies::default();
        let now = Instant::now();
        all.learn("a", topics(1), now);
        assert_eq!(all.of("a", now), Some(topics(1)));
        assert_eq!(all.of("b", now), None);
        let later = now + TOPOLOGY_AGE_MAX;
        assert_eq!(all.of("a", later), None);
        all.learn(
            "b",
            topics(TOPOLOGY_BYTES_MAX / (TOPOLOGY_NAME_BYTES + 6)),
            later,
        );
        assert_eq!(all.known.len(), 1, "what is old went");
        let long = "c".repeat(TOPOLOGY_BYTES_MAX - all.weight());
        all.learn(&long, topics(0), later);
        assert_eq!(all.of(&long, later), None, "no room");
        all.learn("b", topics(2), later);
        all.learn("c", topics(0), later);
        assert_eq!(all.known.len(), 2);
    }

    #[test]
    fn long_names_of_groups_and_topics_are_no_more_bytes_than_short_ones() {
        let now = Instant::now();
        let long = "x".repeat(32_000);
        let named = TopologyTopics {
            sources: BTreeSet::from([long.clone()]),
            ..TopologyTopics::default()
        };
        let named = Arc::new(named);
        let (mut groups, mut sources) = (Topologies::default(), Topologies::default());
        for n in 0..1_000 {
            groups.learn(&format!("{long}{n}"), topics(0), now);
            sources.learn(&n.to_string(), Arc::clone(&named), now);
        }
        for all in [groups, sources] {
            let kept = all.known.len();
            assert!(
                kept > 500 && kept * long.len() < TOPOLOGY_BYTES_MAX,
                "{kept}"
            );
        }
    }
}
