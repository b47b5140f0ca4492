//! The login of one connection from its first frame to a broker that is ready: drives the sans-io
//! [`state::Login`](super::state::Login), has the token judged and a broker dialled, answers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout, timeout_at};

use super::{
    broker::{self, Broker, NoBroker},
    front::{ClientStream, FrameFault},
    place::{KnownPlace, Place},
    record::{self, Login as Record},
    state::{Login, Next, Reply, VersionsAsked},
    verdict::{self, Asker, Granted, NotGranted, Verdict},
};
use crate::{
    clock::UnixTime,
    identity::{Bearer, Reason},
    limits::BROKER_WAIT,
    proxy::{
        Proxy,
        admission::{Seat, source::IdentityKey},
        authorize::{Decides, Rules},
        entropy,
        sasl::{answer::Refused, login_id::LoginId},
        versions::{Offer, Supported},
    },
    snapshot::{
        Snapshot,
        cluster::{Authorization, Cluster},
        credential::Credential,
        listener::Route,
    },
    wire::error_code,
};

/// A connection that is logged in, on both sides.
#[derive(Debug)]
pub struct Established {
    /// Who, and for what.
    pub granted: Granted,
    /// The broker's side.
    pub broker: Broker,
    /// When the session ends unless the client logs in again.
    pub expires: Instant,
    /// Names this login in answers, logs and the audit stream.
    pub login_id: LoginId,
}

/// What the login of a connection works with.
#[derive(Debug)]
pub struct Context<'a> {
    /// What all sessions share.
    pub proxy: &'a Proxy,
    /// Where the connection came in.
    pub place: &'a Place,
    /// The client's address.
    pub peer: SocketAddr,
    /// When the login must be finished.
    pub deadline: Instant,
}

impl Context<'_> {
    /// The login failed, and it is the client's fault: how long it is held back.
    fn failed(&self, identity: Option<&IdentityKey>) -> Duration {
        let (admission, address) = (&self.proxy.admission, self.peer.ip());
        let limits = &self.proxy.live.current().limits;
        admission.failed(address, identity, limits, Instant::now())
    }
}

