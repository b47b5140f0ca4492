//! DeleteGroups: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DeleteGroups, key 42.
pub static DELETE_GROUPS: Api = Api {
    key: 42,
    name: "DeleteGroups",
    request: &DELETE_GROUPS_REQUEST,
    response: &DELETE_GROUPS_RESPONSE,
    min_version: 0,
    max_version: 3,
    broker: true,
};

/// `DeleteGroupsRequest.json`.
static DELETE_GROUPS_REQUEST: Message = Message {
    name: "DeleteGroupsRequest",
    versions: Versions::range(0, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("GroupsNames", Versions::from(0), Kind::Array(&Kind::Str))
                .mark(Mark::GroupId),
        ],
        visited: true,
        minimum: &[(0, 4), (2, 2)],
    },
};

static RESPONSE_DELETABLE_GROUP_RESULT: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(3), Kind::Str)
            .nullable(Versions::from(3))
            .ignorable()
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 4), (3, 5)],
};

/// `DeleteGroupsResponse.json`.
static DELETE_GROUPS_RESPONSE: Message = Message {
    name: "DeleteGroupsResponse",
    versions: Versions::range(0, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DELETABLE_GROUP_RESULT)),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(0, 8), (2, 6)],
    },
};
