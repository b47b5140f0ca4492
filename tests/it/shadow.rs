//! Rules that are only tried (`authorization = "shadow"`): everything passes, and what would have been denied is
//! told.

use crate::harness::{
    enforced::{self, Rule, ask, logged_in},
    front::Setup,
    produce::{batch, produce, produce_error},
    raw::api,
    shared,
};
use oathgate::wire::{tables::api_key::METADATA, value::Value};
use std::{fs, time::Duration};

const TOPIC: &str = "shadow-a";

#[test]
fn what_would_be_denied_passes_and_is_counted_and_told() {
    let kafka = shared::second_kafka();
    kafka.create_topic(TOPIC, 1, 1);
    let mut prepared = Setup::new("shadow").prepare(&**kafka);
    let mode = |mode: &str| format!("authorization = \"{mode}\"\n");
    let shared = mode("broker-shared-identity");
    prepared.toml = prepared.toml.replaced(&shared, &mode("shadow"));
    let rules = [Rule {
        pool: "pool-orders",
        operation: "READ",
        of: "TOPIC",
        prefix: "shadow-",
    }];
    let text = enforced::with(&prepared.toml, &rules);
    fs::write(&prepared.config, text).expect("write a configuration");
    let mut front = prepared.run();
    front
        .gate
        .expect_warning("has all rights of the one credential");

    let mut raw = logged_in(&front, "orders-service");
    let write = produce(TOPIC, -1, &batch("k", b"v"));
    let answer = raw.call(api::PRODUCE, 7, &write.0).expect("an answer");
    assert_eq!(produce_error(&answer), 0, "nothing is stopped");
    let topics = Value::array([Value::fields([("Name", TOPIC.into())])]);
    let body = Value::fields([
        ("Topics", topics),
        // What may be created would have to be asked about first: it would count as unknown.
        ("AllowAutoTopicCreation", false.into()),
    ]);
    let seen = ask(&mut raw, METADATA, 9, &body);
    assert_eq!(seen.items("Topics")[0].int("ErrorCode"), Some(0));
    drop(raw);

    front
        .gate
        .wait_audit("io.oathgate/session-end", Duration::from_secs(10));
    let tried = |api: &str, said: &str| {
        let text = front.gate.metrics();
        let mut series = text
            .lines()
            .filter(|line| line.starts_with("oathgate_shadow_requests_total{"));
        let labels = [api, said, "broker=\"allow\""];
        series.any(|line| labels.iter().all(|label| line.contains(label)))
    };
    assert!(
        tried("api=\"Produce\"", "oathgate=\"deny\""),
        "they disagree"
    );
    assert!(
        tried("api=\"Metadata\"", "oathgate=\"allow\""),
        "they agree"
    );
    let denials = front
        .gate
        .metric("oathgate_denials_total", "mode=\"shadow\"");
    assert!(
        denials >= 1.0
            && front
                .gate
                .metric("oathgate_denials_total", "mode=\"enforce\"")
                == 0.0
    );
    let audit = front.gate.audit();
    let mut infos = audit.iter().map(|line| &line["data"]["authorizationInfo"]);
    let info = infos
        .find(|info| info["resourceName"] == TOPIC)
        .expect("an audit line");
    assert_eq!(info["granted"], true);
    assert_eq!(info["shadow"], true);
    assert_eq!(info["operation"], "WRITE");
    assert_eq!(info["rule"], "no rule");
}
