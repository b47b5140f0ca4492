//! UnregisterController: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// UnregisterController, key 94.
pub static UNREGISTER_CONTROLLER: Api = Api {
    key: 94,
    name: "UnregisterController",
    request: &UNREGISTER_CONTROLLER_REQUEST,
    response: &UNREGISTER_CONTROLLER_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `UnregisterControllerRequest.json`.
static UNREGISTER_CONTROLLER_REQUEST: Message = Message {
    name: "UnregisterControllerRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new("ControllerId", Versions::from(0), Kind::Int32)],
        visited: false,
        minimum: &[(0, 5)],
    },
};

/// `UnregisterControllerResponse.json`.
static UNREGISTER_CONTROLLER_RESPONSE: Message = Message {
    name: "UnregisterControllerResponse",
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
