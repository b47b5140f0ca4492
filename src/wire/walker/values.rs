//! Single values: numbers, strings, bytes, and what stands before structs and arrays.

use super::cursor::{Chunk, Stop};
use super::{Body, Items, Level, Stage, Walker};
use crate::limits::TEXT_MAX;
use crate::wire::malformed::Fault;
use crate::wire::schema::{Field, Kind, Struct};
use crate::wire::visitor::{Scalar, Visitor};

impl Walker {
    /// Reads the first primitive of a value: all of a number, the length of anything else. Gives
    /// the level that walks the rest, or nothing where the value is complete. Starved, it has done
    /// nothing.
    pub(super) fn open<V: Visitor>(
        &mut self,
        field: &'static Field,
        kind: Kind,
        is_item: bool,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<Option<Level>, Stop> {
        self.field = field.name;
        let start = self.cursor.at();
        let (length, is_array) = match kind {
            Kind::Str => (self.text_length(field, chunk)?, false),
            Kind::Bytes | Kind::Records => (self.length(chunk)?, false),
            Kind::Array(_) => (self.length(chunk)?, true),
            Kind::Struct(structure) => {
                let nullable = !is_item && field.nullable.contain(self.version);
                if nullable && !self.presence(chunk)? {
                    return self.null(field, start, visitor);
                }
                return Ok(Some(
                    self.open_struct(field, structure, is_item, start, visitor),
                ));
            }
            number => {
                let value = self.number(number, chunk)?;
                if self.tells::<V>(field) {
                    visitor.value(field, &self.since(start), value);
                }
                return Ok(None);
            }
        };
        let Some(length) = length else {
            if is_item || !field.nullable.contain(self.version) {
                return Err(Fault::Null.into());
            }
            if is_array {
                if self.tells::<V>(field) {
                    visitor.array(field, &self.since(start), None);
                }
                return Ok(None);
            }
            return self.null(field, start, visitor);
        };
        match kind {
            Kind::Array(item) => {
                let items = Items {
                    field,
                    item,
                    left: length,
                    start,
                    stage: Stage::Between,
                    muted: false,
                };
                self.open_array(items, chunk, visitor)
            }
            _ if length > self.cursor.left() => Err(Fault::Short.into()),
            Kind::Str => self.open_text(field, start, length, chunk, visitor),
            _ => self.open_bytes(field, start, length, chunk, visitor),
        }
    }

    /// Passes over a struct of which nothing is told, if all of it is here and it has no tagged fields;
    /// whether it did. Else it has done nothing, and the stack walks it.
    pub(super) fn pass<V: Visitor>(
        &mut self,
        structure: &'static Struct,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<bool, Stop> {
        let Some(before) = self.cursor.place(chunk) else {
            return Ok(false);
        };
        match self.pass_fields(structure, chunk, visitor) {
            Ok(true) => Ok(true),
            Ok(false) | Err(Stop::Starved) => {
                self.cursor.go_back(before, chunk);
                Ok(false)
            }
            fault => fault,
        }
    }

    fn pass_fields<V: Visitor>(
        &mut self,
        structure: &'static Struct,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<bool, Stop> {
        let version = self.version;
        for field in structure.fields.iter().filter(|f| f.is_plain(version)) {
            if let Some(width) = field.kind.width() {
                self.field = field.name;
                self.cursor.skip(chunk, width)?;
            } else if self
                .open(field, field.kind, false, chunk, visitor)?
                .is_some()
            {
                return Ok(false);
            }
        }
        Ok(!self.flexible || self.cursor.varint(chunk)?.value == 0)
    }

    fn number(&mut self, kind: Kind, chunk: &mut Chunk<'_>) -> Result<Scalar<'static>, Stop> {
        let cursor = &mut self.cursor;
        Ok(match kind {
            Kind::Bool => Scalar::Bool(cursor.take::<1>(chunk)? != [0]),
            Kind::Int8 => Scalar::Int8(i8::from_be_bytes(cursor.take(chunk)?)),
            Kind::Int16 => Scalar::Int16(i16::from_be_bytes(cursor.take(chunk)?)),
            Kind::UInt16 => Scalar::UInt16(u16::from_be_bytes(cursor.take(chunk)?)),
            Kind::Int32 => Scalar::Int32(i32::from_be_bytes(cursor.take(chunk)?)),
            Kind::UInt32 => Scalar::UInt32(u32::from_be_bytes(cursor.take(chunk)?)),
            Kind::Int64 => Scalar::Int64(i64::from_be_bytes(cursor.take(chunk)?)),
            Kind::Float64 => Scalar::Float64(f64::from_be_bytes(cursor.take(chunk)?)),
            _ => Scalar::Uuid(cursor.take(chunk)?),
        })
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
        signed(i16::from_be_bytes(self.cursor.take(chunk)?).into())
    }

    /// The length of bytes, or the count of an array; `None` = null.
    fn length(&mut self, chunk: &mut Chunk<'_>) -> Result<Option<usize>, Stop> {
        if self.flexible {
            let written = self.cursor.varint(chunk)?;
            let length = written.value.checked_sub(1);
            return Ok(length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)));
        }
        signed(i32::from_be_bytes(self.cursor.take(chunk)?))
    }

