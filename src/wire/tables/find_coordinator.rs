//! FindCoordinator: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// FindCoordinator, key 10.
pub static FIND_COORDINATOR: Api = Api {
    key: 10,
    name: "FindCoordinator",
    request: &FIND_COORDINATOR_REQUEST,
    response: &FIND_COORDINATOR_RESPONSE,
    min_version: 0,
    max_version: 6,
    broker: true,
};

/// `FindCoordinatorRequest.json`.
static FIND_COORDINATOR_REQUEST: Message = Message {
    name: "FindCoordinatorRequest",
    versions: Versions::range(0, 6),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("Key", Versions::range(0, 3), Kind::Str).mark(Mark::CoordinatorKey),
            Field::new("KeyType", Versions::from(1), Kind::Int8).mark(Mark::KeyType),
            Field::new(
                "CoordinatorKeys",
                Versions::from(4),
                Kind::Array(&Kind::Str),
            )
            .mark(Mark::CoordinatorKey),
        ],
        visited: true,
        minimum: &[(0, 2), (1, 3)],
    },
};

static RESPONSE_COORDINATOR: Struct = Struct {
    fields: &[
        Field::new("Key", Versions::from(4), Kind::Str).mark(Mark::CoordinatorKey),
        Field::new("NodeId", Versions::from(4), Kind::Int32).mark(Mark::NodeId),
        Field::new("Host", Versions::from(4), Kind::Str).mark(Mark::Host),
        Field::new("Port", Versions::from(4), Kind::Int32).mark(Mark::Port),
        Field::new("ErrorCode", Versions::from(4), Kind::Int16).mark(Mark::ErrorCode),
        Field::new("ErrorMessage", Versions::from(4), Kind::Str)
            .nullable(Versions::from(4))
            .ignorable(),
    ],
    visited: true,
    minimum: &[(0, 1), (4, 14)],
};

/// `FindCoordinatorResponse.json`.
static FIND_COORDINATOR_RESPONSE: Message = Message {
    name: "FindCoordinatorResponse",
    versions: Versions::range(0, 6),
    flexible: Versions::from(3),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(1), Kind::Int32)
                .ignorable()
                .mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::range(0, 3), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::range(1, 3), Kind::Str)
                .nullable(Versions::range(1, 3))
                .ignorable(),
            Field::new("NodeId", Versions::range(0, 3), Kind::Int32).mark(Mark::NodeId),
            Field::new("Host", Versions::range(0, 3), Kind::Str).mark(Mark::Host),
            Field::new("Port", Versions::range(0, 3), Kind::Int32).mark(Mark::Port),
            Field::new(
                "Coordinators",
                Versions::from(4),
                Kind::Array(&Kind::Struct(&RESPONSE_COORDINATOR)),
            )
            .mark(Mark::Coordinators),
        ],
        visited: true,
        minimum: &[(0, 12), (1, 18), (3, 17), (4, 6)],
    },
};
