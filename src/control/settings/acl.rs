//! `[[acls]]`: Kafka's ACL bindings, by the names of Confluent's `kafka/v3` API; read and written.

use super::{
    finding::Findings, names::Names, role::names_of, role_binding::read_principal, section::Section,
};
use crate::{
    policy::{
        acl::{Acl, Permission},
        host::Host,
        operation::{AclOperation, Operations},
        pattern::{Pattern, PatternType},
        resource::ResourceType,
    },
    snapshot::cluster::ClusterId,
};

/// Reads one ACL, with the cluster that it is for.
pub(super) fn read(
    section: &Section<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<(ClusterId, Acl)> {
    let cluster = read_cluster(section, names, findings);
    let organization = cluster.as_ref().map(ClusterId::as_str);
    let organization = organization.map(|id| names.organization_of(id));
    let principal = read_principal(section, organization, names, findings);
    let host = if section.has("host") {
        section.parsed("host", str::parse::<Host>, findings)
    } else {
        Some(Host::Any)
    };
    let operation = read_operation(section, findings);
    let permissions = Permission::ALL.map(|known| (known.as_str(), known));
    let what = "\"ALLOW\" or \"DENY\"";
    let permission = section.required_choice("permission", what, &permissions, findings);
    let types = ResourceType::ALL.map(|known| (known.as_str(), known));
    let what = "a type of resource, as in \"TOPIC\"";
    let resource_type = section.required_choice("resource_type", what, &types, findings);
    let pattern = read_pattern(section, resource_type, findings);
    if let (Some(operation), Some(resource_type)) = (operation, resource_type) {
        check_operation(section, operation, resource_type, findings);
    }
    let acl = Acl {
        principal: principal?,
        host: host?,
        operation: operation?,
        permission: permission?,
        resource_type: resource_type?,
        pattern: pattern?,
    };
    Some((cluster?, acl))
}

/// Keys and values of `acl` of `cluster`, defaults left out: what is read here gives the same again.
#[must_use]
pub fn fields(cluster: &ClusterId, acl: &Acl) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("cluster", cluster.to_string()),
        ("principal", acl.principal.to_string()),
    ];
    if acl.host != Host::Any {
        fields.push(("host", acl.host.to_string()));
    }
    fields.extend([
        ("operation", acl.operation.as_str().to_owned()),
        ("permission", acl.permission.as_str().to_owned()),
        ("resource_type", acl.resource_type.as_str().to_owned()),
        ("resource_name", acl.pattern.name().to_owned()),
    ]);
    if acl.pattern.pattern_type() != PatternType::Literal {
        let pattern_type = acl.pattern.pattern_type().as_str();
        fields.push(("pattern_type", pattern_type.to_owned()));
    }
    fields
}

/// A table `[[acls]]` of these keys and values.
#[must_use]
pub fn to_toml(fields: &[(&'static str, String)]) -> String {
    let lines = fields
        .iter()
        .map(|(key, value)| format!("{key} = {}\n", quoted(value)));
    format!("[[acls]]\n{}", lines.collect::<String>())
}

/// `text` as a basic string of TOML, on one line whatever it holds.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn read_cluster(
    section: &Section<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<ClusterId> {
    let id = section.required("cluster", "the id of one of [[clusters]]", findings)?;
    if !names.has_cluster(id) {
        let all = names.clusters();
        let problem = format!("is not the id of a cluster; there are: {all}");
        findings.fault(&section.path_of("cluster"), id, problem);
        return None;
    }
    // An id that is declared is judged where it is declared.
    ClusterId::parse(id)
}

fn read_operation(section: &Section<'_>, findings: &mut Findings) -> Option<AclOperation> {
    let parse = |text: &str| {
        let all = || format!("is none of ALL, {}", names_of(Operations::ALL));
        AclOperation::parse(text).ok_or_else(all)
    };
    let what = "an operation of Kafka, as in \"READ\"";
    section.required_parsed("operation", what, parse, findings)
}

fn read_pattern(
    section: &Section<'_>,
    resource_type: Option<ResourceType>,
    findings: &mut Findings,
) -> Option<Pattern> {
    let types = PatternType::ALL.map(|known| (known.as_str(), known));
    let pattern_type = if section.has("pattern_type") {
        section.choice("pattern_type", &types, findings)
    } else {
        Some(PatternType::Literal)
    };
    let name = section.required("resource_name", "a name, or \"*\" for all", findings);
    let (resource_type, pattern_type, name) = (resource_type?, pattern_type?, name?);
    let path = section.path_of("resource_name");
    let pattern = Pattern::new(resource_type, pattern_type, name)
        .inspect_err(|fault| findings.fault(&path, name, fault.to_string()))
        .ok()?;
    if matches!(&pattern, Pattern::Literal(name) if name.ends_with('*')) {
        let problem = "ends in `*`, which is an ordinary character there; for a prefix leave it \
                       out and write pattern_type = \"PREFIXED\"";
        findings.warn(&path, name, problem);
    }
    Some(pattern)
}

/// Brokers take such ACLs, so that they are in what is imported from one.
fn check_operation(
    section: &Section<'_>,
    operation: AclOperation,
    resource_type: ResourceType,
    findings: &mut Findings,
) {
    let supported = Operations::supported(resource_type);
    if operation.operations().intersection(supported).is_empty() {
        let problem = format!(
            "is never asked of a {resource_type}, so that this rule does nothing; there are: ALL, \
             {}",
            names_of(supported)
        );
        findings.warn(&section.path_of("operation"), operation.as_str(), problem);
    }
}
