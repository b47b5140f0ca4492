//! The keys of all providers, shared between the refresher that writes and the logins that read.
//! Owns who waits for a refresh, and how often logins may cause one. Knows nothing of fetching.
//!
//! Locks are held for short sections, never across an await.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};

use super::{
    budget::{Bucket, SourceBudget},
    jwks::KeySet,
    provider::ProviderKey,
};
use crate::{clock::UnixTime, limits};

/// The keys of all providers.
///
/// Keys are found by organization, provider, issuer and endpoint, never by key id alone: two
/// providers that publish one `kid` do not see each other's keys (CVE-2026-49998).
#[derive(Debug)]
pub struct Keyring {
    key_wait: Duration,
    slots: RwLock<HashMap<ProviderKey, Arc<Slot>>>,
    /// Number of good refreshes that somebody demanded, or that led elsewhere, over all providers.
    demanded: watch::Sender<u64>,
}

/// What the keyring has for a provider.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Keys to verify with.
    Ready(Arc<KeySet>),
    /// Keys that are too old to be trusted, and their age.
    Stale(Duration),
    /// None yet.
    None,
}

/// What a login wants of its provider's keys, which those at hand do not have.
#[derive(Clone, Debug)]
pub enum WantedKey {
    /// A key with this id; at most 256 bytes, hostile.
    Id(String),
    /// Whoever signed this token, which none of `among` did. Providers replace a key under its old
    /// id, or publish keys without ids: then only other keys than these can tell.
    Signer {
        /// SHA-256 of the token.
        token: [u8; 32],
        /// The keys that were tried.
        among: Arc<KeySet>,
    },
}

/// What was wanted and is remembered as not there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Missing {
    Id(String),
    /// By token, not by key: who sends bad signatures knows the ids of good keys, and must not keep
    /// anybody from a key that is replaced under its id.
    Signer([u8; 32]),
}

/// How waiting for a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyWait {
    /// The provider publishes it now, or other keys than were tried: verify again.
    Found,
    /// A good refresh, begun after the login asked, does not have it: refuse.
    StillUnknown,
    /// Nobody knows (no good refresh in time, too many wait, or a cool-down): close.
    Unavailable,
}

/// How fresh a provider's keys are.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// The provider.
    pub provider: ProviderKey,
    /// Number of usable keys.
    pub keys: usize,
    /// Time since the last good refresh; `None` = there was none.
    pub age: Option<Duration>,
    /// Failed refreshes since the last good one.
    pub failures: u32,
    /// Why the last refresh failed, if it did.
    pub last_fault: Option<String>,
    /// How far the provider's clock is ahead of ours, in seconds; negative = behind. `None` while
    /// it has not told its time.
    pub clock_offset: Option<i64>,
}

/// One provider's keys and those who wait for them.
#[derive(Debug)]
struct Slot {
    state: Mutex<State>,
    /// Number of refreshes that have ended, and whether the last one was good.
    ended: watch::Sender<Ended>,
    hint: Notify,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ended {
    refreshes: u64,
    good: bool,
}

#[derive(Debug)]
struct State {
    keys: Option<(Arc<KeySet>, UnixTime)>,
    failures: u32,
    last_fault: Option<String>,
    /// Number of refreshes that have begun; those that have ended are in `Slot::ended`.
    begun: u64,
    ended: u64,
    /// A login asked for a refresh that has not begun.
    asked: bool,
    /// Somebody demanded a refresh that has not begun, and one that has or that was not good.
    demanded: bool,
    demanded_begun: bool,
    /// Number of this provider's last good refresh that somebody demanded, among those of all.
    met: u64,
    /// How long a cache had kept the keys.
    age: Duration,
    /// Where the keys were found.
    jwks_uri: Option<String>,
    clock_offset: Option<i64>,
    budget: Bucket,
    sources: SourceBudget,
    waiters: HashMap<IpAddr, usize>,
    /// What a refresh, begun after it was asked for, did not have.
    missing: HashMap<Missing, Instant>,
}

/// What a login that misses a key may do.
enum Admission {
    /// Wait for the end of refresh number `until`; only then is a missing key known to be missing
    /// if `conclusive`: a refresh begun before the login asked may have read an older set.
    Wait {
        until: u64,
        conclusive: bool,
    },
    Now(KeyWait),
}

impl Keyring {
    /// An empty keyring; logins wait at most `key_wait` for an unknown key id.
    #[must_use]
    pub fn new(key_wait: Duration) -> Self {
        Self {
            key_wait,
            slots: RwLock::default(),
            demanded: watch::Sender::new(0),
        }
    }

