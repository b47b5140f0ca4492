//! Produce: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Produce, key 0.
pub static PRODUCE: Api = Api {
    key: 0,
    name: "Produce",
    request: &PRODUCE_REQUEST,
    response: &PRODUCE_RESPONSE,
    min_version: 3,
    max_version: 13,
    broker: true,
};

static REQUEST_TOPIC_PRODUCE_DATA: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 12), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(13), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "PartitionData",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_PRODUCE_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(3, 6), (9, 3), (13, 18)],
};

static REQUEST_PARTITION_PRODUCE_DATA: Struct = Struct {
    fields: &[
        Field::new("Index", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("Records", Versions::from(0), Kind::Records)
            .nullable(Versions::from(0))
            .mark(Mark::Records),
    ],
    visited: true,
    minimum: &[(3, 8), (9, 6)],
};

/// `ProduceRequest.json`.
static PRODUCE_REQUEST: Message = Message {
    name: "ProduceRequest",
    versions: Versions::range(3, 13),
    flexible: Versions::from(9),
    root: Struct {
        fields: &[
            Field::new("TransactionalId", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3))
                .default(DefaultValue::Null)
                .mark(Mark::TransactionalId),
            Field::new("Acks", Versions::from(0), Kind::Int16).mark(Mark::Acks),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32),
            Field::new(
                "TopicData",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_PRODUCE_DATA)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(3, 12), (9, 9)],
    },
};

static RESPONSE_TOPIC_PRODUCE_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 12), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(13), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "PartitionResponses",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_PRODUCE_RESPONSE)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(3, 6), (9, 3), (13, 18)],
};

static RESPONSE_PARTITION_PRODUCE_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Index", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("BaseOffset", Versions::from(0), Kind::Int64),
        Field::new("LogAppendTimeMs", Versions::from(2), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("LogStartOffset", Versions::from(5), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new(
            "RecordErrors",
            Versions::from(8),
            Kind::Array(&Kind::Struct(&RESPONSE_BATCH_INDEX_AND_ERROR_MESSAGE)),
        )
        .ignorable(),
        Field::new("ErrorMessage", Versions::from(8), Kind::Str)
            .nullable(Versions::from(8))
            .ignorable()
            .default(DefaultValue::Null),
        Field::new(
            "CurrentLeader",
            Versions::from(10),
            Kind::Struct(&RESPONSE_LEADER_ID_AND_EPOCH),
        )
        .tagged(0, Versions::from(10)),
    ],
    visited: true,
    minimum: &[(3, 22), (5, 30), (8, 36), (9, 33)],
};

static RESPONSE_BATCH_INDEX_AND_ERROR_MESSAGE: Struct = Struct {
    fields: &[
        Field::new("BatchIndex", Versions::from(8), Kind::Int32),
        Field::new("BatchIndexErrorMessage", Versions::from(8), Kind::Str)
            .nullable(Versions::from(8))
            .default(DefaultValue::Null),
    ],
    visited: false,
    minimum: &[(3, 1), (8, 6)],
};

static RESPONSE_LEADER_ID_AND_EPOCH: Struct = Struct {
    fields: &[
        Field::new("LeaderId", Versions::from(10), Kind::Int32)
            .default(DefaultValue::Int(-1))
            .mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(10), Kind::Int32).default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(3, 1), (10, 9)],
};

static RESPONSE_NODE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(10), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(10), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(10), Kind::Int32).mark(Mark::Port),
        Field::new("Rack", Versions::from(10), Kind::Str)
            .nullable(Versions::from(10))
            .default(DefaultValue::Null)
            .mark(Mark::Rack),
    ],
    visited: true,
    minimum: &[(3, 1), (10, 11)],
};

/// `ProduceResponse.json`.
static PRODUCE_RESPONSE: Message = Message {
    name: "ProduceResponse",
    versions: Versions::range(3, 13),
    flexible: Versions::from(9),
    root: Struct {
        fields: &[
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_PRODUCE_RESPONSE)),
            )
            .mark(Mark::Topics),
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "NodeEndpoints",
                Versions::from(10),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE_ENDPOINT)),
            )
            .tagged(0, Versions::from(10))
            .mark(Mark::NodeEndpoints),
        ],
        visited: true,
        minimum: &[(3, 8), (9, 6)],
    },
};
