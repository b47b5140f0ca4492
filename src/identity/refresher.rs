//! Keeping the keyring fresh: one task a provider, by its freshness, sooner when a login asks.
//! Owns when to fetch; what is fetched, and who waits, is owned elsewhere.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::{
    fetch::{FetchError, Fetcher},
    keyring::{Keyring, Keys},
    provider::{KeySource, Provider, ProviderKey},
};
use crate::{clock::UnixTime, limits, telemetry::metrics};

/// The refreshing tasks of all providers. Dropping it ends them.
#[derive(Debug)]
pub struct Refreshers {
    keyring: Arc<Keyring>,
    seed: u64,
    tasks: HashMap<ProviderKey, Task>,
}

#[derive(Debug)]
struct Task {
    source: KeySource,
    handle: JoinHandle<()>,
}

/// Fetches the keys of `provider` once, for a start or a reload to wait for; the caller bounds
/// the time. Not while a task of [`Refreshers`] runs for the same provider.
///
/// # Errors
/// [`FetchError`]; the keyring keeps what it had, and knows of the failure.
pub async fn refresh_once(provider: &Provider, keyring: &Keyring) -> Result<(), FetchError> {
    let fetcher = Fetcher::new(provider)?;
    let key = provider.key();
    keyring.open(&key);
    refresh(&fetcher, &key, keyring).await.map(|_| ())
}

impl Refreshers {
    /// No tasks yet. `seed` is random: it spreads the refreshes of many replicas.
    #[must_use]
    pub fn new(keyring: Arc<Keyring>, seed: u64) -> Self {
        Self {
            keyring,
            seed,
            tasks: HashMap::new(),
        }
    }

    /// Runs one task for each of `providers` and no other: starts new ones, restarts those whose
    /// key source changed, ends those that are gone and forgets their keys. Call it on a tokio
    /// runtime.
    ///
    /// # Errors
    /// [`FetchError::Http`] of any provider: its trust or its URL; nothing has changed then.
    pub fn update(&mut self, providers: &[Arc<Provider>]) -> Result<(), FetchError> {
        let enabled = || providers.iter().filter(|provider| provider.enabled);
        let mut starting = Vec::new();
        for provider in enabled() {
            let key = provider.key();
            let known = self.tasks.get(&key);
            if known.is_none_or(|task| task.source != provider.key_source) {
                starting.push((key, provider.key_source.clone(), Fetcher::new(provider)?));
            }
        }
        let wanted = |key: &ProviderKey| enabled().any(|provider| provider.key() == *key);
        self.tasks.retain(|key, task| {
            let keep = wanted(key);
            if !keep {
                task.handle.abort();
            }
            keep
        });
        self.keyring.retain(wanted);
        for (key, source, fetcher) in starting {
            self.keyring.open(&key);
            self.seed = mix(self.seed);
            let old = self.tasks.remove(&key).map(|old| old.handle);
            old.iter().for_each(JoinHandle::abort);
            let keyring = Arc::clone(&self.keyring);
            let running = follow(old, fetcher, key.clone(), keyring, self.seed);
            let handle = tokio::spawn(running);
            self.tasks.insert(key, Task { source, handle });
        }
        Ok(())
    }
}

impl Drop for Refreshers {
    fn drop(&mut self) {
        for task in self.tasks.values() {
            task.handle.abort();
        }
    }
}

/// Takes the place of the task `old`, which was told to end, and refreshes for ever. May be dropped
/// at any await.
async fn follow(
    old: Option<JoinHandle<()>>,
    fetcher: Fetcher,
    key: ProviderKey,
    keyring: Arc<Keyring>,
    seed: u64,
) {
    let pause = match old {
        // What it was about to fetch is due, and whether other settings lead to keys is to be seen.
        Some(old) => {
            let _ = old.await;
            Duration::ZERO
        }
        // A start or a reload has just fetched the keys of a new provider, mostly.
        None => match keyring.keys(&key, limits::STALE_KEYS_MAX, UnixTime::now()) {
            Keys::Ready(_) => limits::KEY_REFRESH_MIN,
            Keys::Stale(_) | Keys::None => Duration::ZERO,
        },
    };
    run(fetcher, key, keyring, pause, seed).await;
}

