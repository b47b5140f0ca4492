//! ApiVersions: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ApiVersions, key 18.
pub static API_VERSIONS: Api = Api {
    key: 18,
    name: "ApiVersions",
    request: &API_VERSIONS_REQUEST,
    response: &API_VERSIONS_RESPONSE,
    min_version: 0,
    max_version: 5,
    broker: true,
};

/// `ApiVersionsRequest.json`.
static API_VERSIONS_REQUEST: Message = Message {
    name: "ApiVersionsRequest",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ClientSoftwareName", Versions::from(3), Kind::Str).ignorable(),
            Field::new("ClientSoftwareVersion", Versions::from(3), Kind::Str).ignorable(),
            Field::new("ClusterId", Versions::from(5), Kind::Str)
                .nullable(Versions::from(5))
                .ignorable()
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new("NodeId", Versions::from(5), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1))
                .mark(Mark::NodeId),
        ],
        visited: true,
        minimum: &[(0, 1), (3, 3), (5, 8)],
    },
};

static RESPONSE_API_VERSION: Struct = Struct {
    fields: &[
        Field::new("ApiKey", Versions::from(0), Kind::Int16),
        Field::new("MinVersion", Versions::from(0), Kind::Int16),
        Field::new("MaxVersion", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 6), (3, 7)],
};

static RESPONSE_SUPPORTED_FEATURE_KEY: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(3), Kind::Str),
        Field::new("MinVersion", Versions::from(3), Kind::Int16),
        Field::new("MaxVersion", Versions::from(3), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 1), (3, 6)],
};

static RESPONSE_FINALIZED_FEATURE_KEY: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(3), Kind::Str),
        Field::new("MaxVersionLevel", Versions::from(3), Kind::Int16),
        Field::new("MinVersionLevel", Versions::from(3), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 1), (3, 6)],
};

/// `ApiVersionsResponse.json`.
static API_VERSIONS_RESPONSE: Message = Message {
    name: "ApiVersionsResponse",
    versions: Versions::range(0, 5),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "ApiKeys",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_API_VERSION)),
            ),
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "SupportedFeatures",
                Versions::from(3),
                Kind::Array(&Kind::Struct(&RESPONSE_SUPPORTED_FEATURE_KEY)),
            )
            .tagged(0, Versions::from(3))
            .ignorable(),
            Field::new("FinalizedFeaturesEpoch", Versions::from(3), Kind::Int64)
                .tagged(1, Versions::from(3))
                .ignorable()
                .default(DefaultValue::Int(-1)),
            Field::new(
                "FinalizedFeatures",
                Versions::from(3),
                Kind::Array(&Kind::Struct(&RESPONSE_FINALIZED_FEATURE_KEY)),
            )
            .tagged(2, Versions::from(3))
            .ignorable(),
            Field::new("ZkMigrationReady", Versions::from(3), Kind::Bool)
                .tagged(3, Versions::from(3))
                .ignorable(),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 10), (3, 8)],
    },
};
