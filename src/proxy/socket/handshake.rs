//! TLS handshakes on a socket.

use std::{future::poll_fn, io, sync::Arc};

use bytes::BytesMut;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;

use super::{Socket, records::Records, tls::Tls};

/// A handshake under way.
pub struct Handshake {
    socket: Socket,
    /// What the peer's first bytes came to.
    begun: io::Result<()>,
}

impl Socket {
    /// The accepting side of a handshake of which `greeting` was read already. Does most of the
    /// cryptography of our side.
    ///
    /// # Errors
    /// rustls refuses the configuration.
    pub fn accept(
        tcp: TcpStream,
        greeting: &mut [u8],
        config: Arc<ServerConfig>,
    ) -> io::Result<Handshake> {
        let records = Records::server(config).map_err(io::Error::other)?;
        Ok(Handshake::begin(tcp, records, greeting))
    }

    /// The dialling side, expecting `name`'s certificate.
    ///
    /// # Errors
    /// rustls refuses configuration or name.
    pub fn connect(
        tcp: TcpStream,
        name: ServerName<'static>,
        config: Arc<ClientConfig>,
    ) -> io::Result<Handshake> {
        let records = Records::client(config, name).map_err(io::Error::other)?;
        Ok(Handshake::begin(tcp, records, &mut []))
    }
}

impl Handshake {
    fn begin(tcp: TcpStream, records: Records, came: &mut [u8]) -> Self {
        let mut tls = Box::new(Tls::new(records));
        let mut received = BytesMut::new();
        let begun = tls.take_in(came, &mut received);
        let mut socket = Socket::new(tcp, Some(tls));
        socket.received = received;
        Self { socket, begun }
    }

    /// Goes on to the end of the handshake.
    ///
    /// # Errors
    /// The peer is not satisfied, does not satisfy, or closed.
    pub async fn shake_hands(self) -> io::Result<Socket> {
        let Self { mut socket, begun } = self;
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
            let (tcp, received) = (&mut socket.tcp, &mut socket.received);
            if !poll_fn(|context| tls.poll_read(tcp, received, context)).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(socket)
    }
}
