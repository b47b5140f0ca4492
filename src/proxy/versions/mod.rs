//! What `ApiVersions` says: which APIs, versions and features a client may use here. Knows the wire and
//! the guard's table; no sockets. Brokers are asked by others, their answers come in as [`Value`]s.
//!
//! As in Kafka 4.4: KIP-35, KIP-511 (fallback), KIP-584 (features), KIP-1242 (cluster and node id).

mod client;
mod offer;

pub use client::{Place, check_identity, check_request};
pub use offer::{Offer, Offers};

use std::collections::BTreeMap;

use crate::proxy::authorize::{ADD_PARTITIONS_CLIENT_MAX, Decides, Guard, Rules, guard};
use crate::wire::api::{self, Api};
use crate::wire::tables::{API_VERSIONS, APIS, api_key};
use crate::wire::value::Value;
use crate::wire::write::Unwritable;
use crate::wire::{error_code, frame};

/// The feature that makes Java producers use transactions V2 (KIP-890).
const TRANSACTION_VERSION: &str = "transaction.version";

/// Its first level with transactions V2.
const TRANSACTIONS_V2: i16 = 2;

/// The first Produce version that transactions V2 can be used with.
const TRANSACTIONS_V2_PRODUCE: i16 = 12;

/// The newest `ConsumerGroupHeartbeat` without `SubscribedTopicRegex`, which the broker would resolve by
/// an identity that is not the client's (KIP-848). Where roles and ACLs decide, it is resolved here.
const HEARTBEAT_WITHOUT_REGEX: i16 = 0;

/// The first `ApiVersions` with the client's software in the request and features in the answer.
const FEATURES_SINCE: i16 = 3;

/// The versions of one API, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Oldest.
    pub min: i16,
    /// Newest; not below `min`.
    pub max: i16,
}

/// A feature of the cluster (KIP-584) and its levels, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Feature {
    name: String,
    min: i16,
    max: i16,
}

/// What one broker can do, or what is told to a client: APIs, versions, features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supported {
    ranges: BTreeMap<i16, Range>,
    features: Vec<Feature>,
    finalized: Vec<Feature>,
    finalized_epoch: i64,
    zk_migration_ready: bool,
}

/// Why a broker's `ApiVersions` answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The broker answered with an error.
    #[error("the broker answered ApiVersions with error code {0}")]
    Error(i64),
    /// The broker named no API that Oathgate knows.
    #[error("the broker's ApiVersions answer names no API that is known here")]
    Empty,
}

impl Supported {
    /// Takes over the body of an `ApiVersions` answer of any version.
    ///
    /// # Errors
    /// When the answer carries an error code, or no API of the tables.
    pub fn from_answer(body: &Value) -> Result<Self, Unusable> {
        match body.int("ErrorCode") {
            None | Some(0) => {}
            Some(code) => return Err(Unusable::Error(code)),
        }
        let mut ranges = BTreeMap::new();
        for item in body.items("ApiKeys") {
            let bounds = (
                short(item, "ApiKey"),
                short(item, "MinVersion"),
                short(item, "MaxVersion"),
            );
            if let (Some(key), Some(min), Some(max)) = bounds
                && min <= max
            {
                ranges.insert(key, Range { min, max });
            }
        }
        if !ranges.keys().any(|key| api::api(*key).is_some()) {
            return Err(Unusable::Empty);
        }
        let features = |list, min, max| {
            body.items(list)
                .iter()
                .filter_map(move |item| Feature::read(item, min, max))
                .collect()
        };
        Ok(Self {
            ranges,
            features: features("SupportedFeatures", "MinVersion", "MaxVersion"),
            finalized: features("FinalizedFeatures", "MinVersionLevel", "MaxVersionLevel"),
            finalized_epoch: body.int("FinalizedFeaturesEpoch").unwrap_or(-1),
            zk_migration_ready: body.bool("ZkMigrationReady") == Some(true),
        })
    }

