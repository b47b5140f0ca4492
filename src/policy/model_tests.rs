//! Decisions against a naive model of Kafka's rules.

use std::{net::IpAddr, sync::Arc};

use proptest::prelude::*;

use super::{
    acl::{Acl, Permission},
    authorizer::{Authorizer, Policy},
    binding::RoleBinding,
    decision::RuleName,
    fixture::{acl, binding, organization, principal, who},
    operation::{AclOperation, Operation, Operations},
    pattern::Pattern,
    principal::{Grantee, SuperPrincipal},
    resource::{Resource, ResourceType},
    rights::Rights,
    rule::Rule,
    who::Who,
};
use crate::identity::{Organization, Principal, ProviderName};

// --- the model ------------------------------------------------------------------------------

/// Kafka's rules as a list that is read from one end to the other.
struct Model {
    acls: Vec<Acl>,
    super_principals: Vec<SuperPrincipal>,
    allow_if_no_acl: bool,
}

impl Model {
    /// Role bindings are ALLOW ACLs from everywhere.
    fn of(policy: &Policy) -> Self {
        let mut acls = policy.acls.clone();
        for binding in &policy.role_bindings {
            for (resource_type, pattern, operations) in binding.grants() {
                acls.extend(operations.iter().map(|operation| Acl {
                    principal: binding.principal().clone(),
                    host: "*".parse().unwrap(),
                    operation: AclOperation::One(operation),
                    permission: Permission::Allow,
                    resource_type,
                    pattern: pattern.clone(),
                }));
            }
        }
        Self {
            acls,
            super_principals: policy.super_principals.clone(),
            allow_if_no_acl: policy.allow_if_no_acl,
        }
    }

    fn authorize(&self, who: &Who, operation: Operation, resource: &Resource<'_>) -> bool {
        if who.organization != organization() {
            return false;
        }
        if self.is_super(who) {
            return true;
        }
        let about: Vec<&Acl> = self
            .acls
            .iter()
            .filter(|acl| is_about(acl, resource))
            .collect();
        if about.is_empty() {
            return self.allow_if_no_acl;
        }
        let denied = about.iter().any(|acl| {
            acl.permission == Permission::Deny
                && is_for(acl, &who.denied_principals)
                && is_from(acl, who.address)
                && is_named(acl, operation)
        });
        let allowed = about.iter().any(|acl| {
            acl.permission == Permission::Allow
                && is_for(acl, &who.principals)
                && is_from(acl, who.address)
                && (is_named(acl, operation) || is_implied(acl, operation))
        });
        allowed && !denied
    }

    /// The default implementation of `Authorizer.authorizeByResourceType`.
    fn authorize_by_type(&self, who: &Who, operation: Operation, kind: ResourceType) -> bool {
        let hardcode = Resource {
            resource_type: kind,
            name: "hardcode",
        };
        if self.authorize(who, operation, &hardcode) {
            return true;
        }
        if who.organization != organization() {
            return false;
        }
        let of = |permission: Permission, principals: &[Principal]| {
            let mut patterns = Vec::new();
            for acl in &self.acls {
                if acl.permission == permission
                    && acl.resource_type == kind
                    && is_for(acl, principals)
                    && is_from(acl, who.address)
                    && is_named(acl, operation)
                {
                    patterns.push(acl.pattern.clone());
                }
            }
            patterns
        };
        let denied = of(Permission::Deny, &who.denied_principals);
        let allowed = of(Permission::Allow, &who.principals);
        if denied.contains(&Pattern::Any) {
            return false;
        }
        allowed.iter().any(|allow| match allow {
            Pattern::Any => true,
            Pattern::Literal(name) | Pattern::Prefixed(name) => {
                let literal = matches!(allow, Pattern::Literal(_)) && denied.contains(allow);
                let dominated = denied.iter().any(|deny| match deny {
                    Pattern::Prefixed(prefix) => name.starts_with(&**prefix),
                    _ => false,
                });
                !literal && !dominated
            }
        })
    }

