//! `[[clusters]]`: an upstream Kafka cluster, who may use it, and who decides there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    finding::Findings,
    names::{DEFAULT_ORGANIZATION, Names},
    policy::{OfCluster, Rules},
    schema,
    section::Section,
    super_principal,
    surroundings::Surroundings,
    upstream,
};
use crate::{
    identity::{NameFault, Organization, PoolId, ProviderName},
    policy::{allow::Allow, authorizer::Authorizer},
    snapshot::{
        address::HostPort,
        cluster::{Authorization, Cluster, ClusterId},
        credential::Credential,
    },
};

/// Reads one cluster.
pub(super) fn read(
    section: &Section<'_>,
    names: &Names,
    rules: &Rules,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<Cluster>> {
    let what = "the id that clients name the cluster by, as in \"lkc-orders\"";
    let id = section.required_parsed("id", what, parse_id, findings);
    let organization = read_organization(section, findings);
    let bootstrap_servers = read_bootstrap_servers(section, findings);
    let upstream = upstream::read(section, surroundings, findings);
    let authorization = read_authorization(section, findings);
    let allow = read_allow(section, authorization, names, findings);
    let require_logical_cluster = section.flag("require_logical_cluster", findings);
    let admin_apis = section.flag("admin_apis", findings);
    let telemetry = !section.has("telemetry") || section.flag("telemetry", findings);
    let static_brokers = read_static_brokers(section, findings);
    let dial_map = read_dial_map(section, findings);
    let policy = read_policy(section, names, rules, findings);
    let (authorization, upstream) = (authorization?, upstream?);
    check_authorization(
        section,
        authorization,
        &upstream.credential,
        admin_apis,
        findings,
    );
    let policy = policy?;
    check_policy(section, authorization, &policy, findings);
    Some(Arc::new(Cluster {
        id: id?,
        organization: organization?,
        bootstrap_servers: bootstrap_servers?,
        upstream,
        authorization,
        allow: allow?,
        policy: Arc::new(policy),
        require_logical_cluster,
        admin_apis,
        telemetry,
        static_brokers,
        dial_map,
    }))
}

/// The organization that `section` names, or the default one.
pub(super) fn read_organization(
    section: &Section<'_>,
    findings: &mut Findings,
) -> Option<Organization> {
    if section.has("organization") {
        return section.parsed("organization", Organization::parse, findings);
    }
    Organization::parse(DEFAULT_ORGANIZATION).ok()
}

fn parse_id(text: &str) -> Result<ClusterId, &'static str> {
    ClusterId::parse(text).ok_or("must be 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`")
}

fn read_bootstrap_servers(section: &Section<'_>, findings: &mut Findings) -> Option<Vec<HostPort>> {
    let path = section.path_of("bootstrap_servers");
    if !section.has("bootstrap_servers") {
        let problem = "is missing; write brokers of the cluster, as in [\"broker-1:9092\"]";
        findings.fault(&path, "", problem);
    }
    let items = section.texts("bootstrap_servers", findings)?;
    if items.is_empty() {
        findings.fault(&path, "", "is empty; write at least one broker");
    }
    let mut servers = Vec::new();
    for item in &items {
        servers.extend(parse_address(&item.path, item.text, findings));
    }
    (!servers.is_empty()).then_some(servers)
}

fn parse_address(path: &str, text: &str, findings: &mut Findings) -> Option<HostPort> {
    let parsed = text.parse::<HostPort>();
    parsed
        .inspect_err(|fault| findings.fault(path, text, fault.to_string()))
        .ok()
}

fn read_static_brokers(section: &Section<'_>, findings: &mut Findings) -> BTreeMap<i32, HostPort> {
    let mut brokers = BTreeMap::new();
    for item in section.pairs("brokers", findings) {
        let address = parse_address(&item.path, item.text, findings);
        match item.key.parse::<i32>() {
            Ok(node_id) if node_id >= 0 && node_id.to_string() == item.key => {
                brokers.extend(address.map(|address| (node_id, address)));
            }
            _ => findings.fault(
                &item.path,
                item.text,
                "has a key that is not a node id; write a whole number",
            ),
        }
    }
    brokers
}

