//! FetchSnapshot: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// FetchSnapshot, key 59.
pub static FETCH_SNAPSHOT: Api = Api {
    key: 59,
    name: "FetchSnapshot",
    request: &FETCH_SNAPSHOT_REQUEST,
    response: &FETCH_SNAPSHOT_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: false,
};

static REQUEST_TOPIC_SNAPSHOT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_SNAPSHOT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_PARTITION_SNAPSHOT: Struct = Struct {
    fields: &[
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CurrentLeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new(
            "SnapshotId",
            Versions::from(0),
            Kind::Struct(&REQUEST_SNAPSHOT_ID),
        ),
        Field::new("Position", Versions::from(0), Kind::Int64),
        Field::new("ReplicaDirectoryId", Versions::from(1), Kind::Uuid)
            .tagged(0, Versions::from(1))
            .ignorable(),
    ],
    visited: true,
    minimum: &[(0, 30)],
};

static REQUEST_SNAPSHOT_ID: Struct = Struct {
    fields: &[
        Field::new("EndOffset", Versions::from(0), Kind::Int64),
        Field::new("Epoch", Versions::from(0), Kind::Int32),
    ],
    visited: false,
    minimum: &[(0, 13)],
};

/// `FetchSnapshotRequest.json`.
static FETCH_SNAPSHOT_REQUEST: Message = Message {
    name: "FetchSnapshotRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .tagged(0, Versions::from(0))
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new("ReplicaId", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(-1))
                .mark(Mark::NodeId),
            Field::new("MaxBytes", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(2147483647)),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_SNAPSHOT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 10)],
    },
};

static RESPONSE_TOPIC_SNAPSHOT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_SNAPSHOT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_PARTITION_SNAPSHOT: Struct = Struct {
    fields: &[
        Field::new("Index", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new(
            "SnapshotId",
            Versions::from(0),
            Kind::Struct(&RESPONSE_SNAPSHOT_ID),
        ),
        Field::new(
            "CurrentLeader",
            Versions::from(0),
            Kind::Struct(&RESPONSE_LEADER_ID_AND_EPOCH),
        )
        .tagged(0, Versions::from(0)),
        Field::new("Size", Versions::from(0), Kind::Int64),
        Field::new("Position", Versions::from(0), Kind::Int64),
        Field::new("UnalignedRecords", Versions::from(0), Kind::Records),
    ],
    visited: true,
    minimum: &[(0, 37)],
};

static RESPONSE_SNAPSHOT_ID: Struct = Struct {
    fields: &[
        Field::new("EndOffset", Versions::from(0), Kind::Int64),
        Field::new("Epoch", Versions::from(0), Kind::Int32),
    ],
    visited: false,
    minimum: &[(0, 13)],
};

static RESPONSE_LEADER_ID_AND_EPOCH: Struct = Struct {
    fields: &[
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(0, 9)],
};

static RESPONSE_NODE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(1), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(1), Kind::Str),
        Field::new("Port", Versions::from(1), Kind::UInt16),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 8)],
};

/// `FetchSnapshotResponse.json`.
static FETCH_SNAPSHOT_RESPONSE: Message = Message {
    name: "FetchSnapshotResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_SNAPSHOT)),
            )
            .mark(Mark::Topics),
            Field::new(
                "NodeEndpoints",
                Versions::from(1),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE_ENDPOINT)),
            )
            .tagged(0, Versions::from(1))
            .mark(Mark::NodeEndpoints),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
