//! What becomes of a broker's answer before the client gets it: denied items are added where Kafka puts
//! them, what the session may not see is taken out.

use super::authority::Authority;
use super::enforce::filter::{self, Filter};
use super::enforce::metadata;
use super::enforce::produce::refusal_of;
use super::fetch::DeniedTopics;
use super::listed::TopicKey;
use super::shadow::Trial;
use crate::wire::api::Api;
use crate::wire::edit::BadEdit;
use crate::wire::frame;
use crate::wire::malformed::Malformed;
use crate::wire::read::read;
use crate::wire::value::Value;
use crate::wire::write::Unwritable;

/// The array of a Produce answer, and what it calls topics by.
const RESPONSES: &str = "Responses";
const NAME: &str = "Name";

/// Where denied items stand among those of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// In front of them.
    First,
    /// After them.
    Last,
    /// Where they stood in the request: [`Added::items`] has `Value::Null` for each one of the broker's.
    AsAsked,
}

/// Denied items of one array of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// The array, at the top level of the answer.
    pub field: &'static str,
    /// Its denied items.
    pub items: Vec<Value>,
    /// Where they go.
    pub position: Position,
}

/// A topic of a long Produce that was overwritten in the request, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Poisoned {
    /// What stands in the broker's answer.
    pub(super) poison: TopicKey,
    /// What stands in the client's instead.
    pub(super) key: TopicKey,
    /// Its partitions. There may be many, and the answer may take its time: it is made when it is there.
    pub(super) partitions: Vec<i32>,
    /// What each is refused with.
    pub(super) code: i16,
}

impl Poisoned {
    /// About so many bytes of the request.
    fn weight(&self) -> usize {
        let partitions = self.partitions.len().saturating_mul(size_of::<i32>());
        partitions.saturating_add(size_of::<Self>())
    }
}

/// What becomes of one answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Amend {
    /// What was denied here and must appear in the answer.
    pub added: Vec<Added>,
    /// What is added to the answer to a Fetch, while it streams.
    pub fetched: Option<DeniedTopics>,
    /// Bytes of the request that its denied items were made of; 0 without any.
    pub weight: usize,
    /// What rules said that are only tried: the broker's answer is compared.
    pub tried: Option<Trial>,
    /// What is put right in the answer to a long Produce.
    pub poisoned: Vec<Poisoned>,
    /// What the session's rights are asked about when the answer is there.
    pub filter: Option<Filter>,
    /// The version that the broker was asked in, where the client asked in another.
    pub asked_in: Option<i16>,
}

