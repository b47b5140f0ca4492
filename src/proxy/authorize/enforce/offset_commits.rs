//! Requests that change offsets of one group: the transactional id first where there is one, then the
//! group, then each topic.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

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
use crate::proxy::authorize::topics::TopicId;
use crate::proxy::authorize::{Decision, Obstacle};
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
    let mut denied = Denied::default();
    for topic in topics {
        match refused_topic(topic, Operation::Read, authority) {
            None => kept.push(topic.clone()),
            Some(code) => denied.add(topic, refused_offsets(request, topic, code)),
        }
    }
    let denied = denied.answers;
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

/// By what a topic is named: its name, its id, or its name in requests of share groups.
type Naming<'a> = (Option<&'a str>, Option<TopicId>, Option<&'a str>);

/// The answers about denied topics in their order, and where the one about each stands.
#[derive(Default)]
struct Denied<'a> {
    answers: Vec<Value>,
    places: HashMap<Naming<'a>, usize>,
}

impl<'a> Denied<'a> {
    /// Adds `answer` about `topic` to what is there of the same topic (`OffsetCommitResponse.Builder`).
    fn add(&mut self, topic: &'a Value, answer: Value) {
        let naming = (
            topic.str("Name"),
            topic.uuid("TopicId"),
            topic.str("TopicName"),
        );
        let known = match self.places.entry(naming) {
            Entry::Occupied(place) => self.answers.get_mut(*place.get()),
            Entry::Vacant(place) => {
                place.insert(self.answers.len());
                None
            }
        };
        match known.and_then(|known| known.items_mut("Partitions")) {
            Some(partitions) => partitions.extend(answer.items("Partitions").iter().cloned()),
            None => self.answers.push(answer),
        }
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
        out.set("ErrorMessage", error_code::message(code));
        return out;
    }
    let partition = |asked: &Value| {
        let index = asked.get("PartitionIndex").cloned().unwrap_or(Value::Null);
        let mut out = Value::fields([("PartitionIndex", index), (ERROR_CODE, code.into())]);
        if has_message {
            out.set("ErrorMessage", error_code::message(code));
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
            answer.set("ErrorMessage", error_code::message(code));
            answer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, known, texts, versions};
    use crate::proxy::authorize::question::Question;
    use crate::wire::tables::api_key::*;

    /// (key, the version from which topics are named by id, needs of transaction and group)
    const APIS: [(i16, i16, &[&str]); 5] = [
        (OFFSET_COMMIT, 10, &["ALLOW READ GROUP LITERAL g"]),
        (
            TXN_OFFSET_COMMIT,
            6,
            &[
                "ALLOW READ GROUP LITERAL g",
                "ALLOW WRITE TRANSACTIONAL_ID LITERAL x",
            ],
        ),
        (OFFSET_DELETE, i16::MAX, &["ALLOW DELETE GROUP LITERAL g"]),
        (
            ALTER_SHARE_GROUP_OFFSETS,
            i16::MAX,
            &["ALLOW READ GROUP LITERAL g"],
        ),
        (
            DELETE_SHARE_GROUP_OFFSETS,
            i16::MAX,
            &["ALLOW DELETE GROUP LITERAL g"],
        ),
    ];

    /// Topics "a" (id 1), "b" (id 2), ... with partitions 0 and 1.
    fn body(key: i16, by_id: bool, topics: &[(&str, u8)]) -> Value {
        let partition = |index: i32| Value::fields([("PartitionIndex", index.into())]);
        let topic = |(name, id): &(&str, u8)| {
            let mut topic = match (by_id, key) {
                (true, _) => Value::fields([("TopicId", [*id; 16].into())]),
                (false, ALTER_SHARE_GROUP_OFFSETS | DELETE_SHARE_GROUP_OFFSETS) => {
                    Value::fields([("TopicName", (*name).into())])
                }
                (false, _) => Value::fields([("Name", (*name).into())]),
            };
            if key != DELETE_SHARE_GROUP_OFFSETS {
                topic.set("Partitions", Value::array([partition(0), partition(1)]));
            }
            topic
        };
        let mut body = Value::fields([
            ("GroupId", "g".into()),
            ("Topics", Value::Array(topics.iter().map(topic).collect())),
        ]);
        if key == TXN_OFFSET_COMMIT {
            body.set("TransactionalId", "x");
        }
        body
    }

    fn each(test: impl Fn(i16, i16, bool, &[&str])) {
        for (key, ids, acls) in APIS {
            for version in versions(key, 0) {
                test(key, version, version >= ids, acls);
            }
        }
    }

    /// A session that knows topics "a" and "b", and that the broker has no topic 9.
    fn bench(key: i16, version: i16, acls: &[&str]) -> Bench {
        let mut bench = Bench::new(key, version, acls);
        let question = Question::Ids(vec![[1; 16], [2; 16], [9; 16]]);
        bench.told(&question, vec![known("a", 1), known("b", 2)]);
        bench
    }

    #[test]
    fn what_is_allowed_goes_up_as_it_came() {
        each(|key, version, by_id, acls| {
            let acls = [acls, &["ALLOW READ TOPIC LITERAL a"]].concat();
            let outcome = bench(key, version, &acls).decide(&body(key, by_id, &[("a", 1)]));
            assert!(outcome.as_it_came, "{key} v{version}");
        });
    }

    #[test]
    fn a_denied_group_or_transaction_denies_everything() {
        each(|key, version, by_id, acls| {
            for (n, _) in acls.iter().enumerate() {
                let mut left = acls.to_vec();
                left.remove(n);
                left.push("ALLOW ALL TOPIC LITERAL *");
                let mut bench = bench(key, version, &left);
                let answer = bench.decide(&body(key, by_id, &[("a", 1)])).answer.unwrap();
                let code = if n == 1 { 53 } else { 30 };
                let all: Vec<i64> = match key {
                    OFFSET_COMMIT | TXN_OFFSET_COMMIT => vec![code; 2],
                    _ => vec![code],
                };
                assert_eq!(codes(&answer), all, "{key} v{version}");
                let message = answer.str("ErrorMessage");
                let says = matches!(key, ALTER_SHARE_GROUP_OFFSETS | DELETE_SHARE_GROUP_OFFSETS);
                assert_eq!(message.is_some(), says, "{key} v{version}");
            }
        });
    }

    #[test]
    fn denied_topics_are_cut_and_come_first() {
        each(|key, version, by_id, acls| {
            let acls = [acls, &["ALLOW READ TOPIC LITERAL a"]].concat();
            let mut bench = bench(key, version, &acls);
            let mut topics = vec![("b", 2), ("a", 1)];
            if by_id {
                topics.push(("?", 9));
            }
            let outcome = bench.decide(&body(key, by_id, &topics));
            let up = outcome.up.clone().unwrap();
            assert_eq!(up.items("Topics").len(), 1, "{key} v{version}");
            assert!(!texts(&up).contains(&"b"), "{key} v{version}");
            let partition = || Value::fields([("PartitionIndex", 0.into())]);
            let mut done = body(key, by_id, &[("a", 1)]).items("Topics")[0].clone();
            if key != DELETE_SHARE_GROUP_OFFSETS {
                done.set("Partitions", Value::array([partition()]));
            }
            let said = Value::fields([(answered(key), Value::array([done]))]);
            let answer = bench.answered(&outcome, &said);
            let mut expected = match key {
                DELETE_SHARE_GROUP_OFFSETS => vec![0, 29, 0],
                ALTER_SHARE_GROUP_OFFSETS => vec![0, 29, 29, 0],
                OFFSET_DELETE => vec![0, 29, 29, 0],
                _ => vec![29, 29, 0],
            };
            if by_id {
                expected.splice(2..2, [100, 100]);
            }
            assert_eq!(codes(&answer), expected, "{key} v{version}: {answer:?}");
        });
    }

    #[test]
    fn where_no_topic_is_left_the_coordinator_is_asked_if_kafka_asks_it() {
        each(|key, version, by_id, acls| {
            let mut bench = bench(key, version, acls);
            let outcome = bench.decide(&body(key, by_id, &[("b", 2)]));
            if matches!(key, OFFSET_COMMIT | TXN_OFFSET_COMMIT) {
                assert_eq!(codes(&outcome.answer.unwrap()), [29, 29]);
                return;
            }
            let up = outcome.up.clone().unwrap();
            assert!(up.items("Topics").is_empty());
            let fine = bench.answered(&outcome, &Value::fields([]));
            assert!(codes(&fine).contains(&29), "{key}");
            let failed = Value::fields([(ERROR_CODE, 69.into())]);
            assert_eq!(codes(&bench.answered(&outcome, &failed)), [69], "{key}");
        });
    }

    #[test]
    fn ids_without_a_name_are_asked_for_once() {
        for (key, version) in [(OFFSET_COMMIT, 10), (TXN_OFFSET_COMMIT, 6)] {
            let all = [
                "ALLOW ALL TOPIC LITERAL *",
                "ALLOW ALL GROUP LITERAL *",
                "ALLOW ALL TRANSACTIONAL_ID LITERAL *",
            ];
            let mut bench = Bench::new(key, version, &all);
            let body = body(key, true, &[("a", 1), ("?", 9)]);
            let question = bench.decide(&body).question().unwrap();
            assert_eq!(question, Question::Ids(vec![[1; 16], [9; 16]]));
            bench.told(&question, vec![known("a", 1)]);
            let outcome = bench.decide(&body);
            assert_eq!(outcome.up.unwrap().items("Topics").len(), 1);
        }
    }

    #[test]
    fn a_topic_named_twice_is_answered_once() {
        for version in versions(OFFSET_COMMIT, 0).filter(|version| *version < 10) {
            let mut bench = bench(OFFSET_COMMIT, version, &["ALLOW READ GROUP LITERAL g"]);
            let body = body(OFFSET_COMMIT, false, &[("b", 2), ("c", 3), ("b", 2)]);
            let answer = bench.decide(&body).answer.unwrap();
            let counts: Vec<usize> = answer
                .items("Topics")
                .iter()
                .map(|topic| topic.items("Partitions").len())
                .collect();
            assert_eq!(counts, [4, 2]);
        }
    }

    #[test]
    fn very_many_denied_topics_are_answered_each_once() {
        let names: Vec<String> = (0..100_000).map(|n| format!("{n:05}")).collect();
        let topic = |name: &String| {
            Value::fields([
                ("Name", name.as_str().into()),
                ("Partitions", Value::Array(Vec::new())),
            ])
        };
        let topics = names.iter().map(topic);
        let mut bench = bench(OFFSET_COMMIT, 9, &["ALLOW READ GROUP LITERAL g"]);
        let body = Value::fields([
            ("GroupId", "g".into()),
            ("Topics", Value::Array(topics.collect())),
        ]);
        let answer = bench.decide(&body).answer.unwrap();
        let told = answer.items("Topics").iter();
        assert!(
            told.filter_map(|one| one.str("Name"))
                .eq(names.iter().map(String::as_str))
        );
    }
}
