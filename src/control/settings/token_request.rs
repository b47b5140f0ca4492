//! The keys of a provider by which tokens are asked for: endpoints, clients, scopes. None of them
//! decides who gets in.

use std::collections::BTreeSet;

use super::{
    finding::Findings, provider::read_url, schema, section::Section, surroundings::Surroundings,
};
use crate::{
    identity::{Component, Endpoints, OidcClient, TokenRequests},
    limits::OIDC_CLIENTS_MAX,
};

/// Longest name and namespace of a component, in characters, as OKD.
const COMPONENT_NAME_MAX: usize = 256;
const COMPONENT_NAMESPACE_MAX: usize = 63;

/// Reads them all.
pub(super) fn read(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> TokenRequests {
    let mut endpoint = |key| read_url(section, key, true, findings).map(Into::into);
    let endpoints = Endpoints {
        token: endpoint("token_endpoint"),
        authorization: endpoint("authorization_endpoint"),
        introspection: endpoint("introspection_endpoint"),
        device_authorization: endpoint("device_authorization_endpoint"),
    };
    let audience = section.text("request_audience", findings);
    if audience == Some("") {
        findings.fault(
            &section.path_of("request_audience"),
            "",
            "is empty; remove it",
        );
    }
    TokenRequests {
        endpoints,
        client: read_client(section, surroundings, findings),
        scopes: read_scopes(section, "request_scopes", findings),
        audience: audience.map(str::to_owned),
        refresh_token: section.flag("refresh_token", findings),
        components: read_components(section, surroundings, findings),
    }
}

/// The scopes at `key`: a list, or one text with spaces between them.
pub(super) fn read_scopes(
    section: &Section<'_>,
    key: &str,
    findings: &mut Findings,
) -> Vec<String> {
    let mut scopes = Vec::new();
    for item in section.text_or_texts(key, findings).unwrap_or_default() {
        // RFC 6749 section 3.3.
        let legal = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
        let parts: Vec<&str> = item
            .text
            .split(' ')
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() || !parts.iter().all(|part| part.chars().all(legal)) {
            let problem = "is not a scope: visible ASCII characters other than `\"` and `\\`";
            findings.fault(&item.path, item.text, problem);
        }
        scopes.extend(parts.into_iter().map(str::to_owned));
    }
    scopes
}

/// The client of `section`; `None` without `client_id`, which a secret needs.
fn read_client(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<OidcClient> {
    let has_secret = section.has("client_secret_file") || section.has("client_secret_env");
    let client_id = if has_secret {
        section.required("client_id", "the client that the secret is of", findings)
    } else {
        section.text("client_id", findings)
    };
    let secret = if has_secret {
        surroundings.secret(section, "client_secret", findings)
    } else {
        None
    };
    if client_id == Some("") {
        findings.fault(
            &section.path_of("client_id"),
            "",
            "is empty; write the client's id",
        );
    }
    Some(OidcClient {
        client_id: client_id?.to_owned(),
        secret,
    })
}

fn read_components(
    provider: &Section<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Vec<Component> {
    let sections = provider.tables("oidc_clients", schema::OIDC_CLIENT, findings);
    if sections.len() > OIDC_CLIENTS_MAX {
        let problem = format!(
            "has {} entries; at most {OIDC_CLIENTS_MAX} are allowed",
            sections.len()
        );
        findings.fault(&provider.path_of("oidc_clients"), "", problem);
    }
    let mut taken = BTreeSet::new();
    let mut components = Vec::new();
    for section in &sections {
        if !section.has("client_id") {
            let path = section.path_of("client_id");
            findings.fault(
                &path,
                "",
                "is missing; write the client's id at the provider",
            );
        }
        let client = read_client(section, surroundings, findings);
        let name = component_text(section, "component_name", COMPONENT_NAME_MAX, findings);
        let namespace = component_text(
            section,
            "component_namespace",
            COMPONENT_NAMESPACE_MAX,
            findings,
        );
        let extra_scopes = read_scopes(section, "extra_scopes", findings);
        let (Some(client), Some(name), Some(namespace)) = (client, name, namespace) else {
            continue;
        };
        if !taken.insert((namespace.clone(), name.clone())) {
            let problem = "stands twice with this component_namespace; the pair must be unique";
            findings.fault(&section.path_of("component_name"), &name, problem);
        }
        components.push(Component {
            name,
            namespace,
            client,
            extra_scopes,
        });
    }
    components
}

fn component_text(
    section: &Section<'_>,
    key: &str,
    most: usize,
    findings: &mut Findings,
) -> Option<String> {
    let text = section.required(key, "which component uses the client", findings)?;
    if text.is_empty() || text.chars().count() > most {
        let problem = format!("must have 1 to {most} characters");
        findings.fault(&section.path_of(key), text, problem);
    }
    Some(text.to_owned())
}