    fn is_super(&self, who: &Who) -> bool {
        self.super_principals
            .iter()
            .any(|one| one.provider == who.provider && who.principals.contains(&one.principal))
    }
}

fn is_about(acl: &Acl, resource: &Resource<'_>) -> bool {
    acl.resource_type == resource.resource_type
        && match &acl.pattern {
            Pattern::Any => true,
            Pattern::Literal(name) => **name == *resource.name,
            Pattern::Prefixed(prefix) => resource.name.starts_with(&**prefix),
        }
}

fn is_for(acl: &Acl, principals: &[Principal]) -> bool {
    match &acl.principal {
        Grantee::Everyone => true,
        Grantee::One(principal) => principals.contains(principal),
    }
}

fn is_from(acl: &Acl, address: IpAddr) -> bool {
    acl.host.matches(address)
}

fn is_named(acl: &Acl, operation: Operation) -> bool {
    acl.operation == AclOperation::All || acl.operation == AclOperation::One(operation)
}

fn is_implied(acl: &Acl, operation: Operation) -> bool {
    let AclOperation::One(given) = acl.operation else {
        return false;
    };
    match operation {
        Operation::Describe => matches!(
            given,
            Operation::Read | Operation::Write | Operation::Delete | Operation::Alter
        ),
        Operation::DescribeConfigs => given == Operation::AlterConfigs,
        _ => false,
    }
}

// --- against the model ----------------------------------------------------------------------

const PRINCIPALS: [&str; 6] = [
    "User:a",
    "User:b",
    "Group:a",
    "Group:b",
    "User:pool-a",
    "User:pool-b",
];
const NAMES: [&str; 10] = [
    "a", "ab", "abc", "abd", "b", "ba", "h", "hard", "hardcode", "*",
];
const HOSTS: [&str; 4] = ["*", "10.1.2.3", "10.0.0.0/8", "192.0.2.0/24"];

fn acls() -> impl Strategy<Value = Vec<Acl>> {
    let operations: Vec<&str> = ["ALL", "READ", "WRITE", "DESCRIBE", "ALTER_CONFIGS"].to_vec();
    let grantees: Vec<&str> = PRINCIPALS.into_iter().chain(["User:*"; 2]).collect();
    let one = (
        prop::sample::select(vec!["ALLOW", "ALLOW", "DENY"]),
        prop::sample::select(operations),
        prop::sample::select(vec!["TOPIC", "TOPIC", "GROUP"]),
        prop::sample::select(vec!["LITERAL", "PREFIXED"]),
        prop::sample::select(NAMES.to_vec()),
        prop::sample::select(grantees),
        prop::sample::select(HOSTS.to_vec()),
    );
    let text = one.prop_map(
        |(permission, operation, kind, pattern, name, grantee, host)| {
            acl(&format!(
                "{permission} {operation} {kind} {pattern} {name} {grantee} {host}"
            ))
        },
    );
    prop::collection::vec(text, 0..24)
}

fn bindings() -> impl Strategy<Value = Vec<Arc<RoleBinding>>> {
    let what = prop::sample::select(vec![
        ("DeveloperRead", "crn:///kafka=c/topic=a*"),
        ("DeveloperWrite", "crn:///kafka=c/topic=ab"),
        ("DeveloperManage", "crn:///kafka=c/topic=*"),
        ("ResourceOwner", "crn:///kafka=c/group=b*"),
        ("Operator", "crn:///kafka=c"),
        ("CloudClusterAdmin", "crn:///organization=default"),
    ]);
    let one = (what, prop::sample::select(PRINCIPALS.to_vec()));
    let one = one.prop_map(|((role, crn), grantee)| binding(role, crn, grantee));
    prop::collection::vec(one, 0..3)
}

