//! What must differ between two clusters, and what has no order: removed before answers are compared.
//!
//! Both are tables, each row with its reason.

use oathgate::wire::{
    tables::api_key::*,
    value::{Fields, Value},
};
use std::collections::HashMap;

/// What becomes of a field.
#[derive(Clone, Copy)]
enum Rule {
    /// Only whether it is there.
    Hidden,
    /// Only whether it is negative, zero or positive.
    Sign,
    /// Only whether it is empty.
    Filled,
}

use Rule::{Filled, Hidden, Sign};

/// API (none = all), field, rule, reason.
const FIELDS: &[(Option<i16>, &str, Rule, &str)] = &[
    (None, "ThrottleTimeMs", Hidden, "by time"),
    (None, "Host", Filled, "each side has its own addresses"),
    (None, "Port", Sign, "each side has its own addresses"),
    (None, "ProducerId", Sign, "given out in blocks"),
    (
        None,
        "MemberId",
        Filled,
        "the coordinator makes a random one",
    ),
    (Some(JOIN_GROUP), "Leader", Filled, "a member id"),
    (
        Some(FETCH),
        "SessionId",
        Hidden,
        "random; and sessionless with a denied topic (DATA-PATH 5.2)",
    ),
    (
        Some(LIST_TRANSACTIONS),
        "ProducerId",
        Sign,
        "given out in blocks",
    ),
    (
        Some(DESCRIBE_TRANSACTIONS),
        "TransactionStartTimeMs",
        Sign,
        "by time",
    ),
    (Some(DESCRIBE_PRODUCERS), "LastTimestamp", Sign, "by time"),
    (
        Some(DESCRIBE_LOG_DIRS),
        "LogDir",
        Filled,
        "each broker has its own folder",
    ),
    (Some(DESCRIBE_LOG_DIRS), "TotalBytes", Sign, "of the disk"),
    (Some(DESCRIBE_LOG_DIRS), "UsableBytes", Sign, "of the disk"),
    (
        Some(DESCRIBE_LOG_DIRS),
        "PartitionSize",
        Sign,
        "internal topics hold times and random ids",
    ),
    (
        Some(DESCRIBE_QUORUM),
        "HighWatermark",
        Sign,
        "the controller writes by time",
    ),
    (
        Some(DESCRIBE_QUORUM),
        "LogEndOffset",
        Sign,
        "the controller writes by time",
    ),
    (Some(DESCRIBE_QUORUM), "LastFetchTimestamp", Sign, "by time"),
    (
        Some(DESCRIBE_QUORUM),
        "LastCaughtUpTimestamp",
        Sign,
        "by time",
    ),
    (
        Some(DESCRIBE_QUORUM),
        "ReplicaDirectoryId",
        Hidden,
        "random",
    ),
    (
        Some(DESCRIBE_QUORUM),
        "Listeners",
        Hidden,
        "Oathgate leaves out where controllers listen",
    ),
    (
        Some(ALTER_SHARE_GROUP_OFFSETS),
        "TopicId",
        Hidden,
        "Kafka tells the id of a topic that it denies; Oathgate would have to ask for it",
    ),
];

/// Values of broker configurations that must differ; those of `listener.name.` too.
const CONFIGS: &[(&str, &str)] = &[
    ("advertised.listeners", "an address"),
    ("authorizer.class.name", "what the sides differ in"),
    ("controller.listener.names", "the name of a listener"),
    ("controller.quorum.bootstrap.servers", "an address"),
    ("controller.quorum.voters", "an address"),
    ("inter.broker.listener.name", "the name of a listener"),
    ("listener.security.protocol.map", "the names of listeners"),
    ("listeners", "an address"),
    ("log.dirs", "a folder"),
    ("ssl.keystore.location", "a folder"),
    ("ssl.truststore.location", "a folder"),
];

/// Groups that are on one side alone: their names hold all of these texts.
const GROUPS: &[(&[&str], &str)] = &[(
    &["-store-", "worker"],
    "a Streams member whose topics may not be created joins nothing, or the broker would create them",
)];

/// Who decides about the order of what an answer lists.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// As the request has it.
    Request,
    /// As Kafka's code produces it, the same each time.
    Kafka,
    /// Nobody: these arrays come out of hash maps.
    None(&'static [&'static str]),
    /// As Kafka's code produces it, but for what it refuses, which comes out of hash sets: the places of
    /// errors in these arrays are compared, not which item has which of them.
    Errors(&'static [&'static str]),
}

