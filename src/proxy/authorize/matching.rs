//! Which topics a pattern comes to, found out piece by piece: a cluster may have 100,000 of them, and a pattern
//! may be of those that are slow. Between two pieces a session's thread looks after others. Pure: the time
//! comes in.

use std::time::Instant;

use super::subscriptions::{Listing, Stamp};
use super::topic_pattern::TopicPattern;
use crate::limits::MATCHING_PIECE;
use crate::policy::{operation::Operation, resource::Resource, rights::Rights};

/// Names after which the clock is looked at: few microseconds' worth, a millisecond's of the slowest.
const NAMES: usize = 16;

/// The topics of a listing that match a pattern and that a session may describe.
#[derive(Debug)]
pub struct Matching {
    text: String,
    pattern: TopicPattern,
    listing: Listing,
    /// The rights that they were found by.
    revision: u64,
    /// How many names were looked at.
    looked: usize,
    found: Vec<String>,
}

impl Matching {
    /// None looked at yet.
    ///
    /// # Errors
    /// What is wrong with the pattern `text`, in RE2/J's words.
    pub(super) fn new(text: &str, listing: Listing, rights: &Rights) -> Result<Self, &'static str> {
        Ok(Self {
            text: text.to_owned(),
            pattern: TopicPattern::compile(text)?,
            listing,
            revision: rights.revision(),
            looked: 0,
            found: Vec::new(),
        })
    }

    /// Looks at more names, for [`MATCHING_PIECE`]; whether that was all. Begins anew where the rights changed.
    pub(super) fn go_on(&mut self, rights: &mut Rights, clock: impl Fn() -> Instant) -> bool {
        if self.revision != rights.revision() {
            self.revision = rights.revision();
            self.looked = 0;
            self.found.clear();
        }
        let begun = clock();
        let left = self.listing.names.get(self.looked..).unwrap_or_default();
        for names in left.chunks(NAMES) {
            let matching = names.iter().filter(|name| self.pattern.matches(name));
            let seen =
                matching.filter(|name| rights.may(Operation::Describe, &Resource::topic(name)));
            self.found.extend(seen.cloned());
            self.looked = self.looked.saturating_add(names.len());
            if clock().saturating_duration_since(begun) >= MATCHING_PIECE {
                break;
            }
        }
        self.looked >= self.listing.names.len()
    }

    /// By which topics and rights.
    pub(super) const fn stamp(&self) -> Stamp {
        (self.listing.at, self.revision)
    }

    /// The topics that it is about.
    pub(super) const fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What was found for the pattern `text` by the topics and rights of `stamp`; `None` = something else.
    pub(super) fn found(&self, text: &str, stamp: Stamp) -> Option<&[String]> {
        let all = self.looked >= self.listing.names.len();
        (all && self.text == text && self.stamp() == stamp).then_some(&self.found)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::policy::fixture::{authorizer, who};

    fn rights(acls: &[&str]) -> Rights {
        Rights::new(Arc::new(authorizer(acls)), who("User:a"))
    }

    #[test]
    fn a_piece_lasts_a_moment_and_all_pieces_find_all() {
        let names: Arc<[String]> = (0..100).map(|n| format!("t-{n}")).collect();
        let at = Instant::now();
        let listing = Listing { at, names };
        let mut rights = rights(&["ALLOW DESCRIBE TOPIC PREFIXED t User:a *"]);
        let mut matching = Matching::new("t-.*[05]", listing, &rights).unwrap();
        let now = Cell::new(at);
        let slow = || {
            now.set(now.get() + MATCHING_PIECE);
            now.get()
        };
        for _ in 0..6 {
            assert!(!matching.go_on(&mut rights, slow));
            assert_eq!(matching.found("t-.*[05]", matching.stamp()), None);
        }
        assert!(matching.go_on(&mut rights, slow));
        let stamp = matching.stamp();
        assert_eq!(matching.found("t-.*[05]", stamp).unwrap().len(), 20);
        assert_eq!(matching.found("t-.*", stamp), None);
        let later = (at + Duration::from_secs(1), stamp.1);
        assert_eq!(matching.found("t-.*[05]", later), None);

        // Other rights: from the beginning.
        let only = ["ALLOW DESCRIBE TOPIC LITERAL t-5 User:a *"];
        rights.follow(&Arc::new(authorizer(&only)));
        assert!(matching.go_on(&mut rights, || at));
        let found = matching.found("t-.*[05]", matching.stamp());
        assert_eq!(found.unwrap(), ["t-5"]);
    }
}
