//! `oathgate explain`: what it says of a token is what the server does with it, and nothing secret.

use crate::harness::{
    forge::base64,
    front::{Setup, orders_token},
    oathgate, secrets, shared,
};
use aws_lc_rs::digest;
use rustls::pki_types::{CertificateDer, pem::PemObject};
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

/// The rules of a cluster, asked by the command as a session would be.
#[test]
fn what_a_session_may_is_told_with_the_rule() {
    let kafka = shared::kafka();
    let prepared = Setup::new("explain_access").prepare(&**kafka);
    let config = prepared.config;
    let rules = "[[role_bindings]]\nprincipal = \"User:pool-orders\"\nrole_name = \"DeveloperRead\"\n\
                 crn_pattern = \"crn://oathgate/organization=default/cloud-cluster=lkc-tests/kafka=lkc-tests/topic=orders-*\"\n\
                 [[acls]]\ncluster = \"lkc-tests\"\nprincipal = \"User:*\"\nhost = \"10.0.0.0/8\"\n\
                 operation = \"READ\"\npermission = \"DENY\"\nresource_type = \"TOPIC\"\n\
                 resource_name = \"orders-secret\"\npattern_type = \"LITERAL\"\n";
    fs::write(&config, prepared.toml.text(rules).build()).expect("write a configuration");
    let token = orders_token();

    let asked = ["--operation", "READ", "--topic", "orders-eu"];
    let (code, output) = explain(&config, &token, &asked);
    assert_eq!(code, 0, "{output}");
    assert!(output.contains("may   READ TOPIC:orders-eu: "), "{output}");
    assert!(output.contains("DeveloperRead"), "{output}");

    let (topic, group) = ("orders-eu", "readers");
    let asked = ["--operation", "READ", "--topic", topic, "--group", group];
    let (code, output) = explain(&config, &token, &asked);
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("DENY  READ GROUP:readers: no rule"),
        "{output}"
    );

    // An ACL that looks at the client's address decides before the role.
    let secret = ["--operation", "READ", "--topic", "orders-secret"];
    assert_eq!(explain(&config, &token, &secret).0, 0);
    let there = ["--client-address", "10.1.2.3", "--format", "json"];
    let (code, output) = explain(&config, &token, &[&secret[..], &there].concat());
    assert_eq!(code, 1, "{output}");
    let report: Value = serde_json::from_str(output.trim()).expect("JSON");
    let decision = &report["decisions"][0];
    assert_eq!(report["accepted"], true, "{report}");
    assert_eq!(
        (&decision["allowed"], &decision["resource_name"]),
        (&json!(false), &json!("orders-secret")),
        "{report}"
    );
    let rule = decision["rule"].as_str().expect("a rule");
    assert!(
        rule.contains("DENY") && rule.contains("10.0.0.0/8"),
        "{rule}"
    );

    // Nobody is asked about whom the token does not make anybody.
    let foreign = named(json!({ "azp": "orders-service", "aud": "payroll" }));
    let (code, output) = explain(&config, &foreign, &asked);
    assert_eq!(code, 1, "{output}");
    assert!(!output.contains("TOPIC:"), "{output}");
    let (code, output) = explain(&config, &token, &["--operation", "WRITE", "--group", "g"]);
    assert_eq!(code, 64, "{output}");
    assert!(output.contains("is never asked of GROUP:g"), "{output}");
}

/// A token that is bound to a certificate is explained with it.
#[test]
fn a_bound_token_is_explained_with_its_certificate() {
    let kafka = shared::kafka();
    let prepared = Setup::new("explain_bound").prepare(&**kafka);
    let config = prepared.config;
    let pair = shared::authority().client("orders-service");
    let der = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("PEM");
    let thumbprint = base64(digest::digest(&digest::SHA256, &der).as_ref());
    let bound = named(json!({
        "sub": "orders-service", "azp": "orders-service", "cnf": { "x5t#S256": thumbprint },
    }));
    let (code, output) = explain(&config, &bound, &[]);
    assert_eq!(code, 1, "{output}");
    assert!(
        output.contains("FAIL  binding to a certificate: TOKEN_BOUND"),
        "{output}"
    );
    let file = config.with_extension("client.pem");
    fs::write(&file, &pair.certificate).expect("write a certificate");
    let file = file.to_str().expect("UTF-8");
    let (code, output) = explain(&config, &bound, &["--client-certificate", file]);
    assert_eq!(code, 0, "{output}");
    let (code, output) = explain(&config, &bound, &["--client-certificate", "nowhere.pem"]);
    assert_eq!(code, 64, "{output}");
    assert!(output.contains("nowhere.pem: cannot be read"), "{output}");
}
