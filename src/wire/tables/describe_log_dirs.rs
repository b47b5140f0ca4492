//! DescribeLogDirs: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeLogDirs, key 35.
pub static DESCRIBE_LOG_DIRS: Api = Api {
    key: 35,
    name: "DescribeLogDirs",
    request: &DESCRIBE_LOG_DIRS_REQUEST,
    response: &DESCRIBE_LOG_DIRS_RESPONSE,
    min_version: 1,
    max_version: 5,
    broker: true,
};

static REQUEST_DESCRIBABLE_LOG_DIR_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Topic", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 3)],
};

/// `DescribeLogDirsRequest.json`.
static DESCRIBE_LOG_DIRS_REQUEST: Message = Message {
    name: "DescribeLogDirsRequest",
    versions: Versions::range(1, 5),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_DESCRIBABLE_LOG_DIR_TOPIC)),
        )
        .nullable(Versions::from(0))
        .mark(Mark::Topics)],
        visited: true,
        minimum: &[(1, 4), (2, 2)],
    },
};

static RESPONSE_DESCRIBE_LOG_DIRS_RESULT: Struct = Struct {
    fields: &[
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("LogDir", Versions::from(0), Kind::Str),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_LOG_DIRS_TOPIC)),
        )
        .mark(Mark::Topics),
        Field::new("TotalBytes", Versions::from(4), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("UsableBytes", Versions::from(4), Kind::Int64)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("IsCordoned", Versions::from(5), Kind::Bool).ignorable(),
    ],
    visited: true,
    minimum: &[(1, 8), (2, 5), (4, 21), (5, 22)],
};

static RESPONSE_DESCRIBE_LOG_DIRS_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_LOG_DIRS_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 6), (2, 3)],
};

static RESPONSE_DESCRIBE_LOG_DIRS_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("PartitionSize", Versions::from(0), Kind::Int64),
        Field::new("OffsetLag", Versions::from(0), Kind::Int64),
        Field::new("IsFutureKey", Versions::from(0), Kind::Bool),
    ],
    visited: true,
    minimum: &[(1, 21), (2, 22)],
};

/// `DescribeLogDirsResponse.json`.
static DESCRIBE_LOG_DIRS_RESPONSE: Message = Message {
    name: "DescribeLogDirsResponse",
    versions: Versions::range(1, 5),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(3), Kind::Int16)
                .ignorable()
                .mark(Mark::ErrorCode),
            Field::new(
                "Results",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_LOG_DIRS_RESULT)),
            ),
        ],
        visited: true,
        minimum: &[(1, 8), (2, 6), (3, 8)],
    },
};
