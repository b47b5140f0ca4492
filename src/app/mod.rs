//! Composition: load, build, spawn, drain. Holds no rule of its own.

mod acl_import;
mod explain;
mod fixed;
mod keys;
mod login;
mod online;
mod running;

use std::{
    future::Future,
    io::{self, Write},
    net::SocketAddr,
    path::Path,
    process::ExitCode,
    time::Duration,
};

use tokio::signal::unix::{SignalKind, signal};

pub use acl_import::{ALLOW_IF_NO_ACL, ImportError, Imported, SUPER_USERS, Unusable, import_acls};
pub use explain::{Access, ExplainError, Explained, Question, Ruling, explain};
pub use login::{LoggedIn, LoginError, login};
pub use online::probe;
use running::Running;

use crate::{
    control::settings::{self, AuditSink, Checked, LogFormat, LogLevel, finding::Finding},
    identity::{DirectoryFault, FetchError},
    proxy::listener::BindFailed,
    telemetry::{
        audit::{AuditError, Target},
        logs::{Format, Logs},
        metrics::MetricsError,
    },
};

/// Exit code of a faulty configuration: `EX_USAGE` of sysexits.
const EXIT_USAGE: u8 = 64;

/// Longest time that the audit stream is given to write its last lines.
const AUDIT_DEADLINE: Duration = Duration::from_secs(2);

/// Why Oathgate could not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The configuration has faults.
    #[error("{}", lines(.0))]
    Config(Vec<Finding>),
    /// A provider is named twice.
    #[error(transparent)]
    Directory(#[from] DirectoryFault),
    /// A provider's key source cannot be used.
    #[error(transparent)]
    KeySource(#[from] FetchError),
    /// A port is taken.
    #[error(transparent)]
    Bind(#[from] BindFailed),
    /// The health endpoints' port is taken.
    #[error("admin.bind: cannot bind {address}: {source}; is something else using the port?")]
    Admin {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The audit stream cannot be written.
    #[error("audit: {0}")]
    Audit(#[from] AuditError),
    /// Metrics cannot be recorded.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The runtime or its signals cannot be set up.
    #[error("cannot set up the process: {0}")]
    Process(#[from] io::Error),
}

fn lines(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
    lines.join("\n")
}

/// Runs the proxy of the configuration at `config` until SIGTERM or SIGINT. 0 after a drain, 1 if
/// it could not start, 64 if the configuration has faults, all of which are told.
#[must_use]
pub fn serve(config: &Path) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&AppError::Process(error)),
    };
    let served = runtime.block_on(async {
        let stopped = stop_signal()?;
        run(config, stopped).await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &AppError) -> ExitCode {
    // Logging may not be set up yet; a closed standard error leaves nobody to tell.
    drop(writeln!(io::stderr().lock(), "{error}"));
    match error {
        AppError::Config(_) => ExitCode::from(EXIT_USAGE),
        _ => ExitCode::FAILURE,
    }
}

/// Done when the process is told to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Runs the proxy of the configuration at `config` until `shutdown` is done, then drains it. Reads
/// the configuration again at SIGHUP, fetches all keys at SIGUSR1. Needs a multi-threaded runtime.
///
/// # Errors
/// [`AppError`]; nothing is left running.
pub async fn run(config: &Path, shutdown: impl Future<Output = ()>) -> Result<(), AppError> {
    // Only the first of a process counts, and every one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let checked = settings::load(config, &environment).map_err(AppError::Config)?;
    // A second one in a process, as the tests of the demo have it, logs as the first.
    let logs = Logs::install(log_format(&checked), log_level(checked.log.level)).ok();
    let mut hangup = signal(SignalKind::hangup())?;
    let mut refresh = signal(SignalKind::user_defined1())?;
    let mut running = Running::start(&checked, logs).await?;
    drop(checked);
    let mut demanded_keys = running.demanded_keys();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = hangup.recv() => running.reload(config).await,
            _ = refresh.recv() => running.refresh_keys(),
            Ok(()) = demanded_keys.changed() => running.judge_again(),
            () = running.look_after() => {}
        }
    }
    running.drain().await;
    Ok(())
}

/// The process's environment, as settings look it up.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

const fn log_format(checked: &Checked) -> Format {
    match checked.log.format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    }
}

const fn log_level(level: LogLevel) -> tracing::Level {
    match level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Trace => tracing::Level::TRACE,
    }
}

fn audit_target(sink: &AuditSink) -> Target {
    match sink {
        AuditSink::File(path) => Target::File(path.clone()),
        AuditSink::Stdout => Target::Stdout,
    }
}
