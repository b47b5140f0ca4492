//! Any bytes as `token`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::identity::fuzzing::token(data));
