//! ListPartitionReassignments: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ListPartitionReassignments, key 46.
pub static LIST_PARTITION_REASSIGNMENTS: Api = Api {
    key: 46,
    name: "ListPartitionReassignments",
    request: &LIST_PARTITION_REASSIGNMENTS_REQUEST,
    response: &LIST_PARTITION_REASSIGNMENTS_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_LIST_PARTITION_REASSIGNMENTS_TOPICS: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "PartitionIndexes",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

/// `ListPartitionReassignmentsRequest.json`.
static LIST_PARTITION_REASSIGNMENTS_REQUEST: Message = Message {
    name: "ListPartitionReassignmentsRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(60000)),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_LIST_PARTITION_REASSIGNMENTS_TOPICS)),
            )
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 6)],
    },
};

static RESPONSE_ONGOING_TOPIC_REASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_ONGOING_PARTITION_REASSIGNMENT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_ONGOING_PARTITION_REASSIGNMENT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("Replicas", Versions::from(0), Kind::Array(&Kind::Int32)).mark(Mark::NodeId),
        Field::new(
            "AddingReplicas",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::NodeId),
        Field::new(
            "RemovingReplicas",
            Versions::from(0),
            Kind::Array(&Kind::Int32),
        )
        .mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(0, 8)],
};

/// `ListPartitionReassignmentsResponse.json`.
static LIST_PARTITION_REASSIGNMENTS_RESPONSE: Message = Message {
    name: "ListPartitionReassignmentsResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ONGOING_TOPIC_REASSIGNMENT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 9)],
    },
};
