//! `[[role_bindings]]`: who has which role where.

use std::sync::Arc;

use super::{
    finding::Findings,
    names::{DEFAULT_ORGANIZATION, Names, listed},
    role::Roles,
    section::Section,
};
use crate::{
    identity::Organization,
    policy::{
        binding::RoleBinding, crn::CrnPattern, pattern::Pattern, principal::Grantee,
        role::RoleScope,
    },
};

/// Reads one role binding.
pub(super) fn read(
    section: &Section<'_>,
    roles: &Roles,
    names: &Names,
    findings: &mut Findings,
) -> Option<Arc<RoleBinding>> {
    let role = roles.named(section, findings);
    let crn = read_crn(section, names, findings);
    let organization = crn.as_ref().map(|crn| crn.organization().as_str());
    let principal = read_principal(section, organization, names, findings);
    let (principal, role, crn) = (principal?, role?, crn?);
    if principal == Grantee::Everyone && role.scope() == RoleScope::Cluster {
        let problem = format!("gives {role} on whole clusters to whoever can log in");
        findings.warn(&section.path_of("principal"), "User:*", problem);
    }
    let path = section.path_of("crn_pattern");
    let text = crn.to_string();
    RoleBinding::new(principal, role, crn)
        .inspect_err(|fault| findings.fault(&path, &text, fault.to_string()))
        .ok()
        .map(Arc::new)
}

/// The principal of a rule in `organization`, where that is known.
///
/// A rule for a pool that does not exist is a slip, or what is left of a pool that is gone: should
/// another come by that id, it would find rights that nobody gave it.
pub(super) fn read_principal(
    section: &Section<'_>,
    organization: Option<&str>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Grantee> {
    let what = "User:<name>, Group:<name>, User:<pool id> or User:*";
    let principal = section.required_parsed("principal", what, Grantee::parse, findings)?;
    if let (Some(pool), Some(organization)) = (principal.pool(), organization)
        && !names.has_pool(organization, pool.as_str())
    {
        let problem = format!(
            "is not among the pools of organization {organization:?}: {}; a rule must not outlive \
             its pool",
            names.pools_of(organization)
        );
        let text = principal.to_string();
        findings.fault(&section.path_of("principal"), &text, problem);
        return None;
    }
    Some(principal)
}

fn read_crn(section: &Section<'_>, names: &Names, findings: &mut Findings) -> Option<CrnPattern> {
    let default = Organization::parse(DEFAULT_ORGANIZATION).ok()?;
    let what = "what it is about, as in \"crn://oathgate/kafka=lkc-orders/topic=orders-*\"";
    let parse = |text: &str| CrnPattern::parse(text, &default);
    let crn = section.required_parsed("crn_pattern", what, parse, findings)?;
    let organization = crn.organization().as_str();
    let covered = names.clusters_of(organization);
    let path = section.path_of("crn_pattern");
    match crn.clusters() {
        Pattern::Literal(id) if !covered.contains(&&**id) => {
            let problem = format!(
                "names the cluster {id:?}, which is not among the clusters of organization \
                 {organization:?}: {}",
                listed(covered.into_iter())
            );
            findings.fault(&path, &crn.to_string(), problem);
            None
        }
        pattern if !covered.iter().any(|id| pattern.matches(id)) => {
            let problem = format!("covers no cluster of organization {organization:?} yet");
            findings.warn(&path, &crn.to_string(), problem);
            Some(crn)
        }
        _ => Some(crn),
    }
}
