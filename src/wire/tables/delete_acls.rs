//! DeleteAcls: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DeleteAcls, key 31.
pub static DELETE_ACLS: Api = Api {
    key: 31,
    name: "DeleteAcls",
    request: &DELETE_ACLS_REQUEST,
    response: &DELETE_ACLS_RESPONSE,
    min_version: 1,
    max_version: 3,
    broker: true,
};

static REQUEST_DELETE_ACLS_FILTER: Struct = Struct {
    fields: &[
        Field::new("ResourceTypeFilter", Versions::from(0), Kind::Int8),
        Field::new("ResourceNameFilter", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("PatternTypeFilter", Versions::from(1), Kind::Int8)
            .default(DefaultValue::Int(3)),
        Field::new("PrincipalFilter", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("HostFilter", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("Operation", Versions::from(0), Kind::Int8),
        Field::new("PermissionType", Versions::from(0), Kind::Int8),
    ],
    visited: false,
    minimum: &[(1, 10), (2, 8)],
};

/// `DeleteAclsRequest.json`.
static DELETE_ACLS_REQUEST: Message = Message {
    name: "DeleteAclsRequest",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new(
            "Filters",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_DELETE_ACLS_FILTER)),
        )],
        visited: false,
        minimum: &[(1, 4), (2, 2)],
    },
};

static RESPONSE_DELETE_ACLS_FILTER_RESULT: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new(
            "MatchingAcls",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DELETE_ACLS_MATCHING_ACL)),
        ),
    ],
    visited: true,
    minimum: &[(1, 8), (2, 5)],
};

static RESPONSE_DELETE_ACLS_MATCHING_ACL: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("ResourceType", Versions::from(0), Kind::Int8),
        Field::new("ResourceName", Versions::from(0), Kind::Str),
        Field::new("PatternType", Versions::from(1), Kind::Int8).default(DefaultValue::Int(3)),
        Field::new("Principal", Versions::from(0), Kind::Str),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Operation", Versions::from(0), Kind::Int8),
        Field::new("PermissionType", Versions::from(0), Kind::Int8),
    ],
    visited: true,
    minimum: &[(1, 14), (2, 11)],
};

/// `DeleteAclsResponse.json`.
static DELETE_ACLS_RESPONSE: Message = Message {
    name: "DeleteAclsResponse",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "FilterResults",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DELETE_ACLS_FILTER_RESULT)),
            ),
        ],
        visited: true,
        minimum: &[(1, 8), (2, 6)],
    },
};
