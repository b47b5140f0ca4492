//! Metadata: which topics a session may know of, and which of them its question may create.
//!
//! `KafkaApis.handleTopicMetadataRequest`, without its cache of topics: where the answer depends on what
//! there is, the broker is asked, and no request that goes up can create what may not be created.

mod answer;
mod asked;

use std::collections::BTreeSet;

pub(in crate::proxy::authorize) use answer::{MetadataFilter, amend};
use asked::Asked;

use super::ask;
use super::filter::Filter;
use crate::limits::QUESTION_TOPICS_MAX;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Added, Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::question::{Question, unknown_ids};
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::topics::{NO_TOPIC, TopicId};
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{
    INVALID_REQUEST, NONE, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_SERVER_ERROR, UNKNOWN_TOPIC_ID,
};
use crate::wire::value::Value;

/// The oldest version that says whether topics may be created; older ones imply that they may.
const SAYS_CREATE: i16 = 4;

/// The oldest version with ids in requests that brokers heed; it has fields for them from 10 on.
const BY_ID: i16 = 12;

/// Decides about a request.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut asked = Asked::new(request.version, authority);
    let unknown = request.walk(&mut asked)?;
    let facts = asked.facts;
    if facts.is_all {
        let filter = MetadataFilter {
            all: true,
            no_creation: false,
        };
        return request.forward_and_amend(unknown, Amend::filter(Filter::Metadata(filter)));
    }
    if request.version < BY_ID && (facts.has_id || facts.has_nothing) {
        return refuse(request, INVALID_REQUEST);
    }
    if facts.has_id {
        if facts.allowed && !facts.has_name {
            return match facts.tells_operations {
                true => request.forward_and_amend(unknown, Amend::filter(ANSWERED)),
                false => request.forward(unknown),
            };
        }
        return decide_by_id(request, request.read()?, authority);
    }
    if facts.has_nothing {
        return refuse(request, UNKNOWN_SERVER_ERROR);
    }
    let must_change = facts.no_creation && request.version < SAYS_CREATE;
    if !facts.allowed || facts.must_ask || must_change {
        return decide_by_name(request, request.read()?, facts.no_creation, authority);
    }
    let filter = MetadataFilter {
        all: false,
        no_creation: facts.no_creation,
    };
    if !facts.no_creation && !facts.tells_operations {
        return request.forward(unknown);
    }
    let mut edits = unknown;
    if let (Some(flag), true) = (&facts.flag, facts.no_creation) {
        edits.replace(&flag.at(), &[0]);
    }
    request.forward_and_amend(edits, Amend::filter(Filter::Metadata(filter)))
}

/// What is looked at in an answer of which nothing is left out.
const ANSWERED: Filter = Filter::Metadata(MetadataFilter {
    all: false,
    no_creation: false,
});

/// All of it, as `MetadataRequest.getErrorResponse` does.
fn refuse(request: &Request<'_>, code: i16) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let topic = |topic: &Value| {
        Value::fields([
            ("ErrorCode", code.into()),
            ("Name", topic.str("Name").unwrap_or_default().into()),
            ("TopicId", topic.uuid("TopicId").unwrap_or(NO_TOPIC).into()),
        ])
    };
    let topics = body.items("Topics").iter().map(topic);
    request.answer(&Value::fields([
        ("Topics", Value::array(topics)),
        ("ErrorCode", code.into()),
    ]))
}

