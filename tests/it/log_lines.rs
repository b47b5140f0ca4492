//! Log lines: whoever does not read them holds up nobody, what finds no room is counted and told of, and what is
//! said last reaches standard error.

use crate::harness::{
    enforced::{self, Rule},
    front::{Front, Setup},
    oathgate,
    raw::{Raw, api},
    shared,
    wire::{Reader, Writer},
};
use std::{
    fs,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(10);

/// As `DENIED_NAMES_TOLD_MAX`: so many denials of a session are a line each.
const NAMES: usize = 32;

/// Sessions whose denials are some megabytes of lines.
const SESSIONS_MAX: usize = 300;

const LEFT_OUT: &str = "log lines were left out";

/// An Oathgate whose standard error nobody reads, and which says yes to nothing but `log-open`.
fn unread(name: &str) -> Front {
    let rule = Rule {
        pool: "pool-orders",
        operation: "READ",
        of: "TOPIC",
        prefix: "log-open",
    };
    let kafka = shared::second_kafka();
    enforced::prepare(&Setup::new(name), &**kafka, &[rule]).run_unread()
}

fn left_out(front: &Front) -> f64 {
    let name = "oathgate_log_lines_dropped_total";
    front.gate.metric(name, "")
}

/// `Metadata` v1 of so many topics; how many the answer tells of.
fn describe(raw: &mut Raw, topics: &[String]) -> usize {
    let body = Writer::default().i32(i32::try_from(topics.len()).expect("few"));
    let body = topics.iter().fold(body, |body, topic| body.string(topic));
    let answer = raw.call(api::METADATA, 1, &body.0).expect("an answer");
    let mut answer = Reader(&answer);
    for _ in 0..answer.i32() {
        answer.i32();
        answer.string();
        answer.i32();
        answer.string();
    }
    answer.i32();
    usize::try_from(answer.i32()).expect("a count")
}

/// Has denials logged until there is no room for their lines.
fn flood(front: &Front) {
    let name = |number| format!("log-closed-{number:-<238}");
    let names: Vec<String> = (0..NAMES).map(name).collect();
    for _ in 0..SESSIONS_MAX {
        let mut raw = enforced::logged_in(front, "orders-service");
        assert_eq!(describe(&mut raw, &names), NAMES);
        if left_out(front) > 0.0 {
            return;
        }
    }
    panic!("all lines of {SESSIONS_MAX} sessions found room");
}

/// How many lines the log says were left out.
fn told(front: &Front) -> f64 {
    let log = front.gate.log();
    let lines = log.lines().filter(|line| line.contains(LEFT_OUT));
    let counts = lines.filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["fields"]["lines"].as_f64()
    });
    counts.sum()
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    let mut front = unread("log_lines_unread");
    flood(&front);
    let before = left_out(&front);
    for _ in 0..10 {
        let mut raw = enforced::logged_in(&front, "orders-service");
        assert!(raw.metadata());
    }
    // A line for each login, of which one may have found room where a longer one did not.
    assert!(left_out(&front) > before + 8.9);

    front.gate.expect_warning(LEFT_OUT);
    front.gate.read_log();
    let until = Instant::now() + SOON;
    while (told(&front) - left_out(&front)).abs() > 0.1 {
        let told = told(&front);
        assert!(Instant::now() < until, "told of {told} lines");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(front.gate.log().len() > 1 << 20, "what found room is there");

    // And now that somebody reads, nothing is left out.
    let before = left_out(&front);
    let mut raw = enforced::logged_in(&front, "orders-service");
    assert!(raw.metadata());
    front.gate.signal("TERM");
    assert_eq!(front.gate.wait_exit(SOON), 0);
    let log = front.gate.log();
    let last = log.lines().last().expect("a line");
    assert!(last.contains("\"drained\""), "{last}");
    let mut latest = log.lines().rev().take(10);
    assert!(latest.any(|line| line.contains("login accepted")), "{log}");
    assert!(told(&front) < before + 0.1);
}

#[test]
fn a_log_that_nobody_reads_does_not_hold_up_the_end() {
    let mut front = unread("log_lines_end");
    flood(&front);
    front.gate.signal("TERM");
    assert_eq!(front.gate.wait_exit(Duration::from_secs(20)), 0);
}

#[test]
fn why_there_was_no_start_is_said() {
    let kafka = shared::second_kafka();
    let prepared = Setup::new("log_lines_start").prepare(&**kafka);
    let path = prepared.config.to_str().expect("UTF-8");
    let serve = |text: &str| {
        fs::write(&prepared.config, text).expect("write a configuration");
        oathgate::run("log_lines_refused", &["serve", "--config", path])
    };

    // Before there is logging.
    let wrong = prepared
        .toml
        .replaced("level = \"info\"", "level = \"loud\"");
    let (code, said) = serve(wrong.build());
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("log.level"), "{said}");

    // And when there is.
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("an address");
    let ours = format!("127.0.0.1:{}", prepared.admin);
    let (code, said) = serve(prepared.toml.replaced(&ours, &taken.to_string()).build());
    assert_eq!(code, 1, "{said}");
    let why = format!("admin.bind: cannot bind {taken}");
    assert!(said.contains(&why), "{said}");
}
