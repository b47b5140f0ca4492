//! Offsets of topics and of groups.

use super::allowed::{self, Needs};
use super::items::{self, Items, refused_topic};
use crate::policy::operation::Operation;
use crate::proxy::authorize::amend::Position;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// ListOffsets: DESCRIBE TOPIC; DeleteRecords: DELETE TOPIC.
pub(super) fn decide_topics(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let operation = match request.api.key {
        api_key::DELETE_RECORDS => Operation::Delete,
        _ => Operation::Describe,
    };
    let needs = Needs {
        topic: Some(operation),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    // As `KafkaApis.handleListOffsetRequest`; the other one keeps no order.
    let items = Items {
        asked: "Topics",
        answered: "Topics",
        position: Position::Last,
    };
    let refused =
        |item: &Value, authority: &mut Authority<'_>| refused_topic(item, operation, authority);
    items::decide(request, &request.read()?, items, authority, refused)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Bench, codes, texts, versions};
    use super::*;
    use crate::wire::tables::api_key::{DELETE_RECORDS, LIST_OFFSETS};

    /// Partitions 0 and 1 of each topic.
    fn body(topics: &[&str]) -> Value {
        let partition = |index: i32| Value::fields([("PartitionIndex", index.into())]);
        let topic = |name: &&str| {
            let partitions = Value::array([partition(0), partition(1)]);
            Value::fields([("Name", (*name).into()), ("Partitions", partitions)])
        };
        Value::fields([("Topics", Value::Array(topics.iter().map(topic).collect()))])
    }

    /// (key, what allows topic `a`, a field that is unknown of what is denied)
    const APIS: [(i16, &str, &str); 2] = [
        (LIST_OFFSETS, "ALLOW READ TOPIC LITERAL a", "Offset"),
        (
            DELETE_RECORDS,
            "ALLOW DELETE TOPIC LITERAL a",
            "LowWatermark",
        ),
    ];

    #[test]
    fn denied_topics_are_answered_partition_by_partition() {
        for (key, acl, field) in APIS {
            for version in versions(key, 0) {
                let mut bench = Bench::new(key, version, &[acl]);
                let answer = bench.decide(&body(&["b", "c"])).answer.unwrap();
                assert_eq!(texts(&answer), ["b", "c"], "{key} v{version}");
                assert_eq!(codes(&answer), [29; 4]);
                let partition = &answer.items("Topics")[0].items("Partitions")[1];
                assert_eq!(partition.int("PartitionIndex"), Some(1));
                assert_eq!(partition.int(field), Some(-1));

                let outcome = bench.decide(&body(&["b", "a"]));
                let (up, same) = outcome.up.clone().unwrap();
                assert_eq!((texts(&up), same), (vec!["a"], false));
                let answer = bench.answered(&outcome, &body(&["a"]));
                assert_eq!(codes(&answer), [0, 0, 29, 29], "{key} v{version}");
            }
        }
    }
}
