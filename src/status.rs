//! Whether this process can serve, and why not: what `proxy` and `control` report upward and the
//! health endpoints show. Owns the closed list of conditions; knows nothing else.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most conditions kept at a time. What comes on top is left out: the process is not ready, and a
/// thousand reasons say so as well as more.
const CONDITIONS_MAX: usize = 1000;

/// When `/readyz` says yes, where several clusters are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadyWhen {
    /// As long as one of them can be reached: taking a process away takes the others away too.
    #[default]
    AnyCluster,
    /// Only while all of them can.
    AllClusters,
}

/// Something that keeps this process from serving, or from serving fully.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// Not everything is loaded yet.
    Starting,
    /// There are no keys to check a provider's tokens with.
    KeysMissing {
        /// Its organization.
        organization: Arc<str>,
        /// Its name.
        provider: Arc<str>,
    },
    /// A provider's clock is off by more than the leeway that its tokens are given.
    ProviderClockOff {
        /// Its organization.
        organization: Arc<str>,
        /// Its name.
        provider: Arc<str>,
    },
    /// No broker of a cluster answers.
    ClusterUnreachable {
        /// The logical cluster.
        cluster: Arc<str>,
    },
    /// A broker has no port or name of its own here and is left out of every answer.
    BrokerUnmapped {
        /// The logical cluster.
        cluster: Arc<str>,
        /// The broker's node id.
        node: i32,
    },
    /// Told to stop: sessions are being ended.
    Draining,
}

impl Condition {
    /// The stable word that monitoring can match.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::KeysMissing { .. } => "KEYS_MISSING",
            Self::ProviderClockOff { .. } => "PROVIDER_CLOCK_OFF",
            Self::ClusterUnreachable { .. } => "CLUSTER_UNREACHABLE",
            Self::BrokerUnmapped { .. } => "BROKER_UNMAPPED",
            Self::Draining => "DRAINING",
        }
    }

    const fn is_unreachable_cluster(&self) -> bool {
        matches!(self, Self::ClusterUnreachable { .. })
    }

    const fn is_missing_keys(&self) -> bool {
        matches!(self, Self::KeysMissing { .. })
    }
}

/// One condition that holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which.
    pub condition: Condition,
    /// What happened and what to do, for people.
    pub text: String,
    /// Whether a balancer should stop sending clients here for it.
    pub blocks: bool,
}

/// The conditions that hold; cheap to clone, all clones are one. Its mutex is held for short
/// sections, never across an await.
#[derive(Clone, Debug, Default)]
pub struct Status(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    conditions: BTreeMap<Condition, String>,
    ready_when: ReadyWhen,
    /// Clusters that are served.
    clusters: usize,
    /// Providers that are trusted.
    providers: usize,
}

impl Held {
    /// Whether a balancer should stop sending clients here for `condition`. An unmapped broker and a
    /// provider's clock do not: they are the same on every replica, and there is more that works. So
    /// it is with the keys of one provider, as long as another has some.
    fn blocks(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Starting | Condition::Draining => true,
            Condition::KeysMissing { .. } => {
                self.count(Condition::is_missing_keys) >= self.providers
            }
            Condition::ClusterUnreachable { .. } => match self.ready_when {
                ReadyWhen::AllClusters => true,
                ReadyWhen::AnyCluster => {
                    self.count(Condition::is_unreachable_cluster) >= self.clusters
                }
            },
            Condition::BrokerUnmapped { .. } | Condition::ProviderClockOff { .. } => false,
        }
    }

    fn count(&self, is_meant: impl Fn(&Condition) -> bool) -> usize {
        let conditions = self.conditions.keys();
        conditions.filter(|condition| is_meant(condition)).count()
    }
}

impl Status {
    /// No condition holds, and no cluster is served yet.
    #[must_use]
    pub fn new(ready_when: ReadyWhen) -> Self {
        Self(Arc::new(Mutex::new(Held {
            ready_when,
            ..Held::default()
        })))
    }

    /// So many clusters are served from now on.
    pub fn serves(&self, clusters: usize) {
        self.held().clusters = clusters;
    }

    /// So many providers' tokens are checked with keys from now on.
    pub fn trusts(&self, providers: usize) {
        self.held().providers = providers;
    }

