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
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{self, GROUP_AUTHORIZATION_FAILED};
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
            out.set("ErrorMessage", error_code::message(code));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, known, texts, versions};
    use crate::wire::tables::api_key::{DESCRIBE_SHARE_GROUP_OFFSETS, OFFSET_FETCH};

    const ACLS: &[&str] = &["ALLOW READ GROUP LITERAL g", "ALLOW READ TOPIC LITERAL a"];

    fn names(key: i16, version: i16) -> (&'static str, &'static str) {
        match key {
            OFFSET_FETCH if version >= TOPIC_IDS => ("TopicId", "PartitionIndexes"),
            OFFSET_FETCH => ("Name", "PartitionIndexes"),
            _ => ("TopicName", "Partitions"),
        }
    }

    /// A topic of a request or an answer: "a" has id 1, "b" has id 2.
    fn topic(key: i16, version: i16, name: &str, partitions: (&'static str, Value)) -> Value {
        let (field, _) = names(key, version);
        let id = [name.as_bytes()[0] - b'a' + 1; 16];
        let named = if field == "TopicId" {
            Value::from(id)
        } else {
            name.into()
        };
        Value::fields([(field, named), partitions])
    }

    /// Topics of a group; `None` = all.
    fn group(key: i16, version: i16, id: &str, topics: Option<&[&str]>) -> Value {
        let (_, partitions) = names(key, version);
        let topic = |name: &&str| topic(key, version, name, (partitions, Value::array([0, 1])));
        let topics = topics.map(|topics| Value::Array(topics.iter().map(topic).collect()));
        Value::fields([
            ("GroupId", id.into()),
            ("Topics", topics.unwrap_or(Value::Null)),
        ])
    }

    fn body(key: i16, version: i16, groups: Vec<Value>) -> Value {
        if key == OFFSET_FETCH && version < BATCHED {
            return groups[0].clone();
        }
        Value::fields([("Groups", groups.into())])
    }

    /// The broker's answer about `topics` of one group.
    fn said(key: i16, version: i16, groups: &[(&str, &[&str])]) -> Value {
        let partition = || {
            let mut partition = Value::fields([("PartitionIndex", 0.into())]);
            if key == OFFSET_FETCH {
                partition.set("CommittedOffset", 7);
            } else {
                partition.set("StartOffset", 7);
            }
            partition
        };
        let one = |(id, topics): &(&str, &[&str])| {
            let topic = |name: &&str| {
                topic(
                    key,
                    version,
                    name,
                    ("Partitions", Value::array([partition()])),
                )
            };
            let mut group =
                Value::fields([("Topics", Value::Array(topics.iter().map(topic).collect()))]);
            if key != OFFSET_FETCH || version >= BATCHED {
                group.set("GroupId", *id);
            }
            group
        };
        body(key, version, groups.iter().map(one).collect())
    }

    fn each(first: i16, test: impl Fn(i16, i16)) {
        for key in [OFFSET_FETCH, DESCRIBE_SHARE_GROUP_OFFSETS] {
            let first = if key == OFFSET_FETCH { first } else { 0 };
            for version in versions(key, first) {
                test(key, version);
            }
        }
    }

    fn bench(key: i16, version: i16) -> Bench {
        let mut bench = Bench::new(key, version, ACLS);
        bench.told(&Question::All, vec![known("a", 1), known("b", 2)]);
        bench
    }

    #[test]
    fn what_is_allowed_goes_up_as_it_came() {
        each(0, |key, version| {
            let groups = vec![group(key, version, "g", Some(&["a"]))];
            let outcome = bench(key, version).decide(&body(key, version, groups));
            assert!(outcome.as_it_came, "{key} v{version}");
        });
    }

    #[test]
    fn a_denied_group_is_said_where_kafka_says_it() {
        each(0, |key, version| {
            let mut bench = bench(key, version);
            let groups = vec![group(key, version, "h", Some(&["a"]))];
            let answer = bench.decide(&body(key, version, groups)).answer.unwrap();
            let one_code = key != OFFSET_FETCH || version >= GROUP_CODE;
            let expected = if one_code { vec![30] } else { vec![30, 30] };
            assert_eq!(codes(&answer), expected, "{key} v{version}");
        });
    }

    #[test]
    fn denied_topics_come_last_and_never_go_up() {
        each(0, |key, version| {
            let mut bench = bench(key, version);
            let groups = vec![group(key, version, "g", Some(&["b", "a"]))];
            let outcome = bench.decide(&body(key, version, groups));
            let up = outcome.up.clone().unwrap();
            assert!(!texts(&up).contains(&"b"), "{key} v{version}");
            let answer = bench.answered(&outcome, &said(key, version, &[("g", &["a"])]));
            let found: Vec<i64> = codes(&answer)
                .into_iter()
                .filter(|code| *code != 0)
                .collect();
            assert_eq!(found, [29, 29], "{key} v{version}");
            let groups = answer.items("Groups").first().unwrap_or(&answer);
            let last = groups.items("Topics").last().unwrap();
            let offset = if key == OFFSET_FETCH {
                "CommittedOffset"
            } else {
                "StartOffset"
            };
            let first = &last.items("Partitions")[0];
            assert_eq!(first.int(offset), Some(-1), "{key} v{version}");
            // What is wrong with the group comes first.
            if key != OFFSET_FETCH || version >= GROUP_CODE {
                let mut failed = said(key, version, &[("g", &[])]);
                match failed.items_mut("Groups") {
                    Some(groups) => groups[0].set(ERROR_CODE, 16),
                    None => failed.set(ERROR_CODE, 16),
                }
                assert_eq!(
                    codes(&bench.answered(&outcome, &failed)),
                    [16],
                    "{key} v{version}"
                );
            }
        });
    }

    #[test]
    fn all_topics_are_those_that_may_be_described() {
        each(2, |key, version| {
            let mut bench = bench(key, version);
            let groups = vec![group(key, version, "g", None)];
            let outcome = bench.decide(&body(key, version, groups));
            assert!(outcome.up.is_some(), "{key} v{version}");
            let answer = bench.answered(&outcome, &said(key, version, &[("g", &["a", "b"])]));
            assert_eq!(answer, said_back(key, version), "{key} v{version}");
            assert!(
                bench.session.denials.is_empty(),
                "they are filtered quietly"
            );
        });
    }

    /// The answer about topic "a" of group "g", as it is read.
    fn said_back(key: i16, version: i16) -> Value {
        let mut bench = Bench::new(
            key,
            version,
            &["ALLOW ALL GROUP LITERAL *", "ALLOW ALL TOPIC LITERAL *"],
        );
        bench.told(&Question::All, vec![known("a", 1), known("b", 2)]);
        let groups = vec![group(key, version, "g", Some(&["a"]))];
        let outcome = bench.decide(&body(key, version, groups));
        bench.answered(&outcome, &said(key, version, &[("g", &["a"])]))
    }

    #[test]
    fn denied_groups_keep_their_places() {
        each(BATCHED, |key, version| {
            let mut bench = bench(key, version);
            let groups = vec![
                group(key, version, "h", Some(&["a"])),
                group(key, version, "g", Some(&["b"])),
                group(key, version, "i", None),
                group(key, version, "g", Some(&["a"])),
            ];
            let outcome = bench.decide(&body(key, version, groups));
            let up = outcome.up.clone().unwrap();
            let ids: Vec<_> = up
                .items("Groups")
                .iter()
                .map(|g| g.str("GroupId"))
                .collect();
            assert_eq!(ids, [Some("g"), Some("g")]);
            assert_eq!(up.items("Groups")[0].items("Topics"), [], "none, not all");
            assert!(!up.items("Groups")[0].get("Topics").unwrap().is_null());
            // A broker that takes none for all is not believed.
            let said = said(key, version, &[("g", &["b"]), ("g", &["a"])]);
            let answer = bench.answered(&outcome, &said);
            let ids: Vec<_> = answer
                .items("Groups")
                .iter()
                .map(|g| g.str("GroupId"))
                .collect();
            assert_eq!(ids, [Some("h"), Some("g"), Some("i"), Some("g")]);
            let mut found = codes(&answer);
            found.retain(|code| *code != 0);
            assert_eq!(found, [30, 29, 29, 30], "{key} v{version}");
        });
    }

    #[test]
    fn all_topics_by_id_need_their_names_first() {
        for version in versions(OFFSET_FETCH, TOPIC_IDS) {
            let mut bench = Bench::new(OFFSET_FETCH, version, ACLS);
            let body = body(
                OFFSET_FETCH,
                version,
                vec![group(OFFSET_FETCH, version, "g", None)],
            );
            assert_eq!(bench.decide(&body).question(), Some(Question::All));
        }
    }
}
