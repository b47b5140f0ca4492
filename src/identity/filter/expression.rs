//! Expressions that yield names instead of a yes or no: what Kubernetes allows in place of a claim
//! for the user name and the groups. Owns their form, their lowering and their evaluation; what
//! they test by the way is a [`Condition`].

use std::{fmt, sync::Arc};

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators},
};

use super::{
    FilterFault, check_size, compile,
    condition::{Condition, Optional, Reference},
    evaluate::{Evaluation, Fault, fault},
    lower::{self, Root, Scope},
    optional::{self, Ending},
    proof,
};
use crate::identity::{claims::Claims, json::Json};

/// What making a text costs, its length aside.
const MADE_STEPS: usize = 2;

/// An expression that yields texts, compiled. Equal when its text is.
#[derive(Clone)]
pub struct Expression {
    pub(super) text: Arc<str>,
    yields: Arc<Yield>,
}

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Exactly one text.
    Text,
    /// Any number of them: a list, or one text.
    Texts,
}

/// Something that yields texts.
enum Yield {
    Literal(String),
    Reference(Reference),
    /// A claim that may be there, and what is yielded where it is not.
    Or(Optional, Box<Self>),
    Concat(Box<Self>, Box<Self>),
    Choose {
        test: Condition,
        yes: Box<Self>,
        no: Box<Self>,
    },
    Case(Case, Box<Self>),
    Split(Box<Self>, String),
    List(Vec<Self>),
    /// `map` and `filter`.
    Each {
        range: Reference,
        test: Option<Condition>,
        body: Box<Self>,
    },
}

/// `lowerAscii`, `upperAscii`.
#[derive(Clone, Copy)]
enum Case {
    Lower,
    Upper,
}

impl Expression {
    /// Compiles `text`, at most 1000 characters, over `claims`.
    ///
    /// # Errors
    /// [`FilterFault`]: what is wrong, and what to write instead.
    pub fn compile(text: &str, wanted: Wanted) -> Result<Self, FilterFault> {
        check_size(text).map_err(FilterFault)?;
        let yields = compile(text, move |tree| {
            let yields = lower(tree, Scope::new(Root::Claims))?;
            if wanted == Wanted::Text && yields.is_list() {
                return Err("yields a list where one text is wanted".to_owned());
            }
            Ok(yields)
        })?;
        Ok(Self {
            text: text.into(),
            yields: Arc::new(yields),
        })
    }

    /// The one text that it yields of `claims`.
    ///
    /// # Errors
    /// Which claim is not as it must be, and why; no value of a claim.
    pub(in crate::identity) fn one(&self, claims: &Claims) -> Result<String, String> {
        let evaluation = Evaluation::new(claims);
        evaluation
            .one(&self.yields, None)
            .map_err(|fault| fault.told())
    }

    /// All texts that it yields of `claims`.
    ///
    /// # Errors
    /// As [`Expression::one`].
    pub(in crate::identity) fn all(&self, claims: &Claims) -> Result<Vec<String>, String> {
        let evaluation = Evaluation::new(claims);
        evaluation
            .all(&self.yields, None)
            .map_err(|fault| fault.told())
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}

impl Yield {
    /// Whether it can yield nothing but a list; a claim may be either.
    fn is_list(&self) -> bool {
        match self {
            Self::Split(..) | Self::List(_) | Self::Each { .. } => true,
            Self::Choose { yes, no, .. } => yes.is_list() || no.is_list(),
            Self::Or(_, otherwise) => otherwise.is_list(),
            Self::Literal(_) | Self::Reference(_) | Self::Concat(..) | Self::Case(..) => false,
        }
    }
}

fn lower(expression: &IdedExpr, scope: Scope<'_>) -> Result<Yield, String> {
    let scope = scope.deeper()?;
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Ok(Yield::Literal(text.inner().to_owned())),
        Expr::Literal(_) => Err("yields something else than text".to_owned()),
        Expr::List(list) if !list.optional_indices.is_empty() => {
            Err("has a list whose elements may be missing".to_owned())
        }
        Expr::List(list) => {
            let items = list.elements.iter().map(|item| one(item, scope));
            items.collect::<Result<_, _>>().map(Yield::List)
        }
        Expr::Select(select) if select.test => Err("yields a condition, not text".to_owned()),
        Expr::Ident(_) | Expr::Select(_) => value(expression, scope),
        Expr::Call(call) if lower::leads_into(&call.func_name) => value(expression, scope),
        Expr::Call(call) => function(call, scope),
        Expr::Comprehension(fold) => each(fold, scope),
        Expr::Map(_) | Expr::Struct(_) => Err("may not build maps or messages".to_owned()),
        Expr::Unspecified => Err("is not an expression".to_owned()),
    }
}

