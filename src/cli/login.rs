//! `oathgate login`: a token of a provider on standard output or in a file, prompts on standard error.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::explain::{load, usage};
use crate::{
    app::{self, LoggedIn},
    identity::Prompt,
    secret::Secret,
};

/// Arguments of `oathgate login`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    config: PathBuf,
    /// The provider, as `name` or `organization/name`; may be left out where there is one
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Its client: a client id, or a component of `oidc_clients` as `name` or `namespace/name`
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Write the token to this file, which its owner alone may read, instead of standard output
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Write the refresh token to this file, if there is one; it is dropped otherwise
    #[arg(long, value_name = "FILE")]
    refresh_token_file: Option<PathBuf>,
}

/// 0 with a token, 1 without one, 64 for a fault of the configuration or the arguments.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let checked = match load(&arguments.config) {
        Ok(checked) => checked,
        Err(faults) => return usage(&faults),
    };
    let (provider, client) = (arguments.provider.as_deref(), arguments.client.as_deref());
    let got = match app::login(&checked, provider, client, show) {
        Ok(got) => got,
        Err(error) if error.is_usage() => return usage(&error.to_string()),
        Err(error) => return fail(&error.to_string()),
    };
    match hand_over(arguments, &got) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("the token cannot be written: {error}")),
    }
}

/// Asks the person at the terminal to decide.
fn show(prompt: &Prompt) {
    let mut err = io::stderr().lock();
    // A closed standard error leaves nobody to ask; the code then runs out.
    drop(writeln!(
        err,
        "Open {} and enter the code {}",
        prompt.uri, prompt.code
    ));
    if let Some(uri) = &prompt.uri_with_code {
        drop(writeln!(err, "or open {uri}"));
    }
}

fn hand_over(arguments: &Arguments, got: &LoggedIn) -> io::Result<()> {
    match (&got.refresh, &arguments.refresh_token_file) {
        (Some(refresh), Some(file)) => write(file, refresh)?,
        (None, Some(_)) => drop(writeln!(io::stderr().lock(), "there is no refresh token")),
        (_, None) => {}
    }
    match &arguments.token_file {
        Some(file) => write(file, &got.token),
        None => writeln!(io::stdout().lock(), "{}", got.token.expose()),
    }
}

/// Puts `secret` into `file`, whole or not at all, for its owner alone, whoever could read what was
/// there before.
fn write(file: &Path, secret: &Secret) -> io::Result<()> {
    let mut beside = OsString::from(file);
    beside.push(".new");
    drop(fs::remove_file(&beside));
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    writeln!(new, "{}", secret.expose())?;
    new.sync_all()?;
    fs::rename(&beside, file)
}

fn fail(problem: &str) -> ExitCode {
    // A closed standard error leaves nobody to tell.
    drop(writeln!(io::stderr().lock(), "{problem}"));
    ExitCode::FAILURE
}
