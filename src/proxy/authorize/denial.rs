//! Answers that consist of an error code at the top level.

use crate::wire::api::Api;
use crate::wire::frame;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The error code's field, at every level of every answer but for a few.
pub(super) const ERROR_CODE: &str = "ErrorCode";

/// Kafka's "no node", "no port", "no epoch".
const NONE: i32 = -1;

/// An answer to a request of `api` and `version` that carries `error_code` and nothing else, with its four
/// length bytes. `None` where the answer has no error code of its own in that version (Metadata before
/// 13, Produce, OffsetCommit, ...): there only a close is left, or a refusal of each item.
#[must_use]
pub fn error_answer(
    api: &'static Api,
    version: i16,
    correlation_id: i32,
    error_code: i16,
) -> Option<Vec<u8>> {
    if !api.supports(version) || !has_top_level(api, version) {
        return None;
    }
    frame::response(
        api,
        version,
        correlation_id,
        &top_level(api, version, error_code),
    )
    .ok()
}

/// Whether answers of `api` in `version` have an error code at the top level.
pub(super) fn has_top_level(api: &Api, version: i16) -> bool {
    let fields = api.response.root.fields;
    fields
        .iter()
        .any(|f| f.name == ERROR_CODE && f.versions.contain(version))
}

/// The body of such an answer: what Kafka's `getErrorResponse` of that API sets, where that is not what
/// the definition has as default.
pub(super) fn top_level(api: &Api, version: i16, error_code: i16) -> Value {
    let mut body = Value::fields([(ERROR_CODE, error_code.into())]);
    match api.key {
        api_key::FIND_COORDINATOR => {
            body.set("NodeId", NONE);
            body.set("Port", NONE);
        }
        api_key::INIT_PRODUCER_ID => body.set("ProducerEpoch", NONE),
        api_key::JOIN_GROUP if version >= 7 => body.set("ProtocolName", Value::Null),
        api_key::DESCRIBE_CLIENT_QUOTAS => body.set("Entries", Value::Null),
        _ => {}
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read::read;
    use crate::wire::tables::APIS;

    #[test]
    fn every_answer_with_a_code_of_its_own_can_be_made_and_read() {
        let mut made = 0;
        for api in APIS {
            for version in api.min_version..=api.max_version {
                let Some(answer) = error_answer(api, version, 77, 34) else {
                    assert!(!has_top_level(api, version), "{} v{version}", api.name);
                    continue;
                };
                let frame = &answer[frame::LENGTH_BYTES..];
                let (id, at) = frame::response_header(api, version, frame).unwrap();
                let body = read(api.response, version, &frame[at..]).unwrap();
                assert_eq!(
                    (id, body.int(ERROR_CODE)),
                    (77, Some(34)),
                    "{} v{version}",
                    api.name
                );
                made += 1;
            }
        }
        assert!(made > 100, "{made}");
    }

    #[test]
    fn answers_without_a_code_of_their_own_are_not_made_up() {
        for (key, version) in [
            (api_key::PRODUCE, 13),
            (api_key::METADATA, 12),
            (api_key::FETCH, 6),
        ] {
            let api = crate::wire::api::api(key).unwrap();
            assert_eq!(error_answer(api, version, 1, 34), None, "{}", api.name);
        }
    }
}
