//! OffsetForLeaderEpoch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// OffsetForLeaderEpoch, key 23.
pub static OFFSET_FOR_LEADER_EPOCH: Api = Api {
    key: 23,
    name: "OffsetForLeaderEpoch",
    request: &OFFSET_FOR_LEADER_EPOCH_REQUEST,
    response: &OFFSET_FOR_LEADER_EPOCH_RESPONSE,
    min_version: 2,
    max_version: 4,
    broker: true,
};

static REQUEST_OFFSET_FOR_LEADER_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_OFFSET_FOR_LEADER_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 6), (4, 3)],
};

static REQUEST_OFFSET_FOR_LEADER_PARTITION: Struct = Struct {
    fields: &[
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CurrentLeaderEpoch", Versions::from(2), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(2, 12), (4, 13)],
};

/// `OffsetForLeaderEpochRequest.json`.
static OFFSET_FOR_LEADER_EPOCH_REQUEST: Message = Message {
    name: "OffsetForLeaderEpochRequest",
    versions: Versions::range(2, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ReplicaId", Versions::from(3), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-2))
                .mark(Mark::ReplicaId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_OFFSET_FOR_LEADER_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 4), (3, 8), (4, 6)],
    },
};

static RESPONSE_OFFSET_FOR_LEADER_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_EPOCH_END_OFFSET)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 6), (4, 3)],
};

static RESPONSE_EPOCH_END_OFFSET: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderEpoch", Versions::from(1), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("EndOffset", Versions::from(0), Kind::Int64).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(2, 18), (4, 19)],
};

/// `OffsetForLeaderEpochResponse.json`.
static OFFSET_FOR_LEADER_EPOCH_RESPONSE: Message = Message {
    name: "OffsetForLeaderEpochResponse",
    versions: Versions::range(2, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(2), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FOR_LEADER_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 8), (4, 6)],
    },
};