/// Why there is no session. The label is stable.
#[derive(Debug)]
pub enum NoSession {
    /// The client closed before it asked for anything: a load balancer's check.
    Silent,
    /// A frame before login that cannot be; not audited.
    Frame(&'static str, Farewell),
    /// The login failed; it was counted and audited.
    Login(Farewell),
}

/// What a client that is not let in still gets.
#[derive(Debug, Default)]
pub struct Farewell {
    /// How long it is held back.
    pub delay: Duration,
    /// The last answer; without one the connection is just closed.
    pub answer: Option<Vec<u8>>,
}

impl From<FrameFault> for NoSession {
    fn from(fault: FrameFault) -> Self {
        Self::Frame(fault.label(), Farewell::default())
    }
}

/// Logs `client` in.
///
/// # Errors
/// [`NoSession`], with what the caller has to say.
pub async fn log_in(
    client: &mut ClientStream,
    context: &Context<'_>,
) -> Result<(Established, Seat<IdentityKey>), NoSession> {
    let mut state = Login::Start;
    let mut software = None;
    let mut first = true;
    let most = context.proxy.live.current().limits.max_login_frame;
    loop {
        let frame = match client.read_frame(most, context.deadline).await {
            Ok(frame) => frame,
            Err(FrameFault::Closed) if first => return Err(NoSession::Silent),
            Err(fault) => return Err(fault.into()),
        };
        first = false;
        match state.on_frame(&frame) {
            Next::Versions(asked) => {
                state = tell_versions(client, context, &asked).await?;
                // Only what was found to be a word and a version reaches the audit stream.
                if state == Login::Mechanism {
                    software = asked.software();
                }
            }
            Next::Answer(next, answer) => {
                send(client, &answer, context).await?;
                state = next;
            }
            Next::Token(initial, reply) => {
                return present(client, context, initial.expose(), reply, software).await;
            }
            Next::Close(fault, answer) => {
                let delay = context.failed(None);
                let farewell = Farewell { delay, answer };
                return Err(NoSession::Frame(fault.label(), farewell));
            }
        }
    }
}

async fn send(
    client: &mut ClientStream,
    answer: &[u8],
    context: &Context<'_>,
) -> Result<(), NoSession> {
    let sent = client.send(answer, context.deadline).await;
    sent.map_err(NoSession::from)
}

/// Answers `ApiVersions`, waiting a moment for a broker to be known.
async fn tell_versions(
    client: &mut ClientStream,
    context: &Context<'_>,
    asked: &VersionsAsked,
) -> Result<Login, NoSession> {
    let snapshot = context.proxy.live.current();
    let known = timeout(
        BROKER_WAIT,
        offered(context.proxy, &snapshot, context.place),
    );
    let Ok(Some(offered)) = known.await else {
        return Err(NoSession::Frame("BROKER_UNKNOWN", Farewell::default()));
    };
    let error = match &asked.body {
        Some(body) => known_place(context.proxy, context.place).check(asked.version, body),
        None => error_code::UNSUPPORTED_VERSION,
    };
    let answer = offered
        .answer(asked.version, asked.correlation_id, error)
        .map_err(|_| NoSession::Frame("VERSION_UNANSWERABLE", Farewell::default()))?;
    send(client, &answer, context).await?;
    Ok(Login::versions_told(error))
}

/// What `ApiVersions` tells at `place`: what every broker it may lead to serves, less what the
/// clusters' rules keep back. `None` when the configuration lost the place.
async fn offered(proxy: &Proxy, snapshot: &Snapshot, place: &Place) -> Option<Arc<Offer>> {
    if let [route] = &place.routes[..] {
        return offered_by(proxy, snapshot, route, place.node_id).await;
    }
    // A cluster that is down must not close the door that it shares with others.
    let patience = Instant::now() + BROKER_WAIT / 2;
    let mut all = Vec::new();
    for route in &place.routes {
        let offer = offered_by(proxy, snapshot, route, place.node_id);
        if let Ok(offer) = timeout_at(patience, offer).await {
            all.push(offer?);
        }
    }
    let told: Vec<&Supported> = all.iter().map(|offer| offer.told()).collect();
    let shared = || Offer::new(Supported::intersect(&told, true));
    (!told.is_empty()).then(|| Arc::new(shared()))
}

async fn offered_by(
    proxy: &Proxy,
    snapshot: &Snapshot,
    route: &Route,
    node_id: Option<i32>,
) -> Option<Arc<Offer>> {
    let cluster = snapshot.cluster(&route.cluster)?;
    let brokers = proxy.brokers.of(&route.cluster);
    let supported = broker::supported(&brokers, node_id).await?;
    Some(brokers.offers.of(&supported, rules(cluster)))
}

/// What the guard of a cluster's sessions goes by.
#[must_use]
pub fn rules(cluster: &Cluster) -> Rules {
    Rules {
        decides: match cluster.authorization {
            Authorization::Enforce => Decides::Here,
            Authorization::Shadow => Decides::Shadow,
            Authorization::Broker | Authorization::BrokerSharedIdentity => Decides::Brokers,
        },
        own_identity: match cluster.authorization {
            Authorization::Enforce | Authorization::Shadow => cluster.is_own_identity(),
            Authorization::Broker => true,
            Authorization::BrokerSharedIdentity => false,
        },
        admin_apis: cluster.admin_apis,
        telemetry: cluster.telemetry,
    }
}

/// What `ApiVersions` v5 is checked against at `place`.
#[must_use]
pub fn known_place(proxy: &Proxy, place: &Place) -> KnownPlace {
    let ids = place.routes.iter().filter_map(|route| {
        let brokers = proxy.brokers.of(&route.cluster);
        brokers.read(|topology| topology.cluster_id.clone())
    });
    match place.node_id {
        Some(node_id) => KnownPlace::Node {
            cluster_id: ids.into_iter().next(),
            node_id,
        },
        None => KnownPlace::Bootstrap(ids.collect()),
    }
}

/// Judges the token, dials the broker, answers.
async fn present(
    client: &mut ClientStream,
    context: &Context<'_>,
    initial: &[u8],
    reply: Reply,
    software: Option<String>,
) -> Result<(Established, Seat<IdentityKey>), NoSession> {
    let login_id = LoginId::new(entropy());
    let asker = Asker {
        place: context.place,
        address: context.peer.ip(),
        certificate_sha256: client.certificate_sha256(),
        session: None,
    };
    let record = Record {
        login_id,
        again: false,
        listener: &context.place.listener.name,
        peer: context.peer,
        software: software.as_deref(),
    };
    let judged = verdict::judge(context.proxy, &asker, initial).await;
    let granted = match judged {
        Verdict::Granted(granted) => *granted,
        Verdict::Refused(no) => {
            record::refused(context.proxy, &record, &no);
            let delay = context.failed(no.identity_key().as_ref());
            return Err(refuse(context, delay, reply, &no.told, login_id));
        }
        Verdict::Closed(no) => {
            record::closed(context.proxy, &record, &no);
            return Err(close(context));
        }
    };
    let seat = take_seat(context, &record, &granted)?;
    let connecting = broker::connect(context.proxy, &granted, context.place.node_id);
    let connected = timeout_at(context.deadline, connecting).await;
    let broker = match connected.unwrap_or(Err(NoBroker::Deadline)) {
        Ok(broker) => broker,
        Err(problem) => {
            let told = told_of(context, &record, &granted, &problem);
            return Err(match told {
                Some(told) => {
                    let delay = context.failed(Some(&IdentityKey::from(&*granted.identity)));
                    refuse(context, delay, reply, &told, login_id)
                }
                None => close(context),
            });
        }
    };
    let lifetime = lifetime(context.proxy, &granted, broker.lifetime);
    let expires = Instant::now() + lifetime;
    let answer = reply.accepted(millis(lifetime));
    if let Err(fault) = client.send(&answer, context.deadline).await {
        let detail = "granted, but the client did not take the answer".to_owned();
        record::closed(
            context.proxy,
            &record,
            &closed(&granted, fault.label(), detail),
        );
        return Err(NoSession::Login(Farewell::default()));
    }
    record::accepted(context.proxy, &record, &granted);
    let established = Established {
        granted,
        broker,
        expires,
        login_id,
    };
    Ok((established, seat))
}

/// The session's share of what its identity may have.
fn take_seat(
    context: &Context<'_>,
    record: &Record<'_>,
    granted: &Granted,
) -> Result<Seat<IdentityKey>, NoSession> {
    let limits = &context.proxy.live.current().limits;
    let key = IdentityKey::from(&*granted.identity);
    let seat = context
        .proxy
        .admission
        .identity(key, limits, Instant::now());
    seat.map_err(|refusal| {
        let detail = format!("`{}` is reached", refusal.setting());
        let no = closed(granted, refusal.code(), detail);
        record::closed(context.proxy, record, &no);
        close(context)
    })
}

/// Records that there is no broker for a granted login. What the client is told of it: nothing,
/// unless the broker refused its token.
fn told_of(
    context: &Context<'_>,
    record: &Record<'_>,
    granted: &Granted,
    problem: &NoBroker,
) -> Option<Refused> {
    let no = closed(granted, problem.code(), problem.to_string());
    if !matches!(problem, NoBroker::TokenRefused(_)) {
        record::closed(context.proxy, record, &no);
        return None;
    }
    record::refused(context.proxy, record, &no);
    Some(Refused::Token {
        reason: Reason::BrokerRefusedToken,
    })
}

fn closed(granted: &Granted, code: &'static str, detail: String) -> NotGranted<()> {
    NotGranted {
        told: (),
        code,
        detail,
        cluster: Some(Arc::clone(&granted.cluster)),
        bearer: Some(Box::new(Bearer::from(&*granted.identity))),
    }
}

/// No with a reason.
fn refuse(
    context: &Context<'_>,
    delay: Duration,
    reply: Reply,
    told: &Refused,
    login_id: LoginId,
) -> NoSession {
    let snapshot = context.proxy.live.current();
    let answer = reply.refused(&refusal_text(&snapshot, told, login_id));
    NoSession::Login(Farewell { delay, answer })
}

/// A close without an answer, for what is not the client's fault: it waits no longer for it.
fn close(context: &Context<'_>) -> NoSession {
    let delay = context.proxy.live.current().limits.failure_delay;
    let answer = None;
    NoSession::Login(Farewell { delay, answer })
}

/// The text of error 58.
#[must_use]
pub fn refusal_text(snapshot: &Snapshot, told: &Refused, login_id: LoginId) -> String {
    use crate::snapshot::ClientErrors;
    match snapshot.limits.client_errors {
        ClientErrors::Generic => told.kafka_text(),
        ClientErrors::Reason => told.explained(login_id),
    }
}

/// How long a session lasts: until its token expires or `max_reauth` is over. A broker that was given
/// that very token sets a bound too; a login of ours at the broker is renewed meanwhile, and sets none
/// (KIP-368, `SaslServerAuthenticator.calcCompletionTimesAndReturnSessionLifetimeMs`).
#[must_use]
pub fn lifetime(proxy: &Proxy, granted: &Granted, broker: Option<Duration>) -> Duration {
    let token = granted.identity.expires_at.since(UnixTime::now());
    let max_reauth = proxy.live.current().limits.max_reauth;
    let passed_on = granted.cluster.upstream.credential == Credential::ClientToken;
    shortest(token, [max_reauth, broker.filter(|_| passed_on)])
}

fn shortest(token: Duration, bounds: [Option<Duration>; 2]) -> Duration {
    bounds.into_iter().flatten().fold(token, Duration::min)
}

/// Milliseconds as `session_lifetime_ms` has them. Never 0, which would mean without end.
#[must_use]
pub fn millis(lifetime: Duration) -> i64 {
    i64::try_from(lifetime.as_millis())
        .unwrap_or(i64::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k25_session_expires() {
        let ms = Duration::from_millis;
        for (token, max_reauth, broker, told) in [
            (ms(1000), None, None, 1000),
            (ms(1000), Some(ms(100)), None, 100),
            (ms(2000), Some(ms(4000)), None, 2000),
            (ms(2000), Some(ms(4000)), Some(ms(50)), 50),
            (ms(2000), None, Some(ms(9000)), 2000),
            // No lifetime is told as none at all, nor wraps around.
            (Duration::ZERO, None, None, 1),
            (Duration::MAX, None, None, i64::MAX),
        ] {
            assert_eq!(millis(shortest(token, [max_reauth, broker])), told);
        }
    }
}
