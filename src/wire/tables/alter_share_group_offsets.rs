//! AlterShareGroupOffsets: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AlterShareGroupOffsets, key 91.
pub static ALTER_SHARE_GROUP_OFFSETS: Api = Api {
    key: 91,
    name: "AlterShareGroupOffsets",
    request: &ALTER_SHARE_GROUP_OFFSETS_REQUEST,
    response: &ALTER_SHARE_GROUP_OFFSETS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_PARTITION,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("StartOffset", Versions::from(0), Kind::Int64),
    ],
    visited: true,
    minimum: &[(0, 13)],
};

/// `AlterShareGroupOffsetsRequest.json`.
static ALTER_SHARE_GROUP_OFFSETS_REQUEST: Message = Message {
    name: "AlterShareGroupOffsetsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &REQUEST_ALTER_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
                )),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 19)],
};

static RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 8)],
};

/// `AlterShareGroupOffsetsResponse.json`.
static ALTER_SHARE_GROUP_OFFSETS_RESPONSE: Message = Message {
    name: "AlterShareGroupOffsetsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &RESPONSE_ALTER_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
                )),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 9)],
    },
};
