//! Memory while many clients have a large fetch answer coming and hardly read: what a proxy buffers
//! for each of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    client::{Connection, Reached, Resumption, Target},
    fault::{Fault, Result},
    load::Load,
    meter::{Meter, Watched},
    process::Watch,
    report::Report,
    window::{Phase, Times, Window, collect},
};

/// What a client reads at once, and how often.
const SIP: usize = 16 * 1024;
const PAUSE: Duration = Duration::from_millis(200);

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    times: Times,
    /// How many clients
    #[arg(long, default_value_t = 200)]
    connections: usize,
    /// Bytes of each answer
    #[arg(long, default_value_t = 64 * 1024 * 1024)]
    bytes: usize,
}

/// # Errors
/// When a connection ends before the window does.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let target = Target::new(&arguments.reached, Resumption::Off).await?;
    let load = format!("fetch:bytes={}", arguments.bytes).parse::<Load>();
    let load = load.map_err(Fault::new)?;
    let mut connections = Vec::new();
    for _ in 0..arguments.connections {
        connections.push(target.open().await?.connection);
    }
    let process = arguments.watched.target();
    let mut meter = Meter::new(&arguments.watched);
    let before = process.memory();
    let window = Arc::new(Window::default());
    let mut readers = Vec::new();
    for connection in connections {
        readers.push(tokio::spawn(read_slowly(
            connection,
            load,
            Arc::clone(&window),
        )));
    }
    let peak = tokio::spawn(peak(process.clone(), Arc::clone(&window)));
    let spent = window.pass(&arguments.times, &mut meter).await;
    let peak = peak.await?;
    let read = collect(readers).await?;

    let count = f64::from(u32::try_from(read.len())?);
    let grown = (!process.is_empty()).then_some(peak - before.resident);
    let mut report = Report::new("slow-readers");
    report.put("connections", read.len());
    report.put("resident_before_mib", before.resident / 1024.0);
    report.put("resident_peak_mib", peak / 1024.0);
    report.put_per("kib_per_connection", grown, count);
    report.put("least_read_bytes", read.into_iter().min());
    spent.put(&mut report);
    report.print();
    Ok(())
}

/// Asks for a large answer and sips of it; how many bytes came.
async fn read_slowly(mut connection: Connection, load: Load, window: Arc<Window>) -> Result<usize> {
    let mut request = load.request(0, None)?;
    let id = connection.next_correlation_id();
    connection.socket.write_all(request.next(id)?).await?;
    connection.socket.flush().await?;
    let mut sip = vec![0; SIP];
    let mut total = 0;
    while window.phase() != Phase::Over && total < load.bytes {
        let read = connection.socket.read(&mut sip).await?;
        if read == 0 {
            return Err(Fault::new(format!(
                "closed after {total} bytes of an answer"
            )));
        }
        total += read;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(total)
}

/// The most that `process` had resident at any time until the end, in KiB.
async fn peak(process: Watch, window: Arc<Window>) -> f64 {
    let mut peak: f64 = 0.0;
    let mut next = Instant::now();
    while window.phase() != Phase::Over {
        peak = peak.max(process.memory().resident);
        next += LOOK;
        tokio::time::sleep_until(next.into()).await;
    }
    peak
}
