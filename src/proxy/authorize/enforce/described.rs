//! Descriptions and lists of groups and transactions: DESCRIBE of each, and nothing about topics that the
//! session may not describe.

use std::collections::HashSet;

use super::filter::Filter;
use super::merge::{may_see, succeeded};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Added, Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// Kinds of groups, which are described in different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// DescribeGroups.
    Classic,
    /// ConsumerGroupDescribe (KIP-848).
    Consumer,
    /// ShareGroupDescribe (KIP-932).
    Share,
    /// StreamsGroupDescribe (KIP-1071).
    Streams,
}

impl GroupKind {
    const fn of(key: i16) -> Self {
        match key {
            api_key::CONSUMER_GROUP_DESCRIBE => Self::Consumer,
            api_key::SHARE_GROUP_DESCRIBE => Self::Share,
            api_key::STREAMS_GROUP_DESCRIBE => Self::Streams,
            _ => Self::Classic,
        }
    }

    /// What Kafka says where a group has topics that the session may not describe.
    const fn denied_topics(self) -> &'static str {
        match self {
            Self::Streams => {
                "The described group uses topics that the client is not authorized to describe."
            }
            Self::Classic | Self::Consumer | Self::Share => {
                "The group has described topic(s) that the client is not authorized to describe."
            }
        }
    }

    /// Calls `topic` with every topic that the description `group` names and Kafka checks, and with those of
    /// the description of a topology (KIP-1331). What members subscribe to is not checked.
    fn topics<'a>(self, group: &'a Value, mut topic: impl FnMut(&'a str)) {
        match self {
            Self::Classic => {}
            Self::Consumer | Self::Share => {
                for member in group.items("Members") {
                    let both = ["Assignment", "TargetAssignment"];
                    let assignments = both.iter().filter_map(|name| member.get(name));
                    assignments
                        .flat_map(|assignment| assignment.items("TopicPartitions"))
                        .filter_map(|of| of.str("TopicName"))
                        .for_each(&mut topic);
                }
            }
            Self::Streams => {
                if let Some(topology) = group.get("Topology") {
                    topology_topics(topology, &mut topic);
                }
                if let Some(description) = group.get("TopologyDescription") {
                    description_topics(description, &mut topic);
                }
            }
        }
    }
}

/// Calls `topic` with every topic of a topology of streams groups.
pub(super) fn topology_topics<'a>(topology: &'a Value, topic: &mut impl FnMut(&'a str)) {
    for part in topology.items("Subtopologies") {
        for list in ["SourceTopics", "RepartitionSinkTopics"] {
            part.items(list)
                .iter()
                .filter_map(Value::as_str)
                .for_each(&mut *topic);
        }
        for list in ["RepartitionSourceTopics", "StateChangelogTopics"] {
            part.items(list)
                .iter()
                .filter_map(|info| info.str("Name"))
                .for_each(&mut *topic);
        }
    }
}

fn description_topics<'a>(description: &'a Value, topic: &mut impl FnMut(&'a str)) {
    let parts = description.items("Subtopologies").iter();
    let nodes = parts.flat_map(|part| part.items("Nodes"));
    let stores = description.items("GlobalStores").iter();
    let ends = stores.flat_map(|store| [store.get("Source"), store.get("Processor")]);
    for node in nodes.chain(ends.flatten()) {
        let sources = node.items("SourceTopics").iter().filter_map(Value::as_str);
        sources.chain(node.str("SinkTopic")).for_each(&mut *topic);
    }
}

/// DescribeGroups and its three successors: the denied ones come first (`KafkaApis`).
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let kind = GroupKind::of(request.api.key);
    let asked = match kind {
        GroupKind::Classic => "Groups",
        GroupKind::Consumer | GroupKind::Share | GroupKind::Streams => "GroupIds",
    };
    let body = request.read()?;
    let mut kept = Vec::new();
    let mut denied = Vec::new();
    for id in body.items(asked) {
        if authority.may_group(Operation::Describe, id.as_str().unwrap_or_default()) {
            kept.push(id.clone());
        } else {
            denied.push(Value::fields([
                ("GroupId", id.clone()),
                (ERROR_CODE, error_code::GROUP_AUTHORIZATION_FAILED.into()),
            ]));
        }
    }
    if kept.is_empty() && !denied.is_empty() {
        return request.answer(&Value::fields([("Groups", denied.into())]));
    }
    let wants_operations = body.bool("IncludeAuthorizedOperations") == Some(true);
    if denied.is_empty() && kind == GroupKind::Classic && !wants_operations {
        return request.pass();
    }
    let mut left = body.clone();
    left.set(asked, kept);
    let mut amend = Amend::filter(Filter::Groups(kind));
    if !denied.is_empty() {
        amend.added.push(Added {
            field: "Groups",
            items: denied,
            position: Position::First,
        });
    }
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        amend,
    })
}

