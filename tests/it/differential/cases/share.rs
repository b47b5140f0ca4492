//! Share groups: members, share sessions, acknowledgements, and their offsets.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, every},
    shape::{list, numbers, of, texts},
    world::{join_share, names, share_heartbeat, share_offsets, with_missing},
};
use oathgate::wire::{
    tables::api_key::{
        ALTER_SHARE_GROUP_OFFSETS, DELETE_SHARE_GROUP_OFFSETS, DESCRIBE_SHARE_GROUP_OFFSETS,
        INCREMENTAL_ALTER_CONFIGS, SHARE_ACKNOWLEDGE, SHARE_FETCH, SHARE_GROUP_DESCRIBE,
        SHARE_GROUP_HEARTBEAT,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(SHARE_GROUP_HEARTBEAT, "of one topic", one_topic),
    every(SHARE_GROUP_HEARTBEAT, "of many topics", many_topics),
    every(SHARE_GROUP_DESCRIBE, "many", describe),
    every(SHARE_FETCH, "a session", session),
    every(SHARE_FETCH, "of one topic that may be denied", fetch_one),
    every(SHARE_FETCH, "by ids that nobody has", fetch_unknown),
    every(SHARE_FETCH, "a session of nobody", foreign_session),
    every(SHARE_ACKNOWLEDGE, "what was fetched", acknowledge),
    every(
        SHARE_ACKNOWLEDGE,
        "by ids that nobody has",
        acknowledge_unknown,
    ),
    every(
        SHARE_ACKNOWLEDGE,
        "in a session of nobody",
        foreign_acknowledge,
    ),
    every(ALTER_SHARE_GROUP_OFFSETS, "many topics", alter_offsets),
    every(DESCRIBE_SHARE_GROUP_OFFSETS, "by name", describe_offsets),
    every(
        DESCRIBE_SHARE_GROUP_OFFSETS,
        "all topics",
        describe_all_offsets,
    ),
    every(DELETE_SHARE_GROUP_OFFSETS, "many topics", delete_offsets),
];

fn one_topic(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("sone") {
        for topic in ["open-a", "shut-a"] {
            let group = format!("{group}-{topic}");
            play.ask(&share_heartbeat(&group, &member, &[topic.to_owned()]));
        }
    }
}

fn many_topics(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("smany") {
        play.ask(&share_heartbeat(&group, &member, &names("a")));
    }
}

/// Groups whose share of a topic starts at its first record.
fn groups(play: &mut Play<'_, '_>, what: &str) -> Vec<String> {
    let groups = play.own(what);
    let resources = groups.iter().map(|group| {
        let config = of([
            ("Name", "share.auto.offset.reset".into()),
            ("ConfigOperation", 0.into()),
            ("Value", "earliest".into()),
        ]);
        of([
            ("ResourceType", 32.into()),
            ("ResourceName", group.as_str().into()),
            ("Configs", list([config])),
        ])
    });
    let body = of([("Resources", list(resources))]);
    play.admin(INCREMENTAL_ALTER_CONFIGS, 1, &body);
    groups
}

/// Groups of one member each.
fn joined(play: &mut Play<'_, '_>, what: &str, topics: &[String]) -> Vec<String> {
    let groups = groups(play, what);
    let member = play.member();
    for group in &groups {
        join_share(play.links, group, &member, topics);
    }
    groups
}

/// Two of them, one that most may use and one that few may: setting a share up takes its time.
fn two_groups(play: &mut Play<'_, '_>, what: &str) -> Vec<String> {
    let mut groups = groups(play, what);
    groups.truncate(2);
    let member = play.member();
    for group in &groups {
        join_share(play.links, group, &member, &names("a"));
    }
    groups
}

fn describe(play: &mut Play<'_, '_>) {
    let mut seen = joined(play, "sseen", &["open-a".to_owned()]);
    seen.extend(joined(play, "shid", &["shut-a".to_owned()]));
    seen.push("open-nowhere".to_owned());
    let body = |operations: bool| {
        of([
            ("GroupIds", texts(seen.clone())),
            ("IncludeAuthorizedOperations", operations.into()),
        ])
    };
    play.ask(&body(false));
    play.ask(&body(true));
}

/// The first partition of each of these topics, at `epoch` of the share session.
fn fetch(group: &str, member: &str, epoch: i32, ids: Vec<Value>) -> Value {
    let topics = ids.into_iter().map(|id| {
        let partition = of([
            ("PartitionIndex", 0.into()),
            ("PartitionMaxBytes", (1 << 20).into()),
            ("AcknowledgementBatches", list([])),
        ]);
        of([("TopicId", id), ("Partitions", list([partition]))])
    });
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("ShareSessionEpoch", epoch.into()),
        ("MaxWaitMs", 3_000.into()),
        ("MinBytes", 1.into()),
        ("MaxBytes", (1 << 24).into()),
        ("MaxRecords", 500.into()),
        ("BatchSize", 500.into()),
        ("Topics", list(topics)),
        ("ForgottenTopicsData", list([])),
    ])
}