/// Ids are looked at alone once there is one: brokers do not heed names then.
fn decide_by_id(
    request: &Request<'_>,
    mut body: Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let topics = body.items("Topics").iter();
    let ids = topics.filter_map(|topic| topic.uuid("TopicId"));
    let ids: BTreeSet<TopicId> = ids.filter(|id| *id != NO_TOPIC).collect();
    if let Some(question) = unknown_ids(ids.iter().copied(), authority.asked, authority.topics) {
        return Ok(ask(request, question, authority));
    }
    let mut kept = Vec::new();
    let mut denied = Vec::new();
    for id in ids {
        let code = match authority.name_of(&id) {
            None => UNKNOWN_TOPIC_ID,
            Some(name) if !authority.may_topic(Operation::Describe, &name) => {
                TOPIC_AUTHORIZATION_FAILED
            }
            Some(_) => NONE,
        };
        let mut topic = Value::fields([("Name", Value::Null), ("TopicId", id.into())]);
        if code == NONE {
            kept.push(topic);
        } else {
            topic.set("ErrorCode", code);
            denied.push(topic);
        }
    }
    // The answer tells brokers too: it is asked for with no topic left, which means none here.
    body.set("Topics", kept);
    body.set("AllowAutoTopicCreation", false);
    let frame = Some(request.with_body(&body)?);
    let amend = with_denied(denied, Amend::filter(ANSWERED));
    Ok(Decision::ForwardAndAmend { frame, amend })
}

fn with_denied(items: Vec<Value>, mut amend: Amend) -> Amend {
    if !items.is_empty() {
        amend.added = vec![Added {
            field: "Topics",
            items,
            position: Position::Last,
        }];
    }
    amend
}

/// `no_creation`: a topic that the request names and that may be missing must not be created.
fn decide_by_name(
    request: &Request<'_>,
    mut body: Value,
    no_creation: bool,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let topics = body.items("Topics").iter();
    let names: BTreeSet<&str> = topics.filter_map(|topic| topic.str("Name")).collect();
    let mut kept = Vec::new();
    let mut denied = Vec::new();
    for name in names {
        if authority.may_topic(Operation::Describe, name) {
            kept.push(name.to_owned());
        } else {
            denied.push(Value::fields([
                ("ErrorCode", TOPIC_AUTHORIZATION_FAILED.into()),
                ("Name", name.into()),
            ]));
        }
    }
    if let Some(question) = no_creation.then(|| question(&kept, authority)).flatten() {
        return Ok(ask(request, question, authority));
    }
    // No topics are all of them in version 0.
    let version = request.version;
    let needs_word = no_creation || (version == 0 && kept.is_empty());
    let spoken = if needs_word {
        version.max(SAYS_CREATE)
    } else {
        version
    };
    if spoken >= SAYS_CREATE {
        let creates = body.bool("AllowAutoTopicCreation").unwrap_or(true);
        body.set("AllowAutoTopicCreation", creates && !needs_word);
    }
    let topic = |name: String| Value::fields([("Name", name.into())]);
    body.set("Topics", Value::array(kept.into_iter().map(topic)));
    let filter = MetadataFilter {
        all: false,
        no_creation,
    };
    let mut amend = with_denied(denied, Amend::filter(Filter::Metadata(filter)));
    amend.asked_in = (spoken != version).then_some(spoken);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.in_version(spoken, &body)?),
        amend,
    })
}

/// What must be asked where some of `names` may not be created: that those are which may, and, for what
/// is said of the others, whether they are missing and brokers would create them.
fn question(names: &[String], authority: &mut Authority<'_>) -> Option<Question> {
    let (asked, topics) = (authority.asked, authority.topics);
    let (mut create, mut learn, mut missing) = (Vec::new(), Vec::new(), false);
    for name in names.iter().filter(|name| !topics.knows(name)) {
        if may_create(name, authority) {
            if !asked.was_created(name) {
                create.push(name.clone());
            }
        } else if topics.auto_creates().is_none() {
            match asked.code_of(name) {
                None => learn.push(name.clone()),
                Some(code) => missing |= code != NONE,
            }
        }
    }
    let some = |mut names: Vec<String>| {
        names.truncate(QUESTION_TOPICS_MAX);
        (!names.is_empty()).then_some(names)
    };
    if let Some(names) = some(create) {
        return Some(Question::Create(names));
    }
    if let Some(names) = some(learn) {
        return Some(Question::Names(names));
    }
    missing.then(|| Question::AutoCreates(asked.nodes().to_vec()))
}

