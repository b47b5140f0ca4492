//! ListGroups: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// ListGroups, key 16.
pub static LIST_GROUPS: Api = Api {
    key: 16,
    name: "ListGroups",
    request: &LIST_GROUPS_REQUEST,
    response: &LIST_GROUPS_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

/// `ListGroupsRequest.json`.
static LIST_GROUPS_REQUEST: Message = Message {
    name: "ListGroupsRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("StatesFilter", Versions::from(4), Kind::Array(&Kind::Str)),
            Field::new("TypesFilter", Versions::from(5), Kind::Array(&Kind::Str)),
        ],
        visited: false,
        minimum: &[(0, 1), (4, 2), (5, 3)],
    },
};

static RESPONSE_LISTED_GROUP: Struct = Struct {
    fields: &[
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new("ProtocolType", Versions::from(0), Kind::Str),
        Field::new("GroupState", Versions::from(4), Kind::Str).ignorable(),
        Field::new("GroupType", Versions::from(5), Kind::Str).ignorable(),
    ],
    visited: true,
    minimum: &[(0, 4), (3, 3), (4, 4), (5, 5)],
};

/// `ListGroupsResponse.json`.
static LIST_GROUPS_RESPONSE: Message = Message {
    name: "ListGroupsResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Groups",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_LISTED_GROUP)),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 10), (3, 8)],
    },
};
