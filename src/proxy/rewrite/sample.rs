//! Messages with something in every field, for tests.

use crate::wire::schema::{Kind, Struct};
use crate::wire::value::Value;

/// A value in every field that `version` has, tagged ones included; two items in every array.
pub(in crate::proxy) fn populated(of: &Struct, version: i16) -> Value {
    let mut out = Value::fields([]);
    for field in of.fields.iter().filter(|f| f.versions.contain(version)) {
        out.set(field.name, sample(field.kind, version));
    }
    out
}

fn sample(kind: Kind, version: i16) -> Value {
    match kind {
        Kind::Bool => true.into(),
        Kind::Str => "text".into(),
        Kind::Bytes | Kind::Records => vec![1u8, 2, 3].into(),
        Kind::Uuid => [5; 16].into(),
        Kind::Float64 => 0.5.into(),
        Kind::Struct(of) => populated(of, version),
        Kind::Array(item) => Value::array([sample(*item, version), sample(*item, version)]),
        _ => 7.into(),
    }
}
