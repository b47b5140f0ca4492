//! DeleteShareGroupState: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DeleteShareGroupState, key 86.
pub static DELETE_SHARE_GROUP_STATE: Api = Api {
    key: 86,
    name: "DeleteShareGroupState",
    request: &DELETE_SHARE_GROUP_STATE_REQUEST,
    response: &DELETE_SHARE_GROUP_STATE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_DELETE_STATE_DATA: Struct = Struct {
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
    fields: &[Field::new("Partition", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex)],
    visited: true,
    minimum: &[(0, 5)],
};

/// `DeleteShareGroupStateRequest.json`.
static DELETE_SHARE_GROUP_STATE_REQUEST: Message = Message {
    name: "DeleteShareGroupStateRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_DELETE_STATE_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_DELETE_STATE_RESULT: Struct = Struct {
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

/// `DeleteShareGroupStateResponse.json`.
static DELETE_SHARE_GROUP_STATE_RESPONSE: Message = Message {
    name: "DeleteShareGroupStateResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Results",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DELETE_STATE_RESULT)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};
