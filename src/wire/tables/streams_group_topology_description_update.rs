//! StreamsGroupTopologyDescriptionUpdate: its request and response.
//! Written by `generate.py`; do not edit.

use crate::wire::api::Api;
use crate::wire::schema::{DefaultValue, Field, Kind, Mark, Message, Struct, Versions};

/// StreamsGroupTopologyDescriptionUpdate, key 93.
pub static STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE: Api = Api {
    key: 93,
    name: "StreamsGroupTopologyDescriptionUpdate",
    request: &STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE_REQUEST,
    response: &STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE_RESPONSE,
    min_version: 0,
    max_version: 0,
    broker: true,
};

static REQUEST_TOPOLOGY_DESCRIPTION: Struct = Struct {
    fields: &[
        Field::new(
            "Subtopologies",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION_SUBTOPOLOGY)),
        ),
        Field::new(
            "GlobalStores",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION_GLOBAL_STORE)),
        ),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_TOPOLOGY_DESCRIPTION_SUBTOPOLOGY: Struct = Struct {
    fields: &[
        Field::new("SubtopologyId", Versions::from(0), Kind::Str),
        Field::new(
            "Nodes",
            Versions::from(0),
            Kind::Array(&Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION_NODE)),
        )
        .mark(Mark::Topics),
    ],
    visited: true,
    minimum: &[(0, 3)],
};

static REQUEST_TOPOLOGY_DESCRIPTION_NODE: Struct = Struct {
    fields: &[
        Field::new("Name", Versions::from(0), Kind::Str),
        Field::new("NodeType", Versions::from(0), Kind::Int8),
        Field::new("SourceTopics", Versions::from(0), Kind::Array(&Kind::Str))
            .mark(Mark::TopicName),
        Field::new("SinkTopic", Versions::from(0), Kind::Str)
            .nullable(Versions::from(0))
            .default(DefaultValue::Null)
            .mark(Mark::TopicName),
        Field::new("Stores", Versions::from(0), Kind::Array(&Kind::Str)),
        Field::new("Successors", Versions::from(0), Kind::Array(&Kind::Str)),
    ],
    visited: true,
    minimum: &[(0, 7)],
};

static REQUEST_TOPOLOGY_DESCRIPTION_GLOBAL_STORE: Struct = Struct {
    fields: &[
        Field::new(
            "Source",
            Versions::from(0),
            Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION_NODE),
        ),
        Field::new(
            "Processor",
            Versions::from(0),
            Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION_NODE),
        ),
    ],
    visited: true,
    minimum: &[(0, 15)],
};

/// `StreamsGroupTopologyDescriptionUpdateRequest.json`.
static STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE_REQUEST: Message = Message {
    name: "StreamsGroupTopologyDescriptionUpdateRequest",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("GroupId", Versions::from(0), Kind::Str).mark(Mark::GroupId),
            Field::new("MemberId", Versions::from(0), Kind::Str).mark(Mark::MemberId),
            Field::new("TopologyEpoch", Versions::from(0), Kind::Int32),
            Field::new(
                "TopologyDescription",
                Versions::from(0),
                Kind::Struct(&REQUEST_TOPOLOGY_DESCRIPTION),
            ),
        ],
        visited: true,
        minimum: &[(0, 10)],
    },
};

/// `StreamsGroupTopologyDescriptionUpdateResponse.json`.
static STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE_RESPONSE: Message = Message {
    name: "StreamsGroupTopologyDescriptionUpdateResponse",
    versions: Versions::range(0, 0),
    flexible: Versions::from(0),
    root: Struct {
        fields: &[
            Field::new("ThrottleTimeMs", Versions::from(0), Kind::Int32).mark(Mark::ThrottleTimeMs),
            Field::new("ErrorCode", Versions::from(0), Kind::Int16).mark(Mark::ErrorCode),
            Field::new("ErrorMessage", Versions::from(0), Kind::Str)
                .nullable(Versions::from(0))
                .default(DefaultValue::Null),
        ],
        visited: true,
        minimum: &[(0, 8)],
    },
};
