//! `oathgate explain --login-id`: what the audit file says of a login.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::ExitCode,
};

use serde_json::Value;

use super::{Format, explain::usage, shown};
use crate::control::settings::{AuditSink, Checked};

/// Looks `login_id` up and tells all that is known of it. 0 if that login was accepted.
pub(super) fn run(checked: &Checked, login_id: &str, format: Format) -> ExitCode {
    let Some(AuditSink::File(path)) = &checked.audit else {
        return usage("the configuration has no [audit] file to look the login id up in");
    };
    let events = match find(path, login_id) {
        Ok(events) => events,
        Err(error) => return usage(&format!("{}: cannot be read: {error}", shown(path))),
    };
    if events.is_empty() {
        let file = shown(path);
        return usage(&format!(
            "{file} knows no login {login_id}; look in rotated files, and at other replicas"
        ));
    }
    let accepted = events.iter().any(was_accepted);
    let mut out = io::stdout().lock();
    let told = match format {
        Format::Json => writeln!(out, "{}", Value::Array(events)),
        Format::Text => events.iter().try_for_each(|event| tell(&mut out, event)),
    };
    if told.is_ok() && accepted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The events of the file at `path` that are about `login_id`.
fn find(path: &Path, login_id: &str) -> io::Result<Vec<Value>> {
    let mut events = Vec::new();
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        // A line that was cut off by a full disk is no JSON; the others still count.
        if line.contains(login_id)
            && let Ok(event) = serde_json::from_str::<Value>(&line)
            && at(&event, "/data/request/loginId") == Some(login_id)
        {
            events.push(event);
        }
    }
    Ok(events)
}

fn at<'a>(event: &'a Value, pointer: &str) -> Option<&'a str> {
    event.pointer(pointer)?.as_str()
}

fn was_accepted(event: &Value) -> bool {
    at(event, "/data/result/status") == Some("SUCCESS")
}

fn tell(out: &mut dyn Write, event: &Value) -> io::Result<()> {
    let lines = [
        ("time", "/time"),
        ("what", "/data/methodName"),
        ("status", "/data/result/status"),
        ("reason", "/data/result/reason"),
        ("detail", "/data/result/message"),
        ("cluster", "/data/resourceName"),
        ("listener", "/data/request/listener"),
        ("client", "/data/request/peerAddress"),
        ("software", "/data/request/clientSoftware"),
        ("provider", "/data/authenticationInfo/provider"),
        ("identity", "/data/authenticationInfo/identity"),
        ("principal", "/data/authenticationInfo/principal"),
        ("upstream", "/data/authenticationInfo/upstreamIdentity"),
    ];
    for (name, pointer) in lines {
        if let Some(text) = at(event, pointer) {
            writeln!(out, "{name:<10}{text}")?;
        }
    }
    if let Some(reason) = at(event, "/data/result/reason") {
        writeln!(out, "what to do: docs/TROUBLESHOOTING.md, {reason}")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_found_by_its_id_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let event = |id: &str, reason: &str| {
            format!(
                "{{\"time\":\"t\",\"data\":{{\"request\":{{\"loginId\":\"{id}\"}},\
                 \"result\":{{\"status\":\"REFUSED\",\"reason\":\"{reason}\"}}}}}}\n"
            )
        };
        let text = format!(
            "{}{}torn abc\n",
            event("abc", "ONE_THING"),
            event("abcd", "OTHER")
        );
        std::fs::write(&path, text).unwrap();
        let found = find(&path, "abc").unwrap();
        assert_eq!(found.len(), 1);
        let mut out = Vec::new();
        tell(&mut out, &found[0]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("reason    ONE_THING"), "{text}");
        assert!(text.contains("what to do"), "{text}");
        assert!(!was_accepted(&found[0]));
        assert!(find(&directory.path().join("none"), "abc").is_err());
    }
}
