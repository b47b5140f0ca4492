//! Refusals in the shape that Kafka gives them: each API's `getErrorResponse`, item by item.

use std::collections::BTreeSet;

use super::denial::{ERROR_CODE, has_top_level, top_level};
use crate::wire::api::Api;
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// Kafka's "unknown" for offsets, epochs and nodes.
const UNKNOWN: i32 = -1;

/// The body of the answer that refuses all of the request `body` with `code`, where Kafka puts it.
pub(super) fn refusal(api: &Api, version: i16, body: &Value, code: i16) -> Value {
    // Fetch speaks of partitions; a code at its top level would be about the session.
    let mut answer = if has_top_level(api, version) && api.key != api_key::FETCH {
        top_level(api, version, code)
    } else {
        Value::fields([])
    };
    // These two are refused by an exception whose text goes without saying.
    let mute = matches!(
        api.key,
        api_key::DESCRIBE_CLIENT_QUOTAS | api_key::DESCRIBE_USER_SCRAM_CREDENTIALS
    );
    if has_message(api, version) {
        let text = if mute { Value::Null } else { message(code) };
        answer.set("ErrorMessage", text);
    }
    if let Some((name, items)) = items(api.key, version, body, code) {
        answer.set(name, items);
    }
    answer
}

/// The text that goes with `code` where all of a request is refused: Kafka's default message, or null.
pub(super) fn message(code: i16) -> Value {
    match code {
        error_code::INVALID_REQUEST | error_code::CLUSTER_AUTHORIZATION_FAILED => {
            error_code::message(code).into()
        }
        _ => Value::Null,
    }
}

fn has_message(api: &Api, version: i16) -> bool {
    let fields = api.response.root.fields;
    fields
        .iter()
        .any(|f| f.name == "ErrorMessage" && f.nullable.contain(version))
}

/// The field of the answer that lists what was asked for, and its content.
fn items(key: i16, version: i16, body: &Value, code: i16) -> Option<(&'static str, Value)> {
    Some(match key {
        api_key::FETCH => ("Responses", fetched(version, body, code)),
        api_key::LIST_OFFSETS => ("Topics", partitions_of(body, &[], code)),
        api_key::DELETE_RECORDS => ("Topics", partitions_of(body, &["LowWatermark"], code)),
        api_key::OFFSET_FOR_LEADER_EPOCH => ("Topics", leader_epochs(body, code)),
        api_key::FIND_COORDINATOR if version >= 4 => ("Coordinators", coordinators(body, code)),
        api_key::WRITE_TXN_MARKERS => ("Markers", markers(body, code)),
        api_key::CREATE_ACLS => ("Results", each(body.items("Creations"), |_| failed(code))),
        api_key::DELETE_ACLS => (
            "FilterResults",
            each(body.items("Filters"), |_| failed(code)),
        ),
        api_key::ALTER_REPLICA_LOG_DIRS => ("Results", log_dirs(body, code)),
        api_key::ELECT_LEADERS => ("ReplicaElectionResults", elections(body, code)),
        api_key::ALTER_PARTITION_REASSIGNMENTS => ("Responses", reassignments(body, code)),
        api_key::LIST_PARTITION_REASSIGNMENTS => ("Topics", listed_reassignments(body)),
        api_key::ALTER_CLIENT_QUOTAS => ("Entries", quotas(body, code)),
        // Kafka does not say which user; one result each.
        api_key::DESCRIBE_USER_SCRAM_CREDENTIALS => (
            "Results",
            each(body.items("Users"), |_| {
                Value::fields([(ERROR_CODE, code.into()), ("ErrorMessage", Value::Null)])
            }),
        ),
        api_key::ALTER_USER_SCRAM_CREDENTIALS => ("Results", scram_users(body, code)),
        api_key::ALTER_CONFIGS | api_key::INCREMENTAL_ALTER_CONFIGS => (
            "Responses",
            each(body.items("Resources"), |r| config(r, code)),
        ),
        _ => return None,
    })
}

fn each(items: &[Value], answer: impl Fn(&Value) -> Value) -> Value {
    Value::Array(items.iter().map(answer).collect())
}

/// The field `name` of `item` once more, as the answer's own.
fn echo(item: &Value, name: &str) -> Value {
    item.get(name).cloned().unwrap_or(Value::Null)
}

fn failed(code: i16) -> Value {
    Value::fields([(ERROR_CODE, code.into()), ("ErrorMessage", message(code))])
}

/// The answer about one config resource.
pub(super) fn config(resource: &Value, code: i16) -> Value {
    let mut out = failed(code);
    out.set("ResourceType", echo(resource, "ResourceType"));
    out.set("ResourceName", echo(resource, "ResourceName"));
    out
}

/// Exactly the partitions that were asked for: Java's client drops a full answer with others.
fn fetched(version: i16, body: &Value, code: i16) -> Value {
    let name = if version >= 13 { "TopicId" } else { "Topic" };
    let partition = |asked: &Value| fetched_partition(echo(asked, "Partition"), code);
    each(body.items("Topics"), |topic| {
        Value::fields([
            (name, echo(topic, name)),
            ("Partitions", each(topic.items("Partitions"), partition)),
        ])
    })
}

