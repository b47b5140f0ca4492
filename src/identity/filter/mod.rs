//! Filters of identity pools and rules of providers: CEL (Common Expression Language) over `claims`
//! or `user`.
//!
//! The parser is the `cel` crate's; what a filter may say (`lower`), what it means (`evaluate`) and
//! what follows from it (`proof`) is ours: typed, bounded in cost, and with errors that are never a
//! yes. `expression` has what yields names instead of a yes or no.

mod condition;
#[cfg(test)]
mod cost_tests;
mod evaluate;
mod expression;
mod lower;
mod mentioned;
mod optional;
mod pattern;
mod proof;

use std::{fmt, sync::Arc};

use cel::{IdedExpr, parser::Parser};

pub(super) use self::pattern::Pattern;
use self::{
    condition::Condition,
    evaluate::Evaluation,
    lower::{Root, Scope},
};
pub use self::{
    expression::{Expression, Wanted},
    proof::Pin,
};
use super::{claims::Claims, steps::Steps};
use crate::limits;

/// Most brackets open at once in a filter.
const BRACKETS_MAX: usize = 16;

/// Stack of the thread that parses. The crate's parser and tree recurse; measured, 4096
/// characters of operators overflow 2 MiB, and a filter is at most 1000.
const PARSER_STACK: usize = 64 * 1024 * 1024;

/// A compiled filter. Equal when its text is.
#[derive(Clone)]
pub struct Filter {
    text: Arc<str>,
    condition: Arc<Condition>,
}

/// Why a text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FilterFault(String);

/// What a filter says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched {
    /// It matches.
    Yes,
    /// It does not.
    No,
    /// It cannot be told, which counts as no; which claim, and why. Holds no value of a claim.
    Error(String),
}

impl Filter {
    /// Compiles `text`, at most 1000 characters, over `claims`; takes milliseconds. A filter that
    /// trusts an `email` which the issuer may not have verified is refused.
    ///
    /// # Errors
    /// [`FilterFault`]: what is wrong, and what to write instead.
    pub fn compile(text: &str) -> Result<Self, FilterFault> {
        let filter = Self::over(text, Root::Claims)?;
        proof::check_email(&filter.condition).map_err(FilterFault)?;
        Ok(filter)
    }

    /// As [`Filter::compile`], over `user.username` and `user.groups`.
    ///
    /// # Errors
    /// [`FilterFault`].
    pub fn compile_user(text: &str) -> Result<Self, FilterFault> {
        Self::over(text, Root::User)
    }

    /// As [`Filter::compile`], for a part of a filter that was compiled: what the whole proves of
    /// `email` need not be proven by each part. Not to decide by.
    ///
    /// # Errors
    /// [`FilterFault`].
    pub(super) fn compile_part(text: &str) -> Result<Self, FilterFault> {
        Self::over(text, Root::Claims)
    }

    fn over(text: &str, root: Root) -> Result<Self, FilterFault> {
        check_size(text).map_err(FilterFault)?;
        let condition = compile(text, move |tree| lower::condition(tree, Scope::new(root)))?;
        Ok(Self {
            text: text.into(),
            condition: Arc::new(condition),
        })
    }

    /// Judges `claims`; bounded in time and memory whatever they hold.
    #[must_use]
    pub fn matches(&self, claims: &Claims) -> Matched {
        self.judge(&Evaluation::new(claims))
    }

    /// As [`Filter::matches`], paid for out of `budget`, which many share: where that has less left
    /// than one filter may take, the filter has to do with it.
    pub(super) fn matches_within(&self, claims: &Claims, budget: &Steps) -> Matched {
        let left = budget.left();
        let evaluation = Evaluation::within(claims, left);
        let matched = self.judge(&evaluation);
        let paid = budget.take(evaluation.worked());
        let shared = left < limits::FILTER_STEPS_MAX && evaluation.taken() == left;
        match matched {
            Matched::Error(why) if shared || !paid => {
                Matched::Error(format!("{why}, with the login's other filters"))
            }
            matched => matched,
        }
    }

    /// As [`Filter::matches`], with the steps that were taken, at most
    /// [`limits::FILTER_STEPS_MAX`].
    pub(super) fn matches_counted(&self, claims: &Claims) -> (Matched, usize) {
        let evaluation = Evaluation::new(claims);
        (self.judge(&evaluation), evaluation.taken())
    }

    fn judge(&self, evaluation: &Evaluation<'_>) -> Matched {
        match evaluation.judge(&self.condition, None) {
            Ok(true) => Matched::Yes,
            Ok(false) => Matched::No,
            Err(fault) => Matched::Error(fault.told()),
        }
    }

