//! ControllerRegistration: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// ControllerRegistration, key 70.
pub static CONTROLLER_REGISTRATION: Api = Api {
    key: 70,
    name: "ControllerRegistration",
    request: &CONTROLLER_REGISTRATION_REQUEST,
    response: &CONTROLLER_REGISTRATION_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: false,
};

static REQUEST_LISTENER: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::UInt16),
        Field::new("SecurityProtocol", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 7)],
};

static REQUEST_FEATURE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("MinSupportedVersion", Versions::from(0), Kind::Int16),
        Field::new("MaxSupportedVersion", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 6)],
};

/// `ControllerRegistrationRequest.json`.
static CONTROLLER_REGISTRATION_REQUEST: Message = Message {
    name: "ControllerRegistrationRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ControllerId", Versions::from(0), Kind::Int32),
            Field::new("IncarnationId", Versions::from(0), Kind::Uuid),
            Field::new("ZkMigrationReady", Versions::from(0), Kind::Bool),
            Field::new(
                "Listeners",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_LISTENER)),
            ),
            Field::new(
                "Features",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_FEATURE)),
            ),
        ],
        visited: false,
        minimum: &[(0, 24)],
    },
};

/// `ControllerRegistrationResponse.json`.
static CONTROLLER_REGISTRATION_RESPONSE: Message = Message {
    name: "ControllerRegistrationResponse",
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
