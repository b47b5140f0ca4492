//! CRN patterns: the text that says what a role binding is about. Knows names, not whether they
//! exist.

use std::fmt;

use super::{
    pattern::{Pattern, PatternFault, PatternType},
    resource::ResourceType,
};
use crate::identity::{NameFault, Organization};

/// What a role binding is about: clusters of an organization, or resources in them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrnPattern {
    /// As it was written.
    text: Box<str>,
    organization: Organization,
    clusters: Pattern,
    resources: Option<(ResourceType, Pattern)>,
}

/// Why a text is no CRN pattern; reads on after the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrnFault {
    /// Not a CRN.
    #[error(
        "does not begin with `crn://`; write \
         \"crn://oathgate/organization=<name>/kafka=<cluster>/topic=<name>\""
    )]
    Scheme,
    /// A part that is not `key=value`.
    #[error("has the part {0:?}, which is not `<key>=<value>`")]
    Part(String),
    /// A key that nothing here is called by.
    #[error(
        "has the unknown key {0:?}; there may stand, in this order: organization, environment, \
         cloud-cluster, kafka, then one of topic, group, transactional-id, cluster, \
         delegation-token, user"
    )]
    Key(String),
    /// A key after one that it belongs before, or twice.
    #[error("has {0:?} twice or in the wrong place; wider scopes come first, one resource last")]
    Order(String),
    /// An organization that cannot be.
    #[error("names an organization, which {0}")]
    Organization(NameFault),
    /// An environment or resource that hangs in the air.
    #[error("names no cluster; write kafka=<cluster>, or kafka=* for all of the organization")]
    ClusterMissing,
    /// Two clusters at once.
    #[error("names one cluster by cloud-cluster and another by kafka")]
    TwoClusters,
    /// An environment, which cannot be told from the others of its organization.
    #[error(
        "names the environment {0:?} and not one cluster in it: which clusters are in an environment is \
         not known here; write a rule for each of its clusters, as in kafka=<cluster>, or leave \
         environment= out to mean those of all environments of the organization"
    )]
    Environment(String),
    /// A star that is not the last character.
    #[error("has a `*` that is not the last character of a name; write %2A for the character")]
    Star,
    /// A `%` that is not the beginning of an escaped byte.
    #[error("has a `%` that is not followed by the two hexadecimal digits of a byte of UTF-8")]
    Escape,
    /// A name that no resource has.
    #[error("names a {0}, which {1}")]
    Pattern(ResourceType, PatternFault),
}

/// The keys of a CRN, wider scopes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Organization,
    Environment,
    CloudCluster,
    Kafka,
    Resource(ResourceType),
}

impl CrnPattern {
    /// Reads `crn://<authority>[/organization=..][/environment=..][/cloud-cluster=..][/kafka=..]
    /// [/<type>=<name>]`, as Confluent writes it: a `*` at the end of a cluster or resource is any
    /// rest, names are percent-encoded. The authority means nothing; nor does the environment,
    /// which may stand only where one cluster is named, for ids of clusters are unique. Without an organization it is `default`.
    ///
    /// # Errors
    /// [`CrnFault`].
    pub fn parse(text: &str, default: &Organization) -> Result<Self, CrnFault> {
        let rest = text.strip_prefix("crn://").ok_or(CrnFault::Scheme)?;
        let mut parts = rest.split('/');
        parts.next();
        let mut organization = default.clone();
        let (mut environment, mut clusters, mut resources) = (None, None, None);
        let mut last = None;
        for part in parts {
            let unequal = || CrnFault::Part(part.to_owned());
            let (name, value) = part.split_once('=').ok_or_else(unequal)?;
            let key = Key::parse(name).ok_or_else(|| CrnFault::Key(name.to_owned()))?;
            if last.is_some_and(|last| key <= last || matches!(last, Key::Resource(_))) {
                return Err(CrnFault::Order(name.to_owned()));
            }
            last = Some(key);
            match key {
                Key::Organization => {
                    organization = Organization::parse(value).map_err(CrnFault::Organization)?;
                }
                Key::Environment => environment = Some(value),
                Key::CloudCluster | Key::Kafka => {
                    let named = clusters_of(value)?;
                    if clusters.is_some_and(|earlier| earlier != named) {
                        return Err(CrnFault::TwoClusters);
                    }
                    clusters = Some(named);
                }
                Key::Resource(resource_type) => {
                    resources = Some((resource_type, resources_of(resource_type, value)?));
                }
            }
        }
        let clusters = match (clusters, last) {
            (Some(clusters), _) => clusters,
            (None, Some(Key::Organization)) => Pattern::Any,
            (None, _) => return Err(CrnFault::ClusterMissing),
        };
        if let (Some(environment), Pattern::Any | Pattern::Prefixed(_)) = (environment, &clusters) {
            return Err(CrnFault::Environment(environment.to_owned()));
        }
        Ok(Self {
            text: text.into(),
            organization,
            clusters,
            resources,
        })
    }

