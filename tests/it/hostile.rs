//! Bytes that no client sends: the connection is closed at once, the process does not care.

use crate::harness::{
    front::{Front, Setup, orders_token},
    raw::{Raw, api, header},
    shared,
    wire::Writer,
};
use std::{
    thread,
    time::{Duration, Instant},
};

const AT_ONCE: Duration = Duration::from_secs(2);

fn framed(payload: &[u8]) -> Vec<u8> {
    Writer::default().bytes(payload).0
}

/// What must be closed before the login, and why.
fn before_login() -> Vec<(&'static str, Vec<u8>)> {
    let handshake = |name: &str| framed(&header(api::SASL_HANDSHAKE, 1, 1).string(name).0);
    let length = |value: i32| Writer::default().i32(value).0;
    vec![
        ("a negative length", length(-1)),
        ("the smallest length", length(i32::MIN)),
        ("the largest length", length(i32::MAX)),
        ("more than 64 KiB", length(64 * 1024 + 1)),
        ("an empty frame", length(0)),
        ("less than a header", framed(&[0, 18, 0])),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("an unknown API", framed(&header(9999, 0, 1).0)),
        ("a negative API", framed(&header(-1, 0, 1).0)),
        (
            "a client id longer than the frame",
            framed(&[0, 18, 0, 0, 0, 0, 0, 1, 0x7F, 0xFF, b'x']),
        ),
        (
            "a client id that is not UTF-8",
            framed(&[0, 17, 0, 1, 0, 0, 0, 1, 0, 2, 0xC3, 0x28, 0, 1, b'x']),
        ),
        (
            "bytes after a handshake",
            framed(
                &header(api::SASL_HANDSHAKE, 1, 1)
                    .string("OAUTHBEARER")
                    .i8(0)
                    .0,
            ),
        ),
        (
            "a handshake cut short",
            framed(&header(api::SASL_HANDSHAKE, 1, 1).i16(11).raw(b"OAUTH").0),
        ),
        (
            "an unknown version of the handshake",
            framed(&header(api::SASL_HANDSHAKE, 99, 1).string("OAUTHBEARER").0),
        ),
        ("Produce", framed(&header(api::PRODUCE, 9, 1).0)),
        ("Fetch", framed(&header(api::FETCH, 12, 1).0)),
        (
            "a token before the handshake",
            framed(
                &header(api::SASL_AUTHENTICATE, 1, 1)
                    .bytes(b"n,,\x01auth=Bearer x\x01\x01")
                    .0,
            ),
        ),
        (
            "two handshakes at once, another mechanism first",
            [handshake("GSSAPI"), handshake("OAUTHBEARER")].concat(),
        ),
    ]
}

/// Reads whatever comes; true once the other side has closed.
fn closes(raw: &mut Raw) -> bool {
    while raw.frame().is_some() {}
    raw.is_closed_within(AT_ONCE)
}

fn still_serves(front: &mut Front) {
    assert!(front.gate.is_running());
    assert_eq!(
        front
            .raw()
            .login(&orders_token(), &[])
            .expect("an answer")
            .error,
        0
    );
}

#[test]
fn frames_that_make_no_sense_before_the_login_are_closed_at_once() {
    let kafka = shared::kafka();
    let mut front = Setup::new("hostile_frames").start(&**kafka);
    for (what, bytes) in before_login() {
        let mut raw = front.raw();
        drop(raw.try_send(&bytes));
        let began = Instant::now();
        assert!(closes(&mut raw), "{what}: still open");
        assert!(
            began.elapsed() < AT_ONCE,
            "{what}: closed after {:?}",
            began.elapsed()
        );
    }
    assert!(
        front.gate.metric("oathgate_login_frames_refused_total", "") >= 10.0,
        "{}",
        front.gate.metrics()
    );
    still_serves(&mut front);
}

