//! Changes to a held frame: collected while a visitor walks it, applied in one pass.
//!
//! Every place comes from an event, so each change knows the sizes of the tagged fields around it;
//! those are corrected too, innermost first, as a size may take more or fewer bytes itself.

use std::cmp::Reverse;

use super::encode;
use super::frame::LENGTH_BYTES;
use super::schema::Field;
use super::visitor::{At, Scalar, Span, TagSize, Tagged, Visitor};
use crate::limits::TEXT_MAX;

/// Why changes cannot be applied: always a fault of who asked for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEdit {
    #[error("{given} bytes cannot replace {wanted} in place, at byte {at}")]
    Length {
        at: usize,
        wanted: usize,
        given: usize,
    },
    #[error("two changes meet at byte {at}")]
    Overlap { at: usize },
    #[error("a change at byte {at} lies outside of the frame")]
    OutOfFrame { at: usize },
    #[error("a text of {length} bytes is too long, at byte {at}")]
    TooLong { at: usize, length: usize },
    #[error("a tagged field at byte {at} would have an impossible size")]
    Size { at: usize },
}

/// One change: `bytes` instead of `span`.
#[derive(Debug, Clone)]
struct Change {
    span: Span,
    bytes: Vec<u8>,
    enclosing: Vec<TagSize>,
    /// A removal: changes inside it are moot.
    swallows: bool,
}

/// Changes to one frame, in any order. They must not overlap, except that a removal swallows those
/// inside it.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    changes: Vec<Change>,
    fault: Option<BadEdit>,
}

