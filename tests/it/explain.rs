//! `oathgate explain`: what it says of a token is what the server does with it, and nothing secret.

use crate::harness::{
    front::{Setup, orders_token},
    oathgate, secrets, shared,
};
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

const SOON: Duration = Duration::from_secs(5);

/// Exit code and output of `explain` on a token.
fn explain(config: &Path, token: &str, more: &[&str]) -> (i32, String) {
    let file = config.with_extension("token");
    fs::write(&file, format!("{token}\n")).expect("write a token");
    let (config, file) = (
        config.to_str().expect("UTF-8"),
        file.to_str().expect("UTF-8"),
    );
    let arguments = [&["explain", "--config", config, "--token-file", file], more].concat();
    let (code, output) = oathgate::run("explain_output", &arguments);
    assert_eq!(secrets::leak(&output), None, "{output}");
    let signature = token.rsplit('.').next().expect("a part");
    assert!(!output.contains(signature), "the signature is shown");
    (code, output)
}

fn named(claims: Value) -> String {
    shared::issuer().token(claims)
}

#[test]
fn a_token_is_explained_check_by_check() {
    let kafka = shared::kafka();
    let config = Setup::new("explain").prepare(&**kafka).config;
    let (code, output) = explain(&config, &orders_token(), &[]);
    assert_eq!(code, 0, "{output}");
    for line in [
        "pass  key and signature",
        "pass  identity pools",
        "claim azp = \"orders-service\"",
        "pool  pool-orders: yes",
        "pool  pool-billing: no",
        "claims.azp == \"billing-service\": no",
        "acts  as User:pool-orders",
        "ACCEPTED",
    ] {
        assert!(output.contains(line), "{line}:\n{output}");
    }
    let foreign = named(json!({ "azp": "orders-service", "aud": "payroll" }));
    let (code, output) = explain(&config, &foreign, &[]);
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("FAIL  audience: AUDIENCE_MISMATCH"),
        "{output}"
    );
    assert!(
        output.contains("the client is told AUDIENCE_MISMATCH"),
        "{output}"
    );

    let more = [
        "--format",
        "json",
        "--pool",
        "pool-billing",
        "--cluster",
        "lkc-tests",
    ];
    let (code, output) = explain(&config, &orders_token(), &more);
    assert_eq!(code, 1, "{output}");
    let report: Value = serde_json::from_str(output.trim()).expect("JSON");
    assert_eq!(report["reason"], "POOL_NOT_USABLE", "{report}");
    assert_eq!(report["accepted"], false);
    let (code, output) = explain(&config, &orders_token(), &["--cluster", "lkc-other"]);
    assert_eq!(code, 64, "{output}");
    assert!(output.contains("lkc-tests"), "{output}");
}

#[test]
fn a_refused_login_is_found_by_its_id() {
    let kafka = shared::kafka();
    let front = Setup::new("explain_login").start(&**kafka);
    let foreign = named(json!({ "azp": "orders-service", "aud": "payroll" }));
    let answer = front.raw().login(&foreign, &[]).expect("an answer");
    let message = answer.message.expect("a message");
    let (_, id) = message.rsplit_once("login-id=").expect("a login id");
    front.gate.wait_audit(id, SOON);
    let config = front.at.config.to_str().expect("UTF-8");
    let arguments = ["explain", "--config", config, "--login-id", id];
    let (code, output) = oathgate::run("explain_login_output", &arguments);
    assert_eq!(code, 1, "{output}");
    assert!(output.contains("AUDIENCE_MISMATCH"), "{output}");
    assert!(output.contains("names none of `kafka`"), "{output}");
}
