//! StreamsGroupDescribe: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// StreamsGroupDescribe, key 89.
pub static STREAMS_GROUP_DESCRIBE: Api = Api {
    key: 89,
    name: "StreamsGroupDescribe",
    request: &STREAMS_GROUP_DESCRIBE_REQUEST,
    response: &STREAMS_GROUP_DESCRIBE_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

/// `StreamsGroupDescribeRequest.json`.
static STREAMS_GROUP_DESCRIBE_REQUEST: Message = Message {
    name: "StreamsGroupDescribeRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupIds", Versions::from(0), Kind::Array(&Kind::Str)).mark(Mark::GroupId),
            Field::new("IncludeAuthorizedOperations", Versions::from(0), Kind::Bool),
            Field::new("IncludeTopologyDescription", Versions::from(1), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 3), (1, 4)],
    },
};

static RESPONSE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::UInt16),
    ],
    visited: false,
    minimum: &[(0, 4)],
};

static RESPONSE_TASK_OFFSET: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("Partition", Versions::from(0), Kind::Int32),
        Field::new("Offset", Versions::from(0), Kind::Int64),
    ],
    visited: false,
    minimum: &[(0, 14)],
};

static RESPONSE_ASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new(
            "ActiveTasks",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
        ),
        Field::new(
            "StandbyTasks",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
        ),
        Field::new(
            "WarmupTasks",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TASK_IDS)),
        ),
    ],
    visited: false,
    minimum: &[(0, 4)],
};

static RESPONSE_TASK_IDS: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32)),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static RESPONSE_KEY_VALUE: Struct = Struct {
    fields: &[
        Field::new("Key", Versions::from(0), Kind::Str),
        Field::new("Value", Versions::from(0), Kind::Str),
    ],
    visited: false,
    minimum: &[(0, 3)],
};

static RESPONSE_TOPIC_INFO: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Int32),
        Field::new("ReplicationFactor", Versions::from(0), Kind::Int16),
        Field::new(
            "TopicConfigs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_KEY_VALUE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 9)],
};

static RESPONSE_TOPOLOGY_DESCRIPTION: Struct = Struct {
    fields: &[
        Field::new(
            "Subtopologies",
            Versions::from(1),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION_SUBTOPOLOGY)),
        ),
        Field::new(
            "GlobalStores",
            Versions::from(1),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION_GLOBAL_STORE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 3)],
};

static RESPONSE_TOPOLOGY_DESCRIPTION_SUBTOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(1), Kind::Str),
        Field::new(
            "Nodes",
            Versions::from(1),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION_NODE)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 3)],
};

static RESPONSE_TOPOLOGY_DESCRIPTION_NODE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(1), Kind::Str),
        Field::new("NodeType", Versions::from(1), Kind::Int8),
        Field::new("SourceTopics", Versions::from(1), Kind::Array(&Kind::Str))
            .mark(Mark::TopicName),
        Field::new("SinkTopic", Versions::from(1), Kind::Str)
            .nullable(Versions::from(1))
            .default(DefaultValue::Null)
            .mark(Mark::TopicName),
        Field::new("Stores", Versions::from(1), Kind::Array(&Kind::Str)),
        Field::new("Successors", Versions::from(1), Kind::Array(&Kind::Str)),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 7)],
};

static RESPONSE_TOPOLOGY_DESCRIPTION_GLOBAL_STORE: Struct = Struct {
    fields: &[
        Field::new(
            "Source",
            Versions::from(1),
            Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION_NODE),
        ),
        Field::new(
            "Processor",
            Versions::from(1),
            Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION_NODE),
        ),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 15)],
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
        Field::new(
            "Topology",
            Versions::from(0),
            Kind::Struct(&RESPONSE_TOPOLOGY),
        )
        .nullable(Versions::from(0))
        .default(DefaultValue::Null),
        Field::new(
            "Members",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_MEMBER)),
        )
        .mark(Mark::Members),
        Field::new("AuthorizedOperations", Versions::from(0), Kind::Int32)
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::GroupAuthorizedOperations),
        Field::new(
            "TopologyDescription",
            Versions::from(1),
            Kind::Struct(&RESPONSE_TOPOLOGY_DESCRIPTION),
        )
        .nullable(Versions::from(1))
        .default(DefaultValue::Null),
        Field::new("TopologyDescriptionStatus", Versions::from(1), Kind::Int8),
        Field::new("AssignorName", Versions::from(1), Kind::Str)
            .nullable(Versions::from(1))
            .ignorable()
            .default(DefaultValue::Null),
    ],
    visited: true,
    minimum: &[(0, 20), (1, 23)],
};

static RESPONSE_TOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("Epoch", Versions::from(0), Kind::Int32),
        Field::new(
            "Subtopologies",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_SUBTOPOLOGY)),
        )
        .nullable(Versions::from(0))
        .default(DefaultValue::Null)
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static RESPONSE_SUBTOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new("SourceTopics", Versions::from(0), Kind::Array(&Kind::Str))
            .mark(Mark::TopicName),
        Field::new(
            "RepartitionSinkTopics",
            Versions::from(0),
            Kind::Array(&Kind::Str),
        )
        .mark(Mark::TopicName),
        Field::new(
            "StateChangelogTopics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_INFO)),
        )
        .mark(Mark::Topics),
        Field::new(
            "RepartitionSourceTopics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_INFO)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

static RESPONSE_MEMBER: Struct = Struct {
    fields: &[
        Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
        Field::new("MemberEpoch", Versions::from(0), Kind::Int32),
        Field::new("InstanceId", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("RackId", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("ClientId", Versions::from(0), Kind::Str),
        Field::new("ClientHost", Versions::from(0), Kind::Str),
        Field::new("TopologyEpoch", Versions::from(0), Kind::Int32),
        Field::new("ProcessId", Versions::from(0), Kind::Str),
        Field::new(
            "UserEndpoint",
            Versions::from(0),
            Kind::Struct(&RESPONSE_ENDPOINT),
        )
        .nullable(Versions::from(0))
        .default(DefaultValue::Null),
        Field::new(
            "ClientTags",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_KEY_VALUE)),
        ),
        Field::new(
            "TaskOffsets",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TASK_OFFSET)),
        ),
        Field::new(
            "TaskEndOffsets",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TASK_OFFSET)),
        ),
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
        Field::new("IsClassic", Versions::from(0), Kind::Bool),
    ],
    visited: true,
    minimum: &[(0, 28)],
};

/// `StreamsGroupDescribeResponse.json`.
static STREAMS_GROUP_DESCRIBE_RESPONSE: Message = Message {
    name: "StreamsGroupDescribeResponse",
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
