//! AlterConfigs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AlterConfigs, key 33.
pub static ALTER_CONFIGS: Api = Api {
    key: 33,
    name: "AlterConfigs",
    request: &ALTER_CONFIGS_REQUEST,
    response: &ALTER_CONFIGS_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

static REQUEST_ALTER_CONFIGS_RESOURCE: Struct = Struct {
    fields: &[
        Field::new("ResourceType", Versions::from(0), Kind::Int8).mark(Mark::ResourceType),
        Field::new("ResourceName", Versions::from(0), Kind::Str).mark(Mark::ResourceName),
        Field::new(
            "Configs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ALTERABLE_CONFIG)),
        )
        .mark(Mark::Configs),
    ],
    visited: true,
    minimum: &[(0, 7), (2, 4)],
};

static REQUEST_ALTERABLE_CONFIG: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::ConfigName),
        Field::new("Value", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .mark(Mark::ConfigValue),
    ],
    visited: true,
    minimum: &[(0, 4), (2, 3)],
};

/// `AlterConfigsRequest.json`.
static ALTER_CONFIGS_REQUEST: Message = Message {
    name: "AlterConfigsRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new(
                "Resources",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_ALTER_CONFIGS_RESOURCE)),
            )
            .mark(Mark::Resources),
            Field::new("ValidateOnly", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 5), (2, 3)],
    },
};

static RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("ResourceType", Versions::from(0), Kind::Int8).mark(Mark::ResourceType),
        Field::new("ResourceName", Versions::from(0), Kind::Str).mark(Mark::ResourceName),
    ],
    visited: true,
    minimum: &[(0, 7), (2, 6)],
};

/// `AlterConfigsResponse.json`.
static ALTER_CONFIGS_RESPONSE: Message = Message {
    name: "AlterConfigsResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ALTER_CONFIGS_RESOURCE_RESPONSE)),
            )
            .mark(Mark::Resources),
        ],
        visited: true,
        minimum: &[(0, 8), (2, 6)],
    },
};
