//! Records under `authorization = "enforce"`: who may not write writes nothing, who may not read is given
//! nothing, by no session of anybody.

use crate::harness::{
    clients::{Isolation, KINDS, Kind},
    enforced::{self, Rule, logged_in},
    produce::{batch, produce, produce_error},
    raw::{Raw, api},
    records, shared,
    wire::{Reader, Writer},
};

const LIST_OFFSETS: i16 = 2;

const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
const FETCH_SESSION_ID_NOT_FOUND: i16 = 70;

const fn rule<'a>(pool: &'a str, operation: &'a str, prefix: &'a str) -> Rule<'a> {
    Rule {
        pool,
        operation,
        of: "TOPIC",
        prefix,
    }
}

/// The end of partition 0 of `topic` (`ListOffsets` v1), or the error.
fn end_offset(raw: &mut Raw, topic: &str) -> Result<i64, i16> {
    let body = Writer::default()
        .i32(-1)
        .i32(1)
        .string(topic)
        .i32(1)
        .i32(0)
        .i64(-1);
    let answer = raw.call(LIST_OFFSETS, 1, &body.0).expect("an answer");
    let mut answer = Reader(&answer);
    answer.i32();
    answer.string();
    answer.i32();
    answer.i32();
    match answer.i16() {
        0 => {
            answer.i64();
            Ok(answer.i64())
        }
        error => Err(error),
    }
}

/// `Produce` v7 of one batch to partition 0 of each topic, and the errors by topic.
fn produced(raw: &mut Raw, topics: &[(&str, &[u8])]) -> Vec<(String, i16)> {
    let mut body = Writer::default().null_string().i16(-1).i32(30_000);
    body = body.i32(topics.len() as i32);
    for (topic, batch) in topics {
        body = body.string(topic).i32(1).i32(0).bytes(batch);
    }
    let answer = raw.call(api::PRODUCE, 7, &body.0).expect("an answer");
    let mut answer = Reader(&answer);
    let topics = answer.i32();
    let mut codes: Vec<(String, i16)> = (0..topics)
        .map(|_| {
            let name = answer.string().expect("a name");
            answer.i32();
            answer.i32();
            let code = answer.i16();
            answer.take(3 * 8);
            (name, code)
        })
        .collect();
    codes.sort();
    codes
}

/// What a `Fetch` v7 of partition 0 of `topics` from the start was answered: error, session, and for each
/// topic its error and the length of its records.
#[derive(Debug, PartialEq, Eq)]
struct Fetched {
    error: i16,
    session: i32,
    topics: Vec<(String, i16, usize)>,
}

fn fetched(raw: &mut Raw, session: i32, epoch: i32, topics: &[&str]) -> Fetched {
    let mut body = Writer::default().i32(-1).i32(100).i32(1).i32(8 << 20).i8(0);
    body = body.i32(session).i32(epoch).i32(topics.len() as i32);
    for topic in topics {
        body = body.string(topic).i32(1).i32(0).i64(0).i64(0).i32(8 << 20);
    }
    let answer = raw.call(api::FETCH, 7, &body.i32(0).0).expect("an answer");
    let mut answer = Reader(&answer);
    answer.i32();
    let (error, session) = (answer.i16(), answer.i32());
    let count = answer.i32();
    let topics = (0..count).map(|_| {
        let name = answer.string().expect("a name");
        assert_eq!(answer.i32(), 1);
        answer.i32();
        let code = answer.i16();
        answer.take(3 * 8);
        let aborted = answer.i32();
        answer.take(usize::try_from(aborted).unwrap_or(0) * 16);
        (name, code, answer.bytes().len())
    });
    Fetched {
        error,
        session,
        topics: topics.collect(),
    }
}

