//! Produce: which topics are appended to, with each kind of acknowledgement.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, between, every},
    shape::{list, of},
    world::{PLAIN, names, produce_body, with_missing},
};
use crate::harness::produce::{Stamp, stamped_batch};
use oathgate::wire::{tables::api_key::PRODUCE, value::Value};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(PRODUCE, "many topics", many),
    every(PRODUCE, "acks 1", leader_alone),
    every(PRODUCE, "acks 0, one topic", unanswered),
    every(PRODUCE, "acks 0, many topics", unanswered_many),
    every(PRODUCE, "partitions that are not there", absent_partitions),
    every(PRODUCE, "an internal topic", internal),
    every(PRODUCE, "nothing", nothing),
    every(PRODUCE, "acks that cannot be", bad_acks),
    every(PRODUCE, "transactional without an id", no_transaction),
    every(PRODUCE, "transactional under an id of nobody", no_producer),
    between(
        PRODUCE,
        "by ids that nobody has",
        (13, i16::MAX),
        unknown_ids,
    ),
];

/// One record to `partition` of each of `topics`, by name, or by id where the version wants it.
fn to(play: &Play<'_, '_>, topics: &[String], acks: i16, partition: i32) -> Value {
    let topics = topics
        .iter()
        .map(|name| (name.as_str().into(), partition, record(PLAIN)));
    let mut body = produce_body(None, acks, topics.collect::<Vec<_>>());
    for topic in body.items_mut("TopicData").into_iter().flatten() {
        let id = topic.str("Name").map(|name| play.id(name));
        topic.set("TopicId", id.unwrap_or(Value::Null));
    }
    body
}

fn record(stamp: Stamp) -> Vec<u8> {
    stamped_batch("key", b"value", stamp)
}

fn many(play: &mut Play<'_, '_>) {
    play.ask(&to(play, &with_missing("p"), -1, 0));
}

fn leader_alone(play: &mut Play<'_, '_>) {
    for name in names("p") {
        play.ask(&to(play, &[name], 1, 1));
    }
}

fn unanswered(play: &mut Play<'_, '_>) {
    for name in ["open-p", "shut-p", "open-p"] {
        play.ask_without_answer(&to(play, &[name.to_owned()], 0, 0));
    }
}

fn unanswered_many(play: &mut Play<'_, '_>) {
    play.ask_without_answer(&to(play, &names("p"), 0, 0));
}

fn absent_partitions(play: &mut Play<'_, '_>) {
    play.ask(&to(play, &names("p"), -1, 77));
}

fn internal(play: &mut Play<'_, '_>) {
    let topics = ["__consumer_offsets".to_owned(), "open-p".to_owned()];
    play.ask(&to(play, &topics, -1, 0));
}

fn nothing(play: &mut Play<'_, '_>) {
    play.ask(&to(play, &[], -1, 0));
}

fn bad_acks(play: &mut Play<'_, '_>) {
    play.ask(&to(play, &names("p"), 7, 0));
}

/// Batches of a transaction.
fn transactional(play: &Play<'_, '_>, id: Option<&str>) -> Value {
    let stamp = Stamp {
        producer: (4_000_000, 0),
        sequence: 0,
        transactional: true,
        ..PLAIN
    };
    let mut body = to(play, &names("p"), -1, 0);
    body.set("TransactionalId", id);
    for topic in body.items_mut("TopicData").into_iter().flatten() {
        let partition = of([("Index", 0.into()), ("Records", record(stamp).into())]);
        topic.set("PartitionData", list([partition]));
    }
    body
}

fn no_transaction(play: &mut Play<'_, '_>) {
    play.ask(&transactional(play, None));
}

fn no_producer(play: &mut Play<'_, '_>) {
    for id in names("t") {
        play.ask(&transactional(play, Some(&id)));
    }
}

fn unknown_ids(play: &mut Play<'_, '_>) {
    let mut body = to(play, &["open-p".to_owned(), "shut-p".to_owned()], -1, 0);
    let unknown = [UNKNOWN_ID, [0; 16]];
    let extra = to(play, &["open-p".to_owned(), "open-p".to_owned()], -1, 0);
    let extra = extra.items("TopicData").iter().cloned().zip(unknown);
    let topics = body.items_mut("TopicData");
    topics.into_iter().for_each(|topics| {
        topics.extend(extra.clone().map(|(mut topic, id)| {
            topic.set("TopicId", id);
            topic
        }));
    });
    play.ask(&body);
}
