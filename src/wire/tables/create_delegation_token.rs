//! CreateDelegationToken: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// CreateDelegationToken, key 38.
pub static CREATE_DELEGATION_TOKEN: Api = Api {
    key: 38,
    name: "CreateDelegationToken",
    request: &CREATE_DELEGATION_TOKEN_REQUEST,
    response: &CREATE_DELEGATION_TOKEN_RESPONSE,
    min_version: 1,
    max_version: 3,
    broker: true,
};

static REQUEST_CREATABLE_RENEWERS: Struct = Struct {
    fields: &[
        Field::new("PrincipalType", Versions::from(0), Kind::Str),
        Field::new("PrincipalName", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(1, 4), (2, 3)],
};

/// `CreateDelegationTokenRequest.json`.
static CREATE_DELEGATION_TOKEN_REQUEST: Message = Message {
    name: "CreateDelegationTokenRequest",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("OwnerPrincipalType", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3)),
            Field::new("OwnerPrincipalName", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3)),
            Field::new(
                "Renewers",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_CREATABLE_RENEWERS)),
            ),
            Field::new("MaxLifetimeMs", Versions::from(0), Kind::Int64),
        ],
        visited: false,
        minimum: &[(1, 12), (2, 10), (3, 12)],
    },
};

/// `CreateDelegationTokenResponse.json`.
static CREATE_DELEGATION_TOKEN_RESPONSE: Message = Message {
    name: "CreateDelegationTokenResponse",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("PrincipalType", Versions::from(0), Kind::Str),
            Field::new("PrincipalName", Versions::from(0), Kind::Str),
            Field::new("TokenRequesterPrincipalType", Versions::from(3), Kind::Str),
            Field::new("TokenRequesterPrincipalName", Versions::from(3), Kind::Str),
            Field::new("IssueTimestampMs", Versions::from(0), Kind::Int64),
            Field::new("ExpiryTimestampMs", Versions::from(0), Kind::Int64),
            Field::new("MaxTimestampMs", Versions::from(0), Kind::Int64),
            Field::new("TokenId", Versions::from(0), Kind::Str),
            Field::new("Hmac", Versions::from(0), Kind::Bytes),
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
        ],
        visited: true,
        minimum: &[(1, 40), (2, 35), (3, 37)],
    },
};
