//! InitProducerId: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// InitProducerId, key 22.
pub static INIT_PRODUCER_ID: Api = Api {
    key: 22,
    name: "InitProducerId",
    request: &INIT_PRODUCER_ID_REQUEST,
    response: &INIT_PRODUCER_ID_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

/// `InitProducerIdRequest.json`.
static INIT_PRODUCER_ID_REQUEST: Message = Message {
    name: "InitProducerIdRequest",
    versions: Versions::range(0, 6),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("TransactionalId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .mark(Mark::TransactionalId),
            Field::new("TransactionTimeoutMs", Versions::from(0), Kind::Int32),
            Field::new("ProducerId", Versions::from(3), Kind::Int64)
                .default(DefaultValue::Int(-1))
                .mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(3), Kind::Int16)
                .default(DefaultValue::Int(-1)),
            Field::new("Enable2Pc", Versions::from(6), Kind::Bool).mark(Mark::EnableTwoPhaseCommit),
            Field::new("KeepPreparedTxn", Versions::from(6), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 6), (3, 16), (6, 18)],
    },
};

/// `InitProducerIdResponse.json`.
static INIT_PRODUCER_ID_RESPONSE: Message = Message {
    name: "InitProducerIdResponse",
    versions: Versions::range(0, 6),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ProducerId", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1))
                .mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
            Field::new("OngoingTxnProducerId", Versions::from(6), Kind::Int64)
                .default(DefaultValue::Int(-1))
                .mark(Mark::ProducerId),
            Field::new("OngoingTxnProducerEpoch", Versions::from(6), Kind::Int16)
                .default(DefaultValue::Int(-1)),
        ],
        visited: true,
        minimum: &[(0, 16), (2, 17), (6, 27)],
    },
};
