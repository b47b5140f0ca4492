//! Room for frames that are held whole: one budget for all. Knows bytes and deadlines, no frames.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

/// The budget of held frames. Room is granted first come, first served.
#[derive(Debug)]
pub struct HeldBudget {
    /// A permit a byte.
    all: Arc<Semaphore>,
    /// Its size.
    bytes: usize,
}

/// Room for a frame, given back once this is dropped.
#[must_use = "the room is given back once this is dropped"]
#[derive(Debug)]
pub struct HeldPermit {
    _of_all: OwnedSemaphorePermit,
}

impl HeldBudget {
    /// A budget of `bytes`, none of which is taken.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(bytes)),
            bytes,
        }
    }

    /// Bytes that are taken now.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.bytes.saturating_sub(self.all.available_permits())
    }

    /// Waits for room for `bytes`; `None` where there was none by `deadline`.
    pub fn ask(
        &self,
        bytes: usize,
        deadline: Instant,
    ) -> impl Future<Output = Option<HeldPermit>> + Send + use<> {
        let all = Arc::clone(&self.all);
        async move {
            let of_all = room(all, bytes, deadline).await?;
            Some(HeldPermit { _of_all: of_all })
        }
    }

    /// Room for `bytes`, if there is some now.
    #[cfg(test)]
    pub(super) fn take(&self, bytes: usize) -> Option<HeldPermit> {
        let bytes = u32::try_from(bytes).ok()?;
        let of_all = Arc::clone(&self.all).try_acquire_many_owned(bytes).ok()?;
        Some(HeldPermit { _of_all: of_all })
    }
}

async fn room(
    among: Arc<Semaphore>,
    bytes: usize,
    deadline: Instant,
) -> Option<OwnedSemaphorePermit> {
    // More than any budget has is waited for in vain.
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    let granted = timeout_at(deadline, among.acquire_many_owned(bytes)).await;
    // It is never closed.
    granted.ok()?.ok()
}
