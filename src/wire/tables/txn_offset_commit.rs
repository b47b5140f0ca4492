//! TxnOffsetCommit: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// TxnOffsetCommit, key 28.
pub static TXN_OFFSET_COMMIT: Api = Api {
    key: 28,
    name: "TxnOffsetCommit",
    request: &TXN_OFFSET_COMMIT_REQUEST,
    response: &TXN_OFFSET_COMMIT_RESPONSE,
    min_version: 0,
    max_version: 6,
    broker: true,
};

static REQUEST_TXN_OFFSET_COMMIT_REQUEST_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 5), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(6), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TXN_OFFSET_COMMIT_REQUEST_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 3), (6, 18)],
};

static REQUEST_TXN_OFFSET_COMMIT_REQUEST_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("CommittedOffset", Versions::from(0), Kind::Int64),
        Field::new("CommittedLeaderEpoch", Versions::from(2), Kind::Int32)
            .ignorable()
            .default(DefaultValue::Int(-1)),
        Field::new("CommittedMetadata", Versions::from(0), Kind::Str).nullable(Versions::from(0)),
    ],
    visited: true,
    minimum: &[(0, 14), (2, 18)],
};

/// `TxnOffsetCommitRequest.json`.
static TXN_OFFSET_COMMIT_REQUEST: Message = Message {
    name: "TxnOffsetCommitRequest",
    versions: Versions::range(0, 6),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("TransactionalId", Versions::from(0), Kind::Str).mark(Mark::TransactionalId),
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("ProducerId", Versions::from(0), Kind::Int64).mark(Mark::ProducerId),
            Field::new("ProducerEpoch", Versions::from(0), Kind::Int16),
            Field::new("GenerationIdOrMemberEpoch", Versions::from(3), Kind::Int32)
                .default(DefaultValue::Int(-1)),
            Field::new("MemberId", Versions::from(3), Kind::Str).mark(Mark::MemberId),
            Field::new("GroupInstanceId", Versions::from(3), Kind::Str)
                .nullable(Versions::from(3))
                .default(DefaultValue::Null),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_TXN_OFFSET_COMMIT_REQUEST_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 18), (3, 20)],
    },
};

static RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_TOPIC: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::range(0, 5), Kind::Str)
            .ignorable()
            .mark(Mark::TopicName),
        Field::new("TopicId", Versions::from(6), Kind::Uuid)
            .ignorable()
            .mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(
                &RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_PARTITION,
            )),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 3), (6, 18)],
};

static RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
    ],
    visited: true,
    minimum: &[(0, 6), (3, 7)],
};

/// `TxnOffsetCommitResponse.json`.
static TXN_OFFSET_COMMIT_RESPONSE: Message = Message {
    name: "TxnOffsetCommitResponse",
    versions: Versions::range(0, 6),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_TXN_OFFSET_COMMIT_RESPONSE_TOPIC)),
            )
            .mark(Mark::Topics),
        ],
        visited: true,
        minimum: &[(0, 8), (3, 6)],
    },
};
