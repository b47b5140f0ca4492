//! A Java application that nobody restarts: its provider goes away, Oathgate comes up without keys, the
//! provider returns and changes its keys. None of it may reach the application as a fatal error, for error
//! 58 is one to Java; and no record may be lost or written twice.

use crate::harness::{
    clients::{Isolation, Kind, Run},
    front::{Front, Setup},
    issuer::{Issuer, SHORT, SHORT_LIVED},
    records, shared,
};
use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

const LONG: Duration = Duration::from_secs(60);

/// Waits until the application got `more` further acknowledgements.
fn goes_on(run: &mut Run, more: usize) {
    let so_far = run.facts("acked").len();
    run.wait("acked", so_far + more);
}

/// Waits until sessions were renewed `more` times since `before`.
fn renews(front: &Front, run: &mut Run, more: f64) {
    let renewals = || front.gate.metric("oathgate_reauthentications_total", "");
    let (before, until) = (renewals(), Instant::now() + LONG);
    while renewals() < before + more {
        assert!(Instant::now() < until, "no renewals:\n{}", front.gate.log());
        goes_on(run, 5);
    }
}

#[test]
fn a_java_application_outlives_whatever_befalls_its_provider() {
    let kafka = shared::kafka();
    kafka.create_topic("outage", 3, 3);
    let issuer = Issuer::start();
    let mut setup = Setup::new("outage");
    setup.issuer = &issuer;
    let mut front = setup.start(&**kafka);
    let tolerated = [
        "cannot fetch the provider's keys",
        "keys not refreshed",
        "login closed",
        "TOKEN_EXPIRES_TOO_SOON",
    ];
    let tolerate = |front: &mut Front| {
        for warning in tolerated {
            front.gate.expect_warning(warning);
        }
    };
    tolerate(&mut front);
    let stop = front.at.folder.join("stop");
    // Tokens of eight seconds: it logs in anew, or renews its sessions, in every phase.
    let client = front.client(Kind::Java).with_id(SHORT_LIVED);
    let mut run = client.application("outage", "outage", "outage", &stop);
    run.wait("acked", 20).wait("read", 10);

    issuer.set_online(false);
    front.gate.signal("USR1");
    front.gate.wait_log("keys not refreshed", LONG);
    renews(&front, &mut run, 2.0);

    // Oathgate comes up while nobody can tell it the keys.
    let Front { mut gate, at } = front;
    gate.signal("TERM");
    assert_eq!(gate.wait_exit(LONG), 0);
    drop(gate);
    let at_restart = run.facts("acked").len();
    let mut front = at.run_unready();
    tolerate(&mut front);
    front.gate.wait_audit("KEYS_UNAVAILABLE", LONG);
    std::thread::sleep(SHORT);
    assert_eq!(
        run.facts("acked").len(),
        at_restart,
        "nobody gets in without keys"
    );

    issuer.set_online(true);
    front.gate.wait_ready(LONG);
    goes_on(&mut run, 50);

    // A rotation as providers do it: the old key stays published for a while.
    issuer.rotate(true);
    renews(&front, &mut run, 2.0);
    issuer.rotate(true);
    renews(&front, &mut run, 2.0);

    fs::write(&stop, "").expect("write the stop file");
    let sent = run.finish().acknowledged();
    let fatal = |line: &&String| line.contains("SaslAuthenticationException");
    let lines = run.lines();
    assert_eq!(lines.iter().find(fatal), None, "error 58 reached it");
    assert!(front.gate.metric("oathgate_logins_refused_total", "") < 0.1);
    let read: BTreeSet<String> = run.read().into_iter().map(|read| read.key).collect();
    assert_eq!(read, sent.iter().cloned().collect());
    let mut reader = front.client(Kind::Librdkafka).consume(
        "outage",
        "outage-audit",
        sent.len(),
        Isolation::Committed,
    );
    records::assert_exactly(sent, &reader.finish().read());
}
