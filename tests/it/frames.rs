//! Frames of every size, in order, in bounded memory.

use crate::harness::{
    clients::{Isolation, Kind},
    front::Setup,
    produce::{batch, produce, produce_error},
    raw::{Raw, api, header},
    records, shared,
    wire::{Reader, Writer},
};
use std::{thread, time::Duration};

/// A session at the broker that leads partition 0 of `topic`, which has one partition.
pub(crate) fn at_leader(front: &crate::harness::front::Front, topic: &str) -> Raw {
    let java = front.client(Kind::Java);
    let mut run = java.admin(&[&format!("describe:{topic}")]);
    let leader = run.finish().facts("leader")[0]
        .split(' ')
        .next()
        .expect("an id")
        .parse::<u16>();
    let port = front.at.first_port + leader.expect("an id") - 1;
    let mut raw = front.raw_at(port, "localhost");
    let token = crate::harness::front::orders_token();
    assert_eq!(raw.login(&token, &[]).expect("an answer").error, 0);
    raw
}

#[test]
fn a_frame_of_a_hundred_megabytes_takes_no_memory() {
    let kafka = shared::kafka();
    kafka.create_topic("frames-large", 1, 1);
    let mut front = Setup::new("frames_large").start(&**kafka);
    let mut raw = at_leader(&front, "frames-large");
    assert!(raw.metadata());
    let before = front.gate.resident();
    // The brokers' own limit of a request is 100 MiB; this is just below.
    let huge = batch("huge", &vec![b'x'; 99 << 20]);
    let body = produce("frames-large", 1, &huge);
    let frame = header(api::PRODUCE, 7, 77).raw(&body.0);
    let frame = Writer::default().bytes(&frame.0).0;
    let sender = thread::spawn(move || {
        let sent = frame
            .chunks(1 << 20)
            .try_for_each(|chunk| raw.try_send(chunk));
        (sent, raw)
    });
    let mut most = before;
    while !sender.is_finished() {
        most = most.max(front.gate.resident());
        thread::sleep(Duration::from_millis(5));
    }
    let (sent, mut raw) = sender.join().expect("the sender never panics");
    // Streamed to a broker that finds it too large (10), or refused by a close: never half of it.
    if sent.is_ok()
        && let Some(answer) = raw.frame()
    {
        assert_eq!(produce_error(&answer[4..]), 10);
    }
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown < 48, "{grown} MiB more for a frame of 99 MiB");
    assert!(front.gate.is_running());
    assert!(front.logged_in().metadata());
}

#[test]
fn a_request_without_an_answer_leaves_the_order_of_the_others() {
    let kafka = shared::kafka();
    kafka.create_topic("frames-acks-0", 1, 1);
    let front = Setup::new("frames_acks_0").start(&**kafka);
    let mut raw = at_leader(&front, "frames-acks-0");
    let mut asked = Vec::new();
    let keys: Vec<String> = (0..50).map(|n| records::key("silent", n)).collect();
    for (n, key) in keys.iter().enumerate() {
        let batch = batch(key, &records::value(key));
        raw.send_request(api::PRODUCE, 7, &produce("frames-acks-0", 0, &batch).0);
        if n % 10 == 9 {
            asked.push(raw.send_request(api::METADATA, 1, &Writer::default().i32(0).0));
        }
    }
    for correlation in asked {
        let answer = raw.frame().expect("an answer");
        assert_eq!(Reader(&answer).i32(), correlation);
    }
    let reader = front.client(Kind::Librdkafka);
    let mut run = reader.consume("frames-acks-0", "frames-acks-0", 50, Isolation::Committed);
    let read = run.finish().read();
    records::assert_in_order(&read);
    records::assert_exactly(keys, &read);
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let kafka = shared::kafka();
    kafka.create_topic("frames-pipelined", 1, 1);
    let front = Setup::new("frames_pipelined").start(&**kafka);
    let mut raw = at_leader(&front, "frames-pipelined");
    // Local answers (ApiVersions), edited ones (Metadata) and passed ones (Produce) in one write.
    let mut bytes = Vec::new();
    for correlation in 1000..1060 {
        let key = records::key("p", correlation as usize);
        let request = match correlation % 3 {
            0 => header(api::API_VERSIONS, 0, correlation),
            1 => header(api::METADATA, 1, correlation).i32(-1),
            _ => header(api::PRODUCE, 7, correlation)
                .raw(&produce("frames-pipelined", -1, &batch(&key, &records::value(&key))).0),
        };
        bytes.extend(Writer::default().bytes(&request.0).0);
    }
    raw.send(&bytes);
    for correlation in 1000..1060 {
        let answer = raw.frame().expect("an answer");
        assert_eq!(Reader(&answer).i32(), correlation);
        if correlation % 3 == 2 {
            assert_eq!(produce_error(&answer[4..]), 0);
        }
    }
}

#[test]
fn answers_to_what_was_sent_come_after_the_clients_end_of_stream() {
    let kafka = shared::kafka();
    kafka.create_topic("frames-half-close", 1, 1);
    let front = Setup::new("frames_half_close").start(&**kafka);
    let mut raw = at_leader(&front, "frames-half-close");
    let keys: Vec<String> = (0..20).map(|n| records::key("h", n)).collect();
    for key in &keys {
        let batch = batch(key, &records::value(key));
        raw.send_request(api::PRODUCE, 7, &produce("frames-half-close", -1, &batch).0);
    }
    raw.half_close();
    let acknowledged =
        std::iter::from_fn(|| raw.frame()).filter(|answer| produce_error(&answer[4..]) == 0);
    assert_eq!(acknowledged.count(), 20, "closing loses nothing");
    let reader = front.client(Kind::Librdkafka);
    let mut run = reader.consume(
        "frames-half-close",
        "frames-half-close",
        20,
        Isolation::Committed,
    );
    records::assert_exactly(keys, &run.finish().read());
}
