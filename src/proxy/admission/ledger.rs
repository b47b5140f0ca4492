//! What is remembered of clients by a key: their open connections, their logins and their failures.
//! Bounded, pure.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    time::Duration,
};

use tokio::time::Instant;

use super::meter::Meter;
use crate::limits::{FAILURE_FORGIVEN, FAILURES_MAX};

/// What one key may do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Connections at once; also the logins it may do in a burst, if that is not less than a
    /// second's worth.
    pub(super) connections: usize,
    /// Logins a second after that; at least 1.
    pub(super) logins_per_second: u32,
}

/// Which bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Connections,
    LoginRate,
}

/// Connections, logins and failures by key. Keys that have a connection are all remembered, of the
/// others the latest `idle_max`.
#[derive(Debug)]
pub(super) struct Ledger<K> {
    entries: HashMap<K, Entry>,
    /// Keys without a connection by the turn at which they were parked: the oldest first.
    idle: BTreeMap<u64, K>,
    idle_max: usize,
    turn: u64,
}

#[derive(Debug, Default)]
struct Entry {
    connections: usize,
    logins: Meter,
    failures: Meter,
    /// Its place in [`Ledger::idle`].
    parked: Option<u64>,
}

impl Entry {
    fn is_recovered(&self, now: Instant) -> bool {
        self.logins.is_clear(now) && self.failures.is_clear(now)
    }
}

impl<K: Clone + Eq + Hash> Ledger<K> {
    /// Remembers nothing yet.
    pub(super) fn new(idle_max: usize) -> Self {
        Self {
            entries: HashMap::new(),
            idle: BTreeMap::new(),
            idle_max,
            turn: 0,
        }
    }

    /// `key` connects at `now`; each success wants a [`Ledger::leave`].
    ///
    /// # Errors
    /// [`Full`]; a connection that is refused counts for nothing.
    pub(super) fn enter(&mut self, key: &K, bounds: Bounds, now: Instant) -> Result<(), Full> {
        self.forget_recovered(now);
        let entry = self.touch(key);
        let interval = Duration::from_secs(1) / bounds.logins_per_second.max(1);
        let burst = u32::try_from(bounds.connections).unwrap_or(u32::MAX);
        let burst = burst.max(bounds.logins_per_second);
        let entered = if entry.connections >= bounds.connections {
            Err(Full::Connections)
        } else if !entry.logins.count(now, interval, burst) {
            Err(Full::LoginRate)
        } else {
            entry.connections = entry.connections.saturating_add(1);
            Ok(())
        };
        self.park(key);
        entered
    }

