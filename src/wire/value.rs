//! Messages as trees: for small held ones, and for every answer Oathgate makes itself.

/// A value of any field. Which kind a field wants, its definition says; [`super::write`] checks it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Of every integer kind.
    Int(i64),
    Float(f64),
    Uuid([u8; 16]),
    Str(String),
    /// Bytes or records.
    Bytes(Vec<u8>),
    Array(Vec<Self>),
    Struct(Fields),
}

/// The fields of a struct, by the names of their definition, e.g. `ErrorCode`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// The field `name`, if it was on the wire or has been set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// Sets the field `name`.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// All fields, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// None yet, but room for `count`.
    pub(super) fn with_room_for(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Adds a field that is not there yet.
    pub(super) fn push(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    /// The value added last.
    pub(super) fn last_mut(&mut self) -> Option<&mut Value> {
        self.0.last_mut().map(|(_, value)| value)
    }
}

impl Value {
    /// A struct of `fields`.
    #[must_use]
    pub fn fields<const N: usize>(fields: [(&'static str, Self); N]) -> Self {
        Self::Struct(Fields(Vec::from(fields)))
    }

    /// An array of `items`.
    #[must_use]
    pub fn array(items: impl IntoIterator<Item = impl Into<Self>>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }

    /// The field `name` of a struct.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Struct(fields) => fields.get(name),
            _ => None,
        }
    }

    /// The field `name` of a struct, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Struct(fields) => {
                let found = fields.0.iter_mut().find(|(known, _)| *known == name);
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Sets the field `name` of a struct; of anything else nothing.
    pub fn set(&mut self, name: &'static str, value: impl Into<Self>) {
        if let Self::Struct(fields) = self {
            fields.set(name, value);
        }
    }

    /// The integer in the field `name`.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Self::as_int)
    }

    /// The boolean in the field `name`.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Self::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// The text in the field `name`; `None` also where that is null.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::as_str)
    }

    /// The UUID in the field `name`.
    #[must_use]
    pub fn uuid(&self, name: &str) -> Option<[u8; 16]> {
        match self.get(name) {
            Some(Self::Uuid(value)) => Some(*value),
            _ => None,
        }
    }

    /// The bytes in the field `name`; `None` also where those are null.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name) {
            Some(Self::Bytes(value)) => Some(value),
            _ => None,
        }
    }

    /// The items of the array in the field `name`; none where that is null or absent.
    #[must_use]
    pub fn items(&self, name: &str) -> &[Self] {
        match self.get(name) {
            Some(Self::Array(items)) => items,
            _ => &[],
        }
    }

    /// The array in the field `name`, to be changed.
    #[must_use]
    pub fn items_mut(&mut self, name: &str) -> Option<&mut Vec<Self>> {
        match self.get_mut(name) {
            Some(Self::Array(items)) => Some(items),
            _ => None,
        }
    }

    /// This integer.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// This text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Value {
            fn from(value: $integer) -> Self {
                Self::Int(i64::from(value))
            }
        }
    )*};
}
from_integers!(i8, i16, u16, i32, u32, i64);

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<[u8; 16]> for Value {
    fn from(value: [u8; 16]) -> Self {
        Self::Uuid(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Vec<Self>> for Value {
    fn from(value: Vec<Self>) -> Self {
        Self::Array(value)
    }
}

impl From<Fields> for Value {
    fn from(value: Fields) -> Self {
        Self::Struct(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
