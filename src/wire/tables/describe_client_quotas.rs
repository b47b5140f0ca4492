//! DescribeClientQuotas: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// DescribeClientQuotas, key 48.
pub static DESCRIBE_CLIENT_QUOTAS: Api = Api {
    key: 48,
    name: "DescribeClientQuotas",
    request: &DESCRIBE_CLIENT_QUOTAS_REQUEST,
    response: &DESCRIBE_CLIENT_QUOTAS_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_COMPONENT_DATA: Struct = Struct {
    fields: &[
        Field::new("EntityType", Versions::from(0), Kind::Str),
        Field::new("MatchType", Versions::from(0), Kind::Int8),
        Field::new("Match", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: false,
    minimum: &[(0, 5), (1, 4)],
};

/// `DescribeClientQuotasRequest.json`.
static DESCRIBE_CLIENT_QUOTAS_REQUEST: Message = Message {
    name: "DescribeClientQuotasRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new(
                "Components",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_COMPONENT_DATA)),
            ),
            Field::new("Strict", Versions::from(0), Kind::Bool),
        ],
        visited: false,
        minimum: &[(0, 5), (1, 3)],
    },
};

static RESPONSE_ENTRY_DATA: Struct = Struct {
    fields: &[
        Field::new(
            "Entity",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_ENTITY_DATA)),
        ),
        Field::new(
            "Values",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_VALUE_DATA)),
        ),
    ],
    visited: false,
    minimum: &[(0, 8), (1, 3)],
};

static RESPONSE_ENTITY_DATA: Struct = Struct {
    fields: &[
        Field::new("EntityType", Versions::from(0), Kind::Str),
        Field::new("EntityName", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: false,
    minimum: &[(0, 4), (1, 3)],
};

static RESPONSE_VALUE_DATA: Struct = Struct {
    fields: &[
        Field::new("Key", Versions::from(0), Kind::Str),
        Field::new("Value", Versions::from(0), Kind::Float64),
    ],
    visited: false,
    minimum: &[(0, 10)],
};

/// `DescribeClientQuotasResponse.json`.
static DESCRIBE_CLIENT_QUOTAS_RESPONSE: Message = Message {
    name: "DescribeClientQuotasResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Entries",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ENTRY_DATA)),
            )
            .nullable(Versions::from(0)),
        ],
        visited: true,
        minimum: &[(0, 12), (1, 9)],
    },
};
