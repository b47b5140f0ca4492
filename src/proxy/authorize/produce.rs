//! Produce requests, which stream.

use super::authority::Authority;
use super::listed::TopicKey;
use super::shadow::{Trial, try_produce};
use crate::limits::STREAMED_TOPICS_MAX;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Tagged, Visitor};

/// Watches a Produce request go by. Unknown tagged fields are blanked, as its length must stay.
#[derive(Debug, Default)]
pub struct ProduceVisitor {
    acks: Option<i16>,
    /// What it names, where that matters.
    named: Option<Named>,
}

/// What a Produce names.
#[derive(Debug, Default)]
struct Named {
    transactional_id: Option<Box<str>>,
    topics: Vec<TopicKey>,
}

impl ProduceVisitor {
    /// One that keeps what the request names in mind, to be tried.
    #[must_use]
    pub fn noting() -> Self {
        Self {
            acks: None,
            named: Some(Named::default()),
        }
    }

    /// Tries what the request names; `None` without [`Self::noting`].
    pub fn try_out(&self, authority: &mut Authority<'_>) -> Option<Trial> {
        let Named {
            transactional_id,
            topics,
        } = self.named.as_ref()?;
        Some(try_produce(topics, transactional_id.as_deref(), authority))
    }

    /// How many replicas shall acknowledge: with 0 no answer comes. `None` until it has been walked, which
    /// is before the first topic.
    #[must_use]
    pub const fn acks(&self) -> Option<i16> {
        self.acks
    }
}

impl Visitor for ProduceVisitor {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        if let (Mark::Acks, Scalar::Int16(acks)) = (field.mark, value) {
            self.acks = Some(acks);
        }
        let Some(named) = &mut self.named else {
            return;
        };
        if named.topics.len() >= STREAMED_TOPICS_MAX {
            self.named = None;
            return;
        }
        match (field.mark, value) {
            (Mark::TransactionalId, Scalar::Str(id)) => named.transactional_id = Some(id.into()),
            (Mark::TopicName, Scalar::Str(name)) => named.topics.push(TopicKey::Name(name.into())),
            (Mark::TopicId, Scalar::Uuid(id)) => named.topics.push(TopicKey::Id(id)),
            _ => {}
        }
    }

    fn tag(&mut self, field: Option<&'static Field>, _: u32, _: &At<'_>) -> Tagged {
        match field {
            Some(_) => Tagged::Keep,
            None => Tagged::Blank,
        }
    }
}
