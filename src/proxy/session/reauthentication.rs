//! Logging in again on a live connection (KIP-368): the token is judged beside the traffic, the
//! broker gets it too where it wants the client's own, then the client is answered.

use std::{fmt, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    login::{lifetime, millis, refusal_text},
    place::Place,
    record::{self, Login as Record},
    standing::Standing,
    state::{Initial, Reply},
    verdict::{self, Asker, Granted, NotGranted, Verdict},
};
use crate::{
    identity::{Bearer, Reason},
    limits::REAUTHENTICATION_INTERVAL,
    proxy::{
        entropy,
        relay::{Relay, end::End},
        sasl::{answer::Refused, login_id::LoginId},
        upstream::login::{AUTHENTICATE_VERSION, Login, LoginFailed},
    },
    snapshot::credential::Credential,
    wire::error_code::SASL_AUTHENTICATION_FAILED,
};

/// The judgement of a token, under way.
type Judging = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// The re-authentication of one connection.
pub struct Reauthentication {
    place: Arc<Place>,
    peer: SocketAddr,
    certificate_sha256: Option<[u8; 32]>,
    /// When the last re-authentication began, while that was within the interval.
    last: Option<Instant>,
    judging: Option<(Judging, Reply, LoginId)>,
    verdict: Option<Verdict>,
    /// Granted, but the broker has not taken the new token yet.
    awaits_broker: Option<Renewal>,
}

/// A login that was granted and is not answered yet.
struct Renewal {
    granted: Box<Granted>,
    reply: Reply,
    login_id: LoginId,
}

impl fmt::Debug for Reauthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reauthentication").finish_non_exhaustive()
    }
}

impl Reauthentication {
    /// Of a connection that logged in just now.
    #[must_use]
    pub fn new(place: Arc<Place>, peer: SocketAddr, certificate_sha256: Option<[u8; 32]>) -> Self {
        Self {
            place,
            peer,
            certificate_sha256,
            last: None,
            judging: None,
            verdict: None,
            awaits_broker: None,
        }
    }

    /// Whether the client may log in again: not within a second of when it last did so
    /// (`KafkaChannel.maybeBeginServerReauthentication`, which does not count the first login, and counts from
    /// the handshake; here it is from the token, which follows at once).
    #[must_use]
    pub fn is_due(&mut self) -> bool {
        let long_ago = |last: &mut Instant| last.elapsed() >= REAUTHENTICATION_INTERVAL;
        self.last.take_if(long_ago);
        self.last.is_none()
    }

    /// Whether a token is being judged.
    #[must_use]
    pub const fn is_judging(&self) -> bool {
        self.judging.is_some()
    }

    /// Begins to judge `initial`.
    pub fn begin(&mut self, standing: &Standing, initial: Initial, reply: Reply) {
        let (proxy, granted) = (Arc::clone(&standing.proxy), Arc::clone(&standing.granted));
        let (place, address) = (Arc::clone(&self.place), self.peer.ip());
        let certificate_sha256 = self.certificate_sha256;
        let judging = async move {
            let asker = Asker {
                place: &place,
                address,
                certificate_sha256,
                session: Some(&granted),
            };
            let verdict = verdict::judge(&proxy, &asker, initial.expose()).await;
            let limits = &proxy.live.current().limits;
            let delay = match &verdict {
                Verdict::Granted(_) => Duration::ZERO,
                Verdict::Refused(no) => {
                    let identity = no.identity_key();
                    let admission = &proxy.admission;
                    admission.failed(address, identity.as_ref(), limits, Instant::now())
                }
                Verdict::Closed(_) => limits.failure_delay,
            };
            sleep(delay).await;
            verdict
        };
        self.last = Some(Instant::now());
        self.judging = Some((Box::pin(judging), reply, LoginId::new(entropy())));
    }

    /// Waits for the verdict; [`Reauthentication::finish`] carries it out. Safe to drop.
    pub async fn judged(&mut self) {
        match &mut self.judging {
            Some((judging, ..)) => self.verdict = Some(judging.await),
            None => std::future::pending().await,
        }
    }

