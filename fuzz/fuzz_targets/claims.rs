//! Any bytes as `claims`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::identity::fuzzing::claims(data));
