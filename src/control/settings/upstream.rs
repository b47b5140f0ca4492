//! `[clusters.upstream]`: how brokers are reached, and the credential that they see.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    finding::Findings,
    material::{noted, pair, read_authorities, read_chain, read_key},
    schema,
    section::Section,
    surroundings::Surroundings,
};
use crate::{
    control::tls,
    limits::CONNECT_TIMEOUT,
    snapshot::{
        cluster::Upstream,
        credential::{Credential, ScramHash},
    },
};

/// Bounds of `connect_timeout`: longer than a login deadline may be makes no sense.
const CONNECT_TIMEOUTS: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(60);

/// SASL mechanisms towards brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mechanism {
    Plain,
    Scram(ScramHash),
    ClientToken,
}

/// Reads the block of `cluster`; absent = plaintext without SASL.
pub(super) fn read(
    cluster: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Upstream> {
    let mut upstream = Upstream {
        tls: None,
        credential: Credential::None,
        connect_timeout: CONNECT_TIMEOUT,
    };
    if !cluster.has("upstream") {
        return Some(upstream);
    }
    let section = cluster.table("upstream", schema::UPSTREAM, findings)?;
    let timeout = section.duration("connect_timeout", CONNECT_TIMEOUTS, findings);
    upstream.connect_timeout = timeout.unwrap_or(CONNECT_TIMEOUT);
    let credential = if section.has("sasl") {
        read_credential(&section, surroundings, findings)
    } else {
        Some(Credential::None)
    };
    if section.has("tls") {
        let table = section.table("tls", schema::UPSTREAM_TLS, findings);
        upstream.tls = Some(read_tls(&table?, surroundings, findings)?);
    }
    upstream.credential = credential?;
    if upstream.tls.is_none() {
        warn_of_plaintext(&section, &upstream.credential, findings);
    }
    Some(upstream)
}

fn read_credential(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Credential> {
    let sasl = section.table("sasl", schema::SASL, findings)?;
    let mechanisms = [
        ("PLAIN", Mechanism::Plain),
        ("SCRAM-SHA-256", Mechanism::Scram(ScramHash::Sha256)),
        ("SCRAM-SHA-512", Mechanism::Scram(ScramHash::Sha512)),
        ("OAUTHBEARER", Mechanism::ClientToken),
    ];
    if !sasl.has("mechanism") {
        let problem = "is missing; write \"PLAIN\", \"SCRAM-SHA-256\", \"SCRAM-SHA-512\" or \
                       \"OAUTHBEARER\", or remove sasl";
        findings.fault(&sasl.path_of("mechanism"), "", problem);
    }
    let mechanism = sasl.choice("mechanism", &mechanisms, findings)?;
    if mechanism == Mechanism::ClientToken {
        for key in ["username", "password_file", "password_env"] {
            if sasl.has(key) {
                let problem = "has no effect: OAUTHBEARER passes the client's own token; remove it";
                findings.fault(&sasl.path_of(key), "", problem);
            }
        }
        return Some(Credential::ClientToken);
    }
    let username = sasl.required("username", "the name to log in by", findings);
    if username == Some("") {
        findings.fault(
            &sasl.path_of("username"),
            "",
            "is empty; write the name to log in by",
        );
    }
    let password = surroundings.secret(&sasl, "password", findings);
    let (username, password) = (username?.to_owned(), password?);
    Some(match mechanism {
        Mechanism::Scram(hash) => Credential::Scram {
            hash,
            username,
            password,
        },
        Mechanism::Plain | Mechanism::ClientToken => Credential::Plain { username, password },
    })
}

fn read_tls(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<rustls::ClientConfig>> {
    let roots = if section.has("ca_file") {
        read_authorities(section, "ca_file", surroundings, findings)
    } else {
        noted(
            tls::system_authorities(),
            &section.path_of("ca_file"),
            "",
            findings,
        )
    };
    let identity = if section.has("certificate_file") || section.has("key_file") {
        let chain = read_chain(section, surroundings, findings);
        let key = read_key(section, surroundings, findings);
        Some(pair(section, chain?.0, key?, findings)?)
    } else {
        None
    };
    noted(
        tls::client_config(roots?, identity),
        section.path(),
        "",
        findings,
    )
}

fn warn_of_plaintext(section: &Section<'_>, credential: &Credential, findings: &mut Findings) {
    let what = match credential {
        Credential::ClientToken => "clients' tokens cross",
        Credential::Plain { .. } => "the password crosses",
        Credential::None | Credential::Scram { .. } => return,
    };
    let problem = format!("is absent, so {what} the network to the brokers readable; add it");
    findings.warn(&section.path_of("tls"), "", problem);
}
