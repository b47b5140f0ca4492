//! What a client is told when it may not in: the texts of error 58 and 34, in Kafka's words.
//!
//! Owns wording alone. Who is refused, when, and with which code is decided elsewhere.

use super::{
    extensions::InvalidExtensions, initial_response::Malformed, login_id::LoginId,
    peer_text::repeated,
};
use crate::identity::Reason;

/// The status that RFC 7628 section 3.2.2 and Kafka give a token that will not do.
pub const INVALID_TOKEN: &str = r#"{"status":"invalid_token"}"#;

/// Kafka's text with error 34 for a `SaslAuthenticate` that nothing asked for.
pub const ALREADY_AUTHENTICATED: &str =
    "SaslAuthenticate request received after successful authentication";

/// Kafka's text with error 34 for a request other than SASL's during authentication; `api_name` as
/// Kafka's `ApiKeys` spells it, e.g. `PRODUCE`.
#[must_use]
pub fn unexpected_request(api_name: &str) -> String {
    format!("Unexpected Kafka request of type {api_name} during SASL authentication.")
}

/// Whether a login is a connection's first or a re-authentication (KIP-368).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The first login of a connection.
    First,
    /// A later one on the same connection.
    Again,
}

/// A login refused with error 58, by what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The first message is none (`OAuthBearerSaslServer` throws a `SaslException`).
    InitialResponse(Occasion),
    /// The token, or who it stands for, will not do.
    Token {
        /// Why; the client gets the part of it that may be disclosed.
        reason: Reason,
    },
    /// The client asked to act as somebody else than its token says.
    Authzid {
        /// Kafka's sentence on it, which names both.
        sentence: String,
    },
    /// An extension is misspelt or names what cannot be used.
    Extensions(InvalidExtensions),
    /// A re-authentication by another mechanism than the first login.
    MechanismChanged {
        /// That of the first login.
        from: String,
        /// That of the re-authentication.
        to: String,
    },
    /// A re-authentication as another principal. Both names are without `User:`.
    PrincipalChanged {
        /// The session's.
        from: String,
        /// The new token's.
        to: String,
    },
}

impl Refused {
    /// The refusal of a first message: a misspelt name is said, as it costs people weeks to find;
    /// everything else gets Kafka's generic text.
    #[must_use]
    pub fn malformed(malformed: Malformed, occasion: Occasion) -> Self {
        match malformed {
            Malformed::Misspelt { name, known } => {
                Self::Extensions(InvalidExtensions::misspelt(name, known))
            }
            _ => Self::InitialResponse(occasion),
        }
    }

    /// Kafka's text and nothing of Oathgate's (`client_errors = "generic"`).
    #[must_use]
    pub fn kafka_text(&self) -> String {
        match self {
            Self::InitialResponse(occasion) => {
                let occasion = match occasion {
                    Occasion::First => "authentication",
                    Occasion::Again => "re-authentication",
                };
                format!(
                    "Authentication failed during {occasion} due to invalid credentials with SASL \
                     mechanism OAUTHBEARER"
                )
            }
            Self::Token { .. } => INVALID_TOKEN.to_owned(),
            Self::Authzid { sentence } => {
                format!("Authentication failed: {}", repeated(sentence))
            }
            Self::Extensions(invalid) => invalid.to_string(),
            Self::MechanismChanged { from, to } => format!(
                "SASL mechanism '{}' requested by client is not supported for re-authentication \
                 of mechanism '{}'",
                repeated(to),
                repeated(from)
            ),
            Self::PrincipalChanged { from, to } => format!(
                "Cannot change principals during re-authentication from User.{}: User.{}",
                repeated(from),
                repeated(to)
            ),
        }
    }

