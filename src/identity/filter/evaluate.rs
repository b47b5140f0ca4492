//! Judging claims by a compiled filter. Owns the rules for scalars, lists, missing claims and
//! errors, and what each operation costs: everything is paid for before it is done, and a filter
//! that cannot pay ends in an error.
//!
//! Issuers switch a claim from a string to a list when a second value appears, so a comparison
//! holds for a list only when all its members agree; where they do not, or a claim is missing or
//! of another type, the outcome is an error, and an error is neither yes nor no. Nothing is
//! allocated; recursion is as deep as the filter is nested, which lowering bounds.

use std::{borrow::Cow, cmp::Ordering};

use super::condition::{
    Condition, Operand, Optional, Order, Quantifier, Reference, Step, TextMatch, Variable,
};
use crate::{
    identity::{claims::Claims, json::Json, steps::Steps},
    limits,
};

/// What finding a member of an object costs, its name aside.
const LOOKUP_STEPS: usize = 2;

/// Why a filter cannot be told: what, of which claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault<'a> {
    pub(super) what: &'static str,
    pub(super) of: Option<&'a str>,
}

impl Fault<'_> {
    /// As a sentence without its end.
    pub(super) fn told(&self) -> String {
        match self.of {
            Some(of) => format!("`{of}` {}", self.what),
            None => format!("the expression {}", self.what),
        }
    }
}

type Outcome<'a> = Result<bool, Fault<'a>>;

/// One evaluation.
pub(super) struct Evaluation<'a> {
    claims: &'a Claims,
    steps: Steps,
}

