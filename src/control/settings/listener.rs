//! `[[listeners]]`: an address that accepts clients.

use std::{net::SocketAddr, sync::Arc};

use super::{
    finding::Findings,
    listener_tls::{ListenerTls, ToldHost},
    names::Names,
    operation::parse_bind,
    port::Ports,
    proxy_protocol,
    route::{Mapping, RouteReader, check_told_addresses},
    schema,
    section::Section,
    surroundings::Surroundings,
    value::parse_host,
};
use crate::{
    clock::UnixTime,
    snapshot::{
        address::HostPort,
        listener::{BrokerAddresses, Listener, Route},
    },
};

/// The loud name of a listener without TLS.
const PLAINTEXT: &str = "insecure_plaintext_tokens_readable_on_the_wire";

/// A checked listener, and what is known of its TLS.
#[derive(Debug)]
pub(super) struct CheckedListener {
    /// The listener.
    pub(super) listener: Arc<Listener>,
    /// Expiry of its certificate; `None` without TLS.
    pub(super) not_after: Option<UnixTime>,
    /// Whether it asks clients for certificates.
    pub(super) asks_clients: bool,
}

/// Reads one listener. Its ports are taken from `ports`.
pub(super) fn read(
    section: &Section<'_>,
    names: &Names,
    surroundings: &Surroundings<'_>,
    ports: &mut Ports,
    findings: &mut Findings,
) -> Option<CheckedListener> {
    let name = section.required_parsed("name", "a name for logs and metrics", parse_name, findings);
    let what = "the address to listen on, as in \"0.0.0.0:9092\"";
    let bind = section.required_parsed("bind", what, parse_bind, findings);
    if let Some(bind) = bind {
        ports.bind(
            &section.path_of("bind"),
            bind.ip(),
            bind.port()..=bind.port(),
            findings,
        );
    }
    let mappings = [("port", Mapping::Port), ("sni", Mapping::Sni)];
    let mapping = section
        .choice("brokers", &mappings, findings)
        .unwrap_or(Mapping::Port);
    let advertised_port = section.port("advertised_port", findings);
    let told_port = advertised_port.or_else(|| bind.map(|bind| bind.port()));
    let told_host = advertised_host(section, bind, mapping, findings);
    let reader = RouteReader {
        names,
        mapping,
        bind,
        told_host: told_host.as_deref(),
        told_port,
    };
    let routes = reader.read_all(section, ports, findings);
    check_told_addresses(
        section,
        &routes,
        told_host.as_deref().zip(told_port),
        findings,
    );
    let tls = read_tls(
        section,
        &hosts_told(&routes, told_host.as_deref()),
        surroundings,
        findings,
    );
    if mapping == Mapping::Sni && !section.has("tls") {
        let problem = "needs TLS, which carries the server name; add [listeners.tls], or write \
                       brokers = \"port\"";
        findings.fault(&section.path_of("brokers"), "sni", problem);
    }
    let proxy_protocol = section.table("proxy_protocol", schema::LISTENER_PROXY, findings);
    let proxy_protocol =
        proxy_protocol.and_then(|section| proxy_protocol::read(&section, findings));
    let routes: Vec<Route> = routes.into_iter().map(|(_, route)| route).collect();
    let host = told_host.or_else(|| first_bootstrap_host(&routes))?;
    let listener = Listener {
        name: name?,
        bind: bind?,
        advertised: HostPort {
            host,
            port: told_port?,
        },
        tls: tls.as_ref().map(|tls| Arc::clone(&tls.config)),
        proxy_protocol,
        routes,
    };
    Some(CheckedListener {
        listener: Arc::new(listener),
        asks_clients: tls.as_ref().is_some_and(|tls| tls.asks_clients),
        not_after: tls.map(|tls| tls.not_after),
    })
}

/// 1 to 64 of the characters that metrics' labels and logs hold without quoting.
fn parse_name(text: &str) -> Result<String, &'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if (1..=64).contains(&text.len()) && text.chars().all(legal) {
        return Ok(text.to_owned());
    }
    Err("must be 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`")
}

/// What clients are told: as written, else the bind address where it is one that can be told. With
/// SNI mapping the clusters' own hosts serve.
fn advertised_host(
    section: &Section<'_>,
    bind: Option<SocketAddr>,
    mapping: Mapping,
    findings: &mut Findings,
) -> Option<String> {
    if section.has("advertised_host") {
        return section.parsed("advertised_host", parse_host, findings);
    }
    let bound = bind?.ip();
    if mapping == Mapping::Sni {
        return None;
    }
    if bound.is_unspecified() {
        let problem = "is missing; bind names no single address, so write the host that clients \
                       reach this listener by";
        findings.fault(&section.path_of("advertised_host"), "", problem);
        return None;
    }
    Some(bound.to_string())
}

fn first_bootstrap_host(routes: &[Route]) -> Option<String> {
    routes.iter().find_map(|route| match &route.brokers {
        BrokerAddresses::Sni { bootstrap_host, .. } => Some(bootstrap_host.clone()),
        BrokerAddresses::Port { .. } => None,
    })
}

/// Every host that clients connect to, with the path that names it.
fn hosts_told(routes: &[(String, Route)], told_host: Option<&str>) -> Vec<ToldHost> {
    let mut hosts: Vec<ToldHost> = told_host
        .into_iter()
        .map(|host| ToldHost::Exact(host.to_owned()))
        .collect();
    for (_, route) in routes {
        if let BrokerAddresses::Sni {
            bootstrap_host,
            broker_host,
            ..
        } = &route.brokers
        {
            hosts.push(ToldHost::Exact(bootstrap_host.clone()));
            hosts.push(ToldHost::Brokers(broker_host.clone()));
        }
    }
    hosts
}

fn read_tls(
    section: &Section<'_>,
    hosts: &[ToldHost],
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<ListenerTls> {
    let loud = section.flag(PLAINTEXT, findings);
    let path = section.path_of(PLAINTEXT);
    if section.has("tls") {
        if loud {
            let problem = "has no effect beside [listeners.tls]; remove one of the two";
            findings.fault(&path, "true", problem);
        }
        let tls = section.table("tls", schema::LISTENER_TLS, findings)?;
        return ListenerTls::read(&tls, hosts, surroundings, findings);
    }
    if loud {
        let problem = "bearer tokens cross the network readable: whoever reads one can use it \
                       until it expires";
        findings.warn(&path, "true", problem);
    } else {
        let problem = format!(
            "is missing: add [listeners.tls] with certificate_file and key_file, \
                               or ask for plaintext by {PLAINTEXT} = true"
        );
        findings.fault(&section.path_of("tls"), "", problem);
    }
    None
}