    /// The keys of `provider`, of which those older than `stale_max` are trusted no longer.
    #[must_use]
    pub fn keys(&self, provider: &ProviderKey, stale_max: Duration, now: UnixTime) -> Keys {
        let Some(slot) = self.slot(provider) else {
            return Keys::None;
        };
        let state = slot.lock();
        let Some((keys, since)) = &state.keys else {
            return Keys::None;
        };
        let age = now.since(*since);
        if age > stale_max {
            Keys::Stale(age)
        } else {
            Keys::Ready(Arc::clone(keys))
        }
    }

    /// The time that the clock of `provider` showed at least when it published the keys at hand: the
    /// end of their fetch, less what a cache has kept them for and what the clock is known to be
    /// behind ours.
    #[must_use]
    pub fn published_at(&self, provider: &ProviderKey) -> Option<UnixTime> {
        let slot = self.slot(provider)?;
        let state = slot.lock();
        let (_, fetched) = state.keys.as_ref()?;
        let behind = state.clock_offset.unwrap_or(0).min(0).unsigned_abs();
        let earlier = state.age.saturating_add(Duration::from_secs(behind));
        Some(fetched.minus(earlier))
    }

    /// Waits until `provider` publishes what is `wanted`, at most the keyring's `key_wait`, for one
    /// refresh that all who wait share. `source` is the client's address; it has a share of the
    /// waiting places and of the refreshes.
    pub async fn wait_for(
        &self,
        provider: &ProviderKey,
        wanted: &WantedKey,
        source: IpAddr,
    ) -> KeyWait {
        let Some(slot) = self.slot(provider) else {
            return KeyWait::Unavailable;
        };
        let mut ended = slot.ended.subscribe();
        let (until, conclusive) = match slot.admit(wanted, source, Instant::now()) {
            Admission::Now(outcome) => return outcome,
            Admission::Wait { until, conclusive } => (until, conclusive),
        };
        let _place = Place {
            slot: Arc::clone(&slot),
            source,
        };
        let enough = |ended: &Ended| ended.refreshes >= until || slot.has(wanted);
        match tokio::time::timeout(self.key_wait, ended.wait_for(enough)).await {
            Ok(Ok(last)) if slot.has(wanted) || last.good => {}
            _ => return KeyWait::Unavailable,
        }
        if slot.has(wanted) {
            return KeyWait::Found;
        }
        if !conclusive {
            return KeyWait::Unavailable;
        }
        slot.remember_missing(wanted, Instant::now());
        KeyWait::StillUnknown
    }

    /// Makes room for `provider`. The refresher calls it before anything else.
    pub fn open(&self, provider: &ProviderKey) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots
            .entry(provider.clone())
            .or_insert_with(|| Arc::new(Slot::new(Instant::now())));
    }

