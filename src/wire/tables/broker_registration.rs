//! BrokerRegistration: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// BrokerRegistration, key 62.
pub static BROKER_REGISTRATION: Api = Api {
    key: 62,
    name: "BrokerRegistration",
    request: &BROKER_REGISTRATION_REQUEST,
    response: &BROKER_REGISTRATION_RESPONSE,
    min_version: 0,
    max_version: 4,
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

/// `BrokerRegistrationRequest.json`.
static BROKER_REGISTRATION_REQUEST: Message = Message {
    name: "BrokerRegistrationRequest",
    versions: Versions::range(0, 4),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
            Field::new("ClusterId", Versions::from(0), Kind::Str).mark(Mark::ClusterId),
            Field::new("IncarnationId", Versions::from(0), Kind::Uuid),
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
            Field::new("Rack", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new("IsMigratingZkBroker", Versions::from(1), Kind::Bool),
            Field::new("LogDirs", Versions::from(2), Kind::Array(&Kind::Uuid)).ignorable(),
            Field::new("PreviousBrokerEpoch", Versions::from(3), Kind::Int64)
                .ignorable()
                .default(DefaultValue::Int(-1)),
        ],
        visited: true,
        minimum: &[(0, 25), (1, 26), (2, 27), (3, 35)],
    },
};

/// `BrokerRegistrationResponse.json`.
static BROKER_REGISTRATION_RESPONSE: Message = Message {
    name: "BrokerRegistrationResponse",
    versions: Versions::range(0, 4),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("BrokerEpoch", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1)),
        ],
        visited: true,
        minimum: &[(0, 15)],
    },
};
