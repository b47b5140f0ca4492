//! The rules of the file: `[[roles]]`, `[[role_bindings]]`, `[[acls]]`, sorted by the clusters that
//! they are for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    acl, finding::Findings, names::Names, role::Roles, role_binding, schema, section::Section,
};
use crate::{
    identity::Organization,
    policy::{
        acl::Acl,
        authorizer::{Authorizer, Policy},
        binding::RoleBinding,
        principal::SuperPrincipal,
    },
    snapshot::cluster::ClusterId,
};

/// All rules of the file.
#[derive(Debug)]
pub(super) struct Rules {
    acls: BTreeMap<ClusterId, Vec<Acl>>,
    role_bindings: Vec<Arc<RoleBinding>>,
    whole: bool,
}

/// What a cluster says of its policy itself.
#[derive(Debug)]
pub(super) struct OfCluster<'a> {
    pub(super) id: &'a ClusterId,
    pub(super) organization: &'a Organization,
    pub(super) super_principals: Vec<SuperPrincipal>,
    pub(super) allow_if_no_acl: bool,
}

impl Rules {
    /// Reads them.
    pub(super) fn read(root: &Section<'_>, names: &Names, findings: &mut Findings) -> Self {
        let roles = root.tables("roles", schema::ROLE, findings);
        let roles = Roles::read(&roles, findings);
        let mut whole = roles.are_whole();

        let sections = root.tables("role_bindings", schema::ROLE_BINDING, findings);
        let mut role_bindings = Vec::new();
        let mut known = BTreeSet::new();
        for section in &sections {
            let binding = role_binding::read(section, &roles, names, findings);
            whole &= binding.is_some();
            if let Some(binding) = binding {
                if !known.insert(Arc::clone(&binding)) {
                    findings.warn(section.path(), "", TWICE);
                }
                role_bindings.push(binding);
            }
        }

        let sections = root.tables("acls", schema::ACL, findings);
        let mut acls: BTreeMap<ClusterId, Vec<Acl>> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for section in &sections {
            let acl = acl::read(section, names, findings);
            whole &= acl.is_some();
            if let Some((cluster, acl)) = acl {
                if !known.insert((cluster.clone(), acl.clone())) {
                    findings.warn(section.path(), "", TWICE);
                }
                acls.entry(cluster).or_default().push(acl);
            }
        }
        Self {
            acls,
            role_bindings,
            whole,
        }
    }

    /// Whether every section became a rule.
    pub(super) const fn are_whole(&self) -> bool {
        self.whole
    }

    /// The policy of `cluster`.
    pub(super) fn policy_of(&self, cluster: OfCluster<'_>) -> Authorizer {
        let bindings = self.role_bindings.iter();
        let (id, organization) = (cluster.id, cluster.organization);
        Authorizer::new(Policy {
            organization: organization.clone(),
            acls: self.acls.get(id).cloned().unwrap_or_default(),
            role_bindings: bindings
                .filter(|binding| binding.covers(organization, id.as_str()))
                .cloned()
                .collect(),
            super_principals: cluster.super_principals,
            allow_if_no_acl: cluster.allow_if_no_acl,
        })
    }
}

const TWICE: &str = "stands twice; leave one out";
