//! `oathgate demo`: arguments, the signals that end it, and its exit code.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::demo::{self, Options};

/// Arguments of `oathgate demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where client configurations and certificates are written
    #[arg(long, value_name = "DIRECTORY", default_value_os_t = Options::default().dir)]
    dir: PathBuf,
    /// The first of six consecutive ports of 127.0.0.1
    #[arg(long, value_name = "PORT", default_value_t = Options::default().port)]
    port: u16,
}

/// Runs the demo until SIGINT or SIGTERM; 1 if it fails.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match run_until_told(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // What is said on a closed stderr reaches nobody.
            let _ = writeln!(io::stderr(), "demo: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run_until_told(arguments: &Arguments) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let options = Options {
        dir: arguments.dir.clone(),
        port: arguments.port,
    };
    runtime.block_on(async {
        let listen = |kind| signal(kind).map_err(|error| format!("cannot take signals: {error}"));
        let (mut interrupt, mut terminate) = (
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
        );
        let told = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        demo::run(&options, told)
            .await
            .map_err(|error| error.to_string())
    })
}
