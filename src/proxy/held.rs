//! Room for frames that are held whole: one budget for all, and of it a share for each identity, so
//! that nobody keeps the others waiting alone. Knows identities, bytes and deadlines, no frames.
//!
//! Whoever asks waits for its identity's share first and only then for the budget: so nobody stands
//! in the budget's line for room that its share would not give it. Both are taken in this order and
//! given back together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout_at},
};

use super::admission::source::IdentityKey;

/// The budget of held frames. Room is granted first come, first served, by identity and then by all.
#[derive(Debug)]
pub struct HeldBudget {
    /// A permit a byte.
    all: Arc<Semaphore>,
    /// Its size.
    bytes: usize,
    /// The size of each share.
    share: usize,
    shares: Arc<Shares>,
}

/// The shares that are asked for or taken now; the others need not be remembered. The mutex is held
/// for a look-up, never across an await.
#[derive(Debug, Default)]
struct Shares(Mutex<HashMap<IdentityKey, Weak<Share>>>);

/// What one identity may have, forgotten with the last frame that waits for it or has of it.
#[derive(Debug)]
struct Share {
    /// A permit a byte.
    free: Semaphore,
    /// The budget that it is a share of.
    all: Arc<Semaphore>,
    key: IdentityKey,
    shares: Arc<Shares>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut shares = self.shares.lock();
        // Somebody may have asked since the last one let go of this, and has begun another.
        if shares.get(&self.key).is_some_and(|s| s.strong_count() == 0) {
            shares.remove(&self.key);
        }
    }
}

/// Room for a frame, given back once this is dropped.
#[must_use = "the room is given back once this is dropped"]
#[derive(Debug)]
pub struct HeldPermit {
    share: Arc<Share>,
    bytes: usize,
}

impl HeldPermit {
    /// Room for `bytes`, which both permits are for.
    fn new(
        share: &Arc<Share>,
        bytes: usize,
        of_share: SemaphorePermit<'_>,
        of_all: SemaphorePermit<'_>,
    ) -> Self {
        of_share.forget();
        of_all.forget();
        let share = Arc::clone(share);
        Self { share, bytes }
    }
}

impl Drop for HeldPermit {
    fn drop(&mut self) {
        self.share.all.add_permits(self.bytes);
        self.share.free.add_permits(self.bytes);
    }
}

/// What had no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The budget of all.
    Budget,
    /// The identity's share of it.
    Share,
}

impl HeldBudget {
    /// A budget of `bytes`, of which one identity may have `share`; nothing is taken.
    #[must_use]
    pub fn new(bytes: usize, share: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(bytes)),
            bytes,
            share,
            shares: Arc::default(),
        }
    }

    /// Bytes that are taken now.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.bytes.saturating_sub(self.all.available_permits())
    }

    /// Waits for room for `bytes` of `who`. Ends with what had none by `deadline`.
    pub fn ask(
        &self,
        who: IdentityKey,
        bytes: usize,
        deadline: Instant,
    ) -> impl Future<Output = Result<HeldPermit, Exhausted>> + Send + use<> {
        let share = self.share(who);
        async move {
            // No frame is so long, nor can be waited for.
            let permits = u32::try_from(bytes).map_err(|_| Exhausted::Share)?;
            let of_share = room(&share.free, permits, deadline).await;
            let of_share = of_share.ok_or(Exhausted::Share)?;
            let of_all = room(&share.all, permits, deadline).await;
            let of_all = of_all.ok_or(Exhausted::Budget)?;
            Ok(HeldPermit::new(&share, bytes, of_share, of_all))
        }
    }

    /// Room for `bytes` of somebody, if there is some now.
    #[cfg(test)]
    pub(super) fn take(&self, bytes: usize) -> Option<HeldPermit> {
        let who = IdentityKey::from(&crate::identity::fixture::identity("alice"));
        let share = self.share(who);
        let permits = u32::try_from(bytes).ok()?;
        let of_share = share.free.try_acquire_many(permits).ok()?;
        let of_all = share.all.try_acquire_many(permits).ok()?;
        Some(HeldPermit::new(&share, bytes, of_share, of_all))
    }

    /// The share of `who`, whole where nothing of it is asked for yet.
    fn share(&self, who: IdentityKey) -> Arc<Share> {
        let mut shares = self.shares.lock();
        if let Some(share) = shares.get(&who).and_then(Weak::upgrade) {
            return share;
        }
        let share = Arc::new(Share {
            free: Semaphore::new(self.share),
            all: Arc::clone(&self.all),
            key: who.clone(),
            shares: Arc::clone(&self.shares),
        });
        shares.insert(who, Arc::downgrade(&share));
        share
    }
}

impl Shares {
    fn lock(&self) -> MutexGuard<'_, HashMap<IdentityKey, Weak<Share>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn room(among: &Semaphore, permits: u32, deadline: Instant) -> Option<SemaphorePermit<'_>> {
    let granted = timeout_at(deadline, among.acquire_many(permits)).await;
    // It is never closed.
    granted.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        pin::Pin,
        task::{Context, Poll, Waker},
        time::Duration,
    };

    use proptest::prelude::*;

    use super::*;
    use crate::identity::fixture::identity;

    const BUDGET: usize = 100;
    const SHARE: usize = 60;

    type Asked = Pin<Box<dyn Future<Output = Result<HeldPermit, Exhausted>> + Send>>;

    fn key(name: &str) -> IdentityKey {
        IdentityKey::from(&identity(name))
    }