#[test]
fn what_may_not_be_written_is_not_whatever_its_size() {
    let kafka = shared::second_kafka();
    for topic in ["written-mine", "written-other"] {
        kafka.create_topic(topic, 1, 1);
    }
    let rules = [
        rule("pool-orders", "WRITE", "written-mine"),
        rule("pool-billing", "READ", "written-"),
    ];
    let front = enforced::start("enforce_written", &**kafka, &rules);
    let mut raw = logged_in(&front, "orders-service");
    let mut reader = logged_in(&front, "billing-service");
    // Held whole, and streamed: the second is longer than what is held.
    for (round, value) in [vec![7; 2_000], vec![7; 900_000]].into_iter().enumerate() {
        let batch = batch("k", &value);
        let denied = |name: &str| (name.to_owned(), TOPIC_AUTHORIZATION_FAILED);
        let done = |name: &str| (name.to_owned(), 0);
        let both = produced(
            &mut raw,
            &[("written-other", &batch), ("written-mine", &batch)],
        );
        assert_eq!(both, [done("written-mine"), denied("written-other")]);
        let none = produced(&mut raw, &[("written-other", &batch)]);
        assert_eq!(none, [denied("written-other")]);
        let mine = i64::try_from(round).expect("few rounds") + 1;
        assert_eq!(end_offset(&mut reader, "written-mine"), Ok(mine));
        assert_eq!(end_offset(&mut reader, "written-other"), Ok(0));
    }
    // Without an answer there is only a close to say so; what was allowed is there.
    let body = Writer::default().null_string().i16(0).i32(30_000).i32(2);
    let batch = batch("k", b"v");
    let body = ["written-mine", "written-other"]
        .iter()
        .fold(body, |body, topic| {
            body.string(topic).i32(1).i32(0).bytes(&batch)
        });
    raw.send_request(api::PRODUCE, 7, &body.0);
    assert_eq!(raw.frame(), None, "closed");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while end_offset(&mut reader, "written-mine") != Ok(3) {
        assert!(
            std::time::Instant::now() < until,
            "what was allowed never came"
        );
    }
    assert_eq!(end_offset(&mut reader, "written-other"), Ok(0));
    front.gate.wait_audit(
        "\"operation\":\"WRITE\"",
        std::time::Duration::from_secs(10),
    );
}

#[test]
fn a_fetch_session_gives_a_second_user_nothing_and_is_not_closed_by_one() {
    let kafka = shared::second_kafka();
    for topic in ["session-mine", "session-other"] {
        kafka.create_topic(topic, 1, 1);
    }
    let rules = [
        rule("pool-orders", "ALL", "session-"),
        rule("pool-billing", "READ", "session-other"),
    ];
    let front = enforced::start("enforce_sessions", &**kafka, &rules);
    let mut orders = logged_in(&front, "orders-service");
    let record = batch("k", b"mine alone");
    for topic in ["session-mine", "session-other"] {
        let answer = orders.call(api::PRODUCE, 7, &produce(topic, -1, &record).0);
        assert_eq!(produce_error(&answer.expect("an answer")), 0);
    }
    let opened = fetched(&mut orders, 0, 0, &["session-mine"]);
    assert_eq!(
        opened.topics,
        [("session-mine".to_owned(), 0, record.len())]
    );
    assert_ne!(opened.session, 0);
    let id = opened.session;
    for connection in ["first", "second"] {
        let mut billing = logged_in(&front, "billing-service");
        // To go on with it.
        for epoch in [1, 2] {
            let stolen = fetched(&mut billing, id, epoch, &[]);
            assert_eq!(stolen.error, FETCH_SESSION_ID_NOT_FOUND, "{connection}");
            assert_eq!(stolen.topics, []);
        }
        // To end it, and to begin one in its place.
        for epoch in [-1, 0] {
            let own = fetched(&mut billing, id, epoch, &["session-other"]);
            assert_eq!((own.error, own.topics.len()), (0, 1), "{connection}");
            assert_ne!(own.session, id);
        }
        // What is denied stands beside what is not, and there is no session that could give it later.
        let part = fetched(&mut billing, 0, 0, &["session-mine", "session-other"]);
        let other = ("session-other".to_owned(), 0, record.len());
        let mine = ("session-mine".to_owned(), TOPIC_AUTHORIZATION_FAILED, 0);
        assert_eq!(part.topics, [other, mine]);
        assert_eq!(part.session, 0);
    }
    // Its owner goes on as if nobody had tried.
    let answer = orders.call(api::PRODUCE, 7, &produce("session-mine", -1, &record).0);
    assert_eq!(produce_error(&answer.expect("an answer")), 0);
    let more = fetched(&mut orders, id, 1, &[]);
    assert_eq!((more.error, more.session), (0, id));
    assert_eq!(more.topics.len(), 1, "{more:?}");
    // After a reconnect the old id is nobody's: everything is asked for anew.
    drop(orders);
    let mut again = logged_in(&front, "orders-service");
    let lost = fetched(&mut again, id, 2, &[]);
    assert_eq!(lost.error, FETCH_SESSION_ID_NOT_FOUND);
    let anew = fetched(&mut again, id, 0, &["session-mine"]);
    assert_eq!((anew.error, anew.topics.len()), (0, 1));
}

