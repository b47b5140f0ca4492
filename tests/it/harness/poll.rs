//! Long polls by hand.

use super::{
    raw::{Raw, api},
    wire::{Reader, Writer},
};

/// For how long a broker keeps a fetch that finds nothing: longer than the test takes.
const LONG_POLL_MS: i32 = 120_000;

/// Sends a `Fetch` v4 that the broker keeps until there is a record at `offset`.
pub(crate) fn send_poll(raw: &mut Raw, topic: &str, offset: i64) {
    let body = Writer::default().i32(-1).i32(LONG_POLL_MS).i32(1);
    let body = body.i32(1 << 20).i8(0).i32(1).string(topic).i32(1);
    let body = body.i32(0).i64(offset).i32(1 << 20);
    raw.send_request(api::FETCH, 4, &body.0);
}

/// The error and the length of the records in the answer to a poll; none if the session is closed.
pub(crate) fn polled(raw: &mut Raw) -> Option<(i16, usize)> {
    let frame = raw.frame()?;
    let mut answer = Reader(&frame);
    answer.take(8);
    assert_eq!(answer.i32(), 1, "a topic");
    answer.string();
    assert_eq!((answer.i32(), answer.i32()), (1, 0), "a partition");
    let error = answer.i16();
    answer.take(16);
    let aborted = answer.i32();
    answer.take(usize::try_from(aborted).unwrap_or(0) * 16);
    Some((error, answer.bytes().len()))
}
