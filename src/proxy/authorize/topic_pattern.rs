//! Regular expressions that match names of topics as RE2 does (KIP-848: Kafka uses RE2/J, on whole names).
//!
//! The engine here speaks nearly RE2's language; what it reads differently is written anew or refused. Its
//! classes are of ASCII, as RE2's are (`\w` with all of Unicode's letters takes fifty times as long to compile).
//! Names of topics are ASCII too: a character that is not stands for a byte that none of them has.

use regex::bytes::{Regex, RegexBuilder};

use crate::limits::{TOPIC_PATTERN_COMPILED_MAX, TOPIC_PATTERN_MAX};

/// RE2/J's words for what is wrong with a pattern.
const MISSING_PAREN: &str = "missing closing )";
const MISSING_BRACKET: &str = "missing closing ]";
const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_RANGE: &str = "invalid character class range";
const BAD_REPEAT: &str = "missing argument to repetition operator";
const BAD_REPEAT_SIZE: &str = "bad repetition operator";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";
const TOO_LARGE: &str = "expression too large";

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct TopicPattern(Regex);

impl TopicPattern {
    /// Compiles `text`, at most [`TOPIC_PATTERN_MAX`] bytes; an empty one matches no topic, as none has an
    /// empty name.
    ///
    /// # Errors
    /// What is wrong, in RE2/J's words.
    pub(super) fn compile(text: &str) -> Result<Self, &'static str> {
        if text.len() > TOPIC_PATTERN_MAX {
            return Err(TOO_LARGE);
        }
        let text = translate(text)?;
        build(&format!(r"\A(?:{text})\z")).map(Self)
    }

    /// Whether all of `name` matches.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name.as_bytes())
    }
}

fn build(text: &str) -> Result<Regex, &'static str> {
    let mut builder = RegexBuilder::new(text);
    builder
        .unicode(false)
        .size_limit(TOPIC_PATTERN_COMPILED_MAX)
        .dfa_size_limit(TOPIC_PATTERN_COMPILED_MAX);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => TOO_LARGE,
        other => described(&other.to_string()),
    })
}

/// RE2/J's word for what the engine here says.
fn described(error: &str) -> &'static str {
    let words = [
        ("class range", BAD_RANGE),
        ("character class", MISSING_BRACKET),
        ("group", MISSING_PAREN),
        ("escape", BAD_ESCAPE),
        ("Unicode", BAD_ESCAPE),
        ("repetition operator", BAD_REPEAT),
        ("repetition", BAD_REPEAT_SIZE),
        ("flag", BAD_PERL),
        ("look-around", BAD_PERL),
        ("backreference", BAD_ESCAPE),
    ];
    let last = error.lines().last().unwrap_or_default();
    let found = words.iter().find(|(word, _)| last.contains(word));
    found.map_or("invalid pattern", |(_, said)| said)
}

/// A byte that no name has.
const FOREIGN: &str = r"\xFF";

/// `text` as the engine here must read it: quotations are escaped; within a class `[`, `&&` and `~~` are
/// ordinary characters; flags are those of RE2; characters beyond ASCII are [`FOREIGN`]. Its groups end where
/// they begin: `a)(b` must not become a pattern by what is put around it.
fn translate(text: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut class = Class::Outside;
    let mut groups: usize = 0;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match (first, class) {
            ('\\', _) => taken = escape(rest, class, &mut out)?,
            ('[', Class::Outside) => {
                let negated = rest.starts_with("[^");
                taken = if negated { 2 } else { 1 };
                out.push_str(if negated { "[^" } else { "[" });
                class = Class::First;
            }
            ('[', _) if rest.starts_with("[:") => {
                let end = rest.find(":]").ok_or(BAD_RANGE)?;
                taken = end.saturating_add(2);
                out.push_str(rest.get(..taken).unwrap_or_default());
                class = Class::Inside;
            }
            (']', Class::First) => {
                out.push_str(r"\]");
                class = Class::Inside;
            }
            (']', Class::Inside) => {
                out.push(']');
                class = Class::Outside;
            }
            ('[' | '&' | '~', Class::First | Class::Inside) => {
                out.push('\\');
                out.push(first);
                class = Class::Inside;
            }
            (_, Class::First | Class::Inside) => {
                push(first, &mut out);
                class = Class::Inside;
            }
            ('(', Class::Outside) => {
                if rest.starts_with("(?") {
                    check_flags(rest)?;
                }
                groups = groups.saturating_add(1);
                out.push('(');
            }
            (')', Class::Outside) => {
                groups = groups.checked_sub(1).ok_or(MISSING_PAREN)?;
                out.push(')');
            }
            (_, Class::Outside) => push(first, &mut out),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    match class {
        Class::Outside if groups > 0 => Err(MISSING_PAREN),
        Class::Outside => Ok(out),
        Class::First | Class::Inside => Err(MISSING_BRACKET),
    }
}

fn push(character: char, out: &mut String) {
    if character.is_ascii() {
        out.push(character);
    } else {
        out.push_str(FOREIGN);
    }
}

/// Where in a pattern something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// At the first place of a class, where `]` is itself.
    First,
    Inside,
}

