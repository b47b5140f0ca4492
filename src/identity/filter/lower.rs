//! From the CEL parser's tree to ours. Owns what the language of filters is: everything that is
//! not named here is refused, with what to write instead where that is known.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators},
};

use super::{
    condition::{Condition, Operand, Order, Quantifier, Reference, Step, TextMatch, Variable},
    optional::{self, Ending},
    pattern::Pattern,
};
use crate::identity::json::Json;

/// Deepest nesting of a filter. Chains of `&&` and `||` come balanced from the parser.
const DEPTH_MAX: usize = 32;

/// Members of `user`.
const USER_MEMBERS: [&str; 2] = ["username", "groups"];

/// The one variable of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// `claims`: what the token says.
    Claims,
    /// `user`: what was made of it.
    User,
}

/// Where in the filter lowering is.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    root: Root,
    /// Name of the element, inside a quantifier.
    element: Option<&'a str>,
    depth: usize,
}

impl Root {
    const fn name(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::User => "user",
        }
    }
}

impl<'a> Scope<'a> {
    pub(super) const fn new(root: Root) -> Self {
        Self {
            root,
            element: None,
            depth: 0,
        }
    }

    /// One level further down.
    pub(super) fn deeper(self) -> Result<Self, String> {
        if self.depth >= DEPTH_MAX {
            return Err("is nested too deeply".to_owned());
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            ..self
        })
    }

    /// Inside a loop whose element is called `element`.
    pub(super) fn within(self, element: &'a str) -> Result<Self, String> {
        if self.element.is_some() {
            return Err(
                "nests loops (`exists`, `all`, `map`, ...); one level is the limit".to_owned(),
            );
        }
        if element == self.root.name() {
            return Err(format!("names an element `{element}`"));
        }
        Ok(Self {
            element: Some(element),
            ..self
        })
    }
}

/// The condition that `expression` stands for.
///
/// # Errors
/// What is not part of the language.
pub(super) fn condition(expression: &IdedExpr, scope: Scope<'_>) -> Result<Condition, String> {
    let scope = scope.deeper()?;
    match &expression.expr {
        Expr::Literal(LiteralValue::Boolean(value)) => Ok(Condition::Constant(*value.inner())),
        Expr::Literal(_) | Expr::List(_) => {
            Err("has a literal where a condition is wanted".to_owned())
        }
        Expr::Select(select) if select.test => {
            let mut reference = reference(&select.operand, scope)?;
            reference.step_into(&select.field);
            reference.check_root(scope.root)?;
            Ok(Condition::Has(reference))
        }
        Expr::Ident(_) | Expr::Select(_) => claim_as_condition(expression, scope),
        Expr::Call(call) if leads_into(&call.func_name) => claim_as_condition(expression, scope),
        Expr::Call(call) => call_as_condition(call, scope),
        Expr::Comprehension(comprehension) => each(comprehension, scope),
        Expr::Map(_) | Expr::Struct(_) => Err("may not build maps or messages".to_owned()),
        Expr::Unspecified => Err("is not an expression".to_owned()),
    }
}

fn claim_as_condition(expression: &IdedExpr, scope: Scope<'_>) -> Result<Condition, String> {
    let reference = reference(expression, scope)?;
    if reference.is_root() {
        return Err(format!(
            "has `{}` where a condition is wanted",
            reference.text
        ));
    }
    Ok(Condition::Claim(reference))
}

