//! Requests about topics by name, each decided by itself: CreateTopics, CreatePartitions,
//! DescribeProducers.

use super::allowed::{self, Needs};
use super::cut::{Verdict, cut, first, repeated};
use super::filter::Filter;
use super::items::Items;
use super::topic_name;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{self, INVALID_REQUEST, TOPIC_AUTHORIZATION_FAILED};
use crate::wire::value::Value;

/// The log of the controllers, which nobody creates.
const CLUSTER_METADATA: &str = "__cluster_metadata";

/// The oldest CreateTopics whose answer tells configs.
const TELLS_CONFIGS: i16 = 5;

/// What numbers are told as that are not told.
const NO_NUMBER: i32 = -1;

fn names(body: &Value) -> Vec<String> {
    let topics = body.items("Topics").iter();
    topics
        .map(|topic| topic.str("Name").unwrap_or_default().to_owned())
        .collect()
}

fn refusal(name: &str, code: i16, message: Option<&str>) -> Value {
    Value::fields([
        ("Name", name.into()),
        ("ErrorCode", code.into()),
        ("ErrorMessage", message.into()),
    ])
}

/// Once for each name that is there twice: both are refused, whatever is allowed.
fn duplicate(name: &str, is_first: bool) -> Verdict {
    if is_first {
        Verdict::Refuse(refusal(
            name,
            INVALID_REQUEST,
            Some("Duplicate topic name."),
        ))
    } else {
        Verdict::Drop
    }
}

/// CreateTopics: CREATE CLUSTER, or CREATE of each topic; configs of new topics are told with
/// DESCRIBE_CONFIGS (`ControllerApis.createTopics`).
pub(super) fn create(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let of_cluster = authority.may_quietly(Operation::Create, &Resource::CLUSTER);
    let needs = if of_cluster {
        Needs::default()
    } else {
        Needs::topic(Operation::Create)
    };
    let allowed = allowed::walk(request, needs, authority)?;
    let filter = if request.version >= TELLS_CONFIGS {
        let tells = allowed::walk(request, Needs::topic(Operation::DescribeConfigs), authority)?;
        tells.is_none().then_some(Filter::CreatedConfigs)
    } else {
        None
    };
    if let Some(unknown) = allowed {
        return match filter {
            Some(filter) => request.forward_and_amend(unknown, Amend::filter(filter)),
            None => request.forward(unknown),
        };
    }
    let body = request.read()?;
    let names = names(&body);
    let marks = repeated(&names).into_iter().zip(first(&names));
    let verdicts = names.iter().zip(marks).map(|(name, (twice, is_first))| {
        if authority.may_quietly(Operation::Create, &Resource::topic(name)) {
            Verdict::Keep
        } else if twice {
            duplicate(name, is_first)
        } else if name == CLUSTER_METADATA {
            let text = format!("Creation of internal topic {name} is prohibited.");
            Verdict::Refuse(refusal(name, INVALID_REQUEST, Some(&text)))
        } else {
            authority.may_topic(Operation::Create, name);
            let text = "Authorization failed.";
            Verdict::Refuse(refusal(name, TOPIC_AUTHORIZATION_FAILED, Some(text)))
        }
    });
    let items = Items {
        asked: "Topics",
        answered: "Topics",
        position: Position::Last,
    };
    let verdicts = verdicts.collect();
    cut(request, body, items, verdicts, filter)
}

/// Takes configs out of the answer to CreateTopics where they may not be described
/// (`ReplicationControlManager.createTopic`).
pub(super) fn hide_configs(body: &mut Value, authority: &mut Authority<'_>) {
    for topic in body.items_mut("Topics").into_iter().flatten() {
        let name = topic.str("Name").unwrap_or_default();
        let created = topic.int("ErrorCode") == Some(i64::from(error_code::NONE));
        let told = authority.may_quietly(Operation::DescribeConfigs, &Resource::topic(name));
        if created && !told {
            topic.set("TopicConfigErrorCode", TOPIC_AUTHORIZATION_FAILED);
            topic.set("NumPartitions", NO_NUMBER);
            topic.set("ReplicationFactor", NO_NUMBER);
            topic.set("Configs", Value::Array(Vec::new()));
        }
    }
}

