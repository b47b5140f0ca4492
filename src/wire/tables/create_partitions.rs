//! CreatePartitions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// CreatePartitions, key 37.
pub static CREATE_PARTITIONS: Api = Api {
    key: 37,
    name: "CreatePartitions",
    request: &CREATE_PARTITIONS_REQUEST,
    response: &CREATE_PARTITIONS_RESPONSE,
    min_version: 0,
    max_version: 3,
    broker: true,
};

static REQUEST_CREATE_PARTITIONS_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Count", Versions::from(0), Kind::Int32),
        Field::new(
            "Assignments",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_CREATE_PARTITIONS_ASSIGNMENT)),
        )
        .nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 10), (2, 7)],
};

static REQUEST_CREATE_PARTITIONS_ASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new("BrokerIds", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(0, 4), (2, 2)],
};

/// `CreatePartitionsRequest.json`.
static CREATE_PARTITIONS_REQUEST: Message = Message {
    name: "CreatePartitionsRequest",
    versions: Versions::range(0, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_CREATE_PARTITIONS_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32),
            Field::new("ValidateOnly", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 9), (2, 7)],
    },
};

static RESPONSE_CREATE_PARTITIONS_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 6), (2, 5)],
};

/// `CreatePartitionsResponse.json`.
static CREATE_PARTITIONS_RESPONSE: Message = Message {
    name: "CreatePartitionsResponse",
    versions: Versions::range(0, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_CREATE_PARTITIONS_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 8), (2, 6)],
    },
};
