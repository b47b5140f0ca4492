//! What one session may, remembered for as long as its cluster's policy stays the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    authorizer::{Authorizer, Reach},
    decision::Decision,
    operation::{Operation, Operations},
    resource::{Resource, ResourceType},
    who::Who,
};
use crate::limits::{REMEMBERED_NAME_MAX, REMEMBERED_RESOURCES_MAX};

/// The rights of a session under the policy in force.
#[derive(Debug)]
pub struct Rights {
    policy: Arc<Authorizer>,
    who: Who,
    reach: Reach,
    remembered: Remembered,
    /// Whether an operation is allowed on some resource of a type.
    by_type: BTreeMap<(Operation, ResourceType), bool>,
    revision: u64,
}

/// The next revision, of whatever rights.
static REVISIONS: AtomicU64 = AtomicU64::new(0);

/// Operations that are allowed, by resource; bounded, for clients choose the names.
#[derive(Debug, Default)]
struct Remembered {
    by_type: BTreeMap<ResourceType, HashMap<Box<str>, Operations>>,
    resources: usize,
}

impl Rights {
    /// The rights of `who` under `policy`.
    #[must_use]
    pub fn new(policy: Arc<Authorizer>, who: Who) -> Self {
        Self {
            reach: policy.reach(&who),
            remembered: Remembered::default(),
            by_type: BTreeMap::new(),
            revision: REVISIONS.fetch_add(1, Ordering::Relaxed),
            policy,
            who,
        }
    }

    /// Goes by `policy` from now on; what was remembered of another is forgotten. To be called with
    /// the policy of each newer snapshot, before the next decision.
    pub fn follow(&mut self, policy: &Arc<Authorizer>) {
        if !Arc::ptr_eq(&self.policy, policy) {
            *self = Self::new(Arc::clone(policy), self.who.clone());
        }
    }

    /// Is `who` from now on: after a re-authentication.
    pub fn become_who(&mut self, who: Who) {
        if self.who != who {
            *self = Self::new(Arc::clone(&self.policy), who);
        }
    }

    /// Changes whenever the policy does, or who they are the rights of: what was allowed at one revision
    /// still is while that stays. No two rights share one.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The policy that they come from.
    #[must_use]
    pub fn policy(&self) -> &Authorizer {
        &self.policy
    }

    /// Who they are the rights of.
    #[must_use]
    pub const fn who(&self) -> &Who {
        &self.who
    }

    /// Whether `operation` on `resource` is allowed: [`Self::decide`], but remembered.
    pub fn may(&mut self, operation: Operation, resource: &Resource<'_>) -> bool {
        self.allowed(resource).contains(operation)
    }

    /// The decision of `operation` on `resource` with the rule that made it.
    #[must_use]
    pub fn decide(&self, operation: Operation, resource: &Resource<'_>) -> Decision<'_> {
        self.policy.judge(&self.reach, operation, resource)
    }

    /// Whether `operation` is allowed on some resource of `resource_type`:
    /// [`Authorizer::decide_by_resource_type`], but remembered, for that may look at every rule.
    pub fn may_some(&mut self, operation: Operation, resource_type: ResourceType) -> bool {
        let (policy, reach) = (&self.policy, &self.reach);
        let look = || {
            policy
                .judge_by_type(reach, operation, resource_type)
                .allowed
        };
        let known = self.by_type.entry((operation, resource_type));
        *known.or_insert_with(look)
    }

    /// As [`Authorizer::authorized_operations`], remembered.
    pub fn authorized_operations(&mut self, resource: &Resource<'_>) -> i32 {
        let supported = Operations::supported(resource.resource_type);
        self.allowed(resource).intersection(supported).bitfield()
    }

    fn allowed(&mut self, resource: &Resource<'_>) -> Operations {
        if let Some(allowed) = self.remembered.get(resource) {
            return allowed;
        }
        let allowed = self.policy.allowed(&self.reach, resource);
        self.remembered.keep(resource, allowed);
        allowed
    }
}

impl Remembered {
    fn get(&self, resource: &Resource<'_>) -> Option<Operations> {
        let names = self.by_type.get(&resource.resource_type)?;
        names.get(resource.name).copied()
    }

