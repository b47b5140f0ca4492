//! DescribeAcls: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeAcls, key 29.
pub static DESCRIBE_ACLS: Api = Api {
    key: 29,
    name: "DescribeAcls",
    request: &DESCRIBE_ACLS_REQUEST,
    response: &DESCRIBE_ACLS_RESPONSE,
    min_version: 1,
    max_version: 3,
    broker: true,
};

/// `DescribeAclsRequest.json`.
static DESCRIBE_ACLS_REQUEST: Message = Message {
    name: "DescribeAclsRequest",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ResourceTypeFilter", Versions::from(0), Kind::Int8),
            Field::new("ResourceNameFilter", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0)),
            Field::new("PatternTypeFilter", Versions::from(1), Kind::Int8)
                .default(DefaultValue::Int(3)),
            Field::new("PrincipalFilter", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new("HostFilter", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new("Operation", Versions::from(0), Kind::Int8),
            Field::new("PermissionType", Versions::from(0), Kind::Int8),
        ],
        visited: false,
        minimum: &[(1, 10), (2, 8)],
    },
};

static RESPONSE_DESCRIBE_ACLS_RESOURCE: Struct = Struct {
    fields: &[
        Field::new("ResourceType", Versions::from(0), Kind::Int8),
        Field::new("ResourceName", Versions::from(0), Kind::Str),
        Field::new("PatternType", Versions::from(1), Kind::Int8).default(DefaultValue::Int(3)),
        Field::new(
            "Acls",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_ACL_DESCRIPTION)),
        ),
    ],
    visited: false,
    minimum: &[(1, 8), (2, 5)],
};

static RESPONSE_ACL_DESCRIPTION: Struct = Struct {
    fields: &[
        Field::new("Principal", Versions::from(0), Kind::Str),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Operation", Versions::from(0), Kind::Int8),
        Field::new("PermissionType", Versions::from(0), Kind::Int8),
    ],
    visited: false,
    minimum: &[(1, 6), (2, 5)],
};

/// `DescribeAclsResponse.json`.
static DESCRIBE_ACLS_RESPONSE: Message = Message {
    name: "DescribeAclsResponse",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Resources",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_ACLS_RESOURCE)),
            ),
        ],
        visited: true,
        minimum: &[(1, 12), (2, 9)],
    },
};
