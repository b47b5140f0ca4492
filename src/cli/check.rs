//! `oathgate check`: every finding of a configuration, for people or for programs.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::json;

use super::{Format, USAGE, environment};
use crate::{
    app,
    control::settings::{
        self,
        finding::{Finding, Severity},
    },
};

/// Arguments of `oathgate check`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    config: PathBuf,
    /// Also try what it names: DNS, the providers' discovery and keys, the login to each cluster
    #[arg(long)]
    online: bool,
    /// Lines of text on standard error, or one JSON object on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Checks and tells; 64 if there is any fault.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let findings = find(&arguments.config, arguments.online);
    tell(&findings, arguments.format)
}

/// Tells `findings`; 64 if there is any fault.
pub(super) fn tell(findings: &[Finding], format: Format) -> ExitCode {
    let told = match format {
        Format::Text => tell_text(&mut io::stderr().lock(), findings),
        Format::Json => tell_json(&mut io::stdout().lock(), findings),
    };
    if told.is_err() {
        return ExitCode::FAILURE;
    }
    if count(findings, Severity::Fault) > 0 {
        ExitCode::from(USAGE)
    } else {
        ExitCode::SUCCESS
    }
}

fn find(config: &Path, online: bool) -> Vec<Finding> {
    let checked = match settings::load(config, &environment) {
        Ok(checked) => checked,
        Err(findings) => return findings,
    };
    let probed = if online {
        app::probe(&checked)
    } else {
        Vec::new()
    };
    let mut findings = checked.warnings;
    findings.extend(probed);
    findings.sort_by(|a, b| a.path.cmp(&b.path));
    findings
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings
        .iter()
        .filter(|finding| finding.severity == severity)
        .count()
}

fn tell_text(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    let (faults, warnings) = (
        count(findings, Severity::Fault),
        count(findings, Severity::Warning),
    );
    writeln!(
        out,
        "{}, {}",
        counted(faults, "fault"),
        counted(warnings, "warning")
    )
}

pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn tell_json(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    let all: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "severity": finding.severity.as_str(),
                "path": finding.path,
                "line": finding.line,
                "value": finding.value,
                "problem": finding.problem,
            })
        })
        .collect();
    let report = json!({
        "faults": count(findings, Severity::Fault),
        "warnings": count(findings, Severity::Warning),
        "findings": all,
    });
    writeln!(out, "{report}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        let finding = |severity, path: &str, line, value: &str, problem: &str| Finding {
            severity,
            path: path.to_owned(),
            line,
            value: value.to_owned(),
            problem: problem.to_owned(),
        };
        vec![
            finding(
                Severity::Fault,
                "listeners[0].bind",
                Some(3),
                "x",
                "is not an address",
            ),
            finding(Severity::Warning, "clusters", None, "", "is odd"),
        ]
    }

    #[test]
    fn text_ends_with_the_counts() {
        let mut out = Vec::new();
        tell_text(&mut out, &findings()).unwrap();
        let expected = "fault line 3 listeners[0].bind = \"x\": is not an address\n\
                        warning clusters: is odd\n1 fault, 1 warning\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        let mut out = Vec::new();
        tell_text(&mut out, &[]).unwrap();
        assert_eq!(out, b"0 faults, 0 warnings\n");
    }

    #[test]
    fn json_holds_the_same() {
        let mut out = Vec::new();
        tell_json(&mut out, &findings()).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(report["faults"], 1);
        assert_eq!(report["findings"][0]["line"], 3);
        assert_eq!(report["findings"][1]["severity"], "warning");
    }

    #[test]
    fn a_file_that_is_not_there_is_a_fault() {
        let directory = tempfile::tempdir().unwrap();
        let found = find(&directory.path().join("none.toml"), false);
        assert_eq!(count(&found, Severity::Fault), 1);
        assert!(found[0].problem.starts_with("cannot be read"), "{found:?}");
    }
}
