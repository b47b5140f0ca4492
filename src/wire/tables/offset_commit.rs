//! OffsetCommit: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// OffsetCommit, key 8.
pub static OFFSET_COMMIT: Api = Api {
    key: 8,
    name: "OffsetCommit",
    request: &OFFSET_COMMIT_REQUEST,
    response: &OFFSET_COMMIT_RESPONSE,
    min_version: 2,
    max_version: 10,
    broker: true,
};

static REQUEST_OFFSET_COMMIT_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 9), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_OFFSET_COMMIT_REQUEST_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 6), (8, 3), (10, 18)],
};

static REQUEST_OFFSET_COMMIT_REQUEST_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CommittedOffset", Versions::from(0), Kind::Int64),
        Field::new("CommittedLeaderEpoch", Versions::from(6), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("CommittedMetadata", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(2, 14), (6, 18)],
};

/// `OffsetCommitRequest.json`.
static OFFSET_COMMIT_REQUEST: Message = Message {
    name: "OffsetCommitRequest",
    versions: Versions::range(2, 10),
    flexible: Versions::from(8),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("GenerationIdOrMemberEpoch", Versions::from(1), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1)),
            Field::new("MemberId", Versions::from(1), Kind::Str)
                .ignorable()
                .mark(Mark::MemberId),
            Field::new("GroupInstanceId", Versions::from(7), Kind::Str)
                .nullable(Versions::from(7))
                .default(DefaultValue::Null),
            Field::new("RetentionTimeMs", Versions::range(2, 4), Kind::Int64)
                .ignorable()
                .default(DefaultValue::Int(-1)),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_OFFSET_COMMIT_REQUEST_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 20), (5, 12), (7, 14), (8, 9)],
    },
};

static RESPONSE_OFFSET_COMMIT_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 9), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_COMMIT_RESPONSE_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 6), (8, 3), (10, 18)],
};

static RESPONSE_OFFSET_COMMIT_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(2, 6), (8, 7)],
};

/// `OffsetCommitResponse.json`.
static OFFSET_COMMIT_RESPONSE: Message = Message {
    name: "OffsetCommitResponse",
    versions: Versions::range(2, 10),
    flexible: Versions::from(8),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(3), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_COMMIT_RESPONSE_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 4), (3, 8), (8, 6)],
    },
};
