//! `oathgate policy test`: whether the rules of a configuration say what is expected of them.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde_json::{Value, json};

use super::{
    Format, USAGE,
    check::{self, counted},
    environment,
};
use crate::control::settings::{
    self,
    case::{self, Case},
};

/// What can be done with rules.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Hold the rules to the expectations of a file; nothing is started
    Test(Arguments),
}

/// Arguments of `oathgate policy test`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = "oathgate.toml")]
    config: PathBuf,
    /// The file of `[[cases]]`
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Lines of text on standard error, or one JSON object on standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What came of a case.
struct Outcome<'a> {
    case: &'a Case,
    allowed: bool,
    rule: String,
}

pub(super) fn run(command: &Command) -> ExitCode {
    let Command::Test(arguments) = command;
    test(arguments)
}

/// Tries every case and tells those that fail; 64 if there is any, or a fault of either file.
fn test(arguments: &Arguments) -> ExitCode {
    let checked = settings::load(&arguments.config, &environment);
    let cases = checked.and_then(|checked| case::load(&arguments.file, &checked));
    let cases = match cases {
        Ok(cases) => cases,
        Err(findings) => return check::tell(&findings, arguments.format),
    };
    let outcomes: Vec<Outcome<'_>> = cases.iter().map(judge).collect();
    let told = match arguments.format {
        Format::Text => tell_text(&mut io::stderr().lock(), &outcomes),
        Format::Json => writeln!(io::stdout().lock(), "{}", as_json(&outcomes)),
    };
    if told.is_err() {
        ExitCode::FAILURE
    } else if outcomes.iter().all(Outcome::is_as_expected) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(USAGE)
    }
}

fn judge(case: &Case) -> Outcome<'_> {
    let policy = &case.cluster.policy;
    let decision = policy.decide(&case.who, case.operation, &case.resource());
    Outcome {
        case,
        allowed: decision.allowed,
        rule: decision.rule.to_string(),
    }
}

impl Outcome<'_> {
    fn is_as_expected(&self) -> bool {
        let Case { allowed, rule, .. } = self.case;
        self.allowed == *allowed && rule.as_ref().is_none_or(|rule| *rule == self.rule)
    }
}

const fn word(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

fn principals(case: &Case) -> Vec<String> {
    let principals = case.who.principals.iter();
    principals.map(ToString::to_string).collect()
}

fn tell_text(out: &mut dyn Write, outcomes: &[Outcome<'_>]) -> io::Result<()> {
    let failed = outcomes.iter().filter(|outcome| !outcome.is_as_expected());
    let mut failures = 0_usize;
    for Outcome {
        case,
        allowed,
        rule,
    } in failed
    {
        failures += 1;
        let line = case.line.map(|line| format!(" line {line}"));
        writeln!(
            out,
            "FAIL{} {}: {} {} by {} on {}: expected {}, the rules {}: {rule}",
            line.unwrap_or_default(),
            case.name,
            case.operation.as_str(),
            case.resource(),
            principals(case).join(", "),
            case.cluster.id,
            word(case.allowed),
            word(*allowed),
        )?;
        if let Some(expected) = case.rule.as_ref().filter(|expected| *expected != rule) {
            writeln!(out, "     expected to be decided by: {expected}")?;
        }
    }
    writeln!(
        out,
        "{}, {failures} failed",
        counted(outcomes.len(), "case")
    )
}

fn as_json(outcomes: &[Outcome<'_>]) -> Value {
    let failed = outcomes.iter().filter(|outcome| !outcome.is_as_expected());
    let all = outcomes.iter().map(|outcome| {
        let case = outcome.case;
        json!({
            "name": case.name, "line": case.line, "passed": outcome.is_as_expected(),
            "cluster": case.cluster.id.as_str(), "principals": principals(case),
            "operation": case.operation.as_str(),
            "resource_type": case.resource_type.as_str(), "resource_name": case.resource_name,
            "expected": word(case.allowed), "expected_rule": case.rule,
            "decision": word(outcome.allowed), "rule": outcome.rule,
        })
    });
    json!({
        "cases": outcomes.len(), "failed": failed.count(), "outcomes": all.collect::<Vec<_>>(),
    })
}
