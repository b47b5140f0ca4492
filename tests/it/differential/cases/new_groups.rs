//! Consumer groups of KIP-848.

use crate::differential::{
    play::Play,
    scenario::{Scenario, between, every},
    shape::{list, of, texts},
    world::names,
};
use oathgate::wire::{
    tables::api_key::{CONSUMER_GROUP_DESCRIBE, CONSUMER_GROUP_HEARTBEAT},
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(CONSUMER_GROUP_HEARTBEAT, "of one topic", one_topic),
    every(CONSUMER_GROUP_HEARTBEAT, "of many topics", many_topics),
    every(CONSUMER_GROUP_HEARTBEAT, "leaving", leave),
    between(
        CONSUMER_GROUP_HEARTBEAT,
        "by a regular expression",
        (1, 1),
        regex,
    ),
    every(CONSUMER_GROUP_DESCRIBE, "many", describe),
];

fn join_body(group: &str, member: &str, topics: &[String]) -> Value {
    of([
        ("GroupId", group.into()),
        ("MemberId", member.into()),
        ("MemberEpoch", 0.into()),
        ("RebalanceTimeoutMs", 300_000.into()),
        (
            "SubscribedTopicNames",
            texts(topics.iter().map(String::as_str)),
        ),
        ("TopicPartitions", list([])),
    ])
}

/// Version 0 lets the coordinator choose the id.
fn member(play: &Play<'_, '_>) -> String {
    match play.version {
        0 => String::new(),
        _ => play.member(),
    }
}

fn one_topic(play: &mut Play<'_, '_>) {
    let member = member(play);
    for group in play.own("one") {
        for topic in ["open-a", "shut-a"] {
            let group = format!("{group}-{topic}");
            play.ask(&join_body(&group, &member, &[topic.to_owned()]));
        }
    }
}

fn many_topics(play: &mut Play<'_, '_>) {
    let member = member(play);
    for group in play.own("many") {
        play.ask(&join_body(&group, &member, &names("a")));
    }
}

fn leave(play: &mut Play<'_, '_>) {
    let member = play.member();
    for group in play.own("left") {
        let body = join_body(&group, &member, &["open-a".to_owned()]);
        play.admin(CONSUMER_GROUP_HEARTBEAT, 1, &body);
        play.ask(&of([
            ("GroupId", group.into()),
            ("MemberId", member.as_str().into()),
            ("MemberEpoch", (-1).into()),
        ]));
    }
}

/// What it resolves to is the matter of a suite of its own: the broker resolves it when it likes.
fn regex(play: &mut Play<'_, '_>) {
    let member = member(play);
    for group in play.own("regex") {
        let mut body = join_body(&group, &member, &[]);
        body.set("SubscribedTopicNames", Value::Null);
        body.set("SubscribedTopicRegex", "nothing-.*");
        play.ask(&body);
    }
}

fn describe(play: &mut Play<'_, '_>) {
    let member = play.member();
    let mut groups = play.own("seen");
    for (group, topic) in groups
        .clone()
        .iter()
        .zip(["open-a", "open-a", "shut-a", "team-a"])
    {
        let body = join_body(group, &member, &[topic.to_owned()]);
        play.admin(CONSUMER_GROUP_HEARTBEAT, 1, &body);
    }
    groups.push("open-g".to_owned());
    groups.push("open-nowhere".to_owned());
    let body = |operations: bool| {
        of([
            ("GroupIds", texts(groups.clone())),
            ("IncludeAuthorizedOperations", operations.into()),
        ])
    };
    play.ask(&body(false));
    play.ask(&body(true));
}
