//! Descriptions and lists of groups and transactions: DESCRIBE of each, and nothing about topics that the
//! session may not describe.

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
    for id in body.items("GroupsNames") {
        if authority.may_group(Operation::Delete, id.as_str().unwrap_or_default()) {
            kept.push(id.clone());
        } else if !denied.iter().any(|known| known.get("GroupId") == Some(id)) {
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
