//! ElectLeaders: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ElectLeaders, key 43.
pub static ELECT_LEADERS: Api = Api {
    key: 43,
    name: "ElectLeaders",
    request: &ELECT_LEADERS_REQUEST,
    response: &ELECT_LEADERS_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

static REQUEST_TOPIC_PARTITIONS: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(0, 6), (2, 3)],
};

/// `ElectLeadersRequest.json`.
static ELECT_LEADERS_REQUEST: Message = Message {
    name: "ElectLeadersRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ElectionType", Versions::from(1), Kind::Int8),
            Field::new(
                "TopicPartitions",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TOPIC_PARTITIONS)),
            )
            .nullable(Versions::from(0))
            .mark(Mark::Topics),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(60000)),
        ],
        visited: true,
        minimum: &[(0, 8), (1, 9), (2, 7)],
    },
};

static RESPONSE_REPLICA_ELECTION_RESULT: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "PartitionResult",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_PARTITION_RESULT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (2, 3)],
};

static RESPONSE_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("PartitionId", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 8)],
};

/// `ElectLeadersResponse.json`.
static ELECT_LEADERS_RESPONSE: Message = Message {
    name: "ElectLeadersResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(1), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "ReplicaElectionResults",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_REPLICA_ELECTION_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 8), (1, 10), (2, 8)],
    },
};
