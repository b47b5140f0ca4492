//! RemoveRaftVoter: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Kind, Mark, Message, Struct, Versions};

/// RemoveRaftVoter, key 81.
pub static REMOVE_RAFT_VOTER: Api = Api {
    key: 81,
    name: "RemoveRaftVoter",
    request: &REMOVE_RAFT_VOTER_REQUEST,
    response: &REMOVE_RAFT_VOTER_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

/// `RemoveRaftVoterRequest.json`.
static REMOVE_RAFT_VOTER_REQUEST: Message = Message {
    name: "RemoveRaftVoterRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .mark(Mark::ClusterId),
            Field::new("VoterId", Versions::from(0), Kind::Int32),
            Field::new("VoterDirectoryId", Versions::from(0), Kind::Uuid),
        ],
        visited: true,
        minimum: &[(0, 22)],
    },
};

/// `RemoveRaftVoterResponse.json`.
static REMOVE_RAFT_VOTER_RESPONSE: Message = Message {
    name: "RemoveRaftVoterResponse",
    versions: Versions::range(0, 0),
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
