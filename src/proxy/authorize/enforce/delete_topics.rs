//! DeleteTopics: by name or by id, telling nobody which topics there are that he may not see.

use std::sync::Arc;

use super::allowed::{self, Needs};
use super::ask;
use super::cut::{Verdict, cut, first, repeated};
use super::items::Items;
use crate::limits::QUESTION_TOPICS_MAX;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Position;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::question::{Question, unknown_ids};
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::topics::{NO_TOPIC, TopicId};
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{
    self, INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_ID,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use crate::wire::value::Value;

/// The oldest version that lists structs, with a name or an id.
const BY_ID: i16 = 6;

/// The oldest version whose answer has texts.
const HAS_TEXT: i16 = 5;

/// What an item of the request names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Name(String),
    Id(TopicId),
    Both(String, TopicId),
    Neither,
}

impl Named {
    fn of(item: &Value) -> Self {
        let name = item.as_str().or_else(|| item.str("Name"));
        let id = item.uuid("TopicId").filter(|id| *id != NO_TOPIC);
        match (name, id) {
            (Some(name), None) => Self::Name(name.to_owned()),
            (None, Some(id)) => Self::Id(id),
            (Some(name), Some(id)) => Self::Both(name.to_owned(), id),
            (None, None) => Self::Neither,
        }
    }
}

/// What the session may do to a topic.
struct Rights {
    describe: bool,
    delete: bool,
}

fn rights(name: &str, authority: &mut Authority<'_>) -> Rights {
    let topic = Resource::topic(name);
    Rights {
        describe: authority.may_quietly(Operation::Describe, &topic),
        delete: authority.may_quietly(Operation::Delete, &topic),
    }
}

/// DELETE CLUSTER, or DELETE of each topic; DESCRIBE decides what is told of one that is not deleted
/// (`ControllerApis.deleteTopics`).
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if authority.may_quietly(Operation::Delete, &Resource::CLUSTER) {
        return request.pass();
    }
    let all = |operation| Needs {
        topic: Some(operation),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, all(Operation::Delete), authority)?
        && allowed::walk(request, all(Operation::Describe), authority)?.is_some()
    {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let asked = if request.version >= BY_ID {
        "Topics"
    } else {
        "TopicNames"
    };
    let named: Vec<Named> = body.items(asked).iter().map(Named::of).collect();
    if let Some(question) = question(&named, authority) {
        return Ok(ask(request, question, authority));
    }
    let marks = repeated(&named).into_iter().zip(first(&named));
    let verdicts: Vec<Verdict> = named
        .iter()
        .zip(marks)
        .map(|(named, (twice, is_first))| {
            let refused = refused(named, twice, request.version, authority);
            match refused {
                None => Verdict::Keep,
                Some(_) if twice && !is_first => Verdict::Drop,
                Some(refusal) => Verdict::Refuse(refusal),
            }
        })
        .collect();
    if verdicts.iter().all(|verdict| *verdict == Verdict::Keep) {
        return request.pass();
    }
    let items = Items {
        asked,
        answered: "Responses",
        position: Position::Last,
    };
    cut(request, body, items, verdicts, None)
}

