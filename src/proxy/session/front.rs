//! The client's side of a connection: TLS with the server name kept, plain TCP where that was asked
//! for by its loud name, and frames before login. Knows sockets; not SASL.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use aws_lc_rs::digest::{SHA256, digest};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake, server::TlsStream};

use crate::limits::{LINGER, LOGIN_FRAME_MAX};

/// A client's stream.
#[derive(Debug)]
pub enum ClientStream {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

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
pub struct Greeting(StartHandshake<TcpStream>);

impl Greeting {
    /// Reads the client's greeting.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub async fn read(tcp: TcpStream, deadline: Instant) -> Result<Self, TlsFault> {
        let mut first = [0; 1];
        match timeout_at(deadline, tcp.peek(&mut first)).await {
            Err(_) => return Err(TlsFault::Deadline),
            Ok(Ok(0)) => return Err(TlsFault::Silent),
            // As HAProxy ends its checks.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                return Err(TlsFault::Silent);
            }
            Ok(Err(error)) => return Err(TlsFault::Handshake(error)),
            Ok(Ok(_)) => {}
        }
        let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), tcp);
        match timeout_at(deadline, acceptor).await {
            Err(_) => Err(TlsFault::Deadline),
            Ok(Err(error)) => Err(TlsFault::Handshake(error)),
            Ok(Ok(start)) => Ok(Self(start)),
        }
    }

    /// The server name that the client asked for.
    #[must_use]
    pub fn server_name(&self) -> Option<String> {
        self.0.client_hello().server_name().map(str::to_owned)
    }

    /// Finishes the handshake.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub async fn finish(
        self,
        config: Arc<rustls::ServerConfig>,
        deadline: Instant,
    ) -> Result<ClientStream, TlsFault> {
        match timeout_at(deadline, self.0.into_stream(config)).await {
            Err(_) => Err(TlsFault::Deadline),
            Ok(Err(error)) => Err(TlsFault::Handshake(error)),
            Ok(Ok(stream)) => Ok(ClientStream::Tls(Box::new(stream))),
        }
    }
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
    /// SHA-256 of the client's certificate, where it showed one.
    #[must_use]
    pub fn certificate_sha256(&self) -> Option<[u8; 32]> {
        let Self::Tls(stream) = self else { return None };
        let certificate = stream.get_ref().1.peer_certificates()?.first()?;
        digest(&SHA256, certificate).as_ref().try_into().ok()
    }

    /// The next frame, without its length bytes; at most [`LOGIN_FRAME_MAX`]. Takes memory as bytes
    /// come, not as the length promises.
    ///
    /// # Errors
    /// [`FrameFault`].
    pub async fn read_frame(&mut self, deadline: Instant) -> Result<Vec<u8>, FrameFault> {
        timeout_at(deadline, self.read_frame_unbounded())
            .await
            .unwrap_or(Err(FrameFault::Deadline))
    }

    async fn read_frame_unbounded(&mut self) -> Result<Vec<u8>, FrameFault> {
        let mut length = [0; 4];
        match self.read(&mut length[..1]).await {
            Ok(0) => return Err(FrameFault::Closed),
            Ok(_) => {}
            // A peer that closes without TLS's goodbye has closed all the same.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                ) =>
            {
                return Err(FrameFault::Closed);
            }
            Err(_) => return Err(FrameFault::Broken),
        }
        let rest = self.read_exact(&mut length[1..]).await;
        rest.map_err(|_| FrameFault::Broken)?;
        let length = usize::try_from(i32::from_be_bytes(length)).ok();
        let length = length.filter(|length| *length <= LOGIN_FRAME_MAX);
        let length = length.ok_or(FrameFault::TooLong)?;
        let mut frame = Vec::new();
        let wanted = u64::try_from(length).map_err(|_| FrameFault::TooLong)?;
        let read = self.take(wanted).read_to_end(&mut frame).await;
        match read {
            Ok(read) if read == length => Ok(frame),
            Ok(_) | Err(_) => Err(FrameFault::Broken),
        }
    }

    /// Sends `bytes` whole.
    ///
    /// # Errors
    /// [`FrameFault::Broken`], [`FrameFault::Deadline`].
    pub async fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), FrameFault> {
        let sent = async {
            self.write_all(bytes).await?;
            self.flush().await
        };
        match timeout_at(deadline, sent).await {
            Err(_) => Err(FrameFault::Deadline),
            Ok(sent) => sent.map_err(|_| FrameFault::Broken),
        }
    }

    /// Ends our side, then throws away what the client still sends for a moment, so that the last
    /// answer is not lost to a reset.
    pub async fn close(mut self) {
        let ended = timeout(LINGER, async {
            self.shutdown().await?;
            let mut rest = [0; 1024];
            while self.read(&mut rest).await? > 0 {}
            io::Result::Ok(())
        });
        // Whatever happens here, the connection is over.
        drop(ended.await);
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;

    /// A client's end, and ours.
    async fn pair() -> (TcpStream, ClientStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (ours, _) = listener.accept().await.unwrap();
        (client.unwrap(), ClientStream::Plain(ours))
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
                ours.read_frame(soon()).await,
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
            assert_eq!(ours.read_frame(soon()).await, Ok(frame.as_bytes().to_vec()));
        }
        drop(client);
        assert_eq!(ours.read_frame(soon()).await, Err(FrameFault::Closed));
    }

    #[tokio::test]
    async fn a_frame_that_is_not_finished_is_told_apart_from_a_check() {
        for sent in ["\0", "\0\0\0\x03", "\0\0\0\x03ab"] {
            let (mut client, mut ours) = pair().await;
            client.write_all(sent.as_bytes()).await.unwrap();
            drop(client);
            assert_eq!(
                ours.read_frame(soon()).await,
                Err(FrameFault::Broken),
                "{sent:?}"
            );
        }
        let (mut client, mut ours) = pair().await;
        client.write_all(b"\0\0\0\x03ab").await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        assert_eq!(ours.read_frame(deadline).await, Err(FrameFault::Deadline));
    }

    #[tokio::test]
    async fn tls_that_is_none_is_told_apart_from_a_check() {
        let (mut client, ours) = pair().await;
        let ClientStream::Plain(ours) = ours else {
            panic!("TLS")
        };
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let greeted = Greeting::read(ours, soon()).await;
        assert!(matches!(greeted, Err(TlsFault::Handshake(_))));

        let (client, ours) = pair().await;
        let ClientStream::Plain(ours) = ours else {
            panic!("TLS")
        };
        drop(client);
        assert!(matches!(
            Greeting::read(ours, soon()).await,
            Err(TlsFault::Silent)
        ));

        let (client, ours) = pair().await;
        let ClientStream::Plain(ours) = ours else {
            panic!("TLS")
        };
        client.set_zero_linger().unwrap();
        drop(client);
        assert!(matches!(
            Greeting::read(ours, soon()).await,
            Err(TlsFault::Silent)
        ));

        let (mut client, ours) = pair().await;
        let ClientStream::Plain(ours) = ours else {
            panic!("TLS")
        };
        client.write_all(&[22]).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(20);
        assert!(matches!(
            Greeting::read(ours, deadline).await,
            Err(TlsFault::Deadline)
        ));
    }
}