    /// Whose clusters.
    #[must_use]
    pub const fn organization(&self) -> &Organization {
        &self.organization
    }

    /// Which clusters of the organization, by id.
    #[must_use]
    pub const fn clusters(&self) -> &Pattern {
        &self.clusters
    }

    /// Which resources in them; `None` = the clusters as a whole.
    #[must_use]
    pub const fn resources(&self) -> Option<&(ResourceType, Pattern)> {
        self.resources.as_ref()
    }
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "organization" => Self::Organization,
            "environment" => Self::Environment,
            "cloud-cluster" => Self::CloudCluster,
            "kafka" => Self::Kafka,
            "topic" => Self::Resource(ResourceType::Topic),
            "group" => Self::Resource(ResourceType::Group),
            "transactional-id" => Self::Resource(ResourceType::TransactionalId),
            "cluster" => Self::Resource(ResourceType::Cluster),
            "delegation-token" => Self::Resource(ResourceType::DelegationToken),
            "user" => Self::Resource(ResourceType::User),
            _ => return None,
        })
    }
}

fn clusters_of(value: &str) -> Result<Pattern, CrnFault> {
    Ok(match name_of(value)? {
        (PatternType::Prefixed, prefix) if prefix.is_empty() => Pattern::Any,
        (PatternType::Prefixed, prefix) => Pattern::Prefixed(prefix.into()),
        (PatternType::Literal, name) if name.is_empty() => return Err(CrnFault::ClusterMissing),
        (PatternType::Literal, name) => Pattern::Literal(name.into()),
    })
}

fn resources_of(resource_type: ResourceType, value: &str) -> Result<Pattern, CrnFault> {
    let (pattern_type, name) = name_of(value)?;
    let pattern = match (pattern_type, name.as_str()) {
        (PatternType::Prefixed, "") => Pattern::new(resource_type, PatternType::Literal, "*"),
        // Kafka has no way to say "the resource called `*`".
        (PatternType::Literal, "*") => return Err(CrnFault::Star),
        (pattern_type, name) => Pattern::new(resource_type, pattern_type, name),
    };
    pattern.map_err(|fault| CrnFault::Pattern(resource_type, fault))
}

/// How a value is meant, and the name in it without star and escapes.
fn name_of(value: &str) -> Result<(PatternType, String), CrnFault> {
    let (pattern_type, raw) = match value.strip_suffix('*') {
        Some(prefix) => (PatternType::Prefixed, prefix),
        None => (PatternType::Literal, value),
    };
    if raw.contains('*') {
        return Err(CrnFault::Star);
    }
    Ok((pattern_type, unescape(raw)?))
}

/// `raw` without its percent-encoding (RFC 3986 section 2.1).
fn unescape(raw: &str) -> Result<String, CrnFault> {
    let mut pieces = raw.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(CrnFault::Escape)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(CrnFault::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| CrnFault::Escape)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| CrnFault::Escape)
}

