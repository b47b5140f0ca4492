//! What `ApiVersions` says: which APIs, versions and features a client may use here. Knows the wire and
//! the guard's table; no sockets. Brokers are asked by others, their answers come in as [`Value`]s.
//!
//! As in Kafka 4.4: KIP-35, KIP-511 (fallback), KIP-584 (features), KIP-1242 (cluster and node id).

use std::collections::BTreeMap;

use super::authorize::{Guard, Rules, guard};
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

/// The newest `AddPartitionsToTxn` that clients speak; later ones are between brokers (KIP-890).
const ADD_PARTITIONS_CLIENT_MAX: i16 = 3;

/// The newest `ConsumerGroupHeartbeat` without `SubscribedTopicRegex`, which the broker would resolve by
/// an identity that is not the client's (KIP-848).
const HEARTBEAT_WITHOUT_REGEX: i16 = 0;

/// The first `ApiVersions` with the client's software in the request and features in the answer.
const FEATURES_SINCE: i16 = 3;

/// The first with cluster and node id in the request (KIP-1242).
const IDENTITY_SINCE: i16 = 5;

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

    /// Whether `version` of the API `key` may be used: it is in the range, and the tables can read it
    /// (the range of Produce starts at 0 without that being so).
    #[must_use]
    pub fn serves(&self, key: i16, version: i16) -> bool {
        let known = api::api(key).is_some_and(|api| api.supports(version));
        known
            && self
                .range(key)
                .is_some_and(|range| range.min <= version && version <= range.max)
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
        Guard::Regex if !rules.own_identity => HEARTBEAT_WITHOUT_REGEX,
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

// --- what a client says of itself -------------------------------------------------------------

/// Where an `ApiVersions` request arrived, and what is known of that place.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The bootstrap address of a listener.
    Bootstrap {
        /// Cluster ids, as brokers report them, of the clusters served there; empty while none is known.
        cluster_ids: &'a [&'a str],
    },
    /// The address of one broker.
    Node {
        /// Its cluster's id; `None` while it is not known.
        cluster_id: Option<&'a str>,
        /// Its node id.
        node_id: i32,
    },
}

/// The error code that the body of an `ApiVersions` request deserves: 0, 42 for a client software name or
/// version that is none (version 3 on), or that of [`check_identity`] (version 5 on).
#[must_use]
pub fn check_request(version: i16, body: &Value, place: Place<'_>) -> i16 {
    let named = |name| body.str(name).is_some_and(is_software_word);
    if version >= FEATURES_SINCE && !(named("ClientSoftwareName") && named("ClientSoftwareVersion"))
    {
        return error_code::INVALID_REQUEST;
    }
    if version < IDENTITY_SINCE {
        return error_code::NONE;
    }
    let node_id = body.int("NodeId").and_then(|id| i32::try_from(id).ok());
    check_identity(body.str("ClusterId"), node_id.unwrap_or(-1), place)
}

/// The error code for the cluster and node that a client believes to talk to (KIP-1242): 0 where it
/// says neither or is right, 42 where it says only one of the two, 129 where it is wrong.
///
/// A cluster id that is not known here yet is taken as right: a broker will say the same later.
#[must_use]
pub fn check_identity(cluster_id: Option<&str>, node_id: i32, place: Place<'_>) -> i16 {
    let cluster = match (cluster_id, node_id) {
        (None, -1) => return error_code::NONE,
        (None, _) | (Some(_), -1) => return error_code::INVALID_REQUEST,
        (Some(cluster), _) => cluster,
    };
    let right = match place {
        Place::Bootstrap { cluster_ids } => {
            cluster_ids.is_empty() || cluster_ids.contains(&cluster)
        }
        Place::Node {
            cluster_id: own,
            node_id: node,
        } => node == node_id && own.is_none_or(|own| own == cluster),
    };
    if right {
        error_code::NONE
    } else {
        error_code::REBOOTSTRAP_REQUIRED
    }
}

/// Kafka's `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` (`ApiVersionsRequest`).
fn is_software_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    outer(bytes.first()) && outer(bytes.last()) && bytes.iter().all(inner)
}
