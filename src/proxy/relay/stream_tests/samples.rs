//! Requests and answers, as clients and brokers send them.

use super::*;

pub(super) fn asked(key: i16, version: i16, id: i32, body: &Value) -> Vec<u8> {
    frame::request(api(key).unwrap(), version, id, Some("client"), body).unwrap()
}

pub(super) fn told(key: i16, version: i16, id: i32, body: &Value) -> Vec<u8> {
    frame::response(api(key).unwrap(), version, id, body).unwrap()
}

pub(super) fn records(size: usize) -> Value {
    let bytes: Vec<u8> = (0..251).cycle().take(size).collect();
    bytes.into()
}

/// One item in `field`.
pub(super) fn one(field: &'static str, item: Value) -> (&'static str, Value) {
    (field, Value::array([item]))
}

pub(super) fn write(age: Age, id: i32, acks: i16, topics: &[&str], size: usize) -> Vec<u8> {
    let topics = topics.iter().map(|name| {
        let partition = Value::fields([("Index", 0.into()), ("Records", records(size))]);
        Value::fields([age.topic("Name", name), one("PartitionData", partition)])
    });
    let topics = Value::array(topics);
    let body = Value::fields([("Acks", acks.into()), ("TopicData", topics)]);
    asked(PRODUCE, age.produce(), id, &body)
}

/// Topics and error codes.
pub(super) fn written(age: Age, id: i32, topics: &[(&str, i16)]) -> Vec<u8> {
    let topics = topics.iter().map(|(name, code)| {
        let offset = if *code == 0 { 5 } else { -1 };
        let partition = Value::fields([
            ("ErrorCode", (*code).into()),
            ("BaseOffset", offset.into()),
            ("LogStartOffset", offset.into()),
        ]);
        Value::fields([
            age.topic("Name", name),
            one("PartitionResponses", partition),
        ])
    });
    let body = Value::fields([("Responses", Value::array(topics))]);
    told(PRODUCE, age.produce(), id, &body)
}

pub(super) fn read(age: Age, id: i32, topics: &[&str]) -> Vec<u8> {
    let topics = topics.iter().map(|name| {
        let partition = Value::fields([("PartitionMaxBytes", 1_000.into())]);
        Value::fields([age.topic("Topic", name), one("Partitions", partition)])
    });
    let body = Value::fields([
        ("ReplicaId", (-1).into()),
        ("SessionEpoch", (-1).into()),
        ("Topics", Value::array(topics)),
    ]);
    asked(FETCH, age.fetch(), id, &body)
}

/// Topics, error codes and how many bytes of records.
pub(super) fn had(age: Age, id: i32, topics: &[(&str, i16, usize)]) -> Vec<u8> {
    let topics = topics.iter().map(|(name, code, size)| {
        let mark = if *code == 0 { 9 } else { -1 };
        let partition = Value::fields([
            ("ErrorCode", (*code).into()),
            ("HighWatermark", mark.into()),
            ("Records", records(*size)),
        ]);
        Value::fields([age.topic("Topic", name), one("Partitions", partition)])
    });
    let body = Value::fields([("Responses", Value::array(topics))]);
    told(FETCH, age.fetch(), id, &body)
}

pub(super) fn offsets(id: i32, topics: &[&str]) -> Vec<u8> {
    let topics = topics.iter().map(|name| {
        let partition = Value::fields([("Timestamp", (-1).into())]);
        Value::fields([("Name", (*name).into()), one("Partitions", partition)])
    });
    let topics = Value::array(topics);
    let body = Value::fields([("ReplicaId", (-1).into()), ("Topics", topics)]);
    asked(LIST_OFFSETS, 7, id, &body)
}

pub(super) fn stood(id: i32, topics: &[(&str, i16)]) -> Vec<u8> {
    let topics = topics.iter().map(|(name, code)| {
        let partition = Value::fields([("ErrorCode", (*code).into())]);
        Value::fields([("Name", (*name).into()), one("Partitions", partition)])
    });
    let body = Value::fields([("Topics", Value::array(topics))]);
    told(LIST_OFFSETS, 7, id, &body)
}

pub(super) fn metadata(id: i32, host: &str, port: i32, topics: Value) -> Vec<u8> {
    let broker = Value::fields([
        ("NodeId", 1.into()),
        ("Host", host.into()),
        ("Port", port.into()),
    ]);
    let body = Value::fields([one("Brokers", broker), ("Topics", topics)]);
    told(METADATA, 12, id, &body)
}