/// API, order of its answers; those that are not here list nothing.
const ORDERS: &[(i16, Order)] = &[
    (PRODUCE, Order::None(&["Responses", "PartitionResponses"])),
    // Kafka puts what it refuses last, in the request's order. Oathgate streams the broker's answer and puts
    // what it refused itself after what the broker did. Clients look partitions up.
    (FETCH, Order::None(&["Responses"])),
    (LIST_OFFSETS, Order::Kafka),
    (METADATA, Order::None(&["Topics"])),
    // Kafka puts what it refuses first, in the request's order; Oathgate what it refuses before what the
    // broker does.
    (OFFSET_COMMIT, Order::None(&["Topics"])),
    (OFFSET_FETCH, Order::Kafka),
    (FIND_COORDINATOR, Order::Request),
    (JOIN_GROUP, Order::Kafka),
    (LEAVE_GROUP, Order::Request),
    (DESCRIBE_QUORUM, Order::Kafka),
    (UPDATE_FEATURES, Order::Kafka),
    (STREAMS_GROUP_HEARTBEAT, Order::Kafka),
    (DESCRIBE_GROUPS, Order::Kafka),
    (LIST_GROUPS, Order::None(&["Groups"])),
    (CREATE_TOPICS, Order::Errors(&["Topics"])),
    // Kafka shuffles them, so that nobody learns which ones there are.
    (DELETE_TOPICS, Order::None(&["Responses"])),
    (DELETE_RECORDS, Order::None(&["Topics", "Partitions"])),
    (OFFSET_FOR_LEADER_EPOCH, Order::Kafka),
    (
        ADD_PARTITIONS_TO_TXN,
        Order::None(&["ResultsByTopicV3AndBelow", "ResultsByPartition"]),
    ),
    (WRITE_TXN_MARKERS, Order::Kafka),
    (TXN_OFFSET_COMMIT, Order::None(&["Topics"])),
    (DESCRIBE_ACLS, Order::None(&["Resources", "Acls"])),
    (CREATE_ACLS, Order::Request),
    (DELETE_ACLS, Order::Request),
    (DESCRIBE_CONFIGS, Order::Kafka),
    (ALTER_CONFIGS, Order::Kafka),
    (ALTER_REPLICA_LOG_DIRS, Order::Kafka),
    (
        DESCRIBE_LOG_DIRS,
        Order::None(&["Results", "Topics", "Partitions"]),
    ),
    (CREATE_PARTITIONS, Order::Errors(&["Results"])),
    (DELETE_GROUPS, Order::Kafka),
    (ELECT_LEADERS, Order::Kafka),
    (INCREMENTAL_ALTER_CONFIGS, Order::Kafka),
    (ALTER_PARTITION_REASSIGNMENTS, Order::Kafka),
    (LIST_PARTITION_REASSIGNMENTS, Order::Kafka),
    (OFFSET_DELETE, Order::None(&["Topics"])),
    (DESCRIBE_CLIENT_QUOTAS, Order::None(&["Entries"])),
    (ALTER_CLIENT_QUOTAS, Order::Request),
    (
        DESCRIBE_USER_SCRAM_CREDENTIALS,
        Order::None(&["Results", "CredentialInfos"]),
    ),
    (ALTER_USER_SCRAM_CREDENTIALS, Order::None(&["Results"])),
    (DESCRIBE_CLUSTER, Order::Kafka),
    (DESCRIBE_PRODUCERS, Order::Kafka),
    (
        DESCRIBE_TRANSACTIONS,
        Order::None(&["Topics", "TransactionStates"]),
    ),
    (LIST_TRANSACTIONS, Order::None(&["TransactionStates"])),
    (CONSUMER_GROUP_HEARTBEAT, Order::None(&["TopicPartitions"])),
    (CONSUMER_GROUP_DESCRIBE, Order::Kafka),
    (LIST_CONFIG_RESOURCES, Order::None(&["ConfigResources"])),
    (DESCRIBE_TOPIC_PARTITIONS, Order::Errors(&["Topics"])),
    (SHARE_GROUP_HEARTBEAT, Order::None(&["TopicPartitions"])),
    (SHARE_GROUP_DESCRIBE, Order::Kafka),
    (SHARE_FETCH, Order::None(&["Responses"])),
    (SHARE_ACKNOWLEDGE, Order::None(&["Responses"])),
    (STREAMS_GROUP_DESCRIBE, Order::Kafka),
    (DESCRIBE_SHARE_GROUP_OFFSETS, Order::None(&["Topics"])),
    (ALTER_SHARE_GROUP_OFFSETS, Order::None(&["Responses"])),
    (DELETE_SHARE_GROUP_OFFSETS, Order::None(&["Responses"])),
];

