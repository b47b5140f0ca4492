//! The interpreter of the tables: passes over a frame, checks all of it, and tells a [`Visitor`]
//! what it saw.
//!
//! A fixed stack of `Level`s instead of recursion; no allocation but for one buffer for strings
//! that come in parts (at most 32767 bytes); stops and resumes at any byte. Stricter than Kafka
//! where leniency lets two readers of the same bytes differ: see [`Fault`].

mod cursor;
mod tags;
mod values;

use self::cursor::{Chunk, Cursor, Stop};
use super::api::Api;
use super::malformed::{Fault, Malformed};
use super::schema::{Field, Kind, Message, Struct};
use super::tables::header::{REQUEST_HEADER, RESPONSE_HEADER};
use super::visitor::{At, Span, TagSize, Visitor};

/// Most levels that a message of the tables needs, with room to spare; a test measures them.
const DEPTH: usize = 20;

/// Most tagged fields inside one another.
const TAG_DEPTH: usize = 4;

/// A struct being walked.
#[derive(Debug, Clone, Copy)]
struct Body {
    structure: &'static Struct,
    /// The field that holds it, where the visitor hears of its end.
    of: Option<&'static Field>,
    start: usize,
}

/// A tagged field being walked.
#[derive(Debug, Clone, Copy)]
struct TagHead {
    field: Option<&'static Field>,
    number: u32,
    start: usize,
    blank: bool,
}

/// An array being walked.
#[derive(Debug, Clone, Copy)]
struct Items {
    field: &'static Field,
    item: &'static Kind,
    /// Items not begun yet.
    left: usize,
    start: usize,
    stage: Stage,
    /// Whether the visitor wants to hear nothing of what is in it, though of itself.
    muted: bool,
}

/// How far the walk of an array has come.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Between,
    /// An item began here, and its first primitive has not been read.
    Begun(usize),
    /// An item began here, and what is above on the stack walks it.
    Inside(usize),
}

/// What is being walked; those below it on the stack wait for it.
#[derive(Debug, Clone, Copy)]
enum Level {
    /// Plain fields, from the `next` one on.
    Fields {
        body: Body,
        next: usize,
    },
    /// The count of tagged fields.
    TagCount(Body),
    Tags {
        body: Body,
        left: u32,
        previous: Option<u32>,
    },
    TagSize(TagHead),
    /// The payload of a tagged field, done when what is above it on the stack is.
    Payload {
        head: TagHead,
        end: usize,
        outer_limit: usize,
    },
    /// The value of a tagged field, of which no byte has been read.
    Value(&'static Field),
    Items(Items),
    /// The bytes of a string.
    Text {
        field: &'static Field,
        start: usize,
        left: usize,
    },
    /// Bytes to pass over; those of `field` are shown to the visitor.
    Content {
        field: Option<&'static Field>,
        left: usize,
    },
    /// Bytes to set to zero.
    Zeros(usize),
}

/// One pass over one frame.
#[derive(Debug)]
pub struct Walker {
    cursor: Cursor,
    /// Bytes of the frame.
    length: usize,
    stack: [Option<Level>; DEPTH],
    depth: usize,
    enclosing: [TagSize; TAG_DEPTH],
    tagged: usize,
    version: i16,
    flexible: bool,
    /// What follows the header.
    body: Option<(&'static Message, i16)>,
    /// Whether bytes may follow the structure; they are passed over.
    rest_allowed: bool,
    /// What has come of a string whose end has not.
    scratch: Vec<u8>,
    unknown_tags: u32,
    /// Whether an array is being walked of whose items the visitor wants to hear nothing.
    muted: bool,
    /// The last field entered, for errors.
    field: &'static str,
    fault: Option<Malformed>,
}

impl Walker {
    /// Walks a request, header first. `length`: bytes of the frame after its four length bytes.
    #[must_use]
    pub fn request(api: &'static Api, version: i16, length: usize) -> Self {
        let mut walker = Self::body(&REQUEST_HEADER, api.request_header_version(version), length);
        walker.body = Some((api.request, version));
        walker
    }

