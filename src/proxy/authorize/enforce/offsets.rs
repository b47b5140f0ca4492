//! Offsets of topics and of groups.

use super::items;
use crate::policy::operation::Operation;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::tables::api_key;

/// ListOffsets: DESCRIBE TOPIC; DeleteRecords, whose answer keeps no order: DELETE TOPIC.
pub(super) fn decide_topics(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let operation = match request.api.key {
        api_key::DELETE_RECORDS => Operation::Delete,
        _ => Operation::Describe,
    };
    items::decide_topics(request, operation, authority)
}

#[cfg(test)]
mod tests {
    use crate::proxy::authorize::fixture::{Bench, codes, texts, versions};
    use crate::wire::tables::api_key::{DELETE_RECORDS, LIST_OFFSETS};
    use crate::wire::value::Value;

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
                assert_eq!(texts(outcome.up.as_ref().unwrap()), ["a"]);
                assert!(!outcome.as_it_came);
                let answer = bench.answered(&outcome, &body(&["a"]));
                assert_eq!(codes(&answer), [0, 0, 29, 29], "{key} v{version}");
            }
        }
    }
}
