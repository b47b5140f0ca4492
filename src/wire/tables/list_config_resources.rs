//! ListConfigResources: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ListConfigResources, key 74.
pub static LIST_CONFIG_RESOURCES: Api = Api {
    key: 74,
    name: "ListConfigResources",
    request: &LIST_CONFIG_RESOURCES_REQUEST,
    response: &LIST_CONFIG_RESOURCES_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

/// `ListConfigResourcesRequest.json`.
static LIST_CONFIG_RESOURCES_REQUEST: Message = Message {
    name: "ListConfigResourcesRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ResourceTypes", Versions::from(1), Kind::Array(&Kind::Int8))
                .mark(Mark::ResourceType),
        ],
        visited: true,
        minimum: &[(0, 1), (1, 2)],
    },
};

static RESPONSE_CONFIG_RESOURCE: Struct = Struct {
    fields: &[
        Field::new("ResourceName", Versions::from(0), Kind::Str).mark(Mark::ResourceName),
        Field::new("ResourceType", Versions::from(1), Kind::Int8)
            .ignorable()
            .default(DefaultValue::Int(16))
            .mark(Mark::ResourceType),
    ],
    visited: true,
    minimum: &[(0, 2), (1, 3)],
};

/// `ListConfigResourcesResponse.json`.
static LIST_CONFIG_RESOURCES_RESPONSE: Message = Message {
    name: "ListConfigResourcesResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "ConfigResources",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_CONFIG_RESOURCE)),
            )
            .mark(Mark::Resources),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
