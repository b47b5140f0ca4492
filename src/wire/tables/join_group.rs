//! JoinGroup: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// JoinGroup, key 11.
pub static JOIN_GROUP: Api = Api {
    key: 11,
    name: "JoinGroup",
    request: &JOIN_GROUP_REQUEST,
    response: &JOIN_GROUP_RESPONSE,
    min_version: 0,
    max_version: 9,
    broker: true,
};

static REQUEST_JOIN_GROUP_REQUEST_PROTOCOL: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Metadata", Versions::from(0), Kind::Bytes),
    ],
    visited: false,
    minimum: &[(0, 6), (6, 3)],
};

/// `JoinGroupRequest.json`.
static JOIN_GROUP_REQUEST: Message = Message {
    name: "JoinGroupRequest",
    versions: Versions::range(0, 9),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("SessionTimeoutMs", Versions::from(0), Kind::Int32),
            Field::new("RebalanceTimeoutMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1)),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("GroupInstanceId", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .default(DefaultValue::Null),
            Field::new("ProtocolType", Versions::from(0), Kind::Str),
            Field::new(
                "Protocols",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_JOIN_GROUP_REQUEST_PROTOCOL)),
            ),
            Field::new("Reason", Versions::from(8), Kind::Str)
                .nullable(Versions::from(8))
                .ignorable()
                .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 14), (1, 18), (5, 20), (6, 14), (8, 15)],
    },
};

static RESPONSE_JOIN_GROUP_RESPONSE_MEMBER: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
        Field::new("GroupInstanceId", Versions::from(5), Kind::Str)
            .nullable(Versions::from(5))
            .ignorable()
            .default(DefaultValue::Null),
        Field::new("Metadata", Versions::from(0), Kind::Bytes),
    ],
    visited: true,
    minimum: &[(0, 6), (5, 8), (6, 4)],
};

/// `JoinGroupResponse.json`.
static JOIN_GROUP_RESPONSE: Message = Message {
    name: "JoinGroupResponse",
    versions: Versions::range(0, 9),
    flexible: Versions::from(6),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(2), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("GenerationId", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(-1)),
            Field::new("ProtocolType", Versions::from(7), Kind::Str)
                .nullable(Versions::from(7))
                .ignorable()
                .default(DefaultValue::Null),
            Field::new("ProtocolName", Versions::from(0), Kind::Str).nullable(Versions::from(7)),
            Field::new("Leader", Versions::from(0), Kind::Str),
            Field::new("SkipAssignment", Versions::from(9), Kind::Bool),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new(
                "Members",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_JOIN_GROUP_RESPONSE_MEMBER)),
            )
            .mark(Mark::Members),
        ],
        visited: true,
        minimum: &[(0, 16), (2, 20), (6, 15), (7, 16), (9, 17)],
    },
};
