//! Metadata: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Metadata, key 3.
pub static METADATA: Api = Api {
    key: 3,
    name: "Metadata",
    request: &METADATA_REQUEST,
    response: &METADATA_RESPONSE,
    min_version: 0,
    max_version: 13,
    broker: true,
};

static REQUEST_METADATA_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("Name", Versions::from(0), Kind::Str)
            .nullable(Versions::from(10))
            .mark(Mark::TopicName),
    ],
    visited: true,
    minimum: &[(0, 2), (10, 18)],
};

/// `MetadataRequest.json`.
static METADATA_REQUEST: Message = Message {
    name: "MetadataRequest",
    versions: Versions::range(0, 13),
    flexible: Versions::from(9),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_METADATA_REQUEST_TOPIC)),
            )
            .nullable(Versions::from(1))
            .mark(Mark::Topics),
            Field::new("AllowAutoTopicCreation", Versions::from(4), Kind::Bool)
                .default(DefaultValue::True)
                .mark(Mark::AllowAutoTopicCreation),
            Field::new(
                "IncludeClusterAuthorizedOperations",
                Versions::range(8, 10),
                Kind::Bool,
            )
            .mark(Mark::IncludeClusterAuthorizedOperations),
            Field::new(
                "IncludeTopicAuthorizedOperations",
                Versions::from(8),
                Kind::Bool,
            )
            .mark(Mark::IncludeTopicAuthorizedOperations),
        ],
        visited: true,
        minimum: &[(0, 4), (4, 5), (8, 7), (9, 5), (11, 4)],
    },
};

static RESPONSE_METADATA_RESPONSE_BROKER: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(0), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(0), Kind::Int32).mark(Mark::Port),
        Field::new("Rack", Versions::from(1), Kind::Str)
            .nullable(Versions::from(1))
            .ignorable()
            .default(DefaultValue::Null)
            .mark(Mark::Rack),
    ],
    visited: true,
    minimum: &[(0, 10), (1, 12), (9, 11)],
};

static RESPONSE_METADATA_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("Name", Versions::from(0), Kind::Str)
            .nullable(Versions::from(12))
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(10), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("IsInternal", Versions::from(1), Kind::Bool).ignorable(),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_METADATA_RESPONSE_PARTITION)),
        )
        .mark(Mark::Partitions),
        Field::new("TopicAuthorizedOperations", Versions::from(8), Kind::Int32)
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::TopicAuthorizedOperations),
    ],
    visited: true,
    minimum: &[(0, 8), (1, 9), (8, 13), (9, 10), (10, 26)],
};

static RESPONSE_METADATA_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(7), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("ReplicaNodes", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new("IsrNodes", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new(
            "OfflineReplicas",
            Versions::from(5),
            Kind::Array(&Kind::Int32),
        )
        .ignorable()
        .mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(0, 18), (5, 22), (7, 26), (9, 18)],
};

/// `MetadataResponse.json`.
static METADATA_RESPONSE: Message = Message {
    name: "MetadataResponse",
    versions: Versions::range(0, 13),
    flexible: Versions::from(9),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(3), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Brokers",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_METADATA_RESPONSE_BROKER)),
            )
            .mark(Mark::Brokers),
            Field::new("ClusterId", Versions::from(2), Kind::Str)
                .nullable(Versions::from(2))
                .ignorable()
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new("ControllerId", Versions::from(1), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1))
                .mark(Mark::ControllerId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_METADATA_RESPONSE_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new(
                "ClusterAuthorizedOperations",
                Versions::range(8, 10),
                Kind::Int32,
            )
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::ClusterAuthorizedOperations),
            Field::new("ErrorCode", Versions::from(13), Kind::Int16)
                .ignorable()
                .mark(Mark::ErrorCode),
        ],
        visited: true,
        minimum: &[
            (0, 8),
            (1, 12),
            (2, 14),
            (3, 18),
            (8, 22),
            (9, 16),
            (11, 12),
            (13, 14),
        ],
    },
};
