//! Heartbeat: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Heartbeat, key 12.
pub static HEARTBEAT: Api = Api {
    key: 12,
    name: "Heartbeat",
    request: &HEARTBEAT_REQUEST,
    response: &HEARTBEAT_RESPONSE,
    min_version: 0,
    max_version: 4,
    broker: true,
};

/// `HeartbeatRequest.json`.
static HEARTBEAT_REQUEST: Message = Message {
    name: "HeartbeatRequest",
    versions: Versions::range(0, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("GenerationId", Versions::from(0), Kind::Int32),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("GroupInstanceId", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3))
                .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 8), (3, 10), (4, 8)],
    },
};

/// `HeartbeatResponse.json`.
static HEARTBEAT_RESPONSE: Message = Message {
    name: "HeartbeatResponse",
    versions: Versions::range(0, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        ],
        visited: true,
        minimum: &[(0, 2), (1, 6), (4, 7)],
    },
};
