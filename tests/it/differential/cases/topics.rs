//! Topics that come and go.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, between, every},
    shape::{list, of, texts},
};
use oathgate::wire::{
    tables::api_key::{CREATE_TOPICS, DELETE_TOPICS},
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(CREATE_TOPICS, "new ones", create),
    every(CREATE_TOPICS, "to be validated", validate),
    every(CREATE_TOPICS, "that are there, twice, or cannot be", bad),
    every(CREATE_TOPICS, "nothing", nothing),
    every(DELETE_TOPICS, "by name", delete).with_topics("doomed"),
    between(DELETE_TOPICS, "by id", (6, i16::MAX), delete_by_id).with_topics("doomed"),
    every(DELETE_TOPICS, "nothing", delete_nothing),
];

fn creations(topics: Vec<String>, validate: bool) -> Value {
    let topics = topics.into_iter().map(|name| {
        let config = of([
            ("Name", "max.message.bytes".into()),
            ("Value", "1000000".into()),
        ]);
        of([
            ("Name", name.into()),
            ("NumPartitions", 1.into()),
            ("ReplicationFactor", 1.into()),
            ("Configs", list([config])),
        ])
    });
    of([
        ("Topics", list(topics)),
        ("timeoutMs", 10_000.into()),
        ("validateOnly", validate.into()),
    ])
}

fn create(play: &mut Play<'_, '_>) {
    play.ask(&creations(play.own("new"), false));
}

fn validate(play: &mut Play<'_, '_>) {
    play.ask(&creations(play.own("dry"), true));
}

fn bad(play: &mut Play<'_, '_>) {
    let there = [
        "open-a",
        "shut-a",
        "open-a b",
        "shut-a b",
        "__cluster_metadata",
    ];
    play.ask(&creations(there.map(str::to_owned).to_vec(), false));
    let mut twice = play.own("twice");
    twice.truncate(2);
    twice.extend(twice.clone());
    play.ask(&creations(twice, false));
}

fn nothing(play: &mut Play<'_, '_>) {
    play.ask(&creations(Vec::new(), false));
}

/// A topic by name or by id.
fn doomed(name: Value, id: Value) -> Value {
    of([("Name", name), ("TopicId", id)])
}

fn delete(play: &mut Play<'_, '_>) {
    let mut topics = play.own("doomed");
    topics.extend(["open-missing", "shut-missing"].map(str::to_owned));
    let states = topics
        .iter()
        .map(|name| doomed(name.as_str().into(), [0; 16].into()));
    play.ask(&of([
        ("TopicNames", texts(topics.iter().map(String::as_str))),
        ("Topics", list(states)),
        ("TimeoutMs", 10_000.into()),
    ]));
}

fn delete_by_id(play: &mut Play<'_, '_>) {
    let topics = play.own("doomed");
    let ids: Vec<Value> = topics.iter().map(|name| play.id(name)).collect();
    let states = ids.into_iter().chain([UNKNOWN_ID.into()]);
    let states = states.map(|id| doomed(Value::Null, id));
    play.ask(&of([
        ("Topics", list(states)),
        ("TimeoutMs", 10_000.into()),
    ]));
}

fn delete_nothing(play: &mut Play<'_, '_>) {
    play.ask(&of([
        ("TopicNames", list([])),
        ("Topics", list([])),
        ("TimeoutMs", 10_000.into()),
    ]));
}