    /// Carries out the verdict.
    ///
    /// # Errors
    /// [`End::ReauthenticationRefused`], [`End::UpstreamLoginFailed`].
    pub fn finish(&mut self, standing: &mut Standing, relay: &mut Relay) -> Result<(), End> {
        let (Some(verdict), Some((_, reply, login_id))) =
            (self.verdict.take(), self.judging.take())
        else {
            return Ok(());
        };
        let record = self.record(login_id);
        match verdict {
            Verdict::Granted(granted) => self.granted(
                Renewal {
                    granted,
                    reply,
                    login_id,
                },
                standing,
                relay,
            ),
            Verdict::Refused(no) => {
                record::refused(&standing.proxy, &record, &no);
                let snapshot = standing.proxy.live.current();
                if let Some(answer) = reply.refused(&refusal_text(&snapshot, &no.told, login_id)) {
                    relay.reauthenticated(answer);
                }
                Err(End::ReauthenticationRefused)
            }
            Verdict::Closed(no) => {
                record::closed(&standing.proxy, &record, &no);
                Err(End::ReauthenticationRefused)
            }
        }
    }

    fn granted(
        &mut self,
        renewal: Renewal,
        standing: &mut Standing,
        relay: &mut Relay,
    ) -> Result<(), End> {
        let granted = &renewal.granted;
        let credential = &granted.cluster.upstream.credential;
        if *credential == Credential::ClientToken {
            // The broker must take the new token too, or its own session ends with the old one.
            let token = Some(&granted.token);
            let step = Login::start(credential, token, AUTHENTICATE_VERSION, entropy());
            self.awaits_broker = Some(renewal);
            return relay.renew_upstream(step.map_err(|_| End::UpstreamLoginFailed)?);
        }
        self.answer(renewal, None, standing, relay);
        Ok(())
    }

    /// The broker took the new login, which it lets live for `broker`.
    pub fn upstream_done(
        &mut self,
        broker: Option<Duration>,
        standing: &mut Standing,
        relay: &mut Relay,
    ) {
        if let Some(renewal) = self.awaits_broker.take() {
            self.answer(renewal, broker, standing, relay);
        }
    }

    /// The broker did not take the new login. A token that it refuses is refused; our own
    /// credential is not the client's fault.
    pub fn upstream_refused(
        &mut self,
        failed: &LoginFailed,
        standing: &Standing,
        relay: &mut Relay,
    ) -> End {
        let Some(renewal) = self.awaits_broker.take() else {
            return End::UpstreamLoginFailed;
        };
        let told = Refused::Token {
            reason: Reason::BrokerRefusedToken,
        };
        let Renewal {
            granted,
            reply,
            login_id,
        } = renewal;
        let no = NotGranted {
            told,
            code: Reason::BrokerRefusedToken.code(),
            detail: failed.to_string(),
            cluster: Some(Arc::clone(&granted.cluster)),
            bearer: Some(Box::new(Bearer::from(&*granted.identity))),
        };
        let record = self.record(login_id);
        if !matches!(failed, LoginFailed::Refused { code, .. } if *code == SASL_AUTHENTICATION_FAILED)
        {
            record::closed(&standing.proxy, &record, &no);
            return End::UpstreamLoginFailed;
        }
        record::refused(&standing.proxy, &record, &no);
        let snapshot = standing.proxy.live.current();
        if let Some(answer) = reply.refused(&refusal_text(&snapshot, &no.told, login_id)) {
            relay.reauthenticated(answer);
        }
        End::ReauthenticationRefused
    }

    fn answer(
        &mut self,
        renewal: Renewal,
        broker: Option<Duration>,
        standing: &mut Standing,
        relay: &mut Relay,
    ) {
        let Renewal {
            granted,
            reply,
            login_id,
        } = renewal;
        let lifetime = lifetime(&standing.proxy, &granted, broker);
        record::accepted(&standing.proxy, &self.record(login_id), &granted);
        standing.renew(*granted, Instant::now() + lifetime);
        relay.reauthenticated(reply.accepted(millis(lifetime)));
    }

    fn record(&self, login_id: LoginId) -> Record<'_> {
        Record {
            login_id,
            again: true,
            listener: &self.place.listener.name,
            peer: self.peer,
            software: None,
        }
    }
}
