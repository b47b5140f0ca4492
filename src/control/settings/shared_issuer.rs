//! Issuers that serve everybody: a token of theirs says that somebody exists, not that he is one of
//! ours. Owns the list, and what must be pinned at them.

use super::{finding::Findings, section::Section};
use crate::identity::{ClaimPath, ClaimRule, Identities, Provider};

/// An issuer with strangers as customers, and the claims that tell one customer's tokens.
struct SharedIssuer {
    issuers: &'static [&'static str],
    tenant_claims: &'static [&'static str],
}

/// Entra ID keeps private Microsoft accounts under a tenant of its own: the one with an id here.
const SHARED: &[SharedIssuer] = &[
    SharedIssuer {
        issuers: &["https://accounts.google.com", "accounts.google.com"],
        tenant_claims: &["hd"],
    },
    SharedIssuer {
        issuers: &["https://token.actions.githubusercontent.com"],
        tenant_claims: &[
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "enterprise_id",
        ],
    },
    SharedIssuer {
        issuers: &["https://gitlab.com"],
        tenant_claims: &[
            "namespace_id",
            "namespace_path",
            "project_id",
            "project_path",
        ],
    },
    SharedIssuer {
        issuers: &[
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
            "https://login.microsoftonline.com/consumers/v2.0",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/",
        ],
        tenant_claims: &["tid"],
    },
];

/// Claims that tell one customer's tokens at any issuer.
const ALWAYS: [&str; 2] = ["sub", "aud"];

/// Notes what lets strangers in at `provider`, if its issuer is shared by the list or by its own
/// word: each pool, or the rules for all tokens, must pin whose token it is.
pub(super) fn check(section: &Section<'_>, provider: &Provider, findings: &mut Findings) {
    let listed = SHARED
        .iter()
        .find(|shared| shared.issuers.contains(&&*provider.issuer));
    if listed.is_none() && !section.flag("shared_issuer", &mut Findings::default()) {
        return;
    }
    let tenant_claims = listed.map_or(&[][..], |shared| shared.tenant_claims);
    let claims: Vec<&str> = ALWAYS.iter().chain(tenant_claims).copied().collect();
    if provider
        .claim_rules
        .iter()
        .any(|rule| pins_rule(rule, &claims))
    {
        return;
    }
    let wanted = format!(
        "strangers have tokens of this issuer too; compare {} with `==` or `in`",
        claims
            .iter()
            .map(|name| format!("`claims.{name}`"))
            .collect::<Vec<_>>()
            .join(" or ")
    );
    match provider.identities {
        Identities::Users { .. } => {
            let problem = format!("lets every token of it in as a user, and {wanted}");
            findings.fault(&section.path_of("claim_validation_rules"), "", problem);
        }
        Identities::Pools => {
            for (at, pool) in provider.pools.iter().enumerate() {
                if !pool.filter.pins(&claims) {
                    let path = format!("{}[{at}].filter", section.path_of("pools"));
                    let problem = format!("does not say whose tokens it means: {wanted}");
                    findings.fault(&path, pool.filter.text(), problem);
                }
            }
        }
    }
}

fn pins_rule(rule: &ClaimRule, claims: &[&str]) -> bool {
    let is_named =
        |claim: &ClaimPath| matches!(claim.names(), [name] if claims.contains(&name.as_str()));
    match rule {
        ClaimRule::Required { claim, .. } => is_named(claim),
        ClaimRule::Expression(rule) => rule.filter.pins(claims),
    }
}
