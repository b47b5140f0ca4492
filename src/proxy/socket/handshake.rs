//! TLS handshakes on a socket.

use std::{future::poll_fn, io, sync::Arc};

use bytes::BytesMut;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;

use super::{Socket, records::Records, tls::Tls};

impl Socket {
    /// The accepting side of a handshake of which `greeting` was read already.
    ///
    /// # Errors
    /// The peer is not satisfied, does not satisfy, or closed.
    pub async fn accept(
        tcp: TcpStream,
        greeting: &mut [u8],
        config: Arc<ServerConfig>,
    ) -> io::Result<Self> {
        let records = Records::server(config).map_err(io::Error::other)?;
        Self::shake_hands(tcp, records, greeting).await
    }

    /// The dialling side, expecting `name`'s certificate.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub async fn connect(
        tcp: TcpStream,
        name: ServerName<'static>,
        config: Arc<ClientConfig>,
    ) -> io::Result<Self> {
        let records = Records::client(config, name).map_err(io::Error::other)?;
        Self::shake_hands(tcp, records, &mut []).await
    }

    async fn shake_hands(tcp: TcpStream, records: Records, came: &mut [u8]) -> io::Result<Self> {
        let mut tls = Box::new(Tls::new(records));
        let mut received = BytesMut::new();
        let begun = tls.take_in(came, &mut received);
        let mut socket = Self::new(tcp, Some(tls));
        socket.received = received;
        if begun.is_err() {
            // The alert that says why; that it does not arrive changes nothing.
            drop(poll_fn(|context| socket.poll_flush(context)).await);
            begun?;
        }
        while let Some(tls) = &mut socket.tls {
            let done = !tls.is_handshaking();
            if !(done && tls.may_reply_late()) {
                poll_fn(|context| tls.poll_flush(&mut socket.tcp, context)).await?;
            }
            if done {
                break;
            }
            let read =
                poll_fn(|context| tls.poll_read(&mut socket.tcp, &mut socket.received, context));
            if !read.await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(socket)
    }
}
