//! Whether a session may still go on: its lifetime, and its right under the configuration in force.

use std::{net::IpAddr, sync::Arc};

use tokio::time::Instant;

use super::{place::Place, verdict::Granted};
use crate::{
    clock::UnixTime,
    identity::{self, JudgedKey, Reason},
    policy::{rights::Rights, who::Who},
    proxy::{
        Proxy,
        relay::{Gate, Moment, end::End},
    },
    snapshot::cluster::{Authorization, Cluster},
    telemetry::metrics,
    wire::{api::api, tables::api_key},
};

/// Requests of one API that were received and not counted yet: those of a turn are counted at once, as threads
/// that count the same get into each other's way.
#[derive(Debug, Default)]
struct Received {
    key: i16,
    requests: u16,
}

impl Received {
    fn note(&mut self, key: i16) {
        if self.key != key || self.requests == u16::MAX {
            self.count();
            self.key = key;
        }
        self.requests = self.requests.saturating_add(1);
    }

    fn count(&mut self) {
        let requests = std::mem::take(&mut self.requests);
        if requests > 0
            && let Some(api) = api(self.key)
        {
            metrics::requests_received(self.key, api.name, requests.into());
        }
    }
}

/// A session's standing. Asked at each request and at the first byte of each answer.
#[derive(Debug)]
pub struct Standing {
    /// What all sessions share.
    pub proxy: Arc<Proxy>,
    /// Who, and for what.
    pub granted: Arc<Granted>,
    place: Arc<Place>,
    /// The client's.
    address: IpAddr,
    /// What it may, where Oathgate decides.
    rights: Option<Rights>,
    expires: Instant,
    /// When what is judged came, once that was asked.
    now: Option<Instant>,
    received: Received,
}

impl Standing {
    /// The standing of a session that ends at `expires`.
    #[must_use]
    pub fn new(
        proxy: Arc<Proxy>,
        place: Arc<Place>,
        address: IpAddr,
        granted: Granted,
        expires: Instant,
    ) -> Self {
        let rights = matches!(
            granted.cluster.authorization,
            Authorization::Enforce | Authorization::Shadow
        );
        let rights = rights.then(|| {
            let who = Who::new(&granted.identity, address);
            Rights::new(Arc::clone(&granted.cluster.policy), who)
        });
        Self {
            proxy,
            place,
            address,
            granted: Arc::new(granted),
            rights,
            expires,
            now: None,
            received: Received::default(),
        }
    }

    /// Begins a turn: one reading of the clock serves all of it.
    pub const fn begin_turn(&mut self) {
        self.now = None;
    }

    /// Ends a turn: what was received in it is counted.
    pub fn end_turn(&mut self) {
        self.received.count();
    }

