//! The PROXY protocol: by a real HAProxy, and by bytes that no balancer sends.

use crate::harness::{
    folder,
    front::{Front, Setup, orders_token},
    haproxy::{Balanced, Haproxy},
    ports,
    raw::Raw,
    shared,
};
use std::{
    io,
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

/// Whose headers count: HAProxy connects from there.
const BALANCER: Ipv4Addr = Ipv4Addr::LOCALHOST;
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 8);
const SOON: Duration = Duration::from_secs(10);
const HEADER: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092\r\n";

/// A front whose listener trusts [`BALANCER`].
fn start(name: &str, limits: &str, rest: &str) -> Front {
    let kafka = shared::kafka();
    let mut setup = Setup::new(name);
    setup.limits = limits;
    let mut prepared = setup.prepare(&**kafka);
    let rules = format!("proxy_protocol = {{ trusted = [\"{BALANCER}\"]{rest} }}");
    prepared.toml = prepared
        .toml
        .replaced("[listeners.tls]", &format!("{rules}\n[listeners.tls]"));
    folder::write(&prepared.folder, "oathgate.toml", prepared.toml.build());
    prepared.run()
}

fn tls_from(source: Ipv4Addr, port: u16) -> io::Result<Raw> {
    let ca = shared::authority().pem();
    Raw::try_tls_from(source, &format!("127.0.0.1:{port}"), &ca, "localhost")
}

fn tls_behind(front: &Front, header: &[u8], source: Ipv4Addr) -> io::Result<Raw> {
    let address = format!("127.0.0.1:{}", front.at.port);
    let ca = shared::authority().pem();
    Raw::try_tls_behind(header, source, &address, &ca, "localhost")
}

fn log_in(raw: &mut Raw) -> Option<i16> {
    raw.login(&orders_token(), &[]).map(|answer| answer.error)
}

fn refused(front: &Front, reason: &str) -> f64 {
    let name = "oathgate_connections_refused_total";
    front.gate.metric(name, &format!("reason=\"{reason}\""))
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + SOON;
    while !there() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn through_haproxy(name: &str, server: &'static str) {
    let mut front = start(name, "max_connections_per_address = 1", "");
    front.gate.expect_warning("max_connections_per_address");
    let port = ports::one();
    let balanced = Balanced {
        port,
        behind: vec![format!("127.0.0.1:{}", front.at.port)],
        server,
    };
    let mut haproxy = Haproxy::start(&front.at.folder, &[balanced]);
    let mut raw = tls_from(CLIENT, port).expect("a connection");
    assert_eq!(log_in(&mut raw), Some(0));
    assert!(raw.metadata());
    // The client's own address, in audit and log, not the balancer's.
    front.gate.wait_audit("\"127.0.0.7:", SOON);
    front.gate.wait_log("127.0.0.7:", SOON);
    assert!(tls_from(CLIENT, port).is_err(), "its share is used up");
    assert!(refused(&front, "TOO_MANY_CONNECTIONS_OF_ADDRESS") > 0.9);
    let mut other = tls_from(STRANGER, port).expect("another client");
    assert_eq!(log_in(&mut other), Some(0));
    wait_for("checks of HAProxy to count as such", || {
        front.gate.metric("oathgate_tcp_checks_total", "") > 1.9
    });
    assert!(haproxy.is_running());
}

#[test]
fn haproxy_names_the_client_by_version_1() {
    through_haproxy("proxy_v1", "send-proxy");
}

#[test]
fn haproxy_names_the_client_by_version_2() {
    through_haproxy("proxy_v2", "send-proxy-v2 check-send-proxy");
}

#[test]
fn who_is_not_trusted_is_itself_and_must_not_claim_otherwise() {
    let mut front = start("proxy_untrusted", "", "");
    front.gate.expect_warning("PROXY_HEADER_UNTRUSTED");
    let mut direct = tls_from(STRANGER, front.at.port).expect("a client without a balancer");
    assert_eq!(log_in(&mut direct), Some(0));
    front.gate.wait_audit("\"127.0.0.8:", SOON);
    assert!(tls_behind(&front, HEADER, STRANGER).is_err());
    assert!(refused(&front, "PROXY_HEADER_UNTRUSTED") > 0.9);
    let mut named = tls_behind(&front, HEADER, BALANCER).expect("by the balancer's word");
    assert_eq!(log_in(&mut named), Some(0));
    front.gate.wait_audit("192.0.2.1:56324", SOON);
}

#[test]
fn a_balancer_must_say_who_it_is_unless_it_need_not() {
    let mut front = start("proxy_required", "", "");
    front.gate.expect_warning("PROXY_HEADER_MISSING");
    assert!(tls_from(BALANCER, front.at.port).is_err());
    assert!(refused(&front, "PROXY_HEADER_MISSING") > 0.9);
    drop(front);
    let front = start("proxy_optional", "", ", required = false");
    let mut raw = tls_from(BALANCER, front.at.port).expect("a connection");
    assert_eq!(log_in(&mut raw), Some(0));
    let mut raw = tls_behind(&front, HEADER, BALANCER).expect("a connection");
    assert_eq!(log_in(&mut raw), Some(0));
}

#[test]
fn hostile_headers_are_closed_and_slow_ones_in_time() {
    let limits = "login_deadline = \"2s\"\nkey_wait = \"1s\"";
    let mut front = start("proxy_hostile", limits, "");
    front.gate.expect_warning("PROXY_HEADER_MALFORMED");
    front.gate.expect_warning("PROXY_HEADER_TIMEOUT");
    front.gate.expect_warning("CONNECTION_BROKEN");
    let address = format!("127.0.0.1:{}", front.at.port);
    let signature = b"\r\n\r\n\0\r\nQUIT\n";
    let binary = |rest: &[u8]| [&signature[..], rest].concat();
    let hostile = [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n".to_vec(),
        b"PROXY TCP4 999.0.2.1 192.0.2.2 1 2\r\n".to_vec(),
        [b"PROXY UNKNOWN ", &[b'x'; 200][..]].concat(),
        b"POST / HTTP/1.1\r\n".to_vec(),
        binary(&[0x21, 0x11, 0xFF, 0xFF]),
        binary(&[0x21, 0x11, 0, 4, 1, 2, 3, 4]),
        binary(&[0x31, 0x11, 0, 12]),
        binary(&[0x21, 0x31, 0, 0]),
    ];
    for bytes in &hostile {
        let mut raw = Raw::plaintext_from(BALANCER, &address);
        drop(raw.try_send(bytes));
        assert!(raw.is_closed_within(SOON), "{bytes:?}: still open");
    }
    let malformed = refused(&front, "PROXY_HEADER_MALFORMED");
    assert!(malformed > 7.9, "{malformed}");

    let mut silent = Raw::plaintext_from(BALANCER, &address);
    let mut half = Raw::plaintext_from(BALANCER, &address);
    half.send(&binary(&[0x21, 0x11, 0, 12, 192]));
    for raw in [&mut silent, &mut half] {
        assert!(raw.is_closed_within(SOON));
    }
    assert!(refused(&front, "PROXY_HEADER_TIMEOUT") > 1.9);
    let mut raw = tls_behind(&front, HEADER, BALANCER).expect("a connection");
    assert_eq!(log_in(&mut raw), Some(0));
}
