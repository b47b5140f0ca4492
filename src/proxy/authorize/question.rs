//! What Oathgate asks a broker, mostly about topics, before it can decide a request of a client, on that client's own
//! connection to the broker, and what the broker said.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::matching::Matching;
use super::topics::{NO_TOPIC, TopicId, TopicNames};
use super::topologies::TopologyTopics;
use crate::limits::{NODE_IDS_MAX, QUESTION_TOPICS_MAX, QUESTIONS_MAX};
use crate::policy::rights::Rights;
use crate::wire::api::{Api, api};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The oldest `Metadata` in which topics can be asked for by id, and the one in which all is asked for.
const BY_ID: i16 = 12;

/// The oldest `Metadata` that says whether topics may be created.
const BY_NAME: i16 = 4;

/// `DescribeConfigs`: the versions in which it is asked.
const CONFIGS_OLDEST: i16 = 1;
const CONFIGS_NEWEST: i16 = 4;

/// The `StreamsGroupDescribe` in which it is asked.
const TOPOLOGY: i16 = 0;

/// Config resource type of brokers.
const BROKER: i8 = 4;

/// The broker's setting that lets it create topics that are asked for and missing.
const AUTO_CREATE: &str = "auto.create.topics.enable";

/// Something to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What the topics with these ids are called.
    Ids(Vec<TopicId>),
    /// Whether topics of these names exist.
    Names(Vec<String>),
    /// That topics of these names, which may be created, are created if the broker does so by itself.
    Create(Vec<String>),
    /// Which topics there are.
    All,
    /// Whether the broker creates topics by itself. A broker tells its own settings alone: it is one of
    /// these nodes, the others' rows are errors.
    AutoCreates(Vec<i32>),
    /// Which topics the Streams group of this id has.
    Topology(String),
}

impl Question {
    /// The API that it is asked in.
    #[must_use]
    pub const fn api_key(&self) -> i16 {
        match self {
            Self::AutoCreates(_) => api_key::DESCRIBE_CONFIGS,
            Self::Topology(_) => api_key::STREAMS_GROUP_DESCRIBE,
            Self::Ids(_) | Self::Names(_) | Self::Create(_) | Self::All => api_key::METADATA,
        }
    }

    /// The request that asks it, in a version up to `newest`, the newest of [`Self::api_key`] that the
    /// broker serves. `None` where that is too old.
    #[must_use]
    pub fn request(&self, newest: i16) -> Option<(&'static Api, i16, Value)> {
        let api = api(self.api_key())?;
        if let Self::AutoCreates(nodes) = self {
            let version = newest.min(CONFIGS_NEWEST);
            return (version >= CONFIGS_OLDEST).then(|| (api, version, auto_create_of(nodes)));
        }
        if let Self::Topology(group) = self {
            let body = Value::fields([("GroupIds", Value::array([group.as_str()]))]);
            return (newest >= TOPOLOGY).then_some((api, TOPOLOGY, body));
        }
        let oldest = match self {
            Self::Ids(_) => BY_ID,
            _ => BY_NAME,
        };
        let version = newest.min(BY_ID);
        if version < oldest {
            return None;
        }
        let by_name = |name: &String| Value::fields([("Name", name.as_str().into())]);
        let topics = match self {
            Self::Ids(ids) => Value::array(
                ids.iter()
                    .map(|id| Value::fields([("TopicId", (*id).into()), ("Name", Value::Null)])),
            ),
            Self::Names(names) | Self::Create(names) => Value::array(names.iter().map(by_name)),
            Self::All | Self::AutoCreates(_) | Self::Topology(_) => Value::Null,
        };
        let create = matches!(self, Self::Create(_));
        let body = Value::fields([
            ("Topics", topics),
            ("AllowAutoTopicCreation", create.into()),
        ]);
        Some((api, version, body))
    }
}

/// The body of a `DescribeConfigs` for one setting of brokers.
fn auto_create_of(nodes: &[i32]) -> Value {
    let broker = |node: &i32| {
        Value::fields([
            ("ResourceType", BROKER.into()),
            ("ResourceName", node.to_string().into()),
            ("ConfigurationKeys", Value::array([AUTO_CREATE])),
        ])
    };
    Value::fields([("Resources", Value::array(nodes.iter().map(broker)))])
}

