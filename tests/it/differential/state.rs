//! What is on a broker: topics, records, configurations, groups, offsets, transactions, quotas, users.

use super::{
    connection::Seen,
    play::Links,
    shape::{list, numbers, of, texts},
    world::names,
};
use oathgate::wire::{
    tables::api_key::{
        DESCRIBE_CLIENT_QUOTAS, DESCRIBE_CONFIGS, DESCRIBE_TRANSACTIONS,
        DESCRIBE_USER_SCRAM_CREDENTIALS, INCREMENTAL_ALTER_CONFIGS, LIST_CONFIG_RESOURCES,
        LIST_GROUPS, LIST_OFFSETS, LIST_TRANSACTIONS, METADATA, OFFSET_FETCH,
    },
    value::Value,
};
use std::{thread, time::Duration};

/// Between two looks at what may still change.
const PAUSE: Duration = Duration::from_millis(20);

/// Resources of `DescribeConfigs`.
const TOPIC: i64 = 2;
const BROKER: i64 = 4;
const CLIENT_METRICS: i64 = 16;
const GROUP: i64 = 32;

/// What was asked, by API key, and what came.
pub(super) type State = Vec<(i16, Seen)>;

/// All of it, once it rests, as it does where nothing changed since it was `last`.
pub(super) fn of_broker(links: &mut Links<'_>, last: Option<&State>) -> State {
    catch_up(links);
    let mut before = all(links);
    if last == Some(&before) {
        return before;
    }
    for _ in 0..200 {
        thread::sleep(PAUSE);
        let now = all(links);
        if now == before {
            return now;
        }
        before = now;
    }
    panic!("the broker never rests");
}

/// Waits until the broker knows of all that the controller has done: it hears of it in order, so that what
/// is done last is known last.
fn catch_up(links: &mut Links<'_>) {
    const LAST: &str = "last";
    for operation in [0, 1] {
        let config = of([
            ("Name", "interval.ms".into()),
            ("ConfigOperation", operation.into()),
            ("Value", "60000".into()),
        ]);
        let resource = of([
            ("ResourceType", CLIENT_METRICS.into()),
            ("ResourceName", LAST.into()),
            ("Configs", list([config])),
        ]);
        let body = of([("Resources", list([resource]))]);
        links.admin(INCREMENTAL_ALTER_CONFIGS, 1, &body);
        let any = of([("ResourceTypes", numbers([CLIENT_METRICS]))]);
        let is_there = |answer: &Value| {
            let resources = answer.items("ConfigResources").iter();
            resources
                .clone()
                .any(|resource| resource.str("ResourceName") == Some(LAST))
        };
        while is_there(&links.admin(LIST_CONFIG_RESOURCES, 1, &any)) != (operation == 0) {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn all(links: &mut Links<'_>) -> State {
    let mut state = State::new();
    let mut ask = |links: &mut Links<'_>, key: i16, version: i16, body: &Value| {
        let answer = links.admin(key, version, body);
        state.push((key, Seen::Answer(answer.clone())));
        answer
    };
    let metadata = ask(links, METADATA, 12, &of([("Topics", Value::Null)]));
    links.learn(&metadata);
    for timestamp in [-1, -2] {
        ask(links, LIST_OFFSETS, 6, &offsets_at(&metadata, timestamp));
    }
    let filters = of([("StatesFilter", list([])), ("TypesFilter", list([]))]);
    let groups = ask(links, LIST_GROUPS, 5, &filters);
    ask(links, OFFSET_FETCH, 8, &committed(&groups));
    let filters = of([
        ("StateFilters", list([])),
        ("ProducerIdFilters", list([])),
        ("DurationFilter", (-1).into()),
    ]);
    let transactions = ask(links, LIST_TRANSACTIONS, 1, &filters);
    let ids = transactions.items("TransactionStates").iter();
    let ids = texts(ids.filter_map(|one| one.str("TransactionalId")));
    let ids = of([("TransactionalIds", ids)]);
    ask(links, DESCRIBE_TRANSACTIONS, 0, &ids);
    ask(links, DESCRIBE_CONFIGS, 4, &configured());
    let any = of([("Components", list([]))]);
    ask(links, DESCRIBE_CLIENT_QUOTAS, 1, &any);
    let any = of([("Users", Value::Null)]);
    ask(links, DESCRIBE_USER_SCRAM_CREDENTIALS, 0, &any);
    let any = of([("ResourceTypes", list([]))]);
    ask(links, LIST_CONFIG_RESOURCES, 1, &any);
    state
}

/// The offset at `timestamp` (-1 the end, -2 the start) of every partition that `metadata` tells of. What
/// brokers write to topics of their own is their business.
fn offsets_at(metadata: &Value, timestamp: i64) -> Value {
    let topics = metadata.items("Topics").iter();
    let topics = topics.filter(|topic| topic.bool("IsInternal") != Some(true));
    let topics = topics.map(|topic| {
        let partitions = topic.items("Partitions").iter().map(|partition| {
            of([
                ("PartitionIndex", partition.int("PartitionIndex").into()),
                ("CurrentLeaderEpoch", (-1).into()),
                ("Timestamp", timestamp.into()),
            ])
        });
        of([
            ("Name", topic.str("Name").into()),
            ("Partitions", list(partitions)),
        ])
    });
    of([("ReplicaId", (-1).into()), ("Topics", list(topics))])
}

/// All offsets of all groups that keep some.
fn committed(groups: &Value) -> Value {
    let keep = |group: &&Value| group.str("GroupType") != Some("share");
    let groups = groups.items("Groups").iter().filter(keep);
    let groups = groups.map(|group| {
        of([
            ("GroupId", group.str("GroupId").into()),
            ("Topics", Value::Null),
        ])
    });
    of([("Groups", list(groups))])
}

/// What cases change the configuration of.
fn configured() -> Value {
    let topics = names("c").into_iter().map(|name| (TOPIC, name));
    let groups = names("g").into_iter().map(|name| (GROUP, name));
    let others = [
        (BROKER, String::new()),
        (CLIENT_METRICS, "metrics".to_owned()),
    ];
    let resources = topics.chain(groups).chain(others).map(|(kind, name)| {
        of([
            ("ResourceType", kind.into()),
            ("ResourceName", name.into()),
            ("ConfigurationKeys", Value::Null),
        ])
    });
    of([("Resources", list(resources))])
}
