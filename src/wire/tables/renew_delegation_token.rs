//! RenewDelegationToken: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// RenewDelegationToken, key 39.
pub static RENEW_DELEGATION_TOKEN: Api = Api {
    key: 39,
    name: "RenewDelegationToken",
    request: &RENEW_DELEGATION_TOKEN_REQUEST,
    response: &RENEW_DELEGATION_TOKEN_RESPONSE,
    min_version: 1,
    max_version: 2,
    broker: true,
};

/// `RenewDelegationTokenRequest.json`.
static RENEW_DELEGATION_TOKEN_REQUEST: Message = Message {
    name: "RenewDelegationTokenRequest",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("Hmac", Versions::from(0), Kind::Bytes),
            Field::new("RenewPeriodMs", Versions::from(0), Kind::Int64),
        ],
        visited: false,
        minimum: &[(1, 12), (2, 10)],
    },
};

/// `RenewDelegationTokenResponse.json`.
static RENEW_DELEGATION_TOKEN_RESPONSE: Message = Message {
    name: "RenewDelegationTokenResponse",
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
