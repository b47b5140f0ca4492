//! BrokerHeartbeat: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// BrokerHeartbeat, key 63.
pub static BROKER_HEARTBEAT: Api = Api {
    key: 63,
    name: "BrokerHeartbeat",
    request: &BROKER_HEARTBEAT_REQUEST,
    response: &BROKER_HEARTBEAT_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: false,
};

/// `BrokerHeartbeatRequest.json`.
static BROKER_HEARTBEAT_REQUEST: Message = Message {
    name: "BrokerHeartbeatRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
            Field::new("BrokerEpoch", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1)),
            Field::new("CurrentMetadataOffset", Versions::from(0), Kind::Int64),
            Field::new("WantFence", Versions::from(0), Kind::Bool),
            Field::new("WantShutDown", Versions::from(0), Kind::Bool),
            Field::new(
                "OfflineLogDirs",
                Versions::from(1),
                Kind::Array(&Kind::Uuid),
            )
            .tagged(0, Versions::from(1)),
            Field::new(
                "CordonedLogDirs",
                Versions::from(2),
                Kind::Array(&Kind::Uuid),
            )
            .nullable(Versions::from(2))
            .tagged(1, Versions::from(2))
            .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 23)],
    },
};

/// `BrokerHeartbeatResponse.json`.
static BROKER_HEARTBEAT_RESPONSE: Message = Message {
    name: "BrokerHeartbeatResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("IsCaughtUp", Versions::from(0), Kind::Bool),
            Field::new("IsFenced", Versions::from(0), Kind::Bool).default(DefaultValue::True),
            Field::new("ShouldShutDown", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 10)],
    },
};
