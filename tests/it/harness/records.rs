//! The records of the tests, the same in Rust and in Java (`tests/java/clients`, `Records`): key
//! `<prefix>-<n>`, value derived from the key, so that whoever reads a record can tell whether it is whole.

use std::collections::BTreeMap;

/// About how long the values are whose keys begin with `large`, in bytes.
const LARGE: usize = 5_000_000;

/// The key of record `number`.
pub(crate) fn key(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number}")
}

/// The value that belongs to `key`.
pub(crate) fn value(key: &str) -> Vec<u8> {
    let times = if key.starts_with("large") {
        LARGE / (key.len() + 1)
    } else {
        1 + crc32(key.as_bytes()) as usize % 16
    };
    format!("{key}/").repeat(times).into_bytes()
}

/// CRC-32 as zlib and Java have it.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}

/// A record as a client read it: the rest of a line `read <key> <partition> <offset> <crc32 of the value>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Read {
    pub(crate) key: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) crc: u32,
}

impl Read {
    pub(crate) fn parse(line: &str) -> Self {
        let mut words = line.split(' ');
        let mut word = || {
            words
                .next()
                .unwrap_or_else(|| panic!("`read {line}` is cut short"))
        };
        Self {
            key: word().to_owned(),
            partition: word().parse().expect("a partition"),
            offset: word().parse().expect("an offset"),
            crc: u32::from_str_radix(word(), 16).expect("a CRC"),
        }
    }
}

/// Every expected key was read exactly as sent, none twice, and nothing else was read.
pub(crate) fn assert_exactly(expected: impl IntoIterator<Item = String>, read: &[Read]) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for record in read {
        *times.entry(&record.key).or_default() += 1;
        assert_eq!(
            record.crc,
            crc32(&value(&record.key)),
            "{record:?}: not the value that was sent"
        );
    }
    let mut lost = Vec::new();
    for key in expected {
        match times.remove(key.as_str()) {
            Some(1) => {}
            Some(n) => panic!("{key} was read {n} times"),
            None => lost.push(key),
        }
    }
    assert!(lost.is_empty(), "{} records lost: {lost:?}", lost.len());
    assert!(
        times.is_empty(),
        "read, though never acknowledged: {times:?}"
    );
}

/// Offsets of each partition rise in the order of reading.
pub(crate) fn assert_in_order(read: &[Read]) {
    let mut last: BTreeMap<i32, i64> = BTreeMap::new();
    for record in read {
        let before = last.insert(record.partition, record.offset);
        assert!(
            before < Some(record.offset),
            "{record:?} came after offset {before:?}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_is_zlibs() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
