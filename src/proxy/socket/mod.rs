//! A connection's socket, with TLS or without: large reads, one write for all that waits. Knows
//! bytes and TLS; of Kafka only that a frame begins with its length.
//!
//! Reads and writes are single steps that may be given up without losing a byte, so that one task
//! can wait for both ends of two sockets. A connection at rest owns no buffer: `scratch` has those
//! that a thread lends.

#[cfg(test)]
pub(in crate::proxy) mod fixture;
pub mod frames;
pub mod handshake;
pub mod records;
pub mod scratch;
pub mod tls;

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{BufMut as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::limits::{BUFFER_SIZE, REMAINDER_MAX};
use tls::Tls;

/// One end of a connection.
#[derive(Debug)]
pub struct Socket {
    tcp: TcpStream,
    tls: Option<Box<Tls>>,
    /// What was received, in plain; whoever works it off takes it from the front.
    pub received: BytesMut,
    /// Whether [`Self::received`] has a buffer of the thread's, or another that is made for reading.
    borrows: bool,
}

impl Socket {
    /// A socket without TLS.
    #[must_use]
    pub fn plain(tcp: TcpStream) -> Self {
        Self::new(tcp, None)
    }

    fn new(tcp: TcpStream, tls: Option<Box<Tls>>) -> Self {
        Self {
            tcp,
            tls,
            received: BytesMut::new(),
            borrows: false,
        }
    }

    /// The TCP connection beneath.
    #[must_use]
    pub const fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// The peer's own certificate in DER, where it showed one.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.tls.as_ref()?.peer_certificate()
    }

    /// Reads until something was added to [`Self::received`]; how many bytes, 0 at the end of the
    /// stream. Takes about [`BUFFER_SIZE`] bytes at most.
    ///
    /// # Errors
    /// The connection broke, or the peer's TLS is wrong.
    pub fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            if self.tls.as_ref().is_some_and(|tls| tls.is_ended()) {
                return Poll::Ready(Ok(0));
            }
            if self.tcp.poll_read_ready(context)?.is_pending() {
                self.rest();
                return Poll::Pending;
            }
            self.widen();
            let Self {
                tcp, tls, received, ..
            } = self;
            let before = received.len();
            let read = match tls {
                None => {
                    let mut room = received.limit(BUFFER_SIZE);
                    let read = pin!(tcp.read_buf(&mut room)).poll(context);
                    read.map_ok(|_| false)
                }
                Some(tls) => tls.poll_read(tcp, received, context),
            };
            let came = received.len().saturating_sub(before);
            match read {
                // It was readable, and then was not.
                Poll::Pending => self.rest(),
                Poll::Ready(Ok(true)) if came == 0 => {}
                Poll::Ready(read) => return Poll::Ready(read.map(|_| came)),
            }
        }
    }

    /// Gives [`Self::received`] room for the next read.
    fn widen(&mut self) {
        let Self {
            received, borrows, ..
        } = self;
        let room = received.capacity().saturating_sub(received.len());
        if received.len() > REMAINDER_MAX {
            // A frame that is read whole before anybody looks at it.
            if room < REMAINDER_MAX {
                received.reserve(BUFFER_SIZE);
                *borrows = true;
            }
        } else if room < BUFFER_SIZE - REMAINDER_MAX {
            let mut wide = scratch::take();
            wide.extend_from_slice(received);
            scratch::give(std::mem::replace(received, wide));
            *borrows = true;
        }
    }

    /// Gives the buffer back, since nothing comes now; a part of a frame that is more than a little stays in it.
    fn rest(&mut self) {
        self.give_back(REMAINDER_MAX);
    }

    /// Gives the buffer back, since nothing is to be read now; keeps what is left in it, where that does not
    /// fill half of it.
    pub fn pause(&mut self) {
        self.give_back(BUFFER_SIZE / 2);
    }

    fn give_back(&mut self, most_left: usize) {
        if self.borrows && self.received.len() <= most_left {
            let left = BytesMut::from(&*self.received);
            scratch::give(std::mem::replace(&mut self.received, left));
            self.borrows = false;
        }
    }

    /// Writes once; how many of `bytes` were taken. They may still be on their way: see
    /// [`Self::poll_flush`].
    ///
    /// # Errors
    /// The connection broke.
    pub fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { tcp, tls, .. } = self;
        match tls {
            Some(tls) => tls.poll_write(tcp, bytes, context),
            None => match ready!(Pin::new(tcp).poll_write(context, bytes))? {
                0 if !bytes.is_empty() => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                wrote => Poll::Ready(Ok(wrote)),
            },
        }
    }

    /// Bytes that were taken, as they are sealed, and wait to be written.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.tls.as_ref().map_or(0, |tls| tls.unsent())
    }

    /// Whether so much of what was taken waits that nothing more is taken before it is written.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_behind())
    }

    /// Bytes of the buffers that it owns for what came, and for what goes.
    #[cfg(test)]
    pub(in crate::proxy) fn held(&self) -> (usize, usize) {
        let (kept, unsent) = self.tls.as_ref().map_or((0, 0), |tls| tls.held());
        (self.received.capacity() + kept, unsent)
    }

    /// Writes what was taken, until nothing of it waits.
    ///
    /// # Errors
    /// The connection broke.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.tls {
            Some(tls) => tls.poll_flush(&mut self.tcp, context),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Sends `bytes` whole.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let took = poll_fn(|context| self.poll_write(context, bytes)).await?;
            bytes = bytes.get(took..).unwrap_or_default();
        }
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Says that nothing more is sent.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.say_goodbye().await?;
        self.tcp.shutdown().await
    }

    /// Says so in TLS alone: enough where the connection is dropped next.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn say_goodbye(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.say_goodbye();
            poll_fn(|context| self.poll_flush(context)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{ClientConfig, DEFAULT_VERSIONS, ServerConfig};
    use rustls_pki_types::ServerName;
    use tokio::net::TcpListener;

    use super::*;

    const NAME: &str = "kafka.example.com";

    async fn tcp_pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await;
        (near.unwrap(), listener.accept().await.unwrap().0)
    }

    fn configs() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
        let (server, client) = fixture::configs(NAME, DEFAULT_VERSIONS);
        (Arc::new(server), Arc::new(client))
    }

    /// The two ends of a connection.
    async fn pair(tls: bool) -> (Socket, Socket) {
        let (near, far) = tcp_pair().await;
        if !tls {
            return (Socket::plain(near), Socket::plain(far));
        }
        let (server, client) = configs();
        let name = ServerName::try_from(NAME).unwrap();
        let near = Socket::connect(near, name, client).unwrap();
        let far = Socket::accept(far, &mut [], server).unwrap();
        let (near, far) = tokio::join!(near.shake_hands(), far.shake_hands());
        (near.unwrap(), far.unwrap())
    }

    async fn read(socket: &mut Socket) -> usize {
        poll_fn(|context| socket.poll_read(context)).await.unwrap()
    }

    async fn has_nothing(socket: &mut Socket) -> bool {
        poll_fn(|context| Poll::Ready(socket.poll_read(context).is_pending())).await
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..=250).cycle().take(length).collect()
    }

    #[tokio::test]
    async fn a_slow_reader_takes_all_and_the_writer_holds_little() {
        for tls in [false, true] {
            let (mut near, mut far) = pair(tls).await;
            let said = bytes(16 * 1024 * 1024);
            let (mut rest, mut heard, mut blocked) = (said.as_slice(), Vec::new(), false);
            while heard.len() < said.len() {
                let (wrote, read) = poll_fn(|context| {
                    let wrote = match (rest.is_empty(), near.unsent() > 0) {
                        (false, _) => near.poll_write(context, rest),
                        (true, true) => near.poll_flush(context).map_ok(|()| 0),
                        (true, false) => Poll::Pending,
                    };
                    blocked |= wrote.is_pending() && !rest.is_empty();
                    // Only a writer that cannot go on is listened to.
                    let read = match blocked || rest.is_empty() {
                        false => Poll::Pending,
                        true => far.poll_read(context),
                    };
                    match wrote.is_pending() && read.is_pending() {
                        true => Poll::Pending,
                        false => Poll::Ready((wrote, read)),
                    }
                })
                .await;
                if let Poll::Ready(took) = wrote {
                    rest = &rest[took.unwrap()..];
                }
                if let Poll::Ready(came) = read {
                    assert!(came.unwrap() <= BUFFER_SIZE);
                    heard.extend_from_slice(&far.received.split());
                }
                assert!(near.held().1 <= records::sealed_max(BUFFER_SIZE));
            }
            assert!(blocked, "the reader was slow");
            assert!(heard == said);
        }
    }

    #[tokio::test]
    async fn a_socket_at_rest_owns_no_buffer_and_keeps_a_remainder_in_a_small_one() {
        for tls in [false, true] {
            let (mut near, mut far) = pair(tls).await;
            // A ticket waited for something to go with.
            far.send(b"x").await.unwrap();
            near.send(&bytes(5000)).await.unwrap();
            while far.received.len() < 5000 {
                read(&mut far).await;
            }
            assert!(far.held().0 >= BUFFER_SIZE);
            let taken = far.received.split_to(4990);
            assert!(has_nothing(&mut far).await);
            assert!(far.held().0 <= REMAINDER_MAX);
            assert_eq!([&taken[..], &far.received].concat(), bytes(5000));
            far.received.clear();
            near.send(b"x").await.unwrap();
            read(&mut far).await;
            far.received.clear();
            assert!(has_nothing(&mut far).await);
            assert_eq!(far.held(), (0, 0));
            assert_eq!(near.held(), (0, 0));
        }
    }

    #[tokio::test]
    async fn what_must_wait_keeps_little_room_to_spare_and_gives_all_of_it_back() {
        for tls in [false, true] {
            let (mut near, mut far) = pair(tls).await;
            near.send(&bytes(100 * 1024)).await.unwrap();
            while far.received.len() < 100 * 1024 {
                read(&mut far).await;
            }
            let taken = far.received.split_to(40 * 1024);
            far.pause();
            assert_eq!(far.held().0, 60 * 1024);
            assert_eq!([&taken[..], &far.received].concat(), bytes(100 * 1024));
            // Room for the next read is made behind it.
            near.send(b"more").await.unwrap();
            assert_eq!(read(&mut far).await, 4);
            assert!(far.received.ends_with(b"more"));
            assert_eq!(far.received.len(), 60 * 1024 + 4);
            far.received.clear();
            assert!(has_nothing(&mut far).await);
            assert_eq!(far.held().0, 0);
        }
    }

    #[tokio::test]
    async fn one_direction_ends_and_the_other_goes_on() {
        for tls in [false, true] {
            let (mut near, mut far) = pair(tls).await;
            near.send(b"the last").await.unwrap();
            near.shutdown().await.unwrap();
            while read(&mut far).await > 0 {}
            assert_eq!(far.received, &b"the last"[..]);
            far.send(b"heard").await.unwrap();
            assert_eq!(read(&mut near).await, 5);
            assert_eq!(read(&mut far).await, 0, "and again");
        }
    }

    #[tokio::test]
    async fn a_peer_that_vanishes_has_ended() {
        for tls in [false, true] {
            let (near, mut far) = pair(tls).await;
            drop(near);
            assert_eq!(read(&mut far).await, 0);
        }
    }

    #[tokio::test]
    async fn a_peer_that_speaks_something_else_is_refused() {
        let (_, config) = configs();
        let (mut near, far) = tcp_pair().await;
        near.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        let dialled = Socket::connect(far, name, config).unwrap();
        let refused = dialled.shake_hands().await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
