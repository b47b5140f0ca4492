//! CPU accounting of one window: the target, the broker behind, the load, and everybody else.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    process::{Watch, machine_cpu},
    report::Report,
};

/// Which processes are accounted for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Watched {
    /// The process that is measured, its descendants included
    #[arg(long)]
    watch_pid: Vec<i32>,
    /// Process of the broker behind, told apart from others
    #[arg(long)]
    broker_pid: Vec<i32>,
}

impl Watched {
    /// The process that is measured.
    pub(crate) fn target(&self) -> Watch {
        Watch::new(&self.watch_pid)
    }
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    target: f64,
    rig: f64,
    machine: f64,
}

/// A window that is being measured.
#[derive(Debug)]
pub(crate) struct Meter {
    target: Watch,
    rig: Watch,
    began: Reading,
}

/// What a window took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) time: Duration,
    /// CPU seconds of the target, if one is watched.
    pub(crate) target: Option<f64>,
    /// CPU seconds of broker and load.
    rig: f64,
    machine: f64,
}

impl Meter {
    pub(crate) fn new(watched: &Watched) -> Self {
        let me = i32::try_from(std::process::id()).unwrap_or_default();
        let target = watched.target();
        let rig = Watch::new(&[watched.broker_pid.as_slice(), &[me]].concat());
        let began = Reading::now(&target, &rig);
        Self { target, rig, began }
    }

    /// Begins the window anew.
    pub(crate) fn start(&mut self) {
        self.began = Reading::now(&self.target, &self.rig);
    }

    /// What was spent since the start.
    pub(crate) fn spent(&self) -> Spent {
        let now = Reading::now(&self.target, &self.rig);
        let watched = !self.target.is_empty();
        Spent {
            time: now.at - self.began.at,
            target: watched.then_some(now.target - self.began.target),
            rig: now.rig - self.began.rig,
            machine: now.machine - self.began.machine,
        }
    }
}

impl Reading {
    fn now(target: &Watch, rig: &Watch) -> Self {
        Self {
            at: Instant::now(),
            target: target.cpu(),
            rig: rig.cpu(),
            machine: machine_cpu(),
        }
    }
}

impl Spent {
    pub(crate) fn seconds(&self) -> f64 {
        self.time.as_secs_f64()
    }

    /// The length of the window, and how many cores were busy by whom. `other_cores` is what the rest
    /// of the machine used: near zero for a figure worth quoting.
    pub(crate) fn put(&self, report: &mut Report) {
        let ours = self.target.unwrap_or_default() + self.rig;
        let others = (self.machine - ours).max(0.0);
        report.put("window_s", self.seconds());
        report.put("target_cpu_s", json!(self.target));
        report.put(
            "target_cores",
            json!(self.target.map(|cpu| cpu / self.seconds())),
        );
        report.put("rig_cores", self.rig / self.seconds());
        report.put("other_cores", others / self.seconds());
    }
}
