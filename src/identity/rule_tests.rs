//! What a provider can be told about tokens, over whole logins: mappings, rules, scopes, bindings,
//! revocations. Table by table; each row is one token and what becomes of it.

use std::{sync::Arc, time::Duration};

use super::{
    Audiences, ClaimMapping, ClaimRule, Directory, Expression, Filter, GroupMapping, Identities,
    Identity, NameSource, Presented, Provider, Reason, Revocations, Revoked, Rule, Terms, Verdict,
    Wanted, check_revoked,
    fixture::{ISSUER, NOW, RSA_A, keyring, keys, organization, pool, provider, token},
    judge, verify,
};
use crate::{clock::UnixTime, secret::Secret};

/// Claims of a token that differ from those of [`token`], in raw JSON.
type Changes<'a> = &'a [(&'a str, &'a str)];

/// Where a user name comes from, rules, the token; the name.
type UserRow<'a> = (
    NameSource,
    &'a [&'a str],
    Changes<'a>,
    Result<&'a str, Reason>,
);

/// Where groups come from, rules, the token; the groups.
type GroupRow<'a> = (
    GroupsFrom<'a>,
    &'a [&'a str],
    Changes<'a>,
    Result<&'a [&'a str], Reason>,
);

/// Source, whether a group is required, separator.
type GroupsFrom<'a> = (NameSource, bool, Option<&'a str>);

fn login(provider: &Provider, changes: Changes<'_>) -> Result<Identity, Reason> {
    at_login(provider, changes, Some(Duration::from_secs(3)))
}

