//! Metrics in Prometheus' text form. Every name, kind and help text is in one table below; the
//! rest of the crate counts through the typed functions here and never by name.
//!
//! Labels are bounded: words of the code (`&'static str`) and ids of the configuration. Nothing
//! that a peer sends becomes a label.

use std::{
    cell::RefCell,
    sync::{Mutex, OnceLock, PoisonError},
};

use metrics::{Counter, Gauge, counter, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

struct Metric {
    name: &'static str,
    kind: Kind,
    help: &'static str,
}

const fn count(name: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Counter;
    Metric { name, kind, help }
}

const fn level(name: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Gauge;
    Metric { name, kind, help }
}

const BUILD_INFO: &str = "oathgate_build_info";
const CONNECTIONS_ACCEPTED: &str = "oathgate_connections_accepted_total";
const CONNECTIONS_ACTIVE: &str = "oathgate_connections_active";
const CONNECTIONS_REFUSED: &str = "oathgate_connections_refused_total";
const TCP_CHECKS: &str = "oathgate_tcp_checks_total";
const TLS_FAILURES: &str = "oathgate_tls_handshake_failures_total";
const FAILURES_DELAYED: &str = "oathgate_login_failures_delayed_total";
const FRAMES_REFUSED: &str = "oathgate_login_frames_refused_total";
const LOGINS_ACCEPTED: &str = "oathgate_logins_accepted_total";
const LOGINS_REFUSED: &str = "oathgate_logins_refused_total";
const LOGINS_CLOSED: &str = "oathgate_logins_closed_total";
const REAUTHENTICATIONS: &str = "oathgate_reauthentications_total";
const EXTENSIONS_DROPPED: &str = "oathgate_sasl_extensions_dropped_total";
const SESSIONS_ENDED: &str = "oathgate_sessions_ended_total";
const REQUESTS_RECEIVED: &str = "oathgate_requests_received_total";
const REQUESTS_REFUSED: &str = "oathgate_requests_refused_total";
const DENIALS: &str = "oathgate_denials_total";
const TRIED: &str = "oathgate_shadow_requests_total";
const IN_FLIGHT_LIMIT: &str = "oathgate_in_flight_limit_reached_total";
const BYTES: &str = "oathgate_bytes_total";
const TAGS_DROPPED: &str = "oathgate_unknown_tags_dropped_total";
const HELD_BYTES: &str = "oathgate_held_bytes";
const DIAL_FAILURES: &str = "oathgate_upstream_dial_failures_total";
const UPSTREAM_LOGIN_FAILURES: &str = "oathgate_upstream_login_failures_total";
const CLUSTER_REACHABLE: &str = "oathgate_cluster_reachable";
const BROKERS_KNOWN: &str = "oathgate_brokers_known";
const BROKERS_UNMAPPED: &str = "oathgate_brokers_unmapped";
const SHARED_IDENTITY: &str = "oathgate_cluster_shared_identity";
const JWKS_REFRESHES: &str = "oathgate_jwks_refreshes_total";
const JWKS_REFRESHED_AT: &str = "oathgate_jwks_refreshed_timestamp_seconds";
const CLOCK_OFFSET: &str = "oathgate_provider_clock_offset_seconds";
const INTROSPECTIONS: &str = "oathgate_introspections_total";
const READY: &str = "oathgate_ready";
const RELOADS: &str = "oathgate_reloads_total";
const CERTIFICATE_EXPIRY: &str = "oathgate_certificate_expiry_timestamp_seconds";
const AUDIT_DROPPED: &str = "oathgate_audit_events_dropped_total";
const LOG_LINES_LOST: &str = "oathgate_log_lines_dropped_total";

/// Every metric there is.
const METRICS: [Metric; 37] = [
    level(BUILD_INFO, "Always 1; the label names the version."),
    count(
        CONNECTIONS_ACCEPTED,
        "Client connections accepted, TCP checks included.",
    ),
    level(CONNECTIONS_ACTIVE, "Client connections open now."),
    count(
        CONNECTIONS_REFUSED,
        "Client connections closed at accept, by reason.",
    ),
    count(
        TCP_CHECKS,
        "Connections closed by the client before its first byte, as balancers do.",
    ),
    count(
        TLS_FAILURES,
        "TLS handshakes with clients that failed, by reason.",
    ),
    count(
        FRAMES_REFUSED,
        "Frames before login that closed their connection, by reason.",
    ),
    count(
        FAILURES_DELAYED,
        "Failed logins whose answer was held back, or not for want of places, by outcome.",
    ),
    count(
        LOGINS_ACCEPTED,
        "Logins that succeeded, re-authentications aside.",
    ),
    count(
        LOGINS_REFUSED,
        "Logins and re-authentications answered with error 58, by reason code.",
    ),
    count(
        LOGINS_CLOSED,
        "Logins closed without an answer so that clients retry, by reason code.",
    ),
    count(REAUTHENTICATIONS, "Re-authentications that succeeded."),
    count(
        EXTENSIONS_DROPPED,
        "SASL extensions with unknown names that were dropped.",
    ),
    count(SESSIONS_ENDED, "Sessions ended, by reason."),
    count(
        REQUESTS_RECEIVED,
        "Requests received whole in sessions that may go on, by API.",
    ),
    count(
        REQUESTS_REFUSED,
        "Requests refused here and never sent on, by API.",
    ),
    count(
        DENIALS,
        "Operations that a session's rights did not give, by operation and type of resource.",
    ),
    count(
        TRIED,
        "Requests that roles and ACLs were tried on, by what they and the broker said.",
    ),
    count(
        IN_FLIGHT_LIMIT,
        "Times that a connection had as many requests in flight as it may and was not read.",
    ),
    count(
        BYTES,
        "Bytes of Kafka frames relayed, to the broker or to the client.",
    ),
    count(
        TAGS_DROPPED,
        "Tagged fields unknown to the tables that were dropped.",
    ),
    level(
        HELD_BYTES,
        "Bytes of frames that are held whole to be rewritten.",
    ),
    count(
        DIAL_FAILURES,
        "Connections to brokers that could not be made.",
    ),
    count(UPSTREAM_LOGIN_FAILURES, "Logins to brokers that failed."),
    level(
        CLUSTER_REACHABLE,
        "1 while a broker of the cluster answers and can be asked for the others.",
    ),
    level(BROKERS_KNOWN, "Brokers that the cluster reports."),
    level(
        BROKERS_UNMAPPED,
        "Brokers without a port or name of their own, left out of answers.",
    ),
    level(
        SHARED_IDENTITY,
        "1 where every session has one credential's rights on the brokers.",
    ),
    count(JWKS_REFRESHES, "Fetches of a provider's keys, by outcome."),
    level(
        JWKS_REFRESHED_AT,
        "When a provider's keys were last fetched, in seconds since 1970.",
    ),
    level(
        CLOCK_OFFSET,
        "How far a provider's clock is ahead of this machine's, in seconds.",
    ),
    count(
        INTROSPECTIONS,
        "Tokens that a provider was asked about, by outcome.",
    ),
    level(READY, "1 while /readyz answers 200."),
    count(RELOADS, "Reloads of the configuration, by outcome."),
    level(
        CERTIFICATE_EXPIRY,
        "When a listener's certificate expires, in seconds since 1970.",
    ),
    count(AUDIT_DROPPED, "Audit events that could not be kept."),
    count(
        LOG_LINES_LOST,
        "Log lines that were left out because standard error is not read fast enough.",
    ),
];

/// Why there are no metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// Another library of the process records metrics.
    #[error("another metrics recorder is installed in this process")]
    AlreadyInstalled,
}

