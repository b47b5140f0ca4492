//! Why a token is accepted or refused, step by step, for people. Owns the report; the checks are
//! those of `verify`, which notes them while it decides. Pure. Holds claims, but never the
//! signature or the token.

use std::collections::BTreeSet;

use super::{
    claim_path::ClaimPath,
    claims::Claims,
    directory::Directory,
    filter::{Filter, Matched},
    introspection::Introspected,
    json::Json,
    keyring::Keyring,
    principal::PoolId,
    provider::{ClaimMapping, Identities, NameSource, Provider},
    token::Token,
    trace::{Check, Trace},
    verify::{Presented, Verdict, traced},
};
use crate::clock::UnixTime;

/// Claims that are shown if they are there, whatever the provider's rules: they tell whose token it
/// is, for whom and how long.
const SHOWN: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "client_id",
    "exp",
    "iat",
    "nbf",
    "jti",
    "scope",
    "typ",
    "cnf",
];

/// Longest value of a claim that is shown, in characters.
const VALUE_MAX: usize = 400;

/// How a login would go.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The checks that were made, in order.
    pub steps: Vec<Step>,
    /// Claims that rules look at, with their values as JSON; empty where the token is no JWT.
    /// Nothing vouches for them unless the signature was found good.
    pub claims: Vec<(String, String)>,
    /// Every pool of the token's provider.
    pub pools: Vec<PoolReport>,
    /// How it ended.
    pub verdict: Verdict,
}

/// A check and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub check: Check,
    /// `None` = passed; else why not, or what is missing to tell.
    pub failure: Option<String>,
}

/// A pool, and why it matches or not.
#[derive(Clone, Debug)]
pub struct PoolReport {
    /// The pool.
    pub id: PoolId,
    /// What its filter says of the token.
    pub matched: Matched,
    /// The parts of its filter, each by itself, as written between `&&` and `||`.
    pub clauses: Vec<(String, Matched)>,
}

/// Judges `presented` as [`verify`](super::verify()) does, and says how it came to that.
#[must_use]
pub fn explain(
    directory: &Directory,
    keyring: &Keyring,
    presented: &Presented<'_>,
    now: UnixTime,
) -> Explanation {
    let mut trace = Trace::on();
    let verdict = traced(directory, keyring, presented, now, &mut trace);
    let steps = steps(trace.checks(), &verdict);
    let claims = match presented.introspected {
        Some(Introspected::Active(answer)) => Some(Claims::clone(answer)),
        _ => Token::parse(presented.token.expose())
            .ok()
            .map(|token| token.claims),
    };
    let Some(claims) = claims else {
        return Explanation {
            steps,
            claims: Vec::new(),
            pools: Vec::new(),
            verdict,
        };
    };
    let issuer = claims.get("iss").and_then(Json::as_text);
    let provider = issuer.and_then(|issuer| directory.find(presented.organization, issuer));
    Explanation {
        steps,
        claims: shown(&claims, provider.map(AsRef::as_ref)),
        pools: provider.map_or_else(Vec::new, |provider| pools(provider, &claims)),
        verdict,
    }
}

/// All checks begun but the last have passed, and the last has if the token was accepted.
fn steps(checks: &[Check], verdict: &Verdict) -> Vec<Step> {
    let failure = match verdict {
        Verdict::Accepted(_) => None,
        Verdict::Refused(refusal) | Verdict::Unavailable(refusal) => {
            Some(format!("{}: {}", refusal.reason.code(), refusal.detail))
        }
        Verdict::KeyUnknown { kid, .. } => Some(format!(
            "the provider's keys at hand have none with `kid` {kid:?}"
        )),
        Verdict::Introspect(provider) => Some(format!("{} was not asked", provider.name)),
    };
    let last = checks.len().saturating_sub(1);
    let step = |(at, check): (usize, &Check)| Step {
        check: *check,
        failure: failure.clone().filter(|_| at == last),
    };
    checks.iter().enumerate().map(step).collect()
}

/// The claims that rules look at.
fn shown(claims: &Claims, provider: Option<&Provider>) -> Vec<(String, String)> {
    let mut names: BTreeSet<&str> = SHOWN.into_iter().collect();
    let paths = provider.into_iter().flat_map(|provider| {
        let username = match &provider.identities {
            Identities::Users { username } => claim_of(username),
            Identities::Pools => None,
        };
        let groups = provider.groups.as_ref();
        let groups = groups.and_then(|groups| claim_of(&groups.names));
        let pools = provider.pools.iter().map(|pool| &pool.identity_claim);
        let own = [Some(&provider.identity_claim), username, groups];
        own.into_iter().flatten().chain(pools)
    });
    names.extend(paths.filter_map(first_name));
    let text = |name: &str| Some((name.to_owned(), json_text(claims.get(name)?)));
    names.into_iter().filter_map(text).collect()
}

/// The claim that names come from, unless an expression makes them.
const fn claim_of(mapping: &ClaimMapping) -> Option<&ClaimPath> {
    match &mapping.source {
        NameSource::Claim(claim) => Some(claim),
        NameSource::Expression(_) => None,
    }
}

fn first_name(path: &ClaimPath) -> Option<&str> {
    path.names().first().map(String::as_str)
}

