//! The configuration file: text to values that cannot be wrong, every fault named at once.
//!
//! Raw: `document` parses TOML and `section` reads it key by key, as `schema` lists them.
//! Checked: each part of the file has a module that turns a section into the type the snapshot
//! uses; `crossing` judges whether the parts fit together. Everything the file refers to (files,
//! the environment, the time) comes in by `surroundings`, so that a reload is all or nothing.

pub mod acl;
pub mod case;
mod certificate;
mod claim_mapping;
mod cluster;
mod crossing;
mod document;
#[cfg(test)]
mod document_tests;
pub mod finding;
mod introspection;
mod limits;
mod listener;
mod listener_tls;
mod material;
mod names;
mod operation;
mod organization;
mod policy;
mod pool;
mod port;
mod preset;
#[cfg(test)]
mod product_tests;
mod provider;
mod proxy_protocol;
mod revocation;
mod role;
mod role_binding;
mod route;
mod schema;
mod section;
mod shared_issuer;
mod super_principal;
mod surroundings;
mod token_request;
mod trust;
mod upstream;
mod validation_rule;
mod value;

use std::{collections::BTreeSet, path::Path, sync::Arc};

pub use operation::{Admin, AuditSink, Log, LogFormat, LogLevel};

use self::{
    crossing::Parts,
    document::Document,
    finding::{Finding, Findings},
    names::{Declarations, Names},
    policy::Rules,
    port::Ports,
    section::Section,
    surroundings::Surroundings,
};
use crate::{
    clock::UnixTime,
    identity::Provider,
    snapshot::{SessionLimits, cluster::Cluster, listener::Listener},
};

/// Where Kubernetes puts a pod's service account: its token and the cluster's authority.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A configuration without faults, and all material it refers to.
#[derive(Debug)]
pub struct Checked {
    /// The health endpoints.
    pub admin: Admin,
    /// The log.
    pub log: Log,
    /// The audit stream; `None` = none.
    pub audit: Option<AuditSink>,
    /// What bounds sessions.
    pub limits: SessionLimits,
    /// Listeners, in the order of the file; at least one.
    pub listeners: Vec<Arc<Listener>>,
    /// Clusters, in the order of the file.
    pub clusters: Vec<Arc<Cluster>>,
    /// Providers, in the order of the file.
    pub providers: Vec<Arc<Provider>>,
    /// Certificates of listeners, for their expiry.
    pub certificates: Vec<ListenerCertificate>,
    /// What is doubtful, sorted by path.
    pub warnings: Vec<Finding>,
}

/// When a listener's certificate ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerCertificate {
    /// The listener's name.
    pub listener: String,
    /// Expiry.
    pub not_after: UnixTime,
}

