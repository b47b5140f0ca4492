//! Logging in to a broker: `SaslHandshake` v1, then `SaslAuthenticate` until the broker is content.
//!
//! Owns the steps, for the first login of a connection and for re-authentication alike (KIP-368).
//! Sans-io: requests come out, answers go in; each state is named for what it awaits.

use std::{fmt, time::Duration};

use super::scram::{ClientFirst, NONCE_LENGTH, ScramFault, ServerFinal};
use crate::{
    proxy::sasl::peer_text::repeated,
    secret::Secret,
    snapshot::credential::Credential,
    wire::{
        api::Api,
        error_code,
        tables::{SASL_AUTHENTICATE, SASL_HANDSHAKE},
        value::Value,
    },
};

/// `SaslHandshake` version that wraps what follows in `SaslAuthenticate`.
const HANDSHAKE_VERSION: i16 = 1;

/// `SaslAuthenticate` version to use where a broker's own range is not known: every Kafka since 2.5
/// has it.
pub const AUTHENTICATE_VERSION: i16 = 2;

/// One request of a login. Its body may hold a password or a token, so it does not print.
pub struct Request {
    /// `SaslHandshake` or `SaslAuthenticate`.
    pub api: &'static Api,
    /// Version to send it in.
    pub version: i16,
    /// Body, without header.
    pub body: Value,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} v{})", self.api.name, self.version)
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Send `request`, then give the body of its answer to `login`.
    Send {
        /// The login, awaiting the answer.
        login: Login,
        /// What to send.
        request: Request,
    },
    /// Logged in; or there is no SASL and nothing to do.
    Done {
        /// How long the broker lets the session live before it must authenticate again; `None`
        /// without bound.
        session_lifetime: Option<Duration>,
    },
}

