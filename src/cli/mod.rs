//! The command line: arguments to a call of [`app`] or [`control`], and its result to text and an
//! exit code. Knows neither sockets nor Kafka.
//!
//! Exit codes: 0 done, 1 it could not be started or written, 64 (`EX_USAGE`) a configuration or
//! command line that is wrong.
//!
//! [`app`]: crate::app
//! [`control`]: crate::control

mod access;
mod acl;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod explain;
mod init;
mod login;
mod past_login;
mod policy;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand, ValueEnum, error::ErrorKind};

use crate::app;

/// `EX_USAGE` of sysexits: what was asked for is wrong; asking again changes nothing.
const USAGE: u8 = 64;

/// The crate's version and the commit it was built from.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("OATHGATE_COMMIT"),
    ")"
);

/// The form in which a command tells what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Oathgate: OAuth identity for any Kafka cluster.
#[derive(Debug, Parser)]
#[command(name = "oathgate", version = VERSION)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the proxy until SIGTERM or SIGINT; SIGHUP reads the configuration again, SIGUSR1 fetches the providers' keys
    Serve {
        /// The configuration file
        #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
        config: PathBuf,
    },
    /// Name every fault of a configuration; nothing is started
    Check(check::Arguments),
    /// Tell how a login with a token would go, check by check, or what became of one
    Explain(Box<explain::Arguments>),
    /// Get a token of a provider, as its settings say: by a client's credentials, or by asking a person
    Login(login::Arguments),
    /// Bring ACLs over from brokers
    #[command(subcommand)]
    Acl(acl::Command),
    /// Hold roles and ACLs to expectations
    #[command(subcommand)]
    Policy(policy::Command),
    /// Write a small configuration with comments, to begin with
    Init(init::Arguments),
    /// Show everything at work: a development issuer, an embedded Kafka, and Oathgate between
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
}

/// Does what `arguments`, the program's name first, ask for.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return show_usage(&error),
    };
    match arguments.command {
        Command::Serve { config } => app::serve(&config),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Login(arguments) => login::run(&arguments),
        Command::Acl(command) => acl::run(&command),
        Command::Policy(command) => policy::run(&command),
        Command::Init(arguments) => init::run(&arguments),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => demo::run(&arguments),
    }
}

/// Help and version are answers; everything else is a wrong command line.
fn show_usage(error: &clap::Error) -> ExitCode {
    // A closed output is nothing that could be told to anybody.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

/// The process's environment, as settings look it up.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `path` for a message.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn commands_have_defaults_that_fit_together() {
        let serve = parse("oathgate serve").unwrap().command;
        assert!(matches!(serve, Command::Serve { config } if config == Path::new("oathgate.toml")));
        let init = parse("oathgate init").unwrap().command;
        assert!(matches!(init, Command::Init(a) if a.output == Path::new("oathgate.toml")));
    }

    #[test]
    fn wrong_usage_is_64_and_help_is_0() {
        for (line, code) in [
            ("oathgate --version", ExitCode::SUCCESS),
            ("oathgate --help", ExitCode::SUCCESS),
            ("oathgate", ExitCode::from(64)),
            ("oathgate frobnicate", ExitCode::from(64)),
            ("oathgate check --format yaml", ExitCode::from(64)),
            ("oathgate explain", ExitCode::from(64)),
            (
                "oathgate explain --token-file t --login-id l",
                ExitCode::from(64),
            ),
            (
                "oathgate explain --login-id l --pool pool-a",
                ExitCode::from(64),
            ),
        ] {
            let code_of = show_usage(&parse(line).unwrap_err());
            assert_eq!(format!("{code_of:?}"), format!("{code:?}"), "{line}");
        }
    }

    #[test]
    fn the_version_names_a_commit() {
        let (number, commit) = VERSION.split_once(" (").unwrap();
        assert_eq!(number, env!("CARGO_PKG_VERSION"));
        assert!(commit.len() > 2, "{VERSION}");
    }
}
