//! LeaveGroup: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// LeaveGroup, key 13.
pub static LEAVE_GROUP: Api = Api {
    key: 13,
    name: "LeaveGroup",
    request: &LEAVE_GROUP_REQUEST,
    response: &LEAVE_GROUP_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

static REQUEST_MEMBER_IDENTITY: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(3), Kind::Str).mark(Mark::MemberId),
        Field::new("GroupInstanceId", Versions::from(3), Kind::Str)
            .nullable(Versions::from(3))
            .default(DefaultValue::Null),
        Field::new("Reason", Versions::from(5), Kind::Str)
            .nullable(Versions::from(5))
            .ignorable()
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 1), (3, 4), (4, 3), (5, 4)],
};

/// `LeaveGroupRequest.json`.
static LEAVE_GROUP_REQUEST: Message = Message {
    name: "LeaveGroupRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("MemberId", Versions::range(0, 2), Kind::Str).mark(Mark::MemberId),
            Field::new(
                "Members",
                Versions::from(3),
                Kind::Array(&Kind::Struct(&REQUEST_MEMBER_IDENTITY)),
            )
            .mark(Mark::Members),
        ],
        visited: true,
        minimum: &[(0, 4), (3, 6), (4, 3)],
    },
};

static RESPONSE_MEMBER_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(3), Kind::Str).mark(Mark::MemberId),
        Field::new("GroupInstanceId", Versions::from(3), Kind::Str).nullable(Versions::from(3)),
        Field::new("ErrorCode", Versions::from(3), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 1), (3, 6), (4, 5)],
};

/// `LeaveGroupResponse.json`.
static LEAVE_GROUP_RESPONSE: Message = Message {
    name: "LeaveGroupResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Members",
                Versions::from(3),
                Kind::Array(&Kind::Struct(&RESPONSE_MEMBER_RESPONSE)),
            )
            .mark(Mark::Members),
        ],
        visited: true,
        minimum: &[(0, 2), (1, 6), (3, 10), (4, 8)],
    },
};
