//! `[[listeners.clusters]]`: a cluster behind a listener, and how its brokers are told apart there.

use std::{net::SocketAddr, ops::RangeInclusive};

use super::{
    finding::Findings,
    names::Names,
    port::{Ports, first_common, shown},
    schema,
    section::Section,
    value::{parse_dns_name, parse_node_ids},
};
use crate::snapshot::{
    cluster::ClusterId,
    listener::{BrokerAddresses, HostTemplate, Route},
};

/// How a listener tells brokers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    /// A port for each.
    Port,
    /// A TLS server name for each.
    Sni,
}

/// What the routes of one listener share.
#[derive(Debug)]
pub(super) struct RouteReader<'a> {
    /// Names declared in the file.
    pub(super) names: &'a Names,
    /// The listener's mapping.
    pub(super) mapping: Mapping,
    /// The listener's address, if it has a good one.
    pub(super) bind: Option<SocketAddr>,
    /// The host that clients are told, if there is one.
    pub(super) told_host: Option<&'a str>,
    /// The port that clients are told, if there is one.
    pub(super) told_port: Option<u16>,
}

impl RouteReader<'_> {
    /// Reads all routes of the listener `section`, each with its path.
    pub(super) fn read_all(
        &self,
        section: &Section<'_>,
        ports: &mut Ports,
        findings: &mut Findings,
    ) -> Vec<(String, Route)> {
        let sections = section.tables("clusters", schema::LISTENER_CLUSTER, findings);
        if sections.is_empty() {
            let problem = "is empty; name at least one cluster by [[listeners.clusters]]";
            findings.fault(&section.path_of("clusters"), "", problem);
        }
        let mut routes: Vec<(String, Route)> = Vec::new();
        for section in &sections {
            let Some(route) = self.read(section, ports, findings) else {
                continue;
            };
            if routes
                .iter()
                .any(|(_, earlier)| earlier.cluster == route.cluster)
            {
                let problem = "stands twice behind this listener; keep one of the two";
                findings.fault(&section.path_of("cluster"), route.cluster.as_str(), problem);
            }
            routes.push((section.path().to_owned(), route));
        }
        check_server_names(&routes, findings);
        routes
    }

    fn read(
        &self,
        section: &Section<'_>,
        ports: &mut Ports,
        findings: &mut Findings,
    ) -> Option<Route> {
        let id = section.required("cluster", "the id of one of [[clusters]]", findings);
        if let Some(id) = id.filter(|id| !self.names.has_cluster(id)) {
            let problem = format!(
                "is not the id of a cluster; there are: {}",
                self.names.clusters()
            );
            findings.fault(&section.path_of("cluster"), id, problem);
        }
        let brokers = match self.mapping {
            Mapping::Port => {
                refuse(section, &["bootstrap_host", "broker_host"], "sni", findings);
                self.read_ports(section, ports, findings)
            }
            Mapping::Sni => {
                let foreign = ["first_port", "node_ids", "advertised_first_port"];
                refuse(section, &foreign, "port", findings);
                self.read_names(section, findings)
            }
        };
        Some(Route {
            cluster: ClusterId::parse(id?)?,
            brokers: brokers?,
        })
    }

    fn read_ports(
        &self,
        section: &Section<'_>,
        ports: &mut Ports,
        findings: &mut Findings,
    ) -> Option<BrokerAddresses> {
        let what = "the node ids of the cluster's brokers, as in \"1-10\"; leave room for more";
        let node_ids = section.required_parsed("node_ids", what, parse_node_ids, findings);
        if !section.has("first_port") {
            let problem = "is missing; write the port for the first of node_ids";
            findings.fault(&section.path_of("first_port"), "", problem);
        }
        let first_port = section.port("first_port", findings);
        let advertised = section.port("advertised_first_port", findings);
        let (node_ids, first_port) = (node_ids?, first_port?);
        let advertised_first_port = advertised.unwrap_or(first_port);
        let bound = port_range(section, "first_port", first_port, &node_ids, findings);
        if advertised.is_some() {
            let key = "advertised_first_port";
            port_range(section, key, advertised_first_port, &node_ids, findings);
        }
        ports.bind(
            &section.path_of("first_port"),
            self.bind?.ip(),
            bound?,
            findings,
        );
        Some(BrokerAddresses::Port {
            node_ids,
            first_port,
            advertised_host: self.told_host?.to_owned(),
            advertised_first_port,
        })
    }

    fn read_names(
        &self,
        section: &Section<'_>,
        findings: &mut Findings,
    ) -> Option<BrokerAddresses> {
        let what = "the host that clients bootstrap this cluster by";
        let bootstrap = section.required_parsed("bootstrap_host", what, parse_dns_name, findings);
        let what = "the host of a broker with {n} for its node id, as in \"b{n}-x.example.com\"";
        let broker_host = section.required_parsed("broker_host", what, parse_template, findings);
        Some(BrokerAddresses::Sni {
            bootstrap_host: bootstrap?,
            broker_host: broker_host?,
            advertised_port: self.told_port?,
        })
    }
}

