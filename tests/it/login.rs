//! What a login is told: accepted, refused with its reason, closed, renewed, expired.

use crate::harness::{
    clients::{Isolation, KINDS},
    front::{Setup, orders_token},
    issuer::{Issuer, SHORT_LIVED, in_seconds},
    produce::{batch, produce},
    raw::{Authenticated, Raw, api, header, initial_response},
    records, shared,
    wire::{Reader, Writer},
};
use oathgate::demo::issuer::Alg;
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(3);

/// Claims of a token that every test's configuration accepts, with these changed.
fn token(changed: Value) -> String {
    let mut claims = json!({ "sub": "orders-service", "azp": "orders-service" });
    for (name, value) in changed.as_object().expect("claims are an object") {
        claims[name] = value.clone();
    }
    shared::issuer().token(claims)
}

/// 58 with Kafka's JSON first, then the reason and 16 hex digits of a login id; no challenge. The login id.
fn assert_refused(answer: &Authenticated, reason: &str) -> String {
    let message = answer.message.clone().unwrap_or_default();
    assert_eq!(
        (answer.error, answer.bytes.as_slice()),
        (58, &[][..]),
        "{answer:?}"
    );
    assert!(
        message.starts_with(r#"{"status":"invalid_token"}"#),
        "{message}"
    );
    assert!(message.contains(reason), "{message}: not {reason}");
    login_id(&message).unwrap_or_else(|| panic!("no login id in: {message}"))
}

fn login_id(message: &str) -> Option<String> {
    let mut words = message.split(|c: char| !c.is_ascii_hexdigit());
    words.rfind(|word| word.len() == 16).map(str::to_owned)
}

#[test]
fn a_good_token_opens_a_session_for_as_long_as_it_is_valid() {
    let kafka = shared::kafka();
    let front = Setup::new("login_good").start(&**kafka);
    let mut raw = front.raw();
    let answer = raw.login(&token(json!({})), &[]).expect("an answer");
    assert_eq!((answer.error, answer.bytes), (0, Vec::new()));
    assert_eq!(answer.message.as_deref(), Some(""), "as Kafka says it");
    assert!(
        (290_000..=300_000).contains(&answer.lifetime_ms),
        "{} ms",
        answer.lifetime_ms
    );
    assert!(raw.metadata());
    front.gate.wait_audit("SUCCESS", SOON);
    assert!(
        front.gate.log().contains("pool-orders"),
        "one INFO line names the principal"
    );
    assert!((front.gate.metric("oathgate_logins_accepted_total", "") - 1.0).abs() < 0.1);
}

#[test]
fn a_bad_token_is_refused_at_once_and_told_why() {
    let kafka = shared::kafka();
    let front = Setup::new("login_refused").start(&**kafka);
    let stranger = Issuer::start();
    let forged = {
        let good = token(json!({}));
        let (signed, signature) = good.rsplit_once('.').expect("three parts");
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        format!("{signed}.{first}{}", &signature[1..])
    };
    let strange_kid = shared::issuer().token_with(
        json!({ "kid": "nobody-has-this-one" }),
        json!({ "sub": "orders-service", "azp": "orders-service" }),
        Alg::Rs256,
    );
    let cases = [
        ("not a token", "nonsense".to_owned(), "TOKEN_MALFORMED"),
        (
            "unknown issuer",
            stranger.token(json!({ "azp": "orders-service" })),
            "ISSUER_UNKNOWN",
        ),
        ("unknown key", strange_kid, "KEY_UNKNOWN"),
        ("forged", forged, "SIGNATURE_INVALID"),
        (
            "expired",
            token(json!({ "exp": in_seconds(-60), "iat": in_seconds(-120) })),
            "TOKEN_EXPIRED",
        ),
        (
            "early",
            token(json!({ "nbf": in_seconds(120) })),
            "TOKEN_NOT_YET_VALID",
        ),
        (
            "lasting",
            token(json!({ "exp": in_seconds(25 * 3600) })),
            "TOKEN_LIFETIME_TOO_LONG",
        ),
        (
            "for another",
            token(json!({ "aud": "payroll" })),
            "AUDIENCE_MISMATCH",
        ),
        (
            "in no pool",
            token(json!({ "azp": "nobody" })),
            "POOL_NO_MATCH",
        ),
        (
            "bound to a key",
            token(json!({ "cnf": { "jkt": "x" } })),
            "TOKEN_BOUND",
        ),
    ];
    for (what, token, reason) in cases {
        let mut raw = front.raw();
        assert_eq!(raw.handshake("OAUTHBEARER").0, 0);
        let began = Instant::now();
        let answer = raw.authenticate(&initial_response(&token, &[]));
        let answer = answer.unwrap_or_else(|| panic!("{what}: closed without an answer"));
        let id = assert_refused(&answer, reason);
        assert!(
            began.elapsed() >= Duration::from_millis(95),
            "{what}: no failure delay"
        );
        assert!(raw.is_closed_within(SOON), "{what}: still open");
        front.gate.wait_audit(&id, SOON);
    }
}

#[test]
fn what_is_told_can_be_kept_to_kafkas_own_words() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("login_generic");
    setup.limits = "client_errors = \"generic\"";
    let front = setup.start(&**kafka);
    let answer = front
        .raw()
        .login(&token(json!({ "aud": "payroll" })), &[])
        .expect("an answer");
    assert_eq!(answer.error, 58);
    assert_eq!(
        answer.message.as_deref(),
        Some(r#"{"status":"invalid_token"}"#)
    );
    front.gate.wait_audit("AUDIENCE_MISMATCH", SOON);
}

#[test]
fn extensions_are_judged() {
    let kafka = shared::kafka();
    let front = Setup::new("login_extensions").start(&**kafka);
    let accepted: [&[(&str, &str)]; 5] = [
        &[("logicalCluster", "lkc-tests")],
        &[("identityPoolId", "pool-orders")],
        &[
            ("logicalCluster", "lkc-tests"),
            ("identityPoolId", "pool-orders"),
        ],
        &[("somethingElse", "is dropped")],
        &[],
    ];
    for extensions in accepted {
        let answer = front
            .raw()
            .login(&orders_token(), extensions)
            .expect("an answer");
        assert_eq!(answer.error, 0, "{extensions:?}: {answer:?}");
    }
    let invalid = "Authentication failed: 1 extensions are invalid! They are: ";
    let refused: [(&[(&str, &str)], &str); 4] = [
        (
            &[("logicalCluster", "lkc-other")],
            &format!("{invalid}logicalCluster: "),
        ),
        (&[("LogicalCluster", "lkc-tests")], "EXTENSION_MISSPELT"),
        (&[("identitypoolid", "pool-orders")], "EXTENSION_MISSPELT"),
        (&[("identityPoolId", "pool-billing")], "POOL_NOT_USABLE"),
    ];
    for (extensions, expected) in refused {
        let answer = front
            .raw()
            .login(&orders_token(), extensions)
            .expect("an answer");
        let message = answer.message.unwrap_or_default();
        assert_eq!(answer.error, 58, "{extensions:?}: {message}");
        assert!(message.contains(expected), "{extensions:?}: {message}");
    }
}

#[test]
fn a_pool_that_does_not_match_looks_like_one_that_does_not_exist() {
    let kafka = shared::kafka();
    let front = Setup::new("login_pool_alike").start(&**kafka);
    let told = ["pool-billing", "pool-of-nobody"].map(|pool| {
        let extensions = [("identityPoolId", pool)];
        let answer = front
            .raw()
            .login(&orders_token(), &extensions)
            .expect("an answer");
        let message = answer.message.expect("a message");
        message
            .replace(&login_id(&message).unwrap_or_default(), "")
            .replace(pool, "")
    });
    assert_eq!(told[0], told[1]);
}

#[test]
fn a_session_is_renewed_in_place_for_the_same_principal_only() {
    let kafka = shared::kafka();
    let front = Setup::new("login_renewed").start(&**kafka);
    let mut raw = front.logged_in();
    thread::sleep(Duration::from_millis(1100)); // Kafka wants at least a second between two.
    let answer = raw.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    assert!(raw.metadata());
    thread::sleep(Duration::from_millis(1100));
    let other = token(json!({ "sub": "another-subject" }));
    let answer = raw.login(&other, &[]).expect("an answer");
    let message = answer.message.unwrap_or_default();
    assert_eq!(answer.error, 58, "{message}");
    assert!(
        message.contains("Cannot change principals during re-authentication"),
        "{message}"
    );
    assert!(raw.is_closed_within(SOON));
}

#[test]
fn an_expired_session_is_closed_at_its_next_request_but_may_be_renewed_late() {
    let kafka = shared::kafka();
    let front = Setup::new("login_expiry").start(&**kafka);
    let short = || token(json!({ "exp": in_seconds(5) }));
    let mut idle = front.raw();
    let mut late = front.raw();
    for raw in [&mut idle, &mut late] {
        let answer = raw.login(&short(), &[]).expect("an answer");
        assert_eq!(answer.error, 0, "{answer:?}");
        assert!(
            (3_000..=5_000).contains(&answer.lifetime_ms),
            "{} ms",
            answer.lifetime_ms
        );
        assert!(raw.metadata());
    }
    thread::sleep(Duration::from_secs(6));
    assert!(!idle.metadata(), "an expired session was served");
    let answer = late.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(
        answer.error, 0,
        "Java renews at or after the end: {answer:?}"
    );
    assert!(late.metadata());
}

#[test]
fn the_lifetime_of_a_session_can_be_capped() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("login_cap");
    setup.limits = "max_reauth = \"10s\"";
    let front = setup.start(&**kafka);
    let answer = front.raw().login(&orders_token(), &[]).expect("an answer");
    assert!((9_000..=10_000).contains(&answer.lifetime_ms), "{answer:?}");
}

