//! The client's side of a connection: TLS with the server name kept, plain TCP where that was asked
//! for by its loud name, and frames before login. Knows sockets; not SASL.

use std::{future::poll_fn, io, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use rustls::server::{Accepted, Acceptor};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    limits::LINGER,
    proxy::{
        socket::{Socket, frames::NoFrame},
        turnstile::Turnstile,
    },
};

/// Bytes that a client's greeting is read by; most are shorter.
const GREETING_READ: usize = 2048;

/// A client's stream.
#[derive(Debug)]
pub struct ClientStream(Socket);

/// Why the TLS handshake did not come about. The label is stable.
#[derive(Debug)]
pub enum TlsFault {
    /// The client closed without sending a byte: a load balancer's check.
    Silent,
    /// The client closed, or its bytes are no TLS, or it wants what we do not offer.
    Handshake(io::Error),
    /// It took too long.
    Deadline,
}

impl TlsFault {
    /// The stable word.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Silent => "SILENT",
            Self::Handshake(_) => "TLS_HANDSHAKE_FAILED",
            Self::Deadline => "TLS_HANDSHAKE_TIMEOUT",
        }
    }
}

/// A TLS handshake of which the client's greeting is read.
pub struct Greeting {
    tcp: TcpStream,
    bytes: Vec<u8>,
    server_name: Option<String>,
}

impl Greeting {
    /// Reads the client's greeting.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub async fn read(tcp: TcpStream, deadline: Instant) -> Result<Self, TlsFault> {
        timeout_at(deadline, Self::read_unbounded(tcp))
            .await
            .unwrap_or(Err(TlsFault::Deadline))
    }

    async fn read_unbounded(mut tcp: TcpStream) -> Result<Self, TlsFault> {
        let mut bytes = Vec::new();
        let mut acceptor = Acceptor::default();
        loop {
            let before = bytes.len();
            bytes.reserve(GREETING_READ);
            match tcp.read_buf(&mut bytes).await {
                Ok(0) if bytes.is_empty() => return Err(TlsFault::Silent),
                Ok(0) => return Err(TlsFault::Handshake(io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                // As HAProxy ends its checks.
                Err(error) if bytes.is_empty() && is_reset(&error) => return Err(TlsFault::Silent),
                Err(error) => return Err(TlsFault::Handshake(error)),
            }
            let new = bytes.get(before..).unwrap_or_default();
            match understand(&mut acceptor, new) {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let server_name = accepted.client_hello().server_name().map(str::to_owned);
                    return Ok(Self {
                        tcp,
                        bytes,
                        server_name,
                    });
                }
                Err((error, alert)) => {
                    // The alert says why; that it does not arrive changes nothing.
                    let _ = tcp.write_all(&alert).await;
                    return Err(TlsFault::Handshake(error));
                }
            }
        }
    }

    /// The server name that the client asked for.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Finishes the handshake.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub async fn finish(
        self,
        config: Arc<rustls::ServerConfig>,
        turnstile: &Turnstile,
        deadline: Instant,
    ) -> Result<ClientStream, TlsFault> {
        let Self { tcp, mut bytes, .. } = self;
        let accepted = async {
            let turn = turnstile.turn().await;
            // With TLS 1.3, all but one short step of our part.
            let begun = Socket::accept(tcp, &mut bytes, config);
            drop(turn);
            begun?.shake_hands().await
        };
        match timeout_at(deadline, accepted).await {
            Err(_) => Err(TlsFault::Deadline),
            Ok(Err(error)) => Err(TlsFault::Handshake(error)),
            Ok(Ok(socket)) => Ok(ClientStream(socket)),
        }
    }
}

fn is_reset(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionReset
}

/// Gives `acceptor` what came `new`; what it understood, once that is all. With an error goes the
/// alert for the client.
fn understand(
    acceptor: &mut Acceptor,
    mut new: &[u8],
) -> Result<Option<Accepted>, (io::Error, Vec<u8>)> {
    while !new.is_empty() {
        let read = acceptor.read_tls(&mut new);
        read.map_err(|error| (error, Vec::new()))?;
        match acceptor.accept() {
            Ok(None) => {}
            Ok(accepted) => return Ok(accepted),
            Err((error, mut alert)) => {
                let mut bytes = Vec::new();
                let error = io::Error::new(io::ErrorKind::InvalidData, error);
                return match alert.write_all(&mut bytes) {
                    Ok(()) => Err((error, bytes)),
                    Err(_) => Err((error, Vec::new())),
                };
            }
        }
    }
    Ok(None)
}

/// Why no frame came before login.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// The client ended its stream between two frames.
    Closed,
    /// It ended within a frame, or the connection broke.
    Broken,
    /// The frame is longer than a stranger may send, or its length is negative.
    TooLong,
    /// It took too long.
    Deadline,
}

impl FrameFault {
    /// The stable word.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Closed => "CLIENT_CLOSED",
            Self::Broken => "CONNECTION_BROKEN",
            Self::TooLong => "FRAME_TOO_LONG",
            Self::Deadline => "LOGIN_DEADLINE",
        }
    }
}

impl ClientStream {
    /// A stream without TLS.
    #[must_use]
    pub fn plain(tcp: TcpStream) -> Self {
        Self(Socket::plain(tcp))
    }

