//! UpdateFeatures: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// UpdateFeatures, key 57.
pub static UPDATE_FEATURES: Api = Api {
    key: 57,
    name: "UpdateFeatures",
    request: &UPDATE_FEATURES_REQUEST,
    response: &UPDATE_FEATURES_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

static REQUEST_FEATURE_UPDATE_KEY: Struct = Struct {
    fields: &[
        Field::new("Feature", Versions::from(0), Kind::Str),
        Field::new("MaxVersionLevel", Versions::from(0), Kind::Int16),
        Field::new("AllowDowngrade", Versions::range(0, 0), Kind::Bool),
        Field::new("UpgradeType", Versions::from(1), Kind::Int8).default(DefaultValue::Int(1)),
    ],
    visited: false,
    minimum: &[(0, 5)],
};

/// `UpdateFeaturesRequest.json`.
static UPDATE_FEATURES_REQUEST: Message = Message {
    name: "UpdateFeaturesRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("timeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(60000)),
            Field::new(
                "FeatureUpdates",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_FEATURE_UPDATE_KEY)),
            ),
            Field::new("ValidateOnly", Versions::from(1), Kind::Bool),
        ],
        visited: false,
        minimum: &[(0, 6), (1, 7)],
    },
};

static RESPONSE_UPDATABLE_FEATURE_RESULT: Struct = Struct {
    fields: &[
        Field::new("Feature", Versions::from(0), Kind::Str),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 5)],
};

/// `UpdateFeaturesResponse.json`.
static UPDATE_FEATURES_RESPONSE: Message = Message {
    name: "UpdateFeaturesResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Results",
                Versions::range(0, 1),
                Kind::Array(&Kind::Struct(&RESPONSE_UPDATABLE_FEATURE_RESULT)),
            )
            .ignorable(),
        ],
        visited: true,
        minimum: &[(0, 9), (2, 8)],
    },
};
