//! ReadShareGroupState: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ReadShareGroupState, key 84.
pub static READ_SHARE_GROUP_STATE: Api = Api {
    key: 84,
    name: "ReadShareGroupState",
    request: &READ_SHARE_GROUP_STATE_REQUEST,
    response: &READ_SHARE_GROUP_STATE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_READ_STATE_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(0, 9)],
};

/// `ReadShareGroupStateRequest.json`.
static READ_SHARE_GROUP_STATE_REQUEST: Message = Message {
    name: "ReadShareGroupStateRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_READ_STATE_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_READ_STATE_RESULT: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_RESULT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static RESPONSE_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("StateEpoch", Versions::from(0), Kind::Int32),
        Field::new("StartOffset", Versions::from(0), Kind::Int64),
        Field::new(
            "StateBatches",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_STATE_BATCH)),
        ),
    ],
    visited: true,
    minimum: &[(0, 21)],
};

static RESPONSE_STATE_BATCH: Struct = Struct {
    fields: &[
        Field::new("FirstOffset", Versions::from(0), Kind::Int64),
        Field::new("LastOffset", Versions::from(0), Kind::Int64),
        Field::new("DeliveryState", Versions::from(0), Kind::Int8),
        Field::new("DeliveryCount", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 20)],
};

/// `ReadShareGroupStateResponse.json`.
static READ_SHARE_GROUP_STATE_RESPONSE: Message = Message {
    name: "ReadShareGroupStateResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Results",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_READ_STATE_RESULT)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};
