//! One connection of the broker. A request of a shape seen before on it is not read: its body is
//! passed over and the answer of the first one sent again.

use std::{collections::HashMap, os::fd::AsRawFd as _, sync::Arc};

use bytes::Buf;
use nix::sys::socket::{MsgFlags, recv};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::TcpStream,
};

use super::{
    answers::{Answers, Frame},
    fetches::Session,
};
use crate::{
    fault::{Fault, Result},
    socket::Socket,
};

/// Bytes of a request that say how to answer it: length, API key, version, correlation id.
const HEAD: usize = 12;
const LENGTH_BYTES: usize = 4;

/// What is read at once.
const BUFFER: usize = 64 * 1024;

/// Largest request: more than any mode sends.
const REQUEST_MAX: usize = 16 * 1024 * 1024;

/// Answers larger than this are sent from where they are, smaller ones gathered first.
const GATHERED_MAX: usize = 4 * 1024;

/// From this much on, a body is dropped in the kernel.
const DROPPED_MIN: usize = 32 * 1024;
/// Most that is dropped at once.
const DROPPED_MAX: usize = 1024 * 1024;

/// What tells requests of one connection apart, as far as their answers go: load sends few kinds of
/// request on a connection, and each kind always has the same length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    key_and_version: [u8; 4],
    length: usize,
}

pub(super) struct Connection {
    socket: Socket,
    answers: Arc<Answers>,
    known: HashMap<Shape, Frame>,
    session: Option<Session>,
    /// What was read; `at..` of it is still to be looked at.
    input: Vec<u8>,
    at: usize,
    output: Vec<u8>,
    /// What the kernel drops bytes "into"; never written.
    dropped: Vec<u8>,
}

impl Connection {
    pub(super) fn new(socket: Socket, answers: Arc<Answers>) -> Self {
        Self {
            socket,
            answers,
            known: HashMap::new(),
            session: None,
            input: Vec::new(),
            at: 0,
            output: Vec::new(),
            dropped: Vec::new(),
        }
    }

    /// Answers until the client closes.
    ///
    /// # Errors
    /// When a request cannot be answered; those before it have been.
    pub(super) async fn serve(mut self) -> Result<()> {
        while let Some(head) = self.head().await? {
            let [a, b, c, d, key_and_version @ .., e, f, g, h] = head;
            let length = usize::try_from(i32::from_be_bytes([a, b, c, d])).unwrap_or_default();
            if !(HEAD - LENGTH_BYTES..=REQUEST_MAX).contains(&length) {
                self.flush().await?;
                return Err(Fault::new(format!("a request of {length} bytes")));
            }
            let shape = Shape {
                key_and_version,
                length,
            };
            let answer = match self.known.get(&shape) {
                Some(known) => {
                    let answer = Arc::clone(known);
                    self.pass_over(LENGTH_BYTES + length).await?;
                    answer
                }
                None => self.first_of(shape).await?,
            };
            self.put(&answer, [e, f, g, h]).await?;
        }
        Ok(())
    }