/// Reads all metrics of the process.
#[derive(Clone)]
pub struct Exposition(PrometheusHandle);

impl Exposition {
    /// All metrics in Prometheus' text format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }
}

/// Starts recording and describes every metric; `version` is the build's. Later calls in a
/// process return the same reader.
///
/// # Errors
/// [`MetricsError::AlreadyInstalled`] when something else records already.
pub fn install(version: &'static str) -> Result<Exposition, MetricsError> {
    static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = INSTALLED.get() {
        return Ok(Exposition(handle.clone()));
    }
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| MetricsError::AlreadyInstalled)?;
    describe();
    gauge!(BUILD_INFO, "version" => version).set(1.0);
    Ok(Exposition(INSTALLED.get_or_init(|| handle).clone()))
}

fn describe() {
    for Metric { name, kind, help } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, help),
            Kind::Gauge => metrics::describe_gauge!(name, help),
        }
    }
}

/// A client connection that counts as open until this is dropped.
#[must_use = "the connection counts as closed once this is dropped"]
#[derive(Debug)]
pub struct OpenConnection(Gauge);

/// Counts an accepted connection of `listener`, TLS or not.
pub fn connection_accepted(listener: &str) -> OpenConnection {
    counter!(CONNECTIONS_ACCEPTED, "listener" => listener.to_owned()).increment(1);
    let active = gauge!(CONNECTIONS_ACTIVE, "listener" => listener.to_owned());
    active.increment(1.0);
    OpenConnection(active)
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Counts a connection closed at accept, e.g. `TOO_MANY_CONNECTIONS`, `BROKER_DOWN`.
pub fn connection_refused(listener: &str, reason: &'static str) {
    counter!(CONNECTIONS_REFUSED, "listener" => listener.to_owned(), "reason" => reason)
        .increment(1);
}

/// Counts a connection that its client closed without having sent a byte.
pub fn tcp_check(listener: &str) {
    counter!(TCP_CHECKS, "listener" => listener.to_owned()).increment(1);
}

/// Counts a TLS handshake that failed.
pub fn tls_handshake_failed(listener: &str, reason: &'static str) {
    counter!(TLS_FAILURES, "listener" => listener.to_owned(), "reason" => reason).increment(1);
}

/// Counts a frame before login that closed its connection.
pub fn login_frame_refused(listener: &str, reason: &'static str) {
    counter!(FRAMES_REFUSED, "listener" => listener.to_owned(), "reason" => reason).increment(1);
}

/// Counts a failed login whose answer was held back, or was not since too many are.
pub fn failure_delayed(delayed: bool) {
    let outcome = if delayed { "delayed" } else { "no_place" };
    counter!(FAILURES_DELAYED, "outcome" => outcome).increment(1);
}

/// Counts a connection that reached its limit of requests in flight.
pub fn in_flight_limit_reached() {
    counter!(IN_FLIGHT_LIMIT).increment(1);
}

/// Says whether the process is ready.
pub fn ready(ready: bool) {
    gauge!(READY).set(f64::from(u8::from(ready)));
}

/// Says whether brokers of `cluster` answer.
pub fn cluster_reachable(cluster: &str, reachable: bool) {
    gauge!(CLUSTER_REACHABLE, "cluster" => cluster.to_owned()).set(f64::from(u8::from(reachable)));
}

/// Counts a first login that succeeded.
pub fn login_accepted(listener: &str, cluster: &str) {
    counter!(
        LOGINS_ACCEPTED,
        "listener" => listener.to_owned(), "cluster" => cluster.to_owned()
    )
    .increment(1);
}

/// Counts a login or re-authentication answered with error 58.
pub fn login_refused(listener: &str, reason: &'static str) {
    counter!(LOGINS_REFUSED, "listener" => listener.to_owned(), "reason" => reason).increment(1);
}

/// Counts a login or re-authentication closed without an answer.
pub fn login_closed(listener: &str, reason: &'static str) {
    counter!(LOGINS_CLOSED, "listener" => listener.to_owned(), "reason" => reason).increment(1);
}

/// Counts a re-authentication that succeeded.
pub fn reauthenticated(listener: &str, cluster: &str) {
    counter!(
        REAUTHENTICATIONS,
        "listener" => listener.to_owned(), "cluster" => cluster.to_owned()
    )
    .increment(1);
}

/// Counts SASL extensions with unknown names.
pub fn extensions_dropped(listener: &str, extensions: u64) {
    counter!(EXTENSIONS_DROPPED, "listener" => listener.to_owned()).increment(extensions);
}

/// Counts the end of a session.
pub fn session_ended(cluster: &str, reason: &'static str) {
    counter!(SESSIONS_ENDED, "cluster" => cluster.to_owned(), "reason" => reason).increment(1);
}

/// The counters of one relayed connection, looked up once.
#[derive(Clone, Debug)]
pub struct Traffic {
    to_broker: Counter,
    to_client: Counter,
}

impl Traffic {
    /// The counters of `cluster`.
    #[must_use]
    pub fn of(cluster: &str) -> Self {
        let to =
            |peer: &'static str| counter!(BYTES, "cluster" => cluster.to_owned(), "to" => peer);
        Self {
            to_broker: to("broker"),
            to_client: to("client"),
        }
    }

    /// Counts bytes sent to the broker.
    pub fn to_broker(&self, bytes: u64) {
        self.to_broker.increment(bytes);
    }

    /// Counts bytes sent to the client.
    pub fn to_client(&self, bytes: u64) {
        self.to_client.increment(bytes);
    }
}

thread_local! {
    /// By API key. Looking a counter up takes a lock and a hash, which is too much for each request.
    static RECEIVED: RefCell<Vec<Option<Counter>>> = const { RefCell::new(Vec::new()) };
}

/// Counts requests that a session received whole and may make; `key` is the API's and `api` its name,
/// e.g. 0 and `Produce`.
pub fn requests_received(key: i16, api: &'static str, requests: u64) {
    let at = usize::try_from(key).unwrap_or_default();
    RECEIVED.with_borrow_mut(|counters| {
        if counters.len() <= at {
            counters.resize(at.saturating_add(1), None);
        }
        if let Some(counter) = counters.get_mut(at) {
            counter
                .get_or_insert_with(|| counter!(REQUESTS_RECEIVED, "api" => api))
                .increment(requests);
        }
    });
}

/// Counts a request refused here; `api` is its name, or one word for all unknown keys.
pub fn request_refused(api: &'static str) {
    counter!(REQUESTS_REFUSED, "api" => api).increment(1);
}

/// Counts an operation of a type of resource that was denied, or with `shadow` would have been.
pub fn denied(cluster: &str, operation: &'static str, resource_type: &'static str, shadow: bool) {
    let mode = if shadow { "shadow" } else { "enforce" };
    let labels = [
        ("cluster", cluster.to_owned()),
        ("operation", operation.to_owned()),
        ("resource_type", resource_type.to_owned()),
        ("mode", mode.to_owned()),
    ];
    counter!(DENIALS, &labels).increment(1);
}

/// Counts a request that rules were tried on; what they `said` and the broker need not be the same.
pub fn tried(cluster: &str, api: &'static str, said: &'static str, broker_denied: bool) {
    let broker_said = if broker_denied { "deny" } else { "allow" };
    let labels = [
        ("cluster", cluster.to_owned()),
        ("api", api.to_owned()),
        ("oathgate", said.to_owned()),
        ("broker", broker_said.to_owned()),
    ];
    counter!(TRIED, &labels).increment(1);
}

/// Counts tagged fields that were dropped; `direction` is that of the frame.
pub fn unknown_tags_dropped(direction: Direction, tags: u64) {
    let of = match direction {
        Direction::Request => "request",
        Direction::Answer => "answer",
    };
    counter!(TAGS_DROPPED, "of" => of).increment(tags);
}

/// The way of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the broker.
    Request,
    /// From the broker to the client.
    Answer,
}

