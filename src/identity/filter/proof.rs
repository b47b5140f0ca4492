//! What follows from a filter being true, whatever the claims. Sound rather than complete: a yes is
//! a proof, a no may be a filter that is too clever to see through.

use super::condition::{Condition, Operand, Quantifier, Reference, Step, TextMatch, Variable};
use crate::identity::json::Json;

/// A claim that tells whose a token is, and the texts in it that do.
#[derive(Clone, Copy, Debug)]
pub struct Pin<'a> {
    /// Name of the claim.
    pub claim: &'a str,
    /// How texts begin that tell it; empty = any text does.
    pub begins: &'a [&'a str],
    /// What stands before the owner's name and what ends it, where a text begins with the owner: so
    /// much of a text tells it, too.
    pub owner: Option<(&'a str, char)>,
}

/// What a proof is about.
#[derive(Clone, Copy)]
struct Target<'a> {
    pins: &'a [Pin<'a>],
    at: At,
}

/// Where what is pinned is looked for.
#[derive(Clone, Copy)]
enum At {
    /// In the claims.
    Claims,
    /// In the element at hand of a quantifier over one of them.
    Element,
}

/// Whether one of `pins` must hold one of finitely many texts, written in the filter, for
/// `condition` to be true; or a text that begins with an owner's name that is written there.
pub(super) fn pins(condition: &Condition, pins: &[Pin<'_>]) -> bool {
    let at = At::Claims;
    Target { pins, at }.is_pinned_by(condition)
}

impl<'a> Pin<'a> {
    /// A claim of which any text tells whose the token is.
    #[must_use]
    pub const fn any(claim: &'a str) -> Self {
        Self {
            claim,
            begins: &[],
            owner: None,
        }
    }

    /// Whether a claim that is `text` tells whose the token is.
    #[must_use]
    pub fn is_told_by(&self, text: &str) -> bool {
        self.begins.is_empty() || self.begins.iter().any(|begin| text.starts_with(begin))
    }

    /// Whether a claim that starts with `text` does: if the owner's name is in it up to its end, for
    /// `acme` begins the name of `acme-evil`, too.
    fn is_told_by_start(&self, text: &str) -> bool {
        let named = self.owner.and_then(|(before, end)| {
            let (owner, _) = text.strip_prefix(before)?.split_once(end)?;
            Some(!owner.is_empty())
        });
        named.unwrap_or(false)
    }
}

/// Refuses a `condition` that trusts an `email` which the issuer may not have verified.
///
/// # Errors
/// What to write instead.
pub(super) fn check_email(condition: &Condition) -> Result<(), String> {
    if trusts_unverified_email(condition, true) {
        return Err(
            "looks at `claims.email`, which anybody can claim to have; write \
             `claims.email_verified && ...` beside it, and not within `!(...)`"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether `condition` can come to `outcome` by what `claims.email` says, where
/// `claims.email_verified` is not `true`: anybody can claim an address at an issuer that does not
/// verify it.
///
/// A missing flag is an error, and an error beside `false` is `false`: so `&&` that is false may owe
/// it to the address alone, whatever stands beside it. `!` makes that true.
pub(super) fn trusts_unverified_email(condition: &Condition, outcome: bool) -> bool {
    if proves_verified(condition, outcome) {
        return false;
    }
    match condition {
        Condition::And(left, right) | Condition::Or(left, right) => {
            trusts_unverified_email(left, outcome) || trusts_unverified_email(right, outcome)
        }
        Condition::Not(inner) => trusts_unverified_email(inner, !outcome),
        Condition::Each {
            quantifier,
            range,
            body,
        } => {
            // To be the only one, an element needs others that are not.
            let others = *quantifier == Quantifier::ExistsOne;
            is_email(range)
                || trusts_unverified_email(body, outcome)
                || others && trusts_unverified_email(body, !outcome)
        }
        Condition::Claim(reference) => is_email(reference),
        Condition::ClaimOr(claim, _) => is_email(&claim.reference),
        Condition::Equal(left, right) | Condition::Order(_, left, right) => {
            looks_at_email(left) || looks_at_email(right)
        }
        Condition::In { needle, haystack } => looks_at_email(needle) || looks_at_email(haystack),
        Condition::Text {
            subject, argument, ..
        } => looks_at_email(subject) || looks_at_email(argument),
        Condition::Matches { subject, .. } => looks_at_email(subject),
        // Whether it is there says nothing of what it is.
        Condition::Constant(_)
        | Condition::Has(_)
        | Condition::HasValue(_)
        | Condition::IsNull(_) => false,
    }
}

/// Whether `email_verified` is `true` wherever `condition` is `outcome`. Where the flag is `false`
/// such a condition is the other, for certain; where it is missing it may be an error.
fn proves_verified(condition: &Condition, outcome: bool) -> bool {
    match condition {
        Condition::Not(inner) => proves_verified(inner, !outcome),
        Condition::And(left, right) if outcome => {
            proves_verified(left, true) || proves_verified(right, true)
        }
        Condition::And(left, right) => {
            proves_verified(left, false) && proves_verified(right, false)
        }
        Condition::Or(left, right) if outcome => {
            proves_verified(left, true) && proves_verified(right, true)
        }
        Condition::Or(left, right) => proves_verified(left, false) || proves_verified(right, false),
        _ => outcome && is_flag(condition),
    }
}

/// Whether `condition` is true if `email_verified` is `true`, and only then.
fn is_flag(condition: &Condition) -> bool {
    let is_flag = |reference: &Reference| is_claim(reference, "email_verified");
    match condition {
        Condition::Claim(reference) => is_flag(reference),
        // Whoever takes a missing flag for a good one has verified nothing.
        Condition::ClaimOr(claim, otherwise) => !otherwise && is_flag(&claim.reference),
        Condition::Equal(Operand::Reference(reference), Operand::Literal(Json::Bool(true)))
        | Condition::Equal(Operand::Literal(Json::Bool(true)), Operand::Reference(reference)) => {
            is_flag(reference)
        }
        Condition::Equal(
            Operand::Or(claim, Json::Bool(false)),
            Operand::Literal(Json::Bool(true)),
        )
        | Condition::Equal(
            Operand::Literal(Json::Bool(true)),
            Operand::Or(claim, Json::Bool(false)),
        ) => is_flag(&claim.reference),
        _ => false,
    }
}

fn looks_at_email(operand: &Operand) -> bool {
    match operand {
        Operand::Reference(reference) | Operand::Size(reference) => is_email(reference),
        Operand::Or(claim, _) => is_email(&claim.reference),
        Operand::Literal(_) => false,
    }
}

/// Whether `reference` is `claims.email` or leads into it.
pub(super) fn is_email(reference: &Reference) -> bool {
    is_claim(reference, "email")
}

fn is_claim(reference: &Reference, name: &str) -> bool {
    let first = reference.steps.first();
    reference.variable == Variable::Root
        && matches!(first, Some(Step::Member(member)) if member == name)
}

impl<'a> Target<'a> {
    fn is_pinned_by(self, condition: &Condition) -> bool {
        match condition {
            // Never true: whatever is asked follows from it.
            Condition::Constant(value) => !value,
            Condition::And(left, right) => self.is_pinned_by(left) || self.is_pinned_by(right),
            Condition::Or(left, right) => self.is_pinned_by(left) && self.is_pinned_by(right),
            Condition::Equal(Operand::Reference(reference), Operand::Literal(value))
            | Condition::Equal(Operand::Literal(value), Operand::Reference(reference)) => {
                self.is_told_by(reference, value)
            }
            Condition::In { needle, haystack } => match (needle, haystack) {
                (Operand::Literal(text @ Json::Text(_)), Operand::Reference(list)) => {
                    self.is_told_by(list, text)
                }
                (Operand::Reference(one), Operand::Literal(list @ Json::List(_))) => {
                    self.is_told_by(one, list)
                }
                _ => false,
            },
            Condition::Text {
                kind: TextMatch::StartsWith,
                subject: Operand::Reference(reference),
                argument: Operand::Literal(Json::Text(text)),
            } => self
                .of(reference)
                .is_some_and(|pin| pin.is_told_by_start(text)),
            Condition::Each {
                quantifier: Quantifier::Exists | Quantifier::ExistsOne,
                range,
                body,
            } => self.is_pinned_by(body) || self.is_pinned_by_element(range, body),
            // `all` holds for no element; the others say what a claim is not, or resembles.
            Condition::Each { .. }
            | Condition::Claim(_)
            | Condition::ClaimOr(..)
            | Condition::HasValue(_)
            | Condition::Not(_)
            | Condition::Equal(..)
            | Condition::IsNull(_)
            | Condition::Order(..)
            | Condition::Has(_)
            | Condition::Text { .. }
            | Condition::Matches { .. } => false,
        }
    }

    /// Whether an element of the list at `range` is pinned where `body` is true of it.
    fn is_pinned_by_element(self, range: &Reference, body: &Condition) -> bool {
        self.of(range).is_some_and(|pin| {
            let pins = std::slice::from_ref(pin);
            let at = At::Element;
            Target { pins, at }.is_pinned_by(body)
        })
    }

    /// Whether `reference` is to a pin that is told by `value`: a text, or a list of at least one and
    /// nothing else.
    fn is_told_by(self, reference: &Reference, value: &Json) -> bool {
        let texts = value.as_texts().filter(|texts| !texts.is_empty());
        self.of(reference)
            .zip(texts)
            .is_some_and(|(pin, texts)| texts.iter().all(|text| pin.is_told_by(text)))
    }

    /// The pin that `reference` is to.
    fn of(self, reference: &Reference) -> Option<&'a Pin<'a>> {
        match (self.at, reference.variable, reference.steps.as_slice()) {
            (At::Claims, Variable::Root, [Step::Member(name)]) => {
                self.pins.iter().find(|pin| pin.claim == name)
            }
            (At::Element, Variable::Element, []) => self.pins.first(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use crate::identity::{Filter, Pin, claims::Claims, filter::Matched};

    #[test]
    fn a_pin_is_proven_or_denied() {
        for (filter, pinned) in [
            ("claims.aud == 'kafka'", true),
            ("'kafka' == claims.aud", true),
            ("claims['aud'] == 'kafka'", true),
            ("claims.aud == ['kafka', 'x']", true),
            ("'kafka' in claims.aud", true),
            ("claims.aud in ['kafka', 'x']", true),
            ("claims.aud.exists(a, a == 'kafka')", true),
            ("claims.aud.exists_one(a, a in ['kafka'])", true),
            (
                "claims.groups.exists(g, g == 'x' && claims.aud == 'kafka')",
                true,
            ),
            ("claims.azp == 'x' && claims.aud == 'kafka'", true),
            ("claims.aud == 'a' || claims.aud == 'b'", true),
            (
                "claims.aud == 'a' && claims.azp == 'x' || 'b' in claims.aud",
                true,
            ),
            ("false", true),
            ("true", false),
            ("claims.azp == 'x'", false),
            ("claims.aud != 'kafka'", false),
            ("!(claims.aud != 'kafka')", false),
            ("!(claims.azp == 'x' && claims.aud != 'kafka')", false),
            ("!(claims.azp != 'x' || claims.aud != 'kafka')", false),
            ("!(claims.azp == 'x' && claims.aud == 'kafka')", false),
            ("!!(claims.aud == 'kafka')", true),
            ("claims.aud == 'kafka' || claims.azp == 'x'", false),
            ("claims.aud == 'kafka' || true", false),
            ("has(claims.aud)", false),
            ("claims.aud != null", false),
            ("claims.aud == claims.azp", false),
            ("claims.azp in claims.aud", false),
            ("claims.aud == []", false),
            ("claims.aud == [1]", false),
            ("claims.aud in []", false),
            ("claims.aud.startsWith('kafka')", false),
            ("claims.aud.matches('^kafka$')", false),
            ("claims.aud.all(a, a == 'kafka')", false),
            ("claims.aud.exists(a, a != 'kafka')", false),
            ("claims.groups.exists(a, a == 'kafka')", false),
            ("claims.aud[0] == 'kafka'", false),
            ("claims.aud.x == 'kafka'", false),
            ("claims.x.aud == 'kafka'", false),
            ("claims.aud > 'a'", false),
            ("size(claims.aud) == 1", false),
        ] {
            let filter = Filter::compile(filter).unwrap();
            assert_eq!(filter.pins(&[Pin::any("aud")]), pinned, "{filter:?}");
        }
        for (filter, pinned) in [
            ("claims.sub == 'a' || claims.aud == 'b'", true),
            ("claims.sub == 'a' || claims.azp == 'b'", false),
        ] {
            let filter = Filter::compile(filter).unwrap();
            let pins = [Pin::any("aud"), Pin::any("sub")];
            assert_eq!(filter.pins(&pins), pinned, "{filter:?}");
        }
    }

    /// Where the owner chooses what else is in a claim, its form and the end of his name count.
    #[test]
    fn a_pin_names_an_owner_to_the_end() {
        let pins = [Pin {
            claim: "sub",
            begins: &["repo:", "owner:"],
            owner: Some(("repo:", '/')),
        }];
        for (filter, pinned) in [
            ("claims.sub == 'repo:acme/a:ref:main'", true),
            ("claims.sub in ['repo:acme/a', 'owner:acme']", true),
            ("'owner:acme' in claims.sub", true),
            ("claims.sub.startsWith('repo:acme/')", true),
            ("claims.sub.startsWith('repo:acme/a')", true),
            ("claims.sub.exists(s, s.startsWith('repo:acme/'))", true),
            (
                "claims.sub.startsWith('repo:a/') || claims.sub == 'owner:b'",
                true,
            ),
            ("claims.sub == 'environment:prod'", false),
            ("claims.sub in ['repo:acme/a', 'environment:prod']", false),
            ("claims.sub == ''", false),
            ("claims.sub.startsWith('repo:acme')", false),
            ("claims.sub.startsWith('repo:/')", false),
            ("claims.sub.startsWith('repo:')", false),
            ("claims.sub.startsWith('owner:acme/')", false),
            ("claims.sub.startsWith('acme/')", false),
            ("claims.sub.startsWith(claims.x)", false),
            ("!claims.sub.startsWith('repo:acme/')", false),
            ("claims.sub.endsWith('repo:acme/')", false),
            ("claims.sub.contains('repo:acme/')", false),
            (
                "claims.sub.exists(s, claims.x.startsWith('repo:a/'))",
                false,
            ),
            ("claims.x.exists(s, s.startsWith('repo:acme/'))", false),
        ] {
            let filter = Filter::compile(filter).unwrap();
            assert_eq!(filter.pins(&pins), pinned, "{filter:?}");
        }
    }

    #[test]
    fn an_email_is_used_where_it_was_verified() {
        for filter in [
            "claims.email == 'a@b' && claims.email_verified",
            "claims.email_verified == true && claims.email.endsWith('@b')",
            "true == claims.email_verified && !(claims.email == 'a@b')",
            "claims.email_verified && (claims.email == 'a' || claims.email == 'b')",
            "claims.azp == 'x' || claims.email_verified && claims.email == 'a'",
            "claims.groups.exists(g, claims.email_verified && g == claims.email)",
            "claims.groups.exists_one(g, claims.email_verified && g == 'x')",
            "!(!claims.email_verified || claims.email != 'a')",
            "!!(claims.email_verified && claims.email == 'a')",
            "!claims.email_verified && claims.azp == 'x'",
            "has(claims.email) && claims.azp == 'x'",
            "claims.email_domain == 'b'",
        ] {
            assert!(Filter::compile(filter).is_ok(), "{filter}");
        }
        for filter in [
            "claims.email == 'a@b'",
            "claims['email'] == 'a@b'",
            "claims.email in ['a@b']",
            "'a@b' in claims.email",
            "claims.email.endsWith('@b')",
            "claims.email.matches('@b$')",
            "!(claims.email == 'a@b')",
            "claims.email > 'a'",
            "size(claims.email) > 3",
            "claims.email.exists(e, e == 'a@b')",
            "claims.groups.exists(g, g == claims.email)",
            "claims.email == 'a' && !claims.email_verified",
            "claims.email == 'a' && claims.email_verified == false",
            "claims.email == 'a' && has(claims.email_verified)",
            "claims.email == 'a' && (claims.email_verified || claims.azp == 'x')",
            "claims.email == 'a' || claims.email_verified",
            "claims.email_verified && claims.azp == 'x' || claims.email == 'a'",
            // Without the flag, false and so true for the one who claims to be `a`.
            "!(claims.email_verified && claims.email != 'a')",
            "!(claims.email_verified && claims.email == 'a')",
            "!(claims.email_verified == true && !(claims.email == 'a'))",
            "!(claims.?email_verified.orValue(false) && claims.email != 'a')",
            "!(claims.azp == 'x' || claims.email_verified && claims.email != 'a')",
            "!!!(claims.email_verified && claims.email != 'a')",
            "claims.azp == 'x' && !(claims.email_verified && claims.email != 'a')",
            "!(!claims.email_verified && claims.email == 'a')",
            "!claims.groups.exists(g, claims.email_verified && g != claims.email)",
            "!claims.groups.all(g, claims.email_verified && g != claims.email)",
            "claims.groups.all(g, !(claims.email_verified && g != claims.email))",
            "claims.groups.exists_one(g, claims.email_verified && g == claims.email)",
        ] {
            let fault = Filter::compile(filter).expect_err(filter).to_string();
            assert!(fault.contains("email_verified"), "{filter}: {fault}");
        }
    }

    /// Conditions of addresses, flags and others, put together at will.
    fn condition() -> impl Strategy<Value = String> {
        let leaf = select(vec![
            "claims.email == 'boss@x'",
            "claims.email != 'boss@x'",
            "claims.email in claims.list",
            "claims.email_verified",
            "claims.email_verified == true",
            "claims.email_verified == false",
            "claims.?email_verified.orValue(false)",
            "claims.?email_verified.orValue(false) == true",
            "claims.yes",
            "!claims.yes",
            "claims.missing",
        ]);
        leaf.prop_map(str::to_owned)
            .prop_recursive(4, 12, 2, |part| {
                let quantifier = select(vec!["exists", "all", "exists_one"]);
                prop_oneof![
                    (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
                    (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
                    part.clone().prop_map(|a| format!("!({a})")),
                    (quantifier, part.clone()).prop_map(|(quantifier, a)| {
                        // Loops do not nest.
                        if a.contains("(e, ") {
                            a
                        } else {
                            format!("claims.list.{quantifier}(e, e == 'boss@x' && {a})")
                        }
                    }),
                ]
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Whoever has no verified address is judged alike whatever address he claims.
        #[test]
        fn an_unverified_address_changes_nothing(text in condition()) {
            let Ok(filter) = Filter::compile(&text) else {
                return Ok(());
            };
            for flag in ["", r#""email_verified":false,"#, r#""email_verified":"true","#] {
                let matches = |email: &str| {
                    let claims = format!(
                        r#"{{{flag}"email":"{email}","yes":true,"list":["boss@x","a@x"]}}"#
                    );
                    let claims = Claims::parse(claims.as_bytes()).unwrap();
                    filter.matches(&claims) == Matched::Yes
                };
                let boss = matches("boss@x");
                prop_assert!(["a@x", "b@x"].map(matches) == [boss; 2], "{text} with {flag}");
            }
        }
    }
}
