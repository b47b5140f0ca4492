//! Validation rules: what a provider wants of claims, and of the user made of them, beyond what
//! every token must say. Kubernetes and OKD have both kinds. Knows filters.

use super::{
    claim_path::ClaimPath,
    claims::Claims,
    filter::{Filter, Matched},
    json::Json,
    principal::Principal,
    reason::{Reason, Refusal},
    steps::Steps,
};

/// A rule over claims; all of a provider's must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimRule {
    /// The claim is a string and exactly this one; an `email` is verified, too.
    Required {
        /// Where it is.
        claim: ClaimPath,
        /// What it must be.
        value: String,
    },
    /// The expression is true.
    Expression(Rule),
}

/// An expression that must be true, and what is told when it is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Over `claims`, or over `user` in a rule about users.
    pub filter: Filter,
    /// For the audit; empty = the expression speaks for itself.
    pub message: String,
}

/// Checks that all of `rules` hold of `claims`, within the `budget` of the login.
///
/// # Errors
/// `CLAIM_RULE_FAILED`, with the first that does not.
pub(super) fn check_claims(
    rules: &[ClaimRule],
    claims: &Claims,
    budget: &Steps,
) -> Result<(), Refusal> {
    let failed = |detail: String| Err(Refusal::new(Reason::ClaimRuleFailed, detail));
    for rule in rules {
        match rule {
            ClaimRule::Required { claim, value } => match claims.at(claim) {
                Some(Json::Text(text)) if text == value => {
                    if claim.names() == ["email"] && !claims.has_verified_email() {
                        return failed(format!("`{claim}` counts only with `email_verified` true"));
                    }
                }
                Some(Json::Text(_)) => return failed(format!("`{claim}` is not {value:?}")),
                Some(other) => {
                    let kind = other.kind();
                    return failed(format!("`{claim}` is {kind}; {value:?} is wanted"));
                }
                None => return failed(format!("`{claim}` is missing; {value:?} is wanted")),
            },
            ClaimRule::Expression(rule) => {
                if let Some(detail) = rule.failure(claims, budget) {
                    return failed(detail);
                }
            }
        }
    }
    Ok(())
}

/// Checks that all of `rules` hold of the user `name`, a member of `groups`; prefixes included; within
/// the `budget` of the login.
///
/// # Errors
/// `USER_RULE_FAILED`, with the first that does not.
pub(super) fn check_user(
    rules: &[Rule],
    name: &str,
    groups: &[Principal],
    budget: &Steps,
) -> Result<(), Refusal> {
    if rules.is_empty() {
        return Ok(());
    }
    let user = Claims::of_user(name, groups.iter().map(Principal::name));
    match rules.iter().find_map(|rule| rule.failure(&user, budget)) {
        None => Ok(()),
        Some(detail) => Err(Refusal::new(Reason::UserRuleFailed, detail)),
    }
}

impl Rule {
    /// Why it does not hold; `None` if it does.
    fn failure(&self, of: &Claims, budget: &Steps) -> Option<String> {
        let why = match self.filter.matches_within(of, budget) {
            Matched::Yes => return None,
            Matched::No => "it says no".to_owned(),
            Matched::Error(why) => why,
        };
        let text = self.filter.text();
        Some(match self.message.as_str() {
            "" => format!("the rule `{text}` does not hold: {why}"),
            message => format!("{message} (the rule `{text}` does not hold: {why})"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn budget() -> Steps {
        Steps::new(limits::LOGIN_STEPS_MAX)
    }

    fn required(claim: &str, value: &str) -> ClaimRule {
        ClaimRule::Required {
            claim: claim.parse().unwrap(),
            value: value.to_owned(),
        }
    }

    fn expression(text: &str) -> ClaimRule {
        ClaimRule::Expression(Rule {
            filter: Filter::compile(text).unwrap(),
            message: "staff only".to_owned(),
        })
    }

    #[test]
    fn every_rule_must_hold() {
        let claims = br#"{"hd":"acme.com","n":5,"list":["acme.com"],"r":{"x":"y"},"null":null}"#;
        let claims = Claims::parse(claims).unwrap();
        let cases = [
            (vec![], None),
            (vec![required("hd", "acme.com")], None),
            (
                vec![required("r.x", "y"), expression("claims.n == 5")],
                None,
            ),
            (
                vec![required("hd", "Acme.com")],
                Some("is not \"Acme.com\""),
            ),
            (vec![required("hd", "acme")], Some("is not")),
            (vec![required("n", "5")], Some("is a number")),
            (vec![required("list", "acme.com")], Some("is a list")),
            (vec![required("nope", "x")], Some("is missing")),
            (vec![required("null", "x")], Some("is missing")),
            (
                vec![required("hd", "acme.com"), required("n", "5")],
                Some("number"),
            ),
            (
                vec![expression("claims.n == 6")],
                Some("staff only (the rule"),
            ),
            (
                vec![expression("claims.nope == 6")],
                Some("`claims.nope` is missing"),
            ),
        ];
        for (rules, why) in cases {
            let refusal = check_claims(&rules, &claims, &budget()).err();
            match (&refusal, why) {
                (None, None) => {}
                (Some(refusal), Some(why)) => {
                    assert_eq!(refusal.reason, Reason::ClaimRuleFailed);
                    assert!(refusal.detail.contains(why), "{rules:?}: {refusal}");
                }
                _ => panic!("{rules:?}: {refusal:?}"),
            }
        }
    }

    #[test]
    fn a_required_email_is_a_verified_one() {
        let rules = [required("email", "a@b")];
        for (beside, holds) in [
            (r#","email_verified":true"#, true),
            (r#","email_verified":false"#, false),
            (r#","email_verified":"true""#, false),
            ("", false),
        ] {
            let claims = format!(r#"{{"email":"a@b"{beside}}}"#);
            let claims = Claims::parse(claims.as_bytes()).unwrap();
            let reason = check_claims(&rules, &claims, &budget()).map_err(|refusal| refusal.reason);
            let wanted = if holds {
                Ok(())
            } else {
                Err(Reason::ClaimRuleFailed)
            };
            assert_eq!(reason, wanted, "{beside}");
        }
    }

    #[test]
    fn users_are_judged_by_their_whole_names() {
        let groups = [Principal::group("kc:ops").unwrap()];
        for (rule, holds) in [
            ("user.username == 'kc:alice'", true),
            ("!user.username.startsWith('system:')", true),
            ("'kc:ops' in user.groups", true),
            ("user.groups.all(g, g.startsWith('kc:'))", true),
            ("size(user.groups) == 1", true),
            ("user.username == 'alice'", false),
            ("'ops' in user.groups", false),
            ("user.username", false),
        ] {
            let rule = Rule {
                filter: Filter::compile_user(rule).unwrap(),
                message: String::new(),
            };
            let rules = std::slice::from_ref(&rule);
            let reason =
                check_user(rules, "kc:alice", &groups, &budget()).map_err(|refusal| refusal.reason);
            let expected = if holds {
                Ok(())
            } else {
                Err(Reason::UserRuleFailed)
            };
            assert_eq!(reason, expected, "{rule:?}");
        }
        for (text, why) in [
            ("claims.sub == 'x'", "unknown variable `claims`"),
            ("user.uid == 'x'", "a user has `username` and `groups`"),
            ("has(user.extra)", "a user has"),
            ("'uid' in user", "a user has"),
            ("user.groups.exists(user, user == 'x')", "element `user`"),
            ("user", "`user` where a condition"),
        ] {
            let fault = Filter::compile_user(text).expect_err(text).to_string();
            assert!(fault.contains(why), "{text}: {fault}");
        }
    }
}
