//! Buffers of a thread: what is read, decrypted and encrypted passes through them, so that a
//! connection at rest owns none. Knows bytes only.

use std::cell::{Cell, RefCell};

use bytes::BytesMut;

use super::records::sealed_max;
use crate::limits::{ASIDE_MAX, BUFFER_SIZE, POOLED_MAX, REMAINDER_MAX};

/// Room for ciphertext on its way in and out. Holds nothing from one use to the next.
#[derive(Debug)]
pub struct Ciphertext {
    /// What is read from a socket, [`BUFFER_SIZE`] bytes.
    pub incoming: Vec<u8>,
    /// What is written to one, room for [`ASIDE_MAX`] bytes and [`BUFFER_SIZE`] bytes sealed.
    pub outgoing: Vec<u8>,
}

thread_local! {
    static CIPHERTEXT: Cell<Option<Box<Ciphertext>>> = const { Cell::new(None) };
    static PLAINTEXT: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

impl Ciphertext {
    /// Lends the thread's to `work`.
    pub fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let lent = CIPHERTEXT.take();
        let mut ciphertext = lent.unwrap_or_else(|| {
            Box::new(Self {
                incoming: vec![0; BUFFER_SIZE],
                outgoing: vec![0; ASIDE_MAX + sealed_max(BUFFER_SIZE)],
            })
        });
        let done = work(&mut ciphertext);
        CIPHERTEXT.set(Some(ciphertext));
        done
    }
}

/// An empty buffer for [`BUFFER_SIZE`] bytes.
#[must_use]
pub fn take() -> BytesMut {
    let pooled = PLAINTEXT.with_borrow_mut(Vec::pop);
    pooled.unwrap_or_else(|| BytesMut::with_capacity(BUFFER_SIZE))
}

/// Gives back what is no longer needed. It is kept for the next if nobody else holds a part of it.
pub fn give(mut buffer: BytesMut) {
    buffer.clear();
    if !buffer.try_reclaim(BUFFER_SIZE) || buffer.capacity() > BUFFER_SIZE + REMAINDER_MAX {
        return;
    }
    PLAINTEXT.with_borrow_mut(|pool| {
        if pool.len() < POOLED_MAX {
            pool.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_once_nobody_holds_a_part_of_it() {
        let mut buffer = take();
        buffer.extend_from_slice(&[1; BUFFER_SIZE]);
        let at = buffer.as_ptr();
        let part = buffer.split_to(BUFFER_SIZE / 2);
        give(buffer);
        assert_ne!(take().as_ptr(), at, "a part of it is in use");
        give(part);
        let again = take();
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
        assert!(again.capacity() >= BUFFER_SIZE);
    }

    #[test]
    fn the_pool_is_bounded() {
        let many: Vec<_> = (0..2 * POOLED_MAX).map(|_| take()).collect();
        many.into_iter().for_each(give);
        assert_eq!(PLAINTEXT.with_borrow(Vec::len), POOLED_MAX);
        give(BytesMut::with_capacity(2 * BUFFER_SIZE));
        give(BytesMut::new());
        assert_eq!(PLAINTEXT.with_borrow(Vec::len), POOLED_MAX);
    }
}
