//! The wire walker over whole frames: what each byte of structure costs, and that records cost nothing.

#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oathgate::wire::{
    api::Api,
    frame,
    tables::{METADATA, PRODUCE},
    value::Value,
    visitor::Visitor,
    walker::Walker,
};

/// Bytes of a frame's length, which the walker does not see.
const LENGTH: usize = 4;

const PARTITIONS: i32 = 1000;

/// Looks at nothing: the walk itself is measured.
struct Blind;

impl Visitor for Blind {}

/// An answer of three brokers about one topic of a thousand partitions.
fn metadata() -> Vec<u8> {
    let broker = |id: i32| {
        Value::fields([
            ("NodeId", id.into()),
            ("Host", format!("broker-{id}.internal").as_str().into()),
            ("Port", 9092.into()),
        ])
    };
    let nodes = || Value::array([1, 2, 3]);
    let partition = |index: i32| {
        Value::fields([
            ("PartitionIndex", index.into()),
            ("LeaderId", (index % 3 + 1).into()),
            ("ReplicaNodes", nodes()),
            ("IsrNodes", nodes()),
        ])
    };
    let topic = Value::fields([
        ("Name", "orders".into()),
        ("Partitions", Value::array((0..PARTITIONS).map(partition))),
    ]);
    let body = Value::fields([
        ("Brokers", Value::array((1..=3).map(broker))),
        ("Topics", Value::array([topic])),
    ]);
    frame::response(&METADATA, METADATA.max_version, 1, &body).unwrap()
}

/// A request of this many partitions with this many bytes of records each.
fn produce(partitions: i32, records: usize) -> Vec<u8> {
    let partition = |index: i32| {
        Value::fields([
            ("Index", index.into()),
            ("Records", Value::Bytes(vec![7; records])),
        ])
    };
    let partitions = Value::array((0..partitions).map(partition));
    let topic = Value::fields([("PartitionData", partitions)]);
    let body = Value::fields([
        ("Acks", (-1).into()),
        ("TimeoutMs", 30_000.into()),
        ("TopicData", Value::array([topic])),
    ]);
    frame::request(&PRODUCE, PRODUCE.max_version, 1, Some("bench"), &body).unwrap()
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    frame: &[u8],
    walker: impl Fn(&'static Api, i16, usize) -> Walker,
    api: &'static Api,
) {
    let frame = frame.get(LENGTH..).unwrap();
    let mut group = criterion.benchmark_group("walker");
    group.throughput(Throughput::Bytes(frame.len().try_into().unwrap()));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let mut walk = walker(api, api.max_version, frame.len());
            walk.walk_held(black_box(frame), &mut Blind).unwrap();
            assert!(walk.is_finished());
        });
    });
    group.finish();
}

fn walker(criterion: &mut Criterion) {
    let name = "Metadata answer, 1 topic of 1000 partitions";
    measure(criterion, name, &metadata(), Walker::response, &METADATA);
    let name = "Produce request, 1 MiB of records";
    let frame = produce(1, 1024 * 1024);
    measure(criterion, name, &frame, Walker::request, &PRODUCE);
    let name = "Produce request, 100 partitions of 1 KiB";
    let frame = produce(100, 1024);
    measure(criterion, name, &frame, Walker::request, &PRODUCE);
}

criterion_group!(benches, walker);
criterion_main!(benches);
