//! Roles: named sets of operations by type of resource. Owns those that need no definition.

use std::{collections::BTreeMap, fmt};

use super::{
    operation::{
        Operation::{
            self, Alter, AlterConfigs, Create, Delete, Describe, DescribeConfigs, IdempotentWrite,
            Read, Write,
        },
        Operations,
    },
    resource::ResourceType::{self, Cluster, Group, Topic, TransactionalId},
};

/// Longest name of a role, in bytes.
const NAME_MAX: usize = 64;

/// A role. It only ever allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role {
    name: Box<str>,
    scope: RoleScope,
    operations: BTreeMap<ResourceType, Operations>,
}

/// What a binding of a role names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleScope {
    /// Clusters; the role holds for everything in them.
    Cluster,
    /// Resources of one type in clusters.
    Resource,
}

/// A role that needs no definition.
struct BuiltIn {
    name: &'static str,
    scope: RoleScope,
    operations: &'static [(ResourceType, &'static [Operation])],
}

const BUILT_IN: [BuiltIn; 5] = [
    BuiltIn {
        name: "DeveloperRead",
        scope: RoleScope::Resource,
        operations: &[
            (Topic, &[Read, Describe]),
            (Group, &[Read, Describe]),
            (TransactionalId, &[Describe]),
        ],
    },
    BuiltIn {
        name: "DeveloperWrite",
        scope: RoleScope::Resource,
        operations: &[
            (Cluster, &[IdempotentWrite]),
            (Topic, &[Write, Describe]),
            (TransactionalId, &[Write, Describe]),
        ],
    },
    BuiltIn {
        name: "DeveloperManage",
        scope: RoleScope::Resource,
        operations: &[
            (Cluster, &[Create, DescribeConfigs]),
            (
                Topic,
                &[
                    Create,
                    Delete,
                    Describe,
                    DescribeConfigs,
                    Alter,
                    AlterConfigs,
                ],
            ),
            (Group, &[Describe, Delete]),
            (TransactionalId, &[Describe]),
        ],
    },
    BuiltIn {
        name: "ResourceOwner",
        scope: RoleScope::Resource,
        operations: &[
            (
                Topic,
                &[
                    Create,
                    Delete,
                    Read,
                    Write,
                    Describe,
                    DescribeConfigs,
                    Alter,
                    AlterConfigs,
                ],
            ),
            (Group, &[Read, Describe, Delete]),
            (TransactionalId, &[Write, Describe]),
        ],
    },
    BuiltIn {
        name: "Operator",
        scope: RoleScope::Cluster,
        operations: &[
            (Cluster, &[Describe]),
            (Topic, &[Describe]),
            (Group, &[Describe]),
        ],
    },
];

/// Why there is no such role; reads on after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleFault {
    /// Not a name.
    #[error("must be 1 to 64 of the characters a-z, A-Z, 0-9, `-`, `_`, the first one a letter")]
    Name,
    /// A name that has a meaning already.
    #[error("is the name of a role that every configuration has; choose another")]
    BuiltIn,
    /// A role that nobody could use.
    #[error("gives nothing; write operations, as in operations = {{ TOPIC = [\"READ\"] }}")]
    Empty,
}

