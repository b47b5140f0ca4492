//! StreamsGroupHeartbeat (KIP-1071): READ of the group, DESCRIBE of every topic of a topology, and CREATE of
//! the internal ones that are missing, which the broker creates.
//!
//! A broker creates them with any heartbeat of a member, not only where one brings a topology: they may have
//! been deleted since, or somebody else may have brought it.

use std::collections::BTreeSet;
use std::sync::Arc;

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
use crate::proxy::authorize::topologies::TopologyTopics;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::value::Value;

/// `StreamsGroupHeartbeatResponse.Status`.
const MISSING_SOURCE_TOPICS: i16 = 1;
const MISSING_INTERNAL_TOPICS: i16 = 3;

/// The epoch of the first member of a new group.
const FIRST_EPOCH: i64 = 2;

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
    let topology = body.get("Topology");
    let topology = topology.filter(|topology| matches!(topology, Value::Struct(_)));
    if let Some(topology) = topology
        && let Some(refused) = refused(request, topology, authority)
    {
        return refused;
    }
    if body.int("MemberEpoch").is_some_and(|epoch| epoch < 0) {
        // Nothing is created for who leaves.
        return filtered(request, Filter::Endpoints);
    }
    decide_creation(request, &body, topology, authority)
}

/// The answer to a heartbeat whose `topology` is wrong, or names what the session may not describe.
fn refused(
    request: &Request<'_>,
    topology: &Value,
    authority: &mut Authority<'_>,
) -> Option<Result<Decision, Obstacle>> {
    let mut names = BTreeSet::new();
    topology_topics(topology, &mut |name| {
        names.insert(name);
    });
    if let Some(fault) = fault_of(&names) {
        let code = error_code::STREAMS_INVALID_TOPOLOGY;
        return Some(refuse(request, code, Some(fault)));
    }
    let mut allowed = true;
    for name in &names {
        allowed &= authority.may_topic(Operation::Describe, name);
    }
    if !allowed {
        let code = error_code::TOPIC_AUTHORIZATION_FAILED;
        return Some(refuse(request, code, None));
    }
    let mut parts = topology.items("Subtopologies").iter();
    if parts.any(|part| !part.items("SourceTopicRegex").is_empty()) {
        // As Kafka, which does not resolve them yet; whoever does would do so by the upstream identity.
        let fault = "Regular expressions for source topics are not supported yet.";
        let code = error_code::INVALID_REQUEST;
        return Some(refuse(request, code, Some(fault.to_owned())));
    }
    None
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

/// Keeps a heartbeat from the broker that would create topics for it which the session may not create. The
/// member is told so, as Kafka does, and given nothing to do; one that joins joins nothing: it asks again.
fn decide_creation(
    request: &Request<'_>,
    body: &Value,
    topology: Option<&Value>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if authority.may_quietly(Operation::Create, &Resource::CLUSTER) {
        return filtered(request, Filter::Endpoints);
    }
    let group = body.str("GroupId").unwrap_or_default();
    let mut topics = match topology_of(group, authority) {
        Some(Ok(topics)) => TopologyTopics::clone(&topics),
        Some(Err(code)) => return refuse(request, code, None),
        None => {
            return Ok(ask(
                request,
                Question::Topology(group.to_owned()),
                authority,
            ));
        }
    };
    if let Some(topology) = topology {
        topics.extend(&TopologyTopics::of(topology));
    }
    let TopologyTopics { internal, sources } = topics;
    let may_create = |name: &String, authority: &mut Authority<'_>| {
        authority.may_quietly(Operation::Create, &Resource::topic(name))
    };
    if internal.iter().all(|name| may_create(name, authority)) {
        return filtered(request, Filter::Endpoints);
    }
    let all = internal.iter().chain(&sources);
    let unasked = all.filter(|name| authority.asked.code_of(name).is_none());
    let unasked: Vec<String> = unasked.take(QUESTION_TOPICS_MAX).cloned().collect();
    if !unasked.is_empty() {
        return Ok(ask(request, Question::Names(unasked), authority));
    }
    let missing = |name: &&str| authority.asked.code_of(name) != Some(error_code::NONE);
    let sources = sources.iter().map(String::as_str);
    let missing_sources: Vec<&str> = sources.filter(missing).collect();
    let internal = internal.iter().map(String::as_str);
    let missing: Vec<&str> = internal.filter(missing).collect();
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

/// The topics that `group` has, or the error of whoever asks for them; `None` = the broker must be asked.
fn topology_of(group: &str, authority: &Authority<'_>) -> Option<Result<Arc<TopologyTopics>, i16>> {
    let topics = authority.topics;
    authority.asked.topology().or_else(|| {
        let known = topics.topologies().of(group, topics.now());
        known.map(Ok)
    })
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
    let epoch = match body.int("MemberEpoch") {
        Some(epoch) if epoch > 0 => epoch,
        // That of the first member of a new group: joined, so that it waits for its interval. The broker does
        // not know it and lets it join again.
        _ => FIRST_EPOCH,
    };
    Value::fields([
        (
            "MemberId",
            body.get("MemberId").cloned().unwrap_or(Value::Null),
        ),
        ("MemberEpoch", epoch.into()),
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
    use crate::proxy::authorize::Asked;
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

    const GROUP_ID_NOT_FOUND: i16 = error_code::GROUP_ID_NOT_FOUND;

    /// The broker is asked for the group's topology, and says this.
    fn described(bench: &mut Bench, beat: &Value, code: i16, topology: Option<&Value>) {
        let question = bench.decide(beat).question().unwrap();
        assert_eq!(question, Question::Topology("g".to_owned()));
        let group = Value::fields([
            ("ErrorCode", code.into()),
            ("GroupId", "g".into()),
            ("Topology", topology.cloned().unwrap_or(Value::Null)),
        ]);
        let answer = Value::fields([("Groups", Value::array([group]))]);
        bench.session.replied(&question, &answer);
    }

    /// A heartbeat without topology.
    fn beat(epoch: i32) -> Value {
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("MemberEpoch", epoch.into()),
        ])
    }

    #[test]
    fn a_later_heartbeat_makes_no_topic_anew_either() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            // Nothing of the topology is theirs but the group: somebody else brought it.
            let mut bench = bench(version, &[GROUP]);
            let joined = body(["s", "r", "r", "c"]);
            let topology = joined.get("Topology");
            described(&mut bench, &beat(7), 0, topology);
            let question = bench.decide(&beat(7)).question().unwrap();
            let names = ["c", "r", "s"].map(str::to_owned).to_vec();
            assert_eq!(question, Question::Names(names));
            let there = vec![known("c", 1), known("r", 2), known("s", 3)];
            bench.told(&question, there);
            assert!(bench.decide(&beat(7)).as_it_came, "v{version}");

            // Of the next one it is remembered what the group has, not what is there.
            bench.session.asked = Asked::default();
            let question = bench.decide(&beat(7)).question().unwrap();
            bench.told(&question, vec![missing("c"), known("r", 2), known("s", 3)]);
            let answer = bench.decide(&beat(7)).answer.unwrap();
            let detail = "Internal topics are missing: c; Unauthorized to CREATE on topics c.";
            let status = &answer.items("Status")[0];
            assert_eq!(status.str("StatusDetail"), Some(detail), "v{version}");
            assert_eq!(answer.int("MemberEpoch"), Some(7));
            assert!(answer.items("ActiveTasks").is_empty());
            let denials = bench.session.denied();
            assert_eq!(denials[0].name.as_ref(), "c");

            // Whoever leaves, or may create it, passes.
            assert!(bench.decide(&beat(-1)).as_it_came, "v{version}");
            bench.session.follow(&[
                "ALLOW READ GROUP LITERAL g User:a *",
                "ALLOW CREATE TOPIC LITERAL c User:a *",
            ]);
            assert!(bench.decide(&beat(7)).as_it_came, "v{version}");
        }
    }

    #[test]
    fn a_group_that_cannot_be_described_is_not_heard() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            for code in [
                error_code::NOT_COORDINATOR,
                error_code::COORDINATOR_LOAD_IN_PROGRESS,
            ] {
                let mut bench = bench(version, &[GROUP]);
                described(&mut bench, &beat(7), code, None);
                let answer = bench.decide(&beat(7)).answer.unwrap();
                assert_eq!(codes(&answer), [i64::from(code)], "v{version}");
                // Nothing is remembered of it.
                bench.session.asked = Asked::default();
                assert!(bench.decide(&beat(7)).question().is_some());
            }
            let mut bench = bench(version, &[GROUP]);
            let question = bench.decide(&beat(7)).question().unwrap();
            bench.session.replied(&question, &Value::fields([]));
            assert_eq!(codes(&bench.decide(&beat(7)).answer.unwrap()), [-1]);
        }
    }

    #[test]
    fn every_topic_of_a_topology_must_be_described() {
        for version in versions(STREAMS_GROUP_HEARTBEAT, 0) {
            let plain = Value::fields([("GroupId", "g".into())]);
            let mut new = bench(version, &[GROUP]);
            described(&mut new, &plain, GROUP_ID_NOT_FOUND, None);
            assert!(new.decide(&plain).as_it_came);
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
            described(&mut bench, &body, GROUP_ID_NOT_FOUND, None);
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
            let plain = Value::fields([("GroupId", "g".into())]);
            described(&mut bench, &plain, GROUP_ID_NOT_FOUND, None);
            let outcome = bench.decide(&plain);
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
