//! Which denials of a session are told, and when: a client that tries the same thing again and again makes one
//! line a minute, and one that tries ever new names some lines and then one with a count. Pure; knows no clock.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{
    limits::{DENIAL_INTERVAL, DENIALS_TOLD_MAX, DENIED_NAMES_TOLD_MAX},
    policy::{operation::Operation, resource::ResourceType},
    proxy::authorize::Denial,
};

/// The rule that is told where a session ran into too many different ones.
const OTHER_RULES: &str = "other rules";

/// One denial that is to be told.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The API of the request.
    pub api: &'static str,
    /// What was denied; of several names the last one.
    pub denial: Denial,
    /// How many times since it was told last.
    pub count: u64,
    /// Whether those were of several names, which are not told.
    pub several: bool,
}

/// A denial that was told.
#[derive(Debug)]
struct Known {
    api: &'static str,
    denial: Denial,
    at: Instant,
    since: u64,
}

impl Known {
    fn told(self) -> Option<Told> {
        (self.since > 0).then_some(Told {
            api: self.api,
            denial: self.denial,
            count: self.since,
            several: false,
        })
    }
}

/// What denials have in common that differ in names alone: operation, type of resource, and rule.
type Sort = (Operation, ResourceType, Box<str>);

/// Those of one sort.
#[derive(Debug)]
struct Flood {
    /// When the first name of this interval was told.
    since: Instant,
    /// Names told since.
    names: usize,
    /// The last of those that were not told, and how many.
    untold: Option<(&'static str, Denial)>,
    count: u64,
}

impl Flood {
    fn told(&mut self, (_, _, rule): &Sort) -> Option<Told> {
        let (api, mut denial) = self.untold.take()?;
        denial.rule.clone_from(rule);
        Some(Told {
            api,
            denial,
            count: std::mem::take(&mut self.count),
            several: true,
        })
    }
}

/// The denials of one session; at most [`DENIALS_TOLD_MAX`] different ones are kept apart, and as many sorts of
/// them.
#[derive(Debug, Default)]
pub struct DenialLog {
    known: Vec<Known>,
    floods: BTreeMap<Sort, Flood>,
}

impl DenialLog {
    /// Takes note of a denial; what is to be told now.
    pub fn note(&mut self, api: &'static str, denial: Denial, now: Instant) -> Vec<Told> {
        let over = |at: Instant| now.saturating_duration_since(at) >= DENIAL_INTERVAL;
        let same = |known: &&mut Known| known.api == api && known.denial == denial;
        if let Some(known) = self.known.iter_mut().find(same) {
            known.since = known.since.saturating_add(1);
            if !over(known.at) {
                return Vec::new();
            }
            known.at = now;
            let count = std::mem::take(&mut known.since);
            return vec![Told {
                api,
                denial,
                count,
                several: false,
            }];
        }
        let mut told = Vec::new();
        let sort = self.sort_of(&denial);
        let flood = self.floods.entry(sort.clone()).or_insert_with(|| Flood {
            since: now,
            names: 0,
            untold: None,
            count: 0,
        });
        if over(flood.since) {
            told.extend(flood.told(&sort));
            flood.since = now;
            flood.names = 0;
        }
        if flood.names >= DENIED_NAMES_TOLD_MAX {
            flood.count = flood.count.saturating_add(1);
            flood.untold = Some((api, denial));
            return told;
        }
        flood.names = flood.names.saturating_add(1);
        told.push(Told {
            api,
            denial: denial.clone(),
            count: 1,
            several: false,
        });
        if self.known.len() >= DENIALS_TOLD_MAX {
            // The oldest makes room.
            told.extend(self.known.remove(0).told());
        }
        self.known.push(Known {
            api,
            denial,
            at: now,
            since: 0,
        });
        told
    }

    /// What `denial` is one of. Where there are too many sorts, rules are told together.
    fn sort_of(&self, denial: &Denial) -> Sort {
        let (operation, of) = (denial.operation, denial.resource_type);
        let sort = (operation, of, denial.rule.clone());
        if self.floods.len() < DENIALS_TOLD_MAX || self.floods.contains_key(&sort) {
            sort
        } else {
            (operation, of, OTHER_RULES.into())
        }
    }

