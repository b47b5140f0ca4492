//! What the generated tables are made of: messages, structs, fields, and what may be asked of them.
//!
//! Plain data, interpreted per version: one table serves all versions of a message. Names, types and
//! version ranges are those of Kafka's message definitions (`common/message/*.json`).

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
