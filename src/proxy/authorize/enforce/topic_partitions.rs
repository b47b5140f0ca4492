//! DescribeTopicPartitions: DESCRIBE of each topic; no topics stand for all.

use std::collections::BTreeSet;

use super::ask;
use crate::limits::QUESTION_TOPICS_MAX;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Added, Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::enforce::filter::Filter;
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{
    INVALID_REQUEST, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION,
};
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// Decides as `DescribeTopicPartitionsRequestHandler` does. Where all topics are asked for, the broker is
/// asked for those that the session may see: a cursor must not name another.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut names = Names {
        authority,
        count: 0,
        allowed: true,
    };
    let unknown = request.walk(&mut names)?;
    let (count, allowed) = (names.count, names.allowed);
    if count > 0 && allowed {
        let amend = Amend::filter(Filter::TopicPartitions { all: false });
        return request.forward_and_amend(unknown, amend);
    }
    let body = request.read()?;
    if count == 0 {
        return decide_all(request, body, authority);
    }
    decide_named(request, body, authority)
}

/// Whether all topics of a request, and how many, are allowed.
struct Names<'a, 'b> {
    authority: &'a mut Authority<'b>,
    count: usize,
    allowed: bool,
}

impl Visitor for Names<'_, '_> {
    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        if field.mark == Mark::Topics {
            self.count = count.unwrap_or(0);
        }
    }

    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        // The cursor's name too: it decides where the list begins, and comes back.
        if let (Mark::TopicName, Scalar::Str(name)) = (field.mark, value) {
            let topic = Resource::topic(name);
            self.allowed = self.allowed && self.authority.may_quietly(Operation::Describe, &topic);
        }
    }
}

fn cursor_of(body: &Value) -> Option<(&str, i64)> {
    let cursor = body.get("Cursor")?;
    Some((cursor.str("TopicName")?, cursor.int("PartitionIndex")?))
}

/// Without its cursor where that names a topic which is not asked for.
fn with_names(mut body: Value, names: Vec<String>) -> Value {
    let listed = |(name, _): (&str, i64)| names.iter().any(|known| known == name);
    if !cursor_of(&body).is_some_and(listed) {
        body.set("Cursor", Value::Null);
    }
    let topic = |name: String| Value::fields([("Name", name.into())]);
    body.set("Topics", Value::array(names.into_iter().map(topic)));
    body
}

fn refusal(name: &str, code: i16) -> Value {
    Value::fields([("ErrorCode", code.into()), ("Name", name.into())])
}

fn decide_named(
    request: &Request<'_>,
    body: Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let topics = body.items("Topics").iter();
    let topics = topics.map(|topic| topic.str("Name").unwrap_or_default());
    let begin = cursor_of(&body);
    let names: BTreeSet<&str> = topics.clone().collect();
    if begin.is_some_and(|(name, partition)| !names.contains(name) || partition < 0) {
        let refused = topics.map(|name| refusal(name, INVALID_REQUEST));
        return request.answer(&Value::fields([("Topics", Value::array(refused))]));
    }
    let (from, _) = begin.unwrap_or_default();
    let mut kept = Vec::new();
    let mut denied = Vec::new();
    for name in names.range(from..) {
        if authority.may_topic(Operation::Describe, name) {
            kept.push((*name).to_owned());
        } else {
            denied.push(refusal(name, TOPIC_AUTHORIZATION_FAILED));
        }
    }
    if kept.is_empty() {
        return request.answer(&Value::fields([("Topics", denied.into())]));
    }
    let added = Added {
        field: "Topics",
        items: denied,
        position: Position::Last,
    };
    let amend = Amend {
        added: vec![added],
        ..Amend::filter(Filter::TopicPartitions { all: false })
    };
    let frame = Some(request.with_body(&with_names(body, kept))?);
    Ok(Decision::ForwardAndAmend { frame, amend })
}

fn decide_all(
    request: &Request<'_>,
    body: Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let asked = authority.asked;
    let Some(all) = asked.all() else {
        return Ok(ask(request, Question::All, authority));
    };
    let (from, partition) = cursor_of(&body).unwrap_or_default();
    if partition < 0 {
        return request.answer(&Value::fields([]));
    }
    // No more than so many partitions are told, and each topic has one at least; one more name for the
    // cursor to point at.
    let most = body.int("ResponsePartitionLimit").unwrap_or(0).max(1);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let most = most.saturating_add(1).min(QUESTION_TOPICS_MAX);
    let all: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    let may = |name: &&&str| authority.may_quietly(Operation::Describe, &Resource::topic(name));
    let names = all.range(from..).filter(may).take(most);
    let names: Vec<String> = names.map(|name| (*name).to_owned()).collect();
    if names.is_empty() {
        return request.answer(&Value::fields([]));
    }
    let frame = Some(request.with_body(&with_names(body, names))?);
    let amend = Amend::filter(Filter::TopicPartitions { all: true });
    Ok(Decision::ForwardAndAmend { frame, amend })
}