    /// What all of `all` can do; of none, nothing.
    ///
    /// Finalized features are those of the newest epoch, as brokers of one cluster agree on them in the
    /// end. With `shared_bootstrap` the brokers are of several clusters, whose features and epochs have
    /// nothing to do with each other: they are left out, and the epoch is -1 (unknown).
    #[must_use]
    pub fn intersect(all: &[&Self], shared_bootstrap: bool) -> Self {
        let mut rest = all.iter();
        let Some(first) = rest.next() else {
            return Self::nothing();
        };
        let mut common = (*first).clone();
        for other in rest {
            common.narrow(other);
        }
        if shared_bootstrap {
            common.forget_finalized();
            common.zk_migration_ready = false;
        }
        common
    }

    /// The versions of the API `key` that may be used: those in the range that the tables can read
    /// (the range of Produce starts at 0 without that being so).
    fn served(&self, key: i16) -> Option<Range> {
        let (api, range) = (api::api(key)?, self.range(key)?);
        let served = Range {
            min: range.min.max(api.min_version),
            max: range.max.min(api.max_version),
        };
        (served.min <= served.max).then_some(served)
    }

    /// The versions of the API `key`.
    #[must_use]
    pub fn range(&self, key: i16) -> Option<Range> {
        self.ranges.get(&key).copied()
    }

    fn nothing() -> Self {
        Self {
            ranges: BTreeMap::new(),
            features: Vec::new(),
            finalized: Vec::new(),
            finalized_epoch: -1,
            zk_migration_ready: false,
        }
    }

    fn narrow(&mut self, other: &Self) {
        self.ranges.retain(|key, range| {
            let Some(theirs) = other.ranges.get(key) else {
                return false;
            };
            range.min = range.min.max(theirs.min);
            range.max = range.max.min(theirs.max);
            range.min <= range.max
        });
        self.features.retain_mut(|feature| {
            let Some(theirs) = other.features.iter().find(|f| f.name == feature.name) else {
                return false;
            };
            feature.min = feature.min.max(theirs.min);
            feature.max = feature.max.min(theirs.max);
            feature.min <= feature.max
        });
        if other.finalized_epoch > self.finalized_epoch {
            self.finalized.clone_from(&other.finalized);
            self.finalized_epoch = other.finalized_epoch;
        }
        self.zk_migration_ready &= other.zk_migration_ready;
    }

    fn forget_finalized(&mut self) {
        self.finalized.clear();
        self.finalized_epoch = -1;
    }

    /// Transactions V2 need a Produce that can carry them: a client that sees the feature uses it
    /// without asking for the version, and its transactions fail.
    fn hide_unusable_transactions(&mut self) {
        let carried = self
            .range(api_key::PRODUCE)
            .is_some_and(|range| range.max >= TRANSACTIONS_V2_PRODUCE);
        if !carried {
            self.finalized
                .retain(|f| f.name != TRANSACTION_VERSION || f.max < TRANSACTIONS_V2);
        }
    }

    fn body(&self, version: i16) -> Value {
        let ranges = self
            .ranges
            .iter()
            .map(|(key, range)| api_range(*key, *range));
        let mut body = Value::fields([
            ("ErrorCode", error_code::NONE.into()),
            ("ApiKeys", Value::array(ranges)),
        ]);
        if version >= FEATURES_SINCE {
            body.set(
                "SupportedFeatures",
                features(&self.features, "MinVersion", "MaxVersion"),
            );
            body.set("FinalizedFeaturesEpoch", self.finalized_epoch);
            let finalized = features(&self.finalized, "MinVersionLevel", "MaxVersionLevel");
            body.set("FinalizedFeatures", finalized);
            body.set("ZkMigrationReady", self.zk_migration_ready);
        }
        body
    }
}

impl Feature {
    fn read(item: &Value, min: &str, max: &str) -> Option<Self> {
        Some(Self {
            name: item.str("Name")?.to_owned(),
            min: short(item, min)?,
            max: short(item, max)?,
        })
    }
}

fn short(item: &Value, name: &str) -> Option<i16> {
    i16::try_from(item.int(name)?).ok()
}

fn api_range(key: i16, range: Range) -> Value {
    Value::fields([
        ("ApiKey", key.into()),
        ("MinVersion", range.min.into()),
        ("MaxVersion", range.max.into()),
    ])
}

