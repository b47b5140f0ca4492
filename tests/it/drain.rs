//! SIGTERM: no new connection, what is in flight is answered, the end comes within the deadline.

use crate::harness::{
    clients::{Isolation, Kind},
    front::Setup,
    http, records, shared,
};
use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

#[test]
fn idle_sessions_do_not_hold_up_the_end() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("drain_idle");
    setup.limits = "drain_deadline = \"5s\"";
    let mut front = setup.start(&**kafka);
    let mut sessions: Vec<_> = (0..30).map(|_| front.logged_in()).collect();
    let began = Instant::now();
    front.gate.signal("TERM");
    assert_eq!(front.gate.wait_exit(Duration::from_secs(10)), 0);
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    for session in &mut sessions {
        assert!(session.is_closed_within(Duration::from_secs(1)));
    }
    let ended = front.gate.audit();
    let ended = ended
        .iter()
        .filter(|event| event["type"] == "io.oathgate/session-end");
    assert_eq!(
        ended.count(),
        sessions.len(),
        "the end of each session is in the audit"
    );
    assert!(TcpStream::connect(("127.0.0.1", front.at.port)).is_err());
    assert_eq!(http::get(front.at.admin, "/livez"), None);
}

#[test]
fn a_request_in_flight_is_answered() {
    let kafka = shared::kafka();
    kafka.create_topic("drain", 1, 1);
    let front = Setup::new("drain_in_flight").start(&**kafka);
    let mut producer = front
        .client(Kind::Java)
        .produce_slowly("drain", 60, "drain", 50);
    producer.wait("acked", 10);
    let crate::harness::front::Front { mut gate, at } = front;
    gate.signal("TERM");
    assert_eq!(gate.wait_exit(Duration::from_secs(40)), 0);
    drop(gate);
    thread::sleep(Duration::from_secs(1));
    let front = at.run();
    let sent = producer.finish().acknowledged();
    assert_eq!(sent.len(), 60);
    let mut reader =
        front
            .client(Kind::Librdkafka)
            .consume("drain", "drain", 60, Isolation::Committed);
    records::assert_exactly(sent, &reader.finish().read());
}
