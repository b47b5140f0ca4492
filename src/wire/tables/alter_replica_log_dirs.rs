//! AlterReplicaLogDirs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// AlterReplicaLogDirs, key 34.
pub static ALTER_REPLICA_LOG_DIRS: Api = Api {
    key: 34,
    name: "AlterReplicaLogDirs",
    request: &ALTER_REPLICA_LOG_DIRS_REQUEST,
    response: &ALTER_REPLICA_LOG_DIRS_RESPONSE,
    min_version: 1,
    max_version: 2,
    broker: true,
};

static REQUEST_ALTER_REPLICA_LOG_DIR: Struct = Struct {
    fields: &[
        Field::new("Path", Versions::from(0), Kind::Str),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ALTER_REPLICA_LOG_DIR_TOPIC)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 3)],
};

static REQUEST_ALTER_REPLICA_LOG_DIR_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 3)],
};

/// `AlterReplicaLogDirsRequest.json`.
static ALTER_REPLICA_LOG_DIRS_REQUEST: Message = Message {
    name: "AlterReplicaLogDirsRequest",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new(
            "Dirs",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ALTER_REPLICA_LOG_DIR)),
        )],
        visited: true,
        minimum: &[(1, 4), (2, 2)],
    },
};

static RESPONSE_ALTER_REPLICA_LOG_DIR_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("TopicName", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_ALTER_REPLICA_LOG_DIR_PARTITION_RESULT,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 3)],
};

static RESPONSE_ALTER_REPLICA_LOG_DIR_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 7)],
};

/// `AlterReplicaLogDirsResponse.json`.
static ALTER_REPLICA_LOG_DIRS_RESPONSE: Message = Message {
    name: "AlterReplicaLogDirsResponse",
    versions: Versions::range(1, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_ALTER_REPLICA_LOG_DIR_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(1, 8), (2, 6)],
    },
};
