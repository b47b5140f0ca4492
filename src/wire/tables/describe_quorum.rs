//! DescribeQuorum: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeQuorum, key 55.
pub static DESCRIBE_QUORUM: Api = Api {
    key: 55,
    name: "DescribeQuorum",
    request: &DESCRIBE_QUORUM_REQUEST,
    response: &DESCRIBE_QUORUM_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

static REQUEST_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex)
    ],
    visited: true,
    minimum: &[(0, 5)],
};

/// `DescribeQuorumRequest.json`.
static DESCRIBE_QUORUM_REQUEST: Message = Message {
    name: "DescribeQuorumRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPIC_DATA)),
        )
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(0, 2)],
    },
};

static RESPONSE_REPLICA_STATE: Struct = Struct {
    fields: &[
        Field::new("ReplicaId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("ReplicaDirectoryId", Versions::from(2), Kind::Uuid),
        Field::new("LogEndOffset", Versions::from(0), Kind::Int64),
        Field::new("LastFetchTimestamp", Versions::from(1), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("LastCaughtUpTimestamp", Versions::from(1), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
    ],
    visited: true,
    minimum: &[(0, 13), (1, 29), (2, 45)],
};

static RESPONSE_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(2), Kind::Str)
            .nullable(Versions::from(2))
            .ignorable(),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("HighWatermark", Versions::from(0), Kind::Int64),
        Field::new(
            "CurrentVoters",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_REPLICA_STATE)),
        ),
        Field::new(
            "Observers",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_REPLICA_STATE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 25), (2, 26)],
};

static RESPONSE_NODE: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(2), Kind::Int32).mark(Mark::NodeId),
        Field::new(
            "Listeners",
            Versions::from(2),
            Kind::Array(&Kind::Struct(&RESPONSE_LISTENER)),
        ),
    ],
    visited: true,
    minimum: &[(0, 1), (2, 6)],
};

static RESPONSE_LISTENER: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(2), Kind::Str).mark(Mark::ListenerName),
        Field::new("Host", Versions::from(2), Kind::Str).mark(Mark::ListenerHost),
        Field::new("Port", Versions::from(2), Kind::UInt16).mark(Mark::ListenerPort),
    ],
    visited: true,
    minimum: &[(0, 1), (2, 5)],
};

/// `DescribeQuorumResponse.json`.
static DESCRIBE_QUORUM_RESPONSE: Message = Message {
    name: "DescribeQuorumResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(2), Kind::Str)
                .nullable(Versions::from(2))
                .ignorable(),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_DATA)),
            )
            .mark(Mark::Topics),
            Field::new(
                "Nodes",
                Versions::from(2),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE)),
            )
            .mark(Mark::QuorumNodes),
        ],
        visited: true,
        minimum: &[(0, 4), (2, 6)],
    },
};
