//! UnregisterBroker: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// UnregisterBroker, key 64.
pub static UNREGISTER_BROKER: Api = Api {
    key: 64,
    name: "UnregisterBroker",
    request: &UNREGISTER_BROKER_REQUEST,
    response: &UNREGISTER_BROKER_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `UnregisterBrokerRequest.json`.
static UNREGISTER_BROKER_REQUEST: Message = Message {
    name: "UnregisterBrokerRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId)],
        visited: true,
        minimum: &[(0, 5)],
    },
};

/// `UnregisterBrokerResponse.json`.
static UNREGISTER_BROKER_RESPONSE: Message = Message {
    name: "UnregisterBrokerResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