    /// Whether it can match only tokens of which one of `pins` says what the filter says in writing.
    /// A yes is a proof; a no may be a filter that is too clever to see through.
    #[must_use]
    pub fn pins(&self, pins: &[Pin<'_>]) -> bool {
        proof::pins(&self.condition, pins)
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({})", self.text)
    }
}

/// What can be said before the recursive parser sees the text.
fn check_size(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(
            "is empty, which would match nobody; write `true` to match everybody".to_owned(),
        );
    }
    let length = text.chars().count();
    if length > limits::FILTER_MAX {
        return Err(format!(
            "has {length} characters; at most {} are allowed",
            limits::FILTER_MAX
        ));
    }
    let mut open = 0_usize;
    for c in text.chars() {
        // Brackets inside strings count as well: cheaper than a lexer, and nobody has 16 of them.
        match c {
            '(' | '[' | '{' => open = open.saturating_add(1),
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > BRACKETS_MAX {
            return Err(format!("opens more than {BRACKETS_MAX} brackets at once"));
        }
    }
    Ok(())
}

/// Parses `text`, whose size was checked, and makes of its tree what `lower` makes.
fn compile<T: Send + 'static>(
    text: &str,
    lower: impl FnOnce(&IdedExpr) -> Result<T, String> + Send + 'static,
) -> Result<T, FilterFault> {
    let source = text.to_owned();
    let parser = std::thread::Builder::new()
        .name("filter-parser".to_owned())
        .stack_size(PARSER_STACK)
        .spawn(move || parse(&source).and_then(|tree| lower(&tree)))
        .map_err(|error| FilterFault(format!("cannot be parsed: {error}")))?;
    // A panic of the parser ends its thread and is a fault of the filter.
    let compiled = parser
        .join()
        .unwrap_or_else(|_| Err("is not CEL".to_owned()));
    compiled.map_err(FilterFault)
}

