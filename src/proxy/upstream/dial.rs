//! Connecting to a broker: name to addresses, TCP, TLS.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};
use tokio_rustls::TlsConnector;

use super::stream::Stream;
use crate::{limits, snapshot::address::HostPort};

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
) -> Result<Stream, DialFailed> {
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
        return Ok(Stream::Plain(tcp));
    };
    let connector = TlsConnector::from(Arc::clone(&tls.config));
    match timeout_at(deadline, connector.connect(tls.server_name.clone(), tcp)).await {
        Err(elapsed) => Err(timeout(elapsed)),
        Ok(Err(source)) => Err(DialFailed::Tls {
            address: address.clone(),
            source,
        }),
        Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
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

/// Small frames must not wait for each other, and a broker that vanished must be noticed. Neither
/// is worth a connection when the system refuses.
fn tune(tcp: &TcpStream) {
    let keepalive = TcpKeepalive::new()
        .with_time(limits::KEEPALIVE_IDLE)
        .with_interval(limits::KEEPALIVE_INTERVAL);
    let tuned = tcp
        .set_nodelay(true)
        .and(SockRef::from(tcp).set_tcp_keepalive(&keepalive));
    if let Err(error) = tuned {
        tracing::debug!(%error, "cannot set TCP options of a broker's connection");
    }
}
