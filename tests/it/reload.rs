//! SIGHUP: all of a good configuration, nothing of a bad one; nobody is disturbed who need not be.

use crate::harness::{
    authority::Authority,
    front::{Front, Setup, orders_token},
    issuer::Issuer,
    raw::Raw,
    shared,
};
use std::time::Duration;

fn error_of_login(front: &Front) -> i16 {
    front
        .raw()
        .login(&orders_token(), &[])
        .expect("an answer")
        .error
}

#[test]
fn a_good_configuration_is_taken_and_sessions_that_may_go_on_do() {
    let kafka = shared::kafka();
    let front = Setup::new("reload_good").start(&**kafka);
    let mut session = front.logged_in();
    let billing_only = front.at.toml.replaced(
        "allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }",
        "allow = { pools = [\"pool-billing\"] }",
    );
    let narrower = front.at.toml.replaced(
        "claims.azp == \"short-lived-service\"",
        "claims.azp == \"x\"",
    );
    front.reload(narrower.build(), "ok");
    assert!(session.metadata(), "what changed concerns other pools");
    front.reload(billing_only.build(), "ok");
    assert_eq!(error_of_login(&front), 58);
    assert!(!session.metadata(), "a session that lost its right ends");
    front.reload(front.at.toml.build(), "ok");
    assert_eq!(error_of_login(&front), 0);
}

#[test]
fn of_a_bad_configuration_nothing_is_taken() {
    let kafka = shared::kafka();
    let mut front = Setup::new("reload_bad").start(&**kafka);
    front.gate.expect_warning("reload");
    front.gate.expect_warning("configuration");
    front.gate.expect_warning("oathgate.toml");
    let mut session = front.logged_in();
    let cases = [
        ("syntax", "this is not TOML".to_owned()),
        (
            "an unknown key",
            front
                .at
                .toml
                .clone()
                .text("surprise = 1")
                .build()
                .to_owned(),
        ),
        (
            "a missing file",
            front
                .at
                .toml
                .replaced("server.pem", "nobody.pem")
                .build()
                .to_owned(),
        ),
        (
            "half of it",
            front.at.toml.build()[..front.at.toml.build().len() / 2].to_owned(),
        ),
    ];
    for (what, text) in cases {
        front.reload(&text, "failed");
        assert!(session.metadata(), "{what}: the session ended");
        assert_eq!(error_of_login(&front), 0, "{what}");
    }
}

#[test]
fn a_renewed_certificate_is_shown_to_who_connects_from_now_on() {
    let kafka = shared::kafka();
    let front = Setup::new("reload_certificate").start(&**kafka);
    let mut session = front.logged_in();
    let renewed = Authority::new("another authority");
    renewed
        .server(&["localhost", "127.0.0.1"])
        .write(&front.at.folder, "server");
    let address = format!("127.0.0.1:{}", front.at.port);
    assert!(
        Raw::try_tls(&address, &renewed.pem(), "localhost").is_err(),
        "not before the signal"
    );
    front.reload(front.at.toml.build(), "ok");
    let mut raw = Raw::tls(&address, &renewed.pem(), "localhost");
    assert_eq!(raw.login(&orders_token(), &[]).expect("an answer").error, 0);
    assert!(session.metadata(), "an open connection goes on");
}

#[test]
fn a_revocation_ends_idle_sessions_at_once_and_no_others() {
    let kafka = shared::kafka();
    let front = Setup::new("reload_revocation").start(&**kafka);
    let mut idle = front.logged_in();
    let revoking = |what: &str| {
        let text = format!("[[revocations]]\nprovider = \"tests\"\n{what}\n");
        front.at.toml.clone().text(&text).build().to_owned()
    };
    front.reload(&revoking("client_id = \"somebody-else\""), "ok");
    assert!(idle.metadata(), "it concerns another client");
    let revoking = revoking("client_id = \"orders-service\"");
    front.reload(&revoking, "ok");
    // The reload is counted when its snapshot is in force; nothing is sent here.
    let deadline = Duration::from_millis(100);
    assert!(
        idle.is_closed_within(deadline),
        "an idle session outlived its token's revocation"
    );
    assert_eq!(error_of_login(&front), 58);
    let ended = front
        .gate
        .metric("oathgate_sessions_ended_total", "TOKEN_REVOKED");
    assert!(ended >= 1.0, "the end is counted by its reason");
    front.reload(front.at.toml.build(), "ok");
    assert_eq!(error_of_login(&front), 0);
}

#[test]
fn keys_elsewhere_end_sessions_whose_key_is_not_among_them() {
    let kafka = shared::kafka();
    let mut front = Setup::new("reload_jwks_uri").start(&**kafka);
    front.gate.expect_warning("keys not refreshed");
    front
        .gate
        .expect_warning("cannot fetch the provider's keys");
    let keys_at = |uri: &str| {
        let setting = format!("insecure_http = true\njwks_uri = \"{uri}\"\n");
        let toml = front.at.toml.replaced("insecure_http = true\n", &setting);
        toml.build().to_owned()
    };
    let mut idle = front.logged_in();
    front.reload(&keys_at(&shared::issuer().jwks_uri()), "ok");
    assert!(idle.metadata(), "its key is there, too");
    let elsewhere = Issuer::start();
    elsewhere.set_online(false);
    front.reload(&keys_at(&elsewhere.jwks_uri()), "ok");
    assert!(idle.metadata(), "nobody knows the keys yet");
    elsewhere.set_online(true);
    assert!(
        idle.is_closed_within(Duration::from_secs(30)),
        "an idle session outlived its provider's keys"
    );
    assert_eq!(error_of_login(&front), 58);
    front.reload(front.at.toml.build(), "ok");
    assert_eq!(error_of_login(&front), 0);
}
