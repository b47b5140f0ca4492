//! Producer ids and transactions.

use std::collections::HashSet;

use super::allowed::{self, Needs};
use super::ask;
use super::described;
use super::filter::Filter;
use super::merge::{Merge, Part, Slot};
use crate::limits::QUESTION_TOPICS_MAX;
use crate::policy::operation::Operation;
use crate::policy::resource::{Resource, ResourceType};
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::{ERROR_CODE, top_level};
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{ADD_PARTITIONS_CLIENT_MAX, Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The topics that brokers keep for themselves (`Topic.isInternal`).
const INTERNAL_TOPICS: [&str; 3] = [
    "__consumer_offsets",
    "__transaction_state",
    "__share_group_state",
];

/// Whether the topic `name` is one that brokers keep for themselves.
pub(super) fn is_internal(name: &str) -> bool {
    INTERNAL_TOPICS.contains(&name)
}

/// InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, WriteTxnMarkers, DescribeTransactions and
/// ListTransactions (`KafkaApis`).
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    match request.api.key {
        api_key::INIT_PRODUCER_ID => init_producer_id(request, authority),
        api_key::ADD_PARTITIONS_TO_TXN => add_partitions(request, authority),
        api_key::WRITE_TXN_MARKERS => write_markers(request, authority),
        api_key::DESCRIBE_TRANSACTIONS => describe(request, authority),
        api_key::LIST_TRANSACTIONS => described::filtered(request, Filter::ListedTransactions),
        _ => decide_whole(request, authority),
    }
}

