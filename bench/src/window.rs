//! Warm-up, then a measured window, then the end; and the tasks that live by it.

use std::{
    sync::atomic::{AtomicU8, Ordering::Relaxed},
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

use crate::{
    fault::{Fault, Result},
    meter::{Meter, Spent},
};

/// How long tasks may take to notice the end, before they count as hanging.
const GRACE: Duration = Duration::from_secs(3);

/// Where a measurement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Load runs, nothing counts.
    Warm,
    Measured,
    Over,
}

/// How long a measurement is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Times {
    /// Measured time
    #[arg(long, default_value_t = 5.0)]
    pub(crate) seconds: f64,
    /// Load before it that does not count
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warm: f64,
}

/// The phase, shared by all tasks of a measurement.
#[derive(Debug, Default)]
pub(crate) struct Window(AtomicU8);

impl Window {
    pub(crate) fn phase(&self) -> Phase {
        match self.0.load(Relaxed) {
            0 => Phase::Warm,
            1 => Phase::Measured,
            _ => Phase::Over,
        }
    }

    /// Goes through all phases; what the measured one took.
    pub(crate) async fn pass(&self, times: &Times, meter: &mut Meter) -> Spent {
        tokio::time::sleep(Duration::from_secs_f64(times.warm)).await;
        meter.start();
        self.0.store(1, Relaxed);
        tokio::time::sleep(Duration::from_secs_f64(times.seconds)).await;
        self.0.store(2, Relaxed);
        meter.spent()
    }
}

/// What each of `tasks` came to.
///
/// # Errors
/// The first fault of any; one that does not end within a grace is a fault too.
pub(crate) async fn collect<T>(tasks: Vec<JoinHandle<Result<T>>>) -> Result<Vec<T>> {
    let deadline = Instant::now() + GRACE;
    let mut done = Vec::new();
    for task in tasks {
        let result = tokio::time::timeout_at(deadline, task).await;
        let result = result.map_err(|_| Fault::new("a connection hangs"))?;
        done.push(result??);
    }
    Ok(done)
}
