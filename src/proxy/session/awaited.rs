//! What a session waits for that all sessions share: room for a frame that is held whole, a turn at work that
//! takes a moment. Kept from one wait to the next, so that nobody loses its place in a line.

use std::pin::Pin;

use crate::proxy::{
    held::{Exhausted, HeldPermit},
    relay::Way,
    turnstile::Turn,
};

/// Room that is being waited for.
pub type AwaitedRoom = Pin<Box<dyn Future<Output = (Way, Result<HeldPermit, Exhausted>)> + Send>>;

/// A turn that is being waited for.
pub type AwaitedTurn = Pin<Box<dyn Future<Output = Turn> + Send>>;

/// Waits for `room`; for ever where there is none to wait for. Safe to drop.
pub async fn granted(room: &mut Option<AwaitedRoom>) -> (Way, Result<HeldPermit, Exhausted>) {
    match room {
        Some(room) => room.await,
        None => std::future::pending().await,
    }
}

/// Waits for `turn`, which then is waited for no more; for ever where there is none. Safe to drop.
pub async fn taken(turn: &mut Option<AwaitedTurn>) -> Turn {
    let taken = match turn {
        Some(turn) => turn.await,
        None => std::future::pending().await,
    };
    *turn = None;
    taken
}
