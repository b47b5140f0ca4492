//! Streams groups: members with a topology, and looking at them.

use crate::differential::{
    play::Play,
    scenario::{Scenario, every},
    shape::{list, of, texts},
};
use oathgate::wire::{
    tables::api_key::{
        STREAMS_GROUP_DESCRIBE, STREAMS_GROUP_HEARTBEAT, STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(STREAMS_GROUP_HEARTBEAT, "joining", join),
    every(
        STREAMS_GROUP_HEARTBEAT,
        "with topics to create",
        join_with_changelog,
    ),
    every(
        STREAMS_GROUP_HEARTBEAT,
        "with an internal topic",
        join_with_internal,
    ),
    every(STREAMS_GROUP_HEARTBEAT, "leaving", leave),
    every(STREAMS_GROUP_DESCRIBE, "many", describe),
    every(
        STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
        "of a member",
        update,
    ),
    every(
        STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
        "of nobody",
        update_of_nobody,
    ),
];

fn topology(sources: &[&str], changelogs: &[&str]) -> Value {
    let changelogs = changelogs.iter().map(|&name| {
        of([
            ("Name", name.into()),
            ("Partitions", 0.into()),
            ("ReplicationFactor", 1.into()),
            ("TopicConfigs", list([])),
        ])
    });
    let subtopology = of([
        ("SubtopologyId", "0".into()),
        ("SourceTopics", texts(sources.iter().copied())),
        ("StateChangelogTopics", list(changelogs)),
    ]);
    of([("Epoch", 0.into()), ("Subtopologies", list([subtopology]))])
}

fn join_body(group: &str, member: &str, topology: Value) -> Value {
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("MemberEpoch", 0.into()),
        ("RebalanceTimeoutMs", 300_000.into()),
        ("Topology", topology),
        ("ActiveTasks", list([])),
        ("StandbyTasks", list([])),
        ("WarmupTasks", list([])),
        ("ProcessId", "process".into()),
        ("ClientTags", list([])),
    ])
}

fn join(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("streams") {
        for topic in ["open-a", "shut-a"] {
            let group = format!("{group}-{topic}");
            play.ask(&join_body(&group, &member, topology(&[topic], &[])));
        }
    }
}

/// The names begin with the group's, as those of Streams do.
fn join_with_changelog(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("store") {
        let changelog = format!("{group}-changelog");
        let topology = topology(&["open-a"], &[&changelog]);
        play.ask(&join_body(&group, &member, topology));
    }
}

fn join_with_internal(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("internal") {
        let topology = topology(&["open-a"], &["__consumer_offsets"]);
        play.ask(&join_body(&group, &member, topology));
    }
}

/// Groups whose one member reads these topics.
fn joined(play: &mut Play<'_, '_>, what: &str, sources: &[&str]) -> Vec<String> {
    let member = play.member();
    let groups = play.own(what);
    for group in &groups {
        let body = join_body(group, &member, topology(sources, &[]));
        let answer = play.admin(STREAMS_GROUP_HEARTBEAT, 1, &body);
        assert_eq!(answer.int("ErrorCode"), Some(0), "{answer:?}");
    }
    groups
}

fn leave(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in joined(play, "sleft", &["open-a"]) {
        play.ask(&of([
            ("GroupId", group.into()),
            ("MemberId", member.as_str().into()),
            ("MemberEpoch", (-1).into()),
        ]));
    }
}

fn describe(play: &mut Play<'_, '_>) {
    let mut groups = joined(play, "stseen", &["open-a"]);
    groups.extend(joined(play, "sthid", &["open-a", "shut-a"]));
    groups.push("open-nowhere".to_owned());
    let body = |operations: bool| {
        of([
            ("GroupIds", texts(groups.clone())),
            ("IncludeAuthorizedOperations", operations.into()),
            ("IncludeTopologyDescription", operations.into()),
        ])
    };
    play.ask(&body(false));
    play.ask(&body(true));
}

fn description(group: &str, member: &str) -> Value {
    let node = of([
        ("Name", "source".into()),
        ("NodeType", 1.into()),
        ("SourceTopics", texts(["open-a", "shut-a"])),
        ("SinkTopic", Value::Null),
        ("Stores", list([])),
        ("Successors", list([])),
    ]);
    let subtopology = of([("SubtopologyId", "0".into()), ("Nodes", list([node]))]);
    let description = of([
        ("Subtopologies", list([subtopology])),
        ("GlobalStores", list([])),
    ]);
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("TopologyEpoch", 0.into()),
        ("TopologyDescription", description),
    ])
}

fn update(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in joined(play, "topology", &["open-a"]) {
        play.ask(&description(&group, &member));
    }
}

fn update_of_nobody(play: &mut Play<'_, '_>) {
    for group in ["open-nowhere", "shut-nowhere"] {
        play.ask(&description(group, "nobody"));
    }
}
