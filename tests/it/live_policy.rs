//! A changed policy holds from the moment that the reload is acknowledged, at every point where something is
//! decided, long polls included; among 10,000 rules. `live_scale` does it with many sessions.

use crate::harness::{
    enforced::{self, Rule, logged_in},
    poll::{polled, send_poll},
    produce::{batch, produce, produce_error},
    raw::{Raw, api},
    shared,
};
use std::time::Duration;

const TOPIC_AUTHORIZATION_FAILED: i16 = 29;

const fn rule<'a>(pool: &'a str, operation: &'a str, prefix: &'a str) -> Rule<'a> {
    Rule {
        pool,
        operation,
        of: "TOPIC",
        prefix,
    }
}

fn write_to(raw: &mut Raw, topic: &str) -> i16 {
    let answer = raw.call(api::PRODUCE, 7, &produce(topic, -1, &batch("k", b"v")).0);
    produce_error(&answer.expect("an answer"))
}

#[test]
fn what_is_taken_away_is_gone_when_the_reload_is_acknowledged() {
    let kafka = shared::second_kafka();
    for topic in ["live-a", "live-b"] {
        kafka.create_topic(topic, 1, 1);
    }
    let bystander = rule("pool-billing", "ALL", "live-");
    let before = [
        rule("pool-orders", "ALL", "live-"),
        rule("pool-short", "READ", "live-"),
        bystander,
    ];
    let after = [rule("pool-orders", "READ", "live-b"), bystander];
    let front = enforced::start("live_policy", &**kafka, &before);
    front.reload(&enforced::among_many(&front.at.toml, &before), "ok");

    let mut producer = logged_in(&front, "orders-service");
    let mut consumer = logged_in(&front, "orders-service");
    let mut keeps = logged_in(&front, "orders-service");
    let mut loses_all = logged_in(&front, "short-lived-service");
    let mut other = logged_in(&front, "billing-service");
    let mut other_reader = logged_in(&front, "billing-service");
    assert_eq!(write_to(&mut producer, "live-a"), 0);
    // Four long polls: of what is taken away, of what is kept by who loses something, and of one whom
    // the change does not concern.
    send_poll(&mut consumer, "live-a", 1);
    send_poll(&mut keeps, "live-b", 0);
    send_poll(&mut other_reader, "live-a", 1);
    assert_eq!(write_to(&mut other, "live-b"), 0);
    let kept = polled(&mut keeps).expect("an answer");
    assert_eq!(kept.0, 0);
    send_poll(&mut keeps, "live-b", 1);

    front.reload(&enforced::among_many(&front.at.toml, &after), "ok");
    // Acknowledged: from here on nothing of the old policy is seen, by no matter how short a time.
    assert_eq!(
        write_to(&mut producer, "live-a"),
        TOPIC_AUTHORIZATION_FAILED
    );
    assert_eq!(
        write_to(&mut other, "live-a"),
        0,
        "a bystander notices nothing"
    );
    assert_eq!(
        polled(&mut consumer),
        None,
        "the poll's answer came after the change and is not begun"
    );
    let (error, length) = polled(&mut other_reader).expect("the same record for who may");
    assert!(error == 0 && length > 0, "{error} {length}");
    assert_eq!(write_to(&mut other, "live-b"), 0);
    let (error, length) = polled(&mut keeps).expect("what was kept goes on");
    assert!(error == 0 && length > 0, "{error} {length}");
    assert!(
        loses_all.is_closed_within(Duration::from_secs(15)),
        "a session that may do nothing any more outlived the change"
    );
    // A new fetch is decided anew, on a session that had the topic.
    send_poll(&mut producer, "live-a", 0);
    let denied = polled(&mut producer).expect("an answer");
    assert_eq!(denied, (TOPIC_AUTHORIZATION_FAILED, 0));

    // And what is given holds as soon.
    front.reload(&enforced::among_many(&front.at.toml, &before), "ok");
    assert_eq!(write_to(&mut producer, "live-a"), 0);
    send_poll(&mut producer, "live-a", 0);
    let (error, length) = polled(&mut producer).expect("an answer");
    assert!(error == 0 && length > 0, "{error} {length}");
    assert_eq!(
        write_to(&mut other, "live-b"),
        0,
        "on the connection it had"
    );
}

