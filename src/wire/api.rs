//! The registry of Kafka's APIs: which keys exist, in which versions, with which headers.

use std::sync::LazyLock;

use super::schema::Message;
use super::tables::{APIS, api_key};

/// One API of Kafka.
#[derive(Debug)]
pub struct Api {
    /// The number on the wire.
    pub key: i16,
    /// E.g. `Fetch`.
    pub name: &'static str,
    pub request: &'static Message,
    pub response: &'static Message,
    /// Oldest version.
    pub min_version: i16,
    /// Newest stable version: one marked `latestVersionUnstable` is left out.
    pub max_version: i16,
    /// Whether a broker's client listener serves it (else: controllers only).
    pub broker: bool,
}

impl Api {
    /// Whether `version` is in the tables and stable.
    #[must_use]
    pub const fn supports(&self, version: i16) -> bool {
        self.min_version <= version && version <= self.max_version
    }

    /// Version of the request header: 2 where the request is flexible, else 1.
    #[must_use]
    pub const fn request_header_version(&self, version: i16) -> i16 {
        if self.request.is_flexible(version) {
            2
        } else {
            1
        }
    }

    /// Version of the response header: 1 where the response is flexible, else 0. `ApiVersions`
    /// answers with 0 always, for clients that do not know the broker yet (KIP-511).
    #[must_use]
    pub const fn response_header_version(&self, version: i16) -> i16 {
        if self.key != api_key::API_VERSIONS && self.response.is_flexible(version) {
            1
        } else {
            0
        }
    }
}

/// All of them, each at its key: every request asks.
static BY_KEY: LazyLock<Vec<Option<&'static Api>>> = LazyLock::new(|| {
    let newest = APIS.last().map_or(0, |api| api.key);
    let of = |key| APIS.iter().copied().find(|api| api.key == key);
    (0..=newest).map(of).collect()
});

/// The API with key `key`.
#[must_use]
pub fn api(key: i16) -> Option<&'static Api> {
    *BY_KEY.get(usize::try_from(key).ok()?)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_api_by_its_key_and_nothing_else() {
        for known in APIS {
            assert_eq!(api(known.key).unwrap().name, known.name);
        }
        for unknown in [-1, 4, 5, 6, 7, 95, i16::MIN, i16::MAX] {
            assert!(api(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn headers_are_those_of_kafka() {
        // (key, version, request header, response header)
        for (key, version, request, response) in [
            (api_key::PRODUCE, 8, 1, 0),
            (api_key::PRODUCE, 9, 2, 1),
            (api_key::API_VERSIONS, 2, 1, 0),
            (api_key::API_VERSIONS, 3, 2, 0),
            (api_key::API_VERSIONS, 5, 2, 0),
            (api_key::SASL_HANDSHAKE, 1, 1, 0),
            (api_key::OFFSET_DELETE, 0, 1, 0),
            (api_key::SASL_AUTHENTICATE, 2, 2, 1),
        ] {
            let api = api(key).unwrap();
            assert_eq!(api.request_header_version(version), request, "{}", api.name);
            assert_eq!(
                api.response_header_version(version),
                response,
                "{}",
                api.name
            );
        }
    }

    #[test]
    fn ranges_are_those_of_kafka_4_4() {
        for (key, min, max, broker) in [
            (api_key::PRODUCE, 3, 13, true),
            (api_key::FETCH, 4, 18, true),
            (api_key::INIT_PRODUCER_ID, 0, 5, true), // 6 is unstable
            (api_key::API_VERSIONS, 0, 5, true),
            (api_key::VOTE, 0, 2, false),
            (api_key::UNREGISTER_CONTROLLER, 0, 0, true),
        ] {
            let api = api(key).unwrap();
            assert_eq!(
                (api.min_version, api.max_version, api.broker),
                (min, max, broker),
                "{}",
                api.name
            );
            assert!(
                !api.supports(min - 1)
                    && api.supports(min)
                    && api.supports(max)
                    && !api.supports(max + 1)
            );
        }
    }
}
