//! What Oathgate asks a broker about topics before it can decide a request of a client, on that client's own
//! connection to the broker, and what the broker said.

use std::collections::{HashMap, HashSet};

use super::topics::{NO_TOPIC, TopicId, TopicNames};
use crate::limits::{QUESTION_TOPICS_MAX, QUESTIONS_MAX};
use crate::wire::api::{Api, api};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The oldest `Metadata` in which topics can be asked for by id, and the one in which all is asked for.
const BY_ID: i16 = 12;

/// The oldest `Metadata` that says whether topics may be created.
const BY_NAME: i16 = 4;

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
}

impl Question {
    /// The request that asks it, in a version up to `newest`, the newest `Metadata` that the broker serves.
    /// `None` where that is too old.
    #[must_use]
    pub fn request(&self, newest: i16) -> Option<(&'static Api, i16, Value)> {
        let api = api(api_key::METADATA)?;
        let oldest = match self {
            Self::Ids(_) => BY_ID,
            Self::Names(_) | Self::Create(_) | Self::All => BY_NAME,
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
            Self::All => Value::Null,
        };
        let create = matches!(self, Self::Create(_));
        let body = Value::fields([
            ("Topics", topics),
            ("AllowAutoTopicCreation", create.into()),
        ]);
        Some((api, version, body))
    }
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

    /// Takes note of `answer`, the body of the broker's answer to `question`; `topics` learn of it too.
    pub fn note(&mut self, question: &Question, answer: &Value, topics: &TopicNames) {
        self.questions = self.questions.saturating_add(1);
        match question {
            Question::Ids(ids) => self.ids.extend(ids),
            Question::Create(names) => self.created.extend(names.iter().cloned()),
            Question::All => self.all = Some(Vec::new()),
            Question::Names(_) => {}
        }
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
            if code == error_code::NONE {
                topics.learn(id, name);
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
