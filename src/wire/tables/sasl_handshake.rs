//! SaslHandshake: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// SaslHandshake, key 17.
pub static SASL_HANDSHAKE: Api = Api {
    key: 17,
    name: "SaslHandshake",
    request: &SASL_HANDSHAKE_REQUEST,
    response: &SASL_HANDSHAKE_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

/// `SaslHandshakeRequest.json`.
static SASL_HANDSHAKE_REQUEST: Message = Message {
    name: "SaslHandshakeRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::NEVER,
    root: Struct {
        fields: &[Field::new("Mechanism", Versions::from(0), Kind::Str)],
        visited: false,
        minimum: &[(0, 2)],
    },
};

/// `SaslHandshakeResponse.json`.
static SASL_HANDSHAKE_RESPONSE: Message = Message {
    name: "SaslHandshakeResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::NEVER,
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("Mechanisms", Versions::from(0), Kind::Array(&Kind::Str)),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
