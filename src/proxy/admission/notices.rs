//! Which log lines about closed connections are due: one a listener, a reason and a minute. Pure.

use std::collections::HashMap;

use tokio::time::Instant;

use crate::limits::NOTICE_INTERVAL;

/// When which line was written last. Listeners are few, and reasons words of the code.
#[derive(Debug, Default)]
pub(super) struct Notices(HashMap<(String, &'static str), Instant>);

impl Notices {
    /// Whether a line about connections of `listener` that are closed for `reason` is due at `now`;
    /// it counts as written then.
    pub(super) fn is_due(&mut self, listener: &str, reason: &'static str, now: Instant) -> bool {
        let key = (listener.to_owned(), reason);
        let written = self.0.get(&key);
        let due = written.is_none_or(|at| now.saturating_duration_since(*at) >= NOTICE_INTERVAL);
        if due {
            self.0.insert(key, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_listener_a_reason_and_a_minute() {
        let (mut notices, start) = (Notices::default(), Instant::now());
        assert!(notices.is_due("a", "FULL", start));
        assert!(!notices.is_due("a", "FULL", start + NOTICE_INTERVAL / 2));
        assert!(notices.is_due("b", "FULL", start));
        assert!(notices.is_due("a", "RATE", start));
        assert!(notices.is_due("a", "FULL", start + NOTICE_INTERVAL));
        assert!(!notices.is_due("a", "FULL", start + NOTICE_INTERVAL));
    }
}
