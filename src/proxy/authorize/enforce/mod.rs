//! Decisions by roles and ACLs, as `KafkaApis` and `ControllerApis` take them: which operation of which
//! resource each API asks for, in which order, and where a denial stands in the answer.
//!
//! A request is walked first: where everything it names is allowed, it goes up as it came. Only what is
//! denied in part is read as a tree, cut and written anew.

mod allowed;
pub(super) mod filter;
mod items;
mod offsets;
pub(super) mod produce;

use super::authority::Authority;
use super::question::Question;
use super::request::Request;
use super::{CloseReason, Decision, Obstacle};
use crate::wire::tables::api_key::*;

/// Decides about a request that was read whole and is not of the broker's sessions. What no row speaks of
/// is refused.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    match request.api.key {
        LIST_OFFSETS | OFFSET_FOR_LEADER_EPOCH | DELETE_RECORDS => {
            offsets::decide_topics(request, authority)
        }
        key => Ok(Decision::Close(CloseReason::NotAuthorizable(key))),
    }
}

/// Asks `question` before the decision, unless too many were asked for this request.
pub(in crate::proxy::authorize) fn ask(
    request: &Request<'_>,
    question: Question,
    authority: &Authority<'_>,
) -> Decision {
    if authority.asked.may_ask() {
        Decision::Ask(question)
    } else {
        Decision::Close(CloseReason::NotAuthorizable(request.api.key))
    }
}
