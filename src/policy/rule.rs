//! The rules that decide: ACLs and role bindings alike.

use std::{fmt, sync::Arc};

use super::{
    acl::{Acl, Permission},
    binding::RoleBinding,
    host::Host,
    index::{Entry, Placed},
    operation::{AclOperation, Operations},
};

/// What is written down and decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An ACL.
    Acl(Acl),
    /// A role binding.
    RoleBinding(Arc<RoleBinding>),
}

impl Rule {
    pub(super) fn permission(&self) -> Permission {
        match self {
            Self::Acl(acl) => acl.permission,
            Self::RoleBinding(_) => Permission::Allow,
        }
    }

    /// The ACLs that it amounts to: itself, or what a role allows, operation by operation, from anywhere.
    #[must_use]
    pub fn acls(&self) -> Vec<Acl> {
        let binding = match self {
            Self::Acl(acl) => return vec![acl.clone()],
            Self::RoleBinding(binding) => binding,
        };
        let mut all = Vec::new();
        for (resource_type, pattern, operations) in binding.grants() {
            all.extend(operations.iter().map(|operation| Acl {
                principal: binding.principal().clone(),
                host: Host::Any,
                operation: AclOperation::One(operation),
                permission: Permission::Allow,
                resource_type,
                pattern: pattern.clone(),
            }));
        }
        all
    }

    /// What the index keeps of it, as the rule at `place`.
    pub(super) fn placed(&self, place: usize) -> Vec<Placed> {
        let entry = |named: Operations, host| Entry {
            named,
            answers: match self.permission() {
                Permission::Deny => named,
                Permission::Allow => named.with_implied(),
            },
            host,
            rule: place,
        };
        match self {
            Self::Acl(acl) => vec![Placed {
                grantee: acl.principal.clone(),
                resource_type: acl.resource_type,
                pattern: acl.pattern.clone(),
                entry: entry(acl.operation.operations(), acl.host),
            }],
            Self::RoleBinding(binding) => {
                let grants = binding.grants().into_iter();
                let placed = |(resource_type, pattern, operations)| Placed {
                    grantee: binding.principal().clone(),
                    resource_type,
                    pattern,
                    entry: entry(operations, Host::Any),
                };
                grants.map(placed).collect()
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acl(acl) => acl.fmt(f),
            Self::RoleBinding(binding) => binding.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixture::{acl, binding};

    #[test]
    fn a_role_binding_amounts_to_the_acls_that_allow_as_much() {
        let text = "DENY READ TOPIC LITERAL orders User:a 10.0.0.1";
        assert_eq!(Rule::Acl(acl(text)).acls(), [acl(text)]);
        let bound = binding(
            "DeveloperRead",
            "crn:///kafka=c/topic=orders-*",
            "Group:team",
        );
        let expected = ["READ", "DESCRIBE"].map(|operation| {
            acl(&format!(
                "ALLOW {operation} TOPIC PREFIXED orders- Group:team *"
            ))
        });
        assert_eq!(Rule::RoleBinding(bound).acls(), expected);
    }
}
