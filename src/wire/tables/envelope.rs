//! Envelope: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Envelope, key 58.
pub static ENVELOPE: Api = Api {
    key: 58,
    name: "Envelope",
    request: &ENVELOPE_REQUEST,
    response: &ENVELOPE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: false,
};

/// `EnvelopeRequest.json`.
static ENVELOPE_REQUEST: Message = Message {
    name: "EnvelopeRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("RequestData", Versions::from(0), Kind::Bytes),
            Field::new("RequestPrincipal", Versions::from(0), Kind::Bytes)
                .nullable(Versions::from(0)),
            Field::new("ClientHostAddress", Versions::from(0), Kind::Bytes),
        ],
        visited: false,
        minimum: &[(0, 4)],
    },
};

/// `EnvelopeResponse.json`.
static ENVELOPE_RESPONSE: Message = Message {
    name: "EnvelopeResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ResponseData", Versions::from(0), Kind::Bytes)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        ],
        visited: true,
        minimum: &[(0, 4)],
    },
};
