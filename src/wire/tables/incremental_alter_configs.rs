//! IncrementalAlterConfigs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// IncrementalAlterConfigs, key 44.
pub static INCREMENTAL_ALTER_CONFIGS: Api = Api {
    key: 44,
    name: "IncrementalAlterConfigs",
    request: &INCREMENTAL_ALTER_CONFIGS_REQUEST,
    response: &INCREMENTAL_ALTER_CONFIGS_RESPONSE,
    min_version: 0,
    max_version: 1,
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
    minimum: &[(0, 7), (1, 4)],
};

static REQUEST_ALTERABLE_CONFIG: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::ConfigName),
        Field::new("ConfigOperation", Versions::from(0), Kind::Int8),
        Field::new("Value", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .mark(Mark::ConfigValue),
    ],
    visited: true,
    minimum: &[(0, 5), (1, 4)],
};

/// `IncrementalAlterConfigsRequest.json`.
static INCREMENTAL_ALTER_CONFIGS_REQUEST: Message = Message {
    name: "IncrementalAlterConfigsRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
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
        minimum: &[(0, 5), (1, 3)],
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
    minimum: &[(0, 7), (1, 6)],
};

/// `IncrementalAlterConfigsResponse.json`.
static INCREMENTAL_ALTER_CONFIGS_RESPONSE: Message = Message {
    name: "IncrementalAlterConfigsResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
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
        minimum: &[(0, 8), (1, 6)],
    },
};