fn policies() -> impl Strategy<Value = Policy> {
    let super_principals = prop::sample::select(vec![
        Vec::new(),
        Vec::new(),
        vec![("idp", "User:a")],
        vec![("other", "User:a"), ("idp", "User:pool-a")],
    ]);
    (acls(), bindings(), super_principals, any::<bool>()).prop_map(
        |(acls, role_bindings, super_principals, allow_if_no_acl)| Policy {
            organization: organization(),
            acls,
            role_bindings,
            super_principals: super_principals
                .into_iter()
                .map(|(provider, one)| SuperPrincipal {
                    provider: ProviderName::parse(provider).unwrap(),
                    principal: principal(one),
                })
                .collect(),
            allow_if_no_acl,
        },
    )
}

fn people() -> impl Strategy<Value = Who> {
    let principals = prop::sample::subsequence(PRINCIPALS.to_vec(), 0..=4);
    let not_in_play = prop::sample::select(vec!["", "User:pool-b"]);
    let address = prop::sample::select(vec!["10.1.2.3", "10.9.9.9", "192.0.2.1", "2001:db8::1"]);
    let organization = prop::sample::select(vec!["default", "default", "default", "acme"]);
    (principals, not_in_play, address, organization).prop_map(
        |(principals, not_in_play, address, organization)| {
            let mut who = who(&principals.join(" "));
            who.denied_principals
                .extend(not_in_play.split_whitespace().map(principal));
            who.address = address.parse().unwrap();
            who.organization = Organization::parse(organization).unwrap();
            who
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_decision_is_that_of_the_model(policy in policies(), who in people()) {
        let model = Model::of(&policy);
        let authorizer = Arc::new(Authorizer::new(policy));
        let mut rights = Rights::new(Arc::clone(&authorizer), who.clone());
        for resource_type in [ResourceType::Topic, ResourceType::Group] {
            for name in NAMES.into_iter().chain(["", "x"]) {
                let resource = Resource { resource_type, name };
                let mut bits = 0;
                for operation in Operation::ALL {
                    let expected = model.authorize(&who, operation, &resource);
                    let decision = authorizer.decide(&who, operation, &resource);
                    let rule = decision.rule;
                    prop_assert_eq!(decision.allowed, expected, "{} {}: {}", operation, resource, rule);
                    prop_assert_eq!(rights.decide(operation, &resource), decision);
                    prop_assert_eq!(rights.may(operation, &resource), expected);
                    if expected && Operations::supported(resource_type).contains(operation) {
                        bits |= 1 << operation.code();
                    }
                }
                prop_assert_eq!(authorizer.authorized_operations(&who, &resource), bits);
                prop_assert_eq!(rights.authorized_operations(&resource), bits);
            }
            for operation in Operation::ALL {
                let expected = model.authorize_by_type(&who, operation, resource_type);
                let decision = authorizer.decide_by_resource_type(&who, operation, resource_type);
                prop_assert_eq!(decision.allowed, expected, "{} {}", operation, decision.rule);
                for _ in 0..2 {
                    prop_assert_eq!(rights.may_some(operation, resource_type), expected);
                }
            }
        }
    }

    /// The rule that a decision names is about the resource, the operation and the session.
    #[test]
    fn the_rule_that_is_named_could_have_decided(policy in policies(), who in people()) {
        let authorizer = Authorizer::new(policy);
        for name in NAMES {
            let resource = Resource::topic(name);
            for operation in [Operation::Read, Operation::Describe] {
                let decision = authorizer.decide(&who, operation, &resource);
                let RuleName::Rule(rule) = decision.rule else {
                    continue;
                };
                let alone = Policy {
                    organization: organization(),
                    acls: Vec::new(),
                    role_bindings: Vec::new(),
                    super_principals: Vec::new(),
                    allow_if_no_acl: !decision.allowed,
                };
                let alone = match rule {
                    Rule::Acl(acl) => Policy { acls: vec![acl.clone()], ..alone },
                    Rule::RoleBinding(binding) => {
                        Policy { role_bindings: vec![Arc::clone(binding)], ..alone }
                    }
                };
                let again = Authorizer::new(alone);
                let again = again.decide(&who, operation, &resource);
                prop_assert_eq!(again.allowed, decision.allowed);
                prop_assert_eq!(again.rule.to_string(), decision.rule.to_string());
            }
        }
    }
}