impl Role {
    /// A role of the configuration.
    ///
    /// # Errors
    /// [`RoleFault`].
    pub fn new(
        name: &str,
        scope: RoleScope,
        operations: BTreeMap<ResourceType, Operations>,
    ) -> Result<Self, RoleFault> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fits = name.len() <= NAME_MAX && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !fits || !name.chars().all(legal) {
            return Err(RoleFault::Name);
        }
        if Self::built_in().iter().any(|role| *role.name == *name) {
            return Err(RoleFault::BuiltIn);
        }
        if operations.values().all(|operations| operations.is_empty()) {
            return Err(RoleFault::Empty);
        }
        Ok(Self {
            name: name.into(),
            scope,
            operations,
        })
    }

    /// The roles of the managed clouds that concern Kafka. Where Confluent does not publish the
    /// operations, the fewest that its words can mean: `docs/decisions/0011-roles.md`.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let known = BUILT_IN.iter().map(|known| Self {
            name: known.name.into(),
            scope: known.scope,
            operations: known
                .operations
                .iter()
                .map(|(resource_type, list)| (*resource_type, Operations::of(list)))
                .collect(),
        });
        known.chain([Self::cluster_admin()]).collect()
    }

    /// Everything but what brokers do among themselves, which is nobody's role.
    fn cluster_admin() -> Self {
        let inter_broker = Operations::of(&[Operation::ClusterAction]);
        let all = |resource_type| Operations::supported(resource_type).without(inter_broker);
        Self {
            name: "CloudClusterAdmin".into(),
            scope: RoleScope::Cluster,
            operations: ResourceType::ALL
                .into_iter()
                .map(|resource_type| (resource_type, all(resource_type)))
                .collect(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its bindings name.
    #[must_use]
    pub const fn scope(&self) -> RoleScope {
        self.scope
    }

    /// What it allows on resources of a type.
    #[must_use]
    pub fn operations(&self, resource_type: ResourceType) -> Operations {
        let operations = self.operations.get(&resource_type);
        operations.copied().unwrap_or(Operations::NONE)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Role {
        let mut known = Role::built_in().into_iter();
        known.find(|role| role.name() == name).unwrap()
    }

    /// Every operation of every built-in role, so that none is gained by accident.
    #[test]
    fn built_in_roles_give_what_they_say() {
        for (name, scope, expected) in [
            (
                "DeveloperRead",
                RoleScope::Resource,
                "TOPIC READ DESCRIBE, GROUP READ DESCRIBE, TRANSACTIONAL_ID DESCRIBE",
            ),
            (
                "DeveloperWrite",
                RoleScope::Resource,
                "TOPIC WRITE DESCRIBE, CLUSTER IDEMPOTENT_WRITE, TRANSACTIONAL_ID WRITE DESCRIBE",
            ),
            (
                "DeveloperManage",
                RoleScope::Resource,
                "TOPIC CREATE DELETE ALTER DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS, \
                 GROUP DELETE DESCRIBE, CLUSTER CREATE DESCRIBE_CONFIGS, \
                 TRANSACTIONAL_ID DESCRIBE",
            ),
            (
                "ResourceOwner",
                RoleScope::Resource,
                "TOPIC READ WRITE CREATE DELETE ALTER DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS, \
                 GROUP READ DELETE DESCRIBE, TRANSACTIONAL_ID WRITE DESCRIBE",
            ),
            (
                "Operator",
                RoleScope::Cluster,
                "TOPIC DESCRIBE, GROUP DESCRIBE, CLUSTER DESCRIBE",
            ),
            (
                "CloudClusterAdmin",
                RoleScope::Cluster,
                "TOPIC READ WRITE CREATE DELETE ALTER DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS, \
                 GROUP READ DELETE DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS, CLUSTER CREATE ALTER \
                 DESCRIBE DESCRIBE_CONFIGS ALTER_CONFIGS IDEMPOTENT_WRITE, TRANSACTIONAL_ID WRITE \
                 DESCRIBE TWO_PHASE_COMMIT, DELEGATION_TOKEN DESCRIBE, USER CREATE_TOKENS \
                 DESCRIBE_TOKENS",
            ),
        ] {
            let role = role(name);
            let mut given = Vec::new();
            for resource_type in ResourceType::ALL {
                let operations = role.operations(resource_type);
                if !operations.is_empty() {
                    let names: Vec<_> = operations.iter().map(Operation::as_str).collect();
                    given.push(format!("{resource_type} {}", names.join(" ")));
                }
                let supported = Operations::supported(resource_type);
                assert!(operations.without(supported).is_empty(), "{name}");
            }
            assert_eq!((given.join(", ").as_str(), role.scope()), (expected, scope));
        }
    }

    #[test]
    fn a_role_of_the_configuration_has_a_name_and_operations() {
        let read = BTreeMap::from([(ResourceType::Topic, Operations::of(&[Operation::Read]))]);
        let make = |name, operations| Role::new(name, RoleScope::Resource, operations);
        assert!(make("Auditor-2_x", read.clone()).is_ok());
        let long = "x".repeat(65);
        for bad in ["", "2x", "a b", "a/b", "é", &long] {
            assert_eq!(make(bad, read.clone()), Err(RoleFault::Name), "{bad}");
        }
        assert_eq!(make("Operator", read), Err(RoleFault::BuiltIn));
        assert_eq!(make("Empty", BTreeMap::new()), Err(RoleFault::Empty));
    }
}
