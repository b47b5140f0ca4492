//! AddPartitionsToTxn: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AddPartitionsToTxn, key 24.
pub static ADD_PARTITIONS_TO_TXN: Api = Api {
    key: 24,
    name: "AddPartitionsToTxn",
    request: &ADD_PARTITIONS_TO_TXN_REQUEST,
    response: &ADD_PARTITIONS_TO_TXN_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

static REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 3)],
};

static REQUEST_ADD_PARTITIONS_TO_TXN_TRANSACTION: Struct = Struct {
    fields: &[
        Field::new("TransactionalId", Versions::from(4), Kind::Str).mark(Mark::TransactionalId),
        Field::new("ProducerId", Versions::from(4), Kind::Int64).mark(Mark::ProducerId),
        Field::new("ProducerEpoch", Versions::from(4), Kind::Int16),
        Field::new("VerifyOnly", Versions::from(4), Kind::Bool).mark(Mark::VerifyOnly),
        Field::new(
            "Topics",
            Versions::from(4),
            Kind::Array(&Kind::Struct(&REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 1), (4, 14)],
};

/// `AddPartitionsToTxnRequest.json`.
static ADD_PARTITIONS_TO_TXN_REQUEST: Message = Message {
    name: "AddPartitionsToTxnRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new(
                "Transactions",
                Versions::from(4),
                Kind::Array(&Kind::Struct(&REQUEST_ADD_PARTITIONS_TO_TXN_TRANSACTION)),
            )
            .mark(Mark::Transactions),
            Field::new(
                "V3AndBelowTransactionalId",
                Versions::range(0, 3),
                Kind::Str,
            )
            .mark(Mark::TransactionalId),
            Field::new("V3AndBelowProducerId", Versions::range(0, 3), Kind::Int64)
                .mark(Mark::ProducerId),
            Field::new(
                "V3AndBelowProducerEpoch",
                Versions::range(0, 3),
                Kind::Int16,
            ),
            Field::new(
                "V3AndBelowTopics",
                Versions::range(0, 3),
                Kind::Array(&Kind::Struct(&REQUEST_ADD_PARTITIONS_TO_TXN_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 16), (3, 13), (4, 2)],
    },
};

static RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "ResultsByPartition",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_ADD_PARTITIONS_TO_TXN_PARTITION_RESULT,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 3)],
};

static RESPONSE_ADD_PARTITIONS_TO_TXN_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("PartitionErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 7)],
};

static RESPONSE_ADD_PARTITIONS_TO_TXN_RESULT: Struct = Struct {
    fields: &[
        Field::new("TransactionalId", Versions::from(4), Kind::Str).mark(Mark::TransactionalId),
        Field::new(
            "TopicResults",
            Versions::from(4),
            Kind::Array(&Kind::Struct(&RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 1), (4, 3)],
};

/// `AddPartitionsToTxnResponse.json`.
static ADD_PARTITIONS_TO_TXN_RESPONSE: Message = Message {
    name: "AddPartitionsToTxnResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(4), Kind::Int16)
                .ignorable()
                .mark(Mark::ErrorCode),
            Field::new(
                "ResultsByTransaction",
                Versions::from(4),
                Kind::Array(&Kind::Struct(&RESPONSE_ADD_PARTITIONS_TO_TXN_RESULT)),
            )
            .mark(Mark::Transactions),
            Field::new(
                "ResultsByTopicV3AndBelow",
                Versions::range(0, 3),
                Kind::Array(&Kind::Struct(&RESPONSE_ADD_PARTITIONS_TO_TXN_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 8), (3, 6), (4, 8)],
    },
};
