//! Names of topics by their ids (KIP-516), learned from brokers' answers.
//!
//! A broker gives each topic a random id and never uses one twice, so what was once learned of an id stays
//! true for as long as that topic exists, and is about no other topic afterwards.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use super::subscriptions::Subscriptions;
use super::topologies::Topologies;
use crate::limits::{AUTO_CREATE_AGE_MAX, QUESTION_TOPICS_MAX, TOPIC_IDS_MAX};
use crate::wire::api::Api;
use crate::wire::malformed::Malformed;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::visitor::{At, Scalar, Visitor};
use crate::wire::walker::Walker;

/// Kafka's topic id.
pub type TopicId = [u8; 16];

/// The id that stands for "none".
pub(super) const NO_TOPIC: TopicId = [0; 16];

/// The topics of all upstream clusters, shared by all connections.
#[derive(Debug, Default)]
pub struct Topics {
    // Held for a look-up; nothing is awaited meanwhile.
    clusters: Mutex<HashMap<Arc<str>, Arc<TopicNames>>>,
}

impl Topics {
    /// Those of the cluster named `cluster` in the configuration.
    #[must_use]
    pub fn of(&self, cluster: &str) -> Arc<TopicNames> {
        // No code that holds the lock can panic half way.
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clusters.get(cluster) {
            return Arc::clone(known);
        }
        let new = Arc::<TopicNames>::default();
        clusters.insert(cluster.into(), Arc::clone(&new));
        new
    }
}

/// The topics of one cluster by id, at most [`TOPIC_IDS_MAX`], who subscribes to them by patterns, and what
/// Streams groups have.
#[derive(Debug)]
pub struct TopicNames {
    known: RwLock<Known>,
    // As all locks here: held for a look-up or an insertion, and nothing is awaited meanwhile.
    nameless: Mutex<Nameless>,
    subscriptions: Mutex<Subscriptions>,
    topologies: Mutex<Topologies>,
    /// Whether its brokers create topics by themselves, and when one said so.
    auto_creates: Mutex<Option<(bool, Instant)>>,
    clock: fn() -> Instant,
}

/// Names and ids.
#[derive(Debug, Default)]
struct Known {
    names: HashMap<TopicId, Arc<str>>,
    /// The newest id of each name.
    ids: HashMap<Arc<str>, TopicId>,
}

/// Ids that came without a name; at most [`QUESTION_TOPICS_MAX`] of each sort.
#[derive(Debug, Default)]
struct Nameless {
    /// Those to be asked for.
    wanted: HashSet<TopicId>,
    /// Those that the broker knows no topic by.
    gone: HashSet<TopicId>,
}

impl Default for TopicNames {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            nameless: Mutex::default(),
            subscriptions: Mutex::default(),
            topologies: Mutex::default(),
            auto_creates: Mutex::default(),
            clock: Instant::now,
        }
    }
}

impl TopicNames {
    /// The topic with `id`; `None` = not learned yet, or there is none.
    #[must_use]
    pub fn name(&self, id: &TopicId) -> Option<Arc<str>> {
        self.read().names.get(id).cloned()
    }

    /// Whether a broker spoke of a topic called `name`, and none said since that there is none.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.read().ids.contains_key(name)
    }

    /// Takes note that the broker calls the topic with `id` so. What was learned first stays.
    pub fn learn(&self, id: TopicId, name: &str) {
        if id == NO_TOPIC || self.name(&id).is_some() {
            return;
        }
        let mut known = self.write();
        if known.names.len() >= TOPIC_IDS_MAX {
            // They are learned again as they are asked for.
            *known = Known::default();
        }
        let name: Arc<str> = name.into();
        known.ids.insert(Arc::clone(&name), id);
        known.names.entry(id).or_insert(name);
        drop(known);
        // A broker that lagged behind may have known no such topic a moment ago.
        self.nameless().gone.remove(&id);
    }

    /// Takes note that the broker knows no topic with `id`.
    pub fn forget(&self, id: &TopicId) {
        let mut known = self.write();
        let name = known.names.remove(id);
        if let Some(name) = name.filter(|name| known.ids.get(name) == Some(id)) {
            known.ids.remove(&name);
        }
        drop(known);
        let mut nameless = self.nameless();
        if nameless.gone.len() >= QUESTION_TOPICS_MAX {
            nameless.gone.clear();
        }
        nameless.gone.insert(*id);
    }

    /// Takes note that the broker knows no topic called `name`.
    pub fn forget_name(&self, name: &str) {
        if self.knows(name) {
            let mut known = self.write();
            if let Some(id) = known.ids.remove(name) {
                known.names.remove(&id);
            }
        }
    }

    /// Whether the brokers create topics that are asked for and missing (`auto.create.topics.enable`);
    /// `None` = none said so within [`AUTO_CREATE_AGE_MAX`].
    #[must_use]
    pub fn auto_creates(&self) -> Option<bool> {
        let (auto_creates, since) = (*self.auto_create())?;
        let age = self.now().saturating_duration_since(since);
        (age < AUTO_CREATE_AGE_MAX).then_some(auto_creates)
    }

    /// Takes note of it.
    pub fn learn_auto_creates(&self, auto_creates: bool) {
        *self.auto_create() = Some((auto_creates, self.now()));
    }

    fn auto_create(&self) -> MutexGuard<'_, Option<(bool, Instant)>> {
        self.auto_creates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the name of the topic with `id`, which is not known, is to be asked for. It is not where the
    /// broker has said that there is no such topic: nothing can be read from it.
    pub(super) fn want(&self, id: TopicId) -> bool {
        let mut nameless = self.nameless();
        if nameless.gone.contains(&id) {
            return false;
        }
        if nameless.wanted.len() < QUESTION_TOPICS_MAX {
            nameless.wanted.insert(id);
        }
        true
    }

    /// The ids that are to be asked for, once.
    pub(super) fn take_wanted(&self) -> Vec<TopicId> {
        std::mem::take(&mut self.nameless().wanted)
            .into_iter()
            .filter(|id| self.name(id).is_none())
            .collect()
    }

    /// What members of consumer groups subscribe to by patterns.
    pub(super) fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The topics of Streams groups.
    pub(super) fn topologies(&self) -> MutexGuard<'_, Topologies> {
        self.topologies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The time that listings of topics grow old by.
    pub(super) fn now(&self) -> Instant {
        (self.clock)()
    }

    // No code that holds the lock can panic half way.
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn nameless(&self) -> MutexGuard<'_, Nameless> {
        self.nameless.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes note of the names and ids in `frame`, a broker's answer of `api` and `version` without its length,
