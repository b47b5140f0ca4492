//! Whole frames from a socket, one by one: before login, and where Oathgate itself asks.

use std::{future::poll_fn, io};

use bytes::Buf as _;

use super::Socket;
use crate::wire::frame::{self, BadLength, LENGTH_BYTES};

/// Why no frame came.
#[derive(Debug, thiserror::Error)]
pub enum NoFrame {
    /// The peer ended its stream between two frames, with a goodbye or a reset.
    #[error("the peer closed the connection")]
    Closed,
    /// It ended within a frame.
    #[error("the peer closed the connection within a frame")]
    Broken,
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its length is negative, or more than is taken.
    #[error(transparent)]
    Length(#[from] BadLength),
}

impl Socket {
    /// The next frame, without its length, of at most `most` bytes; what follows it stays in
    /// [`Self::received`]. Takes memory as bytes come, not as the length promises.
    ///
    /// # Errors
    /// [`NoFrame`].
    pub async fn read_frame(&mut self, most: usize) -> Result<Vec<u8>, NoFrame> {
        loop {
            if let Some(length) = frame::length(&self.received, most)?
                && let Some(frame) = self.received.get(LENGTH_BYTES..LENGTH_BYTES + length)
            {
                let frame = frame.to_vec();
                self.received.advance(LENGTH_BYTES + length);
                return Ok(frame);
            }
            let read = poll_fn(|context| self.poll_read(context)).await;
            let nothing = self.received.is_empty();
            match read {
                Ok(0) if nothing => return Err(NoFrame::Closed),
                Ok(0) => return Err(NoFrame::Broken),
                Ok(_) => {}
                Err(error) if nothing && error.kind() == io::ErrorKind::ConnectionReset => {
                    return Err(NoFrame::Closed);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
