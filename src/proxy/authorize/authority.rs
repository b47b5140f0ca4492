//! What a request is decided by, where Oathgate decides: the session's rights, and what is known of topics.

use std::sync::Arc;

use super::question::Asked;
use super::topics::{TopicId, TopicNames};
use crate::limits::{DENIALS_MAX, DENIED_NAME_MAX};
use crate::policy::{
    operation::Operation,
    resource::{Resource, ResourceType},
    rights::Rights,
};

/// One operation that was denied, for the audit stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What was asked for.
    pub operation: Operation,
    /// Of what type of resource.
    pub resource_type: ResourceType,
    /// Its name.
    pub name: Box<str>,
    /// The rule that denied it, or that there is none.
    pub rule: Box<str>,
}

/// What was denied of one request; the first [`DENIALS_MAX`] are kept.
#[derive(Debug, Default)]
pub struct Denials {
    kept: Vec<Denial>,
}

impl Denials {
    /// Whether nothing was denied.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What was denied.
    #[must_use]
    pub fn into_kept(self) -> Vec<Denial> {
        self.kept
    }

    fn note(&mut self, denial: impl FnOnce() -> Denial) {
        if self.kept.len() < DENIALS_MAX {
            let denial = denial();
            if !self.kept.contains(&denial) {
                self.kept.push(denial);
            }
        }
    }
}

/// `name` up to [`DENIED_NAME_MAX`] bytes: clients choose it.
fn cut(name: &str) -> &str {
    let ends = name
        .char_indices()
        .map(|(at, c)| at.saturating_add(c.len_utf8()));
    let end = ends.take_while(|end| *end <= DENIED_NAME_MAX).last();
    end.and_then(|end| name.get(..end)).unwrap_or_default()
}

/// What one request, or the answer to it, is decided by.
#[derive(Debug)]
pub struct Authority<'a> {
    /// What the session may.
    pub rights: &'a mut Rights,
    /// The topics of its cluster.
    pub topics: &'a TopicNames,
    /// What the broker was asked for the sake of the request.
    pub asked: &'a Asked,
    /// What was denied of it so far.
    pub denials: &'a mut Denials,
}

impl Authority<'_> {
    /// Whether the session may do `operation` to `resource`. A no is noted for the audit.
    pub fn may(&mut self, operation: Operation, resource: &Resource<'_>) -> bool {
        if self.rights.may(operation, resource) {
            return true;
        }
        let rights = &*self.rights;
        self.denials.note(|| Denial {
            operation,
            resource_type: resource.resource_type,
            name: cut(resource.name).into(),
            rule: rights.decide(operation, resource).rule.to_string().into(),
        });
        false
    }

    /// As [`Self::may`], for a probe that Kafka does not log either (`logIfDenied = false`): another
    /// right serves as well, or an item is left out of a list.
    pub fn may_quietly(&mut self, operation: Operation, resource: &Resource<'_>) -> bool {
        self.rights.may(operation, resource)
    }

    /// Whether the session may do `operation` to the topic `name`.
    pub fn may_topic(&mut self, operation: Operation, name: &str) -> bool {
        self.may(operation, &Resource::topic(name))
    }

    /// Whether the session may do `operation` to the group `id`.
    pub fn may_group(&mut self, operation: Operation, id: &str) -> bool {
        self.may(operation, &Resource::group(id))
    }

    /// Whether the session may do `operation` to the cluster.
    pub fn may_cluster(&mut self, operation: Operation) -> bool {
        self.may(operation, &Resource::CLUSTER)
    }

    /// As [`Rights::may_some`].
    pub fn may_some(&mut self, operation: Operation, resource_type: ResourceType) -> bool {
        self.rights.may_some(operation, resource_type)
    }

    /// The topic with `id`, if it is known.
    #[must_use]
    pub fn name_of(&self, id: &TopicId) -> Option<Arc<str>> {
        self.topics.name(id)
    }

    /// `AND` of what the broker says is authorized and what the session may do to `resource`; the value
    /// that means "not asked for" stays.
    pub fn authorized_operations(&mut self, theirs: i64, resource: &Resource<'_>) -> i64 {
        if theirs == NOT_ASKED_FOR {
            return theirs;
        }
        theirs & i64::from(self.rights.authorized_operations(resource))
    }
}

/// `authorized_operations` where those were not asked for (`MetadataResponse.AUTHORIZED_OPERATIONS_OMITTED`).
const NOT_ASKED_FOR: i64 = -2_147_483_648;
