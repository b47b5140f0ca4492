//! Reading one table of the file: typed access to its keys, every slip noted with its path.
//! Knows the tree and the schema, not what values mean.

use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use toml::de::{DeTable, DeValue};

use super::{
    document::join,
    finding::Findings,
    schema::{Table, is_secret, nearest},
    value::{parse_duration, parse_size, show_duration, show_size, unix_time},
};
use crate::clock::UnixTime;

/// One table of the file, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Section<'a> {
    path: String,
    table: &'a DeTable<'a>,
    schema: Table,
}

/// A text of a list or of a table whose keys the user chooses.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// Its path.
    pub(super) path: String,
    /// Its key, or empty in a list.
    pub(super) key: &'a str,
    /// The text.
    pub(super) text: &'a str,
}

impl<'a> Section<'a> {
    /// The table at `path`. Keys that `schema` does not have are faults, and so is a key that is
    /// there under two names. A name of another product may be `table.key`: it has the key in a
    /// table of its own.
    pub(super) fn open(
        path: String,
        table: &'a DeTable<'a>,
        schema: Table,
        findings: &mut Findings,
    ) -> Self {
        let section = Self {
            path,
            table,
            schema,
        };
        for (key, value) in table {
            let key: &str = key.get_ref();
            match value.get_ref().as_table() {
                Some(inner) if section.is_wrapper(key) => {
                    for inner in inner.keys() {
                        section.check_key(Some(key), inner.get_ref(), findings);
                    }
                }
                _ => section.check_key(None, key, findings),
            }
        }
        section
    }

    /// Path of the table itself.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Path of `key` in it, by the name that the file uses.
    pub(super) fn path_of(&self, key: &str) -> String {
        match self.written(key).split_once('.') {
            Some((wrapper, inner)) => join(&join(&self.path, wrapper), inner),
            None => join(&self.path, self.written(key)),
        }
    }

    /// Notes that `key`, of the table itself or of `wrapper` in it, is unknown or there twice.
    fn check_key(&self, wrapper: Option<&str>, key: &str, findings: &mut Findings) {
        let (name, path) = match wrapper {
            Some(wrapper) => (
                format!("{wrapper}.{key}"),
                join(&join(&self.path, wrapper), key),
            ),
            None => (key.to_owned(), join(&self.path, key)),
        };
        let meant = self.schema.aliases.iter().find(|(alias, _)| *alias == name);
        if let Some((_, meant)) = meant {
            let first = self.written(meant);
            if first != name {
                let problem = format!("means the same as `{first}`; keep one of the two");
                findings.fault(&path, "", problem);
            }
            return;
        }
        // The value is left out: it may be a secret.
        match wrapper {
            Some(wrapper) => {
                findings.fault(&path, "", unknown_key(key, &self.inner_keys(wrapper)));
            }
            None if self.schema.keys.contains(&key) => {}
            None if self.is_wrapper(key) => findings.fault(&path, "", "must be a table"),
            None => findings.fault(&path, "", unknown_key(key, self.schema.keys)),
        }
    }

    /// Whether `key` is a table that another product puts around some of the keys.
    fn is_wrapper(&self, key: &str) -> bool {
        !self.inner_keys(key).is_empty()
    }