/// Reads the file at `path` and every file it names; `environment` looks up a variable.
///
/// # Errors
/// All findings, faults and warnings, sorted by path; at least one is a fault.
pub fn load(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Checked, Vec<Finding>> {
    let text = match read_text(path) {
        Ok(text) => text,
        Err(problem) => {
            let mut findings = Findings::default();
            findings.fault("", &path.display().to_string(), problem);
            return Err(findings.sorted(|_| None));
        }
    };
    let base = path.parent().unwrap_or(Path::new(""));
    check(
        &text,
        &Surroundings {
            base,
            environment,
            now: UnixTime::now(),
            service_account: Path::new(SERVICE_ACCOUNT),
        },
    )
}

fn read_text(path: &Path) -> Result<String, String> {
    let content = surroundings::read_bounded(path)?;
    let text = std::str::from_utf8(&content);
    text.map(ToOwned::to_owned)
        .map_err(|_| "is not UTF-8 text".to_owned())
}

fn check(text: &str, surroundings: &Surroundings<'_>) -> Result<Checked, Vec<Finding>> {
    let mut findings = Findings::default();
    let Some(document) = Document::parse(text, &mut findings) else {
        return Err(findings.sorted(|_| None));
    };
    let checked = read(&document, surroundings, &mut findings);
    let usable = findings.faults() == 0;
    debug_assert!(
        !usable || checked.is_some(),
        "a part is missing without a fault"
    );
    let all = findings.sorted(|path| document.line_of(path));
    match checked {
        Some(checked) if usable => Ok(Checked {
            warnings: all,
            ..checked
        }),
        _ => Err(all),
    }
}

fn read(
    document: &Document<'_>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Checked> {
    let root = Section::open(String::new(), document.root(), schema::ROOT, findings);
    let declared = read_declarations(&root, findings);
    let names = Names::gather(&declared, findings);
    let mut ports = Ports::default();

    let admin = root.table("admin", schema::ADMIN, findings);
    let admin = Admin::read(admin.as_ref(), &mut ports, findings);
    let log = Log::read(root.table("log", schema::LOG, findings).as_ref(), findings);
    let audit = root.table("audit", schema::AUDIT, findings);
    let audit = AuditSink::read(audit.as_ref(), surroundings, findings);
    let limits = root.table("limits", schema::LIMITS, findings);
    let limits = limits::read(limits.as_ref(), findings);

    let organizations = root.tables("organizations", schema::ORGANIZATION, findings);
    let organizations = organization::read_all(&organizations, findings);
    let revocations = root.tables("revocations", schema::REVOCATION, findings);
    let revocations = revocation::read_all(&revocations, &names, surroundings.now, findings);
    let providers = each(&declared.providers, |section| {
        let surrounded = provider::Surrounded {
            organizations: &organizations,
            revocations: &revocations,
            surroundings,
        };
        provider::read(section, &surrounded, findings)
    });
    let rules = Rules::read(&root, &names, findings);
    let clusters = each(&declared.clusters, |section| {
        cluster::read(section, &names, &rules, surroundings, findings)
    });
    let (mut certificates, mut asking) = (Vec::new(), BTreeSet::new());
    let listeners = each(&declared.listeners, |section| {
        let read = listener::read(section, &names, surroundings, &mut ports, findings)?;
        certificates.extend(read.not_after.map(|not_after| ListenerCertificate {
            listener: read.listener.name.clone(),
            not_after,
        }));
        asking.extend(read.asks_clients.then(|| read.listener.name.clone()));
        Some(read.listener)
    });
    let parts = Parts {
        listeners: &listeners,
        asking: &asking,
        clusters: &clusters,
        providers: &providers,
        organizations: &organizations,
    };
    parts.check(findings);
    // A part that could not be read must not merely be missing, whatever was noted of it.
    let whole = rules.are_whole()
        && listeners.len() == declared.listeners.len()
        && clusters.len() == declared.clusters.len()
        && providers.len() == declared.providers.len();
    whole.then_some(Checked {
        admin: admin?,
        log,
        audit,
        limits,
        listeners: without_paths(listeners),
        clusters: without_paths(clusters),
        providers: without_paths(providers),
        certificates,
        warnings: Vec::new(),
    })
}

fn read_declarations<'a>(root: &Section<'a>, findings: &mut Findings) -> Declarations<'a> {
    let declared = Declarations {
        listeners: root.tables("listeners", schema::LISTENER, findings),
        clusters: root.tables("clusters", schema::CLUSTER, findings),
        providers: root.tables("providers", schema::PROVIDER, findings),
    };
    let lists = [
        (
            "listeners",
            declared.listeners.is_empty(),
            "so nobody could connect",
        ),
        (
            "clusters",
            declared.clusters.is_empty(),
            "so there is nothing to connect to",
        ),
        (
            "providers",
            declared.providers.is_empty(),
            "so no token could be accepted",
        ),
    ];
    for (name, empty, consequence) in lists {
        if empty {
            findings.fault(name, "", format!("is empty, {consequence}; add [[{name}]]"));
        }
    }
    declared
}