/// Whether the session may create the topic `name`. Kafka logs a no only where the topic is missing.
fn may_create(name: &str, authority: &mut Authority<'_>) -> bool {
    authority.may_quietly(Operation::Create, &Resource::CLUSTER)
        || authority.may_quietly(Operation::Create, &Resource::topic(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::resource::ResourceType;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::api::api;
    use crate::wire::tables::api_key::METADATA as KEY;

    const NEWEST: i16 = 13;
    const READ: &str = "ALLOW READ TOPIC PREFIXED a User:a *";
    const CREATE: &str = "ALLOW CREATE TOPIC PREFIXED a User:a *";

    fn by_name(names: &[&str]) -> Value {
        let topic = |name: &&str| Value::fields([("Name", (*name).into())]);
        Value::fields([("Topics", Value::array(names.iter().map(topic)))])
    }

    fn creating(names: &[&str], creates: bool) -> Value {
        let mut body = by_name(names);
        body.set("AllowAutoTopicCreation", creates);
        body
    }

    fn by_id(ids: &[u8]) -> Value {
        let topic = |id: &u8| Value::fields([("Name", Value::Null), ("TopicId", [*id; 16].into())]);
        Value::fields([("Topics", Value::array(ids.iter().map(topic)))])
    }

    fn names(body: &Value) -> Vec<&str> {
        let topics = body.items("Topics").iter();
        topics
            .map(|topic| topic.str("Name").unwrap_or("null"))
            .collect()
    }

    /// A broker's answer, with something in each field that may change.
    fn answer(version: i16, topics: &[(&str, i16)]) -> Value {
        let topic = |(name, code): &(&str, i16)| {
            let partition = Value::fields([
                ("ErrorCode", 9.into()),
                ("PartitionIndex", 1.into()),
                ("ReplicaNodes", Value::array([1, 2, 3])),
            ]);
            let mut topic = Value::fields([
                ("ErrorCode", (*code).into()),
                ("Name", (*name).into()),
                ("IsInternal", true.into()),
                ("Partitions", Value::array([partition.clone(), partition])),
            ]);
            if version >= 8 {
                topic.set("TopicAuthorizedOperations", 3576);
            }
            topic
        };
        let broker = Value::fields([("NodeId", 4.into()), ("Host", "h".into())]);
        let mut body = Value::fields([
            ("Brokers", Value::array([broker])),
            ("Topics", Value::array(topics.iter().map(topic))),
        ]);
        if (8..=10).contains(&version) {
            body.set("ClusterAuthorizedOperations", 8096);
        }
        body
    }

    fn rows(body: &Value) -> Vec<(String, i64)> {
        let row = |topic: &Value| {
            let name = topic.str("Name").unwrap_or("null").to_owned();
            (name, topic.int("ErrorCode").unwrap())
        };
        body.items("Topics").iter().map(row).collect()
    }

    fn row(name: &str, code: i64) -> (String, i64) {
        (name.to_owned(), code)
    }

    /// Names of topics that were denied since the last call.
    fn denied_topics(trial: &mut Session) -> Vec<String> {
        let denied = trial.denied().into_iter();
        let topics = denied.filter(|denial| denial.resource_type == ResourceType::Topic);
        topics.map(|denial| denial.name.into()).collect()
    }

    fn amend_of(decision: Decision) -> Amend {
        match decision {
            Decision::ForwardAndAmend { frame: None, amend } => amend,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_topics_are_those_that_may_be_described() {
        for version in 0..=NEWEST {
            let mut trial = Session::of(&[READ]);
            let none = Value::Array(Vec::new());
            let all = if version == 0 { none } else { Value::Null };
            let asked = Value::fields([("Topics", all)]);
            let amend = amend_of(trial.decide(KEY, version, &asked).decision);
            let theirs = answer(version, &[("b", 0), ("a1", 0), ("c", 5), ("a2", 0)]);
            let told = trial.amended(&amend, KEY, version, &theirs);
            assert_eq!(rows(&told), [row("a1", 0), row("a2", 0)], "v{version}");
            // Byte for byte what the broker would say of these two.
            let mut expected = answer(version, &[("a1", 0), ("a2", 0)]);
            if version >= 8 {
                for topic in expected.items_mut("Topics").unwrap() {
                    topic.set("TopicAuthorizedOperations", (1 << 3) | (1 << 8));
                }
            }
            if (8..=10).contains(&version) {
                expected.set("ClusterAuthorizedOperations", 0);
                assert_eq!(trial.denied().len(), 1);
            }
            let of_api = api(KEY).unwrap();
            let written = |body| crate::wire::write::write(of_api.response, version, body).unwrap();
            assert_eq!(written(&told), written(&expected), "v{version}");
            assert!(trial.denied().is_empty(), "v{version}: a list is no denial");
            let theirs = answer(version, &[("b", 0)]);
            let told = trial.amended(&amend, KEY, version, &theirs);
            assert_eq!(rows(&told), []);
        }
    }

    #[test]
    fn what_may_be_described_and_created_goes_up_as_it_came() {
        for version in 0..=NEWEST {
            for acls in [
                vec![READ, CREATE],
                vec![READ, "ALLOW CREATE CLUSTER LITERAL kafka-cluster User:a *"],
            ] {
                let decision = Session::of(&acls)
                    .decide(KEY, version, &by_name(&["a1", "a2"]))
                    .decision;
                assert!(matches!(decision, Decision::Forward), "v{version}");
            }
            if version >= SAYS_CREATE {
                let mut trial = Session::of(&[READ]);
                let decision = trial
                    .decide(KEY, version, &creating(&["a1"], false))
                    .decision;
                assert!(matches!(decision, Decision::Forward), "v{version}");
            }
            if version > 0 {
                let decision = Session::of(&[])
                    .decide(KEY, version, &by_name(&[]))
                    .decision;
                assert!(
                    matches!(decision, Decision::Forward),
                    "v{version}: no topics"
                );
            }
        }
    }

    #[test]
    fn denied_names_do_not_go_up_and_are_told_as_such() {
        for version in 0..=NEWEST {
            let mut trial = Session::of(&[READ, CREATE]);
            let asked = by_name(&["b", "a1", "b", "c"]);
            let (up, amend) = trial.cut(KEY, version, &asked);
            assert_eq!(names(&up), ["a1"], "v{version}");
            assert_eq!(
                up.bool("AllowAutoTopicCreation"),
                (version >= 4).then_some(true)
            );
            assert_eq!(amend.asked_in, None);
            let told = trial.amended(&amend, KEY, version, &answer(version, &[("a1", 0)]));
            let expected = [row("a1", 0), row("b", 29), row("c", 29)];
            assert_eq!(rows(&told), expected, "v{version}");
            let denied = &told.items("Topics")[1];
            assert_eq!(denied.items("Partitions"), []);
            assert_ne!(denied.bool("IsInternal"), Some(true));
            let operations = denied.int("TopicAuthorizedOperations");
            assert_eq!(operations, (version >= 8).then_some(i64::from(i32::MIN)));
            assert_eq!(denied.uuid("TopicId"), (version >= 10).then_some(NO_TOPIC));
            assert_eq!(told.items("Brokers").len(), 1);
            assert_eq!(denied_topics(&mut trial), ["b", "c"]);
        }
    }

    #[test]
    fn an_emptied_list_never_means_everything() {
        for version in 0..=NEWEST {
            let mut trial = Session::of(&[]);
            let (up, amend) = trial.cut(KEY, version, &by_name(&["b"]));
            let spoken = amend.asked_in.unwrap_or(version);
            assert_eq!(up.get("Topics"), Some(&Value::Array(Vec::new())));
            assert_eq!(spoken, if version == 0 { 4 } else { version });
            let told = trial.amended(&amend, KEY, version, &answer(spoken, &[]));
            assert_eq!(rows(&told), [row("b", 29)], "v{version}");
            assert_eq!(told.items("Brokers").len(), 1, "brokers are everybody's");
        }
    }

    #[test]
    fn what_may_not_be_created_is_asked_for_without() {
        for version in 0..=NEWEST {
            let mut trial = Session::of(&[READ]);
            trial.topics.learn([1; 16], "a1");
            let (up, amend) = trial.cut(KEY, version, &by_name(&["a1"]));
            assert_eq!(names(&up), ["a1"]);
            assert_eq!(up.bool("AllowAutoTopicCreation"), Some(false), "v{version}");
            assert_eq!(amend.asked_in, (version < 4).then_some(4));
            let spoken = version.max(4);
            let told = trial.amended(&amend, KEY, version, &answer(spoken, &[("a1", 0)]));
            assert_eq!(rows(&told), [row("a1", 0)], "v{version}");
            assert!(denied_topics(&mut trial).is_empty(), "it is there");
        }
    }

    /// Asks as often as must be, answering each question by `replies`.
    fn ask_all(trial: &mut Session, version: i16, body: &Value, replies: &[(Question, Value)]) {
        for (expected, reply) in replies {
            let Decision::Ask(question) = trial.decide(KEY, version, body).decision else {
                panic!("v{version}: {expected:?}");
            };
            assert_eq!(question, *expected, "v{version}");
            trial.replied(&question, reply);
        }
    }

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn auto_create(value: &str) -> Value {
        let config = Value::fields([
            ("Name", "auto.create.topics.enable".into()),
            ("Value", value.into()),
        ]);
        let result = Value::fields([("Configs", Value::array([config]))]);
        Value::fields([("Results", Value::array([result]))])
    }

    #[test]
    fn a_missing_topic_is_denied_where_brokers_would_have_created_it() {
        for version in 0..=NEWEST {
            for (setting, expected) in [("true", 29), ("false", 3)] {
                let mut trial = Session::of(&[READ]);
                let body = by_name(&["a1", "a2"]);
                let missing = answer(12, &[("a1", 0), ("a2", 3)]);
                let learn = [
                    (Question::Names(list(&["a1", "a2"])), missing),
                    (Question::AutoCreates(vec![4]), auto_create(setting)),
                ];
                ask_all(&mut trial, version, &body, &learn);
                let (up, amend) = trial.cut(KEY, version, &body);
                assert_eq!(up.bool("AllowAutoTopicCreation"), Some(false));
                let theirs = answer(version.max(4), &[("a1", 0), ("a2", 3)]);
                let told = trial.amended(&amend, KEY, version, &theirs);
                assert_eq!(
                    rows(&told),
                    [row("a1", 0), row("a2", expected)],
                    "v{version}"
                );
                let denials = usize::from(expected == 29);
                assert_eq!(denied_topics(&mut trial).len(), denials);
                // Nothing has to be asked for a second time.
                trial.asked = Default::default();
                let (up, _) = trial.cut(KEY, version, &body);
                assert_eq!(names(&up), ["a1", "a2"]);
            }
        }
    }

    #[test]
    fn what_may_be_created_is_and_the_rest_is_not() {
        for version in [0, 3, 4, 9, NEWEST] {
            let mut trial = Session::of(&[READ, "ALLOW CREATE TOPIC LITERAL a1 User:a *"]);
            trial.topics.learn([2; 16], "a2");
            let body = by_name(&["a1", "a2", "b"]);
            let created = answer(12, &[("a1", 3)]);
            let create = [(Question::Create(list(&["a1"])), created)];
            ask_all(&mut trial, version, &body, &create);
            let (up, amend) = trial.cut(KEY, version, &body);
            assert_eq!(names(&up), ["a1", "a2"], "v{version}");
            assert_eq!(up.bool("AllowAutoTopicCreation"), Some(false));
            trial.topics.learn_auto_creates(true);
            let theirs = answer(version.max(4), &[("a1", 3), ("a2", 0)]);
            let told = trial.amended(&amend, KEY, version, &theirs);
            let expected = [row("a1", 3), row("a2", 0), row("b", 29)];
            assert_eq!(rows(&told), expected, "v{version}");
        }
    }

    #[test]
    fn ids_are_judged_by_the_names_that_they_stand_for() {
        for version in [12, NEWEST] {
            let mut trial = Session::of(&[READ]);
            trial.topics.learn([1; 16], "a1");
            trial.topics.learn([2; 16], "b");
            let decision = trial.decide(KEY, version, &by_id(&[1])).decision;
            assert!(matches!(decision, Decision::Forward));
            let mut body = by_id(&[1, 2, 3, 2, 0]);
            // Brokers do not heed a name beside ids; it must not go up unjudged.
            let named = Value::fields([("Name", "secret".into())]);
            body.items_mut("Topics").unwrap().push(named);
            let unknown = [(Question::Ids(vec![[3; 16]]), answer(12, &[]))];
            ask_all(&mut trial, version, &body, &unknown);
            let (up, amend) = trial.cut(KEY, version, &body);
            assert_eq!(names(&up), ["null"]);
            assert_eq!(up.items("Topics")[0].uuid("TopicId"), Some([1; 16]));
            assert_eq!(up.bool("AllowAutoTopicCreation"), Some(false));
            let told = trial.amended(&amend, KEY, version, &answer(version, &[("a1", 0)]));
            let expected = [row("a1", 0), row("null", 29), row("null", 100)];
            assert_eq!(rows(&told), expected);
            assert_eq!(told.items("Topics")[1].uuid("TopicId"), Some([2; 16]));
            assert_eq!(told.items("Topics")[2].uuid("TopicId"), Some([3; 16]));
            let (up, _) = trial.cut(KEY, version, &by_id(&[2]));
            assert_eq!(names(&up), Vec::<&str>::new());
        }
    }

    #[test]
    fn ids_and_no_names_are_invalid_as_in_kafka() {
        for version in [10, 11] {
            let answer = Session::of(&[READ]).answer(KEY, version, &by_id(&[1]));
            assert_eq!(rows(&answer), [row("", 42)], "v{version}");
            assert_eq!(answer.items("Topics")[0].uuid("TopicId"), Some([1; 16]));
        }
        for version in [12, NEWEST] {
            let answer = Session::of(&[READ]).answer(KEY, version, &by_id(&[0]));
            assert_eq!(rows(&answer), [row("", -1)], "v{version}");
        }
    }

    #[test]
    fn operations_are_told_as_far_as_the_session_may() {
        for version in 8..=NEWEST {
            let mut trial = Session::of(&[
                READ,
                CREATE,
                "ALLOW DESCRIBE CLUSTER LITERAL kafka-cluster User:a *",
            ]);
            let mut body = by_name(&["a1"]);
            body.set("IncludeTopicAuthorizedOperations", true);
            let amend = amend_of(trial.decide(KEY, version, &body).decision);
            let told = trial.amended(&amend, KEY, version, &answer(version, &[("a1", 0)]));
            let operations = told.items("Topics")[0].int("TopicAuthorizedOperations");
            assert_eq!(
                operations,
                Some((1 << 3) | (1 << 5) | (1 << 8)),
                "v{version}"
            );
            let of_cluster = told.int("ClusterAuthorizedOperations");
            assert_eq!(of_cluster, (version <= 10).then_some(1 << 8));
            // Not asked for is not told.
            let mut silent = answer(version, &[("a1", 0)]);
            silent.items_mut("Topics").unwrap()[0].set("TopicAuthorizedOperations", i32::MIN);
            let told = trial.amended(&amend, KEY, version, &silent);
            let operations = told.items("Topics")[0].int("TopicAuthorizedOperations");
            assert_eq!(operations, Some(i64::from(i32::MIN)));
        }
    }
}
