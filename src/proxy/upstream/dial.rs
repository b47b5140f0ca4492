//! Connecting to a broker: name to addresses, TCP, TLS.

use std::{io, net::SocketAddr, os::fd::AsFd, sync::Arc, time::Duration};

use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};

use crate::{limits, proxy::socket::Socket, snapshot::address::HostPort};

/// Why a broker cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum DialFailed {
    /// The name has no address.
    #[error("cannot resolve {address}: {source}")]
    Resolve {
        /// Where to.
        address: HostPort,
        /// What the resolver said.
        source: io::Error,
    },
    /// No address accepts a connection.
    #[error("cannot connect to {address} ({tried}): {source}")]
    Connect {
        /// Where to.
        address: HostPort,
        /// The address tried last.
        tried: SocketAddr,
        /// What came of it.
        source: io::Error,
    },
    /// The TLS handshake failed; certificates are checked against the name dialled.
    #[error("TLS with {address} failed: {source}")]
    Tls {
        /// Where to.
        address: HostPort,
        /// What rustls said.
        source: io::Error,
    },
    /// It took too long.
    #[error("no connection to {address} within {within:?}")]
    Timeout {
        /// Where to.
        address: HostPort,
        /// The time allowed.
        within: Duration,
    },
    /// The host cannot be a certificate's name.
    #[error("{address} is neither a DNS name nor an IP address, so TLS cannot check it")]
    NoServerName {
        /// Where to.
        address: HostPort,
    },
}

/// TLS towards brokers: what to trust and present, and whose certificate to expect.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Trust, own certificate, versions.
    pub config: Arc<rustls::ClientConfig>,
    /// The name that the broker's certificate must have, also sent as SNI.
    pub server_name: ServerName<'static>,
}

impl Tls {
    /// TLS that expects a certificate for `address`'s host.
    ///
    /// # Errors
    /// [`DialFailed::NoServerName`].
    pub fn for_host(
        config: Arc<rustls::ClientConfig>,
        address: &HostPort,
    ) -> Result<Self, DialFailed> {
        match ServerName::try_from(address.host.clone()) {
            Ok(server_name) => Ok(Self {
                config,
                server_name,
            }),
            Err(_) => Err(DialFailed::NoServerName {
                address: address.clone(),
            }),
        }
    }
}

/// Connects to `address` within `within`, all in all. Each address that its name resolves to is
/// tried in turn, at most [`limits::DIAL_ADDRESSES_MAX`], each with its share of the time left.
///
/// # Errors
/// [`DialFailed`].
pub async fn dial(
    address: &HostPort,
    tls: Option<&Tls>,
    within: Duration,
) -> Result<Socket, DialFailed> {
    let timeout = |_| DialFailed::Timeout {
        address: address.clone(),
        within,
    };
    let deadline = Instant::now() + within;
    let addresses = timeout_at(deadline, resolve(address))
        .await
        .map_err(timeout)??;
    let tcp = connect(address, &addresses, deadline).await?;
    tune(&tcp);
    let Some(tls) = tls else {
        return Ok(Socket::plain(tcp));
    };
    let (name, config) = (tls.server_name.clone(), Arc::clone(&tls.config));
    let connected = async { Socket::connect(tcp, name, config)?.shake_hands().await };
    match timeout_at(deadline, connected).await {
        Err(elapsed) => Err(timeout(elapsed)),
        Ok(Err(source)) => Err(DialFailed::Tls {
            address: address.clone(),
            source,
        }),
        Ok(Ok(socket)) => Ok(socket),
    }
}

async fn resolve(address: &HostPort) -> Result<Vec<SocketAddr>, DialFailed> {
    let failed = |source| DialFailed::Resolve {
        address: address.clone(),
        source,
    };
    let found = lookup_host((address.host.as_str(), address.port))
        .await
        .map_err(failed)?;
    Ok(found.take(limits::DIAL_ADDRESSES_MAX).collect())
}

/// The first address that accepts. One that swallows packets costs only its share of the time.
async fn connect(
    address: &HostPort,
    addresses: &[SocketAddr],
    deadline: Instant,
) -> Result<TcpStream, DialFailed> {
    let no_address = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut failed = DialFailed::Resolve {
        address: address.clone(),
        source: no_address,
    };
    for (at, tried) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len().saturating_sub(at)).unwrap_or(1);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        let source = match timeout_at(Instant::now() + share, TcpStream::connect(tried)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(source)) => source,
            Err(_) => io::Error::from(io::ErrorKind::TimedOut),
        };
        failed = DialFailed::Connect {
            address: address.clone(),
            tried: *tried,
            source,
        };
    }
    Err(failed)
}