/// Why a broker's answer cannot be amended.
#[derive(Debug, thiserror::Error)]
pub enum Unamendable {
    /// The answer does not follow Kafka's definition.
    #[error("the broker's answer is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The outcome cannot be written.
    #[error("the broker's answer cannot be amended: {0}")]
    Unwritable(#[from] Unwritable),
    /// The edits contradict each other: a fault of ours.
    #[error("the broker's answer cannot be edited: {0}")]
    Edit(#[from] BadEdit),
    /// The rights that it is filtered by are not there.
    #[error("the broker's answer cannot be filtered, for nothing is decided here")]
    NoRights,
}

impl Amend {
    /// Only a filter.
    #[must_use]
    pub const fn filter(filter: Filter) -> Self {
        Self {
            filter: Some(filter),
            added: Vec::new(),
            fetched: None,
            weight: 0,
            tried: None,
            poisoned: Vec::new(),
            asked_in: None,
        }
    }

    /// Only items of one array.
    #[must_use]
    pub fn added(field: &'static str, items: Vec<Value>, position: Position) -> Self {
        Self {
            added: vec![Added {
                field,
                items,
                position,
            }],
            ..Self::default()
        }
    }

    /// Only topics of a long Produce that are put right.
    #[must_use]
    pub fn poisoned(topics: Vec<Poisoned>) -> Self {
        Self {
            weight: topics.iter().map(Poisoned::weight).sum(),
            poisoned: topics,
            ..Self::default()
        }
    }

    /// Only a comparison with what was tried.
    #[must_use]
    pub fn tried(said: Trial) -> Self {
        Self {
            tried: Some(said),
            ..Self::default()
        }
    }

    /// Whether the answer stays as it is, and is only compared with what was tried.
    #[must_use]
    pub fn only_compares(&self) -> bool {
        *self == self.tried.map(Self::tried).unwrap_or_default()
    }

    /// Whether denied items wait in it, which may be many.
    #[must_use]
    pub fn holds_items(&self) -> bool {
        !self.added.is_empty()
            || self.fetched.is_some()
            || !self.poisoned.is_empty()
            || self.filter.as_ref().is_some_and(Filter::holds_items)
    }

    /// `answer`, the broker's to a request of `api`, without its four length bytes, as the client gets it,
    /// who asked in `version`. Gives the whole frame with them.
    ///
    /// # Errors
    /// When `answer` is none of this API and version, or must be filtered and there is no `authority`.
    pub fn apply(
        &self,
        api: &'static Api,
        version: i16,
        answer: &[u8],
        authority: Option<&mut Authority<'_>>,
    ) -> Result<Vec<u8>, Unamendable> {
        let asked_in = self.asked_in.unwrap_or(version);
        if let Some(Filter::Metadata(filter)) = self.filter {
            let authority = authority.ok_or(Unamendable::NoRights)?;
            let added = self.added.iter().flat_map(|added| &added.items);
            let framed = metadata::amend(filter, api, asked_in, answer, added, authority)?;
            if asked_in == version {
                return Ok(framed);
            }
            let (id, body) = read_answer(api, asked_in, &framed)?;
            return Ok(frame::response(api, version, id, &body)?);
        }
        let (id, body_at) = frame::response_header(api, asked_in, answer)?;
        let body = answer.get(body_at..).unwrap_or_default();
        let mut body = read(api.response, asked_in, body)?;
        if let Some(filter) = &self.filter {
            let authority = authority.ok_or(Unamendable::NoRights)?;
            filter::apply(filter, version, &mut body, authority);
        }
        for topic in body.items_mut(RESPONSES).into_iter().flatten() {
            let is_it = |known: &&Poisoned| known.poison.is(topic, NAME);
            if let Some(Poisoned {
                key,
                partitions,
                code,
                ..
            }) = self.poisoned.iter().find(is_it)
            {
                *topic = refusal_of(key, partitions, *code);
            }
        }
        for added in &self.added {
            added.add_to(&mut body);
        }
        Ok(frame::response(api, version, id, &body)?)
    }
}

impl Added {
    /// Adds them to `body`.
    pub(super) fn add_to(&self, body: &mut Value) {
        let mut theirs = match body.items_mut(self.field) {
            Some(items) => std::mem::take(items).into_iter(),
            None => Vec::new().into_iter(),
        };
        let ours = self.items.iter().cloned();
        let all: Vec<Value> = match self.position {
            Position::First => ours.chain(theirs).collect(),
            Position::Last => theirs.chain(ours).collect(),
            Position::AsAsked => {
                let mut all = Vec::new();
                for item in ours {
                    if item.is_null() {
                        all.extend(theirs.next());
                    } else {
                        all.push(item);
                    }
                }
                all.extend(theirs);
                all
            }
        };
        body.set(self.field, all);
    }
}

/// Correlation id and body of a whole frame.
fn read_answer(api: &'static Api, version: i16, framed: &[u8]) -> Result<(i32, Value), Malformed> {
    let answer = framed.get(frame::LENGTH_BYTES..).unwrap_or_default();
    let (id, body_at) = frame::response_header(api, version, answer)?;
    let body = answer.get(body_at..).unwrap_or_default();
    Ok((id, read(api.response, version, body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_items_stand_where_kafka_puts_them() {
        for (position, ours, expected) in [
            (Position::First, vec![1.into(), 2.into()], [1, 2, 8, 9]),
            (Position::Last, vec![1.into(), 2.into()], [8, 9, 1, 2]),
            (
                Position::AsAsked,
                vec![Value::Null, 1.into(), Value::Null, 2.into()],
                [8, 1, 9, 2],
            ),
            // A broker that answers more than it was asked loses nothing.
            (Position::AsAsked, vec![1.into(), 2.into()], [1, 2, 8, 9]),
        ] {
            let mut body = Value::fields([("Items", Value::array([8, 9]))]);
            let added = Added {
                field: "Items",
                items: ours,
                position,
            };
            added.add_to(&mut body);
            assert_eq!(body.get("Items"), Some(&Value::array(expected)));
        }
    }
}
