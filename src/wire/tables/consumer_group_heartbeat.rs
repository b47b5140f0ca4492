//! ConsumerGroupHeartbeat: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ConsumerGroupHeartbeat, key 68.
pub static CONSUMER_GROUP_HEARTBEAT: Api = Api {
    key: 68,
    name: "ConsumerGroupHeartbeat",
    request: &CONSUMER_GROUP_HEARTBEAT_REQUEST,
    response: &CONSUMER_GROUP_HEARTBEAT_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_TOPIC_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

/// `ConsumerGroupHeartbeatRequest.json`.
static CONSUMER_GROUP_HEARTBEAT_REQUEST: Message = Message {
    name: "ConsumerGroupHeartbeatRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("MemberEpoch", Versions::from(0), Kind::Int32).mark(Mark::MemberEpoch),
            Field::new("InstanceId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("RackId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("RebalanceTimeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(-1)),
            Field::new(
                "SubscribedTopicNames",
                Versions::from(0),
                Kind::Array(&Kind::Str),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::TopicName),
            Field::new("SubscribedTopicRegex", Versions::from(1), Kind::Str)
                .nullable(Versions::from(1))
                .default(DefaultValue::Null)
                .mark(Mark::SubscribedTopicRegex),
            Field::new("ServerAssignor", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new(
                "TopicPartitions",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_PARTITIONS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::OwnedTopics),
        ],
        visited: true,
        minimum: &[(0, 16), (1, 17)],
    },
};

static RESPONSE_TOPIC_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static RESPONSE_ASSIGNMENT: Struct = Struct {
    fields: &[Field::new(
        "TopicPartitions",
        Versions::from(0),
        Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_PARTITIONS)),
    )
    .mark(Mark::Topics)],
    visited: true,
    minimum: &[(0, 2)],
};

/// `ConsumerGroupHeartbeatResponse.json`.
static CONSUMER_GROUP_HEARTBEAT_RESPONSE: Message = Message {
    name: "ConsumerGroupHeartbeatResponse",
    versions: Versions::range(0, 1),
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
        minimum: &[(0, 18)],
    },
};
