//! DeleteRecords: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// DeleteRecords, key 21.
pub static DELETE_RECORDS: Api = Api {
    key: 21,
    name: "DeleteRecords",
    request: &DELETE_RECORDS_REQUEST,
    response: &DELETE_RECORDS_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

static REQUEST_DELETE_RECORDS_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_DELETE_RECORDS_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (2, 3)],
};

static REQUEST_DELETE_RECORDS_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("Offset", Versions::from(0), Kind::Int64),
    ],
    visited: true,
    minimum: &[(0, 12), (2, 13)],
};

/// `DeleteRecordsRequest.json`.
static DELETE_RECORDS_REQUEST: Message = Message {
    name: "DeleteRecordsRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_DELETE_RECORDS_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32),
        ],
        visited: true,
        minimum: &[(0, 8), (2, 6)],
    },
};

static RESPONSE_DELETE_RECORDS_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_DELETE_RECORDS_PARTITION_RESULT)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (2, 3)],
};

static RESPONSE_DELETE_RECORDS_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("LowWatermark", Versions::from(0), Kind::Int64),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 14), (2, 15)],
};

/// `DeleteRecordsResponse.json`.
static DELETE_RECORDS_RESPONSE: Message = Message {
    name: "DeleteRecordsResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(2),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DELETE_RECORDS_TOPIC_RESULT)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 8), (2, 6)],
    },
};
