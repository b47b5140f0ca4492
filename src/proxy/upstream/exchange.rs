//! Requests and answers on a connection of Oathgate's own: for discovery, probes and logins.
//!
//! One request at a time.

use std::{io, time::Duration};

use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::{
    api_versions::ApiVersions,
    discovered::Discovered,
    login::{Login, LoginFailed, Request, Step},
    scram::NONCE_LENGTH,
};
use crate::{
    limits,
    proxy::socket::{Socket, frames::NoFrame},
    secret::Secret,
    snapshot::credential::Credential,
    wire::{
        api::Api,
        error_code,
        frame::{self, BadLength},
        malformed::Malformed,
        read::read_answer,
        tables::{API_VERSIONS, METADATA},
        value::Value,
        write::Unwritable,
    },
};

/// The client id in Oathgate's own requests.
const CLIENT_ID: &str = "oathgate";

/// `ApiVersions` version asked first: the newest without a node's identity in the request. Brokers
/// before 3.9 know 3 at most and answer 35; an answer below 4 lacks features of least version 0.
const API_VERSIONS_FIRST: i16 = 4;

/// `Metadata` versions before this one cannot ask without creating topics.
const METADATA_LEAST: i16 = 4;

/// Why a call on an own connection failed. The connection is of no more use then.
#[derive(Debug, thiserror::Error)]
pub enum CallFailed {
    /// Reading or writing failed.
    #[error("the connection to the broker failed: {0}")]
    Io(#[from] io::Error),
    /// The broker closed the connection instead of answering.
    #[error("the broker closed the connection instead of answering {api}")]
    Closed {
        /// What it was asked.
        api: &'static str,
    },
    /// No answer in time.
    #[error("the broker did not answer {api} in time")]
    Deadline {
        /// What it was asked.
        api: &'static str,
    },
    /// The answer has no plausible length: it is no Kafka broker, or it speaks TLS.
    #[error("the answer is no Kafka frame ({0}); does the broker's port want TLS?")]
    Length(#[from] BadLength),
    /// The answer is not what the protocol says.
    #[error("the broker's answer is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The answer belongs to another request.
    #[error("the broker answered request {received} instead of {sent}")]
    Correlation {
        /// Correlation id that was asked with.
        sent: i32,
        /// That of the answer.
        received: i32,
    },
    /// The request cannot be written: a fault of Oathgate.
    #[error("the request cannot be written: {0}")]
    Unwritable(#[from] Unwritable),
    /// The broker and Oathgate have no usable version in common.
    #[error("the broker serves no version of {api} that Oathgate can use")]
    NoVersion {
        /// What is missing.
        api: &'static str,
    },
    /// The broker answered with an error.
    #[error("the broker answered {api} with error {code}")]
    Refused {
        /// What it was asked.
        api: &'static str,
        /// Kafka's error code.
        code: i64,
    },
    /// The login failed.
    #[error(transparent)]
    Login(#[from] LoginFailed),
}

/// A connected broker, to be asked one thing after the other.
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    correlation_id: i32,
}

impl Connection {
    /// Takes over a socket on which no request is open.
    #[must_use]
    pub const fn new(socket: Socket) -> Self {
        Self {
            socket,
            correlation_id: 0,
        }
    }

    /// Gives the socket to whoever goes on with it; what it received beyond the last answer is in it.
    #[must_use]
    pub fn into_socket(self) -> Socket {
        self.socket
    }

    /// Sends one request and reads its answer, of at most [`limits::OWN_ANSWER_MAX`] bytes.
    ///
    /// # Errors
    /// [`CallFailed`]; error codes within the answer are the caller's.
    pub async fn call(
        &mut self,
        api: &'static Api,
        version: i16,
        body: &Value,
        deadline: Instant,
    ) -> Result<Value, CallFailed> {
        let answer = self.answer_to(api, version, body, deadline).await?;
        Ok(read_answer(api.response, version, &answer)?)
    }

    /// Logs in with `credential` and tells how long the broker lets the session live, if bounded.
    /// The arguments are those of [`Login::start`].
    ///
    /// # Errors
    /// [`CallFailed::Login`] where broker and credential do not agree, else as [`Self::call`].
    pub async fn login(
        &mut self,
        credential: &Credential,
        token: Option<&Secret>,
        authenticate_version: i16,
        nonce: [u8; NONCE_LENGTH],
        deadline: Instant,
    ) -> Result<Option<Duration>, CallFailed> {
        let mut step = Login::start(credential, token, authenticate_version, nonce)?;
        loop {
            step = match step {
                Step::Done { session_lifetime } => return Ok(session_lifetime),
                Step::Send { login, request } => {
                    let Request { api, version, body } = request;
                    let answer = self.call(api, version, &body, deadline).await?;
                    login.on_response(&answer)?
                }
            };
        }
    }

    /// Asks what the broker can do; it answers that before a login too.
    ///
    /// # Errors
    /// As [`Self::call`], and [`CallFailed::Refused`].
    pub async fn api_versions(&mut self, deadline: Instant) -> Result<ApiVersions, CallFailed> {
        let name = Value::Str(CLIENT_ID.to_owned());
        let software = Value::Str(env!("CARGO_PKG_VERSION").to_owned());
        let body = Value::fields([
            ("ClientSoftwareName", name),
            ("ClientSoftwareVersion", software),
        ]);

        let mut version = API_VERSIONS_FIRST;
        let mut answer = self
            .answer_to(&API_VERSIONS, version, &body, deadline)
            .await?;
        if is_unsupported_version(&answer) {
            // KIP-511: the answer to a version too new is one in version 0 that says what is known.
            // Whoever gets even that wrong, as librdkafka's mock cluster does, still knows version 0.
            let told = read_answer(API_VERSIONS.response, 0, &answer);
            let told = told.map(|body| ApiVersions { version: 0, body });
            let newest = told.ok().and_then(|told| told.newest(&API_VERSIONS));
            version = newest.unwrap_or(0).min(API_VERSIONS_FIRST);
            answer = self
                .answer_to(&API_VERSIONS, version, &body, deadline)
                .await?;
        }
        let body = read_answer(API_VERSIONS.response, version, &answer)?;
        accepted(&API_VERSIONS, &body)?;
        Ok(ApiVersions { version, body })
    }

    /// Asks for the brokers of the cluster: for no topic, and creating none.
    ///
    /// # Errors
    /// As [`Self::call`], [`CallFailed::NoVersion`] for brokers older than 0.11, and
    /// [`CallFailed::Refused`].
    pub async fn metadata(
        &mut self,
        versions: &ApiVersions,
        deadline: Instant,
    ) -> Result<Discovered, CallFailed> {
        let version = versions
            .newest(&METADATA)
            .filter(|version| *version >= METADATA_LEAST);
        let version = version.ok_or(CallFailed::NoVersion { api: METADATA.name })?;
        let body = Value::fields([
            ("Topics", Value::Array(Vec::new())),
            ("AllowAutoTopicCreation", Value::Bool(false)),
        ]);
        let answer = self.call(&METADATA, version, &body, deadline).await?;
        accepted(&METADATA, &answer)?;
        Ok(Discovered::read(&answer))
    }

    /// The body of the answer to a request, as bytes.
    async fn answer_to(
        &mut self,
        api: &'static Api,
        version: i16,
        body: &Value,
        deadline: Instant,
    ) -> Result<Vec<u8>, CallFailed> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let sent = self.correlation_id;
        let request = Zeroizing::new(frame::request(api, version, sent, Some(CLIENT_ID), body)?);
        let answer = match timeout_at(deadline, self.round_trip(&request)).await {
            Err(_) => return Err(CallFailed::Deadline { api: api.name }),
            Ok(Err(CallFailed::Io(error))) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(CallFailed::Closed { api: api.name });
            }
            Ok(answer) => answer?,
        };
        let (received, body_at) = frame::response_header(api, version, &answer)?;
        if received != sent {
            return Err(CallFailed::Correlation { sent, received });
        }
        Ok(answer.get(body_at..).unwrap_or_default().to_vec())
    }

    /// Sends a frame and reads the next one, without its length.
    async fn round_trip(&mut self, request: &[u8]) -> Result<Vec<u8>, CallFailed> {
        self.socket.send(request).await?;
        match self.socket.read_frame(limits::OWN_ANSWER_MAX).await {
            Ok(answer) => Ok(answer),
            Err(NoFrame::Closed | NoFrame::Broken) => {
                Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
            }
            Err(NoFrame::Io(error)) => Err(error.into()),
            Err(NoFrame::Length(bad)) => Err(bad.into()),
        }
    }
}

/// Whether an `ApiVersions` answer, of whatever version, begins with error 35.
fn is_unsupported_version(answer: &[u8]) -> bool {
    answer
        .first_chunk()
        .is_some_and(|code| i16::from_be_bytes(*code) == error_code::UNSUPPORTED_VERSION)
}

/// Refuses an answer whose top-level error code, where it has one, is not 0.
pub(super) fn accepted(api: &Api, body: &Value) -> Result<(), CallFailed> {
    match body.int("ErrorCode") {
        None | Some(0) => Ok(()),
        Some(code) => Err(CallFailed::Refused {
            api: api.name,
            code,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::upstream::{
        dial::dial,
        faulty_broker::{Act, FaultyBroker},
        login::AUTHENTICATE_VERSION,
    };

    const LONG: Duration = Duration::from_secs(10);
    const NONCE: [u8; NONCE_LENGTH] = [7; NONCE_LENGTH];

    fn soon() -> Instant {
        Instant::now() + LONG
    }

    async fn connected(acts: Vec<Act>) -> (FaultyBroker, Connection) {
        let broker = FaultyBroker::start(acts).await;
        let stream = dial(&broker.address, None, LONG).await.unwrap();
        (broker, Connection::new(stream))
    }

    fn ranges(code: i64, known: &[(i64, i64, i64)]) -> Value {
        let known = known.iter().map(|(key, min, max)| {
            Value::fields([
                ("ApiKey", Value::Int(*key)),
                ("MinVersion", Value::Int(*min)),
                ("MaxVersion", Value::Int(*max)),
            ])
        });
        Value::fields([
            ("ErrorCode", Value::Int(code)),
            ("ApiKeys", Value::Array(known.collect())),
        ])
    }

    fn metadata_of(broker: &str) -> Value {
        let broker = Value::fields([
            ("NodeId", Value::Int(1)),
            ("Host", Value::Str(broker.to_owned())),
            ("Port", Value::Int(9092)),
        ]);
        Value::fields([
            ("ClusterId", Value::Str("abc".to_owned())),
            ("ControllerId", Value::Int(1)),
            ("Brokers", Value::Array(vec![broker])),
        ])
    }

    fn handshake(mechanism: &str) -> Value {
        Value::fields([(
            "Mechanisms",
            Value::Array(vec![Value::Str(mechanism.to_owned())]),
        )])
    }

    fn plain() -> Credential {
        Credential::Plain {
            username: "oathgate".to_owned(),
            password: Secret::new("pencil".to_owned()),
        }
    }

    /// The failure of an `ApiVersions` call that is answered by `act`.
    async fn failure(act: Act) -> CallFailed {
        let (_broker, mut connection) = connected(vec![act]).await;
        connection
            .api_versions(soon())
            .await
            .expect_err("it should fail")
    }

    #[tokio::test]
    async fn discovery_asks_for_no_topic_and_creates_none() {
        let acts = vec![
            Act::Answer(ranges(0, &[(3, 0, 9), (18, 0, 4)])),
            Act::Answer(metadata_of("broker-1")),
        ];
        let (broker, mut connection) = connected(acts).await;
        let versions = connection.api_versions(soon()).await.unwrap();
        assert_eq!(versions.version, 4);
        let found = connection.metadata(&versions, soon()).await.unwrap();
        assert_eq!(found.cluster_id.as_deref(), Some("abc"));
        assert_eq!(found.brokers[0].address.to_string(), "broker-1:9092");

        let seen = broker.seen().await;
        assert_eq!((seen[0].api, seen[0].version), ("ApiVersions", 4));
        assert_eq!(seen[0].client_id.as_deref(), Some("oathgate"));
        assert_eq!(seen[0].body.str("ClientSoftwareName"), Some("oathgate"));
        assert_eq!((seen[1].api, seen[1].version), ("Metadata", 9));
        assert_eq!(seen[1].body.get("Topics"), Some(&Value::Array(Vec::new())));
        assert_eq!(seen[1].body.bool("AllowAutoTopicCreation"), Some(false));
    }

    #[tokio::test]
    async fn a_broker_that_finds_the_version_too_new_is_asked_in_its_own() {
        for (told, second) in [
            (ranges(35, &[(18, 0, 3)]), 3),
            (ranges(35, &[(18, 0, 1000)]), 4),
            (ranges(35, &[]), 0),
        ] {
            let acts = vec![Act::AnswerAs(0, told), Act::Answer(ranges(0, &[(3, 0, 8)]))];
            let (broker, mut connection) = connected(acts).await;
            let versions = connection.api_versions(soon()).await.unwrap();
            assert_eq!(versions.version, second);
            assert_eq!(versions.range(&METADATA), Some((0, 8)));
            assert_eq!(broker.seen().await[1].version, second);
        }
    }

    #[tokio::test]
    async fn errors_in_answers_are_failures() {
        let failed = failure(Act::Answer(ranges(41, &[]))).await;
        assert!(
            matches!(failed, CallFailed::Refused { code: 41, .. }),
            "{failed}"
        );
    }

    #[tokio::test]
    async fn a_broker_too_old_to_ask_without_creating_topics_is_not_asked() {
        let acts = vec![Act::Answer(ranges(0, &[(3, 0, 3)]))];
        let (_broker, mut connection) = connected(acts).await;
        let versions = connection.api_versions(soon()).await.unwrap();
        let failed = connection.metadata(&versions, soon()).await.unwrap_err();
        assert!(
            matches!(failed, CallFailed::NoVersion { api: "Metadata" }),
            "{failed}"
        );
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_apart() {
        let failed = failure(Act::AnswerAnother(ranges(0, &[]))).await;
        assert!(
            matches!(
                failed,
                CallFailed::Correlation {
                    sent: 1,
                    received: 2
                }
            ),
            "{failed}"
        );
        let failed = failure(Act::Close).await;
        assert!(matches!(failed, CallFailed::Closed { .. }), "{failed}");
        // Half a length; a body that is announced and does not come.
        for bytes in [vec![0, 0], vec![0, 0x0f, 0, 0, 1, 2, 3]] {
            let failed = failure(Act::Bytes(bytes)).await;
            assert!(matches!(failed, CallFailed::Closed { .. }), "{failed}");
        }
        // Negative; longer than any answer wanted; a TLS alert; HTTP.
        for bytes in [
            vec![0xff, 0xff, 0xff, 0xff],
            vec![0x00, 0x40, 0x00, 0x01],
            vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46],
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        ] {
            let failed = failure(Act::Bytes(bytes)).await;
            assert!(matches!(failed, CallFailed::Length(_)), "{failed}");
        }
        // Too short for a header; the right header and an array of 2^31-1 items.
        for bytes in [
            vec![0, 0, 0, 2, 0, 0],
            vec![0, 0, 0, 0],
            vec![0, 0, 0, 11, 0, 0, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07],
        ] {
            let failed = failure(Act::Bytes(bytes)).await;
            assert!(matches!(failed, CallFailed::Malformed(_)), "{failed}");
        }
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline() {
        let (_broker, mut connection) = connected(vec![Act::Silence]).await;
        let deadline = Instant::now() + Duration::from_millis(50);
        let failed = connection.api_versions(deadline).await.unwrap_err();
        assert!(
            matches!(failed, CallFailed::Deadline { api: "ApiVersions" }),
            "{failed}"
        );
        assert!(Instant::now() >= deadline);
    }

    #[tokio::test]
    async fn a_login_hands_on_a_stream_with_nothing_read_ahead() {
        let success = Value::fields([
            ("AuthBytes", Value::Bytes(Vec::new())),
            ("SessionLifetimeMs", Value::Int(90_000)),
        ]);
        let acts = vec![
            Act::Answer(handshake("PLAIN")),
            Act::Answer(success),
            Act::Answer(ranges(0, &[(3, 0, 9)])),
        ];
        let (broker, mut connection) = connected(acts).await;
        let lifetime = connection
            .login(&plain(), None, AUTHENTICATE_VERSION, NONCE, soon())
            .await
            .unwrap();
        assert_eq!(lifetime, Some(Duration::from_secs(90)));
        let mut next = Connection::new(connection.into_socket());
        assert!(next.api_versions(soon()).await.is_ok());

        let seen = broker.seen().await;
        assert_eq!((seen[0].api, seen[0].version), ("SaslHandshake", 1));
        assert_eq!((seen[1].api, seen[1].version), ("SaslAuthenticate", 2));
        assert_eq!(
            seen[1].body.bytes("AuthBytes"),
            Some(b"\0oathgate\0pencil".as_slice())
        );
    }

    #[tokio::test]
    async fn a_refused_login_says_what_the_broker_said() {
        let refusal = Value::fields([
            ("ErrorCode", Value::Int(58)),
            (
                "ErrorMessage",
                Value::Str("Authentication failed: Invalid username".to_owned()),
            ),
        ]);
        let acts = vec![Act::Answer(handshake("PLAIN")), Act::Answer(refusal)];
        let (_broker, mut connection) = connected(acts).await;
        let failed = connection
            .login(&plain(), None, AUTHENTICATE_VERSION, NONCE, soon())
            .await
            .unwrap_err();
        assert_eq!(
            failed.to_string(),
            "the broker refused the login with error 58: Authentication failed: Invalid username"
        );

        let (_broker, mut connection) = connected(vec![Act::Answer(handshake("GSSAPI"))]).await;
        let failed = connection
            .login(&plain(), None, AUTHENTICATE_VERSION, NONCE, soon())
            .await
            .unwrap_err();
        let CallFailed::Login(LoginFailed::MechanismNotOffered { offered, .. }) = failed else {
            panic!("{failed}");
        };
        assert_eq!(offered, "GSSAPI");
    }
}
