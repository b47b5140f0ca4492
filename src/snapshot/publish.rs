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
        let next = Arc::new(next);
        self.snapshots.send_modify(|current| {
            // Whoever sees the number finds the snapshot, once the lock is free; and whoever hears of a new
            // snapshot sees its number. Waking thousands takes long enough for the first to look.
            self.generation.store(next.generation, Ordering::Release);
            *current = next;
        });
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

#[cfg(test)]
mod tests {
    use std::{
        future::Future as _,
        pin::pin,
        task::{Context, Wake},
    };

    use super::*;
    use crate::{identity::Directory, snapshot::SessionLimits};

    fn snapshot(generation: u64) -> Snapshot {
        Snapshot {
            generation,
            directory: Directory::new(Vec::new()).unwrap(),
            clusters: std::iter::empty().collect(),
            listeners: Vec::new(),
            limits: SessionLimits::default(),
        }
    }

    /// A session that looks in the very moment in which it is woken.
    struct Looks {
        live: Live,
        number: AtomicU64,
        found: AtomicU64,
    }

    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            let number = self.live.generation();
            self.number.store(number, Ordering::Relaxed);
            let found = self.live.current().generation;
            self.found.store(found, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_hears_of_a_snapshot_sees_it_and_its_number() {
        let publisher = Publisher::new(snapshot(1));
        let mut live = publisher.live();
        let looks = Arc::new(Looks {
            live: publisher.live(),
            number: AtomicU64::new(0),
            found: AtomicU64::new(0),
        });
        let waker = Arc::clone(&looks).into();
        let mut changed = pin!(live.changed());
        assert!(
            changed
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        publisher.publish(snapshot(2));
        assert_eq!(looks.number.load(Ordering::Relaxed), 2);
        assert_eq!(looks.found.load(Ordering::Relaxed), 2);
    }
}
