//! Metadata and DescribeTopicPartitions: what there is, and who may know of it.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, between, every},
    shape::{list, of},
    world::{names, with_missing},
};
use oathgate::wire::{
    tables::api_key::{DESCRIBE_TOPIC_PARTITIONS, METADATA},
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(METADATA, "all topics", all),
    every(METADATA, "an empty list", none),
    every(METADATA, "by name", by_name),
    between(METADATA, "authorized operations", (8, i16::MAX), operations),
    between(METADATA, "by id", (10, i16::MAX), by_id),
    between(METADATA, "ids and names", (10, i16::MAX), by_id_and_name),
    every(METADATA, "names that cannot be", bad_names),
    every(METADATA, "creation of topics", creation),
    every(DESCRIBE_TOPIC_PARTITIONS, "by name", partitions_by_name),
    every(DESCRIBE_TOPIC_PARTITIONS, "all topics", partitions_of_all),
    every(DESCRIBE_TOPIC_PARTITIONS, "page by page", pages),
    every(DESCRIBE_TOPIC_PARTITIONS, "from a cursor", from_cursor),
];

fn named(names: &[String]) -> Value {
    list(
        names
            .iter()
            .map(|name| of([("Name", name.as_str().into())])),
    )
}

fn body(topics: Value, create: bool) -> Value {
    of([
        ("Topics", topics),
        ("AllowAutoTopicCreation", create.into()),
    ])
}

fn all(play: &mut Play<'_, '_>) {
    let topics = match play.version {
        0 => list([]),
        _ => Value::Null,
    };
    play.ask(&body(topics, true));
}

fn none(play: &mut Play<'_, '_>) {
    play.ask(&body(list([]), true));
}

/// Below version 4 a missing name is created if it may be; those are in `creation`.
fn by_name(play: &mut Play<'_, '_>) {
    let topics = match play.version {
        0..4 => names("a"),
        _ => with_missing("a"),
    };
    play.ask(&body(named(&topics), false));
    play.ask(&body(named(&["__consumer_offsets".to_owned()]), false));
}

fn operations(play: &mut Play<'_, '_>) {
    let mut body = body(named(&with_missing("a")), false);
    body.set("IncludeTopicAuthorizedOperations", true);
    body.set("IncludeClusterAuthorizedOperations", true);
    play.ask(&body);
}

/// A topic by id; a name beside it where it has one.
fn identified(id: Value) -> Value {
    of([("TopicId", id), ("Name", Value::Null)])
}

fn by_id(play: &mut Play<'_, '_>) {
    let ids: Vec<Value> = names("a").iter().map(|name| play.id(name)).collect();
    let topics = ids.into_iter().chain([UNKNOWN_ID.into()]).map(identified);
    play.ask(&body(list(topics), false));
}

/// Names beside ids are not looked at.
fn by_id_and_name(play: &mut Play<'_, '_>) {
    let [shut, open] = ["shut-a", "open-a"];
    let by_name = |name: &str| of([("Name", name.into())]);
    let mixed = [identified(play.id(open)), by_name(shut), by_name(open)];
    play.ask(&body(list(mixed), false));
    let mixed = [by_name(open), identified(play.id(shut))];
    play.ask(&body(list(mixed), false));
}

fn bad_names(play: &mut Play<'_, '_>) {
    let bad = ["open-a b", "", ".", "shut-\u{e4}"];
    let bad: Vec<String> = bad.iter().map(|&name| name.to_owned()).collect();
    play.ask(&body(named(&bad), true));
}

fn creation(play: &mut Play<'_, '_>) {
    let mut topics = play.own("auto");
    topics.push("open-a".to_owned());
    play.ask(&body(named(&topics), true));
}

/// A `DescribeTopicPartitions` request.
fn page(topics: Value, limit: i32, cursor: Value) -> Value {
    of([
        ("Topics", topics),
        ("ResponsePartitionLimit", limit.into()),
        ("Cursor", cursor),
    ])
}

fn partitions_by_name(play: &mut Play<'_, '_>) {
    play.ask(&page(named(&with_missing("a")), 2000, Value::Null));
}

fn partitions_of_all(play: &mut Play<'_, '_>) {
    play.ask(&page(list([]), 2000, Value::Null));
}

/// Each page begins where the last one ended.
fn pages(play: &mut Play<'_, '_>) {
    let mut cursor = Value::Null;
    for _ in 0..6 {
        let body = page(named(&with_missing("a")), 3, cursor);
        let Some(answer) = play.ask(&body) else {
            return;
        };
        cursor = match answer.get("NextCursor") {
            Some(Value::Struct(fields)) => Value::Struct(fields.clone()),
            _ => return,
        };
    }
}

fn from_cursor(play: &mut Play<'_, '_>) {
    for (topic, partition) in [("open-a", 1), ("shut-a", 0), ("shut-b", 0)] {
        let cursor = of([
            ("TopicName", topic.into()),
            ("PartitionIndex", partition.into()),
        ]);
        play.ask(&page(named(&names("a")), 2000, cursor));
    }
}