/// A value, and the words for where it comes from.
struct Operated<'a> {
    value: Cow<'a, Json>,
    of: Option<&'a str>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(claims: &'a Claims) -> Self {
        Self::within(claims, limits::FILTER_STEPS_MAX)
    }

    /// As [`Evaluation::new`], of at most `steps`.
    pub(super) fn within(claims: &'a Claims, steps: usize) -> Self {
        let steps = Steps::new(steps.min(limits::FILTER_STEPS_MAX));
        Self { claims, steps }
    }

    /// Judges `condition`; `element` is the one at hand inside a quantifier.
    pub(super) fn judge(&self, condition: &'a Condition, element: Option<&'a Json>) -> Outcome<'a> {
        self.spend(1)?;
        match condition {
            Condition::Constant(value) => Ok(*value),
            Condition::Claim(reference) => match self.resolve(reference, element)? {
                Json::Bool(value) => Ok(*value),
                _ => Err(fault("is not a boolean", Some(&reference.text))),
            },
            Condition::Not(inner) => self.judge(inner, element).map(|value| !value),
            Condition::And(left, right) => self.either(left, right, element, false),
            Condition::Or(left, right) => self.either(left, right, element, true),
            Condition::Equal(left, right) => {
                let (left, right) = (self.operate(left, element)?, self.operate(right, element)?);
                self.equal(&left.value, &right.value)
                    .map_err(|what| fault(what, left.of.or(right.of)))
            }
            Condition::IsNull(operand) => Ok(matches!(
                self.operate(operand, element)?.value.as_ref(),
                Json::Null
            )),
            Condition::Order(order, left, right) => {
                let (left, right) = (self.operate(left, element)?, self.operate(right, element)?);
                if let (Json::Text(left), Json::Text(right)) = (&*left.value, &*right.value) {
                    self.spend_on_bytes(left.len().min(right.len()))?;
                }
                let ordering = compare(&left.value, &right.value).ok_or(fault(
                    "is neither a number nor a string to compare",
                    left.of.or(right.of),
                ))?;
                Ok(order.holds(ordering))
            }
            Condition::In { needle, haystack } => {
                let (needle, list) = (
                    self.operate(needle, element)?,
                    self.operate(haystack, element)?,
                );
                self.contained(&needle.value, &list.value)
                    .map_err(|what| fault(what, list.of.or(needle.of)))
            }
            Condition::Has(reference) => self.has(reference, element),
            Condition::HasValue(claim) => Ok(self.optional(claim, element)?.is_some()),
            Condition::ClaimOr(claim, otherwise) => match self.optional(claim, element)? {
                None => Ok(*otherwise),
                Some(Json::Bool(value)) => Ok(*value),
                Some(_) => Err(fault("is not a boolean", Some(&claim.reference.text))),
            },
            Condition::Text {
                kind,
                subject,
                argument,
            } => {
                let subject = self.operate(subject, element)?;
                let argument = self.operate(argument, element)?;
                self.text(*kind, &subject, &argument)
            }
            Condition::Matches { subject, pattern } => {
                let subject = self.operate(subject, element)?;
                let text = self.subject(&subject)?;
                self.spend(pattern.steps(text))?;
                Ok(pattern.matches(text))
            }
            Condition::Each {
                quantifier,
                range,
                body,
            } => self.each(*quantifier, range, body),
        }
    }

    /// `&&` (`decisive` false) and `||` (`decisive` true): a side that decides alone decides, even
    /// beside an error; else an error is the outcome.
    fn either(
        &self,
        left: &'a Condition,
        right: &'a Condition,
        element: Option<&'a Json>,
        decisive: bool,
    ) -> Outcome<'a> {
        let left = self.judge(left, element);
        if left == Ok(decisive) {
            return left;
        }
        match self.judge(right, element) {
            Ok(value) if value == decisive => Ok(value),
            right => left.and(right),
        }
    }

    fn each(
        &self,
        quantifier: Quantifier,
        range: &'a Reference,
        body: &'a Condition,
    ) -> Outcome<'a> {
        let elements = self.elements(range)?;
        let mut first_fault = None;
        let mut count = 0_usize;
        for element in elements {
            match self.judge(body, Some(element)) {
                Ok(true) if quantifier == Quantifier::Exists => return Ok(true),
                Ok(false) if quantifier == Quantifier::All => return Ok(false),
                Ok(true) => count = count.saturating_add(1),
                Ok(false) => {}
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        match (first_fault, quantifier) {
            (Some(fault), _) => Err(fault),
            (None, Quantifier::Exists) => Ok(false),
            (None, Quantifier::All) => Ok(true),
            (None, Quantifier::ExistsOne) => Ok(count == 1),
        }
    }

    /// The elements at `range`; a claim with one value comes as a string from some issuers.
    pub(super) fn elements(&self, range: &'a Reference) -> Result<&'a [Json], Fault<'a>> {
        match self.resolve(range, None)? {
            Json::List(elements) => Ok(elements),
            text @ Json::Text(_) => Ok(std::slice::from_ref(text)),
            _ => Err(fault("is not a list", Some(&range.text))),
        }
    }

    /// Whether the issuer has verified that `email` is whose token this is.
    pub(super) fn has_verified_email(&self) -> bool {
        self.claims.has_verified_email()
    }

    /// Whether the issuer has said, either way, whether it has.
    pub(super) fn is_told_of_email(&self) -> bool {
        self.claims.tell_of_email()
    }

    fn has(&self, reference: &'a Reference, element: Option<&'a Json>) -> Outcome<'a> {
        let Some((Step::Member(name), outer)) = reference.steps.split_last() else {
            return Err(fault("is not a member", Some(&reference.text)));
        };
        let outer = self.walk(reference, outer, element)?;
        self.spend_on_lookup(name)?;
        match outer {
            Walked::Claims(claims) => Ok(claims.get(name).is_some()),
            Walked::Value(Json::Object(members)) => Ok(members.contains_key(name)),
            Walked::Value(_) => Err(fault("is not in an object", Some(&reference.text))),
        }
    }

    fn text(
        &self,
        kind: TextMatch,
        subject: &Operated<'a>,
        argument: &Operated<'a>,
    ) -> Outcome<'a> {
        let Some(argument) = argument.value.as_text() else {
            return Err(fault("is not a string to look for", argument.of));
        };
        let text = self.subject(subject)?;
        self.spend_on_bytes(text.len().saturating_add(argument.len()))?;
        Ok(match kind {
            TextMatch::StartsWith => text.starts_with(argument),
            TextMatch::EndsWith => text.ends_with(argument),
            TextMatch::Contains => text.contains(argument),
        })
    }

    fn subject<'s>(&self, subject: &'s Operated<'a>) -> Result<&'s str, Fault<'a>> {
        match subject.value.as_ref() {
            Json::Text(text) => Ok(text),
            Json::List(_) => Err(fault("is a list; write `x in list`", subject.of)),
            _ => Err(fault("is not a string", subject.of)),
        }
    }

    fn operate(
        &self,
        operand: &'a Operand,
        element: Option<&'a Json>,
    ) -> Result<Operated<'a>, Fault<'a>> {
        match operand {
            Operand::Literal(value) => Ok(Operated {
                value: Cow::Borrowed(value),
                of: None,
            }),
            Operand::Reference(reference) => {
                let of = Some(reference.text.as_str());
                let value = match self.walk(reference, &reference.steps, element)? {
                    Walked::Value(value) => value,
                    // The one thing that can be asked of all claims is whether one is in them.
                    Walked::Claims(_) => {
                        return Err(fault("is not a value; write `has(claims.x)`", of));
                    }
                };
                Ok(Operated {
                    value: Cow::Borrowed(value),
                    of,
                })
            }
            Operand::Or(claim, otherwise) => Ok(Operated {
                value: Cow::Borrowed(self.optional(claim, element)?.unwrap_or(otherwise)),
                of: Some(&claim.reference.text),
            }),
            Operand::Size(reference) => {
                let of = Some(reference.text.as_str());
                let size = match self.resolve(reference, element)? {
                    Json::Text(text) => {
                        self.spend_on_bytes(text.len())?;
                        text.chars().count()
                    }
                    Json::List(items) => items.len(),
                    Json::Object(members) => members.len(),
                    _ => return Err(fault("has no size", of)),
                };
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                Ok(Operated {
                    value: Cow::Owned(Json::Int(size)),
                    of,
                })
            }
        }
    }

    pub(super) fn resolve(
        &self,
        reference: &'a Reference,
        element: Option<&'a Json>,
    ) -> Result<&'a Json, Fault<'a>> {
        match self.walk(reference, &reference.steps, element)? {
            Walked::Value(value) => Ok(value),
            Walked::Claims(_) => Err(fault("is not a value", Some(&reference.text))),
        }
    }

    /// What `claim` leads to, if it is there. What it looks into on the way must be of a type that
    /// could hold it.
    pub(super) fn optional(
        &self,
        claim: &'a Optional,
        element: Option<&'a Json>,
    ) -> Result<Option<&'a Json>, Fault<'a>> {
        let Optional { reference, certain } = claim;
        let (certain, uncertain) = reference
            .steps
            .split_at_checked(*certain)
            .unwrap_or_default();
        let mut at = self.walk(reference, certain, element)?;
        for step in uncertain {
            self.spend_on_step(step)?;
            match at.step(step).ok_or_else(|| wrong_type(reference))? {
                Some(value) => at = Walked::Value(value),
                None => return Ok(None),
            }
        }
        match at {
            Walked::Value(value) => Ok(Some(value)),
            Walked::Claims(_) => Err(fault("is not a value", Some(&reference.text))),
        }
    }

    fn walk(
        &self,
        reference: &'a Reference,
        steps: &'a [Step],
        element: Option<&'a Json>,
    ) -> Result<Walked<'a>, Fault<'a>> {
        let missing = fault("is missing", Some(reference.text.as_str()));
        let mut at = match reference.variable {
            Variable::Root => Walked::Claims(self.claims),
            Variable::Element => Walked::Value(element.ok_or(missing)?),
        };
        for step in steps {
            self.spend_on_step(step)?;
            let next = at.step(step).ok_or_else(|| wrong_type(reference))?;
            at = Walked::Value(next.ok_or(missing)?);
        }
        Ok(at)
    }

    /// `==`. Between a scalar and a list, the list must be of one mind.
    fn equal(&self, left: &Json, right: &Json) -> Result<bool, &'static str> {
        match (left, right) {
            (Json::List(left), Json::List(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                let mut all = true;
                for (left, right) in left.iter().zip(right) {
                    all &= self.same(left, right)?;
                }
                Ok(all)
            }
            (Json::List(list), scalar) | (scalar, Json::List(list)) => {
                self.of_one_mind(list, |member| self.same(member, scalar))
            }
            (left, right) => self.same(left, right),
        }
    }

    /// `in`. A string holds itself alone; a list on the left must be of one mind.
    fn contained(&self, needle: &Json, haystack: &Json) -> Result<bool, &'static str> {
        match needle {
            Json::List(needles) => {
                self.of_one_mind(needles, |needle| self.scalar_contained(needle, haystack))
            }
            needle => self.scalar_contained(needle, haystack),
        }
    }

    fn scalar_contained(&self, needle: &Json, haystack: &Json) -> Result<bool, &'static str> {
        match haystack {
            Json::Text(_) => self.same(needle, haystack),
            Json::Object(members) => {
                let name = needle
                    .as_text()
                    .ok_or("is an object, whose members have names")?;
                self.spend_on_lookup(name).map_err(|fault| fault.what)?;
                Ok(members.contains_key(name))
            }
            Json::List(items) => {
                let mut strange = None;
                for item in items {
                    match self.same(needle, item) {
                        Ok(true) => return Ok(true),
                        Ok(false) => {}
                        Err(what) => strange = Some(what),
                    }
                }
                strange.map_or(Ok(false), Err)
            }
            _ => Err("is not a list"),
        }
    }

    /// True or false if all members of `list` are, false if there are none, else an error.
    fn of_one_mind(
        &self,
        list: &[Json],
        judge: impl Fn(&Json) -> Result<bool, &'static str>,
    ) -> Result<bool, &'static str> {
        let mut found = None;
        for member in list {
            let value = judge(member)?;
            if *found.get_or_insert(value) != value {
                return Err("is a list of which some members match and others do not");
            }
        }
        Ok(found.unwrap_or(false))
    }

    /// Equality of scalars of one type. `null` is no value to compare: a claim that is `null` is
    /// as good as missing.
    fn same(&self, left: &Json, right: &Json) -> Result<bool, &'static str> {
        self.spend(1).map_err(|fault| fault.what)?;
        match (left, right) {
            (Json::List(_) | Json::Object(_), _) | (_, Json::List(_) | Json::Object(_)) => {
                Err("is a list or an object inside")
            }
            (Json::Bool(left), Json::Bool(right)) => Ok(left == right),
            (Json::Text(left), Json::Text(right)) => {
                // Texts of different lengths are told apart by that.
                if left.len() == right.len() {
                    let paid = self.spend_on_bytes(left.len());
                    paid.map_err(|fault| fault.what)?;
                }
                Ok(left == right)
            }
            _ => match compare(left, right) {
                Some(ordering) => Ok(ordering == Ordering::Equal),
                None => Err("is of another type than what it is compared with"),
            },
        }
    }

    pub(super) fn spend<'f>(&self, steps: usize) -> Result<(), Fault<'f>> {
        match self.steps.take(steps) {
            true => Ok(()),
            false => Err(fault("costs too much on these claims", None)),
        }
    }

    /// Pays for a look at `bytes` bytes, one after the other.
    pub(super) fn spend_on_bytes<'f>(&self, bytes: usize) -> Result<(), Fault<'f>> {
        let steps = bytes.checked_div(limits::FILTER_BYTES_PER_STEP);
        self.spend(steps.unwrap_or(bytes))
    }

    /// Pays for finding the member `name` of an object as large as a token can hold one: some dozen
    /// names are compared with it.
    fn spend_on_lookup<'f>(&self, name: &str) -> Result<(), Fault<'f>> {
        self.spend(LOOKUP_STEPS)?;
        self.spend_on_bytes(name.len())
    }

    fn spend_on_step<'f>(&self, step: &Step) -> Result<(), Fault<'f>> {
        match step {
            Step::Member(name) => self.spend_on_lookup(name),
            Step::Index(_) => self.spend(1),
        }
    }

    /// Steps made so far: not those that there were none for.
    pub(super) fn worked(&self) -> usize {
        self.steps.made()
    }

    /// Steps used up so far.
    pub(super) fn taken(&self) -> usize {
        self.steps.taken()
    }
}

