//! JSON from strangers: a tree that is bounded in depth, without duplicate keys at any depth, of
//! exactly one value. Owns that reading; knows nothing else.

use std::{collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

/// Deepest nesting that is read; tokens and key sets need a handful.
const DEPTH_MAX: usize = 32;

/// A JSON value. `Debug` prints its kind alone, for claims are secrets.
#[derive(Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number written without fraction and exponent that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl Json {
    /// Reads `bytes` as exactly one object; a key that is there twice is a fault.
    ///
    /// # Errors
    /// What is wrong and where, without content.
    pub(super) fn parse_object(bytes: &[u8]) -> Result<BTreeMap<String, Self>, String> {
        Self::parse(bytes, Strictness::Strict)
    }

    /// As [`Json::parse_object`], for documents of a trusted provider, in which one strange part
    /// must not lose the rest: an object with a key twice reads as `null`.
    ///
    /// # Errors
    /// What is wrong and where, without content.
    pub(super) fn parse_document(bytes: &[u8]) -> Result<BTreeMap<String, Self>, String> {
        Self::parse(bytes, Strictness::Tolerant)
    }

    fn parse(bytes: &[u8], strictness: Strictness) -> Result<BTreeMap<String, Self>, String> {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let seed = Seed {
            depth: 0,
            strictness,
        };
        let value = seed.deserialize(&mut deserializer).map_err(|e| fault(&e))?;
        deserializer.end().map_err(|e| fault(&e))?;
        match value {
            Self::Object(members) => Ok(members),
            other => Err(format!("{} where an object is wanted", other.kind())),
        }
    }

    /// The word for the value's type.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The text of a string.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a string or of a list of strings; `None` for anything else.
    pub(super) fn as_texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::Text(text) => Some(vec![text]),
            Self::List(items) => items.iter().map(Self::as_text).collect(),
            _ => None,
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// Says where, but never what: messages of the parser can quote the input.
fn fault(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => error.to_string(),
        serde_json::error::Category::Eof => "ends too early".to_owned(),
        _ => "is not JSON".to_owned(),
    };
    format!("{what} (column {})", error.column())
}

/// What an object with a key twice does to the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    Strict,
    Tolerant,
}

/// Reads one value at `depth`.
#[derive(Clone, Copy)]
struct Seed {
    depth: usize,
    strictness: Strictness,
}

impl Seed {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom("is nested too deeply"));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        // No claim that Oathgate reads as a number is that large: the others may be inexact.
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let seed = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(seed)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let seed = self.inner()?;
        let mut members = BTreeMap::new();
        let mut twice = false;
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(seed)?;
            twice |= members.insert(name, value).is_some();
            if twice && self.strictness == Strictness::Strict {
                return Err(A::Error::custom("has a key twice"));
            }
        }
        if twice {
            return Ok(Json::Null);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_object_is_read() {
        for good in [
            "{}",
            r#" {"a":[1,-1,1.5,null,true,"x",{"b":{}}]} "#,
            r#"{"a":1,"b":{"a":1}}"#,
        ] {
            assert!(Json::parse_object(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "[]",
            "1",
            "null",
            "\"a\"",
            "{",
            "{}x",
            "{} {}",
            "\u{feff}{}",
            "{a:1}",
            "{'a':1}",
            r#"{"a":1,}"#,
            r#"{"a":NaN}"#,
            r#"{"a":1e999}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":"\ud800"}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert!(Json::parse_object(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Json::parse_object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(Json::parse_object(nested(DEPTH_MAX - 1).as_bytes()).is_ok());
        assert!(Json::parse_object(nested(DEPTH_MAX).as_bytes()).is_err());
        assert!(Json::parse_object(nested(100_000).as_bytes()).is_err());
    }

    #[test]
    fn faults_do_not_quote_the_input() {
        for bad in [
            r#"{"s3cret":1,"s3cret":1}"#,
            r#"{"a":s3cret}"#,
            r#"["s3cret"]"#,
            "\"s3cret\"",
        ] {
            let fault = Json::parse_object(bad.as_bytes()).unwrap_err();
            assert!(!fault.contains("s3cret"), "{fault}");
        }
    }
}
