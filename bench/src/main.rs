//! What measures a Kafka proxy from outside, on loopback: load, a broker that costs next to nothing,
//! an identity provider, and the bare relay that all is compared with. `compare.py` drives it.
//!
//! A measurement prints one JSON line on stdout; it exits with 1 when anything went wrong, so that a
//! figure is never made of failures.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

mod batch;
mod client;
mod crypto;
mod fault;
mod idp;
mod latencies;
mod load;
mod meter;
mod modes;
mod null_broker;
mod process;
mod relay;
mod report;
mod socket;
mod tls;
mod topics;
mod window;

use std::{process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

use crate::fault::Result;

/// Measures Kafka proxies on loopback.
#[derive(Debug, Parser)]
#[command(name = "loadgen")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A broker of one node that answers at once and stores nothing
    Nullbroker(null_broker::Arguments),
    /// An identity provider: keys, discovery, certificates and token files
    Idp(idp::Arguments),
    /// The least a proxy can do: TLS ended, bytes copied
    Relay(relay::Arguments),
    /// What the cryptography alone costs on this machine
    Crypto(crypto::Arguments),
    /// One login and one Metadata: does the target accept it?
    Probe(modes::probe::Arguments),
    /// As many requests as come through, several in flight on each connection
    Throughput(modes::throughput::Arguments),
    /// Small Produce requests at a fixed rate
    Latency(modes::latency::Arguments),
    /// Connect, TLS handshake, login, close; again and again
    Logins(modes::logins::Arguments),
    /// Memory of connections that are logged in and say nothing
    Idle(modes::idle::Arguments),
    /// Memory while clients do not read the large answers they asked for
    SlowReaders(modes::slow_readers::Arguments),
}

/// Threads of servers and load: the cores of the machine that the targets were set for.
const THREADS: usize = 2;

fn main() -> ExitCode {
    process::raise_open_files();
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("loadgen: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(arguments.command));
    runtime.shutdown_timeout(Duration::from_millis(200));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadgen: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Nullbroker(arguments) => null_broker::run(arguments).await,
        Command::Idp(arguments) => idp::run(arguments).await,
        Command::Relay(arguments) => relay::run(arguments).await,
        Command::Crypto(arguments) => crypto::run(&arguments),
        Command::Probe(arguments) => modes::probe::run(arguments).await,
        Command::Throughput(arguments) => modes::throughput::run(arguments).await,
        Command::Latency(arguments) => modes::latency::run(arguments).await,
        Command::Logins(arguments) => modes::logins::run(arguments).await,
        Command::Idle(arguments) => modes::idle::run(arguments).await,
        Command::SlowReaders(arguments) => modes::slow_readers::run(arguments).await,
    }
}
