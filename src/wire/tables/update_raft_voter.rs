//! UpdateRaftVoter: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// UpdateRaftVoter, key 82.
pub static UPDATE_RAFT_VOTER: Api = Api {
    key: 82,
    name: "UpdateRaftVoter",
    request: &UPDATE_RAFT_VOTER_REQUEST,
    response: &UPDATE_RAFT_VOTER_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: false,
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

static REQUEST_KRAFT_VERSION_FEATURE: Struct = Struct {
    fields: &[
        Field::new("MinSupportedVersion", Versions::from(0), Kind::Int16),
        Field::new("MaxSupportedVersion", Versions::from(0), Kind::Int16),
    ],
    visited: false,
    minimum: &[(0, 5)],
};

/// `UpdateRaftVoterRequest.json`.
static UPDATE_RAFT_VOTER_REQUEST: Message = Message {
    name: "UpdateRaftVoterRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ClusterId", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .mark(Mark::ClusterId),
            Field::new("CurrentLeaderEpoch", Versions::from(0), Kind::Int32),
            Field::new("VoterId", Versions::from(0), Kind::Int32),
            Field::new("VoterDirectoryId", Versions::from(0), Kind::Uuid),
            Field::new(
                "Listeners",
                Versions::from(0),
                Kind::Array(&Kind::Struct(&REQUEST_LISTENER)),
            ),
            Field::new(
                "KRaftVersionFeature",
                Versions::from(0),
                Kind::Struct(&REQUEST_KRAFT_VERSION_FEATURE),
            ),
        ],
        visited: true,
        minimum: &[(0, 32)],
    },
};

static RESPONSE_CURRENT_LEADER: Struct = Struct {
    fields: &[
        Field::new("LeaderId", Versions::from(0), Kind::Int32)
            .default(DefaultValue::Int(-1))
            .mark(Mark::NodeId),
        Field::new("LeaderEpoch", Versions::from(0), Kind::Int32).default(DefaultValue::Int(-1)),
        Field::new("Host", Versions::from(0), Kind::Str),
        Field::new("Port", Versions::from(0), Kind::Int32),
    ],
    visited: true,
    minimum: &[(0, 14)],
};

/// `UpdateRaftVoterResponse.json`.
static UPDATE_RAFT_VOTER_RESPONSE: Message = Message {
    name: "UpdateRaftVoterResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new(
                "CurrentLeader",
                Versions::from(0),
                Kind::Struct(&RESPONSE_CURRENT_LEADER),
            )
            .tagged(0, Versions::from(0)),
        ],
        visited: true,
        minimum: &[(0, 7)],
    },
};
