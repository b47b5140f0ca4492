//! Mapping rules: regular expression -> replacement, as Kafka's `ssl.principal.mapping.rules` and
//! Redpanda's principal mapping write them. Owns their text form and their application.

use std::str::FromStr;

use super::{filter::Pattern, steps::Steps};

/// One rule. The first that matches a value makes the name.
#[derive(Clone, Debug, PartialEq)]
pub enum NameRule {
    /// `DEFAULT`: the value itself.
    Default,
    /// `RULE:pattern/replacement/[L|U]`.
    Rewrite(Rewrite),
}

/// What `RULE:` stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    /// Must match the whole value.
    pattern: Pattern,
    replacement: Vec<Piece>,
    case: Case,
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRuleFault {
    /// Neither form.
    #[error(
        "is not a mapping rule; write \"DEFAULT\" or \"RULE:<pattern>/<replacement>/\" with L or U \
         at its end for lower or upper case, as in \"RULE:([^@]+)@.*/$1/L\""
    )]
    Form,
    /// The pattern.
    #[error("{0}")]
    Pattern(String),
    /// The replacement.
    #[error("refers to group ${group}, but its pattern has {groups}")]
    Group {
        /// The group.
        group: usize,
        /// How many there are.
        groups: usize,
    },
}

/// A part of a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `$1` to `$9`, and `$0` for the whole value.
    Group(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    AsIs,
    Lower,
    Upper,
}

/// The rules cost more on these values than they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooCostly;

/// The name that the first matching rule of `rules` makes of `value`; `value` itself without rules,
/// `None` if none matches.
///
/// # Errors
/// [`TooCostly`], when `steps` are used up.
pub(super) fn apply(
    rules: &[NameRule],
    value: &str,
    steps: &Steps,
) -> Result<Option<String>, TooCostly> {
    if rules.is_empty() {
        return Ok(Some(value.to_owned()));
    }
    for rule in rules {
        let name = match rule {
            NameRule::Default => Some(value.to_owned()),
            NameRule::Rewrite(rewrite) if steps.take(rewrite.steps(value)) => rewrite.apply(value),
            NameRule::Rewrite(_) => return Err(TooCostly),
        };
        if name.is_some() {
            return Ok(name);
        }
    }
    Ok(None)
}

impl Rewrite {
    /// What trying it costs at most: where groups are asked for, their ends go along with each state.
    fn steps(&self, value: &str) -> usize {
        let search = self.pattern.steps(value);
        search.saturating_mul(self.pattern.group_count())
    }

    fn apply(&self, value: &str) -> Option<String> {
        let groups = self.pattern.groups(value)?;
        let mut name = String::new();
        for piece in &self.replacement {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Group(group) => name.push_str(groups.get(*group).copied().unwrap_or("")),
            }
        }
        Some(match self.case {
            Case::AsIs => name,
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
        })
    }
}

impl FromStr for NameRule {
    type Err = NameRuleFault;

    fn from_str(text: &str) -> Result<Self, NameRuleFault> {
        if text == "DEFAULT" {
            return Ok(Self::Default);
        }
        let rule = text.strip_prefix("RULE:").ok_or(NameRuleFault::Form)?;
        let (pattern, rest) = part(rule).ok_or(NameRuleFault::Form)?;
        let (replacement, case) = part(rest).ok_or(NameRuleFault::Form)?;
        let case = match case {
            "" => Case::AsIs,
            "L" => Case::Lower,
            "U" => Case::Upper,
            _ => return Err(NameRuleFault::Form),
        };
        if pattern.is_empty() {
            return Err(NameRuleFault::Form);
        }
        let pattern = Pattern::compile(pattern, true).map_err(NameRuleFault::Pattern)?;
        let replacement = pieces(replacement).ok_or(NameRuleFault::Form)?;
        let groups = pattern.group_count().saturating_sub(1);
        for piece in &replacement {
            if let Piece::Group(group) = *piece
                && group > groups
            {
                return Err(NameRuleFault::Group { group, groups });
            }
        }
        Ok(Self::Rewrite(Rewrite {
            pattern,
            replacement,
            case,
        }))
    }
}