/// Sets the bytes that held frames have reserved of the global budget.
pub fn held_bytes(bytes: u64) {
    gauge!(HELD_BYTES).set(approximate(bytes));
}

/// Counts a connection to a broker of `cluster` that could not be made.
pub fn upstream_dial_failed(cluster: &str) {
    counter!(DIAL_FAILURES, "cluster" => cluster.to_owned()).increment(1);
}

/// Counts a login to a broker of `cluster` that failed.
pub fn upstream_login_failed(cluster: &str) {
    counter!(UPSTREAM_LOGIN_FAILURES, "cluster" => cluster.to_owned()).increment(1);
}

/// Sets how many brokers `cluster` has, and how many of them have no port or name here.
pub fn brokers(cluster: &str, known: u64, unmapped: u64) {
    gauge!(BROKERS_KNOWN, "cluster" => cluster.to_owned()).set(approximate(known));
    gauge!(BROKERS_UNMAPPED, "cluster" => cluster.to_owned()).set(approximate(unmapped));
}

/// Says whether all sessions of `cluster` act as one upstream identity that decides for them.
pub fn shared_identity(cluster: &str, shared: bool) {
    gauge!(SHARED_IDENTITY, "cluster" => cluster.to_owned()).set(f64::from(u8::from(shared)));
}

