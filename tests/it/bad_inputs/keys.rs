//! Rows 55, 57 and 60: providers that serve nonsense, keys that vanish, floods of key ids.

use super::{Forge, Front, Prepared, Raw, SOON, prepare, provider, shared, start};
use crate::harness::issuer::in_seconds;
use std::{
    fs,
    net::Ipv4Addr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Rows 57 and 60: whatever the provider serves, or if it never ends to, the keys at hand go on; and those
/// of others are fetched.
#[test]
fn a_provider_that_serves_nonsense_costs_nobody_a_login() {
    let (forge, other) = (Forge::start(), Forge::start());
    let mut front = beside("bad_key_sets", &forge, &other).run();
    front.gate.expect_warning("keys not refreshed");
    let (good, others) = (forge.token(&[], &[]), other.token(&[], &[]));
    let served = [
        ("500 Oops", ""),
        ("200 OK", "<html></html>"),
        ("200 OK", ""),
        ("200 OK", r#"{"keys":[]}"#),
        (
            "200 OK",
            r#"{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}"#,
        ),
        ("302 Found\r\nlocation: http://169.254.169.254/latest", ""),
        ("", ""),
    ];
    for (nth, (status, body)) in served.into_iter().enumerate() {
        forge.answer(status, body);
        front.gate.signal("USR1");
        wait("a failed refresh", || {
            let failed = front.gate.metric("oathgate_jwks_refreshes_total", "failed");
            failed > nth as f64 + 0.5
        });
        for token in [&good, &others] {
            let answer = front.raw().login(token, &[]).expect("an answer");
            assert_eq!(answer.error, 0, "{status} {body}: {answer:?}");
        }
    }
}

/// Rows 57 and 60, from the first start on: nobody is told that a token is bad whose provider never made
/// sense, and tokens of another get in.
#[test]
fn a_provider_that_never_made_sense_closes_its_own_logins_alone() {
    let (forge, other) = (Forge::start(), Forge::start());
    forge.answer("200 OK", "<html></html>");
    let mut front = beside("bad_first_keys", &forge, &other).run_unready();
    for warning in [
        "cannot fetch the provider's keys",
        "keys not refreshed",
        "login closed",
    ] {
        front.gate.expect_warning(warning);
    }
    let others = other.token(&[], &[]);
    wait("a login at the other provider", || {
        let raw = front.try_raw();
        let answer = raw.and_then(|mut raw| raw.login(&others, &[]));
        answer.is_some_and(|answer| answer.error == 0)
    });
    // The others' clients keep being sent here.
    let (status, body) = front.gate.readiness().expect("an answer");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let reason = &body["reasons"][0];
    assert_eq!((status, &body["ready"]), (200, &true.into()), "{body}");
    assert_eq!(reason["condition"], "KEYS_MISSING");
    assert_eq!(reason["blocks"], false);
    let mut raw = front.raw();
    assert_eq!(raw.login(&forge.token(&[], &[]), &[]), None, "a close");
    front.gate.wait_audit("KEYS_UNAVAILABLE", SOON);
    let refused = front.gate.metric("oathgate_logins_refused_total", "");
    assert!(refused < 0.1, "{refused} are told that their token is bad");
    forge.publish(&[&forge.jwk("k1")]);
    front.gate.signal("USR1");
    wait("a login once it makes sense", || {
        let answer = front.raw().login(&forge.token(&[], &[]), &[]);
        answer.is_some_and(|answer| answer.error == 0)
    });
}

/// A refresh on demand ends the sessions whose key is gone, a routine one does not.
#[test]
fn keys_that_vanish_end_sessions_when_somebody_asks() {
    let forge = Forge::start();
    forge.publish(&[&forge.jwk("k1"), &forge.jwk("k2")]);
    let front = start("key_demand", &forge);
    let session = |kid: &str| {
        let mut raw = front.raw();
        let token = forge.token(&[("kid", &format!("{kid:?}"))], &[]);
        assert_eq!(raw.login(&token, &[]).expect("an answer").error, 0);
        raw
    };
    let (mut first, mut second) = (session("k1"), session("k2"));
    forge.publish(&[&forge.jwk("k2"), &forge.jwk("k3")]);
    // Routine: a login with the new key has the set fetched, and the old key is gone.
    let mut third = session("k3");
    assert!(first.metadata() && second.metadata() && third.metadata());
    let before = front.gate.metric("oathgate_jwks_refreshes_total", "ok");
    front.gate.signal("USR1");
    wait("a refresh", || {
        front.gate.metric("oathgate_jwks_refreshes_total", "ok") > before + 0.5
    });
    wait("the end of the first session", || !first.metadata());
    assert!(second.metadata() && third.metadata());
    front.gate.wait_audit("\"reason\":\"KEY_UNKNOWN\"", SOON);
}

/// Row 55: a flood of key ids costs the provider its bucket, and a rotation in its midst succeeds.
#[test]
fn a_rotation_succeeds_in_a_flood_of_random_key_ids() {
    let forge = Forge::start();
    let mut front = start("kid_flood", &forge);
    front.gate.expect_warning("login closed");
    let before = forge.fetches();
    let began = Instant::now();
    let flooding = AtomicBool::new(true);
    thread::scope(|scope| {
        for flooder in 0..4 {
            let (front, forge, flooding) = (&front, &forge, &flooding);
            scope.spawn(move || {
                let mut nth = 0;
                while flooding.load(Ordering::Relaxed) {
                    nth += 1;
                    let kid = format!("\"random-{flooder}-{nth}\"");
                    let answer = front.raw().login(&forge.token(&[("kid", &kid)], &[]), &[]);
                    assert!(answer.is_none_or(|answer| answer.error == 58));
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        forge.publish(&[&forge.jwk("k1"), &forge.jwk("rotated")]);
        let fresh = forge.token(&[("kid", "\"rotated\"")], &[]);
        let mut accepted = false;
        // A client elsewhere, which tries again as clients do.
        while !accepted && began.elapsed() < Duration::from_secs(40) {
            let mut raw = elsewhere(&front);
            accepted = raw
                .login(&fresh, &[])
                .is_some_and(|answer| answer.error == 0);
        }
        flooding.store(false, Ordering::Relaxed);
        assert!(
            accepted,
            "the rotated key was never seen:\n{}",
            front.gate.log()
        );
    });
    // Three at once, and one in twenty seconds.
    let most = 4 + began.elapsed().as_secs() / 20;
    let fetches = forge.fetches() - before;
    assert!(
        fetches <= most,
        "{fetches} fetches in {:?}",
        began.elapsed()
    );
}

/// A front that trusts `forge`, and `other` too, whose users may use the same cluster.
fn beside(name: &str, forge: &Forge, other: &Forge) -> Prepared {
    let mut prepared = prepare(name, forge, &provider("other", other));
    let pools = "\"pool-short\", \"pool-other\"]";
    prepared.toml = prepared.toml.replaced("\"pool-short\"]", pools);
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    prepared
}

/// A connection of a client with another address than this test's others.
/// A key is replaced under its id while bad signatures come in: they cost the provider its bucket, and
/// the first token by the new key gets in.
#[test]
fn a_key_is_replaced_under_its_id_in_a_flood_of_bad_signatures() {
    let (forge, renewed) = (Forge::start(), Forge::start());
    let mut front = start("signature_flood", &forge);
    front.gate.expect_warning("login closed");
    let now = || in_seconds(-1).to_string();
    // A bad signature is one after the provider was asked again, and for that token only once.
    let token = renewed.sign(&forge.header(&[]), &forge.payload(&[("iat", &now())]));
    let before = forge.fetches();
    for _ in 0..2 {
        let answer = front.raw().login(&token, &[]).expect("an answer");
        assert_eq!(answer.error, 58);
        assert!(
            answer
                .message
                .expect("a text")
                .contains("SIGNATURE_INVALID")
        );
        assert_eq!(forge.fetches(), before + 1);
    }
    let began = Instant::now();
    let flooding = AtomicBool::new(true);
    thread::scope(|scope| {
        for flooder in 0..4 {
            let (front, forge, flooding, now) = (&front, &forge, &flooding, &now);
            scope.spawn(move || {
                let mut nth = 0;
                while flooding.load(Ordering::Relaxed) {
                    nth += 1;
                    let jti = format!("\"{flooder}-{nth}\"");
                    let payload = forge.payload(&[("iat", &now()), ("jti", &jti)]);
                    let signed = forge.sign(&forge.header(&[]), &payload);
                    let (signed, _) = signed.rsplit_once('.').expect("three parts");
                    let bad = format!("{signed}.{}", "A".repeat(342));
                    let answer = front.raw().login(&bad, &[]);
                    assert!(answer.is_none_or(|answer| answer.error == 58));
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        forge.publish(&[&renewed.jwk("k1")]);
        let fresh = renewed.sign(&forge.header(&[]), &forge.payload(&[("iat", &now())]));
        let mut accepted = false;
        // A client elsewhere, which tries again as clients do after a close, and not after 58.
        while !accepted && began.elapsed() < Duration::from_secs(40) {
            let answer = elsewhere(&front).login(&fresh, &[]);
            let error = answer.map(|answer| answer.error);
            assert_ne!(error, Some(58), "58 would stop a Java application for good");
            accepted = error == Some(0);
        }
        flooding.store(false, Ordering::Relaxed);
        assert!(
            accepted,
            "the new key was never seen:\n{}",
            front.gate.log()
        );
    });
    let most = 4 + began.elapsed().as_secs() / 20;
    let fetches = forge.fetches() - before;
    assert!(fetches <= most, "{fetches} fetches");
}

/// Keys without ids: the first login by the next one gets in, too.
#[test]
fn keys_without_ids_rotate() {
    let (forge, renewed) = (Forge::start(), Forge::start());
    let nameless = |forge: &Forge| forge.jwk("x").replace(r#""kid":"x","#, "");
    forge.publish(&[&nameless(&forge)]);
    let front = start("keys_without_ids", &forge);
    let token = |signer: &Forge| {
        let iat = in_seconds(-1).to_string();
        let payload = forge.payload(&[("iat", &iat)]);
        signer.sign(&forge.header(&[("kid", "")]), &payload)
    };
    for signer in [&forge, &renewed] {
        forge.publish(&[&nameless(signer)]);
        let answer = front.raw().login(&token(signer), &[]).expect("an answer");
        assert_eq!(answer.error, 0, "{answer:?}");
    }
}

fn elsewhere(front: &Front) -> Raw {
    let address = format!("127.0.0.1:{}", front.at.port);
    Raw::tls_from(
        Ipv4Addr::new(127, 0, 0, 2),
        &address,
        &shared::authority().pem(),
        "localhost",
    )
}

pub(super) fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
