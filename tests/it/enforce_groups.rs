//! Groups under `authorization = "enforce"`: what one member may, another user may not, and a regular
//! expression comes to no more than the member may describe.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    enforced::{self, Rule},
    front::{Front, orders_token},
    kafka::Brokers,
    raw::Raw,
    shared,
    wire::{Reader, Writer},
};

const FIND_COORDINATOR: i16 = 10;
const HEARTBEAT: i16 = 12;
const CONSUMER_GROUP_HEARTBEAT: i16 = 68;

const COORDINATOR_NOT_AVAILABLE: i16 = 15;
const GROUP_AUTHORIZATION_FAILED: i16 = 30;
const INVALID_REGULAR_EXPRESSION: i16 = 128;

/// `orders-service` may read groups and topics whose names begin so.
const MINE: &str = "enforce-open";
const OTHER: &str = "enforce-closed";

fn start(name: &str, brokers: &dyn Brokers) -> Front {
    let rule = |of| Rule {
        pool: "pool-orders",
        operation: "READ",
        of,
        prefix: MINE,
    };
    enforced::start(name, brokers, &[rule("GROUP"), rule("TOPIC")])
}

/// Error and port of the coordinator of `group` (`FindCoordinator` v2).
fn find(raw: &mut Raw, group: &str) -> (i16, i32) {
    let body = Writer::default().string(group).i8(0);
    let answer = raw.call(FIND_COORDINATOR, 2, &body.0).expect("an answer");
    let mut answer = Reader(&answer);
    answer.i32();
    let error = answer.i16();
    answer.string();
    answer.i32();
    answer.string();
    (error, answer.i32())
}

/// A connection to the coordinator of `group`.
fn coordinator(front: &Front, group: &str) -> Raw {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let (error, port) = find(&mut front.logged_in(), group);
        if error == 0 {
            let port = u16::try_from(port).expect("a port");
            let mut raw = front.raw_at(port, "localhost");
            let login = raw.login(&orders_token(), &[]).expect("an answer");
            assert_eq!(login.error, 0, "{login:?}");
            return raw;
        }
        assert_eq!(error, COORDINATOR_NOT_AVAILABLE);
        assert!(Instant::now() < until, "no coordinator came");
        thread::sleep(Duration::from_millis(500));
    }
}

/// What a heartbeat of the member was answered.
#[derive(Debug)]
struct Beat {
    error: i16,
    epoch: i32,
    /// Partitions of each assigned topic; none where nothing changed.
    assigned: Option<Vec<usize>>,
}

/// `ConsumerGroupHeartbeat` v1; a joining one where `pattern` is given.
fn beat(raw: &mut Raw, epoch: i32, pattern: Option<&str>) -> Beat {
    let nothing = |writer: Writer| writer.varint(0);
    let mut body = Writer::default()
        .varint(0) // Tags of the header.
        .compact_string(MINE)
        .compact_string("member-1")
        .i32(epoch);
    body = nothing(nothing(body)); // Instance, rack.
    body = body.i32(if pattern.is_some() { 60_000 } else { -1 });
    body = nothing(body); // Names.
    body = match pattern {
        Some(pattern) => body.compact_string(pattern),
        None => nothing(body),
    };
    body = nothing(body); // Assignor.
    body = body.varint(u32::from(pattern.is_some())).no_tags();
    let answer = raw.call(CONSUMER_GROUP_HEARTBEAT, 1, &body.0);
    let answer = answer.expect("an answer");
    let mut answer = Reader(&answer);
    answer.take(1 + 4);
    let error = answer.i16();
    for _ in ["message", "member"] {
        let length = usize::from(answer.take(1)[0]);
        answer.take(length.saturating_sub(1));
    }
    let epoch = answer.i32();
    answer.i32();
    let is_null = answer.take(1)[0] == 0xFF;
    let assigned = (!is_null).then(|| {
        let topics = answer.take(1)[0] - 1;
        let partitions = (0..topics).map(|_| {
            answer.take(16);
            let count = usize::from(answer.take(1)[0] - 1);
            answer.take(4 * count + 1);
            count
        });
        partitions.collect()
    });
    Beat {
        error,
        epoch,
        assigned,
    }
}

#[test]
fn members_need_their_group_and_get_no_more_topics_than_they_may_describe() {
    let kafka = shared::kafka();
    kafka.create_topic(MINE, 2, 1);
    kafka.create_topic(OTHER, 3, 1);
    let front = start("enforce_groups", &**kafka);

    let (error, port) = find(&mut front.logged_in(), OTHER);
    assert_eq!((error, port), (GROUP_AUTHORIZATION_FAILED, -1));
    let mut raw = coordinator(&front, MINE);
    // Heartbeat v0 in a group of others.
    let body = Writer::default().string(OTHER).i32(0).string("m");
    let answer = raw.call(HEARTBEAT, 0, &body.0).expect("an answer");
    assert_eq!(Reader(&answer).i16(), GROUP_AUTHORIZATION_FAILED);

    let wrong = beat(&mut raw, 0, Some("enforce-("));
    assert_eq!(wrong.error, INVALID_REGULAR_EXPRESSION);
    let mut last = beat(&mut raw, 0, Some("enforce-.*"));
    let until = Instant::now() + Duration::from_secs(30);
    while !matches!(&last.assigned, Some(topics) if !topics.is_empty()) {
        assert_eq!(last.error, 0, "{last:?}");
        assert!(Instant::now() < until, "{last:?}");
        thread::sleep(Duration::from_millis(500));
        last = beat(&mut raw, last.epoch, None);
    }
    assert_eq!(last.assigned, Some(vec![2]), "only the topic of its own");
    assert_eq!(beat(&mut raw, -1, None).error, 0, "it leaves");
}