#[test]
fn frames_between_handshake_and_token_are_held_to_the_same_rules() {
    let kafka = shared::kafka();
    let mut front = Setup::new("hostile_between").start(&**kafka);
    for (what, bytes) in before_login() {
        let mut raw = front.raw();
        raw.handshake("OAUTHBEARER");
        drop(raw.try_send(&bytes));
        // A token that makes no sense is answered 58; everything else is closed.
        assert!(closes(&mut raw), "{what}: still open");
    }
    still_serves(&mut front);
}

#[test]
fn frames_that_make_no_sense_after_the_login_end_that_session_alone() {
    let kafka = shared::kafka();
    let mut front = Setup::new("hostile_after").start(&**kafka);
    let mut other = front.logged_in();
    let metadata = |topics: i32| framed(&header(api::METADATA, 1, 9).i32(topics).0);
    let cases = [
        ("a negative length", Writer::default().i32(-1).0),
        ("an unknown API", framed(&header(9999, 0, 9).0)),
        (
            "an unknown version",
            framed(&header(api::METADATA, 99, 9).0),
        ),
        ("more topics than bytes", metadata(i32::MAX)),
        (
            "bytes after a request",
            framed(&header(api::METADATA, 1, 9).i32(-1).i8(1).0),
        ),
        (
            "a request cut short",
            framed(&header(api::METADATA, 1, 9).i32(1).i16(5).raw(b"ab").0),
        ),
    ];
    for (what, bytes) in cases {
        let mut raw = front.logged_in();
        drop(raw.try_send(&bytes));
        assert!(closes(&mut raw), "{what}: still open");
    }
    assert!(other.metadata());
    still_serves(&mut front);
}

#[test]
fn who_is_slow_to_log_in_is_closed() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("hostile_slow");
    setup.limits = "login_deadline = \"2s\"\nkey_wait = \"1s\"";
    let mut front = setup.start(&**kafka);
    let mut idle = front.raw();
    let mut slow = front.raw();
    let began = Instant::now();
    let frame = framed(&header(api::SASL_HANDSHAKE, 1, 1).string("OAUTHBEARER").0);
    for byte in frame.iter().take(6) {
        drop(slow.try_send(&[*byte]));
        thread::sleep(Duration::from_millis(200));
    }
    assert!(idle.is_closed_within(Duration::from_secs(4)));
    assert!(slow.is_closed_within(Duration::from_secs(4)));
    assert!(
        began.elapsed() > Duration::from_millis(1500),
        "too early: {:?}",
        began.elapsed()
    );
    still_serves(&mut front);
}

#[test]
fn announced_frames_cost_no_memory() {
    let kafka = shared::kafka();
    let mut front = Setup::new("hostile_memory").start(&**kafka);
    still_serves(&mut front);
    let before = front.gate.resident();
    let waiting: Vec<Raw> = (0..200)
        .map(|_| {
            let mut raw = front.raw();
            raw.send(&Writer::default().i32(64 * 1024).0);
            raw
        })
        .collect();
    thread::sleep(Duration::from_millis(500));
    let grown = front.gate.resident().saturating_sub(before);
    assert!(
        grown < 200 * 64 * 1024,
        "200 announced frames of 64 KiB took {grown} bytes more"
    );
    drop(waiting);
    still_serves(&mut front);
}

#[test]
fn plain_bytes_at_a_tls_port_are_closed() {
    let kafka = shared::kafka();
    let mut front = Setup::new("hostile_tls").start(&**kafka);
    // The second is what a load balancer says of a client, and anybody can say.
    let proxied = b"PROXY TCP4 10.0.0.1 10.0.0.2 4000 9092\r\n".to_vec();
    for bytes in [framed(&header(api::API_VERSIONS, 0, 1).0), proxied] {
        let mut raw = Raw::plaintext(&format!("127.0.0.1:{}", front.at.port));
        raw.send(&bytes);
        thread::sleep(Duration::from_millis(200));
        raw.half_close();
    }
    let until = Instant::now() + AT_ONCE;
    while front
        .gate
        .metric("oathgate_tls_handshake_failures_total", "")
        < 2.0
    {
        assert!(Instant::now() < until, "{}", front.gate.metrics());
        thread::sleep(Duration::from_millis(50));
    }
    still_serves(&mut front);
}
