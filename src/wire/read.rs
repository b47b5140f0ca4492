//! From bytes to a [`Value`], by the walker's rules.

use super::malformed::{Fault, Malformed};
use super::schema::{Field, Kind, Message};
use super::value::{Fields, Value};
use super::visitor::{At, Scalar, Visitor};
use super::walker::Walker;

/// The tree of `body`, a whole `message` of `version` without its header.
///
/// Fields that the version lacks and tagged fields that were not sent are absent; unknown tags are
/// dropped. It takes up to some 40 times the bytes in memory, so it is for small messages.
///
/// # Errors
/// As [`Walker::walk`], and when bytes are missing.
pub fn read(message: &'static Message, version: i16, body: &[u8]) -> Result<Value, Malformed> {
    tree_of(Walker::body(message, version, body.len()), message, body)
}

/// As [`read`], for the answers of brokers: bytes that follow the structure are passed over, as
/// [`Walker::response`] does.
///
/// # Errors
/// As [`read`].
pub fn read_answer(
    message: &'static Message,
    version: i16,
    body: &[u8],
) -> Result<Value, Malformed> {
    let walker = Walker::body(message, version, body.len()).allow_rest();
    tree_of(walker, message, body)
}

fn tree_of(mut walker: Walker, message: &'static Message, body: &[u8]) -> Result<Value, Malformed> {
    let mut tree = Tree::default();
    walker.walk_held(body, &mut tree)?;
    match tree.open.pop() {
        Some(Open::Struct(fields)) if walker.is_finished() => Ok(Value::Struct(fields)),
        _ => Err(Malformed::Structure {
            fault: Fault::Short,
            field: message.name,
            at: body.len(),
        }),
    }
}

/// A struct or array whose end has not come.
#[derive(Debug)]
enum Open {
    Struct(Fields),
    Array(Vec<Value>),
}

/// Builds the tree; as deep as the definitions nest, whatever the bytes.
#[derive(Debug)]
struct Tree {
    open: Vec<Open>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            open: vec![Open::Struct(Fields::default())],
        }
    }
}

impl Tree {
    /// Adds `value` to what is open: under the name of `field`, or as an item.
    fn put(&mut self, field: &'static Field, value: Value) {
        match self.open.last_mut() {
            Some(Open::Struct(fields)) => fields.push(field.name, value),
            Some(Open::Array(items)) => items.push(value),
            None => {}
        }
    }

    /// Closes the innermost open struct or array and adds it to what holds it.
    fn close(&mut self, field: &'static Field) {
        let value = match self.open.pop() {
            Some(Open::Struct(fields)) => Value::Struct(fields),
            Some(Open::Array(items)) => Value::Array(items),
            None => return,
        };
        self.put(field, value);
    }
}

impl Visitor for Tree {
    const ALL: bool = true;

    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        let value = match value {
            Scalar::Bool(value) => value.into(),
            Scalar::Int8(value) => value.into(),
            Scalar::Int16(value) => value.into(),
            Scalar::UInt16(value) => value.into(),
            Scalar::Int32(value) => value.into(),
            Scalar::UInt32(value) => value.into(),
            Scalar::Int64(value) => value.into(),
            Scalar::Float64(value) => value.into(),
            Scalar::Uuid(value) => value.into(),
            Scalar::Str(value) => value.into(),
            Scalar::Bytes(_) => Value::Bytes(Vec::new()), // `content` fills it
            Scalar::Null => Value::Null,
        };
        self.put(field, value);
    }

    fn content(&mut self, _: &'static Field, part: &[u8]) {
        let last = match self.open.last_mut() {
            Some(Open::Struct(fields)) => fields.last_mut(),
            Some(Open::Array(items)) => items.last_mut(),
            None => None,
        };
        if let Some(Value::Bytes(bytes)) = last {
            bytes.extend_from_slice(part);
        }
    }

    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        match count {
            // Room is made as items come: a count says little about the memory they take.
            Some(_) => self.open.push(Open::Array(Vec::new())),
            None => self.put(field, Value::Null),
        }
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if let Kind::Array(Kind::Struct(structure)) = field.kind {
            let fields = Fields::with_room_for(structure.fields.len());
            self.open.push(Open::Struct(fields));
        }
    }

    fn item_end(&mut self, field: &'static Field, _: &At<'_>) {
        if matches!(field.kind, Kind::Array(Kind::Struct(_))) {
            self.close(field);
        }
    }

    fn array_end(&mut self, field: &'static Field, _: &At<'_>) {
        self.close(field);
    }

    fn structure(&mut self, _: &'static Field, _: &At<'_>) {
        self.open.push(Open::Struct(Fields::default()));
    }

    fn structure_end(&mut self, field: &'static Field, _: &At<'_>) {
        self.close(field);
    }
}
