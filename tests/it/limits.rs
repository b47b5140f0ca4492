//! Each limit, reached: what the one gets who is over, and that the others notice nothing.

use crate::{
    frames::at_leader,
    harness::{
        front::{Front, Setup, orders_token},
        produce::{batch, produce, produce_error},
        raw::{Raw, api, header, initial_response},
        shared,
        wire::{Reader, Writer},
    },
};
use ::oathgate::limits::{HELD_ARRIVAL, REQUEST_PROGRESS, REQUEST_WINDOW, TURN_FREE};
use serde_json::json;
use std::{
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const SOON: Duration = Duration::from_secs(10);

fn start(name: &str, limits: &str) -> Front {
    let kafka = shared::kafka();
    let mut setup = Setup::new(name);
    setup.limits = limits;
    setup.start(&**kafka)
}

/// A TLS connection from `source`, if one is taken.
fn connect(front: &Front, source: Ipv4Addr) -> Option<Raw> {
    let address = format!("127.0.0.1:{}", front.at.port);
    Raw::try_tls_from(source, &address, &shared::authority().pem(), "localhost").ok()
}

fn log_in(raw: &mut Raw, token: &str) -> Option<i16> {
    raw.login(token, &[]).map(|answer| answer.error)
}

fn billing_token() -> String {
    shared::issuer().token(json!({ "sub": "billing-service", "azp": "billing-service" }))
}

fn refused(front: &Front, reason: &str) -> f64 {
    let name = "oathgate_connections_refused_total";
    front.gate.metric(name, &format!("reason=\"{reason}\""))
}

fn ended(front: &Front, reason: &str) -> f64 {
    let name = "oathgate_sessions_ended_total";
    front.gate.metric(name, &format!("reason=\"{reason}\""))
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !there() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// `Fetch` v7 of partition 0 of `topic` from its beginning, waiting `wait_ms` for `min_bytes`.
fn fetch(topic: &str, wait_ms: i32, min_bytes: i32) -> Vec<u8> {
    let head = Writer::default().i32(-1).i32(wait_ms).i32(min_bytes);
    let head = head.i32(1 << 20).i8(0).i32(0).i32(-1);
    let partition = head.i32(1).string(topic).i32(1).i32(0);
    partition.i64(0).i64(0).i32(1 << 20).i32(0).0
}

#[test]
fn one_address_has_its_share_of_connections() {
    let mut front = start("limits_address", "max_connections_per_address = 2");
    front.gate.expect_warning("max_connections_per_address");
    let first = connect(&front, HERE).expect("the first");
    let mut second = connect(&front, HERE).expect("the second");
    for _ in 0..3 {
        assert!(connect(&front, HERE).is_none(), "one too many");
    }
    assert!(refused(&front, "TOO_MANY_CONNECTIONS_OF_ADDRESS") > 2.9);
    let mut other = connect(&front, ELSEWHERE).expect("another address");
    assert_eq!(log_in(&mut other, &orders_token()), Some(0));
    assert_eq!(log_in(&mut second, &orders_token()), Some(0));
    drop(first);
    wait_for("its place to be free", || connect(&front, HERE).is_some());
}

#[test]
fn one_address_connects_so_often_and_no_more() {
    let limits = "max_connections_per_address = 5\nlogin_rate_per_address = 1";
    let mut front = start("limits_address_rate", limits);
    front.gate.expect_warning("login_rate_per_address");
    let taken = (0..100).take_while(|_| connect(&front, HERE).is_some());
    let taken = taken.count();
    assert!((5..100).contains(&taken), "{taken} taken in a row");
    assert!(refused(&front, "LOGIN_RATE_OF_ADDRESS") > 0.9);
    assert!(connect(&front, ELSEWHERE).is_some(), "another address");
    wait_for("the rate to allow another", || {
        connect(&front, HERE).is_some()
    });
}

#[test]
fn one_identity_has_its_share_of_sessions() {
    let mut front = start("limits_principal", "max_connections_per_principal = 1");
    front
        .gate
        .expect_warning("TOO_MANY_CONNECTIONS_OF_PRINCIPAL");
    let mut session = front.logged_in();
    let again = log_in(&mut front.raw(), &orders_token());
    assert_eq!(again, None, "58 would stop a Java application for good");
    let audited = "TOO_MANY_CONNECTIONS_OF_PRINCIPAL";
    front.gate.wait_audit(audited, SOON);
    let closed = front.gate.metric("oathgate_logins_closed_total", audited);
    assert!(closed > 0.9);
    assert_eq!(log_in(&mut front.raw(), &billing_token()), Some(0));
    assert!(session.metadata(), "who is in stays in");
    thread::sleep(Duration::from_millis(1100)); // Kafka wants at least a second between two.
    assert_eq!(log_in(&mut session, &orders_token()), Some(0), "renewed");
    drop(session);
    wait_for("its place to be free", || {
        log_in(&mut front.raw(), &orders_token()) == Some(0)
    });
}

#[test]
fn one_identity_logs_in_so_often_and_no_more() {
    let limits = "max_connections_per_principal = 3\nlogin_rate_per_principal = 1";
    let mut front = start("limits_principal_rate", limits);
    front.gate.expect_warning("LOGIN_RATE_OF_PRINCIPAL");
    // One after the other: no two sessions at once but for the moment that an end takes.
    front
        .gate
        .expect_warning("TOO_MANY_CONNECTIONS_OF_PRINCIPAL");
    let in_a_row = (0..100).take_while(|_| log_in(&mut front.raw(), &orders_token()) == Some(0));
    assert!((3..100).contains(&in_a_row.count()));
    wait_for("the rate to be told", || {
        let _ = log_in(&mut front.raw(), &orders_token());
        let name = "oathgate_logins_closed_total";
        front.gate.metric(name, "LOGIN_RATE_OF_PRINCIPAL") > 0.9
    });
    assert_eq!(log_in(&mut front.raw(), &billing_token()), Some(0));
}

#[test]
fn failed_logins_that_wait_keep_nobody_out() {
    let limits = "max_connections = 2\nfailure_delay = \"5s\"";
    let front = start("limits_delay_permits", limits);
    let bad = shared::issuer().token(json!({ "azp": "orders-service", "aud": "payroll" }));
    let mut failing: Vec<Raw> = Vec::new();
    for _ in 0..2 {
        let mut raw = connect(&front, ELSEWHERE).expect("a connection");
        raw.handshake("OAUTHBEARER");
        let message = Writer::default().bytes(&initial_response(&bad, &[]));
        raw.send_request(api::SASL_AUTHENTICATE, 1, &message.0);
        failing.push(raw);
    }
    wait_for("both to be held back", || {
        let name = "oathgate_login_failures_delayed_total";
        front.gate.metric(name, "outcome=\"delayed\"") > 1.9
    });
    let mut good = [front.logged_in(), front.logged_in()];
    for mut raw in failing {
        let answer = raw.frame().expect("the answer comes all the same");
        assert_eq!(Reader(&answer[4..]).i16(), 58);
    }
    assert!(good.iter_mut().all(Raw::metadata));
}

#[test]
fn who_fails_again_and_again_waits_longer() {
    let limits = "failure_delay = \"10ms\"\nfailure_delay_max = \"1s\"";
    let front = start("limits_delay_grows", limits);
    let bad = shared::issuer().token(json!({ "azp": "orders-service", "aud": "payroll" }));
    let fail = || {
        let mut raw = front.raw();
        raw.handshake("OAUTHBEARER");
        let began = Instant::now();
        let answer = raw.authenticate(&initial_response(&bad, &[]));
        assert_eq!(answer.expect("an answer").error, 58);
        began.elapsed()
    };
    // Twenty wait the least, then it doubles: 20, 40, ... 640 ms, 1 s.
    for _ in 0..28 {
        assert!(fail() >= Duration::from_millis(9));
    }
    assert!(fail() >= Duration::from_millis(950));
    assert_eq!(log_in(&mut front.raw(), &orders_token()), Some(0));
}

#[test]
fn an_idle_session_is_closed_and_a_waiting_one_is_not() {
    let kafka = shared::kafka();
    kafka.create_topic("limits-idle", 1, 1);
    let front = start("limits_idle", "idle_deadline = \"2s\"");
    let mut idle = front.logged_in();
    let mut waiting = at_leader(&front, "limits-idle");
    waiting.send_request(api::FETCH, 7, &fetch("limits-idle", 6000, 1));
    let mut used = front.logged_in();
    for _ in 0..12 {
        assert!(used.metadata());
        thread::sleep(Duration::from_millis(500));
    }
    assert!(idle.is_closed_within(SOON));
    assert!(ended(&front, "IDLE_DEADLINE") > 0.9);
    front.gate.wait_audit("IDLE_DEADLINE", SOON);
    assert!(waiting.frame().is_some(), "a request was in flight");
}

#[test]
fn requests_in_flight_are_bounded_and_all_are_answered() {
    let kafka = shared::kafka();
    kafka.create_topic("limits-in-flight", 1, 1);
    let front = start("limits_in_flight", "max_in_flight = 2");
    let mut raw = at_leader(&front, "limits-in-flight");
    let fetch = fetch("limits-in-flight", 1000, 1);
    let mut asked = vec![raw.send_request(api::FETCH, 7, &fetch)];
    for _ in 0..30 {
        asked.push(raw.send_request(api::METADATA, 1, &Writer::default().i32(0).0));
    }
    for correlation in asked {
        assert_eq!(Reader(&raw.frame().expect("an answer")).i32(), correlation);
    }
    let name = "oathgate_in_flight_limit_reached_total";
    assert!(front.gate.metric(name, "") > 0.9);
}

#[test]
fn a_frame_before_the_login_that_is_too_long_ends_the_connection() {
    let front = start("limits_login_frame", "max_login_frame = \"4KiB\"");
    assert!(front.logged_in().metadata());
    let mut raw = front.raw();
    raw.send(&(4097_i32).to_be_bytes());
    assert!(raw.is_closed_within(SOON));
    let refused = front
        .gate
        .metric("oathgate_login_frames_refused_total", "FRAME_TOO_LONG");
    assert!(refused > 0.9);
}

#[test]
fn a_request_that_is_too_long_ends_its_session() {
    let front = start("limits_request", "max_request = \"64KiB\"");
    let mut raw = front.logged_in();
    let body = produce("limits-request", 1, &batch("key", &vec![b'x'; 64 << 10]));
    raw.send_request(api::PRODUCE, 7, &body.0);
    assert_eq!(raw.frame(), None);
    assert!(ended(&front, "FRAME_TOO_LONG") > 0.9);
    assert!(front.logged_in().metadata());
}

#[test]
fn held_frames_share_a_budget_that_is_waited_for_and_ends() {
    let limits = "max_held = \"200KiB\"\nheld_budget = \"200KiB\"";
    let mut front = start("limits_budget", limits);
    front.gate.expect_warning("BUDGET_EXHAUSTED");
    let first = begun(&front, &orders_token(), 150 << 10);
    wait_for("the budget to be used", || {
        front.gate.metric("oathgate_held_bytes", "") > 100_000.0
    });
    let mut second = begun(&front, &billing_token(), 150 << 10);
    assert!(second.is_closed_within(Duration::from_secs(20)));
    assert!(ended(&front, "BUDGET_EXHAUSTED") > 0.9);
    front.gate.wait_log("`limits.held_budget` is reached", SOON);
    drop(first);
    wait_for("the budget to be free", || {
        front.gate.metric("oathgate_held_bytes", "") < 1.0
    });
    assert!(front.logged_in().metadata());
}

#[test]
fn one_identity_has_its_share_of_held_frames_and_others_wait_for_none_of_it() {
    let limits = "max_held = \"400KiB\"\nheld_budget = \"800KiB\"";
    let mut front = start("limits_share", limits);
    let code = "BUDGET_EXHAUSTED_OF_PRINCIPAL";
    front.gate.expect_warning(code);
    let first = begun(&front, &orders_token(), 300 << 10);
    wait_for("its share to be used", || {
        front.gate.metric("oathgate_held_bytes", "") > 100_000.0
    });
    // These would take all the rest, and would be served before whoever comes later.
    let mut more: Vec<Raw> = (0..3)
        .map(|_| begun(&front, &orders_token(), 300 << 10))
        .collect();
    let mut other = front.raw();
    assert_eq!(log_in(&mut other, &billing_token()), Some(0));
    let (key, asked) = (api::METADATA, long_metadata());
    for _ in 0..3 {
        let answer = other.call(key, 4, &asked).expect("room is there");
        assert!(answer.len() > TURN_FREE, "its answer was held too");
    }
    assert!(
        ended(&front, code) < 0.1,
        "while the others wait for their own"
    );
    for raw in &mut more {
        assert!(raw.is_closed_within(Duration::from_secs(20)));
    }
    wait_for("all to be counted", || ended(&front, code) > 2.9);
    front.gate.wait_audit(code, SOON);
    let told = "`limits.max_held_per_principal` is reached";
    front.gate.wait_log(told, SOON);
    drop(first);
    let mut again = front.logged_in();
    wait_for("its share to be free", || {
        front.gate.metric("oathgate_held_bytes", "") < 1.0
    });
    assert!(again.call(key, 4, &asked).is_some());
}

/// `Metadata` v4 that takes a turn to be decided about, as does its answer: names that no topic can have.
fn long_metadata() -> Vec<u8> {
    let name = "x".repeat(30_000);
    let asked = (0..10).fold(Writer::default().i32(10), |asked, n| {
        asked.string(&format!("{name}{n}"))
    });
    asked.i8(0).0
}

/// A session that has begun a request of so many bytes, for which room is taken or waited for.
fn begun(front: &Front, token: &str, bytes: i32) -> Raw {
    let mut raw = front.raw();
    assert_eq!(log_in(&mut raw, token), Some(0));
    let head = header(api::METADATA, 1, 7).i32(1).raw(&[0; 64]).0;
    raw.send(&Writer::default().i32(bytes).raw(&head).0);
    raw
}

#[test]
fn who_sends_a_request_at_a_trickle_is_closed_and_its_room_is_free() {
    let front = start("limits_trickle", "");
    let room = || front.gate.metric("oathgate_held_bytes", "");
    let started = Instant::now();
    let begun = || begun(&front, &orders_token(), 300 << 10);
    let (mut stops, mut goes_on) = (begun(), begun());
    wait_for("room to be taken twice", || room() > 600_000.0);
    // Enough within each window, and yet not there within the time that others wait for its room.
    let (mut closed_at, mut sent) = (None, 0);
    while closed_at.is_none() && started.elapsed() < HELD_ARRIVAL + SOON {
        if started.elapsed() > Duration::from_secs(25) * sent {
            goes_on.send(&[0; REQUEST_PROGRESS + 1024]);
            sent += 1;
        }
        if goes_on.is_closed_within(Duration::from_millis(500)) {
            closed_at = Some(started.elapsed());
        } else if started.elapsed() > REQUEST_WINDOW + SOON {
            assert!(stops.is_closed_within(Duration::from_secs(1)));
            assert!(room() < 400_000.0, "only its room is free");
        }
    }
    let closed_at = closed_at.expect("closed in the end");
    assert!(closed_at >= HELD_ARRIVAL, "{closed_at:?}");
    wait_for("both to be counted", || ended(&front, "STALLED") > 1.9);
    wait_for("all room to be free", || room() < 1.0);
    assert!(front.logged_in().metadata());
}

#[test]
fn who_takes_answers_at_a_trickle_is_closed() {
    let kafka = shared::kafka();
    kafka.create_topic("limits-slow", 1, 1);
    let front = start("limits_slow", "stall_deadline = \"2s\"");
    let mut raw = at_leader(&front, "limits-slow");
    let value = vec![b'x'; 900 << 10];
    let answer = raw.call(
        api::PRODUCE,
        7,
        &produce("limits-slow", 1, &batch("k", &value)).0,
    );
    assert_eq!(produce_error(&answer.expect("an answer")), 0);
    // More than all buffers between the broker and here can hold.
    for _ in 0..40 {
        raw.send_request(api::FETCH, 7, &fetch("limits-slow", 0, 0));
    }
    wait_for("the session to end", || {
        raw.trickle();
        ended(&front, "STALLED") > 0.9
    });
    wait_for("its connection to be closed", || {
        front.gate.metric("oathgate_connections_active", "") < 0.1
    });
}
