//! Requests cut down to what is allowed, item by item, and the denied items added to the answer.

use super::filter::Filter;
use super::items::Items;
use crate::proxy::authorize::amend::{Amend, Position};
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::value::Value;

/// What becomes of one item of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It goes up.
    Keep,
    /// It does not, and the answer has this item about it.
    Refuse(Value),
    /// It does not, and another item's refusal speaks for it.
    Drop,
}

/// Carries out the `verdicts` on the items of `body`, one each. What is left goes up, and the answer
/// passes `filter`; where nothing is left the request is answered here.
pub(super) fn cut(
    request: &Request<'_>,
    mut body: Value,
    items: Items,
    verdicts: Vec<Verdict>,
    filter: Option<Filter>,
) -> Result<Decision, Obstacle> {
    let asked = body.items_mut(items.asked).map(std::mem::take);
    let mut kept = Vec::new();
    let mut refusals = Vec::new();
    for (item, verdict) in asked.unwrap_or_default().into_iter().zip(verdicts) {
        match verdict {
            Verdict::Keep => {
                kept.push(item);
                if items.position == Position::AsAsked {
                    refusals.push(Value::Null);
                }
            }
            Verdict::Refuse(refusal) => refusals.push(refusal),
            Verdict::Drop => {}
        }
    }
    if kept.is_empty() {
        return request.answer(&Value::fields([(items.answered, refusals.into())]));
    }
    body.set(items.asked, kept);
    let mut amend = Amend::added(items.answered, refusals, items.position);
    amend.filter = filter;
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&body)?),
        amend,
    })
}

/// Whether each of `names` is there more than once.
pub(super) fn repeated<T: Ord>(names: &[T]) -> Vec<bool> {
    let mut sorted: Vec<&T> = names.iter().collect();
    sorted.sort_unstable();
    let count = |name: &T| {
        let first = sorted.partition_point(|known| *known < name);
        let after = sorted.partition_point(|known| *known <= name);
        after.saturating_sub(first)
    };
    names.iter().map(|name| count(name) > 1).collect()
}

/// Whether each of `names` is the first of its kind.
pub(super) fn first<T: Ord>(names: &[T]) -> Vec<bool> {
    let mut seen = std::collections::BTreeSet::new();
    names.iter().map(|name| seen.insert(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_twice_are_found() {
        let names = ["b", "a", "b", "c"];
        assert_eq!(repeated(&names), [true, false, true, false]);
        assert_eq!(first(&names), [true, true, false, true]);
    }
}