fn call_as_condition(call: &CallExpr, scope: Scope<'_>) -> Result<Condition, String> {
    match optional::ending(call, scope)? {
        Some(Ending::HasValue(claim)) => return Ok(Condition::HasValue(claim)),
        Some(Ending::Or(claim, otherwise)) => {
            return match &otherwise.expr {
                Expr::Literal(LiteralValue::Boolean(otherwise)) => {
                    Ok(Condition::ClaimOr(claim, *otherwise.inner()))
                }
                _ => Err(
                    "has `orValue` of something else than true or false where a condition is \
                          wanted"
                        .to_owned(),
                ),
            };
        }
        None => {}
    }
    if let Some(subject) = &call.target {
        let kind = match call.func_name.as_str() {
            "startsWith" => TextMatch::StartsWith,
            "endsWith" => TextMatch::EndsWith,
            "contains" => TextMatch::Contains,
            "matches" => return matches(subject, &call.args, scope),
            other => return Err(unknown_function(other)),
        };
        let [argument] = call.args.as_slice() else {
            return Err(format!(
                "calls `{}` without exactly one argument",
                call.func_name
            ));
        };
        return Ok(Condition::Text {
            kind,
            subject: text(subject, &call.func_name, scope)?,
            argument: text(argument, &call.func_name, scope)?,
        });
    }
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::LOGICAL_NOT, [inner]) => Ok(Condition::Not(Box::new(condition(inner, scope)?))),
        (operators::LOGICAL_AND, [left, right]) => Ok(Condition::And(
            Box::new(condition(left, scope)?),
            Box::new(condition(right, scope)?),
        )),
        (operators::LOGICAL_OR, [left, right]) => Ok(Condition::Or(
            Box::new(condition(left, scope)?),
            Box::new(condition(right, scope)?),
        )),
        (operators::EQUALS, [left, right]) => equal(left, right, scope),
        (operators::NOT_EQUALS, [left, right]) => {
            Ok(Condition::Not(Box::new(equal(left, right, scope)?)))
        }
        (operators::IN, [needle, haystack]) => contained(needle, haystack, scope),
        (name, [left, right]) => {
            let order = order(name).ok_or_else(|| unknown_function(name))?;
            let (left, right) = (operand(left, scope)?, operand(right, scope)?);
            check_ordered(&left, &right)?;
            Ok(Condition::Order(order, left, right))
        }
        (name, _) => Err(unknown_function(name)),
    }
}

/// A string or a claim, which may be one.
fn text(expression: &IdedExpr, function: &str, scope: Scope<'_>) -> Result<Operand, String> {
    match operand(expression, scope)? {
        Operand::Literal(Json::List(_)) => {
            Err(format!("calls `{function}` on a list; write `x in list`"))
        }
        Operand::Literal(Json::Text(text)) => Ok(Operand::Literal(Json::Text(text))),
        Operand::Literal(other) => Err(format!(
            "has {} where `{function}` wants a string",
            other.kind()
        )),
        Operand::Size(_) => Err(format!("has a number where `{function}` wants a string")),
        Operand::Or(_, other) if other.as_text().is_none() => Err(format!(
            "has {} in `orValue` where `{function}` wants a string",
            other.kind()
        )),
        claim @ (Operand::Reference(_) | Operand::Or(..)) => Ok(claim),
    }
}

/// `text.matches("pattern")`. The pattern stands in the filter, so that it is compiled once.
fn matches(
    subject: &IdedExpr,
    arguments: &[IdedExpr],
    scope: Scope<'_>,
) -> Result<Condition, String> {
    let [argument] = arguments else {
        return Err("calls `matches` without exactly one argument".to_owned());
    };
    let Expr::Literal(LiteralValue::String(pattern)) = &argument.expr else {
        return Err("calls `matches` with something else than a text in quotes".to_owned());
    };
    Ok(Condition::Matches {
        subject: text(subject, "matches", scope)?,
        pattern: Pattern::compile(pattern.inner(), false)?,
    })
}

/// Order is of two numbers or of two strings.
fn check_ordered(left: &Operand, right: &Operand) -> Result<(), String> {
    let kind = |operand: &Operand| match operand {
        Operand::Literal(value) => Some(value.kind()),
        Operand::Size(_) => Some("a number"),
        Operand::Or(_, otherwise) => Some(otherwise.kind()),
        Operand::Reference(_) => None,
    };
    let (left, right) = (kind(left), kind(right));
    for kind in [left, right].into_iter().flatten() {
        if !matches!(kind, "a number" | "a string") {
            return Err(format!(
                "puts {kind} in order; numbers and strings have one"
            ));
        }
    }
    match (left, right) {
        (Some(left), Some(right)) if left != right => Err(format!("compares {left} with {right}")),
        _ => Ok(()),
    }
}

