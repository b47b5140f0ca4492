//! The credential that sessions of a cluster use towards its brokers. Knows [`Secret`] alone.

use crate::secret::Secret;

/// How Oathgate logs in to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// No SASL at all.
    None,
    /// SASL/PLAIN (RFC 4616).
    Plain {
        /// Authentication identity.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// SASL/SCRAM (RFC 5802, RFC 7677).
    Scram {
        /// Hash of the mechanism.
        hash: ScramHash,
        /// Authentication identity.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// SASL/OAUTHBEARER with the very token that the client presented.
    ClientToken,
}

/// Hash functions that Kafka knows SCRAM with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScramHash {
    /// SCRAM-SHA-256.
    Sha256,
    /// SCRAM-SHA-512.
    Sha512,
}

impl Credential {
    /// The SASL mechanism's name on the wire; `None` without SASL.
    #[must_use]
    pub const fn mechanism(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Plain { .. } => Some("PLAIN"),
            Self::Scram {
                hash: ScramHash::Sha256,
                ..
            } => Some("SCRAM-SHA-256"),
            Self::Scram {
                hash: ScramHash::Sha512,
                ..
            } => Some("SCRAM-SHA-512"),
            Self::ClientToken => Some("OAUTHBEARER"),
        }
    }
}
