//! `Produce` requests by hand: one topic, one partition, one batch of one record.

use super::wire::{Reader, Writer};

/// Who wrote a batch, when it is not any client at the time of the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// Milliseconds since the epoch.
    pub(crate) time: i64,
    /// Id and epoch of the producer; -1 both where it is not idempotent.
    pub(crate) producer: (i64, i16),
    /// The number of the record; -1 where the producer is not idempotent.
    pub(crate) sequence: i32,
    pub(crate) transactional: bool,
}

/// CRC-32C, as record batches carry it.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82F6_3B78 * (crc & 1))
        })
    })
}

/// A varint of a record: zigzag.
fn zigzag(value: usize) -> Writer {
    Writer::default().varint((value as u32) << 1)
}

/// A batch (magic 2) of one record, written now by nobody in particular.
pub(crate) fn batch(key: &str, value: &[u8]) -> Vec<u8> {
    let stamp = Stamp {
        time: oathgate::clock::UnixTime::now().as_millis(),
        producer: (-1, -1),
        sequence: -1,
        transactional: false,
    };
    stamped_batch(key, value, stamp)
}

/// A batch (magic 2) of one record.
pub(crate) fn stamped_batch(key: &str, value: &[u8], stamp: Stamp) -> Vec<u8> {
    let record = Writer::default().i8(0).raw(&zigzag(0).0).raw(&zigzag(0).0);
    let record = record.raw(&zigzag(key.len()).0).raw(key.as_bytes());
    let record = record
        .raw(&zigzag(value.len()).0)
        .raw(value)
        .raw(&zigzag(0).0)
        .0;
    let (id, epoch) = stamp.producer;
    let signed = Writer::default()
        .i16(i16::from(stamp.transactional) << 4)
        .i32(0)
        .i64(stamp.time)
        .i64(stamp.time)
        .i64(id)
        .i16(epoch)
        .i32(stamp.sequence)
        .i32(1);
    let signed = signed.raw(&zigzag(record.len()).0).raw(&record).0;
    let length = i32::try_from(signed.len() + 9).expect("a batch fits i32");
    let head = Writer::default()
        .i64(0)
        .i32(length)
        .i32(-1)
        .i8(2)
        .i32(crc32c(&signed) as i32);
    head.raw(&signed).0
}

/// `Produce` v7 of one batch to partition 0.
pub(crate) fn produce(topic: &str, acks: i16, batch: &[u8]) -> Writer {
    let head = Writer::default()
        .null_string()
        .i16(acks)
        .i32(30_000)
        .i32(1)
        .string(topic);
    head.i32(1).i32(0).bytes(batch)
}

/// The error of the one partition in an answer to `produce`.
pub(crate) fn produce_error(answer: &[u8]) -> i16 {
    let mut answer = Reader(answer);
    answer.i32();
    answer.string();
    answer.i32();
    answer.i32();
    answer.i16()
}
