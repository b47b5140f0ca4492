//! WriteTxnMarkers: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// WriteTxnMarkers, key 27.
pub static WRITE_TXN_MARKERS: Api = Api {
    key: 27,
    name: "WriteTxnMarkers",
    request: &WRITE_TXN_MARKERS_REQUEST,
    response: &WRITE_TXN_MARKERS_RESPONSE,
    min_version: 1,
    max_version: 2,
    broker: true,
};

static REQUEST_WRITABLE_TXN_MARKER: Struct = Struct {
    fields: &[
        Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
        Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
        Field::new("TransactionResult", Versions::from(0), Kind::Bool),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_WRITABLE_TXN_MARKER_TOPIC)),
        )
        .mark(Mark::Topics),
        Field::new("CoordinatorEpoch", Versions::from(0), Kind::Int32),
        Field::new("TransactionVersion", Versions::from(2), Kind::Int8).ignorable(),
    ],
    visited: true,
    minimum: &[(1, 17), (2, 18)],
};

static REQUEST_WRITABLE_TXN_MARKER_TOPIC: Struct = Struct {
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
    minimum: &[(1, 3)],
};

/// `WriteTxnMarkersRequest.json`.
static WRITE_TXN_MARKERS_REQUEST: Message = Message {
    name: "WriteTxnMarkersRequest",
    versions: Versions::range(1, 2),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[Field::new(
            "Markers",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_WRITABLE_TXN_MARKER)),
        )],
        visited: true,
        minimum: &[(1, 2)],
    },
};

static RESPONSE_WRITABLE_TXN_MARKER_RESULT: Struct = Struct {
    fields: &[
        Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
        Field::new(
            "Topics",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_WRITABLE_TXN_MARKER_TOPIC_RESULT)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(1, 10)],
};

static RESPONSE_WRITABLE_TXN_MARKER_TOPIC_RESULT: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str).mark(Mark::TopicName),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_WRITABLE_TXN_MARKER_PARTITION_RESULT,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 3)],
};

static RESPONSE_WRITABLE_TXN_MARKER_PARTITION_RESULT: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(1, 7)],
};

/// `WriteTxnMarkersResponse.json`.
static WRITE_TXN_MARKERS_RESPONSE: Message = Message {
    name: "WriteTxnMarkersResponse",
    versions: Versions::range(1, 2),
    flexible: Versions::from(1),
    root: Struct {
        fields: &[Field::new(
            "Markers",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_WRITABLE_TXN_MARKER_RESULT)),
        )],
        visited: true,
        minimum: &[(1, 2)],
    },
};