/// Why a login cannot go on; the connection is of no more use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginFailed {
    /// The broker does not accept the credential.
    #[error("the broker refused the login with error {code}: {message}")]
    Refused {
        /// Kafka's error code, 58 mostly.
        code: i16,
        /// The broker's own words, shortened.
        message: String,
    },
    /// The broker does not offer the mechanism.
    #[error("the broker does not offer {mechanism}, only: {offered}")]
    MechanismNotOffered {
        /// What is configured.
        mechanism: &'static str,
        /// What the broker offers, by commas.
        offered: String,
    },
    /// SCRAM failed, or found that the broker does not know the password.
    #[error(transparent)]
    Scram(#[from] ScramFault),
    /// The broker's answer is not what the protocol allows here.
    #[error("the broker's answer to the login has no usable {0}")]
    Protocol(&'static str),
    /// The cluster takes the client's token, but there is no client.
    #[error("the cluster is opened by its clients' tokens alone; there is none here")]
    NoToken,
    /// A user name or password holds U+0000, which PLAIN cannot carry.
    #[error("the user name or password holds a NUL character, which PLAIN cannot carry")]
    Nul,
}

/// A login under way, awaiting an answer.
#[derive(Debug)]
pub struct Login {
    authenticate_version: i16,
    awaiting: Awaiting,
}

#[derive(Debug)]
enum Awaiting {
    /// Whether the broker offers `mechanism`; `first` follows.
    Handshake {
        mechanism: &'static str,
        first: First,
    },
    /// PLAIN and OAUTHBEARER: the one answer there is.
    Outcome,
    /// SCRAM's two.
    ServerFirst(ClientFirst),
    ServerFinal(ServerFinal),
}

/// The first message of a mechanism.
#[derive(Debug)]
enum First {
    /// And only one.
    Whole(Secret),
    Scram(ClientFirst),
}

impl Login {
    /// Begins a login with `credential`. `token` is the client's, for [`Credential::ClientToken`];
    /// `authenticate_version` the `SaslAuthenticate` version, 0 to 2 (before 1 the broker tells no
    /// lifetime), best the broker's newest, else [`AUTHENTICATE_VERSION`]; `nonce` fresh random
    /// bytes, for SCRAM.
    ///
    /// # Errors
    /// [`LoginFailed::NoToken`], [`LoginFailed::Nul`].
    pub fn start(
        credential: &Credential,
        token: Option<&Secret>,
        authenticate_version: i16,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<Step, LoginFailed> {
        let first = First::new(credential, token, nonce)?;
        let (Some(mechanism), Some(first)) = (credential.mechanism(), first) else {
            return Ok(Step::Done {
                session_lifetime: None,
            });
        };
        let request = Request {
            api: &SASL_HANDSHAKE,
            version: HANDSHAKE_VERSION,
            body: Value::fields([("Mechanism", Value::Str(mechanism.to_owned()))]),
        };
        let awaiting = Awaiting::Handshake { mechanism, first };
        Ok(Step::Send {
            login: Self {
                authenticate_version,
                awaiting,
            },
            request,
        })
    }

    /// Goes on with the body of the broker's answer to the last request.
    ///
    /// # Errors
    /// [`LoginFailed`]; the connection must then be closed.
    pub fn on_response(self, body: &Value) -> Result<Step, LoginFailed> {
        let version = self.authenticate_version;
        match self.awaiting {
            Awaiting::Handshake { mechanism, first } => {
                check_offered(mechanism, body)?;
                Ok(match first {
                    First::Whole(message) => authenticate(version, &message, Awaiting::Outcome),
                    First::Scram(first) => {
                        let message = Secret::new(first.message());
                        authenticate(version, &message, Awaiting::ServerFirst(first))
                    }
                })
            }
            Awaiting::Outcome => {
                let challenge = auth_bytes(body)?;
                if challenge.is_empty() {
                    return Ok(done(body));
                }
                // RFC 7628 section 3.2.2: error 0 with a JSON status is a refusal that waits for a
                // 0x01 before it says so. Closing says the same, one round trip earlier.
                Err(LoginFailed::Refused {
                    code: error_code::SASL_AUTHENTICATION_FAILED,
                    message: repeated(&String::from_utf8_lossy(challenge)),
                })
            }
            Awaiting::ServerFirst(first) => {
                let (message, server_final) = first.answer(auth_bytes(body)?)?;
                let awaiting = Awaiting::ServerFinal(server_final);
                Ok(authenticate(version, &Secret::new(message), awaiting))
            }
            Awaiting::ServerFinal(server_final) => {
                server_final.verify(auth_bytes(body)?)?;
                Ok(done(body))
            }
        }
    }
}

impl First {
    /// `None` without SASL.
    fn new(
        credential: &Credential,
        token: Option<&Secret>,
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<Option<Self>, LoginFailed> {
        Ok(match credential {
            Credential::None => None,
            Credential::Plain { username, password } => {
                Some(Self::Whole(plain_message(username, password)?))
            }
            Credential::Scram {
                hash,
                username,
                password,
            } => Some(Self::Scram(ClientFirst::new(
                *hash, username, password, nonce,
            ))),
            Credential::ClientToken => Some(Self::Whole(bearer_message(
                token.ok_or(LoginFailed::NoToken)?,
            ))),
        })
    }
}

/// RFC 4616: no authorization identity, NUL, user name, NUL, password.
fn plain_message(username: &str, password: &Secret) -> Result<Secret, LoginFailed> {
    if username.contains('\0') || password.expose().contains('\0') {
        return Err(LoginFailed::Nul);
    }
    Ok(Secret::new(format!("\0{username}\0{}", password.expose())))
}

/// RFC 7628 section 3.1. No extensions: those of the client were meant for Oathgate, and brokers
/// of a cluster of its own need none.
fn bearer_message(token: &Secret) -> Secret {
    Secret::new(format!("n,,\u{1}auth=Bearer {}\u{1}\u{1}", token.expose()))
}

fn authenticate(version: i16, message: &Secret, awaiting: Awaiting) -> Step {
    let message = message.expose().as_bytes().to_vec();
    let request = Request {
        api: &SASL_AUTHENTICATE,
        version,
        body: Value::fields([("AuthBytes", Value::Bytes(message))]),
    };
    Step::Send {
        login: Login {
            authenticate_version: version,
            awaiting,
        },
        request,
    }
}

/// A broker refuses an unknown mechanism with 33, and lists the ones it has either way.
fn check_offered(mechanism: &'static str, body: &Value) -> Result<(), LoginFailed> {
    let offered = || {
        body.items("Mechanisms")
            .iter()
            .filter_map(|item| match item {
                Value::Str(name) => Some(name.as_str()),
                _ => None,
            })
    };
    match error_code_of(body)? {
        error_code::NONE if offered().any(|name| name == mechanism) => Ok(()),
        error_code::NONE | error_code::UNSUPPORTED_SASL_MECHANISM => {
            let offered = repeated(&offered().collect::<Vec<_>>().join(", "));
            Err(LoginFailed::MechanismNotOffered { mechanism, offered })
        }
        code => Err(LoginFailed::Refused {
            code,
            message: "it refused the handshake".to_owned(),
        }),
    }
}

/// The broker's SASL message in a `SaslAuthenticate` answer without error.
fn auth_bytes(body: &Value) -> Result<&[u8], LoginFailed> {
    match error_code_of(body)? {
        error_code::NONE => body
            .bytes("AuthBytes")
            .ok_or(LoginFailed::Protocol("AuthBytes")),
        code => {
            let message = repeated(body.str("ErrorMessage").unwrap_or("it did not say why"));
            Err(LoginFailed::Refused { code, message })
        }
    }
}

fn error_code_of(body: &Value) -> Result<i16, LoginFailed> {
    let code = body
        .int("ErrorCode")
        .and_then(|code| i16::try_from(code).ok());
    code.ok_or(LoginFailed::Protocol("ErrorCode"))
}

fn done(body: &Value) -> Step {
    let millis = body
        .int("SessionLifetimeMs")
        .and_then(|millis| u64::try_from(millis).ok());
    let session_lifetime = millis
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis);
    Step::Done { session_lifetime }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::credential::ScramHash;

    const NONCE: [u8; NONCE_LENGTH] = [7; NONCE_LENGTH];

    fn plain() -> Credential {
        Credential::Plain {
            username: "oathgate".to_owned(),
            password: Secret::new("pencil".to_owned()),
        }
    }

    fn scram() -> Credential {
        Credential::Scram {
            hash: ScramHash::Sha256,
            username: "oathgate".to_owned(),
            password: Secret::new("pencil".to_owned()),
        }
    }

    fn begun(credential: &Credential, token: Option<&Secret>) -> (Login, Request) {
        sent(Login::start(credential, token, AUTHENTICATE_VERSION, NONCE))
    }

    fn sent(step: Result<Step, LoginFailed>) -> (Login, Request) {
        match step.unwrap() {
            Step::Send { login, request } => (login, request),
            Step::Done { .. } => panic!("done too early"),
        }
    }

    /// Past a handshake that offers everything.
    fn shaken(credential: &Credential, token: Option<&Secret>) -> (Login, Request) {
        let (login, _) = begun(credential, token);
        let offered = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
        sent(login.on_response(&handshake(0, &offered)))
    }

    fn handshake(code: i64, offered: &[&str]) -> Value {
        let offered = offered.iter().map(|name| Value::Str((*name).to_owned()));
        Value::fields([
            ("ErrorCode", Value::Int(code)),
            ("Mechanisms", Value::Array(offered.collect())),
        ])
    }

    fn authenticated(bytes: &[u8], lifetime: i64) -> Value {
        Value::fields([
            ("ErrorCode", Value::Int(0)),
            ("ErrorMessage", Value::Null),
            ("AuthBytes", Value::Bytes(bytes.to_vec())),
            ("SessionLifetimeMs", Value::Int(lifetime)),
        ])
    }

    fn refusal(message: &str) -> Value {
        Value::fields([
            ("ErrorCode", Value::Int(58)),
            ("ErrorMessage", Value::Str(message.to_owned())),
            ("AuthBytes", Value::Bytes(Vec::new())),
        ])
    }

    fn lifetime(step: Result<Step, LoginFailed>) -> Option<Duration> {
        match step.unwrap() {
            Step::Done { session_lifetime } => session_lifetime,
            Step::Send { .. } => panic!("not done"),
        }
    }

    #[test]
    fn without_sasl_there_is_nothing_to_do() {
        assert_eq!(
            lifetime(Login::start(&Credential::None, None, 2, NONCE)),
            None
        );
    }

    #[test]
    fn plain_takes_one_message() {
        let (_, request) = begun(&plain(), None);
        assert_eq!((request.api.name, request.version), ("SaslHandshake", 1));
        assert_eq!(request.body.str("Mechanism"), Some("PLAIN"));

        let (login, request) = shaken(&plain(), None);
        assert_eq!((request.api.name, request.version), ("SaslAuthenticate", 2));
        assert_eq!(
            request.body.bytes("AuthBytes"),
            Some(b"\0oathgate\0pencil".as_slice())
        );
        assert_eq!(lifetime(login.on_response(&authenticated(b"", 0))), None);
    }

    #[test]
    fn plain_cannot_carry_a_nul() {
        for (username, password) in [("a\0b", "c"), ("a", "b\0c")] {
            let credential = Credential::Plain {
                username: username.to_owned(),
                password: Secret::new(password.to_owned()),
            };
            let failed = Login::start(&credential, None, 2, NONCE).unwrap_err();
            assert_eq!(failed, LoginFailed::Nul);
        }
    }

    #[test]
    fn a_clients_token_is_passed_on_without_extensions() {
        let token = Secret::new("a.b.c".to_owned());
        let (login, request) = shaken(&Credential::ClientToken, Some(&token));
        let message = b"n,,\x01auth=Bearer a.b.c\x01\x01".as_slice();
        assert_eq!(request.body.bytes("AuthBytes"), Some(message));
        let lived = lifetime(login.on_response(&authenticated(b"", 60_000)));
        assert_eq!(lived, Some(Duration::from_secs(60)));

        let failed = Login::start(&Credential::ClientToken, None, 2, NONCE).unwrap_err();
        assert_eq!(failed, LoginFailed::NoToken);
    }

    #[test]
    fn a_challenge_instead_of_success_is_a_refusal() {
        let token = Secret::new("a.b.c".to_owned());
        let (login, _) = shaken(&Credential::ClientToken, Some(&token));
        let challenge = br#"{"status":"invalid_token"}"#;
        assert_eq!(
            login.on_response(&authenticated(challenge, 0)).unwrap_err(),
            LoginFailed::Refused {
                code: 58,
                message: r#"{"status":"invalid_token"}"#.to_owned()
            }
        );
    }

    /// The numbers are those of RFC 5802 section 3's formulas in Python's hashlib.
    #[test]
    fn scram_takes_two_messages_and_checks_the_broker() {
        let (login, request) = shaken(&scram(), None);
        let nonce = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
        let client_first = format!("n,,n=oathgate,r={nonce}");
        assert_eq!(
            request.body.bytes("AuthBytes"),
            Some(client_first.as_bytes())
        );

        let server_first = format!("r={nonce}srv,s=c2FsdA==,i=4096");
        let (login, request) = sent(login.on_response(&authenticated(server_first.as_bytes(), 0)));
        let client_final =
            format!("c=biws,r={nonce}srv,p=JXm3qT1MtaCUZcfW8RokF6JE+QLnqBmb0OnHivBvm9U=");
        assert_eq!(
            request.body.bytes("AuthBytes"),
            Some(client_final.as_bytes())
        );
        let server_final = authenticated(b"v=G2EUHg0FBDw+ZbZuZqL3qRxCdA8lLgRIXB3aqhgp/sY=", 1000);
        assert_eq!(
            lifetime(login.on_response(&server_final)),
            Some(Duration::from_secs(1))
        );
    }

    #[test]
    fn a_broker_with_another_password_is_not_believed() {
        let (login, _) = shaken(&scram(), None);
        let server_first = b"r=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHsrv,s=c2FsdA==,i=4096";
        let (login, _) = sent(login.on_response(&authenticated(server_first, 0)));
        let server_final = authenticated(b"v=AAAA", 0);
        assert_eq!(
            login.on_response(&server_final).unwrap_err(),
            LoginFailed::Scram(ScramFault::ServerSignature)
        );
    }

    #[test]
    fn a_scram_success_without_the_brokers_proof_is_not_believed() {
        let (login, _) = shaken(&scram(), None);
        let failed = login.on_response(&authenticated(b"", 0)).unwrap_err();
        assert!(
            matches!(failed, LoginFailed::Scram(ScramFault::Field(_))),
            "{failed:?}"
        );
    }

    #[test]
    fn a_mechanism_that_is_not_offered_is_named_with_those_that_are() {
        for answer in [
            handshake(33, &["GSSAPI", "PLAIN"]),
            handshake(0, &["GSSAPI", "PLAIN"]),
        ] {
            let (login, _) = begun(&scram(), None);
            let failed = login.on_response(&answer).unwrap_err();
            assert_eq!(
                failed.to_string(),
                "the broker does not offer SCRAM-SHA-256, only: GSSAPI, PLAIN"
            );
        }
    }

    #[test]
    fn refusals_keep_the_brokers_code_and_words() {
        let (login, _) = begun(&plain(), None);
        let failed = login.on_response(&handshake(34, &[])).unwrap_err();
        assert!(
            matches!(failed, LoginFailed::Refused { code: 34, .. }),
            "{failed:?}"
        );

        for credential in [plain(), scram()] {
            let (login, _) = shaken(&credential, None);
            let failed = login.on_response(&refusal("no\nsuch user")).unwrap_err();
            let message = "no?such user".to_owned();
            assert_eq!(failed, LoginFailed::Refused { code: 58, message });
        }
    }

    #[test]
    fn answers_without_their_fields_are_protocol_faults() {
        let (login, _) = begun(&plain(), None);
        let failed = login.on_response(&Value::Null).unwrap_err();
        assert_eq!(failed, LoginFailed::Protocol("ErrorCode"));

        let (login, _) = shaken(&plain(), None);
        let failed = login.on_response(&handshake(0, &[])).unwrap_err();
        assert_eq!(failed, LoginFailed::Protocol("AuthBytes"));
    }

    #[test]
    fn a_lifetime_that_is_none_or_negative_is_no_bound() {
        for (millis, expected) in [(0, None), (-1, None), (1, Some(Duration::from_millis(1)))] {
            let (login, _) = shaken(&plain(), None);
            assert_eq!(
                lifetime(login.on_response(&authenticated(b"", millis))),
                expected
            );
        }
    }

    #[test]
    fn nothing_secret_prints() {
        let (login, request) = begun(&plain(), None);
        assert!(!format!("{login:?} {request:?}").contains("pencil"));
        let (login, request) = shaken(&plain(), None);
        assert!(!format!("{login:?} {request:?}").contains("pencil"));
    }
}
