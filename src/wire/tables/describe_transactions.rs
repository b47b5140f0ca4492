//! DescribeTransactions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// DescribeTransactions, key 65.
pub static DESCRIBE_TRANSACTIONS: Api = Api {
    key: 65,
    name: "DescribeTransactions",
    request: &DESCRIBE_TRANSACTIONS_REQUEST,
    response: &DESCRIBE_TRANSACTIONS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `DescribeTransactionsRequest.json`.
static DESCRIBE_TRANSACTIONS_REQUEST: Message = Message {
    name: "DescribeTransactionsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "TransactionalIds",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .mark(Mark::TransactionalId)],
        visited: true,
        minimum: &[(0, 2)],
    },
};

static RESPONSE_TRANSACTION_STATE: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("TransactionalId", Versions::from(0), Kind::Str).mark(Mark::TransactionalId),
        Field::new("TransactionState", Versions::from(0), Kind::Str),
        Field::new("TransactionTimeoutMs", Versions::from(0), Kind::Int32),
        Field::new("TransactionStartTimeMs", Versions::from(0), Kind::Int64),
        Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
        Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_DATA)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 28)],
};

static RESPONSE_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

/// `DescribeTransactionsResponse.json`.
static DESCRIBE_TRANSACTIONS_RESPONSE: Message = Message {
    name: "DescribeTransactionsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "TransactionStates",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TRANSACTION_STATE)),
            )
            .mark(Mark::Transactions),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
