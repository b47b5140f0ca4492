//! What a session must hear of beside its traffic: a new configuration, the shutdown.

use std::{fmt, pin::Pin};

use tokio::sync::watch;

use crate::snapshot::publish::Live;

/// What a session must hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// There is a new configuration.
    Changed,
    /// Oathgate is shutting down.
    Draining,
}

/// Hears news. It is registered with whoever tells them once for each, not at every wait.
pub struct Newsfeed(Pin<Box<dyn Future<Output = (News, Live, Draining)> + Send>>);

/// Whether Oathgate is shutting down.
type Draining = watch::Receiver<bool>;

impl fmt::Debug for Newsfeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newsfeed").finish_non_exhaustive()
    }
}

impl Newsfeed {
    /// Of the configurations of `live` that it was not told of, and of `draining`. A session is given a clone of
    /// what was never told anything: after a first reload it hears that there is a new one at once, and so
    /// learns of one that came while it logged in.
    #[must_use]
    pub fn new(live: Live, draining: Draining) -> Self {
        Self(Box::pin(next(live, draining)))
    }

    /// Waits for news. Safe to drop. Nothing comes after [`News::Draining`] but that again.
    pub async fn hear(&mut self) -> News {
        let (news, live, draining) = self.0.as_mut().await;
        *self = Self::new(live, draining);
        news
    }
}

async fn next(mut live: Live, mut draining: Draining) -> (News, Live, Draining) {
    let news = tokio::select! {
        biased;
        () = live.changed() => News::Changed,
        () = drained(&mut draining) => News::Draining,
    };
    (news, live, draining)
}

/// Waits for the shutdown. Safe to drop.
pub async fn drained(draining: &mut Draining) {
    // Without a sender nobody will ask for it any more.
    if draining.wait_for(|draining| *draining).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::{
        super::fixture::{Config, proxy},
        *,
    };

    #[tokio::test]
    async fn news_are_heard_once_each_whenever_they_came() {
        let (publisher, proxy) = proxy(Config::new(&["a"]));
        let mut news = Newsfeed::new(proxy.live.clone(), proxy.draining.clone());
        let mut generation = 1;
        for listens_before in [false, true] {
            if listens_before {
                let quiet = timeout(Duration::from_millis(5), news.hear());
                assert!(quiet.await.is_err());
            }
            generation += 1;
            publisher.publish(Config::new(&["a"]).compile(generation));
            assert_eq!(news.hear().await, News::Changed);
        }
        let quiet = timeout(Duration::from_millis(5), news.hear());
        assert!(quiet.await.is_err());
    }
}
