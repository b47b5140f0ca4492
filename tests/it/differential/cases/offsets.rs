//! Offsets: of partitions by time and epoch, and those that groups commit.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, between, every},
    shape::{list, numbers, of},
    world::{TIME, names, with_missing},
};
use oathgate::wire::{
    tables::api_key::{
        LIST_OFFSETS, OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH, OFFSET_FOR_LEADER_EPOCH,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(LIST_OFFSETS, "earliest, latest, by time", by_time),
    every(LIST_OFFSETS, "one topic", of_one_topic),
    every(
        LIST_OFFSETS,
        "partitions that are not there",
        of_absent_partitions,
    ),
    every(OFFSET_FOR_LEADER_EPOCH, "as a client", of_epoch),
    every(
        OFFSET_FOR_LEADER_EPOCH,
        "as a follower",
        of_epoch_as_follower,
    ),
    every(OFFSET_COMMIT, "many topics", commit),
    every(OFFSET_COMMIT, "nothing", commit_nothing),
    between(
        OFFSET_COMMIT,
        "by ids that nobody has",
        (10, i16::MAX),
        commit_unknown,
    ),
    every(OFFSET_FETCH, "by name", fetch),
    between(OFFSET_FETCH, "all topics", (2, i16::MAX), fetch_all),
    every(OFFSET_FETCH, "nothing", fetch_nothing),
    between(OFFSET_FETCH, "many groups", (8, i16::MAX), fetch_many),
    every(OFFSET_DELETE, "many topics", delete),
];

fn by_time(play: &mut Play<'_, '_>) {
    let latest = [(0, -1), (0, -2), (0, TIME), (1, -1)];
    let newer = [(0, -3), (0, -4), (0, -5)];
    let topics = |asked: &[(i32, i64)]| {
        let partitions: Vec<_> = asked.iter().map(|(p, time)| partition(*p, *time)).collect();
        let topic = |name: String| {
            let partitions = list(partitions.clone());
            of([("Name", name.into()), ("Partitions", partitions)])
        };
        let topics = list(with_missing("a").into_iter().map(topic));
        of([("ReplicaId", (-1).into()), ("Topics", topics)])
    };
    for asked in &latest {
        play.ask(&topics(&[*asked]));
    }
    for asked in newer {
        play.ask(&topics(&[asked, (1, -1)]));
    }
}

fn partition(index: i32, timestamp: i64) -> Value {
    of([
        ("PartitionIndex", index.into()),
        ("CurrentLeaderEpoch", (-1).into()),
        ("Timestamp", timestamp.into()),
    ])
}

fn offsets_of(topics: &[String], index: i32) -> Value {
    let topics = topics.iter().map(|name| {
        let partitions = list([partition(index, -1)]);
        of([("Name", name.as_str().into()), ("Partitions", partitions)])
    });
    let topics = list(topics);
    of([
        ("ReplicaId", (-1).into()),
        ("IsolationLevel", 1.into()),
        ("Topics", topics),
    ])
}

fn of_one_topic(play: &mut Play<'_, '_>) {
    for name in names("tx") {
        play.ask(&offsets_of(&[name], 0));
    }
}

fn of_absent_partitions(play: &mut Play<'_, '_>) {
    play.ask(&offsets_of(&names("a"), 77));
}

fn epochs(replica: i32) -> Value {
    let topics = with_missing("a").into_iter().map(|name| {
        let partition = |index: i32| {
            of([
                ("Partition", index.into()),
                ("CurrentLeaderEpoch", (-1).into()),
                ("LeaderEpoch", 0.into()),
            ])
        };
        let partitions = list([partition(0), partition(77)]);
        of([("Topic", name.into()), ("Partitions", partitions)])
    });
    of([("ReplicaId", replica.into()), ("Topics", list(topics))])
}

fn of_epoch(play: &mut Play<'_, '_>) {
    // -2 is a debugging consumer, -1 a consumer: version 2 cannot tell.
    play.ask(&epochs(if play.version < 3 { -2 } else { -1 }));
}

fn of_epoch_as_follower(play: &mut Play<'_, '_>) {
    play.ask(&epochs(1));
}

/// Offsets of `topics`, by name and id.
fn commit_body(play: &Play<'_, '_>, group: &str, topics: &[String]) -> Value {
    let topics = topics.iter().map(|name| {
        let partition = of([
            ("PartitionIndex", 0.into()),
            ("CommittedOffset", 1.into()),
            ("CommittedLeaderEpoch", (-1).into()),
            ("CommittedMetadata", play.member().into()),
        ]);
        of([
            ("Name", name.as_str().into()),
            ("TopicId", play.id(name)),
            ("Partitions", list([partition])),
        ])
    });
    of([
        ("GroupId", group.into()),
        ("GenerationIdOrMemberEpoch", (-1).into()),
        ("Topics", list(topics)),
    ])
}

fn commit(play: &mut Play<'_, '_>) {
    for group in names("w") {
        play.ask(&commit_body(play, &group, &with_missing("z")));
    }
}

fn commit_nothing(play: &mut Play<'_, '_>) {
    for group in names("w") {
        play.ask(&commit_body(play, &group, &[]));
    }
}

fn commit_unknown(play: &mut Play<'_, '_>) {
    let mut body = commit_body(play, "open-w", &names("z"));
    let ids = [
        UNKNOWN_ID.into(),
        play.id("open-z"),
        [0; 16].into(),
        play.id("shut-z"),
    ];
    let topics = body.items_mut("Topics").into_iter().flatten();
    for (topic, id) in topics.zip::<[Value; 4]>(ids) {
        topic.set("TopicId", id);
    }
    play.ask(&body);
}

/// A group of an `OffsetFetch`; null topics are all of them.
fn fetch_group(play: &Play<'_, '_>, group: &str, topics: Option<&[String]>) -> Value {
    let topics = topics.map(|topics| {
        list(topics.iter().map(|name| {
            of([
                ("Name", name.as_str().into()),
                ("TopicId", play.id(name)),
                ("PartitionIndexes", numbers([0, 1])),
            ])
        }))
    });
    of([
        ("GroupId", group.into()),
        ("MemberEpoch", (-1).into()),
        ("Topics", topics.into()),
    ])
}

/// One group, in the form of the version.
fn fetch_body(play: &Play<'_, '_>, group: &str, topics: Option<&[String]>) -> Value {
    let mut body = fetch_group(play, group, topics);
    if play.version < 8 {
        for topic in body.items_mut("Topics").into_iter().flatten() {
            let name = topic.str("Name").map(str::to_owned);
            *topic = of([("Name", name.into()), ("PartitionIndexes", numbers([0, 1]))]);
        }
        let topics = body.get("Topics").cloned();
        return of([("GroupId", group.into()), ("Topics", topics.into())]);
    }
    of([("Groups", list([body]))])
}

fn fetch(play: &mut Play<'_, '_>) {
    for group in names("g") {
        play.ask(&fetch_body(play, &group, Some(&with_missing("a"))));
    }
}

fn fetch_all(play: &mut Play<'_, '_>) {
    for group in names("g") {
        play.ask(&fetch_body(play, &group, None));
    }
}

fn fetch_nothing(play: &mut Play<'_, '_>) {
    for group in ["open-g", "shut-g", "open-nowhere"] {
        play.ask(&fetch_body(play, group, Some(&[])));
    }
}

fn fetch_many(play: &mut Play<'_, '_>) {
    let topics = with_missing("a");
    let groups = names("g");
    let mut all: Vec<_> = groups
        .iter()
        .map(|group| fetch_group(play, group, Some(&topics)))
        .collect();
    play.ask(&of([("Groups", list(all.clone()))]));
    all = groups
        .iter()
        .map(|group| fetch_group(play, group, None))
        .collect();
    play.ask(&of([("Groups", list(all))]));
    play.ask(&of([("Groups", list([]))]));
}

fn delete(play: &mut Play<'_, '_>) {
    for group in names("w").into_iter().chain(["open-nowhere".to_owned()]) {
        let topics = with_missing("z").into_iter().map(|name| {
            let partitions = [0, 77].map(|index: i32| of([("PartitionIndex", index.into())]));
            of([("Name", name.into()), ("Partitions", list(partitions))])
        });
        play.ask(&of([("GroupId", group.into()), ("Topics", list(topics))]));
    }
}
