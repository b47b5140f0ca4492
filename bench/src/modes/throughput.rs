//! As many requests as come through: a closed loop with several requests in flight on each
//! connection, of one load or several at once.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::{
    client::{Connection, Expected, Frames, Reached, Resumption, Target},
    fault::{Fault, Result},
    latencies::Latencies,
    load::{Load, Request},
    meter::{Meter, Watched},
    report::Report,
    window::{Phase, Times, Window, collect},
};

/// What a connection reads at once: more than the answers it has in flight, where those are small.
const BUFFER: usize = 256 * 1024;

const GIB: f64 = (1_u64 << 30) as f64;
const MIB: f64 = (1_u64 << 20) as f64;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    times: Times,
    /// KIND[:conns=N][:inflight=N][:bytes=N]; repeatable, all at once. Kinds: produce, produce-ids,
    /// produce-many, fetch, fetch-session, metadata, metadata-all
    #[arg(long, required = true)]
    load: Vec<Load>,
}

/// # Errors
/// When any answer is not the expected one.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let target = Target::new(&arguments.reached, Resumption::Off).await?;
    let mut meter = Meter::new(&arguments.watched);
    let window = Arc::new(Window::default());
    let mut pumps = Vec::new();
    for load in &arguments.load {
        for number in 0..load.connections {
            let opened = target.open().await?;
            let pump = Pump::new(opened.connection, *load, number).await?;
            pumps.push(tokio::spawn(pump.run(Arc::clone(&window))));
        }
    }
    let spent = window.pass(&arguments.times, &mut meter).await;
    let done = collect(pumps).await?;

    let mut times = Latencies::new()?;
    let mut bytes = 0.0;
    for one in &done {
        times.merge(&one.times);
        bytes += one.bytes;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let requests = times.count() as f64;
    if requests == 0.0 {
        return Err(Fault::new("not one answer within the window"));
    }
    let mut report = Report::new("throughput");
    report.put("mib_s", bytes / MIB / spent.seconds());
    report.put("requests_s", requests / spent.seconds());
    report.put("latency_ms", times.milliseconds());
    report.put_per("cpu_s_per_gib", spent.target, bytes / GIB);
    report.put_per("cpu_s_per_100k", spent.target, requests / 1e5);
    report.put("connections", json!(done.len()));
    spent.put(&mut report);
    report.print();
    Ok(())
}

/// What one connection did within the window.
struct Done {
    times: Latencies,
    bytes: f64,
}

/// One connection that is kept full.
struct Pump {
    connection: Connection,
    load: Load,
    request: Request,
    expected: Expected,
}

impl Pump {
    async fn new(mut connection: Connection, load: Load, number: usize) -> Result<Self> {
        let (request, expected) = connection.begin(&load, number).await?;
        connection.frames = Frames::new(BUFFER);
        Ok(Self {
            connection,
            load,
            request,
            expected,
        })
    }

    async fn run(mut self, window: Arc<Window>) -> Result<Done> {
        let counted = if self.load.kind.counts_answers() {
            self.expected.len()
        } else {
            self.request.len()
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let counted = counted as f64;
        let mut done = Done {
            times: Latencies::new()?,
            bytes: 0.0,
        };
        let mut in_flight = VecDeque::with_capacity(self.load.in_flight);
        while window.phase() != Phase::Over {
            self.fill(&mut in_flight).await?;
            self.connection
                .frames
                .read(&mut self.connection.socket)
                .await?;
            let now = Instant::now();
            let measured = window.phase() == Phase::Measured;
            while let Some((length, head)) = self.connection.frames.next() {
                let (id, sent) = in_flight
                    .pop_front()
                    .ok_or_else(|| Fault::new("an answer that nothing asked for"))?;
                self.expected.check(id, length, head)?;
                if measured {
                    done.times.add(now - sent);
                    done.bytes += counted;
                }
            }
        }
        Ok(done)
    }

    /// Sends until as many are in flight as the load says.
    async fn fill(&mut self, in_flight: &mut VecDeque<(i32, Instant)>) -> Result<()> {
        while in_flight.len() < self.load.in_flight {
            let id = self.connection.next_correlation_id();
            in_flight.push_back((id, Instant::now()));
            let frame = self.request.next(id)?;
            self.connection.socket.write_all(frame).await?;
        }
        Ok(self.connection.socket.flush().await?)
    }
}
