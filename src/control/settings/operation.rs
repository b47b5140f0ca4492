//! How the process itself is run and watched: `[admin]`, `[log]`, `[audit]`, `[limits]`.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use super::{finding::Findings, port::Ports, section::Section, surroundings::Surroundings};
use crate::{
    limits::{
        ADMIN_PORT, CONNECTIONS_CEILING, CONNECTIONS_MAX, DRAIN_DEADLINE, FAILURE_DELAY, FRAME_MAX,
        HELD_BUDGET, HELD_MAX, KEY_WAIT, LOGIN_DEADLINE, LOGIN_FRAME_MAX, MIN_REMAINING,
    },
    snapshot::{ClientErrors, SessionLimits},
};

/// Where `/livez`, `/readyz` and `/metrics` are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Address to bind; loopback unless asked for by the loud name.
    pub bind: SocketAddr,
}

/// What the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// Least severe level that is written.
    pub level: LogLevel,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of text an event.
    Text,
    /// One JSON object an event.
    Json,
}

/// Severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Something failed that needs somebody.
    Error,
    /// Something is doubtful.
    Warn,
    /// The course of things; one line a login.
    Info,
    /// For finding out.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word that configurations and `tracing` use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Where audit events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditSink {
    /// Appended to this file.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

impl Admin {
    /// Reads `[admin]`, which may be absent.
    pub(super) fn read(
        section: Option<&Section<'_>>,
        ports: &mut Ports,
        findings: &mut Findings,
    ) -> Option<Self> {
        let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), ADMIN_PORT);
        let Some(section) = section else {
            ports.bind(
                "admin.bind",
                default.ip(),
                default.port()..=default.port(),
                findings,
            );
            return Some(Self { bind: default });
        };
        let loud = section.flag("insecure_admin_on_all_networks", findings);
        let bind = if section.has("bind") {
            section.parsed("bind", parse_bind, findings)?
        } else {
            default
        };
        let path = section.path_of("bind");
        if !bind.ip().is_loopback() {
            let text = bind.to_string();
            if loud {
                let problem = "health and metrics are open to everybody who reaches this address";
                findings.warn(&path, &text, problem);
            } else {
                let problem = "is not a loopback address, and these endpoints ask for no \
                               credential; bind 127.0.0.1, or write \
                               insecure_admin_on_all_networks = true";
                findings.fault(&path, &text, problem);
            }
        }
        ports.bind(&path, bind.ip(), bind.port()..=bind.port(), findings);
        Some(Self { bind })
    }
}

/// `ip:port` with a port that is not 0.
pub(super) fn parse_bind(text: &str) -> Result<SocketAddr, &'static str> {
    match text.parse::<SocketAddr>() {
        Ok(bind) if bind.port() != 0 => Ok(bind),
        Ok(_) => Err("has port 0, which nobody could find; write a fixed port"),
        Err(_) => Err(
            "is not `address:port`; write an IP address, as in \"0.0.0.0:9092\" or \"[::]:9092\"",
        ),
    }
}

impl Log {
    /// Reads `[log]`, which may be absent.
    pub(super) fn read(section: Option<&Section<'_>>, findings: &mut Findings) -> Self {
        let mut log = Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
        };
        let Some(section) = section else {
            return log;
        };
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        log.format = section
            .choice("format", &formats, findings)
            .unwrap_or(log.format);
        let levels = [
            LogLevel::Error,
            LogLevel::Warn,
            LogLevel::Info,
            LogLevel::Debug,
            LogLevel::Trace,
        ];
        let levels = levels.map(|level| (level.as_str(), level));
        log.level = section
            .choice("level", &levels, findings)
            .unwrap_or(log.level);
        log
    }
}

