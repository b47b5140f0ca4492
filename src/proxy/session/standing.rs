//! Whether a session may still go on: its lifetime, and its right under the configuration in force.

use std::sync::Arc;

use tokio::{sync::watch, time::Instant};

use super::{place::Place, verdict::Granted};
use crate::{
    clock::UnixTime,
    identity::{self, JudgedKey, Reason},
    proxy::{
        Proxy,
        relay::{Gate, Moment, end::End},
    },
    snapshot::{cluster::Cluster, publish::Live},
    telemetry::metrics,
    wire::{api::api, tables::api_key},
};

/// A session's standing. Asked at each request and at the first byte of each answer.
#[derive(Debug)]
pub struct Standing {
    /// What all sessions share.
    pub proxy: Arc<Proxy>,
    /// Who, and for what.
    pub granted: Arc<Granted>,
    place: Arc<Place>,
    expires: Instant,
    changes: Live,
    draining: watch::Receiver<bool>,
}

impl Standing {
    /// The standing of a session that ends at `expires`.
    #[must_use]
    pub fn new(proxy: Arc<Proxy>, place: Arc<Place>, granted: Granted, expires: Instant) -> Self {
        let changes = proxy.live.clone();
        let draining = proxy.draining.clone();
        Self {
            proxy,
            place,
            granted: Arc::new(granted),
            expires,
            changes,
            draining,
        }
    }

    /// The session goes on as `granted` until `expires`.
    pub fn renew(&mut self, granted: Granted, expires: Instant) {
        self.granted = Arc::new(granted);
        self.expires = expires;
    }

    /// Waits for a new configuration or the shutdown. Safe to drop.
    pub async fn news(&mut self) -> News {
        let Self {
            changes, draining, ..
        } = self;
        tokio::select! {
            () = changes.changed() => News::Changed,
            () = drained(draining) => News::Draining,
        }
    }

    /// Whether the configuration in force revokes the session's token or its provider: a few
    /// look-ups, for every session at the moment of a reload.
    ///
    /// # Errors
    /// [`End::LostRight`].
    pub fn check_revoked(&self) -> Result<(), End> {
        let directory = &self.proxy.live.current().directory;
        let checked = identity::check_revoked(directory, &self.granted.identity, UnixTime::now());
        checked.map_err(|refusal| End::LostRight(refusal.reason))
    }

    /// Judges the session by the configuration in force, if it was not.
    ///
    /// # Errors
    /// Why its login would no longer succeed.
    pub fn judge(&mut self) -> Result<(), End> {
        if self.proxy.live.generation() == self.granted.generation {
            return Ok(());
        }
        let snapshot = self.proxy.live.current();
        let before = &self.granted;
        let cluster = snapshot
            .cluster(&before.cluster.id)
            .ok_or(End::ClusterChanged)?;
        let listener = snapshot.listener(&self.place.listener.name);
        let kept = listener.is_some_and(|listener| listener.routes.contains(&before.route));
        if !kept || !same_upstream(&before.cluster, cluster) {
            return Err(End::ClusterChanged);
        }
        let judged = identity::judge(&snapshot.directory, &before.identity, UnixTime::now());
        let identity = match judged {
            Ok(identity) => identity,
            // Only a new token can help, and it is judged by what is in force then. Until it comes
            // `pass` lets nothing else through; ending here would take the client's turn away.
            Err(refusal) if refusal.reason == Reason::TokenExpired => return Ok(()),
            Err(refusal) => return Err(End::LostRight(refusal.reason)),
        };
        let keyring = &self.proxy.keyring;
        let demands_met = *keyring.demands_met().borrow();
        let key = JudgedKey {
            token: &before.token,
            demands_met: before.demands_met,
        };
        identity::judge_key(
            &snapshot.directory,
            keyring,
            &identity,
            key,
            UnixTime::now(),
        )
        .map_err(|refusal| End::LostRight(refusal.reason))?;
        if !cluster.allow.admits(&identity) {
            return Err(End::LostRight(Reason::ClusterNotAllowed));
        }
        self.granted = Arc::new(Granted {
            cluster: Arc::clone(cluster),
            route: before.route.clone(),
            identity: Box::new(identity),
            extensions: before.extensions.clone(),
            token: before.token.clone(),
            demands_met,
            generation: snapshot.generation,
        });
        Ok(())
    }
}

/// What sessions must hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// There is a new configuration.
    Changed,
    /// Oathgate is shutting down.
    Draining,
}

async fn drained(draining: &mut watch::Receiver<bool>) {
    // Without a sender nobody will ask for it any more.
    if draining.wait_for(|draining| *draining).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether sessions that began under `before` can go on under `now`: the same brokers see the same
/// identity, and the same things are refused.
fn same_upstream(before: &Cluster, now: &Cluster) -> bool {
    before.organization == now.organization
        && before.authorization == now.authorization
        && before.admin_apis == now.admin_apis
        && before.upstream.credential == now.upstream.credential
        && before.bootstrap_servers == now.bootstrap_servers
}

impl Gate for Standing {
    fn pass(&mut self, moment: Moment) -> Result<(), End> {
        if let Moment::Request(key) | Moment::Whole(key) = moment {
            let sasl = matches!(key, api_key::SASL_HANDSHAKE | api_key::SASL_AUTHENTICATE);
            if !sasl && Instant::now() >= self.expires {
                return Err(End::Expired);
            }
        }
        if let Moment::Whole(key) = moment
            && let Some(api) = api(key)
        {
            metrics::request_forwarded(api.name);
        }
        self.judge()
    }
}
