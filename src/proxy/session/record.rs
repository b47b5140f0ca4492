//! What is told of logins and of the end of sessions: metrics, one log line, one audit event each.
//! Knows everything of a session but its bytes.

use std::{net::SocketAddr, sync::Arc};

use tracing::field::display;

use super::{
    denials::Told,
    verdict::{Granted, NotGranted},
};
use crate::{
    clock::UnixTime,
    proxy::{Proxy, relay::end::End, sasl::login_id::LoginId},
    snapshot::{cluster::Cluster, credential::Credential, listener::Listener},
    telemetry::{
        audit::{Denial as DenialEvent, Event, Login as LoginEvent, Outcome, SessionEnd},
        metrics,
    },
};

/// A login, as far as it is known before its verdict.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// Its id.
    pub login_id: LoginId,
    /// Whether it is a re-authentication.
    pub again: bool,
    /// The listener's name.
    pub listener: &'a str,
    /// The client's address.
    pub peer: SocketAddr,
    /// Client software.
    pub software: Option<&'a str>,
}

/// What a session keeps of its login, to be told with each denial and with its end.
pub struct Teller {
    /// Its id.
    pub login_id: LoginId,
    /// Where it came.
    pub listener: Arc<Listener>,
    /// The client's address.
    pub peer: SocketAddr,
}

impl Teller {
    /// The login that it was.
    #[must_use]
    pub fn record(&self) -> Login<'_> {
        Login {
            login_id: self.login_id,
            again: false,
            listener: &self.listener.name,
            peer: self.peer,
            software: None,
        }
    }
}

/// A login was granted and answered.
pub fn accepted(proxy: &Proxy, login: &Login<'_>, granted: &Granted) {
    let (identity, cluster) = (&granted.identity, &granted.cluster);
    if login.again {
        metrics::reauthenticated(login.listener, cluster.id.as_str());
    } else {
        metrics::login_accepted(login.listener, cluster.id.as_str());
    }
    let dropped = u64::try_from(granted.extensions.dropped).unwrap_or(u64::MAX);
    if dropped > 0 {
        metrics::extensions_dropped(login.listener, dropped);
    }
    let upstream_identity = upstream_identity(cluster, granted);
    let principals = principals(granted);
    tracing::info!(
        login_id = %login.login_id, reauthentication = login.again, listener = login.listener,
        peer = %login.peer, provider = %identity.provider, identity = %identity.claim,
        principals = %principals.join(","), cluster = %cluster.id,
        upstream_identity = %upstream_identity,
        without_extensions = granted.extensions.none_sent(),
        "login accepted"
    );
    proxy.audit.tell(|| {
        let mut event = blank(login, Outcome::Success);
        event.organization = Some(identity.organization.to_string());
        event.provider = Some(identity.provider.to_string());
        event.identity = Some(identity.claim.clone());
        event.subject.clone_from(&identity.subject);
        event.client_id.clone_from(&identity.client_id);
        event.jti.clone_from(&identity.jti);
        event.principals = principals;
        event.cluster = Some(cluster.id.to_string());
        event.upstream_identity = Some(upstream_identity);
        Event::Login(Box::new(event))
    });
}

/// A login was refused with error 58.
pub fn refused<T>(proxy: &Proxy, login: &Login<'_>, no: &NotGranted<T>) {
    metrics::login_refused(login.listener, no.code);
    let cluster = no.cluster.as_ref().map(|cluster| display(&cluster.id));
    tracing::info!(
        login_id = %login.login_id, reauthentication = login.again, listener = login.listener,
        peer = %login.peer, cluster, subject = no.subject(), reason = no.code,
        detail = %no.detail, "login refused"
    );
    not_granted(proxy, login, no, Outcome::Refused);
}

/// A login was closed without an answer, for a reason that is not the token's.
pub fn closed<T>(proxy: &Proxy, login: &Login<'_>, no: &NotGranted<T>) {
    metrics::login_closed(login.listener, no.code);
    let cluster = no.cluster.as_ref().map(|cluster| display(&cluster.id));
    tracing::warn!(
        login_id = %login.login_id, reauthentication = login.again, listener = login.listener,
        peer = %login.peer, cluster, subject = no.subject(), reason = no.code,
        detail = %no.detail, "login closed"
    );
    not_granted(proxy, login, no, Outcome::Closed);
}

