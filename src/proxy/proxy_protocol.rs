//! The PROXY protocol of HAProxy's specification, versions 1 and 2: what a balancer says of the
//! client, before the client's first byte. Sans-io; strict; bounded.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::limits::{PROXY_V1_MAX, PROXY_V2_MAX};

/// Most bytes of a header.
pub const HEADER_MAX: usize = V2_FIXED + PROXY_V2_MAX;

/// The bytes that version 2 opens with.
const V2_SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family and transport, length.
const V2_FIXED: usize = 16;

const V1_PREFIX: &[u8] = b"PROXY ";

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// The first part of a header.
    Partial,
    /// No header: neither TLS nor Kafka begins as one does, so the first byte tells.
    Absent,
    /// A header.
    Whole {
        /// Its bytes; what follows is the client's.
        length: usize,
        /// The client's address. `None` = the connection is the balancer's own (`LOCAL`), or it
        /// does not know whose (`UNKNOWN`, `AF_UNSPEC`).
        client: Option<SocketAddr>,
    },
}

/// The bytes begin as a header does and are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PROXY header {0}")]
pub struct Malformed(&'static str);

/// Reads a header off the front of `bytes`, of which [`HEADER_MAX`] are enough.
///
/// # Errors
/// [`Malformed`], as soon as it shows.
pub fn parse(bytes: &[u8]) -> Result<Header, Malformed> {
    match bytes.first() {
        None => Ok(Header::Partial),
        Some(b'P') => version_1(bytes),
        Some(b'\r') => version_2(bytes),
        Some(_) => Ok(Header::Absent),
    }
}

/// `PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092\r\n`
fn version_1(bytes: &[u8]) -> Result<Header, Malformed> {
    if bytes.iter().zip(V1_PREFIX).any(|(byte, of)| byte != of) {
        return Err(Malformed("does not begin with `PROXY `"));
    }
    let Some(end) = bytes
        .iter()
        .take(PROXY_V1_MAX)
        .position(|byte| *byte == b'\n')
    else {
        return if bytes.len() >= PROXY_V1_MAX {
            Err(Malformed("has no line end within 107 bytes"))
        } else {
            Ok(Header::Partial)
        };
    };
    let line = bytes.get(V1_PREFIX.len()..end).unwrap_or_default();
    let line = line
        .strip_suffix(b"\r")
        .filter(|line| !line.contains(&b'\r'))
        .ok_or(Malformed("does not end in CR LF"))?;
    let line = str::from_utf8(line).map_err(|_| Malformed("is not ASCII"))?;
    Ok(Header::Whole {
        length: end.saturating_add(1),
        client: version_1_client(line)?,
    })
}

/// The client of what stands between `PROXY ` and the line end.
fn version_1_client(line: &str) -> Result<Option<SocketAddr>, Malformed> {
    let mut words = line.split(' ');
    let is_v4 = match words.next() {
        Some("UNKNOWN") => return Ok(None),
        Some("TCP4") => true,
        Some("TCP6") => false,
        _ => return Err(Malformed("names none of TCP4, TCP6, UNKNOWN")),
    };
    let mut address = || -> Option<IpAddr> {
        let word = words.next()?;
        if is_v4 {
            word.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
        } else {
            word.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        }
    };
    let addresses = (address(), address());
    let mut port = || words.next().and_then(decimal_port);
    let ports = (port(), port());
    match (addresses, ports, words.next()) {
        ((Some(source), Some(_)), (Some(port), Some(_)), None) => {
            Ok(Some(SocketAddr::new(source.to_canonical(), port)))
        }
        _ => Err(Malformed("is not two addresses and two ports")),
    }
}

/// A port without sign and leading zeroes, as the specification has it.
fn decimal_port(word: &str) -> Option<u16> {
    let port: u16 = word.parse().ok()?;
    (port.to_string() == word).then_some(port)
}

fn version_2(bytes: &[u8]) -> Result<Header, Malformed> {
    if bytes.iter().zip(V2_SIGNATURE).any(|(byte, of)| *byte != of) {
        return Err(Malformed("does not begin with the signature of version 2"));
    }
    let Some((fixed, rest)) = bytes.split_first_chunk::<V2_FIXED>() else {
        return Ok(Header::Partial);
    };
    let [.., version_and_command, family, high, low] = *fixed;
    let is_local = match version_and_command {
        0x20 => true,
        0x21 => false,
        _ => return Err(Malformed("has an unknown version or command")),
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > PROXY_V2_MAX {
        return Err(Malformed("is longer than 4 KiB"));
    }
    let Some(body) = rest.get(..length) else {
        return Ok(Header::Partial);
    };
    let client = if is_local {
        None
    } else {
        version_2_client(family, body)?
    };
    Ok(Header::Whole {
        length: V2_FIXED.saturating_add(length),
        client,
    })
}

/// The client of a `PROXY` command; TLVs after the addresses are not looked at.
fn version_2_client(family: u8, body: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    const SHORT: Malformed = Malformed("is too short for its addresses");
    match family {
        // AF_UNSPEC, whatever the transport.
        0x00..=0x0F => Ok(None),
        // AF_INET, STREAM: source, destination, source port, destination port.
        0x11 => {
            let [a, b, c, d, _, _, _, _, high, low, _, _] =
                *body.first_chunk::<12>().ok_or(SHORT)?;
            let port = u16::from_be_bytes([high, low]);
            Ok(Some(SocketAddr::from(([a, b, c, d], port))))
        }
        // AF_INET6, STREAM.
        0x21 => {
            let (source, rest) = body.split_first_chunk::<16>().ok_or(SHORT)?;
            let ports = rest.get(16..20).ok_or(SHORT)?;
            let port = *ports.first_chunk::<2>().ok_or(SHORT)?;
            let source = Ipv6Addr::from(*source).to_canonical();
            Ok(Some(SocketAddr::new(source, u16::from_be_bytes(port))))
        }
        _ => Err(Malformed("is of no TCP connection")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(text: &str) -> Option<SocketAddr> {
        Some(text.parse().unwrap())
    }

    fn v2(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&V2_SIGNATURE[..], &[command, family], &length, body].concat()
    }

    fn v4_body() -> Vec<u8> {
        vec![192, 0, 2, 1, 192, 0, 2, 2, 0xDC, 0x04, 0x23, 0x84]
    }

    /// Addresses of 2001:db8::1, port 56324.
    fn v6_body() -> Vec<u8> {
        let address = |text: &str| text.parse::<Ipv6Addr>().unwrap().octets();
        let (source, destination) = (address("2001:db8::1"), address("2001:db8::2"));
        [&source[..], &destination, &[0xDC, 0x04, 0x23, 0x84]].concat()
    }

    /// Good headers and whom they name.
    fn good() -> Vec<(Vec<u8>, Option<SocketAddr>)> {
        let lines = [
            (
                "TCP4 192.0.2.1 192.0.2.2 56324 9092",
                client("192.0.2.1:56324"),
            ),
            (
                "TCP6 2001:db8::1 2001:db8::2 1 65535",
                client("[2001:db8::1]:1"),
            ),
            ("TCP6 ::ffff:192.0.2.1 ::1 7 8", client("192.0.2.1:7")),
            ("UNKNOWN", None),
            ("UNKNOWN whatever the balancer has to say", None),
        ];
        let lines = lines.map(|(line, whom)| (format!("PROXY {line}\r\n").into_bytes(), whom));
        let tlvs = [v4_body(), vec![4; PROXY_V2_MAX - 12]].concat();
        let binary = [
            (v2(0x21, 0x11, &v4_body()), client("192.0.2.1:56324")),
            (v2(0x21, 0x11, &tlvs), client("192.0.2.1:56324")),
            (v2(0x21, 0x21, &v6_body()), client("[2001:db8::1]:56324")),
            (v2(0x21, 0x00, &[]), None),
            (v2(0x20, 0x00, &[]), None),
            (v2(0x20, 0x11, &v4_body()), None),
        ];
        lines.into_iter().chain(binary).collect()
    }

    #[test]
    fn a_header_names_the_client_and_ends_where_it_ends() {
        for (header, whom) in good() {
            let whole = Ok(Header::Whole {
                length: header.len(),
                client: whom,
            });
            assert_eq!(parse(&header), whole);
            // TLS follows.
            let more = [&header[..], &[22, 3, 1]].concat();
            assert_eq!(parse(&more), whole);
            for cut in 0..header.len() {
                assert_eq!(parse(&header[..cut]), Ok(Header::Partial), "{cut}");
            }
        }
    }

    #[test]
    fn what_a_client_sends_first_is_no_header() {
        for first in [
            &[22, 3, 1][..],
            &[0, 0, 0, 40],
            b"GET / HTTP/1.1\r\n",
            &[0xFF],
        ] {
            assert_eq!(parse(first), Ok(Header::Absent));
        }
    }

    #[test]
    fn what_only_begins_as_a_header_is_malformed() {
        let lines = [
            "TCP4 192.0.2.1 192.0.2.2 56324\r\n",
            "TCP4 192.0.2.1 192.0.2.2 56324 9092 1\r\n",
            "TCP4 192.0.2.1 192.0.2.2 56324 9092 \r\n",
            "TCP4  192.0.2.1 192.0.2.2 56324 9092\r\n",
            "TCP4 192.0.2.1 192.0.2.2 56324 65536\r\n",
            "TCP4 192.0.2.1 192.0.2.2 056324 9092\r\n",
            "TCP4 192.0.2.1 192.0.2.2 +1 9092\r\n",
            "TCP4 192.0.2.01 192.0.2.2 1 9092\r\n",
            "TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
            "TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
            "UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
            "TCP4 192.0.2.1 192.0.2.2 1 2\n",
            "UNKNOWN a\rb\r\n",
            "\r\n",
        ];
        for line in lines {
            assert!(parse(format!("PROXY {line}").as_bytes()).is_err(), "{line}");
        }
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(PROXY_V1_MAX));
        for bytes in [
            b"POST / HTTP".to_vec(),
            b"PROXY\tTCP4".to_vec(),
            long.into_bytes(),
            b"\r\n\r\n\0\r\nQUIX".to_vec(),
            v2(0x11, 0x11, &v4_body()),
            v2(0x22, 0x11, &v4_body()),
            v2(0x21, 0x11, &v4_body()[..11]),
            v2(0x21, 0x21, &v6_body()[..35]),
            v2(0x21, 0x12, &v4_body()),
            v2(0x21, 0x31, &[0; 216]),
            v2(0x21, 0x41, &v4_body()),
            v2(0x21, 0x11, &vec![0; PROXY_V2_MAX + 1]),
        ] {
            assert!(parse(&bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        /// Whatever comes: no panic, no header longer than it may be, and more bytes never turn what
        /// was decided.
        #[test]
        fn any_bytes_are_decided_once(
            prefix in prop_oneof![
                Just(Vec::new()),
                Just(V1_PREFIX.to_vec()),
                Just([V1_PREFIX, b"TCP4 "].concat()),
                Just(V2_SIGNATURE.to_vec()),
                Just([&V2_SIGNATURE[..], &[0x21, 0x11, 0]].concat()),
            ],
            rest in prop::collection::vec(any::<u8>(), 0..200),
            cut in 0..200usize,
        ) {
            let bytes = [prefix, rest].concat();
            let early = parse(&bytes[..cut.min(bytes.len())]);
            let late = parse(&bytes);
            if early != Ok(Header::Partial) {
                prop_assert_eq!(early, late);
            }
            if let Ok(Header::Whole { length, .. }) = late {
                prop_assert!(length <= HEADER_MAX && length <= bytes.len());
            }
        }

        #[test]
        fn every_address_survives(v4: [u8; 4], v6: [u8; 16], port: u16) {
            let v4 = Ipv4Addr::from(v4);
            let v6 = Ipv6Addr::from(v6);
            let line = format!("PROXY TCP4 {v4} 192.0.2.2 {port} 9092\r\n");
            let line6 = format!("PROXY TCP6 {v6} ::1 {port} 9092\r\n");
            let (high, low) = (port.to_be_bytes()[0], port.to_be_bytes()[1]);
            let body = [&v4.octets()[..], &[1, 2, 3, 4, high, low, 0, 1]].concat();
            let body6 = [&v6.octets()[..], &[7; 16], &[high, low, 0, 1]].concat();
            for (header, address) in [
                (line.into_bytes(), IpAddr::V4(v4)),
                (line6.into_bytes(), IpAddr::V6(v6)),
                (v2(0x21, 0x11, &body), IpAddr::V4(v4)),
                (v2(0x21, 0x21, &body6), IpAddr::V6(v6)),
            ] {
                let client = Some(SocketAddr::new(address.to_canonical(), port));
                prop_assert_eq!(parse(&header), Ok(Header::Whole { length: header.len(), client }));
            }
        }
    }
}
