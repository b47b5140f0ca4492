//! The configuration file: text to values that cannot be wrong, every fault named at once.
//!
//! Raw: [`document`](self) parses TOML and `section` reads it key by key, as `schema` lists them.
//! Checked: each part of the file has a module that turns a section into the type the snapshot
//! uses; `crossing` judges whether the parts fit together. Everything the file refers to (files,
//! the environment, the time) comes in by `surroundings`, so that a reload is all or nothing.

mod certificate;
mod cluster;
mod crossing;
mod document;
pub mod finding;
mod listener;
mod listener_tls;
mod names;
mod operation;
mod organization;
mod pool;
mod port;
mod provider;
mod route;
mod schema;
mod section;
mod surroundings;
mod upstream;
mod value;

use std::{path::Path, sync::Arc};

pub use operation::{Admin, AuditSink, Log, LogFormat, LogLevel};

use self::{
    crossing::Parts,
    document::Document,
    finding::{Finding, Findings},
    names::{Declarations, Names},
    port::Ports,
    section::Section,
    surroundings::Surroundings,
};
use crate::{
    clock::UnixTime,
    identity::Provider,
    snapshot::{SessionLimits, cluster::Cluster, listener::Listener},
};

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
    check(&text, &Surroundings { base, environment, now: UnixTime::now() })
}

fn read_text(path: &Path) -> Result<String, String> {
    let content = surroundings::read_bounded(path)?;
    let text = std::str::from_utf8(&content);
    text.map(ToOwned::to_owned).map_err(|_| "is not UTF-8 text".to_owned())
}

fn check(text: &str, surroundings: &Surroundings<'_>) -> Result<Checked, Vec<Finding>> {
    let mut findings = Findings::default();
    let Some(document) = Document::parse(text, &mut findings) else {
        return Err(findings.sorted(|_| None));
    };
    let checked = read(&document, surroundings, &mut findings);
    let usable = findings.none_is_fault();
    debug_assert!(usable == checked.is_some(), "a part is missing without a fault: {findings:?}");
    let all = findings.sorted(|path| document.line_of(path));
    match checked {
        Some(checked) if usable => Ok(Checked { warnings: all, ..checked }),
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
    let limits = operation::read_limits(limits.as_ref(), findings);

    let organizations = root.tables("organizations", schema::ORGANIZATION, findings);
    let organizations = organization::read_all(&organizations, findings);
    let providers = each(&declared.providers, |section| {
        provider::read(section, &organizations, surroundings, findings)
    });
    let clusters = each(&declared.clusters, |section| {
        cluster::read(section, &names, surroundings, findings)
    });
    let mut certificates = Vec::new();
    let listeners = each(&declared.listeners, |section| {
        let read = listener::read(section, &names, surroundings, &mut ports, findings)?;
        certificates.extend(read.not_after.map(|not_after| ListenerCertificate {
            listener: read.listener.name.clone(),
            not_after,
        }));
        Some(read.listener)
    });
    let parts = Parts {
        listeners: &listeners,
        clusters: &clusters,
        providers: &providers,
        organizations: &organizations,
    };
    parts.check(findings);
    Some(Checked {
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
        ("listeners", declared.listeners.is_empty(), "so nobody could connect"),
        ("clusters", declared.clusters.is_empty(), "so there is nothing to connect to"),
        ("providers", declared.providers.is_empty(), "so no token could be accepted"),
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