/// where that API tells them.
///
/// # Errors
/// When `frame` is no such answer.
pub fn learn_topics(
    api: &'static Api,
    version: i16,
    frame: &[u8],
    topics: &TopicNames,
) -> Result<(), Malformed> {
    let tells = matches!(
        api.key,
        // Not CreateTopics: what is only validated there gets an id, and never comes into being.
        api_key::METADATA | api_key::DESCRIBE_TOPIC_PARTITIONS
    );
    if !tells {
        return Ok(());
    }
    let mut learner = Learner {
        topics,
        name: None,
        id: NO_TOPIC,
    };
    Walker::response(api, version, frame.len()).walk_held(frame, &mut learner)
}

/// Learns the name and id of each item of an answer.
struct Learner<'a> {
    topics: &'a TopicNames,
    name: Option<Box<str>>,
    id: TopicId,
}

impl Visitor for Learner<'_> {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TopicName, Scalar::Str(name)) => self.name = Some(name.into()),
            (Mark::TopicId, Scalar::Uuid(id)) => self.id = id,
            _ => return,
        }
        if let (Some(name), true) = (&self.name, self.id != NO_TOPIC) {
            self.topics.learn(self.id, name);
            self.name = None;
            self.id = NO_TOPIC;
        }
    }

    fn hears(&self, field: &'static Field) -> bool {
        field.mark == Mark::Topics
    }

    fn item_end(&mut self, field: &'static Field, _: &At<'_>) {
        // Half a pair must not meet half of the next one.
        if field.mark == Mark::Topics {
            self.name = None;
            self.id = NO_TOPIC;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_name_and_another_clusters_does_not_count() {
        let topics = Topics::default();
        let (one, other) = (topics.of("one"), topics.of("other"));
        assert_eq!(one.name(&[1; 16]), None);
        one.learn([1; 16], "orders");
        one.learn([1; 16], "salaries");
        assert_eq!(topics.of("one").name(&[1; 16]).as_deref(), Some("orders"));
        assert_eq!(other.name(&[1; 16]), None);
        one.forget(&[1; 16]);
        assert_eq!(one.name(&[1; 16]), None);
        one.learn(NO_TOPIC, "nothing");
        assert_eq!(one.name(&NO_TOPIC), None);
    }

    #[test]
    fn a_name_is_known_until_its_topic_is_gone() {
        let names = TopicNames::default();
        names.learn([1; 16], "orders");
        assert!(names.knows("orders") && !names.knows("order"));
        // Deleted and created again: the old id goes, the name stays.
        names.learn([2; 16], "orders");
        names.forget(&[1; 16]);
        assert!(names.knows("orders"));
        names.forget_name("orders");
        assert!(!names.knows("orders"));
        assert_eq!(names.name(&[2; 16]), None);
    }

    #[test]
    fn memory_is_bounded() {
        let names = TopicNames::default();
        for n in 0..=TOPIC_IDS_MAX {
            let mut id = [9; 16];
            id[..8].copy_from_slice(&(n as u64).to_be_bytes());
            names.learn(id, "t");
        }
        assert_eq!(names.read().names.len(), 1);
        assert_eq!(names.read().ids.len(), 1);
    }
}
