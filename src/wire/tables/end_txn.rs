//! EndTxn: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// EndTxn, key 26.
pub static END_TXN: Api = Api {
    key: 26,
    name: "EndTxn",
    request: &END_TXN_REQUEST,
    response: &END_TXN_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

/// `EndTxnRequest.json`.
static END_TXN_REQUEST: Message = Message {
    name: "EndTxnRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("TransactionalId", Versions::from(0), Kind::Str).mark(Mark::TransactionalId),
            Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
            Field::new("Committed", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 13)],
    },
};

/// `EndTxnResponse.json`.
static END_TXN_RESPONSE: Message = Message {
    name: "EndTxnResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ProducerId", Versions::from(5), Kind::Int64)
                .ignorable()
                .default(DefaultValue::Int(-1))
                .mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(5), Kind::Int16)
                .ignorable()
                .default(DefaultValue::Int(-1)),
        ],
        visited: true,
        minimum: &[(0, 6), (3, 7), (5, 17)],
    },
};
