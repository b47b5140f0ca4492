//! Regular expressions, compiled once. Owns their bounds: a search takes at most as many steps as
//! the text has bytes and the program states, so both together are its cost.

use std::fmt;

use regex::{Regex, RegexBuilder};
use regex_automata::nfa::thompson::NFA;

use crate::limits;

/// Largest compiled form. A repetition of a repetition grows it, and with it the cost a byte.
const COMPILED_MAX: usize = 256 * 1024;

/// Steps of a search that cost what one step of a filter does. Measured; see decision 0021.
const SEARCH_STEPS_PER_STEP: usize = 8;

/// Steps that a search costs whatever the text: the engines' memory is set up.
const SEARCH_STEPS_LEAST: usize = 8;

/// A regular expression in RE2's syntax. Equal when its text is.
#[derive(Clone)]
pub(in crate::identity) struct Pattern {
    regex: Regex,
    /// Number of states of its program: the most that a byte of a text can be held against.
    states: usize,
}

impl Pattern {
    /// Compiles `text`, at most 200 characters. `whole` = the whole text must match, as Kafka's
    /// mapping rules do; else some part of it, as CEL's `matches` does.
    ///
    /// # Errors
    /// What is wrong, to be put after the name of what holds it.
    pub(in crate::identity) fn compile(text: &str, whole: bool) -> Result<Self, String> {
        let length = text.chars().count();
        if length > limits::PATTERN_MAX {
            return Err(format!(
                "has a pattern of {length} characters; at most {} are allowed",
                limits::PATTERN_MAX
            ));
        }
        let compile = |text: &str| {
            let mut builder = RegexBuilder::new(text);
            builder
                .size_limit(COMPILED_MAX)
                .dfa_size_limit(COMPILED_MAX);
            builder.build().map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    "has a pattern that repeats too much to be cheap".to_owned()
                }
                // The crate draws a picture of several lines; its last one says what is wrong.
                other => {
                    let told = other.to_string();
                    let last = told.lines().last().unwrap_or_default();
                    let what = last.trim_start_matches("error: ");
                    format!("has a pattern that is no regular expression: {what}")
                }
            })
        };
        // On its own first: `a)(b` must not become one by what is put around it.
        let alone = compile(text)?;
        let regex = match whole {
            false => alone,
            true => compile(&format!(r"\A(?:{text})\z"))?,
        };
        let program = NFA::new(regex.as_str())
            .map_err(|_| "has a pattern whose cost cannot be told".to_owned())?;
        let states = program.states().len();
        Ok(Self { regex, states })
    }

    /// What a search in `text` costs at most, in steps of a filter. Each engine of the crate is held
    /// to this by its construction: for each byte it looks at each state of the program once.
    pub(in crate::identity) fn steps(&self, text: &str) -> usize {
        // The end of a text is a place to look at, too.
        let looks = text.len().saturating_add(1).saturating_mul(self.states);
        let steps = looks.checked_div(SEARCH_STEPS_PER_STEP).unwrap_or(looks);
        steps.saturating_add(SEARCH_STEPS_LEAST)
    }

    /// Whether `text` matches.
    pub(in crate::identity) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The groups of the leftmost match, the whole match first; a group without part in it is
    /// empty.
    pub(in crate::identity) fn groups<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let captures = self.regex.captures(text)?;
        let group = |found: Option<regex::Match<'t>>| found.map_or("", |found| found.as_str());
        Some(captures.iter().map(group).collect())
    }

    /// Number of groups, the whole match included.
    pub(in crate::identity) fn group_count(&self) -> usize {
        self.regex.captures_len()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.regex.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_bounded() {
        let long = "a".repeat(201);
        for (text, why) in [
            (long.as_str(), "at most 200"),
            (r"(\w{40}){40}", "repeats too much"),
            ("(a", "no regular expression"),
            ("a)(b", "no regular expression"),
            (r"(a)\1", "no regular expression"),
            ("(?=a)", "no regular expression"),
        ] {
            for whole in [false, true] {
                let fault = Pattern::compile(text, whole).unwrap_err();
                assert!(
                    fault.contains(why) && !fault.contains('\n'),
                    "{text}: {fault}"
                );
            }
        }
    }

    #[test]
    fn whole_means_all_of_the_text() {
        let some = Pattern::compile("a|b", false).unwrap();
        let whole = Pattern::compile("a|b", true).unwrap();
        for (text, part, all) in [
            ("a", true, true),
            ("xbx", true, false),
            ("a\n", true, false),
        ] {
            assert_eq!(
                (some.matches(text), whole.matches(text)),
                (part, all),
                "{text:?}"
            );
        }
        let pair = Pattern::compile("(a)|(b)", true).unwrap();
        assert_eq!(pair.groups("b"), Some(vec!["b", "", "b"]));
        assert_eq!(pair.group_count(), 3);
    }
}