fn value(expression: &IdedExpr, scope: Scope<'_>) -> Result<Yield, String> {
    let reference = lower::reference(expression, scope)?;
    if reference.is_root() {
        return Err("yields all claims; name one of them".to_owned());
    }
    Ok(Yield::Reference(reference))
}

/// What must not be a list.
fn one(expression: &IdedExpr, scope: Scope<'_>) -> Result<Yield, String> {
    let yields = lower(expression, scope)?;
    if yields.is_list() {
        return Err("has a list where a text is wanted".to_owned());
    }
    Ok(yields)
}

fn function(call: &CallExpr, scope: Scope<'_>) -> Result<Yield, String> {
    match optional::ending(call, scope)? {
        Some(Ending::HasValue(_)) => return Err("yields a condition, not text".to_owned()),
        Some(Ending::Or(claim, otherwise)) => {
            let otherwise = Box::new(lower(otherwise, scope)?);
            return Ok(Yield::Or(claim, otherwise));
        }
        None => {}
    }
    let name = call.func_name.as_str();
    match (name, &call.target, call.args.as_slice()) {
        (operators::ADD, None, [left, right]) => Ok(Yield::Concat(
            Box::new(one(left, scope)?),
            Box::new(one(right, scope)?),
        )),
        (operators::CONDITIONAL, None, [test, yes, no]) => Ok(Yield::Choose {
            test: test_of(test, scope)?,
            yes: Box::new(lower(yes, scope)?),
            no: Box::new(lower(no, scope)?),
        }),
        ("lowerAscii", Some(subject), []) => {
            Ok(Yield::Case(Case::Lower, Box::new(one(subject, scope)?)))
        }
        ("upperAscii", Some(subject), []) => {
            Ok(Yield::Case(Case::Upper, Box::new(one(subject, scope)?)))
        }
        ("split", Some(subject), [separator]) => match &separator.expr {
            Expr::Literal(LiteralValue::String(text)) if !text.inner().is_empty() => {
                let separator = text.inner().to_owned();
                Ok(Yield::Split(Box::new(one(subject, scope)?), separator))
            }
            _ => Err("splits at something else than a text in quotes".to_owned()),
        },
        (name, ..) if lower::is_condition(name) => Err("yields a condition, not text".to_owned()),
        (name, ..) => Err(format!(
            "uses `{name}`; names are built with + ? : lowerAscii upperAscii split map filter, and \
             tests as filters know them, and orValue after `.?`"
        )),
    }
}

/// What decides which name is yielded: an `email` may no more do so unverified than be one.
fn test_of(expression: &IdedExpr, scope: Scope<'_>) -> Result<Condition, String> {
    let test = lower::condition(expression, scope)?;
    proof::check_email(&test)?;
    Ok(test)
}

