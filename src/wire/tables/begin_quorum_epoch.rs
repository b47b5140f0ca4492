//! BeginQuorumEpoch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// BeginQuorumEpoch, key 53.
pub static BEGIN_QUORUM_EPOCH: Api = Api {
    key: 53,
    name: "BeginQuorumEpoch",
    request: &BEGIN_QUORUM_EPOCH_REQUEST,
    response: &BEGIN_QUORUM_EPOCH_RESPONSE,
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
        Field::new("VoterDirectoryId", Versions::from(1), Kind::Uuid).ignorable(),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(0, 12), (1, 29)],
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

/// `BeginQuorumEpochRequest.json`.
static BEGIN_QUORUM_EPOCH_REQUEST: Message = Message {
    name: "BeginQuorumEpochRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null)
                .mark(Mark::ClusterId),
            Field::new("VoterId", Versions::from(1), Kind::Int32)
                .ignorable()
                .default(DefaultValue::Int(-1))
                .mark(Mark::NodeId),
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
        minimum: &[(0, 6), (1, 8)],
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

/// `BeginQuorumEpochResponse.json`.
static BEGIN_QUORUM_EPOCH_RESPONSE: Message = Message {
    name: "BeginQuorumEpochResponse",
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
