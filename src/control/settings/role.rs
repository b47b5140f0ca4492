//! `[[roles]]`: roles beside those that every configuration has.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{finding::Findings, names::listed, schema, section::Section};
use crate::policy::{
    operation::{AclOperation, Operations},
    resource::ResourceType,
    role::{Role, RoleFault, RoleScope},
};

const SCOPES: [(&str, RoleScope); 2] = [
    ("cluster", RoleScope::Cluster),
    ("resource", RoleScope::Resource),
];

/// All roles that bindings may name.
#[derive(Debug)]
pub(super) struct Roles {
    /// `None` for one that is declared but faulty, so that its bindings are not blamed.
    known: BTreeMap<String, Option<Arc<Role>>>,
}

impl Roles {
    /// Reads `[[roles]]`, on top of the built-in ones.
    pub(super) fn read(sections: &[Section<'_>], findings: &mut Findings) -> Self {
        let built_in = Role::built_in().into_iter();
        let mut roles = Self {
            known: built_in
                .map(|role| (role.name().to_owned(), Some(Arc::new(role))))
                .collect(),
        };
        let mut declared = BTreeMap::new();
        for section in sections {
            let Some((name, role)) = read(section, findings) else {
                continue;
            };
            if let Some(earlier) = declared.insert(name, section.path_of("name")) {
                let problem = format!("is taken by {earlier}; it must be unique");
                findings.fault(&section.path_of("name"), name, problem);
            }
            let role = role.map(Arc::new);
            roles.known.entry(name.to_owned()).or_insert(role);
        }
        roles
    }

    /// Whether every section became a role.
    pub(super) fn are_whole(&self) -> bool {
        self.known.values().all(Option::is_some)
    }

    /// The role that `section` names by `role_name`.
    pub(super) fn named(
        &self,
        section: &Section<'_>,
        findings: &mut Findings,
    ) -> Option<Arc<Role>> {
        let what = "a role, as in \"DeveloperRead\"";
        let name = section.required("role_name", what, findings)?;
        let Some(role) = self.known.get(name) else {
            let names = listed(self.known.keys().map(String::as_str));
            let problem = format!("is not a role; there are: {names}; [[roles]] adds others");
            findings.fault(&section.path_of("role_name"), name, problem);
            return None;
        };
        role.clone()
    }
}

/// The name of a role as it stands there, and the role unless it is faulty.
fn read<'a>(section: &Section<'a>, findings: &mut Findings) -> Option<(&'a str, Option<Role>)> {
    let name = section.required("name", "what bindings name the role by", findings);
    let scope = if section.has("scope") {
        section.choice("scope", &SCOPES, findings)
    } else {
        Some(RoleScope::Resource)
    };
    let operations = read_operations(section, findings);
    let name = name?;
    let (Some(scope), Some(operations)) = (scope, operations) else {
        return Some((name, None));
    };
    match Role::new(name, scope, operations) {
        Ok(role) => Some((name, Some(role))),
        Err(fault) => {
            let (key, value) = match fault {
                RoleFault::Name | RoleFault::BuiltIn => ("name", name),
                RoleFault::Empty => ("operations", ""),
            };
            findings.fault(&section.path_of(key), value, fault.to_string());
            Some((name, None))
        }
    }
}

/// `None` if some of them are faulty.
fn read_operations(
    section: &Section<'_>,
    findings: &mut Findings,
) -> Option<BTreeMap<ResourceType, Operations>> {
    let mut all = BTreeMap::new();
    if !section.has("operations") {
        return Some(all);
    }
    let before = findings.faults();
    let table = section.table("operations", schema::ROLE_OPERATIONS, findings)?;
    for resource_type in ResourceType::ALL {
        let key = resource_type.as_str();
        let supported = Operations::supported(resource_type);
        let mut given = Operations::NONE;
        for item in table.texts(key, findings).unwrap_or_default() {
            let operations = AclOperation::parse(item.text).map(AclOperation::operations);
            let operations = match operations {
                Some(Operations::ALL) => supported,
                Some(one) if one.without(supported).is_empty() => one,
                _ => {
                    let problem = format!(
                        "is not asked of a {resource_type}; there are: ALL, {}",
                        names_of(supported)
                    );
                    findings.fault(&item.path, item.text, problem);
                    continue;
                }
            };
            given = given.union(operations);
        }
        all.insert(resource_type, given);
    }
    (findings.faults() == before).then_some(all)
}

/// The names of `operations`, for a message.
pub(super) fn names_of(operations: Operations) -> String {
    let names: Vec<&str> = operations.iter().map(|one| one.as_str()).collect();
    names.join(", ")
}
