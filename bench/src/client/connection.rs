//! One connection of a client.

use std::time::Duration;

use oathgate::wire::{
    api::Api,
    frame::{self, LENGTH_BYTES},
    read::read_answer,
    tables::{API_VERSIONS, METADATA, SASL_AUTHENTICATE, SASL_HANDSHAKE},
    value::Value,
};
use tokio::io::AsyncWriteExt as _;

use super::frames::{Frames, HEAD};
use crate::{
    fault::{Fault, Result},
    load::{Kind, Load, Request},
    socket::Socket,
    topics::Topic,
};

/// Longest time that a close may take.
const CLOSING: Duration = Duration::from_secs(2);

/// What a connection reads at once before load says otherwise.
const BUFFER: usize = 16 * 1024;

pub(crate) struct Connection {
    pub(crate) socket: Socket,
    pub(crate) frames: Frames,
    correlation_id: i32,
    versions: Vec<Value>,
}

/// What every answer to a request of a load must be but for its correlation id: the null broker
/// answers the same to the same.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    length: usize,
    /// Its first bytes, after the correlation id.
    head: Vec<u8>,
}

impl Expected {
    fn of(answer: &[u8]) -> Self {
        let head = answer.get(..answer.len().min(HEAD)).unwrap_or_default();
        Self {
            length: answer.len(),
            head: head.get(4..).unwrap_or_default().to_vec(),
        }
    }

    /// Bytes of an answer.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Whether an answer of this length and these first bytes is the expected one, to the request
    /// with this correlation id.
    ///
    /// # Errors
    /// In words, when it is not.
    pub(crate) fn check(&self, correlation_id: i32, length: usize, head: &[u8]) -> Result<()> {
        match head.split_first_chunk() {
            Some((id, _)) if *id != correlation_id.to_be_bytes() => {
                Err(Fault::new("an answer out of order"))
            }
            Some((_, rest)) if length == self.length && rest == self.head => Ok(()),
            _ => Err(Fault::new(format!(
                "an answer of {length} bytes that is not the expected one of {}",
                self.length
            ))),
        }
    }
}

impl Connection {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket,
            frames: Frames::new(BUFFER),
            correlation_id: 0,
            versions: Vec::new(),
        }
    }

    pub(crate) fn next_correlation_id(&mut self) -> i32 {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        self.correlation_id
    }

    /// Sends one request; its answer, which must report no error.
    async fn call(&mut self, api: &'static Api, version: i16, body: &Value) -> Result<Value> {
        let id = self.next_correlation_id();
        let request = frame::request(api, version, id, Some("loadgen"), body)?;
        let answer = self.exchange(&request).await?;
        decoded(api, version, &answer)
    }

    /// Sends a frame; the whole answer without its length.
    async fn exchange(&mut self, request: &[u8]) -> Result<Vec<u8>> {
        self.socket.write_all(request).await?;
        self.socket.flush().await?;
        let answer = self.frames.whole(&mut self.socket).await?;
        let asked = request.get(LENGTH_BYTES + 4..LENGTH_BYTES + 8);
        if answer.get(..4) != asked {
            return Err(Fault::new("an answer out of order"));
        }
        Ok(answer)
    }

    pub(super) async fn learn_versions(&mut self) -> Result<()> {
        let body = Value::fields([
            ("ClientSoftwareName", "loadgen".into()),
            ("ClientSoftwareVersion", "1".into()),
        ]);
        let answer = self.call(&API_VERSIONS, 3, &body).await?;
        self.versions = answer.items("ApiKeys").to_vec();
        Ok(())
    }

    /// # Errors
    /// When the target does not advertise the version that `kind` is sent in.
    fn must_serve(&self, kind: Kind) -> Result<()> {
        let (api, version) = kind.api();
        let of_api = |served: &&Value| served.int("ApiKey") == Some(api.key.into());
        let range = self.versions.iter().find(of_api);
        let bound = |name| range.and_then(|range| range.int(name));
        let (min, max) = (bound("MinVersion"), bound("MaxVersion"));
        if min <= Some(version.into()) && max >= Some(version.into()) {
            return Ok(());
        }
        Err(Fault::new(format!(
            "{} version {version} is not advertised, but {min:?} to {max:?}",
            api.name
        )))
    }

    /// RFC 7628's client message, with extensions as Kafka's clients send them.
    pub(super) async fn log_in(
        &mut self,
        token: &str,
        extensions: &[(String, String)],
    ) -> Result<()> {
        let mechanism = Value::fields([("Mechanism", "OAUTHBEARER".into())]);
        self.call(&SASL_HANDSHAKE, 1, &mechanism).await?;
        let mut message = format!("n,,\x01auth=Bearer {token}");
        for (name, value) in extensions {
            message += &format!("\x01{name}={value}");
        }
        message += "\x01\x01";
        let message = Value::fields([("AuthBytes", message.into_bytes().into())]);
        self.call(&SASL_AUTHENTICATE, 2, &message).await?;
        Ok(())
    }

    /// `host:port` of the broker that Metadata tells.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn broker(&mut self) -> Result<String> {
        let topic = Value::fields([("Name", Topic(0).name().into())]);
        let body = Value::fields([("Topics", Value::array([topic]))]);
        let answer = self.call(&METADATA, 12, &body).await?;
        let broker = answer.items("Brokers").first();
        let told = broker
            .and_then(|broker| Some(format!("{}:{}", broker.str("Host")?, broker.int("Port")?)));
        told.ok_or_else(|| Fault::new("Metadata tells no broker"))
    }

    /// Sends the first requests of `load` as connection `number` of it, and checks that their
    /// answers report no error. What to send from then on, and what to expect.
    ///
    /// # Errors
    /// When the target does not serve the load's version, or answers with an error.
    pub(crate) async fn begin(
        &mut self,
        load: &Load,
        number: usize,
    ) -> Result<(Request, Expected)> {
        self.must_serve(load.kind)?;
        let (api, version) = load.kind.api();
        let mut session = None;
        if let Some(mut opening) = load.opening(number)? {
            let id = self.next_correlation_id();
            let answer = self.exchange(opening.next(id)?).await?;
            let answer = decoded(api, version, &answer)?;
            session = answer
                .int("SessionId")
                .and_then(|id| i32::try_from(id).ok());
        }
        let mut request = load.request(number, session)?;
        let id = self.next_correlation_id();
        let answer = self.exchange(request.next(id)?).await?;
        decoded(api, version, &answer)?;
        Ok((request, Expected::of(&answer)))
    }

    /// Says goodbye, and does not wait long for an answer.
    pub(crate) async fn close(&mut self) {
        // Whether the other side hears it is not ours to measure.
        let _ = tokio::time::timeout(CLOSING, self.socket.shutdown()).await;
    }
}

