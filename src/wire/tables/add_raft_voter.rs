//! AddRaftVoter: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// AddRaftVoter, key 80.
pub static ADD_RAFT_VOTER: Api = Api {
    key: 80,
    name: "AddRaftVoter",
    request: &ADD_RAFT_VOTER_REQUEST,
    response: &ADD_RAFT_VOTER_RESPONSE,
    min_version: 0,
    max_version: 1,
    broker: true,
};

static REQUEST_LISTENER: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::UInt16),
    ],
    visited: false,
    minimum: &[(0, 5)],
};

/// `AddRaftVoterRequest.json`.
static ADD_RAFT_VOTER_REQUEST: Message = Message {
    name: "AddRaftVoterRequest",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .mark(Mark::ClusterId),
            Field::new("TimeoutMs", Versions::from(0), Kind::Int32),
            Field::new("VoterId", Versions::from(0), Kind::Int32),
            Field::new("VoterDirectoryId", Versions::from(0), Kind::Uuid),
            Field::new(
                "Listeners",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_LISTENER)),
            ),
            Field::new("AckWhenCommitted", Versions::from(1), Kind::Bool)
                .default(DefaultValue::True),
        ],
        visited: true,
        minimum: &[(0, 27), (1, 28)],
    },
};

/// `AddRaftVoterResponse.json`.
static ADD_RAFT_VOTER_RESPONSE: Message = Message {
    name: "AddRaftVoterResponse",
    versions: Versions::range(0, 1),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .ignorable(),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