/// A value as JSON, cut where it is long.
fn json_text(value: &Json) -> String {
    let text = to_json(value).to_string();
    if text.chars().count() <= VALUE_MAX {
        return text;
    }
    let kept: String = text.chars().take(VALUE_MAX).collect();
    format!("{kept}...")
}

fn to_json(value: &Json) -> serde_json::Value {
    match value {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Int(value) => (*value).into(),
        Json::Float(value) => (*value).into(),
        Json::Text(value) => value.as_str().into(),
        // As deep as the token's JSON, whose depth is bounded where it is read.
        Json::List(items) => items.iter().map(to_json).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect(),
    }
}

fn pools(provider: &Provider, claims: &Claims) -> Vec<PoolReport> {
    let report = |pool: &super::pool::Pool| PoolReport {
        id: pool.id.clone(),
        matched: pool.filter.matches(claims),
        clauses: clauses(pool.filter.text())
            .into_iter()
            .filter_map(|clause| {
                let filter = Filter::compile(clause).ok()?;
                Some((clause.to_owned(), filter.matches(claims)))
            })
            .collect(),
    };
    provider.pools.iter().map(report).collect()
}

/// The parts of a filter between `&&` and `||`, those in brackets and strings aside.
fn clauses(filter: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0_usize, 0_usize, None);
    let mut characters = filter.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth = depth.saturating_add(1),
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '&' | '|') if depth == 0 => {
                if characters.next_if(|(_, next)| *next == c).is_some() {
                    parts.extend(filter.get(start..at));
                    start = at.saturating_add(2);
                }
            }
            (None, _) => {}
        }
    }
    parts.extend(filter.get(start..));
    parts.into_iter().map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        identity::{
            Identities,
            fixture::{ISSUER, NOW, RSA_A, keyring, keys, organization, pool, provider, token},
        },
        secret::Secret,
    };

    fn explained(changes: &[(&str, &str)]) -> Explanation {
        let mut provider = provider("idp", ISSUER);
        provider.identities = Identities::Pools;
        let filter = "claims.azp == \"orders\" && 'a && b' != claims.sub && has(claims.nope.x)";
        provider.pools = vec![
            pool("pool-a", "claims.azp == 'orders'"),
            pool("pool-b", filter),
        ];
        let ring = keyring(&provider, keys(&[RSA_A.jwk(r#""kid":"k1","#)]));
        let directory = Directory::new(vec![Arc::new(provider)]).unwrap();
        let presented = Presented {
            organization: &organization(),
            token: &Secret::new(token(changes)),
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: None,
            introspected: None,
        };
        explain(&directory, &ring, &presented, UnixTime::from_secs(NOW))
    }

    #[test]
    fn a_good_token_passes_every_check_in_order() {
        let explained = explained(&[]);
        assert!(matches!(explained.verdict, Verdict::Accepted(_)));
        assert!(explained.steps.iter().all(|step| step.failure.is_none()));
        let names: Vec<_> = explained.steps.iter().map(|step| step.check).collect();
        assert_eq!(names.first(), Some(&Check::Form));
        assert_eq!(names.last(), Some(&Check::Authzid));
        assert!(
            explained
                .claims
                .contains(&("azp".to_owned(), "\"orders\"".to_owned()))
        );
    }

    #[test]
    fn a_bad_one_fails_at_its_last_check() {
        for (changes, check, code) in [
            (
                ("iss", "\"https://other\""),
                Check::Issuer,
                "ISSUER_UNKNOWN",
            ),
            (("aud", "\"other\""), Check::Audience, "AUDIENCE_MISMATCH"),
            (("exp", "1"), Check::Times, "CLAIM_INVALID"),
            (("azp", "\"other\""), Check::Pools, "POOL_NO_MATCH"),
            (("sub", "\"pool-a\""), Check::Identity, "USERNAME_RESERVED"),
        ] {
            let explained = explained(&[changes]);
            let (last, before) = explained.steps.split_last().unwrap();
            assert_eq!(last.check, check, "{code}");
            assert!(last.failure.as_ref().unwrap().starts_with(code), "{last:?}");
            assert!(before.iter().all(|step| step.failure.is_none()), "{code}");
        }
    }

    #[test]
    fn pools_tell_the_clause_that_failed() {
        let explained = explained(&[]);
        let [a, b] = explained.pools.as_slice() else {
            panic!("two pools")
        };
        assert_eq!(a.matched, Matched::Yes);
        assert!(matches!(b.matched, Matched::Error(_)));
        let texts: Vec<&str> = b.clauses.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "claims.azp == \"orders\"",
                "'a && b' != claims.sub",
                "has(claims.nope.x)"
            ]
        );
        assert_eq!(b.clauses[0].1, Matched::Yes);
        assert!(matches!(b.clauses[2].1, Matched::Error(_)));
    }

    #[test]
    fn filters_are_taken_apart_outside_brackets_and_strings() {
        for (filter, parts) in [
            ("true", &["true"][..]),
            ("a && b || c", &["a", "b", "c"]),
            ("(a && b) || c", &["(a && b)", "c"]),
            ("'x\\' && y' == a && b", &["'x\\' && y' == a", "b"]),
            (
                "a.exists(g, g == 'x' || g == 'y')",
                &["a.exists(g, g == 'x' || g == 'y')"],
            ),
        ] {
            assert_eq!(clauses(filter), parts, "{filter}");
        }
    }
}
