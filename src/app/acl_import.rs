//! What `acl import` does: a cluster's own ACLs, as rules of Oathgate.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use tokio::time::Instant;

use super::online::connect;
use crate::{
    control::settings::Checked,
    identity::{ClaimMapping, Identities, Principal, Provider},
    policy::{
        acl::{Acl, Permission},
        host::Host,
        operation::{AclOperation, Operation},
        pattern::{Pattern, PatternType},
        principal::Grantee,
        resource::ResourceType,
    },
    proxy::{
        entropy,
        upstream::{
            acls::{ListedAcl, advice, broker_settings, describe_acls},
            exchange::Connection,
            login::AUTHENTICATE_VERSION,
        },
    },
    snapshot::{address::HostPort, cluster::Cluster, credential::Credential},
};

/// Settings of Kafka's authorizer that decide beside its ACLs.
pub const ALLOW_IF_NO_ACL: &str = "allow.everyone.if.no.acl.found";
/// See [`ALLOW_IF_NO_ACL`].
pub const SUPER_USERS: &str = "super.users";

/// A cluster's ACLs.
#[derive(Debug)]
pub struct Imported {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// Those that are rules here, sorted.
    pub acls: Vec<Acl>,
    /// Those that could never decide here.
    pub unusable: Vec<Unusable>,
    /// Which of [`ALLOW_IF_NO_ACL`] and [`SUPER_USERS`] the broker has, with their values where it tells
    /// them; or why it tells none.
    pub settings: Result<BTreeMap<String, Option<String>>, String>,
}

