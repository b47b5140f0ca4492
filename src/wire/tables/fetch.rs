//! Fetch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Fetch, key 1.
pub static FETCH: Api = Api {
    key: 1,
    name: "Fetch",
    request: &FETCH_REQUEST,
    response: &FETCH_RESPONSE,
    min_version: 4,
    max_version: 18,
    broker: true,
};

static REQUEST_REPLICA_STATE: Struct = Struct {
    fields: &[
        Field::new("ReplicaId", Versions::from(15), Kind::Int32)
            .default(DefaultValue::Int(-1))
            .mark(Mark::ReplicaId),
        Field::new("ReplicaEpoch", Versions::from(15), Kind::Int64).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(4, 1), (15, 13)],
};

static REQUEST_FETCH_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::range(0, 12), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(13), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_FETCH_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(4, 6), (12, 3), (13, 18)],
};

static REQUEST_FETCH_PARTITION: Struct = Struct {
    fields: &[
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CurrentLeaderEpoch", Versions::from(9), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("FetchOffset", Versions::from(0), Kind::Int64),
        Field::new("LastFetchedEpoch", Versions::from(12), Kind::Int32)
            .default(DefaultValue::Int(-1)),
        Field::new("LogStartOffset", Versions::from(5), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("PartitionMaxBytes", Versions::from(0), Kind::Int32),
        Field::new("ReplicaDirectoryId", Versions::from(17), Kind::Uuid)
            .tagged(0, Versions::from(17))
            .ignorable(),
        Field::new("HighWatermark", Versions::from(18), Kind::Int64)
            .tagged(1, Versions::from(18))
            .ignorable()
            .default(DefaultValue::Int(9223372036854775807)),
    ],
    visited: true,
    minimum: &[(4, 16), (5, 24), (9, 28), (12, 33)],
};

static REQUEST_FORGOTTEN_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::range(7, 12), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(13), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("Partitions", Versions::from(7), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(4, 1), (7, 6), (12, 3), (13, 18)],
};

/// `FetchRequest.json`.
static FETCH_REQUEST: Message = Message {
    name: "FetchRequest",
    versions: Versions::range(4, 18),
    flexible: Versions::from(12),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(12), Kind::Str)
                .nullable(Versions::from(12))
                .tagged(0, Versions::from(12))
                .ignorable()
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new("ReplicaId", Versions::range(0, 14), Kind::Int32)
                .default(DefaultValue::Int(-1))
                .mark(Mark::ReplicaId),
            Field::new(
                "ReplicaState",
                Versions::from(15),
                Kind::Struct(&REQUEST_REPLICA_STATE),
            )
            .tagged(1, Versions::from(15)),
            Field::new("MaxWaitMs", Versions::from(0), Kind::Int32),
            Field::new("MinBytes", Versions::from(0), Kind::Int32),
            Field::new("MaxBytes", Versions::from(3), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(2147483647)),
            Field::new("IsolationLevel", Versions::from(4), Kind::Int8).ignorable(),
            Field::new("SessionId", Versions::from(7), Kind::Int32)
                .ignorable()
                .mark(Mark::SessionId),
            Field::new("SessionEpoch", Versions::from(7), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1))
                .mark(Mark::SessionEpoch),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_FETCH_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new(
                "ForgottenTopicsData",
                Versions::from(7),
                Kind::Array(&Kind::Struct(&REQUEST_FORGOTTEN_TOPIC)),
            )
            .mark(Mark::ForgottenTopics),
            Field::new("RackId", Versions::from(11), Kind::Str).ignorable(),
        ],
        visited: true,
        minimum: &[(4, 21), (7, 33), (11, 35), (12, 29), (15, 25)],
    },
};

