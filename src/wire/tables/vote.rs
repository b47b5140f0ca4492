//! Vote: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// Vote, key 52.
pub static VOTE: Api = Api {
    key: 52,
    name: "Vote",
    request: &VOTE_REQUEST,
    response: &VOTE_RESPONSE,
    min_version: 0,
    max_version: 2,
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
    minimum: &[(0, 3)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ReplicaEpoch", Versions::from(0), Kind::Int32),
        Field::new("ReplicaId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("ReplicaDirectoryId", Versions::from(1), Kind::Uuid).ignorable(),
        Field::new("VoterDirectoryId", Versions::from(1), Kind::Uuid).ignorable(),
        Field::new("LastOffsetEpoch", Versions::from(0), Kind::Int32),
        Field::new("LastOffset", Versions::from(0), Kind::Int64),
        Field::new("PreVote", Versions::from(2), Kind::Bool),
    ],
    visited: true,
    minimum: &[(0, 25), (1, 57), (2, 58)],
};

/// `VoteRequest.json`.
static VOTE_REQUEST: Message = Message {
    name: "VoteRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
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
        ],
        visited: true,
        minimum: &[(0, 3), (1, 7)],
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
    minimum: &[(0, 3)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("LeaderId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
        Field::new("VoteGranted", Versions::from(0), Kind::Bool),
    ],
    visited: true,
    minimum: &[(0, 16)],
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

/// `VoteResponse.json`.
static VOTE_RESPONSE: Message = Message {
    name: "VoteResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
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
        minimum: &[(0, 4)],
    },
};
