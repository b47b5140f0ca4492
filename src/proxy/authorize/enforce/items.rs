//! Requests that list items: each is decided by itself, the denied ones are cut out and added to the
//! broker's answer with Kafka's code.

use crate::policy::operation::Operation;
use crate::proxy::authorize::amend::{Added, Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::question::unknown_ids;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle, refuse};
use crate::wire::error_code;
use crate::wire::value::Value;

/// A list in a request and its counterpart in the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Items {
    /// The array of the request, at its top level.
    pub(super) asked: &'static str,
    /// The array of the answer, at its top level.
    pub(super) answered: &'static str,
    /// Where Kafka puts what it denied.
    pub(super) position: Position,
}

/// Names under which items speak of a topic; in versions with ids only the id is on the wire.
pub(super) const TOPIC_FIELDS: [&str; 3] = ["Name", "Topic", "TopicName"];

/// The code that `operation` on the topic of `item` is refused with, if it is: 29, or 100 where the broker
/// was asked for the id and knows no such topic.
pub(super) fn refused_topic(
    item: &Value,
    operation: Operation,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let by_name = TOPIC_FIELDS.iter().find_map(|field| item.str(field));
    let known = item.uuid("TopicId").and_then(|id| authority.name_of(&id));
    let Some(name) = by_name.map(Into::into).or(known) else {
        return Some(error_code::UNKNOWN_TOPIC_ID);
    };
    let allowed = authority.may_topic(operation, &name);
    (!allowed).then_some(error_code::TOPIC_AUTHORIZATION_FAILED)
}

/// Decides about the `items` of `body`, the request's; `refused` tells the code of each that is denied.
pub(super) fn decide(
    request: &Request<'_>,
    body: &Value,
    items: Items,
    authority: &mut Authority<'_>,
    refused: impl Fn(&Value, &mut Authority<'_>) -> Option<i16>,
) -> Result<Decision, Obstacle> {
    let asked = body.items(items.asked);
    let ids = asked.iter().filter_map(|item| item.uuid("TopicId"));
    if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
        return Ok(super::ask(request, question, authority));
    }
    let mut kept = Vec::new();
    let mut denied: Vec<(i16, Vec<Value>)> = Vec::new();
    for item in asked {
        let Some(code) = refused(item, authority) else {
            kept.push(item.clone());
            continue;
        };
        match denied.iter_mut().find(|(known, _)| *known == code) {
            Some((_, list)) => list.push(item.clone()),
            None => denied.push((code, vec![item.clone()])),
        }
    }
    if denied.is_empty() {
        return request.pass();
    }
    let mut refusals = Vec::new();
    for (code, list) in denied {
        let mut part = body.clone();
        part.set(items.asked, list);
        let mut refusal = refuse::refusal(request.api, request.version, &part, code);
        if let Some(list) = refusal.items_mut(items.answered) {
            refusals.append(list);
        }
    }
    if kept.is_empty() {
        return request.answer(&Value::fields([(items.answered, refusals.into())]));
    }
    let mut left = body.clone();
    left.set(items.asked, kept);
    let added = vec![Added {
        field: items.answered,
        items: refusals,
        position: items.position,
    }];
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        amend: Amend {
            added,
            ..Amend::default()
        },
    })
}
