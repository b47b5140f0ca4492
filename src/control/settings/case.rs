//! The file of `oathgate policy test`: what a configuration is expected to allow and to deny.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
};

use super::{
    Checked,
    document::Document,
    finding::{Finding, Findings},
    names::listed,
    read_text,
    role::names_of,
    schema,
    section::Section,
};
use crate::{
    identity::{Principal, ProviderName},
    policy::{
        operation::{AclOperation, Operation, Operations},
        principal::Grantee,
        resource::{CLUSTER_NAME, Resource, ResourceType},
        who::Who,
    },
    snapshot::cluster::Cluster,
};

/// One expectation: somebody does one operation to one resource.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called; its path where the file gives no name.
    pub name: String,
    /// Line of the file, from 1.
    pub line: Option<usize>,
    /// The cluster whose rules are asked.
    pub cluster: Arc<Cluster>,
    /// Who asks.
    pub who: Who,
    /// For what.
    pub operation: Operation,
    /// On which type of resource.
    pub resource_type: ResourceType,
    /// And which of them.
    pub resource_name: String,
    /// Whether it is expected to be allowed.
    pub allowed: bool,
    /// The rule that is expected to decide, as `explain` and the audit write it; `None` = any.
    pub rule: Option<String>,
}

impl Case {
    /// The resource that it is about.
    #[must_use]
    pub fn resource(&self) -> Resource<'_> {
        Resource {
            resource_type: self.resource_type,
            name: &self.resource_name,
        }
    }
}

/// Reads the cases at `path`, which are about the clusters, providers and pools of `checked`. A case
/// with several operations becomes as many.
///
/// # Errors
/// All findings, sorted by path; at least one is a fault.
pub fn load(path: &Path, checked: &Checked) -> Result<Vec<Case>, Vec<Finding>> {
    match read_text(path) {
        Ok(text) => parse(&text, checked),
        Err(problem) => {
            let mut findings = Findings::default();
            findings.fault("", &path.display().to_string(), problem);
            Err(findings.sorted(|_| None))
        }
    }
}

fn parse(text: &str, checked: &Checked) -> Result<Vec<Case>, Vec<Finding>> {
    let mut findings = Findings::default();
    let Some(document) = Document::parse(text, &mut findings) else {
        return Err(findings.sorted(|_| None));
    };
    let root = Section::open(
        String::new(),
        document.root(),
        schema::CASES_FILE,
        &mut findings,
    );
    let sections = root.tables("cases", schema::CASE, &mut findings);
    if sections.is_empty() {
        let problem = "is empty, so nothing would be tested; add [[cases]]";
        findings.fault("cases", "", problem);
    }
    let mut cases = Vec::new();
    for section in &sections {
        let read = read(section, checked, &mut findings);
        cases.extend(read.into_iter().flatten().map(|case| Case {
            line: document.line_of(section.path()),
            ..case
        }));
    }
    if findings.faults() > 0 {
        return Err(findings.sorted(|path| document.line_of(path)));
    }
    Ok(cases)
}

fn read(section: &Section<'_>, checked: &Checked, findings: &mut Findings) -> Option<Vec<Case>> {
    let cluster = read_cluster(section, checked, findings);
    let who = cluster
        .as_ref()
        .and_then(|cluster| read_who(section, cluster, checked, findings));
    let types = ResourceType::ALL.map(|known| (known.as_str(), known));
    let what = "a type of resource, as in \"TOPIC\"";
    let resource_type = section.required_choice("resource_type", what, &types, findings);
    let resource_name = read_resource_name(section, resource_type, findings);
    let operations = read_operations(section, resource_type, findings);
    let words = [("allow", true), ("deny", false)];
    let allowed = section.required_choice("expect", "\"allow\" or \"deny\"", &words, findings);
    let rule = section.text("rule", findings);
    let name = section.text("name", findings);
    let case = Case {
        name: name.unwrap_or(section.path()).to_owned(),
        line: None,
        cluster: cluster?,
        who: who?,
        operation: Operation::Describe,
        resource_type: resource_type?,
        resource_name: resource_name?,
        allowed: allowed?,
        rule: rule.map(ToOwned::to_owned),
    };
    let of = |operation: Operation| Case {
        operation,
        ..case.clone()
    };
    Some(operations?.into_iter().map(of).collect())
}

fn read_cluster(
    section: &Section<'_>,
    checked: &Checked,
    findings: &mut Findings,
) -> Option<Arc<Cluster>> {
    let wanted = section.text("cluster", findings);
    let found = match (wanted, checked.clusters.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(id), all) => all.iter().find(|cluster| cluster.id.as_str() == id),
    };
    if found.is_none() {
        let ids = checked.clusters.iter().map(|cluster| cluster.id.as_str());
        let problem = format!("must be the id of a cluster; there are: {}", listed(ids));
        let path = section.path_of("cluster");
        findings.fault(&path, wanted.unwrap_or_default(), problem);
    }
    found.cloned()
}

