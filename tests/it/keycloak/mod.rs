//! Tokens of a real Keycloak: client credentials, audience, groups, introspection; keys that rotate while
//! clients are connected and in a flood of random key ids; an outage, with and without a restart of
//! Oathgate; `oathgate login`. One test, for a start of Keycloak takes a minute.

mod login;

use crate::harness::{
    clients::Kind,
    folder,
    forge::base64,
    front::{Front, Setup},
    issuer,
    keycloak::Keycloak,
    raw::Raw,
    shared,
};
use serde_json::Value;
use std::{
    fs,
    net::Ipv4Addr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(10);

/// Pools by group and by client, and JWTs asked about, if `asked`.
fn start(name: &str, keycloak: &Keycloak, asked: bool) -> Front {
    let kafka = shared::kafka();
    let mut prepared = Setup::new(name).prepare(&**kafka);
    let toml = prepared
        .toml
        .replaced(&shared::issuer().url(), &keycloak.issuer())
        .replaced(
            "filter = 'claims.azp == \"billing-service\"'",
            "filter = '\"/team-a\" in claims.groups'",
        );
    prepared.toml = if asked {
        fs::write(
            prepared.folder.join("introspection-secret"),
            issuer::secret_of("oathgate"),
        )
        .expect("write a secret");
        toml.text(
            "[providers.introspection]\nclient_id = \"oathgate\"\ntokens = \"jwt\"\ntimeout = \"8s\"\n\
             client_secret_file = \"introspection-secret\"\n",
        )
    } else {
        toml
    };
    prepared.token_endpoint = keycloak.token_endpoint();
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    let mut front = prepared.run();
    for expected in ["introspection-secret", "keys not refreshed", "login closed"] {
        front.gate.expect_warning(expected);
    }
    front
}

fn logged_in(front: &Front, token: &str) -> Raw {
    let mut raw = front.raw();
    let answer = raw.login(token, &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    raw
}

fn refused(front: &Front, token: &str, extensions: &[(&str, &str)], code: &str) {
    let answer = front.raw().login(token, extensions).expect("an answer");
    let message = answer.message.unwrap_or_default();
    assert_eq!(answer.error, 58, "{message}");
    assert!(message.contains(code), "{message}");
}

/// The token with another key id: nobody's signature, but that shows only once the key is known.
fn with_kid(token: &str, kid: &str) -> String {
    let (_, rest) = token.split_once('.').expect("three parts");
    let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{kid}"}}"#);
    format!("{}.{rest}", base64(header.as_bytes()))
}

/// Logs in from another address than the flood, again and again as clients do.
fn log_in_elsewhere(front: &Front, token: &str) -> bool {
    let address = format!("127.0.0.1:{}", front.at.port);
    let until = Instant::now() + Duration::from_secs(45);
    while Instant::now() < until {
        let from = Ipv4Addr::new(127, 0, 0, 2);
        let mut raw = Raw::tls_from(from, &address, &shared::authority().pem(), "localhost");
        if raw
            .login(token, &[])
            .is_some_and(|answer| answer.error == 0)
        {
            return true;
        }
    }
    false
}

fn tokens_yield_what_the_realm_says(front: &Front, keycloak: &Keycloak) {
    let token = keycloak.token("orders-service");
    assert!(logged_in(front, &token).metadata());
    front.gate.wait_audit("\"User:pool-billing\"", SOON);
    let by_group = [("identityPoolId", "pool-billing")];
    let answer = front.raw().login(&token, &by_group).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    refused(
        front,
        &token,
        &[("identityPoolId", "pool-short")],
        "POOL_NOT_USABLE",
    );
    let foreign = keycloak.token("payroll-service");
    refused(front, &foreign, &[], "AUDIENCE_MISMATCH");
}

fn keys_rotate_while_clients_are_connected(front: &Front, keycloak: &Keycloak) {
    let mut before = logged_in(front, &keycloak.token("orders-service"));
    let fresh = |at: &Front| {
        keycloak.rotate();
        let token = keycloak.token("orders-service");
        assert!(log_in_elsewhere(at, &token), "{}", at.gate.log());
    };
    fresh(front);
    assert!(before.metadata(), "a rotation ends no session");

    let base = keycloak.token("orders-service");
    let flooding = AtomicBool::new(true);
    thread::scope(|scope| {
        for flooder in 0..3 {
            let (flooding, base) = (&flooding, &base);
            scope.spawn(move || {
                let mut nth = 0;
                while flooding.load(Ordering::Relaxed) {
                    nth += 1;
                    let token = with_kid(base, &format!("random-{flooder}-{nth}"));
                    let answer = front.raw().login(&token, &[]);
                    assert!(answer.is_none_or(|answer| answer.error == 58));
                }
            });
        }
        thread::sleep(Duration::from_secs(1));
        fresh(front);
        flooding.store(false, Ordering::Relaxed);
    });
    assert!(before.metadata());
}

fn a_revoked_token_is_heard_of(keycloak: &Keycloak) {
    let front = start("keycloak_asked", keycloak, true);
    let token = keycloak.token("orders-service");
    assert!(logged_in(&front, &token).metadata());
    let revoked = keycloak.token("orders-service");
    keycloak.revoke("orders-service", &revoked);
    refused(&front, &revoked, &[], "TOKEN_INACTIVE");
    assert!(
        front
            .gate
            .metric("oathgate_introspections_total", "inactive")
            > 0.5
    );
}

/// Java goes on through an outage of Keycloak; known keys serve logins meanwhile.
fn an_outage_ends_nothing(front: &Front, keycloak: &mut Keycloak) {
    let kafka = shared::kafka();
    kafka.create_topic("keycloak-outage", 1, 1);
    let client = front.client(Kind::Java);
    let mut run = client.produce_slowly("keycloak-outage", 200, "outage", 100);
    run.wait("acked", 20);
    let token = keycloak.token("orders-service");
    let mut session = logged_in(front, &token);
    keycloak.stop();
    assert!(session.metadata());
    assert!(logged_in(front, &token).metadata(), "known keys stay");
    let stranger = with_kid(&token, "nobody-knows-whose");
    let answer = front.raw().login(&stranger, &[]);
    assert_eq!(
        answer, None,
        "nobody knows whether that key exists: no error 58"
    );
    run.finish();
    keycloak.run();
    // It kept nothing, so these are other keys under other ids.
    let fresh = keycloak.token("orders-service");
    assert!(log_in_elsewhere(front, &fresh), "{}", front.gate.log());
    assert!(session.metadata());
}

/// The document that the preset is tried against is what Keycloak serves, but for the host.
fn its_document_is_the_recorded_one(keycloak: &Keycloak, folder: &Path) {
    let url = format!("{}/.well-known/openid-configuration", keycloak.issuer());
    let served = keycloak
        .get(&url)
        .replace(&keycloak.base(), "https://sso.example.com");
    let seen = folder.join("discovery.json");
    fs::write(&seen, &served).expect("write what was seen");
    let recorded =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/keycloak/discovery.json");
    let recorded = fs::read_to_string(recorded).expect("read what was recorded");
    // Keycloak keeps sets, whose order is no promise.
    let read = |text: &str| {
        let mut document: Value = serde_json::from_str(text).expect("JSON");
        for member in document.as_object_mut().expect("an object").values_mut() {
            if let Value::Array(texts) = member {
                texts.sort_by_key(ToString::to_string);
            }
        }
        document
    };
    assert_eq!(
        read(&served),
        read(&recorded),
        "take over {}",
        seen.display()
    );
}

#[test]
fn keycloak_issues_the_tokens() {
    let folder = folder::of("keycloak");
    let mut keycloak = Keycloak::start(&folder);
    its_document_is_the_recorded_one(&keycloak, &folder);
    let front = start("keycloak_front", &keycloak, false);
    tokens_yield_what_the_realm_says(&front, &keycloak);
    login::by_credentials(&front, &keycloak);
    login::by_a_person(&keycloak);
    keys_rotate_while_clients_are_connected(&front, &keycloak);
    a_revoked_token_is_heard_of(&keycloak);
    an_outage_ends_nothing(&front, &mut keycloak);
}
