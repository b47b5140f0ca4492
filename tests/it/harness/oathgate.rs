//! The real binary: started with a configuration, waited for, signalled; and judged when it ends. Every
//! run fails that logged a warning nobody expected, or a secret.

use super::{folder, http, process::Process, secrets};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Warnings that a configuration of these tests always earns.
const ALWAYS_EXPECTED: [&str; 3] = [
    "insecure_http",
    "broker-shared-identity",
    "insecure_plaintext_tokens_readable_on_the_wire",
];

pub(crate) struct Oathgate {
    process: Process,
    admin: u16,
    config: PathBuf,
    audit: PathBuf,
    expected: Vec<String>,
}

/// The binary that is under test.
pub(crate) fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_oathgate")
}

impl Oathgate {
    /// Starts `oathgate serve` on the file `config`, whose admin port is `admin` and whose audit file is
    /// `audit`; waits until `/readyz` answers 200.
    pub(crate) fn start(config: &Path, admin: u16, audit: &Path) -> Self {
        let mut started = Self::start_unready(config, admin, audit);
        started.wait_ready(Duration::from_secs(30));
        started
    }

    /// As `start`, but waits for nothing.
    pub(crate) fn start_unready(config: &Path, admin: u16, audit: &Path) -> Self {
        let mut started = Self::launch(config, admin, audit);
        started.read_log();
        started
    }

    /// As `start`, but nobody reads what it logs before `read_log`.
    pub(crate) fn start_unread(config: &Path, admin: u16, audit: &Path) -> Self {
        let mut started = Self::launch(config, admin, audit);
        started.wait_ready(Duration::from_secs(30));
        started
    }

    fn launch(config: &Path, admin: u16, audit: &Path) -> Self {
        let mut command = Command::new(binary());
        command.arg("serve").arg("--config").arg(config);
        let log = config.with_extension("log");
        Self {
            process: Process::start_unread("oathgate", &mut command, &log),
            admin,
            config: config.to_owned(),
            audit: audit.to_owned(),
            expected: Vec::new(),
        }
    }

    /// Reads what it logs from now on.
    pub(crate) fn read_log(&mut self) {
        self.process.read_errors();
    }

    /// Waits until it calls itself ready.
    pub(crate) fn wait_ready(&mut self, deadline: Duration) {
        let until = Instant::now() + deadline;
        loop {
            let answer = http::get(self.admin, "/readyz");
            if matches!(answer, Some((200, _))) {
                return;
            }
            let ended = self.process.try_exit();
            assert!(
                ended.is_none() && Instant::now() < until,
                "oathgate is not ready after {deadline:?}: {answer:?}, process {ended:?}\n{}",
                self.log(),
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Lines at WARN or ERROR that hold `text` are what this test is about.
    pub(crate) fn expect_warning(&mut self, text: &str) {
        self.expected.push(text.to_owned());
    }

    /// Replaces its configuration and sends SIGHUP; whether it was taken is for the test to see.
    pub(crate) fn reload(&self, text: &str) {
        fs::write(&self.config, text).expect("write a configuration");
        self.process.signal("HUP");
    }

    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// The exit code. Panics at the deadline or if a signal ended it.
    pub(crate) fn wait_exit(&mut self, deadline: Duration) -> i32 {
        let status = self.process.wait_exit(deadline);
        status
            .code()
            .unwrap_or_else(|| panic!("oathgate ended by {status}"))
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.process.try_exit().is_none()
    }

    /// Everything it logged so far.
    pub(crate) fn log(&self) -> String {
        // It gathers lines for 20 ms.
        thread::sleep(Duration::from_millis(100));
        self.process.lines().join("\n")
    }

    /// Waits for a log line that holds `text`.
    pub(crate) fn wait_log(&mut self, text: &str, deadline: Duration) {
        self.process
            .wait_until(deadline, &format!("a log line with `{text}`"), |lines| {
                lines.iter().any(|line| line.contains(text))
            });
    }

    /// Every audit line so far.
    pub(crate) fn audit(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(&self.audit).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("an audit line is JSON"))
            .collect()
    }

    /// Waits for an audit line that holds `text`.
    pub(crate) fn wait_audit(&self, text: &str, deadline: Duration) {
        let until = Instant::now() + deadline;
        while !fs::read_to_string(&self.audit)
            .unwrap_or_default()
            .contains(text)
        {
            assert!(
                Instant::now() < until,
                "no audit line with `{text}`: {:#?}",
                self.audit()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// `/metrics`, whole.
    pub(crate) fn metrics(&self) -> String {
        http::get(self.admin, "/metrics").expect("metrics").1
    }

    /// The sum of all series of the metric `name` whose labels hold `label`.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let text = self.metrics();
        let series = text.lines().filter(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
        });
        series
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    /// The answer of `/readyz`; none while its listener is not there yet.
    pub(crate) fn readiness(&self) -> Option<(u16, String)> {
        http::get(self.admin, "/readyz")
    }

    pub(crate) fn resident(&self) -> u64 {
        self.process.resident()
    }

    fn judge(&self) {
        let log = self.log();
        let audit = fs::read_to_string(&self.audit).unwrap_or_default();
        for (what, text) in [("log", &log), ("audit", &audit)] {
            if let Some(leak) = secrets::leak(text) {
                panic!(
                    "a secret in the {what} of {}: {leak}",
                    self.config.display()
                );
            }
        }
        let is_expected = |line: &str| {
            let always = ALWAYS_EXPECTED.iter().any(|text| line.contains(text));
            always || self.expected.iter().any(|text| line.contains(text))
        };
        let unexpected: Vec<&str> = log
            .lines()
            .filter(|line| is_alarm(line) && !is_expected(line))
            .collect();
        assert!(
            unexpected.is_empty(),
            "unexpected in the log: {unexpected:#?}"
        );
    }
}

/// A line at WARN or ERROR, as JSON or as text; or the message of a panic.
fn is_alarm(line: &str) -> bool {
    let json = line.contains(r#""level":"WARN""#) || line.contains(r#""level":"ERROR""#);
    json || line.contains(" WARN ") || line.contains(" ERROR ") || line.contains("panicked at")
}

impl Drop for Oathgate {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "log of oathgate: {}",
                self.config.with_extension("log").display()
            );
            return;
        }
        if self.is_running() {
            self.process.signal("TERM");
            self.process.wait_exit(Duration::from_secs(40));
        }
        self.judge();
    }
}

/// Runs `oathgate` with these arguments to its end: exit code and everything it wrote.
pub(crate) fn run(name: &str, arguments: &[&str]) -> (i32, String) {
    let folder = folder::of(name);
    let mut command = Command::new(binary());
    command.args(arguments);
    let mut process = Process::start("oathgate", &mut command, &folder.join("oathgate.log"));
    let status = process.wait_exit(Duration::from_secs(30));
    (
        status.code().expect("an exit code"),
        process.lines().join("\n"),
    )
}
