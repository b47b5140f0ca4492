//! The one way a snapshot travels: [`Publisher`] writes, [`Live`] reads. `control` holds the first,
//! `proxy` the second.

use std::sync::Arc;

use tokio::sync::watch;

use super::Snapshot;

/// Replaces the snapshot that everybody decides by.
#[derive(Debug)]
pub struct Publisher(watch::Sender<Arc<Snapshot>>);

/// The newest snapshot, and word of its successors.
#[derive(Clone, Debug)]
pub struct Live(watch::Receiver<Arc<Snapshot>>);

impl Publisher {
    /// Starts with `first`; [`Publisher::live`] makes readers.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        Self(watch::Sender::new(Arc::new(first)))
    }

    /// A reader of what this publishes.
    #[must_use]
    pub fn live(&self) -> Live {
        Live(self.0.subscribe())
    }

    /// The generation that the next snapshot must carry.
    #[must_use]
    pub fn next_generation(&self) -> u64 {
        self.0.borrow().generation.saturating_add(1)
    }

    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.borrow())
    }

    /// Puts `next` in force for every decision from now on.
    pub fn publish(&self, next: Snapshot) {
        debug_assert!(
            next.generation > self.0.borrow().generation,
            "generations grow"
        );
        self.0.send_replace(Arc::new(next));
    }
}

impl Live {
    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.borrow())
    }

    /// The generation of the snapshot in force.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.borrow().generation
    }

    /// Waits until a snapshot newer than the last one this reader was told of is in force.
    /// Never returns once the publisher is gone: nothing will change any more.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
