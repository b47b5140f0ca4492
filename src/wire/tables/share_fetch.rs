//! ShareFetch: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// ShareFetch, key 78.
pub static SHARE_FETCH: Api = Api {
    key: 78,
    name: "ShareFetch",
    request: &SHARE_FETCH_REQUEST,
    response: &SHARE_FETCH_RESPONSE,
    min_version: 1,
    max_version: 2,
    broker: true,
};

static REQUEST_FETCH_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new(
            "Partitions",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_FETCH_PARTITION)),
        )
        .mark(Mark::Partitions),
    ],
    visited: true,
    minimum: &[(1, 18)],
};

static REQUEST_FETCH_PARTITION: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("PartitionMaxBytes", Versions::range(0, 0), Kind::Int32),
        Field::new(
            "AcknowledgementBatches",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_ACKNOWLEDGEMENT_BATCH)),
        ),
    ],
    visited: true,
    minimum: &[(1, 6)],
};

static REQUEST_ACKNOWLEDGEMENT_BATCH: Struct = Struct {
    fields: &[
        Field::new("FirstOffset", Versions::from(0), Kind::Int64),
        Field::new("LastOffset", Versions::from(0), Kind::Int64),
        Field::new(
            "AcknowledgeTypes",
            Versions::from(0),
            Kind::Array(&Kind::Int8),
        ),
    ],
    visited: false,
    minimum: &[(1, 18)],
};

static REQUEST_FORGOTTEN_TOPIC: Struct = Struct {
    fields: &[
        Field::new("TopicId", Versions::from(0), Kind::Uuid).mark(Mark::TopicId),
        Field::new("Partitions", Versions::from(0), Kind::Array(&Kind::Int32))
            .mark(Mark::PartitionIndex),
    ],
    visited: true,
    minimum: &[(1, 18)],
};

/// `ShareFetchRequest.json`.
static SHARE_FETCH_REQUEST: Message = Message {
    name: "ShareFetchRequest",
    versions: Versions::range(1, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null)
                .mark(Mark::GroupId),
            Field::new("MemberId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .mark(Mark::MemberId),
            Field::new("ShareSessionEpoch", Versions::from(0), Kind::Int32)
                .mark(Mark::ShareSessionEpoch),
            Field::new("MaxWaitMs", Versions::from(0), Kind::Int32),
            Field::new("MinBytes", Versions::from(0), Kind::Int32),
            Field::new("MaxBytes", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(2147483647)),
            Field::new("MaxRecords", Versions::from(1), Kind::Int32),
            Field::new("BatchSize", Versions::from(1), Kind::Int32),
            Field::new("ShareAcquireMode", Versions::from(2), Kind::Int8).ignorable(),
            Field::new("IsRenewAck", Versions::from(2), Kind::Bool),
            Field::new(
                "Topics",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_FETCH_TOPIC)),
            )
            .mark(Mark::Topics),
            Field::new(
                "ForgottenTopicsData",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_FORGOTTEN_TOPIC)),
            )
            .mark(Mark::ForgottenTopics),
        ],
        visited: true,
        minimum: &[(1, 29), (2, 31)],
    },
};

static RESPONSE_SHARE_FETCHABLE_TOPIC_RESPONSE: Struct = Struct {
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
    minimum: &[(1, 18)],
};

static RESPONSE_PARTITION_DATA: Struct = Struct {
    fields: &[
        Field::new("PartitionIndex", Versions::from(0), Kind::Int32).mark(Mark::PartitionIndex),
        Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new("AcknowledgeErrorCode", Versions::from(0), Kind::Int16)
            .mark(Mark::AcknowledgeErrorCode),
        Field::new("AcknowledgeErrorMessage", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null),
        Field::new(
            "CurrentLeader",
            Versions::from(0),
            Kind::Struct(&RESPONSE_LEADER_ID_AND_EPOCH),
        ),
        Field::new("Records", Versions::from(0), Kind::Records)
            .nullable(Versions::range(0, 0))
            .mark(Mark::Records),
        Field::new(
            "AcquiredRecords",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&RESPONSE_ACQUIRED_RECORDS)),
        ),
    ],
    visited: true,
    minimum: &[(1, 22)],
};

static RESPONSE_LEADER_ID_AND_EPOCH: Struct = Struct {
    fields: &[
        Field::new("LeaderId", Versions::from(0), Kind::Int32),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32),
    ],
    visited: false,
    minimum: &[(1, 9)],
};

static RESPONSE_ACQUIRED_RECORDS: Struct = Struct {
    fields: &[
        Field::new("FirstOffset", Versions::from(0), Kind::Int64),
        Field::new("LastOffset", Versions::from(0), Kind::Int64),
        Field::new("DeliveryCount", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(1, 19)],
};

static RESPONSE_NODE_ENDPOINT: Struct = Struct {
    fields: &[
        Field::new("NodeId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(0), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(0), Kind::Int32).mark(Mark::Port),
        Field::new("Rack", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::Rack),
    ],
    visited: true,
    minimum: &[(1, 11)],
};

/// `ShareFetchResponse.json`.
static SHARE_FETCH_RESPONSE: Message = Message {
    name: "ShareFetchResponse",
    versions: Versions::range(1, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("AcquisitionLockTimeoutMs", Versions::from(1), Kind::Int32),
            Field::new(
                "Responses",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_SHARE_FETCHABLE_TOPIC_RESPONSE)),
            )
            .mark(Mark::Topics),
            Field::new(
                "NodeEndpoints",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_NODE_ENDPOINT)),
            )
            .mark(Mark::NodeEndpoints),
        ],
        visited: true,
        minimum: &[(1, 14)],
    },
};
