//! `[[providers.claim_validation_rules]]`, `[[providers.user_validation_rules]]`: what else must hold
//! of a token, and of the user made of it.

use super::{finding::Findings, schema, section::Section};
use crate::{
    identity::{ClaimPath, ClaimRule, Filter, FilterFault, Rule},
    limits::VALIDATION_RULES_MAX,
};

/// Longest message.
const MESSAGE_MAX: usize = 512;

/// The kinds of claim rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    RequiredClaim,
    Cel,
}

/// Reads the rules over claims.
pub(super) fn read_claim_rules(provider: &Section<'_>, findings: &mut Findings) -> Vec<ClaimRule> {
    let key = "claim_validation_rules";
    let sections = provider.tables(key, schema::CLAIM_RULE, findings);
    check_number(provider, key, sections.len(), findings);
    sections
        .iter()
        .filter_map(|section| read_claim_rule(section, findings))
        .collect()
}

/// Reads the rules over users; `None` of them are ever asked where a provider yields no users.
pub(super) fn read_user_rules(
    provider: &Section<'_>,
    yields_users: bool,
    findings: &mut Findings,
) -> Vec<Rule> {
    let key = "user_validation_rules";
    let sections = provider.tables(key, schema::USER_RULE, findings);
    check_number(provider, key, sections.len(), findings);
    if !sections.is_empty() && !yields_users {
        let problem = "belongs to identities = \"users\": without users it would never be asked; \
                       write claim_validation_rules";
        findings.fault(&provider.path_of(key), "", problem);
    }
    sections
        .iter()
        .filter_map(|section| read_expression(section, Filter::compile_user, findings))
        .collect()
}

fn check_number(provider: &Section<'_>, key: &str, number: usize, findings: &mut Findings) {
    if number > VALIDATION_RULES_MAX {
        let problem = format!("has {number} rules; at most {VALIDATION_RULES_MAX} are allowed");
        findings.fault(&provider.path_of(key), "", problem);
    }
}

fn read_claim_rule(section: &Section<'_>, findings: &mut Findings) -> Option<ClaimRule> {
    // OKD writes no kind as an empty one.
    let kinds = [
        ("RequiredClaim", Kind::RequiredClaim),
        ("CEL", Kind::Cel),
        ("", Kind::RequiredClaim),
    ];
    let kind = if section.has("type") {
        section.choice("type", &kinds, findings)?
    } else if section.has("expression") && !section.has("claim") {
        Kind::Cel
    } else {
        Kind::RequiredClaim
    };
    let (word, foreign): (_, &[&str]) = match kind {
        Kind::RequiredClaim => ("RequiredClaim", &["expression", "message"]),
        Kind::Cel => ("CEL", &["claim", "required_value"]),
    };
    for key in foreign.iter().filter(|key| section.has(key)) {
        let problem = format!("must remain unset when type is {word:?}");
        findings.fault(&section.path_of(key), "", problem);
    }
    match kind {
        Kind::Cel => read_expression(section, Filter::compile, findings).map(ClaimRule::Expression),
        Kind::RequiredClaim => {
            let what = "the claim, as in \"hd\"";
            let claim = section.required_parsed("claim", what, str::parse::<ClaimPath>, findings);
            let what = "what the claim must be";
            let value = section.required("required_value", what, findings);
            if value == Some("") {
                findings.fault(&section.path_of("required_value"), "", "must not be empty");
            }
            Some(ClaimRule::Required {
                claim: claim?,
                value: value?.to_owned(),
            })
        }
    }
}

fn read_expression(
    section: &Section<'_>,
    compile: fn(&str) -> Result<Filter, FilterFault>,
    findings: &mut Findings,
) -> Option<Rule> {
    let what = "a CEL expression that must be true";
    let filter = section.required_parsed("expression", what, compile, findings);
    let message = section.parsed("message", parse_message, findings);
    Some(Rule {
        filter: filter?,
        message: message.unwrap_or_default(),
    })
}

fn parse_message(text: &str) -> Result<String, String> {
    if text.len() > MESSAGE_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "must be at most {MESSAGE_MAX} bytes without control characters"
        ));
    }
    Ok(text.to_owned())
}