    /// A connection of `key` is over.
    pub(super) fn leave(&mut self, key: &K) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.connections = entry.connections.saturating_sub(1);
        }
        self.park(key);
    }

    /// A login of `key` failed at `now`; how many have lately, this one included.
    pub(super) fn fail(&mut self, key: &K, now: Instant) -> u32 {
        let failures = &mut self.touch(key).failures;
        failures.count(now, FAILURE_FORGIVEN, FAILURES_MAX);
        let lately = failures.pending(now, FAILURE_FORGIVEN);
        self.park(key);
        lately
    }

    /// The entry of `key`, which counts as in use until it is parked.
    fn touch(&mut self, key: &K) -> &mut Entry {
        let entry = self.entries.entry(key.clone()).or_default();
        if let Some(turn) = entry.parked.take() {
            self.idle.remove(&turn);
        }
        entry
    }

    /// Puts `key` among the idle ones if it has no connection; the oldest of them makes room.
    fn park(&mut self, key: &K) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        if entry.connections > 0 || entry.parked.is_some() {
            return;
        }
        self.turn = self.turn.wrapping_add(1);
        entry.parked = Some(self.turn);
        self.idle.insert(self.turn, key.clone());
        if self.idle.len() > self.idle_max
            && let Some((_, oldest)) = self.idle.pop_first()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Forgets the two oldest idle keys if there is nothing to hold against them: twice as fast as
    /// new ones come, so that what is kept is what matters.
    fn forget_recovered(&mut self, now: Instant) {
        for _ in 0..2 {
            let Some(oldest) = self.idle.first_entry() else {
                return;
            };
            let recovered = self
                .entries
                .get(oldest.get())
                .is_none_or(|entry| entry.is_recovered(now));
            if !recovered {
                return;
            }
            let key = oldest.remove();
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        connections: 3,
        logins_per_second: 1,
    };

    fn at(start: Instant, secs: u64) -> Instant {
        start + Duration::from_secs(secs)
    }

    #[test]
    fn connections_are_bounded_by_key() {
        let now = Instant::now();
        let mut ledger = Ledger::new(10);
        for _ in 0..3 {
            assert_eq!(ledger.enter(&'a', BOUNDS, now), Ok(()));
        }
        assert_eq!(ledger.enter(&'a', BOUNDS, now), Err(Full::Connections));
        assert_eq!(ledger.enter(&'b', BOUNDS, now), Ok(()));
        ledger.leave(&'a');
        assert_eq!(ledger.enter(&'a', BOUNDS, at(now, 1)), Ok(()));
    }

    #[test]
    fn logins_are_bounded_by_rate_whether_or_not_they_stay() {
        let start = Instant::now();
        let mut ledger = Ledger::new(10);
        let mut login = |secs| {
            let entered = ledger.enter(&'a', BOUNDS, at(start, secs));
            if entered.is_ok() {
                ledger.leave(&'a');
            }
            entered
        };
        for _ in 0..3 {
            assert_eq!(login(0), Ok(()));
        }
        for _ in 0..100 {
            assert_eq!(login(0), Err(Full::LoginRate));
        }
        // A flood of refused ones puts nothing off.
        assert_eq!(login(1), Ok(()));
        assert_eq!(login(1), Err(Full::LoginRate));
    }

    #[test]
    fn failures_add_up_and_are_forgotten() {
        let start = Instant::now();
        let mut ledger = Ledger::new(10);
        let counts: Vec<_> = (0..3).map(|_| ledger.fail(&'a', start)).collect();
        assert_eq!(counts, [1, 2, 3]);
        assert_eq!(ledger.fail(&'b', start), 1);
        assert_eq!(ledger.fail(&'a', start + 2 * FAILURE_FORGIVEN), 2);
        for _ in 0..2 * FAILURES_MAX {
            ledger.fail(&'a', start);
        }
        let much_later = start + (FAILURES_MAX + 3) * FAILURE_FORGIVEN;
        assert_eq!(ledger.fail(&'a', much_later), 1, "no debt for ever");
    }

    #[test]
    fn idle_keys_are_bounded_and_the_oldest_goes_first() {
        let start = Instant::now();
        let mut ledger = Ledger::new(2);
        assert_eq!(ledger.enter(&0, BOUNDS, start), Ok(()));
        for key in 1..=100 {
            ledger.fail(&key, start);
        }
        assert_eq!(ledger.idle.len(), 2);
        assert_eq!(ledger.entries.len(), 3, "who is connected stays");
        assert_eq!(ledger.fail(&100, start), 2);
        assert_eq!(ledger.fail(&98, start), 1, "was forgotten");
        assert_eq!(ledger.fail(&99, start), 1, "made room for 98");
    }

    #[test]
    fn who_has_recovered_is_forgotten_without_need() {
        let start = Instant::now();
        let mut ledger = Ledger::new(1000);
        for key in 0..10 {
            assert_eq!(ledger.enter(&key, BOUNDS, start), Ok(()));
            ledger.leave(&key);
        }
        assert_eq!(ledger.entries.len(), 10);
        for key in 10..20 {
            assert_eq!(ledger.enter(&key, BOUNDS, at(start, 60)), Ok(()));
        }
        assert_eq!((ledger.entries.len(), ledger.idle.len()), (10, 0));
    }
}
