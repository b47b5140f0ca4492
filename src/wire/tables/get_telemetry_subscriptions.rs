//! GetTelemetrySubscriptions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// GetTelemetrySubscriptions, key 71.
pub static GET_TELEMETRY_SUBSCRIPTIONS: Api = Api {
    key: 71,
    name: "GetTelemetrySubscriptions",
    request: &GET_TELEMETRY_SUBSCRIPTIONS_REQUEST,
    response: &GET_TELEMETRY_SUBSCRIPTIONS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `GetTelemetrySubscriptionsRequest.json`.
static GET_TELEMETRY_SUBSCRIPTIONS_REQUEST: Message = Message {
    name: "GetTelemetrySubscriptionsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "ClientInstanceId",
            Versions::from(0),
            Kind::Uuid,
        )],
        visited: false,
        minimum: &[(0, 17)],
    },
};

/// `GetTelemetrySubscriptionsResponse.json`.
static GET_TELEMETRY_SUBSCRIPTIONS_RESPONSE: Message = Message {
    name: "GetTelemetrySubscriptionsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ClientInstanceId", Versions::from(0), Kind::Uuid),
            Field::new("SubscriptionId", Versions::from(0), Kind::Int32),
            Field::new(
                "AcceptedCompressionTypes",
                Versions::from(0),
                Kind::Array(&Kind::Int8),
            ),
            Field::new("PushIntervalMs", Versions::from(0), Kind::Int32),
            Field::new("TelemetryMaxBytes", Versions::from(0), Kind::Int32),
            Field::new("DeltaTemporality", Versions::from(0), Kind::Bool),
            Field::new(
                "RequestedMetrics",
                Versions::from(0),
                Kind::Array(&Kind::Str),
            ),
        ],
        visited: true,
        minimum: &[(0, 38)],
    },
};
