//! A peer's own words as they may be repeated to somebody else.

use crate::limits;

/// `text`, at most [`limits::REPEATED_TEXT_MAX`] characters of it, control characters as `?`, so that
/// it neither outgrows a Kafka string nor breaks a line.
#[must_use]
pub fn repeated(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '?' } else { c };
    text.chars()
        .take(limits::REPEATED_TEXT_MAX)
        .map(shown)
        .collect()
}
