//! AlterPartitionReassignments: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AlterPartitionReassignments, key 45.
pub static ALTER_PARTITION_REASSIGNMENTS: Api = Api {
    key: 45,
    name: "AlterPartitionReassignments",
    request: &ALTER_PARTITION_REASSIGNMENTS_REQUEST,
    response: &ALTER_PARTITION_REASSIGNMENTS_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_REASSIGNABLE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_REASSIGNABLE_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_REASSIGNABLE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("Replicas", Versions::from(0), Kind::Array(&Kind::Int32))
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::NodeId),
    ],
    visited: true,
    minimum: &[(0, 6)],
};

/// `AlterPartitionReassignmentsRequest.json`.
static ALTER_PARTITION_REASSIGNMENTS_REQUEST: Message = Message {
    name: "AlterPartitionReassignmentsRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(60000)),
            Field::new(
                "AllowReplicationFactorChange",
                Versions::from(1),
                Kind::Bool,
            )
            .default(DefaultValue::True),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_REASSIGNABLE_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 6), (1, 7)],
    },
};

static RESPONSE_REASSIGNABLE_TOPIC_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_REASSIGNABLE_PARTITION_RESPONSE)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static RESPONSE_REASSIGNABLE_PARTITION_RESPONSE: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 8)],
};

/// `AlterPartitionReassignmentsResponse.json`.
static ALTER_PARTITION_REASSIGNMENTS_RESPONSE: Message = Message {
    name: "AlterPartitionReassignmentsResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "AllowReplicationFactorChange",
                Versions::from(1),
                Kind::Bool,
            )
            .ignorable()
            .default(DefaultValue::True),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_REASSIGNABLE_TOPIC_RESPONSE)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 9), (1, 10)],
    },
};
