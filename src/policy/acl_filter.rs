//! Which ACLs somebody asks to see: Kafka's `AclBindingFilter`.

use super::{
    acl::{Acl, Permission},
    operation::AclOperation,
    pattern::PatternType,
    resource::ResourceType,
};

/// Which patterns a filter means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternFilter {
    /// `ANY`: of either type, with that very name.
    Any,
    /// `MATCH`: all that mean a resource of that name.
    Match,
    /// Of that type, with that very name.
    One(PatternType),
}

/// A filter over ACLs; `None` = any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclFilter {
    /// The type of resource.
    pub resource_type: Option<ResourceType>,
    /// The name of the pattern, or of a resource.
    pub name: Option<String>,
    /// How that name is meant.
    pub pattern: PatternFilter,
    /// The principal, as rules write it.
    pub principal: Option<String>,
    /// The host, as rules write it.
    pub host: Option<String>,
    /// The operation: `ALL` is one of its own.
    pub operation: Option<AclOperation>,
    /// Whether it allows or denies.
    pub permission: Option<Permission>,
}

impl AclFilter {
    /// Whether `acl` is meant (`ResourcePatternFilter.matches`, `AccessControlEntryFilter.matches`).
    #[must_use]
    pub fn matches(&self, acl: &Acl) -> bool {
        fn fits<T: PartialEq>(wanted: Option<T>, is: T) -> bool {
            wanted.is_none_or(|wanted| wanted == is)
        }
        fits(self.resource_type, acl.resource_type)
            && fits(self.operation, acl.operation)
            && fits(self.permission, acl.permission)
            && self.matches_pattern(acl)
            && fits(self.principal.as_deref(), &*acl.principal.to_string())
            && fits(self.host.as_deref(), &*acl.host.to_string())
    }

    fn matches_pattern(&self, acl: &Acl) -> bool {
        let pattern = &acl.pattern;
        let has_type = match self.pattern {
            PatternFilter::Any | PatternFilter::Match => true,
            PatternFilter::One(wanted) => pattern.pattern_type() == wanted,
        };
        let has_name = |name: &String| match self.pattern {
            PatternFilter::Match => pattern.matches(name),
            PatternFilter::Any | PatternFilter::One(_) => pattern.name() == name,
        };
        has_type && self.name.as_ref().is_none_or(has_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixture::acl;
    use crate::policy::operation::Operation;

    const ANY: AclFilter = AclFilter {
        resource_type: None,
        name: None,
        pattern: PatternFilter::Any,
        principal: None,
        host: None,
        operation: None,
        permission: None,
    };

    const ACLS: [&str; 6] = [
        "ALLOW READ TOPIC LITERAL orders User:a *",
        "ALLOW READ TOPIC PREFIXED ord User:a *",
        "ALLOW ALL TOPIC LITERAL * User:* 10.0.0.0/8",
        "DENY WRITE TOPIC PREFIXED orders Group:team *",
        "ALLOW READ GROUP LITERAL orders User:a 10.0.0.1",
        "ALLOW ALTER CLUSTER LITERAL kafka-cluster User:pool-a *",
    ];

    /// Which of [`ACLS`] match.
    fn matched(filter: &AclFilter) -> Vec<usize> {
        let all = ACLS.iter().enumerate();
        let matching = all.filter(|(_, text)| filter.matches(&acl(text)));
        matching.map(|(at, _)| at).collect()
    }

    #[test]
    fn patterns_are_found_by_name_by_type_and_by_what_they_match() {
        let named = |name: &str, pattern| AclFilter {
            name: Some(name.to_owned()),
            pattern,
            resource_type: Some(ResourceType::Topic),
            ..ANY
        };
        let literal = PatternFilter::One(PatternType::Literal);
        let prefixed = PatternFilter::One(PatternType::Prefixed);
        for (name, pattern, expected) in [
            ("orders", PatternFilter::Any, vec![0, 3]),
            ("orders", literal, vec![0]),
            ("orders", prefixed, vec![3]),
            ("orders", PatternFilter::Match, vec![0, 1, 2, 3]),
            ("orders-x", PatternFilter::Match, vec![1, 2, 3]),
            ("or", PatternFilter::Match, vec![2]),
            ("*", PatternFilter::Any, vec![2]),
            ("*", literal, vec![2]),
            ("*", prefixed, vec![]),
        ] {
            assert_eq!(
                matched(&named(name, pattern)),
                expected,
                "{name} {pattern:?}"
            );
        }
        assert_eq!(matched(&ANY), [0, 1, 2, 3, 4, 5]);
        let all_prefixed = AclFilter {
            pattern: prefixed,
            ..ANY
        };
        assert_eq!(matched(&all_prefixed), [1, 3]);
    }

    #[test]
    fn entries_are_found_by_each_of_their_parts() {
        let principal = |text: &str| AclFilter {
            principal: Some(text.to_owned()),
            ..ANY
        };
        let host = |text: &str| AclFilter {
            host: Some(text.to_owned()),
            ..ANY
        };
        let operation = |operation| AclFilter {
            operation: Some(operation),
            ..ANY
        };
        let denies = AclFilter {
            permission: Some(Permission::Deny),
            ..ANY
        };
        for (filter, expected) in [
            (principal("User:a"), vec![0, 1, 4]),
            (principal("User:*"), vec![2]),
            (principal("Group:team"), vec![3]),
            (principal("User:pool-a"), vec![5]),
            (host("*"), vec![0, 1, 3, 5]),
            (host("10.0.0.0/8"), vec![2]),
            (operation(AclOperation::All), vec![2]),
            (operation(AclOperation::One(Operation::Read)), vec![0, 1, 4]),
            (denies, vec![3]),
        ] {
            assert_eq!(matched(&filter), expected, "{filter:?}");
        }
    }
}