#[test]
fn a_token_with_too_little_time_left_is_closed_without_an_answer() {
    let kafka = shared::kafka();
    let mut front = Setup::new("login_too_soon").start(&**kafka);
    front.gate.expect_warning("TOKEN_EXPIRES_TOO_SOON");
    let answer = front
        .raw()
        .login(&token(json!({ "exp": in_seconds(2) })), &[]);
    assert_eq!(answer, None, "58 would stop a Java application for good");
    front.gate.wait_audit("TOKEN_EXPIRES_TOO_SOON", SOON);
}

#[test]
fn the_oldest_handshake_carries_a_bare_token() {
    let kafka = shared::kafka();
    let front = Setup::new("login_v0").start(&**kafka);
    let mut raw = front.raw();
    let body = Writer::default().string("OAUTHBEARER");
    let answer = raw
        .call(api::SASL_HANDSHAKE, 0, &body.0)
        .expect("an answer");
    assert_eq!(Reader(&answer).i16(), 0);
    raw.send_frame(&initial_response(&orders_token(), &[]));
    assert_eq!(
        raw.frame(),
        Some(Vec::new()),
        "kafka-python-ng waits for four zero bytes"
    );
    assert!(raw.metadata());
}

#[test]
fn another_mechanism_is_refused_with_the_one_there_is() {
    let kafka = shared::kafka();
    let front = Setup::new("login_mechanism").start(&**kafka);
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "oauthbearer", ""] {
        let mut raw = front.raw();
        let told = (33, vec!["OAUTHBEARER".to_owned()]);
        assert_eq!(raw.handshake(mechanism), told, "{mechanism}");
        assert!(raw.is_closed_within(SOON));
    }
}

