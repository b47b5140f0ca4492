//! How often something may happen. Owns the token bucket, by provider and by source address; pure.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

/// A token bucket: `capacity` at once, one more each `interval`.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    capacity: u32,
    interval: Duration,
    tokens: u32,
    /// When the newest of `tokens` came in.
    filled: Instant,
}

impl Bucket {
    /// A full bucket of `capacity` tokens, refilled over one minute.
    pub(super) fn per_minute(capacity: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(60)
            .checked_div(capacity)
            .unwrap_or(Duration::MAX);
        Self {
            capacity,
            interval,
            tokens: capacity,
            filled: now,
        }
    }

    /// Whether a token could be taken at `now`.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.filled);
        let gained = elapsed
            .as_nanos()
            .checked_div(self.interval.as_nanos())
            .unwrap_or(0);
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        if gained > 0 {
            self.tokens = self.tokens.saturating_add(gained).min(self.capacity);
            self.filled = if self.tokens == self.capacity {
                now
            } else {
                self.filled
                    .checked_add(self.interval.saturating_mul(gained))
                    .unwrap_or(now)
            };
        }
        self.tokens > 0
    }

    /// Takes a token, if there is one at `now`.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let allowed = self.allows(now);
        if allowed {
            if self.tokens == self.capacity {
                self.filled = now;
            }
            self.tokens = self.tokens.saturating_sub(1);
        }
        allowed
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.allows(now) && self.tokens == self.capacity
    }
}

/// One bucket a source address, for a bounded number of addresses.
#[derive(Debug)]
pub(super) struct SourceBudget {
    capacity: u32,
    addresses_max: usize,
    buckets: HashMap<IpAddr, Bucket>,
}

impl SourceBudget {
    /// `capacity` tokens a minute for each of at most `addresses_max` addresses.
    pub(super) fn new(capacity: u32, addresses_max: usize) -> Self {
        Self {
            capacity,
            addresses_max,
            buckets: HashMap::new(),
        }
    }

    /// Whether `source` has a token at `now`. An address that finds no room has none: whoever
    /// fills the table must not get more by it.
    pub(super) fn take(&mut self, source: IpAddr, now: Instant) -> bool {
        if self.buckets.len() >= self.addresses_max && !self.buckets.contains_key(&source) {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            if self.buckets.len() >= self.addresses_max {
                return false;
            }
        }
        let capacity = self.capacity;
        self.buckets
            .entry(source)
            .or_insert_with(|| Bucket::per_minute(capacity, now))
            .take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_capacity_and_then_one_an_interval() {
        let start = Instant::now();
        let mut bucket = Bucket::per_minute(3, start);
        let at = |secs| start + Duration::from_secs(secs);
        let taken: Vec<_> = [0, 0, 0, 0, 19, 20, 21, 40, 41, 600, 600, 600, 600]
            .into_iter()
            .map(|secs| bucket.take(at(secs)))
            .collect();
        let want = [
            true, true, true, false, false, true, false, true, false, true, true, true, false,
        ];
        assert_eq!(taken, want);
    }

    #[test]
    fn a_flood_of_addresses_finds_no_room_until_old_ones_recover() {
        let start = Instant::now();
        let mut budget = SourceBudget::new(1, 2);
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        assert!(budget.take(address(1), start));
        assert!(!budget.take(address(1), start));
        assert!(budget.take(address(2), start));
        assert!(!budget.take(address(3), start));
        assert!(budget.take(address(3), start + Duration::from_secs(61)));
    }
}
