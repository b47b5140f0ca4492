//! StreamsGroupHeartbeat (KIP-1071): READ of the group, DESCRIBE of every topic of a topology, and CREATE of
//! the internal ones that are missing, which the broker creates.

use std::collections::BTreeSet;

use super::ask;
use super::described::{filtered, topology_topics};
use super::filter::Filter;
use super::transactions::is_internal;
use crate::limits::{QUESTION_TOPICS_MAX, TOPIC_NAME_MAX};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::value::Value;

/// `StreamsGroupHeartbeatResponse.Status`.
const MISSING_SOURCE_TOPICS: i16 = 1;
const MISSING_INTERNAL_TOPICS: i16 = 3;

/// Most names in a status detail (`InternalTopicManager.summarizeTopics`).
const SUMMARY_MAX: usize = 3;

/// Kafka's defaults: `group.streams.heartbeat.interval.ms`, `acceptable.recovery.lag` and
/// `task.offset.interval.ms`.
const HEARTBEAT_INTERVAL_MS: i32 = 5_000;
const RECOVERY_LAG: i32 = 10_000;
const TASK_OFFSET_INTERVAL_MS: i32 = 60_000;

/// `KafkaApis.handleStreamsGroupHeartbeat`.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let group = body.str("GroupId").unwrap_or_default();
    if !authority.may_group(Operation::Read, group) {
        return refuse(request, error_code::GROUP_AUTHORIZATION_FAILED, None);
    }
    let Some(topology @ Value::Struct(_)) = body.get("Topology") else {
        return filtered(request, Filter::Endpoints);
    };
    let mut names = BTreeSet::new();
    topology_topics(topology, &mut |name| {
        names.insert(name);
    });
    if let Some(fault) = fault_of(&names) {
        return refuse(request, error_code::STREAMS_INVALID_TOPOLOGY, Some(fault));
    }
    let mut allowed = true;
    for name in &names {
        allowed &= authority.may_topic(Operation::Describe, name);
    }
    if !allowed {
        return refuse(request, error_code::TOPIC_AUTHORIZATION_FAILED, None);
    }
    let parts = topology.items("Subtopologies");
    if parts
        .iter()
        .any(|part| !part.items("SourceTopicRegex").is_empty())
    {
        // As Kafka, which does not resolve them yet; whoever does would do so by the upstream identity.
        let fault = "Regular expressions for source topics are not supported yet.";
        return refuse(request, error_code::INVALID_REQUEST, Some(fault.to_owned()));
    }
    decide_creation(request, &body, topology, authority)
}

/// What is wrong with the `names` of a topology.
fn fault_of(names: &BTreeSet<&str>) -> Option<String> {
    let those = |wrong: fn(&str) -> bool| {
        let wrong: Vec<&str> = names.iter().copied().filter(|name| wrong(name)).collect();
        (!wrong.is_empty()).then(|| wrong.join(","))
    };
    if let Some(wrong) = those(is_internal) {
        return Some(format!(
            "Use of Kafka internal topics {wrong} in a Kafka Streams topology is prohibited."
        ));
    }
    let wrong = those(|name| !is_valid(name))?;
    Some(format!("Topic names {wrong} are not valid topic names."))
}

/// `Topic.isValid`.
fn is_valid(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !matches!(name, "" | "." | "..") && name.len() <= TOPIC_NAME_MAX && name.chars().all(legal)
}

