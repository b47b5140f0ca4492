//! AddOffsetsToTxn: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AddOffsetsToTxn, key 25.
pub static ADD_OFFSETS_TO_TXN: Api = Api {
    key: 25,
    name: "AddOffsetsToTxn",
    request: &ADD_OFFSETS_TO_TXN_REQUEST,
    response: &ADD_OFFSETS_TO_TXN_RESPONSE,
    min_version: 0,
    max_version: 4,
    broker: true,
};

/// `AddOffsetsToTxnRequest.json`.
static ADD_OFFSETS_TO_TXN_REQUEST: Message = Message {
    name: "AddOffsetsToTxnRequest",
    versions: Versions::range(0, 4),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("TransactionalId", Versions::from(0), Kind::Str).mark(Mark::TransactionalId),
            Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        ],
        visited: true,
        minimum: &[(0, 14), (3, 13)],
    },
};

/// `AddOffsetsToTxnResponse.json`.
static ADD_OFFSETS_TO_TXN_RESPONSE: Message = Message {
    name: "AddOffsetsToTxnResponse",
    versions: Versions::range(0, 4),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        ],
        visited: true,
        minimum: &[(0, 6), (3, 7)],
    },
};
