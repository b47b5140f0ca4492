//! Single values: numbers, strings, bytes, and what stands before structs and arrays.

use super::cursor::{Chunk, Stop};
use super::{Body, Items, Level, Walker, told};
use crate::wire::encode::TEXT_MAX;
use crate::wire::malformed::Fault;
use crate::wire::schema::{Field, Kind, Struct};
use crate::wire::visitor::{Scalar, Visitor};

impl Walker {
    /// Reads the first primitive of a value: all of a number, the length of anything else.
    pub(super) fn value<V: Visitor>(
        &mut self,
        field: &'static Field,
        kind: Kind,
        is_item: bool,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let start = self.cursor.at();
        let nullable = !is_item && field.nullable.contain(self.version);
        match kind {
            Kind::Str => {
                let length = self.text_length(field, chunk)?;
                self.open_text(field, start, length, nullable, visitor)
            }
            Kind::Bytes | Kind::Records => {
                let length = self.length(chunk)?;
                self.open_bytes(field, start, length, nullable, visitor)
            }
            Kind::Array(item) => {
                let count = self.length(chunk)?;
                if count.is_none() && !nullable {
                    return Err(Fault::Null.into());
                }
                self.open_array(field, item, start, count, visitor)
            }
            Kind::Struct(structure) => {
                let present = !nullable || self.presence(chunk)?;
                self.open_struct(field, structure, start, present, visitor)
            }
            number => {
                let raw = self.cursor.take(chunk, number.width().unwrap_or(16))?;
                if told::<V>(field) {
                    visitor.value(field, &self.since(start), scalar(number, raw));
                }
                self.pop();
                Ok(())
            }
        }
    }

    /// The length of a string; `None` = null. A compact one is written plus 1, 0 being null.
    fn text_length(&mut self, field: &Field, chunk: &mut Chunk<'_>) -> Result<Option<usize>, Stop> {
        if self.flexible && !field.never_compact {
            let length = self.length(chunk)?;
            return match length {
                Some(length) if length > TEXT_MAX => Err(Fault::TextTooLong.into()),
                length => Ok(length),
            };
        }
        let [a, b, ..] = self.cursor.take(chunk, 2)?;
        signed(i32::from(i16::from_be_bytes([a, b])))
    }