impl fmt::Display for CrnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CrnPattern, CrnFault> {
        CrnPattern::parse(text, &Organization::parse("default").unwrap())
    }

    #[test]
    fn crns_say_organization_clusters_and_resources() {
        for (text, organization, clusters, resources) in [
            (
                "crn://confluent.cloud/organization=1111-22/environment=env-x/cloud-cluster=lkc-x/\
                 kafka=lkc-x/topic=orders-*",
                "1111-22",
                "LITERAL:lkc-x",
                "TOPIC PREFIXED:orders-",
            ),
            (
                "crn://oathgate/kafka=lkc-x/topic=*",
                "default",
                "LITERAL:lkc-x",
                "TOPIC LITERAL:*",
            ),
            (
                "crn:///kafka=lkc-x/group=a%2Fb%2A",
                "default",
                "LITERAL:lkc-x",
                "GROUP LITERAL:a/b*",
            ),
            (
                "crn:///kafka=lkc-*/transactional-id=%C3%A9*",
                "default",
                "PREFIXED:lkc-",
                "TRANSACTIONAL_ID PREFIXED:é",
            ),
            (
                "crn:///kafka=*/cluster=kafka-cluster",
                "default",
                "LITERAL:*",
                "CLUSTER LITERAL:kafka-cluster",
            ),
            ("crn:///organization=acme", "acme", "LITERAL:*", ""),
            (
                "crn:///organization=acme/cloud-cluster=lkc-x",
                "acme",
                "LITERAL:lkc-x",
                "",
            ),
        ] {
            let crn = parse(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            let resources_seen = crn
                .resources()
                .map(|(kind, named)| format!("{kind} {named}"));
            assert_eq!(crn.organization().as_str(), organization, "{text}");
            assert_eq!(crn.clusters().to_string(), clusters, "{text}");
            assert_eq!(resources_seen.unwrap_or_default(), resources, "{text}");
            assert_eq!(crn.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_crn_is_refused() {
        let key = |text: &str| CrnFault::Key(text.to_owned());
        let order = |text: &str| CrnFault::Order(text.to_owned());
        let part = |text: &str| CrnFault::Part(text.to_owned());
        let environment = |text: &str| CrnFault::Environment(text.to_owned());
        for (text, fault) in [
            ("", CrnFault::Scheme),
            ("kafka=lkc-x/topic=a", CrnFault::Scheme),
            ("crn://", CrnFault::ClusterMissing),
            ("crn:///", part("")),
            ("crn:///kafka", part("kafka")),
            ("crn:///kafka=a/", part("")),
            ("crn:///kafka=a/schema-registry=b", key("schema-registry")),
            ("crn:///kafka=a/Topic=b", key("Topic")),
            ("crn:///kafka=a/topic=b/group=c", order("group")),
            ("crn:///kafka=a/kafka=a", order("kafka")),
            ("crn:///kafka=a/organization=b", order("organization")),
            ("crn:///topic=a/kafka=a", order("kafka")),
            (
                "crn:///organization=a b",
                CrnFault::Organization(NameFault::Organization),
            ),
            ("crn:///topic=a", CrnFault::ClusterMissing),
            ("crn:///kafka=/topic=a", CrnFault::ClusterMissing),
            (
                "crn:///organization=a/environment=e",
                CrnFault::ClusterMissing,
            ),
            ("crn:///cloud-cluster=a/kafka=b", CrnFault::TwoClusters),
            (
                "crn:///organization=o/environment=dev/kafka=*/topic=*",
                environment("dev"),
            ),
            ("crn:///environment=*/kafka=*", environment("*")),
            ("crn:///environment=dev/kafka=lkc-*", environment("dev")),
            (
                "crn:///environment=dev/cloud-cluster=*/kafka=*/group=g",
                environment("dev"),
            ),
            ("crn:///kafka=a/topic=b*c", CrnFault::Star),
            ("crn:///kafka=a/group=**", CrnFault::Star),
            ("crn:///kafka=a/group=%2A", CrnFault::Star),
            ("crn:///kafka=a/group=%", CrnFault::Escape),
            ("crn:///kafka=a/group=%+1", CrnFault::Escape),
            ("crn:///kafka=a/group=%é", CrnFault::Escape),
            ("crn:///kafka=a/group=%FF", CrnFault::Escape),
            (
                "crn:///kafka=a/topic=",
                CrnFault::Pattern(ResourceType::Topic, PatternFault::Empty),
            ),
            (
                "crn:///kafka=a/topic=a%20b",
                CrnFault::Pattern(ResourceType::Topic, PatternFault::Topic),
            ),
            (
                "crn:///kafka=a/cluster=*",
                CrnFault::Pattern(ResourceType::Cluster, PatternFault::Cluster),
            ),
        ] {
            assert_eq!(parse(text), Err(fault), "{text}");
        }
    }
}
