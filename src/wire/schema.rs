//! What the generated tables are made of: messages, structs, fields, and what may be asked of them.
//!
//! Plain data, interpreted per version: one table serves all versions of a message. Names, types
//! and version ranges are those of Kafka's message definitions (`common/message/*.json`).

/// A range of versions, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    first: i16,
    last: i16,
}

impl Versions {
    /// No version at all.
    pub const NEVER: Self = Self { first: 0, last: -1 };

    /// `first` and all after it.
    #[must_use]
    pub const fn from(first: i16) -> Self {
        Self {
            first,
            last: i16::MAX,
        }
    }

    /// `first` to `last`, both included.
    #[must_use]
    pub const fn range(first: i16, last: i16) -> Self {
        Self { first, last }
    }

    /// Whether `version` lies in the range.
    #[must_use]
    pub const fn contain(self, version: i16) -> bool {
        self.first <= version && version <= self.last
    }

    /// The oldest version of the range.
    #[must_use]
    pub const fn first(self) -> i16 {
        self.first
    }

    /// The newest version of the range; `i16::MAX` where it is open.
    #[must_use]
    pub const fn last(self) -> i16 {
        self.last
    }
}

/// A request, a response or a header.
#[derive(Debug)]
pub struct Message {
    /// As in its definition, e.g. `FetchRequest`.
    pub name: &'static str,
    /// The versions that its definition covers, unstable ones included.
    pub versions: Versions,
    /// The versions with compact lengths and tagged fields (KIP-482).
    pub flexible: Versions,
    /// Its fields.
    pub root: Struct,
}

impl Message {
    /// Whether lengths are compact and tagged fields are allowed in `version`.
    #[must_use]
    pub const fn is_flexible(&self, version: i16) -> bool {
        self.flexible.contain(version)
    }
}

/// A list of fields.
#[derive(Debug)]
pub struct Struct {
    /// In the order of the wire, tagged ones among them.
    pub fields: &'static [Field],
    /// Whether any field, at any depth, carries a mark.
    pub visited: bool,
    /// (first version, fewest bytes that the struct takes from there on), ascending; never 0.
    pub minimum: &'static [(i16, usize)],
}

impl Struct {
    /// Fewest bytes that one takes in `version`; at least 1.
    #[must_use]
    pub fn minimum(&self, version: i16) -> usize {
        let step = self
            .minimum
            .iter()
            .rev()
            .find(|(first, _)| *first <= version);
        step.map_or(1, |(_, size)| *size)
    }

    /// Whether its plain fields in `version` are no structs and no arrays of such.
    #[must_use]
    pub fn is_flat(&self, version: i16) -> bool {
        let nests = |kind| matches!(kind, Kind::Struct(_) | Kind::Array(Kind::Struct(_)));
        let mut plain = self.fields.iter().filter(|f| f.is_plain(version));
        !plain.any(|field| nests(field.kind))
    }

    /// The field with tag `tag` in `version`.
    #[must_use]
    pub fn tagged(&self, tag: u32, version: i16) -> Option<&'static Field> {
        self.fields
            .iter()
            .find(|f| f.tag == tag && f.tagged.contain(version))
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One byte; anything but 0 is true, as in Java.
    Bool,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Uuid,
    /// At most 32767 bytes of UTF-8.
    Str,
    Bytes,
    /// Record batches: bytes to us.
    Records,
    Struct(&'static Struct),
    Array(&'static Self),
}

impl Kind {
    /// Bytes that every value takes, where all take the same.
    #[must_use]
    pub const fn width(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Int8 => Some(1),
            Self::Int16 | Self::UInt16 => Some(2),
            Self::Int32 | Self::UInt32 => Some(4),
            Self::Int64 | Self::Float64 => Some(8),
            Self::Uuid => Some(16),
            Self::Str | Self::Bytes | Self::Records | Self::Struct(_) | Self::Array(_) => None,
        }
    }

    /// Fewest bytes that an array's item of this kind takes; never 0.
    #[must_use]
    pub fn minimum(self, version: i16, flexible: bool) -> usize {
        match self {
            Self::Struct(structure) => structure.minimum(version),
            Self::Str if !flexible => 2,
            Self::Bytes | Self::Records | Self::Array(_) if !flexible => 4,
            other => other.width().unwrap_or(1),
        }
    }
}

/// The value of a field that is not on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// 0, false, nothing, or a struct of defaults.
    Zero,
    True,
    Null,
    Int(i64),
}

