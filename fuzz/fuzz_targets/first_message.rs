//! Any bytes as a client's first OAUTHBEARER message.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oathgate::proxy::sasl::fuzzing::first_message(data));
