//! SaslAuthenticate: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// SaslAuthenticate, key 36.
pub static SASL_AUTHENTICATE: Api = Api {
    key: 36,
    name: "SaslAuthenticate",
    request: &SASL_AUTHENTICATE_REQUEST,
    response: &SASL_AUTHENTICATE_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

/// `SaslAuthenticateRequest.json`.
static SASL_AUTHENTICATE_REQUEST: Message = Message {
    name: "SaslAuthenticateRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new("AuthBytes", Versions::from(0), Kind::Bytes)],
        visited: false,
        minimum: &[(0, 4), (2, 2)],
    },
};

/// `SaslAuthenticateResponse.json`.
static SASL_AUTHENTICATE_RESPONSE: Message = Message {
    name: "SaslAuthenticateResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new("AuthBytes", Versions::from(0), Kind::Bytes),
            Field::new("SessionLifetimeMs", Versions::from(1), Kind::Int64).ignorable(),
        ],
        visited: true,
        minimum: &[(0, 8), (1, 16), (2, 13)],
    },
};
