//! The interpreter of the tables: passes over a frame, checks all of it, and tells a [`Visitor`] what it saw.
//!
//! A fixed stack of [`Level`]s instead of recursion; no allocation but for one buffer for strings that
//! come in parts (at most 32767 bytes); stops and resumes at any byte. Stricter than Kafka where leniency lets two
//! readers of the same bytes differ: see [`Fault`].

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

/// Longest string: Kafka's plain lengths have 15 bits, and its compact ones are held to the same.
const TEXT_MAX: usize = 32767;

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
    /// Where the item being walked began.
    open: Option<usize>,
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
    /// A value of which no byte has been read.
    Value {
        field: &'static Field,
        kind: Kind,
        is_item: bool,
    },
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
    /// What has come of a string whose end has not.
    scratch: Vec<u8>,
    unknown_tags: u32,
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

    /// Walks a response, header first.
    #[must_use]
    pub fn response(api: &'static Api, version: i16, length: usize) -> Self {
        let header = api.response_header_version(version);
        let mut walker = Self::body(&RESPONSE_HEADER, header, length);
        walker.body = Some((api.response, version));
        walker
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
            scratch: Vec::new(),
            unknown_tags: 0,
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
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let left = self.length.saturating_sub(self.cursor.seen());
        if bytes.len() > left {
            return Err(self.fail(Fault::Trailing));
        }
        let mut chunk = Chunk::new(bytes);
        while let Some(level) = self.top() {
            match self.step(level, &mut chunk, visitor) {
                Ok(()) => {}
                Err(Stop::Starved) => return Ok(()),
                Err(Stop::Fault(fault)) => return Err(self.fail(fault)),
            }
        }
        if self.cursor.left() > 0 {
            return Err(self.fail(Fault::Trailing));
        }
        Ok(())
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

    /// Takes one step in `level`, the top of the stack. Without the bytes it needs it changes nothing.
    fn step<V: Visitor>(
        &mut self,
        level: Level,
        chunk: &mut Chunk<'_>,
        visitor: &mut V,
    ) -> Result<(), Stop> {
        match level {
            Level::Fields { body, next } => self.fields(body, next, visitor),
            Level::Value {
                field,
                kind,
                is_item,
            } => {
                self.field = field.name;
                self.value(field, kind, is_item, chunk, visitor)
            }
            Level::Items(items) => self.items(items, visitor),
            Level::Text { field, start, left } => self.text(field, start, left, chunk, visitor),
            Level::Content { field, left } => self.content(field, left, chunk, visitor),
            Level::Zeros(left) => self.zeros(left, chunk),
            Level::TagCount(body) => self.tag_count(body, chunk, visitor),
            Level::Tags {
                body,
                left: 0,
                previous,
            } => {
                if previous.is_some() {
                    visitor.tags_end(&self.since(self.cursor.at()));
                }
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

    /// Goes to the next plain field, past those of fixed width that nobody asks for.
    fn fields<V: Visitor>(&mut self, body: Body, next: usize, visitor: &mut V) -> Result<(), Stop> {
        let mut next = next;
        let mut skipped: usize = 0;
        for field in body.structure.fields.get(next..).unwrap_or_default() {
            if field.is_plain(self.version) {
                match field.kind.width() {
                    Some(width) if !told::<V>(field) => {
                        self.field = field.name;
                        skipped = skipped.saturating_add(width);
                    }
                    _ => break,
                }
            }
            next = next.saturating_add(1);
        }
        if skipped > 0 {
            if skipped > self.cursor.left() {
                return Err(Fault::Short.into());
            }
            self.replace(Level::Fields { body, next });
            return self.push(Level::Content {
                field: None,
                left: skipped,
            });
        }
        let Some(field) = body.structure.fields.get(next) else {
            if self.flexible {
                self.replace(Level::TagCount(body));
                return Ok(());
            }
            return self.close(body, visitor);
        };
        self.replace(Level::Fields {
            body,
            next: next.saturating_add(1),
        });
        self.push(Level::Value {
            field,
            kind: field.kind,
            is_item: false,
        })
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

    fn items<V: Visitor>(&mut self, items: Items, visitor: &mut V) -> Result<(), Stop> {
        let Items { field, item, .. } = items;
        let is_told = told::<V>(field);
        if let Some(start) = items.open
            && is_told
        {
            visitor.item_end(field, &self.since(start));
        }
        let Some(left) = items.left.checked_sub(1) else {
            if is_told {
                visitor.array_end(field, &self.since(items.start));
            }
            self.pop();
            return Ok(());
        };
        let start = self.cursor.at();
        if is_told {
            visitor.item(field, &self.since(start));
        }
        self.replace(Level::Items(Items {
            left,
            open: Some(start),
            ..items
        }));
        match *item {
            Kind::Struct(structure) => self.push(Level::Fields {
                body: Body {
                    structure,
                    of: None,
                    start,
                },
                next: 0,
            }),
            kind => self.push(Level::Value {
                field,
                kind,
                is_item: true,
            }),
        }
    }
}

/// Whether `V` hears of `field`.
const fn told<V: Visitor>(field: &Field) -> bool {
    V::ALL || field.is_visited()
}