/// What a Fetch answer says of the partition `index` that is refused (`FetchResponse.partitionResponse`).
pub(super) fn fetched_partition(index: Value, code: i16) -> Value {
    Value::fields([
        ("PartitionIndex", index),
        (ERROR_CODE, code.into()),
        ("HighWatermark", UNKNOWN.into()),
        ("Records", Value::Bytes(Vec::new())),
    ])
}

/// The topics of `body`, each partition with `code` and with these fields unknown that do not say so by
/// their default.
fn partitions_of(body: &Value, unknown: &[&'static str], code: i16) -> Value {
    let partition = |asked: &Value| {
        let mut out = Value::fields([
            ("PartitionIndex", echo(asked, "PartitionIndex")),
            (ERROR_CODE, code.into()),
        ]);
        for field in unknown {
            out.set(field, UNKNOWN);
        }
        out
    };
    each(body.items("Topics"), |topic| {
        Value::fields([
            ("Name", echo(topic, "Name")),
            ("Partitions", each(topic.items("Partitions"), partition)),
        ])
    })
}

fn leader_epochs(body: &Value, code: i16) -> Value {
    let partition = |asked: &Value| {
        Value::fields([
            (ERROR_CODE, code.into()),
            ("Partition", echo(asked, "Partition")),
            ("LeaderEpoch", UNKNOWN.into()),
            ("EndOffset", UNKNOWN.into()),
        ])
    };
    each(body.items("Topics"), |topic| {
        Value::fields([
            ("Topic", echo(topic, "Topic")),
            ("Partitions", each(topic.items("Partitions"), partition)),
        ])
    })
}

fn coordinators(body: &Value, code: i16) -> Value {
    each(body.items("CoordinatorKeys"), |key| {
        let mut out = failed(code);
        out.set("Key", key.clone());
        out.set("NodeId", UNKNOWN);
        out.set("Port", UNKNOWN);
        out
    })
}

fn markers(body: &Value, code: i16) -> Value {
    let partition = |index: &Value| {
        Value::fields([("PartitionIndex", index.clone()), (ERROR_CODE, code.into())])
    };
    let topic = |topic: &Value| {
        Value::fields([
            ("Name", echo(topic, "Name")),
            (
                "Partitions",
                each(topic.items("PartitionIndexes"), partition),
            ),
        ])
    };
    each(body.items("Markers"), |marker| {
        Value::fields([
            ("ProducerId", echo(marker, "ProducerId")),
            ("Topics", each(marker.items("Topics"), topic)),
        ])
    })
}

fn log_dirs(body: &Value, code: i16) -> Value {
    let partition = |index: &Value| {
        Value::fields([("PartitionIndex", index.clone()), (ERROR_CODE, code.into())])
    };
    let topics = body
        .items("Dirs")
        .iter()
        .flat_map(|dir| dir.items("Topics"));
    let result = |topic: &Value| {
        Value::fields([
            ("TopicName", echo(topic, "Name")),
            ("Partitions", each(topic.items("Partitions"), partition)),
        ])
    };
    Value::Array(topics.map(result).collect())
}

fn elections(body: &Value, code: i16) -> Value {
    let partition = |index: &Value| {
        let mut out = failed(code);
        out.set("PartitionId", index.clone());
        out
    };
    each(body.items("TopicPartitions"), |topic| {
        Value::fields([
            ("Topic", echo(topic, "Topic")),
            (
                "PartitionResult",
                each(topic.items("Partitions"), partition),
            ),
        ])
    })
}

fn reassignments(body: &Value, code: i16) -> Value {
    let partition = |asked: &Value| {
        let mut out = failed(code);
        out.set("PartitionIndex", echo(asked, "PartitionIndex"));
        out
    };
    each(body.items("Topics"), |topic| {
        Value::fields([
            ("Name", echo(topic, "Name")),
            ("Partitions", each(topic.items("Partitions"), partition)),
        ])
    })
}

/// Without what is under way, of course.
fn listed_reassignments(body: &Value) -> Value {
    let partition = |index: &Value| Value::fields([("PartitionIndex", index.clone())]);
    each(body.items("Topics"), |topic| {
        Value::fields([
            ("Name", echo(topic, "Name")),
            (
                "Partitions",
                each(topic.items("PartitionIndexes"), partition),
            ),
        ])
    })
}

fn quotas(body: &Value, code: i16) -> Value {
    each(body.items("Entries"), |entry| {
        let mut out = failed(code);
        out.set("Entity", each(entry.items("Entity"), entity));
        out
    })
}

fn entity(of: &Value) -> Value {
    Value::fields([
        ("EntityType", echo(of, "EntityType")),
        ("EntityName", echo(of, "EntityName")),
    ])
}

/// Each user once, sorted, whether for deletions or upsertions.
fn scram_users(body: &Value, code: i16) -> Value {
    let all = body
        .items("Deletions")
        .iter()
        .chain(body.items("Upsertions"));
    let users: BTreeSet<&str> = all.filter_map(|item| item.str("Name")).collect();
    let result = |user: &str| {
        let mut out = failed(code);
        out.set("User", user);
        out
    };
    Value::Array(users.into_iter().map(result).collect())
}
