//! Which claims a filter or an expression looks at, for people who want to see them. Reads the CEL
//! parser's tree, for what `lower` makes of it is two things. Only for texts that were compiled.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, LiteralValue},
};

use super::{Expression, Filter, compile};

impl Filter {
    /// Names of the claims that it looks at, the first step of each; takes milliseconds.
    #[must_use]
    pub fn mentioned(&self) -> BTreeSet<String> {
        mentioned(&self.text)
    }
}

impl Expression {
    /// As [`Filter::mentioned`].
    #[must_use]
    pub fn mentioned(&self) -> BTreeSet<String> {
        mentioned(&self.text)
    }
}

fn mentioned(text: &str) -> BTreeSet<String> {
    let names = compile(text, |tree| {
        let mut names = BTreeSet::new();
        collect(tree, &mut names);
        Ok(names)
    });
    names.unwrap_or_default()
}

/// Recursion is as deep as that of the parser, on whose thread it runs.
fn collect(expression: &IdedExpr, names: &mut BTreeSet<String>) {
    match &expression.expr {
        Expr::Select(select) => {
            if is_claims(&select.operand) {
                names.insert(select.field.clone());
            }
            collect(&select.operand, names);
        }
        Expr::Call(call) => {
            collect_of_call(call, names);
            for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                collect(part, names);
            }
        }
        Expr::Comprehension(each) => {
            for part in [
                &each.iter_range,
                &each.loop_cond,
                &each.loop_step,
                &each.result,
            ] {
                collect(part, names);
            }
        }
        Expr::List(list) => list.elements.iter().for_each(|item| collect(item, names)),
        // A map or a message does not compile.
        Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// `claims["x"]`, `claims.?x`, `claims[?"x"]`, `"x" in claims`.
fn collect_of_call(call: &CallExpr, names: &mut BTreeSet<String>) {
    if !call.args.iter().any(is_claims) {
        return;
    }
    names.extend(
        call.args
            .iter()
            .filter_map(|argument| match &argument.expr {
                Expr::Literal(LiteralValue::String(name)) => Some(name.inner().to_owned()),
                _ => None,
            }),
    );
}

fn is_claims(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Ident(name) if name == "claims")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::filter::Wanted;

    #[test]
    fn claims_are_found_however_they_are_written() {
        for (filter, names) in [
            ("true", &[][..]),
            ("claims.a == 'claims.b'", &["a"]),
            ("claims.a.b.c == 'x' && !claims['d e'].f", &["a", "d e"]),
            (
                "claims.?a.orValue('') == 'x' || claims[?'b'].hasValue()",
                &["a", "b"],
            ),
            (
                "has(claims.a) && 'b' in claims && 'c' in claims.d",
                &["a", "b", "d"],
            ),
            (
                "claims.a.exists(x, x == claims.b) && size(claims.c) == 1",
                &["a", "b", "c"],
            ),
            (
                "claims.a in ['b'] && claims.c.startsWith(claims.d)",
                &["a", "c", "d"],
            ),
            ("claims.a.matches('x')", &["a"]),
        ] {
            let found = Filter::compile(filter).unwrap().mentioned();
            assert!(found.iter().eq(names), "{filter}: {found:?}");
        }
        let text = "claims.?a.orValue(claims.b) + (claims.c ? '1' : claims['d'].lowerAscii())";
        let found = Expression::compile(text, Wanted::Text).unwrap().mentioned();
        assert!(found.iter().eq(["a", "b", "c", "d"].iter()), "{found:?}");
    }
}
