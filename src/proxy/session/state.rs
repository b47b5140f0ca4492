//! The login of one client connection as a sans-io machine: frames go in, what to do comes out.
//! Knows Kafka's SASL requests; not sockets, clocks, tokens or clusters.
//!
//! Order and answers follow `SaslServerAuthenticator` of Apache Kafka: `ApiVersions` once (again
//! after one that failed), `SaslHandshake`, then the token; nothing else before success.

use std::fmt;

use zeroize::Zeroizing;

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

/// The client's first message of OAUTHBEARER: it holds the token, so it does not print, and is
/// overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Initial(Zeroizing<Vec<u8>>);

impl Initial {
    /// Wraps `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The message itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Initial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a frame asks for.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// `ApiVersions`: answer it, then tell [`Login::versions_told`] how it went.
    Versions(VersionsAsked),
    /// Send `answer` (a whole frame with its length), then wait in the state.
    Answer(Login, Vec<u8>),
    /// Judge this first message of OAUTHBEARER and answer by its [`Reply`].
    Token(Initial, Reply),
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
            return Next::Token(Initial::new(frame.to_vec()), Reply::Bare);
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
        Initial::new(initial),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{
        api::api,
        tables::{API_VERSIONS, APIS},
    };

    const BARE: Login = Login::Token { bare: true };
    const WRAPPED: Login = Login::Token { bare: false };

    /// A request without its length.
    fn asked(key: i16, version: i16, body: &Value) -> Vec<u8> {
        let api = api(key).unwrap();
        let framed = frame::request(api, version, 5, Some("client"), body).unwrap();
        framed[frame::LENGTH_BYTES..].to_vec()
    }

    fn versions(version: i16) -> Vec<u8> {
        let mut body = Value::fields([]);
        if version >= 3 {
            body.set("ClientSoftwareName", "librdkafka");
            body.set("ClientSoftwareVersion", "2.3");
        }
        asked(api_key::API_VERSIONS, version, &body)
    }

    fn handshake(version: i16, mechanism: &str) -> Vec<u8> {
        let body = Value::fields([("Mechanism", mechanism.into())]);
        asked(api_key::SASL_HANDSHAKE, version, &body)
    }

    fn authenticate(version: i16) -> Vec<u8> {
        let body = Value::fields([("AuthBytes", b"n,,".to_vec().into())]);
        asked(api_key::SASL_AUTHENTICATE, version, &body)
    }

    /// The body of an answer to request 5.
    fn body(api: &'static Api, version: i16, framed: &[u8]) -> Value {
        let length = frame::length(framed, usize::MAX).unwrap().unwrap();
        let frame = &framed[frame::LENGTH_BYTES..];
        assert_eq!(length, frame.len());
        let (id, at) = frame::response_header(api, version, frame).unwrap();
        assert_eq!(id, 5);
        wire::read::read(api.response, version, &frame[at..]).unwrap()
    }

    #[test]
    fn versions_are_asked_once_and_first() {
        for version in API_VERSIONS.min_version..=API_VERSIONS.max_version {
            let Next::Versions(asked) = Login::Start.on_frame(&versions(version)) else {
                panic!("v{version}");
            };
            assert_eq!((asked.version, asked.correlation_id), (version, 5));
            let software = (version >= 3).then(|| "librdkafka 2.3".to_owned());
            assert_eq!(asked.software(), software, "v{version}");
        }
        assert_eq!(Login::versions_told(error_code::NONE), Login::Mechanism);
        for error in [error_code::UNSUPPORTED_VERSION, error_code::INVALID_REQUEST] {
            assert_eq!(
                Login::versions_told(error),
                Login::Start,
                "it may ask again"
            );
        }
    }

