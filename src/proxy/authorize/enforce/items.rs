//! Requests that list items: each is decided by itself, the denied ones are cut out and added to the
//! broker's answer with Kafka's code.

use std::sync::Arc;

use super::allowed::{self, Needs};
use crate::policy::operation::Operation;
use crate::proxy::authorize::amend::{Amend, Position};
use crate::proxy::authorize::authority::Authority;
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

/// The array of topics, in requests and answers.
const TOPICS: &str = "Topics";

/// Names under which items speak of a topic; in versions with ids only the id is on the wire.
const TOPIC_FIELDS: [&str; 3] = ["Name", "Topic", "TopicName"];

/// The code that `operation` on the topic of `item` is refused with, if it is: 29, or 100 where the broker
/// was asked for the id and knows no such topic.
pub(super) fn refused_topic(
    item: &Value,
    operation: Operation,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let Some(name) = topic_of(item, authority) else {
        return Some(error_code::UNKNOWN_TOPIC_ID);
    };
    let allowed = authority.may_topic(operation, &name);
    (!allowed).then_some(error_code::TOPIC_AUTHORIZATION_FAILED)
}

/// The name of the topic that `item` speaks of, by name or id, where that is known.
pub(super) fn topic_of(item: &Value, authority: &Authority<'_>) -> Option<Arc<str>> {
    let by_name = TOPIC_FIELDS.iter().find_map(|field| item.str(field));
    match by_name {
        Some(name) => Some(name.into()),
        None => authority.name_of(&item.uuid("TopicId")?),
    }
}

/// Decides each topic that `request` lists in `Topics` by `operation`: what is denied is cut out and answered
/// behind what the broker says (`KafkaApis.handleListOffsetRequest` and its kin).
pub(super) fn decide_topics(
    request: &Request<'_>,
    operation: Operation,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if let Some(unknown) = allowed::walk(request, Needs::topic(operation), authority)? {
        return request.forward(unknown);
    }
    let mut body = request.read()?;
    let topics = body
        .items_mut(TOPICS)
        .map(std::mem::take)
        .unwrap_or_default();
    let (kept, denied): (Vec<Value>, Vec<Value>) = topics
        .into_iter()
        .partition(|topic| refused_topic(topic, operation, authority).is_none());
    body.set(TOPICS, denied);
    let code = error_code::TOPIC_AUTHORIZATION_FAILED;
    if kept.is_empty() {
        return request.refuse(&body, code);
    }
    let mut refusal = refuse::refusal(request.api, request.version, &body, code);
    let refusals = refusal.items_mut(TOPICS).map(std::mem::take);
    body.set(TOPICS, kept);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&body)?),
        amend: Amend::added(TOPICS, refusals.unwrap_or_default(), Position::Last),
    })
}
