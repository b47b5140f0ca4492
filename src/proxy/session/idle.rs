//! Whether a session has been idle for too long. Pure: it is told of activity and of the time.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::IDLE_LOOKS;

/// Looks at a session a few times within the deadline, so that traffic costs no reading of a clock.
#[derive(Debug)]
pub struct Idle {
    between_looks: Duration,
    next_look: Instant,
    /// Looks in a row that found nothing.
    quiet: u32,
    active: bool,
    /// The broker throttles the client until then (KIP-219).
    throttled: Option<Instant>,
}

impl Idle {
    /// Of a session that begins at `now` and may be idle for `deadline`.
    #[must_use]
    pub fn new(deadline: Duration, now: Instant) -> Self {
        let between_looks = deadline / IDLE_LOOKS;
        Self {
            between_looks,
            next_look: now + between_looks,
            quiet: 0,
            active: false,
            throttled: None,
        }
    }

    /// Bytes came or went.
    pub const fn note(&mut self) {
        self.active = true;
    }

    /// The broker throttles the client until `until`.
    pub fn throttle(&mut self, until: Instant) {
        self.throttled = self.throttled.max(Some(until));
    }

    /// When [`Idle::look`] is due.
    #[must_use]
    pub const fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Whether the session has been idle for the deadline at `now`; `busy` while something is in
    /// flight. Never early, and late by one look at most.
    pub fn look(&mut self, now: Instant, busy: bool) -> bool {
        if now < self.next_look {
            return false;
        }
        let active = std::mem::take(&mut self.active);
        let throttled = self.throttled.is_some_and(|until| now < until);
        self.quiet = if active || busy || throttled {
            0
        } else {
            self.quiet.saturating_add(1)
        };
        self.next_look = now + self.between_looks;
        self.quiet >= IDLE_LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(80);

    /// Seconds after which a session ends to which `happens` is done before each look.
    fn ends(mut happens: impl FnMut(u64, &mut Idle) -> bool) -> u64 {
        let start = Instant::now();
        let mut idle = Idle::new(DEADLINE, start);
        loop {
            let now = idle.next_look();
            let secs = now.duration_since(start).as_secs();
            let busy = happens(secs, &mut idle);
            if idle.look(now, busy) {
                return secs;
            }
            assert!(secs < 10_000);
        }
    }

    #[test]
    fn a_session_ends_when_it_was_idle_for_the_deadline() {
        assert_eq!(ends(|_, _| false), 80);
        let used_until_100 = |secs, idle: &mut Idle| {
            if secs <= 100 {
                idle.note();
            }
            false
        };
        assert_eq!(ends(used_until_100), 180);
    }

    #[test]
    fn what_is_in_flight_or_throttled_is_not_idle() {
        assert_eq!(ends(|secs, _| secs <= 1000), 1080);
        let start = Instant::now();
        let throttled = |secs, idle: &mut Idle| {
            if secs == 10 {
                idle.throttle(start + Duration::from_secs(500));
                idle.throttle(start + Duration::from_secs(20));
            }
            false
        };
        let end = ends(throttled);
        assert!((570..=590).contains(&end), "{end}");
    }

    #[test]
    fn a_look_that_is_not_due_changes_nothing() {
        let start = Instant::now();
        let mut idle = Idle::new(DEADLINE, start);
        for _ in 0..100 {
            assert!(!idle.look(start, false));
        }
    }
}
