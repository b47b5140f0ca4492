//! What follows from a filter being true, whatever the claims. Sound rather than complete: a yes is
//! a proof, a no may be a filter that is too clever to see through.

use super::condition::{Condition, Operand, Quantifier, Reference, Step, Variable};
use crate::identity::json::Json;

/// What a proof is about.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// Any one of these claims.
    Claims(&'a [&'a str]),
    /// The element at hand of a quantifier.
    Element,
}

/// Whether one of `claims` must hold one of finitely many texts, written in the filter, for
/// `condition` to be true.
pub(super) fn pins(condition: &Condition, claims: &[&str]) -> bool {
    Target::Claims(claims).is_pinned_by(condition)
}

/// Refuses a `condition` that trusts an `email` which the issuer may not have verified.
///
/// # Errors
/// What to write instead.
pub(super) fn check_email(condition: &Condition) -> Result<(), String> {
    if trusts_unverified_email(condition) {
        return Err(
            "looks at `claims.email`, which anybody can claim to have; write \
             `claims.email_verified && ...` beside it"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether `condition` can look at `claims.email` where `claims.email_verified` was not shown to be
/// `true`: anybody can claim an address at an issuer that does not verify it.
fn trusts_unverified_email(condition: &Condition) -> bool {
    match condition {
        Condition::Or(left, right) => {
            trusts_unverified_email(left) || trusts_unverified_email(right)
        }
        Condition::And(left, right) => {
            let verified = proves_verified(left) || proves_verified(right);
            !verified && (trusts_unverified_email(left) || trusts_unverified_email(right))
        }
        Condition::Not(inner) => trusts_unverified_email(inner),
        Condition::Each { range, body, .. } => is_email(range) || trusts_unverified_email(body),
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

/// Whether `email_verified` is `true` wherever `condition` is.
fn proves_verified(condition: &Condition) -> bool {
    let is_flag = |reference: &Reference| is_claim(reference, "email_verified");
    match condition {
        Condition::Claim(reference) => is_flag(reference),
        // Whoever takes a missing flag for a good one has verified nothing.
        Condition::ClaimOr(claim, otherwise) => !otherwise && is_flag(&claim.reference),
        Condition::And(left, right) => proves_verified(left) || proves_verified(right),
        Condition::Or(left, right) => proves_verified(left) && proves_verified(right),
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

impl Target<'_> {
    fn is_pinned_by(self, condition: &Condition) -> bool {
        match condition {
            // Never true: whatever is asked follows from it.
            Condition::Constant(value) => !value,
            Condition::And(left, right) => self.is_pinned_by(left) || self.is_pinned_by(right),
            Condition::Or(left, right) => self.is_pinned_by(left) && self.is_pinned_by(right),
            Condition::Equal(Operand::Reference(reference), Operand::Literal(value))
            | Condition::Equal(Operand::Literal(value), Operand::Reference(reference)) => {
                self.is(reference) && are_texts(value)
            }
            Condition::In { needle, haystack } => match (needle, haystack) {
                (Operand::Literal(Json::Text(_)), Operand::Reference(list)) => self.is(list),
                (Operand::Reference(one), Operand::Literal(list @ Json::List(_))) => {
                    self.is(one) && are_texts(list)
                }
                _ => false,
            },
            Condition::Each {
                quantifier: Quantifier::Exists | Quantifier::ExistsOne,
                range,
                body,
            } => self.is_pinned_by(body) || (self.is(range) && Target::Element.is_pinned_by(body)),
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

    fn is(self, reference: &Reference) -> bool {
        match (self, reference.variable, reference.steps.as_slice()) {
            (Self::Claims(claims), Variable::Root, [Step::Member(name)]) => {
                claims.contains(&name.as_str())
            }
            (Self::Element, Variable::Element, []) => true,
            _ => false,
        }
    }
}

/// Whether `value` is a text, or a list of at least one and nothing else.
fn are_texts(value: &Json) -> bool {
    value.as_texts().is_some_and(|texts| !texts.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::identity::Filter;

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
            assert_eq!(filter.pins(&["aud"]), pinned, "{filter:?}");
        }
        for (filter, pinned) in [
            ("claims.sub == 'a' || claims.aud == 'b'", true),
            ("claims.sub == 'a' || claims.azp == 'b'", false),
        ] {
            let filter = Filter::compile(filter).unwrap();
            assert_eq!(filter.pins(&["aud", "sub"]), pinned, "{filter:?}");
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
        ] {
            let fault = Filter::compile(filter).expect_err(filter).to_string();
            assert!(fault.contains("email_verified"), "{filter}: {fault}");
        }
    }
}