/// The body of an answer, if it reports no error anywhere.
fn decoded(api: &'static Api, version: i16, answer: &[u8]) -> Result<Value> {
    let (_, at) = frame::response_header(api, version, answer)?;
    let body = answer.get(at..).unwrap_or_default();
    let body = read_answer(api.response, version, body)?;
    match first_error(&body) {
        Some(code) => {
            let message = body.str("ErrorMessage").unwrap_or_default();
            Err(Fault::new(format!("{}: error {code} {message}", api.name)))
        }
        None => Ok(body),
    }
}

/// The first error code that is not 0, in whatever depth the definitions have one.
fn first_error(value: &Value) -> Option<i64> {
    match value {
        Value::Struct(fields) => fields.iter().find_map(|(name, value)| match value {
            Value::Int(code) => Some(*code).filter(|code| name == "ErrorCode" && *code != 0),
            deeper => first_error(deeper),
        }),
        Value::Array(items) => items.iter().find_map(first_error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_wherever_they_are() {
        let partition = |code: i32| Value::fields([("ErrorCode", code.into())]);
        let answer = |codes: [i32; 2]| {
            let topic = Value::fields([("Partitions", Value::array(codes.map(partition)))]);
            Value::fields([("ErrorCode", 0.into()), ("Topics", Value::array([topic]))])
        };
        assert_eq!(first_error(&answer([0, 0])), None);
        assert_eq!(first_error(&answer([0, 29])), Some(29));
    }

    #[test]
    fn only_the_expected_answer_will_do() {
        let answer = [&[0, 0, 0, 1], [9; 6000].as_slice()].concat();
        let expected = Expected::of(&answer);
        assert!(expected.check(1, 6004, &answer[..HEAD]).is_ok());
        assert!(expected.check(2, 6004, &answer[..HEAD]).is_err(), "order");
        assert!(expected.check(1, 6003, &answer[..HEAD]).is_err(), "length");
        let other = [&[0, 0, 0, 1], [8; 6000].as_slice()].concat();
        assert!(expected.check(1, 6004, &other[..HEAD]).is_err(), "content");
    }
}