/// Small frames must not wait for each other, and a peer that vanished must be noticed. Neither is
/// worth a connection when the system refuses. What a listening socket accepts is tuned as it is.
pub fn tune(tcp: &impl AsFd) {
    let tcp = SockRef::from(tcp);
    let keepalive = TcpKeepalive::new()
        .with_time(limits::KEEPALIVE_IDLE)
        .with_interval(limits::KEEPALIVE_INTERVAL);
    let tuned = tcp.set_tcp_nodelay(true);
    let tuned = tuned.and(tcp.set_tcp_keepalive(&keepalive));
    if let Err(error) = tuned {
        tracing::debug!(%error, "cannot set TCP options of a connection");
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use rustls::{ClientConfig, DEFAULT_VERSIONS, ServerConfig};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::proxy::socket::fixture::configs;

    const LONG: Duration = Duration::from_secs(10);

    async fn listening() -> (TcpListener, HostPort) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        (listener, address)
    }

    /// A port of loopback where nobody listens.
    async fn deserted() -> HostPort {
        listening().await.1
    }

    /// A server called `name`, and what trusts it.
    fn certificate(name: &str) -> (ServerConfig, Arc<ClientConfig>) {
        let (server, client) = configs(name, DEFAULT_VERSIONS);
        (server, Arc::new(client))
    }

    #[tokio::test]
    async fn a_connection_is_tuned() {
        let (_listener, address) = listening().await;
        let stream = dial(&address, None, LONG).await.unwrap();
        assert!(stream.tcp().nodelay().unwrap());
        assert!(SockRef::from(stream.tcp()).keepalive().unwrap());
    }

    #[tokio::test]
    async fn nobody_there_and_no_such_name_say_which() {
        let address = deserted().await;
        let failed = dial(&address, None, LONG).await.unwrap_err();
        assert!(matches!(failed, DialFailed::Connect { .. }), "{failed}");
        assert!(
            failed.to_string().contains(&address.to_string()),
            "{failed}"
        );

        let nowhere = "no-such-host.invalid:9092".parse().unwrap();
        let failed = dial(&nowhere, None, LONG).await.unwrap_err();
        assert!(matches!(failed, DialFailed::Resolve { .. }), "{failed}");
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_tried() {
        let socket = |address: &HostPort| address.to_string().parse().unwrap();
        let (_listener, address) = listening().await;
        let addresses = [socket(&deserted().await), socket(&address)];
        let tcp = connect(&address, &addresses, Instant::now() + LONG)
            .await
            .unwrap();
        assert_eq!(tcp.peer_addr().unwrap(), addresses[1]);

        let failed = connect(&address, &[], Instant::now() + LONG)
            .await
            .unwrap_err();
        assert!(matches!(failed, DialFailed::Resolve { .. }), "{failed}");
    }

    #[tokio::test]
    async fn tls_carries_bytes_both_ways() {
        let (listener, address) = listening().await;
        let (server, config) = certificate("127.0.0.1");
        let echo = tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let mut tls = TlsAcceptor::from(Arc::new(server))
                .accept(tcp)
                .await
                .unwrap();
            let byte = tls.read_u8().await.unwrap();
            tls.write_all(&[byte, byte]).await.unwrap();
            tls.shutdown().await.unwrap();
        });
        let tls = Tls::for_host(config, &address).unwrap();
        let mut stream = dial(&address, Some(&tls), LONG).await.unwrap();
        stream.send(b"x").await.unwrap();
        while poll_fn(|context| stream.poll_read(context)).await.unwrap() > 0 {}
        assert_eq!(&stream.received[..], b"xx");
        echo.await.unwrap();
    }

    #[tokio::test]
    async fn a_certificate_for_another_name_is_refused() {
        let (listener, address) = listening().await;
        let (server, config) = certificate("broker-1.example.com");
        let served = tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            TlsAcceptor::from(Arc::new(server))
                .accept(tcp)
                .await
                .is_ok()
        });
        let tls = Tls::for_host(config, &address).unwrap();
        let failed = dial(&address, Some(&tls), LONG).await.unwrap_err();
        assert!(matches!(failed, DialFailed::Tls { .. }), "{failed}");
        assert!(!served.await.unwrap());
    }

    #[tokio::test]
    async fn a_server_that_never_shakes_hands_costs_the_time_allowed_and_no_more() {
        let (_listener, address) = listening().await;
        let (_, config) = certificate("127.0.0.1");
        let tls = Tls::for_host(config, &address).unwrap();
        let within = Duration::from_millis(50);
        let failed = dial(&address, Some(&tls), within).await.unwrap_err();
        assert!(matches!(failed, DialFailed::Timeout { .. }), "{failed}");
    }

    #[test]
    fn a_host_that_no_certificate_can_name_is_refused() {
        let (_, config) = certificate("x");
        let odd: HostPort = "a..b:9092".parse().unwrap();
        let failed = Tls::for_host(config, &odd).unwrap_err();
        assert!(
            matches!(failed, DialFailed::NoServerName { .. }),
            "{failed}"
        );
    }
}
