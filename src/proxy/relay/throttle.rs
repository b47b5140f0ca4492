//! How long a broker throttles a client, as its answers say (KIP-219): until then it reads nothing of
//! the connection, and a client that knows sends nothing. Pure.

use std::time::Duration;

use crate::wire::{api::Api, tables::api_key};

/// Bytes after the correlation id in which the throttle time stands where it is not the last field:
/// the header's tagged fields, of which brokers send none, an error code, the time.
pub(super) const HEAD: usize = 7;

/// Bytes at an answer's end in which it stands where it is the last field: the time, the count of the
/// root's tagged fields.
const TAIL: usize = 5;

const FIELD: &str = "ThrottleTimeMs";

/// The last bytes of an answer that passes in parts; zeros before the first.
#[derive(Debug, Default)]
pub(super) struct Tail([u8; TAIL]);

impl Tail {
    /// `part` follows what was there.
    pub(super) fn push(&mut self, part: &[u8]) {
        for &byte in part.iter().skip(part.len().saturating_sub(TAIL)) {
            let [_, a, b, c, d] = self.0;
            self.0 = [a, b, c, d, byte];
        }
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The throttle time at the front of an answer; `rest` is what follows the correlation id. `None` =
/// none, or not there.
pub(super) fn at_front(api: &Api, version: i16, rest: &[u8]) -> Option<Duration> {
    let mut rest = if api.response_header_version(version) > 0 {
        rest.strip_prefix(&[0])?
    } else {
        rest
    };
    let fields = api.response.root.fields.iter();
    for field in fields.filter(|field| field.versions.contain(version)) {
        if field.name == FIELD {
            return time(rest.first_chunk()?);
        }
        rest = rest.get(field.kind.width()?..)?;
    }
    None
}

/// The throttle time at the end of an answer, where `Produce` and the APIs of delegation tokens have
/// it; `tail` ends where the answer does. Not found behind the addresses of new leaders (KIP-951),
/// which come with errors alone.
pub(super) fn at_end(api: &Api, version: i16, tail: &[u8]) -> Option<Duration> {
    let ends_with_it = matches!(
        api.key,
        api_key::PRODUCE
            | api_key::CREATE_DELEGATION_TOKEN
            | api_key::RENEW_DELEGATION_TOKEN
            | api_key::EXPIRE_DELEGATION_TOKEN
            | api_key::DESCRIBE_DELEGATION_TOKEN
    );
    if !ends_with_it {
        return None;
    }
    let tail = if api.response.is_flexible(version) {
        tail.strip_suffix(&[0])?
    } else {
        tail
    };
    time(tail.last_chunk()?)
}

fn time(bytes: &[u8; 4]) -> Option<Duration> {
    let ms = u64::try_from(i32::from_be_bytes(*bytes)).ok()?;
    (ms > 0).then(|| Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{frame, tables::APIS, value::Value};

    #[test]
    fn the_tail_is_the_same_however_the_answer_comes() {
        let answer: Vec<u8> = (1..=12).collect();
        for first in 0..=answer.len() {
            for second in first..=answer.len() {
                let mut tail = Tail::default();
                tail.push(&answer[..first]);
                tail.push(&answer[first..second]);
                tail.push(&answer[second..]);
                assert_eq!(tail.bytes(), &answer[7..], "{first} {second}");
            }
        }
    }

    #[test]
    fn every_answer_that_tells_of_throttling_is_heard() {
        let mut heard = 0;
        for api in APIS.iter().filter(|api| api.broker) {
            let has = api.response.root.fields.iter().find(|f| f.name == FIELD);
            // `ApiVersions` is answered here.
            let Some(field) = has.filter(|_| api.key != api_key::API_VERSIONS) else {
                continue;
            };
            for version in api.min_version..=api.max_version {
                for ms in [0, 1234] {
                    let body = Value::fields([(FIELD, ms.into())]);
                    let Ok(answer) = frame::response(api, version, 7, &body) else {
                        continue;
                    };
                    let there = field.versions.contain(version) && ms > 0;
                    let expected = there.then(|| Duration::from_millis(1234));
                    let front = at_front(api, version, &answer[8..(8 + HEAD).min(answer.len())]);
                    let found = front.or_else(|| at_end(api, version, &answer));
                    assert_eq!(found, expected, "{} v{version}", api.name);
                    heard += i32::from(found.is_some());
                }
            }
        }
        assert!(heard > 200, "{heard}");
    }
}
