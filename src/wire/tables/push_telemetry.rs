//! PushTelemetry: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// PushTelemetry, key 72.
pub static PUSH_TELEMETRY: Api = Api {
    key: 72,
    name: "PushTelemetry",
    request: &PUSH_TELEMETRY_REQUEST,
    response: &PUSH_TELEMETRY_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `PushTelemetryRequest.json`.
static PUSH_TELEMETRY_REQUEST: Message = Message {
    name: "PushTelemetryRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ClientInstanceId", Versions::from(0), Kind::Uuid),
            Field::new("SubscriptionId", Versions::from(0), Kind::Int32),
            Field::new("Terminating", Versions::from(0), Kind::Bool),
            Field::new("CompressionType", Versions::from(0), Kind::Int8),
            Field::new("Metrics", Versions::from(0), Kind::Bytes),
        ],
        visited: false,
        minimum: &[(0, 24)],
    },
};

/// `PushTelemetryResponse.json`.
static PUSH_TELEMETRY_RESPONSE: Message = Message {
    name: "PushTelemetryResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        ],
        visited: true,
        minimum: &[(0, 7)],
    },
};