    /// Walks a request as a new walker would, whatever was walked before: its stack is large, and most of
    /// it is never looked at.
    pub fn restart_request(&mut self, api: &'static Api, version: i16, length: usize) {
        let header = api.request_header_version(version);
        let Self {
            cursor,
            length: all,
            stack: _,
            depth: _,
            enclosing: _,
            tagged,
            version: _,
            flexible: _,
            body,
            rest_allowed,
            scratch,
            unknown_tags,
            muted,
            field: _,
            fault,
        } = self;
        *cursor = Cursor::new(length);
        *all = length;
        *tagged = 0;
        *body = Some((api.request, version));
        *rest_allowed = false;
        // A long string is rare, and the next request may come in an hour.
        *scratch = Vec::new();
        *unknown_tags = 0;
        *muted = false;
        *fault = None;
        self.field = REQUEST_HEADER.name;
        self.begin(&REQUEST_HEADER, header);
    }

    /// Walks a response, header first. Bytes may follow its structure: Kafka's clients pass over
    /// them, and there are brokers that send some. (In a request they are refused, since nobody
    /// knows who would read them.)
    #[must_use]
    pub fn response(api: &'static Api, version: i16, length: usize) -> Self {
        let header = api.response_header_version(version);
        let mut walker = Self::body(&RESPONSE_HEADER, header, length);
        walker.body = Some((api.response, version));
        walker.allow_rest()
    }

    /// Lets bytes follow the structure.
    #[must_use]
    pub const fn allow_rest(mut self) -> Self {
        self.rest_allowed = true;
        self
    }

    /// Walks `message` alone.
    #[must_use]
    pub fn body(message: &'static Message, version: i16, length: usize) -> Self {
        let nowhere = Span { start: 0, end: 0 };
        let mut walker = Self {
            cursor: Cursor::new(length),
            length,
            stack: [None; DEPTH],
            depth: 0,
            enclosing: [TagSize {
                span: nowhere,
                value: 0,
            }; TAG_DEPTH],
            tagged: 0,
            version,
            flexible: false,
            body: None,
            rest_allowed: false,
            scratch: Vec::new(),
            unknown_tags: 0,
            muted: false,
            field: message.name,
            fault: None,
        };
        walker.begin(message, version);
        walker
    }

    /// Walks `bytes`, the next part of the frame, of any size up to what is left of it. The walker
    /// overwrites in place, at equal length, what the visitor asks to blank, and nothing else.
    ///
    /// # Errors
    /// When the bytes cannot be a frame of this kind; then again at every further call.
    pub fn walk<V: Visitor>(&mut self, bytes: &mut [u8], visitor: &mut V) -> Result<(), Malformed> {
        self.part(Chunk::flowing(bytes), visitor)
    }

    /// As [`Walker::walk`], for bytes that must stay: [`Tagged::Blank`] then leaves them as they
    /// are, and only keeps the visitor from hearing what is below.
    ///
    /// [`Tagged::Blank`]: super::visitor::Tagged::Blank
    ///
    /// # Errors
    /// As [`Walker::walk`].
    pub fn walk_held<V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<(), Malformed> {
        self.part(Chunk::held(bytes), visitor)
    }

    fn part<V: Visitor>(&mut self, mut chunk: Chunk<'_>, visitor: &mut V) -> Result<(), Malformed> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if chunk.len() > self.length.saturating_sub(self.cursor.seen()) {
            return Err(self.fail(Fault::Trailing));
        }
        if self.structure(&mut chunk, visitor)? && self.cursor.left() > 0 {
            if !self.rest_allowed {
                return Err(self.fail(Fault::Trailing));
            }
            // The stack is empty here, and this level takes the place of the structure.
            self.stack[0] = Some(Level::Content {
                field: None,
                left: self.cursor.left(),
            });
            self.depth = 1;
            self.structure(&mut chunk, visitor)?;
        }
        Ok(())
    }

    /// Walks one message at the front of `bytes`, which may go on after it; gives its length.
    pub(super) fn prefix<V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, Malformed> {
        if self.structure(&mut Chunk::held(bytes), visitor)? {
            Ok(self.cursor.at())
        } else {
            Err(self.fail(Fault::Short))
        }
    }

    /// Walks until the structure is complete (true) or the bytes are used up.
    fn structure<V: Visitor>(
        &mut self,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<bool, Malformed> {
        while let Some(level) = self.top() {
            match self.step(level, chunk, visitor) {
                Ok(()) => {}
                Err(Stop::Starved) => return Ok(false),
                Err(Stop::Fault(fault)) => return Err(self.fail(fault)),
            }
        }
        Ok(true)
    }

    /// Whether the whole frame has been walked and its structure is complete.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.depth == 0 && self.fault.is_none() && self.cursor.left() == 0
    }

