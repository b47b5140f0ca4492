//! Tells the crate which commit it is built from, for `oathgate --version`.
//!
//! `OATHGATE_COMMIT` in the environment wins, for builds from an archive or in an image without
//! `.git`; else git is asked; else it is "unknown". Runs again only when the commit changes.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=OATHGATE_COMMIT");
    // Every commit and checkout appends to this log. A path that does not exist would make cargo
    // run this script each time.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    let given = std::env::var("OATHGATE_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty());
    let commit = given.or_else(|| git(&["rev-parse", "--short", "HEAD"]));
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=OATHGATE_COMMIT={commit}");
}

/// What git answers, on one line; `None` without git or outside a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
