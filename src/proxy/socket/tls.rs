//! The socket's TLS: `records` between buffers of the thread and the TCP connection.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncRead as _, AsyncWrite as _, ReadBuf},
    net::TcpStream,
};

use super::{records::Records, scratch::Ciphertext};
use crate::limits::{ASIDE_MAX, BUFFER_SIZE};

/// TLS on a TCP connection.
#[derive(Debug)]
pub struct Tls {
    records: Records,
    /// What is encrypted and not written yet.
    unsent: BytesMut,
}

impl Tls {
    /// TLS of which `records` is the state.
    #[must_use]
    pub fn new(records: Records) -> Self {
        Self {
            records,
            unsent: BytesMut::new(),
        }
    }

    /// See [`Records::peer_certificate`].
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.records.peer_certificate()
    }

    /// See [`Records::is_handshaking`].
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.records.is_handshaking()
    }

    /// See [`Records::is_ended`].
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.records.is_ended()
    }

    /// See [`Records::may_reply_late`].
    #[must_use]
    pub fn may_reply_late(&self) -> bool {
        self.records.may_reply_late()
    }

    /// Encrypted bytes that wait to be written.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Whether so much waits that nothing more is taken before it is written.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.unsent.len() > ASIDE_MAX
    }

    /// Reads once and decrypts what came whole into `received`; whether more may come.
    ///
    /// # Errors
    /// The connection broke, or the peer's TLS is wrong.
    pub fn poll_read(
        &mut self,
        tcp: &mut TcpStream,
        received: &mut BytesMut,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        Ciphertext::lend(|scratch| {
            let kept = self.records.kept().len();
            let room = BUFFER_SIZE.saturating_sub(received.len().min(BUFFER_SIZE / 2));
            let incoming = scratch.incoming.get_mut(..room).unwrap_or_default();
            let Some((front, back)) = incoming.split_at_mut_checked(kept) else {
                return Poll::Ready(Err(too_long()));
            };
            if back.is_empty() {
                return Poll::Ready(Err(too_long()));
            }
            front.copy_from_slice(self.records.kept());
            let mut read = ReadBuf::new(back);
            ready!(Pin::new(&mut *tcp).poll_read(context, &mut read))?;
            let came = read.filled().len();
            if came == 0 {
                return Poll::Ready(Ok(false));
            }
            let all = incoming.get_mut(..kept.saturating_add(came));
            let opened = self.take_in(all.unwrap_or_default(), received);
            if opened.is_err() {
                // The alert that says why, if it can be sent at once.
                let _ = self.poll_flush(tcp, context);
            }
            Poll::Ready(opened.map(|()| true))
        })
    }

    /// Decrypts what was read: what [`Records::kept`] has, and what came after it.
    ///
    /// # Errors
    /// The peer's TLS is wrong. An alert that says so waits to be written.
    pub fn take_in(&mut self, incoming: &mut [u8], received: &mut BytesMut) -> io::Result<()> {
        let opened = self.records.open(incoming, received, &mut self.unsent);
        opened.map_err(invalid)
    }

    /// Encrypts as much of `plain` as fits a write, and writes once; how much of it was taken.
    ///
    /// # Errors
    /// The connection broke, or TLS failed.
    pub fn poll_write(
        &mut self,
        tcp: &mut TcpStream,
        plain: &[u8],
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.is_behind() {
            ready!(self.poll_flush(tcp, context))?;
        }
        Ciphertext::lend(|scratch| {
            let waits = self.unsent.len();
            let part = plain.get(..BUFFER_SIZE.min(plain.len()));
            let part = part.unwrap_or_default();
            let outgoing = scratch.outgoing.as_mut_slice();
            let Some((front, back)) = outgoing.split_at_mut_checked(waits) else {
                return Poll::Ready(Err(too_long()));
            };
            front.copy_from_slice(&self.unsent);
            let sealed = self.records.seal(part, back).map_err(invalid)?;
            let sealed = outgoing.get(..waits.saturating_add(sealed));
            let sealed = sealed.unwrap_or_default();
            let wrote = match Pin::new(tcp).poll_write(context, sealed) {
                Poll::Pending => 0,
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(wrote) => wrote?,
            };
            self.unsent = BytesMut::from(sealed.get(wrote..).unwrap_or_default());
            Poll::Ready(Ok(part.len()))
        })
    }

    /// Writes until nothing waits.
    ///
    /// # Errors
    /// The connection broke.
    pub fn poll_flush(
        &mut self,
        tcp: &mut TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            match Pin::new(&mut *tcp).poll_write(context, &self.unsent)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(wrote) => self.unsent.advance(wrote),
                Poll::Pending => {
                    if !self.is_behind() {
                        // The next is read now: the little that is left must not keep a large buffer.
                        self.unsent = BytesMut::from(&*self.unsent);
                    }
                    return Poll::Pending;
                }
            }
        }
        self.unsent = BytesMut::new();
        Poll::Ready(Ok(()))
    }

    /// Bytes of the buffers that it owns for what came, and for what goes.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        (self.records.kept().len(), self.unsent.capacity())
    }

    /// Lets TLS's own goodbye wait to be written.
    pub fn say_goodbye(&mut self) {
        Ciphertext::lend(|scratch| {
            // A connection that failed has none to say.
            if let Ok(sealed) = self.records.seal_goodbye(&mut scratch.outgoing) {
                let sealed = scratch.outgoing.get(..sealed).unwrap_or_default();
                self.unsent.extend_from_slice(sealed);
            }
        });
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a TLS message is longer than any that is used",
    )
}
