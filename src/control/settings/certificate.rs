//! What a listener's certificate says: which hosts it speaks for, and when. Pure: the certificate's
//! bytes and the time are passed in.

use std::net::IpAddr;

use x509_parser::{extensions::GeneralName, prelude::FromDer};

use crate::clock::UnixTime;

/// The leaf certificate of a listener, as far as a check needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    not_before: UnixTime,
    /// When it expires.
    pub(super) not_after: UnixTime,
}

/// Where a time stands in a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    /// Before its beginning.
    NotYet,
    /// Within it, with more than the warning time left.
    Valid,
    /// Within it, with so many whole days left, fewer than [`DAYS_TO_WARN`].
    Ending(i64),
    /// After its end.
    Expired,
}

/// Days before expiry that a check begins to warn: two weeks leave time to find out who renews.
pub(super) const DAYS_TO_WARN: i64 = 14;

const DAY_SECS: i64 = 24 * 60 * 60;

impl Leaf {
    /// Reads a DER certificate; `None` if it does not parse.
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(der).ok()?;
        let mut leaf = Self {
            names: Vec::new(),
            addresses: Vec::new(),
            not_before: UnixTime::from_secs(certificate.validity().not_before.timestamp()),
            not_after: UnixTime::from_secs(certificate.validity().not_after.timestamp()),
        };
        let alternative = certificate.subject_alternative_name().ok()?;
        for name in alternative
            .iter()
            .flat_map(|extension| &extension.value.general_names)
        {
            match name {
                GeneralName::DNSName(name) => leaf.names.push(name.to_ascii_lowercase()),
                GeneralName::IPAddress(bytes) => leaf.addresses.extend(address(bytes)),
                _ => {}
            }
        }
        Some(leaf)
    }

    /// Whether a client that connects to `host` accepts it (RFC 6125: subject alternative names
    /// alone, a wildcard stands for exactly one leftmost label).
    pub(super) fn covers(&self, host: &str) -> bool {
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.addresses.contains(&address);
        }
        let host = host.to_ascii_lowercase();
        let parent = host.split_once('.').map(|(_, parent)| parent);
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(rest) => parent == Some(rest),
            None => *name == host,
        })
    }

    /// Its DNS names without wildcard.
    pub(super) fn plain_names(&self) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.contains('*'))
    }

    /// What it speaks for, for a message.
    pub(super) fn shown(&self) -> String {
        let addresses = self.addresses.iter().map(ToString::to_string);
        let all: Vec<String> = self.names.iter().cloned().chain(addresses).collect();
        if all.is_empty() {
            "no name at all".to_owned()
        } else {
            all.join(", ")
        }
    }

    /// Where `now` stands in its validity.
    pub(super) fn validity(&self, now: UnixTime) -> Validity {
        if now < self.not_before {
            return Validity::NotYet;
        }
        if now > self.not_after {
            return Validity::Expired;
        }
        let days = (self.not_after.as_secs() - now.as_secs()).div_euclid(DAY_SECS);
        if days < DAYS_TO_WARN {
            Validity::Ending(days)
        } else {
            Validity::Valid
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn leaf(names: &[&str]) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let key = KeyPair::generate().unwrap();
        Leaf::parse(params.self_signed(&key).unwrap().der()).unwrap()
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let leaf = leaf(&[
            "*.kafka.example.com",
            "Kafka.example.com",
            "10.0.0.1",
            "::1",
        ]);
        for host in [
            "b1-x.kafka.example.com",
            "KAFKA.example.com",
            "10.0.0.1",
            "::1",
        ] {
            assert!(leaf.covers(host), "{host}");
        }
        for host in [
            "b1.x.kafka.example.com",
            "example.com",
            "10.0.0.2",
            ".kafka.example.com.x",
        ] {
            assert!(!leaf.covers(host), "{host}");
        }
        assert_eq!(
            leaf.plain_names().collect::<Vec<_>>(),
            ["kafka.example.com"]
        );
    }

    #[test]
    fn the_common_name_counts_for_nothing() {
        let leaf = leaf(&[]);
        assert!(!leaf.covers("rcgen self signed cert"));
        assert_eq!(leaf.shown(), "no name at all");
    }

    #[test]
    fn validity_has_two_ends_and_a_warning() {
        let leaf = leaf(&["a.example"]);
        let end = leaf.not_after.as_secs();
        for (now, validity) in [
            (0, Validity::NotYet),
            (end - 200 * DAY_SECS, Validity::Valid),
            (end - 14 * DAY_SECS, Validity::Valid),
            (end - 14 * DAY_SECS + 1, Validity::Ending(13)),
            (end, Validity::Ending(0)),
            (end + 1, Validity::Expired),
        ] {
            assert_eq!(leaf.validity(UnixTime::from_secs(now)), validity, "{now}");
        }
    }
}
