//! AlterPartition: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AlterPartition, key 56.
pub static ALTER_PARTITION: Api = Api {
    key: 56,
    name: "AlterPartition",
    request: &ALTER_PARTITION_REQUEST,
    response: &ALTER_PARTITION_RESPONSE,
    min_version: 2,
    max_version: 3,
    broker: false,
};

static REQUEST_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(2), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 18)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("NewIsr", Versions::range(0, 2), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new(
            "NewIsrWithEpochs",
            Versions::from(3),
            Kind::Array(&Kind::Struct(&REQUEST_BROKER_STATE)),
        ),
        Field::new("LeaderRecoveryState", Versions::from(1), Kind::Int8),
        Field::new("PartitionEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(2, 15)],
};

static REQUEST_BROKER_STATE: Struct = Struct {
    fields: &[
        Field::new("BrokerId", Versions::from(3), Kind::Int32).mark(Mark::NodeId),
        Field::new("BrokerEpoch", Versions::from(3), Kind::Int64).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(2, 1), (3, 13)],
};

/// `AlterPartitionRequest.json`.
static ALTER_PARTITION_REQUEST: Message = Message {
    name: "AlterPartitionRequest",
    versions: Versions::range(2, 3),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
            Field::new("BrokerEpoch", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1)),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 14)],
    },
};

static RESPONSE_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(2), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(2, 18)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("Isr", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new("LeaderRecoveryState", Versions::from(1), Kind::Int8).ignorable(),
        Field::new("PartitionEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(2, 21)],
};

/// `AlterPartitionResponse.json`.
static ALTER_PARTITION_RESPONSE: Message = Message {
    name: "AlterPartitionResponse",
    versions: Versions::range(2, 3),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(2, 8)],
    },
};
