//! Who may connect and log in now: connections and logins by address and by identity, and the delay
//! of logins that fail. Knows limits, addresses and identities; no sockets, nothing of Kafka.
//!
//! [`ledger`] is what is remembered, [`meter`] how often is too often; both are pure. What a
//! connection takes is given back when its [`Seat`] is dropped.

pub mod ledger;
pub mod meter;
mod notices;
pub mod refusal;
pub mod source;

use std::{
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use ledger::{Bounds, Full, Ledger};
use notices::Notices;
use refusal::Refusal;
use source::{IdentityKey, Source};

use crate::{
    limits::{DELAYS_MAX, FAILURES_FREE, REMEMBERED_SOURCES_MAX},
    snapshot::SessionLimits,
    telemetry::metrics,
};

type Shared<K> = Arc<Mutex<Ledger<K>>>;

/// What is remembered of all clients. Its mutexes are held for a few look-ups, never across an await.
#[derive(Debug)]
pub struct Admission {
    addresses: Shared<Source>,
    identities: Shared<IdentityKey>,
    /// A permit a failed login that waits for its delay.
    delays: Semaphore,
    notices: Mutex<Notices>,
}

/// A connection's share of what its address, or its identity, may have.
#[must_use = "the share is given back once this is dropped"]
#[derive(Debug)]
pub struct Seat<K: Clone + Eq + Hash> {
    ledger: Shared<K>,
    key: K,
}

impl<K: Clone + Eq + Hash> Drop for Seat<K> {
    fn drop(&mut self) {
        lock(&self.ledger).leave(&self.key);
    }
}

impl Default for Admission {
    fn default() -> Self {
        let ledger = || Arc::new(Mutex::new(Ledger::new(REMEMBERED_SOURCES_MAX)));
        Self {
            addresses: ledger(),
            identities: Arc::new(Mutex::new(Ledger::new(REMEMBERED_SOURCES_MAX))),
            delays: Semaphore::new(DELAYS_MAX),
            notices: Mutex::default(),
        }
    }
}

impl Admission {
    /// A client at `address` connects.
    ///
    /// # Errors
    /// [`Refusal::ConnectionsOfAddress`], [`Refusal::LoginRateOfAddress`].
    pub fn address(
        &self,
        address: IpAddr,
        limits: &SessionLimits,
        now: Instant,
    ) -> Result<Seat<Source>, Refusal> {
        let bounds = Bounds {
            connections: limits.max_connections_per_address,
            logins_per_second: limits.login_rate_per_address,
        };
        seat(&self.addresses, address.into(), bounds, now).map_err(|full| match full {
            Full::Connections => Refusal::ConnectionsOfAddress,
            Full::LoginRate => Refusal::LoginRateOfAddress,
        })
    }

    /// A client logs in as `identity`, whose token was accepted.
    ///
    /// # Errors
    /// [`Refusal::ConnectionsOfPrincipal`], [`Refusal::LoginRateOfPrincipal`].
    pub fn identity(
        &self,
        identity: IdentityKey,
        limits: &SessionLimits,
        now: Instant,
    ) -> Result<Seat<IdentityKey>, Refusal> {
        let bounds = Bounds {
            connections: limits.max_connections_per_principal,
            logins_per_second: limits.login_rate_per_principal,
        };
        seat(&self.identities, identity, bounds, now).map_err(|full| match full {
            Full::Connections => Refusal::ConnectionsOfPrincipal,
            Full::LoginRate => Refusal::LoginRateOfPrincipal,
        })
    }

    /// A login from `address` failed, of `identity` where its signature held. How long its answer is
    /// held back: longer the more logins of the one or the other have failed lately.
    pub fn failed(
        &self,
        address: IpAddr,
        identity: Option<&IdentityKey>,
        limits: &SessionLimits,
        now: Instant,
    ) -> Duration {
        let of_address = lock(&self.addresses).fail(&address.into(), now);
        let of_identity = identity.map_or(0, |identity| lock(&self.identities).fail(identity, now));
        failure_delay(of_address.max(of_identity), limits)
    }

    /// Waits for `delay`; not at all where too many wait already, so that failures cannot use up
    /// sockets and memory.
    pub async fn hold_back(&self, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        let place = self.delays.try_acquire();
        metrics::failure_delayed(place.is_ok());
        if place.is_ok() {
            sleep(delay).await;
        }
    }

    /// Whether a log line about connections of `listener` that are closed for `reason` is due.
    pub fn notice_due(&self, listener: &str, reason: &'static str) -> bool {
        lock(&self.notices).is_due(listener, reason, Instant::now())
    }

    /// Counts a connection of `listener` that is closed for `refusal`, and logs it now and then.
    pub fn tell(&self, listener: &str, refusal: Refusal, address: IpAddr) {
        metrics::connection_refused(listener, refusal.code());
        if self.notice_due(listener, refusal.code()) {
            let (reason, setting) = (refusal.code(), refusal.setting());
            tracing::warn!(listener, %address, reason, "connection closed: `{setting}` is reached");
        }
    }
}

fn seat<K: Clone + Eq + Hash>(
    ledger: &Shared<K>,
    key: K,
    bounds: Bounds,
    now: Instant,
) -> Result<Seat<K>, Full> {
    lock(ledger).enter(&key, bounds, now)?;
    let ledger = Arc::clone(ledger);
    Ok(Seat { ledger, key })
}

/// Doubles with each failure after the free ones, from `failure_delay` to `failure_delay_max`.
fn failure_delay(failures: u32, limits: &SessionLimits) -> Duration {
    let doubled = failures.saturating_sub(FAILURES_FREE).min(31);
    let delay = limits.failure_delay.saturating_mul(1 << doubled);
    delay.min(limits.failure_delay_max.max(limits.failure_delay))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::identity::fixture::identity;

    fn limits() -> SessionLimits {
        SessionLimits {
            max_connections_per_address: 2,
            max_connections_per_principal: 1,
            login_rate_per_address: 1,
            ..SessionLimits::default()
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn seats_are_given_back() {
        let (admission, limits, now) = (Admission::default(), limits(), Instant::now());
        let enter = |text| admission.address(address(text), &limits, now);
        let first = enter("2001:db8::1").unwrap();
        let _second = enter("2001:db8::2").unwrap();
        let full = Some(Refusal::ConnectionsOfAddress);
        assert_eq!(enter("2001:db8::3").err(), full);
        assert!(enter("2001:db8:1::1").is_ok(), "another site");
        drop(first);
        // The burst is used up too, until time passes.
        assert_eq!(
            enter("2001:db8::3").err(),
            Some(Refusal::LoginRateOfAddress)
        );
        let later = now + Duration::from_secs(1);
        assert!(
            admission
                .address(address("2001:db8::3"), &limits, later)
                .is_ok()
        );
    }

    #[tokio::test]
    async fn an_identity_has_its_share_wherever_it_comes_from() {
        let (admission, limits, now) = (Admission::default(), limits(), Instant::now());
        let key = |name| IdentityKey::from(&identity(name));
        let _alice = admission.identity(key("alice"), &limits, now).unwrap();
        let again = admission.identity(key("alice"), &limits, now);
        assert_eq!(again.err(), Some(Refusal::ConnectionsOfPrincipal));
        assert!(admission.identity(key("bob"), &limits, now).is_ok());
    }

    #[test]
    fn the_delay_of_failures_grows_and_ends() {
        let limits = limits();
        let ms = |failures| failure_delay(failures, &limits).as_millis();
        assert_eq!([ms(1), ms(FAILURES_FREE)], [100, 100]);
        let more = [1, 2, 3, 5, 6, 12, u32::MAX - FAILURES_FREE];
        let more = more.map(|more| ms(FAILURES_FREE + more));
        assert_eq!(more, [200, 400, 800, 3200, 5000, 5000, 5000]);
        let none = SessionLimits {
            failure_delay: Duration::ZERO,
            ..limits
        };
        assert_eq!(failure_delay(1000, &none), Duration::ZERO);
    }

    #[tokio::test]
    async fn failures_of_an_identity_follow_it_to_another_address() {
        let (admission, limits, now) = (Admission::default(), limits(), Instant::now());
        let alice = IdentityKey::from(&identity("alice"));
        for n in 0..FAILURES_FREE {
            let from = IpAddr::from(std::net::Ipv4Addr::from_bits(n));
            admission.failed(from, Some(&alice), &limits, now);
        }
        let next = |from, who| admission.failed(address(from), who, &limits, now);
        assert_eq!(next("192.0.2.9", None), limits.failure_delay);
        assert!(next("192.0.2.9", Some(&alice)) > limits.failure_delay);
    }

    #[tokio::test]
    async fn when_too_many_wait_no_more_do() {
        let admission = Admission::default();
        let hour = Duration::from_secs(3600);
        let soon = Duration::from_millis(20);
        let places = u32::try_from(DELAYS_MAX).unwrap();
        let all = admission.delays.try_acquire_many(places).unwrap();
        let held_back = timeout(Duration::from_secs(5), admission.hold_back(hour));
        assert!(held_back.await.is_ok(), "no place, no delay");
        drop(all);
        assert!(timeout(soon, admission.hold_back(hour)).await.is_err());
        assert_eq!(admission.delays.available_permits(), DELAYS_MAX);
        let begun = Instant::now();
        admission.hold_back(soon).await;
        assert!(begun.elapsed() >= soon);
    }
}
