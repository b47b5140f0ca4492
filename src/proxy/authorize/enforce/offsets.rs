//! Offsets of topics and of groups.

use super::allowed::{self, Needs};
use super::items::{self, Items, refused_topic};
use crate::policy::operation::Operation;
use crate::proxy::authorize::amend::Position;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// ListOffsets: DESCRIBE TOPIC; DeleteRecords: DELETE TOPIC.
pub(super) fn decide_topics(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let operation = match request.api.key {
        api_key::DELETE_RECORDS => Operation::Delete,
        _ => Operation::Describe,
    };
    let needs = Needs {
        topic: Some(operation),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let items = Items {
        asked: "Topics",
        answered: "Topics",
        position: Position::First,
    };
    let refused =
        |item: &Value, authority: &mut Authority<'_>| refused_topic(item, operation, authority);
    items::decide(request, &request.read()?, items, authority, refused)
}
