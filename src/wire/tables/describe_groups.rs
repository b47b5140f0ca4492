//! DescribeGroups: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeGroups, key 15.
pub static DESCRIBE_GROUPS: Api = Api {
    key: 15,
    name: "DescribeGroups",
    request: &DESCRIBE_GROUPS_REQUEST,
    response: &DESCRIBE_GROUPS_RESPONSE,
    min_version: 0,
    max_version: 6,
    broker: true,
};

/// `DescribeGroupsRequest.json`.
static DESCRIBE_GROUPS_REQUEST: Message = Message {
    name: "DescribeGroupsRequest",
    versions: Versions::range(0, 6),
    flexible: Versions::from(5),
    root: Struct {
        fields: &[
            Field::new("Groups", Versions::from(0), Kind::Array(&Kind::Str)).mark(Mark::GroupId),
            Field::new("IncludeAuthorizedOperations", Versions::from(3), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 4), (3, 5), (5, 3)],
    },
};

static RESPONSE_DESCRIBED_GROUP: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(6), Kind::Str)
            .nullable(Versions::from(6))
            .default(DefaultValue::Null),
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new("GroupState", Versions::from(0), Kind::Str),
        Field::new("ProtocolType", Versions::from(0), Kind::Str),
        Field::new("ProtocolData", Versions::from(0), Kind::Str),
        Field::new(
            "Members",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBED_GROUP_MEMBER)),
        )
        .mark(Mark::Members),
        Field::new("AuthorizedOperations", Versions::from(3), Kind::Int32)
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::GroupAuthorizedOperations),
    ],
    visited: true,
    minimum: &[(0, 14), (3, 18), (5, 12), (6, 13)],
};

static RESPONSE_DESCRIBED_GROUP_MEMBER: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
        Field::new("GroupInstanceId", Versions::from(4), Kind::Str)
            .nullable(Versions::from(4))
            .ignorable()
            .default(DefaultValue::Null),
        Field::new("ClientId", Versions::from(0), Kind::Str),
        Field::new("ClientHost", Versions::from(0), Kind::Str),
        Field::new("MemberMetadata", Versions::from(0), Kind::Bytes),
        Field::new("MemberAssignment", Versions::from(0), Kind::Bytes),
    ],
    visited: true,
    minimum: &[(0, 14), (4, 16), (5, 7)],
};

/// `DescribeGroupsResponse.json`.
static DESCRIBE_GROUPS_RESPONSE: Message = Message {
    name: "DescribeGroupsResponse",
    versions: Versions::range(0, 6),
    flexible: Versions::from(5),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Groups",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBED_GROUP)),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(0, 4), (1, 8), (5, 6)],
    },
};
