//! From a [`Value`] to bytes.

use super::encode;
use super::schema::{DefaultValue, Field, Kind, Message, Struct};
use super::value::{Fields, Value};
use crate::limits::TEXT_MAX;

/// Why a value cannot be a message. A fault of the caller, or of a peer whose text is echoed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    #[error("{message} has no version {version}")]
    Version { message: &'static str, version: i16 },
    #[error("there is no field {field}")]
    UnknownField { field: &'static str },
    #[error("field {field} does not exist in version {version} and may not be left out")]
    NotInVersion { field: &'static str, version: i16 },
    #[error("field {field} may not be null in version {version}")]
    Null { field: &'static str, version: i16 },
    #[error("field {field} has a value of another kind")]
    Kind { field: &'static str },
    #[error("field {field} has a number out of its range")]
    Range { field: &'static str },
    #[error("field {field} is too long")]
    TooLong { field: &'static str },
}

/// The bytes of `value` as a `message` of `version`, without a header.
///
/// Absent fields get the default of their definition. A field that the version lacks is left out if
/// it holds that default or is ignorable. Tagged fields are written when they hold another value.
///
/// # Errors
/// When `value` does not fit the definition.
pub fn write(
    message: &'static Message,
    version: i16,
    value: &Value,
) -> Result<Vec<u8>, Unwritable> {
    let mut out = Vec::new();
    append(&mut out, message, version, value)?;
    Ok(out)
}

/// The bytes of `items`, without a count, for the array that `path` names from the root of
/// `message`, e.g. `["Responses"]`: what is to be inserted into a frame.
///
/// # Errors
/// When there is no such array, or an item does not fit its definition.
pub fn items(
    message: &'static Message,
    version: i16,
    path: &[&'static str],
    items: &[Value],
) -> Result<Vec<u8>, Unwritable> {
    let mut structure = &message.root;
    let mut array = None;
    for name in path {
        let field = structure.fields.iter().find(|f| f.name == *name);
        let field = field.ok_or(Unwritable::UnknownField { field: name })?;
        match field.kind {
            Kind::Struct(inner) | Kind::Array(&Kind::Struct(inner)) => structure = inner,
            _ => {}
        }
        array = Some(field);
    }
    let field = message.name;
    let field = array.ok_or(Unwritable::UnknownField { field })?;
    let Kind::Array(item) = field.kind else {
        return Err(Unwritable::Kind { field: field.name });
    };
    let mut out = Vec::new();
    let mut writer = Writer {
        out: &mut out,
        version,
        flexible: message.is_flexible(version),
    };
    for value in items {
        writer.value(field, *item, value, true)?;
    }
    Ok(out)
}

/// As [`write()`], to the end of `out`.
pub(super) fn append(
    out: &mut Vec<u8>,
    message: &'static Message,
    version: i16,
    value: &Value,
) -> Result<(), Unwritable> {
    if !message.versions.contain(version) {
        return Err(Unwritable::Version {
            message: message.name,
            version,
        });
    }
    let Value::Struct(fields) = value else {
        return Err(Unwritable::Kind {
            field: message.name,
        });
    };
    let mut writer = Writer {
        out,
        version,
        flexible: message.is_flexible(version),
    };
    writer.structure(&message.root, fields)
}

/// Writes by recursion, as deep as definitions nest.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    version: i16,
    flexible: bool,
}

impl Writer<'_> {
    fn structure(&mut self, structure: &'static Struct, fields: &Fields) -> Result<(), Unwritable> {
        self.check_names(structure, fields)?;
        for field in structure.fields {
            if field.is_plain(self.version) {
                self.field(field, fields)?;
            }
        }
        if self.flexible {
            self.tags(structure, fields)?;
        }
        Ok(())
    }

    /// Refuses what would be lost without a word.
    fn check_names(&self, structure: &'static Struct, fields: &Fields) -> Result<(), Unwritable> {
        for (name, value) in fields.iter() {
            let Some(field) = structure.fields.iter().find(|f| f.name == name) else {
                return Err(Unwritable::UnknownField { field: name });
            };
            let here = field.versions.contain(self.version);
            if !here && !field.ignorable && !is_default(field, value) {
                return Err(Unwritable::NotInVersion {
                    field: name,
                    version: self.version,
                });
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'static Field, fields: &Fields) -> Result<(), Unwritable> {
        match fields.get(field.name) {
            Some(value) => self.value(field, field.kind, value, false),
            None => self.value(field, field.kind, &default_of(field), false),
        }
    }

    fn tags(&mut self, structure: &'static Struct, fields: &Fields) -> Result<(), Unwritable> {
        let mut sent: Vec<&'static Field> = structure
            .fields
            .iter()
            .filter(|f| f.tagged.contain(self.version))
            .filter(|f| fields.get(f.name).is_some_and(|v| !is_default(f, v)))
            .collect();
        sent.sort_by_key(|field| field.tag);
        encode::varint(self.out, u32::try_from(sent.len()).unwrap_or(u32::MAX));
        for field in sent {
            let mut payload = Vec::new();
            let mut writer = Writer {
                out: &mut payload,
                version: self.version,
                flexible: self.flexible,
            };
            writer.field(field, fields)?;
            let Ok(size) = u32::try_from(payload.len()) else {
                return Err(Unwritable::TooLong { field: field.name });
            };
            encode::varint(self.out, field.tag);
            encode::varint(self.out, size);
            self.out.append(&mut payload);
        }
        Ok(())
    }

    fn value(
        &mut self,
        field: &'static Field,
        kind: Kind,
        value: &Value,
        is_item: bool,
    ) -> Result<(), Unwritable> {
        let compact = self.flexible && !field.never_compact;
        let nullable = !is_item && field.nullable.contain(self.version);
        match (kind, value) {
            (Kind::Str, Value::Str(text)) => {
                if text.len() > TEXT_MAX {
                    return Err(Unwritable::TooLong { field: field.name });
                }
                encode::text(self.out, compact, Some(text));
            }
            (Kind::Bytes | Kind::Records, Value::Bytes(bytes)) => {
                checked_length(field, bytes.len())?;
                encode::bytes(self.out, compact, Some(bytes));
            }
            (Kind::Array(item), Value::Array(items)) => {
                checked_length(field, items.len())?;
                encode::length(self.out, compact, Some(items.len()));
                for value in items {
                    self.value(field, *item, value, true)?;
                }
            }
            (Kind::Struct(structure), Value::Struct(fields)) => {
                if nullable {
                    self.out.push(1);
                }
                self.structure(structure, fields)?;
            }
            (_, Value::Null) if nullable => self.null(kind, compact),
            (_, Value::Null) => {
                return Err(Unwritable::Null {
                    field: field.name,
                    version: self.version,
                });
            }
            (number, value) => self.number(field, number, value)?,
        }
        Ok(())
    }

    fn null(&mut self, kind: Kind, compact: bool) {
        match kind {
            Kind::Str => encode::text(self.out, compact, None),
            Kind::Struct(_) => self.out.push(0xff),
            _ => encode::length(self.out, compact, None),
        }
    }

    fn number(
        &mut self,
        field: &'static Field,
        kind: Kind,
        value: &Value,
    ) -> Result<(), Unwritable> {
        let range = |_| Unwritable::Range { field: field.name };
        let out = &mut *self.out;
        match (kind, value) {
            (Kind::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
            (Kind::Int8, Value::Int(n)) => {
                out.extend(i8::try_from(*n).map_err(range)?.to_be_bytes());
            }
            (Kind::Int16, Value::Int(n)) => {
                out.extend(i16::try_from(*n).map_err(range)?.to_be_bytes());
            }
            (Kind::UInt16, Value::Int(n)) => {
                out.extend(u16::try_from(*n).map_err(range)?.to_be_bytes());
            }
            (Kind::Int32, Value::Int(n)) => {
                out.extend(i32::try_from(*n).map_err(range)?.to_be_bytes());
            }
            (Kind::UInt32, Value::Int(n)) => {
                out.extend(u32::try_from(*n).map_err(range)?.to_be_bytes());
            }
            (Kind::Int64, Value::Int(n)) => out.extend(n.to_be_bytes()),
            (Kind::Float64, Value::Float(value)) => out.extend(value.to_be_bytes()),
            (Kind::Uuid, Value::Uuid(value)) => out.extend(value),
            _ => return Err(Unwritable::Kind { field: field.name }),
        }
        Ok(())
    }
}

/// Refuses what no plain length can say.
fn checked_length(field: &Field, length: usize) -> Result<(), Unwritable> {
    match i32::try_from(length) {
        Ok(length) if length < i32::MAX => Ok(()),
        _ => Err(Unwritable::TooLong { field: field.name }),
    }
}

/// The value that stands for `field` where it is absent.
fn default_of(field: &Field) -> Value {
    match (field.default, field.kind) {
        (DefaultValue::Null, _) => Value::Null,
        (DefaultValue::True, _) => Value::Bool(true),
        (DefaultValue::Int(number), _) => Value::Int(number),
        (DefaultValue::Zero, kind) => match kind {
            Kind::Bool => Value::Bool(false),
            Kind::Int8 | Kind::Int16 | Kind::UInt16 => Value::Int(0),
            Kind::Int32 | Kind::UInt32 | Kind::Int64 => Value::Int(0),
            Kind::Float64 => Value::Float(0.0),
            Kind::Uuid => Value::Uuid([0; 16]),
            Kind::Str => Value::Str(String::new()),
            Kind::Bytes | Kind::Records => Value::Bytes(Vec::new()),
            Kind::Array(_) => Value::Array(Vec::new()),
            Kind::Struct(_) => Value::Struct(Fields::default()),
        },
    }
}

/// Whether `value` is the default of `field`; a struct is when all its fields are.
fn is_default(field: &Field, value: &Value) -> bool {
    match (field.kind, value) {
        (Kind::Struct(structure), Value::Struct(fields)) => {
            !matches!(field.default, DefaultValue::Null)
                && fields.iter().all(|(name, value)| {
                    let inner = structure.fields.iter().find(|f| f.name == name);
                    inner.is_some_and(|inner| is_default(inner, value))
                })
        }
        (_, value) => *value == default_of(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tables::{FETCH, FIND_COORDINATOR, SASL_AUTHENTICATE};

    #[test]
    fn refuses_what_does_not_fit() {
        let key_type = Unwritable::NotInVersion {
            field: "KeyType",
            version: 0,
        };
        let cases = [
            (
                0,
                Value::fields([("Kye", "a".into())]),
                Unwritable::UnknownField { field: "Kye" },
            ),
            (
                0,
                Value::fields([("Key", 1.into())]),
                Unwritable::Kind { field: "Key" },
            ),
            (0, Value::fields([("KeyType", 1.into())]), key_type),
            (
                1,
                Value::fields([("KeyType", 200.into())]),
                Unwritable::Range { field: "KeyType" },
            ),
            (
                0,
                Value::fields([("Key", "k".repeat(32768).into())]),
                Unwritable::TooLong { field: "Key" },
            ),
            (
                0,
                Value::fields([("Key", Value::Null)]),
                Unwritable::Null {
                    field: "Key",
                    version: 0,
                },
            ),
            (
                0,
                Value::Null,
                Unwritable::Kind {
                    field: "FindCoordinatorRequest",
                },
            ),
        ];
        for (version, value, expected) in cases {
            let refused = write(FIND_COORDINATOR.request, version, &value);
            assert_eq!(refused, Err(expected));
        }
        assert!(write(FIND_COORDINATOR.request, 7, &Value::fields([])).is_err());
    }

    #[test]
    fn leaves_out_defaults_and_ignorable_fields_of_other_versions() {
        let plain = write(
            FIND_COORDINATOR.request,
            0,
            &Value::fields([("Key", "g".into())]),
        )
        .unwrap();
        let value = Value::fields([("Key", "g".into()), ("KeyType", 0.into())]);
        assert_eq!(write(FIND_COORDINATOR.request, 0, &value).unwrap(), plain);

        let lifetime = Value::fields([("SessionLifetimeMs", 5.into())]);
        let before = write(SASL_AUTHENTICATE.response, 0, &lifetime).unwrap();
        assert_eq!(
            before,
            write(SASL_AUTHENTICATE.response, 0, &Value::fields([])).unwrap()
        );
    }

    #[test]
    fn items_are_written_without_their_count() {
        let topic = Value::fields([
            ("Topic", "t".into()),
            ("Partitions", Vec::<Value>::new().into()),
        ]);
        let body = Value::fields([("Responses", vec![topic.clone()].into())]);
        let whole = write(FETCH.response, 12, &body).unwrap();
        let bytes = items(FETCH.response, 12, &["Responses"], &[topic]).unwrap();
        assert_eq!(bytes, b"\x02t\x01\0");
        assert!(
            whole
                .windows(bytes.len() + 1)
                .any(|w| w[0] == 2 && w[1..] == *bytes)
        );
        let nested = items(
            FETCH.response,
            12,
            &["Responses", "Partitions"],
            &[Value::fields([])],
        );
        assert!(nested.is_ok());
        assert!(items(FETCH.response, 12, &["Nowhere"], &[]).is_err());
        assert!(items(FETCH.response, 12, &["SessionId"], &[]).is_err());
        assert!(items(FETCH.response, 12, &[], &[]).is_err());
    }
}
