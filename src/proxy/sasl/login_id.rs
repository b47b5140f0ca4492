//! The number that ties a client's refusal to the audit line that explains it.

use std::fmt;

/// 64 random bits that name one login attempt: told to the client with each refusal, written to the
/// audit stream, understood by `oathgate explain --login-id`. Prints as 16 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoginId(u64);

impl LoginId {
    /// The login id of eight random bytes. They need not be secret, only unlikely to repeat.
    #[must_use]
    pub const fn new(entropy: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(entropy))
    }
}

impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_sixteen_digits_whatever_the_bits() {
        assert_eq!(LoginId::new([0; 8]).to_string(), "0000000000000000");
        assert_eq!(
            LoginId::new([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]).to_string(),
            "0123456789abcdef"
        );
    }
}
