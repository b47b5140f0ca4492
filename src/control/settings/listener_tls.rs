//! `[listeners.tls]`: the certificate that clients see, and whom theirs are trusted from.

use std::sync::Arc;

use super::{
    certificate::{Leaf, Validity},
    finding::Findings,
    section::Section,
    surroundings::Surroundings,
};
use crate::{
    clock::UnixTime,
    control::tls::{self, ClientCertificate},
    snapshot::listener::HostTemplate,
};

/// A host, or a family of hosts, that clients are sent to and verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToldHost {
    /// One host.
    Exact(String),
    /// The hosts of a cluster's brokers.
    Brokers(HostTemplate),
}

/// TLS of a listener, ready to accept.
#[derive(Debug)]
pub(super) struct ListenerTls {
    /// What rustls accepts with.
    pub(super) config: Arc<rustls::ServerConfig>,
    /// When the certificate ends.
    pub(super) not_after: UnixTime,
}

impl ListenerTls {
    /// Reads the section and the files it names. The certificate must be in force and cover
    /// `hosts`.
    pub(super) fn read(
        section: &Section<'_>,
        hosts: &[ToldHost],
        surroundings: &Surroundings<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let identity = read_pair(section, surroundings, findings);
        let clients = read_clients(section, surroundings, findings);
        let identity = identity?;
        let path = section.path_of("certificate_file");
        let file = section
            .text("certificate_file", &mut Findings::default())
            .unwrap_or_default();
        let Some(leaf) = identity.cert.first().and_then(|der| Leaf::parse(der)) else {
            findings.fault(
                &path,
                file,
                "holds a certificate that does not parse (X.509)",
            );
            return None;
        };
        check_validity(&path, file, &leaf, surroundings.now, findings);
        check_coverage(&path, file, &leaf, hosts, findings);
        match tls::server_config(identity, clients?) {
            Ok(config) => Some(Self {
                config,
                not_after: leaf.not_after,
            }),
            Err(fault) => {
                findings.fault(&path, file, fault.to_string());
                None
            }
        }
    }
}

/// The pair that `certificate_file` and `key_file` of `section` name; both must be there.
pub(super) fn read_pair(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<rustls::sign::CertifiedKey> {
    section.required(
        "certificate_file",
        "the path of a PEM file with the chain",
        findings,
    );
    section.required(
        "key_file",
        "the path of a PEM file with the private key",
        findings,
    );
    // Wrong types were noted just now.
    let again = &mut Findings::default();
    let (certificate_file, key_file) = (
        section.text("certificate_file", again)?,
        section.text("key_file", again)?,
    );
    let chain = surroundings.file(section, "certificate_file", findings);
    let key = surroundings.private_file(section, "key_file", findings);
    let chain = chain.and_then(|pem| {
        let parsed = tls::parse_certificates(&pem);
        let note = |fault: &tls::TlsFault| {
            findings.fault(
                &section.path_of("certificate_file"),
                certificate_file,
                fault.to_string(),
            );
        };
        parsed.inspect_err(note).ok()
    });
    let mut note = |fault: &tls::TlsFault| {
        findings.fault(&section.path_of("key_file"), key_file, fault.to_string());
    };
    let key = key.and_then(|pem| tls::parse_key(&pem).inspect_err(&mut note).ok());
    tls::pair(chain?, key?).inspect_err(&mut note).ok()
}

/// `Some(None)` = no client certificates are asked for; `None` = a fault was noted.
#[expect(clippy::option_option, reason = "absent and faulty are two things")]
fn read_clients(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Option<(Arc<rustls::RootCertStore>, ClientCertificate)>> {
    let words = [
        ("optional", ClientCertificate::Optional),
        ("required", ClientCertificate::Required),
    ];
    let rule = section.choice("client_certificate", &words, findings);
    if !section.has("client_ca_file") {
        if section.has("client_certificate") {
            let problem = "has no effect without client_ca_file; add it, or remove this";
            findings.fault(&section.path_of("client_certificate"), "", problem);
        }
        return Some(None);
    }
    let pem = surroundings.file(section, "client_ca_file", findings)?;
    match tls::parse_authorities(&pem) {
        Ok(roots) => Some(Some((roots, rule.unwrap_or(ClientCertificate::Required)))),
        Err(fault) => {
            findings.fault(&section.path_of("client_ca_file"), "", fault.to_string());
            None
        }
    }
}

/// An expired certificate is a fault, one about to expire a warning.
pub(super) fn check_validity(
    path: &str,
    file: &str,
    leaf: &Leaf,
    now: UnixTime,
    findings: &mut Findings,
) {
    match leaf.validity(now) {
        Validity::Valid => {}
        Validity::NotYet => {
            findings.fault(
                path,
                file,
                "is not valid yet; check the clock, or wait for its beginning",
            );
        }
        Validity::Expired => findings.fault(path, file, "has expired; renew it"),
        Validity::Ending(days) => {
            findings.warn(path, file, format!("expires in {days} days; renew it"));
        }
    }
}

fn check_coverage(
    path: &str,
    file: &str,
    leaf: &Leaf,
    hosts: &[ToldHost],
    findings: &mut Findings,
) {
    let mut missing: Vec<String> = Vec::new();
    for host in hosts {
        match host {
            ToldHost::Exact(host) if leaf.covers(host) => {}
            ToldHost::Exact(host) => missing.push(host.clone()),
            // A node id nobody spells out in a certificate: only a wildcard covers it.
            ToldHost::Brokers(template) if leaf.covers(&template.host(i32::MAX)) => {}
            ToldHost::Brokers(template) => {
                let named: Vec<String> = leaf
                    .plain_names()
                    .filter_map(|name| template.node_id(name))
                    .map(|node_id| node_id.to_string())
                    .collect();
                if named.is_empty() {
                    missing.push(template.host(1));
                } else {
                    let problem = format!(
                        "covers the brokers {} alone; clients will refuse any other",
                        named.join(", ")
                    );
                    findings.warn(path, file, problem);
                }
            }
        }
    }
    missing.dedup();
    for host in missing {
        let problem = format!(
            "does not cover {host}, which clients connect to; it covers {}: issue one that does",
            leaf.shown()
        );
        findings.fault(path, file, problem);
    }
}