/// Who asks: a session of a provider of the cluster's organization.
fn read_who(
    section: &Section<'_>,
    cluster: &Cluster,
    checked: &Checked,
    findings: &mut Findings,
) -> Option<Who> {
    let provider = read_provider(section, cluster, checked, findings);
    if !section.has("principals") {
        let what = "is missing; write who asks, as in [\"User:kc:alice\", \"Group:kc:team\"]";
        findings.fault(&section.path_of("principals"), "", what);
    }
    let principals = read_principals(section, "principals", cluster, checked, findings);
    let further = read_principals(section, "denied_principals", cluster, checked, findings);
    let address = if section.has("client_address") {
        section.parsed("client_address", str::parse::<IpAddr>, findings)
    } else {
        Some(Ipv4Addr::LOCALHOST.into())
    };
    let principals = principals?;
    Some(Who {
        organization: cluster.organization.clone(),
        provider: provider?,
        denied_principals: principals.iter().cloned().chain(further?).collect(),
        principals,
        address: address?,
    })
}

fn read_provider(
    section: &Section<'_>,
    cluster: &Cluster,
    checked: &Checked,
    findings: &mut Findings,
) -> Option<ProviderName> {
    let providers = checked.providers.iter();
    let known: Vec<&ProviderName> = providers
        .filter(|provider| provider.organization == cluster.organization)
        .map(|provider| &provider.name)
        .collect();
    let wanted = section.text("provider", findings);
    let found = match (wanted, known.as_slice()) {
        (None, [only]) => Some(*only),
        (None, _) => None,
        (Some(name), all) => all.iter().copied().find(|known| known.as_str() == name),
    };
    if found.is_none() {
        let names = listed(known.iter().map(|name| name.as_str()));
        let problem = format!("must be the provider that vouches for them; there are: {names}");
        let path = section.path_of("provider");
        findings.fault(&path, wanted.unwrap_or_default(), problem);
    }
    found.cloned()
}

/// The principals at `key`. A pool that there is not is a slip; users and groups are known to
/// providers alone.
fn read_principals(
    section: &Section<'_>,
    key: &str,
    cluster: &Cluster,
    checked: &Checked,
    findings: &mut Findings,
) -> Option<Vec<Principal>> {
    if !section.has(key) {
        return Some(Vec::new());
    }
    let items = section.text_or_texts(key, findings)?;
    let mut all = Vec::new();
    for item in &items {
        match read_principal(item.text, cluster, checked) {
            Ok(principal) => all.push(principal),
            Err(problem) => findings.fault(&item.path, item.text, problem),
        }
    }
    (all.len() == items.len()).then_some(all)
}

fn read_principal(text: &str, cluster: &Cluster, checked: &Checked) -> Result<Principal, String> {
    let grantee = Grantee::parse(text).map_err(|fault| fault.to_string())?;
    let Grantee::One(principal) = grantee else {
        return Err("is everyone; name who asks".to_owned());
    };
    if let Principal::Pool(id) = &principal {
        let providers = checked.providers.iter();
        let mut own = providers.filter(|one| one.organization == cluster.organization);
        if !own.any(|provider| provider.pools.iter().any(|pool| pool.id == *id)) {
            let organization = cluster.organization.as_str();
            return Err(format!("is no pool of organization {organization:?}"));
        }
    }
    Ok(principal)
}

fn read_resource_name(
    section: &Section<'_>,
    resource_type: Option<ResourceType>,
    findings: &mut Findings,
) -> Option<String> {
    if resource_type == Some(ResourceType::Cluster) && !section.has("resource_name") {
        return Some(CLUSTER_NAME.to_owned());
    }
    let what = "the name of the resource; it is never a pattern";
    let name = section.required("resource_name", what, findings)?;
    Some(name.to_owned())
}

