//! StreamsGroupHeartbeat: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// StreamsGroupHeartbeat, key 88.
pub static STREAMS_GROUP_HEARTBEAT: Api = Api {
    key: 88,
    name: "StreamsGroupHeartbeat",
    request: &STREAMS_GROUP_HEARTBEAT_REQUEST,
    response: &STREAMS_GROUP_HEARTBEAT_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_KEY_VALUE: Struct = Struct {
    fields: &[
        Field::new("Key", Versions::from(0), Kind::Str),
        Field::new("Value", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static REQUEST_TOPIC_INFO: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Int32),
        Field::new("ReplicationFactor", Versions::from(0), Kind::Int16),
        Field::new(
            "TopicConfigs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_KEY_VALUE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 9)],
};

static REQUEST_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::UInt16),
    ],
    visited: false,
    minimum: &[(0, 4)],
};

static REQUEST_TASK_OFFSET: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("Partition", Versions::from(0), Kind::Int32),
        Field::new("Offset", Versions::from(0), Kind::Int64),
    ],
    visited: false,
    minimum: &[(0, 14)],
};

static REQUEST_TASK_IDS: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32)),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static REQUEST_TOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("Epoch", Versions::from(0), Kind::Int32),
        Field::new(
            "Subtopologies",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_SUBTOPOLOGY)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static REQUEST_SUBTOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("SourceTopics", Versions::from(0), Kind::Array(&Kind::Str))
            .mark(Mark::TopicName),
        Field::new(
            "SourceTopicRegex",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .mark(Mark::SourceTopicRegex),
        Field::new(
            "StateChangelogTopics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPIC_INFO)),
        )
        .mark(Mark::Topics),
        Field::new(
            "RepartitionSinkTopics",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .mark(Mark::TopicName),
        Field::new(
            "RepartitionSourceTopics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPIC_INFO)),
        )
        .mark(Mark::Topics),
        Field::new(
            "CopartitionGroups",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_COPARTITION_GROUP)),
        ),
    ],
    visited: true,
    minimum: &[(0, 8)],
};

static REQUEST_COPARTITION_GROUP: Struct = Struct {
    fields: &[
        Field::new("SourceTopics", Versions::from(0), Kind::Array(&Kind::Int16)),
        Field::new(
            "SourceTopicRegex",
            Versions::from(0),
            Kind::Array(&Kind::Int16),
        ),
        Field::new(
            "RepartitionSourceTopics",
            Versions::from(0),
            Kind::Array(&Kind::Int16),
        ),
    ],
    visited: false,
    minimum: &[(0, 4)],
};

/// `StreamsGroupHeartbeatRequest.json`.
static STREAMS_GROUP_HEARTBEAT_REQUEST: Message = Message {
    name: "StreamsGroupHeartbeatRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("MemberEpoch", Versions::from(0), Kind::Int32).mark(Mark::MemberEpoch),
            Field::new("EndpointInformationEpoch", Versions::from(0), Kind::Int32),
            Field::new("InstanceId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("RackId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("RebalanceTimeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(-1)),
            Field::new(
                "Topology",
                Versions::from(0),
                Kind::Struct(&REQUEST_TOPOLOGY),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "ActiveTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "StandbyTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "WarmupTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new("ProcessId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new(
                "UserEndpoint",
                Versions::from(0),
                Kind::Struct(&REQUEST_ENDPOINT),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "ClientTags",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_KEY_VALUE)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "TaskOffsets",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TASK_OFFSET)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "TaskEndOffsets",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TASK_OFFSET)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new("ShutdownApplication", Versions::from(0), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 27)],
    },
};

static RESPONSE_STATUS: Struct = Struct {
    fields: &[
        Field::new("StatusCode", Versions::from(0), Kind::Int8),
        Field::new("StatusDetail", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static RESPONSE_TOPIC_PARTITION: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32)),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_TASK_IDS: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32)),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static RESPONSE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::UInt16),
    ],
    visited: false,
    minimum: &[(0, 4)],
};

static RESPONSE_ENDPOINT_TO_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new(
            "UserEndpoint",
            Versions::from(0),
            Kind::Struct(&RESPONSE_ENDPOINT),
        ),
        Field::new(
            "ActivePartitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_PARTITION)),
        )
        .mark(Mark::Topics),
        Field::new(
            "StandbyPartitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_PARTITION)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 7)],
};

/// `StreamsGroupHeartbeatResponse.json`.
static STREAMS_GROUP_HEARTBEAT_RESPONSE: Message = Message {
    name: "StreamsGroupHeartbeatResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("MemberEpoch", Versions::from(0), Kind::Int32).mark(Mark::MemberEpoch),
            Field::new("HeartbeatIntervalMs", Versions::from(0), Kind::Int32),
            Field::new(
                "AcceptableRecoveryLagLegacy",
                Versions::range(0, 0),
                Kind::Int32,
            ),
            Field::new("TaskOffsetIntervalMs", Versions::from(0), Kind::Int32),
            Field::new("AcceptableRecoveryLag", Versions::from(1), Kind::Int64)
                .ignorable()
                .default(DefaultValue::Int(-1)),
            Field::new(
                "Status",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_STATUS)),
            )
            .nullable(Versions::from(0)),
            Field::new(
                "ActiveTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "StandbyTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new(
                "WarmupTasks",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
            Field::new("TopologyDescriptionRequired", Versions::from(1), Kind::Bool),
            Field::new("EndpointInformationEpoch", Versions::from(0), Kind::Int32),
            Field::new(
                "PartitionsByUserEndpoint",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ENDPOINT_TO_PARTITIONS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 34), (1, 39)],
    },
};