/// Takes out of an answer what the session may not do. Where `all` topics were asked for, one that was
/// deleted meanwhile is not told as missing.
pub(super) fn filter(all: bool, body: &mut Value, authority: &mut Authority<'_>) {
    let Some(topics) = body.items_mut("Topics") else {
        return;
    };
    if all {
        let missing = i64::from(UNKNOWN_TOPIC_OR_PARTITION);
        // By the rights of now, too: those of the request may have gone.
        topics.retain(|topic| {
            let name = topic.str("Name").unwrap_or_default();
            topic.int("ErrorCode") != Some(missing)
                && authority.may_quietly(Operation::Describe, &Resource::topic(name))
        });
    }
    for topic in topics {
        let name = topic.str("Name").unwrap_or_default();
        let theirs = topic.int("TopicAuthorizedOperations");
        if let Some(theirs) = theirs {
            let ours = authority.authorized_operations(theirs, &Resource::topic(name));
            topic.set("TopicAuthorizedOperations", ours);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::tables::api_key::DESCRIBE_TOPIC_PARTITIONS as KEY;

    const ACLS: [&str; 1] = ["ALLOW READ TOPIC PREFIXED a User:a *"];

    fn asked(names: &[&str], cursor: Option<(&str, i32)>) -> Value {
        let topic = |name: &&str| Value::fields([("Name", (*name).into())]);
        let cursor = cursor.map(|(name, partition)| {
            Value::fields([
                ("TopicName", name.into()),
                ("PartitionIndex", partition.into()),
            ])
        });
        Value::fields([
            ("Topics", Value::array(names.iter().map(topic))),
            ("Cursor", cursor.into()),
        ])
    }

    fn names(body: &Value) -> Vec<(String, i64)> {
        let row = |topic: &Value| {
            let code = topic.int("ErrorCode").unwrap_or(0);
            (topic.str("Name").unwrap().to_owned(), code)
        };
        body.items("Topics").iter().map(row).collect()
    }

    fn rows<const N: usize>(rows: [(&str, i64); N]) -> [(String, i64); N] {
        rows.map(|(name, code)| (name.to_owned(), code))
    }

    fn answer(names: &[(&str, i16)]) -> Value {
        let topic = |(name, code): &(&str, i16)| {
            Value::fields([
                ("Name", (*name).into()),
                ("ErrorCode", (*code).into()),
                ("TopicAuthorizedOperations", 3576.into()),
            ])
        };
        Value::fields([("Topics", Value::array(names.iter().map(topic)))])
    }

    #[test]
    fn operations_are_told_as_far_as_the_session_may() {
        let mut trial = Session::of(&ACLS);
        let Decision::ForwardAndAmend { frame: None, amend } = trial
            .decide(KEY, 0, &asked(&["a1", "a2"], Some(("a2", 0))))
            .decision
        else {
            panic!();
        };
        let told = trial.amended(&amend, KEY, 0, &answer(&[("a1", 0), ("a2", 3)]));
        assert_eq!(names(&told), rows([("a1", 0), ("a2", 3)]));
        let operations = told.items("Topics")[0].int("TopicAuthorizedOperations");
        assert_eq!(operations, Some((1 << 3) | (1 << 8)));
    }

    #[test]
    fn denied_names_come_last_and_without_operations() {
        let mut trial = Session::of(&ACLS);
        let (up, amend) = trial.cut(KEY, 0, &asked(&["b", "a1", "b", "c"], None));
        assert_eq!(names(&up), rows([("a1", 0)]));
        let told = trial.amended(&amend, KEY, 0, &answer(&[("a1", 0)]));
        assert_eq!(names(&told), rows([("a1", 0), ("b", 29), ("c", 29)]));
        let denied = &told.items("Topics")[1];
        assert_eq!(
            denied.int("TopicAuthorizedOperations"),
            Some(-2_147_483_648)
        );
        assert_eq!(denied.uuid("TopicId"), Some([0; 16]));
        let told = trial.answer(KEY, 0, &asked(&["b"], None));
        assert_eq!(names(&told), rows([("b", 29)]));
        assert_eq!(trial.denied().len(), 2, "each name once");
    }

    #[test]
    fn a_cursor_at_a_denied_topic_does_not_go_up() {
        let mut trial = Session::of(&["ALLOW READ TOPIC LITERAL z User:a *"]);
        let body = asked(&["z", "b", "a"], Some(("b", 3)));
        let (up, amend) = trial.cut(KEY, 0, &body);
        assert_eq!(names(&up), rows([("z", 0)]));
        assert!(up.get("Cursor").is_some_and(Value::is_null));
        let told = trial.amended(&amend, KEY, 0, &answer(&[("z", 0)]));
        assert_eq!(names(&told), rows([("z", 0), ("b", 29)]), "a is before it");
        for cursor in [("c", 0), ("b", -1)] {
            let told = trial.answer(KEY, 0, &asked(&["b", "z"], Some(cursor)));
            assert_eq!(names(&told), rows([("b", 42), ("z", 42)]), "{cursor:?}");
        }
    }

    #[test]
    fn all_topics_are_those_that_the_session_may_see() {
        let mut trial = Session::of(&ACLS);
        let body = asked(&[], Some(("a2", 1)));
        let Decision::Ask(question) = trial.decide(KEY, 0, &body).decision else {
            panic!();
        };
        assert_eq!(question, Question::All);
        let all = answer(&[("b", 0), ("a3", 0), ("a1", 0), ("a2", 0)]);
        trial.replied(&question, &all);
        let (up, amend) = trial.cut(KEY, 0, &body);
        assert_eq!(names(&up), rows([("a2", 0), ("a3", 0)]));
        assert_eq!(cursor_of(&up), Some(("a2", 1)));
        let told = trial.amended(&amend, KEY, 0, &answer(&[("a2", 0), ("a3", 3)]));
        assert_eq!(names(&told), rows([("a2", 0)]), "deleted meanwhile");
        let mut limited = asked(&[], Some(("a0", 0)));
        limited.set("ResponsePartitionLimit", 1);
        let (up, _) = trial.cut(KEY, 0, &limited);
        assert_eq!(names(&up), rows([("a1", 0), ("a2", 0)]));
        assert!(up.get("Cursor").is_some_and(Value::is_null));
        assert!(trial.denied().is_empty());
        // An emptied list would mean everything.
        let beyond = trial.answer(KEY, 0, &asked(&[], Some(("az", 0))));
        assert_eq!(names(&beyond), []);
    }
}
