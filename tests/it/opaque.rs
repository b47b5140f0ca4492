//! Opaque tokens over the wire: the provider's answer takes the place of the signature. A good answer lets
//! in, a bad one is 58, and no answer is a close that clients retry.

use crate::harness::{
    folder,
    forge::Forge,
    front::{Front, Setup},
    introspection::{Answer, CLIENT, Introspection, SECRET},
    issuer::in_seconds,
    ports,
    raw::Raw,
    shared,
};
use serde_json::{Value, json};
use std::{
    fs, thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(5);

/// A front whose provider is asked about `tokens`, at `endpoint`.
fn start(name: &str, forge: &Forge, tokens: &str, endpoint: &str) -> Front {
    let kafka = shared::kafka();
    let mut prepared = Setup::new(name).prepare(&**kafka);
    folder::write_secret(&prepared.folder, "asking-secret", SECRET);
    prepared.toml = prepared
        .toml
        .replaced(&shared::issuer().url(), &forge.url())
        .text(&format!(
            "[providers.introspection]\nendpoint = \"{endpoint}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret_file = \"asking-secret\"\ntokens = \"{tokens}\"\ntimeout = \"500ms\"\n"
        ));
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    let mut front = prepared.run();
    front.gate.expect_warning("login closed");
    front
}

/// An answer about an active token, changed; null removes a member.
fn active(changes: Value) -> String {
    let mut answer = json!({
        "active": true, "client_id": "orders-service", "azp": "orders-service", "sub": "orders-service",
        "aud": "kafka", "token_type": "Bearer", "iat": in_seconds(-5), "exp": in_seconds(300),
    });
    let members = answer.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    answer.to_string()
}

/// A session with its lifetime in milliseconds.
fn logged_in(front: &Front, token: &str) -> (Raw, i64) {
    let mut raw = front.raw();
    let answer = raw.login(token, &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    (raw, answer.lifetime_ms)
}

fn refused(front: &Front, token: &str, code: &str) {
    let mut raw = front.raw();
    let answer = raw.login(token, &[]).expect("an answer");
    let message = answer.message.unwrap_or_default();
    assert_eq!(answer.error, 58, "{code} wanted: {message}");
    assert!(message.contains(code), "{code} wanted: {message}");
    assert!(raw.is_closed_within(SOON));
}

/// Closed without a word, so that the client comes again with the same token.
fn closed(front: &Front, token: &str, what: &str) {
    let answer = front.raw().login(token, &[]);
    assert!(answer.is_none(), "{what}: {answer:?}");
}

#[test]
fn an_opaque_token_gets_in_by_its_providers_word() {
    let (forge, asked) = (Forge::start(), Introspection::start());
    let front = start("opaque", &forge, "opaque", &asked.url());
    asked.says("opaque-good", Answer::Body(active(json!({}))));
    let (mut session, lifetime) = logged_in(&front, "opaque-good");
    assert!(session.metadata());
    assert!((1..=300_000).contains(&lifetime), "{lifetime} ms");
    front.gate.wait_audit("\"User:pool-orders\"", SOON);

    for (token, changes, code) in [
        (
            "opaque-aud-wrong",
            json!({ "aud": "payroll" }),
            "AUDIENCE_MISMATCH",
        ),
        ("opaque-aud-none", json!({ "aud": null }), "CLAIM_MISSING"),
        ("opaque-exp-none", json!({ "exp": null }), "CLAIM_MISSING"),
        (
            "opaque-exp-past",
            json!({ "exp": in_seconds(-60), "iat": 1 }),
            "TOKEN_EXPIRED",
        ),
        (
            "opaque-refresh",
            json!({ "typ": "Refresh" }),
            "TOKEN_USE_MISMATCH",
        ),
        (
            "opaque-stranger",
            json!({ "azp": "nobody" }),
            "POOL_NO_MATCH",
        ),
    ] {
        asked.says(token, Answer::Body(active(changes)));
        refused(&front, token, code);
    }
    refused(&front, "opaque-never-issued", "TOKEN_INACTIVE");
    asked.says(
        "opaque-revoked",
        Answer::Body(active(json!({ "active": false }))),
    );
    refused(&front, "opaque-revoked", "TOKEN_INACTIVE");

    // What looks like a JWT is never asked about, whatever the answer would be.
    for (token, code) in [
        (forge.token(&[("kid", "\"nobody\"")], &[]), "KEY_UNKNOWN"),
        (
            forge.token(&[], &[("aud", "\"payroll\"")]),
            "AUDIENCE_MISMATCH",
        ),
        (format!("{}.x", forge.token(&[], &[])), "TOKEN_MALFORMED"),
    ] {
        asked.says(&token, Answer::Body(active(json!({}))));
        refused(&front, &token, code);
        assert_eq!(asked.asked(&token), 0);
    }
}

#[test]
fn an_answer_is_used_again_until_the_token_ends() {
    let (forge, asked) = (Forge::start(), Introspection::start());
    let front = start("opaque_cache", &forge, "opaque", &asked.url());
    asked.says("opaque-asked-once", Answer::Body(active(json!({}))));
    for _ in 0..5 {
        logged_in(&front, "opaque-asked-once");
    }
    assert_eq!(asked.asked("opaque-asked-once"), 1);
    assert!((front.gate.metric("oathgate_introspections_total", "cached") - 4.0).abs() < 0.1);

    // A no is asked about anew each time: it may have been too early.
    for _ in 0..2 {
        refused(&front, "opaque-unknown", "TOKEN_INACTIVE");
    }
    assert_eq!(asked.asked("opaque-unknown"), 2);
    asked.says("opaque-unknown", Answer::Body(active(json!({}))));
    logged_in(&front, "opaque-unknown");

    // A good answer is kept no longer than its `exp`, and neither is the session.
    let short = active(json!({ "exp": in_seconds(6) }));
    asked.says("opaque-short", Answer::Body(short));
    let (mut session, lifetime) = logged_in(&front, "opaque-short");
    assert!((1..=6_000).contains(&lifetime), "{lifetime} ms");
    thread::sleep(Duration::from_secs(7));
    assert!(!session.metadata(), "it outlived its token");
    refused(&front, "opaque-short", "TOKEN_EXPIRED");
    assert_eq!(asked.asked("opaque-short"), 2);
}

#[test]
fn no_answer_is_a_close_and_never_a_no() {
    let (forge, asked) = (Forge::start(), Introspection::start());
    let front = start("opaque_outage", &forge, "opaque", &asked.url());
    let good = active(json!({}));
    asked.says("opaque-known", Answer::Body(good.clone()));
    logged_in(&front, "opaque-known");

    let token = "opaque-in-need";
    let nonsense = |text: &str| Answer::Body(text.to_owned());
    for (what, answer) in [
        ("no connection kept", Answer::HangUp),
        ("a fault of the endpoint", Answer::Status("500 Oops")),
        (
            "our own credential refused",
            Answer::Status("401 Unauthorized"),
        ),
        ("a question limit", Answer::Status("429 Too Many Requests")),
        (
            "an answer elsewhere",
            Answer::Status("302 Found\r\nlocation: http://169.254.169.254/"),
        ),
        (
            "too late",
            Answer::Late(Duration::from_secs(3), good.clone()),
        ),
        ("no JSON", nonsense("<html></html>")),
        ("nothing", nonsense("")),
        ("a list", nonsense("[true]")),
        ("no `active`", nonsense("{}")),
        ("`active` as text", nonsense(r#"{"active":"true"}"#)),
        (
            "`active` twice",
            nonsense(r#"{"active":false,"active":true}"#),
        ),
        (
            "another issuer",
            Answer::Body(active(json!({ "iss": "https://other.example.com" }))),
        ),
        (
            "more than is read",
            nonsense(&format!("{}{good}", " ".repeat(2 << 20))),
        ),
    ] {
        asked.says(token, answer);
        closed(&front, token, what);
        // Nobody else pays for it.
        logged_in(&front, "opaque-known");
    }
    front.gate.wait_audit("INTROSPECTION_UNAVAILABLE", SOON);
    asked.says(token, Answer::Body(good));
    logged_in(&front, token);

    // Nobody listens at all.
    let nowhere = format!("http://127.0.0.1:{}/", ports::one());
    let reloads = || front.gate.metric("oathgate_reloads_total", "ok");
    let before = reloads();
    front
        .gate
        .reload(front.at.toml.replaced(&asked.url(), &nowhere).build());
    let until = Instant::now() + SOON;
    while reloads() <= before {
        assert!(Instant::now() < until, "{}", front.gate.log());
        thread::sleep(Duration::from_millis(20));
    }
    closed(&front, "opaque-after-reload", "nobody listens");
}

#[test]
fn a_jwt_may_need_its_providers_word_too() {
    let (forge, asked) = (Forge::start(), Introspection::start());
    let front = start("opaque_all", &forge, "all", &asked.url());
    let token = forge.token(&[], &[("jti", "\"one\"")]);
    asked.says(&token, Answer::Body(active(json!({ "jti": "one" }))));
    logged_in(&front, &token);
    assert_eq!(asked.asked(&token), 1);
    asked.says("opaque-beside", Answer::Body(active(json!({}))));
    logged_in(&front, "opaque-beside");

    let revoked = forge.token(&[], &[("jti", "\"two\"")]);
    refused(&front, &revoked, "TOKEN_INACTIVE");
    // An answer about somebody else's token is no word for this one.
    asked.says(
        &revoked,
        Answer::Body(active(json!({ "sub": "somebody-else" }))),
    );
    refused(&front, &revoked, "TOKEN_INACTIVE");
    let unheard = forge.token(&[], &[("jti", "\"three\"")]);
    asked.says(&unheard, Answer::HangUp);
    closed(&front, &unheard, "nobody answers");
    // A signature that does not hold is not asked about, and an answer stands in for no other check.
    let (signed, _) = token.rsplit_once('.').expect("three parts");
    let forged = format!("{signed}.{}", "A".repeat(342));
    asked.says(&forged, Answer::Body(active(json!({}))));
    refused(&front, &forged, "SIGNATURE_INVALID");
    assert_eq!(asked.asked(&forged), 0);
    let foreign = forge.token(&[], &[("aud", "\"payroll\"")]);
    asked.says(&foreign, Answer::Body(active(json!({ "aud": "payroll" }))));
    refused(&front, &foreign, "AUDIENCE_MISMATCH");
    let elsewhere = forge.token(&[], &[("jti", "\"four\"")]);
    asked.says(
        &elsewhere,
        Answer::Body(active(json!({ "aud": "payroll" }))),
    );
    refused(&front, &elsewhere, "TOKEN_INACTIVE");
}