    /// A stream over a connection that is set up.
    #[cfg(test)]
    pub(in crate::proxy) const fn over(socket: Socket) -> Self {
        Self(socket)
    }

    /// Gives the socket to whoever goes on with it; what it received beyond the last frame is in it.
    #[must_use]
    pub fn into_socket(self) -> Socket {
        self.0
    }

    /// SHA-256 of the client's certificate, where it showed one.
    #[must_use]
    pub fn certificate_sha256(&self) -> Option<[u8; 32]> {
        let certificate = self.0.peer_certificate()?;
        digest(&SHA256, certificate).as_ref().try_into().ok()
    }

    /// The next frame, without its length bytes; at most `most` of it. Takes memory as bytes come,
    /// not as the length promises.
    ///
    /// # Errors
    /// [`FrameFault`].
    pub async fn read_frame(
        &mut self,
        most: usize,
        deadline: Instant,
    ) -> Result<Vec<u8>, FrameFault> {
        match timeout_at(deadline, self.0.read_frame(most)).await {
            Err(_) => Err(FrameFault::Deadline),
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(NoFrame::Closed)) => Err(FrameFault::Closed),
            Ok(Err(NoFrame::Broken | NoFrame::Io(_))) => Err(FrameFault::Broken),
            Ok(Err(NoFrame::Length(_))) => Err(FrameFault::TooLong),
        }
    }

    /// Sends `bytes` whole.
    ///
    /// # Errors
    /// [`FrameFault::Broken`], [`FrameFault::Deadline`].
    pub async fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), FrameFault> {
        match timeout_at(deadline, self.0.send(bytes)).await {
            Err(_) => Err(FrameFault::Deadline),
            Ok(sent) => sent.map_err(|_| FrameFault::Broken),
        }
    }

    /// See [`close`].
    pub async fn close(self) {
        close(self.0).await;
    }
}

/// Ends our side, then throws away what the client still sends for a moment, so that the last answer
/// is not lost to a reset.
pub async fn close(mut client: Socket) {
    let ended = timeout(LINGER, async {
        client.shutdown().await?;
        while poll_fn(|context| client.poll_read(context)).await? > 0 {
            client.received.clear();
        }
        io::Result::Ok(())
    });
    // Whatever happens here, the connection is over.
    drop(ended.await);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;
    use crate::limits::LOGIN_FRAME_MAX;

    /// A client's end, and ours.
    async fn tcp_pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (ours, _) = listener.accept().await.unwrap();
        (client.unwrap(), ours)
    }

    async fn pair() -> (TcpStream, ClientStream) {
        let (client, ours) = tcp_pair().await;
        (client, ClientStream::plain(ours))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[tokio::test]
    async fn k30_packet_size_too_big_and_k26_oversize_request() {
        let max = i32::try_from(LOGIN_FRAME_MAX).unwrap();
        for length in [-1, i32::MIN, max + 1, i32::MAX] {
            let (mut client, mut ours) = pair().await;
            client.write_all(&length.to_be_bytes()).await.unwrap();
            assert_eq!(
                ours.read_frame(LOGIN_FRAME_MAX, soon()).await,
                Err(FrameFault::TooLong),
                "{length}"
            );
        }
    }

    #[tokio::test]
    async fn a_frame_leaves_what_follows_it() {
        let (mut client, mut ours) = pair().await;
        client
            .write_all(b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d")
            .await
            .unwrap();
        for frame in ["abc", "", "d"] {
            assert_eq!(
                ours.read_frame(LOGIN_FRAME_MAX, soon()).await,
                Ok(frame.as_bytes().to_vec())
            );
        }
        drop(client);
        assert_eq!(
            ours.read_frame(LOGIN_FRAME_MAX, soon()).await,
            Err(FrameFault::Closed)
        );
    }

    #[tokio::test]
    async fn a_frame_that_is_not_finished_is_told_apart_from_a_check() {
        for sent in ["\0", "\0\0\0\x03", "\0\0\0\x03ab"] {
            let (mut client, mut ours) = pair().await;
            client.write_all(sent.as_bytes()).await.unwrap();
            drop(client);
            assert_eq!(
                ours.read_frame(LOGIN_FRAME_MAX, soon()).await,
                Err(FrameFault::Broken),
                "{sent:?}"
            );
        }
        let (mut client, mut ours) = pair().await;
        client.write_all(b"\0\0\0\x03ab").await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        assert_eq!(
            ours.read_frame(LOGIN_FRAME_MAX, deadline).await,
            Err(FrameFault::Deadline)
        );
    }

    #[tokio::test]
    async fn tls_that_is_none_is_told_apart_from_a_check() {
        let (mut client, ours) = tcp_pair().await;
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let greeted = Greeting::read(ours, soon()).await;
        assert!(matches!(greeted, Err(TlsFault::Handshake(_))));

        let (client, ours) = tcp_pair().await;
        drop(client);
        assert!(matches!(
            Greeting::read(ours, soon()).await,
            Err(TlsFault::Silent)
        ));

        let (client, ours) = tcp_pair().await;
        client.set_zero_linger().unwrap();
        drop(client);
        assert!(matches!(
            Greeting::read(ours, soon()).await,
            Err(TlsFault::Silent)
        ));

        let (mut client, ours) = tcp_pair().await;
        client.write_all(&[22]).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        assert!(matches!(
            Greeting::read(ours, deadline).await,
            Err(TlsFault::Deadline)
        ));
    }
}