/// Refreshes for ever, first after `pause`. May be dropped at any await.
async fn run(
    fetcher: Fetcher,
    key: ProviderKey,
    keyring: Arc<Keyring>,
    mut pause: Duration,
    seed: u64,
) {
    let mut entropy = seed;
    let mut failures = 0_u32;
    loop {
        entropy = mix(entropy);
        tokio::select! {
            () = tokio::time::sleep(jittered(pause, entropy)) => {}
            () = keyring.asked(&key) => {}
        }
        pause = match refresh(&fetcher, &key, &keyring).await {
            Ok(fresh_for) => {
                failures = 0;
                fresh_for
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::warn!(
                    organization = %key.organization,
                    provider = %key.provider,
                    failures,
                    %error,
                    "keys not refreshed; those at hand stay in use"
                );
                back_off(failures)
            }
        };
    }
}

/// A refresh that has begun. Dropped before it ends, it is over all the same: logins must not wait
/// for it, nor keep from asking for another.
struct Begun<'a> {
    keyring: &'a Keyring,
    key: &'a ProviderKey,
}

impl<'a> Begun<'a> {
    fn new(keyring: &'a Keyring, key: &'a ProviderKey) -> Self {
        keyring.begin(key);
        Self { keyring, key }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.keyring.abandon(self.key);
    }
}

/// One refresh; gives back how long the keys are fresh. May be dropped at any await.
async fn refresh(
    fetcher: &Fetcher,
    key: &ProviderKey,
    keyring: &Keyring,
) -> Result<Duration, FetchError> {
    let _begun = Begun::new(keyring, key);
    match fetcher.fetch_keys().await {
        Ok(fetched) => {
            tracing::info!(
                organization = %key.organization,
                provider = %key.provider,
                keys = fetched.keys.len(),
                ignored = fetched.keys.ignored().len(),
                fresh_for = fetched.fresh_for.as_secs(),
                "keys refreshed"
            );
            let now = UnixTime::now();
            let (organization, provider) = (key.organization.as_str(), key.provider.as_str());
            metrics::jwks_refreshed(organization, provider, now.as_secs());
            if let Some(theirs) = fetched.server_time {
                let offset = theirs.as_secs().saturating_sub(now.as_secs());
                metrics::provider_clock_offset(organization, provider, offset);
                keyring.note_clock(key, offset);
            }
            keyring.note_source(key, &fetched.jwks_uri);
            keyring.note_age(key, fetched.age);
            keyring.store(key, Arc::new(fetched.keys), now);
            Ok(fetched.fresh_for)
        }
        Err(error) => {
            metrics::jwks_refresh_failed(key.organization.as_str(), key.provider.as_str());
            keyring.fail(key, error.to_string());
            Err(error)
        }
    }
}

/// The pause after `failures` failures in a row: 1 s, doubled up to 60 s.
fn back_off(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    limits::KEY_BACKOFF_MIN
        .saturating_mul(factor)
        .min(limits::KEY_BACKOFF_MAX)
}

/// `pause`, shortened by up to a tenth: never longer, for freshness is a promise.
fn jittered(pause: Duration, entropy: u64) -> Duration {
    let permille = u32::try_from(entropy % 101).unwrap_or(0);
    let cut = pause
        .checked_div(1000)
        .unwrap_or_default()
        .saturating_mul(permille);
    pause.saturating_sub(cut)
}

