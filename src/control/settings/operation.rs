//! How the process itself is run and watched: `[admin]`, `[log]`, `[audit]`.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use super::{finding::Findings, port::Ports, section::Section, surroundings::Surroundings};
use crate::{limits::ADMIN_PORT, status::ReadyWhen};

/// Where `/livez`, `/readyz` and `/metrics` are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Address to bind; loopback unless asked for by the loud name.
    pub bind: SocketAddr,
    /// When `/readyz` says yes.
    pub ready_when: ReadyWhen,
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
            return Some(Self {
                bind: default,
                ready_when: ReadyWhen::default(),
            });
        };
        let loud = section.flag("insecure_admin_on_all_networks", findings);
        let words = [
            ("any_cluster", ReadyWhen::AnyCluster),
            ("all_clusters", ReadyWhen::AllClusters),
        ];
        let ready_when = section.choice("ready_when", &words, findings);
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
        Some(Self {
            bind,
            ready_when: ready_when.unwrap_or_default(),
        })
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