    #[test]
    fn a_version_of_api_versions_that_is_too_new_needs_no_body() {
        for version in [API_VERSIONS.max_version + 1, 77, i16::MAX, -1, i16::MIN] {
            let mut frame = versions(0);
            frame[2..4].copy_from_slice(&version.to_be_bytes());
            frame.truncate(8);
            let expected = VersionsAsked {
                version,
                correlation_id: 5,
                body: None,
            };
            assert_eq!(Login::Start.on_frame(&frame), Next::Versions(expected));
        }
    }

    #[test]
    fn k30_invalid_api_versions_request_sequence() {
        let again = Login::Mechanism.on_frame(&versions(3));
        assert_eq!(again, Next::Close(Fault::OutOfOrder, None));
        let mut too_new = versions(3);
        too_new[2..4].copy_from_slice(&77_i16.to_be_bytes());
        let again = Login::Mechanism.on_frame(&too_new);
        assert_eq!(again, Next::Close(Fault::Malformed, None));
        // After the handshake Kafka names the error first.
        let Next::Close(Fault::OutOfOrder, Some(answer)) = WRAPPED.on_frame(&versions(3)) else {
            panic!("not closed");
        };
        assert_eq!(body(&API_VERSIONS, 3, &answer).int("ErrorCode"), Some(34));
    }

    #[test]
    fn a_handshake_leads_to_the_token_whether_or_not_versions_were_asked() {
        for (version, next) in [(0, BARE), (1, WRAPPED)] {
            for state in [Login::Start, Login::Mechanism] {
                let Next::Answer(to, answer) = state.on_frame(&handshake(version, MECHANISM))
                else {
                    panic!("{state:?} v{version}");
                };
                assert_eq!(to, next);
                let answer = body(&SASL_HANDSHAKE, version, &answer);
                assert_eq!(answer.int("ErrorCode"), Some(0));
                assert_eq!(answer.items("Mechanisms"), [Value::from(MECHANISM)]);
            }
        }
    }

    #[test]
    fn k30_disabled_or_invalid_mechanism() {
        for mechanism in [
            "PLAIN",
            "SCRAM-SHA-256",
            "oauthbearer",
            "OAUTHBEARER ",
            "",
            "x\0",
        ] {
            for version in [0, 1] {
                let next = Login::Start.on_frame(&handshake(version, mechanism));
                let Next::Close(Fault::Mechanism, Some(answer)) = next else {
                    panic!("{mechanism}: {next:?}");
                };
                let answer = body(&SASL_HANDSHAKE, version, &answer);
                assert_eq!(answer.int("ErrorCode"), Some(33));
                assert_eq!(answer.items("Mechanisms"), [Value::from(MECHANISM)]);
            }
        }
    }

    #[test]
    fn k30_disallowed_kafka_requests_before_authentication() {
        let may = [
            (Login::Start, api_key::API_VERSIONS),
            (Login::Start, api_key::SASL_HANDSHAKE),
            (Login::Mechanism, api_key::SASL_HANDSHAKE),
            (WRAPPED, api_key::SASL_AUTHENTICATE),
        ];
        for api in APIS {
            for state in [Login::Start, Login::Mechanism, WRAPPED] {
                if may.contains(&(state, api.key)) {
                    continue;
                }
                let version = api.max_version;
                let body = crate::proxy::rewrite::sample::populated(&api.request.root, version);
                match state.on_frame(&asked(api.key, version, &body)) {
                    Next::Close(Fault::OutOfOrder, None) => {}
                    Next::Close(Fault::OutOfOrder, Some(answer)) => {
                        assert_eq!(state, WRAPPED);
                        let answer = self::body(api, version, &answer);
                        assert_eq!(answer.int("ErrorCode"), Some(34), "{}", api.name);
                    }
                    other => panic!("{} in {state:?}: {other:?}", api.name),
                }
            }
        }
    }

