//! Requests that change offsets of one group: the transactional id first where there is one, then the
//! group, then each topic.

use super::allowed::{self, Needs};
use super::ask;
use super::filter::Filter;
use super::items::refused_topic;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Added, Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::{ERROR_CODE, top_level};
use crate::proxy::authorize::question::unknown_ids;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle, refuse};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The fields by which a topic is named.
const TOPIC_FIELDS: [&str; 3] = ["Name", "TopicId", "TopicName"];

/// What of a group is needed; of topics it is always READ.
const fn group_operation(key: i16) -> Operation {
    match key {
        api_key::OFFSET_DELETE | api_key::DELETE_SHARE_GROUP_OFFSETS => Operation::Delete,
        _ => Operation::Read,
    }
}

/// The array of the answer.
const fn answered(key: i16) -> &'static str {
    match key {
        api_key::ALTER_SHARE_GROUP_OFFSETS | api_key::DELETE_SHARE_GROUP_OFFSETS => "Responses",
        _ => "Topics",
    }
}

/// OffsetCommit, TxnOffsetCommit, OffsetDelete, AlterShareGroupOffsets, DeleteShareGroupOffsets
/// (`KafkaApis.handle...Request`).
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let key = request.api.key;
    let needs = Needs {
        topic: Some(Operation::Read),
        group: Some(group_operation(key)),
        transactional_id: Some(Operation::Write),
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    if let Some(id) = body.str("TransactionalId")
        && !authority.may(Operation::Write, &Resource::transactional_id(id))
    {
        let code = error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        return request.answer(&refused_whole(request, &body, code));
    }
    let group = body.str("GroupId").unwrap_or_default();
    if !authority.may_group(group_operation(key), group) {
        let code = error_code::GROUP_AUTHORIZATION_FAILED;
        return request.answer(&refused_whole(request, &body, code));
    }
    decide_topics(request, &body, authority)
}

fn decide_topics(
    request: &Request<'_>,
    body: &Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let topics = body.items("Topics");
    let ids = topics.iter().filter_map(|topic| topic.uuid("TopicId"));
    if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
        return Ok(ask(request, question, authority));
    }
    let mut kept = Vec::new();
    let mut denied = Vec::new();
    for topic in topics {
        match refused_topic(topic, Operation::Read, authority) {
            None => kept.push(topic.clone()),
            Some(code) => add(&mut denied, refused_offsets(request, topic, code)),
        }
    }
    if denied.is_empty() {
        return request.pass();
    }
    let commits = matches!(
        request.api.key,
        api_key::OFFSET_COMMIT | api_key::TXN_OFFSET_COMMIT
    );
    let field = answered(request.api.key);
    if kept.is_empty() && commits {
        return request.answer(&Value::fields([(field, denied.into())]));
    }
    let added = Added {
        field,
        items: denied,
        position: Position::First,
    };
    let mut left = body.clone();
    left.set("Topics", kept);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        // The others are asked of the coordinator even where no topic is left: nothing is changed then, but
        // what is wrong with the group replaces what is wrong with its topics.
        amend: Amend::filter(Filter::UnlessFailed(added)),
    })
}

/// Adds `answer` to `denied`, to what is there of the same topic (`OffsetCommitResponse.Builder`).
fn add(denied: &mut Vec<Value>, answer: Value) {
    let same = |one: &Value| {
        TOPIC_FIELDS
            .iter()
            .all(|name| one.get(name) == answer.get(name))
    };
    let known = denied.iter_mut().find(|known| same(known));
    match known.and_then(|known| known.items_mut("Partitions")) {
        Some(partitions) => partitions.extend(answer.items("Partitions").iter().cloned()),
        None => denied.push(answer),
    }
}

/// The answer about `topic` of the request, all of whose partitions get `code`.
fn refused_offsets(request: &Request<'_>, topic: &Value, code: i16) -> Value {
    let key = request.api.key;
    let mut out = Value::fields([]);
    for name in TOPIC_FIELDS {
        if let Some(value) = topic.get(name) {
            out.set(name, value.clone());
        }
    }
    let has_message = answered(key) == "Responses";
    if key == api_key::DELETE_SHARE_GROUP_OFFSETS {
        // It is about whole topics.
        out.set(ERROR_CODE, code);
        out.set("ErrorMessage", refuse::default_message(code));
        return out;
    }
    let partition = |asked: &Value| {
        let index = asked.get("PartitionIndex").cloned().unwrap_or(Value::Null);
        let mut out = Value::fields([("PartitionIndex", index), (ERROR_CODE, code.into())]);
        if has_message {
            out.set("ErrorMessage", refuse::default_message(code));
        }
        out
    };
    let partitions = topic.items("Partitions").iter().map(partition);
    out.set("Partitions", Value::Array(partitions.collect()));
    out
}

/// The answer where all of the request `body` is refused with `code`.
fn refused_whole(request: &Request<'_>, body: &Value, code: i16) -> Value {
    match request.api.key {
        api_key::OFFSET_COMMIT | api_key::TXN_OFFSET_COMMIT => {
            let topics = body.items("Topics").iter();
            let refused = topics.map(|topic| refused_offsets(request, topic, code));
            Value::fields([("Topics", Value::Array(refused.collect()))])
        }
        api_key::OFFSET_DELETE => top_level(request.api, request.version, code),
        _ => {
            let mut answer = top_level(request.api, request.version, code);
            answer.set("ErrorMessage", refuse::default_message(code));
            answer
        }
    }
}
