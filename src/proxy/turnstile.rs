//! Lets as many tasks at a time as there are cores do what holds a thread for long: a TLS handshake's
//! cryptography, a token's signature, a long frame. Knows nothing of any.
//!
//! Most such work takes 0.1 to 1 ms. Were a thousand new clients served as they come, every session would
//! wait for all of them; behind the turnstile each thread does one and then looks at its sessions. Who
//! waits for the network holds no turn, so a silent client keeps nobody out.

use std::{sync::Arc, thread};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::yield_now,
};

/// See the module.
#[derive(Debug)]
pub struct Turnstile(Arc<Semaphore>);

/// A turn; others have theirs once it is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Default for Turnstile {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Turnstile {
    /// Waits for a turn, first come first served; drop it before anything is waited for.
    /// Who is looked at for other things meanwhile keeps the future, and so its place in the line.
    pub fn turn(&self) -> impl Future<Output = Turn> + Send + use<> {
        let turns = Arc::clone(&self.0);
        async move {
            // It is never closed.
            let permit = turns.acquire_owned().await.ok();
            // With the turn in hand, so that those that come meanwhile wait for it rather than in line
            // with the sessions.
            yield_now().await;
            Turn { _permit: permit }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn between_two_pieces_of_work_others_have_their_turn() {
        let turnstile = Arc::new(Turnstile(Arc::new(Semaphore::new(1))));
        let done = Arc::new(AtomicUsize::new(0));
        let mut crowd = JoinSet::new();
        for _ in 0..100 {
            let (turnstile, done) = (Arc::clone(&turnstile), Arc::clone(&done));
            crowd.spawn(async move {
                let turn = turnstile.turn().await;
                done.fetch_add(1, Ordering::Relaxed);
                drop(turn);
            });
        }
        // A session: each time it runs, few of the crowd have run since.
        let mut most = 0;
        while done.load(Ordering::Relaxed) < 100 {
            let before = done.load(Ordering::Relaxed);
            yield_now().await;
            most = most.max(done.load(Ordering::Relaxed) - before);
        }
        assert!(most <= 2, "{most}");
        while crowd.join_next().await.is_some() {}
    }
}