/// The next number of a sequence that looks random (`SplitMix64`).
const fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{
        Freshness, HttpError, KeyEndpoint, KeyWait, Reach, WantedKey,
        fake::FakeProvider,
        fixture::{RSA_A, provider},
    };

    #[test]
    fn pauses_double_up_to_a_minute() {
        let secs: Vec<_> = (1..9)
            .map(|failures| back_off(failures).as_secs())
            .collect();
        assert_eq!(secs, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(back_off(u32::MAX), Duration::from_secs(60));
    }

    #[test]
    fn jitter_shortens_by_at_most_a_tenth() {
        let pause = Duration::from_secs(1000);
        let mut entropy = 7;
        let mut seen = Vec::new();
        for _ in 0..1000 {
            entropy = mix(entropy);
            seen.push(jittered(pause, entropy));
        }
        assert!(
            seen.iter()
                .all(|cut| (Duration::from_secs(900)..=pause).contains(cut))
        );
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 90, "{}", seen.len());
    }

    fn served(fake: &FakeProvider, kid: &str) {
        let jwk = RSA_A.jwk(&format!("\"kid\":\"{kid}\","));
        fake.answers("/keys", "200 OK", &format!("{{\"keys\":[{jwk}]}}"));
    }

    fn fake_provider(fake: &FakeProvider) -> Provider {
        let mut provider = provider("idp", "https://idp");
        provider.key_source.endpoint = KeyEndpoint::Jwks(fake.url("/keys").into());
        provider.key_source.insecure_http = true;
        provider.key_source.reach = Reach::Loopback;
        provider
    }

    async fn until(what: impl Fn() -> bool) {
        let polled = async {
            while !what() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), polled)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn keys_are_fetched_at_once_again_when_asked_and_forgotten_with_the_provider() {
        let fake = FakeProvider::start(None).await;
        let provider = Arc::new(fake_provider(&fake));
        let key = provider.key();
        let keyring = Arc::new(Keyring::new(Duration::from_secs(20)));
        let has = |kid: &str| match keyring.keys(&key, limits::STALE_KEYS_MAX, UnixTime::now()) {
            Keys::Ready(keys) => keys.contains(kid),
            _ => false,
        };
        served(&fake, "old");
        let mut refreshers = Refreshers::new(Arc::clone(&keyring), 1);
        refreshers.update(&[Arc::clone(&provider)]).unwrap();
        until(|| has("old")).await;

        served(&fake, "new");
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        assert_eq!(
            keyring
                .wait_for(&key, &WantedKey::Id("new".to_owned()), address)
                .await,
            KeyWait::Found
        );
        assert!(!has("old"));
        assert_eq!(
            keyring
                .wait_for(&key, &WantedKey::Id("forged".to_owned()), address)
                .await,
            KeyWait::StillUnknown
        );

        // A change that leaves the key source alone restarts nothing.
        let mut widened = provider.as_ref().clone();
        widened.required_scopes.push("more".to_owned());
        refreshers.update(&[Arc::new(widened)]).unwrap();
        assert!(has("new"));
        // A provider that cannot be set up changes nothing at all.
        let mut broken = provider.as_ref().clone();
        broken.key_source.ca = Some(b"nonsense".as_slice().into());
        assert!(refreshers.update(&[Arc::new(broken)]).is_err());
        assert!(has("new"));
        // One that is disabled is asked for nothing, like one that is gone.
        let mut disabled = provider.as_ref().clone();
        disabled.enabled = false;
        refreshers.update(&[Arc::new(disabled)]).unwrap();
        assert!(matches!(
            keyring.keys(&key, limits::STALE_KEYS_MAX, UnixTime::now()),
            Keys::None
        ));
        assert!(keyring.freshness(UnixTime::now()).is_empty());
        refreshers.update(&[Arc::clone(&provider)]).unwrap();
        until(|| has("new")).await;
        refreshers.update(&[]).unwrap();
        assert!(matches!(
            keyring.keys(&key, limits::STALE_KEYS_MAX, UnixTime::now()),
            Keys::None
        ));
    }

    /// A reload that changes how keys are fetched: what was fetched before is due again, or a
    /// rotation of meanwhile would go unseen until the next refresh of routine.
    #[tokio::test]
    async fn other_settings_fetch_at_once_and_lose_no_refresh() {
        let fake = FakeProvider::start(None).await;
        let provider = fake_provider(&fake);
        let key = provider.key();
        let keyring = Arc::new(Keyring::new(Duration::from_secs(20)));
        let has = |kid: &str| match keyring.keys(&key, limits::STALE_KEYS_MAX, UnixTime::now()) {
            Keys::Ready(keys) => keys.contains(kid),
            _ => false,
        };
        let mut refreshers = Refreshers::new(Arc::clone(&keyring), 1);
        served(&fake, "old");
        refreshers.update(&[Arc::new(provider.clone())]).unwrap();
        until(|| has("old")).await;

        served(&fake, "new");
        let mut other = provider.clone();
        other.key_source.refresh_max = Duration::from_secs(600);
        refreshers.update(&[Arc::new(other.clone())]).unwrap();
        until(|| has("new")).await;

        // The reload comes while a login waits for what is being fetched.
        fake.hangs("/keys");
        let address = std::net::IpAddr::from([127, 0, 0, 1]);
        let (waiting, wanted) = (Arc::clone(&keyring), key.clone());
        let asked = fake.requests().len();
        let login = tokio::spawn(async move {
            let newest = WantedKey::Id("newest".to_owned());
            waiting.wait_for(&wanted, &newest, address).await
        });
        until(|| fake.requests().len() > asked).await;
        served(&fake, "newest");
        other.key_source.refresh_max = Duration::from_secs(900);
        refreshers.update(&[Arc::new(other)]).unwrap();
        let outcome = login.await.unwrap();
        assert!(outcome != KeyWait::StillUnknown, "{outcome:?}");
        until(|| has("newest")).await;
    }

    #[tokio::test]
    async fn discovery_that_leads_elsewhere_has_sessions_verified_again() {
        let fake = FakeProvider::start(None).await;
        let leads_to = |path: &str| {
            let uri = fake.url(path);
            let document = format!("{{\"issuer\":\"https://idp\",\"jwks_uri\":\"{uri}\"}}");
            fake.answers("/found", "200 OK", &document);
        };
        let mut provider = fake_provider(&fake);
        provider.key_source.endpoint = KeyEndpoint::Discovery(fake.url("/found").into());
        let keyring = Keyring::new(Duration::ZERO);
        served(&fake, "k");
        let refreshed = async || refresh_once(&provider, &keyring).await.unwrap();
        for path in ["/keys", "/keys"] {
            leads_to(path);
            refreshed().await;
            assert!(!keyring.was_demanded_since(&provider.key(), 0));
        }
        leads_to("/keys?elsewhere");
        let jwk = RSA_A.jwk("\"kid\":\"k\",");
        let body = format!("{{\"keys\":[{jwk}]}}");
        fake.answers("/keys?elsewhere", "200 OK", &body);
        refreshed().await;
        assert!(keyring.was_demanded_since(&provider.key(), 0));
    }

    #[tokio::test]
    async fn a_start_fetches_once_and_learns_why_not() {
        let fake = FakeProvider::start(None).await;
        let provider = fake_provider(&fake);
        let keyring = Keyring::new(Duration::ZERO);
        let fault = refresh_once(&provider, &keyring).await.unwrap_err();
        assert!(
            matches!(
                fault,
                FetchError::Http(HttpError::Status { status: 404, .. })
            ),
            "{fault}"
        );
        let [fresh] = <[Freshness; 1]>::try_from(keyring.freshness(UnixTime::now())).unwrap();
        assert_eq!((fresh.failures, fresh.age), (1, None));
        served(&fake, "k");
        refresh_once(&provider, &keyring).await.unwrap();
        let now = UnixTime::now();
        assert!(
            matches!(keyring.keys(&provider.key(), limits::STALE_KEYS_MAX, now), Keys::Ready(keys) if keys.contains("k"))
        );
    }
}
