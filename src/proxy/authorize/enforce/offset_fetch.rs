//! OffsetFetch and DescribeShareGroupOffsets: DESCRIBE of each group, then of each topic. Where all topics
//! of a group are asked for, the answer holds those that may be described.

use super::allowed::{self, Needs};
use super::ask;
use super::filter::Filter;
use super::items::refused_topic;
use super::merge::{Merge, Part, Slot};
use crate::policy::operation::Operation;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::proxy::authorize::question::{Question, unknown_ids};
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle, refuse};
use crate::wire::error_code::GROUP_AUTHORIZATION_FAILED;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::value::Value;
use crate::wire::visitor::{At, Visitor};

/// The first OffsetFetch that answers with a code about the group.
const GROUP_CODE: i16 = 2;

/// The first OffsetFetch about several groups (KIP-709).
const BATCHED: i16 = 8;

/// The first OffsetFetch that names topics by id (KIP-848).
const TOPIC_IDS: i16 = 10;

/// Kafka's "no offset".
const NO_OFFSET: i64 = -1;

/// `KafkaApis.handleOffsetFetchRequest` and `handleDescribeShareGroupOffsetsRequest`.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let needs = Needs {
        topic: Some(Operation::Describe),
        group: Some(Operation::Describe),
        ..Needs::default()
    };
    let mut all = AllTopics::default();
    request.walk(&mut all)?;
    if let (Some(unknown), false) = (allowed::walk(request, needs, authority)?, all.asked) {
        return request.forward(unknown);
    }
    // An answer tells all topics by id: those must have names before it can be filtered.
    if by_id(request) && all.asked && authority.asked.all().is_none() {
        return Ok(ask(request, Question::All, authority));
    }
    let body = request.read()?;
    let groups = if is_batched(request) {
        body.items("Groups")
    } else {
        std::slice::from_ref(&body)
    };
    let topics = groups.iter().flat_map(|group| group.items("Topics"));
    let ids = topics.filter_map(|topic| topic.uuid("TopicId"));
    if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
        return Ok(ask(request, question, authority));
    }
    if is_batched(request) {
        decide_groups(request, &body, authority)
    } else {
        decide_group(request, &body, authority)
    }
}

fn is_batched(request: &Request<'_>) -> bool {
    request.api.key == api_key::DESCRIBE_SHARE_GROUP_OFFSETS || request.version >= BATCHED
}

fn by_id(request: &Request<'_>) -> bool {
    request.api.key == api_key::OFFSET_FETCH && request.version >= TOPIC_IDS
}

fn decide_groups(
    request: &Request<'_>,
    body: &Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut left = Vec::new();
    let mut slots = Vec::new();
    for group in body.items("Groups") {
        let id = group.str("GroupId").unwrap_or_default();
        if authority.may_group(Operation::Describe, id) {
            let (group, part) = cut(request, group, authority);
            left.push(group);
            slots.push(Slot::Asked(part));
        } else {
            slots.push(Slot::Refused(Value::fields([
                ("GroupId", id.into()),
                (ERROR_CODE, GROUP_AUTHORIZATION_FAILED.into()),
            ])));
        }
    }
    let merge = Merge {
        field: "Groups",
        slots,
    };
    if left.is_empty() {
        return request.answer(&merge.refusals());
    }
    if merge.changes_nothing() {
        return request.pass();
    }
    let mut up = body.clone();
    up.set("Groups", left);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&up)?),
        amend: Amend::filter(Filter::Merge(merge)),
    })
}

fn decide_group(
    request: &Request<'_>,
    body: &Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let id = body.str("GroupId").unwrap_or_default();
    if !authority.may_group(Operation::Describe, id) {
        let code = GROUP_AUTHORIZATION_FAILED;
        return request.answer(&if request.version >= GROUP_CODE {
            Value::fields([(ERROR_CODE, code.into())])
        } else {
            let topics = body.items("Topics").iter();
            let refused = topics.map(|topic| refused_offsets(request, topic, code));
            Value::fields([("Topics", Value::Array(refused.collect()))])
        });
    }
    let (up, part) = cut(request, body, authority);
    if part == Part::default() {
        return request.pass();
    }
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&up)?),
        amend: Amend::filter(Filter::Topics(part)),
    })
}

/// `group` without the topics that are denied, and what becomes of its answer. A group without any topic
/// left is asked for none, which is not all of them; its own errors come first.
fn cut(request: &Request<'_>, group: &Value, authority: &mut Authority<'_>) -> (Value, Part) {
    let mut part = Part {
        only_described: group.get("Topics").is_some_and(Value::is_null),
        denied: Vec::new(),
    };
    let mut left = group.clone();
    if part.only_described {
        return (left, part);
    }
    let mut kept = Vec::new();
    for topic in group.items("Topics") {
        match refused_topic(topic, Operation::Describe, authority) {
            None => kept.push(topic.clone()),
            Some(code) => part.denied.push(refused_offsets(request, topic, code)),
        }
    }
    // Were none to mean all for some broker, nobody would be told.
    part.only_described = kept.is_empty();
    left.set("Topics", kept);
    (left, part)
}

/// The answer about `topic` of the request, all of whose partitions get `code`.
fn refused_offsets(request: &Request<'_>, topic: &Value, code: i16) -> Value {
    let share = request.api.key == api_key::DESCRIBE_SHARE_GROUP_OFFSETS;
    let partition = |index: &Value| {
        let mut out = Value::fields([("PartitionIndex", index.clone()), (ERROR_CODE, code.into())]);
        if share {
            out.set("StartOffset", NO_OFFSET);
            out.set("ErrorMessage", refuse::default_message(code));
        } else {
            out.set("CommittedOffset", NO_OFFSET);
        }
        out
    };
    let (name, indexes) = match (share, by_id(request)) {
        (true, _) => ("TopicName", "Partitions"),
        (false, true) => ("TopicId", "PartitionIndexes"),
        (false, false) => ("Name", "PartitionIndexes"),
    };
    let partitions = topic.items(indexes).iter().map(partition);
    Value::fields([
        (name, topic.get(name).cloned().unwrap_or(Value::Null)),
        ("Partitions", Value::Array(partitions.collect())),
    ])
}

impl Merge {
    fn changes_nothing(&self) -> bool {
        let nothing = Slot::Asked(Part::default());
        self.slots.iter().all(|slot| *slot == nothing)
    }
}

/// Whether some list of topics is null: all of them.
#[derive(Debug, Default)]
struct AllTopics {
    asked: bool,
}

impl Visitor for AllTopics {
    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        self.asked |= field.mark == Mark::Topics && count.is_none();
    }
}