    /// The time of this turn.
    pub fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(Instant::now)
    }

    /// The session goes on as `granted` until `expires`.
    pub fn renew(&mut self, granted: Granted, expires: Instant) {
        self.go_on(granted);
        self.expires = expires;
    }

    /// Goes by the policy that `cluster` has now, as whoever the session was: what is in flight is
    /// answered by it even where the token is good for nothing more.
    fn follow(&mut self, cluster: &Cluster) -> Result<(), End> {
        if !cluster.admits(&self.granted.identity, self.address) {
            return Err(End::LostRight(Reason::ClusterNotAllowed));
        }
        if let Some(rights) = &mut self.rights {
            rights.follow(&cluster.policy);
        }
        Ok(())
    }

    fn go_on(&mut self, granted: Granted) {
        if let Some(rights) = &mut self.rights {
            rights.follow(&granted.cluster.policy);
            rights.become_who(Who::new(&granted.identity, self.address));
        }
        self.granted = Arc::new(granted);
    }

    /// Whether the configuration in force revokes the session's token or its provider, or wants the
    /// token bound: a few look-ups, for every session at the moment of a reload.
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
        // Read before the providers are: keys of a new place in between have it judged again.
        let demands_met = *self.proxy.keyring.demands_met().borrow();
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
            Err(refusal) if refusal.reason == Reason::TokenExpired => {
                let cluster = Arc::clone(cluster);
                return self.follow(&cluster);
            }
            Err(refusal) => return Err(End::LostRight(refusal.reason)),
        };
        let keyring = &self.proxy.keyring;
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
        if !cluster.admits(&identity, self.address) {
            return Err(End::LostRight(Reason::ClusterNotAllowed));
        }
        let before = Arc::clone(before);
        self.go_on(Granted {
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

/// Whether sessions that began under `before` can go on under `now`: the same brokers see the same
/// identity, and the same things are refused.
fn same_upstream(before: &Cluster, now: &Cluster) -> bool {
    before.organization == now.organization
        && before.authorization == now.authorization
        && before.admin_apis == now.admin_apis
        && before.telemetry == now.telemetry
        && before.upstream.credential == now.upstream.credential
        && before.bootstrap_servers == now.bootstrap_servers
}

impl Gate for Standing {
    fn pass(&mut self, moment: Moment) -> Result<(), End> {
        if let Moment::Request(key) | Moment::Whole(key) = moment {
            let sasl = matches!(key, api_key::SASL_HANDSHAKE | api_key::SASL_AUTHENTICATE);
            if !sasl && self.now() >= self.expires {
                return Err(End::Expired);
            }
        }
        self.judge()?;
        if let Moment::Whole(key) = moment {
            self.received.note(key);
        }
        Ok(())
    }

    fn rights(&mut self) -> Option<&mut Rights> {
        self.rights.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::fixture::{Config, granted, place, proxy, route},
        *,
    };
    use crate::{
        identity::{Audiences, Revoked, Terms, fixture::provider},
        policy::{allow::Allow, fixture::authorizer, operation::Operation, resource::Resource},
        secret::Secret,
        snapshot::{cluster::Authorization, credential::Credential, publish::Publisher},
    };

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A session of `alice` at cluster `a` for a minute, and how to change its configuration.
    async fn standing() -> (Publisher, Standing) {
        let (publisher, proxy) = proxy(Config::new(&["a"]));
        let place = Arc::new(place(&proxy, None));
        let granted = granted(&proxy, &place, &[]).await;
        let expires = Instant::now() + Duration::from_secs(60);
        (
            publisher,
            Standing::new(proxy, place, ADDRESS, granted, expires),
        )
    }

    /// What becomes of the session when `change` is published.
    async fn judged(change: impl FnOnce(&mut Config)) -> Result<(), End> {
        let (publisher, mut standing) = standing().await;
        let mut config = Config::new(&["a"]);
        change(&mut config);
        publisher.publish(config.compile(2));
        standing.judge()
    }

    #[tokio::test]
    async fn a_session_ends_when_its_login_would_no_longer_succeed() {
        let gone = Err(End::ClusterChanged);
        assert_eq!(judged(|c| drop(c.clusters.remove(0))).await, gone);
        assert_eq!(judged(|c| c.routes.clear()).await, gone);
        assert_eq!(judged(|c| c.routes = vec![route("b")]).await, gone);
        assert_eq!(
            judged(|c| c.clusters[0].bootstrap_servers = vec!["x:1".parse().unwrap()]).await,
            gone
        );
        let plain = Credential::Plain {
            username: "u".to_owned(),
            password: Secret::new("p".to_owned()),
        };
        assert_eq!(
            judged(|c| c.clusters[0].upstream.credential = plain).await,
            gone
        );
        assert_eq!(
            judged(|c| c.clusters[0].authorization = Authorization::Broker).await,
            gone
        );
        assert_eq!(judged(|c| c.clusters[0].admin_apis = true).await, gone);

        let lost = |reason| Err(End::LostRight(reason));
        assert_eq!(
            judged(|c| c.clusters[0].allow = Allow::default()).await,
            lost(Reason::ClusterNotAllowed)
        );
        assert_eq!(
            judged(|c| c.providers.clear()).await,
            lost(Reason::ProviderRemoved)
        );
        assert_eq!(
            judged(|c| c.providers = vec![provider("idp", "https://other.example.com")]).await,
            lost(Reason::ProviderRemoved)
        );
        assert_eq!(
            judged(|c| c.providers[0].audiences = Audiences::AnyOf(vec!["other".to_owned()])).await,
            lost(Reason::AudienceMismatch)
        );
    }

    /// What ends a session at the word of a reload, before anything is sent.
    #[tokio::test]
    async fn a_revocation_is_seen_at_once_and_everything_else_in_its_turn() {
        let revoke = |what: &str| {
            let revoked = Revoked::Subject(what.to_owned());
            move |config: &mut Config| {
                let terms = Terms {
                    issued_before: None,
                    until: None,
                };
                config.providers[0].revocations.add(revoked, terms);
            }
        };
        type Change = Box<dyn FnOnce(&mut Config)>;
        let lost = |reason| Err(End::LostRight(reason));
        let cases: [(Change, Result<(), End>); 7] = [
            (Box::new(revoke("alice")), lost(Reason::TokenRevoked)),
            (Box::new(revoke("bob")), Ok(())),
            (
                Box::new(|c| c.providers[0].require_bound = true),
                lost(Reason::TokenUnbound),
            ),
            (
                Box::new(|c| c.providers[0].enabled = false),
                lost(Reason::ProviderDisabled),
            ),
            (
                Box::new(|c| c.providers.clear()),
                lost(Reason::ProviderRemoved),
            ),
            (Box::new(|c| c.clusters.clear()), Ok(())),
            (Box::new(|_| ()), Ok(())),
        ];
        for (at, (change, expected)) in cases.into_iter().enumerate() {
            let (publisher, standing) = standing().await;
            let mut config = Config::new(&["a"]);
            change(&mut config);
            publisher.publish(config.compile(2));
            assert_eq!(standing.check_revoked(), expected, "row {at}");
        }
    }

    #[tokio::test]
    async fn a_change_that_is_not_its_own_leaves_a_session_alone() {
        assert_eq!(judged(|_| ()).await, Ok(()));
        assert_eq!(judged(|c| drop(c.clusters.remove(1))).await, Ok(()));
        assert_eq!(judged(|c| c.routes.push(route("b"))).await, Ok(()));
        let another = provider("another", "https://another.example.com");
        assert_eq!(judged(|c| c.providers.push(another)).await, Ok(()));
    }

    #[tokio::test]
    async fn every_moment_sees_the_newest_configuration() {
        let moments = [
            Moment::Request(api_key::PRODUCE),
            Moment::Request(api_key::SASL_HANDSHAKE),
            Moment::Whole(api_key::PRODUCE),
            Moment::Answer(api_key::FETCH),
        ];
        for moment in moments {
            let (publisher, mut standing) = standing().await;
            assert_eq!(standing.pass(moment), Ok(()));
            publisher.publish(Config::new(&[]).compile(2));
            assert_eq!(
                standing.pass(moment),
                Err(End::ClusterChanged),
                "{moment:?}"
            );
        }
    }

    #[tokio::test]
    async fn an_expired_session_may_do_nothing_but_log_in_again() {
        let (_publisher, mut standing) = standing().await;
        standing.expires = Instant::now();
        for key in [api_key::PRODUCE, api_key::METADATA, api_key::API_VERSIONS] {
            assert_eq!(standing.pass(Moment::Request(key)), Err(End::Expired));
            assert_eq!(standing.pass(Moment::Whole(key)), Err(End::Expired));
        }
        for key in [api_key::SASL_HANDSHAKE, api_key::SASL_AUTHENTICATE] {
            assert_eq!(standing.pass(Moment::Request(key)), Ok(()));
            assert_eq!(standing.pass(Moment::Whole(key)), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_reload_after_the_tokens_expiry_leaves_the_client_its_turn() {
        let (publisher, proxy) = proxy(Config::new(&["a"]));
        let place = Arc::new(place(&proxy, None));
        let mut granted = granted(&proxy, &place, &[]).await;
        granted.identity = Box::new(crate::identity::fixture::identity("alice"));
        assert!(granted.identity.expires_at < UnixTime::now());
        let mut standing = Standing::new(proxy, place, ADDRESS, granted, Instant::now());
        publisher.publish(Config::new(&["a"]).compile(2));
        assert_eq!(standing.judge(), Ok(()));
        assert_eq!(
            standing.pass(Moment::Request(api_key::SASL_HANDSHAKE)),
            Ok(())
        );
        assert_eq!(
            standing.pass(Moment::Request(api_key::PRODUCE)),
            Err(End::Expired)
        );
        // It is judged all the same by what is not about time.
        publisher.publish(Config::new(&[]).compile(3));
        assert_eq!(standing.judge(), Err(End::ClusterChanged));
    }

    #[tokio::test]
    async fn what_an_expired_session_is_owed_goes_by_the_policy_in_force() {
        let enforced = |acls: &[&str]| {
            let mut config = Config::new(&["a"]);
            config.clusters[0].authorization = Authorization::Enforce;
            config.clusters[0].policy = Arc::new(authorizer(acls));
            config
        };
        let (publisher, proxy) = proxy(enforced(&["ALLOW READ TOPIC LITERAL t User:* *"]));
        let place = Arc::new(place(&proxy, None));
        let mut granted = granted(&proxy, &place, &[]).await;
        granted.identity = Box::new(crate::identity::fixture::identity("alice"));
        let mut standing = Standing::new(proxy, place, ADDRESS, granted, Instant::now());
        let reads = |standing: &mut Standing| {
            standing.pass(Moment::Answer(api_key::FETCH))?;
            let rights = standing.rights().unwrap();
            Ok(rights.may(Operation::Read, &Resource::topic("t")))
        };
        assert_eq!(reads(&mut standing), Ok(true));
        publisher.publish(enforced(&["ALLOW READ TOPIC LITERAL u User:* *"]).compile(2));
        assert_eq!(reads(&mut standing), Ok(false));
        publisher.publish(enforced(&[]).compile(3));
        let lost = End::LostRight(Reason::ClusterNotAllowed);
        assert_eq!(reads(&mut standing), Err(lost));
    }
}
