//! DescribeTopicPartitions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeTopicPartitions, key 75.
pub static DESCRIBE_TOPIC_PARTITIONS: Api = Api {
    key: 75,
    name: "DescribeTopicPartitions",
    request: &DESCRIBE_TOPIC_PARTITIONS_REQUEST,
    response: &DESCRIBE_TOPIC_PARTITIONS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_TOPIC_REQUEST: Struct = Struct {
    fields: &[Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName)],
    visited: true,
    minimum: &[(0, 2)],
};

static REQUEST_CURSOR: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

/// `DescribeTopicPartitionsRequest.json`.
static DESCRIBE_TOPIC_PARTITIONS_REQUEST: Message = Message {
    name: "DescribeTopicPartitionsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_REQUEST)),
            )
            .mark(Mark::Topics),
            Field::new("ResponsePartitionLimit", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(2000)),
            Field::new("Cursor", Versions::from(0), Kind::Struct(&REQUEST_CURSOR))
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 7)],
    },
};

static RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("Name", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(0), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("IsInternal", Versions::from(0), Kind::Bool).ignorable(),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_PARTITION,
            )),
        )
        .mark(Mark::Partitions),
        Field::new("TopicAuthorizedOperations", Versions::from(0), Kind::Int32)
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::TopicAuthorizedOperations),
    ],
    visited: true,
    minimum: &[(0, 26)],
};

static RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("ReplicaNodes", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new("IsrNodes", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new(
            "EligibleLeaderReplicas",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .nullable(Versions::from(0))
        .default(DefaultValue::Null)
        .mark(Mark::NodeId),
        Field::new("LastKnownElr", Versions::from(0), Kind::Array(&Kind::Int32))
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::NodeId),
        Field::new(
            "OfflineReplicas",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .ignorable()
        .mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(0, 20)],
};

static RESPONSE_CURSOR: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

/// `DescribeTopicPartitionsResponse.json`.
static DESCRIBE_TOPIC_PARTITIONS_RESPONSE: Message = Message {
    name: "DescribeTopicPartitionsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &RESPONSE_DESCRIBE_TOPIC_PARTITIONS_RESPONSE_TOPIC,
                )),
            )
            .mark(Mark::Topics),
            Field::new(
                "NextCursor",
                Versions::from(0),
                Kind::Struct(&RESPONSE_CURSOR),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 7)],
    },
};
