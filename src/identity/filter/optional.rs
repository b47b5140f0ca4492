//! Claims that may be missing, as Kubernetes writes them: `claims.?x.orValue("none")`,
//! `claims.?x.hasValue()`. Owns their form; what they mean is `evaluate`'s.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, operators},
};

use super::{
    condition::Optional,
    lower::{self, Scope, Stepped},
};

/// How a claim that may be missing ends.
pub(super) enum Ending<'e> {
    /// `.orValue(...)`
    Or(Optional, &'e IdedExpr),
    /// `.hasValue()`
    HasValue(Optional),
}

/// What `call` makes of a claim that may be missing; `None` if it is another function.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub(super) fn ending<'e>(
    call: &'e CallExpr,
    scope: Scope<'_>,
) -> Result<Option<Ending<'e>>, String> {
    let Some(subject) = &call.target else {
        return Ok(None);
    };
    match (call.func_name.as_str(), call.args.as_slice()) {
        ("orValue", [otherwise]) => {
            let optional = optional(subject, scope)?;
            Ok(Some(Ending::Or(optional, otherwise)))
        }
        ("hasValue", []) => Ok(Some(Ending::HasValue(optional(subject, scope)?))),
        ("orValue" | "hasValue", _) => {
            Err("ends `.?` otherwise than by `.orValue(x)` or `.hasValue()`".to_owned())
        }
        _ => Ok(None),
    }
}

fn optional(subject: &IdedExpr, scope: Scope<'_>) -> Result<Optional, String> {
    let Stepped { reference, certain } = lower::stepped(subject, scope)?;
    let certain = certain.ok_or_else(|| {
        format!(
            "calls `orValue` or `hasValue` on `{}`, which must be there; write `.?` before what may \
             not be",
            reference.text
        )
    })?;
    Ok(Optional { reference, certain })
}

/// Whether `name` is an operator that makes a claim one that may be missing.
pub(super) fn is_optional(name: &str) -> bool {
    name == operators::OPT_SELECT || name == operators::OPT_INDEX
}

/// Whether `expression` is a claim that may be missing, without an end.
pub(super) fn is_open(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Call(call) if is_optional(&call.func_name))
}

