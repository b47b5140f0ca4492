//! Which denials of a session are told, and when: a client that tries the same thing again and again makes one
//! line a minute, not a flood. Pure; knows no clock.

use tokio::time::Instant;

use crate::{
    limits::{DENIAL_INTERVAL, DENIALS_TOLD_MAX},
    proxy::authorize::Denial,
};

/// One denial that is to be told.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The API of the request.
    pub api: &'static str,
    /// What was denied.
    pub denial: Denial,
    /// How many times since it was told last.
    pub count: u64,
}

/// A denial that was told.
#[derive(Debug)]
struct Known {
    api: &'static str,
    denial: Denial,
    at: Instant,
    since: u64,
}

/// The denials of one session; at most [`DENIALS_TOLD_MAX`] different ones are kept apart.
#[derive(Debug, Default)]
pub struct DenialLog {
    known: Vec<Known>,
}

impl DenialLog {
    /// Takes note of a denial; what is to be told of it now.
    pub fn note(&mut self, api: &'static str, denial: Denial, now: Instant) -> Option<Told> {
        let same = |known: &&mut Known| known.api == api && known.denial == denial;
        if let Some(known) = self.known.iter_mut().find(same) {
            known.since = known.since.saturating_add(1);
            if now.saturating_duration_since(known.at) < DENIAL_INTERVAL {
                return None;
            }
            known.at = now;
            let count = std::mem::take(&mut known.since);
            return Some(Told { api, denial, count });
        }
        let first = Told {
            api,
            denial: denial.clone(),
            count: 1,
        };
        if self.known.len() >= DENIALS_TOLD_MAX {
            // The oldest makes room: a client that tries ever new names is told of by each.
            self.known.remove(0);
        }
        self.known.push(Known {
            api,
            denial,
            at: now,
            since: 0,
        });
        Some(first)
    }

    /// What is left to be told when the session ends.
    pub fn finish(&mut self) -> impl Iterator<Item = Told> {
        self.known
            .drain(..)
            .filter(|known| known.since > 0)
            .map(|known| Told {
                api: known.api,
                denial: known.denial,
                count: known.since,
            })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::{operation::Operation, resource::ResourceType};

    fn denial(name: &str) -> Denial {
        Denial {
            operation: Operation::Read,
            resource_type: ResourceType::Topic,
            name: name.into(),
            rule: "no rule".into(),
        }
    }

    #[test]
    fn the_same_again_is_told_once_a_while_with_its_count() {
        let mut log = DenialLog::default();
        let start = Instant::now();
        let told = |told: Option<Told>| told.map(|told| told.count);
        assert_eq!(told(log.note("Fetch", denial("a"), start)), Some(1));
        assert_eq!(
            told(log.note("Fetch", denial("b"), start)),
            Some(1),
            "another"
        );
        assert_eq!(
            told(log.note("Produce", denial("a"), start)),
            Some(1),
            "another"
        );
        for _ in 0..10 {
            assert_eq!(log.note("Fetch", denial("a"), start), None);
        }
        let later = start + DENIAL_INTERVAL;
        assert_eq!(told(log.note("Fetch", denial("a"), later)), Some(11));
        assert_eq!(log.note("Fetch", denial("a"), later), None);
        let rest: Vec<u64> = log.finish().map(|told| told.count).collect();
        assert_eq!(rest, [1]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut log = DenialLog::default();
        let now = Instant::now() + Duration::from_secs(1);
        for n in 0..=DENIALS_TOLD_MAX {
            assert!(log.note("Fetch", denial(&n.to_string()), now).is_some());
        }
        assert_eq!(log.known.len(), DENIALS_TOLD_MAX);
    }
}
