//! SyncGroup: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// SyncGroup, key 14.
pub static SYNC_GROUP: Api = Api {
    key: 14,
    name: "SyncGroup",
    request: &SYNC_GROUP_REQUEST,
    response: &SYNC_GROUP_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

static REQUEST_SYNC_GROUP_REQUEST_ASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
        Field::new("Assignment", Versions::from(0), Kind::Bytes),
    ],
    visited: true,
    minimum: &[(0, 6), (4, 3)],
};

/// `SyncGroupRequest.json`.
static SYNC_GROUP_REQUEST: Message = Message {
    name: "SyncGroupRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("GenerationId", Versions::from(0), Kind::Int32),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("GroupInstanceId", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3))
                .default(DefaultValue::Null),
            Field::new("ProtocolType", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .ignorable()
                .default(DefaultValue::Null),
            Field::new("ProtocolName", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .ignorable()
                .default(DefaultValue::Null),
            Field::new(
                "Assignments",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_SYNC_GROUP_REQUEST_ASSIGNMENT)),
            )
            .mark(Mark::Members),
        ],
        visited: true,
        minimum: &[(0, 12), (3, 14), (4, 9), (5, 11)],
    },
};

/// `SyncGroupResponse.json`.
static SYNC_GROUP_RESPONSE: Message = Message {
    name: "SyncGroupResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ProtocolType", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .ignorable()
                .default(DefaultValue::Null),
            Field::new("ProtocolName", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .ignorable()
                .default(DefaultValue::Null),
            Field::new("Assignment", Versions::from(0), Kind::Bytes),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 10), (4, 8), (5, 10)],
    },
};