/// DeleteGroups: DELETE of each; the denied ones come last, each once.
pub(super) fn delete(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let mut kept = Vec::new();
    let mut denied: Vec<Value> = Vec::new();
    let mut named = HashSet::new();
    for id in body.items("GroupsNames") {
        let text = id.as_str().unwrap_or_default();
        if authority.may_group(Operation::Delete, text) {
            kept.push(id.clone());
        } else if named.insert(text) {
            denied.push(Value::fields([
                ("GroupId", id.clone()),
                (ERROR_CODE, error_code::GROUP_AUTHORIZATION_FAILED.into()),
            ]));
        }
    }
    if denied.is_empty() {
        return request.pass();
    }
    if kept.is_empty() {
        return request.answer(&Value::fields([("Results", denied.into())]));
    }
    let mut left = body.clone();
    left.set("GroupsNames", kept);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        amend: Amend::added("Results", denied, Position::Last),
    })
}

/// ListGroups: whoever may DESCRIBE the cluster sees all, others those groups that they may DESCRIBE.
pub(super) fn list(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if authority.may_quietly(Operation::Describe, &Resource::CLUSTER) {
        return request.pass();
    }
    filtered(request, Filter::ListedGroups)
}

/// Passes `request` on; its answer is filtered.
pub(super) fn filtered(request: &Request<'_>, filter: Filter) -> Result<Decision, Obstacle> {
    let frame = match request.pass()? {
        Decision::Replace(frame) => Some(frame),
        _ => None,
    };
    Ok(Decision::ForwardAndAmend {
        frame,
        amend: Amend::filter(filter),
    })
}

/// Takes out of a list of groups what the session may not see.
pub(super) fn filter_list(body: &mut Value, authority: &mut Authority<'_>) {
    if let Some(groups) = body.items_mut("Groups") {
        groups.retain(|group| {
            let id = group.str("GroupId").unwrap_or_default();
            authority.may_quietly(Operation::Describe, &Resource::group(id))
        });
    }
}

/// Takes out of a list of transactions what the session may not see.
pub(super) fn filter_transactions(body: &mut Value, authority: &mut Authority<'_>) {
    if let Some(transactions) = body.items_mut("TransactionStates") {
        transactions.retain(|transaction| {
            let id = transaction.str("TransactionalId").unwrap_or_default();
            authority.may_quietly(Operation::Describe, &Resource::transactional_id(id))
        });
    }
}