/// What must be known of the topics first: names of ids, and whether a topic is there that the session
/// may see but not delete.
fn question(named: &[Named], authority: &mut Authority<'_>) -> Option<Question> {
    let ids = named.iter().filter_map(|named| match named {
        Named::Id(id) => Some(*id),
        _ => None,
    });
    if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
        return Some(question);
    }
    let mut names = Vec::new();
    for named in named {
        if let Named::Name(name) = named {
            let may = rights(name, authority);
            if may.describe && !may.delete && authority.asked.code_of(name).is_none() {
                names.push(name.clone());
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names.truncate(QUESTION_TOPICS_MAX);
    (!names.is_empty()).then_some(Question::Names(names))
}

/// The answer about a topic that is not deleted; `None` = it goes up.
fn refused(
    named: &Named,
    twice: bool,
    version: i16,
    authority: &mut Authority<'_>,
) -> Option<Value> {
    let invalid = |name: Option<&str>, id: TopicId, text: &str| {
        Some(refusal(version, name, id, INVALID_REQUEST, Some(text)))
    };
    let refused = |name: Option<&str>, id: TopicId, code: i16| {
        let text = error_code::message(code);
        Some(refusal(version, name, id, code, text))
    };
    match named {
        Named::Neither => {
            let text = "Neither topic name nor id were specified.";
            invalid(None, NO_TOPIC, text)
        }
        Named::Both(name, id) => {
            let text = "You may not specify both topic name and topic id.";
            invalid(Some(name), *id, text)
        }
        Named::Name(name) => {
            let may = rights(name, authority);
            if may.describe && may.delete {
                return None;
            }
            if twice {
                return invalid(Some(name), NO_TOPIC, "Duplicate topic name.");
            }
            let code = authority.asked.code_of(name);
            let missing = [UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION].map(Some);
            if may.describe && missing.contains(&code) {
                return refused(Some(name), NO_TOPIC, UNKNOWN_TOPIC_OR_PARTITION);
            }
            note(name, authority);
            refused(Some(name), NO_TOPIC, TOPIC_AUTHORIZATION_FAILED)
        }
        Named::Id(id) => {
            let known: Option<Arc<str>> = authority.name_of(id);
            let may = known.as_deref().map(|name| rights(name, authority));
            if may.as_ref().is_some_and(|may| may.delete) {
                return None;
            }
            if twice {
                return invalid(None, *id, "Duplicate topic id.");
            }
            let Some((name, may)) = known.zip(may) else {
                return refused(None, *id, UNKNOWN_TOPIC_ID);
            };
            note(&name, authority);
            let told = may.describe.then_some(&*name);
            refused(told, *id, TOPIC_AUTHORIZATION_FAILED)
        }
    }
}

/// Notes what Kafka would log.
fn note(name: &str, authority: &mut Authority<'_>) {
    authority.may_topic(Operation::Describe, name);
    authority.may_topic(Operation::Delete, name);
}

fn refusal(version: i16, name: Option<&str>, id: TopicId, code: i16, text: Option<&str>) -> Value {
    let mut out = Value::fields([("Name", name.into()), ("ErrorCode", code.into())]);
    if version >= BY_ID {
        out.set("TopicId", id);
    }
    if version >= HAS_TEXT {
        out.set("ErrorMessage", text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::tables::api_key::DELETE_TOPICS;

    /// DELETE and so DESCRIBE of `mine`, DESCRIBE of `seen*`.
    const ACLS: [&str; 2] = [
        "ALLOW DELETE TOPIC LITERAL mine User:a *",
        "ALLOW DESCRIBE TOPIC PREFIXED seen User:a *",
    ];

    fn by_name(version: i16, names: &[&str]) -> Value {
        if version < BY_ID {
            return Value::fields([("TopicNames", Value::array(names.iter().copied()))]);
        }
        let topic = |name: &&str| Value::fields([("Name", (*name).into())]);
        Value::fields([("Topics", Value::array(names.iter().map(topic)))])
    }

    fn by_id(ids: &[u8]) -> Value {
        let topic = |id: &u8| Value::fields([("Name", Value::Null), ("TopicId", [*id; 16].into())]);
        Value::fields([("Topics", Value::array(ids.iter().map(topic)))])
    }

    /// Names, ids and codes of an answer, sorted: Kafka shuffles them.
    fn told(body: &Value) -> Vec<(Option<String>, u8, i64)> {
        let row = |item: &Value| {
            (
                item.str("Name").map(str::to_owned),
                item.uuid("TopicId").unwrap_or_default()[0],
                item.int("ErrorCode").unwrap(),
            )
        };
        let mut rows: Vec<_> = body.items("Responses").iter().map(row).collect();
        rows.sort();
        rows
    }

    fn row(name: &str, code: i64) -> (Option<String>, u8, i64) {
        (Some(name.to_owned()), 0, code)
    }

    fn existing(names: &[(&str, i16)]) -> Value {
        let topic = |(name, code): &(&str, i16)| {
            Value::fields([("Name", (*name).into()), ("ErrorCode", (*code).into())])
        };
        Value::fields([("Topics", Value::array(names.iter().map(topic)))])
    }

    #[test]
    fn the_right_on_the_cluster_deletes_everything() {
        for version in 1..=6 {
            let mut trial = Session::of(&["ALLOW DELETE CLUSTER LITERAL kafka-cluster User:a *"]);
            let body = by_name(version, &["x", "y"]);
            let decision = trial.decide(DELETE_TOPICS, version, &body).decision;
            assert!(matches!(decision, Decision::Forward), "v{version}");
        }
    }

    #[test]
    fn a_name_is_told_missing_only_to_who_may_see_it() {
        for version in 1..=6 {
            let mut trial = Session::of(&ACLS);
            let decision = trial
                .decide(DELETE_TOPICS, version, &by_name(version, &["mine"]))
                .decision;
            assert!(matches!(decision, Decision::Forward), "v{version}");

            let body = by_name(
                version,
                &["hidden", "mine", "seen", "seen-not", "twice", "twice"],
            );
            let Decision::Ask(question) = trial.decide(DELETE_TOPICS, version, &body).decision
            else {
                panic!("v{version}");
            };
            let names = ["seen", "seen-not"].map(str::to_owned);
            assert_eq!(question, Question::Names(names.to_vec()));
            trial.replied(&question, &existing(&[("seen", 0), ("seen-not", 3)]));
            let (up, amend) = trial.cut(DELETE_TOPICS, version, &body);
            let field = if version < BY_ID {
                "TopicNames"
            } else {
                "Topics"
            };
            let [left] = up.items(field) else {
                panic!("{up:?}");
            };
            assert_eq!(Named::of(left), Named::Name("mine".to_owned()));
            let theirs = Value::fields([(
                "Responses",
                Value::array([Value::fields([("Name", "mine".into())])]),
            )]);
            let answer = trial.amended(&amend, DELETE_TOPICS, version, &theirs);
            let expected = [
                row("hidden", 29),
                row("mine", 0),
                row("seen", 29),
                row("seen-not", 3),
                row("twice", 42),
            ];
            assert_eq!(told(&answer), expected, "v{version}");
            let none = trial.answer(DELETE_TOPICS, version, &by_name(version, &["hidden"]));
            assert_eq!(told(&none), [row("hidden", 29)]);
        }
    }

    #[test]
    fn an_id_tells_its_name_only_to_who_may_see_it() {
        let mut trial = Session::of(&ACLS);
        for (id, name) in [(1, "mine"), (2, "seen"), (3, "hidden")] {
            trial.topics.learn([id; 16], name);
        }
        let decision = trial.decide(DELETE_TOPICS, 6, &by_id(&[1])).decision;
        assert!(matches!(decision, Decision::Forward));
        let body = by_id(&[1, 2, 3, 4, 3]);
        let Decision::Ask(question) = trial.decide(DELETE_TOPICS, 6, &body).decision else {
            panic!();
        };
        assert_eq!(question, Question::Ids(vec![[4; 16]]));
        trial.replied(&question, &existing(&[]));
        let (up, amend) = trial.cut(DELETE_TOPICS, 6, &body);
        assert_eq!(up.items("Topics").len(), 1);
        let answer = trial.amended(&amend, DELETE_TOPICS, 6, &Value::fields([]));
        let seen = (Some("seen".to_owned()), 2, 29);
        let expected = [(None, 3, 42), (None, 4, 100), seen];
        assert_eq!(told(&answer), expected);
        let alone = trial.answer(DELETE_TOPICS, 6, &by_id(&[3]));
        assert_eq!(told(&alone), [(None, 3, 29)]);
    }

    #[test]
    fn items_that_name_nothing_or_too_much_never_go_up() {
        let mut trial = Session::of(&ACLS);
        trial.topics.learn([1; 16], "hidden");
        let odd = [
            Value::fields([("Name", Value::Null)]),
            Value::fields([("Name", "mine".into()), ("TopicId", [1; 16].into())]),
        ];
        let body = Value::fields([("Topics", Value::array(odd))]);
        let answer = trial.answer(DELETE_TOPICS, 6, &body);
        let both = (Some("mine".to_owned()), 1, 42);
        assert_eq!(told(&answer), [(None, 0, 42), both]);
    }
}
