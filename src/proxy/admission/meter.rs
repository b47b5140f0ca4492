//! How often something has happened lately. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// Counts events, each of which is worked off after an interval: the generic cell rate algorithm
/// (ITU-T I.371), which takes one point in time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    /// When the last event will have been worked off; `None` = there was none.
    clear: Option<Instant>,
}

impl Meter {
    /// Events that are not worked off at `now`, where each takes `interval` (not zero).
    pub(super) fn pending(self, now: Instant, interval: Duration) -> u32 {
        let left = self
            .clear
            .map_or(Duration::ZERO, |clear| clear.saturating_duration_since(now));
        let events = left.as_nanos().div_ceil(interval.as_nanos().max(1));
        u32::try_from(events).unwrap_or(u32::MAX)
    }

    /// Whether everything is worked off at `now`.
    pub(super) fn is_clear(self, now: Instant) -> bool {
        self.clear.is_none_or(|clear| clear <= now)
    }

    /// Counts an event at `now`, unless `most` are not worked off yet; whether it did.
    pub(super) fn count(&mut self, now: Instant, interval: Duration, most: u32) -> bool {
        if self.pending(now, interval) >= most {
            return false;
        }
        let from = self.clear.map_or(now, |clear| clear.max(now));
        self.clear = from.checked_add(interval).or(Some(from));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_let_through_and_then_one_an_interval() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let counted: Vec<_> = [0, 0, 0, 0, 999, 1000, 1001, 1999, 2000, 60_000, 60_000]
            .map(|ms| meter.count(start + Duration::from_millis(ms), SECOND, 3))
            .into();
        let expected = [
            true, true, true, false, false, true, false, false, true, true, true,
        ];
        assert_eq!(counted, expected);
    }

    #[test]
    fn what_is_pending_is_worked_off_in_time() {
        let start = Instant::now();
        let mut meter = Meter::default();
        assert_eq!(
            (meter.pending(start, SECOND), meter.is_clear(start)),
            (0, true)
        );
        for _ in 0..5 {
            assert!(meter.count(start, SECOND, 5));
        }
        assert!(
            !meter.count(start, SECOND, 5),
            "what was refused adds nothing"
        );
        for (ms, pending) in [(0, 5), (1, 5), (1000, 4), (4999, 1), (5000, 0)] {
            let now = start + Duration::from_millis(ms);
            assert_eq!(meter.pending(now, SECOND), pending, "{ms}");
            assert_eq!(meter.is_clear(now), pending == 0, "{ms}");
        }
    }
}
