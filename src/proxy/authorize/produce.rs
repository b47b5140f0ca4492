//! Produce requests, which stream.

use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Tagged, Visitor};

/// Watches a Produce request go by. Unknown tagged fields are blanked, as its length must stay.
#[derive(Debug, Default)]
pub struct ProduceVisitor {
    acks: Option<i16>,
}

impl ProduceVisitor {
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
    }

    fn tag(&mut self, field: Option<&'static Field>, _: u32, _: &At<'_>) -> Tagged {
        match field {
            Some(_) => Tagged::Keep,
            None => Tagged::Blank,
        }
    }
}
