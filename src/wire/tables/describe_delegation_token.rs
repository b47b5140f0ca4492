//! DescribeDelegationToken: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// DescribeDelegationToken, key 41.
pub static DESCRIBE_DELEGATION_TOKEN: Api = Api {
    key: 41,
    name: "DescribeDelegationToken",
    request: &DESCRIBE_DELEGATION_TOKEN_REQUEST,
    response: &DESCRIBE_DELEGATION_TOKEN_RESPONSE,
    min_version: 1,
    max_version: 3,
    broker: true,
};

static REQUEST_DESCRIBE_DELEGATION_TOKEN_OWNER: Struct = Struct {
    fields: &[
        Field::new("PrincipalType", Versions::from(0), Kind::Str),
        Field::new("PrincipalName", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(1, 4), (2, 3)],
};

/// `DescribeDelegationTokenRequest.json`.
static DESCRIBE_DELEGATION_TOKEN_REQUEST: Message = Message {
    name: "DescribeDelegationTokenRequest",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new(
            "Owners",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_DESCRIBE_DELEGATION_TOKEN_OWNER)),
        )
        .nullable(Versions::from(0))],
        visited: false,
        minimum: &[(1, 4), (2, 2)],
    },
};

static RESPONSE_DESCRIBED_DELEGATION_TOKEN: Struct = Struct {
    fields: &[
        Field::new("PrincipalType", Versions::from(0), Kind::Str),
        Field::new("PrincipalName", Versions::from(0), Kind::Str),
        Field::new("TokenRequesterPrincipalType", Versions::from(3), Kind::Str),
        Field::new("TokenRequesterPrincipalName", Versions::from(3), Kind::Str),
        Field::new("IssueTimestamp", Versions::from(0), Kind::Int64),
        Field::new("ExpiryTimestamp", Versions::from(0), Kind::Int64),
        Field::new("MaxTimestamp", Versions::from(0), Kind::Int64),
        Field::new("TokenId", Versions::from(0), Kind::Str),
        Field::new("Hmac", Versions::from(0), Kind::Bytes),
        Field::new(
            "Renewers",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBED_DELEGATION_TOKEN_RENEWER)),
        ),
    ],
    visited: false,
    minimum: &[(1, 38), (2, 30), (3, 32)],
};

static RESPONSE_DESCRIBED_DELEGATION_TOKEN_RENEWER: Struct = Struct {
    fields: &[
        Field::new("PrincipalType", Versions::from(0), Kind::Str),
        Field::new("PrincipalName", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(1, 4), (2, 3)],
};

/// `DescribeDelegationTokenResponse.json`.
static DESCRIBE_DELEGATION_TOKEN_RESPONSE: Message = Message {
    name: "DescribeDelegationTokenResponse",
    versions: Versions::range(1, 3),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Tokens",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBED_DELEGATION_TOKEN)),
            ),
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
        ],
        visited: true,
        minimum: &[(1, 10), (2, 8)],
    },
};