    /// Forgets the keys of every provider that `keep` does not want.
    pub fn retain(&self, keep: impl Fn(&ProviderKey) -> bool) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|provider, _| keep(provider));
    }

    /// Notes that a refresh of `provider` begins. Ended by [`Keyring::store`],
    /// [`Keyring::fail`] or [`Keyring::abandon`]; until then logins wait for it and ask for no other.
    pub fn begin(&self, provider: &ProviderKey) {
        if let Some(slot) = self.slot(provider) {
            let mut state = slot.lock();
            state.begun = state.begun.saturating_add(1);
            state.asked = false;
            // One that was demanded and not good leaves it to this one.
            state.demanded_begun |= std::mem::take(&mut state.demanded);
        }
    }

    /// Ends a refresh of `provider` that somebody began and gave up; does nothing if it has ended.
    /// Who waits for it learns nothing of any key.
    pub fn abandon(&self, provider: &ProviderKey) {
        if let Some(slot) = self.slot(provider) {
            let state = slot.lock();
            if state.begun > state.ended {
                slot.end(state, false);
            }
        }
    }

    /// Replaces the keys of `provider`; wakes those who wait.
    pub fn store(&self, provider: &ProviderKey, keys: Arc<KeySet>, now: UnixTime) {
        if let Some(slot) = self.slot(provider) {
            let mut state = slot.lock();
            state.keys = Some((keys, now));
            state.failures = 0;
            state.last_fault = None;
            state.missing.clear();
            if std::mem::take(&mut state.demanded_begun) {
                self.meet_demand(&mut state);
            }
            slot.end(state, true);
        }
    }

    /// Demands a refresh of all keys at once, whatever logins have spent of the providers'
    /// budgets. Sessions whose key a demanded refresh no longer finds have lost their right;
    /// those of a routine rotation have not.
    pub fn demand(&self) {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.values() {
            let mut state = slot.lock();
            state.asked = true;
            state.demanded = true;
            slot.hint.notify_one();
        }
    }

    /// Has what was verified for `provider` until now verified again, by the keys of this source, as
    /// soon as there are some: until now its keys were elsewhere.
    pub fn supersede(&self, provider: &ProviderKey) {
        if let Some(slot) = self.slot(provider) {
            let mut state = slot.lock();
            if state.keys.is_some() {
                self.meet_demand(&mut state);
            } else {
                state.demanded_begun = true;
            }
        }
    }

    /// Notes where the keys are that [`Keyring::store`] will be given for the refresh of `provider`
    /// under way. If the last ones were elsewhere, the refresh counts as demanded: what was verified
    /// there is worth nothing here.
    pub fn note_source(&self, provider: &ProviderKey, jwks_uri: &str) {
        if let Some(slot) = self.slot(provider) {
            let mut state = slot.lock();
            let last = state.jwks_uri.replace(jwks_uri.to_owned());
            state.demanded_begun |= last.is_some_and(|last| last != jwks_uri);
        }
    }

    /// Number of good refreshes that were demanded, over all providers; tells of each.
    #[must_use]
    pub fn demands_met(&self) -> watch::Receiver<u64> {
        self.demanded.subscribe()
    }

    /// Whether a demanded refresh of `provider` was good after the first `met` of all: what was
    /// verified when there were `met` is to be verified again.
    #[must_use]
    pub fn was_demanded_since(&self, provider: &ProviderKey, met: u64) -> bool {
        self.slot(provider)
            .is_some_and(|slot| slot.lock().met > met)
    }

    /// Notes how far the clock of `provider` is ahead of ours, in seconds.
    pub fn note_clock(&self, provider: &ProviderKey, offset: i64) {
        if let Some(slot) = self.slot(provider) {
            slot.lock().clock_offset = Some(offset);
        }
    }

    /// Notes how long a cache has kept the keys that [`Keyring::store`] will be given.
    pub fn note_age(&self, provider: &ProviderKey, age: Duration) {
        if let Some(slot) = self.slot(provider) {
            slot.lock().age = age;
        }
    }

    /// Notes that a refresh of `provider` failed because of `fault`; its keys stay as they are.
    pub fn fail(&self, provider: &ProviderKey, fault: String) {
        if let Some(slot) = self.slot(provider) {
            let mut state = slot.lock();
            state.failures = state.failures.saturating_add(1);
            state.last_fault = Some(fault);
            slot.end(state, false);
        }
    }

    /// Ends when a login asks for a refresh of `provider`; never, if the provider is not here.
    pub async fn asked(&self, provider: &ProviderKey) {
        let Some(slot) = self.slot(provider) else {
            return std::future::pending().await;
        };
        while !slot.lock().asked {
            slot.hint.notified().await;
        }
    }

    /// How fresh all keys are, in no particular order.
    #[must_use]
    pub fn freshness(&self, now: UnixTime) -> Vec<Freshness> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = |(provider, slot): (&ProviderKey, &Arc<Slot>)| {
            let state = slot.lock();
            Freshness {
                provider: provider.clone(),
                keys: state.keys.as_ref().map_or(0, |(keys, _)| keys.len()),
                age: state.keys.as_ref().map(|(_, since)| now.since(*since)),
                failures: state.failures,
                last_fault: state.last_fault.clone(),
                clock_offset: state.clock_offset,
            }
        };
        slots.iter().map(fresh).collect()
    }

    fn meet_demand(&self, state: &mut State) {
        self.demanded
            .send_modify(|count| *count = count.saturating_add(1));
        state.met = *self.demanded.borrow();
    }

    fn slot(&self, provider: &ProviderKey) -> Option<Arc<Slot>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots.get(provider).map(Arc::clone)
    }
}

