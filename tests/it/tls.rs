//! Certificates of clients, where a listener wants them, and tokens that are bound to them (RFC 8705).

use crate::harness::{
    authority::{Authority, Pair},
    folder,
    forge::base64,
    front::{Front, Prepared, Setup, orders_token},
    raw::{Authenticated, Raw},
    shared,
};
use aws_lc_rs::digest;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::json;
use std::{thread, time::Duration};

const SOON: Duration = Duration::from_secs(3);

/// The error of a login with this certificate; none if the connection fails before it is answered.
fn login(port: u16, own: Option<&Pair>) -> Option<i16> {
    let address = format!("127.0.0.1:{port}");
    let ca = shared::authority().pem();
    let mut raw = Raw::try_tls_as(&address, &ca, "localhost", own).ok()?;
    raw.login(&orders_token(), &[]).map(|answer| answer.error)
}

/// A front whose listener takes certificates of `authority`, by this rule.
fn prepare(name: &str, rule: &str, authority: &Authority) -> Prepared {
    let mut prepared = Setup::new(name).prepare(&**shared::kafka());
    folder::write(&prepared.folder, "clients.pem", &authority.pem());
    let lines = format!(
        "key_file = \"server.key\"\nclient_ca_file = \"clients.pem\"\nclient_certificate = \"{rule}\""
    );
    prepared.toml = prepared.toml.replaced("key_file = \"server.key\"", &lines);
    std::fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    prepared
}

#[test]
fn a_client_without_the_certificate_that_is_required_gets_nowhere() {
    let (ours, strange) = (
        Authority::new("authority of clients"),
        Authority::new("a stranger"),
    );
    let (member, intruder) = (ours.client("member"), strange.client("member"));
    for (rule, without) in [("required", None), ("optional", Some(0))] {
        let name = format!("tls_client_certificate_{rule}");
        let front = prepare(&name, rule, &ours).run();
        assert_eq!(login(front.at.port, Some(&member)), Some(0), "{rule}");
        assert_eq!(login(front.at.port, Some(&intruder)), None, "{rule}");
        assert_eq!(login(front.at.port, None), without, "{rule}");
    }
}

/// A token of `orders-service` that is bound to the certificate of `pair`.
fn bound_to(pair: &Pair) -> String {
    let der = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("PEM");
    let thumbprint = base64(digest::digest(&digest::SHA256, &der).as_ref());
    shared::issuer().token(json!({
        "sub": "orders-service", "azp": "orders-service", "cnf": { "x5t#S256": thumbprint },
    }))
}

/// A connection that shows this certificate.
fn connect(front: &Front, own: Option<&Pair>) -> Raw {
    let address = format!("127.0.0.1:{}", front.at.port);
    let ca = shared::authority().pem();
    Raw::try_tls_as(&address, &ca, "localhost", own).expect("TLS")
}

fn assert_refused(raw: &mut Raw, answer: Option<Authenticated>, reason: &str) {
    let answer = answer.expect("an answer");
    let message = answer.message.unwrap_or_default();
    assert_eq!(answer.error, 58, "{message}");
    assert!(message.contains(&format!(" {reason} ")), "{message}");
    assert!(raw.is_closed_within(SOON), "{reason}");
}

#[test]
fn a_bound_token_is_good_with_its_certificate_alone() {
    let ours = Authority::new("authority of clients");
    let (owner, thief) = (ours.client("orders-service"), ours.client("thief"));
    let front = prepare("tls_bound", "optional", &ours).run();

    let mut session = connect(&front, Some(&owner));
    let answer = session.login(&bound_to(&owner), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    assert!(session.metadata());
    for own in [Some(&thief), None] {
        let mut raw = connect(&front, own);
        let answer = raw.login(&bound_to(&owner), &[]);
        assert_refused(&mut raw, answer, "TOKEN_BOUND");
    }

    // Kafka wants at least a second between two.
    thread::sleep(Duration::from_millis(1100));
    let answer = session.login(&bound_to(&owner), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "renewed with its own: {answer:?}");
    thread::sleep(Duration::from_millis(1100));
    let answer = session.login(&bound_to(&thief), &[]);
    assert_refused(&mut session, answer, "TOKEN_BOUND");

    // Unbound tokens will do until somebody says otherwise.
    let logged_in = |token: &str| {
        let mut raw = connect(&front, Some(&owner));
        let answer = raw.login(token, &[]).expect("an answer");
        assert_eq!(answer.error, 0, "{answer:?}");
        raw
    };
    let (mut unbound, mut bound) = (logged_in(&orders_token()), logged_in(&bound_to(&owner)));
    let wants = "insecure_http = true\nrequire_bound = true\n";
    let toml = front.at.toml.replaced("insecure_http = true\n", wants);
    front.reload(toml.build(), "ok");
    // Sessions that send nothing learn of it as soon as of a revocation.
    assert!(
        unbound.is_closed_within(Duration::from_millis(100)),
        "an idle session outlived the right of its unbound token"
    );
    assert!(bound.metadata(), "a bound token goes on");
    let mut raw = connect(&front, Some(&owner));
    let answer = raw.login(&orders_token(), &[]);
    assert_refused(&mut raw, answer, "TOKEN_UNBOUND");
    logged_in(&bound_to(&owner));
}
