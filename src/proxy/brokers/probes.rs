//! When a broker that does not answer is asked again: soon if somebody wants it, else ever more
//! rarely. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use super::topology::Target;
use crate::limits::{PROBE_INTERVAL, PROBE_INTERVAL_MAX};

/// Brokers that clients asked for in vain.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Somebody waits for any.
    pub(super) any: bool,
    /// Somebody came to these brokers' ports.
    pub(super) nodes: BTreeSet<i32>,
}

impl Wanted {
    fn covers(&self, target: &Target) -> bool {
        self.any || matches!(target, Target::Node(id) if self.nodes.contains(id))
    }
}

/// When each broker was asked last, and how long to wait for it.
#[derive(Debug, Default)]
pub(super) struct Probes(BTreeMap<Target, Probe>);

#[derive(Clone, Copy, Debug)]
struct Probe {
    asked: Instant,
    pause: Duration,
}

impl Probes {
    /// Clients asked for these: they are looked at as often as may be.
    pub(super) fn want(&mut self, wanted: &Wanted) {
        for (target, probe) in &mut self.0 {
            if wanted.covers(target) {
                probe.pause = PROBE_INTERVAL;
            }
        }
    }

    /// When `target` is to be asked, if it is down; `None` = at once.
    pub(super) fn due(&self, target: &Target) -> Option<Instant> {
        let probe = self.0.get(target)?;
        Some(probe.asked + probe.pause)
    }

    /// `target` is asked at `now`. If it does not answer, the next pause is longer.
    pub(super) fn asked(&mut self, target: Target, now: Instant) {
        let doubled = |probe: &Probe| probe.pause.saturating_mul(2).min(PROBE_INTERVAL_MAX);
        let pause = self.0.get(&target).map_or(PROBE_INTERVAL, doubled);
        let probe = Probe { asked: now, pause };
        self.0.insert(target, probe);
    }

    /// `target` answered, or is gone.
    pub(super) fn forget(&mut self, target: &Target) {
        self.0.remove(target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_unless_somebody_asks() {
        let (mut probes, start) = (Probes::default(), Instant::now());
        let (node, other) = (Target::Node(1), Target::Node(2));
        assert_eq!(probes.due(&node), None);
        let mut now = start;
        let mut pause = |probes: &mut Probes| {
            probes.asked(node.clone(), now);
            let due = probes.due(&node).unwrap();
            let pause = due.duration_since(now).as_secs();
            now = due;
            pause
        };
        let grown: Vec<_> = (0..7).map(|_| pause(&mut probes)).collect();
        assert_eq!(grown, [1, 2, 4, 8, 16, 30, 30]);

        let wants = |id| Wanted {
            any: false,
            nodes: [id].into(),
        };
        probes.asked(other.clone(), start);
        probes.want(&wants(2));
        assert_eq!(pause(&mut probes), 30, "another is wanted");
        let waits = |probes: &Probes| probes.due(&Target::Node(1)).unwrap();
        let before = waits(&probes);
        probes.want(&wants(1));
        assert_eq!(before.duration_since(waits(&probes)).as_secs(), 29);
        let any = Wanted {
            any: true,
            ..Wanted::default()
        };
        assert_eq!(pause(&mut probes), 2);
        probes.want(&any);
        assert_eq!(probes.due(&other).unwrap(), start + PROBE_INTERVAL);
        probes.forget(&other);
        assert_eq!(probes.due(&other), None);
    }
}
