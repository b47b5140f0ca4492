//! Any bytes as `jwk_set`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::identity::fuzzing::jwk_set(data));