impl Edits {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            changes: Vec::new(),
            fault: None,
        }
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.fault.is_none()
    }

    /// `bytes` instead of as many at `at`: numbers and ids.
    pub fn replace(&mut self, at: &At<'_>, bytes: &[u8]) {
        if bytes.len() == at.span.len() {
            self.splice(at, bytes.to_vec());
        } else {
            self.fail(BadEdit::Length {
                at: at.span.start,
                wanted: at.span.len(),
                given: bytes.len(),
            });
        }
    }

    /// `bytes` instead of those at `at`.
    pub fn splice(&mut self, at: &At<'_>, bytes: Vec<u8>) {
        self.change(at, bytes, false);
    }

    /// `text` with its length instead of the string told at `at`, in the form that `field` has in a
    /// version that is `flexible` or not.
    pub fn splice_text(&mut self, at: &At<'_>, field: &Field, flexible: bool, text: Option<&str>) {
        let length = text.map_or(0, str::len);
        if length > TEXT_MAX {
            let at = at.span.start;
            return self.fail(BadEdit::TooLong { at, length });
        }
        let mut bytes = Vec::with_capacity(length.saturating_add(5));
        encode::text(&mut bytes, flexible && !field.never_compact, text);
        self.splice(at, bytes);
    }

    /// Nothing instead of what is at `at`.
    pub fn remove(&mut self, at: &At<'_>) {
        self.change(at, Vec::new(), true);
    }

    /// `bytes` in front of `at`.
    pub fn insert(&mut self, at: &At<'_>, bytes: Vec<u8>) {
        self.insert_at(at, at.span.start, bytes);
    }

    /// `bytes` right after `at`: new items, at the event of an array's end.
    pub fn append(&mut self, at: &At<'_>, bytes: Vec<u8>) {
        self.insert_at(at, at.span.end, bytes);
    }

    /// `count` instead of the one told by [`Visitor::array`] at `at`; `compact` in flexible
    /// versions.
    pub fn set_count(&mut self, at: &At<'_>, compact: bool, count: usize) {
        let mut bytes = Vec::new();
        encode::length(&mut bytes, compact, Some(count));
        self.splice(at, bytes);
    }

    /// Adds all of `other`, made on the same frame.
    pub fn merge(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.fault = self.fault.or(other.fault);
    }

    /// `frame`, without its length, after all changes.
    ///
    /// # Errors
    /// When the changes contradict each other or do not belong to `frame`.
    pub fn apply(&self, frame: &[u8]) -> Result<Vec<u8>, BadEdit> {
        self.apply_after(Vec::new(), frame)
    }

    /// As [`Edits::apply`], with the new length in front.
    ///
    /// # Errors
    /// As [`Edits::apply`].
    pub fn apply_framed(&self, frame: &[u8]) -> Result<Vec<u8>, BadEdit> {
        let mut out = self.apply_after(vec![0; LENGTH_BYTES], frame)?;
        let length = out.len().saturating_sub(LENGTH_BYTES);
        let length = i32::try_from(length).map_err(|_| BadEdit::Size { at: 0 })?;
        if let Some(first) = out.first_chunk_mut::<LENGTH_BYTES>() {
            *first = length.to_be_bytes();
        }
        Ok(out)
    }

    fn insert_at(&mut self, at: &At<'_>, place: usize, bytes: Vec<u8>) {
        let span = Span {
            start: place,
            end: place,
        };
        let enclosing = at.enclosing;
        self.change(&At { span, enclosing }, bytes, false);
    }

    fn change(&mut self, at: &At<'_>, bytes: Vec<u8>, swallows: bool) {
        self.changes.push(Change {
            span: at.span,
            bytes,
            enclosing: at.enclosing.to_vec(),
            swallows,
        });
    }

    /// Remembers the first fault: visitors cannot return one.
    fn fail(&mut self, fault: BadEdit) {
        self.fault = self.fault.or(Some(fault));
    }

    fn apply_after(&self, mut out: Vec<u8>, frame: &[u8]) -> Result<Vec<u8>, BadEdit> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let kept = self.kept()?;
        let sizes = sizes(&kept)?;
        let mut parts: Vec<(Span, &[u8])> = kept.iter().map(|c| (c.span, &*c.bytes)).collect();
        parts.extend(sizes.iter().map(|(span, bytes)| (*span, &**bytes)));
        parts.sort_by_key(|(span, _)| (span.start, span.end));
        let length = parts.iter().fold(frame.len(), |length, (span, bytes)| {
            length
                .saturating_sub(span.len())
                .saturating_add(bytes.len())
        });
        out.reserve_exact(length);
        let mut done = 0;
        for (span, bytes) in parts {
            let at = span.start;
            let before = frame.get(done..at).ok_or(BadEdit::Overlap { at })?;
            out.extend_from_slice(before);
            out.extend_from_slice(bytes);
            done = span.end;
        }
        let rest = frame.get(done..).ok_or(BadEdit::OutOfFrame { at: done })?;
        out.extend_from_slice(rest);
        Ok(out)
    }

    /// The changes that count, by place: those inside a removal are left out.
    fn kept(&self) -> Result<Vec<&Change>, BadEdit> {
        let mut sorted: Vec<&Change> = self.changes.iter().collect();
        // Insertions come before what begins at their place, a removal before what it swallows.
        sorted.sort_by_key(|c| {
            let span = c.span;
            (span.start, !span.is_empty(), Reverse(span.end), !c.swallows)
        });
        let mut kept: Vec<&Change> = Vec::with_capacity(sorted.len());
        for change in sorted {
            if let Some(last) = kept.iter().rev().find(|c| !c.span.is_empty())
                && change.span.start < last.span.end
            {
                if last.swallows && last.span.covers(change.span) {
                    continue;
                }
                return Err(BadEdit::Overlap {
                    at: change.span.start,
                });
            }
            kept.push(change);
        }
        Ok(kept)
    }
}

/// How the size of a tagged field changes.
struct Size<'a> {
    size: TagSize,
    /// Sizes around it, outermost first.
    outer: &'a [TagSize],
    grows: i64,
}

/// The new bytes of every size that `changes` touch.
fn sizes(changes: &[&Change]) -> Result<Vec<(Span, Vec<u8>)>, BadEdit> {
    let mut sizes: Vec<Size<'_>> = Vec::new();
    for change in changes {
        grow(
            &mut sizes,
            &change.enclosing,
            difference(change.bytes.len(), change.span.len()),
        );
    }
    let mut out = Vec::new();
    // A size lies before all that it encloses: from the last one back is inside out.
    sizes.sort_by_key(|size| size.size.span.start);
    while let Some(Size { size, outer, grows }) = sizes.pop() {
        let at = size.span.start;
        let value = i64::from(size.value).saturating_add(grows);
        let value = u32::try_from(value).map_err(|_| BadEdit::Size { at })?;
        if grows == 0 {
            continue;
        }
        let mut bytes = Vec::new();
        encode::varint(&mut bytes, value);
        grow(&mut sizes, outer, difference(bytes.len(), size.span.len()));
        out.push((size.span, bytes));
    }
    Ok(out)
}

