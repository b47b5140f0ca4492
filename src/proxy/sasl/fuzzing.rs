//! The entry point for fuzzers of a client's first message: takes any bytes, must not panic. A
//! plain function, so that the unit tests run it too; the crate `fuzz/` feeds it.

use super::{
    extensions::Extensions,
    initial_response::{self, InitialResponse},
};

/// A first OAUTHBEARER message. What is read of it was in it.
pub fn first_message(data: &[u8]) {
    let Ok(response) = initial_response::parse(data) else {
        return;
    };
    let InitialResponse {
        token, extensions, ..
    } = &response;
    assert!(token.expose().len() <= data.len(), "a token is part of it");
    // Each fault has its text, which goes to the client.
    if let Err(invalid) = Extensions::read(extensions) {
        assert!(!invalid.to_string().is_empty(), "a fault says what it is");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str =
        "n,a=me,\x01auth=Bearer a.b.c\x01logicalCluster=lkc-1\x01identityPoolId=pool-a\x01\x01";

    proptest! {
        #[test]
        fn any_bytes_do(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            first_message(&data);
        }

        #[test]
        fn damage_does(
            at in any::<prop::sample::Index>(),
            gone in 0..20_usize,
            junk in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut data = GOOD.as_bytes().to_vec();
            let at = at.index(data.len());
            let end = (at + gone).min(data.len());
            data.splice(at..end, junk);
            first_message(&data);
        }
    }
}
