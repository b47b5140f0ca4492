//! DescribeProducers: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeProducers, key 61.
pub static DESCRIBE_PRODUCERS: Api = Api {
    key: 61,
    name: "DescribeProducers",
    request: &DESCRIBE_PRODUCERS_REQUEST,
    response: &DESCRIBE_PRODUCERS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_TOPIC_REQUEST: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "PartitionIndexes",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

/// `DescribeProducersRequest.json`.
static DESCRIBE_PRODUCERS_REQUEST: Message = Message {
    name: "DescribeProducersRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPIC_REQUEST)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};

static RESPONSE_TOPIC_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_RESPONSE)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_PARTITION_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new(
            "ActiveProducers",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PRODUCER_STATE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 9)],
};

static RESPONSE_PRODUCER_STATE: Struct = Struct {
    fields: &[
        Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
        Field::new("ProducerEpoch", Versions::from(0), Kind::Int32),
        Field::new("LastSequence", Versions::from(0), Kind::Int32).default(DefaultValue::Int(-1)),
        Field::new("LastTimestamp", Versions::from(0), Kind::Int64).default(DefaultValue::Int(-1)),
        Field::new("CoordinatorEpoch", Versions::from(0), Kind::Int32),
        Field::new("CurrentTxnStartOffset", Versions::from(0), Kind::Int64)
            .default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(0, 37)],
};

/// `DescribeProducersResponse.json`.
static DESCRIBE_PRODUCERS_RESPONSE: Message = Message {
    name: "DescribeProducersResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_RESPONSE)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
