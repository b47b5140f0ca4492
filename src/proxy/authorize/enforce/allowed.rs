//! The short way: a walk over a request that finds whether all it names is allowed.

use crate::policy::operation::Operation;
use crate::policy::resource::{Resource, ResourceType};
use crate::proxy::authorize::Obstacle;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::wire::edit::Edits;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Visitor};

/// What must be allowed of everything that a request names.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::proxy::authorize) struct Needs {
    /// Of topics, by name or id.
    pub(in crate::proxy::authorize) topic: Option<Operation>,
    /// Of groups.
    pub(in crate::proxy::authorize) group: Option<Operation>,
    /// Of transactional ids.
    pub(in crate::proxy::authorize) transactional_id: Option<Operation>,
}

impl Needs {
    /// Of topics alone.
    pub(in crate::proxy::authorize) const fn topic(operation: Operation) -> Self {
        Self {
            topic: Some(operation),
            group: None,
            transactional_id: None,
        }
    }
}

/// Whether all that `request` names is allowed as `needs` say; then the edits that drop its unknown tagged
/// fields. A no is not noted: the long way finds it again. A topic whose id is not known yet is none that
/// is allowed.
pub(super) fn walk(
    request: &Request<'_>,
    needs: Needs,
    authority: &mut Authority<'_>,
) -> Result<Option<Edits>, Obstacle> {
    let mut checks = Checks::quiet(needs, authority);
    let unknown = request.walk(&mut checks)?;
    Ok(checks.all_allowed().then_some(unknown))
}

/// Takes note of everything that `request` names and is not allowed as `needs` say. A topic whose id is not
/// known yet is none.
pub(in crate::proxy::authorize) fn note(
    request: &Request<'_>,
    needs: Needs,
    authority: &mut Authority<'_>,
) -> Result<(), Obstacle> {
    request.walk(&mut Checks {
        noted: true,
        ..Checks::quiet(needs, authority)
    })?;
    Ok(())
}

/// Watches a request go by, and whether all it names is allowed.
pub(super) struct Checks<'a, 'b> {
    needs: Needs,
    authority: &'a mut Authority<'b>,
    allowed: bool,
    /// Whether each no is noted, and not only the first found.
    noted: bool,
    /// Within what a group member says it owns, which Kafka does not authorize.
    owned: bool,
}

impl<'a, 'b> Checks<'a, 'b> {
    /// That note nothing for the audit.
    pub(super) const fn quiet(needs: Needs, authority: &'a mut Authority<'b>) -> Self {
        Self {
            needs,
            authority,
            allowed: true,
            noted: false,
            owned: false,
        }
    }

    /// Whether all that has been named so far is allowed.
    pub(super) const fn all_allowed(&self) -> bool {
        self.allowed
    }

    fn check(&mut self, needs: Option<Operation>, resource_type: ResourceType, name: &str) {
        let resource = Resource {
            resource_type,
            name,
        };
        let Some(operation) = needs else {
            return;
        };
        self.allowed = if self.noted {
            self.authority.may(operation, &resource) && self.allowed
        } else {
            self.allowed && self.authority.may_quietly(operation, &resource)
        };
    }
}

impl Visitor for Checks<'_, '_> {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TopicName, Scalar::Str(name)) => {
                self.check(self.needs.topic, ResourceType::Topic, name);
            }
            (Mark::TopicId, Scalar::Uuid(_)) if self.owned => {}
            (Mark::TopicId, Scalar::Uuid(id)) => match self.authority.name_of(&id) {
                Some(name) => self.check(self.needs.topic, ResourceType::Topic, &name),
                None => self.allowed &= self.needs.topic.is_none(),
            },
            (Mark::GroupId, Scalar::Str(id)) => {
                self.check(self.needs.group, ResourceType::Group, id);
            }
            (Mark::TransactionalId, Scalar::Str(id)) => {
                let needs = self.needs.transactional_id;
                self.check(needs, ResourceType::TransactionalId, id);
            }
            _ => {}
        }
    }

    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        self.owned |= field.mark == Mark::OwnedTopics && count.is_some();
    }

    fn array_end(&mut self, field: &'static Field, _: &At<'_>) {
        self.owned &= field.mark != Mark::OwnedTopics;
    }
}
