//! Any bytes as the filter of a pool: no stack overflow, and at most 5 ms whatever it says.

#![no_main]

use std::time::Duration;

/// Built for fuzzing, code is several times slower than built for use.
const MOST: Duration = Duration::from_millis(5 * 5);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let took = oathgate::identity::fuzzing::filter(data).unwrap_or_default();
    assert!(took <= MOST, "{took:?}");
});