fn read_dial_map(section: &Section<'_>, findings: &mut Findings) -> BTreeMap<HostPort, HostPort> {
    let mut map = BTreeMap::new();
    for item in section.pairs("dial_map", findings) {
        let advertised = parse_address(&item.path, item.key, findings);
        let dialled = parse_address(&item.path, item.text, findings);
        map.extend(advertised.zip(dialled));
    }
    map
}

fn read_authorization(section: &Section<'_>, findings: &mut Findings) -> Option<Authorization> {
    if !section.has("authorization") {
        return Some(Authorization::Enforce);
    }
    let text = section.text("authorization", findings)?;
    let known = [
        Authorization::Enforce,
        Authorization::Shadow,
        Authorization::Broker,
        Authorization::BrokerSharedIdentity,
    ];
    if let Some(found) = known.into_iter().find(|known| known.as_str() == text) {
        return Some(found);
    }
    let problem = "is not a way to authorize; write \"enforce\" (the default: roles and ACLs of this \
                   configuration decide), \"shadow\" (they are only tried), \"broker\" (brokers decide \
                   by the client's own identity, which upstream.sasl passes on) or \
                   \"broker-shared-identity\" (brokers see one credential for all)";
    findings.fault(&section.path_of("authorization"), text, problem);
    None
}

fn check_authorization(
    section: &Section<'_>,
    authorization: Authorization,
    credential: &Credential,
    admin_apis: bool,
    findings: &mut Findings,
) {
    let own_identity = *credential == Credential::ClientToken;
    let path = section.path_of("authorization");
    let text = authorization.as_str();
    match (authorization, own_identity) {
        (Authorization::Broker, false) => {
            let problem = "needs an upstream identity that is the client's own, or brokers would \
                           decide by a credential shared by all; write upstream.sasl = { mechanism \
                           = \"OAUTHBEARER\" }, or authorization = \"enforce\"";
            findings.fault(&path, text, problem);
        }
        (Authorization::Shadow | Authorization::BrokerSharedIdentity, false) => {
            let problem = "every token that `allow` admits has all rights of the one credential \
                           that brokers see; give that credential no more than all may have";
            findings.warn(&path, text, problem);
            if admin_apis {
                let problem = "lets every admitted token change ACLs, users, quotas and the \
                               cluster itself, as far as the shared credential may";
                findings.warn(&section.path_of("admin_apis"), "true", problem);
            }
        }
        (Authorization::BrokerSharedIdentity, true) => {
            let problem = "the upstream identity is the client's own, not shared; write \"broker\"";
            findings.warn(&path, text, problem);
        }
        (Authorization::Enforce, _) => {
            if admin_apis {
                let problem = "is for clusters whose requests brokers decide; here roles and ACLs \
                               open those APIs; take it out";
                findings.warn(&section.path_of("admin_apis"), "true", problem);
            }
        }
        (Authorization::Shadow | Authorization::Broker, true) => {}
    }
}

