//! OffsetFetch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// OffsetFetch, key 9.
pub static OFFSET_FETCH: Api = Api {
    key: 9,
    name: "OffsetFetch",
    request: &OFFSET_FETCH_REQUEST,
    response: &OFFSET_FETCH_RESPONSE,
    min_version: 1,
    max_version: 10,
    broker: true,
};

static REQUEST_OFFSET_FETCH_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 7), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "PartitionIndexes",
            Versions::range(0, 7),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 6), (6, 3), (8, 1)],
};

static REQUEST_OFFSET_FETCH_REQUEST_GROUP: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(8), Kind::Str).mark(Mark::GroupId),
        Field::new("MemberId", Versions::from(9), Kind::Str)
            .nullable(Versions::from(9))
            .ignorable()
            .default(DefaultValue::Null)
            .mark(Mark::MemberId),
        Field::new("MemberEpoch", Versions::from(9), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new(
            "Topics",
            Versions::from(8),
            Kind::Array(&Kind::Struct(&REQUEST_OFFSET_FETCH_REQUEST_TOPICS)),
        )
        .nullable(Versions::from(8))
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(1, 1), (8, 3), (9, 8)],
};

static REQUEST_OFFSET_FETCH_REQUEST_TOPICS: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(8, 9), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "PartitionIndexes",
            Versions::from(8),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 1), (8, 3), (10, 18)],
};

/// `OffsetFetchRequest.json`.
static OFFSET_FETCH_REQUEST: Message = Message {
    name: "OffsetFetchRequest",
    versions: Versions::range(1, 10),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::range(0, 7), Kind::Str).mark(Mark::GroupId),
            Field::new(
                "Topics",
                Versions::range(0, 7),
                Kind::Array(&Kind::Struct(&REQUEST_OFFSET_FETCH_REQUEST_TOPIC)),
            )
            .nullable(Versions::range(2, 7))
            .mark(Mark::Topics),
            Field::new(
                "Groups",
                Versions::from(8),
                Kind::Array(&Kind::Struct(&REQUEST_OFFSET_FETCH_REQUEST_GROUP)),
            )
            .mark(Mark::Groups),
            Field::new("RequireStable", Versions::from(7), Kind::Bool),
        ],
        visited: true,
        minimum: &[(1, 6), (6, 3), (7, 4), (8, 3)],
    },
};

static RESPONSE_OFFSET_FETCH_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 7), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::range(0, 7),
            Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FETCH_RESPONSE_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 6), (6, 3), (8, 1)],
};

static RESPONSE_OFFSET_FETCH_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::range(0, 7), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CommittedOffset", Versions::range(0, 7), Kind::Int64),
        Field::new("CommittedLeaderEpoch", Versions::range(5, 7), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("Metadata", Versions::range(0, 7), Kind::Str).nullable(Versions::range(0, 7)),
        Field::new("ErrorCode", Versions::range(0, 7), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(1, 16), (5, 20), (8, 1)],
};

static RESPONSE_OFFSET_FETCH_RESPONSE_GROUP: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(8), Kind::Str).mark(Mark::GroupId),
        Field::new(
            "Topics",
            Versions::from(8),
            Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FETCH_RESPONSE_TOPICS)),
        )
        .mark(Mark::Topics),
        Field::new("ErrorCode", Versions::from(8), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(1, 1), (8, 5)],
};

static RESPONSE_OFFSET_FETCH_RESPONSE_TOPICS: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(8, 9), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(8),
            Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FETCH_RESPONSE_PARTITIONS)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 1), (8, 3), (10, 18)],
};

static RESPONSE_OFFSET_FETCH_RESPONSE_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(8), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CommittedOffset", Versions::from(8), Kind::Int64),
        Field::new("CommittedLeaderEpoch", Versions::from(8), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("Metadata", Versions::from(8), Kind::Str).nullable(Versions::from(8)),
        Field::new("ErrorCode", Versions::from(8), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(1, 1), (8, 20)],
};

/// `OffsetFetchResponse.json`.
static OFFSET_FETCH_RESPONSE: Message = Message {
    name: "OffsetFetchResponse",
    versions: Versions::range(1, 10),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(3), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::range(0, 7),
                Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FETCH_RESPONSE_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new("ErrorCode", Versions::range(2, 7), Kind::Int16)
                .ignorable()
                .mark(Mark::ErrorCode),
            Field::new(
                "Groups",
                Versions::from(8),
                Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_FETCH_RESPONSE_GROUP)),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(1, 4), (2, 6), (3, 10), (6, 8), (8, 6)],
    },
};
