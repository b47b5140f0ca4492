//! ShareGroupDescribe: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ShareGroupDescribe, key 77.
pub static SHARE_GROUP_DESCRIBE: Api = Api {
    key: 77,
    name: "ShareGroupDescribe",
    request: &SHARE_GROUP_DESCRIBE_REQUEST,
    response: &SHARE_GROUP_DESCRIBE_RESPONSE,
    min_version: 1,
    max_version: 1,
    broker: true,
};

/// `ShareGroupDescribeRequest.json`.
static SHARE_GROUP_DESCRIBE_REQUEST: Message = Message {
    name: "ShareGroupDescribeRequest",
    versions: Versions::range(1, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupIds", Versions::from(0), Kind::Array(&Kind::Str)).mark(Mark::GroupId),
            Field::new("IncludeAuthorizedOperations", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(1, 3)],
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
    minimum: &[(1, 19)],
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
    minimum: &[(1, 20)],
};

static RESPONSE_MEMBER: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
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
        Field::new(
            "Assignment",
            Versions::from(0),
            Kind::Struct(&RESPONSE_ASSIGNMENT),
        ),
    ],
    visited: true,
    minimum: &[(1, 12)],
};

/// `ShareGroupDescribeResponse.json`.
static SHARE_GROUP_DESCRIBE_RESPONSE: Message = Message {
    name: "ShareGroupDescribeResponse",
    versions: Versions::range(1, 1),
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
        minimum: &[(1, 6)],
    },
};