    fn budget() -> HeldBudget {
        HeldBudget::new(BUDGET, SHARE)
    }

    fn ask(budget: &HeldBudget, name: &str, bytes: usize) -> Asked {
        let deadline = Instant::now() + Duration::from_secs(3600);
        Box::pin(budget.ask(key(name), bytes, deadline))
    }

    /// What came of it, if anything has.
    fn now(asked: &mut Asked) -> Option<Result<HeldPermit, Exhausted>> {
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(granted) => Some(granted),
            Poll::Pending => None,
        }
    }

    fn granted(asked: &mut Asked) -> Option<HeldPermit> {
        now(asked).map(Result::unwrap)
    }

    #[tokio::test]
    async fn who_has_all_of_its_share_keeps_nobody_else_waiting() {
        let budget = budget();
        let of_alice = granted(&mut ask(&budget, "alice", SHARE)).unwrap();
        let mut waits = ask(&budget, "alice", 30);
        assert!(granted(&mut waits).is_none());
        let of_bob = granted(&mut ask(&budget, "bob", BUDGET - SHARE));
        assert!(of_bob.is_some(), "whoever waits does not stand in front");
        drop(of_alice);
        assert!(granted(&mut waits).is_some());
    }

    #[tokio::test]
    async fn all_together_have_the_budget_and_no_more() {
        let budget = budget();
        let _of_alice = granted(&mut ask(&budget, "alice", SHARE)).unwrap();
        let of_bob = granted(&mut ask(&budget, "bob", 30)).unwrap();
        let mut waits = ask(&budget, "carol", 20);
        assert!(granted(&mut waits).is_none());
        drop(of_bob);
        assert!(granted(&mut waits).is_some());
    }

    #[tokio::test]
    async fn it_is_told_what_had_no_room_in_time() {
        let budget = budget();
        let soon = || Instant::now() + Duration::from_millis(20);
        let _of_alice = granted(&mut ask(&budget, "alice", SHARE)).unwrap();
        let again = budget.ask(key("alice"), 1, soon()).await;
        assert_eq!(again.err(), Some(Exhausted::Share));
        let other = budget.ask(key("bob"), SHARE, soon()).await;
        assert_eq!(other.err(), Some(Exhausted::Budget));
        let never = budget.ask(key("carol"), usize::MAX, soon()).await;
        assert_eq!(never.err(), Some(Exhausted::Share));
        assert_eq!(budget.taken(), SHARE, "who waits in vain leaves nothing");
        assert_eq!(budget.shares.lock().len(), 1);
    }

    #[tokio::test]
    async fn an_identity_is_forgotten_with_its_last_frame() {
        let budget = budget();
        let first = granted(&mut ask(&budget, "alice", 10)).unwrap();
        let second = granted(&mut ask(&budget, "alice", 10)).unwrap();
        let waits = ask(&budget, "alice", SHARE);
        drop(first);
        drop(second);
        assert_eq!(budget.shares.lock().len(), 1, "one waits still");
        drop(waits);
        assert_eq!((budget.shares.lock().len(), budget.taken()), (0, 0));
    }

    /// What happens next: somebody asks, or the one who did at that place lets go.
    #[derive(Clone, Debug)]
    enum Step {
        Asks(usize, usize),
        LetsGo(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..3_usize, 1..=SHARE).prop_map(|(who, bytes)| Step::Asks(who, bytes)),
            any::<usize>().prop_map(Step::LetsGo),
        ];
        proptest::collection::vec(step, 1..60)
    }

    /// Somebody's frame that waits for room, or has it.
    struct Frame {
        who: &'static str,
        bytes: usize,
        asked: Asked,
        permit: Option<HeldPermit>,
    }

    proptest! {
        #[test]
        fn nobody_has_more_than_its_share_and_nobody_is_forgotten(steps in steps()) {
            const NAMES: [&str; 3] = ["alice", "bob", "carol"];
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _within = runtime.enter();
            let budget = budget();
            let mut frames: Vec<Frame> = Vec::new();
            let look = |frames: &mut Vec<Frame>| {
                for frame in frames.iter_mut().filter(|frame| frame.permit.is_none()) {
                    frame.permit = granted(&mut frame.asked);
                }
            };
            for step in steps {
                match step {
                    Step::Asks(who, bytes) => frames.push(Frame {
                        who: NAMES[who],
                        bytes,
                        asked: ask(&budget, NAMES[who], bytes),
                        permit: None,
                    }),
                    Step::LetsGo(_) if frames.is_empty() => {}
                    Step::LetsGo(at) => drop(frames.swap_remove(at % frames.len())),
                }
                look(&mut frames);
                let mut held = BTreeMap::new();
                for frame in frames.iter().filter(|frame| frame.permit.is_some()) {
                    *held.entry(frame.who).or_insert(0) += frame.bytes;
                }
                prop_assert!(held.values().all(|held| *held <= SHARE), "{:?}", held);
                prop_assert!(held.values().sum::<usize>() <= BUDGET, "{:?}", held);
            }
            // As those that have room let go, all that wait get theirs.
            while !frames.is_empty() {
                let before = frames.len();
                frames.retain(|frame| frame.permit.is_none());
                prop_assert!(frames.len() < before, "{before} wait for ever");
                look(&mut frames);
            }
            prop_assert_eq!((budget.taken(), budget.shares.lock().len()), (0, 0));
        }
    }
}