    /// What is left to be told when the session ends.
    pub fn finish(&mut self) -> impl Iterator<Item = Told> {
        let floods = self.floods.iter_mut();
        let floods = floods.filter_map(|(sort, flood)| flood.told(sort));
        self.known.drain(..).filter_map(Known::told).chain(floods)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn denial(name: &str) -> Denial {
        by_rule(name, "no rule")
    }

    fn by_rule(name: &str, rule: &str) -> Denial {
        Denial {
            operation: Operation::Read,
            resource_type: ResourceType::Topic,
            name: name.into(),
            rule: rule.into(),
        }
    }

    /// The counts of what is told.
    fn counts(told: Vec<Told>) -> Vec<u64> {
        told.into_iter().map(|told| told.count).collect()
    }

    #[test]
    fn the_same_again_is_told_once_a_while_with_its_count() {
        let mut log = DenialLog::default();
        let start = Instant::now();
        assert_eq!(counts(log.note("Fetch", denial("a"), start)), [1]);
        assert_eq!(
            counts(log.note("Fetch", denial("b"), start)),
            [1],
            "another"
        );
        assert_eq!(
            counts(log.note("Produce", denial("a"), start)),
            [1],
            "another"
        );
        for _ in 0..10 {
            assert_eq!(log.note("Fetch", denial("a"), start), []);
        }
        let later = start + DENIAL_INTERVAL;
        assert_eq!(counts(log.note("Fetch", denial("a"), later)), [11]);
        assert_eq!(log.note("Fetch", denial("a"), later), []);
        let rest: Vec<u64> = log.finish().map(|told| told.count).collect();
        assert_eq!(rest, [1]);
    }

    #[test]
    fn ever_new_names_are_told_as_one() {
        let mut log = DenialLog::default();
        let start = Instant::now();
        let flood = |log: &mut DenialLog, rule: &str, now: Instant| {
            let names = (0..1_000).map(|n| format!("{rule}-{now:?}-{n}"));
            let told = names.map(|name| log.note("Fetch", by_rule(&name, rule), now));
            told.flatten().collect::<Vec<_>>()
        };
        let first = flood(&mut log, "no rule", start);
        assert_eq!(first.len(), DENIED_NAMES_TOLD_MAX);
        assert!(first.iter().all(|told| !told.several));
        // Another rule is another thing.
        assert_eq!(flood(&mut log, "deny", start).len(), DENIED_NAMES_TOLD_MAX);
        let next = flood(&mut log, "no rule", start + DENIAL_INTERVAL);
        assert_eq!(next.len(), DENIED_NAMES_TOLD_MAX + 1);
        let more = 1_000 - DENIED_NAMES_TOLD_MAX as u64;
        assert!(next[0].several);
        assert_eq!(next[0].count, more);
        assert!(next[0].denial.name.ends_with("-999"), "the last");
        let rest: Vec<_> = log
            .finish()
            .map(|told| (told.several, told.count))
            .collect();
        assert_eq!(rest, [(true, more), (true, more)]);
    }

    #[test]
    fn memory_is_bounded_and_no_count_is_lost() {
        let mut log = DenialLog::default();
        let now = Instant::now() + Duration::from_secs(1);
        let (mut told, mut noted) = (Vec::new(), 0);
        for n in 0..10 * DENIALS_TOLD_MAX {
            for rule in [n, n, n % 7] {
                let denial = by_rule(&n.to_string(), &rule.to_string());
                told.extend(log.note("Fetch", denial, now));
                noted += 1;
            }
            assert!(log.known.len() <= DENIALS_TOLD_MAX);
            assert!(log.floods.len() <= DENIALS_TOLD_MAX + 1);
        }
        assert!(told.len() < 4 * DENIALS_TOLD_MAX + 8 * DENIED_NAMES_TOLD_MAX);
        told.extend(log.finish());
        assert_eq!(told.iter().map(|told| told.count).sum::<u64>(), noted);
        let other = told.iter().any(|told| *told.denial.rule == *OTHER_RULES);
        assert!(other, "rules that are too many are told together");
    }
}