/// Counts a good fetch of a provider's keys at `now_secs` (seconds since the Unix epoch): once a
/// fetch.
pub fn jwks_refreshed(organization: &str, provider: &str, now_secs: i64) {
    jwks_refresh(organization, provider, "ok");
    jwks_refreshed_at(organization, provider, now_secs);
}

/// Sets when a provider's keys were last fetched (seconds since the Unix epoch) and counts nothing:
/// for whoever looks from time to time.
fn jwks_refreshed_at(organization: &str, provider: &str, at_secs: i64) {
    gauge!(
        JWKS_REFRESHED_AT,
        "organization" => organization.to_owned(), "provider" => provider.to_owned()
    )
    .set(seconds(at_secs));
}

/// Counts a failed fetch of a provider's keys.
pub fn jwks_refresh_failed(organization: &str, provider: &str) {
    jwks_refresh(organization, provider, "failed");
}

fn jwks_refresh(organization: &str, provider: &str, outcome: &'static str) {
    counter!(
        JWKS_REFRESHES,
        "organization" => organization.to_owned(),
        "provider" => provider.to_owned(),
        "outcome" => outcome
    )
    .increment(1);
}

/// Sets how far a provider's clock is ahead of this machine's; negative = behind.
pub fn provider_clock_offset(organization: &str, provider: &str, offset_secs: i64) {
    gauge!(
        CLOCK_OFFSET,
        "organization" => organization.to_owned(), "provider" => provider.to_owned()
    )
    .set(seconds(offset_secs));
}