fn read_operations(
    section: &Section<'_>,
    resource_type: Option<ResourceType>,
    findings: &mut Findings,
) -> Option<Vec<Operation>> {
    let possible = Operations::supported(resource_type?);
    let missing = !section.has("operation");
    let items = section.text_or_texts("operation", findings);
    if missing || items.as_ref().is_some_and(Vec::is_empty) {
        let problem = format!("is missing; write one or several of {}", names_of(possible));
        findings.fault(&section.path_of("operation"), "", problem);
        return None;
    }
    let items = items?;
    let mut all = Vec::new();
    for item in &items {
        match AclOperation::parse(item.text) {
            Some(AclOperation::One(operation)) if possible.contains(operation) => {
                all.push(operation);
            }
            _ => {
                let problem = format!("is none of {}", names_of(possible));
                findings.fault(&item.path, item.text, problem);
            }
        }
    }
    (all.len() == items.len()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::World, *};

    /// Two clusters of two organizations; the second has two providers.
    const CONFIG: &str = r#"
[[listeners]]
name = "a"
bind = "127.0.0.1:9092"
advertised_host = "kafka.example.com"
[listeners.tls]
certificate_file = "tls/server.pem"
key_file = "tls/server.key"
[[listeners.clusters]]
cluster = "one"
first_port = 9101
node_ids = "1-3"
[[listeners.clusters]]
cluster = "two"
first_port = 9201
node_ids = "1-3"
[[organizations]]
name = "acme"
[[clusters]]
id = "one"
bootstrap_servers = ["a:9092"]
[[clusters]]
id = "two"
organization = "acme"
bootstrap_servers = ["b:9092"]
[[providers]]
name = "idp"
issuer = "https://idp.example.com"
audiences = ["kafka"]
[[providers.pools]]
id = "pool-a"
filter = 'claims.azp == "a"'
[[providers]]
organization = "acme"
name = "kc"
issuer = "https://kc.example.com"
audiences = ["kafka"]
[[providers.pools]]
id = "pool-k"
filter = 'claims.azp == "k"'
[[providers]]
organization = "acme"
name = "okta"
issuer = "https://okta.example.com"
audiences = ["kafka"]
[[providers.pools]]
id = "pool-o"
filter = 'claims.azp == "o"'
"#;

    const CASE: &str = r#"
[[cases]]
cluster = "one"
principals = ["User:alice", "User:pool-a"]
denied_principals = "Group:team"
client_address = "10.0.0.7"
operation = ["READ", "WRITE"]
resource_type = "TOPIC"
resource_name = "orders"
expect = "deny"
rule = "no rule"
"#;

    fn parsed(text: &str) -> Result<Vec<Case>, Vec<String>> {
        let checked = World::new().check(CONFIG);
        let checked = checked.unwrap_or_else(|found| panic!("{found:#?}"));
        parse(text, &checked).map_err(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_case_is_as_many_as_it_has_operations() {
        let cases = parsed(CASE).unwrap();
        let operations: Vec<Operation> = cases.iter().map(|case| case.operation).collect();
        assert_eq!(operations, [Operation::Read, Operation::Write]);
        let case = &cases[0];
        assert_eq!((case.name.as_str(), case.line), ("cases[0]", Some(2)));
        assert_eq!(case.who.provider.as_str(), "idp", "the only one");
        let names = |all: &[Principal]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&case.who.principals), ["User:alice", "User:pool-a"]);
        assert_eq!(
            names(&case.who.denied_principals),
            ["User:alice", "User:pool-a", "Group:team"]
        );
        assert_eq!(case.who.address.to_string(), "10.0.0.7");
        assert_eq!(case.resource().to_string(), "TOPIC:orders");
        assert!(!case.allowed);
        assert_eq!(case.rule.as_deref(), Some("no rule"));
        let cluster = CASE
            .replace("\"TOPIC\"\nresource_name = \"orders\"", "\"CLUSTER\"")
            .replace("[\"READ\", \"WRITE\"]", "\"CREATE\"");
        let cases = parsed(&cluster).unwrap();
        assert_eq!(cases[0].resource().to_string(), "CLUSTER:kafka-cluster");
    }

    #[test]
    fn the_example_holds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        let checked = World::new().check(&read("policies.toml"));
        let checked = checked.unwrap_or_else(|found| panic!("{found:#?}"));
        let cases = parse(&read("cases/policies.toml"), &checked).unwrap();
        assert_eq!(cases.len(), 11);
        for case in cases {
            let policy = &case.cluster.policy;
            let decision = policy.decide(&case.who, case.operation, &case.resource());
            assert_eq!(decision.allowed, case.allowed, "{}", case.name);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_path_and_value() {
        for (from, to, words) in [
            (CASE, "", "cases: is empty"),
            (
                "\"one\"",
                "\"three\"",
                "cases[0].cluster = \"three\": must be the id",
            ),
            ("cluster = \"one\"\n", "", "there are: one, two"),
            (
                "\"one\"",
                "\"two\"",
                "cases[0].provider: must be the provider",
            ),
            ("User:alice", "alice", "cases[0].principals[0] = \"alice\""),
            ("User:alice", "User:*", "name who asks"),
            ("User:pool-a", "User:pool-k", "is no pool of"),
            ("principals = [\"User:alice\"", "who = [\"a\"", "is missing"),
            (
                "10.0.0.7",
                "localhost",
                "cases[0].client_address = \"localhost\"",
            ),
            ("WRITE", "CREATE_TOKENS", "cases[0].operation[1]"),
            ("WRITE", "ALL", "is none of READ"),
            ("[\"READ\", \"WRITE\"]", "[]", "operation: is missing"),
            ("\"TOPIC\"", "\"topic\"", "cases[0].resource_type"),
            (
                "resource_name = \"orders\"\n",
                "",
                "resource_name: is missing",
            ),
            ("\"deny\"", "\"no\"", "is none of \"allow\", \"deny\""),
            ("expect", "expected", "cases[0].expected"),
            ("[[cases]]", "[[cases", "not TOML"),
        ] {
            assert!(CASE.contains(from), "{from}");
            let told = parsed(&CASE.replace(from, to)).unwrap_err().join("\n");
            assert!(told.contains(words), "{from} -> {to}: {told}");
        }
    }
}
