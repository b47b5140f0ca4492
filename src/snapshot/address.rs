//! A host and a port, as configurations, brokers and clients write them. Owns their text form.

use std::{fmt, str::FromStr};

/// A host (name, IPv4 or IPv6 address without brackets) and a port from 1 to 65535.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// Name or address; never empty, at most 255 bytes, no brackets, no white space.
    pub host: String,
    /// TCP port, never 0.
    pub port: u16,
}

/// Why a text is not a `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// There is no `:port`.
    #[error("has no port; write `host:port`")]
    NoPort,
    /// The port is not a number from 1 to 65535.
    #[error("has a port that is not a number from 1 to 65535")]
    BadPort,
    /// The host is empty, too long, or holds characters that no host has.
    #[error(
        "has a host that is neither a name nor an address; IPv6 addresses are written `[::1]:9092`"
    )]
    BadHost,
}

/// Longest host: a DNS name's limit.
const HOST_MAX: usize = 255;

impl FromStr for HostPort {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Self, AddressFault> {
        let (host, port) = text.rsplit_once(':').ok_or(AddressFault::NoPort)?;
        let host = match host.strip_prefix('[') {
            Some(rest) => {
                let inner = rest.strip_suffix(']').ok_or(AddressFault::BadHost)?;
                let v6: std::net::Ipv6Addr = inner.parse().map_err(|_| AddressFault::BadHost)?;
                v6.to_string()
            }
            None if host.contains(':') => return Err(AddressFault::BadHost),
            None => host.to_owned(),
        };
        let port: u16 = port.parse().map_err(|_| AddressFault::BadPort)?;
        if port == 0 {
            return Err(AddressFault::BadPort);
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > HOST_MAX || !host.chars().all(legal) {
            return Err(AddressFault::BadHost);
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_addresses_survive_a_round_trip() {
        for text in [
            "broker-1:9092",
            "10.0.0.1:1",
            "[::1]:65535",
            "a_b.example.com:9093",
        ] {
            let parsed: HostPort = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn texts_that_are_not_say_why() {
        for (text, fault) in [
            ("broker", AddressFault::NoPort),
            ("broker:0", AddressFault::BadPort),
            ("broker:65536", AddressFault::BadPort),
            (":9092", AddressFault::BadHost),
            ("::1:9092", AddressFault::BadHost),
            ("[::1:9092", AddressFault::BadHost),
            ("a b:9092", AddressFault::BadHost),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(fault), "{text}");
        }
    }
}
