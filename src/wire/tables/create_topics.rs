//! CreateTopics: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// CreateTopics, key 19.
pub static CREATE_TOPICS: Api = Api {
    key: 19,
    name: "CreateTopics",
    request: &CREATE_TOPICS_REQUEST,
    response: &CREATE_TOPICS_RESPONSE,
    min_version: 2,
    max_version: 7,
    broker: true,
};

static REQUEST_CREATABLE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("NumPartitions", Versions::from(0), Kind::Int32),
        Field::new("ReplicationFactor", Versions::from(0), Kind::Int16),
        Field::new(
            "Assignments",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_CREATABLE_REPLICA_ASSIGNMENT)),
        )
        .mark(Mark::Partitions),
        Field::new(
            "Configs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_CREATABLE_TOPIC_CONFIG)),
        ),
    ],
    visited: true,
    minimum: &[(2, 16), (5, 10)],
};

static REQUEST_CREATABLE_REPLICA_ASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("BrokerIds", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(2, 8), (5, 6)],
};

static REQUEST_CREATABLE_TOPIC_CONFIG: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Value", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: false,
    minimum: &[(2, 4), (5, 3)],
};

/// `CreateTopicsRequest.json`.
static CREATE_TOPICS_REQUEST: Message = Message {
    name: "CreateTopicsRequest",
    versions: Versions::range(2, 7),
    flexible: Versions::from(5),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_CREATABLE_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new("timeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(60000)),
            Field::new("validateOnly", Versions::from(1), Kind::Bool),
        ],
        visited: true,
        minimum: &[(2, 9), (5, 7)],
    },
};

static RESPONSE_CREATABLE_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(7), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(1), Kind::Str)
            .nullable(Versions::from(0))
            .ignorable(),
        Field::new("TopicConfigErrorCode", Versions::from(5), Kind::Int16)
            .tagged(0, Versions::from(5))
            .ignorable()
            .mark(Mark::TopicConfigErrorCode),
        Field::new("NumPartitions", Versions::from(5), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("ReplicationFactor", Versions::from(5), Kind::Int16)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new(
            "Configs",
            Versions::from(5),
            Kind::Array(&Kind::Struct(&RESPONSE_CREATABLE_TOPIC_CONFIGS)),
        )
        .nullable(Versions::from(5))
        .ignorable(),
    ],
    visited: true,
    minimum: &[(2, 6), (5, 12), (7, 28)],
};

static RESPONSE_CREATABLE_TOPIC_CONFIGS: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(5), Kind::Str),
        Field::new("Value", Versions::from(5), Kind::Str).nullable(Versions::from(5)),
        Field::new("ReadOnly", Versions::from(5), Kind::Bool),
        Field::new("ConfigSource", Versions::from(5), Kind::Int8)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("IsSensitive", Versions::from(5), Kind::Bool),
    ],
    visited: false,
    minimum: &[(2, 1), (5, 6)],
};

/// `CreateTopicsResponse.json`.
static CREATE_TOPICS_RESPONSE: Message = Message {
    name: "CreateTopicsResponse",
    versions: Versions::range(2, 7),
    flexible: Versions::from(5),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(2), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_CREATABLE_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 8), (5, 6)],
    },
};