/// What became of a question about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspected {
    /// The provider says that it is active.
    Active,
    /// The provider says that it is not.
    Inactive,
    /// A fresh answer was at hand.
    Cached,
    /// There was no answer, in time or at all.
    Failed,
}

/// Counts a question about a token.
pub fn introspected(organization: &str, provider: &str, outcome: Introspected) {
    let outcome = match outcome {
        Introspected::Active => "active",
        Introspected::Inactive => "inactive",
        Introspected::Cached => "cached",
        Introspected::Failed => "failed",
    };
    counter!(
        INTROSPECTIONS,
        "organization" => organization.to_owned(),
        "provider" => provider.to_owned(),
        "outcome" => outcome
    )
    .increment(1);
}

/// Counts a reload of the configuration, taken over or not.
pub fn reloaded(taken_over: bool) {
    let outcome = if taken_over { "ok" } else { "failed" };
    counter!(RELOADS, "outcome" => outcome).increment(1);
}

/// Sets when the certificate of `listener` expires (seconds since the Unix epoch).
pub fn certificate_expires(listener: &str, expiry_secs: i64) {
    gauge!(CERTIFICATE_EXPIRY, "listener" => listener.to_owned()).set(seconds(expiry_secs));
}

/// Counts audit events that could not be kept.
pub(super) fn audit_dropped(events: u64) {
    counter!(AUDIT_DROPPED).increment(events);
}