fn equal(left: &IdedExpr, right: &IdedExpr, scope: Scope<'_>) -> Result<Condition, String> {
    match (operand(left, scope)?, operand(right, scope)?) {
        (Operand::Literal(Json::Null), other) | (other, Operand::Literal(Json::Null)) => {
            Ok(Condition::IsNull(other))
        }
        (Operand::Literal(left), Operand::Literal(right)) if left.kind() != right.kind() => {
            Err(format!("compares {} with {}", left.kind(), right.kind()))
        }
        (left, right) => Ok(Condition::Equal(left, right)),
    }
}

/// `needle in haystack`; `"azp" in claims` asks the same as `has(claims.azp)`.
fn contained(
    needle: &IdedExpr,
    haystack: &IdedExpr,
    scope: Scope<'_>,
) -> Result<Condition, String> {
    let needle = operand(needle, scope)?;
    let haystack = operand(haystack, scope)?;
    match (needle, haystack) {
        (Operand::Literal(Json::Text(name)), Operand::Reference(mut reference))
            if reference.is_root() =>
        {
            reference.step_into(&name);
            reference.check_root(scope.root)?;
            Ok(Condition::Has(reference))
        }
        (_, Operand::Literal(other)) if !matches!(other, Json::List(_) | Json::Text(_)) => {
            Err(format!("looks for something in {}", other.kind()))
        }
        (_, Operand::Or(_, other)) if !matches!(other, Json::List(_) | Json::Text(_)) => {
            Err(format!("looks for something in {}", other.kind()))
        }
        (_, Operand::Size(_)) => Err("looks for something in a number".to_owned()),
        (needle, haystack) => Ok(Condition::In { needle, haystack }),
    }
}

fn order(name: &str) -> Option<Order> {
    match name {
        operators::LESS => Some(Order::Less),
        operators::LESS_EQUALS => Some(Order::AtMost),
        operators::GREATER => Some(Order::Greater),
        operators::GREATER_EQUALS => Some(Order::AtLeast),
        _ => None,
    }
}

/// The parser has rewritten `list.exists(x, body)` and its like to a fold; its step tells which.
fn each(fold: &ComprehensionExpr, scope: Scope<'_>) -> Result<Condition, String> {
    let inner = scope.within(&fold.iter_var)?;
    let Expr::Call(step) = &fold.loop_step.expr else {
        return Err(unknown_function("map"));
    };
    let (quantifier, body) = match (step.func_name.as_str(), step.args.as_slice()) {
        (operators::LOGICAL_OR, [_, body]) => (Quantifier::Exists, body),
        (operators::LOGICAL_AND, [_, body]) => (Quantifier::All, body),
        // `filter` folds the same way as `exists_one`, but not from a number.
        (operators::CONDITIONAL, [body, _, _])
            if matches!(fold.accu_init.expr, Expr::Literal(LiteralValue::Int(_))) =>
        {
            (Quantifier::ExistsOne, body)
        }
        _ => return Err("calls `map` or `filter`; write `exists` or `all`".to_owned()),
    };
    let range = reference(&fold.iter_range, scope)?;
    Ok(Condition::Each {
        quantifier,
        range,
        body: Box::new(condition(body, inner)?),
    })
}

