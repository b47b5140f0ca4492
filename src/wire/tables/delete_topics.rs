//! DeleteTopics: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DeleteTopics, key 20.
pub static DELETE_TOPICS: Api = Api {
    key: 20,
    name: "DeleteTopics",
    request: &DELETE_TOPICS_REQUEST,
    response: &DELETE_TOPICS_RESPONSE,
    min_version: 1,
    max_version: 6,
    broker: true,
};

static REQUEST_DELETE_TOPIC_STATE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(6), Kind::Str)
            .nullable(Versions::from(6))
            .default(DefaultValue::Null)
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(6), Kind::Uuid).mark(Mark::TopicId),
    ],
    visited: true,
    minimum: &[(1, 1), (6, 18)],
};

/// `DeleteTopicsRequest.json`.
static DELETE_TOPICS_REQUEST: Message = Message {
    name: "DeleteTopicsRequest",
    versions: Versions::range(1, 6),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(6),
                Kind::Array(&Kind::Struct(&REQUEST_DELETE_TOPIC_STATE)),
            )
            .mark(Mark::Topics),
            Field::new("TopicNames", Versions::range(0, 5), Kind::Array(&Kind::Str))
                .ignorable()
                .mark(Mark::TopicName),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32),
        ],
        visited: true,
        minimum: &[(1, 8), (4, 6)],
    },
};

static RESPONSE_DELETABLE_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str)
            .nullable(Versions::from(6))
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(6), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(5), Kind::Str)
            .nullable(Versions::from(5))
            .ignorable()
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(1, 4), (5, 5), (6, 21)],
};

/// `DeleteTopicsResponse.json`.
static DELETE_TOPICS_RESPONSE: Message = Message {
    name: "DeleteTopicsResponse",
    versions: Versions::range(1, 6),
    flexible: Versions::from(4),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DELETABLE_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(1, 8), (4, 6)],
    },
};
