//! DescribeCluster: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// DescribeCluster, key 60.
pub static DESCRIBE_CLUSTER: Api = Api {
    key: 60,
    name: "DescribeCluster",
    request: &DESCRIBE_CLUSTER_REQUEST,
    response: &DESCRIBE_CLUSTER_RESPONSE,
    min_version: 0,
    max_version: 2,
    broker: true,
};

/// `DescribeClusterRequest.json`.
static DESCRIBE_CLUSTER_REQUEST: Message = Message {
    name: "DescribeClusterRequest",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new(
                "IncludeClusterAuthorizedOperations",
                Versions::from(0),
                Kind::Bool,
            )
            .mark(Mark::IncludeClusterAuthorizedOperations),
            Field::new("EndpointType", Versions::from(1), Kind::Int8)
                .default(DefaultValue::Int(1))
                .mark(Mark::EndpointType),
            Field::new("IncludeFencedBrokers", Versions::from(2), Kind::Bool),
        ],
        visited: true,
        minimum: &[(0, 2), (1, 3), (2, 4)],
    },
};

static RESPONSE_DESCRIBE_CLUSTER_BROKER: Struct = Struct {
    fields: &[
        Field::new("BrokerId", Versions::from(0), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(0), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(0), Kind::Int32).mark(Mark::Port),
        Field::new("Rack", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::Rack),
        Field::new("IsFenced", Versions::from(2), Kind::Bool),
    ],
    visited: true,
    minimum: &[(0, 11), (2, 12)],
};

/// `DescribeClusterResponse.json`.
static DESCRIBE_CLUSTER_RESPONSE: Message = Message {
    name: "DescribeClusterResponse",
    versions: Versions::range(0, 2),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
            Field::new("EndpointType", Versions::from(1), Kind::Int8)
                .default(DefaultValue::Int(1))
                .mark(Mark::EndpointType),
            Field::new("ClusterId", Versions::from(0), Kind::Str).mark(Mark::ClusterId),
            Field::new("ControllerId", Versions::from(0), Kind::Int32)
                .default(DefaultValue::Int(-1))
                .mark(Mark::ControllerId),
            Field::new(
                "Brokers",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&RESPONSE_DESCRIBE_CLUSTER_BROKER)),
            )
            .mark(Mark::Brokers),
            Field::new(
                "ClusterAuthorizedOperations",
                Versions::from(0),
                Kind::Int32,
            )
            .default(DefaultValue::Int(-2147483648))
            .mark(Mark::ClusterAuthorizedOperations),
        ],
        visited: true,
        minimum: &[(0, 18), (1, 19)],
    },
};
