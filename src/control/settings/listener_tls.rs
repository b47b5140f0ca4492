//! `[listeners.tls]`: the certificate that clients see, and whom theirs are trusted from.

use std::sync::Arc;

use rustls::server::ProducesTickets;

use super::{
    certificate::Leaf,
    finding::Findings,
    material::{noted, pair, read_authorities, read_chain, read_key},
    section::Section,
    surroundings::Surroundings,
};
use crate::{
    clock::UnixTime,
    control::{
        tickets::{SECRET_MIN, SharedTickets},
        tls::{self, ClientCertificate},
    },
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
    /// Whether clients are asked for certificates.
    pub(super) asks_clients: bool,
}

/// Whom client certificates are trusted from, and whether clients must have one.
type Clients = (Arc<rustls::RootCertStore>, ClientCertificate);

impl ListenerTls {
    /// Reads the section and the files it names. The certificate must be in force and cover
    /// `hosts`.
    pub(super) fn read(
        section: &Section<'_>,
        hosts: &[ToldHost],
        surroundings: &Surroundings<'_>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let chain = read_chain(section, surroundings, findings);
        let key = read_key(section, surroundings, findings);
        let clients = read_clients(section, surroundings, findings);
        let (chain, leaf) = chain?;
        let tickets = read_tickets(section, chain.first()?, surroundings, findings);
        check_coverage(section, &leaf, hosts, findings);
        let identity = pair(section, chain, key?, findings)?;
        let asks_clients = clients.is_some();
        let config = tls::server_config(identity, clients, tickets);
        let config = noted(config, section.path(), "", findings)?;
        Some(Self {
            config,
            not_after: leaf.not_after,
            asks_clients,
        })
    }
}

/// `None` = no client certificates are asked for, or a fault was noted.
fn read_clients(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Clients> {
    let words = [
        ("optional", ClientCertificate::Optional),
        ("required", ClientCertificate::Required),
    ];
    let rule = section.choice("client_certificate", &words, findings);
    if section.has("client_certificate") && !section.has("client_ca_file") {
        let problem = "has no effect without client_ca_file; add it, or remove this";
        findings.fault(&section.path_of("client_certificate"), "", problem);
    }
    let roots = read_authorities(section, "client_ca_file", surroundings, findings)?;
    Some((roots, rule.unwrap_or(ClientCertificate::Required)))
}

/// Tickets that replicas share; `None` = they do not, or a fault was noted. Bound to everything that
/// says who is who: `leaf`, and whom client certificates are trusted from.
fn read_tickets(
    section: &Section<'_>,
    leaf: &[u8],
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<dyn ProducesTickets>> {
    let key = "ticket_secret_file";
    let secret = surroundings.private_file(section, key, findings)?;
    if secret.len() < SECRET_MIN {
        let file = section.text(key, findings).unwrap_or_default();
        let problem = format!(
            "holds {} bytes; at least {SECRET_MIN} random ones are needed: \
             `openssl rand -out FILE 48` makes them",
            secret.len()
        );
        findings.fault(&section.path_of(key), file, problem);
        return None;
    }
    // A file that cannot be read is told where it is read for its content.
    let mut told_there = Findings::default();
    let authorities = surroundings.file(section, "client_ca_file", &mut told_there);
    let rule = section.text("client_certificate", &mut told_there);
    let trust = [
        leaf,
        authorities.as_ref().map_or(&[], |pem| pem.as_slice()),
        rule.unwrap_or_default().as_bytes(),
    ];
    Some(Arc::new(SharedTickets::new(&secret, &trust)))
}

fn check_coverage(section: &Section<'_>, leaf: &Leaf, hosts: &[ToldHost], findings: &mut Findings) {
    let path = section.path_of("certificate_file");
    let file = section
        .text("certificate_file", findings)
        .unwrap_or_default();
    let mut missing: Vec<String> = Vec::new();
    for host in hosts {
        match host {
            ToldHost::Exact(host) if leaf.covers(host) => {}
            ToldHost::Exact(host) => missing.push(host.clone()),
            // A node id nobody spells out in a certificate: only a wildcard covers it.
            ToldHost::Brokers(template) if leaf.covers(&template.host(i32::MAX)) => {}
            ToldHost::Brokers(template) => {
                let named = leaf.plain_names().filter_map(|name| template.node_id(name));
                let named: Vec<String> = named.map(|node_id| node_id.to_string()).collect();
                if named.is_empty() {
                    missing.push(template.host(1));
                } else {
                    let named = named.join(", ");
                    let problem =
                        format!("covers the brokers {named} alone; clients will refuse any other");
                    findings.warn(&path, file, problem);
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
        findings.fault(&path, file, problem);
    }
}
