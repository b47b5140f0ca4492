//! WriteShareGroupState: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// WriteShareGroupState, key 85.
pub static WRITE_SHARE_GROUP_STATE: Api = Api {
    key: 85,
    name: "WriteShareGroupState",
    request: &WRITE_SHARE_GROUP_STATE_REQUEST,
    response: &WRITE_SHARE_GROUP_STATE_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_WRITE_STATE_DATA: Struct = Struct {
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
        Field::new("StateEpoch", Versions::from(0), Kind::Int32),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("StartOffset", Versions::from(0), Kind::Int64),
        Field::new("DeliveryCompleteCount", Versions::from(1), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new(
            "StateBatches",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_STATE_BATCH)),
        ),
    ],
    visited: true,
    minimum: &[(0, 22), (1, 26)],
};

static REQUEST_STATE_BATCH: Struct = Struct {
    fields: &[
        Field::new("FirstOffset", Versions::from(0), Kind::Int64),
        Field::new("LastOffset", Versions::from(0), Kind::Int64),
        Field::new("DeliveryState", Versions::from(0), Kind::Int8),
        Field::new("DeliveryCount", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 20)],
};

/// `WriteShareGroupStateRequest.json`.
static WRITE_SHARE_GROUP_STATE_REQUEST: Message = Message {
    name: "WriteShareGroupStateRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_WRITE_STATE_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_WRITE_STATE_RESULT: Struct = Struct {
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
    ],
    visited: true,
    minimum: &[(0, 8)],
};

/// `WriteShareGroupStateResponse.json`.
static WRITE_SHARE_GROUP_STATE_RESPONSE: Message = Message {
    name: "WriteShareGroupStateResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Results",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_WRITE_STATE_RESULT)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};