    /// What may stand in the table `wrapper` of another product.
    fn inner_keys(&self, wrapper: &str) -> Vec<&'static str> {
        let aliases = self.schema.aliases.iter();
        let inner = aliases.filter_map(|(alias, _)| alias.split_once('.'));
        inner
            .filter(|(around, _)| *around == wrapper)
            .map(|(_, key)| key)
            .collect()
    }

    /// The name by which the file has `key`: itself, or an alias; itself if it has it not.
    fn written<'k>(&self, key: &'k str) -> &'k str {
        let aliases = self.schema.aliases.iter();
        let aliases = aliases.filter(|(_, meant)| *meant == key);
        let mut names = std::iter::once(key).chain(aliases.map(|(alias, _)| *alias));
        names
            .find(|name| self.value_at(name).is_some())
            .unwrap_or(key)
    }

    /// The value that the file has under `name`, which may lead into another product's table.
    fn value_at(&self, name: &str) -> Option<&'a DeValue<'a>> {
        let value = |table: &'a DeTable<'a>, key: &str| table.get(key).map(toml::Spanned::get_ref);
        match name.split_once('.') {
            Some((wrapper, inner)) => value(value(self.table, wrapper)?.as_table()?, inner),
            None => value(self.table, name)
                .filter(|value| value.as_table().is_none() || !self.is_wrapper(name)),
        }
    }

    /// Whether `key` is there at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The text at `key`; absent or not a text (a fault) is `None`.
    pub(super) fn text(&self, key: &str, findings: &mut Findings) -> Option<&'a str> {
        let value = self.get(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong_type(key, value, "a string", findings);
        }
        text
    }

    /// The text at `key`, whose absence is a fault; `what` says what to write.
    pub(super) fn required(
        &self,
        key: &str,
        what: &str,
        findings: &mut Findings,
    ) -> Option<&'a str> {
        if !self.has(key) {
            findings.fault(&self.path_of(key), "", format!("is missing; write {what}"));
        }
        self.text(key, findings)
    }

    /// The text at `key` as `parse` understands it; what it refuses is a fault.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        findings: &mut Findings,
    ) -> Option<T> {
        let text = self.text(key, findings)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                findings.fault(&self.path_of(key), text, problem.to_string());
                None
            }
        }
    }

    /// As [`Self::parsed`], where absence is a fault too.
    pub(super) fn required_parsed<T, E: Display>(
        &self,
        key: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        findings: &mut Findings,
    ) -> Option<T> {
        if !self.has(key) {
            findings.fault(&self.path_of(key), "", format!("is missing; write {what}"));
        }
        self.parsed(key, parse, findings)
    }

    /// One of a closed set of words, each with what it stands for; absent is `None`.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        let text = self.text(key, findings)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("{word:?}"))
                .collect();
            let problem = format!("is none of {}", words.join(", "));
            findings.fault(&self.path_of(key), text, problem);
        }
        found.map(|(_, value)| *value)
    }

    /// As [`Self::choice`], where absence is a fault too; `what` says what to write.
    pub(super) fn required_choice<T: Copy>(
        &self,
        key: &str,
        what: &str,
        choices: &[(&str, T)],
        findings: &mut Findings,
    ) -> Option<T> {
        if !self.has(key) {
            findings.fault(&self.path_of(key), "", format!("is missing; write {what}"));
        }
        self.choice(key, choices, findings)
    }

    /// The boolean at `key`; absent is false.
    pub(super) fn flag(&self, key: &str, findings: &mut Findings) -> bool {
        let Some(value) = self.get(key) else {
            return false;
        };
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "true or false", findings);
        }
        flag.unwrap_or(false)
    }

    /// The whole number at `key`, within `bounds`.
    pub(super) fn integer(
        &self,
        key: &str,
        bounds: RangeInclusive<i64>,
        findings: &mut Findings,
    ) -> Option<i64> {
        let value = self.get(key)?;
        let Some(integer) = value.as_integer() else {
            self.wrong_type(key, value, "a whole number", findings);
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            let problem = format!("must be from {} to {}", bounds.start(), bounds.end());
            findings.fault(&self.path_of(key), &integer.to_string(), problem);
        }
        number
    }

    /// The TCP port at `key`, 1 to 65535.
    pub(super) fn port(&self, key: &str, findings: &mut Findings) -> Option<u16> {
        let port = self.integer(key, 1..=i64::from(u16::MAX), findings)?;
        u16::try_from(port).ok()
    }

    /// The duration at `key`, within `bounds`; absent is `None`.
    pub(super) fn duration(
        &self,
        key: &str,
        bounds: RangeInclusive<Duration>,
        findings: &mut Findings,
    ) -> Option<Duration> {
        let duration = self.parsed(key, parse_duration, findings)?;
        if !bounds.contains(&duration) {
            let (least, most) = (show_duration(*bounds.start()), show_duration(*bounds.end()));
            let problem = format!("must be from {least} to {most}");
            findings.fault(&self.path_of(key), &show_duration(duration), problem);
            return None;
        }
        Some(duration)
    }

    /// The size in bytes at `key`, within `bounds`; absent is `None`.
    pub(super) fn size(
        &self,
        key: &str,
        bounds: RangeInclusive<usize>,
        findings: &mut Findings,
    ) -> Option<usize> {
        let size = self.parsed(key, parse_size, findings)?;
        if !bounds.contains(&size) {
            let (least, most) = (show_size(*bounds.start()), show_size(*bounds.end()));
            let problem = format!("must be from {least} to {most}");
            findings.fault(&self.path_of(key), &show_size(size), problem);
            return None;
        }
        Some(size)
    }

    /// The list of texts at `key`; absent is `None`, an item that is no text is a fault.
    pub(super) fn texts(&self, key: &str, findings: &mut Findings) -> Option<Vec<Item<'a>>> {
        let value = self.get(key)?;
        let Some(array) = value.as_array() else {
            self.wrong_type(key, value, "a list of strings", findings);
            return None;
        };
        let mut items = Vec::new();
        for (at, item) in array.iter().enumerate() {
            let path = format!("{}[{at}]", self.path_of(key));
            match item.get_ref().as_str() {
                Some(text) => items.push(Item {
                    path,
                    key: "",
                    text,
                }),
                None => findings.fault(&path, "", "must be a string"),
            }
        }
        Some(items)
    }

    /// As [`Self::texts`], where one text may stand for a list of one.
    pub(super) fn text_or_texts(
        &self,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Vec<Item<'a>>> {
        match self.get(key)?.as_str() {
            Some(text) => Some(vec![Item {
                path: self.path_of(key),
                key: "",
                text,
            }]),
            None => self.texts(key, findings),
        }
    }

    /// The time at `key`, a date and time of TOML with its offset; absent is `None`.
    pub(super) fn time(&self, key: &str, findings: &mut Findings) -> Option<UnixTime> {
        let value = self.get(key)?;
        let Some(time) = value.as_datetime() else {
            self.wrong_type(
                key,
                value,
                "a date and time, as in 2026-11-23T12:00:00Z",
                findings,
            );
            return None;
        };
        let unix = unix_time(time);
        if unix.is_none() {
            let problem = "lacks its date, time or offset; write it as in 2026-11-23T12:00:00Z";
            findings.fault(&self.path_of(key), &time.to_string(), problem);
        }
        unix
    }

    /// The pairs of the table at `key`, whose keys the user chooses and whose values are texts.
    pub(super) fn pairs(&self, key: &str, findings: &mut Findings) -> Vec<Item<'a>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, "a table", findings);
            return Vec::new();
        };
        let mut items = Vec::new();
        for (name, value) in table {
            let path = join(&self.path_of(key), name.get_ref());
            match value.get_ref().as_str() {
                Some(text) => items.push(Item {
                    path,
                    key: name.get_ref(),
                    text,
                }),
                None => findings.fault(&path, "", "must be a string"),
            }
        }
        items
    }

    /// The table at `key`; absent or not a table (a fault) is `None`.
    pub(super) fn table(&self, key: &str, schema: Table, findings: &mut Findings) -> Option<Self> {
        let value = self.get(key)?;
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, "a table", findings);
            return None;
        };
        Some(Section::open(self.path_of(key), table, schema, findings))
    }

    /// The list of tables at `key`, empty when absent; an item that is no table is a fault.
    pub(super) fn tables(&self, key: &str, schema: Table, findings: &mut Findings) -> Vec<Self> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(array) = value.as_array() else {
            let wanted = format!("a list of tables; write `[[{}]]`", schema.name);
            self.wrong_type(key, value, &wanted, findings);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (at, item) in array.iter().enumerate() {
            let path = format!("{}[{at}]", self.path_of(key));
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::open(path, table, schema, findings)),
                None => findings.fault(&path, "", format!("must be a table `[[{}]]`", schema.name)),
            }
        }
        sections
    }

    fn get(&self, key: &str) -> Option<&'a DeValue<'a>> {
        debug_assert!(
            self.schema.keys.contains(&key),
            "{key} is not in the schema of {}",
            self.path
        );
        self.value_at(self.written(key))
    }

    fn wrong_type(&self, key: &str, value: &DeValue<'_>, wanted: &str, findings: &mut Findings) {
        let shown = match value {
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(flag) => flag.to_string(),
            _ => String::new(),
        };
        let problem = format!("must be {wanted}, not {}", article(value.type_str()));
        findings.fault(&self.path_of(key), &shown, problem);
    }
}

fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

fn unknown_key(key: &str, keys: &[&'static str]) -> String {
    if is_secret(key) {
        let stem = if keys.contains(&"client_secret_file") {
            "client_secret"
        } else {
            "password"
        };
        return format!(
            "secrets do not go into this file, which ends up in version control: write \
             `{stem}_file = \"<path>\"` or `{stem}_env = \"<variable>\"`"
        );
    }
    match nearest(key, keys) {
        Some(near) => format!("unknown key; did you mean `{near}`?"),
        None => format!("unknown key; here may stand: {}", keys.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::settings::{document::Document, finding::Finding, schema};

    fn read(text: &str, look: impl FnOnce(&Section<'_>, &mut Findings)) -> Vec<Finding> {
        let mut findings = Findings::default();
        let document = Document::parse(text, &mut findings).unwrap();
        let root = Section::open(String::new(), document.root(), schema::ROOT, &mut findings);
        let limits = root.table("limits", schema::LIMITS, &mut findings).unwrap();
        look(&limits, &mut findings);
        findings.sorted(|path| document.line_of(path))
    }

    #[test]
    fn every_wrong_type_and_unknown_key_is_noted_at_once() {
        let text = "[limits]\nlogin_deadline = 5\nmax_connections = \"x\"\nmaxheld = 1\n\
                    password = \"hunter2\"\nclient_errors = [1]\n";
        let found = read(text, |limits, findings| {
            let seconds = Duration::from_secs(1)..=Duration::from_secs(9);
            assert_eq!(limits.duration("login_deadline", seconds, findings), None);
            assert_eq!(limits.integer("max_connections", 1..=9, findings), None);
            assert_eq!(
                limits.choice("client_errors", &[("reason", 1)], findings),
                None
            );
        });
        let seen: Vec<_> = found
            .iter()
            .map(|f| (f.path.as_str(), f.line, f.problem.as_str()))
            .collect();
        let expected = [
            ("limits.client_errors", 6, "must be a string, not an array"),
            (
                "limits.login_deadline",
                2,
                "must be a string, not an integer",
            ),
            (
                "limits.max_connections",
                3,
                "must be a whole number, not a string",
            ),
            ("limits.maxheld", 4, "unknown key; did you mean `max_held`?"),
            ("limits.password", 5, "secrets do not go"),
        ];
        assert_eq!(seen.len(), expected.len(), "{seen:?}");
        for ((path, line, problem), (p, l, words)) in seen.iter().zip(expected) {
            assert_eq!((*path, *line), (p, Some(l)));
            assert!(problem.starts_with(words), "{path}: {problem}");
        }
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn bounds_are_told_in_the_units_of_the_file() {
        let found = read(
            "[limits]\nfailure_delay = \"1m\"\nmax_held = \"1GiB\"\n",
            |limits, f| {
                limits.duration("failure_delay", Duration::ZERO..=Duration::from_secs(5), f);
                limits.size("max_held", 1024..=1 << 20, f);
            },
        );
        let problems: Vec<_> = found.iter().map(|f| f.problem.as_str()).collect();
        assert_eq!(
            problems,
            ["must be from 0s to 5s", "must be from 1KiB to 1MiB"]
        );
    }
}
