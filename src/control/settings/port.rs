//! Who is bound to which port, and who tells clients which port: no two may be the same.

use std::{net::IpAddr, ops::RangeInclusive};

use super::finding::Findings;

/// All ports taken so far, each with the path that takes it.
#[derive(Debug, Default)]
pub(super) struct Ports(Vec<Claim>);

#[derive(Debug)]
struct Claim {
    path: String,
    address: IpAddr,
    ports: RangeInclusive<u16>,
}

impl Ports {
    /// Takes `ports` of `address` for the key at `path`; a port that is taken already is a fault.
    pub(super) fn bind(
        &mut self,
        path: &str,
        address: IpAddr,
        ports: RangeInclusive<u16>,
        findings: &mut Findings,
    ) {
        for claim in &self.0 {
            if let Some(port) = first_common(&claim.ports, &ports)
                && meet(claim.address, address)
            {
                let problem = format!(
                    "port {port} is taken by {} ({} ports {}); move one of them",
                    claim.path,
                    claim.address,
                    shown(&claim.ports),
                );
                findings.fault(path, &shown(&ports), problem);
            }
        }
        self.0.push(Claim {
            path: path.to_owned(),
            address,
            ports,
        });
    }
}

/// `first-last`, or the one port.
pub(super) fn shown(ports: &RangeInclusive<u16>) -> String {
    if ports.start() == ports.end() {
        ports.start().to_string()
    } else {
        format!("{}-{}", ports.start(), ports.end())
    }
}

/// The lowest port that both ranges hold.
pub(super) fn first_common(a: &RangeInclusive<u16>, b: &RangeInclusive<u16>) -> Option<u16> {
    let first = *a.start().max(b.start());
    (a.contains(&first) && b.contains(&first)).then_some(first)
}

/// Whether sockets on both addresses can be in each other's way: `[::]` takes IPv4 as well.
fn meet(a: IpAddr, b: IpAddr) -> bool {
    let everything = |ip: IpAddr| ip.is_unspecified() && ip.is_ipv6();
    let all_of_kind = a.is_unspecified() || b.is_unspecified();
    a == b || everything(a) || everything(b) || (all_of_kind && a.is_ipv4() == b.is_ipv4())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_in_everybodys_way() {
        for (a, b, expected) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0", "10.0.0.2", true),
            ("10.0.0.2", "0.0.0.0", true),
            ("0.0.0.0", "::1", false),
            ("::", "10.0.0.1", true),
            ("::", "0.0.0.0", true),
            ("::1", "127.0.0.1", false),
        ] {
            assert_eq!(
                meet(a.parse().unwrap(), b.parse().unwrap()),
                expected,
                "{a} {b}"
            );
        }
    }

    #[test]
    fn ranges_meet_at_their_ends_too() {
        for (a, b, common) in [
            (1..=5, 5..=9, Some(5)),
            (5..=9, 1..=5, Some(5)),
            (1..=9, 3..=4, Some(3)),
            (1..=4, 5..=9, None),
            (65535..=65535, 1..=65535, Some(65535)),
        ] {
            assert_eq!(first_common(&a, &b), common);
        }
    }
}
