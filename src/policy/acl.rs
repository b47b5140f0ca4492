//! Kafka's ACL bindings.

use std::fmt;

use super::{
    host::Host, operation::AclOperation, pattern::Pattern, principal::Grantee,
    resource::ResourceType,
};

/// An ACL binding: `org.apache.kafka.common.acl.AclBinding`, typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Acl {
    /// Whom it is for.
    pub principal: Grantee,
    /// Where the client must come from.
    pub host: Host,
    /// What is done.
    pub operation: AclOperation,
    /// Whether it may be.
    pub permission: Permission,
    /// To which type of resource.
    pub resource_type: ResourceType,
    /// And which of them.
    pub pattern: Pattern,
}

/// What an ACL says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `DENY`, which wins.
    Deny,
    /// `ALLOW`
    Allow,
}

impl Permission {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Deny, Self::Allow];

    /// `AclPermissionType.code()`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Deny => 2,
            Self::Allow => 3,
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "DENY",
            Self::Allow => "ALLOW",
        }
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ACL {} {} on {}:{} to {} from {}",
            self.permission.as_str(),
            self.operation,
            self.resource_type,
            self.pattern,
            self.principal,
            self.host
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{operation::Operation, pattern::PatternType};

    #[test]
    fn an_acl_reads_as_what_it_says() {
        let acl = Acl {
            principal: Grantee::parse("Group:kc:team").unwrap(),
            host: "10.0.0.0/8".parse().unwrap(),
            operation: AclOperation::One(Operation::Read),
            permission: Permission::Deny,
            resource_type: ResourceType::Topic,
            pattern: Pattern::new(ResourceType::Topic, PatternType::Prefixed, "pii-").unwrap(),
        };
        let text = "ACL DENY READ on TOPIC:PREFIXED:pii- to Group:kc:team from 10.0.0.0/8";
        assert_eq!(acl.to_string(), text);
    }
}
