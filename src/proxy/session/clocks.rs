//! The deadlines of a session. Pure, but for the time that it is.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    limits::REAUTHENTICATION_INTERVAL,
    snapshot::{cluster::Cluster, credential::Credential},
};

/// Deadlines; `None` = not running.
#[derive(Debug, Default)]
pub struct Clocks {
    /// The broker is logged in to again.
    pub renew: Option<Instant>,
    /// The session is judged by a new configuration even if it is idle.
    pub judge: Option<Instant>,
    /// The client must have taken enough of its bytes.
    pub stall: Option<Instant>,
    /// The last answers must have been delivered.
    pub end: Option<Instant>,
    /// Enough of the request that is coming must have come.
    pub progress: Option<Instant>,
    /// A request that takes room from others must be there whole.
    pub arrival: Option<Instant>,
}

impl Clocks {
    /// The next one that is due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        let all = [
            self.renew,
            self.judge,
            self.stall,
            self.end,
            self.progress,
            self.arrival,
        ];
        all.into_iter().flatten().min()
    }
}

/// Starts `clock` when `condition` begins to hold and stops it when it no longer does; whether it
/// was started. The time is asked for only then.
pub fn run_while(
    condition: bool,
    clock: &mut Option<Instant>,
    for_at_most: Duration,
    now: impl FnOnce() -> Instant,
) -> bool {
    let starts = condition && clock.is_none();
    if starts {
        *clock = Some(now() + for_at_most);
    } else if !condition {
        *clock = None;
    }
    starts
}

/// When a login to a broker that lets it live for `lifetime` is renewed: after 60 % of it. A login
/// by the client's token is not renewed by itself: only another token would make it last longer,
/// and that comes when the client logs in again.
#[must_use]
pub fn renewal(cluster: &Cluster, lifetime: Option<Duration>) -> Option<Instant> {
    if cluster.upstream.credential == Credential::ClientToken {
        return None;
    }
    let wait = lifetime?.mul_f32(0.6).max(REAUTHENTICATION_INTERVAL);
    Instant::now().checked_add(wait)
}
