//! Fetch: records, fetch sessions, and followers.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, between, every},
    shape::{list, of},
    world::{names, with_missing},
};
use oathgate::wire::{tables::api_key::FETCH, value::Value};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(FETCH, "outside of sessions", sessionless),
    every(FETCH, "one partition", one),
    every(FETCH, "partitions that are not there", absent_partitions),
    every(FETCH, "nothing", nothing),
    every(FETCH, "transactions in progress", committed),
    between(FETCH, "by ids that nobody has", (13, i16::MAX), unknown_ids),
    between(FETCH, "a session", (7, i16::MAX), session),
    between(FETCH, "a session of nobody", (7, i16::MAX), foreign_session),
    every(FETCH, "as a follower", follower),
];

/// A request for partition `partition` of each of these topics, by name or id.
fn fetch(topics: impl IntoIterator<Item = (Value, Value)>, partition: i32) -> Value {
    let topics = topics.into_iter().map(|(name, id)| {
        let partition = of([
            ("Partition", partition.into()),
            ("CurrentLeaderEpoch", (-1).into()),
            ("FetchOffset", 0.into()),
            ("LastFetchedEpoch", (-1).into()),
            ("LogStartOffset", (-1).into()),
            ("PartitionMaxBytes", (1 << 20).into()),
        ]);
        of([
            ("Topic", name),
            ("TopicId", id),
            ("Partitions", list([partition])),
        ])
    });
    of([
        ("ReplicaId", (-1).into()),
        ("MaxBytes", (1 << 24).into()),
        ("SessionEpoch", (-1).into()),
        ("Topics", list(topics)),
    ])
}

fn of_names(play: &Play<'_, '_>, names: &[String]) -> Vec<(Value, Value)> {
    let both = |name: &String| (name.as_str().into(), play.id(name));
    names.iter().map(both).collect()
}

fn sessionless(play: &mut Play<'_, '_>) {
    let topics = of_names(play, &with_missing("a"));
    play.ask(&fetch(topics, 0));
}

fn one(play: &mut Play<'_, '_>) {
    for name in names("a") {
        let topics = of_names(play, &[name]);
        play.ask(&fetch(topics, 1));
    }
}

fn absent_partitions(play: &mut Play<'_, '_>) {
    let topics = of_names(play, &names("a"));
    play.ask(&fetch(topics, 77));
}

fn nothing(play: &mut Play<'_, '_>) {
    play.ask(&fetch([], 0));
}

/// By readers of committed records.
fn committed(play: &mut Play<'_, '_>) {
    let topics = of_names(play, &names("tx"));
    let mut body = fetch(topics, 0);
    body.set("IsolationLevel", 1);
    play.ask(&body);
}

fn unknown_ids(play: &mut Play<'_, '_>) {
    let open = play.id("open-a");
    let ids = [UNKNOWN_ID.into(), open, [0; 16].into()];
    play.ask(&fetch(ids.map(|id| (Value::Null, id)), 0));
}

/// A full request that opens a session, an incremental one, and one that closes it. Of one topic a time:
/// where it is denied Oathgate opens none, and the client sends full requests.
fn session(play: &mut Play<'_, '_>) {
    for name in ["open-a", "shut-a"] {
        let topics = || of_names(play, &[name.to_owned()]);
        let mut full = fetch(topics(), 0);
        full.set("SessionEpoch", 0);
        let mut incremental = fetch([], 0);
        let mut last = fetch(topics(), 0);
        let Some(answer) = play.ask(&full) else {
            continue;
        };
        let id = answer.int("SessionId").unwrap_or(0);
        if id == 0 {
            play.ask(&full);
        } else {
            incremental.set("SessionId", id);
            incremental.set("SessionEpoch", 1);
            play.ask(&incremental);
        }
        last.set("SessionId", id);
        play.ask(&last);
    }
}

/// Error 70, whoever asks.
fn foreign_session(play: &mut Play<'_, '_>) {
    let mut body = fetch([], 0);
    body.set("SessionId", 123_456);
    body.set("SessionEpoch", 1);
    play.ask(&body);
}

fn follower(play: &mut Play<'_, '_>) {
    let topics = of_names(play, &names("a"));
    let mut body = fetch(topics, 0);
    body.set("ReplicaId", 1);
    let state = of([("ReplicaId", 1.into()), ("ReplicaEpoch", 1.into())]);
    body.set("ReplicaState", state);
    play.ask(&body);
}