/// The parser has rewritten `map` and `filter` to a fold whose step appends a list of one.
fn each(fold: &ComprehensionExpr, scope: Scope<'_>) -> Result<Yield, String> {
    let strange = || "yields a condition, or loops in a way that is not known".to_owned();
    if !matches!(fold.accu_init.expr, Expr::List(_)) {
        return Err(strange());
    }
    let inner = scope.within(&fold.iter_var)?;
    let call = |expression: &'_ IdedExpr| match &expression.expr {
        Expr::Call(call) => Ok((call.func_name.clone(), call.args.clone())),
        _ => Err(strange()),
    };
    let (name, args) = call(&fold.loop_step)?;
    let (test, (name, args)) = match (name.as_str(), args.as_slice()) {
        (operators::CONDITIONAL, [test, append, _]) => (Some(test_of(test, inner)?), call(append)?),
        _ => (None, (name, args)),
    };
    let body = match (name.as_str(), args.as_slice()) {
        (operators::ADD, [_, appended]) => match &appended.expr {
            Expr::List(list) => list.elements.first().ok_or_else(strange)?,
            _ => return Err(strange()),
        },
        _ => return Err(strange()),
    };
    Ok(Yield::Each {
        range: lower::reference(&fold.iter_range, scope)?,
        test,
        body: Box::new(one(body, inner)?),
    })
}

