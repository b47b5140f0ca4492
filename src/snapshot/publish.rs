//! The one way a snapshot travels: [`Publisher`] writes, [`Live`] reads. `control` holds the first,
//! `proxy` the second.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use super::Snapshot;

/// Replaces the snapshot that everybody decides by.
#[derive(Debug)]
pub struct Publisher {
    snapshots: watch::Sender<Arc<Snapshot>>,
    generation: Arc<AtomicU64>,
}

/// The newest snapshot, and word of its successors.
#[derive(Clone, Debug)]
pub struct Live {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// That of the snapshot in force: every request asks for it, and must not wait for a lock.
    generation: Arc<AtomicU64>,
}

impl Publisher {
    /// Starts with `first`; [`Publisher::live`] makes readers.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        Self {
            generation: Arc::new(AtomicU64::new(first.generation)),
            snapshots: watch::Sender::new(Arc::new(first)),
        }
    }

    /// A reader of what this publishes.
    #[must_use]
    pub fn live(&self) -> Live {
        Live {
            snapshots: self.snapshots.subscribe(),
            generation: Arc::clone(&self.generation),
        }
    }

    /// The generation that the next snapshot must carry.
    #[must_use]
    pub fn next_generation(&self) -> u64 {
        self.snapshots.borrow().generation.saturating_add(1)
    }

    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Puts `next` in force for every decision from now on.
    pub fn publish(&self, next: Snapshot) {
        debug_assert!(
            next.generation > self.snapshots.borrow().generation,
            "generations grow"
        );
        let generation = next.generation;
        self.snapshots.send_replace(Arc::new(next));
        // Whoever sees the number finds the snapshot.
        self.generation.store(generation, Ordering::Release);
    }
}

impl Live {
    /// The snapshot in force.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The generation of the snapshot in force.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Waits until a snapshot newer than the last one this reader was told of is in force.
    /// Never returns once the publisher is gone: nothing will change any more.
    pub async fn changed(&mut self) {
        if self.snapshots.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
