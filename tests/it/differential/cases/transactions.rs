//! Transactions and producer ids.

use crate::differential::{
    play::Play,
    scenario::{Scenario, between, every},
    shape::{list, numbers, of, texts},
    world::{self, FAMILIES, PLAIN, names, with_missing},
};
use crate::harness::produce::{Stamp, stamped_batch};
use oathgate::wire::{
    tables::api_key::{
        ADD_OFFSETS_TO_TXN, ADD_PARTITIONS_TO_TXN, DESCRIBE_PRODUCERS, DESCRIBE_TRANSACTIONS,
        END_TXN, INIT_PRODUCER_ID, LIST_TRANSACTIONS, PRODUCE, TXN_OFFSET_COMMIT,
        WRITE_TXN_MARKERS,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(INIT_PRODUCER_ID, "of a transaction", init),
    every(INIT_PRODUCER_ID, "idempotent", init_idempotent),
    every(DESCRIBE_TRANSACTIONS, "many", describe),
    every(LIST_TRANSACTIONS, "all", list_all),
    every(LIST_TRANSACTIONS, "by state", list_by_state),
    every(DESCRIBE_PRODUCERS, "many topics", producers),
    between(ADD_PARTITIONS_TO_TXN, "one topic", (0, 3), add_one),
    between(ADD_PARTITIONS_TO_TXN, "many topics", (0, 3), add_many),
    every(ADD_OFFSETS_TO_TXN, "groups", add_offsets),
    every(TXN_OFFSET_COMMIT, "many topics", commit_offsets),
    every(END_TXN, "commit and abort", end),
    every(END_TXN, "of nobody", end_of_nobody),
    every(PRODUCE, "in a transaction", produce),
    every(WRITE_TXN_MARKERS, "of nobody", markers),
];

/// A producer id and its epoch.
type Producer = (i64, i16);

fn init_body(id: Option<&str>) -> Value {
    of([
        ("TransactionalId", id.into()),
        ("TransactionTimeoutMs", 900_000.into()),
        ("ProducerId", (-1).into()),
        ("ProducerEpoch", (-1).into()),
    ])
}

fn init(play: &mut Play<'_, '_>) {
    for id in play.own("init") {
        play.ask(&init_body(Some(&id)));
    }
}

fn init_idempotent(play: &mut Play<'_, '_>) {
    play.ask(&init_body(None));
}

fn describe(play: &mut Play<'_, '_>) {
    let mut ids = names("t");
    ids.extend(["open-nowhere", "shut-nowhere"].map(str::to_owned));
    play.ask(&of([("TransactionalIds", texts(ids))]));
}

fn filters(states: &[&str]) -> Value {
    of([
        ("StateFilters", texts(states.iter().copied())),
        ("ProducerIdFilters", list([])),
        ("DurationFilter", (-1).into()),
    ])
}

fn list_all(play: &mut Play<'_, '_>) {
    play.ask(&filters(&[]));
}

fn list_by_state(play: &mut Play<'_, '_>) {
    play.ask(&filters(&["Ongoing"]));
    play.ask(&filters(&["Empty", "Impossible"]));
}

fn producers(play: &mut Play<'_, '_>) {
    let topics = with_missing("tx").into_iter().map(|name| {
        of([
            ("Name", name.into()),
            ("PartitionIndexes", numbers([0, 77])),
        ])
    });
    play.ask(&of([("Topics", list(topics))]));
}

/// Transactional ids of this case, with their producers.
fn producers_of(play: &mut Play<'_, '_>, what: &str) -> Vec<(String, Producer)> {
    let ids = play.own(what);
    let with_producer = |id: String| {
        let producer = world::init(play.links, &id);
        (id, producer)
    };
    ids.into_iter().map(with_producer).collect()
}

fn add_body(id: &str, producer: Producer, topics: &[String]) -> Value {
    let topics = topics.iter().map(|name| {
        of([
            ("Name", name.as_str().into()),
            ("Partitions", numbers([0, 1])),
        ])
    });
    of([
        ("V3AndBelowTransactionalId", id.into()),
        ("V3AndBelowProducerId", producer.0.into()),
        ("V3AndBelowProducerEpoch", producer.1.into()),
        ("V3AndBelowTopics", list(topics)),
    ])
}

fn add_one(play: &mut Play<'_, '_>) {
    let producers = producers_of(play, "one");
    for ((id, producer), topic) in producers.iter().zip(names("p")) {
        play.ask(&add_body(id, *producer, &[topic]));
    }
}

/// One that may not be, and nothing is added.
fn add_many(play: &mut Play<'_, '_>) {
    for (id, producer) in producers_of(play, "many") {
        play.ask(&add_body(&id, producer, &names("p")));
        play.ask(&add_body(&id, producer, &with_missing("p")));
        let internal = ["open-p".to_owned(), "__consumer_offsets".to_owned()];
        play.ask(&add_body(&id, producer, &internal));
    }
}

fn offsets_body(id: &str, producer: Producer, group: &str) -> Value {
    of([
        ("TransactionalId", id.into()),
        ("ProducerId", producer.0.into()),
        ("ProducerEpoch", producer.1.into()),
        ("GroupId", group.into()),
    ])
}

fn add_offsets(play: &mut Play<'_, '_>) {
    for (id, producer) in producers_of(play, "offsets") {
        for group in ["open-w", "shut-w"] {
            play.ask(&offsets_body(&id, producer, group));
        }
    }
}

fn commit_offsets(play: &mut Play<'_, '_>) {
    let producers = producers_of(play, "commit");
    let groups = play.own("commit");
    for ((id, producer), group) in producers.iter().zip(groups) {
        let mut body = offsets_body(id, *producer, &group);
        play.admin(ADD_OFFSETS_TO_TXN, 3, &body);
        let topics = with_missing("z").into_iter().map(|name| {
            let partition = of([
                ("PartitionIndex", 0.into()),
                ("CommittedOffset", 1.into()),
                ("CommittedLeaderEpoch", (-1).into()),
                ("CommittedMetadata", "in a transaction".into()),
            ]);
            let id = play.id(&name);
            of([
                ("Name", name.into()),
                ("TopicId", id),
                ("Partitions", list([partition])),
            ])
        });
        body.set("Topics", list(topics));
        body.set("GenerationIdOrMemberEpoch", -1);
        play.ask(&body);
    }
}

fn end_body(id: &str, producer: Producer, commit: bool) -> Value {
    of([
        ("TransactionalId", id.into()),
        ("ProducerId", producer.0.into()),
        ("ProducerEpoch", producer.1.into()),
        ("Committed", commit.into()),
    ])
}

fn end(play: &mut Play<'_, '_>) {
    for (what, commit) in [("commit", true), ("abort", false)] {
        let producers = producers_of(play, what);
        for ((id, producer), family) in producers.iter().zip(FAMILIES) {
            let topics = [format!("{family}-p")];
            world::add_partitions(play.links, id, *producer, &topics);
            play.ask(&end_body(id, *producer, commit));
        }
    }
}

fn end_of_nobody(play: &mut Play<'_, '_>) {
    for id in ["open-nowhere", "shut-nowhere"] {
        play.ask(&end_body(id, (5_000_000, 0), true));
    }
}

/// One record to each topic, in a transaction that holds them all and is aborted.
fn produce(play: &mut Play<'_, '_>) {
    let producers = producers_of(play, "produce");
    for (id, producer) in &producers {
        let body = in_transaction(play, id, *producer, &names("p"));
        play.ask(&body);
    }
    for (id, producer) in &producers {
        play.admin(END_TXN, 3, &end_body(id, *producer, false));
    }
    // Done once nothing is under way: each marker has an offset of its own.
    for (id, _) in &producers {
        world::init(play.links, id);
    }
}

fn in_transaction(
    play: &mut Play<'_, '_>,
    id: &str,
    producer: Producer,
    topics: &[String],
) -> Value {
    world::add_partitions(play.links, id, producer, topics);
    let stamp = Stamp {
        producer,
        sequence: 0,
        transactional: true,
        ..PLAIN
    };
    let batch = stamped_batch("key", b"value", stamp);
    let records = topics
        .iter()
        .map(|name| (name.as_str().into(), 0, batch.clone()));
    let mut body = world::produce_body(Some(id), -1, records);
    for topic in body.items_mut("TopicData").into_iter().flatten() {
        let id = topic.str("Name").map(|name| play.id(name));
        topic.set("TopicId", id.unwrap_or(Value::Null));
    }
    body
}

/// As `Admin.abortTransaction` sends them.
fn markers(play: &mut Play<'_, '_>) {
    let marker = |topics: &[String]| {
        let topics = topics.iter().map(|name| {
            of([
                ("Name", name.as_str().into()),
                ("PartitionIndexes", numbers([1])),
            ])
        });
        of([
            ("ProducerId", 6_000_000.into()),
            ("ProducerEpoch", 0.into()),
            ("TransactionResult", false.into()),
            ("Topics", list(topics)),
            ("CoordinatorEpoch", (-1).into()),
        ])
    };
    let topics = [
        "open-tx".to_owned(),
        "shut-tx".to_owned(),
        "open-missing".to_owned(),
    ];
    play.ask(&of([("Markers", list([marker(&topics)]))]));
}