    /// The length of bytes, or the count of an array; `None` = null.
    fn length(&mut self, chunk: &mut Chunk<'_>) -> Result<Option<usize>, Stop> {
        if self.flexible {
            let written = self.cursor.varint(chunk)?;
            let length = written.value.checked_sub(1);
            return Ok(length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)));
        }
        let [a, b, c, d, ..] = self.cursor.take(chunk, 4)?;
        signed(i32::from_be_bytes([a, b, c, d]))
    }

    /// Whether a nullable struct is there: -1 = no, 1 = yes. Kafka reads any other byte that is not
    /// negative as yes, other readers as no; so any other is refused.
    fn presence(&mut self, chunk: &mut Chunk<'_>) -> Result<bool, Stop> {
        let [byte, ..] = self.cursor.take(chunk, 1)?;
        match i8::from_be_bytes([byte]) {
            1 => Ok(true),
            -1 => Ok(false),
            _ => Err(Fault::Presence.into()),
        }
    }

    fn open_text<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        length: Option<usize>,
        nullable: bool,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let Some(left) = length else {
            return self.null(field, start, nullable, visitor);
        };
        if left > self.cursor.left() {
            return Err(Fault::Short.into());
        }
        self.replace(Level::Text { field, start, left });
        Ok(())
    }

    fn open_bytes<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        length: Option<usize>,
        nullable: bool,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let Some(left) = length else {
            return self.null(field, start, nullable, visitor);
        };
        if left > self.cursor.left() {
            return Err(Fault::Short.into());
        }
        let is_told = told::<V>(field);
        if is_told {
            let end = self.cursor.at().saturating_add(left);
            visitor.value(field, &self.at(start, end), Scalar::Bytes(left));
        }
        self.replace(Level::Content {
            field: is_told.then_some(field),
            left,
        });
        Ok(())
    }

    fn null<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        nullable: bool,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        if !nullable {
            return Err(Fault::Null.into());
        }
        if told::<V>(field) {
            visitor.value(field, &self.since(start), Scalar::Null);
        }
        self.pop();
        Ok(())
    }

    fn open_array<V: Visitor>(
        &mut self,
        field: &'static Field,
        item: &'static Kind,
        start: usize,
        count: Option<usize>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let minimum = item.minimum(self.version, self.flexible);
        if let Some(count) = count
            && count > self.cursor.left().checked_div(minimum).unwrap_or(0)
        {
            return Err(Fault::Count.into());
        }
        let is_told = told::<V>(field);
        if is_told {
            visitor.array(field, &self.since(start), count);
        }
        let Some(count) = count else {
            self.pop();
            return Ok(());
        };
        self.replace(match item.width() {
            Some(width) if !is_told => Level::Content {
                field: None,
                left: count.saturating_mul(width),
            },
            _ => Level::Items(Items {
                field,
                item,
                left: count,
                start,
                open: None,
            }),
        });
        Ok(())
    }

    fn open_struct<V: Visitor>(
        &mut self,
        field: &'static Field,
        structure: &'static Struct,
        start: usize,
        present: bool,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        if !present {
            return self.null(field, start, true, visitor);
        }
        let is_told = told::<V>(field);
        if is_told {
            visitor.structure(field, &self.since(start));
        }
        self.replace(Level::Fields {
            body: Body {
                structure,
                of: is_told.then_some(field),
                start,
            },
            next: 0,
        });
        Ok(())
    }

    /// Reads a string: in place where it is here whole, else by way of the scratch buffer.
    pub(super) fn text<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        left: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let mut part: &[u8] = &[];
        if left > 0 {
            part = self.cursor.some(chunk, left)?;
            if part.len() < left || !self.scratch.is_empty() {
                self.scratch.extend_from_slice(part);
            }
            if part.len() < left {
                let left = left.saturating_sub(part.len());
                self.replace(Level::Text { field, start, left });
                return Ok(());
            }
        }
        let whole = if self.scratch.is_empty() {
            part
        } else {
            &self.scratch
        };
        let text = str::from_utf8(whole).map_err(|_| Fault::Utf8)?;
        if told::<V>(field) {
            visitor.value(field, &self.since(start), Scalar::Str(text));
        }
        self.scratch.clear();
        self.pop();
        Ok(())
    }

    /// Passes over bytes.
    pub(super) fn content<V: Visitor>(
        &mut self,
        field: Option<&'static Field>,
        left: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        if left == 0 {
            self.pop();
            return Ok(());
        }
        let part = self.cursor.some(chunk, left)?;
        let left = left.saturating_sub(part.len());
        if let Some(field) = field {
            visitor.content(field, part);
        }
        self.replace(Level::Content { field, left });
        Ok(())
    }

    /// Passes over bytes and makes them zeros.
    pub(super) fn zeros(&mut self, left: usize, chunk: &mut Chunk<'_>) -> Result<(), Stop> {
        if left == 0 {
            self.pop();
            return Ok(());
        }
        let count = self.cursor.some_zeros(chunk, left)?;
        self.replace(Level::Zeros(left.saturating_sub(count)));
        Ok(())
    }
}

/// A length or count as plain encodings have it: -1 = null.
fn signed(written: i32) -> Result<Option<usize>, Stop> {
    match written {
        -1 => Ok(None),
        length => usize::try_from(length)
            .map(Some)
            .map_err(|_| Fault::NegativeLength.into()),
    }
}

/// A number out of the first bytes of `raw`.
fn scalar(kind: Kind, raw: [u8; 16]) -> Scalar<'static> {
    let [a, b, c, d, e, f, g, h, ..] = raw;
    match kind {
        Kind::Bool => Scalar::Bool(a != 0),
        Kind::Int8 => Scalar::Int8(i8::from_be_bytes([a])),
        Kind::Int16 => Scalar::Int16(i16::from_be_bytes([a, b])),
        Kind::UInt16 => Scalar::UInt16(u16::from_be_bytes([a, b])),
        Kind::Int32 => Scalar::Int32(i32::from_be_bytes([a, b, c, d])),
        Kind::UInt32 => Scalar::UInt32(u32::from_be_bytes([a, b, c, d])),
        Kind::Int64 => Scalar::Int64(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        Kind::Float64 => Scalar::Float64(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        Kind::Uuid | Kind::Str | Kind::Bytes | Kind::Records | Kind::Struct(_) | Kind::Array(_) => {
            Scalar::Uuid(raw)
        }
    }
}
