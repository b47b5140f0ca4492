//! CPU time and memory of processes with their descendants, from /proc; open files of this one.

use std::fs;

use nix::{
    sys::resource::{Resource, getrlimit, setrlimit},
    time::{ClockId, clock_getcpuclockid, clock_gettime},
    unistd::{Pid, SysconfVar, sysconf},
};

/// Processes that are watched: some, and all that descended from them when the watch began.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pids: Vec<i32>,
}

/// Memory of watched processes, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    /// Resident, shared pages counted by share.
    pub(crate) proportional: f64,
}

impl Watch {
    pub(crate) fn new(roots: &[i32]) -> Self {
        let mut pids = roots.to_vec();
        let parents = parents();
        let mut at = 0;
        while let Some(pid) = pids.get(at).copied() {
            let children = parents.iter().filter(|(_, parent)| *parent == pid);
            pids.extend(children.map(|(child, _)| *child));
            at += 1;
        }
        Self { pids }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pids.is_empty()
    }

    /// CPU seconds so far, user and system together.
    pub(crate) fn cpu(&self) -> f64 {
        self.pids.iter().filter_map(|pid| cpu_of(*pid)).sum()
    }

    pub(crate) fn memory(&self) -> Memory {
        let sum = |file: &str, field: &str| {
            let of = |pid: &i32| kib(&format!("/proc/{pid}/{file}"), field);
            self.pids.iter().filter_map(of).sum()
        };
        Memory {
            resident: sum("status", "VmRSS:"),
            proportional: sum("smaps_rollup", "Pss:"),
        }
    }
}

/// Each process and its parent.
fn parents() -> Vec<(i32, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pid = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries
        .flatten()
        .filter_map(pid)
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect()
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; state and parent follow it.
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(1)?.parse().ok()
}

/// By the clock of the process, which is finer than the ticks in /proc.
fn cpu_of(pid: i32) -> Option<f64> {
    let clock = clock_getcpuclockid(Pid::from_raw(pid)).ok()?;
    seconds(clock)
}

/// CPU seconds of the calling thread.
pub(crate) fn thread_cpu() -> f64 {
    seconds(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of CPU are far below 2^52"
)]
fn seconds(clock: ClockId) -> Option<f64> {
    let time = clock_gettime(clock).ok()?;
    Some(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}

/// The number after `field` in a file of /proc.
fn kib(file: &str, field: &str) -> Option<f64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// CPU seconds of the whole machine so far, all cores together and what a hypervisor took with them.
pub(crate) fn machine_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split_whitespace().skip(1);
    // user nice system idle iowait irq softirq steal, then what is part of user already
    let busy = ticks
        .take(8)
        .enumerate()
        .filter(|(at, _)| !matches!(at, 3 | 4));
    let busy: f64 = busy.filter_map(|(_, n)| n.parse::<f64>().ok()).sum();
    let a_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
    #[expect(clippy::cast_precision_loss, reason = "it is 100, or thereabouts")]
    let a_second = a_second as f64;
    busy / a_second
}

/// Raises the limit of open files as far as this process may.
pub(crate) fn raise_open_files() {
    let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    // The kernel may refuse more than `most`; then `most` it is.
    for wanted in [1_000_000, 200_000, most] {
        if setrlimit(Resource::RLIMIT_NOFILE, wanted, wanted.max(most)).is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_costs_cpu_and_memory() {
        let me = i32::try_from(std::process::id()).unwrap();
        let watch = Watch::new(&[me]);
        let before = watch.cpu();
        let mut sum = 0_u64;
        while watch.cpu() - before < 0.01 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(watch.memory().resident > 100.0);
        assert!(machine_cpu() > 0.0 && thread_cpu() > 0.0);
        assert!(parent_of(me).is_some());
    }

    #[test]
    fn nothing_watched_is_nothing() {
        assert!(Watch::new(&[]).is_empty());
    }
}
