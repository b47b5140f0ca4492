//! Memory of connections that are logged in and say nothing; then one request over each shows that
//! it lives.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::{
    client::{Connection, Reached, Resumption, Target},
    fault::Result,
    load::Load,
    meter::{Meter, Watched},
    process::Memory,
    report::Report,
};

/// Connections opened, and used, before memory is looked at: what a process allocates at first use
/// is not theirs.
const FIRST: usize = 20;

/// Connections that are opened, or probed, at once.
const AT_ONCE: usize = 32;

/// What the target is given to come to rest.
const REST: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    watched: Watched,
    /// How many connections
    #[arg(long, default_value_t = 1000)]
    connections: usize,
    /// Seconds for which they are watched
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

/// # Errors
/// When a connection cannot be opened, or has died.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let target = Arc::new(Target::new(&arguments.reached, Resumption::Off).await?);
    let load = "produce:bytes=256".parse::<Load>();
    let load = load.map_err(crate::fault::Fault::new)?;
    let first = use_once(open(&target, FIRST).await?, load).await?;
    tokio::time::sleep(REST).await;
    let process = arguments.watched.target();
    let mut meter = Meter::new(&arguments.watched);
    let before = process.memory();

    let connections = open(&target, arguments.connections).await?;
    tokio::time::sleep(REST).await;
    meter.start();
    tokio::time::sleep(Duration::from_secs_f64(arguments.seconds)).await;
    let spent = meter.spent();
    let held = process.memory();
    let connections = use_once(connections, load).await?;
    let used = process.memory();

    let count = f64::from(u32::try_from(connections.len())?);
    let grown = |now: f64, then: f64| (!process.is_empty()).then_some(now - then);
    let mut report = Report::new("idle");
    report.put("connections", connections.len());
    report.put("resident_before_mib", before.resident / 1024.0);
    let Memory {
        resident,
        proportional,
    } = before;
    report.put_per("kib_per_connection", grown(held.resident, resident), count);
    report.put_per(
        "pss_kib_per_connection",
        grown(held.proportional, proportional),
        count,
    );
    report.put_per(
        "kib_per_connection_used",
        grown(used.resident, resident),
        count,
    );
    report.put(
        "idle_cpu_percent",
        spent.target.map(|cpu| 100.0 * cpu / spent.seconds()),
    );
    spent.put(&mut report);
    report.print();
    drop((first, connections));
    Ok(())
}

async fn open(target: &Arc<Target>, count: usize) -> Result<Vec<Connection>> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let opening: Vec<_> = (0..count)
        .map(|_| {
            let (target, permits) = (Arc::clone(target), Arc::clone(&permits));
            tokio::spawn(async move {
                let _permit = permits.acquire().await?;
                Ok(target.open().await?.connection)
            })
        })
        .collect();
    all(opening).await
}

/// Sends one request of `load` over each, and keeps all of them until the last was answered.
async fn use_once(connections: Vec<Connection>, load: Load) -> Result<Vec<Connection>> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let using: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                let _permit = permits.acquire().await?;
                connection.begin(&load, 0).await?;
                Ok(connection)
            })
        })
        .collect();
    all(using).await
}

async fn all(tasks: Vec<tokio::task::JoinHandle<Result<Connection>>>) -> Result<Vec<Connection>> {
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await??);
    }
    Ok(done)
}