/// What a broker was asked for the sake of one request, and said.
#[derive(Debug, Default)]
pub struct Asked {
    questions: usize,
    /// Ids that were asked for.
    ids: HashSet<TopicId>,
    /// Error codes of the names that were asked for: 0 = the topic exists.
    names: HashMap<String, i16>,
    /// How many partitions they have.
    partitions: HashMap<String, usize>,
    /// Names that were asked to be created.
    created: HashSet<String>,
    /// All topics, by name.
    all: Option<Vec<String>>,
    /// The brokers that it named, at most [`NODE_IDS_MAX`].
    nodes: Vec<i32>,
    /// The topics of the Streams group that was asked for, or why they are not known.
    topology: Option<Result<Arc<TopologyTopics>, i16>>,
    /// The topics that a pattern comes to.
    matching: Option<Box<Matching>>,
}

impl Asked {
    /// Whether one more question may be asked: a decision that needs ever more of them is none.
    #[must_use]
    pub const fn may_ask(&self) -> bool {
        self.questions < QUESTIONS_MAX
    }

    /// Whether the broker was asked for the topic with `id`.
    #[must_use]
    pub fn has_id(&self, id: &TopicId) -> bool {
        self.ids.contains(id)
    }

    /// The error code that the broker gave the topic `name`; `None` = it was not asked.
    #[must_use]
    pub fn code_of(&self, name: &str) -> Option<i16> {
        self.names.get(name).copied()
    }

    /// Whether the topic `name` was asked for and has a partition `index`.
    #[must_use]
    pub fn has_partition(&self, name: &str, index: i64) -> bool {
        let count = self.partitions.get(name).copied().unwrap_or_default();
        usize::try_from(index).is_ok_and(|index| index < count)
    }

    /// Whether the broker was asked to create the topic `name`.
    #[must_use]
    pub fn was_created(&self, name: &str) -> bool {
        self.created.contains(name)
    }

    /// All topics, where those were asked for.
    #[must_use]
    pub fn all(&self) -> Option<&[String]> {
        self.all.as_deref()
    }

    /// The topics of the Streams group that was asked for; an error is one that a heartbeat may get too.
    pub(super) fn topology(&self) -> Option<Result<Arc<TopologyTopics>, i16>> {
        self.topology.clone()
    }

    /// The brokers that it named with its topics.
    #[must_use]
    pub fn nodes(&self) -> &[i32] {
        &self.nodes
    }

    /// The topics that a pattern comes to, where those were matched.
    pub(super) fn matching(&self) -> Option<&Matching> {
        self.matching.as_deref()
    }

    /// Topics are to be matched before the next decision, by [`Self::match_more`].
    pub fn begin_matching(&mut self, matching: Box<Matching>) {
        self.matching = Some(matching);
    }

    /// Matches some more topics, for a moment; whether all were.
    pub fn match_more(&mut self, rights: &mut Rights, topics: &TopicNames) -> bool {
        let matching = self.matching.as_mut();
        matching.is_none_or(|matching| matching.go_on(rights, || topics.now()))
    }

    /// Takes note of `answer`, the body of the broker's answer to `question`; `topics` learn of it too.
    pub fn note(&mut self, question: &Question, answer: &Value, topics: &TopicNames) {
        self.questions = self.questions.saturating_add(1);
        match question {
            Question::AutoCreates(_) => {
                // Where it may not be told, nothing is created by itself as far as anybody knows.
                topics.learn_auto_creates(tells_auto_create(answer));
                return;
            }
            Question::Topology(group) => {
                self.topology = Some(topology_of(group, answer, topics));
                return;
            }
            Question::Ids(ids) => self.ids.extend(ids),
            Question::Create(names) => self.created.extend(names.iter().cloned()),
            Question::All => self.all = Some(Vec::new()),
            Question::Names(_) => {}
        }
        let nodes = answer.items("Brokers").iter().take(NODE_IDS_MAX);
        let nodes = nodes.filter_map(|broker| broker.int("NodeId"));
        self.nodes = nodes.filter_map(|id| i32::try_from(id).ok()).collect();
        for topic in answer.items("Topics") {
            let code = topic
                .int("ErrorCode")
                .and_then(|code| i16::try_from(code).ok());
            let code = code.unwrap_or(error_code::UNKNOWN_SERVER_ERROR);
            let id = topic.uuid("TopicId").unwrap_or(NO_TOPIC);
            if code == error_code::UNKNOWN_TOPIC_ID {
                topics.forget(&id);
            }
            let Some(name) = topic.str("Name") else {
                continue;
            };
            match code {
                error_code::NONE => topics.learn(id, name),
                error_code::UNKNOWN_TOPIC_OR_PARTITION => topics.forget_name(name),
                _ => {}
            }
            match &mut self.all {
                Some(all) => all.push(name.to_owned()),
                None => {
                    let count = topic.items("Partitions").len();
                    self.partitions.insert(name.to_owned(), count);
                    self.names.insert(name.to_owned(), code);
                }
            }
        }
    }
}

