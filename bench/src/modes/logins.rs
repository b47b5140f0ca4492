//! Connect, TLS handshake, login, close; again and again by several workers.

use std::{sync::Arc, time::Instant};

use serde_json::json;

use crate::{
    client::{Reached, Resumption, Target},
    fault::{Fault, Result},
    latencies::Latencies,
    meter::{Meter, Watched},
    report::Report,
    window::{Phase, Times, Window, collect},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    times: Times,
    /// How many log in at once
    #[arg(long, default_value_t = 8)]
    workers: usize,
    /// Resume TLS sessions where the target allows it
    #[arg(long)]
    resume: bool,
}

/// What a worker saw within the window.
struct Seen {
    all: Latencies,
    tls: Latencies,
    login: Latencies,
    resumed: u64,
}

impl Seen {
    fn new() -> Result<Self> {
        Ok(Self {
            all: Latencies::new()?,
            tls: Latencies::new()?,
            login: Latencies::new()?,
            resumed: 0,
        })
    }
}

/// # Errors
/// When a login fails.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let resumption = if arguments.resume {
        Resumption::On
    } else {
        Resumption::Off
    };
    let target = Arc::new(Target::new(&arguments.reached, resumption).await?);
    let mut meter = Meter::new(&arguments.watched);
    let window = Arc::new(Window::default());
    let workers = (0..arguments.workers)
        .map(|_| tokio::spawn(work(Arc::clone(&target), Arc::clone(&window))))
        .collect();
    let spent = window.pass(&arguments.times, &mut meter).await;
    let mut seen = Seen::new()?;
    for one in collect(workers).await? {
        seen.all.merge(&one.all);
        seen.tls.merge(&one.tls);
        seen.login.merge(&one.login);
        seen.resumed += one.resumed;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let logins = seen.all.count() as f64;
    if logins == 0.0 {
        return Err(Fault::new("not one login within the window"));
    }
    if arguments.resume && seen.resumed == 0 {
        return Err(Fault::new("the target resumed not one TLS session"));
    }
    let mut report = Report::new("logins");
    report.put("logins_s", logins / spent.seconds());
    report.put("latency_ms", seen.all.milliseconds());
    report.put("tls_ms", seen.tls.milliseconds());
    report.put("login_ms", seen.login.milliseconds());
    report.put("resumed", json!(seen.resumed));
    report.put_per("cpu_ms_per_login", spent.target, logins / 1e3);
    spent.put(&mut report);
    report.print();
    Ok(())
}

async fn work(target: Arc<Target>, window: Arc<Window>) -> Result<Seen> {
    let mut seen = Seen::new()?;
    while window.phase() != Phase::Over {
        let began = Instant::now();
        let mut opened = target.open().await?;
        if window.phase() == Phase::Measured {
            seen.all.add(began.elapsed());
            seen.tls.add(opened.tls);
            seen.login.add(opened.login);
            seen.resumed += u64::from(opened.resumed);
        }
        opened.connection.close().await;
    }
    Ok(seen)
}
