//! AlterClientQuotas: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AlterClientQuotas, key 49.
pub static ALTER_CLIENT_QUOTAS: Api = Api {
    key: 49,
    name: "AlterClientQuotas",
    request: &ALTER_CLIENT_QUOTAS_REQUEST,
    response: &ALTER_CLIENT_QUOTAS_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_ENTRY_DATA: Struct = Struct {
    fields: &[
        Field::new(
            "Entity",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ENTITY_DATA)),
        ),
        Field::new(
            "Ops",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_OP_DATA)),
        ),
    ],
    visited: false,
    minimum: &[(0, 8), (1, 3)],
};

static REQUEST_ENTITY_DATA: Struct = Struct {
    fields: &[
        Field::new("EntityType", Versions::from(0), Kind::Str),
        Field::new("EntityName", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: false,
    minimum: &[(0, 4), (1, 3)],
};

static REQUEST_OP_DATA: Struct = Struct {
    fields: &[
        Field::new("Key", Versions::from(0), Kind::Str),
        Field::new("Value", Versions::from(0), Kind::Float64),
        Field::new("Remove", Versions::from(0), Kind::Bool),
    ],
    visited: false,
    minimum: &[(0, 11)],
};

/// `AlterClientQuotasRequest.json`.
static ALTER_CLIENT_QUOTAS_REQUEST: Message = Message {
    name: "AlterClientQuotasRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new(
                "Entries",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_ENTRY_DATA)),
            ),
            Field::new("ValidateOnly", Versions::from(0), Kind::Bool),
        ],
        visited: false,
        minimum: &[(0, 5), (1, 3)],
    },
};

static RESPONSE_ENTRY_DATA: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new(
            "Entity",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_ENTITY_DATA)),
        ),
    ],
    visited: true,
    minimum: &[(0, 8), (1, 5)],
};

static RESPONSE_ENTITY_DATA: Struct = Struct {
    fields: &[
        Field::new("EntityType", Versions::from(0), Kind::Str),
        Field::new("EntityName", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: false,
    minimum: &[(0, 4), (1, 3)],
};

/// `AlterClientQuotasResponse.json`.
static ALTER_CLIENT_QUOTAS_RESPONSE: Message = Message {
    name: "AlterClientQuotasResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Entries",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ENTRY_DATA)),
            ),
        ],
        visited: true,
        minimum: &[(0, 8), (1, 6)],
    },
};