/// An ACL that could never decide here.
#[derive(Debug)]
pub struct Unusable {
    /// Keys and values as of a table `[[acls]]`; codes that have no name here are numbers.
    pub fields: Vec<(&'static str, String)>,
    /// Why not.
    pub why: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such cluster.
    #[error("--from-cluster {wanted}: is not the id of a cluster; there are: {known}")]
    Cluster {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// The cluster's credential is the client's.
    #[error(
        "cluster {0} has no credential of its own, only its clients' tokens: import from a \
             configuration whose clusters.upstream.sasl may describe the ACLs"
    )]
    NoCredential(String),
    /// No bootstrap server answered; the last one's reason.
    #[error("{server}: {cause}")]
    Broker {
        /// The server.
        server: HostPort,
        /// Why not.
        cause: Box<dyn Error>,
    },
    /// No runtime.
    #[error("cannot set up the process: {0}")]
    Process(#[from] std::io::Error),
}

/// Asks the brokers of the cluster `id` for their ACLs, by its upstream credential.
///
/// # Errors
/// [`ImportError`].
pub fn import_acls(checked: &Checked, id: &str) -> Result<Imported, ImportError> {
    // Only the first of a process counts, and every one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let clusters = &checked.clusters;
    let cluster = clusters.iter().find(|cluster| cluster.id.as_str() == id);
    let Some(cluster) = cluster else {
        let known: Vec<&str> = clusters.iter().map(|cluster| cluster.id.as_str()).collect();
        return Err(ImportError::Cluster {
            wanted: id.to_owned(),
            known: known.join(", "),
        });
    };
    if cluster.upstream.credential == Credential::ClientToken {
        return Err(ImportError::NoCredential(id.to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (listed, settings) = runtime.block_on(ask(cluster))?;
    let organization = &cluster.organization;
    let providers = checked.providers.iter();
    let providers: Vec<&Provider> = providers
        .filter(|provider| provider.organization == *organization)
        .map(|provider| &**provider)
        .collect();
    let mut imported = Imported {
        cluster: Arc::clone(cluster),
        acls: Vec::new(),
        unusable: Vec::new(),
        settings,
    };
    for acl in listed {
        match usable(&acl, &providers) {
            Ok(acl) => imported.acls.push(acl),
            Err(why) => imported.unusable.push(Unusable {
                fields: as_it_is(id, &acl),
                why,
            }),
        }
    }
    Ok(imported)
}

type Settings = Result<BTreeMap<String, Option<String>>, String>;

/// Asks one bootstrap server after the other until one answers.
async fn ask(cluster: &Cluster) -> Result<(Vec<ListedAcl>, Settings), ImportError> {
    let mut servers = cluster.bootstrap_servers.iter().peekable();
    loop {
        let Some(server) = servers.next() else {
            let problem = std::io::Error::other("no bootstrap servers");
            return Err(ImportError::Process(problem));
        };
        match ask_at(cluster, server).await {
            Ok(answers) => return Ok(answers),
            Err(_) if servers.peek().is_some() => {}
            Err(cause) => {
                let server = server.clone();
                return Err(ImportError::Broker { server, cause });
            }
        }
    }
}

async fn ask_at(
    cluster: &Cluster,
    server: &HostPort,
) -> Result<(Vec<ListedAcl>, Settings), Box<dyn Error>> {
    let mut connection: Connection = connect(cluster, server).await?;
    let upstream = &cluster.upstream;
    let deadline = || Instant::now() + upstream.connect_timeout;
    connection
        .login(
            &upstream.credential,
            None,
            AUTHENTICATE_VERSION,
            entropy(),
            deadline(),
        )
        .await?;
    let versions = connection.api_versions(deadline()).await?;
    let acls = describe_acls(&mut connection, &versions, deadline()).await;
    let acls = acls.map_err(|failed| match advice(&failed) {
        Some(advice) => advice.into(),
        None => Box::<dyn Error>::from(failed),
    })?;
    let discovered = connection.metadata(&versions, deadline()).await?;
    let names = [ALLOW_IF_NO_ACL, SUPER_USERS];
    let settings = match discovered.brokers.first() {
        None => Err("no broker is known".to_owned()),
        Some(broker) => broker_settings(&mut connection, &versions, broker.id, &names, deadline())
            .await
            .map_err(|failed| failed.to_string()),
    };
    Ok((acls, settings))
}

/// The resource type, pattern type, permission and operation of some codes, where they have names here.
struct Coded {
    resource_type: Option<ResourceType>,
    pattern_type: Option<PatternType>,
    permission: Option<Permission>,
    operation: Option<AclOperation>,
}

impl Coded {
    fn of(listed: &ListedAcl) -> Self {
        let operations = Operation::ALL.map(AclOperation::One).into_iter();
        Self {
            resource_type: ResourceType::ALL
                .into_iter()
                .find(|known| i64::from(known.code()) == listed.resource_type),
            pattern_type: PatternType::ALL
                .into_iter()
                .find(|known| i64::from(known.code()) == listed.pattern_type),
            permission: Permission::ALL
                .into_iter()
                .find(|known| i64::from(known.code()) == listed.permission),
            operation: operations
                .chain([AclOperation::All])
                .find(|known| i64::from(known.code()) == listed.operation),
        }
    }
}

/// `listed` by the keys of `[[acls]]`, for people.
fn as_it_is(cluster: &str, listed: &ListedAcl) -> Vec<(&'static str, String)> {
    let coded = Coded::of(listed);
    let word = |name: Option<&str>, code: i64| name.map_or_else(|| code.to_string(), str::to_owned);
    let operation = coded.operation.map(AclOperation::as_str);
    let permission = coded.permission.map(Permission::as_str);
    let resource_type = coded.resource_type.map(ResourceType::as_str);
    let pattern_type = coded.pattern_type.map(PatternType::as_str);
    vec![
        ("cluster", cluster.to_owned()),
        ("principal", listed.principal.clone()),
        ("host", listed.host.clone()),
        ("operation", word(operation, listed.operation)),
        ("permission", word(permission, listed.permission)),
        ("resource_type", word(resource_type, listed.resource_type)),
        ("resource_name", listed.resource_name.clone()),
        ("pattern_type", word(pattern_type, listed.pattern_type)),
    ]
}

/// `listed` as a rule, or why it could never decide about anybody's request here.
fn usable(listed: &ListedAcl, providers: &[&Provider]) -> Result<Acl, String> {
    let coded = Coded::of(listed);
    let unknown = |what: &str, code: i64| format!("{what} {code} is not known");
    let resource_type = coded.resource_type;
    let resource_type =
        resource_type.ok_or_else(|| unknown("resource type", listed.resource_type))?;
    let pattern_type = coded.pattern_type;
    let pattern_type = pattern_type.ok_or_else(|| unknown("pattern type", listed.pattern_type))?;
    let permission = coded.permission;
    let permission = permission.ok_or_else(|| unknown("permission", listed.permission))?;
    let operation = coded.operation;
    let operation = operation.ok_or_else(|| unknown("operation", listed.operation))?;
    let host: Host = listed
        .host
        .parse()
        .map_err(|fault| format!("the host {fault}"))?;
    let principal =
        Grantee::parse(&listed.principal).map_err(|fault| format!("the principal {fault}"))?;
    check_exists(&principal, providers)?;
    let pattern = Pattern::new(resource_type, pattern_type, &listed.resource_name)
        .map_err(|fault| format!("the resource name {fault}"))?;
    Ok(Acl {
        principal,
        host,
        operation,
        permission,
        resource_type,
        pattern,
    })
}

/// Whether a session of one of `providers` can be `grantee`.
fn check_exists(grantee: &Grantee, providers: &[&Provider]) -> Result<(), String> {
    let Grantee::One(principal) = grantee else {
        return Ok(());
    };
    let begins = |mapping: Option<&ClaimMapping>, name: &str| {
        mapping.is_some_and(|mapping| name.starts_with(&mapping.prefix))
    };
    let (exists, kind, prefixes) = match principal {
        Principal::Pool(id) => {
            let mut pools = providers.iter().flat_map(|provider| &provider.pools);
            return if pools.any(|pool| pool.id == *id) {
                Ok(())
            } else {
                Err("no provider has this pool".to_owned())
            };
        }
        Principal::User(name) => {
            let exists = providers.iter().any(|one| begins(users(one), name));
            (exists, "user", prefixes(providers, users))
        }
        Principal::Group(name) => {
            let exists = providers.iter().any(|one| begins(groups(one), name));
            (exists, "group", prefixes(providers, groups))
        }
    };
    if exists {
        return Ok(());
    }
    if prefixes.is_empty() {
        return Err(format!(
            "no provider yields a {kind} name; write the pool that it is now"
        ));
    }
    Err(format!(
        "no provider yields this {kind}: names begin with {}; write the name that tokens are mapped to",
        prefixes.join(" or ")
    ))
}

fn users(provider: &Provider) -> Option<&ClaimMapping> {
    match &provider.identities {
        Identities::Users { username } => Some(username),
        Identities::Pools => None,
    }
}

fn groups(provider: &Provider) -> Option<&ClaimMapping> {
    provider.groups.as_ref().map(|groups| &groups.names)
}

fn prefixes(
    providers: &[&Provider],
    mapping: impl Fn(&Provider) -> Option<&ClaimMapping>,
) -> Vec<String> {
    let mappings = providers.iter().filter_map(|provider| mapping(provider));
    mappings
        .map(|mapping| format!("{:?}", mapping.prefix))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture;

    fn listed() -> ListedAcl {
        ListedAcl {
            resource_type: 2,
            resource_name: "orders".to_owned(),
            pattern_type: 3,
            principal: "User:*".to_owned(),
            host: "*".to_owned(),
            operation: 3,
            permission: 3,
        }
    }

    #[test]
    fn what_kafka_says_becomes_a_rule() {
        let acl = usable(&listed(), &[]).unwrap();
        let text = "ACL ALLOW READ on TOPIC:LITERAL:orders to User:* from *";
        assert_eq!(acl.to_string(), text);
        let acl = ListedAcl {
            resource_type: 6,
            resource_name: "t".to_owned(),
            pattern_type: 4,
            host: "10.0.0.1".to_owned(),
            operation: 2,
            permission: 2,
            ..listed()
        };
        let text = "ACL DENY ALL on DELEGATION_TOKEN:PREFIXED:t to User:* from 10.0.0.1";
        assert_eq!(usable(&acl, &[]).unwrap().to_string(), text);
    }

    #[test]
    fn what_could_never_decide_says_why() {
        type Change = fn(&mut ListedAcl);
        let cases: [(Change, &str); 9] = [
            (|acl| acl.resource_type = 9, "resource type 9"),
            (|acl| acl.pattern_type = 2, "pattern type 2"),
            (|acl| acl.permission = 1, "permission 1"),
            (|acl| acl.operation = 77, "operation 77"),
            (|acl| acl.host = "gate".to_owned(), "the host is neither"),
            (
                |acl| acl.principal = "RegexUser:x".to_owned(),
                "the principal has no type",
            ),
            (
                |acl| acl.principal = "User:pool-x".to_owned(),
                "no provider has this pool",
            ),
            (
                |acl| acl.principal = "User:al".to_owned(),
                "no provider yields a user name",
            ),
            (
                |acl| acl.resource_name = "a*".to_owned(),
                "the resource name",
            ),
        ];
        for (change, words) in cases {
            let mut acl = listed();
            change(&mut acl);
            let why = usable(&acl, &[]).unwrap_err();
            assert!(why.starts_with(words), "{why}");
        }
    }

    #[test]
    fn a_name_that_no_token_is_mapped_to_is_nobodys() {
        let mut provider = fixture::provider("idp", "https://idp");
        let claim = provider.identity_claim.clone();
        provider.identities = Identities::Users {
            username: ClaimMapping::of_claim(claim, "kc:"),
        };
        let of = |principal: &str| {
            let acl = ListedAcl {
                principal: principal.to_owned(),
                ..listed()
            };
            usable(&acl, &[&provider]).map(|acl| acl.principal.to_string())
        };
        assert_eq!(of("User:kc:alice").as_deref(), Ok("User:kc:alice"));
        let why = of("User:alice").unwrap_err();
        assert!(why.contains("names begin with \"kc:\""), "{why}");
        let why = of("Group:kc:team").unwrap_err();
        assert!(why.contains("no provider yields a group name"), "{why}");
    }
}