fn operand(expression: &IdedExpr, scope: Scope<'_>) -> Result<Operand, String> {
    match &expression.expr {
        Expr::Literal(value) => literal(value).map(Operand::Literal),
        Expr::List(_) => constant(expression).map(Operand::Literal),
        Expr::Select(select) if select.test => Err(compared_condition()),
        Expr::Ident(_) | Expr::Select(_) => reference(expression, scope).map(Operand::Reference),
        Expr::Call(call) => match (call.func_name.as_str(), &call.target, call.args.as_slice()) {
            (operators::INDEX, _, _) => reference(expression, scope).map(Operand::Reference),
            ("orValue" | "hasValue", _, _) => match optional::ending(call, scope)? {
                Some(Ending::Or(claim, otherwise)) => Ok(Operand::Or(claim, constant(otherwise)?)),
                _ => Err(compared_condition()),
            },
            (name, _, _) if optional::is_optional(name) => Err(optional::open()),
            ("size", None, [subject]) => reference(subject, scope).map(Operand::Size),
            ("size", Some(subject), []) => reference(subject, scope).map(Operand::Size),
            (name, _, _) if is_condition(name) => Err(compared_condition()),
            (name, _, _) => Err(unknown_function(name)),
        },
        Expr::Comprehension(_) => Err(compared_condition()),
        Expr::Map(_) | Expr::Struct(_) => Err("may not build maps or messages".to_owned()),
        Expr::Unspecified => Err("is not an expression".to_owned()),
    }
}

/// A literal, or a list of them.
pub(super) fn constant(expression: &IdedExpr) -> Result<Json, String> {
    match &expression.expr {
        Expr::Literal(value) => literal(value),
        Expr::List(list) if list.optional_indices.is_empty() => {
            let items = list.elements.iter().map(|element| match &element.expr {
                Expr::Literal(value) => literal(value),
                _ => Err("has a list of something else than literals".to_owned()),
            });
            items.collect::<Result<_, _>>().map(Json::List)
        }
        Expr::List(_) => Err("has a list whose elements may be missing".to_owned()),
        _ => Err("has something else than a literal in `orValue`".to_owned()),
    }
}

fn literal(value: &LiteralValue) -> Result<Json, String> {
    match value {
        LiteralValue::Boolean(value) => Ok(Json::Bool(*value.inner())),
        LiteralValue::Int(value) => Ok(Json::Int(*value.inner())),
        LiteralValue::UInt(value) => i64::try_from(*value.inner())
            .map(Json::Int)
            .map_err(|_| "has an integer that does not fit 64 bits".to_owned()),
        LiteralValue::Double(value) => Ok(Json::Float(*value.inner())),
        LiteralValue::String(value) => Ok(Json::Text(value.inner().to_owned())),
        LiteralValue::Null => Ok(Json::Null),
        LiteralValue::Bytes(_) => Err("has bytes; claims are text".to_owned()),
    }
}

/// `claims`, an element, or something inside, all of which must be there.
pub(super) fn reference(expression: &IdedExpr, scope: Scope<'_>) -> Result<Reference, String> {
    let Stepped { reference, certain } = stepped(expression, scope)?;
    match certain {
        None => Ok(reference),
        Some(_) => Err(optional::open()),
    }
}

/// A reference, and how many of its steps must lead somewhere; `None` = all.
pub(super) struct Stepped {
    pub(super) reference: Reference,
    pub(super) certain: Option<usize>,
}

/// `claims`, an element, or something inside: a loop, for a chain of selections is as long as the
/// filter.
pub(super) fn stepped(expression: &IdedExpr, scope: Scope<'_>) -> Result<Stepped, String> {
    let (mut steps, mut optional) = (Vec::new(), 0_usize);
    let mut at = expression;
    let root = loop {
        match &at.expr {
            Expr::Ident(name) => break name,
            Expr::Select(SelectExpr {
                operand,
                field,
                test: false,
            }) => {
                check_certain(operand)?;
                steps.push(Step::Member(field.clone()));
                at = operand;
            }
            Expr::Call(call) if call.target.is_none() && leads_into(&call.func_name) => {
                let [inner, index] = call.args.as_slice() else {
                    return Err("has an index that is not one".to_owned());
                };
                if optional::is_optional(&call.func_name) {
                    optional = optional.saturating_add(1);
                } else {
                    check_certain(inner)?;
                }
                steps.push(step(index)?);
                at = inner;
            }
            Expr::Call(call) if call.func_name == "orValue" => {
                let hint = "goes on after `orValue`; write `has(claims.x) && claims.x...` for it";
                return Err(hint.to_owned());
            }
            _ => return Err("looks into something that is not a claim".to_owned()),
        }
    };
    let certain = steps.len().saturating_sub(optional);
    let mut reference = Reference {
        variable: variable(root, scope)?,
        steps: Vec::new(),
        text: root.clone(),
    };
    for step in steps.into_iter().rev() {
        match step {
            Step::Member(name) => reference.step_into(&name),
            Step::Index(index) => {
                reference.text.push_str(&format!("[{index}]"));
                reference.steps.push(Step::Index(index));
            }
        }
    }
    reference.check_root(scope.root)?;
    let certain = (optional > 0).then_some(certain);
    Ok(Stepped { reference, certain })
}