/// Keeps a topology from the broker that would create topics for it which the session may not create. The
/// member is told so, as Kafka does, but joins nothing: it asks again.
fn decide_creation(
    request: &Request<'_>,
    body: &Value,
    topology: &Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut internal = BTreeSet::new();
    let mut sources = BTreeSet::new();
    for part in topology.items("Subtopologies") {
        for list in ["RepartitionSourceTopics", "StateChangelogTopics"] {
            internal.extend(part.items(list).iter().filter_map(|info| info.str("Name")));
        }
        sources.extend(part.items("SourceTopics").iter().filter_map(Value::as_str));
    }
    let may_create = |name: &str, authority: &mut Authority<'_>| {
        authority.may_quietly(Operation::Create, &Resource::topic(name))
    };
    if authority.may_quietly(Operation::Create, &Resource::CLUSTER)
        || internal.iter().all(|name| may_create(name, authority))
    {
        return filtered(request, Filter::Endpoints);
    }
    let all = internal.iter().chain(&sources);
    let unasked = all.filter(|name| authority.asked.code_of(name).is_none());
    let unasked: Vec<String> = unasked
        .take(QUESTION_TOPICS_MAX)
        .map(|&name| name.to_owned())
        .collect();
    if !unasked.is_empty() {
        return Ok(ask(request, Question::Names(unasked), authority));
    }
    let missing = |name: &&str| authority.asked.code_of(name) != Some(error_code::NONE);
    let missing_sources: Vec<&str> = sources.into_iter().filter(missing).collect();
    let missing: Vec<&str> = internal.into_iter().filter(missing).collect();
    let denied = missing.iter().copied();
    let denied: Vec<&str> = denied
        .filter(|name| !authority.may_topic(Operation::Create, name))
        .collect();
    if denied.is_empty() {
        return filtered(request, Filter::Endpoints);
    }
    let (status, detail) = if missing_sources.is_empty() {
        let detail = format!(
            "Internal topics are missing: {}; Unauthorized to CREATE on topics {}.",
            summary(&missing),
            denied.join(", ")
        );
        (MISSING_INTERNAL_TOPICS, detail)
    } else {
        let detail = format!("Source topics {} are missing.", summary(&missing_sources));
        (MISSING_SOURCE_TOPICS, detail)
    };
    request.answer(&without_tasks(body, status, &detail))
}

/// `InternalTopicManager.summarizeTopics`.
fn summary(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().copied().take(SUMMARY_MAX).collect();
    let more = names.len().saturating_sub(shown.len());
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} additional topics")
    }
}

/// The answer to the heartbeat `body` of a member that is given nothing to do.
fn without_tasks(body: &Value, status: i16, detail: &str) -> Value {
    let status = Value::fields([
        ("StatusCode", status.into()),
        ("StatusDetail", detail.into()),
    ]);
    let none = || Value::Array(Vec::new());
    Value::fields([
        (
            "MemberId",
            body.get("MemberId").cloned().unwrap_or(Value::Null),
        ),
        // That of the first member of a new group: joined, so that it waits for its interval. The broker does
        // not know it and lets it join again.
        ("MemberEpoch", Value::Int(2)),
        ("HeartbeatIntervalMs", HEARTBEAT_INTERVAL_MS.into()),
        // Version 0 has a field of its own for it, which brokers leave at 0.
        ("AcceptableRecoveryLag", RECOVERY_LAG.into()),
        ("TaskOffsetIntervalMs", TASK_OFFSET_INTERVAL_MS.into()),
        ("Status", Value::Array(vec![status])),
        ("ActiveTasks", none()),
        ("StandbyTasks", none()),
        ("WarmupTasks", none()),
    ])
}