/// Adds `grows` to each size of `enclosing`; those of an entry taken out already lie inside and do
/// not occur.
fn grow<'a>(sizes: &mut Vec<Size<'a>>, enclosing: &'a [TagSize], grows: i64) {
    for (depth, size) in enclosing.iter().enumerate() {
        match sizes.iter_mut().find(|known| known.size.span == size.span) {
            Some(known) => known.grows = known.grows.saturating_add(grows),
            None => sizes.push(Size {
                size: *size,
                outer: enclosing.get(..depth).unwrap_or_default(),
                grows,
            }),
        }
    }
}

/// `new` - `old`.
fn difference(new: usize, old: usize) -> i64 {
    let new = i64::try_from(new).unwrap_or(i64::MAX);
    new.saturating_sub(i64::try_from(old).unwrap_or(i64::MAX))
}

/// Passes everything on to another visitor, and collects the edits that drop the tagged fields no
/// definition knows.
#[derive(Debug)]
pub struct DropUnknownTags<'a, V> {
    inner: &'a mut V,
    edits: Edits,
    open: Vec<OpenTags>,
}

/// Tagged fields of one struct.
#[derive(Debug)]
struct OpenTags {
    span: Span,
    enclosing: Vec<TagSize>,
    count: u32,
    dropped: u32,
}

impl<'a, V: Visitor> DropUnknownTags<'a, V> {
    pub const fn new(inner: &'a mut V) -> Self {
        Self {
            inner,
            edits: Edits::new(),
            open: Vec::new(),
        }
    }

    /// What the walk found to drop.
    #[must_use]
    pub fn into_edits(self) -> Edits {
        self.edits
    }
}

