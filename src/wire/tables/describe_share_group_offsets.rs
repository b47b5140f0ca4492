//! DescribeShareGroupOffsets: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeShareGroupOffsets, key 90.
pub static DESCRIBE_SHARE_GROUP_OFFSETS: Api = Api {
    key: 90,
    name: "DescribeShareGroupOffsets",
    request: &DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST,
    response: &DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_GROUP: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
            )),
        )
        .nullable(Versions::from(0))
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

/// `DescribeShareGroupOffsetsRequest.json`.
static DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST: Message = Message {
    name: "DescribeShareGroupOffsetsRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Groups",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &REQUEST_DESCRIBE_SHARE_GROUP_OFFSETS_REQUEST_GROUP,
            )),
        )
        .mark(Mark::Groups)],
        visited: true,
        minimum: &[(0, 2)],
    },
};

static RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_GROUP: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
            )),
        )
        .mark(Mark::Topics),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 19)],
};

static RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("StartOffset", Versions::from(0), Kind::Int64),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("Lag", Versions::from(1), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 20), (1, 28)],
};

/// `DescribeShareGroupOffsetsResponse.json`.
static DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE: Message = Message {
    name: "DescribeShareGroupOffsetsResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Groups",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &RESPONSE_DESCRIBE_SHARE_GROUP_OFFSETS_RESPONSE_GROUP,
                )),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