/// Status is null only where Kafka says so.
fn refuse(request: &Request<'_>, code: i16, message: Option<String>) -> Result<Decision, Obstacle> {
    request.answer(&Value::fields([
        (ERROR_CODE, code.into()),
        ("ErrorMessage", message.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, known, missing, versions};
    use crate::wire::tables::api_key::STREAMS_GROUP_HEARTBEAT;

    const LISTS: [&str; 4] = [
        "SourceTopics",
        "RepartitionSinkTopics",
        "RepartitionSourceTopics",
        "StateChangelogTopics",
    ];

    fn body(lists: [&str; 4]) -> Value {
        let mut part = Value::fields([]);
        for (list, name) in LISTS.into_iter().zip(lists) {
            let info = || Value::fields([("Name", name.into())]);
            let items = match list {
                "SourceTopics" | "RepartitionSinkTopics" => Value::array([name]),
                _ => Value::array([info()]),
            };
            part.set(list, items);
        }
        let topology = Value::fields([("Subtopologies", Value::array([part]))]);
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("Topology", topology),
        ])
    }

    const GROUP: &str = "ALLOW READ GROUP LITERAL g";
    const TOPICS: &str = "ALLOW DESCRIBE TOPIC PREFIXED a";

    fn bench(version: i16, acls: &[&str]) -> Bench {
        Bench::new(STREAMS_GROUP_HEARTBEAT, version, acls)
    }

    #[test]
    fn every_topic_of_a_topology_must_be_described() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            let plain = Value::fields([("GroupId", "g".into())]);
            assert!(bench(version, &[GROUP]).decide(&plain).as_it_came);
            assert_eq!(
                codes(&bench(version, &[]).decide(&plain).answer.unwrap()),
                [30]
            );
            let create = "ALLOW CREATE CLUSTER LITERAL kafka-cluster";
            let acls = [GROUP, TOPICS, create];
            let names = ["a1", "a2", "a3", "a4"];
            assert!(bench(version, &acls).decide(&body(names)).as_it_came);
            for place in 0..LISTS.len() {
                for (name, code) in [("b", 29), ("__transaction_state", 130), ("a/", 130)] {
                    let mut names = names;
                    names[place] = name;
                    let answer = bench(version, &acls).decide(&body(names)).answer.unwrap();
                    assert_eq!(codes(&answer), [code], "v{version} {place} {name}");
                    assert_eq!(answer.str("ErrorMessage").is_some(), code == 130);
                }
            }
        }
    }

    #[test]
    fn sources_are_not_named_by_pattern() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            let mut body = body(["a1", "a2", "a3", "a4"]);
            let topology = body.get_mut("Topology").unwrap();
            let parts = topology.items_mut("Subtopologies").unwrap();
            parts[0].set("SourceTopicRegex", Value::array(["a.*"]));
            let answer = bench(version, &[GROUP, TOPICS])
                .decide(&body)
                .answer
                .unwrap();
            assert_eq!(codes(&answer), [42]);
        }
    }

    #[test]
    fn topics_that_may_not_be_created_are_not() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            let create = "ALLOW CREATE TOPIC LITERAL a3";
            let mut bench = bench(version, &[GROUP, TOPICS, create]);
            let body = body(["a1", "a2", "a3", "a4"]);
            let question = bench.decide(&body).question().unwrap();
            bench.told(
                &question,
                vec![known("a1", 1), missing("a3"), missing("a4")],
            );
            let answer = bench.decide(&body).answer.unwrap();
            assert_eq!(codes(&answer), [0]);
            let status = &answer.items("Status")[0];
            assert_eq!(
                status.int("StatusCode"),
                Some(MISSING_INTERNAL_TOPICS.into())
            );
            let detail = "Internal topics are missing: a3, a4; \
                          Unauthorized to CREATE on topics a4.";
            assert_eq!(status.str("StatusDetail"), Some(detail), "v{version}");
            assert_eq!(answer.str("MemberId"), Some("m"));
            assert!(answer.items("ActiveTasks").is_empty());
            assert!(!bench.session.denials.is_empty());

            // Those that are there need not be created.
            bench.told(&question, vec![known("a4", 4)]);
            assert!(bench.decide(&body).as_it_came, "v{version}");
            // Without its sources nothing is created, but would be as soon as they are there.
            bench.told(&question, vec![missing("a1"), missing("a4")]);
            let answer = bench.decide(&body).answer.unwrap();
            let status = &answer.items("Status")[0];
            assert_eq!(
                status.str("StatusDetail"),
                Some("Source topics a1 are missing.")
            );
        }
    }

    #[test]
    fn endpoints_of_others_tell_of_no_denied_topic() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            let mut bench = bench(version, &[GROUP, TOPICS]);
            let outcome = bench.decide(&Value::fields([("GroupId", "g".into())]));
            let topics = || {
                let topic = |name: &str| Value::fields([("Topic", name.into())]);
                Value::array([topic("a1"), topic("b")])
            };
            let endpoint = Value::fields([
                ("ActivePartitions", topics()),
                ("StandbyPartitions", topics()),
            ]);
            let said = Value::fields([("PartitionsByUserEndpoint", Value::array([endpoint]))]);
            let answer = bench.answered(&outcome, &said);
            let endpoint = &answer.items("PartitionsByUserEndpoint")[0];
            for list in ["ActivePartitions", "StandbyPartitions"] {
                assert_eq!(endpoint.items(list).len(), 1, "v{version}");
            }
        }
    }
}
