//! Produce: WRITE TRANSACTIONAL_ID where one is named, WRITE TOPIC of each topic
//! (`KafkaApis.handleProduceRequest`). Batches are not looked at: those of a transaction without a
//! transactional id the broker itself answers with 53.

use super::allowed::{Checks, Needs};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::listed::{Listed, Listing, TopicKey};
use crate::proxy::authorize::question::unknown_ids;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{CloseReason, Decision, Obstacle};
use crate::wire::edit::Edits;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// The array of the answer.
const RESPONSES: &str = "Responses";

/// Decides about a Produce that was read whole.
pub(in crate::proxy::authorize) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let needs = Needs {
        topic: Some(Operation::Write),
        transactional_id: Some(Operation::Write),
        ..Needs::default()
    };
    let mut short = Short {
        checks: Checks::new(needs, authority),
        acks: None,
    };
    let unknown = request.walk(&mut short)?;
    if short.checks.all_allowed() {
        let acks = short.acks;
        return forward(request, unknown, acks);
    }
    let mut found = Found::default();
    let unknown = request.walk(&mut found)?;
    let ids = found
        .listing
        .topics
        .iter()
        .filter_map(|topic| match topic.key {
            TopicKey::Id(id) => Some(id),
            TopicKey::Name(_) => None,
        });
    if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
        return Ok(super::ask(request, question, authority));
    }
    let whole = refused_whole(found.transactional_id.as_deref(), authority);
    let mut denied = Vec::new();
    let mut refusals = Vec::new();
    for (place, topic) in found.listing.topics.iter().enumerate() {
        if let Some(code) = whole.or_else(|| refused_topic(&topic.key, authority)) {
            denied.push(place);
            refusals.push(refusal(topic, code));
        }
    }
    if denied.is_empty() {
        return forward(request, unknown, found.acks);
    }
    let all = denied.len() == found.listing.topics.len();
    let unanswered = found.acks == Some(0);
    if all && unanswered {
        return Ok(Decision::Close(CloseReason::DeniedUnanswered));
    }
    if all {
        return request.answer(&Value::fields([(RESPONSES, refusals.into())]));
    }
    let mut edits = unknown;
    let flexible = request.api.request.is_flexible(request.version);
    found.listing.cut(&denied, flexible, &mut edits);
    let frame = Some(request.edited(&edits)?);
    if unanswered {
        return Ok(Decision::Unanswered {
            frame,
            close: Some(CloseReason::DeniedUnanswered),
        });
    }
    let amend = Amend::added(RESPONSES, refusals, Position::Last);
    Ok(Decision::ForwardAndAmend { frame, amend })
}

fn forward(request: &Request<'_>, unknown: Edits, acks: Option<i16>) -> Result<Decision, Obstacle> {
    if acks != Some(0) {
        return request.forward(unknown);
    }
    let frame = match unknown.is_empty() {
        true => None,
        false => Some(request.edited(&unknown)?),
    };
    Ok(Decision::Unanswered { frame, close: None })
}

/// The code that all of a request with `transactional_id` is refused with, if it is.
pub(in crate::proxy::authorize) fn refused_whole(
    transactional_id: Option<&str>,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let id = Resource::transactional_id(transactional_id?);
    let allowed = authority.may(Operation::Write, &id);
    (!allowed).then_some(error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
}

/// The code that writing to the topic is refused with, if it is. A topic whose id nobody knows is refused
/// too, as the broker would: were it created in this moment, nobody would have decided about it.
pub(in crate::proxy::authorize) fn refused_topic(
    key: &TopicKey,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let name = match key {
        TopicKey::Name(name) => Some((&**name).into()),
        TopicKey::Id(id) => authority.name_of(id),
    };
    let Some(name) = name else {
        return Some(error_code::UNKNOWN_TOPIC_ID);
    };
    let allowed = authority.may_topic(Operation::Write, &name);
    (!allowed).then_some(error_code::TOPIC_AUTHORIZATION_FAILED)
}

fn refusal(topic: &Listed, code: i16) -> Value {
    refusal_of(&topic.key, &topic.partitions, code)
}

/// The answer about one topic that is refused (`ProduceResponse.PartitionResponse` of an error).
pub(in crate::proxy::authorize) fn refusal_of(
    key: &TopicKey,
    partitions: &[i32],
    code: i16,
) -> Value {
    let partitions = partitions.iter().map(|index| {
        Value::fields([
            ("Index", (*index).into()),
            ("ErrorCode", code.into()),
            ("BaseOffset", (-1).into()),
        ])
    });
    Value::fields([
        key.field("Name"),
        ("PartitionResponses", Value::array(partitions)),
    ])
}

/// The short way, which also finds `acks`.
struct Short<'a, 'b> {
    checks: Checks<'a, 'b>,
    acks: Option<i16>,
}

impl Visitor for Short<'_, '_> {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::Acks, Scalar::Int16(acks)) => self.acks = Some(acks),
            _ => self.checks.value(field, at, value),
        }
    }
}

/// What a request says but for its records.
#[derive(Default)]
struct Found {
    transactional_id: Option<String>,
    acks: Option<i16>,
    listing: Listing,
}

impl Visitor for Found {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TransactionalId, Scalar::Str(id)) => self.transactional_id = Some(id.into()),
            (Mark::Acks, Scalar::Int16(acks)) => self.acks = Some(acks),
            _ => self.listing.value(field, value),
        }
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, _: Option<usize>) {
        self.listing.array(field, at);
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        self.listing.item(field);
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.listing.item_end(field, at);
    }
}
