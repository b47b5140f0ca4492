//! Filters of identity pools: CEL (Common Expression Language) over `claims`.

use std::{fmt, sync::Arc};

use super::claims::Claims;

/// A compiled filter. Equal when its text is.
#[derive(Clone)]
pub struct Filter {
    text: Arc<str>,
}

/// Why a text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterFault(String);

/// What a filter says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched {
    /// It matches.
    Yes,
    /// It does not.
    No,
    /// It cannot be told, which counts as no; which clause, and why.
    Error(String),
}

impl Filter {
    /// Compiles `text`.
    ///
    /// # Errors
    /// [`FilterFault`]: what is wrong, and what to write instead.
    pub fn compile(text: &str) -> Result<Self, FilterFault> {
        Ok(Self { text: text.into() })
    }

    /// Judges `claims`.
    #[must_use]
    pub fn matches(&self, _claims: &Claims) -> Matched {
        Matched::No
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.text)
    }
}
