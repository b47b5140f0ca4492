//! The demo and its development issuer. Owns everything that `oathgate demo` starts beside
//! Oathgate itself; behind the cargo feature `demo`, never in a production build. May know
//! `limits`, `secret`, `clock`, `telemetry`, `policy`, `control` and `app`.

mod certs;
mod client;
mod files;
pub mod issuer;
mod kafka;
mod plan;

use std::{
    future::Future,
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    pin::{Pin, pin},
    time::Duration,
};

use rdkafka::error::KafkaError;
use serde_json::json;
use tokio::sync::oneshot;

pub use self::{client::ClientError, files::FileError};
use self::{
    issuer::Issuer,
    kafka::Kafka,
    plan::{ADMITTED, BROKERS, PORTS, Plan, READER, REFUSED},
};
use crate::{
    app::{self, AppError},
    control::settings,
    policy::{operation::Operation, resource::ResourceType},
    secret::Secret,
};

/// Longest wait for the audit line of what was refused or denied.
const AUDIT_PATIENCE: Duration = Duration::from_secs(10);

/// What the command line may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the demo writes its files.
    pub dir: PathBuf,
    /// The first of six consecutive loopback ports.
    pub port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("target/demo"),
            port: 9092,
        }
    }
}

/// Why the demo ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The ports would go beyond 65535, or begin at 0.
    #[error("--port {0} leaves no room for six ports; choose one from 1 to 65530")]
    PortRange(u16),
    /// Something listens there already.
    #[error(
        "{address} ({purpose}) cannot be bound: {cause}; stop what listens there, or give the \
         first of six free ports with --port"
    )]
    PortTaken {
        /// The address.
        address: SocketAddr,
        /// What the demo needs it for.
        purpose: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// The directory or a file in it.
    #[error(transparent)]
    File(#[from] FileError),
    /// The directory's absolute name cannot be found out, or `audit.jsonl` cannot be read.
    #[error("{}: {cause}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// No certificates.
    #[error("the demo's certificates could not be made: {0}")]
    Certificates(#[from] rcgen::Error),
    /// No embedded Kafka.
    #[error("the embedded Kafka did not start: {0}")]
    Kafka(#[from] KafkaError),
    /// The issuer did not start.
    #[error("the development issuer did not start: {0}")]
    Issuer(io::Error),
    /// Oathgate did not start.
    #[error(transparent)]
    Oathgate(#[from] AppError),
    /// Oathgate stopped by itself.
    #[error("Oathgate ended by itself; its log lines say why")]
    Ended,
    /// A client did not see what it should.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was refused or denied left no audit line.
    #[error("no audit line with {mark} within {} s", AUDIT_PATIENCE.as_secs())]
    NoAuditLine {
        /// What the line would have held.
        mark: &'static str,
    },
    /// The denied write could not be explained.
    #[error("the denied write could not be explained: {0}")]
    Unexplained(String),
}

/// Starts an embedded Kafka, the development issuer and Oathgate, by the same path as `serve`;
/// sends a record through and reads it back, shows a denied write and a refused login, prints client
/// configurations, then `demo ready` alone on a line; keeps running until `shutdown` is done and
/// ends what it started. Prints to standard output; needs a tokio runtime.
///
/// # Errors
/// What could not be started, or a client that did not see what it should; everything started is
/// ended before.
pub async fn run(options: &Options, shutdown: impl Future<Output = ()>) -> Result<(), DemoError> {
    check_ports(options.port)?;
    let kafka = Kafka::start()?;
    let clients = vec![ADMITTED.client(), READER.client(), REFUSED.client()];
    let issuer = Issuer::start(plan::issuer_address(options.port), clients)
        .await
        .map_err(DemoError::Issuer)?;
    let outcome = with_parts(options, &kafka, &issuer, shutdown).await;
    issuer.stop().await;
    outcome
}

/// The demo between the start of Kafka and issuer and their end.
async fn with_parts(
    options: &Options,
    kafka: &Kafka,
    issuer: &Issuer,
    shutdown: impl Future<Output = ()>,
) -> Result<(), DemoError> {
    let plan = Plan {
        dir: absolute(&options.dir)?,
        port: options.port,
        brokers: kafka.bootstrap_servers(),
        issuer: issuer.url(),
        token_endpoint: issuer.token_endpoint(),
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("oathgate")),
    };
    let reader = json!({ "sub": READER.id, "azp": READER.id, "client_id": READER.id });
    let token = Secret::new(issuer.mint(reader));
    let certificates = certs::make(&["localhost", "127.0.0.1"])?;
    let shown = files::write(&plan, &certificates)?;
    say(&overview(&plan));

    let config = plan.dir.join(files::CONFIG);
    let (stop, stopped) = oneshot::channel::<()>();
    let mut oathgate = pin!(app::run(&config, async {
        // A dropped sender means the same as a word from it.
        let _ = stopped.await;
    }));
    let mut shutdown = pin!(shutdown);
    let script = async {
        tokio::select! {
            seen = show(&plan, &shown, token) => seen?,
            () = &mut shutdown => return Ok(()),
        }
        shutdown.await;
        Ok(())
    };
    let outcome = tokio::select! {
        ended = &mut oathgate => return ended.map_err(DemoError::from).and(Err(DemoError::Ended)),
        outcome = script => outcome,
    };
    drop(stop);
    drain(oathgate).await.and(outcome)
}

async fn drain(
    oathgate: Pin<&mut impl Future<Output = Result<(), AppError>>>,
) -> Result<(), DemoError> {
    say("ending what the demo started");
    Ok(oathgate.await?)
}

/// What a visitor sees between the start and `demo ready`.
async fn show(plan: &Plan, shown: &[files::Shown], token: Secret) -> Result<(), DemoError> {
    say(&format!(
        "\n{} fetches a token, sends a record, reads it back:",
        ADMITTED.id
    ));
    let admitted = files::librdkafka(plan, ADMITTED);
    let returned = client::round_trip(&admitted, "an order for 3 oranges").await?;
    let client::Returned {
        partition,
        offset,
        payload,
    } = returned;
    say(&format!(
        "  {}[{partition}]@{offset}: {payload}",
        plan::TOPIC
    ));

    show_denied_write(plan, token).await?;

    say(&format!(
        "\n{} has a good token, but no pool admits it:",
        REFUSED.id
    ));
    let told = client::refusal(&files::librdkafka(plan, REFUSED)).await?;
    say(&format!("  the client is told: {told}"));
    let line = audit_line(plan, r#""status":"REFUSED""#).await?;
    say(&format!("  the audit line:     {line}"));

    say(&format!(
        "\nClient configurations, also in {}:",
        plan.dir.display()
    ));
    for files::Shown { name, text } in shown {
        say(&format!("\n--- {name}\n{}", text.trim_end()));
    }
    say(
        "\nThe brokers themselves are open; only Oathgate's listener asks for tokens. The embedded \
         Kafka makes a second run of a consumer group wait for 45 s; choose a new group id instead.",
    );
    say("demo ready");
    Ok(())
}

/// A client that may read tries to write: what it is told, the audit line, and the decision.
async fn show_denied_write(plan: &Plan, token: Secret) -> Result<(), DemoError> {
    say(&format!(
        "\n{} may read {topic}, not write to it, and tries:",
        READER.id,
        topic = plan::TOPIC
    ));
    let told = client::denied_write(&files::librdkafka(plan, READER)).await?;
    say(&format!("  the client is told: {told}"));
    let line = audit_line(plan, "io.oathgate/authorization").await?;
    say(&format!("  the audit line:     {line}"));
    say(&format!(
        "  and why, by the server's own rules (sh {}):",
        plan.dir.join(files::EXPLAIN).display()
    ));
    let config = plan.dir.join(files::CONFIG);
    // It has a runtime of its own.
    let explained = tokio::task::spawn_blocking(move || explain(&config, &token)).await;
    let lines = explained.map_err(|error| DemoError::Unexplained(error.to_string()))??;
    for line in lines {
        say(&format!("    {line}"));
    }
    Ok(())
}

/// What the rules say of reading and writing by who `token` is, one line each.
fn explain(config: &Path, token: &Secret) -> Result<Vec<String>, DemoError> {
    let checked = settings::load(config, &|_| None).map_err(AppError::Config)?;
    let access = app::Access {
        operations: vec![Operation::Read, Operation::Write],
        resources: vec![(ResourceType::Topic, plan::TOPIC.to_owned())],
        address: plan::loopback(0).ip(),
    };
    let question = app::Question {
        checked: &checked,
        token,
        cluster: None,
        pools: None,
        certificate: None,
        access: Some(&access),
    };
    let explained = app::explain(&question);
    let explained = explained.map_err(|error| DemoError::Unexplained(error.to_string()))?;
    Ok(explained.rulings.iter().map(ToString::to_string).collect())
}

fn overview(plan: &Plan) -> String {
    let bootstrap = plan.bootstrap();
    let last_broker = plan.port.saturating_add(BROKERS);
    format!(
        "Oathgate demo\n  \
         Oathgate  {bootstrap} (SASL_SSL, OAUTHBEARER), brokers on {}-{last_broker}\n  \
         issuer    {} (for development only)\n  \
         Kafka     {} (librdkafka's mock cluster)\n  \
         health    http://{admin}/readyz, http://{admin}/metrics\n  \
         files     {}",
        plan.first_broker_port(),
        plan.issuer,
        plan.brokers,
        plan.dir.display(),
        admin = plan.admin(),
    )
}

/// The first audit line with `mark`; the stream is written by a thread of its own, so it may take a
/// moment.
async fn audit_line(plan: &Plan, mark: &'static str) -> Result<String, DemoError> {
    let audit = plan.dir.join(files::AUDIT);
    let looking = async {
        loop {
            let text = tokio::fs::read_to_string(&audit).await;
            let text = text.map_err(|cause| DemoError::Path {
                path: audit.clone(),
                cause,
            })?;
            if let Some(line) = text.lines().find(|line| line.contains(mark)) {
                return Ok(line.to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(AUDIT_PATIENCE, looking).await;
    found.unwrap_or(Err(DemoError::NoAuditLine { mark }))
}

/// Binds every port once and lets it go, so that a taken one is named before anything starts.
fn check_ports(first: u16) -> Result<(), DemoError> {
    if first == 0 || first.checked_add(PORTS - 1).is_none() {
        return Err(DemoError::PortRange(first));
    }
    for (step, port) in (first..=first.saturating_add(PORTS - 1)).enumerate() {
        let purpose = match step {
            0 => "Oathgate's bootstrap address",
            1..=3 => "a broker's port at Oathgate",
            4 => "Oathgate's health endpoints",
            _ => "the development issuer",
        };
        let address = plan::loopback(port);
        TcpListener::bind(address).map_err(|cause| DemoError::PortTaken {
            address,
            purpose,
            cause,
        })?;
    }
    Ok(())
}

fn absolute(dir: &Path) -> Result<PathBuf, DemoError> {
    std::path::absolute(dir).map_err(|cause| DemoError::Path {
        path: dir.to_owned(),
        cause,
    })
}

/// One line, or several, to whoever watches; nobody watching is no reason to end.
fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_its_purpose() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = check_ports(address.port()).unwrap_err().to_string();
        assert!(error.contains(&address.to_string()), "{error}");
        assert!(error.contains("bootstrap"), "{error}");
        assert!(error.contains("--port"), "{error}");
    }

    #[test]
    fn six_ports_must_fit() {
        for port in [0, 65_531, u16::MAX] {
            let error = check_ports(port).unwrap_err();
            assert!(matches!(error, DemoError::PortRange(_)), "{port}");
        }
    }
}