/// Replaces each description that names a topic which the session may not describe, and says of the others
/// what the session may do to them.
pub(super) fn filter_groups(kind: GroupKind, body: &mut Value, authority: &mut Authority<'_>) {
    let Some(groups) = body.items_mut("Groups") else {
        return;
    };
    for group in groups {
        let mut visible = true;
        kind.topics(group, |topic| {
            visible = visible && may_see(topic, authority)
        });
        let id = group.str("GroupId").unwrap_or_default().to_owned();
        if !visible {
            *group = Value::fields([
                ("GroupId", id.into()),
                (ERROR_CODE, error_code::TOPIC_AUTHORIZATION_FAILED.into()),
                ("ErrorMessage", kind.denied_topics().into()),
            ]);
        } else if let (true, Some(theirs)) = (succeeded(group), group.int("AuthorizedOperations")) {
            let ours = authority.authorized_operations(theirs, &Resource::group(&id));
            group.set("AuthorizedOperations", ours);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, texts, versions};
    use crate::wire::tables::api_key::*;

    const APIS: [(i16, &str); 4] = [
        (DESCRIBE_GROUPS, "Groups"),
        (CONSUMER_GROUP_DESCRIBE, "GroupIds"),
        (SHARE_GROUP_DESCRIBE, "GroupIds"),
        (STREAMS_GROUP_DESCRIBE, "GroupIds"),
    ];

    const ACLS: &[&str] = &[
        "ALLOW READ GROUP LITERAL g",
        "ALLOW DESCRIBE TOPIC LITERAL a",
    ];

    fn body(key: i16, field: &'static str, version: i16, groups: &[&str]) -> Value {
        let mut body = Value::fields([(field, Value::array(groups.to_vec()))]);
        if key != DESCRIBE_GROUPS || version >= 3 {
            body.set("IncludeAuthorizedOperations", true);
        }
        body
    }

    fn each(test: impl Fn(i16, &'static str, i16)) {
        for (key, field) in APIS {
            for version in versions(key, 0) {
                test(key, field, version);
            }
        }
    }

    #[test]
    fn denied_groups_come_first_and_never_go_up() {
        each(|key, field, version| {
            let mut bench = Bench::new(key, version, ACLS);
            let outcome = bench.decide(&body(key, field, version, &["g", "h"]));
            assert_eq!(
                texts(outcome.up.as_ref().unwrap()),
                ["g"],
                "{key} v{version}"
            );
            let group = Value::fields([("GroupId", "g".into())]);
            let said = Value::fields([("Groups", Value::array([group]))]);
            let answer = bench.answered(&outcome, &said);
            let groups: Vec<_> = answer
                .items("Groups")
                .iter()
                .map(|g| g.str("GroupId"))
                .collect();
            assert_eq!(groups, [Some("h"), Some("g")], "{key} v{version}");
            assert_eq!(codes(&answer), [30, 0], "{key} v{version}");
            let all = bench
                .decide(&body(key, field, version, &["h"]))
                .answer
                .unwrap();
            assert_eq!(codes(&all), [30], "{key} v{version}");
        });
    }

    #[test]
    fn very_many_denied_groups_are_answered_each_once() {
        let names: Vec<String> = (0..100_000).map(|n| format!("{n:05}")).collect();
        let again = names.iter().take(10);
        let named = names.iter().chain(again).map(|name| name.as_str().into());
        let body = Value::fields([("GroupsNames", Value::Array(named.collect()))]);
        let answer = Bench::new(DELETE_GROUPS, 2, ACLS).decide(&body).answer;
        let answer = answer.unwrap();
        let results = answer.items("Results");
        let told = results.iter().filter_map(|one| one.str("GroupId"));
        assert!(told.eq(names.iter().map(String::as_str)));
    }

    #[test]
    fn operations_are_those_that_both_allow() {
        each(|key, field, version| {
            if key == DESCRIBE_GROUPS && version < 3 {
                return;
            }
            let mut bench = Bench::new(key, version, ACLS);
            let outcome = bench.decide(&body(key, field, version, &["g"]));
            // READ 3, DELETE 6, DESCRIBE 8 by the broker; READ and DESCRIBE here.
            for (theirs, both) in [
                (0b1_0100_1000, 0b1_0000_1000),
                (-2_147_483_648, -2_147_483_648),
            ] {
                let group = Value::fields([
                    ("GroupId", "g".into()),
                    ("AuthorizedOperations", Value::Int(theirs)),
                ]);
                let said = Value::fields([("Groups", Value::array([group]))]);
                let answer = bench.answered(&outcome, &said);
                let found = answer.items("Groups")[0].int("AuthorizedOperations");
                assert_eq!(found, Some(both), "{key} v{version}");
            }
        });
    }

    /// A description of a group that has `topic` in the `place`-th place for topics.
    fn description(key: i16, place: usize, topic: &str) -> Option<Value> {
        let names = || Value::array([topic]);
        let infos = || Value::array([Value::fields([("Name", topic.into())])]);
        let assigned = |field: &'static str| {
            let topics = Value::array([Value::fields([("TopicName", topic.into())])]);
            let assignment = Value::fields([("TopicPartitions", topics)]);
            let member = Value::fields([(field, assignment)]);
            ("Members", Value::array([member]))
        };
        let part = |fields| {
            let parts = Value::array([Value::fields([fields])]);
            ("Topology", Value::fields([("Subtopologies", parts)]))
        };
        let node = |fields| {
            let nodes = Value::array([Value::fields([fields])]);
            let parts = Value::array([Value::fields([("Nodes", nodes)])]);
            let stores = Value::Array(Vec::new());
            let fields = [("Subtopologies", parts), ("GlobalStores", stores)];
            ("TopologyDescription", Value::fields(fields))
        };
        let store = |end, fields| {
            let stores = Value::array([Value::fields([(end, Value::fields([fields]))])]);
            let fields = [("GlobalStores", stores)];
            ("TopologyDescription", Value::fields(fields))
        };
        let field = match (key, place) {
            (CONSUMER_GROUP_DESCRIBE | SHARE_GROUP_DESCRIBE, 0) => assigned("Assignment"),
            (CONSUMER_GROUP_DESCRIBE, 1) => assigned("TargetAssignment"),
            (STREAMS_GROUP_DESCRIBE, 0) => part(("SourceTopics", names())),
            (STREAMS_GROUP_DESCRIBE, 1) => part(("RepartitionSinkTopics", names())),
            (STREAMS_GROUP_DESCRIBE, 2) => part(("RepartitionSourceTopics", infos())),
            (STREAMS_GROUP_DESCRIBE, 3) => part(("StateChangelogTopics", infos())),
            (STREAMS_GROUP_DESCRIBE, 4) => node(("SourceTopics", names())),
            (STREAMS_GROUP_DESCRIBE, 5) => node(("SinkTopic", topic.into())),
            (STREAMS_GROUP_DESCRIBE, 6) => store("Source", ("SourceTopics", names())),
            (STREAMS_GROUP_DESCRIBE, 7) => store("Processor", ("SinkTopic", topic.into())),
            _ => return None,
        };
        Some(Value::fields([("GroupId", "g".into()), field]))
    }

    #[test]
    fn a_group_with_a_denied_topic_is_not_described() {
        let mut seen = 0;
        each(|key, field, version| {
            for place in 0.. {
                // What is described of a topology came with version 1.
                if key == STREAMS_GROUP_DESCRIBE && version == 0 && place == 4 {
                    break;
                }
                let Some(allowed) = description(key, place, "a") else {
                    break;
                };
                let denied = description(key, place, "b").unwrap();
                let mut bench = Bench::new(key, version, ACLS);
                let outcome = bench.decide(&body(key, field, version, &["g", "g"]));
                let said = Value::fields([("Groups", Value::array([allowed, denied]))]);
                let answer = bench.answered(&outcome, &said);
                assert_eq!(codes(&answer), [0, 29], "{key} v{version} {place}");
                let all = texts(&answer);
                assert!(all.contains(&"a") && !all.contains(&"b"), "{all:?}");
                assert!(
                    all.iter()
                        .any(|text| text.contains("not authorized to describe"))
                );
            }
        });
        for (key, _) in APIS {
            seen += (0..9)
                .filter(|place| description(key, *place, "a").is_some())
                .count();
        }
        assert_eq!(seen, 11);
    }

    #[test]
    fn groups_are_listed_for_whoever_may_describe_them_or_the_cluster() {
        for version in versions(LIST_GROUPS, 0) {
            let listed = |id: &str| Value::fields([("GroupId", id.into())]);
            let said = Value::fields([("Groups", Value::array([listed("g"), listed("h")]))]);
            let mut bench = Bench::new(LIST_GROUPS, version, ACLS);
            let outcome = bench.decide(&Value::fields([]));
            let answer = bench.answered(&outcome, &said);
            assert_eq!(answer.items("Groups").len(), 1, "v{version}");
            assert!(bench.session.denials.is_empty());
            let all = ["ALLOW DESCRIBE CLUSTER LITERAL kafka-cluster"];
            let mut bench = Bench::new(LIST_GROUPS, version, &all);
            let outcome = bench.decide(&Value::fields([]));
            assert_eq!(bench.answered(&outcome, &said).items("Groups").len(), 2);
        }
    }

    #[test]
    fn denied_deletions_come_last_and_once() {
        for version in versions(DELETE_GROUPS, 0) {
            let mut bench = Bench::new(DELETE_GROUPS, version, &["ALLOW DELETE GROUP LITERAL g"]);
            let groups =
                |ids: &[&str]| Value::fields([("GroupsNames", Value::array(ids.to_vec()))]);
            assert!(bench.decide(&groups(&["g"])).as_it_came, "v{version}");
            let outcome = bench.decide(&groups(&["h", "g", "h"]));
            assert_eq!(texts(outcome.up.as_ref().unwrap()), ["g"], "v{version}");
            let result = Value::fields([("GroupId", "g".into())]);
            let said = Value::fields([("Results", Value::array([result]))]);
            let answer = bench.answered(&outcome, &said);
            assert_eq!(texts(&answer), ["g", "h"]);
            assert_eq!(codes(&answer), [0, 30]);
            let answer = bench.decide(&groups(&["h"])).answer.unwrap();
            assert_eq!(codes(&answer), [30]);
        }
    }
}
