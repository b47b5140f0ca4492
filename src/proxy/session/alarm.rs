//! One timer for the whole life of a session. Knows time only.

use std::pin::Pin;

use tokio::time::{Instant, Sleep, sleep_until};

/// Rings in time, and at times early. A busy session waits thousands of times a second for something that is
/// due in a minute: setting a timer takes a lock, an early ring once a minute only a look at the clocks.
#[derive(Debug)]
pub struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    /// Set to `due`.
    #[must_use]
    pub fn new(due: Instant) -> Self {
        Self(Box::pin(sleep_until(due)))
    }

    /// Waits until `due` at the latest. Safe to drop.
    pub async fn rings_by(&mut self, due: Instant) {
        if due < self.0.deadline() || self.0.is_elapsed() {
            self.0.as_mut().reset(due);
        }
        self.0.as_mut().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn rings_by_the_earliest_that_was_asked_for_and_then_by_the_next() {
        let start = Instant::now();
        let (soon, late) = (start + SHORT, start + LONG);
        let mut alarm = Alarm::new(late);
        alarm.rings_by(soon).await;
        assert!(Instant::now() >= soon);
        // It rang, and is set again.
        let quiet = timeout(SHORT, alarm.rings_by(late));
        assert!(quiet.await.is_err());
        // Early for this one, but nobody had to set it.
        let mut early = Alarm::new(soon);
        early.rings_by(late).await;
        assert!(start.elapsed() < LONG);
    }
}
