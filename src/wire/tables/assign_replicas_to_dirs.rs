//! AssignReplicasToDirs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AssignReplicasToDirs, key 73.
pub static ASSIGN_REPLICAS_TO_DIRS: Api = Api {
    key: 73,
    name: "AssignReplicasToDirs",
    request: &ASSIGN_REPLICAS_TO_DIRS_REQUEST,
    response: &ASSIGN_REPLICAS_TO_DIRS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: false,
};

static REQUEST_DIRECTORY_DATA: Struct = Struct {
    fields: &[
        Field::new("Id", Versions::from(0), Kind::Uuid),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPIC_DATA)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static REQUEST_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static REQUEST_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex)
    ],
    visited: true,
    minimum: &[(0, 5)],
};

/// `AssignReplicasToDirsRequest.json`.
static ASSIGN_REPLICAS_TO_DIRS_REQUEST: Message = Message {
    name: "AssignReplicasToDirsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
            Field::new("BrokerEpoch", Versions::from(0), Kind::Int64)
                .default(DefaultValue::Int(-1)),
            Field::new(
                "Directories",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_DIRECTORY_DATA)),
            ),
        ],
        visited: true,
        minimum: &[(0, 14)],
    },
};

static RESPONSE_DIRECTORY_DATA: Struct = Struct {
    fields: &[
        Field::new("Id", Versions::from(0), Kind::Uuid),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_TOPIC_DATA)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static RESPONSE_TOPIC_DATA: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_DATA)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 18)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 7)],
};

/// `AssignReplicasToDirsResponse.json`.
static ASSIGN_REPLICAS_TO_DIRS_RESPONSE: Message = Message {
    name: "AssignReplicasToDirsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "Directories",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DIRECTORY_DATA)),
            ),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
