//! What a session may see of an answer: decided when the answer is there, by the rights of that moment.

use super::metadata::MetadataFilter;
use super::{cluster, tokens, topic_partitions, topics};
use crate::proxy::authorize::authority::Authority;
use crate::wire::value::Value;

/// What is looked at in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Topics of Metadata, byte by byte: [`super::metadata::amend`].
    Metadata(MetadataFilter),
    /// Topics of DescribeTopicPartitions; whether all were asked for.
    TopicPartitions {
        /// Whether no topic was named.
        all: bool,
    },
    /// Configs of topics that CreateTopics made.
    CreatedConfigs,
    /// Authorized operations of the cluster in DescribeCluster.
    ClusterOperations,
    /// Tokens of DescribeDelegationToken.
    Tokens,
}

/// Takes out of `body`, an answer in `version`, what the session may not see.
pub(in crate::proxy::authorize) fn apply(
    filter: &Filter,
    _version: i16,
    body: &mut Value,
    authority: &mut Authority<'_>,
) {
    match *filter {
        // Carried out on the bytes, before there is a tree.
        Filter::Metadata(_) => {}
        Filter::TopicPartitions { all } => topic_partitions::filter(all, body, authority),
        Filter::CreatedConfigs => topics::hide_configs(body, authority),
        Filter::ClusterOperations => cluster::filter(body, authority),
        Filter::Tokens => tokens::filter(body, authority),
    }
}