/// What is said of a claim that may be missing and has no end.
pub(super) fn open() -> String {
    "leaves open what `.?` means where nothing is there; end it by `.orValue(x)` or `.hasValue()`"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use crate::identity::{Expression, Filter, Matched, Pin, Wanted, claims::Claims};

    const TOKEN: &str = r#"{"sub":"a","groups":["x"],"n":null,"yes":true,"level":5,"r":{"s":"t"},
        "email":"a@b","email_verified":false}"#;

    fn claims() -> Claims {
        Claims::parse(TOKEN.as_bytes()).unwrap()
    }

    #[test]
    fn what_is_missing_is_what_stands_for_it() {
        for (filter, matched) in [
            ("claims.?sub.orValue('none') == 'a'", Matched::Yes),
            ("claims.?nope.orValue('none') == 'none'", Matched::Yes),
            ("claims.?nope.orValue('none') == 'a'", Matched::No),
            ("claims[?'nope'].orValue('none') == 'none'", Matched::Yes),
            ("claims.?r.?s.orValue('') == 't'", Matched::Yes),
            ("claims.?r.?nope.orValue('') == ''", Matched::Yes),
            ("claims.?nope.?deeper.orValue('') == ''", Matched::Yes),
            ("claims.r.?nope.orValue('') == ''", Matched::Yes),
            ("claims.?yes.orValue(false)", Matched::Yes),
            ("!claims.?nope.orValue(false)", Matched::Yes),
            (
                "claims.?sub.hasValue() && !claims.?nope.hasValue()",
                Matched::Yes,
            ),
            ("claims.?groups[?0].orValue('') == 'x'", Matched::Yes),
            ("claims.groups[?7].orValue('') == ''", Matched::Yes),
            ("'x' in claims.?groups.orValue([])", Matched::Yes),
            ("'x' in claims.?nope.orValue([])", Matched::No),
            (
                "claims.?nope.orValue('svc-1').startsWith('svc-')",
                Matched::Yes,
            ),
            ("claims.?level.orValue(0) > 4", Matched::Yes),
            (
                "claims.groups.exists(g, g == claims.?nope.orValue('x'))",
                Matched::Yes,
            ),
        ] {
            let compiled = Filter::compile(filter).unwrap_or_else(|f| panic!("{filter}: {f}"));
            assert_eq!(compiled.matches(&claims()), matched, "{filter}");
        }
        // Missing before the first `.?`, of the wrong type, or there and no boolean: still errors.
        for filter in [
            "claims.nope.?x.orValue('') == ''",
            "claims.?sub.?x.orValue('') == ''",
            "claims.?level.orValue(false)",
            "claims.?n.orValue('') == ''",
            "claims.?level.orValue('') == ''",
        ] {
            let told = Filter::compile(filter).unwrap().matches(&claims());
            assert!(matches!(told, Matched::Error(_)), "{filter}: {told:?}");
        }
    }

    #[test]
    fn what_is_left_open_is_refused() {
        for (filter, why) in [
            ("claims.?a == 'x'", "leaves open"),
            ("claims.?a", "leaves open"),
            ("claims[?'a'] == 'x'", "leaves open"),
            ("size(claims.?a) == 1", "leaves open"),
            ("claims.?a.exists(x, x == 'y')", "leaves open"),
            ("claims.?a.startsWith('x')", "leaves open"),
            ("claims.?a.b.orValue('x') == 'y'", "before each name"),
            ("claims.?a['b'].orValue('x') == 'y'", "before each name"),
            ("claims.a.orValue('x') == 'y'", "write `.?`"),
            ("claims.a.hasValue()", "write `.?`"),
            ("claims.?a.orValue()", "otherwise than"),
            ("claims.?a.hasValue(1)", "otherwise than"),
            ("claims.?a.or(claims.?b).orValue('') == ''", "not a claim"),
            (
                "claims.?a.orValue(claims.b) == 'x'",
                "a literal in `orValue`",
            ),
            ("claims.?a.orValue('x')", "true or false"),
            ("claims.?a.hasValue() == true", "compares a condition"),
            ("claims.?a.orValue([]).exists(x, x == 'y')", "goes on after"),
            ("claims.?a.orValue(1).startsWith('x')", "wants a string"),
            ("claims.?a.orValue([?'x']) == 'x'", "may be missing"),
            ("claims.a in [?'x']", "may be missing"),
            ("has(claims.?a)", ""),
            ("user.?name.orValue('') == ''", "unknown variable"),
        ] {
            let fault = Filter::compile(filter).expect_err(filter).to_string();
            assert!(fault.contains(why), "{filter}: {fault}");
        }
    }

    /// A flag that is missing must not pass for one that is true.
    #[test]
    fn an_optional_flag_verifies_if_its_absence_does_not() {
        for (filter, good) in [
            (
                "claims.email == 'a@b' && claims.?email_verified.orValue(false)",
                true,
            ),
            (
                "claims.email == 'a@b' && claims.?email_verified.orValue(false) == true",
                true,
            ),
            (
                "claims.email == 'a@b' && true == claims.?email_verified.orValue(false)",
                true,
            ),
            ("claims.?email.hasValue()", true),
            (
                "claims.email == 'a@b' && claims.?email_verified.orValue(true)",
                false,
            ),
            (
                "claims.email == 'a@b' && claims.?email_verified.orValue(true) == true",
                false,
            ),
            (
                "claims.email == 'a@b' && claims.?email_verified.hasValue()",
                false,
            ),
            ("claims.?email.orValue('') == 'a@b'", false),
            ("claims.?email.orValue(false)", false),
        ] {
            assert_eq!(Filter::compile(filter).is_ok(), good, "{filter}");
        }
        // What may be missing pins nothing.
        let filter = Filter::compile("claims.?aud.orValue('kafka') == 'kafka'").unwrap();
        assert!(!filter.pins(&[Pin::any("aud")]));
    }

    #[test]
    fn names_have_a_second_choice() {
        let one = |text: &str| {
            Expression::compile(text, Wanted::Text)
                .unwrap()
                .one(&claims())
        };
        assert_eq!(one("claims.?nope.orValue(claims.sub)").as_deref(), Ok("a"));
        assert_eq!(one("claims.?sub.orValue('x')").as_deref(), Ok("a"));
        assert_eq!(
            one("'u-' + claims.?nope.orValue('x')").as_deref(),
            Ok("u-x")
        );
        assert!(one("claims.?level.orValue('x')").is_err());
        // An address that is there and not verified makes way for nobody else.
        assert!(one("claims.?email.orValue(claims.sub)").is_err());
        let all = |text: &str| {
            Expression::compile(text, Wanted::Texts)
                .unwrap()
                .all(&claims())
        };
        assert_eq!(all("claims.?groups.orValue([])"), Ok(vec!["x".to_owned()]));
        assert_eq!(all("claims.?nope.orValue([])"), Ok(Vec::new()));
        for (text, why) in [
            ("claims.?nope.orValue([])", "yields a list"),
            ("claims.?nope", "leaves open"),
            ("claims.?nope.hasValue()", "condition"),
            ("[?claims.a]", "may be missing"),
        ] {
            let fault = Expression::compile(text, Wanted::Text).expect_err(text);
            assert!(fault.to_string().contains(why), "{text}: {fault}");
        }
    }
}
