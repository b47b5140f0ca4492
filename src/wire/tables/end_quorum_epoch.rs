//! EndQuorumEpoch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// EndQuorumEpoch, key 54.
pub static END_QUORUM_EPOCH: Api = Api {
    key: 54,
    name: "EndQuorumEpoch",
    request: &END_QUORUM_EPOCH_REQUEST,
    response: &END_QUORUM_EPOCH_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: false,
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
    minimum: &[(0, 6), (1, 3)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new(
            "PreferredSuccessors",
            Versions::range(0, 0),
            Kind::Array(&Kind::Int32),
        )
        .ignorable(),
        Field::new(
            "PreferredCandidates",
            Versions::from(1),
            Kind::Array(&Kind::Struct(&REQUEST_REPLICA_INFO)),
        )
        .ignorable(),
    ],
    visited: true,
    minimum: &[(0, 16), (1, 14)],
};

static REQUEST_REPLICA_INFO: Struct = Struct {
    fields: &[
        Field::new("CandidateId", Versions::from(1), Kind::Int32).mark(Mark::NodeId),
        Field::new("CandidateDirectoryId", Versions::from(1), Kind::Uuid),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 21)],
};

static REQUEST_LEADER_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(1), Kind::Str),
        Field::new("Host", Versions::from(1), Kind::Str),
        Field::new("Port", Versions::from(1), Kind::UInt16),
    ],
    visited: false,
    minimum: &[(0, 1), (1, 5)],
};

/// `EndQuorumEpochRequest.json`.
static END_QUORUM_EPOCH_REQUEST: Message = Message {
    name: "EndQuorumEpochRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_DATA)),
            )
            .mark(Mark::Topics),
            Field::new(
                "LeaderEndpoints",
                Versions::from(1),
                Kind::Array(&Kind::Struct(&REQUEST_LEADER_ENDPOINT)),
            )
            .ignorable(),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 4)],
    },
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
    minimum: &[(0, 6), (1, 3)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(0, 14), (1, 15)],
};

static RESPONSE_NODE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(1), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(1), Kind::Str),
        Field::new("Port", Versions::from(1), Kind::UInt16),
    ],
    visited: true,
    minimum: &[(0, 1), (1, 8)],
};

/// `EndQuorumEpochResponse.json`.
static END_QUORUM_EPOCH_RESPONSE: Message = Message {
    name: "EndQuorumEpochResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_DATA)),
            )
            .mark(Mark::Topics),
            Field::new(
                "NodeEndpoints",
                Versions::from(1),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE_ENDPOINT)),
            )
            .tagged(0, Versions::from(1))
            .mark(Mark::NodeEndpoints),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 4)],
    },
};