impl<'a> Evaluation<'a> {
    fn one(&self, yields: &'a Yield, element: Option<&'a Json>) -> Result<String, Fault<'a>> {
        self.spend(1)?;
        match yields {
            Yield::Literal(text) => self.made(text.clone()),
            Yield::Reference(reference) => {
                let value = self.named(reference, element)?;
                self.text_of(value, reference)
            }
            Yield::Or(claim, otherwise) => match self.named_optional(claim, element)? {
                Some(value) => self.text_of(value, &claim.reference),
                None => self.one(otherwise, element),
            },
            Yield::Concat(left, right) => {
                let mut text = self.one(left, element)?;
                text.push_str(&self.one(right, element)?);
                self.made(text)
            }
            Yield::Choose { test, yes, no } => {
                let chosen = if self.chooses(test, element)? {
                    yes
                } else {
                    no
                };
                self.one(chosen, element)
            }
            Yield::Case(case, inner) => {
                let mut text = self.one(inner, element)?;
                self.spend_on_bytes(text.len())?;
                match case {
                    Case::Lower => text.make_ascii_lowercase(),
                    Case::Upper => text.make_ascii_uppercase(),
                }
                Ok(text)
            }
            Yield::Split(..) | Yield::List(_) | Yield::Each { .. } => {
                Err(fault("yields a list where one text is wanted", None))
            }
        }
    }

    fn all(&self, yields: &'a Yield, element: Option<&'a Json>) -> Result<Vec<String>, Fault<'a>> {
        match yields {
            Yield::Reference(reference) => {
                let value = self.named(reference, element)?;
                self.texts_of(value, reference)
            }
            Yield::Or(claim, otherwise) => match self.named_optional(claim, element)? {
                Some(value) => self.texts_of(value, &claim.reference),
                None => self.all(otherwise, element),
            },
            Yield::Choose { test, yes, no } => {
                let chosen = if self.chooses(test, element)? {
                    yes
                } else {
                    no
                };
                self.all(chosen, element)
            }
            Yield::Split(inner, separator) => {
                let text = self.one(inner, element)?;
                let parts = text
                    .split(separator.as_str())
                    .map(|part| self.made(part.to_owned()));
                parts.collect()
            }
            Yield::List(items) => items.iter().map(|item| self.one(item, element)).collect(),
            Yield::Each { range, test, body } => {
                self.check_email(range)?;
                let mut all = Vec::new();
                for element in self.elements(range)? {
                    let passes = match test {
                        Some(test) => self.judge(test, Some(element))?,
                        None => true,
                    };
                    if passes {
                        all.push(self.one(body, Some(element))?);
                    }
                }
                Ok(all)
            }
            Yield::Literal(_) | Yield::Concat(..) | Yield::Case(..) => {
                self.one(yields, element).map(|text| vec![text])
            }
        }
    }

    fn text_of(&self, value: &Json, reference: &'a Reference) -> Result<String, Fault<'a>> {
        match value {
            Json::Text(text) => self.made(text.clone()),
            _ => Err(fault("is not a string", Some(&reference.text))),
        }
    }

    fn texts_of(&self, value: &Json, reference: &'a Reference) -> Result<Vec<String>, Fault<'a>> {
        let Json::List(items) = value else {
            return self.text_of(value, reference).map(|text| vec![text]);
        };
        let strange = || fault("holds something else than strings", Some(&reference.text));
        let text = |item: &Json| self.made(item.as_text().ok_or_else(strange)?.to_owned());
        items.iter().map(text).collect()
    }

    /// The value at `reference`, which is to name somebody: an `email` only if it is verified.
    fn named(
        &self,
        reference: &'a Reference,
        element: Option<&'a Json>,
    ) -> Result<&'a Json, Fault<'a>> {
        self.check_email(reference)?;
        self.resolve(reference, element)
    }

    /// As [`Self::named`], of what may be missing. An `email` that is there and not verified does
    /// not count as missing: it must not make way for another name.
    fn named_optional(
        &self,
        claim: &'a Optional,
        element: Option<&'a Json>,
    ) -> Result<Option<&'a Json>, Fault<'a>> {
        let value = self.optional(claim, element)?;
        if value.is_some() {
            self.check_email(&claim.reference)?;
        }
        Ok(value)
    }

    /// Judges the `test` of `? :`. Its other side is a yield, too; and where the flag is missing an
    /// address that nobody verified may lead there by itself.
    fn chooses(&self, test: &'a Condition, element: Option<&'a Json>) -> Result<bool, Fault<'a>> {
        let chosen = self.judge(test, element)?;
        if !chosen && !self.is_told_of_email() && proof::trusts_unverified_email(test, false) {
            let what = "decides on a name, but `email_verified` is neither true nor false";
            return Err(fault(what, Some("claims.email")));
        }
        Ok(chosen)
    }

    fn check_email(&self, reference: &'a Reference) -> Result<(), Fault<'a>> {
        if proof::is_email(reference) && !self.has_verified_email() {
            let what = "names somebody, but `email_verified` is not true";
            return Err(fault(what, Some(&reference.text)));
        }
        Ok(())
    }

    /// `text`, paid for by its length.
    fn made(&self, text: String) -> Result<String, Fault<'a>> {
        self.spend(MADE_STEPS)?;
        self.spend_on_bytes(text.len())?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = r#"{
        "sub":"Svc-1", "azp":"orders", "email":"a@b", "groups":["Ops","dev","ops:x"], "one":"ops",
        "csv":"a,b", "level":5, "odd":["x",1], "realm_access":{"roles":["admin"]}, "human":true
    }"#;

    fn claims(verified: &str) -> Claims {
        let token = TOKEN.replace("\"human\"", &format!("{verified}\"human\""));
        Claims::parse(token.as_bytes()).unwrap()
    }

    #[test]
    fn texts_are_built_of_claims() {
        let claims = claims("");
        for (text, yielded) in [
            ("claims.sub", Ok("Svc-1")),
            ("'x'", Ok("x")),
            ("claims.sub + ':' + claims.azp", Ok("Svc-1:orders")),
            ("claims.sub.lowerAscii()", Ok("svc-1")),
            ("(claims.azp + 'ß').upperAscii()", Ok("ORDERSß")),
            ("claims.human ? claims.sub : 'robot'", Ok("Svc-1")),
            ("has(claims.nope) ? claims.nope : claims.azp", Ok("orders")),
            ("claims.groups[1]", Ok("dev")),
            ("claims.nope", Err("`claims.nope` is missing")),
            ("claims.level", Err("`claims.level` is not a string")),
            ("claims.groups", Err("`claims.groups` is not a string")),
            ("claims.nope ? 'a' : 'b'", Err("`claims.nope` is missing")),
            ("claims.email", Err("`claims.email` names somebody, but")),
            (
                "claims.azp + claims.email",
                Err("`claims.email` names somebody, but"),
            ),
        ] {
            let expression = Expression::compile(text, Wanted::Text).unwrap();
            match (expression.one(&claims), yielded) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{text}"),
                (Err(found), Err(wanted)) => assert!(found.starts_with(wanted), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn an_email_names_somebody_if_it_is_verified() {
        let expression = Expression::compile("claims.email.lowerAscii()", Wanted::Text).unwrap();
        let verified = claims("\"email_verified\":true,");
        assert_eq!(expression.one(&verified).as_deref(), Ok("a@b"));
        for not in ["false", "\"true\"", "1", "null"] {
            let claims = claims(&format!("\"email_verified\":{not},"));
            assert!(expression.one(&claims).is_err(), "{not}");
        }
        let either = "claims.email_verified ? claims.email : claims.sub";
        let either = Expression::compile(either, Wanted::Text).unwrap();
        assert_eq!(either.one(&verified).as_deref(), Ok("a@b"));
        let unverified = claims("\"email_verified\":false,");
        assert_eq!(either.one(&unverified).as_deref(), Ok("Svc-1"));
        for each in [
            "claims.email.map(e, e)",
            "claims.email.filter(e, e == 'a@b')",
            "claims.email.map(e, e.endsWith('@b'), 'staff')",
        ] {
            let expression = Expression::compile(each, Wanted::Texts).unwrap();
            assert!(expression.all(&verified).is_ok(), "{each}");
            let fault = expression.all(&unverified).unwrap_err();
            assert!(fault.contains("email_verified"), "{each}: {fault}");
        }
    }

    #[test]
    fn an_email_decides_on_names_if_it_is_verified() {
        for text in [
            "claims.email_verified && claims.email == 'boss@acme.com' ? 'boss' : claims.sub",
            "claims.groups.filter(g, claims.email_verified && g == claims.email)",
            "has(claims.email) ? claims.email : claims.sub",
        ] {
            assert!(Expression::compile(text, Wanted::Texts).is_ok(), "{text}");
        }
        for text in [
            "claims.email == 'boss@acme.com' ? 'boss' : claims.sub",
            "claims.email.endsWith('@acme.com') ? claims.sub : 'stranger'",
            "claims.azp + (claims.?email.orValue('') == 'a@b' ? 'x' : 'y')",
            "claims.groups.filter(g, g == claims.email)",
            "claims.groups.map(g, claims.email == 'a@b', g)",
            "claims.groups.map(g, claims.email == 'a@b' ? 'boss' : g)",
            "['x', claims.email == 'a@b' ? 'boss' : 'y']",
            "!(claims.email_verified && claims.email != 'a@b') ? 'boss' : 'y'",
            "claims.groups.filter(g, !(claims.email_verified && g != claims.email))",
        ] {
            let fault = Expression::compile(text, Wanted::Texts).expect_err(text);
            assert!(fault.to_string().contains("email_verified"), "{text}");
        }
    }

    /// The other side of `? :` is as good a name: without the flag, `boss@x` alone came to it.
    #[test]
    fn an_email_decides_on_neither_side_unverified() {
        let text = "claims.email_verified && claims.email != 'boss@x' ? 'user' : 'boss'";
        let expression = Expression::compile(text, Wanted::Text).unwrap();
        let judged = |flag: &str, email: &str| {
            let claims = format!(r#"{{{flag}"email":"{email}"}}"#);
            expression.one(&Claims::parse(claims.as_bytes()).unwrap())
        };
        let verified = r#""email_verified":true,"#;
        assert_eq!(judged(verified, "a@x").as_deref(), Ok("user"));
        assert_eq!(judged(verified, "boss@x").as_deref(), Ok("boss"));
        for email in ["a@x", "boss@x"] {
            let not = r#""email_verified":false,"#;
            assert_eq!(judged(not, email).as_deref(), Ok("boss"), "whatever it is");
            for flag in ["", r#""email_verified":"true","#] {
                assert!(judged(flag, email).is_err(), "{email} with {flag}");
            }
        }
    }

    #[test]
    fn lists_are_built_of_claims() {
        let claims = claims("");
        for (text, yielded) in [
            ("claims.groups", Some(vec!["Ops", "dev", "ops:x"])),
            ("claims.one", Some(vec!["ops"])),
            ("claims.csv.split(',')", Some(vec!["a", "b"])),
            (
                "claims.groups.map(g, 'kc-' + g.lowerAscii())",
                Some(vec!["kc-ops", "kc-dev", "kc-ops:x"]),
            ),
            (
                "claims.groups.filter(g, g.startsWith('ops'))",
                Some(vec!["ops:x"]),
            ),
            (
                "claims.groups.map(g, g != 'dev', g + '!')",
                Some(vec!["Ops!", "ops:x!"]),
            ),
            ("claims.realm_access.roles", Some(vec!["admin"])),
            ("[claims.one, 'all']", Some(vec!["ops", "all"])),
            ("[]", Some(vec![])),
            (
                "claims.human ? claims.groups : []",
                Some(vec!["Ops", "dev", "ops:x"]),
            ),
            ("claims.one.map(g, g + 'x')", Some(vec!["opsx"])),
            ("claims.odd", None),
            ("claims.level", None),
            ("claims.nope", None),
            ("claims.odd.map(g, g)", None),
            ("claims.groups.filter(g, claims.nope == g)", None),
        ] {
            let expression = Expression::compile(text, Wanted::Texts).unwrap();
            let found = expression.all(&claims).ok();
            let found = found
                .as_ref()
                .map(|all| all.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found, yielded, "{text}");
        }
    }

    #[test]
    fn what_yields_no_text_is_refused() {
        for (text, why) in [
            ("", "empty"),
            ("5", "something else than text"),
            ("true", "something else than text"),
            ("claims", "all claims"),
            ("claims.a == 'b'", "condition"),
            ("!claims.a", "condition"),
            ("has(claims.a)", "condition"),
            ("claims.a.exists(x, x == 'y')", "condition"),
            ("claims.a.all(x, x == 'y')", "condition"),
            ("claims.a.startsWith('x')", "condition"),
            ("['a']", "list"),
            ("claims.a.split(',')", "list"),
            ("claims.a.map(x, x)", "list"),
            ("claims.a ? ['x'] : 'x'", "list"),
            ("claims.a.split(',') + 'x'", "list"),
            ("claims.a.split('')", "splits at"),
            ("claims.a.split(claims.b)", "splits at"),
            ("claims.a - 'x'", "`_-_`"),
            ("claims.a.trim()", "`trim`"),
            ("sub", "unknown variable"),
            ("user.username", "unknown variable"),
            ("{'a': 'b'}", "maps"),
        ] {
            let fault = Expression::compile(text, Wanted::Text)
                .expect_err(text)
                .to_string();
            assert!(fault.contains(why), "{text}: {fault}");
        }
        let nested = "claims.a.map(x, x.map(y, y))";
        assert!(Expression::compile(nested, Wanted::Texts).is_err());
    }

    #[test]
    fn no_claims_make_an_expression_expensive() {
        let long = "x".repeat(8000);
        let many = vec!["\"gggg\""; 1000].join(",");
        let claims = format!("{{\"t\":\"{long}\",\"g\":[{many}]}}");
        let claims = Claims::parse(claims.as_bytes()).unwrap();
        let expression = "claims.g.map(g, claims.t + claims.t + claims.t)";
        let expression = Expression::compile(expression, Wanted::Texts).unwrap();
        let fault = expression.all(&claims).unwrap_err();
        assert!(fault.contains("costs too much"), "{fault}");
    }
}
