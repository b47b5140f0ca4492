//! Kafka's operations, sets of them, and what implies what. Knows nothing else of policy but types
//! of resources.

use std::fmt;

use super::resource::ResourceType;

/// What a request does to a resource: `org.apache.kafka.common.acl.AclOperation` without those that
/// only stand in filters and rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `READ`
    Read,
    /// `WRITE`
    Write,
    /// `CREATE`
    Create,
    /// `DELETE`
    Delete,
    /// `ALTER`
    Alter,
    /// `DESCRIBE`
    Describe,
    /// `CLUSTER_ACTION`
    ClusterAction,
    /// `DESCRIBE_CONFIGS`
    DescribeConfigs,
    /// `ALTER_CONFIGS`
    AlterConfigs,
    /// `IDEMPOTENT_WRITE`
    IdempotentWrite,
    /// `CREATE_TOKENS`
    CreateTokens,
    /// `DESCRIBE_TOKENS`
    DescribeTokens,
    /// `TWO_PHASE_COMMIT`
    TwoPhaseCommit,
}

/// The operation of a rule: one, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AclOperation {
    /// `ALL`, in ALLOW and DENY.
    All,
    /// One.
    One(Operation),
}

/// A set of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operations(u16);

impl Operation {
    /// All, by ascending code.
    pub const ALL: [Self; 13] = [
        Self::Read,
        Self::Write,
        Self::Create,
        Self::Delete,
        Self::Alter,
        Self::Describe,
        Self::ClusterAction,
        Self::DescribeConfigs,
        Self::AlterConfigs,
        Self::IdempotentWrite,
        Self::CreateTokens,
        Self::DescribeTokens,
        Self::TwoPhaseCommit,
    ];

    /// `AclOperation.code()`, 3 to 15.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Read => 3,
            Self::Write => 4,
            Self::Create => 5,
            Self::Delete => 6,
            Self::Alter => 7,
            Self::Describe => 8,
            Self::ClusterAction => 9,
            Self::DescribeConfigs => 10,
            Self::AlterConfigs => 11,
            Self::IdempotentWrite => 12,
            Self::CreateTokens => 13,
            Self::DescribeTokens => 14,
            Self::TwoPhaseCommit => 15,
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Create => "CREATE",
            Self::Delete => "DELETE",
            Self::Alter => "ALTER",
            Self::Describe => "DESCRIBE",
            Self::ClusterAction => "CLUSTER_ACTION",
            Self::DescribeConfigs => "DESCRIBE_CONFIGS",
            Self::AlterConfigs => "ALTER_CONFIGS",
            Self::IdempotentWrite => "IDEMPOTENT_WRITE",
            Self::CreateTokens => "CREATE_TOKENS",
            Self::DescribeTokens => "DESCRIBE_TOKENS",
            Self::TwoPhaseCommit => "TWO_PHASE_COMMIT",
        }
    }
}

impl AclOperation {
    /// `AclOperation.code()`; `ALL` is 2.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::All => 2,
            Self::One(operation) => operation.code(),
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::One(operation) => operation.as_str(),
        }
    }

    /// The operation called `name`, as Kafka spells it; `None` for `ANY` and what is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let one = |operation: &Operation| operation.as_str() == name;
        match name {
            "ALL" => Some(Self::All),
            _ => Operation::ALL.into_iter().find(one).map(Self::One),
        }
    }

    /// The operations that it stands for.
    #[must_use]
    pub const fn operations(self) -> Operations {
        match self {
            Self::All => Operations::ALL,
            Self::One(operation) => Operations::of(&[operation]),
        }
    }
}

impl Operations {
    /// No operation.
    pub const NONE: Self = Self(0);
    /// Every operation.
    pub const ALL: Self = Self::of(&Operation::ALL);

    /// Those of `list`.
    #[must_use]
    pub const fn of(list: &[Operation]) -> Self {
        let mut bits = 0;
        let mut rest = list;
        while let [first, others @ ..] = rest {
            bits |= 1 << first.code();
            rest = others;
        }
        Self(bits)
    }

