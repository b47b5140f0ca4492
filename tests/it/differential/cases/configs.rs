//! Configurations of every type of resource.

use crate::differential::{
    play::Play,
    scenario::{Scenario, between, every},
    shape::{list, numbers, of, texts},
    world::{names, with_missing},
};
use oathgate::wire::{
    tables::api_key::{
        ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS, LIST_CONFIG_RESOURCES,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(DESCRIBE_CONFIGS, "many resources", describe),
    every(
        DESCRIBE_CONFIGS,
        "all keys of topics and groups",
        describe_all_keys,
    ),
    every(DESCRIBE_CONFIGS, "of the broker", describe_broker),
    every(DESCRIBE_CONFIGS, "nothing", describe_nothing),
    every(ALTER_CONFIGS, "many resources", alter),
    every(ALTER_CONFIGS, "to be validated", alter_validated),
    every(
        INCREMENTAL_ALTER_CONFIGS,
        "many resources",
        alter_incrementally,
    ),
    every(
        INCREMENTAL_ALTER_CONFIGS,
        "to be validated",
        alter_incrementally_validated,
    ),
    every(INCREMENTAL_ALTER_CONFIGS, "a resource twice", alter_twice),
    every(LIST_CONFIG_RESOURCES, "all types", list_all),
    between(LIST_CONFIG_RESOURCES, "some types", (1, 1), list_some),
];

/// Types of resources.
const TOPIC: i64 = 2;
const BROKER: i64 = 4;
const BROKER_LOGGER: i64 = 8;
const CLIENT_METRICS: i64 = 16;
const GROUP: i64 = 32;

const LOGGER: &str = "kafka.server.KafkaApis";

/// Type, name, and a key that it has, with a value.
type Resource = (i64, String, &'static str, &'static str);

/// Resources of every type, allowed and denied ones mixed.
fn resources() -> Vec<Resource> {
    let topics = with_missing("c");
    let topics = topics
        .into_iter()
        .map(|name| (TOPIC, name, "max.message.bytes", "1000000"));
    let groups = names("g");
    let groups = groups
        .into_iter()
        .map(|name| (GROUP, name, "share.auto.offset.reset", "earliest"));
    let others = [
        (BROKER, "1", "log.cleaner.threads", "2"),
        (BROKER, "", "log.cleaner.threads", "2"),
        (BROKER, "7", "log.cleaner.threads", "2"),
        (BROKER_LOGGER, "1", LOGGER, "WARN"),
        (CLIENT_METRICS, "metrics", "interval.ms", "60000"),
    ];
    let others = others.map(|(kind, name, key, value)| (kind, name.to_owned(), key, value));
    topics.chain(groups).chain(others).collect()
}

fn described(resources: Vec<Resource>, all_keys: bool) -> Value {
    let resources = resources.into_iter().map(|(kind, name, key, _)| {
        let keys = if all_keys { Value::Null } else { texts([key]) };
        of([
            ("ResourceType", kind.into()),
            ("ResourceName", name.into()),
            ("ConfigurationKeys", keys),
        ])
    });
    of([
        ("Resources", list(resources)),
        ("IncludeSynonyms", true.into()),
        ("IncludeDocumentation", true.into()),
    ])
}

fn describe(play: &mut Play<'_, '_>) {
    play.ask(&described(resources(), false));
    play.ask(&described(
        vec![(77, "open-c".to_owned(), "any", "")],
        false,
    ));
}

fn describe_all_keys(play: &mut Play<'_, '_>) {
    let mut chosen = resources();
    chosen.retain(|(kind, ..)| matches!(*kind, TOPIC | GROUP));
    play.ask(&described(chosen, true));
}

fn describe_broker(play: &mut Play<'_, '_>) {
    let broker = (BROKER, "1".to_owned(), "", "");
    play.ask(&described(vec![broker], true));
}

fn describe_nothing(play: &mut Play<'_, '_>) {
    play.ask(&described(Vec::new(), true));
}

fn altered(resources: Vec<Resource>, validate: bool) -> Value {
    let resources = resources.into_iter().map(|(kind, name, key, value)| {
        let config = of([
            ("Name", key.into()),
            ("ConfigOperation", 0.into()),
            ("Value", value.into()),
        ]);
        of([
            ("ResourceType", kind.into()),
            ("ResourceName", name.into()),
            ("Configs", list([config])),
        ])
    });
    of([
        ("Resources", list(resources)),
        ("ValidateOnly", validate.into()),
    ])
}

/// The form that `AlterConfigs` has: no operation, which its definition lacks.
fn replaced(resources: Vec<Resource>, validate: bool) -> Value {
    let mut body = altered(resources, validate);
    for resource in body.items_mut("Resources").into_iter().flatten() {
        for config in resource.items_mut("Configs").into_iter().flatten() {
            let (name, value) = (config.get("Name"), config.get("Value"));
            *config = of([
                ("Name", name.cloned().into()),
                ("Value", value.cloned().into()),
            ]);
        }
    }
    body
}

/// Loggers cannot be replaced as a whole.
fn alter(play: &mut Play<'_, '_>) {
    play.ask(&replaced(resources(), false));
}

fn alter_validated(play: &mut Play<'_, '_>) {
    play.ask(&replaced(resources(), true));
}

fn alter_incrementally(play: &mut Play<'_, '_>) {
    play.ask(&altered(resources(), false));
}

fn alter_incrementally_validated(play: &mut Play<'_, '_>) {
    play.ask(&altered(resources(), true));
}

fn alter_twice(play: &mut Play<'_, '_>) {
    let mut twice = resources();
    twice.retain(|(kind, name, ..)| *kind == TOPIC && name.ends_with("-c"));
    twice.extend(twice.clone());
    play.ask(&altered(twice, false));
}

fn list_all(play: &mut Play<'_, '_>) {
    play.ask(&of([("ResourceTypes", list([]))]));
}

fn list_some(play: &mut Play<'_, '_>) {
    let kinds = numbers([CLIENT_METRICS, GROUP]);
    play.ask(&of([("ResourceTypes", kinds)]));
    play.ask(&of([("ResourceTypes", numbers([99]))]));
}
