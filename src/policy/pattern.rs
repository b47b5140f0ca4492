//! Which names a rule is about: one, all with a prefix, or all. Owns what is a legal pattern.

use std::fmt;

use super::resource::{CLUSTER_NAME, ResourceType, is_topic_text};

/// A resource pattern of Kafka, without its type of resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Every name: Kafka's LITERAL `*`.
    Any,
    /// One name.
    Literal(Box<str>),
    /// Every name that begins so. PREFIXED `*` is the names that begin with a star.
    Prefixed(Box<str>),
}

/// Kafka's word for how a pattern's name is meant; those of filters are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternType {
    /// `LITERAL`: the name itself, or `*`.
    Literal,
    /// `PREFIXED`
    Prefixed,
}

/// Why a text is no pattern of a type of resource; reads on after the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// Nothing.
    #[error("is empty; write a name, or \"*\" for all")]
    Empty,
    /// A cluster has one name.
    #[error("is not `{CLUSTER_NAME}`, the only name of a CLUSTER")]
    Cluster,
    /// A literal that ends in a star.
    #[error(
        "ends in `*`, which is an ordinary character there and in no topic's name; leave it out and \
         write pattern_type = \"PREFIXED\""
    )]
    TopicStar,
    /// A name that no topic has.
    #[error(
        "is in no topic's name: those are at most 249 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`"
    )]
    Topic,
}

impl Pattern {
    /// The pattern of `pattern_type` and `name`, which must be able to match a resource of
    /// `resource_type`.
    ///
    /// # Errors
    /// [`PatternFault`]; Kafka's controller (`AclControlManager.validateNewAcl`,
    /// `AclApis.handleCreateAcls`) has the first two. The others are rules that could never match:
    /// a DENY that protects nothing is better refused.
    pub fn new(
        resource_type: ResourceType,
        pattern_type: PatternType,
        name: &str,
    ) -> Result<Self, PatternFault> {
        if name.is_empty() {
            return Err(PatternFault::Empty);
        }
        if resource_type == ResourceType::Cluster && name != CLUSTER_NAME {
            return Err(PatternFault::Cluster);
        }
        if pattern_type == PatternType::Literal && name == "*" {
            return Ok(Self::Any);
        }
        if resource_type == ResourceType::Topic && !is_topic_text(name) {
            let star = name.strip_suffix('*').is_some_and(is_topic_text);
            let literal = pattern_type == PatternType::Literal;
            return Err(if star && literal {
                PatternFault::TopicStar
            } else {
                PatternFault::Topic
            });
        }
        Ok(match pattern_type {
            PatternType::Literal => Self::Literal(name.into()),
            PatternType::Prefixed => Self::Prefixed(name.into()),
        })
    }

    /// Whether `name` is meant, byte for byte.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(own) => **own == *name,
            Self::Prefixed(prefix) => name.starts_with(&**prefix),
        }
    }

    /// Kafka's word for how [`Self::name`] is meant.
    #[must_use]
    pub const fn pattern_type(&self) -> PatternType {
        match self {
            Self::Any | Self::Literal(_) => PatternType::Literal,
            Self::Prefixed(_) => PatternType::Prefixed,
        }
    }

    /// The name that Kafka writes for it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Literal(name) | Self::Prefixed(name) => name,
        }
    }
}

impl PatternType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Literal, Self::Prefixed];

    /// `PatternType.code()`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Literal => 3,
            Self::Prefixed => 4,
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "LITERAL",
            Self::Prefixed => "PREFIXED",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.pattern_type().as_str(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_kafkas() {
        use PatternType::{Literal, Prefixed};
        for (pattern_type, pattern, name, matches) in [
            (Literal, "orders", "orders", true),
            (Literal, "orders", "orders-eu", false),
            (Literal, "orders", "Orders", false),
            (Literal, "*", "orders", true),
            (Literal, "*", "", true),
            (Literal, "*", "*", true),
            (Prefixed, "orders", "orders", true),
            (Prefixed, "orders", "orders-eu", true),
            (Prefixed, "orders", "order", false),
            (Prefixed, "*", "orders", false),
            (Prefixed, "*", "*orders", true),
            (Prefixed, "é", "été", true),
        ] {
            let made = Pattern::new(ResourceType::Group, pattern_type, pattern).unwrap();
            assert_eq!(made.matches(name), matches, "{made} {name:?}");
            assert_eq!((made.pattern_type(), made.name()), (pattern_type, pattern));
        }
    }

    #[test]
    fn a_pattern_that_could_never_match_is_none() {
        use PatternType::{Literal, Prefixed};
        let long = "x".repeat(250);
        for (resource_type, pattern_type, name, fault) in [
            (ResourceType::Topic, Literal, "", PatternFault::Empty),
            (ResourceType::User, Prefixed, "", PatternFault::Empty),
            (
                ResourceType::Cluster,
                Literal,
                "lkc-1",
                PatternFault::Cluster,
            ),
            (ResourceType::Cluster, Literal, "*", PatternFault::Cluster),
            (ResourceType::Topic, Literal, "a*", PatternFault::TopicStar),
            (ResourceType::Topic, Prefixed, "a*", PatternFault::Topic),
            (ResourceType::Topic, Prefixed, "*", PatternFault::Topic),
            (ResourceType::Topic, Literal, "a b", PatternFault::Topic),
            (ResourceType::Topic, Literal, &long, PatternFault::Topic),
        ] {
            let made = Pattern::new(resource_type, pattern_type, name);
            assert_eq!(made, Err(fault), "{resource_type} {name:?}");
        }
        assert!(Pattern::new(ResourceType::Group, Literal, "a*").is_ok());
        assert!(Pattern::new(ResourceType::Cluster, Literal, "kafka-cluster").is_ok());
    }
}
