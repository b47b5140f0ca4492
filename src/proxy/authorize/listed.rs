//! The topics that a request lists with their partitions, and where in its bytes each stands: of Produce,
//! Fetch and their kin, whose bodies are never read as trees.

use std::sync::Arc;

use super::authority::Authority;
use super::topics::TopicId;
use crate::wire::edit::Edits;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Place, Scalar};

/// How a request says which topic it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TopicKey {
    Name(Box<str>),
    Id(TopicId),
}

impl TopicKey {
    /// The topic's name, if it is known.
    pub(super) fn name(&self, authority: &Authority<'_>) -> Option<Arc<str>> {
        match self {
            Self::Name(name) => Some((&**name).into()),
            Self::Id(id) => authority.name_of(id),
        }
    }

    /// Whether `item` of an answer, where topics are called `name`, is about this topic.
    pub(super) fn is(&self, item: &Value, name: &'static str) -> bool {
        match self {
            Self::Name(text) => item.str(name) == Some(text),
            Self::Id(id) => item.uuid("TopicId") == Some(*id),
        }
    }

    /// The field of an answer that says the same, where topics are called `name`.
    pub(super) fn field(&self, name: &'static str) -> (&'static str, Value) {
        match self {
            Self::Name(text) => (name, Value::from(&**text)),
            Self::Id(id) => ("TopicId", Value::from(*id)),
        }
    }
}

/// One topic of a request.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) key: TopicKey,
    pub(super) partitions: Vec<i32>,
    /// All its bytes.
    place: Place,
}

/// The topics of a request, in its order. To be told of every event of a walk.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) topics: Vec<Listed>,
    count: Option<Place>,
    /// The topic that is being walked.
    open: Option<(Option<TopicKey>, Vec<i32>)>,
}

impl Listing {
    /// The ids among the topics.
    pub(super) fn ids(&self) -> impl Iterator<Item = TopicId> {
        self.topics.iter().filter_map(|topic| match topic.key {
            TopicKey::Id(id) => Some(id),
            TopicKey::Name(_) => None,
        })
    }

    pub(super) fn array(&mut self, field: &'static Field, at: &At<'_>) {
        if field.mark == Mark::Topics {
            self.count = Some(at.keep());
        }
    }

    pub(super) fn item(&mut self, field: &'static Field) {
        if field.mark == Mark::Topics {
            self.open = Some((None, Vec::new()));
        }
    }

    pub(super) fn value(&mut self, field: &'static Field, value: Scalar<'_>) {
        let Some((key, partitions)) = &mut self.open else {
            return;
        };
        match (field.mark, value) {
            (Mark::TopicName, Scalar::Str(name)) => *key = Some(TopicKey::Name(name.into())),
            (Mark::TopicId, Scalar::Uuid(id)) => *key = Some(TopicKey::Id(id)),
            (Mark::PartitionIndex, Scalar::Int32(index)) => partitions.push(index),
            _ => {}
        }
    }

    pub(super) fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        if field.mark != Mark::Topics {
            return;
        }
        if let Some((Some(key), partitions)) = self.open.take() {
            self.topics.push(Listed {
                key,
                partitions,
                place: at.keep(),
            });
        }
    }

    /// Adds to `edits` what takes the topics at `places` of the list out of the request.
    pub(super) fn cut(&self, places: &[usize], flexible: bool, edits: &mut Edits) {
        for topic in places.iter().filter_map(|place| self.topics.get(*place)) {
            edits.remove(&topic.place.at());
        }
        if let Some(count) = &self.count {
            let left = self.topics.len().saturating_sub(places.len());
            edits.set_count(&count.at(), flexible, left);
        }
    }
}
