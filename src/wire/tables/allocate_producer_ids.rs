//! AllocateProducerIds: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AllocateProducerIds, key 67.
pub static ALLOCATE_PRODUCER_IDS: Api = Api {
    key: 67,
    name: "AllocateProducerIds",
    request: &ALLOCATE_PRODUCER_IDS_REQUEST,
    response: &ALLOCATE_PRODUCER_IDS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: false,
};

/// `AllocateProducerIdsRequest.json`.
static ALLOCATE_PRODUCER_IDS_REQUEST: Message = Message {
    name: "AllocateProducerIdsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
            Field::new("BrokerEpoch", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1)),
        ],
        visited: true,
        minimum: &[(0, 13)],
    },
};

/// `AllocateProducerIdsResponse.json`.
static ALLOCATE_PRODUCER_IDS_RESPONSE: Message = Message {
    name: "AllocateProducerIdsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ProducerIdStart", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
            Field::new("ProducerIdLen", Versions::from(0), Kind::Int32),
        ],
        visited: true,
        minimum: &[(0, 19)],
    },
};
