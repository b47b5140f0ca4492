//! Names that two could have: whoever has the name does not become whoever had it first.

use super::{Forge, Setup, provider, shared, start_with};
use crate::harness::{kafka::Protocol, ports};
use std::{fs, thread};

/// Whoever has the name does not become whoever had it first.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one configuration, each clash in turn"
)]
fn one_name_of_two_issuers_or_organizations_stays_two() {
    let (one, two) = (Forge::start(), Forge::start());
    let kafka = shared::kafka();
    let mut prepared = Setup::new("clashes").prepare(&**kafka);
    let users = |forge: &Forge, name: &str, organization: &str, audience: &str, prefix: &str| {
        format!(
            "[[providers]]\nname = \"{name}\"\norganization = \"{organization}\"\nissuer = \"{}\"\n\
             insecure_http = true\naudiences = [\"{audience}\"]\nidentities = \"users\"\n\
             username = {{ claim = \"email\", prefix = \"{prefix}\" }}\n",
            forge.url()
        )
    };
    let other = format!(
        "[[clusters]]\nid = \"lkc-other\"\norganization = \"other\"\nbootstrap_servers = {:?}\n\
         authorization = \"broker-shared-identity\"\nallow = {{ users = [\"a:joe@example.com\"] }}\n",
        kafka.bootstrap(Protocol::Plaintext)
    );
    prepared.toml = prepared
        .toml
        .replaced("allow = {", "allow = { users = [\"a:joe@example.com\"],")
        .replaced(
            "node_ids = \"1-3\"\n",
            &format!(
                "node_ids = \"1-3\"\n[[listeners.clusters]]\ncluster = \"lkc-other\"\n\
                 first_port = {}\nnode_ids = \"1-3\"\n",
                ports::block(3)
            ),
        )
        .text(&other)
        .text(&users(&one, "one", "default", "kafka", "a:"))
        .text(&users(&two, "two", "default", "kafka", "poo"))
        .text(&users(&one, "one", "other", "others-kafka", "a:"));
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    let front = prepared.run();
    let joe = |forge: &Forge, email: &str, audience: &str| {
        let (email, audience) = (format!("{email:?}"), format!("{audience:?}"));
        let changes = [
            ("email", email.as_str()),
            ("email_verified", "true"),
            ("aud", &audience),
        ];
        forge.token(&[], &changes)
    };
    let told = |token: &str, cluster: &str| {
        let answer = front.raw().login(token, &[("logicalCluster", cluster)]);
        let answer = answer.expect("an answer");
        (answer.error, answer.message.unwrap_or_default())
    };
    let email = "joe@example.com";
    let (here, there) = ("lkc-tests", "lkc-other");
    assert_eq!(told(&joe(&one, email, "kafka"), here).0, 0);
    assert_eq!(told(&joe(&one, email, "others-kafka"), there).0, 0);
    for (what, token, cluster, code) in [
        (
            "the email of another issuer",
            joe(&two, email, "kafka"),
            here,
            "CLUSTER_NOT_ALLOWED",
        ),
        (
            "a user called as a pool",
            joe(&two, "l-orders", "kafka"),
            here,
            "USERNAME_RESERVED",
        ),
        (
            "another organization's token",
            joe(&one, email, "kafka"),
            there,
            "AUDIENCE_MISMATCH",
        ),
        (
            "an issuer that only the other has",
            joe(&two, email, "kafka"),
            there,
            "ISSUER_UNKNOWN",
        ),
    ] {
        let (error, message) = told(&token, cluster);
        assert_eq!(error, 58, "{what}: {message}");
        assert!(message.contains(code), "{what}: {message}");
    }
}

/// Row 34 and CVE-2026-49998: two issuers with one key id, both asked at once and from many sides.
#[test]
fn one_key_id_of_two_issuers_stays_two_keys() {
    let (one, two) = (Forge::start(), Forge::start());
    let front = start_with("clashes_kid", &one, &provider("other", &two));
    let logins = |signer: &Forge, issuer: &Forge| {
        let token = signer.token(&[], &[("iss", &format!("{:?}", issuer.url()))]);
        let answer = front.raw().login(&token, &[]).expect("an answer");
        (answer.error, answer.message.unwrap_or_default())
    };
    let all_at_once = || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for (signer, issuer) in [(&one, &two), (&two, &one), (&two, &two), (&one, &one)]
                    {
                        let (error, message) = logins(signer, issuer);
                        if !std::ptr::eq(signer, issuer) {
                            assert_eq!(error, 58);
                            assert!(message.contains("SIGNATURE_INVALID"), "{message}");
                        } else if std::ptr::eq(signer, &one) {
                            assert_eq!(error, 0, "{message}");
                        } else {
                            // Its own key, but none of its pools may connect.
                            assert!(message.contains("CLUSTER_NOT_ALLOWED"), "{message}");
                        }
                    }
                });
            }
        });
    };
    all_at_once();
    // The keys are fetched anew, and change places with it.
    let refreshed = front.gate.metric("oathgate_jwks_refreshes_total", "ok");
    front.gate.signal("USR1");
    super::keys::wait("a refresh of both", || {
        front.gate.metric("oathgate_jwks_refreshes_total", "ok") > refreshed + 1.5
    });
    all_at_once();
}

/// CVE-2026-33175 and CVE-2026-40574: an address names somebody only if the issuer has verified that it is
/// one, and whose.
#[test]
fn an_address_that_nobody_verified_names_nobody() {
    let (forge, people) = (Forge::start(), Forge::start());
    let lines = format!(
        "[[providers]]\nname = \"people\"\nissuer = \"{}\"\ninsecure_http = true\n\
         audiences = [\"kafka\"]\nidentities = \"users\"\n\
         username = {{ claim = \"email\", prefix = \"p:\" }}\n",
        people.url()
    );
    let front = start_with("clashes_email", &forge, &lines);
    let joe = "\"joe@example.com\"";
    for (email, verified, code) in [
        (joe, "", "CLAIM_INVALID"),
        (joe, "false", "CLAIM_INVALID"),
        (joe, "\"true\"", "CLAIM_INVALID"),
        ("\"joe@evil.com@example.com\"", "true", "CLAIM_INVALID"),
        ("[\"joe@example.com\"]", "true", "CLAIM_INVALID"),
        ("\"\"", "true", "USERNAME_RESERVED"),
        // He is who he is, but nobody lets him in.
        (joe, "true", "CLUSTER_NOT_ALLOWED"),
    ] {
        let token = people.token(&[], &[("email", email), ("email_verified", verified)]);
        let answer = front.raw().login(&token, &[]).expect("an answer");
        let message = answer.message.unwrap_or_default();
        assert_eq!(answer.error, 58, "{message}");
        assert!(message.contains(code), "{email} {verified}: {message}");
    }
}
