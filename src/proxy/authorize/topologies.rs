//! The topics of Streams groups (KIP-1071), as brokers told them a moment ago. Pure: the time comes in.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use crate::limits::{TOPOLOGY_AGE_MAX, TOPOLOGY_TOPICS_MAX};
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

    fn len(&self) -> usize {
        self.internal.len().saturating_add(self.sources.len())
    }
}

/// Those of the groups of one cluster, for [`TOPOLOGY_AGE_MAX`]; at most [`TOPOLOGY_TOPICS_MAX`] topics.
#[derive(Debug, Default)]
pub(super) struct Topologies {
    known: HashMap<Box<str>, (Instant, Arc<TopologyTopics>)>,
}

impl Topologies {
    /// The topics of `group`; `None` = the broker must be asked.
    pub(super) fn of(&self, group: &str, now: Instant) -> Option<Arc<TopologyTopics>> {
        let (at, topics) = self.known.get(group)?;
        is_fresh(*at, now).then(|| Arc::clone(topics))
    }

    /// Takes note of those of `group`. Where there is no room they are asked for again.
    pub(super) fn learn(&mut self, group: &str, topics: Arc<TopologyTopics>, now: Instant) {
        self.known.retain(|_, (at, _)| is_fresh(*at, now));
        self.known.remove(group);
        let taken = |topics: &TopologyTopics| topics.len().saturating_add(1);
        let all: usize = self.known.values().map(|(_, topics)| taken(topics)).sum();
        if all.saturating_add(taken(&topics)) <= TOPOLOGY_TOPICS_MAX {
            self.known.insert(group.into(), (now, topics));
        }
    }
}

fn is_fresh(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < TOPOLOGY_AGE_MAX
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
        all.learn("b", topics(TOPOLOGY_TOPICS_MAX - 1), later);
        assert_eq!(all.known.len(), 1, "what is old went");
        all.learn("c", topics(0), later);
        assert_eq!(all.of("c", later), None, "no room");
        all.learn("b", topics(2), later);
        all.learn("c", topics(0), later);
        assert_eq!(all.known.len(), 2);
    }
}
