//! The login of one client connection as a sans-io machine: frames go in, what to do comes out.
//! Knows Kafka's SASL requests; not sockets, clocks, tokens or clusters.
//!
//! Order and answers follow `SaslServerAuthenticator` of Apache Kafka: `ApiVersions` once (again
//! after one that failed), `SaslHandshake`, then the token; nothing else before success.

use crate::{
    proxy::authorize::error_answer,
    wire::{
        self,
        api::Api,
        error_code,
        frame::{self, RequestHeader},
        malformed::Malformed,
        tables::{SASL_AUTHENTICATE, SASL_HANDSHAKE, api_key},
        value::Value,
    },
};

/// The one mechanism that clients may use.
pub const MECHANISM: &str = "OAUTHBEARER";

/// What the connection waits for. Each frame consumes the state, so a dead one cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// For `ApiVersions` or `SaslHandshake`.
    Start,
    /// For `SaslHandshake`: the versions were told.
    Mechanism,
    /// For the token, in `SaslAuthenticate` or, after `SaslHandshake` v0, as a bare frame.
    Token {
        /// Whether the token comes without a Kafka header.
        bare: bool,
    },
}

/// What a frame asks for.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// `ApiVersions`: answer it, then tell [`Login::versions_told`] how it went.
    Versions(VersionsAsked),
    /// Send `answer` (a whole frame with its length), then wait in the state.
    Answer(Login, Vec<u8>),
    /// Judge this first message of OAUTHBEARER and answer by its [`Reply`].
    Token(Vec<u8>, Reply),
    /// Send `answer` if there is one, after the failure delay, then close.
    Close(Fault, Option<Vec<u8>>),
}

/// An `ApiVersions` request, at any version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionsAsked {
    /// Version asked with; may be newer than any we know.
    pub version: i16,
    /// To be echoed.
    pub correlation_id: i32,
    /// `None` where the version is unknown, so that no body can be read.
    pub body: Option<Value>,
}

impl VersionsAsked {
    /// Name and version of the client library, where it says so (v3 and newer).
    #[must_use]
    pub fn software(&self) -> Option<String> {
        let body = self.body.as_ref()?;
        let name = body
            .str("ClientSoftwareName")
            .filter(|name| !name.is_empty())?;
        Some(match body.str("ClientSoftwareVersion") {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        })
    }
}

/// Why a connection is closed before login. The label is stable: metrics and logs carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not a Kafka request that could be read whole.
    Malformed,
    /// A request that has no place before login.
    OutOfOrder,
    /// `SaslHandshake` with a mechanism other than OAUTHBEARER.
    Mechanism,
}

impl Fault {
    /// The stable word.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Malformed => "FRAME_MALFORMED",
            Self::OutOfOrder => "REQUEST_OUT_OF_ORDER",
            Self::Mechanism => "MECHANISM_UNSUPPORTED",
        }
    }
}

/// How the verdict on a token travels back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Bare frames of `SaslHandshake` v0: success is an empty one, a refusal is a close.
    Bare,
    /// `SaslAuthenticate`.
    Authenticate {
        /// 0..=2.
        version: i16,
        /// To be echoed.
        correlation_id: i32,
    },
}

impl Login {
    /// What `frame` (without its length bytes) asks for.
    #[must_use]
    pub fn on_frame(self, frame: &[u8]) -> Next {
        if let Self::Token { bare: true } = self {
            return Next::Token(frame.to_vec(), Reply::Bare);
        }
        let header = match frame::request_header(frame) {
            Ok(header) => header,
            Err(Malformed::UnsupportedVersion {
                key: api_key::API_VERSIONS,
                version,
                correlation_id,
            }) if self == Self::Start => {
                return Next::Versions(VersionsAsked {
                    version,
                    correlation_id,
                    body: None,
                });
            }
            Err(_) => return Next::Close(Fault::Malformed, None),
        };
        match (self, header.api.key) {
            (Self::Start, api_key::API_VERSIONS) => versions_asked(&header, frame),
            (Self::Start | Self::Mechanism, api_key::SASL_HANDSHAKE) => handshake(&header, frame),
            (Self::Token { .. }, api_key::SASL_AUTHENTICATE) => authenticate(&header, frame),
            (Self::Token { .. }, _) => {
                let code = error_code::ILLEGAL_SASL_STATE;
                let answer = error_answer(header.api, header.version, header.correlation_id, code);
                Next::Close(Fault::OutOfOrder, answer)
            }
            (Self::Start | Self::Mechanism, _) => Next::Close(Fault::OutOfOrder, None),
        }
    }