fn features(list: &[Feature], min: &'static str, max: &'static str) -> Value {
    let item = |f: &Feature| {
        Value::fields([
            ("Name", f.name.as_str().into()),
            (min, f.min.into()),
            (max, f.max.into()),
        ])
    };
    Value::Array(list.iter().map(item).collect())
}

// --- what is told to clients ------------------------------------------------------------------

/// What a client is told, given what the broker (or all brokers in question) can do: the tables
/// intersected with that, without what is refused whoever asks.
#[must_use]
pub fn advertise(broker: &Supported, rules: Rules) -> Supported {
    let mut told = broker.clone();
    told.ranges = APIS
        .iter()
        .filter_map(|api| Some((api.key, advertised_range(api, broker, rules)?)))
        .collect();
    told.hide_unusable_transactions();
    told
}

fn advertised_range(api: &Api, broker: &Supported, rules: Rules) -> Option<Range> {
    let known = Range {
        min: api.min_version,
        max: api.max_version,
    };
    let max = match guard(api.key) {
        Guard::Blocked => return None,
        Guard::Local => return Some(known),
        Guard::Tokens if !rules.own_identity => return None,
        Guard::Telemetry if !rules.telemetry => return None,
        Guard::Regex if !rules.own_identity && rules.decides != Decides::Here => {
            HEARTBEAT_WITHOUT_REGEX
        }
        Guard::VerifyTransactions => ADD_PARTITIONS_CLIENT_MAX,
        _ => known.max,
    };
    let theirs = broker.range(api.key)?;
    let common = Range {
        min: known.min.max(theirs.min),
        max: max.min(theirs.max),
    };
    if common.min > common.max {
        return None;
    }
    // Brokers say 0 for Produce though they refuse 0..2: old librdkafka takes a higher minimum for the
    // lack of other features (KAFKA-18659).
    let keep_zero = api.key == api_key::PRODUCE && theirs.min == 0;
    Some(if keep_zero {
        Range { min: 0, ..common }
    } else {
        common
    })
}