/// Keys of the other mapping are faults: they would silently do nothing.
fn refuse(section: &Section<'_>, keys: &[&str], mapping: &str, findings: &mut Findings) {
    for key in keys.iter().filter(|key| section.has(key)) {
        let problem = format!("belongs to brokers = {mapping:?} of the listener; remove it");
        findings.fault(&section.path_of(key), "", problem);
    }
}

fn parse_template(text: &str) -> Result<HostTemplate, &'static str> {
    let template = HostTemplate::parse(text).ok_or("must hold {n} exactly once")?;
    match parse_dns_name(&template.host(i32::MAX)) {
        Ok(_) => Ok(template),
        Err(_) => Err("is not a DNS name once a node id stands for {n}"),
    }
}

fn port_range(
    section: &Section<'_>,
    key: &str,
    first: u16,
    node_ids: &RangeInclusive<i32>,
    findings: &mut Findings,
) -> Option<RangeInclusive<u16>> {
    let more = u16::try_from(node_ids.end() - node_ids.start()).ok();
    let last = more.and_then(|more| first.checked_add(more));
    if last.is_none() {
        let problem = format!(
            "leaves no port up to 65535 for node id {}; begin lower, or narrow node_ids",
            node_ids.end()
        );
        findings.fault(&section.path_of(key), &first.to_string(), problem);
    }
    last.map(|last| first..=last)
}

/// A server name must mean one thing on a listener.
fn check_server_names(routes: &[(String, Route)], findings: &mut Findings) {
    for (at, (path, route)) in routes.iter().enumerate() {
        let BrokerAddresses::Sni {
            bootstrap_host,
            broker_host,
            ..
        } = &route.brokers
        else {
            continue;
        };
        if broker_host.node_id(bootstrap_host).is_some() {
            let problem = "is a broker's host by broker_host too; rename one of the two";
            findings.fault(&format!("{path}.bootstrap_host"), bootstrap_host, problem);
        }
        for (earlier, other) in routes.iter().take(at) {
            if let BrokerAddresses::Sni {
                bootstrap_host: taken,
                broker_host: brokers,
                ..
            } = &other.brokers
            {
                if taken == bootstrap_host || brokers.node_id(bootstrap_host).is_some() {
                    let problem = format!("means {earlier} already; each cluster needs its own");
                    findings.fault(&format!("{path}.bootstrap_host"), bootstrap_host, problem);
                }
                if broker_host.node_id(taken).is_some() || templates_meet(brokers, broker_host) {
                    let problem =
                        format!("names hosts of {earlier} too; put the cluster's name in");
                    findings.fault(&format!("{path}.broker_host"), "", problem);
                }
            }
        }
    }
}

/// Whether two templates name a host in common, judged by node ids of one and of two digits.
fn templates_meet(a: &HostTemplate, b: &HostTemplate) -> bool {
    let names = |a: &HostTemplate, b: &HostTemplate| {
        [0, 12]
            .into_iter()
            .any(|node_id| a.node_id(&b.host(node_id)).is_some())
    };
    names(a, b) || names(b, a)
}

/// No two things behind one listener may be told to clients as the same host and port.
pub(super) fn check_told_addresses(
    section: &Section<'_>,
    routes: &[(String, Route)],
    bootstrap: Option<(&str, u16)>,
    findings: &mut Findings,
) {
    let mut told: Vec<(String, RangeInclusive<u16>)> = Vec::new();
    if let Some((_, port)) = bootstrap {
        told.push((section.path_of("advertised_port"), port..=port));
    }
    for (path, route) in routes {
        let BrokerAddresses::Port {
            node_ids,
            advertised_first_port: first,
            ..
        } = &route.brokers
        else {
            continue;
        };
        let more = u16::try_from(node_ids.end() - node_ids.start()).unwrap_or(u16::MAX);
        let range = *first..=first.saturating_add(more);
        let path = format!("{path}.advertised_first_port");
        for (earlier, taken) in &told {
            if let Some(port) = first_common(taken, &range) {
                let problem = format!("clients are told port {port} for {earlier} already");
                findings.fault(&path, &shown(&range), problem);
            }
        }
        told.push((path, range));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_could_be_mistaken_meet() {
        let meet = |a: &str, b: &str| {
            templates_meet(
                &HostTemplate::parse(a).unwrap(),
                &HostTemplate::parse(b).unwrap(),
            )
        };
        assert!(meet("b{n}.example.com", "b{n}.example.com"));
        assert!(meet("b{n}.example.com", "b1{n}.example.com"));
        assert!(!meet("b{n}-orders.example.com", "b{n}-audit.example.com"));
        assert!(!meet("b{n}.example.com", "b{n}.example.org"));
    }

    #[test]
    fn a_template_must_name_hosts() {
        assert!(parse_template("b{n}-x.example.com").is_ok());
        for bad in [
            "b.example.com",
            "b{n}{n}.x",
            "b {n}.example.com",
            "{n}-.example.com",
        ] {
            assert!(parse_template(bad).is_err(), "{bad}");
        }
    }
}
