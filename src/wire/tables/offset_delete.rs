//! OffsetDelete: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// OffsetDelete, key 47.
pub static OFFSET_DELETE: Api = Api {
    key: 47,
    name: "OffsetDelete",
    request: &OFFSET_DELETE_REQUEST,
    response: &OFFSET_DELETE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_OFFSET_DELETE_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_OFFSET_DELETE_REQUEST_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static REQUEST_OFFSET_DELETE_REQUEST_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex)
    ],
    visited: true,
    minimum: &[(0, 4)],
};

/// `OffsetDeleteRequest.json`.
static OFFSET_DELETE_REQUEST: Message = Message {
    name: "OffsetDeleteRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::NEVER,
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_OFFSET_DELETE_REQUEST_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};

static RESPONSE_OFFSET_DELETE_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_DELETE_RESPONSE_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static RESPONSE_OFFSET_DELETE_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

/// `OffsetDeleteResponse.json`.
static OFFSET_DELETE_RESPONSE: Message = Message {
    name: "OffsetDeleteResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::NEVER,
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_OFFSET_DELETE_RESPONSE_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 10)],
    },
};
