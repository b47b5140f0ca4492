//! Keys of the identity providers around a start or a reload, and their state for health.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    clock::UnixTime,
    identity::{Keyring, Provider, refresh_once},
    limits::{FIRST_KEYS_TIMEOUT, STALE_KEYS_MAX},
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
    status: Status,
}

impl KeyWatch {
    pub(super) const fn new(keyring: Arc<Keyring>, status: Status) -> Self {
        Self { keyring, status }
    }

    /// Looks again after a while.
    pub(super) async fn next_look(&self) {
        sleep(LOOK_INTERVAL).await;
        self.look();
    }

    /// Looks now.
    pub(super) fn look(&self) {
        let all = self.keyring.freshness(UnixTime::now());
        let missing = |fresh: &crate::identity::Freshness| Condition::KeysMissing {
            organization: fresh.provider.organization.as_str().into(),
            provider: fresh.provider.provider.as_str().into(),
        };
        let known: Vec<_> = all.iter().map(missing).collect();
        self.status.retain(|condition| match condition {
            Condition::KeysMissing { .. } => known.contains(condition),
            _ => true,
        });
        for (fresh, condition) in all.iter().zip(known) {
            let stale = fresh.age.is_some_and(|age| age > STALE_KEYS_MAX);
            if fresh.keys > 0 && !stale {
                self.status.ready(&condition);
            } else {
                let fault = fresh.last_fault.as_deref().unwrap_or("not fetched yet");
                let text = if stale { "too old: " } else { "" };
                self.status.not_ready(condition, format!("{text}{fault}"));
            }
        }
    }
}
