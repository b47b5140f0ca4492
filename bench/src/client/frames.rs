//! Answers out of a stream, however large: only the beginning of each is kept.

use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::fault::{Fault, Result};

const LENGTH_BYTES: usize = 4;

/// At least this much of each answer, or all of it, is handed out.
pub(crate) const HEAD: usize = 4096;

/// Reads answers; what is past their first 4 KiB is passed over.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
    /// What of the buffer is still to be looked at: from here to `end`.
    at: usize,
    end: usize,
    /// Bytes still to come of the answer that was handed out last.
    rest: usize,
}

impl Frames {
    /// With room for `capacity` bytes, but four heads at least.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            buffer: vec![0; capacity.max(4 * HEAD)],
            at: 0,
            end: 0,
            rest: 0,
        }
    }

    /// The next answer of which enough was read: its length and its first bytes, without the length
    /// in front of it.
    pub(crate) fn next(&mut self) -> Option<(usize, &[u8])> {
        self.pass_over_rest();
        let there = self.buffer.get(self.at..self.end)?;
        if self.rest > 0 {
            return None;
        }
        let length = usize::try_from(u32::from_be_bytes(*there.first_chunk()?)).ok()?;
        let head = length.min(HEAD);
        there.get(LENGTH_BYTES..LENGTH_BYTES + head)?;
        self.at += LENGTH_BYTES;
        self.rest = length;
        let head = self.buffer.get(self.at..self.at + head)?;
        Some((length, head))
    }

    /// Passes over what is there of the last answer; whether that was all.
    fn pass_over_rest(&mut self) -> bool {
        let passed = self.rest.min(self.end - self.at);
        self.at += passed;
        self.rest -= passed;
        self.rest == 0
    }

    /// Reads the next answer whole, without the length in front of it; none may be half read.
    ///
    /// # Errors
    /// When the stream ends.
    pub(crate) async fn whole(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<Vec<u8>> {
        let (length, mut whole) = loop {
            if let Some((length, _)) = self.next() {
                break (length, Vec::with_capacity(length));
            }
            self.read(stream).await?;
        };
        loop {
            let there = self.rest.min(self.end - self.at);
            whole.extend(
                self.buffer
                    .get(self.at..self.at + there)
                    .unwrap_or_default(),
            );
            if self.pass_over_rest() {
                debug_assert_eq!(whole.len(), length);
                return Ok(whole);
            }
            self.read(stream).await?;
        }
    }

    /// Reads once; how many bytes came.
    ///
    /// # Errors
    /// When the stream ends.
    pub(crate) async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<usize> {
        self.pass_over_rest();
        if self.at == self.end {
            (self.at, self.end) = (0, 0);
        } else if self.buffer.len() - self.end < HEAD + LENGTH_BYTES {
            self.buffer.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = stream.read(room).await?;
        if read == 0 {
            return Err(Fault::new("closed by the target"));
        }
        self.end += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: usize, fill: u8) -> Vec<u8> {
        let mut frame = u32::try_from(length).unwrap().to_be_bytes().to_vec();
        frame.resize(LENGTH_BYTES + length, fill);
        frame
    }

    #[tokio::test]
    async fn answers_of_all_lengths_come_in_order() {
        let lengths = [10, 100_000, 4096, 4097, 20_000, 8];
        let stream: Vec<u8> = (0..).zip(lengths).flat_map(|(n, l)| frame(l, n)).collect();
        let mut stream = stream.as_slice();
        let mut frames = Frames::new(0);
        for (n, length) in (0..).zip(lengths) {
            let (found, first) = loop {
                if let Some((found, head)) = frames.next() {
                    assert_eq!(head.len(), found.min(HEAD));
                    break (found, head[0]);
                }
                frames.read(&mut stream).await.unwrap();
            };
            assert_eq!((found, first), (length, n));
        }
        assert!(
            frames.read(&mut stream).await.is_err(),
            "the end is an error"
        );
    }

    #[tokio::test]
    async fn whole_answers_are_whole() {
        let both = [frame(70_000, 1), frame(5, 2)].concat();
        let mut stream = both.as_slice();
        let mut frames = Frames::new(0);
        assert_eq!(frames.whole(&mut stream).await.unwrap(), vec![1; 70_000]);
        assert_eq!(frames.whole(&mut stream).await.unwrap(), vec![2; 5]);
    }
}
