//! Requests that one operation on the cluster decides as a whole.

use crate::policy::operation::Operation::{self, Alter, AlterConfigs, Describe, DescribeConfigs};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::tables::api_key::*;

/// The operation on the cluster that `KafkaApis` or `ControllerApis` ask for requests of the API `key`,
/// where it decides about all of them; without it they are refused with 31.
#[must_use]
pub(super) const fn needs(key: i16) -> Option<Operation> {
    Some(match key {
        LIST_CONFIG_RESOURCES | DESCRIBE_CLIENT_QUOTAS => DescribeConfigs,
        ALTER_CLIENT_QUOTAS => AlterConfigs,
        DESCRIBE_USER_SCRAM_CREDENTIALS
        | DESCRIBE_LOG_DIRS
        | LIST_PARTITION_REASSIGNMENTS
        | DESCRIBE_QUORUM => Describe,
        ALTER_USER_SCRAM_CREDENTIALS
        | ALTER_REPLICA_LOG_DIRS
        | ELECT_LEADERS
        | ALTER_PARTITION_REASSIGNMENTS
        | UPDATE_FEATURES
        | UNREGISTER_BROKER
        | UNREGISTER_CONTROLLER
        | ADD_RAFT_VOTER
        | REMOVE_RAFT_VOTER => Alter,
        _ => return None,
    })
}

/// Decides by `operation` on the cluster.
pub(super) fn decide(
    request: &Request<'_>,
    operation: Operation,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if authority.may_cluster(operation) {
        return request.pass();
    }
    request.refuse(&request.read()?, error_code::CLUSTER_AUTHORIZATION_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::proxy::rewrite::sample::populated;
    use crate::wire::tables::APIS;
    use crate::wire::value::Value;

    /// Error codes anywhere in an answer.
    fn codes(body: &Value) -> Vec<i64> {
        match body {
            Value::Array(items) => items.iter().flat_map(codes).collect(),
            Value::Struct(fields) => fields
                .iter()
                .flat_map(|(name, value)| match value {
                    Value::Int(code) if name == "ErrorCode" => vec![*code],
                    other => codes(other),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn one_operation_on_the_cluster_lets_all_of_them_pass() {
        let mut count = 0;
        for api in APIS {
            let Some(operation) = needs(api.key) else {
                continue;
            };
            for version in api.min_version..=api.max_version {
                let body = populated(&api.request.root, version);
                let acl = format!("ALLOW {operation} CLUSTER LITERAL kafka-cluster User:a *");
                let mut trial = Session::of(&[&acl]);
                let decision = trial.decide(api.key, version, &body).decision;
                assert!(matches!(decision, Decision::Forward), "{decision:?}");
                assert!(trial.denied().is_empty());
                count += 1;
            }
        }
        assert!(count > 25, "{count}");
    }

    #[test]
    fn without_it_every_item_is_refused_in_kafkas_shape() {
        // (key, first version, codes of a populated request's refusal)
        for (key, first, expected) in [
            (LIST_CONFIG_RESOURCES, 0, 1),
            (DESCRIBE_CLIENT_QUOTAS, 0, 1),
            (ALTER_CLIENT_QUOTAS, 0, 2),
            (DESCRIBE_USER_SCRAM_CREDENTIALS, 0, 3),
            (ALTER_USER_SCRAM_CREDENTIALS, 0, 1),
            (DESCRIBE_LOG_DIRS, 1, 0),
            (DESCRIBE_LOG_DIRS, 3, 1),
            (LIST_PARTITION_REASSIGNMENTS, 0, 1),
            (DESCRIBE_QUORUM, 0, 1),
            (ALTER_REPLICA_LOG_DIRS, 1, 8),
            (ELECT_LEADERS, 0, 4),
            (ELECT_LEADERS, 1, 5),
            (ALTER_PARTITION_REASSIGNMENTS, 0, 5),
            (UPDATE_FEATURES, 0, 1),
            (UNREGISTER_BROKER, 0, 1),
            (UNREGISTER_CONTROLLER, 0, 1),
            (ADD_RAFT_VOTER, 0, 1),
            (REMOVE_RAFT_VOTER, 0, 1),
        ] {
            let api = crate::wire::api::api(key).unwrap();
            let body = populated(&api.request.root, first);
            // The wrong operation of the right resource, and the right one of the wrong resource.
            let mut trial = Session::of(&[
                "ALLOW CREATE CLUSTER LITERAL kafka-cluster User:a *",
                "ALLOW ALL TOPIC LITERAL * User:a *",
            ]);
            let answer = trial.answer(key, first, &body);
            assert_eq!(codes(&answer), vec![31; expected], "{}", api.name);
            assert_eq!(trial.denied().len(), 1, "{}", api.name);
        }
    }

    #[test]
    fn refusals_have_the_fields_that_kafka_sets() {
        let mut trial = Session::of(&[]);
        let api = crate::wire::api::api(DESCRIBE_USER_SCRAM_CREDENTIALS).unwrap();
        let answer = trial.answer(api.key, 0, &populated(&api.request.root, 0));
        assert_eq!(answer.get("ErrorMessage"), Some(&Value::Null));
        let user = &answer.items("Results")[1];
        assert_eq!(
            (user.str("User"), user.str("ErrorMessage")),
            (Some(""), None)
        );
        let all = Value::fields([("Users", Value::Null)]);
        let answer = trial.answer(api.key, 0, &all);
        assert_eq!(answer.items("Results"), []);

        let api = crate::wire::api::api(LIST_PARTITION_REASSIGNMENTS).unwrap();
        let answer = trial.answer(api.key, 0, &populated(&api.request.root, 0));
        let [topic, _] = answer.items("Topics") else {
            panic!("{answer:?}");
        };
        assert_eq!(topic.str("Name"), Some("text"));
        let indexes: Vec<_> = topic.items("Partitions").iter().collect();
        assert_eq!(indexes[1].int("PartitionIndex"), Some(7));
        assert_eq!(indexes[1].items("Replicas"), []);

        let answer = trial.answer(DESCRIBE_CLIENT_QUOTAS, 1, &Value::fields([]));
        assert!(answer.get("Entries").is_some_and(Value::is_null));
        assert_eq!(answer.get("ErrorMessage"), Some(&Value::Null));
    }
}