    #[test]
    fn k26_invalid_request_header() {
        let handshake = handshake(1, MECHANISM);
        for state in [Login::Start, Login::Mechanism, WRAPPED] {
            for end in 0..handshake.len() {
                let next = state.on_frame(&handshake[..end]);
                assert!(matches!(next, Next::Close(..)), "{state:?} {end}: {next:?}");
            }
            let mut longer = handshake.clone();
            longer.push(0);
            let next = state.on_frame(&longer);
            assert!(matches!(next, Next::Close(..)), "{state:?}: {next:?}");
            for (key, version) in [(999, 0), (-1, 0), (api_key::SASL_HANDSHAKE, 2)] {
                let mut unknown = handshake.clone();
                unknown[0..2].copy_from_slice(&i16::to_be_bytes(key));
                unknown[2..4].copy_from_slice(&i16::to_be_bytes(version));
                let next = state.on_frame(&unknown);
                assert_eq!(
                    next,
                    Next::Close(Fault::Malformed, None),
                    "{key} v{version}"
                );
            }
        }
    }

    #[test]
    fn k26_unexpected_request_type_with_valid_request_header() {
        let metadata = asked(api_key::METADATA, 12, &Value::fields([]));
        let next = Login::Start.on_frame(&metadata);
        assert_eq!(next, Next::Close(Fault::OutOfOrder, None));
    }

    #[test]
    fn a_token_comes_wrapped_or_bare() {
        for version in [0, 1, 2] {
            let reply = Reply::Authenticate {
                version,
                correlation_id: 5,
            };
            let next = WRAPPED.on_frame(&authenticate(version));
            assert_eq!(next, Next::Token(Initial::new(b"n,,".to_vec()), reply));
        }
        for frame in [b"n,,".as_slice(), b"", &authenticate(2)] {
            let next = BARE.on_frame(frame);
            assert_eq!(next, Next::Token(Initial::new(frame.to_vec()), Reply::Bare));
        }
    }

    #[test]
    fn a_verdict_is_told_in_the_clients_version() {
        for version in [0, 1, 2] {
            let reply = Reply::Authenticate {
                version,
                correlation_id: 5,
            };
            let yes = body(&SASL_AUTHENTICATE, version, &reply.accepted(1500));
            assert_eq!(yes.int("ErrorCode"), Some(0));
            let lifetime = yes.int("SessionLifetimeMs");
            assert_eq!(lifetime, (version >= 1).then_some(1500), "v{version}");
            let no = body(&SASL_AUTHENTICATE, version, &reply.refused("why").unwrap());
            assert_eq!(
                (no.int("ErrorCode"), no.str("ErrorMessage")),
                (Some(58), Some("why"))
            );
        }
        assert_eq!(Reply::Bare.accepted(1500), [0; 4]);
        assert_eq!(Reply::Bare.refused("why"), None);
    }

    /// One of the frames that clients send, or bytes.
    fn any_frame() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            (0_i16..=5).prop_map(versions),
            (0_i16..=1).prop_map(|version| handshake(version, MECHANISM)),
            Just(handshake(1, "PLAIN")),
            (0_i16..=2).prop_map(authenticate),
            Just(asked(api_key::METADATA, 12, &Value::fields([]))),
            proptest::collection::vec(any::<u8>(), 0..80),
        ]
    }

    proptest! {
        #[test]
        fn no_token_is_judged_without_a_handshake(
            frames in proptest::collection::vec(any_frame(), 0..8),
            errors in proptest::collection::vec(any::<bool>(), 8),
        ) {
            let (mut state, mut shaken) = (Login::Start, false);
            for (frame, error) in frames.iter().zip(errors) {
                match state.on_frame(frame) {
                    Next::Versions(_) => {
                        prop_assert_eq!(state, Login::Start);
                        state = Login::versions_told(if error { 35 } else { 0 });
                    }
                    Next::Answer(next, _) => {
                        let token = matches!(next, Login::Token { .. });
                        prop_assert!(token, "{:?}", next);
                        shaken = true;
                        state = next;
                    }
                    Next::Token(..) => {
                        prop_assert!(shaken);
                        break;
                    }
                    Next::Close(..) => break,
                }
            }
        }
    }
}