fn at_login(
    provider: &Provider,
    changes: Changes<'_>,
    min_remaining: Option<Duration>,
) -> Result<Identity, Reason> {
    let ring = keyring(provider, keys(&[RSA_A.jwk(r#""kid":"k1","#)]));
    let presented = Presented {
        organization: &organization(),
        token: &Secret::new(token(changes)),
        named_pools: None,
        authzid: None,
        client_certificate_sha256: None,
        min_remaining,
        introspected: None,
    };
    let now = UnixTime::from_secs(NOW);
    match verify(&directory(provider), &ring, &presented, now) {
        Verdict::Accepted(identity) => Ok(*identity),
        Verdict::Refused(refusal) | Verdict::Unavailable(refusal) => Err(refusal.reason),
        Verdict::KeyWanted { otherwise, .. } => Err(otherwise.reason),
        Verdict::Introspect(_) => Err(Reason::IntrospectionUnavailable),
    }
}

fn directory(provider: &Provider) -> Directory {
    Directory::new(vec![Arc::new(provider.clone())]).unwrap()
}

/// A provider whose user names and groups come about as told.
fn mapping(username: NameSource, rules: &[&str], groups: Option<GroupMapping>) -> Provider {
    let mut provider = provider("idp", ISSUER);
    let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    let prefix = "kc:".to_owned();
    let username = ClaimMapping {
        source: username,
        rules,
        prefix,
    };
    provider.identities = Identities::Users { username };
    provider.groups = groups;
    provider
}

fn claim(path: &str) -> NameSource {
    NameSource::Claim(path.parse().unwrap())
}

fn expression(text: &str, wanted: Wanted) -> NameSource {
    NameSource::Expression(Expression::compile(text, wanted).unwrap())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn user_names_come_from_claims_expressions_and_rules_and_are_prefixed() {
    let text = |text: &str| expression(text, Wanted::Text);
    let local = ["RULE:([^@]+)@example.com/$1/L"];
    let email = [("email", "\"Al@example.com\""), ("email_verified", "true")];
    let unverified = [("email", "\"Al@example.com\"")];
    let cases: [UserRow<'_>; 16] = [
        (claim("sub"), &[], &[], Ok("kc:svc-1")),
        (claim("sub"), &["DEFAULT"], &[], Ok("kc:svc-1")),
        (
            claim("sub"),
            &["RULE:svc-(.*)/robot-$1/U"],
            &[],
            Ok("kc:ROBOT-1"),
        ),
        (
            claim("sub"),
            &["RULE:x/y/"],
            &[],
            Err(Reason::UsernameUnmapped),
        ),
        (
            claim("sub"),
            &["RULE:.*//"],
            &[],
            Err(Reason::UsernameReserved),
        ),
        (claim("sub"), &["RULE:.*/pool-x/"], &[], Ok("kc:pool-x")),
        (claim("email"), &local, &email, Ok("kc:al")),
        (
            claim("email"),
            &local,
            &unverified,
            Err(Reason::ClaimInvalid),
        ),
        (
            text("claims.azp + '/' + claims.sub"),
            &[],
            &[],
            Ok("kc:orders/svc-1"),
        ),
        (text("claims.email"), &local, &email, Ok("kc:al")),
        (
            text("claims.email"),
            &local,
            &unverified,
            Err(Reason::ClaimInvalid),
        ),
        (text("claims.nope"), &[], &[], Err(Reason::ClaimInvalid)),
        (
            text("claims.aud"),
            &[],
            &[("aud", "[\"kafka\"]")],
            Err(Reason::ClaimInvalid),
        ),
        (text("''"), &[], &[], Err(Reason::UsernameReserved)),
        (claim("nope"), &["DEFAULT"], &[], Err(Reason::ClaimMissing)),
        (claim("a.b"), &[], &[("a", "{\"b\":\"c\"}")], Ok("kc:c")),
    ];
    for (source, rules, changes, expected) in cases {
        let provider = mapping(source.clone(), rules, None);
        let found = login(&provider, changes);
        let found = found.as_ref().map(|identity| identity.primary.name());
        assert_eq!(
            found.map_err(|reason| *reason),
            expected,
            "{source:?} {rules:?}"
        );
    }
    // Without the prefix the same name would pass for a pool.
    let mut bare = mapping(claim("sub"), &["RULE:.*/pool-x/"], None);
    if let Identities::Users { username } = &mut bare.identities {
        username.prefix.clear();
    }
    assert_eq!(login(&bare, &[]).unwrap_err(), Reason::UsernameReserved);
}

#[test]
fn groups_come_from_claims_expressions_and_rules_and_are_prefixed() {
    let comma = || (claim("groups"), false, Some(","));
    let required = || (claim("groups"), true, Some(","));
    let at = |separator| (claim("groups"), false, separator);
    let texts = |text: &str| (expression(text, Wanted::Texts), false, None);
    let url = (claim("https://acme.example/roles"), false, Some(","));
    let list: Changes<'_> = &[("groups", "[\"/team-a\",\"/ops\"]")];
    let semicolons: Changes<'_> = &[("groups", "\"a;b,c; ;d\"")];
    let entra: Changes<'_> = &[("_claim_names", "{\"groups\":\"src1\"}")];
    let empty: Changes<'_> = &[("groups", "\"\"")];
    let roles: Changes<'_> = &[("https://acme.example/roles", "[\"r\"]")];
    let rule = ["RULE:\\/team-(.*)/$1/"];
    let missing = Err(Reason::ClaimMissing);
    let cases: [GroupRow<'_>; 15] = [
        (comma(), &[], list, Ok(&["g:/team-a", "g:/ops"])),
        (comma(), &rule, list, Ok(&["g:a"])),
        (at(Some(";")), &[], semicolons, Ok(&["g:a", "g:b,c", "g:d"])),
        (at(None), &[], semicolons, Ok(&["g:a;b,c; ;d"])),
        (comma(), &[], empty, Ok(&[])),
        (at(None), &[], empty, Ok(&[])),
        (comma(), &[], &[], Ok(&[])),
        (required(), &[], &[], missing),
        (required(), &[], &[("groups", "[]")], missing),
        (required(), &["RULE:x/y/"], list, missing),
        (comma(), &["RULE:.*//"], list, Err(Reason::ClaimInvalid)),
        (comma(), &[], entra, Err(Reason::GroupsOverage)),
        (url, &[], roles, Ok(&["g:r"])),
        (
            texts("claims.groups.map(g, g + '!')"),
            &[],
            list,
            Ok(&["g:/team-a!", "g:/ops!"]),
        ),
        (texts("claims.groups"), &[], &[], Err(Reason::ClaimInvalid)),
    ];
    for ((source, required, separator), rules, changes, expected) in cases {
        let names = ClaimMapping {
            source: source.clone(),
            rules: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
            prefix: "g:".to_owned(),
        };
        let groups = GroupMapping {
            names,
            required,
            separator: separator.map(str::to_owned),
        };
        let found = login(&mapping(claim("sub"), &[], Some(groups)), changes);
        let names = |identity: Identity| -> Vec<String> {
            let groups = identity.groups.iter();
            groups.map(|group| group.name().to_owned()).collect()
        };
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect());
        assert_eq!(
            found.map(names),
            expected,
            "{source:?} {rules:?} {separator:?}"
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn scopes_rules_and_bindings_decide() {
    let rule = |text: &str| Rule {
        filter: Filter::compile(text).unwrap(),
        message: String::new(),
    };
    let user_rule = |text: &str| Rule {
        filter: Filter::compile_user(text).unwrap(),
        message: String::new(),
    };
    type Change = Box<dyn Fn(&mut Provider)>;
    let scopes = |wanted: &'static [&'static str]| -> Change {
        Box::new(|p| p.required_scopes = wanted.iter().map(ToString::to_string).collect())
    };
    let claims = rule("claims.azp == 'orders'");
    let user = user_rule("user.username.startsWith('svc-')");
    let human = user_rule("!user.username.startsWith('svc-')");
    let cases: Vec<(Change, Changes<'_>, Option<Reason>)> = vec![
        (scopes(&["a", "b"]), &[("scope", "\"b c a\"")], None),
        (scopes(&["a"]), &[("scp", "[\"a\",\"b\"]")], None),
        (scopes(&["a"]), &[("scp", "\"b a\"")], None),
        (
            scopes(&["a", "b"]),
            &[("scope", "\"a\""), ("scp", "[\"b\"]")],
            None,
        ),
        (scopes(&["a"]), &[], Some(Reason::ScopeMissing)),
        (
            scopes(&["a", "b"]),
            &[("scope", "\"a\"")],
            Some(Reason::ScopeMissing),
        ),
        (
            scopes(&["a"]),
            &[("scope", "\"ab A a,b\"")],
            Some(Reason::ScopeMissing),
        ),
        (
            scopes(&["a"]),
            &[("scope", "7")],
            Some(Reason::ClaimInvalid),
        ),
        (
            scopes(&["a"]),
            &[("scp", "[\"a\",7]")],
            Some(Reason::ClaimInvalid),
        ),
        (scopes(&[]), &[("scope", "7")], None),
        (
            Box::new(move |p| p.claim_rules = vec![ClaimRule::Expression(claims.clone())]),
            &[],
            None,
        ),
        (
            Box::new(|p| {
                p.claim_rules = vec![ClaimRule::Required {
                    claim: "azp".parse().unwrap(),
                    value: "other".to_owned(),
                }];
            }),
            &[],
            Some(Reason::ClaimRuleFailed),
        ),
        (
            Box::new(move |p| p.user_rules = vec![user.clone()]),
            &[],
            None,
        ),
        (
            Box::new(move |p| p.user_rules = vec![human.clone()]),
            &[],
            Some(Reason::UserRuleFailed),
        ),
        (
            Box::new(|p| p.require_bound = true),
            &[],
            Some(Reason::TokenUnbound),
        ),
        (
            Box::new(|p| p.require_bound = true),
            &[("cnf", "{\"x5t#S256\":\"x\"}")],
            Some(Reason::TokenBound),
        ),
        (
            Box::new(|p| p.enabled = false),
            &[],
            Some(Reason::ProviderDisabled),
        ),
    ];
    for (at, (change, changes, reason)) in cases.into_iter().enumerate() {
        let mut provider = provider("idp", ISSUER);
        change(&mut provider);
        assert_eq!(login(&provider, changes).err(), reason, "row {at}");
    }
    assert_eq!(Reason::ProviderDisabled.disclosed(), Reason::IssuerUnknown);
}

#[test]
fn pools_may_pin_the_audience_in_place_of_the_provider() {
    let mut provider = provider("idp", ISSUER);
    provider.identities = Identities::Pools;
    provider.audiences = Audiences::PinnedByPools;
    provider.pools = vec![pool("pool-a", "claims.aud == 'kafka'")];
    for (aud, reason) in [
        ("\"kafka\"", None),
        ("[\"kafka\"]", None),
        ("\"other\"", Some(Reason::PoolNoMatch)),
        ("[\"kafka\",\"other\"]", Some(Reason::PoolNoMatch)),
        ("[]", Some(Reason::PoolNoMatch)),
        ("{\"kafka\":1}", Some(Reason::ClaimInvalid)),
        ("", Some(Reason::ClaimMissing)),
    ] {
        assert_eq!(login(&provider, &[("aud", aud)]).err(), reason, "{aud}");
    }
}

#[test]
fn a_provider_may_want_more_life_at_a_first_login() {
    let short = (NOW + 10).to_string();
    let changes: Changes<'_> = &[("exp", &short)];
    let secs = |secs| Some(Duration::from_secs(secs));
    for (own, common, good) in [
        (None, secs(3), true),
        (None, secs(11), false),
        (secs(11), secs(3), false),
        (secs(0), secs(11), true),
        (secs(11), None, true),
        (secs(11), secs(0), false),
    ] {
        let mut provider = provider("idp", ISSUER);
        provider.min_remaining = own;
        let reason = at_login(&provider, changes, common).err();
        let expected = (!good).then_some(Reason::TokenExpiresTooSoon);
        assert_eq!(reason, expected, "{own:?} {common:?}");
    }
}

/// A revocation holds at a login, when a session is judged, and in the quick look at a reload.
#[test]
fn what_is_revoked_is_refused_everywhere() {
    let terms = Terms {
        issued_before: None,
        until: None,
    };
    let at = |secs| Some(UnixTime::from_secs(NOW + secs));
    let cases = [
        (Revoked::Subject("svc-1".to_owned()), terms, true),
        (Revoked::ClientId("orders".to_owned()), terms, true),
        (Revoked::Jti("j".to_owned()), terms, true),
        (Revoked::Kid("k1".to_owned()), terms, true),
        (Revoked::All, terms, true),
        (Revoked::Subject("svc-2".to_owned()), terms, false),
        (Revoked::Kid("k2".to_owned()), terms, false),
        (
            Revoked::All,
            Terms {
                issued_before: at(-59),
                until: None,
            },
            true,
        ),
        (
            Revoked::All,
            Terms {
                issued_before: at(-60),
                until: None,
            },
            false,
        ),
        (
            Revoked::All,
            Terms {
                issued_before: None,
                until: at(0),
            },
            false,
        ),
    ];
    let good = provider("idp", ISSUER);
    let now = UnixTime::from_secs(NOW);
    let changes: Changes<'_> = &[("jti", "\"j\"")];
    let session = login(&good, changes).unwrap();
    for (revoked, terms, hit) in cases {
        let mut provider = good.clone();
        let mut revocations = Revocations::default();
        revocations.add(revoked.clone(), terms);
        provider.revocations = revocations;
        let directory = directory(&provider);
        let expected = hit.then_some(Reason::TokenRevoked);
        let reason = |refusal: super::Refusal| refusal.reason;
        assert_eq!(login(&provider, changes).err(), expected, "{revoked:?}");
        let judged = judge(&directory, &session, now).err().map(reason);
        assert_eq!(judged, expected, "{revoked:?}");
        let looked = check_revoked(&directory, &session, now).err().map(reason);
        assert_eq!(looked, expected, "{revoked:?}");
    }
    let mut disabled = good.clone();
    disabled.enabled = false;
    for (directory, reason) in [
        (directory(&disabled), Reason::ProviderDisabled),
        (Directory::default(), Reason::ProviderRemoved),
    ] {
        let looked = check_revoked(&directory, &session, now).unwrap_err();
        assert_eq!(looked.reason, reason);
        assert_eq!(judge(&directory, &session, now).unwrap_err().reason, reason);
    }
    // A tightened filter is no revocation: such sessions are judged in their turn.
    let mut narrowed = good;
    narrowed.audiences = Audiences::AnyOf(vec!["x".to_owned()]);
    assert!(check_revoked(&directory(&narrowed), &session, now).is_ok());
}

/// As pressing as a revocation: what is not bound may have been stolen.
#[test]
fn what_must_be_bound_is_refused_everywhere() {
    let good = provider("idp", ISSUER);
    let now = UnixTime::from_secs(NOW);
    let session = login(&good, &[]).unwrap();
    assert!(check_revoked(&directory(&good), &session, now).is_ok());
    let mut binding = good;
    binding.require_bound = true;
    assert_eq!(login(&binding, &[]).err(), Some(Reason::TokenUnbound));
    for judged in [
        judge(&directory(&binding), &session, now).map(drop),
        check_revoked(&directory(&binding), &session, now),
    ] {
        assert_eq!(judged.unwrap_err().reason, Reason::TokenUnbound);
    }
}