/// InitProducerId: WRITE of the transactional id, and TWO_PHASE_COMMIT for whoever prepares by itself
/// (KIP-939); without an id IDEMPOTENT_WRITE of the cluster, or WRITE of some topic (KIP-679).
fn init_producer_id(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let code = match body.str("TransactionalId") {
        Some(id) => {
            let resource = Resource::transactional_id(id);
            let prepares = body.bool("Enable2Pc") == Some(true);
            let allowed = authority.may(Operation::Write, &resource)
                && (!prepares || authority.may(Operation::TwoPhaseCommit, &resource));
            (!allowed).then_some(error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
        }
        None => {
            let allowed = authority.may_some(Operation::Write, ResourceType::Topic)
                || authority.may_cluster(Operation::IdempotentWrite);
            (!allowed).then_some(error_code::CLUSTER_AUTHORIZATION_FAILED)
        }
    };
    match code {
        Some(code) => request.refuse(&body, code),
        None => request.pass(),
    }
}

/// AddOffsetsToTxn and EndTxn: WRITE of the transactional id, then READ of the group where there is one.
fn decide_whole(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let needs = Needs {
        group: Some(Operation::Read),
        transactional_id: Some(Operation::Write),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let id = body.str("TransactionalId").unwrap_or_default();
    let code = if authority.may(Operation::Write, &Resource::transactional_id(id)) {
        authority.may_group(Operation::Read, body.str("GroupId").unwrap_or_default());
        error_code::GROUP_AUTHORIZATION_FAILED
    } else {
        error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    };
    request.answer(&Value::fields([(ERROR_CODE, code.into())]))
}

/// AddPartitionsToTxn of clients: WRITE of the transactional id, then of every topic. It is all or nothing:
/// where one partition is denied or unknown, the others are not attempted. Newer versions are between
/// brokers (KIP-890).
fn add_partitions(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if request.version > ADD_PARTITIONS_CLIENT_MAX {
        let code = error_code::CLUSTER_AUTHORIZATION_FAILED;
        return request.answer(&top_level(request.api, request.version, code));
    }
    let needs = Needs {
        topic: Some(Operation::Write),
        transactional_id: Some(Operation::Write),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let id = body.str("V3AndBelowTransactionalId").unwrap_or_default();
    if !authority.may(Operation::Write, &Resource::transactional_id(id)) {
        let code = error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        return request.answer(&added(&body, |_, _| code));
    }
    let topics = body.items("V3AndBelowTopics").iter();
    let names = topics.filter_map(|topic| topic.str("Name"));
    let denied: HashSet<&str> = names
        .clone()
        .filter(|name| is_internal(name) || !authority.may_topic(Operation::Write, name))
        .collect();
    let unasked = names
        .filter(|name| !denied.contains(*name) && authority.asked.code_of(name).is_none())
        .map(str::to_owned);
    let unasked: Vec<String> = unasked.take(QUESTION_TOPICS_MAX).collect();
    if !unasked.is_empty() {
        return Ok(ask(request, Question::Names(unasked), authority));
    }
    request.answer(&added(&body, |name, partition| {
        if denied.contains(name) {
            error_code::TOPIC_AUTHORIZATION_FAILED
        } else if authority.asked.has_partition(name, partition) {
            error_code::OPERATION_NOT_ATTEMPTED
        } else {
            error_code::UNKNOWN_TOPIC_OR_PARTITION
        }
    }))
}

/// The answer to the AddPartitionsToTxn `body` of a client, with the `code` of each partition.
fn added(body: &Value, code: impl Fn(&str, i64) -> i16) -> Value {
    let result = |topic: &Value| {
        let name = topic.str("Name").unwrap_or_default();
        let partition = |index: &Value| {
            let number = index.as_int().unwrap_or_default();
            Value::fields([
                ("PartitionIndex", index.clone()),
                ("PartitionErrorCode", code(name, number).into()),
            ])
        };
        let partitions = topic.items("Partitions").iter().map(partition);
        Value::fields([
            ("Name", name.into()),
            ("ResultsByPartition", Value::Array(partitions.collect())),
        ])
    };
    let results = body.items("V3AndBelowTopics").iter().map(result);
    Value::fields([("ResultsByTopicV3AndBelow", Value::Array(results.collect()))])
}

/// WriteTxnMarkers, with which administrators abort transactions: ALTER of the cluster, or CLUSTER_ACTION.
fn write_markers(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let allowed = authority.may_quietly(Operation::Alter, &Resource::CLUSTER)
        || authority.may_cluster(Operation::ClusterAction);
    if allowed {
        return request.pass();
    }
    let code = error_code::CLUSTER_AUTHORIZATION_FAILED;
    request.refuse(&request.read()?, code)
}

/// DescribeTransactions: DESCRIBE of each transactional id; of its topics those that may be described.
fn describe(request: &Request<'_>, authority: &mut Authority<'_>) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let mut kept = Vec::new();
    let mut slots = Vec::new();
    for id in body.items("TransactionalIds") {
        let resource = Resource::transactional_id(id.as_str().unwrap_or_default());
        if authority.may(Operation::Describe, &resource) {
            kept.push(id.clone());
            slots.push(Slot::Asked(Part {
                only_described: true,
                denied: Vec::new(),
            }));
        } else {
            let code = error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
            slots.push(Slot::Refused(Value::fields([
                ("TransactionalId", id.clone()),
                (ERROR_CODE, code.into()),
            ])));
        }
    }
    let merge = Merge {
        field: "TransactionStates",
        slots,
    };
    if kept.is_empty() && !merge.slots.is_empty() {
        return request.answer(&merge.refusals());
    }
    let mut left = body.clone();
    left.set("TransactionalIds", kept);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        amend: Amend::filter(Filter::Merge(merge)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, known, missing, texts, versions};
    use crate::wire::tables::api_key::*;

    const WRITE: &str = "ALLOW WRITE TRANSACTIONAL_ID LITERAL x";

    #[test]
    fn producers_with_an_id_need_write_of_it_and_more_to_prepare() {
        for version in versions(INIT_PRODUCER_ID, 0) {
            let mut body = Value::fields([("TransactionalId", "x".into())]);
            let mut bench = Bench::new(INIT_PRODUCER_ID, version, &[WRITE]);
            assert!(bench.decide(&body).as_it_came, "v{version}");
            let mut bench = Bench::new(
                INIT_PRODUCER_ID,
                version,
                &[
                    "ALLOW DESCRIBE TRANSACTIONAL_ID LITERAL x",
                    "ALLOW ALL TOPIC LITERAL *",
                ],
            );
            let answer = bench.decide(&body).answer.unwrap();
            assert_eq!(codes(&answer), [53], "v{version}");
            assert_eq!(answer.int("ProducerId"), Some(-1));
            assert_eq!(answer.int("ProducerEpoch"), Some(-1));
            if version >= 6 {
                body.set("Enable2Pc", true);
                let mut bench = Bench::new(INIT_PRODUCER_ID, version, &[WRITE]);
                assert_eq!(codes(&bench.decide(&body).answer.unwrap()), [53]);
                let two_phase = "ALLOW TWO_PHASE_COMMIT TRANSACTIONAL_ID LITERAL x";
                let mut bench = Bench::new(INIT_PRODUCER_ID, version, &[WRITE, two_phase]);
                assert!(bench.decide(&body).up.is_some());
            }
        }
    }

    #[test]
    fn idempotent_producers_need_write_of_some_topic_or_of_the_cluster() {
        for version in versions(INIT_PRODUCER_ID, 0) {
            let body = Value::fields([("TransactionalId", Value::Null)]);
            for allowed in [
                "ALLOW WRITE TOPIC PREFIXED a",
                "ALLOW IDEMPOTENT_WRITE CLUSTER LITERAL kafka-cluster",
            ] {
                let mut bench = Bench::new(INIT_PRODUCER_ID, version, &[allowed]);
                assert!(bench.decide(&body).up.is_some(), "v{version} {allowed}");
                assert!(bench.session.denials.is_empty());
            }
            let mut bench = Bench::new(INIT_PRODUCER_ID, version, &["ALLOW READ TOPIC LITERAL a"]);
            assert_eq!(
                codes(&bench.decide(&body).answer.unwrap()),
                [31],
                "v{version}"
            );
        }
    }

    #[test]
    fn a_transaction_is_ended_by_whoever_may_write_it() {
        for key in [ADD_OFFSETS_TO_TXN, END_TXN] {
            for version in versions(key, 0) {
                let mut body = Value::fields([("TransactionalId", "x".into())]);
                let mut acls = vec!["ALLOW READ GROUP LITERAL g"];
                if key == ADD_OFFSETS_TO_TXN {
                    body.set("GroupId", "g");
                }
                let mut bench = Bench::new(key, version, &acls);
                assert_eq!(
                    codes(&bench.decide(&body).answer.unwrap()),
                    [53],
                    "{key} v{version}"
                );
                acls.push(WRITE);
                let mut bench = Bench::new(key, version, &acls);
                assert!(bench.decide(&body).as_it_came, "{key} v{version}");
                if key == ADD_OFFSETS_TO_TXN {
                    let mut bench = Bench::new(key, version, &[WRITE]);
                    assert_eq!(codes(&bench.decide(&body).answer.unwrap()), [30]);
                    let denials = bench.session.denials.into_kept();
                    assert_eq!(denials[0].name.as_ref(), "g");
                }
            }
        }
    }

    fn partitions(names: &[&str]) -> Value {
        let topic = |name: &&str| {
            Value::fields([
                ("Name", (*name).into()),
                ("Partitions", Value::array([0, 5])),
            ])
        };
        Value::fields([
            ("V3AndBelowTransactionalId", "x".into()),
            (
                "V3AndBelowTopics",
                Value::Array(names.iter().map(topic).collect()),
            ),
        ])
    }

    #[test]
    fn partitions_are_added_all_or_none() {
        let topics = "ALLOW WRITE TOPIC PREFIXED a";
        for version in versions(ADD_PARTITIONS_TO_TXN, 0) {
            if version > ADD_PARTITIONS_CLIENT_MAX {
                let all = ["ALLOW ALL CLUSTER LITERAL kafka-cluster"];
                let mut bench = Bench::new(ADD_PARTITIONS_TO_TXN, version, &all);
                let answer = bench.decide(&Value::fields([])).answer.unwrap();
                assert_eq!(codes(&answer), [31], "v{version}");
                continue;
            }
            let mut bench = Bench::new(ADD_PARTITIONS_TO_TXN, version, &[WRITE, topics]);
            assert!(bench.decide(&partitions(&["a1", "a2"])).as_it_came);
            let mut denied = Bench::new(ADD_PARTITIONS_TO_TXN, version, &[topics]);
            let answer = denied.decide(&partitions(&["a1"])).answer.unwrap();
            assert_eq!(codes(&answer), [53, 53], "v{version}");

            let body = partitions(&["a1", "b", "a2", "__consumer_offsets"]);
            let question = bench.decide(&body).question().unwrap();
            assert_eq!(question, Question::Names(vec!["a1".into(), "a2".into()]));
            bench.told(&question, vec![known("a1", 1), missing("a2")]);
            let answer = bench.decide(&body).answer.unwrap();
            assert_eq!(codes(&answer), [55, 3, 29, 29, 3, 3, 29, 29], "v{version}");
        }
    }

    #[test]
    fn very_many_denied_topics_are_answered() {
        let names: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut bench = Bench::new(ADD_PARTITIONS_TO_TXN, 3, &[WRITE]);
        let answer = bench.decide(&partitions(&names)).answer.unwrap();
        let codes = codes(&answer);
        assert_eq!(codes.len(), 100_000);
        assert!(codes.iter().all(|code| *code == 29));
    }

    #[test]
    fn markers_need_alter_of_the_cluster() {
        for version in versions(WRITE_TXN_MARKERS, 0) {
            let topic = Value::fields([
                ("Name", "t".into()),
                ("PartitionIndexes", Value::array([0, 1])),
            ]);
            let marker = Value::fields([("Topics", Value::array([topic]))]);
            let body = Value::fields([("Markers", Value::array([marker]))]);
            for operation in ["ALTER", "CLUSTER_ACTION"] {
                let acl = format!("ALLOW {operation} CLUSTER LITERAL kafka-cluster");
                let mut bench = Bench::new(WRITE_TXN_MARKERS, version, &[&acl]);
                assert!(bench.decide(&body).up.is_some(), "v{version}");
            }
            let mut bench = Bench::new(WRITE_TXN_MARKERS, version, &["ALLOW ALL TOPIC LITERAL *"]);
            assert_eq!(
                codes(&bench.decide(&body).answer.unwrap()),
                [31, 31],
                "v{version}"
            );
        }
    }

    fn state(id: &str, topics: &[&str]) -> Value {
        let topic = |name: &&str| Value::fields([("Topic", (*name).into())]);
        Value::fields([
            ("TransactionalId", id.into()),
            ("Topics", Value::Array(topics.iter().map(topic).collect())),
        ])
    }

    #[test]
    fn descriptions_hold_what_may_be_described() {
        let acls = [
            "ALLOW DESCRIBE TRANSACTIONAL_ID LITERAL x",
            "ALLOW DESCRIBE TOPIC LITERAL a",
        ];
        for version in versions(DESCRIBE_TRANSACTIONS, 0) {
            let mut bench = Bench::new(DESCRIBE_TRANSACTIONS, version, &acls);
            let ids =
                |ids: &[&str]| Value::fields([("TransactionalIds", Value::array(ids.to_vec()))]);
            let outcome = bench.decide(&ids(&["y", "x"]));
            assert_eq!(texts(outcome.up.as_ref().unwrap()), ["x"]);
            let said = [state("x", &["a", "b"])];
            let said = Value::fields([("TransactionStates", Value::array(said))]);
            let answer = bench.answered(&outcome, &said);
            assert_eq!(codes(&answer), [53, 0]);
            let all = texts(&answer);
            assert!(all.contains(&"a") && !all.contains(&"b"), "{all:?}");
            let answer = bench.decide(&ids(&["y"])).answer.unwrap();
            assert_eq!(codes(&answer), [53]);
        }
    }

    #[test]
    fn lists_hold_what_may_be_described() {
        let acls = ["ALLOW DESCRIBE TRANSACTIONAL_ID LITERAL x"];
        for version in versions(LIST_TRANSACTIONS, 0) {
            let mut bench = Bench::new(LIST_TRANSACTIONS, version, &acls);
            let outcome = bench.decide(&Value::fields([]));
            assert!(outcome.as_it_came);
            let listed = |id: &str| Value::fields([("TransactionalId", id.into())]);
            let said = Value::array([listed("x"), listed("y")]);
            let said = Value::fields([("TransactionStates", said)]);
            let answer = bench.answered(&outcome, &said);
            assert_eq!(answer.items("TransactionStates").len(), 1, "v{version}");
            assert!(bench.session.denials.is_empty());
        }
    }
}
