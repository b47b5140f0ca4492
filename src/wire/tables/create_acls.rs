//! CreateAcls: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// CreateAcls, key 30.
pub static CREATE_ACLS: Api = Api {
    key: 30,
    name: "CreateAcls",
    request: &CREATE_ACLS_REQUEST,
    response: &CREATE_ACLS_RESPONSE,
    min_version: 1,
    max_version: 3,
    broker: true,
};

static REQUEST_ACL_CREATION: Struct = Struct {
    fields: &[
        Field::new("ResourceType", Versions::from(0), Kind::Int8),
        Field::new("ResourceName", Versions::from(0), Kind::Str),
        Field::new("ResourcePatternType", Versions::from(1), Kind::Int8)
            .default(DefaultValue::Int(3)),
        Field::new("Principal", Versions::from(0), Kind::Str),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Operation", Versions::from(0), Kind::Int8),
        Field::new("PermissionType", Versions::from(0), Kind::Int8),
    ],
    visited: false,
    minimum: &[(1, 10), (2, 8)],
};

/// `CreateAclsRequest.json`.
static CREATE_ACLS_REQUEST: Message = Message {
    name: "CreateAclsRequest",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new(
            "Creations",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ACL_CREATION)),
        )],
        visited: false,
        minimum: &[(1, 4), (2, 2)],
    },
};

static RESPONSE_ACL_CREATION_RESULT: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(1, 4)],
};

/// `CreateAclsResponse.json`.
static CREATE_ACLS_RESPONSE: Message = Message {
    name: "CreateAclsResponse",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ACL_CREATION_RESULT)),
            ),
        ],
        visited: true,
        minimum: &[(1, 8), (2, 6)],
    },
};