/// What stands before the first `/` that no backslash hides, and what after it.
fn part(text: &str) -> Option<(&str, &str)> {
    let mut hidden = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            '/' => return Some((text.get(..at)?, text.get(at.checked_add(1)?..)?)),
            _ => {}
        }
    }
    None
}

/// The pieces of a replacement: `$` and a digit is a group, a backslash hides what follows.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => literal.push(rest.next()?),
            '$' => {
                let digit = rest.next()?.to_digit(10)?;
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Group(usize::try_from(digit).ok()?));
            }
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn mapped(rules: &[&str], value: &str) -> Option<String> {
        let rules: Vec<NameRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        apply(&rules, value, &Steps::new(limits::FILTER_STEPS_MAX)).unwrap()
    }

    /// A thousand values of a token share one budget; what would exceed it is not tried.
    #[test]
    fn rules_that_cost_too_much_are_not_tried() {
        let rules: Vec<NameRule> = vec!["RULE:([a-z]{0,20}){0,20}x/$1/".parse().unwrap()];
        let steps = Steps::new(limits::FILTER_STEPS_MAX);
        let value = "a".repeat(255);
        let tried = (0..1000).take_while(|_| apply(&rules, &value, &steps) == Ok(None));
        assert!(tried.count() < 10);
        assert_eq!(apply(&rules, "a", &steps), Err(TooCostly));
        assert_eq!(
            apply(&[NameRule::Default], "a", &steps),
            Ok(Some("a".to_owned()))
        );
    }

    /// The examples of Kafka's and Redpanda's documentation among them.
    #[test]
    fn the_first_rule_that_matches_makes_the_name() {
        let kafka = [
            "RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/",
            "RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L",
            "RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/L",
            "DEFAULT",
        ];
        let cases: [(&[&str], &str, Option<&str>); 16] = [
            (&[], "Alice", Some("Alice")),
            (&kafka, "CN=kafka-1,OU=ServiceUsers,O=x", Some("kafka-1")),
            (
                &kafka,
                "CN=Kafka1,OU=SME,O=Acme,L=B,ST=C,C=DE",
                Some("kafka1@sme"),
            ),
            (&kafka, "cn=WebUser,ou=x", Some("webuser")),
            (&kafka, "nobody", Some("nobody")),
            (&kafka[..3], "nobody", None),
            (
                &["RULE:([^@]+)@.*/$1/L"],
                "Alice@Example.com",
                Some("alice"),
            ),
            (
                &["RULE:([^@]+)@example.com/$1/U"],
                "a@example.com",
                Some("A"),
            ),
            (
                &["RULE:([^@]+)@example.com/$1/"],
                "a@example.com.evil",
                None,
            ),
            (&["RULE:([^@]+)@example.com/$1/"], "x a@example.comx", None),
            (&["RULE:a|b/x/"], "ab", None),
            (&["RULE:a\\/b/x\\/y/"], "a/b", Some("x/y")),
            (&["RULE:(a)(b)?/$2$1$0\\$1/"], "a", Some("aa$1")),
            (&["RULE:.*//"], "a", Some("")),
            (&["RULE:(?s).*/Ä/L"], "a\nb", Some("ä")),
            (&["RULE:(a)/$10/"], "a", Some("a0")),
        ];
        for (rules, value, name) in cases {
            assert_eq!(mapped(rules, value).as_deref(), name, "{rules:?} {value}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "default",
            "RULE:",
            "RULE:a",
            "RULE:a/b",
            "RULE:/b/",
            "RULE:a/b/X",
            "RULE:a/b/l",
            "RULE:a/b/L ",
            "RULE:a/b/c/L",
            "RULE:a/$/",
            "RULE:a/$x/",
            "RULE:a/b\\",
            "rule:a/b/",
            "a/b/",
        ] {
            let fault = text.parse::<NameRule>();
            assert_eq!(fault, Err(NameRuleFault::Form), "{text}");
        }
        let group = "RULE:(a)/$2/".parse::<NameRule>();
        let expected = NameRuleFault::Group {
            group: 2,
            groups: 1,
        };
        assert_eq!(group, Err(expected));
        let pattern = "RULE:(a/b/".parse::<NameRule>();
        assert!(matches!(pattern, Err(NameRuleFault::Pattern(_))));
    }
}
