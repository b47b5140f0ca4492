//! The direction of dependencies, kept by a test; needs no dependency.
//!
//! Each top-level module of the crate may import only what its row of `ALLOWED` names.
//! A new module, or a new arrow, is a decision: it is made here, in review.
//!
//! It reads source text: paths built by macros or re-exported at the crate root escape it
//! (so `lib.rs` stays a plain list of modules), a path inside `/* */` counts as an import,
//! and arrows inside `proxy/` and `control/` are not checked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::{collections::BTreeSet, fs, path::Path};

/// Module, then the modules it may import. A row names only rows above it.
const ALLOWED: &[(&str, &str)] = &[
    ("limits", ""),
    ("secret", ""),
    ("clock", ""),
    ("telemetry", ""),
    ("wire", "limits"),
    ("identity", "limits secret clock telemetry"),
    ("policy", "limits identity"),
    ("snapshot", "limits secret identity policy"),
    ("status", "identity"),
    (
        "proxy",
        "limits secret clock telemetry wire identity policy snapshot status",
    ),
    (
        "control",
        "limits secret clock telemetry identity policy snapshot status",
    ),
    (
        "app",
        "limits secret clock telemetry identity policy snapshot status proxy control",
    ),
    ("demo", "limits secret clock telemetry policy control app"),
    ("cli", "secret telemetry identity policy control app demo"),
];

/// Most lines a source file may have before its unit tests. Split by noun, not by size.
const LINES_MAX: usize = 600;

#[test]
fn modules_import_only_what_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    visit(&src, &mut |file| {
        let top = file
            .strip_prefix(&src)
            .unwrap()
            .components()
            .next()
            .unwrap();
        let top = top.as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if matches!(top, "lib" | "main") {
            return;
        }
        let text = fs::read_to_string(file).unwrap();
        if text.contains("super::super") {
            found.insert(format!(
                "{top}: `super::super` hides the arrow; write `crate::`  ({})",
                file.display()
            ));
        }
        // In `src/x.rs` and `src/x/mod.rs`, `super` is the crate itself.
        let at_root = file == src.join(format!("{top}.rs")) || file == src.join(top).join("mod.rs");
        let text = if at_root {
            text.replace("super::", "crate::")
        } else {
            text
        };
        for used in crate_paths(&text) {
            if at_root && !ALLOWED.iter().any(|(name, _)| *name == used) {
                continue; // `super::Item` from an inner `mod tests`, or a macro of the crate.
            }
            let known = ALLOWED.iter().find(|(name, _)| *name == top);
            let (_, may) = known.unwrap_or_else(|| panic!("{top}: no row in ALLOWED"));
            if used != top && !may.split(' ').any(|m| m == used) {
                found.insert(format!("{top} -> {used}  ({})", file.display()));
            }
        }
    });
    assert!(found.is_empty(), "forbidden imports:\n{found:#?}");
}

#[test]
fn the_table_has_no_cycle() {
    // A row may name only rows above it, so the table is its own topological order.
    for (at, (name, may)) in ALLOWED.iter().enumerate() {
        for used in may.split_whitespace() {
            let above = ALLOWED[..at].iter().any(|(earlier, _)| *earlier == used);
            assert!(above, "{name} names {used}, which is not above it");
        }
    }
}

#[test]
fn no_file_outgrows_its_reader() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    visit(&src, &mut |file| {
        let text = fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().count();
        assert!(lines <= LINES_MAX, "{}: {lines} lines", file.display());
    });
}

/// Where codes that people see are named, and what else is spelt like one there.
const CODES: [&str; 3] = ["proxy", "identity/reason.rs", "status.rs"];
const NO_CODES: [&str; 3] = ["CARGO_PKG_VERSION", "OAUTHBEARER", "UNKNOWN"];

#[test]
fn every_code_has_a_row_that_says_what_to_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/TROUBLESHOOTING.md")).unwrap();
    let mut codes = BTreeSet::new();
    visit(&root.join("src"), &mut |file| {
        let place = file.strip_prefix(root.join("src")).unwrap();
        if CODES.iter().any(|owner| place.starts_with(owner)) {
            let text = fs::read_to_string(file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            codes.extend(
                code.split('"')
                    .filter(|word| is_code(word))
                    .map(str::to_owned),
            );
        }
    });
    assert!(codes.len() > 60, "{codes:?}");
    let missing: Vec<_> = codes
        .iter()
        .filter(|code| !NO_CODES.contains(&code.as_str()))
        .filter(|code| !page.contains(&format!("\n| `{code}` | ")))
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/TROUBLESHOOTING.md: {missing:?}"
    );
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let gone: Vec<_> = rows
        .filter_map(|row| row.split('`').next())
        .filter(|code| !codes.contains(*code))
        .collect();
    assert!(
        gone.is_empty(),
        "in docs/TROUBLESHOOTING.md, but no code: {gone:?}"
    );
}

/// Five or more characters of a code, as in `TOKEN_EXPIRED`.
fn is_code(word: &str) -> bool {
    let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    word.len() >= 5 && word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(legal)
}

/// First segment of every `crate::x` and of every `crate::{x::y, z}` in `text`, comments aside.
fn crate_paths(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|l| l.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    let mut out = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            out.extend(first_word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (i, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    start = false;
                    out.extend(first_word(&group[i..]));
                }
                _ => {}
            }
        }
    }
    out
}

fn first_word(s: &str) -> Option<String> {
    let end = s
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(s.len());
    (end > 0).then(|| s[..end].to_owned())
}

fn visit(dir: &Path, f: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, f);
        } else if path.extension().is_some_and(|e| e == "rs") {
            f(&path);
        }
    }
}

/// Versions from which a crate is free of the advisories that tokens and TLS were tried against; `None`
/// = it must not be there at all.
const ADVISED: &[(&str, Option<[u64; 3]>)] = &[
    // RUSTSEC-2023-0071: its decryption tells by time; no version is mended.
    ("rsa", None),
    // RUSTSEC-2026-0044 to 0048.
    ("aws-lc-sys", Some([0, 39, 0])),
    // RUSTSEC-2026-0049, 0098, 0099, 0104.
    ("rustls-webpki", Some([0, 103, 13])),
    // CVE-2026-25537.
    ("jsonwebtoken", Some([10, 3, 0])),
];

#[test]
fn no_crate_has_an_advisory_we_know() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let value = |line: Option<&str>, key: &str| {
        let text = line?.strip_prefix(key)?.trim();
        Some(text.trim_matches('"').to_owned())
    };
    let mut seen = BTreeSet::new();
    for package in lock.split("[[package]]").skip(1) {
        let mut lines = package.trim_start().lines();
        let name = value(lines.next(), "name =").unwrap();
        let version = value(lines.next(), "version =").unwrap();
        for (advised, from) in ADVISED.iter().filter(|(advised, _)| *advised == name) {
            let numbers = version.split(['-', '+']).next().unwrap().split('.');
            let numbers: Vec<u64> = numbers.map(|number| number.parse().unwrap()).collect();
            let good = from.is_some_and(|from| numbers.as_slice() >= from.as_slice());
            assert!(good, "{advised} {version}: {from:?} is wanted");
        }
        seen.insert(name);
    }
    // What is looked for under another name would never be found.
    for name in ["aws-lc-sys", "rustls-webpki"] {
        assert!(seen.contains(name), "{name}");
    }
}
