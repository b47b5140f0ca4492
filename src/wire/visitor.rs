//! What a walk tells: the [`Visitor`], and where in the frame its events happened.

use super::schema::Field;

/// A range of bytes, as offsets from the frame's start (after its four length bytes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Bytes in the range.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether all of `other` lies in the range.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// The size of a tagged field: the bytes of its varint, and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagSize {
    pub span: Span,
    pub value: u32,
}

/// Where an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At<'a> {
    pub span: Span,
    /// Sizes of the tagged fields that the span lies in, outermost first: whoever changes its
    /// length changes them.
    pub enclosing: &'a [TagSize],
}

impl At<'_> {
    /// An owned copy.
    #[must_use]
    pub fn keep(&self) -> Place {
        Place {
            span: self.span,
            enclosing: self.enclosing.to_vec(),
        }
    }
}

/// An [`At`] that outlives its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub span: Span,
    pub enclosing: Vec<TagSize>,
}

impl Place {
    /// As the event told it.
    #[must_use]
    pub fn at(&self) -> At<'_> {
        At {
            span: self.span,
            enclosing: &self.enclosing,
        }
    }
}

/// A value that is not made of others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    Bool(bool),
    Int8(i8),
    Int16(i16),
    UInt16(u16),
    Int32(i32),
    UInt32(u32),
    Int64(i64),
    Float64(f64),
    Uuid([u8; 16]),
    Str(&'a str),
    /// The length of bytes or records, whose content is not held.
    Bytes(usize),
    /// Of a nullable string, of bytes, records or a struct. A null array is told by
    /// [`Visitor::array`].
    Null,
}

/// What shall become of a tagged field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// It stays, and is walked.
    Keep,
    /// It is made meaningless in place, for answers that stream: its number becomes an unused one
    /// of equal width, its payload zeros. Nothing below it is told.
    Blank,
}

/// Hears of what a walk passes. Marked fields are told, and the arrays and structs on the way to
/// them; all others are only checked. Every method does nothing unless overridden.
///
/// An event's span covers the prefix of a length too; the offsets are those of the frame as it
/// came.
#[expect(
    unused_variables,
    reason = "the empty defaults name their arguments for the reader"
)]
pub trait Visitor {
    /// Whether to be told of every field, marked or not.
    const ALL: bool = false;

    /// A marked value, or an item of a marked array of scalars. For bytes and records this comes
    /// before their content has been walked.
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {}

    /// The next part of the content of bytes or records just told by [`Visitor::value`].
    fn content(&mut self, field: &'static Field, part: &[u8]) {}

    /// An array, before its first item; `None` = null, and then no [`Visitor::array_end`] follows.
    /// The span is that of the count.
    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {}

    /// Whether to be told what is in an array of structs, asked right after [`Visitor::array`] told of it.
    /// If not, its items are checked all the same, and faster: of what is in them only tagged fields are
    /// told, not their values.
    fn hears(&self, field: &'static Field) -> bool {
        true
    }

    /// Before each item of an array; the span is empty.
    fn item(&mut self, field: &'static Field, at: &At<'_>) {}

    /// After each item; the span is the whole item.
    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {}

    /// After the last item; the span is the array with its count.
    fn array_end(&mut self, field: &'static Field, at: &At<'_>) {}

    /// A struct that is no item of an array, before its first field; null is told by
    /// [`Visitor::value`]. The span is that of the presence byte, or empty.
    fn structure(&mut self, field: &'static Field, at: &At<'_>) {}

    /// After such a struct; the span is the whole of it.
    fn structure_end(&mut self, field: &'static Field, at: &At<'_>) {}

    /// `count` tagged fields follow, at least one; the span is that of the count.
    fn tags(&mut self, at: &At<'_>, count: u32) {}

    /// After the last of them; the span is empty.
    fn tags_end(&mut self, at: &At<'_>) {}

    /// A tagged field, when its number has been read and before that leaves; `None` = unknown to
    /// the definition. The span is that of the number.
    fn tag(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) -> Tagged {
        Tagged::Keep
    }

    /// After a tagged field; the span is number, size and payload.
    fn tag_end(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) {}
}