    /// The head of the next request; `None` at the end.
    async fn head(&mut self) -> Result<Option<[u8; HEAD]>> {
        loop {
            let rest = self.input.get(self.at..).unwrap_or_default();
            if let Some(head) = rest.first_chunk() {
                return Ok(Some(*head));
            }
            if self.read().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads a whole request and learns its answer.
    async fn first_of(&mut self, shape: Shape) -> Result<Frame> {
        let end = LENGTH_BYTES + shape.length;
        while self.input.len() - self.at < end {
            if self.read().await? == 0 {
                return Err(Fault::new("closed within a request"));
            }
        }
        let whole = self.input.get(self.at + LENGTH_BYTES..self.at + end);
        let answer = self
            .answers
            .answer(whole.unwrap_or_default(), &mut self.session);
        self.at += end;
        if let Err(fault) = answer {
            self.flush().await?;
            return Err(fault);
        }
        let answer = answer?;
        self.known.insert(shape, Arc::clone(&answer));
        Ok(answer)
    }

    /// Passes over so many bytes: those that were read, then those still to come.
    async fn pass_over(&mut self, mut length: usize) -> Result<()> {
        loop {
            let buffered = length.min(self.input.len() - self.at);
            self.at += buffered;
            length -= buffered;
            if length == 0 {
                return Ok(());
            }
            let came = match &self.socket {
                Socket::Plain(stream) if length >= DROPPED_MIN => {
                    if self.dropped.is_empty() {
                        self.dropped = vec![0; DROPPED_MAX];
                    }
                    let most = length.min(DROPPED_MAX);
                    let into = self.dropped.get_mut(..most).unwrap_or_default();
                    let dropped = drop_in_kernel(stream, into).await?;
                    length -= dropped;
                    dropped
                }
                _ => self.read().await?,
            };
            if came == 0 {
                return Err(Fault::new("closed within a request"));
            }
        }
    }

    /// Reads more, after everything was answered that can be; how much came.
    async fn read(&mut self) -> Result<usize> {
        self.flush().await?;
        self.input.drain(..self.at);
        self.at = 0;
        self.input.reserve(BUFFER);
        Ok(self.socket.read_buf(&mut self.input).await?)
    }

    /// Sends `answer` under this correlation id.
    async fn put(&mut self, answer: &[u8], correlation_id: [u8; 4]) -> Result<()> {
        let (length, rest) = answer.split_at(LENGTH_BYTES.min(answer.len()));
        let rest = rest.get(correlation_id.len()..).unwrap_or_default();
        self.output.extend(length);
        self.output.extend(correlation_id);
        if rest.len() <= GATHERED_MAX {
            self.output.extend(rest);
            return Ok(());
        }
        let mut both = Buf::chain(self.output.as_slice(), rest);
        self.socket.write_all_buf(&mut both).await?;
        self.output.clear();
        Ok(self.socket.flush().await?)
    }

    async fn flush(&mut self) -> Result<()> {
        if !self.output.is_empty() {
            self.socket.write_all(&self.output).await?;
            self.socket.flush().await?;
            self.output.clear();
        }
        Ok(())
    }
}

/// Drops received bytes, at most as many as `into` is long, which TCP does not write to
/// (`MSG_TRUNC`); how many, 0 at the end of the stream.
async fn drop_in_kernel(stream: &TcpStream, into: &mut [u8]) -> Result<usize> {
    let fd = stream.as_raw_fd();
    let flags = MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
    let receive = || recv(fd, into, flags).map_err(Into::into);
    Ok(stream.async_io(Interest::READABLE, receive).await?)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{client::Target, load::Load};

    /// Requests of all lengths, so that bodies are read, passed over and dropped in the kernel.
    #[tokio::test]
    async fn the_same_request_has_the_same_answer_every_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let answers = Arc::new(Answers::new(address, 10));
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let connection = Connection::new(Socket::Plain(stream), Arc::clone(&answers));
                tokio::spawn(connection.serve());
            }
        });
        let target = Target::plain(address);
        for load in [
            "produce:bytes=100",
            "produce:bytes=16384",
            "produce-many:bytes=1024",
            "produce-ids:bytes=3000000",
            "fetch:bytes=200000",
            "fetch-session:bytes=1000",
            "metadata-all",
        ] {
            let load: Load = load.parse().unwrap();
            let mut connection = target.open().await.unwrap().connection;
            let (mut request, expected) = connection.begin(&load, 0).await.unwrap();
            for _ in 0..20 {
                let id = connection.next_correlation_id();
                let frame = request.next(id).unwrap().to_vec();
                connection.socket.write_all(&frame).await.unwrap();
            }
            let first = connection.next_correlation_id() - 20;
            for id in first..first + 20 {
                let answer = connection.frames.whole(&mut connection.socket).await;
                let answer = answer.unwrap();
                let head = &answer[..answer.len().min(crate::client::HEAD)];
                expected.check(id, answer.len(), head).unwrap();
            }
        }
    }
}