    fn keep(&mut self, resource: &Resource<'_>, allowed: Operations) {
        if resource.name.len() > REMEMBERED_NAME_MAX {
            return;
        }
        if self.resources >= REMEMBERED_RESOURCES_MAX {
            *self = Self::default();
        }
        let names = self.by_type.entry(resource.resource_type).or_default();
        if names.insert(resource.name.into(), allowed).is_none() {
            self.resources += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixture::{acl, authorizer, who};

    #[test]
    fn a_changed_policy_is_not_answered_from_memory() {
        let topic = Resource::topic("orders");
        let before = Arc::new(authorizer(&["ALLOW READ TOPIC LITERAL orders User:a *"]));
        let after = Arc::new(authorizer(&["DENY READ TOPIC LITERAL orders User:a *"]));
        let mut rights = Rights::new(Arc::clone(&before), who("User:a"));
        for _ in 0..2 {
            assert!(rights.may(Operation::Read, &topic));
            assert!(rights.may(Operation::Describe, &topic));
            assert!(!rights.may(Operation::Write, &topic));
        }
        let revision = rights.revision();
        rights.follow(&before);
        assert_eq!(rights.revision(), revision);
        assert_eq!(
            rights.remembered.resources, 1,
            "the same policy is remembered"
        );
        rights.follow(&after);
        assert_ne!(rights.revision(), revision);
        assert!(!rights.may(Operation::Read, &topic));
        let named = rights.decide(Operation::Read, &topic).rule.to_string();
        assert_eq!(
            named,
            acl("DENY READ TOPIC LITERAL orders User:a *").to_string()
        );
        rights.follow(&before);
        rights.become_who(who("User:b"));
        assert!(!rights.may(Operation::Read, &topic));
        assert_eq!(rights.who(), &who("User:b"));
    }

    #[test]
    fn what_may_look_at_every_rule_is_looked_up_once_a_policy() {
        let (write, topic) = (Operation::Write, ResourceType::Topic);
        let before = Arc::new(authorizer(&["ALLOW WRITE TOPIC LITERAL x User:a *"]));
        let after = Arc::new(authorizer(&["ALLOW READ TOPIC LITERAL x User:a *"]));
        let mut rights = Rights::new(Arc::clone(&before), who("User:a"));
        assert!(rights.may_some(write, topic));
        assert!(!rights.may_some(Operation::Read, topic));
        assert!(!rights.may_some(write, ResourceType::Group));
        assert_eq!(rights.by_type.len(), 3);
        rights.by_type.insert((write, topic), false);
        assert!(!rights.may_some(write, topic), "from memory");
        rights.follow(&after);
        assert!(rights.by_type.is_empty());
        assert!(!rights.may_some(write, topic));
        assert!(rights.may_some(Operation::Read, topic));
        rights.become_who(who("User:b"));
        assert!(!rights.may_some(Operation::Read, topic));
    }

    #[test]
    fn memory_is_bounded_in_resources_and_in_names() {
        let policy = Arc::new(authorizer(&["ALLOW READ TOPIC PREFIXED t User:a *"]));
        let mut rights = Rights::new(policy, who("User:a"));
        for n in 0..3 * REMEMBERED_RESOURCES_MAX {
            assert!(rights.may(Operation::Read, &Resource::topic(&format!("t{n}"))));
            assert!(!rights.may(Operation::Read, &Resource::group(&format!("t{n}"))));
            assert!(rights.remembered.resources <= REMEMBERED_RESOURCES_MAX);
        }
        let kept = rights.remembered.resources;
        let long = "t".repeat(REMEMBERED_NAME_MAX + 1);
        assert!(rights.may(Operation::Read, &Resource::topic(&long)));
        assert_eq!(rights.remembered.resources, kept);
    }

    #[test]
    fn a_name_of_one_type_is_not_that_of_another() {
        let policy = Arc::new(authorizer(&["ALLOW READ TOPIC LITERAL x User:a *"]));
        let mut rights = Rights::new(policy, who("User:a"));
        assert!(rights.may(Operation::Read, &Resource::topic("x")));
        assert!(!rights.may(Operation::Read, &Resource::group("x")));
        assert!(!rights.may(Operation::Read, &Resource::transactional_id("x")));
    }
}