fn read_policy(
    section: &Section<'_>,
    names: &Names,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<Authorizer> {
    // Id and organization are judged where the cluster's other keys are.
    let ignored = &mut Findings::default();
    let id = section.parsed("id", parse_id, ignored);
    let organization = read_organization(section, ignored)?;
    let own = super_principal::read_all(section, organization.as_str(), names, findings);
    let allow_if_no_acl = section.flag("allow_if_no_acl", findings);
    if allow_if_no_acl {
        let problem = "lets whoever may connect do everything to resources that no rule is about; \
                       one rule for `*` closes its type of resource";
        findings.warn(&section.path_of("allow_if_no_acl"), "true", problem);
    }
    Some(rules.policy_of(OfCluster {
        id: &id?,
        organization: &organization,
        super_principals: own?,
        allow_if_no_acl,
    }))
}

/// Rules that decide nothing must not pass for rules that do, least of all a DENY.
fn check_policy(
    section: &Section<'_>,
    authorization: Authorization,
    policy: &Authorizer,
    findings: &mut Findings,
) {
    let (rules, own) = (policy.rules().len(), policy.super_principals().len());
    match authorization {
        Authorization::Enforce if rules + own == 0 => {
            let problem = "decides by roles and ACLs, and none is about this cluster, so every login \
                           is refused (CLUSTER_NOT_ALLOWED); write [[role_bindings]], [[acls]] or \
                           super_principals";
            findings.warn(
                &section.path_of("authorization"),
                authorization.as_str(),
                problem,
            );
        }
        Authorization::Enforce | Authorization::Shadow => {}
        Authorization::Broker | Authorization::BrokerSharedIdentity if rules + own == 0 => {}
        Authorization::Broker | Authorization::BrokerSharedIdentity => {
            let problem = format!(
                "leaves requests to the brokers, so that the rules for this cluster decide \
                 nothing ({rules} of [[role_bindings]] and [[acls]], {own} of super_principals)"
            );
            findings.warn(
                &section.path_of("authorization"),
                authorization.as_str(),
                problem,
            );
        }
    }
}

fn read_allow(
    section: &Section<'_>,
    authorization: Option<Authorization>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Allow> {
    let organization = section
        .text("organization", &mut Findings::default())
        .unwrap_or(DEFAULT_ORGANIZATION);
    let before = findings.faults();
    let mut allow = Allow::default();
    if section.has("allow") {
        let table = section.table("allow", schema::ALLOW, findings)?;
        let known = Known {
            has: &|name| names.has_provider(organization, name),
            all: &|| names.providers_of(organization),
            organization,
        };
        allow.providers = known.read(&table, "providers", ProviderName::parse, findings);
        let known = Known {
            has: &|id| names.has_pool(organization, id),
            all: &|| names.pools_of(organization),
            organization,
        };
        allow.pools = known.read(&table, "pools", PoolId::parse, findings);
        allow.groups = read_principals(&table, "groups", findings);
        allow.users = read_principals(&table, "users", findings);
    }
    if authorization == Some(Authorization::Enforce) {
        if section.has("allow") {
            let problem = "decides nothing where \"enforce\" does: whoever some rule allows something may \
                           connect; take it out";
            findings.warn(&section.path_of("allow"), "", problem);
        }
        return Some(allow);
    }
    if allow == Allow::default() && findings.faults() == before {
        let problem = "names nobody, so every login is refused (CLUSTER_NOT_ALLOWED); write \
                       providers, pools, groups or users";
        findings.warn(&section.path_of("allow"), "", problem);
    }
    Some(allow)
}

/// The names of one kind that an organization has.
struct Known<'a> {
    has: &'a dyn Fn(&str) -> bool,
    all: &'a dyn Fn() -> String,
    organization: &'a str,
}

impl Known<'_> {
    fn read<T: Ord>(
        &self,
        table: &Section<'_>,
        key: &str,
        parse: impl Fn(&str) -> Result<T, NameFault>,
        findings: &mut Findings,
    ) -> BTreeSet<T> {
        let mut found = BTreeSet::new();
        for item in table.texts(key, findings).unwrap_or_default() {
            if !(self.has)(item.text) {
                let problem = format!(
                    "is not among the {key} of organization {:?}: {}",
                    self.organization,
                    (self.all)()
                );
                findings.fault(&item.path, item.text, problem);
            }
            // A name that is declared is judged where it is declared.
            found.extend(parse(item.text));
        }
        found
    }
}

fn read_principals(table: &Section<'_>, key: &str, findings: &mut Findings) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    for item in table.texts(key, findings).unwrap_or_default() {
        if item.text.is_empty() || matches!(item.text, "*" | "ANONYMOUS") {
            let problem = "never matches: name one, with the prefix of its provider";
            findings.fault(&item.path, item.text, problem);
        }
        found.insert(item.text.into());
    }
    found
}
