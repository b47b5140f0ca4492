//! The raw stage: the file's text as a tree that remembers its lines. Knows TOML, not what the
//! keys mean.
//!
//! The tree is read key by key (`section`) rather than by one derived deserializer, because the
//! latter stops at its first fault and a user wants all of them.

use std::collections::HashMap;

use toml::de::{DeTable, DeValue};

use super::finding::Findings;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Document<'a> {
    root: DeTable<'a>,
    lines: HashMap<String, usize>,
}

impl<'a> Document<'a> {
    /// Parses `text`. Syntax errors become faults with their line; what could be read all the same
    /// is not looked at then, because guesses about a broken file mislead. `None` in that case.
    pub(super) fn parse(text: &'a str, findings: &mut Findings) -> Option<Self> {
        let (root, errors) = DeTable::parse_recoverable(text);
        let starts = Starts::of(text);
        for error in &errors {
            let line = error.span().map(|span| starts.line_at(span.start));
            findings.syntax(
                line,
                format!("not TOML: {}", error.message().replace('\n', "; ")),
            );
        }
        if !errors.is_empty() {
            return None;
        }
        let root = root.into_inner();
        let mut lines = HashMap::new();
        note_lines("", &root, &starts, &mut lines);
        Some(Self { root, lines })
    }

    /// The tree's root.
    pub(super) fn root(&self) -> &DeTable<'a> {
        &self.root
    }

    /// Line of the key at `path`, or of the nearest table around it that is in the file.
    pub(super) fn line_of(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return Some(*line);
            }
            let end = path.rfind(['.', '['])?;
            path = path.get(..end)?;
        }
    }
}

/// `parent.key`, quoted where TOML needs quotes.
pub(super) fn join(parent: &str, key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    };
    if parent.is_empty() {
        key
    } else {
        format!("{parent}.{key}")
    }
}

/// Recursion is bounded by the parser, which refuses deep nesting.
fn note_lines(
    path: &str,
    table: &DeTable<'_>,
    starts: &Starts,
    lines: &mut HashMap<String, usize>,
) {
    for (key, value) in table {
        let path = join(path, key.get_ref());
        lines.insert(path.clone(), starts.line_at(key.span().start));
        match value.get_ref() {
            DeValue::Table(inner) => note_lines(&path, inner, starts, lines),
            DeValue::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    lines.insert(path.clone(), starts.line_at(item.span().start));
                    if let DeValue::Table(inner) = item.get_ref() {
                        note_lines(&path, inner, starts, lines);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Where lines begin, so that thousands of rules are not searched for line ends from the top.
struct Starts(Vec<usize>);

impl Starts {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n');
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    /// Line, from 1, of the byte at `offset`.
    fn line_at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[admin]\nbind = \"x\"\n\n[[listeners]]\nname = \"a\"\n[[listeners]]\n\
                        name = \"b\"\n[listeners.tls]\nkey_file = \"k\"\n";

    #[test]
    fn paths_have_lines() {
        let mut findings = Findings::default();
        let document = Document::parse(TEXT, &mut findings).unwrap();
        for (path, line) in [
            ("admin.bind", Some(2)),
            ("listeners[0].name", Some(5)),
            ("listeners[1].name", Some(7)),
            ("listeners[1].tls.key_file", Some(9)),
            ("listeners[1].tls.certificate_file", Some(8)),
            ("listeners[1].bind", Some(6)),
            ("nothing", None),
        ] {
            assert_eq!(document.line_of(path), line, "{path}");
        }
    }

    #[test]
    fn broken_toml_names_its_lines() {
        let mut findings = Findings::default();
        assert!(Document::parse("a = 1\nb = \nc = [1,\n", &mut findings).is_none());
        let all = findings.sorted(|_| None);
        assert_eq!(
            all.first().and_then(|finding| finding.line),
            Some(2),
            "{all:?}"
        );
    }

    #[test]
    fn odd_keys_are_quoted() {
        assert_eq!(
            join("clusters[0].dial_map", "a:1"),
            "clusters[0].dial_map.\"a:1\""
        );
        assert_eq!(join("", "admin"), "admin");
    }
}
