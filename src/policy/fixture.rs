//! What tests of policies share: rules and sessions from one line of text.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use super::{
    acl::{Acl, Permission},
    authorizer::{Authorizer, Policy},
    binding::RoleBinding,
    crn::CrnPattern,
    operation::AclOperation,
    pattern::{Pattern, PatternType},
    principal::Grantee,
    resource::ResourceType,
    role::Role,
    who::Who,
};
use crate::identity::{Organization, Principal, ProviderName};

/// The client's address in [`who`].
pub(crate) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3));

pub(crate) fn organization() -> Organization {
    Organization::parse("default").unwrap()
}

pub(crate) fn provider() -> ProviderName {
    ProviderName::parse("idp").unwrap()
}

pub(crate) fn principal(text: &str) -> Principal {
    match Grantee::parse(text).unwrap() {
        Grantee::One(principal) => principal,
        Grantee::Everyone => panic!("everyone is no principal of a session"),
    }
}

/// The ACL of `<permission> <operation> <resource type> <pattern type> <name> <principal> <host>`.
/// The pattern is made as Kafka would, sense or not.
pub(crate) fn acl(text: &str) -> Acl {
    let words: Vec<&str> = text.split(' ').collect();
    let [
        permission,
        operation,
        resource_type,
        pattern_type,
        name,
        principal,
        host,
    ] = words[..]
    else {
        panic!("{text}")
    };
    let permission = Permission::ALL
        .into_iter()
        .find(|known| known.as_str() == permission);
    let pattern_type = PatternType::ALL
        .into_iter()
        .find(|known| known.as_str() == pattern_type);
    Acl {
        principal: Grantee::parse(principal).unwrap(),
        host: host.parse().unwrap(),
        operation: AclOperation::parse(operation).unwrap(),
        permission: permission.unwrap(),
        resource_type: ResourceType::parse(resource_type).unwrap(),
        pattern: match (pattern_type.unwrap(), name) {
            (PatternType::Literal, "*") => Pattern::Any,
            (PatternType::Literal, name) => Pattern::Literal(name.into()),
            (PatternType::Prefixed, name) => Pattern::Prefixed(name.into()),
        },
    }
}

/// A policy of ACLs alone.
pub(crate) fn policy(acls: &[&str]) -> Policy {
    Policy {
        organization: organization(),
        acls: acls.iter().map(|text| acl(text)).collect(),
        role_bindings: Vec::new(),
        super_principals: Vec::new(),
        allow_if_no_acl: false,
    }
}

pub(crate) fn authorizer(acls: &[&str]) -> Authorizer {
    Authorizer::new(policy(acls))
}

/// A session of these principals, separated by spaces.
pub(crate) fn who(principals: &str) -> Who {
    let principals: Vec<Principal> = principals.split_whitespace().map(principal).collect();
    Who {
        organization: organization(),
        provider: provider(),
        denied_principals: principals.clone(),
        principals,
        address: ADDRESS,
    }
}

/// The binding of a built-in role.
pub(crate) fn binding(role: &str, crn: &str, grantee: &str) -> Arc<RoleBinding> {
    let mut roles = Role::built_in().into_iter();
    let role = Arc::new(roles.find(|known| known.name() == role).unwrap());
    let crn = CrnPattern::parse(crn, &organization()).unwrap();
    Arc::new(RoleBinding::new(Grantee::parse(grantee).unwrap(), role, crn).unwrap())
}