    /// Those that Kafka asks of a resource of this type: `AclEntry.supportedOperations`.
    #[must_use]
    pub const fn supported(resource_type: ResourceType) -> Self {
        use Operation::{
            Alter, AlterConfigs, ClusterAction, Create, CreateTokens, Delete, Describe,
            DescribeConfigs, DescribeTokens, IdempotentWrite, Read, TwoPhaseCommit, Write,
        };
        match resource_type {
            ResourceType::Topic => Self::of(&[
                Read,
                Write,
                Create,
                Describe,
                Delete,
                Alter,
                DescribeConfigs,
                AlterConfigs,
            ]),
            ResourceType::Group => {
                Self::of(&[Read, Describe, Delete, DescribeConfigs, AlterConfigs])
            }
            ResourceType::Cluster => Self::of(&[
                Create,
                ClusterAction,
                DescribeConfigs,
                AlterConfigs,
                IdempotentWrite,
                Alter,
                Describe,
            ]),
            ResourceType::TransactionalId => Self::of(&[Describe, Write, TwoPhaseCommit]),
            ResourceType::DelegationToken => Self::of(&[Describe]),
            ResourceType::User => Self::of(&[CreateTokens, DescribeTokens]),
        }
    }

    /// Whether `operation` is among them.
    #[must_use]
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation.code()) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These but for those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What an ALLOW of these allows: `DESCRIBE` comes with `READ`, `WRITE`, `DELETE` and `ALTER`,
    /// `DESCRIBE_CONFIGS` with `ALTER_CONFIGS`. A DENY implies nothing
    /// (`StandardAuthorizerData.IMPLIES_DESCRIBE`, `IMPLIES_DESCRIBE_CONFIGS`).
    #[must_use]
    pub const fn with_implied(self) -> Self {
        const IMPLY_DESCRIBE: Operations = Operations::of(&[
            Operation::Read,
            Operation::Write,
            Operation::Delete,
            Operation::Alter,
        ]);
        let mut all = self;
        if !self.intersection(IMPLY_DESCRIBE).is_empty() {
            all = all.union(Self::of(&[Operation::Describe]));
        }
        if self.contains(Operation::AlterConfigs) {
            all = all.union(Self::of(&[Operation::DescribeConfigs]));
        }
        all
    }

    /// Kafka's `authorized_operations`: bit n is set for the operation of code n.
    #[must_use]
    pub const fn bitfield(self) -> i32 {
        // A widening that `From` cannot do in a constant.
        self.0 as i32
    }

    /// Its operations by ascending code.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .into_iter()
            .filter(move |operation| self.contains(*operation))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for AclOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_bitfields_are_kafkas() {
        for (resource_type, bits) in [
            (ResourceType::Topic, 3576),
            (ResourceType::Group, 3400),
            (ResourceType::Cluster, 8096),
            (
                ResourceType::TransactionalId,
                (1 << 4) | (1 << 8) | (1 << 15),
            ),
            (ResourceType::DelegationToken, 1 << 8),
            (ResourceType::User, (1 << 13) | (1 << 14)),
        ] {
            let full = Operations::supported(resource_type).bitfield();
            assert_eq!(full, bits, "{resource_type}");
        }
    }

    #[test]
    fn names_and_codes_go_together() {
        let codes: Vec<u8> = Operation::ALL.map(Operation::code).to_vec();
        assert_eq!(codes, (3..=15).collect::<Vec<u8>>());
        for operation in Operation::ALL {
            let parsed = AclOperation::parse(operation.as_str());
            assert_eq!(parsed, Some(AclOperation::One(operation)));
        }
        assert_eq!(AclOperation::parse("ALL").map(AclOperation::code), Some(2));
        for unknown in ["", "ANY", "UNKNOWN", "read", "Read", "READ "] {
            assert_eq!(AclOperation::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn only_these_imply_anything() {
        use Operation::{Alter, AlterConfigs, Delete, Describe, DescribeConfigs, Read, Write};
        for operation in Operation::ALL {
            let alone = Operations::of(&[operation]);
            let implied = match operation {
                Read | Write | Delete | Alter => Operations::of(&[Describe]),
                AlterConfigs => Operations::of(&[DescribeConfigs]),
                _ => Operations::NONE,
            };
            assert_eq!(alone.with_implied(), alone.union(implied), "{operation}");
        }
        assert_eq!(Operations::ALL.with_implied(), Operations::ALL);
    }
}