    /// The state after an `ApiVersions` was answered with `error`: only a good one uses up its turn.
    #[must_use]
    pub const fn versions_told(error: i16) -> Self {
        if error == error_code::NONE {
            Self::Mechanism
        } else {
            Self::Start
        }
    }
}

impl Reply {
    /// The frame that says yes. `lifetime_ms`: how long the session lasts; 0 = without end.
    #[must_use]
    pub fn accepted(self, lifetime_ms: i64) -> Vec<u8> {
        match self {
            Self::Bare => vec![0; 4],
            // Clients of v0 cannot be told a lifetime; there the field is left out.
            Self::Authenticate { .. } => self.answer(&Value::fields([
                ("AuthBytes", Value::Bytes(Vec::new())),
                ("SessionLifetimeMs", Value::Int(lifetime_ms)),
            ])),
        }
    }

    /// The frame that says no, with error 58 and `message`; `None` where a refusal is a close.
    #[must_use]
    pub fn refused(self, message: &str) -> Option<Vec<u8>> {
        match self {
            Self::Bare => None,
            Self::Authenticate { .. } => Some(self.answer(&Value::fields([
                (
                    "ErrorCode",
                    Value::Int(error_code::SASL_AUTHENTICATION_FAILED.into()),
                ),
                ("ErrorMessage", Value::Str(message.to_owned())),
                ("AuthBytes", Value::Bytes(Vec::new())),
            ]))),
        }
    }

    fn answer(self, body: &Value) -> Vec<u8> {
        let Self::Authenticate {
            version,
            correlation_id,
        } = self
        else {
            return Vec::new();
        };
        local_answer(&SASL_AUTHENTICATE, version, correlation_id, body)
    }
}

/// The handshake's answer and what it leads to. Shared with re-authentication.
#[must_use]
pub fn handshake(header: &RequestHeader<'_>, frame: &[u8]) -> Next {
    let Some(body) = read_body(header, frame) else {
        return Next::Close(Fault::Malformed, None);
    };
    let known = body.str("Mechanism") == Some(MECHANISM);
    let error = if known {
        error_code::NONE
    } else {
        error_code::UNSUPPORTED_SASL_MECHANISM
    };
    let answer = local_answer(
        &SASL_HANDSHAKE,
        header.version,
        header.correlation_id,
        &Value::fields([
            ("ErrorCode", Value::Int(error.into())),
            (
                "Mechanisms",
                Value::Array(vec![Value::Str(MECHANISM.to_owned())]),
            ),
        ]),
    );
    if known {
        Next::Answer(
            Login::Token {
                bare: header.version == 0,
            },
            answer,
        )
    } else {
        Next::Close(Fault::Mechanism, Some(answer))
    }
}

/// The token inside a `SaslAuthenticate`. Shared with re-authentication.
#[must_use]
pub fn authenticate(header: &RequestHeader<'_>, frame: &[u8]) -> Next {
    let Some(Value::Bytes(initial)) =
        read_body(header, frame).and_then(|body| body.get("AuthBytes").cloned())
    else {
        return Next::Close(Fault::Malformed, None);
    };
    Next::Token(
        initial,
        Reply::Authenticate {
            version: header.version,
            correlation_id: header.correlation_id,
        },
    )
}

/// An `ApiVersions` request whose version we know. Shared with the time after login.
#[must_use]
pub fn versions_asked(header: &RequestHeader<'_>, frame: &[u8]) -> Next {
    let Some(body) = read_body(header, frame) else {
        return Next::Close(Fault::Malformed, None);
    };
    Next::Versions(VersionsAsked {
        version: header.version,
        correlation_id: header.correlation_id,
        body: Some(body),
    })
}

/// An answer made here from schema defaults and `body`; empty if the schema has no such fields,
/// which the tests of its callers rule out.
#[must_use]
pub fn local_answer(api: &'static Api, version: i16, correlation_id: i32, body: &Value) -> Vec<u8> {
    let written = frame::response(api, version, correlation_id, body);
    debug_assert!(written.is_ok(), "{} v{version}: {written:?}", api.name);
    written.unwrap_or_default()
}

fn read_body(header: &RequestHeader<'_>, frame: &[u8]) -> Option<Value> {
    let body = frame.get(header.body_at..)?;
    wire::read::read(header.api.request, header.version, body).ok()
}