fn parse(text: &str) -> Result<IdedExpr, String> {
    let parser = Parser::new().enable_optional_syntax(true);
    parser.parse(text).map_err(|faults| {
        faults.errors.first().map_or_else(
            || "is not CEL".to_owned(),
            |first| {
                format!(
                    "is not CEL at line {}, column {}: {}",
                    first.pos.0, first.pos.1, first.msg
                )
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;

    const TOKEN: &str = r#"{
        "iss":"https://my.issuer.com", "sub":"svc-orders-01", "azp":"orders", "aud":["kafka","account"],
        "one":"kafka", "group":"engineering", "groups":["kafka-prod","ops"], "same":["a","a"],
        "empty":[], "numbers":[1,2], "odd":["x",1], "nothing":null, "yes":true, "no":false,
        "level":5, "ratio":0.5, "exp":1750000000, "scope":"read write",
        "realm_access":{"roles":["kafka-admin"]}, "kubernetes.io":{"namespace":"prod"},
        "https://example.com/tenant":"t1", "namespace":"x"
    }"#;

    fn judge(filter: &str) -> Matched {
        let claims = Claims::parse(TOKEN.as_bytes()).unwrap();
        Filter::compile(filter)
            .unwrap_or_else(|fault| panic!("{filter}: {fault}"))
            .matches(&claims)
    }

    #[test]
    fn filters_that_match() {
        for filter in [
            "true",
            "claims.iss==\"https://my.issuer.com\"",
            "claims.sub == 'svc-orders-01' && claims.azp != 'x'",
            "\"engineering\" in claims.group || \"marketing\" in claims.group",
            "'kafka' in claims.aud",
            "'kafka' in claims.one",
            "claims.one in ['kafka', 'x']",
            "!(claims.one in ['x'])",
            "claims.same == 'a'",
            "'a' == claims.same",
            "claims.aud != 'other'",
            "claims.aud == ['kafka', 'account']",
            "claims.same in ['a', 'b']",
            "'kafka-admin' in claims.realm_access.roles",
            "claims[\"kubernetes.io\"].namespace == 'prod'",
            "claims['https://example.com/tenant'] == 't1'",
            "claims.sub.startsWith('svc-') && claims.sub.endsWith('-01') && claims.sub.contains('ord')",
            "claims.sub.matches('^svc-[a-z]+-[0-9]{2}$') && claims.sub.matches('orders')",
            "!claims.sub.matches('^orders')",
            "claims.groups.exists(g, g.matches('(?i)^KAFKA-'))",
            "claims.groups.exists(g, g == 'kafka-prod')",
            "claims.groups.exists(g, g.startsWith('kafka-'))",
            "claims.groups.all(g, g != 'root')",
            "claims.groups.exists_one(g, g == 'ops')",
            "claims.one.exists(a, a == 'kafka')",
            "has(claims.azp) && !has(claims.nope)",
            "\"azp\" in claims && !('nope' in claims)",
            "'roles' in claims.realm_access",
            "claims.yes",
            "!claims.no",
            "claims.yes == true",
            "claims.level > 4 && claims.level <= 5 && claims.level == 5 && claims.level != 6",
            "claims.ratio < 1 && claims.level > 4.5",
            "claims.exp == 1750000000 && claims.exp > -1",
            "size(claims.groups) == 2 && claims.sub.size() == 13",
            "claims.groups[0] == 'kafka-prod'",
            "claims.nothing == null && claims.azp != null",
            "1 in claims.numbers",
            "claims.nope == 'x' || claims.azp == 'orders'",
            "claims.azp == 'orders' || claims.nope == 'x'",
            "claims.empty != 'x'",
            "!('x' in claims.empty)",
            "claims.empty.all(x, x == 'y')",
            "claims.namespace == 'x'",
            "(((claims.yes)))",
        ] {
            assert_eq!(judge(filter), Matched::Yes, "{filter}");
        }
    }

    #[test]
    fn filters_that_do_not_match() {
        for filter in [
            "false",
            "claims.aud == 'other'",
            "claims.azp == 'Orders'",
            "'kaf' in claims.one",
            "'eng' in claims.group",
            "claims.azp == 'x' && claims.nope == 'y'",
            "claims.nope == 'y' && claims.azp == 'x'",
            "claims.empty == 'x'",
            "claims.empty.exists(x, true)",
            "claims.groups.exists_one(g, true)",
            "claims.aud == ['kafka']",
            "claims.same != 'a'",
        ] {
            assert_eq!(judge(filter), Matched::No, "{filter}");
        }
    }

    /// An error is never a no: it survives `!`, and `!=` is `!` of `==`.
    #[test]
    fn errors_are_errors_whatever_is_put_around_them() {
        for filter in [
            "claims.nope == 'x'",
            "claims.nope == 'x' && claims.azp == 'orders'",
            "claims.azp == 'orders' && claims.nope != 'x'",
            "claims.nope == 'x' || claims.azp == 'x'",
            "has(claims.nope.deeper)",
            "claims.aud == 'kafka'",
            "claims.aud != 'kafka'",
            "claims.aud in ['kafka']",
            "claims.groups.contains('ops')",
            "claims.groups.startsWith('ops')",
            "claims.groups.matches('ops')",
            "claims.level.matches('5')",
            "claims.nope.matches('x')",
            "claims.level == 'x'",
            "claims.sub == 5",
            "claims.sub > 5",
            "claims.sub.startsWith(claims.level)",
            "claims.sub",
            "claims.level",
            "claims.realm_access == 'x'",
            "claims.odd == 'x'",
            "'y' in claims.odd",
            "'x' in claims.numbers",
            "claims.sub.deeper == 'x'",
            "claims.groups[2] == 'x'",
            "claims.groups['x'] == 'x'",
            "claims.level.exists(x, x == 1)",
            "claims.numbers.exists(x, x == 'a')",
            "claims == 'x'",
            "size(claims.level) == 1",
            "claims.nothing == 'x'",
            "claims.nothing != 'x'",
            "'x' in claims.nothing",
        ] {
            for around in [
                filter.to_owned(),
                format!("!({filter})"),
                format!("!(!({filter}))"),
            ] {
                let matched = judge(&around);
                assert!(
                    matches!(matched, Matched::Error(_)),
                    "{around}: {matched:?}"
                );
            }
        }
    }

    /// The example of Confluent's API, over what tokens do to it.
    #[test]
    fn confluents_example_admits_no_member_of_the_invalid_group() {
        let filter =
            Filter::compile("claims.aud==\"confluent\" && claims.group!=\"invalid_group\"")
                .unwrap();
        let cases = [
            (r#"{"aud":"confluent","group":"g"}"#, true),
            (r#"{"aud":["confluent"],"group":["g","h"]}"#, true),
            (r#"{"aud":"confluent","group":"invalid_group"}"#, false),
            (r#"{"aud":"confluent","group":["invalid_group"]}"#, false),
            (
                r#"{"aud":"confluent","group":["invalid_group","x"]}"#,
                false,
            ),
            (r#"{"aud":"confluent"}"#, false),
            (r#"{"aud":["confluent","x"],"group":"g"}"#, false),
            (r#"{"aud":"x","group":"g"}"#, false),
        ];
        for (claims, want) in cases {
            let matched = filter.matches(&Claims::parse(claims.as_bytes()).unwrap());
            assert_eq!(matched == Matched::Yes, want, "{claims}");
        }
    }

    #[test]
    fn what_is_not_the_language_is_refused_with_a_reason() {
        let long = format!("claims.a == '{}'", "x".repeat(1000));
        let cases = [
            ("", "empty"),
            ("  \n", "empty"),
            (long.as_str(), "at most 1000"),
            ("claims.sub = \"x\"", "not CEL"),
            ("\"unterminated", "not CEL"),
            ("claims.", "not CEL"),
            ("claims.sub==abc", "unknown variable `abc`"),
            ("sub == 'x'", "unknown variable `sub`"),
            ("'x'", "literal"),
            ("5", "literal"),
            ("['a']", "literal"),
            ("claims", "`claims`"),
            ("claims.a + 'b' == 'c'", "filters know"),
            ("claims.exp - 5 > 3", "filters know"),
            ("claims.sub.matches('(a')", "no regular expression"),
            ("claims.sub.matches(claims.azp)", "in quotes"),
            ("claims.sub.matches('a', 'b')", "exactly one"),
            ("['a'].matches('a')", "on a list"),
            ("claims.sub.startsWith(5)", "wants a string"),
            ("5.startsWith('x')", ""),
            ("true == 'x'", "compares a boolean with a string"),
            ("claims.level > true", "puts a boolean in order"),
            ("claims.level > null", "puts null in order"),
            ("size(claims.a) > 'x'", "compares a number with a string"),
            ("'x' in 5", "looks for something in a number"),
            ("'x' in size(claims.a)", "looks for something in a number"),
            ("claims.sub.toUpperCase() == 'X'", "`toUpperCase`"),
            ("claims.a == 'b' ? true : false", "filters know"),
            ("claims.groups.map(g, g) == ['a']", "condition"),
            ("claims.groups.map(g, g)", "map"),
            ("claims.groups.filter(g, true)", "filter"),
            ("claims.groups.filter(g, true).size() == 1", "looks into"),
            ("claims.a.exists(x, claims.b.exists(y, x == y))", "nests"),
            ("claims.a.exists(claims, claims == 'x')", "element `claims`"),
            ("has(claims)", "not CEL"),
            ("has(claims.x) == true", "condition"),
            ("(claims.a == 'b') == (claims.c == 'd')", "condition"),
            ("['a'].contains('a')", "on a list"),
            ("{'a': 1}.a == 1", "looks into"),
            ("b'x' == claims.a", "bytes"),
            ("claims.a in [claims.b]", "literals"),
            ("claims[claims.a] == 'x'", "index"),
            ("claims.a[-1] == 'x'", "index"),
            ("claims.?a == 'x'", ""),
            ("type(claims.a) == string", "filters know"),
            ("claims.a.startsWith('a', 'b')", "exactly one"),
        ];
        for (text, why) in cases {
            let fault = Filter::compile(text).expect_err(text).to_string();
            assert!(fault.contains(why), "{text}: {fault}");
        }
    }

    /// Shapes that overflow a 2 MiB stack in an off-the-shelf interpreter, at every length allowed
    /// and beyond. What compiles must also evaluate on a small stack.
    #[test]
    fn no_shape_overflows_a_stack() {
        let fill = |open: &str, core: &str, close: &str, times: usize| {
            format!("{}{core}{}", open.repeat(times), close.repeat(times))
        };
        let mut shapes = Vec::new();
        for times in [10, 40, 120, 300, 490, 1200, 20_000] {
            shapes.push(fill("1+", "1", "", times));
            shapes.push(fill("1*", "1", "", times));
            shapes.push(fill("1<", "1", "", times));
            shapes.push(fill("1==", "1", "", times));
            shapes.push(fill("1 in ", "[1]", "", times));
            shapes.push(fill("-", "1", "", times));
            shapes.push(fill("!", "true", "", times));
            shapes.push(fill("!(", "true", ")", times));
            shapes.push(fill("(", "true", ")", times));
            shapes.push(fill("[", "1", "]", times));
            shapes.push(fill("{1:", "1", "}", times));
            shapes.push(fill("true&&", "true", "", times));
            shapes.push(fill("true||", "true", "", times));
            shapes.push(fill("true?", "true", ":true", times));
            shapes.push(fill("f(", "1", ")", times));
            shapes.push(fill("claims", "", ".a", times));
            shapes.push(fill("claims", "", "[0]", times));
            shapes.push(fill("has(", "claims.a", ")", times));
            shapes.push(fill("claims.a.exists(x,", "true", ")", times));
        }
        let small = std::thread::Builder::new()
            .stack_size(512 * 1024)
            .spawn(move || {
                let claims = Claims::parse(b"{\"a\":[\"b\"]}").unwrap();
                for shape in shapes {
                    if let Ok(filter) = Filter::compile(&shape) {
                        let _ = filter.matches(&claims);
                    }
                }
            });
        small.unwrap().join().unwrap();
    }

    #[test]
    fn no_claims_make_a_filter_expensive() {
        let many: Vec<_> = (0..2000).map(|n| format!("\"g{n}\"")).collect();
        let claims = format!(
            "{{\"a\":[{0}],\"b\":[{0}],\"t\":\"{1}\"}}",
            many.join(","),
            "x".repeat(8000)
        );
        let claims = Claims::parse(claims.as_bytes()).unwrap();
        for filter in [
            "claims.a.exists(x, x in claims.b && x == 'no')",
            "claims.a.exists(x, claims.t.contains(x))",
            "claims.a.all(x, !claims.t.contains(x) && !(x in claims.b) || x in claims.b)",
        ] {
            let matched = Filter::compile(filter).unwrap().matches(&claims);
            let Matched::Error(why) = matched else {
                panic!("{filter}: {matched:?}")
            };
            assert!(why.contains("costs too much"), "{why}");
        }
        let cheap = Filter::compile("claims.a.exists(x, x == 'g1999')").unwrap();
        assert_eq!(cheap.matches(&claims), Matched::Yes);
    }

    #[test]
    fn errors_name_the_claim_and_no_value() {
        let Matched::Error(why) = judge("claims.azp == 'orders' && claims.aud == 'kafka'") else {
            panic!("an error is wanted");
        };
        assert!(why.contains("`claims.aud` is a list"), "{why}");
        assert!(!why.contains("account"), "{why}");
    }

    /// What the `cel` crate's own interpreter says; `None` for an error or no boolean.
    fn interpreter(filter: &str, claims: &serde_json::Value) -> Option<bool> {
        let program = cel::Program::compile(filter).ok()?;
        let mut context = cel::Context::default();
        context.add_variable("claims", claims.clone()).ok()?;
        match program.execute(&context).ok()? {
            cel::Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A test of one claim, in the part of the language that means the same to everybody.
    fn clause() -> impl proptest::strategy::Strategy<Value = String> {
        proptest::sample::select(vec![
            "claims.azp == 'orders'",
            "claims.azp != 'orders'",
            "claims.nope == 'x'",
            "claims.yes",
            "claims.no",
            "'ops' in claims.groups",
            "'x' in claims.groups",
            "claims.azp in ['orders', 'x']",
            "claims.sub.startsWith('svc-')",
            "claims.sub.endsWith('x')",
            "claims.sub.contains(claims.azp)",
            "has(claims.azp)",
            "has(claims.nope)",
            "has(claims.nope.x)",
            "claims.groups.exists(g, g == 'ops')",
            "claims.groups.all(g, g.startsWith('k'))",
            "claims.groups.exists_one(g, g == 'ops')",
            "claims.groups.exists(g, g == claims.nope)",
            "claims.level < 6",
            "claims.sub < 'a'",
            "size(claims.groups) == 2",
            "claims.realm_access.roles[0] == 'kafka-admin'",
            "claims['kubernetes.io'].namespace == 'prod'",
        ])
        .prop_map(str::to_owned)
    }

    fn filter() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prop_oneof;
        clause().prop_recursive(4, 16, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| format!("!({inner})")),
                (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} && {r})")),
                (inner.clone(), inner).prop_map(|(l, r)| format!("({l} || {r})")),
            ]
        })
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]

        #[test]
        fn the_interpreter_agrees_where_the_language_is_shared(filter in filter()) {
            let claims: serde_json::Value = serde_json::from_str(TOKEN).unwrap();
            let ours = match judge(&filter) {
                Matched::Yes => Some(true),
                Matched::No => Some(false),
                Matched::Error(_) => None,
            };
            proptest::prop_assert_eq!(ours, interpreter(&filter, &claims), "{}", filter);
        }

        #[test]
        fn no_text_panics(text in "[a-z0-9.()\\[\\]!&|=<>\"' ?:{},+-]{0,60}", any in ".{0,60}") {
            let _ = Filter::compile(&text);
            let _ = Filter::compile(&any);
        }
    }
}
