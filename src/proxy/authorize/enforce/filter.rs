//! What a session may see of an answer: decided when the answer is there, by the rights of that moment.

use super::described::{self, GroupKind};
use super::heartbeats;
use super::merge::{Merge, Part, succeeded};
use super::metadata::MetadataFilter;
use super::{cluster, tokens, topic_partitions, topics};
use crate::proxy::authorize::amend::Added;
use crate::proxy::authorize::authority::Authority;
use crate::wire::value::Value;

/// What is looked at in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Refusals go to their places, and parts of what the broker answered are left out.
    Merge(Merge),
    /// The same, of the topics of an answer about one thing.
    Topics(Part),
    /// These are added, unless the answer is an error.
    UnlessFailed(Added),
    /// A list of groups.
    ListedGroups,
    /// A list of transactions.
    ListedTransactions,
    /// Descriptions of groups.
    Groups(GroupKind),
    /// What a member of a consumer or share group is assigned.
    Assignment,
    /// Where other members of a streams group have which topics.
    Endpoints,
    /// Topics of Metadata, byte by byte: [`super::metadata::amend`].
    Metadata(MetadataFilter),
    /// Topics of DescribeTopicPartitions.
    TopicPartitions {
        /// Whether no topic was named, so that all were asked for.
        all: bool,
    },
    /// Configs of topics that CreateTopics made.
    CreatedConfigs,
    /// Authorized operations of the cluster in DescribeCluster.
    ClusterOperations,
    /// Tokens of DescribeDelegationToken.
    Tokens,
}

impl Filter {
    /// Whether denied items wait in it.
    pub(in crate::proxy::authorize) fn holds_items(&self) -> bool {
        match self {
            Self::Merge(_) | Self::Topics(_) | Self::UnlessFailed(_) => true,
            Self::ListedGroups
            | Self::ListedTransactions
            | Self::Groups(_)
            | Self::Assignment
            | Self::Endpoints
            | Self::Metadata(_)
            | Self::TopicPartitions { .. }
            | Self::CreatedConfigs
            | Self::ClusterOperations
            | Self::Tokens => false,
        }
    }
}

/// Takes out of `body`, an answer in `version`, what the session may not see.
pub(in crate::proxy::authorize) fn apply(
    filter: &Filter,
    _version: i16,
    body: &mut Value,
    authority: &mut Authority<'_>,
) {
    match filter {
        Filter::Merge(merge) => merge.apply(body, authority),
        Filter::Topics(part) => part.apply(body, authority),
        Filter::UnlessFailed(added) => {
            if succeeded(body) {
                added.add_to(body);
            }
        }
        Filter::ListedGroups => described::filter_list(body, authority),
        Filter::ListedTransactions => described::filter_transactions(body, authority),
        Filter::Groups(kind) => described::filter_groups(*kind, body, authority),
        Filter::Assignment => heartbeats::filter_assignment(body, authority),
        Filter::Endpoints => heartbeats::filter_endpoints(body, authority),
        // Carried out on the bytes, before there is a tree.
        Filter::Metadata(_) => {}
        Filter::TopicPartitions { all } => topic_partitions::filter(*all, body, authority),
        Filter::CreatedConfigs => topics::hide_configs(body, authority),
        Filter::ClusterOperations => cluster::filter(body, authority),
        Filter::Tokens => tokens::filter(body, authority),
    }
}
