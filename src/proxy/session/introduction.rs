//! Whose connection it is: its peer's, or the one's that a balancer in front names by a PROXY header.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::{
    proxy::proxy_protocol::{HEADER_MAX, Header, Malformed, parse},
    snapshot::listener::ProxyProtocol,
};

/// Why a connection is closed before its client's first byte.
#[derive(Debug)]
pub enum Unintroduced {
    /// It was closed without a byte: a balancer's check.
    Silent,
    /// It broke.
    Broken(io::Error),
    /// It took too long.
    Deadline,
    /// What begins as a header is none.
    Malformed(Malformed),
    /// A balancer that must send a header did not.
    Missing,
    /// Somebody sends a header whose word is not to be taken.
    Untrusted,
}

impl Unintroduced {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Silent => "SILENT",
            Self::Broken(_) => "CONNECTION_BROKEN",
            Self::Deadline => "PROXY_HEADER_TIMEOUT",
            Self::Malformed(_) => "PROXY_HEADER_MALFORMED",
            Self::Missing => "PROXY_HEADER_MISSING",
            Self::Untrusted => "PROXY_HEADER_UNTRUSTED",
        }
    }
}

/// The client's address, as `rules` have it for a connection from `peer`. Reads no byte but those
/// of a header.
///
/// # Errors
/// [`Unintroduced`].
pub async fn introduce(
    tcp: &mut TcpStream,
    peer: SocketAddr,
    rules: &ProxyProtocol,
    deadline: Instant,
) -> Result<SocketAddr, Unintroduced> {
    let trusted = rules.trusts(peer.ip());
    let header = timeout_at(deadline, read_header(tcp, trusted)).await;
    match header.unwrap_or(Err(Unintroduced::Deadline))? {
        Some(client) => Ok(client.unwrap_or(peer)),
        None if trusted && rules.required => Err(Unintroduced::Missing),
        None => Ok(peer),
    }
}

/// The client that a header names, if it names one; `None` without a header.
async fn read_header(
    tcp: &mut TcpStream,
    trusted: bool,
) -> Result<Option<Option<SocketAddr>>, Unintroduced> {
    let mut seen = vec![0; HEADER_MAX];
    let mut header = Vec::new();
    loop {
        // Looked at first: what follows the header belongs to TLS.
        let there = match tcp.peek(&mut seen).await {
            // Some checks end by a reset.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
            there => there.map_err(Unintroduced::Broken)?,
        };
        if there == 0 {
            let cut = io::ErrorKind::UnexpectedEof.into();
            return Err(if header.is_empty() {
                Unintroduced::Silent
            } else {
                Unintroduced::Broken(cut)
            });
        }
        let before = header.len();
        header.extend_from_slice(seen.get(..there).unwrap_or_default());
        let parsed = parse(&header);
        if !trusted && parsed != Ok(Header::Absent) {
            return Err(Unintroduced::Untrusted);
        }
        let (taken, client) = match parsed.map_err(Unintroduced::Malformed)? {
            Header::Absent => return Ok(None),
            Header::Partial => (there, None),
            Header::Whole { length, client } => (length.saturating_sub(before), Some(client)),
        };
        let taken = seen.get_mut(..taken).unwrap_or_default();
        let read = tcp.read_exact(taken).await;
        read.map_err(Unintroduced::Broken)?;
        if client.is_some() {
            return Ok(client);
        }
    }
}

impl ProxyProtocol {
    /// Whether the word of `address` is taken for whom it speaks.
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|host| host.matches(address))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    const PEER: &str = "127.0.0.1:40000";
    const LINE: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 9092\r\n";

    fn rules(trusted: &str, required: bool) -> ProxyProtocol {
        ProxyProtocol {
            trusted: vec![trusted.parse().unwrap()],
            required,
        }
    }

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await;
        (near.unwrap(), listener.accept().await.unwrap().0)
    }

    /// Address or reason after `parts` came one by one, and what is left to be read.
    async fn introduced(rules: ProxyProtocol, parts: &[&[u8]]) -> (String, Vec<u8>) {
        let (mut balancer, mut ours) = pair().await;
        let task = tokio::spawn(async move {
            let deadline = Instant::now() + Duration::from_secs(5);
            let peer = PEER.parse().unwrap();
            let outcome = introduce(&mut ours, peer, &rules, deadline).await;
            (outcome, ours)
        });
        for part in parts {
            balancer.write_all(part).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        balancer.shutdown().await.unwrap();
        let (outcome, mut ours) = task.await.unwrap();
        let mut rest = Vec::new();
        ours.read_to_end(&mut rest).await.unwrap();
        let text = match outcome {
            Ok(address) => address.to_string(),
            Err(fault) => fault.code().to_owned(),
        };
        (text, rest)
    }

    #[tokio::test]
    async fn the_header_is_taken_and_nothing_else() {
        let whole = [LINE, b"\x16\x03\x01"].concat();
        let (first, second) = whole.split_at(20);
        for parts in [
            &[&whole[..]][..],
            &[first, second],
            &[&whole[..1], &whole[1..]],
        ] {
            let outcome = introduced(rules("127.0.0.0/8", true), parts).await;
            assert_eq!(
                outcome,
                ("192.0.2.1:56324".to_owned(), b"\x16\x03\x01".to_vec())
            );
        }
    }

    #[tokio::test]
    async fn who_may_and_who_must() {
        let trusted = |required| rules("127.0.0.1", required);
        let other = || rules("10.0.0.0/8", true);
        let hello: &[u8] = b"\x16\x03\x01";
        for (rules, sent, expected) in [
            (trusted(true), hello, "PROXY_HEADER_MISSING"),
            (trusted(false), hello, PEER),
            (trusted(true), b"PROXY UNKNOWN\r\n", PEER),
            (trusted(true), b"PROXY TCP4 x\r\n", "PROXY_HEADER_MALFORMED"),
            (trusted(true), b"PROXY TCP4", "CONNECTION_BROKEN"),
            (trusted(true), b"", "SILENT"),
            (other(), hello, PEER),
            (other(), LINE, "PROXY_HEADER_UNTRUSTED"),
            (other(), b"P", "PROXY_HEADER_UNTRUSTED"),
        ] {
            let (outcome, rest) = introduced(rules, &[sent]).await;
            assert_eq!(outcome, expected, "{sent:?}");
            if sent == hello {
                assert_eq!(rest, hello, "not ours to read");
            }
        }
    }

    #[tokio::test]
    async fn half_a_header_is_not_waited_for_without_end() {
        let (mut balancer, mut ours) = pair().await;
        balancer.write_all(b"PROXY ").await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        let rules = rules("127.0.0.1", true);
        let outcome = introduce(&mut ours, PEER.parse().unwrap(), &rules, deadline).await;
        assert!(matches!(outcome, Err(Unintroduced::Deadline)));
    }
}
