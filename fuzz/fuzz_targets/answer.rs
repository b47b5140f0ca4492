//! Any bytes as a request, and as the broker's answer to what went up of it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::proxy::authorize::fuzzing::answer(data));