/// CreatePartitions: ALTER of each topic.
pub(super) fn create_partitions(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if let Some(unknown) = allowed::walk(request, Needs::topic(Operation::Alter), authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let names = names(&body);
    let marks = repeated(&names).into_iter().zip(first(&names));
    let verdicts = names.iter().zip(marks).map(|(name, (twice, is_first))| {
        if authority.may_quietly(Operation::Alter, &Resource::topic(name)) {
            Verdict::Keep
        } else if twice {
            duplicate(name, is_first)
        } else {
            authority.may_topic(Operation::Alter, name);
            Verdict::Refuse(refusal(name, TOPIC_AUTHORIZATION_FAILED, None))
        }
    });
    let items = Items {
        asked: "Topics",
        answered: "Results",
        position: Position::First,
    };
    let verdicts = verdicts.collect();
    cut(request, body, items, verdicts, None)
}

/// DescribeProducers: READ of each topic; a name that no topic can have is told as such first.
pub(super) fn describe_producers(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if let Some(unknown) = allowed::walk(request, Needs::topic(Operation::Read), authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let verdict = |topic: &Value| {
        let name = topic.str("Name").unwrap_or_default();
        if authority.may_quietly(Operation::Read, &Resource::topic(name)) {
            return Verdict::Keep;
        }
        let (code, text) = if let Some(fault) = topic_name::fault(name) {
            (error_code::INVALID_TOPIC_EXCEPTION, Some(fault))
        } else {
            authority.may_topic(Operation::Read, name);
            let text = error_code::message(TOPIC_AUTHORIZATION_FAILED);
            (TOPIC_AUTHORIZATION_FAILED, text.map(str::to_owned))
        };
        let partition = |index: &Value| {
            Value::fields([
                ("PartitionIndex", index.clone()),
                ("ErrorCode", code.into()),
                ("ErrorMessage", text.clone().into()),
            ])
        };
        let partitions = topic.items("PartitionIndexes").iter().map(partition);
        Verdict::Refuse(Value::fields([
            ("Name", name.into()),
            ("Partitions", Value::array(partitions)),
        ]))
    };
    let verdicts = body.items("Topics").iter().map(verdict).collect();
    let items = Items {
        asked: "Topics",
        answered: "Topics",
        position: Position::AsAsked,
    };
    cut(request, body, items, verdicts, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::api::api;
    use crate::wire::tables::api_key::{CREATE_PARTITIONS, CREATE_TOPICS, DESCRIBE_PRODUCERS};

    fn topics(names: &[&str]) -> Value {
        let topic = |name: &&str| Value::fields([("Name", (*name).into())]);
        Value::fields([("Topics", Value::array(names.iter().map(topic)))])
    }

    fn created(names: &[&str]) -> Value {
        let mut body = topics(names);
        for topic in body.items_mut("Topics").unwrap() {
            topic.set("ErrorMessage", Value::Null);
        }
        body
    }

    fn named(body: &Value, field: &str) -> Vec<(String, i64, Option<String>)> {
        let row = |item: &Value| {
            (
                item.str("Name").unwrap().to_owned(),
                item.int("ErrorCode").unwrap_or(0),
                item.str("ErrorMessage").map(str::to_owned),
            )
        };
        body.items(field).iter().map(row).collect()
    }

    fn row(name: &str, code: i64, text: Option<&str>) -> (String, i64, Option<String>) {
        (name.to_owned(), code, text.map(str::to_owned))
    }

    #[test]
    fn topics_are_created_with_the_right_on_the_cluster_or_on_each() {
        let denied = row("b", 29, Some("Authorization failed."));
        let of_api = api(CREATE_TOPICS).unwrap();
        for version in of_api.min_version..=of_api.max_version {
            let label = format!("v{version}");
            let mut all = Session::of(&[
                "ALLOW CREATE CLUSTER LITERAL kafka-cluster User:a *",
                "ALLOW DESCRIBE_CONFIGS TOPIC LITERAL * User:a *",
            ]);
            let decision = all
                .decide(CREATE_TOPICS, version, &topics(&["a", "b"]))
                .decision;
            assert!(matches!(decision, Decision::Forward), "{label}");

            let mut some = Session::of(&["ALLOW CREATE TOPIC LITERAL a User:a *"]);
            let (up, amend) = some.cut(CREATE_TOPICS, version, &topics(&["a", "b"]));
            assert_eq!(named(&up, "Topics"), [row("a", 0, None)], "{label}");
            assert_eq!(some.denied().len(), 1, "{label}");
            let told = some.amended(&amend, CREATE_TOPICS, version, &created(&["a"]));
            let told = named(&told, "Topics");
            assert_eq!(told, [row("a", 0, None), denied.clone()], "{label}");

            let mut none = Session::of(&["ALLOW CREATE TOPIC LITERAL x User:a *"]);
            let told = none.answer(CREATE_TOPICS, version, &topics(&["b"]));
            assert_eq!(named(&told, "Topics")[0], denied, "{label}");
            if version >= TELLS_CONFIGS {
                let topic = &told.items("Topics")[0];
                assert_eq!(topic.int("NumPartitions"), Some(-1));
                assert_eq!(topic.int("ReplicationFactor"), Some(-1));
                assert_eq!(topic.items("Configs"), []);
            }
        }
    }

    #[test]
    fn configs_of_new_topics_are_told_to_who_may_describe_them() {
        let answer = |names: &[&str]| {
            let config = Value::fields([("Name", "k".into()), ("Value", "v".into())]);
            let topic = |name: &&str| {
                Value::fields([
                    ("Name", (*name).into()),
                    ("NumPartitions", 3.into()),
                    ("ReplicationFactor", 2.into()),
                    ("Configs", Value::array([config.clone()])),
                ])
            };
            Value::fields([("Topics", Value::array(names.iter().map(topic)))])
        };
        for version in TELLS_CONFIGS..=api(CREATE_TOPICS).unwrap().max_version {
            let mut trial = Session::of(&[
                "ALLOW CREATE TOPIC LITERAL * User:a *",
                "ALLOW DESCRIBE_CONFIGS TOPIC LITERAL a User:a *",
            ]);
            let asked = topics(&["a", "b"]);
            let Decision::ForwardAndAmend { frame: None, amend } =
                trial.decide(CREATE_TOPICS, version, &asked).decision
            else {
                panic!("v{version}");
            };
            let told = trial.amended(&amend, CREATE_TOPICS, version, &answer(&["a", "b"]));
            let [a, b] = told.items("Topics") else {
                panic!("{told:?}");
            };
            assert_eq!(a.int("TopicConfigErrorCode").unwrap_or(0), 0);
            assert_eq!(
                (a.int("NumPartitions"), a.items("Configs").len()),
                (Some(3), 1)
            );
            assert_eq!(b.int("TopicConfigErrorCode"), Some(29));
            assert_eq!(
                (b.int("NumPartitions"), b.items("Configs").len()),
                (Some(-1), 0)
            );
            assert_eq!(b.int("ReplicationFactor"), Some(-1));
            assert!(trial.denied().is_empty(), "Kafka probes silently");
        }
    }

    #[test]
    fn names_that_come_twice_are_refused_once() {
        let mut trial = Session::of(&["ALLOW ALL TOPIC LITERAL a User:a *"]);
        let asked = topics(&["b", "a", "b", CLUSTER_METADATA, "a"]);
        let (up, amend) = trial.cut(CREATE_TOPICS, 7, &asked);
        assert_eq!(named(&up, "Topics"), [row("a", 0, None), row("a", 0, None)]);
        let told = trial.amended(&amend, CREATE_TOPICS, 7, &created(&["a"]));
        let expected = [
            row("a", 0, None),
            row("b", 42, Some("Duplicate topic name.")),
            row(
                CLUSTER_METADATA,
                42,
                Some("Creation of internal topic __cluster_metadata is prohibited."),
            ),
        ];
        assert_eq!(named(&told, "Topics"), expected);
    }

    #[test]
    fn partitions_are_added_where_topics_may_be_altered() {
        let of_api = api(CREATE_PARTITIONS).unwrap();
        for version in of_api.min_version..=of_api.max_version {
            let mut trial = Session::of(&["ALLOW ALTER TOPIC PREFIXED a User:a *"]);
            let decision = trial
                .decide(CREATE_PARTITIONS, version, &topics(&["a", "ab"]))
                .decision;
            assert!(matches!(decision, Decision::Forward), "v{version}");
            let asked = topics(&["a", "b", "c", "c"]);
            let (up, amend) = trial.cut(CREATE_PARTITIONS, version, &asked);
            assert_eq!(named(&up, "Topics"), [row("a", 0, None)]);
            let theirs =
                Value::fields([("Results", topics(&["a"]).get("Topics").unwrap().clone())]);
            let told = trial.amended(&amend, CREATE_PARTITIONS, version, &theirs);
            let expected = [
                row("b", 29, None),
                row("c", 42, Some("Duplicate topic name.")),
                row("a", 0, None),
            ];
            assert_eq!(named(&told, "Results"), expected, "v{version}");
            let told = trial.answer(CREATE_PARTITIONS, version, &topics(&["b"]));
            assert_eq!(named(&told, "Results"), [row("b", 29, None)]);
        }
    }

    #[test]
    fn producers_are_told_in_the_order_of_the_request() {
        let topic = |name: &str| {
            Value::fields([
                ("Name", name.into()),
                ("PartitionIndexes", Value::array([0, 4])),
            ])
        };
        let asked = |names: &[&str]| {
            Value::fields([("Topics", Value::array(names.iter().map(|name| topic(name))))])
        };
        let mut trial = Session::of(&["ALLOW READ TOPIC LITERAL a User:a *"]);
        let decision = trial.decide(DESCRIBE_PRODUCERS, 0, &asked(&["a"])).decision;
        assert!(matches!(decision, Decision::Forward));
        let (up, amend) = trial.cut(DESCRIBE_PRODUCERS, 0, &asked(&["b", "a", "b/"]));
        assert_eq!(named(&up, "Topics"), [row("a", 0, None)]);
        let theirs = Value::fields([(
            "Topics",
            Value::array([Value::fields([("Name", "a".into())])]),
        )]);
        let told = trial.amended(&amend, DESCRIBE_PRODUCERS, 0, &theirs);
        let order = ["b", "a", "b/"].map(|name| row(name, 0, None));
        assert_eq!(named(&told, "Topics"), order);
        let partition = &told.items("Topics")[0].items("Partitions")[1];
        assert_eq!(partition.int("PartitionIndex"), Some(4));
        assert_eq!(partition.int("ErrorCode"), Some(29));
        assert_eq!(
            partition.str("ErrorMessage"),
            Some("Topic authorization failed.")
        );
        let invalid = &told.items("Topics")[2].items("Partitions")[0];
        assert_eq!(invalid.int("ErrorCode"), Some(17));
        assert_eq!(
            trial.denied().len(),
            1,
            "a name that cannot be is no denial"
        );
    }
}