#[test]
fn the_audit_and_explain_name_the_same_rule() {
    let kafka = shared::second_kafka();
    kafka.create_topic("told-secret", 1, 1);
    let rules = [rule("pool-orders", "ALL", "told-")];
    let front = enforced::start("live_policy_told", &**kafka, &rules);
    let deny = format!(
        "[[acls]]\ncluster = \"{}\"\nprincipal = \"User:pool-orders\"\nhost = \"127.0.0.0/8\"\n\
         permission = \"DENY\"\noperation = \"WRITE\"\nresource_type = \"TOPIC\"\n\
         resource_name = \"told-secret\"\n",
        crate::harness::front::CLUSTER,
    );
    let text = enforced::with(&front.at.toml, &rules) + &deny;
    front.reload(&text, "ok");
    let mut raw = logged_in(&front, "orders-service");
    for topic in ["told-secret", "unruled"] {
        assert_eq!(write_to(&mut raw, topic), TOPIC_AUTHORIZATION_FAILED);
    }
    front.gate.wait_audit("unruled", Duration::from_secs(10));
    let claims = serde_json::json!({ "sub": "orders-service", "azp": "orders-service" });
    let token = shared::issuer().token(claims);
    let token = crate::harness::folder::write_secret(&front.at.folder, "token", &token);
    let [config, token] = [&front.at.config, &token].map(|path| path.to_str().expect("UTF-8"));
    let arguments = ["explain", "--config", config, "--token-file", token];
    let asked = [
        "--operation",
        "WRITE",
        "--topic",
        "told-secret",
        "--topic",
        "unruled",
    ];
    let json = ["--format", "json"];
    let arguments = [&arguments[..], &asked, &json].concat();
    let (code, said) = crate::harness::oathgate::run("live_policy_explain", &arguments);
    assert_eq!(code, 1, "{said}");
    let line = said.lines().last().expect("a line");
    let report: serde_json::Value = serde_json::from_str(line).expect("JSON");
    let audit = front.gate.audit();
    let log = front.gate.log();
    for decision in report["decisions"].as_array().expect("a list") {
        let (name, rule) = (&decision["resource_name"], &decision["rule"]);
        let told = audit.iter().find(|line| {
            let info = &line["data"]["authorizationInfo"];
            info["resourceName"] == *name && info["operation"] == "WRITE"
        });
        let told = &told.expect("an audit line")["data"]["authorizationInfo"];
        assert_eq!(told["rule"], *rule, "{name}");
        let rule = rule.as_str().expect("a text");
        assert!(log.contains(rule), "the log names {rule}");
    }
    let rules: Vec<&str> = report["decisions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["rule"].as_str())
        .collect();
    let deny = "ACL DENY WRITE on TOPIC:LITERAL:told-secret to User:pool-orders from 127.0.0.0/8";
    assert_eq!(rules, [deny, "no rule"]);
}

#[test]
fn denials_of_ever_new_names_are_told_as_one() {
    const NAMES: usize = 100;
    /// As `DENIED_NAMES_TOLD_MAX`.
    const TOLD: usize = 32;
    let kafka = shared::second_kafka();
    let rules = [rule("pool-orders", "ALL", "flood-mine")];
    let front = enforced::start("live_policy_flood", &**kafka, &rules);
    let mut raw = logged_in(&front, "orders-service");
    for number in 0..NAMES {
        let code = write_to(&mut raw, &format!("flood-{number}"));
        assert_eq!(code, TOPIC_AUTHORIZATION_FAILED);
    }
    drop(raw);
    let until = Duration::from_secs(10);
    front.gate.wait_audit("io.oathgate/session-end", until);
    let audit = front.gate.audit();
    let denials = audit
        .iter()
        .filter(|line| line["type"] == "io.oathgate/authorization");
    let (several, single): (Vec<_>, Vec<_>) =
        denials.partition(|line| line["data"]["several"] == true);
    assert_eq!(single.len(), TOLD);
    let [several] = several[..] else {
        panic!("{several:?}")
    };
    assert_eq!(several["data"]["count"], NAMES - TOLD);
    let last = &several["data"]["authorizationInfo"]["resourceName"];
    assert_eq!(*last, format!("flood-{}", NAMES - 1));
}
