//! Record batches as opaque bytes.

/// Bytes of a batch's header, from base offset to record count (Kafka's `DefaultRecordBatch`).
const HEADER: usize = 61;

/// A record batch of about `size` bytes, at least its header: one that says its length and format,
/// filled with bytes that do not compress. Its CRC is 0, and it holds no records: neither proxies
/// nor the null broker look inside.
pub(crate) fn batch(size: usize) -> Vec<u8> {
    let size = size.max(HEADER);
    let mut batch = Vec::with_capacity(size);
    batch.extend(0_i64.to_be_bytes()); // base offset
    let rest = i32::try_from(size - 12).unwrap_or(i32::MAX);
    batch.extend(rest.to_be_bytes()); // length of what follows
    batch.extend(0_i32.to_be_bytes()); // leader epoch
    batch.push(2); // format ("magic")
    batch.resize(HEADER, 0);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while batch.len() < size {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        batch.extend(random.to_be_bytes());
    }
    batch.truncate(size);
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_its_own_length() {
        for size in [HEADER, 100, 1024, 65_536] {
            let batch = batch(size);
            assert_eq!(batch.len(), size);
            let rest = i32::from_be_bytes(batch[8..12].try_into().unwrap());
            assert_eq!(usize::try_from(rest).unwrap() + 12, size);
            assert_eq!(batch[16], 2);
        }
    }
}