/// The `ApiVersions` answer, as a whole frame with its length.
///
/// `error` 0 gives what is `advertised`; any other gives that error alone. A `version` that is not known
/// is answered in version 0 with error 35 and the versions of `ApiVersions` itself, whatever `error` is,
/// so that the client can come down to one that both know (KIP-511).
///
/// # Errors
/// Never for what [`advertise`] made; the writer checks what it is given.
pub fn answer(
    version: i16,
    correlation_id: i32,
    advertised: &Supported,
    error: i16,
) -> Result<Vec<u8>, Unwritable> {
    let api = &API_VERSIONS;
    if !api.supports(version) {
        let own = Range {
            min: api.min_version,
            max: api.max_version,
        };
        let body = Value::fields([
            ("ErrorCode", error_code::UNSUPPORTED_VERSION.into()),
            ("ApiKeys", Value::array([api_range(api.key, own)])),
        ]);
        return frame::response(api, 0, correlation_id, &body);
    }
    let body = if error == error_code::NONE {
        advertised.body(version)
    } else {
        Value::fields([("ErrorCode", error.into())])
    };
    frame::response(api, version, correlation_id, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read::read;

    const OWN: Rules = Rules {
        decides: Decides::Brokers,
        own_identity: true,
        admin_apis: false,
        telemetry: true,
    };
    const SHARED: Rules = Rules {
        decides: Decides::Brokers,
        own_identity: false,
        admin_apis: false,
        telemetry: true,
    };
    const HERE: Rules = Rules {
        decides: Decides::Here,
        ..SHARED
    };

    fn item(names: [&'static str; 3], values: (Value, i16, i16)) -> Value {
        let [first, min, max] = names;
        Value::fields([
            (first, values.0),
            (min, values.1.into()),
            (max, values.2.into()),
        ])
    }

    /// A broker that serves `ranges`, with transactions V2 finalized at `epoch`.
    fn broker(ranges: &[(i16, i16, i16)], epoch: i64) -> Supported {
        let keys = ["ApiKey", "MinVersion", "MaxVersion"];
        let keys = ranges
            .iter()
            .map(|(key, min, max)| item(keys, ((*key).into(), *min, *max)));
        let name = || Value::from(TRANSACTION_VERSION);
        let supported = item(["Name", "MinVersion", "MaxVersion"], (name(), 0, 2));
        let finalized = item(
            ["Name", "MinVersionLevel", "MaxVersionLevel"],
            (name(), 1, 2),
        );
        let body = Value::fields([
            ("ErrorCode", 0i16.into()),
            ("ApiKeys", Value::array(keys)),
            ("SupportedFeatures", Value::array([supported])),
            ("FinalizedFeatures", Value::array([finalized])),
            ("FinalizedFeaturesEpoch", epoch.into()),
        ]);
        Supported::from_answer(&body).unwrap()
    }

    /// A broker of the tables' own age, and some.
    fn newest() -> Supported {
        let mut ranges: Vec<_> = APIS
            .iter()
            .map(|a| (a.key, a.min_version, a.max_version + 1))
            .collect();
        ranges.push((200, 0, 0));
        ranges[0].1 = 0; // Produce, as brokers say
        broker(&ranges, 5)
    }

    fn range(told: &Supported, key: i16) -> Option<(i16, i16)> {
        told.range(key).map(|range| (range.min, range.max))
    }

    /// The body of the answer, which must be one of `version`.
    fn told(version: i16, of: &Supported, error: i16) -> Value {
        let read_as = if API_VERSIONS.supports(version) {
            version
        } else {
            0
        };
        let frame = answer(version, 42, of, error).unwrap();
        let frame = &frame[frame::LENGTH_BYTES..];
        let (id, at) = frame::response_header(&API_VERSIONS, read_as, frame).unwrap();
        assert_eq!((id, at), (42, 4), "always header 0");
        read(API_VERSIONS.response, read_as, &frame[at..]).unwrap()
    }

    #[test]
    fn what_is_told_is_the_tables_and_the_brokers_without_what_is_refused() {
        for (rules, expected) in [
            (OWN, [Some((1, 3)), Some((0, 1))]),
            (SHARED, [None, Some((0, 0))]),
            (HERE, [None, Some((0, 1))]),
        ] {
            let all = advertise(&newest(), rules);
            assert_eq!(range(&all, api_key::CREATE_DELEGATION_TOKEN), expected[0]);
            assert_eq!(range(&all, api_key::DESCRIBE_DELEGATION_TOKEN), expected[0]);
            assert_eq!(range(&all, api_key::CONSUMER_GROUP_HEARTBEAT), expected[1]);
            for (key, told) in [
                (api_key::PRODUCE, Some((0, 13))),
                (api_key::FETCH, Some((4, 18))),
                (api_key::SASL_HANDSHAKE, Some((0, 1))),
                (api_key::API_VERSIONS, Some((0, 5))),
                (api_key::SASL_AUTHENTICATE, Some((0, 2))),
                (api_key::ADD_PARTITIONS_TO_TXN, Some((0, 3))),
                (api_key::PUSH_TELEMETRY, Some((0, 0))),
                (
                    api_key::STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
                    Some((0, 0)),
                ),
                (api_key::UNREGISTER_CONTROLLER, Some((0, 0))),
                (api_key::VOTE, None),
                (api_key::READ_SHARE_GROUP_STATE, None),
                (200, None),
            ] {
                assert_eq!(range(&all, key), told, "{key}");
            }
        }
    }

    #[test]
    fn telemetry_is_told_of_where_the_cluster_wants_it() {
        let without = Rules {
            telemetry: false,
            ..HERE
        };
        for (rules, told) in [(HERE, Some((0, 0))), (without, None)] {
            let all = advertise(&newest(), rules);
            for key in [
                api_key::GET_TELEMETRY_SUBSCRIPTIONS,
                api_key::PUSH_TELEMETRY,
            ] {
                assert_eq!(range(&all, key), told);
            }
        }
    }

    #[test]
    fn a_broker_without_an_api_or_with_other_versions_narrows_what_is_told() {
        let old = broker(
            &[
                (api_key::PRODUCE, 3, 13),
                (api_key::FETCH, 0, 11),
                (api_key::METADATA, 14, 20),
                (api_key::ADD_PARTITIONS_TO_TXN, 4, 5),
            ],
            1,
        );
        let told = advertise(&old, OWN);
        assert_eq!(range(&told, api_key::PRODUCE), Some((3, 13)));
        assert_eq!(range(&told, api_key::FETCH), Some((4, 11)));
        assert_eq!(range(&told, api_key::METADATA), None);
        assert_eq!(range(&told, api_key::ADD_PARTITIONS_TO_TXN), None);
        assert_eq!(range(&told, api_key::LIST_OFFSETS), None);
        assert_eq!(range(&told, api_key::API_VERSIONS), Some((0, 5)));
    }

    #[test]
    fn only_what_was_told_and_can_be_read_is_served() {
        let told = Offer::new(advertise(&newest(), SHARED));
        for (key, version, served) in [
            (api_key::PRODUCE, 13, true),
            (api_key::PRODUCE, 3, true),
            (api_key::PRODUCE, 2, false), // told, yet no broker takes it
            (api_key::PRODUCE, 14, false),
            (api_key::ADD_PARTITIONS_TO_TXN, 4, false),
            (api_key::CONSUMER_GROUP_HEARTBEAT, 1, false),
            (api_key::VOTE, 0, false),
            (200, 0, false),
            (-1, 0, false),
        ] {
            assert_eq!(told.serves(key, version), served, "{key} v{version}");
        }
    }

    #[test]
    fn brokers_meet_in_what_all_of_them_can() {
        let one = broker(
            &[
                (api_key::PRODUCE, 0, 13),
                (api_key::FETCH, 4, 18),
                (10, 0, 1),
            ],
            7,
        );
        let two = broker(
            &[
                (api_key::PRODUCE, 0, 12),
                (api_key::FETCH, 12, 17),
                (10, 2, 3),
            ],
            8,
        );
        let both = Supported::intersect(&[&one, &two], false);
        assert_eq!(range(&both, api_key::PRODUCE), Some((0, 12)));
        assert_eq!(range(&both, api_key::FETCH), Some((12, 17)));
        assert_eq!(range(&both, 10), None);
        assert_eq!(
            (
                both.finalized_epoch,
                both.finalized.len(),
                both.features.len()
            ),
            (8, 1, 1)
        );
        let clusters = Supported::intersect(&[&one, &two], true);
        assert_eq!(
            (clusters.finalized_epoch, clusters.finalized.len()),
            (-1, 0)
        );
        assert_eq!(Supported::intersect(&[], false), Supported::nothing());
    }

    #[test]
    fn transactions_v2_are_never_told_without_a_produce_for_them() {
        for (max, told) in [(11, 0), (12, 1), (13, 1)] {
            let broker = broker(&[(api_key::PRODUCE, 0, max)], 1);
            assert_eq!(advertise(&broker, OWN).finalized.len(), told, "{max}");
        }
    }

    #[test]
    fn every_version_is_answered_and_read_back() {
        let of = advertise(&newest(), OWN);
        for version in API_VERSIONS.min_version..=API_VERSIONS.max_version {
            let body = told(version, &of, 0);
            let mut expected = of.clone();
            if version < FEATURES_SINCE {
                expected.features.clear();
                expected.forget_finalized();
            }
            assert_eq!(Supported::from_answer(&body), Ok(expected), "v{version}");
            for error in [42, 129] {
                let body = told(version, &of, error);
                assert_eq!(body.int("ErrorCode"), Some(error.into()));
                assert!(body.items("ApiKeys").is_empty());
                assert_eq!(
                    Supported::from_answer(&body),
                    Err(Unusable::Error(error.into()))
                );
            }
        }
    }

    #[test]
    fn unknown_versions_are_answered_in_version_0() {
        for version in [-1, 6, 127, i16::MAX] {
            let frame = answer(version, 7, &newest(), 0).unwrap();
            let expected = [
                0, 0, 0, 16, 0, 0, 0, 7, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 5,
            ];
            assert_eq!(frame, expected, "{version}");
        }
    }

    #[test]
    fn an_answer_without_apis_is_of_no_use() {
        let body = Value::fields([("ErrorCode", 0i16.into())]);
        assert_eq!(Supported::from_answer(&body), Err(Unusable::Empty));
    }
}
