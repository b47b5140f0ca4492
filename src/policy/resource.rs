//! Kafka's resources: what a rule is about and a request touches.

use std::fmt;

/// `org.apache.kafka.common.resource.ResourceType` without those that only stand in filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// `TOPIC`
    Topic,
    /// `GROUP`
    Group,
    /// `CLUSTER`
    Cluster,
    /// `TRANSACTIONAL_ID`
    TransactionalId,
    /// `DELEGATION_TOKEN`
    DelegationToken,
    /// `USER`
    User,
}

/// The one name of a resource of type `CLUSTER`.
pub const CLUSTER_NAME: &str = "kafka-cluster";

/// Longest name of a topic, in bytes: all that are legal are ASCII.
pub const TOPIC_NAME_MAX: usize = 249;

/// One resource that a request touches. Its name is never a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resource<'a> {
    /// Its type.
    pub resource_type: ResourceType,
    /// Its name, as the request spells it.
    pub name: &'a str,
}

impl ResourceType {
    /// All, by ascending code.
    pub const ALL: [Self; 6] = [
        Self::Topic,
        Self::Group,
        Self::Cluster,
        Self::TransactionalId,
        Self::DelegationToken,
        Self::User,
    ];

    /// `ResourceType.code()`, 2 to 7.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Topic => 2,
            Self::Group => 3,
            Self::Cluster => 4,
            Self::TransactionalId => 5,
            Self::DelegationToken => 6,
            Self::User => 7,
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "TOPIC",
            Self::Group => "GROUP",
            Self::Cluster => "CLUSTER",
            Self::TransactionalId => "TRANSACTIONAL_ID",
            Self::DelegationToken => "DELEGATION_TOKEN",
            Self::User => "USER",
        }
    }

    /// The type called `name`, as Kafka spells it; `None` for `ANY` and what is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

impl<'a> Resource<'a> {
    /// The cluster itself.
    pub const CLUSTER: Resource<'static> = Resource {
        resource_type: ResourceType::Cluster,
        name: CLUSTER_NAME,
    };

    /// The topic `name`.
    #[must_use]
    pub const fn topic(name: &'a str) -> Self {
        Self {
            resource_type: ResourceType::Topic,
            name,
        }
    }

    /// The group `name`.
    #[must_use]
    pub const fn group(name: &'a str) -> Self {
        Self {
            resource_type: ResourceType::Group,
            name,
        }
    }

    /// The transactional id `name`.
    #[must_use]
    pub const fn transactional_id(name: &'a str) -> Self {
        Self {
            resource_type: ResourceType::TransactionalId,
            name,
        }
    }
}

/// Whether a topic could be called `name`, or begin with it: `Topic.validate`.
pub(super) fn is_topic_text(name: &str) -> bool {
    name.len() <= TOPIC_NAME_MAX && name.chars().all(is_topic_char)
}

/// Whether a topic's name may have `c`: `Topic.LEGAL_CHARS`.
#[must_use]
pub const fn is_topic_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource_type, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_go_together() {
        let codes: Vec<u8> = ResourceType::ALL.map(ResourceType::code).to_vec();
        assert_eq!(codes, [2, 3, 4, 5, 6, 7]);
        for known in ResourceType::ALL {
            assert_eq!(ResourceType::parse(known.as_str()), Some(known));
        }
        for unknown in ["", "ANY", "topic", "Topic", "TOPICS"] {
            assert_eq!(ResourceType::parse(unknown), None, "{unknown}");
        }
        assert_eq!(Resource::CLUSTER.to_string(), "CLUSTER:kafka-cluster");
    }
}
