//! Two values side by side: where they differ.

use oathgate::wire::value::Value;
use std::collections::BTreeSet;

/// Longest text of a value in a report.
const TEXT_MAX: usize = 400;

/// A place where two answers differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    /// The names of fields down to it.
    pub(super) path: String,
    pub(super) kafka: String,
    pub(super) oathgate: String,
}

/// All places where `kafka` and `oathgate` differ.
pub(super) fn between(kafka: &Value, oathgate: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", kafka, oathgate, &mut found);
    found
}

fn compare(path: &str, kafka: &Value, oathgate: &Value, found: &mut Vec<Difference>) {
    if kafka == oathgate {
        return;
    }
    match (kafka, oathgate) {
        (Value::Struct(left), Value::Struct(right)) => {
            let names: BTreeSet<_> = left.iter().chain(right.iter()).map(|(n, _)| n).collect();
            for name in names {
                let inner = format!("{path}.{name}");
                match (left.get(name), right.get(name)) {
                    (Some(left), Some(right)) => compare(&inner, left, right, found),
                    (left, right) => found.push(Difference {
                        path: inner,
                        kafka: left.map_or("absent".to_owned(), text),
                        oathgate: right.map_or("absent".to_owned(), text),
                    }),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (number, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}[{number}]"), left, right, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            let only = |some: &[Value], others: &[Value]| {
                let missing: Vec<_> = some.iter().filter(|v| !others.contains(v)).collect();
                let texts: Vec<_> = missing.iter().take(3).map(|v| text(v)).collect();
                format!("{} items, alone: {}", some.len(), texts.join(", "))
            };
            found.push(Difference {
                path: path.to_owned(),
                kafka: only(left, right),
                oathgate: only(right, left),
            });
        }
        _ => found.push(Difference {
            path: path.to_owned(),
            kafka: text(kafka),
            oathgate: text(oathgate),
        }),
    }
}

/// A value as a reader wants it: fields by name, nothing of the types.
pub(super) fn text(value: &Value) -> String {
    let mut text = spelt(value);
    if text.len() > TEXT_MAX {
        let end = (0..=TEXT_MAX).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        text += "...";
    }
    text
}

fn spelt(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Uuid(id) => format!("id {id:02x?}"),
        Value::Str(text) => format!("{text:?}"),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(spelt).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", spelt(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}
