//! The two sockets of a session, moved together: all that waits is written, then all that came is
//! read. Knows sockets and the relay's two queues; decides nothing.

use std::{
    io,
    task::{Context, Poll},
};

use bytes::{Buf as _, BytesMut};
use tokio::time::timeout;

use super::front;
use crate::{
    limits::{END_GRACE, SLACK_MAX},
    proxy::{relay::Relay, socket::Socket},
};

/// The two sockets.
#[derive(Debug)]
pub struct Wires {
    /// The client's.
    pub client: Socket,
    /// The broker's.
    pub broker: Socket,
}

/// What may be moved now.
#[derive(Clone, Copy, Debug)]
pub struct May {
    /// The client is read.
    pub read_client: bool,
    /// The broker is read.
    pub read_broker: bool,
    /// The broker is written to.
    pub write_broker: bool,
}

/// What was moved, in bytes; `None` = nothing could be. 0 bytes read mean the end of the stream.
#[derive(Debug, Default)]
pub struct Moved {
    /// Taken by the client's socket.
    pub to_client: Option<io::Result<usize>>,
    /// Taken by the broker's socket.
    pub to_broker: Option<io::Result<usize>>,
    /// Come from the client.
    pub from_client: Option<io::Result<usize>>,
    /// Come from the broker.
    pub from_broker: Option<io::Result<usize>>,
    /// Bytes, as they are sealed, that left for the client.
    pub left_for_client: usize,
}

impl Moved {
    const fn is_nothing(&self) -> bool {
        self.to_client.is_none()
            && self.to_broker.is_none()
            && self.from_client.is_none()
            && self.from_broker.is_none()
            && self.left_for_client == 0
    }
}

impl Wires {
    /// Moves what can be moved at once. May be given up: no byte is lost.
    pub fn poll(&mut self, relay: &mut Relay, may: May, context: &mut Context<'_>) -> Poll<Moved> {
        let Self { client, broker } = self;
        let waited = client.unsent();
        let to_client = write(client, &mut relay.to_client, context);
        let taken = to_client
            .as_ref()
            .map_or(0, |took| took.as_ref().map_or(0, |took| *took));
        let mut moved = Moved {
            to_client,
            left_for_client: waited.saturating_add(taken).saturating_sub(client.unsent()),
            ..Moved::default()
        };
        if may.write_broker {
            moved.to_broker = write(broker, &mut relay.to_broker, context);
        }
        moved.from_broker = read(broker, may.read_broker, context);
        moved.from_client = read(client, may.read_client, context);
        if moved.is_nothing() {
            Poll::Pending
        } else {
            Poll::Ready(moved)
        }
    }

    /// Whether everything for the broker is on its way.
    #[must_use]
    pub fn broker_has_all(&self, relay: &Relay) -> bool {
        relay.to_broker.is_empty() && self.broker.unsent() == 0
    }

    /// Whether something for the client is not on its way.
    #[must_use]
    pub fn client_waits(&self, relay: &Relay) -> bool {
        !relay.to_client.is_empty() || self.client.unsent() > 0
    }

    /// Delivers what still waits for the client, then closes both sides.
    pub async fn close(self, mut relay: Relay) {
        let Self {
            mut client,
            mut broker,
        } = self;
        let rest = std::mem::take(&mut relay.to_client);
        // The session is over; a client that does not take its rest has lost it.
        drop(timeout(END_GRACE, client.send(&rest)).await);
        drop(timeout(END_GRACE, broker.say_goodbye()).await);
        drop(broker);
        front::close(client).await;
    }
}

/// Writes until all of `bytes` is on its way or the socket takes no more.
fn write(
    to: &mut Socket,
    bytes: &mut BytesMut,
    context: &mut Context<'_>,
) -> Option<io::Result<usize>> {
    if bytes.is_empty() && to.unsent() == 0 {
        return None;
    }
    let mut took = None;
    while !bytes.is_empty() {
        match to.poll_write(context, bytes) {
            Poll::Pending => {
                trim(bytes, took.unwrap_or(0));
                return took.map(Ok);
            }
            Poll::Ready(Err(error)) => return Some(Err(error)),
            Poll::Ready(Ok(wrote)) => {
                bytes.advance(wrote);
                took = Some(took.unwrap_or(0).saturating_add(wrote));
            }
        }
    }
    // What it was a part of can be used again, and a connection that has nothing to say keeps none.
    *bytes = BytesMut::new();
    match to.poll_flush(context) {
        Poll::Pending => took.map(Ok),
        Poll::Ready(Err(error)) => Some(Err(error)),
        Poll::Ready(Ok(())) => Some(Ok(took.unwrap_or(0))),
    }
}

/// Copies what waits of `bytes` into a buffer of its own size, where it grew by more than it needs, or `took`
/// from its front is most of it: copying never costs more than what was taken.
fn trim(bytes: &mut BytesMut, took: usize) {
    let slack = bytes.capacity().saturating_sub(bytes.len());
    if slack > SLACK_MAX || took >= bytes.len() {
        *bytes = BytesMut::from(&**bytes);
    }
}

/// Reads once, if it may.
fn read(from: &mut Socket, may: bool, context: &mut Context<'_>) -> Option<io::Result<usize>> {
    if !may {
        // Its buffer serves others meanwhile.
        from.pause();
        return None;
    }
    match from.poll_read(context) {
        Poll::Ready(read) => Some(read),
        Poll::Pending => None,
    }
}