/// Row 81: two logins at once, of which Kafka takes the second for a request out of place (the one with which the
/// connection began does not count); and another mechanism.
#[test]
fn a_session_may_neither_hurry_nor_change_its_mechanism() {
    let kafka = shared::kafka();
    let front = Setup::new("login_hurry").start(&**kafka);
    let mut raw = front.logged_in();
    let again = raw.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(again.error, 0, "{again:?}");
    let answer = raw.call(
        api::SASL_HANDSHAKE,
        1,
        &Writer::default().string("OAUTHBEARER").0,
    );
    let answer = answer.expect("an answer");
    assert_eq!(
        Reader(&answer).i16(),
        34,
        "Kafka wants at least a second between two"
    );
    assert!(raw.metadata(), "and the session goes on");
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(raw.handshake("PLAIN").0, 33);
    assert!(raw.is_closed_within(SOON));
}

#[test]
fn versions_can_be_asked_for_before_the_login() {
    let kafka = shared::kafka();
    let front = Setup::new("login_versions").start(&**kafka);
    for version in 0..=2 {
        let answer = front
            .raw()
            .call(api::API_VERSIONS, version, &[])
            .expect("an answer");
        let mut answer = Reader(&answer);
        assert_eq!(answer.i16(), 0, "version {version}");
        let keys: Vec<(i16, i16, i16)> = (0..answer.i32())
            .map(|_| (answer.i16(), answer.i16(), answer.i16()))
            .collect();
        assert!(keys.contains(&(api::SASL_HANDSHAKE, 0, 1)), "{keys:?}");
        assert!(keys.contains(&(api::SASL_AUTHENTICATE, 0, 2)), "{keys:?}");
        assert!(
            keys.iter().all(|key| key.0 != api::LEADER_AND_ISR),
            "{keys:?}"
        );
    }
    let mut raw = front.raw();
    let too_new = header(api::API_VERSIONS, 99, 7)
        .no_tags()
        .compact_string("raw")
        .compact_string("1")
        .no_tags();
    raw.send_frame(&too_new.0);
    let answer = raw.frame().expect("an answer");
    let mut answer = Reader(&answer);
    assert_eq!((answer.i32(), answer.i16()), (7, 35), "in the oldest form");
    let first = (answer.i32() > 0).then(|| answer.i16());
    assert_eq!(first, Some(api::API_VERSIONS), "at least its own range");
    assert!(
        raw.call(api::API_VERSIONS, 0, &[]).is_some(),
        "the client may ask again"
    );
    assert_eq!(raw.login(&orders_token(), &[]).expect("an answer").error, 0);
}

