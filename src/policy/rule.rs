//! The rules that decide: ACLs and role bindings alike.

use std::{fmt, sync::Arc};

use super::{
    acl::{Acl, Permission},
    binding::RoleBinding,
    host::Host,
    index::{Entry, Placed},
    operation::Operations,
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
