//! `[providers.username]`, `[providers.groups]`: how names come about. The rules of prefixes are
//! OKD's, with one addition: a prefix without a policy means what it says.

use super::{finding::Findings, preset::Preset, schema, section::Section};
use crate::{
    identity::{
        ClaimMapping, ClaimPath, Expression, GroupMapping, NameRule, NameSource, Principal, Wanted,
    },
    limits::NAME_RULES_MAX,
};

/// What stands between groups in one string.
const SEPARATOR: &str = ",";

/// What goes before user names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PrefixPolicy {
    Prefix,
    NoPrefix,
    NoOpinion,
}

/// Reads how user names come about; `identity_claim` makes them where nothing else is said.
pub(super) fn read_username(
    provider: &Section<'_>,
    issuer: Option<&str>,
    identity_claim: Option<&ClaimPath>,
    findings: &mut Findings,
) -> Option<ClaimMapping> {
    if !provider.has("username") {
        let claim = identity_claim?;
        let prefix = default_prefix(claim, issuer?);
        return Some(ClaimMapping::of_claim(claim.clone(), &prefix));
    }
    let table = provider.table("username", schema::USERNAME, findings)?;
    let inherited = None;
    let source = read_source(&table, inherited, Wanted::Text, findings);
    let rules = read_rules(&table, findings);
    let prefix = read_prefix(&table, source.as_ref(), issuer, findings)?;
    // If a name as plain as this one is refused at login, every name is.
    if let Err(fault) = Principal::user(&format!("{prefix}x")) {
        let problem = format!(
            "makes every user name one that is refused (USERNAME_RESERVED): a name {fault}"
        );
        findings.fault(&table.path_of("prefix"), "", problem);
    }
    Some(ClaimMapping {
        source: source?,
        rules,
        prefix,
    })
}

/// Reads how groups come about; absent is `None`.
pub(super) fn read_groups(
    provider: &Section<'_>,
    preset: Option<&Preset>,
    findings: &mut Findings,
) -> Option<GroupMapping> {
    let alone = provider.parsed("groups_claim_name", str::parse::<ClaimPath>, findings);
    if provider.has("groups") && provider.has("groups_claim_name") {
        let problem = "means the same as groups.claim; keep one of the two";
        findings.fault(&provider.path_of("groups_claim_name"), "", problem);
    }
    if let Some(claim) = alone {
        return Some(GroupMapping {
            names: ClaimMapping::of_claim(claim, ""),
            required: false,
            separator: Some(SEPARATOR.to_owned()),
        });
    }
    let table = provider.table("groups", schema::GROUPS, findings)?;
    let inherited = preset.and_then(|preset| preset.groups_claim.parse().ok());
    let source = read_source(&table, inherited, Wanted::Texts, findings);
    let separator = table.text("separator", findings);
    if table.has("separator") && table.has("expression") {
        let problem = "must remain unset beside an expression; write .split(\",\") in it";
        findings.fault(&table.path_of("separator"), "", problem);
    }
    let separator = separator.unwrap_or(SEPARATOR);
    Some(GroupMapping {
        names: ClaimMapping {
            rules: read_rules(&table, findings),
            prefix: table
                .text("prefix", findings)
                .unwrap_or_default()
                .to_owned(),
            source: source?,
        },
        required: table.flag("required", findings),
        separator: (!separator.is_empty()).then(|| separator.to_owned()),
    })
}

/// The claim or the expression of `table`; the claim `inherited` if it has neither.
fn read_source(
    table: &Section<'_>,
    inherited: Option<ClaimPath>,
    wanted: Wanted,
    findings: &mut Findings,
) -> Option<NameSource> {
    let claim = table.parsed("claim", str::parse::<ClaimPath>, findings);
    let compile = |text: &str| Expression::compile(text, wanted);
    let expression = table.parsed("expression", compile, findings);
    match (table.has("claim"), table.has("expression")) {
        (true, true) => {
            let problem = "and claim can't both be set; keep one of the two";
            findings.fault(&table.path_of("expression"), "", problem);
            None
        }
        (true, false) => claim.map(NameSource::Claim),
        (false, true) => expression.map(NameSource::Expression),
        (false, false) => {
            if inherited.is_none() {
                let problem = "is missing; write the claim that names it, as in \"sub\", or an \
                               expression";
                findings.fault(&table.path_of("claim"), "", problem);
            }
            inherited.map(NameSource::Claim)
        }
    }
}

fn read_rules(table: &Section<'_>, findings: &mut Findings) -> Vec<NameRule> {
    let items = table.texts("rules", findings).unwrap_or_default();
    if items.len() > NAME_RULES_MAX {
        let problem = format!(
            "has {} rules; at most {NAME_RULES_MAX} are allowed",
            items.len()
        );
        findings.fault(&table.path_of("rules"), "", problem);
    }
    let mut rules = Vec::new();
    for item in items {
        match item.text.parse() {
            Ok(rule) => rules.push(rule),
            Err(fault) => {
                let fault: crate::identity::NameRuleFault = fault;
                findings.fault(&item.path, item.text, fault.to_string());
            }
        }
    }
    rules
}

/// The prefix of user names; `None` where a fault was noted.
fn read_prefix(
    table: &Section<'_>,
    source: Option<&NameSource>,
    issuer: Option<&str>,
    findings: &mut Findings,
) -> Option<String> {
    let policies = [
        ("Prefix", PrefixPolicy::Prefix),
        ("NoPrefix", PrefixPolicy::NoPrefix),
        ("", PrefixPolicy::NoOpinion),
    ];
    let policy = if table.has("prefix_policy") {
        Some(table.choice("prefix_policy", &policies, findings)?)
    } else {
        None
    };
    let prefix = table.text("prefix", findings);
    let path = table.path_of("prefix");
    match (policy, prefix) {
        (Some(PrefixPolicy::Prefix), None | Some("")) => {
            let problem = "must be set if prefix_policy is \"Prefix\"; write what names begin with, \
                           as in \"kc:\"";
            findings.fault(&path, "", problem);
            None
        }
        (Some(PrefixPolicy::NoPrefix | PrefixPolicy::NoOpinion), Some(prefix)) => {
            let problem = "must remain unset unless prefix_policy is \"Prefix\"";
            findings.fault(&path, prefix, problem);
            None
        }
        (Some(PrefixPolicy::Prefix) | None, Some(prefix)) => Some(prefix.to_owned()),
        (Some(PrefixPolicy::NoPrefix), None) => Some(String::new()),
        (Some(PrefixPolicy::NoOpinion) | None, None) => {
            if table.has("prefix") {
                return None;
            }
            Some(match source? {
                NameSource::Claim(claim) => default_prefix(claim, issuer?),
                NameSource::Expression(_) => issuer_prefix(issuer?),
            })
        }
    }
}

/// The prefix where there is no opinion, as OKD has it: an address is unique by itself.
fn default_prefix(claim: &ClaimPath, issuer: &str) -> String {
    if claim.names() == ["email"] {
        String::new()
    } else {
        issuer_prefix(issuer)
    }
}

fn issuer_prefix(issuer: &str) -> String {
    format!("{issuer}#")
}
