//! ConsumerGroupDescribe: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ConsumerGroupDescribe, key 69.
pub static CONSUMER_GROUP_DESCRIBE: Api = Api {
    key: 69,
    name: "ConsumerGroupDescribe",
    request: &CONSUMER_GROUP_DESCRIBE_REQUEST,
    response: &CONSUMER_GROUP_DESCRIBE_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

/// `ConsumerGroupDescribeRequest.json`.
static CONSUMER_GROUP_DESCRIBE_REQUEST: Message = Message {
    name: "ConsumerGroupDescribeRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupIds", Versions::from(0), Kind::Array(&Kind::Str)).mark(Mark::GroupId),
            Field::new("IncludeAuthorizedOperations", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 3)],
    },
};

static RESPONSE_TOPIC_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 19)],
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

static RESPONSE_DESCRIBED_GROUP: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
        Field::new("GroupState", Versions::from(0), Kind::Str),
        Field::new("GroupEpoch", Versions::from(0), Kind::Int32),
        Field::new("AssignmentEpoch", Versions::from(0), Kind::Int32),
        Field::new("AssignorName", Versions::from(0), Kind::Str),
        Field::new(
            "Members",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_MEMBER)),
        )
        .mark(Mark::Topics),
        Field::new("AuthorizedOperations", Versions::from(0), Kind::Int32)
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::GroupAuthorizedOperations),
    ],
    visited: true,
    minimum: &[(0, 20)],
};

static RESPONSE_MEMBER: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
        Field::new("InstanceId", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("RackId", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("MemberEpoch", Versions::from(0), Kind::Int32),
        Field::new("ClientId", Versions::from(0), Kind::Str),
        Field::new("ClientHost", Versions::from(0), Kind::Str),
        Field::new(
            "SubscribedTopicNames",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .mark(Mark::TopicName),
        Field::new("SubscribedTopicRegex", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new(
            "Assignment",
            Versions::from(0),
            Kind::Struct(&RESPONSE_ASSIGNMENT),
        ),
        Field::new(
            "TargetAssignment",
            Versions::from(0),
            Kind::Struct(&RESPONSE_ASSIGNMENT),
        ),
        Field::new("MemberType", Versions::from(1), Kind::Int8)
            .ignorable()
            .default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(0, 16), (1, 17)],
};

/// `ConsumerGroupDescribeResponse.json`.
static CONSUMER_GROUP_DESCRIBE_RESPONSE: Message = Message {
    name: "ConsumerGroupDescribeResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Groups",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBED_GROUP)),
            )
            .mark(Mark::Groups),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};
