//! Tagged fields (KIP-482): known ones are walked, unknown ones passed over, either may be blanked.

use super::cursor::{Chunk, Stop};
use super::{Body, Level, TagHead, Walker};
use crate::wire::malformed::Fault;
use crate::wire::visitor::{Span, TagSize, Tagged, Visitor};

impl Walker {
    pub(super) fn tag_count<V: Visitor>(
        &mut self,
        body: Body,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let start = self.cursor.at();
        let count = self.cursor.varint(chunk)?.value;
        let most = self.cursor.left() >> 1; // a number and a size take a byte each
        if usize::try_from(count).unwrap_or(usize::MAX) > most {
            return Err(Fault::Count.into());
        }
        if count == 0 {
            return self.close(body, visitor);
        }
        visitor.tags(&self.since(start), count);
        self.replace(Level::Tags {
            body,
            left: count,
            previous: None,
        });
        Ok(())
    }

    /// Reads a tag's number and asks the visitor what shall become of the field.
    pub(super) fn tag_number<V: Visitor>(
        &mut self,
        body: Body,
        left: u32,
        previous: Option<u32>,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let start = self.cursor.at();
        let number = self.cursor.varint(chunk)?;
        if previous.is_some_and(|previous| number.value <= previous) {
            return Err(Fault::TagOrder.into());
        }
        let field = body.structure.tagged(number.value, self.version);
        let blank = visitor.tag(field, number.value, &self.since(start)) == Tagged::Blank;
        if blank && field.is_some() {
            chunk.set_bits(unused_bits(number.width));
        }
        if field.is_none() {
            self.unknown_tags = self.unknown_tags.saturating_add(1);
        }
        self.replace(Level::Tags {
            body,
            left: left.saturating_sub(1),
            previous: Some(number.value),
        });
        self.push(Level::TagSize(TagHead {
            field,
            number: number.value,
            start,
            blank,
        }))
    }

    pub(super) fn tag_size(&mut self, head: TagHead, chunk: &mut Chunk<'_>) -> Result<(), Stop> {
        let start = self.cursor.at();
        let size = self.cursor.varint(chunk)?.value;
        let left = usize::try_from(size).unwrap_or(usize::MAX);
        if left > self.cursor.left() {
            return Err(Fault::Short.into());
        }
        let after = self.cursor.at();
        let slot = self.enclosing.get_mut(self.tagged).ok_or(Fault::Depth)?;
        *slot = TagSize {
            span: Span { start, end: after },
            value: size,
        };
        self.tagged = self.tagged.saturating_add(1);
        let end = after.saturating_add(left);
        self.replace(Level::Payload {
            head,
            end,
            outer_limit: self.cursor.limit(),
        });
        self.cursor.set_limit(end);
        self.push(match head.field {
            Some(field) if !head.blank => Level::Value(field),
            _ if head.blank => Level::Zeros(left),
            _ => Level::Content { field: None, left },
        })
    }

    /// Leaves a tagged field, which must have used all of its size: Kafka does not look, others do.
    pub(super) fn payload_end<V: Visitor>(
        &mut self,
        head: TagHead,
        end: usize,
        outer_limit: usize,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        if self.cursor.at() != end {
            return Err(Fault::TagSize.into());
        }
        self.cursor.set_limit(outer_limit);
        self.tagged = self.tagged.saturating_sub(1);
        visitor.tag_end(head.field, head.number, &self.since(head.start));
        self.pop();
        Ok(())
    }
}

/// Bits that make the number of a known tag, which is below 32, an unused one when set in the last
/// of the `width` bytes of its varint. The earlier bytes may have left already. The fifth byte has
/// room for four bits only.
const fn unused_bits(width: usize) -> u8 {
    if width < 5 { 0x60 } else { 0x04 }
}
