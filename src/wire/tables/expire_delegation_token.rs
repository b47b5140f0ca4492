//! ExpireDelegationToken: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// ExpireDelegationToken, key 40.
pub static EXPIRE_DELEGATION_TOKEN: Api = Api {
    key: 40,
    name: "ExpireDelegationToken",
    request: &EXPIRE_DELEGATION_TOKEN_REQUEST,
    response: &EXPIRE_DELEGATION_TOKEN_RESPONSE,
    min_version: 1,
    max_version: 2,
    broker: true,
};

/// `ExpireDelegationTokenRequest.json`.
static EXPIRE_DELEGATION_TOKEN_REQUEST: Message = Message {
    name: "ExpireDelegationTokenRequest",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("Hmac", Versions::from(0), Kind::Bytes),
            Field::new("ExpiryTimePeriodMs", Versions::from(0), Kind::Int64),
        ],
        visited: false,
        minimum: &[(1, 12), (2, 10)],
    },
};

/// `ExpireDelegationTokenResponse.json`.
static EXPIRE_DELEGATION_TOKEN_RESPONSE: Message = Message {
    name: "ExpireDelegationTokenResponse",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ExpiryTimestampMs", Versions::from(0), Kind::Int64),
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
        ],
        visited: true,
        minimum: &[(1, 14), (2, 15)],
    },
};