    /// Bytes of the frame that have been walked or begun.
    #[must_use]
    pub const fn walked(&self) -> usize {
        self.cursor.seen()
    }

    /// Tagged fields passed whose tag the definition does not know.
    #[must_use]
    pub const fn unknown_tags(&self) -> u32 {
        self.unknown_tags
    }

    fn begin(&mut self, message: &'static Message, version: i16) {
        self.version = version;
        self.flexible = message.is_flexible(version);
        self.stack[0] = Some(Level::Fields {
            body: Body {
                structure: &message.root,
                of: None,
                start: self.cursor.at(),
            },
            next: 0,
        });
        self.depth = 1;
    }

    fn fail(&mut self, fault: Fault) -> Malformed {
        let malformed = Malformed::Structure {
            fault,
            field: self.field,
            at: self.cursor.at(),
        };
        self.fault = Some(malformed);
        malformed
    }

    // --- the stack ----------------------------------------------------------------------------

    fn top(&self) -> Option<Level> {
        self.stack
            .get(self.depth.checked_sub(1)?)
            .copied()
            .flatten()
    }

    fn push(&mut self, level: Level) -> Result<(), Stop> {
        let slot = self.stack.get_mut(self.depth).ok_or(Fault::Depth)?;
        *slot = Some(level);
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn replace(&mut self, level: Level) {
        let top = self.depth.saturating_sub(1);
        if let Some(slot) = self.stack.get_mut(top) {
            *slot = Some(level);
        }
    }

    /// Whether `visitor` is told of `field`.
    const fn tells<V: Visitor>(&self, field: &Field) -> bool {
        V::ALL || (field.is_visited() && !self.muted)
    }

    // --- where we are -------------------------------------------------------------------------

    /// From `start` to here.
    fn since(&self, start: usize) -> At<'_> {
        self.at(start, self.cursor.at())
    }

    fn at(&self, start: usize, end: usize) -> At<'_> {
        At {
            span: Span { start, end },
            enclosing: self.enclosing.get(..self.tagged).unwrap_or_default(),
        }
    }

    // --- one step -----------------------------------------------------------------------------

    /// Takes one step in `level`, the top of the stack. Without the bytes it needs it changes
    /// nothing.
    fn step<V: Visitor>(
        &mut self,
        level: Level,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        match level {
            Level::Fields { body, next } => self.fields(body, next, chunk, visitor),
            Level::Value(field) => {
                match self.open(field, field.kind, false, chunk, visitor)? {
                    Some(level) => self.replace(level),
                    None => self.pop(),
                }
                Ok(())
            }
            Level::Items(items) => self.items(items, chunk, visitor),
            Level::Text { field, start, left } => self.text(field, start, left, chunk, visitor),
            Level::Content { field, left } => self.content(field, left, chunk, visitor),
            Level::Zeros(left) => self.zeros(left, chunk),
            Level::TagCount(body) => self.tag_count(body, chunk, visitor),
            Level::Tags {
                body,
                left: 0,
                previous: _,
            } => {
                visitor.tags_end(&self.since(self.cursor.at()));
                self.close(body, visitor)
            }
            Level::Tags {
                body,
                left,
                previous,
            } => self.tag_number(body, left, previous, chunk, visitor),
            Level::TagSize(head) => self.tag_size(head, chunk),
            Level::Payload {
                head,
                end,
                outer_limit,
            } => self.payload_end(head, end, outer_limit, visitor),
        }
    }

    /// Walks plain fields up to one whose bytes are not all here, or that has a level of its own.
    fn fields<V: Visitor>(
        &mut self,
        body: Body,
        next: usize,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let mut next = next;
        while let Some(field) = body.structure.fields.get(next) {
            if field.is_plain(self.version) {
                let opened = self.open(field, field.kind, false, chunk, visitor);
                if let Err(stop) = opened {
                    self.replace(Level::Fields { body, next });
                    return Err(stop);
                }
                if let Ok(Some(level)) = opened {
                    let next = next.saturating_add(1);
                    self.replace(Level::Fields { body, next });
                    return self.push(level);
                }
            }
            next = next.saturating_add(1);
        }
        if !self.flexible {
            return self.close(body, visitor);
        }
        let counted = self.tag_count(body, chunk, visitor);
        if counted == Err(Stop::Starved) {
            self.replace(Level::TagCount(body));
        }
        counted
    }