    /// `condition` holds from now on; `text` replaces an earlier one. Returns whether it is new.
    pub fn not_ready(&self, condition: Condition, text: impl Into<String>) -> bool {
        let conditions = &mut self.held().conditions;
        if conditions.len() >= CONDITIONS_MAX && !conditions.contains_key(&condition) {
            return false;
        }
        conditions.insert(condition, text.into()).is_none()
    }

    /// `condition` holds no longer. Returns whether it did.
    pub fn ready(&self, condition: &Condition) -> bool {
        self.held().conditions.remove(condition).is_some()
    }

    /// Forgets every condition that `keep` turns down, e.g. those of a cluster that a reload
    /// removed.
    pub fn retain(&self, mut keep: impl FnMut(&Condition) -> bool) {
        self.held()
            .conditions
            .retain(|condition, _| keep(condition));
    }

    /// Every condition that holds, in a stable order.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let held = self.held();
        let reason = |(condition, text): (&Condition, &String)| Reason {
            condition: condition.clone(),
            text: text.clone(),
            blocks: held.blocks(condition),
        };
        held.conditions.iter().map(reason).collect()
    }

    /// Whether no condition that blocks holds.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let held = self.held();
        !held
            .conditions
            .keys()
            .any(|condition| held.blocks(condition))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmapped(node: i32) -> Condition {
        Condition::BrokerUnmapped {
            cluster: "c".into(),
            node,
        }
    }

    #[test]
    fn ready_once_every_blocking_condition_is_gone() {
        let status = Status::new(ReadyWhen::AnyCluster);
        assert!(status.is_ready());
        let keys = Condition::KeysMissing {
            organization: "default".into(),
            provider: "keycloak".into(),
        };
        assert!(status.not_ready(Condition::Starting, "loading"));
        assert!(status.clone().not_ready(keys.clone(), "no answer"));
        assert!(!status.not_ready(keys.clone(), "still no answer"));
        let texts: Vec<String> = status.reasons().into_iter().map(|r| r.text).collect();
        assert_eq!(texts, ["loading", "still no answer"]);
        assert!(status.ready(&Condition::Starting));
        assert!(!status.is_ready());
        assert!(status.ready(&keys));
        assert!(!status.ready(&keys));
        assert!(status.is_ready());
    }

    #[test]
    fn one_provider_of_several_without_keys_does_not_block() {
        let missing = |name: &str| Condition::KeysMissing {
            organization: "default".into(),
            provider: name.into(),
        };
        let status = Status::new(ReadyWhen::AnyCluster);
        status.trusts(2);
        status.not_ready(missing("a"), "no answer");
        assert!(status.is_ready());
        assert!(!status.reasons()[0].blocks);
        status.not_ready(missing("b"), "no answer");
        assert!(!status.is_ready());
        status.ready(&missing("a"));
        assert!(status.is_ready());
        // A reload that leaves the one without keys alone.
        status.trusts(1);
        assert!(!status.is_ready());
    }

    #[test]
    fn an_unmapped_broker_is_a_reason_but_does_not_block() {
        let status = Status::new(ReadyWhen::AnyCluster);
        status.not_ready(unmapped(7), "broker 7 is beyond node_ids");
        assert!(status.is_ready());
        assert_eq!(status.reasons().len(), 1);
        status.retain(|condition| !matches!(condition, Condition::BrokerUnmapped { .. }));
        assert_eq!(status.reasons(), []);
    }

    #[test]
    fn one_cluster_of_several_does_not_block_unless_it_shall() {
        let unreachable = |id: &str| Condition::ClusterUnreachable { cluster: id.into() };
        for (ready_when, ready) in [
            (ReadyWhen::AnyCluster, [true, false, true]),
            (ReadyWhen::AllClusters, [false, false, false]),
        ] {
            let status = Status::new(ready_when);
            status.serves(2);
            status.not_ready(unreachable("a"), "gone");
            let one = status.is_ready();
            assert_eq!(status.reasons()[0].blocks, !one);
            status.not_ready(unreachable("b"), "gone");
            let both = status.is_ready();
            // A third one comes by a reload.
            status.serves(3);
            assert_eq!([one, both, status.is_ready()], ready, "{ready_when:?}");
        }
    }

    #[test]
    fn conditions_are_bounded() {
        let status = Status::new(ReadyWhen::AnyCluster);
        for node in 0..2000 {
            status.not_ready(unmapped(node), "x");
        }
        assert_eq!(status.reasons().len(), CONDITIONS_MAX);
        assert!(!status.not_ready(Condition::Draining, "x"));
    }
}
