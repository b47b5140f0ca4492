//! What administrators do with partitions: records, replicas, leaders, reassignments, folders.

use crate::differential::{
    play::Play,
    scenario::{Scenario, every},
    shape::{list, numbers, of},
    world::{names, with_missing},
};
use oathgate::wire::{
    tables::api_key::{
        ALTER_PARTITION_REASSIGNMENTS, ALTER_REPLICA_LOG_DIRS, CREATE_PARTITIONS, DELETE_RECORDS,
        DESCRIBE_LOG_DIRS, ELECT_LEADERS, LIST_PARTITION_REASSIGNMENTS,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(DELETE_RECORDS, "many topics", delete_records),
    every(CREATE_PARTITIONS, "many topics", create).with_topics("grown"),
    every(CREATE_PARTITIONS, "to be validated", create_validated),
    every(DESCRIBE_LOG_DIRS, "by name", log_dirs),
    every(DESCRIBE_LOG_DIRS, "all topics", all_log_dirs),
    every(
        ALTER_REPLICA_LOG_DIRS,
        "to a folder that is not there",
        move_replicas,
    ),
    every(ELECT_LEADERS, "by name", elect),
    every(ELECT_LEADERS, "of nothing", elect_nothing),
    every(ALTER_PARTITION_REASSIGNMENTS, "to where they are", reassign),
    every(LIST_PARTITION_REASSIGNMENTS, "by name", reassignments),
    every(
        LIST_PARTITION_REASSIGNMENTS,
        "all topics",
        all_reassignments,
    ),
];

/// A list of topics with these partitions, under the names that an API gives to both.
fn topics_of(
    topics: Vec<String>,
    (name, partitions): (&'static str, &'static str),
    indexes: &[i64],
) -> Value {
    list(topics.into_iter().map(|topic| {
        of([
            (name, topic.into()),
            (partitions, numbers(indexes.iter().copied())),
        ])
    }))
}

fn delete_records(play: &mut Play<'_, '_>) {
    for offset in [1, 2, -1, 1_000] {
        let topics = with_missing("d").into_iter().map(|name| {
            let partition = of([("PartitionIndex", 0.into()), ("Offset", offset.into())]);
            of([("Name", name.into()), ("Partitions", list([partition]))])
        });
        play.ask(&of([
            ("Topics", list(topics)),
            ("TimeoutMs", 10_000.into()),
        ]));
    }
}

fn grown(topics: Vec<String>, validate: bool) -> Value {
    let topics = topics.into_iter().map(|name| {
        of([
            ("Name", name.into()),
            ("Count", 2.into()),
            ("Assignments", Value::Null),
        ])
    });
    of([
        ("Topics", list(topics)),
        ("TimeoutMs", 10_000.into()),
        ("ValidateOnly", validate.into()),
    ])
}

fn create(play: &mut Play<'_, '_>) {
    let mut topics = play.own("grown");
    topics.push("open-missing".to_owned());
    topics.push("shut-missing".to_owned());
    play.ask(&grown(topics, false));
}

fn create_validated(play: &mut Play<'_, '_>) {
    play.ask(&grown(names("a"), true));
}

fn log_dirs(play: &mut Play<'_, '_>) {
    let topics = topics_of(with_missing("a"), ("Topic", "Partitions"), &[0, 1]);
    play.ask(&of([("Topics", topics)]));
}

fn all_log_dirs(play: &mut Play<'_, '_>) {
    play.ask(&of([("Topics", Value::Null)]));
}

fn move_replicas(play: &mut Play<'_, '_>) {
    let topics = topics_of(names("a"), ("Name", "Partitions"), &[0]);
    let folder = of([("Path", "/nowhere".into()), ("Topics", topics)]);
    play.ask(&of([("Dirs", list([folder]))]));
}

fn elect(play: &mut Play<'_, '_>) {
    let topics = topics_of(with_missing("a"), ("Topic", "Partitions"), &[0]);
    play.ask(&of([
        ("TopicPartitions", topics),
        ("TimeoutMs", 10_000.into()),
    ]));
}

fn elect_nothing(play: &mut Play<'_, '_>) {
    play.ask(&of([
        ("TopicPartitions", list([])),
        ("TimeoutMs", 10_000.into()),
    ]));
}

fn reassign(play: &mut Play<'_, '_>) {
    let topics = with_missing("a").into_iter().map(|name| {
        let partition = of([("PartitionIndex", 0.into()), ("Replicas", numbers([1]))]);
        of([("Name", name.into()), ("Partitions", list([partition]))])
    });
    play.ask(&of([
        ("TimeoutMs", 10_000.into()),
        ("Topics", list(topics)),
    ]));
}

fn reassignments(play: &mut Play<'_, '_>) {
    let topics = topics_of(with_missing("a"), ("Name", "PartitionIndexes"), &[0]);
    play.ask(&of([("TimeoutMs", 10_000.into()), ("Topics", topics)]));
}

fn all_reassignments(play: &mut Play<'_, '_>) {
    play.ask(&of([("TimeoutMs", 10_000.into()), ("Topics", Value::Null)]));
}
