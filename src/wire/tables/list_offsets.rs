//! ListOffsets: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ListOffsets, key 2.
pub static LIST_OFFSETS: Api = Api {
    key: 2,
    name: "ListOffsets",
    request: &LIST_OFFSETS_REQUEST,
    response: &LIST_OFFSETS_RESPONSE,
    min_version: 1,
    max_version: 11,
    broker: true,
};

static REQUEST_LIST_OFFSETS_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_LIST_OFFSETS_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 6), (6, 3)],
};

static REQUEST_LIST_OFFSETS_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CurrentLeaderEpoch", Versions::from(4), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("Timestamp", Versions::from(0), Kind::Int64),
    ],
    visited: true,
    minimum: &[(1, 12), (4, 16), (6, 17)],
};

/// `ListOffsetsRequest.json`.
static LIST_OFFSETS_REQUEST: Message = Message {
    name: "ListOffsetsRequest",
    versions: Versions::range(1, 11),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("ReplicaId", Versions::from(0), Kind::Int32).mark(Mark::ReplicaId),
            Field::new("IsolationLevel", Versions::from(2), Kind::Int8),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_LIST_OFFSETS_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new("TimeoutMs", Versions::from(10), Kind::Int32).ignorable(),
        ],
        visited: true,
        minimum: &[(1, 8), (2, 9), (6, 7), (10, 11)],
    },
};

static RESPONSE_LIST_OFFSETS_TOPIC_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_LIST_OFFSETS_PARTITION_RESPONSE)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 6), (6, 3)],
};

static RESPONSE_LIST_OFFSETS_PARTITION_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("Timestamp", Versions::from(1), Kind::Int64).default(DefaultValue::Int(-1)),
        Field::new("Offset", Versions::from(1), Kind::Int64).default(DefaultValue::Int(-1)),
        Field::new("LeaderEpoch", Versions::from(4), Kind::Int32).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(1, 22), (4, 26), (6, 27)],
};

/// `ListOffsetsResponse.json`.
static LIST_OFFSETS_RESPONSE: Message = Message {
    name: "ListOffsetsResponse",
    versions: Versions::range(1, 11),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(2), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_LIST_OFFSETS_TOPIC_RESPONSE)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(1, 4), (2, 8), (6, 6)],
    },
};
