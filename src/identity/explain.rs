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
    rule::{self, ClaimRule},
    steps::Steps,
    token::Token,
    trace::{Check, Trace},
    verify::{Presented, Verdict, traced},
};
use crate::{clock::UnixTime, limits};

/// Claims that are shown if they are there, whatever the provider's rules: they tell whose token it
/// is, for whom and how long.
const SHOWN: [&str; 14] = [
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
    "scp",
    "typ",
    "cnf",
    "email_verified",
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
    let Some(claims) = judged_claims(presented) else {
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

/// The claims that the server judges: those of a JWT, whatever its provider was asked beside; the
/// provider's answer where the token itself says nothing.
fn judged_claims(presented: &Presented<'_>) -> Option<Claims> {
    match (
        Token::parse(presented.token.expose()),
        presented.introspected,
    ) {
        (Ok(token), _) => Some(token.claims),
        (Err(_), Some(Introspected::Active(answer))) => Some(Claims::clone(answer)),
        (Err(_), _) => None,
    }
}

/// All checks begun but the last have passed, and the last has if the token was accepted.
fn steps(checks: &[Check], verdict: &Verdict) -> Vec<Step> {
    let failure = match verdict {
        Verdict::Accepted(_) => None,
        Verdict::Refused(refusal)
        | Verdict::Unavailable(refusal)
        | Verdict::KeyWanted {
            otherwise: refusal, ..
        } => Some(format!("{}: {}", refusal.reason.code(), refusal.detail)),
        Verdict::Introspect(provider) => Some(format!("{} was not asked", provider.name)),
    };
    let last = checks.len().saturating_sub(1);
    let step = |(at, check): (usize, &Check)| Step {
        check: *check,
        failure: failure.clone().filter(|_| at == last),
    };
    checks.iter().enumerate().map(step).collect()
}

/// The claims that are shown, and those that the provider's rules look at.
fn shown(claims: &Claims, provider: Option<&Provider>) -> Vec<(String, String)> {
    let mut names: BTreeSet<String> = SHOWN.into_iter().map(str::to_owned).collect();
    names.extend(provider.into_iter().flat_map(looked_at));
    let text = |name: String| Some((json_text(claims.get(&name)?), name));
    let shown = names.into_iter().filter_map(text);
    shown.map(|(value, name)| (name, value)).collect()
}

/// The claims that names, rules and filters of `provider` come from; the first step of each.
fn looked_at(provider: &Provider) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    names.extend(first_name(&provider.identity_claim));
    if let Identities::Users { username } = &provider.identities {
        names.extend(of_mapping(username));
    }
    if let Some(groups) = &provider.groups {
        names.extend(of_mapping(&groups.names));
    }
    for rule in &provider.claim_rules {
        match rule {
            ClaimRule::Required { claim, .. } => names.extend(first_name(claim)),
            ClaimRule::Expression(rule) => names.extend(rule.filter.mentioned()),
        }
    }
    for pool in &provider.pools {
        names.extend(first_name(&pool.identity_claim));
        names.extend(pool.filter.mentioned());
    }
    names
}

fn of_mapping(mapping: &ClaimMapping) -> BTreeSet<String> {
    match &mapping.source {
        NameSource::Claim(claim) => first_name(claim).into_iter().collect(),
        NameSource::Expression(expression) => expression.mentioned(),
    }
}

fn first_name(path: &ClaimPath) -> Option<String> {
    path.names().first().cloned()
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
    let budget = Steps::new(limits::LOGIN_STEPS_MAX);
    // What the rules before them take is theirs no more.
    let _told_elsewhere = rule::check_claims(&provider.claim_rules, claims, &budget);
    let report = |pool: &super::pool::Pool| PoolReport {
        id: pool.id.clone(),
        matched: pool.filter.matches_within(claims, &budget),
        clauses: clauses(pool.filter.text())
            .into_iter()
            .map(|clause| (clause.to_owned(), judge_clause(clause, claims)))
            .collect(),
    };
    provider.pools.iter().map(report).collect()
}

/// What one part of a filter says by itself.
fn judge_clause(clause: &str, claims: &Claims) -> Matched {
    match Filter::compile_part(clause) {
        Ok(filter) => filter.matches(claims),
        Err(fault) => Matched::Error(format!("cannot be judged by itself: {fault}")),
    }
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
            filter::{Expression, Wanted},
            fixture::{
                ISSUER, NOW, RSA_A, introspection, keyring, keys, organization, pool, provider,
                token,
            },
            introspection::IntrospectedTokens,
            provider::GroupMapping,
            rule::Rule,
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
        explained_at(provider, token(changes), None)
    }

    fn explained_at(
        provider: Provider,
        token: String,
        introspected: Option<&Introspected>,
    ) -> Explanation {
        let ring = keyring(&provider, keys(&[RSA_A.jwk(r#""kid":"k1","#)]));
        let directory = Directory::new(vec![Arc::new(provider)]).unwrap();
        let presented = Presented {
            organization: &organization(),
            token: &Secret::new(token),
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: None,
            introspected,
        };
        explain(&directory, &ring, &presented, UnixTime::from_secs(NOW))
    }

    /// A provider that is asked about `tokens`, with a pool of the members of `staff`.
    fn asked(tokens: IntrospectedTokens) -> Provider {
        let mut provider = provider("idp", ISSUER);
        provider.identities = Identities::Pools;
        provider.pools = vec![pool("pool-a", "claims.dept == 'staff'")];
        provider.introspection = Some(Arc::new(introspection(tokens)));
        provider
    }

    fn shown_value<'a>(explained: &'a Explanation, name: &str) -> Option<&'a str> {
        let mut claims = explained.claims.iter();
        let claim = claims.find(|(shown, _)| shown == name);
        claim.map(|(_, value)| value.as_str())
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

    /// A clause about `email` is no filter by itself, for the proof that it is verified stands in
    /// another; it is judged all the same. The filter is that of the shipped example.
    #[test]
    fn every_clause_of_the_shipped_email_pool_is_told() {
        let shipped = include_str!("../../config/pools.toml");
        let filter = shipped
            .lines()
            .filter_map(|line| line.strip_prefix("filter = '"))
            .find(|filter| filter.contains("claims.email"))
            .and_then(|filter| filter.strip_suffix('\''))
            .unwrap();
        let mut provider = provider("idp", ISSUER);
        provider.identities = Identities::Pools;
        provider.pools = vec![pool("pool-analysts", filter)];
        let changes = [
            ("groups", "[\"analysts\"]"),
            ("email", "\"eve@example.org\""),
            ("email_verified", "true"),
        ];
        let explained = explained_at(provider, token(&changes), None);
        let told: Vec<(&str, &Matched)> = explained.pools[0]
            .clauses
            .iter()
            .map(|(text, matched)| (text.as_str(), matched))
            .collect();
        let expected = [
            ("\"analysts\" in claims.groups", &Matched::Yes),
            ("claims.email_verified", &Matched::Yes),
            ("claims.email.endsWith(\"@example.com\")", &Matched::No),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            shown_value(&explained, "email"),
            Some("\"eve@example.org\"")
        );
        assert_eq!(shown_value(&explained, "groups"), Some("[\"analysts\"]"));
    }

    #[test]
    fn a_clause_that_cannot_be_judged_by_itself_says_so() {
        let claims = Claims::parse(b"{}").unwrap();
        let Matched::Error(why) = judge_clause("claims.a ==", &claims) else {
            panic!("it was judged")
        };
        assert!(why.starts_with("cannot be judged by itself: "), "{why}");
    }

    /// What the provider says of a JWT decides whether it is active, and nothing else.
    #[test]
    fn a_jwt_speaks_for_itself_though_its_provider_was_asked() {
        let answer = br#"{"iss":"https://idp.example.com","sub":"svc-1","dept":"staff"}"#;
        let answer = Introspected::Active(Arc::new(Claims::parse(answer).unwrap()));
        for tokens in [IntrospectedTokens::Jwt, IntrospectedTokens::All] {
            let jwt = token(&[("dept", "\"guests\"")]);
            let explained = explained_at(asked(tokens), jwt, Some(&answer));
            assert!(
                matches!(explained.verdict, Verdict::Refused(_)),
                "{tokens:?}"
            );
            assert_eq!(explained.pools[0].matched, Matched::No, "{tokens:?}");
            assert_eq!(shown_value(&explained, "dept"), Some("\"guests\""));
        }
        let opaque = "opaque".to_owned();
        let explained = explained_at(asked(IntrospectedTokens::All), opaque, Some(&answer));
        assert_eq!(explained.pools[0].matched, Matched::Yes);
        assert_eq!(shown_value(&explained, "dept"), Some("\"staff\""));
    }

    #[test]
    fn claims_that_any_rule_looks_at_are_shown() {
        let expression = |text: &str, wanted| ClaimMapping {
            source: NameSource::Expression(Expression::compile(text, wanted).unwrap()),
            rules: Vec::new(),
            prefix: String::new(),
        };
        let mut provider = provider("idp", ISSUER);
        provider.identities = Identities::Users {
            username: expression("claims.of_name", Wanted::Text),
        };
        provider.groups = Some(GroupMapping {
            names: expression("claims.of_groups", Wanted::Texts),
            required: false,
            separator: None,
        });
        provider.claim_rules = vec![
            ClaimRule::Required {
                claim: "of_rule.deep".parse().unwrap(),
                value: "x".to_owned(),
            },
            ClaimRule::Expression(Rule {
                filter: Filter::compile("claims['of_cel'] == 'x'").unwrap(),
                message: String::new(),
            }),
        ];
        provider.pools = vec![pool("pool-a", "'x' in claims.of_filter")];
        let names = ["of_name", "of_groups", "of_rule", "of_cel", "of_filter"];
        let always = ["scp", "email_verified"];
        let all = names.iter().chain(&always).chain(&["of_nobody"]);
        let changes: Vec<(&str, &str)> = all.map(|name| (*name, "\"x\"")).collect();
        let explained = explained_at(provider, token(&changes), None);
        for name in names.iter().chain(&always) {
            assert_eq!(shown_value(&explained, name), Some("\"x\""), "{name}");
        }
        assert_eq!(shown_value(&explained, "of_nobody"), None);
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