    /// The reason code for metric and audit line; the client may be told less.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InitialResponse(_) => "INITIAL_RESPONSE_MALFORMED",
            Self::Token { reason } => reason.code(),
            Self::Authzid { .. } => Reason::AuthzidMismatch.code(),
            Self::Extensions(invalid) => invalid.code(),
            Self::MechanismChanged { .. } => "MECHANISM_CHANGED",
            Self::PrincipalChanged { .. } => Reason::PrincipalChanged.code(),
        }
    }

    /// Kafka's text, the reason code where the text has none, and the login id to look the rest up
    /// by: `{"status":"invalid_token"} TOKEN_EXPIRED login-id=0123456789abcdef`.
    #[must_use]
    pub fn explained(&self, login_id: LoginId) -> String {
        let text = self.kafka_text();
        let code = match self {
            Self::Extensions(_) => return format!("{text} login-id={login_id}"),
            Self::Token { reason } => reason.disclosed().code(),
            Self::InitialResponse(_)
            | Self::Authzid { .. }
            | Self::MechanismChanged { .. }
            | Self::PrincipalChanged { .. } => self.code(),
        };
        format!("{text} {code} login-id={login_id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::sasl::extensions::{Fault, Known};

    const ID: LoginId = LoginId::new([0, 0, 0, 0, 0, 0, 0, 0x2a]);

    #[test]
    fn refusals_are_worded_as_kafka_words_them() {
        let cases = [
            (
                Refused::InitialResponse(Occasion::First),
                "Authentication failed during authentication due to invalid credentials with SASL \
                 mechanism OAUTHBEARER",
                " INITIAL_RESPONSE_MALFORMED",
            ),
            (
                Refused::InitialResponse(Occasion::Again),
                "Authentication failed during re-authentication due to invalid credentials with \
                 SASL mechanism OAUTHBEARER",
                " INITIAL_RESPONSE_MALFORMED",
            ),
            (
                Refused::Authzid {
                    sentence: "Client requested an authorization id (userx) that is different \
                               from the token's principal name (user)"
                        .to_owned(),
                },
                "Authentication failed: Client requested an authorization id (userx) that is \
                 different from the token's principal name (user)",
                " AUTHZID_MISMATCH",
            ),
            (
                Refused::Extensions(InvalidExtensions::one(
                    Known::LogicalCluster,
                    Fault::ClusterIdMissingOrEmpty,
                )),
                "Authentication failed: 1 extensions are invalid! They are: logicalCluster: \
                 CLUSTER_ID_MISSING_OR_EMPTY",
                "",
            ),
            (
                Refused::MechanismChanged {
                    from: "OAUTHBEARER".into(),
                    to: "PLAIN".into(),
                },
                "SASL mechanism 'PLAIN' requested by client is not supported for \
                 re-authentication of mechanism 'OAUTHBEARER'",
                " MECHANISM_CHANGED",
            ),
            (
                Refused::PrincipalChanged {
                    from: "a".into(),
                    to: "b".into(),
                },
                "Cannot change principals during re-authentication from User.a: User.b",
                " PRINCIPAL_CHANGED",
            ),
        ];
        for (refused, text, code) in cases {
            assert_eq!(refused.kafka_text(), text);
            let told = format!("{text}{code} login-id=000000000000002a");
            assert_eq!(refused.explained(ID), told);
            assert!(told.contains(refused.code()), "{told}");
        }
    }

    #[test]
    fn a_refused_token_carries_reason_and_login_id_unless_generic() {
        let refused = Refused::Token {
            reason: Reason::TokenExpired,
        };
        assert_eq!(refused.kafka_text(), r#"{"status":"invalid_token"}"#);
        assert_eq!(
            refused.explained(ID),
            r#"{"status":"invalid_token"} TOKEN_EXPIRED login-id=000000000000002a"#
        );
    }

    #[test]
    fn what_an_unproven_token_was_refused_for_is_told_in_four_words_only() {
        let refused = Refused::Token {
            reason: Reason::AlgorithmNotAllowed,
        };
        let told = Reason::AlgorithmNotAllowed.disclosed().code();
        assert_ne!(told, Reason::AlgorithmNotAllowed.code());
        assert!(refused.explained(ID).contains(told));
    }

    #[test]
    fn requests_out_of_turn_are_named() {
        assert_eq!(
            unexpected_request("PRODUCE"),
            "Unexpected Kafka request of type PRODUCE during SASL authentication."
        );
    }

    #[test]
    fn a_malformed_message_is_generic_but_for_a_misspelt_name() {
        assert_eq!(
            Refused::malformed(Malformed::Auth, Occasion::Again),
            Refused::InitialResponse(Occasion::Again)
        );
        let misspelt = Malformed::Misspelt {
            name: "identity_pool_id".into(),
            known: Known::IdentityPoolId,
        };
        assert_eq!(
            Refused::malformed(misspelt, Occasion::First).kafka_text(),
            "Authentication failed: 1 extensions are invalid! They are: identity_pool_id: \
             EXTENSION_MISSPELT (write identityPoolId)"
        );
    }

    #[test]
    fn a_peers_text_is_repeated_short_and_on_one_line() {
        let refused = Refused::Authzid {
            sentence: format!("(a\n\u{1}{}", "é".repeat(40_000)),
        };
        let text = refused.kafka_text();
        assert!(text.contains("(a??é"), "{text}");
        assert_eq!(text.chars().filter(|c| *c == 'é').count(), 251);
    }
}