    /// Whether a nullable struct is there: -1 = no, 1 = yes. Kafka reads any other byte that is not
    /// negative as yes, other readers as no; so any other is refused.
    fn presence(&mut self, chunk: &mut Chunk<'_>) -> Result<bool, Stop> {
        match i8::from_be_bytes(self.cursor.take(chunk)?) {
            1 => Ok(true),
            -1 => Ok(false),
            _ => Err(Fault::Presence.into()),
        }
    }

    fn null<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        visitor: &mut V,
    ) -> Result<Option<Level>, Stop> {
        if self.tells::<V>(field) {
            visitor.value(field, &self.since(start), Scalar::Null);
        }
        Ok(None)
    }

    fn open_struct<V: Visitor>(
        &mut self,
        field: &'static Field,
        structure: &'static Struct,
        is_item: bool,
        start: usize,
        visitor: &mut V,
    ) -> Level {
        let is_told = !is_item && self.tells::<V>(field);
        if is_told {
            visitor.structure(field, &self.since(start));
        }
        let of = is_told.then_some(field);
        Level::Fields {
            body: Body {
                structure,
                of,
                start,
            },
            next: 0,
        }
    }

    fn open_array<V: Visitor>(
        &mut self,
        mut items: Items,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<Option<Level>, Stop> {
        let minimum = items.item.minimum(self.version, self.flexible);
        let least = items.left.checked_mul(minimum);
        if least.is_none_or(|least| least > self.cursor.left()) {
            return Err(Fault::Count.into());
        }
        if self.tells::<V>(items.field) {
            let at = self.since(items.start);
            visitor.array(items.field, &at, Some(items.left));
            let has_structs = matches!(items.item, Kind::Struct(_));
            items.muted = has_structs && !V::ALL && !visitor.hears(items.field);
            self.muted |= items.muted;
        } else if let Some(width) = items.item.width() {
            let left = items.left.saturating_mul(width);
            let is_here = self.cursor.whole(chunk, left).is_some();
            return Ok((!is_here).then_some(Level::Content { field: None, left }));
        }
        Ok(Some(Level::Items(items)))
    }

    fn open_text<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        left: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<Option<Level>, Stop> {
        let Some(text) = self.cursor.whole(chunk, left) else {
            return Ok(Some(Level::Text { field, start, left }));
        };
        let text = str::from_utf8(text).map_err(|_| Fault::Utf8)?;
        if self.tells::<V>(field) {
            visitor.value(field, &self.since(start), Scalar::Str(text));
        }
        Ok(None)
    }

    fn open_bytes<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        left: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<Option<Level>, Stop> {
        let is_told = self.tells::<V>(field);
        if is_told {
            let end = self.cursor.at().saturating_add(left);
            visitor.value(field, &self.at(start, end), Scalar::Bytes(left));
        }
        let field = is_told.then_some(field);
        match (self.cursor.whole(chunk, left), field) {
            (Some(whole), Some(field)) if left > 0 => visitor.content(field, whole),
            (Some(_), _) => {}
            (None, field) => return Ok(Some(Level::Content { field, left })),
        }
        Ok(None)
    }

    /// Gathers a string that comes in parts.
    pub(super) fn text<V: Visitor>(
        &mut self,
        field: &'static Field,
        start: usize,
        left: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let part = self.cursor.some(chunk, left)?;
        self.scratch.extend_from_slice(part);
        let left = left.saturating_sub(part.len());
        if left > 0 {
            self.replace(Level::Text { field, start, left });
            return Ok(());
        }
        let text = str::from_utf8(&self.scratch).map_err(|_| Fault::Utf8)?;
        if self.tells::<V>(field) {
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