/// An operation was denied, or with `shadow` would have been.
pub fn denied(proxy: &Proxy, login: &Login<'_>, granted: &Granted, told: Told, shadow: bool) {
    let Told {
        api,
        denial,
        count,
        several,
    } = told;
    let (operation, of) = (denial.operation.as_str(), denial.resource_type.as_str());
    let cluster = granted.cluster.id.as_str();
    let principals = principals(granted);
    tracing::info!(
        login_id = %login.login_id, listener = login.listener, peer = %login.peer, cluster,
        principals = %principals.join(","), api, operation, resource_type = of,
        resource_name = %denial.name, rule = %denial.rule, shadow, count, several, "denied"
    );
    proxy.audit.tell(|| {
        Event::Denial(Box::new(DenialEvent {
            time_millis: UnixTime::now().as_millis(),
            login_id: login.login_id.to_string(),
            principals,
            cluster: cluster.to_owned(),
            api,
            operation,
            resource_type: of,
            resource_name: denial.name.into(),
            rule: denial.rule.into(),
            shadow,
            count,
            several,
            listener: login.listener.to_owned(),
            peer_address: login.peer.to_string(),
        }))
    });
}

/// All principals of a session, the primary one first.
fn principals(granted: &Granted) -> Vec<String> {
    let identity = &granted.identity;
    let others = identity.principals().filter(|p| *p != identity.primary);
    std::iter::once(identity.primary.to_string())
        .chain(others.map(|p| p.to_string()))
        .collect()
}

/// A session ended.
pub fn ended(proxy: &Proxy, login: &Login<'_>, granted: &Granted, end: End) {
    let cluster = granted.cluster.id.as_str();
    metrics::session_ended(cluster, end.label());
    tracing::debug!(
        login_id = %login.login_id, listener = login.listener, peer = %login.peer, cluster,
        reason = end.label(), "session ended"
    );
    if let Some(setting) = end.shared_limit() {
        tell_limit(proxy, login, granted, end.label(), setting);
    }
    proxy.audit.tell(|| {
        Event::SessionEnd(Box::new(SessionEnd {
            time_millis: UnixTime::now().as_millis(),
            login_id: login.login_id.to_string(),
            reason: end.label(),
            principal: granted.identity.primary.to_string(),
            cluster: cluster.to_owned(),
            listener: login.listener.to_owned(),
            peer_address: login.peer.to_string(),
        }))
    });
}

/// Logs now and then whose sessions end since `setting` is reached.
fn tell_limit(
    proxy: &Proxy,
    login: &Login<'_>,
    granted: &Granted,
    reason: &'static str,
    setting: &str,
) {
    if proxy.admission.notice_due(login.listener, reason) {
        let (identity, cluster) = (&granted.identity, &granted.cluster.id);
        tracing::warn!(
            listener = login.listener, peer = %login.peer, provider = %identity.provider,
            identity = %identity.claim, %cluster, reason, "session ended: `{setting}` is reached"
        );
    }
}

fn not_granted<T>(proxy: &Proxy, login: &Login<'_>, no: &NotGranted<T>, outcome: Outcome) {
    proxy.audit.tell(|| {
        let mut event = blank(login, outcome);
        event.reason = Some(no.code);
        event.detail = Some(no.detail.clone());
        if let Some(cluster) = &no.cluster {
            event.organization = Some(cluster.organization.to_string());
            event.cluster = Some(cluster.id.to_string());
        }
        if let Some(bearer) = &no.bearer {
            event.provider = Some(bearer.provider.to_string());
            event.subject.clone_from(&bearer.subject);
            event.client_id.clone_from(&bearer.client_id);
            event.jti.clone_from(&bearer.jti);
        }
        Event::Login(Box::new(event))
    });
}

fn blank(login: &Login<'_>, outcome: Outcome) -> LoginEvent {
    LoginEvent {
        time_millis: UnixTime::now().as_millis(),
        login_id: login.login_id.to_string(),
        reauthentication: login.again,
        outcome,
        reason: None,
        detail: None,
        organization: None,
        provider: None,
        identity: None,
        subject: None,
        client_id: None,
        jti: None,
        principals: Vec::new(),
        cluster: None,
        upstream_identity: None,
        listener: login.listener.to_owned(),
        peer_address: login.peer.to_string(),
        client_software: login.software.map(str::to_owned),
    }
}

/// Mechanism and name that brokers see; never the secret.
fn upstream_identity(cluster: &Cluster, granted: &Granted) -> String {
    match &cluster.upstream.credential {
        Credential::None => "none".to_owned(),
        Credential::Plain { username, .. } => format!("PLAIN {username}"),
        Credential::Scram { username, .. } => {
            let mechanism = cluster.upstream.credential.mechanism().unwrap_or_default();
            format!("{mechanism} {username}")
        }
        Credential::ClientToken => {
            let subject = granted.identity.subject.as_deref().unwrap_or("-");
            format!("OAUTHBEARER {subject}")
        }
    }
}