/// Whether the operator `name` leads from a value to one inside it.
pub(super) fn leads_into(name: &str) -> bool {
    name == operators::INDEX || optional::is_optional(name)
}

/// What stands before a step that must lead somewhere must do so itself: of a claim that may be
/// missing nothing certain can follow.
fn check_certain(before: &IdedExpr) -> Result<(), String> {
    if optional::is_open(before) {
        return Err(
            "goes on after `.?` without it; write `.?` before each name that follows".to_owned(),
        );
    }
    Ok(())
}

fn variable(root: &str, scope: Scope<'_>) -> Result<Variable, String> {
    match root {
        name if Some(name) == scope.element => Ok(Variable::Element),
        name if name == scope.root.name() => Ok(Variable::Root),
        name => {
            let root = scope.root.name();
            let hint = format!("write `{root}.…`, or quotes around a text");
            Err(format!("has the unknown variable `{name}`; {hint}"))
        }
    }
}

fn step(index: &IdedExpr) -> Result<Step, String> {
    match &index.expr {
        Expr::Literal(LiteralValue::String(name)) => Ok(Step::Member(name.inner().to_owned())),
        Expr::Literal(LiteralValue::Int(index)) => usize::try_from(*index.inner())
            .map(Step::Index)
            .map_err(|_| "has a negative index".to_owned()),
        _ => Err("has an index that is neither a text nor a number".to_owned()),
    }
}

impl Reference {
    /// Whether it is the variable itself.
    pub(super) fn is_root(&self) -> bool {
        self.variable == Variable::Root && self.steps.is_empty()
    }

    /// What a user has is known beforehand.
    fn check_root(&self, root: Root) -> Result<(), String> {
        match (root, self.variable, self.steps.first()) {
            (Root::User, Variable::Root, Some(Step::Member(member)))
                if !USER_MEMBERS.contains(&member.as_str()) =>
            {
                Err(format!(
                    "has `{}`; a user has `username` and `groups`",
                    self.text
                ))
            }
            _ => Ok(()),
        }
    }

    fn step_into(&mut self, member: &str) {
        if member
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            self.text.push_str(&format!(".{member}"));
        } else {
            self.text.push_str(&format!("[\"{member}\"]"));
        }
        self.steps.push(Step::Member(member.to_owned()));
    }
}

/// Whether the function or operator `name` is a test.
pub(super) fn is_condition(name: &str) -> bool {
    let logic = [
        operators::LOGICAL_NOT,
        operators::LOGICAL_AND,
        operators::LOGICAL_OR,
    ];
    let tests = [operators::EQUALS, operators::NOT_EQUALS, operators::IN];
    logic.contains(&name)
        || tests.contains(&name)
        || order(name).is_some()
        || matches!(name, "startsWith" | "endsWith" | "contains" | "matches")
}

fn compared_condition() -> String {
    "compares a condition; write the condition, or `!` before it".to_owned()
}

fn unknown_function(name: &str) -> String {
    format!(
        "uses `{name}`; filters know == != < <= > >= in && || ! has exists all exists_one \
         startsWith endsWith contains matches size, and orValue hasValue after `.?`"
    )
}