/// Writes the escape at the start of `rest`; how many bytes it takes there.
fn escape(rest: &str, class: Class, out: &mut String) -> Result<usize, &'static str> {
    let Some(next) = rest.chars().nth(1) else {
        return Err(TRAILING_BACKSLASH);
    };
    if next == 'Q' && class == Class::Outside {
        let quoted = rest.get(2..).unwrap_or_default();
        let (quoted, taken) = match quoted.split_once(r"\E") {
            Some((quoted, _)) => (quoted, quoted.len().saturating_add(4)),
            None => (quoted, rest.len()),
        };
        for character in quoted.chars() {
            if character.is_ascii() {
                out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
            } else {
                out.push_str(FOREIGN);
            }
        }
        return Ok(taken);
    }
    if let Some((digits, _)) = rest.strip_prefix(r"\x{").and_then(|r| r.split_once('}'))
        && u32::from_str_radix(digits, 16)
            .is_ok_and(|code| code > 0x7F && char::from_u32(code).is_some())
    {
        out.push_str(FOREIGN);
        return Ok(digits.len().saturating_add(4));
    }
    // `\b{start}`, `\<` and `\>` mean something here that they do not in RE2.
    if matches!(next, '<' | '>') || rest.starts_with(r"\b{") || rest.starts_with(r"\B{") {
        return Err(BAD_ESCAPE);
    }
    out.push('\\');
    out.push(next);
    Ok(next.len_utf8().saturating_add(1))
}

/// Whether what follows `(?` is a name or flags that RE2 knows.
fn check_flags(rest: &str) -> Result<(), &'static str> {
    let flags = rest.get(2..).unwrap_or_default();
    if flags.starts_with("P<") || flags.starts_with('<') {
        return Ok(());
    }
    let known = |c: char| matches!(c, 'i' | 'm' | 's' | 'U' | '-');
    match flags.trim_start_matches(known).chars().next() {
        Some(':' | ')') => Ok(()),
        Some(_) => Err(BAD_PERL),
        None => Err(MISSING_PAREN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_match_as_in_re2() {
        for (pattern, yes, no) in [
            ("orders.*", "orders-eu", "my-orders"),
            ("a|b", "b", "ab"),
            ("", "", "a"),
            (r"\Qa.b\E.", "a.bc", "axbc"),
            (r"\Qa+", "a+", "aa"),
            ("[a&&b]+", "a&b", "c"),
            ("[]x]", "]", "y"),
            ("[[a]", "[", "b"),
            ("[^a]", "b", "a"),
            ("[[:alpha:]_]+", "ab_", "1"),
            ("(?i)A.c", "aBC", "ab"),
            ("(?P<n>a)", "a", "b"),
            (r"\d{3}", "123", "12"),
            (r"\.", ".", "x"),
            (r"[\w.-]{40}", &"a".repeat(40), &"a".repeat(39)),
            (r"\w\b.*", "a", "é"),
            ("[aé-ü]|ö", "a", "b"),
            (r"[^é\x{263a}]\x{41}", "bA", "b"),
            (r"(?:\Qé)\E|x)", "x", "y"),
            ("(?i)É|k", "K", "E"),
        ] {
            let compiled = TopicPattern::compile(pattern).unwrap();
            assert!(compiled.matches(yes), "{pattern} {yes}");
            assert!(!compiled.matches(no), "{pattern} {no}");
        }
    }

    #[test]
    fn what_re2_refuses_is_refused_in_its_words() {
        for (pattern, said) in [
            ("(a", MISSING_PAREN),
            ("a)", MISSING_PAREN),
            ("a)(b", MISSING_PAREN),
            ("[a", MISSING_BRACKET),
            ("([a)", MISSING_BRACKET),
            ("(?:a", MISSING_PAREN),
            ("*a", BAD_REPEAT),
            ("[b-a]", BAD_RANGE),
            (r"a\", TRAILING_BACKSLASH),
            (r"\y", BAD_ESCAPE),
            (r"(a)\1", BAD_ESCAPE),
            ("(?=a)", BAD_PERL),
            ("(?x)a", BAD_PERL),
            (r"\<a", BAD_ESCAPE),
            ("((a{100}){100}){100}", TOO_LARGE),
        ] {
            assert_eq!(
                TopicPattern::compile(pattern).unwrap_err(),
                said,
                "{pattern}"
            );
        }
        let long = "a".repeat(TOPIC_PATTERN_MAX + 1);
        assert_eq!(TopicPattern::compile(&long).unwrap_err(), TOO_LARGE);
    }
}