/// One field of a [`Struct`].
#[derive(Debug)]
pub struct Field {
    /// As in the definition, e.g. `TopicId`.
    pub name: &'static str,
    /// The versions that have it.
    pub versions: Versions,
    pub kind: Kind,
    /// The versions in which it may be null.
    pub nullable: Versions,
    /// Its tag, where [`Field::tagged`] contains the version.
    pub tag: u32,
    /// The versions in which it travels as a tagged field.
    pub tagged: Versions,
    /// Its length is never compact: `client_id` of request headers.
    pub never_compact: bool,
    /// A value may be dropped in versions without the field.
    pub ignorable: bool,
    pub default: DefaultValue,
    /// What it means to policies and rewriting.
    pub mark: Mark,
}

impl Field {
    /// A field that every version of `versions` must carry, of default zero and without a mark.
    #[must_use]
    pub const fn new(name: &'static str, versions: Versions, kind: Kind) -> Self {
        Self {
            name,
            versions,
            kind,
            nullable: Versions::NEVER,
            tag: 0,
            tagged: Versions::NEVER,
            never_compact: false,
            ignorable: false,
            default: DefaultValue::Zero,
            mark: Mark::None,
        }
    }

    #[must_use]
    pub const fn nullable(mut self, versions: Versions) -> Self {
        self.nullable = versions;
        self
    }

    #[must_use]
    pub const fn tagged(mut self, tag: u32, versions: Versions) -> Self {
        self.tag = tag;
        self.tagged = versions;
        self
    }

    #[must_use]
    pub const fn never_compact(mut self) -> Self {
        self.never_compact = true;
        self
    }

    #[must_use]
    pub const fn ignorable(mut self) -> Self {
        self.ignorable = true;
        self
    }

    #[must_use]
    pub const fn default(mut self, default: DefaultValue) -> Self {
        self.default = default;
        self
    }

    #[must_use]
    pub const fn mark(mut self, mark: Mark) -> Self {
        self.mark = mark;
        self
    }

    /// Whether the field stands among the plain ones of its struct in `version`.
    #[must_use]
    pub const fn is_plain(&self, version: i16) -> bool {
        self.versions.contain(version) && !self.tagged.contain(version)
    }

    /// Whether a visitor hears of it: it carries a mark, or something below it does.
    #[must_use]
    pub const fn is_visited(&self) -> bool {
        if !matches!(self.mark, Mark::None) {
            return true;
        }
        match self.kind {
            Kind::Struct(structure) => structure.visited,
            Kind::Array(Kind::Struct(structure)) => structure.visited,
            _ => false,
        }
    }
}