#[test]
fn other_requests_before_the_login_are_closed_and_between_its_steps_answered_34_where_that_fits() {
    let kafka = shared::kafka();
    let front = Setup::new("login_order").start(&**kafka);
    assert!(!front.raw().metadata(), "before the handshake");
    assert_eq!(
        front.raw().authenticate(b"n,,\x01auth=Bearer x\x01\x01"),
        None,
        "no handshake yet"
    );
    let mut raw = front.raw();
    assert!(raw.call(api::API_VERSIONS, 0, &[]).is_some());
    let again = raw.call(api::API_VERSIONS, 0, &[]);
    assert_eq!(again, None, "versions are told once");
    // Between handshake and token the error is named where the answer has a place for one of its own.
    let coordinator = Writer::default().string("readers").i8(0);
    for (key, version, body, before) in [
        (api::API_VERSIONS, 0, Writer::default(), 0),
        (api::FIND_COORDINATOR, 1, coordinator, 4),
    ] {
        let mut raw = front.raw();
        raw.handshake("OAUTHBEARER");
        let answer = raw.call(key, version, &body.0).expect("an answer");
        let mut answer = Reader(&answer);
        answer.take(before);
        assert_eq!(answer.i16(), 34, "api {key}");
        assert!(raw.is_closed_within(SOON));
    }
    // Where errors are those of items, it is closed.
    let produced = produce("orders", 1, &batch("key", b"value"));
    let all_topics = Writer::default().i32(-1);
    for (key, version, body) in [(api::PRODUCE, 7, produced), (api::METADATA, 1, all_topics)] {
        let mut raw = front.raw();
        raw.handshake("OAUTHBEARER");
        assert_eq!(raw.call(key, version, &body.0), None, "api {key}");
    }
}

