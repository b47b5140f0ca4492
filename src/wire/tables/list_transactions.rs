//! ListTransactions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ListTransactions, key 66.
pub static LIST_TRANSACTIONS: Api = Api {
    key: 66,
    name: "ListTransactions",
    request: &LIST_TRANSACTIONS_REQUEST,
    response: &LIST_TRANSACTIONS_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

/// `ListTransactionsRequest.json`.
static LIST_TRANSACTIONS_REQUEST: Message = Message {
    name: "ListTransactionsRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("StateFilters", Versions::from(0), Kind::Array(&Kind::Str)),
            Field::new(
                "ProducerIdFilters",
                Versions::from(0),
                Kind::Array(&Kind::Int64),
            )
            .mark(Mark::ProducerId),
            Field::new("DurationFilter", Versions::from(1), Kind::Int64)
                .default(DefaultValue::Int(-1)),
            Field::new("TransactionalIdPattern", Versions::from(2), Kind::Str)
                .nullable(Versions::from(2))
                .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 3), (1, 11), (2, 12)],
    },
};

static RESPONSE_TRANSACTION_STATE: Struct = Struct {
    fields: &[
        Field::new("TransactionalId", Versions::from(0), Kind::Str).mark(Mark::TransactionalId),
        Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
        Field::new("TransactionState", Versions::from(0), Kind::Str),
    ],
    visited: true,
    minimum: &[(0, 11)],
};

/// `ListTransactionsResponse.json`.
static LIST_TRANSACTIONS_RESPONSE: Message = Message {
    name: "ListTransactionsResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "UnknownStateFilters",
                Versions::from(0),
                Kind::Array(&Kind::Str),
            ),
            Field::new(
                "TransactionStates",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TRANSACTION_STATE)),
            )
            .mark(Mark::Transactions),
        ],
        visited: true,
        minimum: &[(0, 9)],
    },
};