#[test]
fn a_topic_that_is_taken_away_stops_in_mid_session() {
    let kafka = shared::second_kafka();
    for topic in ["taken-a", "taken-b"] {
        kafka.create_topic(topic, 1, 1);
    }
    let all = [rule("pool-orders", "ALL", "taken-")];
    let front = enforced::start("enforce_taken", &**kafka, &all);
    let mut raw = logged_in(&front, "orders-service");
    let record = batch("k", b"v");
    for topic in ["taken-a", "taken-b"] {
        let answer = raw.call(api::PRODUCE, 7, &produce(topic, -1, &record).0);
        assert_eq!(produce_error(&answer.expect("an answer")), 0);
    }
    let opened = fetched(&mut raw, 0, 0, &["taken-a", "taken-b"]);
    assert_eq!((opened.error, opened.topics.len()), (0, 2));
    let less = [rule("pool-orders", "READ", "taken-a")];
    front.reload(&enforced::with(&front.at.toml, &less), "ok");
    let next = fetched(&mut raw, opened.session, 1, &[]);
    assert_eq!(next.error, FETCH_SESSION_ID_NOT_FOUND);
    let anew = fetched(&mut raw, 0, 0, &["taken-a", "taken-b"]);
    let a = ("taken-a".to_owned(), 0, record.len());
    let b = ("taken-b".to_owned(), TOPIC_AUTHORIZATION_FAILED, 0);
    assert_eq!(anew.topics, [a, b]);
    let answer = raw.call(api::PRODUCE, 7, &produce("taken-a", -1, &record).0);
    assert_eq!(
        produce_error(&answer.expect("an answer")),
        TOPIC_AUTHORIZATION_FAILED
    );
}

#[test]
fn a_client_writes_and_reads_what_it_may() {
    let kafka = shared::second_kafka();
    kafka.create_topic("client-mine", 3, 1);
    let mut rules = vec![rule("pool-orders", "ALL", "client-")];
    rules.push(Rule {
        of: "GROUP",
        ..rule("pool-orders", "READ", "client-")
    });
    rules.push(Rule {
        of: "TRANSACTIONAL_ID",
        ..rule("pool-orders", "WRITE", "client")
    });
    let front = enforced::start("enforce_client", &**kafka, &rules);
    let mut sent = front
        .client(Kind::Java)
        .transact("client-mine", 20, "client", 0);
    let mut sent = sent.finish().committed("client");
    let mut run = front
        .client(Kind::Librdkafka)
        .produce("client-mine", 50, "plain");
    sent.extend(run.finish().acknowledged());
    for kind in KINDS {
        let group = format!("client-{kind:?}");
        let client = front.client(kind);
        let mut run = client.consume("client-mine", &group, sent.len(), Isolation::Committed);
        records::assert_exactly(sent.clone(), &run.finish().read());
    }
    let mut raw = logged_in(&front, "orders-service");
    let nobody = end_offset(&mut raw, "client-none");
    assert_eq!(
        nobody,
        Err(UNKNOWN_TOPIC_OR_PARTITION),
        "allowed, and there is none"
    );
    assert_eq!(
        end_offset(&mut raw, "foreign"),
        Err(TOPIC_AUTHORIZATION_FAILED)
    );
}
