//! Classic groups: finding the coordinator, being a member, looking at groups and deleting them.

use crate::differential::{
    play::Play,
    scenario::{Scenario, between, every},
    shape::{list, of, texts},
    world::names,
};
use oathgate::wire::{
    tables::api_key::{
        DELETE_GROUPS, DESCRIBE_GROUPS, FIND_COORDINATOR, HEARTBEAT, JOIN_GROUP, LEAVE_GROUP,
        LIST_GROUPS, OFFSET_COMMIT, SYNC_GROUP,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(FIND_COORDINATOR, "of groups", of_groups),
    between(
        FIND_COORDINATOR,
        "of transactions",
        (1, i16::MAX),
        of_transactions,
    ),
    between(
        FIND_COORDINATOR,
        "of share states",
        (6, i16::MAX),
        of_share_states,
    ),
    between(
        FIND_COORDINATOR,
        "of a type that is not",
        (1, i16::MAX),
        of_another_type,
    ),
    every(LIST_GROUPS, "all", list_all),
    between(LIST_GROUPS, "by state", (4, i16::MAX), list_by_state),
    every(DESCRIBE_GROUPS, "many", describe),
    between(
        DESCRIBE_GROUPS,
        "authorized operations",
        (3, i16::MAX),
        describe_operations,
    ),
    every(JOIN_GROUP, "alone", join),
    every(SYNC_GROUP, "as leader", sync),
    between(
        SYNC_GROUP,
        "without a protocol",
        (5, i16::MAX),
        sync_without_protocol,
    ),
    every(HEARTBEAT, "of a member", heartbeat),
    every(LEAVE_GROUP, "of a member", leave),
    every(DELETE_GROUPS, "many", delete),
];

fn find(play: &mut Play<'_, '_>, kind: i8, keys: &[String]) {
    let keys_of = |keys: &[String]| {
        of([
            ("Key", keys.first().map(String::as_str).into()),
            ("KeyType", kind.into()),
            ("CoordinatorKeys", texts(keys.iter().map(String::as_str))),
        ])
    };
    if play.version >= 4 {
        play.ask(&keys_of(keys));
        return;
    }
    for key in keys {
        play.ask(&keys_of(std::slice::from_ref(key)));
    }
}

fn of_groups(play: &mut Play<'_, '_>) {
    find(play, 0, &names("g"));
}

fn of_transactions(play: &mut Play<'_, '_>) {
    find(play, 1, &names("t"));
}

fn of_share_states(play: &mut Play<'_, '_>) {
    let keys = names("s");
    let keys = keys
        .iter()
        .map(|group| format!("{group}:AAAAAAAAAAAAAAAAAAAAAQ:0"));
    find(play, 2, &keys.collect::<Vec<_>>());
}

fn of_another_type(play: &mut Play<'_, '_>) {
    find(play, 9, &names("g")[..2]);
}

fn filters(states: &[&str], types: &[&str]) -> Value {
    of([
        ("StatesFilter", texts(states.iter().copied())),
        ("TypesFilter", texts(types.iter().copied())),
    ])
}

fn list_all(play: &mut Play<'_, '_>) {
    play.ask(&filters(&[], &[]));
}

fn list_by_state(play: &mut Play<'_, '_>) {
    play.ask(&filters(&["Empty"], &[]));
    play.ask(&filters(&["Dead"], &[]));
}

fn describe_body(operations: bool) -> Value {
    let mut groups = names("g");
    groups.push("open-nowhere".to_owned());
    groups.push("shut-nowhere".to_owned());
    of([
        ("Groups", texts(groups)),
        ("IncludeAuthorizedOperations", operations.into()),
    ])
}

fn describe(play: &mut Play<'_, '_>) {
    play.ask(&describe_body(false));
}

fn describe_operations(play: &mut Play<'_, '_>) {
    play.ask(&describe_body(true));
}

fn join_body(group: &str, member: &str) -> Value {
    let protocol = of([
        ("Name", "range".into()),
        ("Metadata", b"metadata".to_vec().into()),
    ]);
    of([
        ("GroupId", group.into()),
        ("SessionTimeoutMs", 1_800_000.into()),
        ("RebalanceTimeoutMs", 1_800_000.into()),
        ("MemberId", member.into()),
        ("ProtocolType", "consumer".into()),
        ("Protocols", list([protocol])),
    ])
}

/// From version 4 on the coordinator first gives the member its id.
fn join(play: &mut Play<'_, '_>) {
    for group in play.own("join") {
        let Some(answer) = play.ask(&join_body(&group, "")) else {
            continue;
        };
        let member = answer.str("MemberId").unwrap_or_default().to_owned();
        if answer.int("ErrorCode") == Some(79) {
            play.ask(&join_body(&group, &member));
        }
    }
}

/// A member of a group that the admin joined: its id and generation.
fn joined(play: &mut Play<'_, '_>, group: &str) -> (String, i64) {
    let answer = play.admin(JOIN_GROUP, 3, &join_body(group, ""));
    assert_eq!(answer.int("ErrorCode"), Some(0), "{answer:?}");
    let member = answer.str("MemberId").unwrap_or_default().to_owned();
    (member, answer.int("GenerationId").unwrap_or(-1))
}

fn sync_body(group: &str, (member, generation): &(String, i64)) -> Value {
    let assignment = of([
        ("MemberId", member.as_str().into()),
        ("Assignment", b"assignment".to_vec().into()),
    ]);
    of([
        ("GroupId", group.into()),
        ("GenerationId", (*generation).into()),
        ("MemberId", member.as_str().into()),
        ("ProtocolType", "consumer".into()),
        ("ProtocolName", "range".into()),
        ("Assignments", list([assignment])),
    ])
}

fn sync(play: &mut Play<'_, '_>) {
    for group in play.own("sync") {
        let member = joined(play, &group);
        play.ask(&sync_body(&group, &member));
    }
}

/// Refused before anybody asks who may.
fn sync_without_protocol(play: &mut Play<'_, '_>) {
    for group in ["open-g", "shut-g"] {
        let mut body = sync_body(group, &("nobody".to_owned(), 1));
        body.set("ProtocolType", Value::Null);
        body.set("ProtocolName", Value::Null);
        play.ask(&body);
    }
}

/// A group whose one member is in sync.
fn synced(play: &mut Play<'_, '_>, group: &str) -> (String, i64) {
    let member = joined(play, group);
    let answer = play.admin(SYNC_GROUP, 3, &sync_body(group, &member));
    assert_eq!(answer.int("ErrorCode"), Some(0), "{answer:?}");
    member
}

fn heartbeat(play: &mut Play<'_, '_>) {
    for group in play.own("beat") {
        let (member, generation) = synced(play, &group);
        play.ask(&of([
            ("GroupId", group.as_str().into()),
            ("GenerationId", generation.into()),
            ("MemberId", member.into()),
        ]));
        play.ask(&of([
            ("GroupId", group.into()),
            ("GenerationId", generation.into()),
            ("MemberId", "nobody".into()),
        ]));
    }
}

fn leave(play: &mut Play<'_, '_>) {
    for group in play.own("leave") {
        let (member, _) = synced(play, &group);
        let known = of([("MemberId", member.as_str().into())]);
        let unknown = of([("MemberId", "nobody".into())]);
        play.ask(&of([
            ("GroupId", group.into()),
            ("MemberId", member.into()),
            ("Members", list([known, unknown])),
        ]));
    }
}

fn delete(play: &mut Play<'_, '_>) {
    let mut groups = play.own("gone");
    for group in &groups {
        let partition = of([
            ("PartitionIndex", 0.into()),
            ("CommittedMetadata", "".into()),
        ]);
        let topic = of([("Name", "open-a".into()), ("Partitions", list([partition]))]);
        let body = of([
            ("GroupId", group.as_str().into()),
            ("GenerationIdOrMemberEpoch", (-1).into()),
            ("Topics", list([topic])),
        ]);
        play.admin(OFFSET_COMMIT, 8, &body);
    }
    groups.extend(["open-nowhere", "shut-nowhere"].map(str::to_owned));
    play.ask(&of([("GroupsNames", texts(groups))]));
}