/// What `read` makes of each section, with the section's path.
fn each<T>(
    sections: &[Section<'_>],
    mut read: impl FnMut(&Section<'_>) -> Option<T>,
) -> Vec<(String, T)> {
    let mut all = Vec::new();
    for section in sections {
        all.extend(read(section).map(|value| (section.path().to_owned(), value)));
    }
    all
}

fn without_paths<T>(items: Vec<(String, T)>) -> Vec<T> {
    items.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, sync::LazyLock, time::Duration};

    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tempfile::TempDir;

    use super::{finding::Severity, *};
    use crate::{
        identity::{
            Algorithm, Audiences, Component, Endpoints, Identities, NameSource, OidcClient,
            Revocations, Revoked, Terms, TokenRequests, TokenUse,
        },
        policy::{acl::Acl, pattern::Pattern},
        secret::Secret,
        snapshot::{
            ClientErrors,
            credential::{Credential, ScramHash},
        },
    };

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    /// The files that the configurations of these tests name; certificates are judged at `NOW`.
    pub(super) struct World(TempDir);

    /// Year, month, day.
    type Day = (i32, u8, u8);

    /// 2026-06-24T00:00:00Z.
    const NOW: UnixTime = UnixTime::from_secs(1_782_259_200);

    impl World {
        pub(super) fn new() -> Self {
            let world = Self(tempfile::tempdir().unwrap());
            let host = ["kafka.example.com"];
            let (long_ago, before) = ((2025, 1, 1), (2026, 1, 1));
            let (soon, after) = ((2026, 7, 1), (2027, 1, 1));
            world.certificate("server", &host, before, after);
            world.certificate("ca", &host, before, after);
            world.certificate("brokers", &host, before, after);
            world.certificate("expired", &host, long_ago, before);
            world.certificate("future", &host, after, (2028, 1, 1));
            world.certificate("ending", &host, before, soon);
            world.certificate("wildcard", &["*.kafka.example.com"], before, after);
            let listed = ["", "b1-", "b2-"].map(|b| format!("{b}lkc-orders.kafka.example.com"));
            world.certificate(
                "listed",
                &listed.each_ref().map(String::as_str),
                before,
                after,
            );
            let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
            world.write("tls/broken.pem", junk, 0o644);
            let key = fs::read_to_string(world.0.path().join("tls/server.key")).unwrap();
            world.write("tls/open.key", &key, 0o644);
            world.write("secrets/scram", "hunter2\n", 0o600);
            world.write("secrets/tickets", &"t".repeat(48), 0o600);
            world.write("secrets/empty", "\n", 0o600);
            world.write("secrets/open", "hunter2\n", 0o644);
            world
        }

        fn certificate(&self, name: &str, hosts: &[&str], from: Day, to: Day) {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            let mut params = CertificateParams::new(hosts).unwrap();
            params.not_before = date_time_ymd(from.0, from.1, from.2);
            params.not_after = date_time_ymd(to.0, to.1, to.2);
            let key = KeyPair::generate().unwrap();
            let pem = params.self_signed(&key).unwrap().pem();
            self.write(&format!("tls/{name}.pem"), &pem, 0o644);
            self.write(&format!("tls/{name}.key"), &key.serialize_pem(), 0o600);
        }

        pub(super) fn write(&self, name: &str, content: &str, mode: u32) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }

        /// Where the files are.
        pub(super) fn base(&self) -> &Path {
            self.0.path()
        }

        pub(super) fn check(&self, text: &str) -> Result<Checked, Vec<Finding>> {
            let environment = |name: &str| (name == "SCRAM").then(|| "hunter2".to_owned());
            check(
                text,
                &Surroundings {
                    base: self.0.path(),
                    environment: &environment,
                    now: NOW,
                    service_account: &self.0.path().join("pod"),
                },
            )
        }
    }

    fn files(directory: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(Path::new(ROOT).join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                all.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
        all.sort();
        all
    }

    /// The lines `# <severity> <path>: <words of the problem>` that a file begins with.
    fn expected(text: &str) -> Vec<(&str, &str, &str)> {
        let lines = text.lines().take_while(|line| !line.is_empty());
        let mut all: Vec<_> = lines
            .map(|line| {
                let (severity, rest) = line.strip_prefix("# ").unwrap().split_once(' ').unwrap();
                let (path, words) = rest.split_once(':').unwrap();
                (severity, path, words.trim())
            })
            .collect();
        all.sort_by_key(|(_, path, _)| *path);
        all
    }

    #[test]
    fn each_bad_configuration_yields_exactly_what_it_says() {
        let world = World::new();
        let mut wrong = Vec::new();
        let all = files("tests/configs/invalid");
        assert!(all.len() > 100, "{}", all.len());
        for (name, text) in &all {
            let found = match world.check(text) {
                Ok(checked) => checked.warnings,
                Err(findings) => findings,
            };
            let expected = expected(text);
            let as_expected = found.len() == expected.len()
                && found
                    .iter()
                    .zip(&expected)
                    .all(|(finding, (severity, path, words))| {
                        finding.severity.as_str() == *severity
                            && finding.path == *path
                            && finding.problem.contains(words)
                    });
            let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
            if !as_expected {
                wrong.push(format!("{name}\n  {}", shown.join("\n  ")));
            }
            assert!(!shown.concat().contains("hunter2"), "{name} shows a secret");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_answered(
            which in 0..6_usize,
            at in any::<prop::sample::Index>(),
            gone in 0..40_usize,
            junk in "[\\[\\]{}=\",.a-z0-9\n -]{0,12}",
        ) {
            static WORLD: LazyLock<World> = LazyLock::new(World::new);
            let (_, text) = files("config").swap_remove(which);
            let at = at.index(text.len());
            let after = (at + gone).min(text.len());
            let damaged = format!("{}{junk}{}", &text[..at], &text[after..]);
            if let Err(found) = WORLD.check(&damaged) {
                prop_assert!(found.iter().any(|finding| finding.severity == Severity::Fault));
            }
        }
    }

    /// CVE-2024-31141: a value that names a file or a variable is a text like any other.
    #[test]
    fn nothing_in_a_value_is_expanded() {
        let world = World::new();
        let (_, text) = files("tests/configs/valid").swap_remove(0);
        for reference in [
            "${file:/etc/passwd:x}",
            "${env:HOME}",
            "$HOME",
            "%HOME%",
            "~",
        ] {
            let text = text.replace("Everybody at Acme", reference);
            let checked = world
                .check(&text)
                .unwrap_or_else(|found| panic!("{found:#?}"));
            let kept = |provider: &Arc<Provider>| provider.description == reference;
            assert!(checked.providers.iter().any(kept), "{reference}");
        }
    }

    #[test]
    fn every_finding_has_a_line_where_there_is_one() {
        let world = World::new();
        for (name, text) in files("tests/configs/invalid") {
            let Err(found) = world.check(&text) else {
                continue;
            };
            // Of a list that is absent no line can be told.
            for finding in found.iter().filter(|finding| finding.path.contains('.')) {
                assert!(finding.line.is_some(), "{name}: {finding}");
            }
        }
    }

    #[test]
    fn the_shipped_configurations_pass() {
        let world = World::new();
        let all = files("config");
        assert_eq!(all.len(), 6);
        for (name, text) in all {
            let checked = world
                .check(&text)
                .unwrap_or_else(|found| panic!("{name}: {found:#?}"));
            for warning in &checked.warnings {
                // The loud warning of the name they use is the only one they may cause.
                assert_eq!(warning.severity, Severity::Warning, "{name}");
                assert!(
                    warning.path.ends_with(".authorization"),
                    "{name}: {warning}"
                );
            }
            assert_eq!(
                checked.certificates.len(),
                checked.listeners.len(),
                "{name}"
            );
            let snapshot = crate::control::compile::compile(&checked, 7).unwrap();
            assert_eq!(snapshot.generation, 7);
            assert_eq!(snapshot.clusters.len(), checked.clusters.len());
        }
    }

    fn everything() -> Checked {
        let (_, text) = files("tests/configs/valid").swap_remove(0);
        for key in schema::ALL.iter().flat_map(|table| table.keys) {
            let written = [format!("{key} ="), format!("[{key}]"), format!(".{key}]")];
            assert!(
                written.iter().any(|form| text.contains(form)),
                "{key} is not tried"
            );
        }
        World::new()
            .check(&text)
            .unwrap_or_else(|found| panic!("{found:#?}"))
    }

    #[test]
    fn acls_that_are_written_read_the_same() {
        let awkward = "a\"b\\c\u{1}\u{e9}\n# d";
        let cluster = crate::snapshot::cluster::ClusterId::parse("lkc-orders").unwrap();
        let (_, valid) = files("config")
            .into_iter()
            .find(|(name, _)| name == "policies.toml")
            .unwrap();
        let made = ["LITERAL", "PREFIXED"].map(|pattern| {
            ["*", "10.0.0.0/8"].map(|host| {
                let acl = format!("DENY ALL GROUP {pattern} x User:* {host}");
                let acl = crate::policy::fixture::acl(&acl);
                let pattern = match &acl.pattern {
                    Pattern::Prefixed(_) => Pattern::Prefixed(awkward.into()),
                    _ => Pattern::Literal(awkward.into()),
                };
                Acl { pattern, ..acl }
            })
        });
        let made = made.concat();
        let written = made
            .iter()
            .map(|one| acl::to_toml(&acl::fields(&cluster, one)));
        let text = format!("{valid}\n{}", written.collect::<String>());
        let checked = World::new().check(&text);
        let checked = checked.unwrap_or_else(|found| panic!("{found:#?}"));
        for acl in made {
            let rule = crate::policy::rule::Rule::Acl(acl);
            assert!(checked.clusters[0].policy.rules().contains(&rule), "{rule}");
        }
    }

    #[test]
    fn what_the_process_is_told_arrives() {
        let checked = everything();
        assert_eq!(checked.admin.bind.to_string(), "0.0.0.0:9191");
        assert_eq!(
            checked.log,
            Log {
                format: LogFormat::Json,
                level: LogLevel::Debug
            }
        );
        assert!(matches!(&checked.audit, Some(AuditSink::File(file)) if file.is_absolute()));
        let expected = SessionLimits {
            login_deadline: Duration::from_secs(20),
            failure_delay: Duration::from_millis(200),
            failure_delay_max: Duration::from_secs(3),
            max_reauth: Some(Duration::from_secs(3600)),
            min_remaining: Duration::ZERO,
            key_wait: Duration::from_secs(3),
            idle_deadline: Duration::from_secs(300),
            stall_deadline: Duration::from_secs(30),
            drain_delay: Duration::from_secs(10),
            drain_deadline: Duration::from_secs(60),
            max_connections: 500,
            max_connections_per_address: 100,
            max_connections_per_principal: 50,
            login_rate_per_address: 20,
            login_rate_per_principal: 10,
            max_in_flight: 64,
            max_login_frame: 32 << 10,
            max_request: 4 << 20,
            max_held: 1 << 20,
            held_budget: 8 << 20,
            max_held_per_principal: 2 << 20,
            client_errors: ClientErrors::Generic,
        };
        assert_eq!(checked.limits, expected);
        let loud: Vec<&str> = checked
            .warnings
            .iter()
            .map(|found| found.path.as_str())
            .collect();
        let expected = [
            "admin.bind",
            "clusters[0].admin_apis",
            "clusters[0].allow_if_no_acl",
            "clusters[0].authorization",
            "clusters[0].authorization",
            "clusters[1].authorization",
            "clusters[1].authorization",
            "clusters[1].upstream.tls",
            "listeners[2].insecure_plaintext_tokens_readable_on_the_wire",
            "organizations[0].shared_names",
            "providers[0].allow_private_addresses",
            "providers[0].proxy_from_environment",
            "providers[1].insecure_http",
        ];
        assert_eq!(loud, expected);
    }

    #[test]
    fn what_listeners_are_told_arrives() {
        let checked = everything();
        let told = |listener: usize, node_id| {
            let listener = &checked.listeners[listener];
            listener.routes[0]
                .brokers
                .told(node_id)
                .map(|address| address.to_string())
        };
        let advertised: Vec<String> = checked
            .listeners
            .iter()
            .map(|listener| listener.advertised.to_string())
            .collect();
        let expected = [
            "kafka.example.com:19092",
            "lkc-audit.kafka.example.com:9093",
            "127.0.0.1:9094",
        ];
        assert_eq!(advertised, expected);
        assert_eq!(told(0, 3).unwrap(), "kafka.example.com:19103");
        assert_eq!(told(0, 4), None);
        assert_eq!(told(1, 7).unwrap(), "b7-lkc-audit.kafka.example.com:9093");
        assert_eq!(told(2, 0).unwrap(), "127.0.0.1:9201");
        assert!(checked.listeners[2].tls.is_none());
        let ends: Vec<&str> = checked
            .certificates
            .iter()
            .map(|ends| ends.listener.as_str())
            .collect();
        assert_eq!(ends, ["ports", "names"]);
    }

    #[test]
    fn what_clusters_are_told_arrives() {
        let checked = everything();
        let orders = &checked.clusters[0];
        assert_eq!(orders.organization.as_str(), "acme");
        assert_eq!(orders.bootstrap_servers[1].to_string(), "[::1]:9092");
        assert!(orders.require_logical_cluster && orders.admin_apis);
        assert!(!orders.telemetry && checked.clusters[1].telemetry);
        // The line end of the file is not part of the password.
        let (username, password) = ("oathgate".to_owned(), Secret::new("hunter2".to_owned()));
        let scram = Credential::Scram {
            hash: ScramHash::Sha256,
            username: username.clone(),
            password: password.clone(),
        };
        assert_eq!(orders.upstream.credential, scram);
        assert_eq!(orders.upstream.connect_timeout, Duration::from_secs(1));
        let tls = orders.upstream.tls.as_ref().unwrap();
        assert!(tls.client_auth_cert_resolver.has_certs());
        assert_eq!(orders.static_brokers[&1].to_string(), "10.0.0.1:9092");
        let advertised = "internal-1:9092".parse().unwrap();
        assert_eq!(
            orders.dial_address(&advertised).to_string(),
            "127.0.0.1:19092"
        );
        let allow = &orders.allow;
        assert_eq!((allow.providers.len(), allow.pools.len()), (1, 1));
        assert!(allow.groups.contains("kc:team") && allow.users.contains("kc:alice"));
        let audit = &checked.clusters[1];
        assert_eq!(
            audit.upstream.credential,
            Credential::Plain { username, password }
        );
        assert!(audit.upstream.tls.is_none());
    }

    #[test]
    fn what_rules_say_arrives() {
        let checked = everything();
        let policy = |at: usize| {
            let policy = &checked.clusters[at].policy;
            let rules: Vec<String> = policy.rules().iter().map(ToString::to_string).collect();
            let own = policy.super_principals().iter();
            (rules, own.map(ToString::to_string).collect::<Vec<_>>())
        };
        let tuner = "role Tuner on crn://oathgate/organization=acme to Group:kc:tuners";
        let reader = "role DeveloperRead on crn://confluent.cloud/organization=acme/\
                      environment=env-1/cloud-cluster=lkc-orders/kafka=lkc-orders/topic=orders-* \
                      to User:pool-orders";
        let (rules, own) = policy(0);
        assert_eq!(rules, [tuner, reader]);
        let expected = [
            "super principal User:pool-orders of okta",
            "super principal Group:kc:admins of keycloak",
        ];
        assert_eq!(own, expected);
        let denied = "ACL DENY READ on TOPIC:PREFIXED:pii- to User:* from 10.0.0.0/8";
        assert_eq!(
            policy(1),
            (vec![denied.to_owned(), tuner.to_owned()], vec![])
        );
    }

    /// A policy of that size is checked and indexed at each reload, beside sessions at work.
    #[test]
    fn ten_thousand_rules_are_read_in_reasonable_time() {
        let (_, mut text) = files("tests/configs/valid").swap_remove(0);
        for n in 0..10_000 {
            text += &format!(
                "[[acls]]\ncluster = \"lkc-audit\"\nprincipal = \"User:kc:u{}\"\n\
                 operation = \"READ\"\npermission = \"ALLOW\"\nresource_type = \"TOPIC\"\n\
                 resource_name = \"t{n}-\"\npattern_type = \"PREFIXED\"\n",
                n % 100
            );
        }
        let begin = std::time::Instant::now();
        let checked = World::new().check(&text).unwrap();
        println!("10,000 ACLs: {:?}", begin.elapsed());
        assert_eq!(checked.clusters[1].policy.rules().len(), 10_002);
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_providers_are_told_arrives() {
        let checked = everything();
        let [keycloak, okta, ..] = checked.providers.as_slice() else {
            panic!("two providers and more")
        };
        assert_eq!(&*keycloak.issuer, "https://idp.example.com/realms/kafka/");
        assert_eq!(
            keycloak.key_source.endpoint.url(),
            "https://idp.example.com/discovery"
        );
        assert!(keycloak.key_source.ca.is_some() && !keycloak.key_source.insecure_http);
        let inherited = Audiences::AnyOf(vec!["kafka".to_owned()]);
        assert_eq!(keycloak.audiences, inherited);
        assert_eq!(keycloak.algorithms, [Algorithm::Es256]);
        assert_eq!(keycloak.clock_skew, Duration::ZERO);
        let source = &keycloak.key_source;
        let [ten_minutes, two_hours] = [600, 7200].map(Duration::from_secs);
        assert_eq!(
            (source.refresh_max, source.stale_max),
            (ten_minutes, two_hours)
        );
        assert_eq!(keycloak.max_token_lifetime, Duration::from_secs(1800));
        assert_eq!(keycloak.token_use, TokenUse::Any);
        let Identities::Users { username } = &keycloak.identities else {
            panic!("users")
        };
        let path = |text: &str| NameSource::Claim(text.parse().unwrap());
        assert_eq!(username.source, path("preferred_username"));
        assert_eq!((username.prefix.as_str(), username.rules.len()), ("kc:", 2));
        let groups = keycloak.groups.as_ref().unwrap();
        assert_eq!(groups.names.source, path("realm_access.roles"));
        assert!(groups.required && groups.separator.as_deref() == Some(" "));
        assert_eq!(
            (keycloak.claim_rules.len(), keycloak.user_rules.len()),
            (2, 1)
        );
        assert!(keycloak.enabled && keycloak.require_bound);
        assert_eq!(keycloak.required_scopes, ["kafka", "profile"]);
        assert_eq!(keycloak.min_remaining, Some(Duration::from_secs(20)));
        assert_eq!(keycloak.display_name, "Keycloak of Acme");
        assert_eq!(keycloak.revocations, revocations());
        assert_eq!(
            okta.key_source.endpoint.url(),
            "http://okta.example.com/keys?of=kafka"
        );
        assert_eq!(okta.algorithms, Algorithm::ALL);
        assert!(okta.key_source.insecure_http && okta.require_identity_pool);
        assert!(!okta.enabled && okta.key_source.token_file.is_some());
        let pool_claims = okta.groups.as_ref().map(|groups| &groups.names.source);
        assert_eq!(pool_claims, Some(&path("roles")));
        assert_eq!(okta.requests, requests());
        let [orders, everybody] = okta.pools.as_slice() else {
            panic!("two pools")
        };
        assert_eq!(
            (orders.id.as_str(), orders.display_name.as_str()),
            ("pool-orders", "Orders")
        );
        assert_eq!(orders.identity_claim.names(), ["email"]);
        // A pool inherits its provider's claim, and is called by its id.
        assert_eq!(everybody.identity_claim.names(), ["azp"]);
        assert_eq!(everybody.display_name, "pool-everybody");
    }

    fn revocations() -> Revocations {
        let mut revoked = Revocations::default();
        revoked.add(
            Revoked::Subject("mallory".to_owned()),
            Terms {
                issued_before: Some(UnixTime::from_secs(1_782_259_200)),
                until: Some(UnixTime::from_secs(1_798_761_600)),
            },
        );
        for what in [
            Revoked::ClientId("stolen".to_owned()),
            Revoked::Jti("j-1".to_owned()),
            Revoked::Kid("k-1".to_owned()),
        ] {
            let terms = Terms {
                issued_before: None,
                until: None,
            };
            revoked.add(what, terms);
        }
        revoked
    }

    fn requests() -> TokenRequests {
        let endpoint = |name: &str| Some(format!("https://okta.example.com/{name}").into());
        let client = |id: &str| OidcClient {
            client_id: id.to_owned(),
            secret: Some(Secret::new("hunter2".to_owned())),
        };
        TokenRequests {
            endpoints: Endpoints {
                token: endpoint("token"),
                authorization: endpoint("authorize"),
                introspection: endpoint("introspect"),
                device_authorization: endpoint("device"),
            },
            client: Some(client("oathgate")),
            scopes: vec!["openid".to_owned(), "kafka".to_owned()],
            audience: Some("api://kafka".to_owned()),
            refresh_token: true,
            components: vec![Component {
                name: "console".to_owned(),
                namespace: "tools".to_owned(),
                client: client("console"),
                extra_scopes: vec!["groups".to_owned()],
            }],
        }
    }

    #[test]
    fn how_providers_are_asked_arrives() {
        use crate::identity::{ClientAuthenticationMethod, IntrospectedTokens, Reach};
        let checked = everything();
        let [keycloak, okta, hydra] = checked.providers.as_slice() else {
            panic!("three providers")
        };
        assert_eq!(keycloak.key_source.reach, Reach::EnvironmentProxy);
        assert_eq!(okta.key_source.reach, Reach::Loopback);
        assert_eq!(hydra.key_source.reach, Reach::Public);
        let asked = [keycloak, okta, hydra].map(|provider| provider.introspection.clone().unwrap());
        let [by_post, by_key, basic] = asked;
        assert_eq!(
            by_post.endpoint.as_deref(),
            Some("https://idp.example.com/introspect")
        );
        assert_eq!(by_post.client.client_id, "oathgate");
        assert!(matches!(
            by_post.client.method,
            ClientAuthenticationMethod::Post(_)
        ));
        assert_eq!(by_post.tokens, IntrospectedTokens::Jwt);
        let bounds = (by_post.timeout, by_post.max_concurrent);
        assert_eq!(bounds, (Duration::from_secs(3), 8));
        // Named beside the provider's other endpoints.
        assert_eq!(
            by_key.endpoint.as_deref(),
            Some("https://okta.example.com/introspect")
        );
        assert_eq!(basic.endpoint, None);
        assert!(okta.is_asked_about_opaque() && !hydra.is_asked_about_opaque());
        assert!(matches!(
            by_key.client.method,
            ClientAuthenticationMethod::PrivateKeyJwt(_)
        ));
        assert!(matches!(
            basic.client.method,
            ClientAuthenticationMethod::Basic(_)
        ));
    }

    #[test]
    fn a_file_that_is_read_knows_its_own_directory() {
        let world = World::new();
        let text = fs::read_to_string(Path::new(ROOT).join("config/oathgate.toml")).unwrap();
        world.write("oathgate.toml", &text, 0o644);
        let path = world.0.path().join("oathgate.toml");
        // The real clock may be past these certificates: only files that are missing would matter.
        if let Err(found) = load(&path, &|_| None) {
            let unread = found
                .iter()
                .filter(|finding| finding.problem.contains("cannot be read"));
            assert_eq!(unread.count(), 0, "{found:#?}");
        }
        let absent = load(&world.0.path().join("absent.toml"), &|_| None).unwrap_err();
        assert!(absent[0].value.ends_with("absent.toml"), "{absent:?}");
    }
}
