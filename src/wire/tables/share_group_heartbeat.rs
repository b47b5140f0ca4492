//! ShareGroupHeartbeat: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ShareGroupHeartbeat, key 76.
pub static SHARE_GROUP_HEARTBEAT: Api = Api {
    key: 76,
    name: "ShareGroupHeartbeat",
    request: &SHARE_GROUP_HEARTBEAT_REQUEST,
    response: &SHARE_GROUP_HEARTBEAT_RESPONSE,
    min_version: 1,
    max_version: 1,
    broker: true,
};

/// `ShareGroupHeartbeatRequest.json`.
static SHARE_GROUP_HEARTBEAT_REQUEST: Message = Message {
    name: "ShareGroupHeartbeatRequest",
    versions: Versions::range(1, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("MemberEpoch", Versions::from(0), Kind::Int32).mark(Mark::MemberEpoch),
            Field::new("RackId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new(
                "SubscribedTopicNames",
                Versions::from(0),
                Kind::Array(&Kind::Str),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::TopicName),
        ],
        visited: true,
        minimum: &[(1, 9)],
    },
};

static RESPONSE_TOPIC_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 18)],
};

static RESPONSE_ASSIGNMENT: Struct = Struct {
    fields: &[Field::new(
        "TopicPartitions",
        Versions::from(0),
        Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_PARTITIONS)),
    )
    .mark(Mark::Topics)],
    visited: true,
    minimum: &[(1, 2)],
};

/// `ShareGroupHeartbeatResponse.json`.
static SHARE_GROUP_HEARTBEAT_RESPONSE: Message = Message {
    name: "ShareGroupHeartbeatResponse",
    versions: Versions::range(1, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("MemberId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null)
                .mark(Mark::MemberId),
            Field::new("MemberEpoch", Versions::from(0), Kind::Int32).mark(Mark::MemberEpoch),
            Field::new("HeartbeatIntervalMs", Versions::from(0), Kind::Int32),
            Field::new(
                "Assignment",
                Versions::from(0),
                Kind::Struct(&RESPONSE_ASSIGNMENT),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(1, 18)],
    },
};
