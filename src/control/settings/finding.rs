//! What a check has to say about a configuration. Owns the two severities and the list they are
//! gathered in; knows nothing else.

use std::fmt;

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing may be started with it.
    Fault,
    /// It works, but probably not as meant.
    Warning,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
        }
    }
}

/// One thing wrong or doubtful in a configuration: where, what stands there, what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it keeps the configuration from being used.
    pub severity: Severity,
    /// Path of the key, as in `listeners[0].tls.key_file`; empty for the file as a whole.
    pub path: String,
    /// Line of the file, from 1; `None` where no single line is to blame.
    pub line: Option<usize>,
    /// The value as it stands there; empty when absent or secret.
    pub value: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.severity.as_str())?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        if !self.value.is_empty() {
            write!(f, " = {:?}", self.value)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// The findings of one check, gathered while it goes on: one fault never hides another.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Notes a fault at `path`, whose value is `value` (empty when absent or secret).
    pub(super) fn fault(&mut self, path: &str, value: &str, problem: impl Into<String>) {
        self.note(Severity::Fault, path, value, problem.into());
    }

    /// Notes a warning, as [`Self::fault`] does a fault.
    pub(super) fn warn(&mut self, path: &str, value: &str, problem: impl Into<String>) {
        self.note(Severity::Warning, path, value, problem.into());
    }

    fn note(&mut self, severity: Severity, path: &str, value: &str, problem: String) {
        self.0.push(Finding {
            severity,
            path: path.to_owned(),
            line: None,
            value: value.to_owned(),
            problem,
        });
    }

    /// How many faults there are so far.
    pub(super) fn faults(&self) -> usize {
        self.0
            .iter()
            .filter(|finding| finding.severity == Severity::Fault)
            .count()
    }

    /// All of them, each with its line as `line_of` knows it, sorted by path.
    pub(super) fn sorted(self, line_of: impl Fn(&str) -> Option<usize>) -> Vec<Finding> {
        let mut all = self.0;
        for finding in &mut all {
            finding.line = finding.line.or_else(|| line_of(&finding.path));
        }
        all.sort_by(|a, b| (&a.path, a.line, a.severity).cmp(&(&b.path, b.line, b.severity)));
        all
    }

    /// Notes a fault that has no path but a line: the file does not even parse.
    pub(super) fn syntax(&mut self, line: Option<usize>, problem: String) {
        self.0.push(Finding {
            severity: Severity::Fault,
            path: String::new(),
            line,
            value: String::new(),
            problem,
        });
    }
}