/// What a field means to policies and rewriting, whatever its name in a message. `generate.py` has
/// the rules. A mark on an array of scalars is that of its items too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    None,

    // Headers.
    ApiKey,
    ApiVersion,
    CorrelationId,
    ClientId,

    // What policies speak of.
    TopicName,
    TopicId,
    GroupId,
    TransactionalId,
    /// Of `FindCoordinator`: a group or a transactional id, as [`Mark::KeyType`] says.
    CoordinatorKey,
    KeyType,
    /// Of a config resource.
    ResourceType,
    ResourceName,
    ConfigName,
    ConfigValue,
    SubscribedTopicRegex,
    /// Of a Streams topology.
    SourceTopicRegex,

    // Where a client connects to.
    Host,
    Port,
    Rack,
    NodeId,
    ControllerId,
    ClusterId,
    EndpointType,
    /// Name, host and port (unsigned) of a controller's listener, in `DescribeQuorum`.
    ListenerName,
    ListenerHost,
    ListenerPort,

    // Who else the peer says it is.
    /// Of a follower; -1 = a client.
    ReplicaId,
    ProducerId,
    MemberId,
    MemberEpoch,

    // Sessions and switches.
    SessionId,
    SessionEpoch,
    ShareSessionEpoch,
    Acks,
    AllowAutoTopicCreation,
    EnableTwoPhaseCommit,
    VerifyOnly,
    IncludeTopicAuthorizedOperations,
    IncludeClusterAuthorizedOperations,

    // Answers.
    ErrorCode,
    AcknowledgeErrorCode,
    TopicConfigErrorCode,
    ThrottleTimeMs,
    TopicAuthorizedOperations,
    ClusterAuthorizedOperations,
    GroupAuthorizedOperations,

    PartitionIndex,
    Records,

    // Arrays of structs.
    Topics,
    Partitions,
    /// What a fetch session shall forget.
    ForgottenTopics,
    /// What a group member says it owns; not authorized.
    OwnedTopics,
    Groups,
    Members,
    Transactions,
    Resources,
    Configs,
    Brokers,
    /// Of new leaders, in answers to Produce, Fetch, ShareFetch and ShareAcknowledge.
    NodeEndpoints,
    Coordinators,
    /// Voters and observers with their listeners, in `DescribeQuorum`.
    QuorumNodes,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tables::{APIS, api_key};

    /// The field of the request or response of `key` that `path` names.
    fn field(key: i16, is_request: bool, path: &str) -> &'static Field {
        let api = crate::wire::api::api(key).unwrap();
        let message = if is_request {
            api.request
        } else {
            api.response
        };
        let mut structure = &message.root;
        let mut found = None;
        for name in path.split('.') {
            let field = structure.fields.iter().find(|f| f.name == name);
            let field = field.unwrap_or_else(|| panic!("{} {path}", message.name));
            if let Kind::Struct(inner) | Kind::Array(&Kind::Struct(inner)) = field.kind {
                structure = inner;
            }
            found = Some(field);
        }
        found.unwrap()
    }

    /// Key, path, mark.
    type Marked = (i16, &'static str, Mark);

    const REQUESTS: &[Marked] = &[
        (api_key::PRODUCE, "TransactionalId", Mark::TransactionalId),
        (api_key::PRODUCE, "Acks", Mark::Acks),
        (api_key::PRODUCE, "TopicData", Mark::Topics),
        (api_key::PRODUCE, "TopicData.Name", Mark::TopicName),
        (api_key::PRODUCE, "TopicData.TopicId", Mark::TopicId),
        (
            api_key::PRODUCE,
            "TopicData.PartitionData.Index",
            Mark::PartitionIndex,
        ),
        (
            api_key::PRODUCE,
            "TopicData.PartitionData.Records",
            Mark::Records,
        ),
        (api_key::FETCH, "ReplicaId", Mark::ReplicaId),
        (api_key::FETCH, "ReplicaState.ReplicaId", Mark::ReplicaId),
        (api_key::FETCH, "SessionId", Mark::SessionId),
        (api_key::FETCH, "SessionEpoch", Mark::SessionEpoch),
        (api_key::FETCH, "ForgottenTopicsData", Mark::ForgottenTopics),
        (api_key::FETCH, "ForgottenTopicsData.Topic", Mark::TopicName),
        (
            api_key::FETCH,
            "ForgottenTopicsData.Partitions",
            Mark::PartitionIndex,
        ),
        (api_key::OFFSET_FETCH, "Groups", Mark::Groups),
        (
            api_key::OFFSET_FETCH,
            "Groups.Topics.TopicId",
            Mark::TopicId,
        ),
        (api_key::FIND_COORDINATOR, "Key", Mark::CoordinatorKey),
        (
            api_key::FIND_COORDINATOR,
            "CoordinatorKeys",
            Mark::CoordinatorKey,
        ),
        (api_key::FIND_COORDINATOR, "KeyType", Mark::KeyType),
        (api_key::DESCRIBE_GROUPS, "Groups", Mark::GroupId),
        (api_key::DELETE_TOPICS, "TopicNames", Mark::TopicName),
        (
            api_key::DESCRIBE_CONFIGS,
            "Resources.ResourceName",
            Mark::ResourceName,
        ),
        (
            api_key::INIT_PRODUCER_ID,
            "Enable2Pc",
            Mark::EnableTwoPhaseCommit,
        ),
        (
            api_key::OFFSET_FOR_LEADER_EPOCH,
            "ReplicaId",
            Mark::ReplicaId,
        ),
        (api_key::LIST_OFFSETS, "ReplicaId", Mark::ReplicaId),
        (
            api_key::CONSUMER_GROUP_HEARTBEAT,
            "TopicPartitions",
            Mark::OwnedTopics,
        ),
        (
            api_key::CONSUMER_GROUP_HEARTBEAT,
            "SubscribedTopicNames",
            Mark::TopicName,
        ),
        (
            api_key::CONSUMER_GROUP_HEARTBEAT,
            "SubscribedTopicRegex",
            Mark::SubscribedTopicRegex,
        ),
        (
            api_key::DESCRIBE_TOPIC_PARTITIONS,
            "Cursor.TopicName",
            Mark::TopicName,
        ),
        (
            api_key::SHARE_FETCH,
            "ShareSessionEpoch",
            Mark::ShareSessionEpoch,
        ),
        (
            api_key::ADD_PARTITIONS_TO_TXN,
            "V3AndBelowTopics.Name",
            Mark::TopicName,
        ),
        (
            api_key::ADD_PARTITIONS_TO_TXN,
            "Transactions",
            Mark::Transactions,
        ),
        // What looks like an endpoint of a broker and is none.
        (api_key::ADD_RAFT_VOTER, "Listeners.Host", Mark::None),
        (
            api_key::STREAMS_GROUP_HEARTBEAT,
            "UserEndpoint.Host",
            Mark::None,
        ),
        (api_key::CREATE_ACLS, "Creations.Host", Mark::None),
    ];

    const RESPONSES: &[Marked] = &[
        (api_key::METADATA, "Brokers", Mark::Brokers),
        (api_key::METADATA, "Brokers.Host", Mark::Host),
        (
            api_key::METADATA,
            "Topics.TopicAuthorizedOperations",
            Mark::TopicAuthorizedOperations,
        ),
        (api_key::FIND_COORDINATOR, "Host", Mark::Host),
        (api_key::FIND_COORDINATOR, "Coordinators.Port", Mark::Port),
        (
            api_key::FIND_COORDINATOR,
            "Coordinators.Key",
            Mark::CoordinatorKey,
        ),
        (api_key::DESCRIBE_CLUSTER, "Brokers.BrokerId", Mark::NodeId),
        (
            api_key::DESCRIBE_CLUSTER,
            "EndpointType",
            Mark::EndpointType,
        ),
        (api_key::PRODUCE, "NodeEndpoints", Mark::NodeEndpoints),
        (api_key::FETCH, "NodeEndpoints.Rack", Mark::Rack),
        (api_key::SHARE_FETCH, "NodeEndpoints.Host", Mark::Host),
        (api_key::SHARE_ACKNOWLEDGE, "NodeEndpoints.Port", Mark::Port),
        (
            api_key::SHARE_FETCH,
            "Responses.Partitions.AcknowledgeErrorCode",
            Mark::AcknowledgeErrorCode,
        ),
        (
            api_key::DESCRIBE_QUORUM,
            "Nodes.Listeners.Host",
            Mark::ListenerHost,
        ),
        (
            api_key::DESCRIBE_CONFIGS,
            "Results.Configs.Synonyms.Value",
            Mark::ConfigValue,
        ),
        (
            api_key::STREAMS_GROUP_DESCRIBE,
            "Groups.TopologyDescription.GlobalStores.Processor.SinkTopic",
            Mark::TopicName,
        ),
        (
            api_key::STREAMS_GROUP_DESCRIBE,
            "Groups.Members.UserEndpoint.Host",
            Mark::None,
        ),
        (
            api_key::DESCRIBE_GROUPS,
            "Groups.Members.ClientHost",
            Mark::None,
        ),
    ];

    #[test]
    fn marks_are_where_policies_look() {
        for (marked, is_request) in [(REQUESTS, true), (RESPONSES, false)] {
            for (key, path, mark) in marked {
                let found = field(*key, is_request, path).mark;
                assert_eq!(found, *mark, "{key} {path}, request: {is_request}");
            }
        }
    }

    #[test]
    fn a_struct_is_visited_if_and_only_if_it_holds_a_mark() {
        fn check(structure: &Struct) {
            let visited = structure.fields.iter().any(Field::is_visited);
            assert_eq!(structure.visited, visited, "{:?}", structure.fields.first());
            for field in structure.fields {
                if let Kind::Struct(inner) | Kind::Array(&Kind::Struct(inner)) = field.kind {
                    check(inner);
                }
            }
        }
        for api in APIS {
            check(&api.request.root);
            check(&api.response.root);
        }
    }

    #[test]
    fn tags_and_plain_fields_have_versions_of_their_own() {
        let replica = field(api_key::FETCH, true, "ReplicaState");
        assert!(!replica.is_plain(14) && !replica.is_plain(15) && replica.tagged.contain(15));
        let topic = field(api_key::FETCH, true, "Topics.Topic");
        assert!(topic.is_plain(12) && !topic.is_plain(13));
        let fetch = crate::wire::api::api(api_key::FETCH).unwrap().request;
        assert_eq!(
            fetch.root.tagged(1, 15).map(|f| f.name),
            Some("ReplicaState")
        );
        assert!(fetch.root.tagged(1, 14).is_none() && fetch.root.tagged(2, 18).is_none());
    }
}