#[test]
fn the_first_login_after_a_rotation_of_keys_succeeds() {
    let issuer = Issuer::start();
    let kafka = shared::kafka();
    let mut setup = Setup::new("login_rotation");
    setup.issuer = &issuer;
    let front = setup.start(&**kafka);
    let fresh = || issuer.token(json!({ "sub": "orders-service", "azp": "orders-service" }));
    let old = fresh();
    assert_eq!(front.raw().login(&old, &[]).expect("an answer").error, 0);
    let fetches = issuer.jwks_fetches();
    issuer.rotate(false);
    assert_eq!(
        front.raw().login(&fresh(), &[]).expect("an answer").error,
        0
    );
    assert!(issuer.jwks_fetches() > fetches);
    let answer = front.raw().login(&old, &[]).expect("an answer");
    assert_refused(&answer, "KEY_UNKNOWN");
}

#[test]
fn without_a_good_refresh_an_unknown_key_is_nobodys_fault() {
    let issuer = Issuer::start();
    let kafka = shared::kafka();
    let mut setup = Setup::new("login_issuer_down");
    setup.issuer = &issuer;
    let mut front = setup.start(&**kafka);
    front.gate.expect_warning("tests"); // The refresh of this provider's keys fails.
    let fresh = || issuer.token(json!({ "sub": "orders-service", "azp": "orders-service" }));
    let old = fresh();
    issuer.set_online(false);
    issuer.rotate(false);
    assert_eq!(
        front.raw().login(&fresh(), &[]),
        None,
        "58 would stop a Java application for good"
    );
    assert_eq!(
        front.raw().login(&old, &[]).expect("an answer").error,
        0,
        "known keys stay"
    );
}

#[test]
fn real_clients_renew_their_sessions_while_they_produce() {
    let kafka = shared::kafka();
    kafka.create_topic("login-renewal", 1, 1);
    let mut front = Setup::new("login_clients").start(&**kafka);
    // A client may connect to a further broker with the token that it still has.
    front.gate.expect_warning("TOKEN_EXPIRES_TOO_SOON");
    let mut runs = KINDS.map(|kind| {
        let client = front.client(kind).with_id(SHORT_LIVED);
        client.produce_slowly("login-renewal", 100, &format!("{kind:?}"), 200)
    });
    let sent: Vec<String> = runs
        .iter_mut()
        .flat_map(|run| run.finish().acknowledged())
        .collect();
    let renewed = front.gate.metric("oathgate_reauthentications_total", "");
    assert!(
        renewed >= 6.0,
        "20 s with tokens of 8 s, three clients: {renewed} renewals"
    );
    let reader = front.client(KINDS[1]);
    let mut run = reader.consume("login-renewal", "login-renewal", 300, Isolation::Committed);
    records::assert_exactly(sent, &run.finish().read());
}

#[test]
fn a_connection_that_says_nothing_is_not_a_failed_login() {
    let kafka = shared::kafka();
    let front = Setup::new("login_tcp_check").start(&**kafka);
    drop(Raw::plaintext(&format!("127.0.0.1:{}", front.at.port)));
    let until = Instant::now() + SOON;
    while front.gate.metric("oathgate_tcp_checks_total", "") < 1.0 {
        assert!(Instant::now() < until, "{}", front.gate.metrics());
        thread::sleep(Duration::from_millis(50));
    }
    assert!(front.gate.metric("oathgate_logins_refused_total", "") < 0.1);
    assert!(front.gate.audit().is_empty());
}