static RESPONSE_FETCHABLE_TOPIC_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::range(0, 12), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(13), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(4, 6), (12, 3), (13, 18)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("HighWatermark", Versions::from(0), Kind::Int64),
        Field::new("LastStableOffset", Versions::from(4), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("LogStartOffset", Versions::from(5), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new(
            "DivergingEpoch",
            Versions::from(12),
            Kind::Struct(&RESPONSE_EPOCH_END_OFFSET),
        )
        .tagged(0, Versions::from(12)),
        Field::new(
            "CurrentLeader",
            Versions::from(12),
            Kind::Struct(&RESPONSE_LEADER_ID_AND_EPOCH),
        )
        .tagged(1, Versions::from(12)),
        Field::new(
            "SnapshotId",
            Versions::from(12),
            Kind::Struct(&RESPONSE_SNAPSHOT_ID),
        )
        .tagged(2, Versions::from(12)),
        Field::new(
            "AbortedTransactions",
            Versions::from(4),
            Kind::Array(&Kind::Struct(&RESPONSE_ABORTED_TRANSACTION)),
        )
        .nullable(Versions::from(4))
        .ignorable(),
        Field::new("PreferredReadReplica", Versions::from(11), Kind::Int32)
            .default(DefaultValue::Int(-1))
            .mark(Mark::NodeId),
        Field::new("Records", Versions::from(0), Kind::Records)
            .nullable(Versions::from(0))
            .mark(Mark::Records),
    ],
    visited: true,
    minimum: &[(4, 30), (5, 38), (11, 42), (12, 37)],
};

static RESPONSE_EPOCH_END_OFFSET: Struct = Struct {
    fields: &[
        Field::new("Epoch", Versions::from(12), Kind::Int32).default(DefaultValue::Int(-1)),
        Field::new("EndOffset", Versions::from(12), Kind::Int64).default(DefaultValue::Int(-1)),
    ],
    visited: false,
    minimum: &[(4, 1), (12, 13)],
};

static RESPONSE_LEADER_ID_AND_EPOCH: Struct = Struct {
    fields: &[
        Field::new("LeaderId", Versions::from(12), Kind::Int32)
            .default(DefaultValue::Int(-1))
            .mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(12), Kind::Int32).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(4, 1), (12, 9)],
};

static RESPONSE_SNAPSHOT_ID: Struct = Struct {
    fields: &[
        Field::new("EndOffset", Versions::from(0), Kind::Int64).default(DefaultValue::Int(-1)),
        Field::new("Epoch", Versions::from(0), Kind::Int32).default(DefaultValue::Int(-1)),
    ],
    visited: false,
    minimum: &[(4, 12), (12, 13)],
};

static RESPONSE_ABORTED_TRANSACTION: Struct = Struct {
    fields: &[
        Field::new("ProducerId", Versions::from(4), Kind::Int64).mark(Mark::ProducerId),
        Field::new("FirstOffset", Versions::from(4), Kind::Int64),
    ],
    visited: true,
    minimum: &[(4, 16), (12, 17)],
};

static RESPONSE_NODE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(16), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(16), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(16), Kind::Int32).mark(Mark::Port),
        Field::new("Rack", Versions::from(16), Kind::Str)
            .nullable(Versions::from(16))
            .default(DefaultValue::Null)
            .mark(Mark::Rack),
    ],
    visited: true,
    minimum: &[(4, 1), (16, 11)],
};

/// `FetchResponse.json`.
static FETCH_RESPONSE: Message = Message {
    name: "FetchResponse",
    versions: Versions::range(4, 18),
    flexible: Versions::from(12),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(7), Kind::Int16)
                .ignorable()
                .mark(Mark::ErrorCode),
            Field::new("SessionId", Versions::from(7), Kind::Int32).mark(Mark::SessionId),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_FETCHABLE_TOPIC_RESPONSE)),
            )
            .mark(Mark::Topics),
            Field::new(
                "NodeEndpoints",
                Versions::from(16),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE_ENDPOINT)),
            )
            .tagged(0, Versions::from(16))
            .mark(Mark::NodeEndpoints),
        ],
        visited: true,
        minimum: &[(4, 8), (7, 14), (12, 12)],
    },
};