/// Opened, used, closed: one topic that is allowed to whoever may read anything, so that none waits.
fn session(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in two_groups(play, "sfetch") {
        let id = play.id("open-a");
        play.ask(&fetch(&group, &member, 0, vec![id]));
        let mut again = fetch(&group, &member, 1, Vec::new());
        again.set("MaxWaitMs", 0);
        play.ask(&again);
        let mut last = fetch(&group, &member, -1, Vec::new());
        last.set("MaxWaitMs", 0);
        play.ask(&last);
    }
}

fn fetch_one(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in two_groups(play, "sdenied") {
        let id = play.id("shut-a");
        play.ask(&fetch(&group, &member, 0, vec![id]));
    }
}

fn fetch_unknown(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in two_groups(play, "sunknown") {
        let ids = vec![UNKNOWN_ID.into(), [0; 16].into()];
        let mut body = fetch(&group, &member, 0, ids);
        body.set("MaxWaitMs", 0);
        play.ask(&body);
    }
}

fn foreign_session(play: &mut Play<'_, '_>) {
    for (group, epoch) in [("open-g", 3), ("shut-g", 3), ("open-g", -1)] {
        play.ask(&fetch(group, "nobody", epoch, Vec::new()));
    }
}

/// The first record of the topics with these ids.
fn acknowledgement(group: &str, member: &str, epoch: i32, ids: Vec<Value>) -> Value {
    let topics = ids.into_iter().map(|id| {
        let batch = of([
            ("FirstOffset", 0.into()),
            ("LastOffset", 0.into()),
            ("AcknowledgeTypes", numbers([1])),
        ]);
        let partition = of([
            ("PartitionIndex", 0.into()),
            ("AcknowledgementBatches", list([batch])),
        ]);
        of([("TopicId", id), ("Partitions", list([partition]))])
    });
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("ShareSessionEpoch", epoch.into()),
        ("Topics", list(topics)),
    ])
}

fn acknowledge(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in two_groups(play, "sack") {
        let open = play.id("open-a");
        let body = fetch(&group, &member, 0, vec![open.clone()]);
        play.ask_of(SHARE_FETCH, 1, &body);
        let ids = vec![open, play.id("shut-a")];
        play.ask(&acknowledgement(&group, &member, 1, ids));
    }
}

fn acknowledge_unknown(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in two_groups(play, "sackid") {
        let body = fetch(&group, &member, 0, vec![play.id("open-a")]);
        play.ask_of(SHARE_FETCH, 1, &body);
        play.ask(&acknowledgement(
            &group,
            &member,
            1,
            vec![UNKNOWN_ID.into()],
        ));
    }
}

fn foreign_acknowledge(play: &mut Play<'_, '_>) {
    for group in ["open-g", "shut-g"] {
        let ids = vec![play.id("open-a")];
        play.ask(&acknowledgement(group, "nobody", 5, ids));
    }
}

/// A group that was, with nobody in it now.
fn left(play: &mut Play<'_, '_>, what: &str) -> Vec<String> {
    let member = play.member();
    let groups = joined(play, what, &names("a"));
    for group in &groups {
        let mut body = share_heartbeat(group, &member, &[]);
        body.set("MemberEpoch", -1);
        body.set("SubscribedTopicNames", Value::Null);
        play.admin(SHARE_GROUP_HEARTBEAT, 1, &body);
    }
    groups
}

fn alter_offsets(play: &mut Play<'_, '_>) {
    for group in left(play, "salter") {
        play.ask(&share_offsets(&group));
    }
    play.ask(&share_offsets("open-nowhere"));
}

fn describe_offsets(play: &mut Play<'_, '_>) {
    let groups = names("so").into_iter().map(|group| {
        let topics = with_missing("a");
        let topics = topics
            .into_iter()
            .map(|name| of([("TopicName", name.into()), ("Partitions", numbers([0, 1]))]));
        of([("GroupId", group.into()), ("Topics", list(topics))])
    });
    play.ask(&of([("Groups", list(groups))]));
}

fn describe_all_offsets(play: &mut Play<'_, '_>) {
    let mut groups = names("so");
    groups.push("open-nowhere".to_owned());
    let groups = groups
        .iter()
        .map(|group| of([("GroupId", group.as_str().into()), ("Topics", Value::Null)]));
    play.ask(&of([("Groups", list(groups))]));
}

fn delete_offsets(play: &mut Play<'_, '_>) {
    for group in left(play, "sdelete") {
        play.admin(ALTER_SHARE_GROUP_OFFSETS, 0, &share_offsets(&group));
        let topics = names("a").into_iter().chain(["open-missing".to_owned()]);
        let topics = topics.map(|name| of([("TopicName", name.into())]));
        play.ask(&of([("GroupId", group.into()), ("Topics", list(topics))]));
    }
}
