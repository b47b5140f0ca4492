//! What `/readyz` says of several clusters, and while a process stops.

use crate::harness::{
    folder,
    forge::Forge,
    front::{CLUSTER, Front, Setup},
    issuer::in_seconds,
    kafka::Protocol,
    ports, shared,
    toml::{Behind, Mapping, Toml, Upstream},
};
use std::{
    thread,
    time::{Duration, Instant},
};

const DEAD: &str = "lkc-dead";
const SOON: Duration = Duration::from_secs(10);

/// A living cluster and a dead one behind one listener.
fn start(name: &str, admin: &str) -> Front {
    let kafka = shared::kafka();
    let mut prepared = Setup::new(name).prepare(&**kafka);
    let both = [
        Behind::new(CLUSTER, prepared.first_port),
        Behind::new(DEAD, ports::block(3)),
    ];
    let nobody = format!("127.0.0.1:{}", ports::one());
    prepared.toml = Toml::new(prepared.admin, &prepared.audit)
        .replaced("[admin]\n", &format!("[admin]\n{admin}\n"))
        .listener(prepared.port, Mapping::Port, &both)
        .cluster(
            CLUSTER,
            &Upstream::plaintext(kafka.bootstrap(Protocol::Plaintext)),
            "",
        )
        .cluster(DEAD, &Upstream::plaintext(vec![nobody]), "")
        .provider(&shared::issuer().url());
    folder::write(&prepared.folder, "oathgate.toml", prepared.toml.build());
    let mut front = prepared.run_unready();
    front.gate.expect_warning("cluster not usable");
    front.gate.wait_log("cluster not usable", SOON);
    front
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + SOON;
    while !there() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_dead_cluster_leaves_the_others_their_readiness() {
    let mut front = start("readiness_any", "");
    front.gate.wait_ready(SOON);
    let (_, body) = front.gate.readiness().expect("an answer");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["ready"], true);
    assert_eq!(body["reasons"][0]["condition"], "CLUSTER_UNREACHABLE");
    assert_eq!(body["reasons"][0]["blocks"], false, "{body}");
    let reachable = |cluster: &str| {
        let label = format!("cluster=\"{cluster}\"");
        front.gate.metric("oathgate_cluster_reachable", &label) > 0.9
    };
    wait_for("the living cluster", || reachable(CLUSTER));
    assert!(!reachable(DEAD));
    assert!(front.gate.metric("oathgate_ready", "") > 0.9);
}

#[test]
fn all_clusters_can_be_asked_for() {
    let front = start("readiness_all", "ready_when = \"all_clusters\"");
    let living = || {
        let label = format!("cluster=\"{CLUSTER}\"");
        front.gate.metric("oathgate_cluster_reachable", &label) > 0.9
    };
    wait_for("the living cluster", living);
    let (status, body) = front.gate.readiness().expect("an answer");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("\"blocks\":true"), "{body}");
    assert!(front.gate.metric("oathgate_ready", "") < 0.1);
}

#[test]
fn balancers_may_notice_a_stop_before_ports_close() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("readiness_drain_delay");
    setup.limits = "drain_delay = \"3s\"\ndrain_deadline = \"5s\"";
    let mut front = setup.start(&**kafka);
    let mut before = front.logged_in();
    front.gate.signal("TERM");
    wait_for(
        "readiness to go",
        || matches!(front.gate.readiness(), Some((503, body)) if body.contains("DRAINING")),
    );
    let mut late = front.logged_in();
    assert!(late.metadata() && before.metadata());
    assert_eq!(front.gate.wait_exit(Duration::from_secs(20)), 0);
    assert!(late.is_closed_within(SOON) && before.is_closed_within(SOON));
    assert!(front.gate.log().contains("\"drained\""));
}

/// `seconds` since the epoch as a `Date` (RFC 9110 section 5.6.7); nobody looks at the day of the week.
fn http_date(seconds: i64) -> String {
    let (mut year, mut day) = (1970, seconds / 86_400);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let february = 28 + i64::from(leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let name = &names[3 * month..3 * month + 3];
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!(
        "Thu, {:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT",
        day + 1
    )
}

/// It is told, with the way and the distance, and costs no readiness; once it is right it is forgotten.
#[test]
fn a_provider_whose_clock_is_off_is_noted() {
    let forge = Forge::start();
    let serve = |offset: i64| {
        let date = http_date(in_seconds(offset));
        let keys = format!(r#"{{"keys":[{}]}}"#, forge.jwk("k1"));
        forge.answer(&format!("200 OK\r\ndate: {date}"), &keys);
    };
    serve(-3600);
    let mut prepared = Setup::new("readiness_clock").prepare(&**shared::kafka());
    let issuer = shared::issuer().url();
    prepared.toml = prepared.toml.replaced(&issuer, &forge.url());
    folder::write(&prepared.folder, "oathgate.toml", prepared.toml.build());
    let mut front = prepared.run();
    front.gate.expect_warning("the clock of provider");
    let noted = || {
        let (status, body) = front.gate.readiness().expect("an answer");
        assert_eq!(status, 200, "{body}");
        body.contains("PROVIDER_CLOCK_OFF").then_some(body)
    };
    wait_for("a note about the clock", || noted().is_some());
    let body = noted().expect("a note");
    assert!(body.contains("s behind of this machine's"), "{body}");
    let offset = front
        .gate
        .metric("oathgate_provider_clock_offset_seconds", "");
    assert!((-3660.0..=-3540.0).contains(&offset), "{offset}");
    serve(0);
    front.gate.signal("USR1");
    wait_for("the end of the note", || noted().is_none());
}