impl AuditSink {
    /// Reads `[audit]`; absent = no audit stream.
    pub(super) fn read(
        section: Option<&Section<'_>>,
        surroundings: &Surroundings<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let section = section?;
        let stdout = section.flag("stdout", findings);
        let Some(text) = section.text("file", findings) else {
            if !stdout && !section.has("file") {
                let problem = "names no place for events; write file = \"<path>\" or stdout = true";
                findings.fault(section.path(), "", problem);
            }
            return stdout.then_some(Self::Stdout);
        };
        let path = section.path_of("file");
        if stdout {
            findings.fault(
                &path,
                text,
                "stands beside stdout = true; keep one of the two",
            );
        }
        let file = surroundings.resolve(text);
        let directory = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        if file.is_dir() || directory.is_some_and(|directory| !directory.is_dir()) {
            findings.fault(
                &path,
                text,
                "is not a file in a directory that exists; create the directory",
            );
        }
        Some(Self::File(file))
    }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Bounds within which a limit still makes sense.
const LOGIN_DEADLINES: RangeInclusive<Duration> = secs(1)..=secs(300);
const FAILURE_DELAYS: RangeInclusive<Duration> = Duration::ZERO..=secs(10);
const REAUTHS: RangeInclusive<Duration> = secs(1)..=secs(7 * 24 * 3600);
const MIN_REMAININGS: RangeInclusive<Duration> = Duration::ZERO..=secs(300);
const KEY_WAITS: RangeInclusive<Duration> = Duration::ZERO..=secs(30);
const DRAIN_DEADLINES: RangeInclusive<Duration> = Duration::ZERO..=secs(3600);
const HELD_BUDGETS: RangeInclusive<usize> = LOGIN_FRAME_MAX..=1 << 40;

/// Reads `[limits]`, which may be absent, as may each of its keys.
pub(super) fn read_limits(section: Option<&Section<'_>>, findings: &mut Findings) -> SessionLimits {
    let mut limits = SessionLimits {
        login_deadline: LOGIN_DEADLINE,
        failure_delay: FAILURE_DELAY,
        max_reauth: None,
        min_remaining: MIN_REMAINING,
        key_wait: KEY_WAIT,
        drain_deadline: DRAIN_DEADLINE,
        max_connections: CONNECTIONS_MAX,
        max_held: HELD_MAX,
        held_budget: HELD_BUDGET,
        client_errors: ClientErrors::Reason,
    };
    let Some(section) = section else {
        return limits;
    };
    let times = [
        (
            "login_deadline",
            LOGIN_DEADLINES,
            &mut limits.login_deadline,
        ),
        ("failure_delay", FAILURE_DELAYS, &mut limits.failure_delay),
        ("min_remaining", MIN_REMAININGS, &mut limits.min_remaining),
        ("key_wait", KEY_WAITS, &mut limits.key_wait),
        (
            "drain_deadline",
            DRAIN_DEADLINES,
            &mut limits.drain_deadline,
        ),
    ];
    for (key, bounds, limit) in times {
        *limit = section.duration(key, bounds, findings).unwrap_or(*limit);
    }
    limits.max_reauth = section.duration("max_reauth", REAUTHS, findings);
    let most = section.integer("max_connections", 1..=CONNECTIONS_CEILING, findings);
    let most = most.and_then(|most| usize::try_from(most).ok());
    limits.max_connections = most.unwrap_or(limits.max_connections);
    let held = section.size("max_held", LOGIN_FRAME_MAX..=FRAME_MAX, findings);
    limits.max_held = held.unwrap_or(limits.max_held);
    let budget = section.size("held_budget", HELD_BUDGETS, findings);
    limits.held_budget = budget.unwrap_or(limits.held_budget);
    let words = [
        ("reason", ClientErrors::Reason),
        ("generic", ClientErrors::Generic),
    ];
    let told = section.choice("client_errors", &words, findings);
    limits.client_errors = told.unwrap_or(limits.client_errors);
    check_limits_together(section, &limits, findings);
    limits
}

fn check_limits_together(section: &Section<'_>, limits: &SessionLimits, findings: &mut Findings) {
    if limits.max_held > limits.held_budget {
        let problem =
            "is less than max_held, so a frame of that size could never be held; raise it";
        findings.fault(&section.path_of("held_budget"), "", problem);
    }
    if limits.key_wait >= limits.login_deadline {
        let problem = "is not less than login_deadline, so that logins would end before keys come";
        findings.fault(&section.path_of("key_wait"), "", problem);
    }
}