    /// Leaves a struct, or goes from the header to the body.
    fn close<V: Visitor>(&mut self, body: Body, visitor: &mut V) -> Result<(), Stop> {
        if let Some(field) = body.of {
            visitor.structure_end(field, &self.since(body.start));
        }
        self.pop();
        if self.depth == 0
            && let Some((message, version)) = self.body.take()
        {
            self.begin(message, version);
        }
        Ok(())
    }

    /// Walks items up to one whose bytes are not all here, or that has a level of its own.
    fn items<V: Visitor>(
        &mut self,
        mut items: Items,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        let Items { field, item, .. } = items;
        let is_told = self.tells::<V>(field);
        let flat = match item {
            Kind::Struct(structure) if !is_told && structure.is_flat(self.version) => {
                Some(*structure)
            }
            _ => None,
        };
        loop {
            match items.stage {
                Stage::Inside(start) => {
                    if is_told {
                        visitor.item_end(field, &self.since(start));
                    }
                    items.stage = Stage::Between;
                }
                Stage::Between => {
                    if let Some(structure) = flat {
                        while items.left > 0 && self.pass(structure, chunk, visitor)? {
                            items.left = items.left.saturating_sub(1);
                        }
                    }
                    let Some(left) = items.left.checked_sub(1) else {
                        self.pop();
                        self.muted &= !items.muted;
                        if self.tells::<V>(field) {
                            visitor.array_end(field, &self.since(items.start));
                        }
                        return Ok(());
                    };
                    items.left = left;
                    items.stage = Stage::Begun(self.cursor.at());
                    if is_told {
                        visitor.item(field, &self.since(self.cursor.at()));
                    }
                }
                Stage::Begun(start) => {
                    let opened = self.open(field, *item, true, chunk, visitor);
                    if let Err(stop) = opened {
                        self.replace(Level::Items(items));
                        return Err(stop);
                    }
                    items.stage = Stage::Inside(start);
                    if let Ok(Some(level)) = opened {
                        self.replace(Level::Items(items));
                        return self.push(level);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::schema::Mark;
    use crate::wire::tables::{
        API_VERSIONS, DESCRIBE_TOPIC_PARTITIONS, FETCH, METADATA, SASL_HANDSHAKE,
    };
    use crate::wire::visitor::{Scalar, Tagged};

    struct Deaf;
    impl Visitor for Deaf {}

    /// An API with a version, the body of a request, and what becomes of it.
    type Case<'a> = ((&'static Api, i16), &'a [u8], Result<(), Fault>);

    /// Walks `bytes` whole and byte by byte, which must agree.
    fn walk(api: &'static Api, version: i16, bytes: &[u8]) -> Result<(), Fault> {
        let mut whole = Walker::body(api.request, version, bytes.len());
        let result = whole.walk_held(bytes, &mut Deaf);
        let mut parts = Walker::body(api.request, version, bytes.len());
        let in_parts = bytes
            .chunks(1)
            .try_for_each(|byte| parts.walk_held(byte, &mut Deaf));
        assert_eq!(result, in_parts);
        match result {
            Ok(()) => {
                assert!(whole.is_finished() && parts.is_finished());
                Ok(())
            }
            Err(Malformed::Structure { fault, .. }) => Err(fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn refuses_what_two_readers_may_read_differently() {
        let sasl: (&'static Api, i16) = (&SASL_HANDSHAKE, 1); // a plain string
        let versions: (&'static Api, i16) = (&API_VERSIONS, 3); // two compact strings, tags
        let topics: (&'static Api, i16) = (&DESCRIBE_TOPIC_PARTITIONS, 0); // array, int32, struct
        let metadata: (&'static Api, i16) = (&METADATA, 0); // an array of plain strings
        let cases: &[Case<'_>] = &[
            (sasl, b"\0\x02ab", Ok(())),
            (sasl, b"\0\x03ab", Err(Fault::Short)),
            (sasl, b"\0", Err(Fault::Short)),
            (sasl, b"\0\x02abc", Err(Fault::Trailing)),
            (sasl, b"\xff\xff", Err(Fault::Null)),
            (sasl, b"\xff\xfe", Err(Fault::NegativeLength)),
            (sasl, b"\0\x02\xc3\x28", Err(Fault::Utf8)),
            (sasl, b"\0\x02\xc3\xbc", Ok(())),
            (versions, b"\x02a\x01\0", Ok(())),
            (versions, b"\x82\0a\x01\0", Ok(())), // padded, but equal
            (versions, b"\x82\x80\x80\x80\0a\x01\0", Ok(())),
            (versions, b"\x82\x80\x80\x80\x10a\x01\0", Err(Fault::Varint)),
            (
                versions,
                b"\x82\x80\x80\x80\x80\0a\x01\0",
                Err(Fault::Varint),
            ),
            (versions, b"\0\x01\0", Err(Fault::Null)),
            (versions, b"\x01\x01\x02\x05\0\x06\0", Ok(())),
            (versions, b"\x01\x01\x02\x05\0\x05\0", Err(Fault::TagOrder)),
            (versions, b"\x01\x01\x02\x06\0\x05\0", Err(Fault::TagOrder)),
            (versions, b"\x01\x01\x03\x05\0\x06\0", Err(Fault::Count)),
            (versions, b"\x01\x01\x01\x05\x01", Err(Fault::Short)),
            (topics, b"\x01\0\0\0\x01\xff\0", Ok(())),
            (topics, b"\x01\0\0\0\x01\x01\x02t\0\0\0\0\0\0", Ok(())),
            (
                topics,
                b"\x01\0\0\0\x01\0\x02t\0\0\0\0\0\0",
                Err(Fault::Presence),
            ),
            (
                topics,
                b"\x01\0\0\0\x01\x02\x02t\0\0\0\0\0\0",
                Err(Fault::Presence),
            ),
            (topics, b"\x01\0\0\0\x01\xfe\0", Err(Fault::Presence)),
            (
                topics,
                b"\xff\xff\xff\xff\x0f\0\0\0\x01\xff\0",
                Err(Fault::Count),
            ),
            (metadata, b"\0\0\0\x01\0\x01t", Ok(())),
            (metadata, b"\0\0\0\x02\0\x01t", Err(Fault::Count)),
            (metadata, b"\x7f\xff\xff\xff\0\x01t", Err(Fault::Count)),
            (metadata, b"\xff\xff\xff\xff", Err(Fault::Null)),
            (metadata, b"\x80\0\0\0", Err(Fault::NegativeLength)),
        ];
        for ((api, version), bytes, expected) in cases {
            let found = walk(api, *version, bytes);
            assert_eq!(found, *expected, "{} v{version} {bytes:02x?}", api.name);
        }
    }

    #[test]
    fn a_tagged_field_fills_its_size() {
        // Fetch v12: all plain fields empty, then the root's tags: 0 = ClusterId.
        let fetch = |tags: &[u8]| {
            let mut bytes = vec![0; 25];
            bytes.extend([1, 1, 1]); // topics, forgotten topics, rack
            bytes.extend(tags);
            walk(&FETCH, 12, &bytes)
        };
        assert_eq!(fetch(&[1, 0, 2, 2, b'c']), Ok(()));
        assert_eq!(fetch(&[1, 0, 3, 2, b'c', 0]), Err(Fault::TagSize));
        assert_eq!(fetch(&[1, 0, 1, 2, b'c']), Err(Fault::Short));
    }

    #[test]
    fn compact_strings_are_held_to_the_length_of_plain_ones() {
        for (length, expected) in [(32767, Ok(())), (32768, Err(Fault::TextTooLong))] {
            let mut bytes = Vec::new();
            crate::wire::encode::length(&mut bytes, true, Some(length));
            bytes.resize(bytes.len() + length, b'a');
            bytes.extend([1, 0]);
            assert_eq!(walk(&API_VERSIONS, 3, &bytes), expected);
        }
    }

    #[test]
    fn a_fault_stays() {
        let mut walker = Walker::body(SASL_HANDSHAKE.request, 1, 4);
        let fault = walker.walk_held(b"\xff\xff", &mut Deaf).unwrap_err();
        assert_eq!(walker.walk_held(b"\0\0", &mut Deaf), Err(fault));
        assert!(!walker.is_finished());
    }

    #[test]
    fn tells_the_header_before_the_body() {
        struct Marks(Vec<Mark>);
        impl Visitor for Marks {
            fn value(&mut self, field: &'static Field, _: &At<'_>, _: Scalar<'_>) {
                self.0.push(field.mark);
            }
        }
        let frame = b"\0\x03\0\0\0\0\0\x01\0\x01c\0\0\0\x01\0\x01t";
        let mut walker = Walker::request(&METADATA, 0, frame.len());
        let mut marks = Marks(Vec::new());
        walker.walk_held(frame, &mut marks).unwrap();
        assert!(walker.is_finished());
        let header = [
            Mark::ApiKey,
            Mark::ApiVersion,
            Mark::CorrelationId,
            Mark::ClientId,
        ];
        assert_eq!(marks.0, [&header[..], &[Mark::TopicName]].concat());
    }

    #[test]
    fn a_walker_that_begins_again_remembers_nothing_wherever_it_was() {
        struct Blanks(Vec<(usize, u32)>);
        impl Visitor for Blanks {
            fn tag(&mut self, field: Option<&'static Field>, number: u32, at: &At<'_>) -> Tagged {
                self.0.push((at.span.start, number));
                match field {
                    Some(_) => Tagged::Keep,
                    None => Tagged::Blank,
                }
            }
        }
        // Both with a header of version 2; strings, and tags that nobody knows, in header and body.
        let versions = b"\0\x12\0\x03\0\0\0\x01\0\x01c\x01\x09\x02ab\x03abc\x02d\x01\x07\x01x";
        let topics = b"\0\x4b\0\0\0\0\0\x02\xff\xff\0\x02\x02t\0\0\0\0\x09\xff\x01\x05\x02yz";
        let walk = |walker: &mut Walker, frame: &[u8]| {
            let (mut frame, mut blanks) = (frame.to_vec(), Blanks(Vec::new()));
            let walked = walker.walk(&mut frame, &mut blanks);
            let ended = (walker.is_finished(), walker.unknown_tags());
            (walked, ended, frame, blanks.0)
        };
        let mut fresh = Walker::request(&DESCRIBE_TOPIC_PARTITIONS, 0, topics.len());
        let expected = walk(&mut fresh, topics);
        assert_eq!((expected.0, expected.1), (Ok(()), (true, 1)));
        for broken_off in 0..=versions.len() {
            for faulty in [false, true] {
                let mut first = versions[..broken_off].to_vec();
                if let Some(last) = first.last_mut().filter(|_| faulty) {
                    *last = 0xff;
                }
                let mut walker = Walker::request(&API_VERSIONS, 3, versions.len());
                let _ = walker.walk(&mut first, &mut Blanks(Vec::new()));
                walker.restart_request(&DESCRIBE_TOPIC_PARTITIONS, 0, topics.len());
                assert_eq!(walk(&mut walker, topics), expected, "{broken_off} {faulty}");
            }
        }
    }

    /// Levels that `structure` needs at most, itself included.
    fn depth(structure: &'static Struct) -> usize {
        let below = structure.fields.iter().map(|field| {
            let payload = usize::from(field.tagged.last() >= 0);
            payload
                + match field.kind {
                    Kind::Struct(inner) => depth(inner),
                    Kind::Array(Kind::Struct(inner)) => 1 + depth(inner),
                    Kind::Array(_) => 2,
                    _ => 1,
                }
        });
        1 + below.max().unwrap_or(1).max(2) // an unknown tag takes two
    }

    /// Tagged fields inside one another, an unknown one included.
    fn tag_depth(structure: &'static Struct) -> usize {
        let below = structure.fields.iter().map(|field| {
            let inner = match field.kind {
                Kind::Struct(inner) | Kind::Array(&Kind::Struct(inner)) => tag_depth(inner),
                _ => 0,
            };
            usize::from(field.tagged.last() >= 0) + inner
        });
        below.max().unwrap_or(0).max(1)
    }

    #[test]
    fn the_stack_holds_every_message() {
        for api in crate::wire::tables::APIS {
            for message in [api.request, api.response] {
                assert!(depth(&message.root) <= DEPTH, "{}", message.name);
                assert!(tag_depth(&message.root) <= TAG_DEPTH, "{}", message.name);
            }
        }
    }
}