/// The order of the answers of an API.
pub(super) fn order(key: i16) -> Option<Order> {
    let row = ORDERS.iter().find(|(known, _)| *known == key);
    row.map(|(_, order)| *order)
}

/// How a message begins that is a Java object printed, addresses, ports and all: what Kafka says where
/// its code asks for a right of the cluster. Instead of it goes what Kafka says elsewhere.
const PRINTED: &str = "Request Request(";
const CLUSTER_DENIED: &str = "Cluster authorization failed.";

/// What two answers are compared by.
pub(super) struct Normal<'a> {
    key: i16,
    order: Option<Order>,
    names: &'a HashMap<[u8; 16], String>,
}

impl<'a> Normal<'a> {
    /// For answers of the API `key` by the side that has topics of these `names`.
    pub(super) fn new(key: i16, names: &'a HashMap<[u8; 16], String>) -> Self {
        let order = order(key);
        Self { key, order, names }
    }

    /// `value` without what must differ.
    pub(super) fn of(&self, value: &Value) -> Value {
        match value {
            Value::Struct(fields) => {
                let hidden = fields.get("Name").and_then(Value::as_str);
                let hidden = hidden.is_some_and(is_hidden);
                let mut normal = Fields::default();
                for (name, value) in fields.iter() {
                    let value = match self.rule(name) {
                        _ if hidden && name != "Name" => "hidden".into(),
                        Some(rule) => ruled(rule, value),
                        None => self.ordered(name, self.of(value)),
                    };
                    normal.set(name, value);
                }
                Value::Struct(normal)
            }
            Value::Array(items) => {
                let both = items.iter().filter(|item| !is_of_one_side(item));
                Value::array(both.map(|item| self.of(item)))
            }
            Value::Uuid(id) => match self.names.get(id) {
                Some(name) => format!("the id of {name}").into(),
                None => value.clone(),
            },
            Value::Str(text) if text.starts_with(PRINTED) => CLUSTER_DENIED.into(),
            other => other.clone(),
        }
    }

    fn rule(&self, name: &str) -> Option<Rule> {
        let mine = |key: &Option<i16>| key.is_none_or(|key| key == self.key);
        let row = FIELDS.iter().find(|row| row.1 == name && mine(&row.0));
        row.map(|row| row.2)
    }

    fn ordered(&self, name: &str, value: Value) -> Value {
        match (self.order, value) {
            (Some(Order::None(arrays)), Value::Array(mut items)) if arrays.contains(&name) => {
                items.sort_by_cached_key(|item| format!("{item:?}"));
                Value::Array(items)
            }
            (Some(Order::Errors(arrays)), Value::Array(mut items)) if arrays.contains(&name) => {
                sort_errors(&mut items);
                Value::Array(items)
            }
            (_, value) => value,
        }
    }
}

fn sort_errors(items: &mut [Value]) {
    let places = (0..items.len()).filter(|at| items[*at].int("ErrorCode") != Some(0));
    let places: Vec<usize> = places.collect();
    let mut sorted: Vec<Value> = places.iter().map(|at| items[*at].clone()).collect();
    sorted.sort_by_cached_key(|item| format!("{item:?}"));
    for (at, item) in places.into_iter().zip(sorted) {
        items[at] = item;
    }
}

fn is_of_one_side(item: &Value) -> bool {
    let group = item.str("GroupId").unwrap_or_default();
    let holds = |(texts, _): &(&[&str], &str)| texts.iter().all(|text| group.contains(text));
    GROUPS.iter().any(holds)
}

fn is_hidden(config: &str) -> bool {
    config.starts_with("listener.name.") || CONFIGS.iter().any(|(name, _)| *name == config)
}

fn ruled(rule: Rule, value: &Value) -> Value {
    match (rule, value) {
        (Hidden, _) => "hidden".into(),
        (Sign, Value::Int(number)) => number.signum().into(),
        (Filled, Value::Str(text)) if !text.is_empty() => "filled".into(),
        (_, other) => other.clone(),
    }
}
