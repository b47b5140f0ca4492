//! Messages, shortly written: what a version lacks is left out of them by `fit`.

use oathgate::wire::{
    schema::{Kind, Struct},
    value::{Fields, Value},
};

/// A struct.
pub(super) fn of<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    Value::fields(fields)
}

/// An array.
pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::array(items)
}

/// An array of texts.
pub(super) fn texts(items: impl IntoIterator<Item = impl Into<String>>) -> Value {
    Value::array(items.into_iter().map(|item| Value::from(item.into())))
}

/// An array of integers.
pub(super) fn numbers(items: impl IntoIterator<Item = i64>) -> Value {
    Value::array(items)
}

/// `value` without the fields that `version` of `structure` lacks. Panics at a name that no version has.
pub(super) fn fit(structure: &'static Struct, version: i16, value: &Value) -> Value {
    let Value::Struct(fields) = value else {
        return value.clone();
    };
    let mut fitted = Fields::default();
    for (name, value) in fields.iter() {
        let field = structure.fields.iter().find(|field| field.name == name);
        let field = field.unwrap_or_else(|| panic!("no field {name}"));
        if field.versions.contain(version) {
            fitted.set(name, fit_kind(field.kind, version, value));
        }
    }
    Value::Struct(fitted)
}

fn fit_kind(kind: Kind, version: i16, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Struct(inner), value) => fit(inner, version, value),
        (Kind::Array(item), Value::Array(items)) => {
            list(items.iter().map(|value| fit_kind(*item, version, value)))
        }
        (_, value) => value.clone(),
    }
}
