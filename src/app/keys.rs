//! Keys of the identity providers around a start or a reload, and their state for health.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    clock::UnixTime,
    identity::{Freshness, Keyring, Provider, refresh_once},
    limits::{FIRST_KEYS_TIMEOUT, STALE_KEYS_MAX},
    snapshot::publish::Live,
    status::{Condition, Status},
};

/// Between two looks at the keys.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Fetches the keys of `providers` once, all at the same time, for at most
/// [`FIRST_KEYS_TIMEOUT`]. One that does not answer is told; its logins close until it does.
pub(super) async fn first(providers: &[Arc<Provider>], keyring: &Arc<Keyring>) {
    let mut fetching = JoinSet::new();
    for provider in providers.iter().filter(|provider| provider.enabled) {
        let (provider, keyring) = (Arc::clone(provider), Arc::clone(keyring));
        fetching.spawn(async move {
            let fetched = timeout(FIRST_KEYS_TIMEOUT, refresh_once(&provider, &keyring)).await;
            let problem = match fetched {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            tracing::warn!(
                organization = %provider.organization, provider = %provider.name, %problem,
                "cannot fetch the provider's keys; logins with its tokens close until they are there"
            );
        });
    }
    while fetching.join_next().await.is_some() {}
}

/// Shows the state of keys in health and metrics.
#[derive(Debug)]
pub(super) struct KeyWatch {
    keyring: Arc<Keyring>,
    live: Live,
    status: Status,
}

impl KeyWatch {
    pub(super) const fn new(keyring: Arc<Keyring>, live: Live, status: Status) -> Self {
        Self {
            keyring,
            live,
            status,
        }
    }

    /// Looks again after a while.
    pub(super) async fn next_look(&self) {
        sleep(LOOK_INTERVAL).await;
        self.look();
    }

    /// Looks now.
    pub(super) fn look(&self) {
        let all = self.keyring.freshness(UnixTime::now());
        let missing: Vec<_> = all.iter().map(missing).collect();
        let clocks: Vec<_> = all.iter().map(clock_off).collect();
        self.status.trusts(all.len());
        self.status.retain(|condition| match condition {
            Condition::KeysMissing { .. } => missing.contains(condition),
            Condition::ProviderClockOff { .. } => clocks.contains(condition),
            _ => true,
        });
        for (fresh, condition) in all.iter().zip(missing) {
            let stale = fresh.age.is_some_and(|age| age > self.stale_max(fresh));
            if fresh.keys > 0 && !stale {
                self.status.ready(&condition);
            } else {
                let fault = fresh.last_fault.as_deref().unwrap_or("not fetched yet");
                let text = if stale { "too old: " } else { "" };
                self.status.not_ready(condition, format!("{text}{fault}"));
            }
        }
        for (fresh, condition) in all.iter().zip(clocks) {
            self.look_at_clock(fresh, condition);
        }
    }

    /// Age from which the provider's keys are trusted no longer.
    fn stale_max(&self, fresh: &Freshness) -> Duration {
        let key = &fresh.provider;
        let snapshot = self.live.current();
        let provider = snapshot.directory.named(&key.organization, &key.provider);
        provider.map_or(STALE_KEYS_MAX, |provider| provider.key_source.stale_max)
    }

    fn look_at_clock(&self, fresh: &Freshness, condition: Condition) {
        let key = &fresh.provider;
        let snapshot = self.live.current();
        let provider = snapshot.directory.named(&key.organization, &key.provider);
        let skew = provider.map(|provider| provider.clock_skew.as_secs());
        match (fresh.clock_offset, skew) {
            (Some(offset), Some(skew)) if offset.unsigned_abs() > skew => {
                let way = if offset > 0 { "ahead" } else { "behind" };
                let text = format!(
                    "the clock of provider {} is {} s {way} of this machine's, and clock_skew is \
                     {skew} s: set the clock that is wrong, or tokens will be refused",
                    key.provider,
                    offset.unsigned_abs()
                );
                if self.status.not_ready(condition, &text) {
                    tracing::warn!("{text}");
                }
            }
            _ => {
                self.status.ready(&condition);
            }
        }
    }
}

fn missing(fresh: &Freshness) -> Condition {
    Condition::KeysMissing {
        organization: fresh.provider.organization.as_str().into(),
        provider: fresh.provider.provider.as_str().into(),
    }
}

fn clock_off(fresh: &Freshness) -> Condition {
    Condition::ProviderClockOff {
        organization: fresh.provider.organization.as_str().into(),
        provider: fresh.provider.provider.as_str().into(),
    }
}