/// Where a reference has led so far.
#[derive(Clone, Copy)]
enum Walked<'a> {
    Claims(&'a Claims),
    Value(&'a Json),
}

impl<'a> Walked<'a> {
    /// What is one step further: `None` = nothing can be, `Some(None)` = nothing is.
    fn step(self, step: &Step) -> Option<Option<&'a Json>> {
        match (self, step) {
            (Self::Claims(claims), Step::Member(name)) => Some(claims.get(name)),
            (Self::Value(Json::Object(members)), Step::Member(name)) => Some(members.get(name)),
            (Self::Value(Json::List(items)), Step::Index(index)) => Some(items.get(*index)),
            _ => None,
        }
    }
}

fn wrong_type(reference: &Reference) -> Fault<'_> {
    fault(
        "looks into a value of the wrong type",
        Some(&reference.text),
    )
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}

/// Order of two numbers or two strings.
fn compare(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::Text(left), Json::Text(right)) => Some(left.cmp(right)),
        (Json::Int(left), Json::Int(right)) => Some(left.cmp(right)),
        (Json::Int(left), Json::Float(right)) => (*left as f64).partial_cmp(right),
        (Json::Float(left), Json::Int(right)) => left.partial_cmp(&(*right as f64)),
        (Json::Float(left), Json::Float(right)) => left.partial_cmp(right),
        _ => None,
    }
}

pub(super) const fn fault<'a>(what: &'static str, of: Option<&'a str>) -> Fault<'a> {
    Fault { what, of }
}
