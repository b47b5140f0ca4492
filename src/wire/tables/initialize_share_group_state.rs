//! InitializeShareGroupState: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// InitializeShareGroupState, key 83.
pub static INITIALIZE_SHARE_GROUP_STATE: Api = Api {
    key: 83,
    name: "InitializeShareGroupState",
    request: &INITIALIZE_SHARE_GROUP_STATE_REQUEST,
    response: &INITIALIZE_SHARE_GROUP_STATE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_INITIALIZE_STATE_DATA: Struct = Struct {
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
        Field::new("StartOffset", Versions::from(0), Kind::Int64),
    ],
    visited: true,
    minimum: &[(0, 17)],
};

/// `InitializeShareGroupStateRequest.json`.
static INITIALIZE_SHARE_GROUP_STATE_REQUEST: Message = Message {
    name: "InitializeShareGroupStateRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_INITIALIZE_STATE_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_INITIALIZE_STATE_RESULT: Struct = Struct {
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

/// `InitializeShareGroupStateResponse.json`.
static INITIALIZE_SHARE_GROUP_STATE_RESPONSE: Message = Message {
    name: "InitializeShareGroupStateResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Results",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_INITIALIZE_STATE_RESULT)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};
