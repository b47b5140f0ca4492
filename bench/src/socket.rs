//! Loopback sockets, with TLS or without.

use std::{
    io::{self, IoSlice},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
};
use tokio_rustls::TlsStream;

use crate::fault::{Fault, Result};

/// Connections that the kernel keeps until they are accepted: more than any mode opens at once.
const BACKLOG: u32 = 4096;

/// A connection, at either end.
pub(crate) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// A listener on `address`, which must be loopback.
///
/// # Errors
/// When it is not, or is taken.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener> {
    loopback(address.ip())?;
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    let taken = |error| Fault::from(error).doing(&address.to_string());
    socket.bind(address).map_err(taken)?;
    Ok(socket.listen(BACKLOG)?)
}

/// The next connection, whatever becomes of those that fail before it is accepted.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it small answers wait for acknowledgements; a socket that refuses is gone.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                eprintln!("accept: {error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// The IPv4 address of `host:port`, else any other; all of them must be loopback.
///
/// # Errors
/// When the name does not resolve, or leads away from this machine.
pub(crate) async fn resolve(host_and_port: &str) -> Result<SocketAddr> {
    let found: Vec<_> = tokio::net::lookup_host(host_and_port).await?.collect();
    for address in &found {
        loopback(address.ip())?;
    }
    let best = found.iter().find(|a| a.is_ipv4()).or(found.first());
    best.copied()
        .ok_or_else(|| Fault::new(format!("{host_and_port} does not resolve")))
}

fn loopback(address: IpAddr) -> Result<()> {
    if address.is_loopback() {
        Ok(())
    } else {
        Err(Fault::new(format!("{address} is not a loopback address")))
    }
}
