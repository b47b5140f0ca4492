//! DeleteShareGroupOffsets: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DeleteShareGroupOffsets, key 92.
pub static DELETE_SHARE_GROUP_OFFSETS: Api = Api {
    key: 92,
    name: "DeleteShareGroupOffsets",
    request: &DELETE_SHARE_GROUP_OFFSETS_REQUEST,
    response: &DELETE_SHARE_GROUP_OFFSETS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_DELETE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC: Struct = Struct {
    fields: &[Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName)],
    visited: true,
    minimum: &[(0, 2)],
};

/// `DeleteShareGroupOffsetsRequest.json`.
static DELETE_SHARE_GROUP_OFFSETS_REQUEST: Message = Message {
    name: "DeleteShareGroupOffsetsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &REQUEST_DELETE_SHARE_GROUP_OFFSETS_REQUEST_TOPIC,
                )),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 21)],
};

/// `DeleteShareGroupOffsetsResponse.json`.
static DELETE_SHARE_GROUP_OFFSETS_RESPONSE: Message = Message {
    name: "DeleteShareGroupOffsetsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(
                    &RESPONSE_DELETE_SHARE_GROUP_OFFSETS_RESPONSE_TOPIC,
                )),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 9)],
    },
};
