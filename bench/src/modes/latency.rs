//! Small Produce requests at a fixed rate. A request's time counts from when it was due, so that a
//! target that stalls cannot hide by delaying its load (no coordinated omission).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use nix::sys::prctl::set_timerslack;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, split},
    sync::mpsc,
    task::JoinHandle,
};

use crate::{
    client::{Connection, Expected, Frames, Reached, Resumption, Target},
    fault::{Fault, Result},
    latencies::Latencies,
    load::{Load, Request},
    meter::{Meter, Watched},
    report::Report,
    window::{Phase, Times, Window, collect},
};

/// Requests that may be due on a connection and not sent yet: beyond that the target has stalled.
const DUE_MAX: usize = 64 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    times: Times,
    /// What is sent; its requests in flight do not count here
    #[arg(long, default_value = "produce:conns=8:bytes=256")]
    load: Load,
    /// Requests a second, over all connections
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
}

/// When a request was due, and whether it counts.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: Instant,
    measured: bool,
}

/// # Errors
/// When an answer is not the expected one, or does not come.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let target = Target::new(&arguments.reached, Resumption::Off).await?;
    let mut meter = Meter::new(&arguments.watched);
    let window = Arc::new(Window::default());
    let (mut lanes, mut senders, mut receivers) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..arguments.load.connections {
        let opened = target.open().await?;
        let lane = Lane::new(opened.connection, &arguments.load, number).await?;
        let (due, dues) = mpsc::channel(DUE_MAX);
        lanes.push(due);
        let (sender, receiver) = lane.spawn(dues);
        senders.push(sender);
        receivers.push(receiver);
    }
    let pace = Duration::from_secs_f64(1.0 / arguments.rate);
    let pacer = {
        let window = Arc::clone(&window);
        thread::spawn(move || keep_pace(&lanes, pace, &window))
    };
    let spent = window.pass(&arguments.times, &mut meter).await;
    let issued = tokio::task::spawn_blocking(move || pacer.join()).await?;
    let issued = issued.map_err(|_| Fault::new("the pacer panicked"))??;
    collect(senders).await?;
    let mut times = Latencies::new()?;
    for lane in collect(receivers).await? {
        times.merge(&lane);
    }
    if times.count() < issued {
        let answered = times.count();
        return Err(Fault::new(format!(
            "{answered} of {issued} requests were answered"
        )));
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let requests = issued as f64;
    let mut report = Report::new("latency");
    report.put("requests_s", requests / spent.seconds());
    report.put("latency_ms", times.milliseconds());
    report.put_per("cpu_s_per_100k", spent.target, requests / 1e5);
    spent.put(&mut report);
    report.print();
    Ok(())
}

/// Says when requests are due, to one lane after the other; how many of them count. A thread of its
/// own: a runtime's timers are as coarse as what is measured.
fn keep_pace(lanes: &[mpsc::Sender<Due>], pace: Duration, window: &Window) -> Result<u64> {
    set_timerslack(1)?;
    let mut issued = 0;
    let mut at = Instant::now();
    for lane in lanes.iter().cycle() {
        thread::sleep(at.saturating_duration_since(Instant::now()));
        let phase = window.phase();
        if phase == Phase::Over {
            return Ok(issued);
        }
        let measured = phase == Phase::Measured;
        let sent = lane.try_send(Due { at, measured });
        sent.map_err(|_| Fault::new("a connection is broken, or takes nothing any more"))?;
        issued += u64::from(measured);
        at += pace;
    }
    Err(Fault::new("no connections"))
}

/// A connection on which one task sends what is due while another takes the answers.
struct Lane {
    connection: Connection,
    request: Request,
    expected: Expected,
}

/// Sent and not answered yet, with their correlation ids; the sender adds, the receiver takes.
type InFlight = Arc<Mutex<VecDeque<(i32, Due)>>>;

impl Lane {
    async fn new(mut connection: Connection, load: &Load, number: usize) -> Result<Self> {
        let (request, expected) = connection.begin(load, number).await?;
        Ok(Self {
            connection,
            request,
            expected,
        })
    }

    fn spawn(
        self,
        dues: mpsc::Receiver<Due>,
    ) -> (JoinHandle<Result<()>>, JoinHandle<Result<Latencies>>) {
        let (reader, writer) = split(self.connection.socket);
        let in_flight = InFlight::default();
        let sender = send(writer, self.request, dues, Arc::clone(&in_flight));
        let receiver = receive(reader, self.connection.frames, self.expected, in_flight);
        (tokio::spawn(sender), tokio::spawn(receiver))
    }
}

/// Sends until nothing more is due, then says goodbye, which ends the receiver too.
async fn send(
    mut writer: impl AsyncWrite + Unpin,
    mut request: Request,
    mut dues: mpsc::Receiver<Due>,
    in_flight: InFlight,
) -> Result<()> {
    let mut id = 1_000_000_i32;
    while let Some(due) = dues.recv().await {
        id = id.wrapping_add(1);
        let frame = request.next(id)?;
        // Whoever panicked while holding it only pushed or popped.
        in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back((id, due));
        writer.write_all(frame).await?;
        writer.flush().await?;
    }
    Ok(writer.shutdown().await?)
}

/// Takes answers until the target closes, which it does once all is answered.
async fn receive(
    mut reader: impl AsyncRead + Unpin,
    mut frames: Frames,
    expected: Expected,
    in_flight: InFlight,
) -> Result<Latencies> {
    let mut times = Latencies::new()?;
    // What is missing in the end shows in the count.
    while frames.read(&mut reader).await.is_ok() {
        let now = Instant::now();
        while let Some((length, head)) = frames.next() {
            let next = in_flight
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let (id, due) = next.ok_or_else(|| Fault::new("an answer that nothing asked for"))?;
            expected.check(id, length, head)?;
            if due.measured {
                times.add(now.saturating_duration_since(due.at));
            }
        }
    }
    Ok(times)
}