impl Slot {
    fn new(now: Instant) -> Self {
        let state = State {
            keys: None,
            failures: 0,
            last_fault: None,
            begun: 0,
            ended: 0,
            asked: false,
            demanded: false,
            demanded_begun: false,
            met: 0,
            age: Duration::ZERO,
            jwks_uri: None,
            clock_offset: None,
            budget: Bucket::per_minute(limits::KEY_REFRESHES_PER_MINUTE, now),
            sources: SourceBudget::new(limits::KEY_REFRESHES_PER_SOURCE, limits::KEY_SOURCES_MAX),
            waiters: HashMap::new(),
            missing: HashMap::new(),
        };
        let (ended, _) = watch::channel(Ended::default());
        Self {
            state: Mutex::new(state),
            ended,
            hint: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, wanted: &WantedKey) -> bool {
        self.lock().has(wanted)
    }

    /// Lets a login wait, and asks for a refresh where none will do that is on its way.
    fn admit(&self, wanted: &WantedKey, source: IpAddr, now: Instant) -> Admission {
        let mut state = self.lock();
        if state.has(wanted) {
            return Admission::Now(KeyWait::Found);
        }
        let is_recent =
            |since: &Instant| now.saturating_duration_since(*since) < limits::UNKNOWN_KEY_ID_AGE;
        let missing = Missing::from(wanted);
        if state.missing.get(&missing).is_some_and(is_recent) {
            return Admission::Now(KeyWait::StillUnknown);
        }
        let mine = state.waiters.get(&source).copied().unwrap_or(0);
        let all: usize = state.waiters.values().sum();
        if mine >= limits::KEY_WAITERS_PER_SOURCE_MAX || all >= limits::KEY_WAITERS_MAX {
            return Admission::Now(KeyWait::Unavailable);
        }
        let next = state.begun.saturating_add(1);
        let admission = if state.asked {
            Admission::Wait {
                until: next,
                conclusive: true,
            }
        } else if state.begun > state.ended {
            Admission::Wait {
                until: state.begun,
                conclusive: false,
            }
        } else if state.budget.allows(now) && state.sources.take(source, now) {
            state.budget.take(now);
            state.asked = true;
            self.hint.notify_one();
            Admission::Wait {
                until: next,
                conclusive: true,
            }
        } else {
            return Admission::Now(KeyWait::Unavailable);
        };
        state.waiters.insert(source, mine.saturating_add(1));
        admission
    }

    fn remember_missing(&self, wanted: &WantedKey, now: Instant) {
        let mut state = self.lock();
        if state.missing.len() >= limits::UNKNOWN_KEY_IDS_MAX {
            state.missing.clear();
        }
        state.missing.insert(Missing::from(wanted), now);
    }

    fn end(&self, mut state: MutexGuard<'_, State>, good: bool) {
        state.ended = state.begun;
        let refreshes = state.ended;
        drop(state);
        self.ended.send_replace(Ended { refreshes, good });
    }
}

impl State {
    fn has(&self, wanted: &WantedKey) -> bool {
        self.keys.as_ref().is_some_and(|(keys, _)| match wanted {
            WantedKey::Id(kid) => keys.contains(kid),
            WantedKey::Signer { among, .. } => !keys.has_keys_of(among),
        })
    }
}

impl From<&WantedKey> for Missing {
    fn from(wanted: &WantedKey) -> Self {
        match wanted {
            WantedKey::Id(kid) => Self::Id(kid.clone()),
            WantedKey::Signer { token, .. } => Self::Signer(*token),
        }
    }
}

/// A waiting place; given back when the login ends, however it does.
struct Place {
    slot: Arc<Slot>,
    source: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.slot.lock();
        match state.waiters.get_mut(&self.source) {
            Some(count) if *count > 1 => *count = count.saturating_sub(1),
            _ => drop(state.waiters.remove(&self.source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture::{NOW, RSA_A, RSA_B, keys, provider};

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn key() -> ProviderKey {
        provider("idp", "https://idp").key()
    }

    fn set(kid: &str) -> Arc<KeySet> {
        keys(&[RSA_A.jwk(&format!("\"kid\":\"{kid}\","))])
    }

    fn ring(key_wait: Duration) -> Arc<Keyring> {
        let ring = Keyring::new(key_wait);
        ring.open(&key());
        Arc::new(ring)
    }

    fn store(ring: &Keyring, kid: &str) {
        ring.begin(&key());
        ring.store(&key(), set(kid), UnixTime::from_secs(NOW));
    }

    /// Long enough for a busy machine, never waited for in full.
    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(30);

    fn other(n: u8) -> IpAddr {
        IpAddr::from([10, 1, 0, n])
    }

    fn id(kid: &str) -> WantedKey {
        WantedKey::Id(kid.to_owned())
    }

    /// Whoever signed the `nth` token, which no key of `kid` did.
    fn signer(nth: u8, kid: &str) -> WantedKey {
        WantedKey::Signer {
            token: [nth; 32],
            among: set(kid),
        }
    }

    async fn waiting(ring: &Arc<Keyring>, kid: &str) -> tokio::task::JoinHandle<KeyWait> {
        waiting_for(ring, id(kid)).await
    }

    async fn waiting_for(
        ring: &Arc<Keyring>,
        wanted: WantedKey,
    ) -> tokio::task::JoinHandle<KeyWait> {
        let waiting = Arc::clone(ring);
        let task = tokio::spawn(async move { waiting.wait_for(&key(), &wanted, ADDRESS).await });
        let waits = || {
            ring.slot(&key())
                .unwrap()
                .lock()
                .waiters
                .contains_key(&ADDRESS)
        };
        while !waits() && !task.is_finished() {
            tokio::task::yield_now().await;
        }
        task
    }

    #[tokio::test]
    async fn a_login_waits_for_the_refresh_that_it_asks_for() {
        let ring = ring(LONG);
        store(&ring, "old");
        let login = waiting(&ring, "new").await;
        ring.asked(&key()).await;
        store(&ring, "new");
        assert_eq!(login.await.unwrap(), KeyWait::Found);
        assert_eq!(
            ring.wait_for(&key(), &id("new"), ADDRESS).await,
            KeyWait::Found
        );
        assert!(ring.slot(&key()).unwrap().lock().waiters.is_empty());
    }

    #[tokio::test]
    async fn after_a_good_refresh_an_unknown_kid_is_unknown_for_a_while() {
        let ring = ring(LONG);
        let login = waiting(&ring, "forged").await;
        ring.asked(&key()).await;
        store(&ring, "real");
        assert_eq!(login.await.unwrap(), KeyWait::StillUnknown);
        assert_eq!(
            ring.wait_for(&key(), &id("forged"), other(1)).await,
            KeyWait::StillUnknown
        );
        assert!(!ring.slot(&key()).unwrap().lock().asked);
        // A refresh clears it, and the key may have come.
        store(&ring, "forged");
        assert_eq!(
            ring.wait_for(&key(), &id("forged"), other(1)).await,
            KeyWait::Found
        );
    }

    #[tokio::test]
    async fn an_outage_is_never_an_unknown_key() {
        let ring = ring(LONG);
        let login = waiting(&ring, "k").await;
        ring.asked(&key()).await;
        ring.begin(&key());
        ring.fail(&key(), "down".to_owned());
        assert_eq!(login.await.unwrap(), KeyWait::Unavailable);

        let slow = Keyring::new(SHORT);
        assert_eq!(
            slow.wait_for(&key(), &id("k"), ADDRESS).await,
            KeyWait::Unavailable
        );
        slow.open(&key());
        assert_eq!(
            slow.wait_for(&key(), &id("k"), ADDRESS).await,
            KeyWait::Unavailable
        );
    }

    /// A refresh that began before the login asked may have read an older set.
    #[tokio::test]
    async fn a_refresh_in_flight_can_find_a_key_but_not_rule_it_out() {
        for (kid, outcome) in [("new", KeyWait::Found), ("old", KeyWait::Unavailable)] {
            let ring = ring(LONG);
            ring.begin(&key());
            let login = waiting(&ring, "new").await;
            assert!(!ring.slot(&key()).unwrap().lock().asked, "the login joins");
            ring.store(&key(), set(kid), UnixTime::from_secs(NOW));
            assert_eq!(login.await.unwrap(), outcome);
        }
    }

    /// Row 55: random key ids from everywhere cost a provider three refreshes a minute.
    #[tokio::test]
    async fn a_flood_costs_the_provider_its_bucket() {
        let ring = ring(LONG);
        let provider = key();
        let mut refreshes = 0;
        for n in 0..100 {
            let flooding = Arc::clone(&ring);
            let kid = format!("forged-{n}");
            let login = async move { flooding.wait_for(&key(), &id(&kid), other(n)).await };
            tokio::select! {
                biased;
                outcome = login => assert_eq!(outcome, KeyWait::Unavailable),
                () = ring.asked(&provider) => {
                    refreshes += 1;
                    store(&ring, "real");
                }
            }
        }
        assert_eq!(refreshes, limits::KEY_REFRESHES_PER_MINUTE);
    }

    /// Row 55 from one address: a rotation during the flood still gets its refresh.
    #[tokio::test]
    async fn a_flood_from_one_address_leaves_a_rotation_its_refresh() {
        let ring = ring(SHORT);
        store(&ring, "old");
        for n in 0..50 {
            let kid = format!("forged-{n}");
            let outcome = ring.wait_for(&key(), &id(&kid), other(1)).await;
            assert_eq!(outcome, KeyWait::Unavailable);
            ring.begin(&key());
            ring.fail(&key(), "slow".to_owned());
        }
        let refreshing = Arc::clone(&ring);
        let refresher = tokio::spawn(async move {
            refreshing.asked(&key()).await;
            store(&refreshing, "new");
        });
        let login = ring.wait_for(&key(), &id("new"), ADDRESS).await;
        // A busy machine may need longer than SHORT to run the refresher; then it is there now.
        let refreshed = tokio::time::timeout(LONG, refresher).await;
        refreshed.expect("the rotation gets its refresh").unwrap();
        let login = if login == KeyWait::Found {
            login
        } else {
            ring.wait_for(&key(), &id("new"), ADDRESS).await
        };
        assert_eq!(login, KeyWait::Found);
    }

    fn replace_under_its_id(ring: &Keyring) {
        ring.begin(&key());
        let replaced = keys(&[RSA_B.jwk("\"kid\":\"k\",")]);
        ring.store(&key(), replaced, UnixTime::from_secs(NOW));
    }

    /// A provider replaces a key and keeps its id: who signed is asked for as a new id would be.
    #[tokio::test]
    async fn a_key_replaced_under_its_id_is_found() {
        let ring = ring(LONG);
        store(&ring, "k");
        let login = waiting_for(&ring, signer(1, "k")).await;
        ring.asked(&key()).await;
        replace_under_its_id(&ring);
        assert_eq!(login.await.unwrap(), KeyWait::Found);
        // Who tried the old key but asks late finds the new one without a refresh.
        let late = ring.wait_for(&key(), &signer(2, "k"), other(1)).await;
        assert_eq!(late, KeyWait::Found);
        assert!(!ring.slot(&key()).unwrap().lock().asked);
    }

    /// By its token alone: other tokens under that key id are no worse for it.
    #[tokio::test]
    async fn a_signature_that_no_key_made_is_remembered_by_its_token() {
        let ring = ring(LONG);
        store(&ring, "k");
        let login = waiting_for(&ring, signer(1, "k")).await;
        ring.asked(&key()).await;
        store(&ring, "k");
        assert_eq!(login.await.unwrap(), KeyWait::StillUnknown);
        let again = ring.wait_for(&key(), &signer(1, "k"), other(1)).await;
        assert_eq!(again, KeyWait::StillUnknown);
        assert!(!ring.slot(&key()).unwrap().lock().asked);
        // Another token may be by a key that was replaced since.
        let other_token = waiting_for(&ring, signer(2, "k")).await;
        ring.asked(&key()).await;
        ring.begin(&key());
        ring.fail(&key(), "down".to_owned());
        assert_eq!(other_token.await.unwrap(), KeyWait::Unavailable);
    }

    /// Bad signatures from everywhere cost a provider what random key ids do.
    #[tokio::test]
    async fn a_flood_of_bad_signatures_costs_the_provider_its_bucket() {
        let ring = ring(LONG);
        let provider = key();
        store(&ring, "k");
        let mut refreshes = 0;
        for n in 0..100 {
            let flooding = Arc::clone(&ring);
            let login = async move { flooding.wait_for(&key(), &signer(n, "k"), other(n)).await };
            tokio::select! {
                biased;
                outcome = login => assert_eq!(outcome, KeyWait::Unavailable),
                () = ring.asked(&provider) => {
                    refreshes += 1;
                    store(&ring, "k");
                }
            }
        }
        assert_eq!(refreshes, limits::KEY_REFRESHES_PER_MINUTE);
    }

    /// From one address they leave a rotation that keeps its id its refresh.
    #[tokio::test]
    async fn bad_signatures_from_one_address_leave_a_rotation_its_refresh() {
        let ring = ring(SHORT);
        store(&ring, "k");
        for n in 0..50 {
            let outcome = ring.wait_for(&key(), &signer(n, "k"), other(1)).await;
            assert_eq!(outcome, KeyWait::Unavailable);
            ring.begin(&key());
            ring.fail(&key(), "slow".to_owned());
        }
        let refreshing = Arc::clone(&ring);
        let refresher = tokio::spawn(async move {
            refreshing.asked(&key()).await;
            replace_under_its_id(&refreshing);
        });
        let good = signer(200, "k");
        let login = ring.wait_for(&key(), &good, ADDRESS).await;
        let refreshed = tokio::time::timeout(LONG, refresher).await;
        refreshed.expect("the rotation gets its refresh").unwrap();
        let login = match login {
            KeyWait::Found => login,
            _ => ring.wait_for(&key(), &good, ADDRESS).await,
        };
        assert_eq!(login, KeyWait::Found);
    }

    #[tokio::test]
    async fn waiting_places_are_limited_and_given_back() {
        let ring = ring(LONG);
        let mut places = Vec::new();
        let admit = |kid: &str, source| {
            let slot = ring.slot(&key()).unwrap();
            match slot.admit(&id(kid), source, Instant::now()) {
                Admission::Wait { .. } => Some(Place { slot, source }),
                Admission::Now(_) => None,
            }
        };
        for _ in 0..limits::KEY_WAITERS_PER_SOURCE_MAX {
            places.push(admit("k", ADDRESS).unwrap());
        }
        assert!(admit("k", ADDRESS).is_none());
        for n in 0..u8::MAX {
            places.extend(admit("k", other(n)));
        }
        assert_eq!(places.len(), limits::KEY_WAITERS_MAX);
        assert!(admit("k", IpAddr::from([10, 2, 0, 1])).is_none());
        drop(places);
        assert!(admit("k", ADDRESS).is_some());
        assert!(ring.slot(&key()).unwrap().lock().waiters.is_empty());
    }

    /// Logins that find it begun would wait for it, and none would ask for another.
    #[tokio::test]
    async fn a_refresh_that_is_given_up_is_over() {
        let ring = ring(LONG);
        store(&ring, "old");
        ring.demand();
        ring.begin(&key());
        let login = waiting(&ring, "new").await;
        ring.abandon(&key());
        assert_eq!(login.await.unwrap(), KeyWait::Unavailable);
        let login = waiting(&ring, "new").await;
        ring.asked(&key()).await;
        store(&ring, "new");
        assert_eq!(login.await.unwrap(), KeyWait::Found);
        assert!(
            ring.was_demanded_since(&key(), 0),
            "the demand was not lost"
        );
        // One that has ended stays as it did.
        ring.abandon(&key());
        let slot = ring.slot(&key()).unwrap();
        assert!(slot.ended.borrow().good);
    }

    #[test]
    fn a_failed_refresh_changes_no_key() {
        let ring = ring(SHORT);
        let now = UnixTime::from_secs(NOW);
        store(&ring, "k");
        for _ in 0..3 {
            ring.begin(&key());
            ring.fail(&key(), "status 500".to_owned());
        }
        assert!(
            matches!(ring.keys(&key(), limits::STALE_KEYS_MAX, now), Keys::Ready(keys) if keys.contains("k"))
        );
        let later = UnixTime::from_secs(NOW + 60);
        let [fresh] = <[Freshness; 1]>::try_from(ring.freshness(later)).unwrap();
        assert_eq!((fresh.keys, fresh.failures), (1, 3));
        assert_eq!(fresh.age, Some(Duration::from_secs(60)));
        assert_eq!(fresh.last_fault.as_deref(), Some("status 500"));
    }

    /// CVE-2026-49998 under load: providers that publish one `kid` never see each other's keys.
    #[test]
    fn keys_are_kept_apart_while_both_are_replaced() {
        let ring = ring(SHORT);
        let now = UnixTime::from_secs(NOW);
        let sets = [set("k1"), keys(&[RSA_B.jwk("\"kid\":\"k1\",")])];
        let providers = [key(), provider("other", "https://other").key()];
        ring.open(&providers[1]);
        std::thread::scope(|scope| {
            for (provider, set) in providers.iter().zip(&sets) {
                let ring = &ring;
                scope.spawn(move || {
                    for _ in 0..500 {
                        ring.begin(provider);
                        ring.store(provider, Arc::clone(set), now);
                        let Keys::Ready(found) = ring.keys(provider, limits::STALE_KEYS_MAX, now)
                        else {
                            panic!()
                        };
                        assert!(Arc::ptr_eq(&found, set));
                    }
                });
            }
        });
    }

    /// Keys are a provider's at an issuer and an endpoint; nobody else sees them.
    #[test]
    fn keys_are_kept_apart() {
        let ring = ring(SHORT);
        let now = UnixTime::from_secs(NOW);
        store(&ring, "k");
        let mut others = vec![
            provider("other", "https://idp").key(),
            provider("idp", "https://b").key(),
        ];
        let mut moved = key();
        moved.endpoint = crate::identity::KeyEndpoint::Jwks("https://evil/keys".into());
        others.push(moved);
        for other in &others {
            assert!(matches!(
                ring.keys(other, limits::STALE_KEYS_MAX, now),
                Keys::None
            ));
            ring.open(other);
            ring.store(other, keys(&[RSA_B.jwk("")]), now);
        }
        assert!(
            matches!(ring.keys(&key(), limits::STALE_KEYS_MAX, now), Keys::Ready(keys) if keys.contains("k"))
        );
        ring.retain(|kept| *kept == key());
        assert!(
            others
                .iter()
                .all(|other| matches!(ring.keys(other, limits::STALE_KEYS_MAX, now), Keys::None))
        );
        ring.retain(|_| false);
        assert!(matches!(
            ring.keys(&key(), limits::STALE_KEYS_MAX, now),
            Keys::None
        ));
    }

    /// A discovery document that leads elsewhere: as pressing as a demand.
    #[test]
    fn keys_from_elsewhere_count_as_demanded() {
        let ring = ring(SHORT);
        let fetched = |uri: &str| {
            ring.begin(&key());
            ring.note_source(&key(), uri);
            ring.store(&key(), set("k"), UnixTime::from_secs(NOW));
            *ring.demands_met().borrow()
        };
        let counts = [
            "https://a",
            "https://a",
            "https://b",
            "https://b",
            "https://a",
        ]
        .map(fetched);
        assert_eq!(counts, [0, 0, 1, 1, 2]);
        assert!(ring.was_demanded_since(&key(), 1));
    }

    /// Where a provider's keys are elsewhere from now on, its sessions wait for the first of them.
    #[test]
    fn a_source_that_takes_anothers_place_counts_with_its_first_keys() {
        let ring = ring(SHORT);
        ring.supersede(&key());
        assert!(!ring.was_demanded_since(&key(), 0), "there are no keys yet");
        ring.begin(&key());
        ring.fail(&key(), "down".to_owned());
        assert!(!ring.was_demanded_since(&key(), 0));
        store(&ring, "k");
        assert!(ring.was_demanded_since(&key(), 0));
        store(&ring, "k");
        assert!(!ring.was_demanded_since(&key(), 1));
        ring.supersede(&key());
        assert!(ring.was_demanded_since(&key(), 1), "there are keys");
    }

    #[tokio::test]
    async fn a_demand_is_no_matter_of_budgets_and_counts_when_it_was_good() {
        let ring = ring(SHORT);
        store(&ring, "old");
        let mut demands = ring.demands_met();
        for source in 1..=3 {
            let waited = ring.wait_for(&key(), &id("forged"), other(source)).await;
            assert_eq!(waited, KeyWait::Unavailable);
        }
        assert!(!ring.was_demanded_since(&key(), 0));
        ring.demand();
        ring.asked(&key()).await;
        ring.begin(&key());
        ring.fail(&key(), "down".to_owned());
        assert!(!ring.was_demanded_since(&key(), 0));
        ring.demand();
        ring.asked(&key()).await;
        store(&ring, "new");
        assert!(ring.was_demanded_since(&key(), 0));
        assert_eq!(*demands.borrow_and_update(), 1);
        // A routine refresh is no demand.
        store(&ring, "newer");
        assert!(!ring.was_demanded_since(&key(), 1));
        assert!(!demands.has_changed().unwrap());
    }
}
