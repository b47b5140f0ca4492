//! `oathgate acl import`: a cluster's own ACLs as `[[acls]]`, on standard output.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use super::explain::{load, usage};
use crate::{
    app::{self, ALLOW_IF_NO_ACL, Imported, SUPER_USERS, Unusable},
    control::settings::acl,
};

/// What can be done with ACLs.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Write the ACLs that a cluster's brokers have as `[[acls]]`, to be put into the configuration
    Import(Arguments),
}

/// Arguments of `oathgate acl import`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    config: PathBuf,
    /// The cluster whose brokers are asked, by its upstream credential
    #[arg(long, value_name = "ID")]
    from_cluster: String,
}

/// 0 if the ACLs were written, 1 if brokers did not tell them, 64 for a fault of the configuration or
/// the arguments.
pub(super) fn run(command: &Command) -> ExitCode {
    let Command::Import(arguments) = command;
    let checked = match load(&arguments.config) {
        Ok(checked) => checked,
        Err(faults) => return usage(&faults),
    };
    match app::import_acls(&checked, &arguments.from_cluster) {
        Ok(imported) => match tell(&mut io::stdout().lock(), &imported) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error @ (app::ImportError::Cluster { .. } | app::ImportError::NoCredential(_))) => {
            usage(&error.to_string())
        }
        Err(error) => {
            // A closed standard error leaves nobody to tell.
            drop(writeln!(io::stderr().lock(), "{error}"));
            ExitCode::FAILURE
        }
    }
}

fn tell(out: &mut dyn Write, imported: &Imported) -> io::Result<()> {
    let cluster = &imported.cluster.id;
    writeln!(
        out,
        "# ACLs of {cluster}: {} that can decide, {} that cannot.",
        imported.acls.len(),
        imported.unusable.len()
    )?;
    tell_settings(out, imported)?;
    for acl in &imported.acls {
        write!(out, "\n{}", acl::to_toml(&acl::fields(cluster, acl)))?;
    }
    for Unusable { fields, why } in &imported.unusable {
        writeln!(out, "\n# Left out: {}.", on_one_line(why))?;
        for line in acl::to_toml(fields).lines() {
            writeln!(out, "# {line}")?;
        }
    }
    Ok(())
}

/// Hints about what decides on the brokers beside their ACLs.
fn tell_settings(out: &mut dyn Write, imported: &Imported) -> io::Result<()> {
    let settings = match &imported.settings {
        Ok(settings) => settings,
        Err(problem) => {
            let problem = on_one_line(problem);
            return writeln!(
                out,
                "# The settings of the brokers were not told ({problem}): look for {ALLOW_IF_NO_ACL} \
                 and {SUPER_USERS} there."
            );
        }
    };
    match settings.get(ALLOW_IF_NO_ACL) {
        Some(Some(value)) if value == "true" => writeln!(
            out,
            "# The brokers have {ALLOW_IF_NO_ACL}=true; in the table of this cluster:\n\
             #     allow_if_no_acl = true"
        )?,
        Some(None) => writeln!(
            out,
            "# The brokers set {ALLOW_IF_NO_ACL} and do not tell to what. If it is true, write in the \
             table of\n# this cluster:\n#     allow_if_no_acl = true"
        )?,
        _ => {}
    }
    match settings.get(SUPER_USERS) {
        None => Ok(()),
        Some(value) => {
            let told = value.as_deref().unwrap_or("they do not tell whom");
            let told = on_one_line(told);
            writeln!(
                out,
                "# The brokers have {SUPER_USERS} ({told}). For each who is a client of Oathgate, in the \
                 table of\n# this cluster:\n#     super_principals = [{{ provider = \"...\", principal \
                 = \"User:...\" }}]"
            )
        }
    }
}

/// `text` without what would end a comment.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
