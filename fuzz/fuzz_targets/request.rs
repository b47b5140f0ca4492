//! Any bytes as a request that is decided where a part of it is denied.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::proxy::authorize::fuzzing::request(data));
