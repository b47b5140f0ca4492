//! `[[clusters.super_principals]]`: who may do everything on a cluster.

use super::{
    finding::Findings, names::Names, role_binding::read_principal, schema, section::Section,
};
use crate::{
    identity::ProviderName,
    policy::principal::{Grantee, SuperPrincipal},
};

/// Reads the super principals of the cluster at `section`, which belongs to `organization`.
pub(super) fn read_all(
    section: &Section<'_>,
    organization: &str,
    names: &Names,
    findings: &mut Findings,
) -> Option<Vec<SuperPrincipal>> {
    let sections = section.tables("super_principals", schema::SUPER_PRINCIPAL, findings);
    let mut all = Vec::new();
    for section in &sections {
        all.extend(read(section, organization, names, findings));
    }
    (all.len() == sections.len()).then_some(all)
}

fn read(
    section: &Section<'_>,
    organization: &str,
    names: &Names,
    findings: &mut Findings,
) -> Option<SuperPrincipal> {
    let provider = read_provider(section, organization, names, findings);
    let grantee = read_principal(section, Some(organization), names, findings)?;
    let path = section.path_of("principal");
    let text = grantee.to_string();
    if let (Some(pool), Some(provider)) = (grantee.pool(), &provider)
        && !names.pool_is_of(organization, pool.as_str(), provider.as_str())
    {
        let problem = format!("is not a pool of the provider {:?}", provider.as_str());
        findings.fault(&path, &text, problem);
        return None;
    }
    let Grantee::One(principal) = grantee else {
        findings.fault(
            &path,
            &text,
            "would let everyone do everything; name one principal",
        );
        return None;
    };
    Some(SuperPrincipal {
        provider: provider?,
        principal,
    })
}

fn read_provider(
    section: &Section<'_>,
    organization: &str,
    names: &Names,
    findings: &mut Findings,
) -> Option<ProviderName> {
    let what = "the provider that alone can vouch for it";
    let name = section.required("provider", what, findings)?;
    if !names.has_provider(organization, name) {
        let problem = format!(
            "is not among the providers of organization {organization:?}: {}",
            names.providers_of(organization)
        );
        findings.fault(&section.path_of("provider"), name, problem);
        return None;
    }
    // A name that is declared is judged where it is declared.
    ProviderName::parse(name).ok()
}
