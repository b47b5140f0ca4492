//! Certificates of clients, where a listener wants them.

use crate::harness::{
    authority::{Authority, Pair},
    folder,
    front::{Setup, orders_token},
    raw::Raw,
    shared,
};

/// The error of a login with this certificate; none if the connection fails before it is answered.
fn login(port: u16, own: Option<&Pair>) -> Option<i16> {
    let address = format!("127.0.0.1:{port}");
    let ca = shared::authority().pem();
    let mut raw = Raw::try_tls_as(&address, &ca, "localhost", own).ok()?;
    raw.login(&orders_token(), &[]).map(|answer| answer.error)
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
        let prepared = Setup::new(&name).prepare(&**shared::kafka());
        folder::write(&prepared.folder, "clients.pem", &ours.pem());
        let lines = format!(
            "key_file = \"server.key\"\nclient_ca_file = \"clients.pem\"\nclient_certificate = \"{rule}\""
        );
        let toml = prepared.toml.replaced("key_file = \"server.key\"", &lines);
        std::fs::write(&prepared.config, toml.build()).expect("write a configuration");
        let front = prepared.run();
        assert_eq!(login(front.at.port, Some(&member)), Some(0), "{rule}");
        assert_eq!(login(front.at.port, Some(&intruder)), None, "{rule}");
        assert_eq!(login(front.at.port, None), without, "{rule}");
    }
}
