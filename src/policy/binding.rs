//! Role bindings: who has which role where.

use std::{fmt, sync::Arc};

use super::{
    crn::CrnPattern,
    operation::Operations,
    pattern::Pattern,
    principal::Grantee,
    resource::ResourceType,
    role::{Role, RoleScope},
};
use crate::identity::Organization;

/// A role binding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleBinding {
    principal: Grantee,
    role: Arc<Role>,
    crn: CrnPattern,
}

/// Why a role cannot be bound to what a CRN pattern is about; reads on after the pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingFault {
    /// The role needs resources.
    #[error("names no resources, which {0} needs; add /topic=<name>, /group=<name> or another")]
    ResourcesMissing(Arc<str>),
    /// The role would hold for more than it seems.
    #[error("names resources, but {0} holds for whole clusters; end with kafka=<cluster>")]
    ResourcesIgnored(Arc<str>),
    /// The role has nothing to say about such resources.
    #[error("names a {1}, on which {0} gives nothing")]
    NothingGiven(Arc<str>, ResourceType),
}

impl RoleBinding {
    /// The binding of `role` to `principal` for what `crn` is about.
    ///
    /// # Errors
    /// [`BindingFault`]: the binding would allow nothing, or more than it says.
    pub fn new(principal: Grantee, role: Arc<Role>, crn: CrnPattern) -> Result<Self, BindingFault> {
        let name = || role.name().into();
        match (role.scope(), crn.resources()) {
            (RoleScope::Cluster, Some(_)) => return Err(BindingFault::ResourcesIgnored(name())),
            (RoleScope::Resource, None) => return Err(BindingFault::ResourcesMissing(name())),
            (RoleScope::Resource, Some((resource_type, _)))
                if role.operations(*resource_type).is_empty() =>
            {
                return Err(BindingFault::NothingGiven(name(), *resource_type));
            }
            (RoleScope::Cluster, None) | (RoleScope::Resource, Some(_)) => {}
        }
        Ok(Self {
            principal,
            role,
            crn,
        })
    }

    /// Who.
    #[must_use]
    pub const fn principal(&self) -> &Grantee {
        &self.principal
    }

    /// What it is about.
    #[must_use]
    pub const fn crn(&self) -> &CrnPattern {
        &self.crn
    }

    /// Whether it is about the cluster `id` of `organization`.
    #[must_use]
    pub fn covers(&self, organization: &Organization, id: &str) -> bool {
        self.crn.organization() == organization && self.crn.clusters().matches(id)
    }

    /// What it allows in the clusters that it covers: operations on the resources of a type that a
    /// pattern matches.
    pub(super) fn grants(&self) -> Vec<(ResourceType, Pattern, Operations)> {
        let all = match self.crn.resources() {
            Some((resource_type, pattern)) => vec![(*resource_type, pattern.clone())],
            None => ResourceType::ALL.map(|kind| (kind, Pattern::Any)).to_vec(),
        };
        let grant = |(resource_type, pattern)| {
            let operations = self.role.operations(resource_type);
            (!operations.is_empty()).then_some((resource_type, pattern, operations))
        };
        all.into_iter().filter_map(grant).collect()
    }
}

impl fmt::Display for RoleBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            principal,
            role,
            crn,
        } = self;
        write!(f, "role {role} on {crn} to {principal}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(role: &str, crn: &str) -> Result<RoleBinding, BindingFault> {
        let role = Role::built_in()
            .into_iter()
            .find(|known| known.name() == role);
        let crn = CrnPattern::parse(crn, &Organization::parse("default").unwrap()).unwrap();
        RoleBinding::new(Grantee::Everyone, Arc::new(role.unwrap()), crn)
    }

    #[test]
    fn a_binding_neither_does_nothing_nor_more_than_it_says() {
        let missing = |role: &str| Err(BindingFault::ResourcesMissing(role.into()));
        let ignored = |role: &str| Err(BindingFault::ResourcesIgnored(role.into()));
        for (role, crn, expected) in [
            ("DeveloperRead", "crn:///kafka=a/topic=b", Ok(1)),
            ("DeveloperRead", "crn:///kafka=a", missing("DeveloperRead")),
            (
                "ResourceOwner",
                "crn:///organization=a",
                missing("ResourceOwner"),
            ),
            ("Operator", "crn:///kafka=a", Ok(3)),
            ("Operator", "crn:///organization=a", Ok(3)),
            ("CloudClusterAdmin", "crn:///kafka=a", Ok(6)),
            ("Operator", "crn:///kafka=a/topic=b", ignored("Operator")),
            (
                "DeveloperWrite",
                "crn:///kafka=a/group=b",
                Err(BindingFault::NothingGiven(
                    "DeveloperWrite".into(),
                    ResourceType::Group,
                )),
            ),
        ] {
            let grants = bind(role, crn).map(|binding| binding.grants().len());
            assert_eq!(grants, expected, "{role} {crn}");
        }
    }

    #[test]
    fn it_covers_clusters_of_its_organization() {
        for (crn, organization, cluster, covered) in [
            ("crn:///kafka=lkc-a", "default", "lkc-a", true),
            ("crn:///kafka=lkc-a", "default", "lkc-ab", false),
            ("crn:///kafka=lkc-a", "acme", "lkc-a", false),
            ("crn:///kafka=lkc-a*", "default", "lkc-ab", true),
            ("crn:///organization=acme", "acme", "lkc-a", true),
            ("crn:///organization=acme", "default", "lkc-a", false),
            ("crn:///organization=acme/kafka=*", "acme", "lkc-a", true),
        ] {
            let binding = bind("Operator", crn).unwrap();
            let organization = Organization::parse(organization).unwrap();
            assert_eq!(binding.covers(&organization, cluster), covered, "{crn}");
        }
    }
}
