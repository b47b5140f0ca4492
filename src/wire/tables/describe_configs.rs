//! DescribeConfigs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeConfigs, key 32.
pub static DESCRIBE_CONFIGS: Api = Api {
    key: 32,
    name: "DescribeConfigs",
    request: &DESCRIBE_CONFIGS_REQUEST,
    response: &DESCRIBE_CONFIGS_RESPONSE,
    min_version: 1,
    max_version: 4,
    broker: true,
};

static REQUEST_DESCRIBE_CONFIGS_RESOURCE: Struct = Struct {
    fields: &[
        Field::new("ResourceType", Versions::from(0), Kind::Int8).mark(Mark::ResourceType),
        Field::new("ResourceName", Versions::from(0), Kind::Str).mark(Mark::ResourceName),
        Field::new(
            "ConfigurationKeys",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(1, 7), (4, 4)],
};

/// `DescribeConfigsRequest.json`.
static DESCRIBE_CONFIGS_REQUEST: Message = Message {
    name: "DescribeConfigsRequest",
    versions: Versions::range(1, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new(
                "Resources",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_DESCRIBE_CONFIGS_RESOURCE)),
            )
            .mark(Mark::Resources),
            Field::new("IncludeSynonyms", Versions::from(1), Kind::Bool),
            Field::new("IncludeDocumentation", Versions::from(3), Kind::Bool),
        ],
        visited: true,
        minimum: &[(1, 5), (3, 6), (4, 4)],
    },
};

static RESPONSE_DESCRIBE_CONFIGS_RESULT: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
        Field::new("ResourceType", Versions::from(0), Kind::Int8).mark(Mark::ResourceType),
        Field::new("ResourceName", Versions::from(0), Kind::Str).mark(Mark::ResourceName),
        Field::new(
            "Configs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_CONFIGS_RESOURCE_RESULT)),
        )
        .mark(Mark::Configs),
    ],
    visited: true,
    minimum: &[(1, 11), (4, 7)],
};

static RESPONSE_DESCRIBE_CONFIGS_RESOURCE_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::ConfigName),
        Field::new("Value", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .mark(Mark::ConfigValue),
        Field::new("ReadOnly", Versions::from(0), Kind::Bool),
        Field::new("ConfigSource", Versions::from(1), Kind::Int8)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("IsSensitive", Versions::from(0), Kind::Bool),
        Field::new(
            "Synonyms",
            Versions::from(1),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_CONFIGS_SYNONYM)),
        )
        .ignorable()
        .mark(Mark::Configs),
        Field::new("ConfigType", Versions::from(3), Kind::Int8).ignorable(),
        Field::new("Documentation", Versions::from(3), Kind::Str)
            .nullable(Versions::from(0))
            .ignorable(),
    ],
    visited: true,
    minimum: &[(1, 11), (3, 14), (4, 9)],
};

static RESPONSE_DESCRIBE_CONFIGS_SYNONYM: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(1), Kind::Str).mark(Mark::ConfigName),
        Field::new("Value", Versions::from(1), Kind::Str)
            .nullable(Versions::from(0))
            .mark(Mark::ConfigValue),
        Field::new("Source", Versions::from(1), Kind::Int8),
    ],
    visited: true,
    minimum: &[(1, 5), (4, 4)],
};

/// `DescribeConfigsResponse.json`.
static DESCRIBE_CONFIGS_RESPONSE: Message = Message {
    name: "DescribeConfigsResponse",
    versions: Versions::range(1, 4),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_CONFIGS_RESULT)),
            )
            .mark(Mark::Resources),
        ],
        visited: true,
        minimum: &[(1, 8), (4, 6)],
    },
};