impl<V: Visitor> Visitor for DropUnknownTags<'_, V> {
    const ALL: bool = V::ALL;

    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        self.inner.value(field, at, value);
    }

    fn content(&mut self, field: &'static Field, part: &[u8]) {
        self.inner.content(field, part);
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        self.inner.array(field, at, count);
    }

    fn hears(&self, field: &'static Field) -> bool {
        self.inner.hears(field)
    }

    fn item(&mut self, field: &'static Field, at: &At<'_>) {
        self.inner.item(field, at);
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.inner.item_end(field, at);
    }

    fn array_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.inner.array_end(field, at);
    }

    fn structure(&mut self, field: &'static Field, at: &At<'_>) {
        self.inner.structure(field, at);
    }

    fn structure_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.inner.structure_end(field, at);
    }

    fn tags(&mut self, at: &At<'_>, count: u32) {
        self.open.push(OpenTags {
            span: at.span,
            enclosing: at.enclosing.to_vec(),
            count,
            dropped: 0,
        });
        self.inner.tags(at, count);
    }

    fn tags_end(&mut self, at: &At<'_>) {
        self.inner.tags_end(at);
        if let Some(tags) = self.open.pop()
            && tags.dropped > 0
        {
            let mut bytes = Vec::new();
            encode::varint(&mut bytes, tags.count.saturating_sub(tags.dropped));
            let (span, enclosing) = (tags.span, &*tags.enclosing);
            self.edits.splice(&At { span, enclosing }, bytes);
        }
    }

    fn tag(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) -> Tagged {
        self.inner.tag(field, tag, at)
    }

    fn tag_end(&mut self, field: Option<&'static Field>, tag: u32, at: &At<'_>) {
        self.inner.tag_end(field, tag, at);
        if let (None, Some(tags)) = (field, self.open.last_mut()) {
            tags.dropped = tags.dropped.saturating_add(1);
            self.edits.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read::read;
    use crate::wire::schema::Mark;
    use crate::wire::tables::{FETCH, PRODUCE};
    use crate::wire::value::Value;
    use crate::wire::walker::Walker;
    use crate::wire::write::{items, write};

    const FRAME: &[u8] = b"0123456789";

    const fn at(start: usize, end: usize) -> At<'static> {
        At {
            span: Span { start, end },
            enclosing: &[],
        }
    }

    fn applied(edit: impl Fn(&mut Edits)) -> Result<String, BadEdit> {
        let mut edits = Edits::new();
        edit(&mut edits);
        let out = edits.apply(FRAME)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn changes_apply_in_order_of_place() {
        let out = applied(|edits| {
            edits.append(&at(8, 10), b"end".to_vec());
            edits.remove(&at(8, 10));
            edits.splice(&at(4, 5), b"four".to_vec());
            edits.replace(&at(0, 1), b"z");
            edits.insert(&at(4, 5), b"<".to_vec());
            edits.remove(&at(2, 3));
        });
        assert_eq!(out.as_deref(), Ok("z13<four567end"));
        assert_eq!(applied(|_| ()).as_deref(), Ok("0123456789"));
    }

    #[test]
    fn a_removal_swallows_what_is_inside() {
        let out = applied(|edits| {
            edits.splice(&at(3, 4), b"x".to_vec());
            edits.insert(&at(4, 4), b"y".to_vec());
            edits.remove(&at(2, 6));
            edits.remove(&at(2, 6));
            edits.remove(&at(2, 3));
            edits.insert(&at(2, 2), b"<".to_vec());
            edits.insert(&at(6, 6), b">".to_vec());
        });
        assert_eq!(out.as_deref(), Ok("01<>6789"));
    }

    #[test]
    fn contradictions_are_refused() {
        let overlap = applied(|edits| {
            edits.splice(&at(2, 4), b"x".to_vec());
            edits.splice(&at(3, 5), b"y".to_vec());
        });
        assert_eq!(overlap, Err(BadEdit::Overlap { at: 3 }));
        let astride = applied(|edits| {
            edits.remove(&at(2, 4));
            edits.splice(&at(3, 5), b"y".to_vec());
        });
        assert_eq!(astride, Err(BadEdit::Overlap { at: 3 }));
        let twice = applied(|edits| {
            edits.splice(&at(2, 4), b"x".to_vec());
            edits.splice(&at(2, 4), b"y".to_vec());
        });
        assert_eq!(twice, Err(BadEdit::Overlap { at: 2 }));
        let longer = applied(|edits| edits.replace(&at(2, 4), b"xyz"));
        let expected = BadEdit::Length {
            at: 2,
            wanted: 2,
            given: 3,
        };
        assert_eq!(longer, Err(expected));
        assert!(applied(|edits| edits.remove(&at(9, 11))).is_err());
        assert!(applied(|edits| edits.remove(&at(11, 12))).is_err());
    }

    #[test]
    fn sizes_are_corrected_inside_out() {
        // 124 bytes in the inner field, 126 in the outer: 4 more widen the inner size, that the
        // outer.
        let mut frame = vec![126, 124];
        frame.resize(126, b'.');
        let size = |start, value| TagSize {
            span: Span {
                start,
                end: start + 1,
            },
            value,
        };
        let enclosing = [size(0, 126), size(1, 124)];
        let place = At {
            span: Span { start: 5, end: 6 },
            enclosing: &enclosing,
        };
        let mut edits = Edits::new();
        edits.splice(&place, b"_____".to_vec());
        let out = edits.apply(&frame).unwrap();
        // 124 + 4 = 128; 126 + 4 + 1 = 131.
        assert_eq!(&out[..4], [0x83, 1, 0x80, 1]);
        assert_eq!(out.len(), 126 + 4 + 2);

        edits.remove(&At {
            span: Span { start: 4, end: 7 },
            enclosing: &enclosing,
        });
        let out = edits.apply(&frame).unwrap();
        assert_eq!(&out[..2], [123, 121], "only what counts is counted");
    }

    /// Removes the topics named `denied`.
    struct Cut {
        edits: Edits,
        flexible: bool,
        topics: Option<crate::wire::visitor::Place>,
        kept: usize,
        denied: bool,
    }

    impl Visitor for Cut {
        fn array(&mut self, field: &'static Field, at: &At<'_>, _: Option<usize>) {
            if field.mark == Mark::Topics {
                self.topics = Some(at.keep());
            }
        }
        fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
            if field.mark == Mark::TopicName {
                self.denied = value == Scalar::Str("denied");
            }
        }
        fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
            if field.mark != Mark::Topics {
                return;
            }
            if self.denied {
                self.edits.remove(at);
            } else {
                self.kept += 1;
            }
        }
        fn array_end(&mut self, field: &'static Field, _: &At<'_>) {
            if let (Mark::Topics, Some(place)) = (field.mark, &self.topics) {
                self.edits.set_count(&place.at(), self.flexible, self.kept);
            }
        }
    }

    fn produce(topics: &[&str]) -> Value {
        let partition = Value::fields([("Index", 1.into()), ("Records", b"r".to_vec().into())]);
        let topics = topics.iter().map(|name| {
            Value::fields([
                ("Name", (*name).into()),
                (
                    "PartitionData",
                    vec![partition.clone(), partition.clone()].into(),
                ),
            ])
        });
        Value::fields([("Acks", 1.into()), ("TopicData", Value::array(topics))])
    }

    #[test]
    fn denied_topics_can_be_cut_from_a_request() {
        for version in [3, 8, 9, 12] {
            let frame = write(
                PRODUCE.request,
                version,
                &produce(&["denied", "a", "denied", "b"]),
            )
            .unwrap();
            let mut cut = Cut {
                edits: Edits::new(),
                flexible: PRODUCE.request.is_flexible(version),
                topics: None,
                kept: 0,
                denied: false,
            };
            let mut walker = Walker::body(PRODUCE.request, version, frame.len());
            walker.walk_held(&frame, &mut cut).unwrap();
            let out = cut.edits.apply(&frame).unwrap();
            let expected = write(PRODUCE.request, version, &produce(&["a", "b"])).unwrap();
            assert_eq!(out, expected, "v{version}");
            let framed = cut.edits.apply_framed(&frame).unwrap();
            let length = u32::try_from(out.len()).unwrap().to_be_bytes();
            assert_eq!(framed, [&length[..], &out].concat());
        }
    }

    /// Appends items to the topics of an answer.
    struct Append(Edits, Vec<u8>);

    impl Visitor for Append {
        fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
            if field.mark == Mark::Topics {
                self.0.set_count(at, true, count.unwrap_or(0) + 1);
            }
        }
        fn array_end(&mut self, field: &'static Field, at: &At<'_>) {
            if field.mark == Mark::Topics {
                self.0.append(at, std::mem::take(&mut self.1));
            }
        }
    }

    #[test]
    fn denied_topics_can_be_added_to_an_answer() {
        let topic = |name: &str, error: i16| {
            let partition = Value::fields([
                ("ErrorCode", error.into()),
                ("HighWatermark", (-1).into()),
                ("Records", Value::Bytes(Vec::new())),
            ]);
            Value::fields([
                ("Topic", name.into()),
                ("Partitions", vec![partition].into()),
            ])
        };
        let answer = |topics: Vec<Value>| {
            let body = Value::fields([("SessionId", 7.into()), ("Responses", topics.into())]);
            write(FETCH.response, 12, &body).unwrap()
        };
        let frame = answer(vec![topic("a", 0)]);
        let denied = items(FETCH.response, 12, &["Responses"], &[topic("b", 29)]).unwrap();
        let mut append = Append(Edits::new(), denied);
        let mut walker = Walker::body(FETCH.response, 12, frame.len());
        walker.walk_held(&frame, &mut append).unwrap();
        let out = append.0.apply(&frame).unwrap();
        assert_eq!(out, answer(vec![topic("a", 0), topic("b", 29)]));
        let body = read(FETCH.response, 12, &out).unwrap();
        assert_eq!(body.items("Responses").len(), 2);
    }
}