/// Counts log lines that were left out.
pub(super) fn log_lines_lost(lines: u64) {
    counter!(LOG_LINES_LOST).increment(lines);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; above 2^53 bytes nobody counts single ones"
)]
fn approximate(value: u64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact for 285 million years around 1970"
)]
fn seconds(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What `record` leaves in a recorder of its own.
    fn rendered(record: impl FnOnce()) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe();
            record();
        });
        recorder.handle().render()
    }

    fn record_everything() {
        gauge!(BUILD_INFO, "version" => "0").set(1.0);
        drop(connection_accepted("l"));
        connection_refused("l", "R");
        tcp_check("l");
        tls_handshake_failed("l", "R");
        login_frame_refused("l", "R");
        failure_delayed(true);
        in_flight_limit_reached();
        ready(true);
        cluster_reachable("c", true);
        login_accepted("l", "c");
        login_refused("l", "R");
        login_closed("l", "R");
        reauthenticated("l", "c");
        extensions_dropped("l", 1);
        session_ended("c", "R");
        requests_received(1, "Fetch", 1);
        request_refused("Fetch");
        denied("c", "READ", "TOPIC", false);
        tried("c", "Fetch", "deny", false);
        Traffic::of("c").to_broker(3);
        Traffic::of("c").to_client(4);
        unknown_tags_dropped(Direction::Request, 1);
        held_bytes(5);
        upstream_dial_failed("c");
        upstream_login_failed("c");
        brokers("c", 3, 1);
        shared_identity("c", true);
        jwks_refreshed("o", "p", 1_767_323_045);
        jwks_refresh_failed("o", "p");
        provider_clock_offset("o", "p", -90);
        introspected("o", "p", Introspected::Cached);
        reloaded(true);
        certificate_expires("l", 9);
        audit_dropped(2);
        log_lines_lost(3);
    }

    #[test]
    fn the_table_and_the_functions_name_the_same_metrics() {
        let text = rendered(record_everything);
        let typed: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .filter_map(|line| line.split(' ').next())
            .collect();
        let table: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(typed, table);
        assert_eq!(table.len(), METRICS.len(), "a name is twice in the table");
        for Metric { name, kind, help } in METRICS {
            assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}");
            assert_eq!(kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert!(name.starts_with("oathgate_"), "{name}");
        }
    }

    #[test]
    fn values_and_labels_are_those_recorded() {
        let text = rendered(|| {
            record_everything();
            std::mem::forget(connection_accepted("l"));
        });
        for line in [
            r#"oathgate_connections_accepted_total{listener="l"} 2"#,
            r#"oathgate_connections_active{listener="l"} 1"#,
            r#"oathgate_bytes_total{cluster="c",to="broker"} 3"#,
            r#"oathgate_bytes_total{cluster="c",to="client"} 4"#,
            r#"oathgate_brokers_unmapped{cluster="c"} 1"#,
            r#"oathgate_cluster_shared_identity{cluster="c"} 1"#,
            r#"oathgate_jwks_refreshed_timestamp_seconds{organization="o",provider="p"} 1767323045"#,
            r#"oathgate_jwks_refreshes_total{organization="o",provider="p",outcome="failed"} 1"#,
            r#"oathgate_provider_clock_offset_seconds{organization="o",provider="p"} -90"#,
            r#"oathgate_introspections_total{organization="o",provider="p",outcome="cached"} 1"#,
            r#"oathgate_reloads_total{outcome="ok"} 1"#,
            "oathgate_audit_events_dropped_total 2",
            "oathgate_held_bytes 5",
        ] {
            assert!(text.lines().any(|seen| seen == line), "{line}\n{text}");
        }
    }

    #[test]
    fn installing_twice_reads_the_same_metrics() {
        let first = install("1.2.3").unwrap();
        let second = install("1.2.3").unwrap();
        reloaded(false);
        let line = r#"oathgate_build_info{version="1.2.3"} 1"#;
        assert!(first.render().contains(line));
        assert!(second.render().contains(line));
    }
}
