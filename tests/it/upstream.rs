//! How Oathgate reaches the brokers and logs in to them: every way, with a real client before it.

use crate::harness::{
    clients::{Isolation, Kind},
    folder,
    front::{Front, Setup, orders_token},
    kafka::Protocol,
    records, shared,
};
use std::{
    thread,
    time::{Duration, Instant},
};

/// A client produces and consumes through an Oathgate that logs in like this.
fn goes_through(name: &str, protocol: Protocol, sasl: Option<&str>) {
    let kafka = shared::kafka();
    let topic = format!("upstream-{name}");
    kafka.create_topic(&topic, 3, 1);
    let mut setup = Setup::new(&topic);
    setup.protocol = protocol;
    setup.sasl = sasl.map(str::to_owned);
    let mut front = setup.start(&**kafka);
    if protocol == Protocol::SaslPlaintext {
        front
            .gate
            .expect_warning("clusters[0].upstream.tls: is absent");
    }
    let client = front.client(Kind::Librdkafka);
    let sent = client.produce(&topic, 50, name).finish().acknowledged();
    let mut run = client.consume(&topic, &topic, 50, Isolation::Committed);
    records::assert_exactly(sent, &run.finish().read());
}

fn with_password(mechanism: &str) -> String {
    format!(
        "{{ mechanism = \"{mechanism}\", username = \"oathgate\", password_file = \"upstream-password\" }}"
    )
}

#[test]
fn without_a_login() {
    goes_through("none-plaintext", Protocol::Plaintext, None);
    goes_through("none-tls", Protocol::Ssl, None);
}

#[test]
fn by_plain() {
    let sasl = with_password("PLAIN");
    goes_through("plain-plaintext", Protocol::SaslPlaintext, Some(&sasl));
    goes_through("plain-tls", Protocol::SaslSsl, Some(&sasl));
}

#[test]
fn by_scram_sha_256() {
    let sasl = with_password("SCRAM-SHA-256");
    goes_through("scram-256-plaintext", Protocol::SaslPlaintext, Some(&sasl));
    goes_through("scram-256-tls", Protocol::SaslSsl, Some(&sasl));
}

#[test]
fn by_scram_sha_512() {
    let sasl = with_password("SCRAM-SHA-512");
    goes_through("scram-512-plaintext", Protocol::SaslPlaintext, Some(&sasl));
    goes_through("scram-512-tls", Protocol::SaslSsl, Some(&sasl));
}

#[test]
fn by_the_clients_own_token() {
    let sasl = "{ mechanism = \"OAUTHBEARER\" }";
    goes_through("token-plaintext", Protocol::SaslPlaintext, Some(sasl));
    goes_through("token-tls", Protocol::SaslSsl, Some(sasl));
}

/// An Oathgate whose password the brokers do not know.
fn with_a_wrong_password(name: &str) -> Front {
    let kafka = shared::kafka();
    let mut setup = Setup::new(name);
    setup.protocol = Protocol::SaslPlaintext;
    setup.sasl = Some(with_password("SCRAM-SHA-512"));
    let prepared = setup.prepare(&**kafka);
    folder::write_secret(
        &prepared.folder,
        "upstream-password",
        "not-the-password-at-all",
    );
    let mut front = prepared.run_unready();
    front.gate.expect_warning("lkc-tests"); // Every line about this cluster.
    front.gate.expect_warning("UPSTREAM_LOGIN_FAILED");
    front
        .gate
        .wait_log("refused the login", Duration::from_secs(15));
    front
}

#[test]
fn a_refused_credential_of_our_own_is_not_told_as_the_clients_fault() {
    let front = with_a_wrong_password("upstream_wrong_password");
    // The client does not get 58, which would stop it for good, nor is it let in.
    if let Some(mut raw) = front.try_raw() {
        let answer = raw.login(&orders_token(), &[]);
        assert!(answer.is_none(), "{answer:?}");
    }
    assert!(front.gate.metric("oathgate_logins_refused_total", "") < 0.1);
}

#[test]
fn a_refused_credential_of_our_own_is_a_reason_not_to_be_ready() {
    let front = with_a_wrong_password("upstream_not_ready");
    let until = Instant::now() + Duration::from_secs(10);
    while !matches!(front.gate.readiness(), Some((503, _))) {
        assert!(Instant::now() < until, "ready, though no broker lets us in");
        thread::sleep(Duration::from_millis(100));
    }
}