/// The topics of the Streams group `group`, as a broker says in `answer`, to `StreamsGroupDescribe`.
fn topology_of(
    group: &str,
    answer: &Value,
    topics: &TopicNames,
) -> Result<Arc<TopologyTopics>, i16> {
    let mut described = answer.items("Groups").iter();
    let unknown = error_code::UNKNOWN_SERVER_ERROR;
    let described = described.find(|described| described.str("GroupId") == Some(group));
    let described = described.ok_or(unknown)?;
    match described
        .int("ErrorCode")
        .and_then(|code| i16::try_from(code).ok())
    {
        Some(error_code::NONE) => {}
        // Whatever its first member brings.
        Some(error_code::GROUP_ID_NOT_FOUND) => return Ok(Arc::default()),
        code => return Err(code.unwrap_or(unknown)),
    }
    let topology = described.get("Topology");
    let known = Arc::new(topology.map(TopologyTopics::of).unwrap_or_default());
    let mut topologies = topics.topologies();
    topologies.learn(group, Arc::clone(&known), topics.now());
    Ok(known)
}

/// Whether a broker says in `answer`, to `DescribeConfigs`, that it creates topics by itself.
fn tells_auto_create(answer: &Value) -> bool {
    let configs = answer.items("Results").iter();
    let mut configs = configs.flat_map(|result| result.items("Configs"));
    configs.any(|config| {
        config.str("Name") == Some(AUTO_CREATE) && config.str("Value") == Some("true")
    })
}

/// Those of `ids` that must be asked for; at most [`QUESTION_TOPICS_MAX`] in one question.
pub(super) fn unknown_ids(
    ids: impl Iterator<Item = TopicId>,
    asked: &Asked,
    topics: &TopicNames,
) -> Option<Question> {
    let unknown = |id: &TopicId| *id != NO_TOPIC && !asked.has_id(id) && topics.name(id).is_none();
    let mut unknown: Vec<TopicId> = ids.filter(unknown).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown.truncate(QUESTION_TOPICS_MAX);
    (!unknown.is_empty()).then_some(Question::Ids(unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::write::write;

    #[test]
    fn every_question_can_be_asked_in_the_newest_version_and_in_the_oldest() {
        for (question, oldest) in [
            (Question::Ids(vec![[1; 16]]), 12),
            (Question::Names(vec!["a".to_owned()]), 4),
            (Question::Create(vec!["a".to_owned()]), 4),
            (Question::All, 4),
            (Question::AutoCreates(vec![1, 2]), 1),
            (Question::Topology("g".to_owned()), 0),
        ] {
            let newest = api(question.api_key()).unwrap().max_version;
            for asked_in in oldest..=newest {
                let (api, version, body) = question.request(asked_in).unwrap();
                assert!(version <= asked_in, "{question:?}");
                write(api.request, version, &body).unwrap();
                let creates = body.bool("AllowAutoTopicCreation") == Some(true);
                assert_eq!(creates, matches!(question, Question::Create(_)));
            }
            assert!(question.request(oldest - 1).is_none(), "{question:?}");
        }
    }

    #[test]
    fn a_brokers_own_row_tells_whether_it_creates_topics() {
        let row = |code: i16, value: Option<&str>| {
            let config = value.map(|value| {
                Value::fields([("Name", AUTO_CREATE.into()), ("Value", value.into())])
            });
            Value::fields([
                ("ErrorCode", code.into()),
                ("Configs", Value::array(config)),
            ])
        };
        for (rows, expected) in [
            (vec![row(42, None), row(0, Some("true"))], true),
            (vec![row(42, None), row(0, Some("false"))], false),
            (vec![row(31, None)], false),
        ] {
            let topics = TopicNames::default();
            let mut asked = Asked::default();
            let answer = Value::fields([("Results", rows.into())]);
            asked.note(&Question::AutoCreates(vec![1]), &answer, &topics);
            assert_eq!(topics.auto_creates(), Some(expected));
        }
    }
}
