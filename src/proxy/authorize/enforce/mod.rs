//! Decisions by roles and ACLs, as `KafkaApis` and `ControllerApis` take them: which operation of which
//! resource each API asks for, in which order, and where a denial stands in the answer.
//!
//! A request is walked first: where everything it names is allowed, it goes up as it came. Only what is
//! denied in part is read as a tree, cut and written anew.

pub(super) mod allowed;
mod coordinators;
mod described;
pub(super) mod filter;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod group_tests;
mod heartbeats;
mod items;
mod leader_epochs;
mod membership;
mod merge;
mod offset_commits;
mod offset_fetch;
mod offsets;
pub(super) mod produce;
mod streams;
mod topic_regex;
mod transactions;

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
        LIST_OFFSETS | DELETE_RECORDS => offsets::decide_topics(request, authority),
        OFFSET_FOR_LEADER_EPOCH => leader_epochs::decide(request, authority),
        FIND_COORDINATOR => coordinators::decide(request, authority),
        JOIN_GROUP
        | SYNC_GROUP
        | HEARTBEAT
        | LEAVE_GROUP
        | STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE => membership::decide(request, authority),
        CONSUMER_GROUP_HEARTBEAT | SHARE_GROUP_HEARTBEAT => heartbeats::decide(request, authority),
        STREAMS_GROUP_HEARTBEAT => streams::decide(request, authority),
        DESCRIBE_GROUPS
        | CONSUMER_GROUP_DESCRIBE
        | SHARE_GROUP_DESCRIBE
        | STREAMS_GROUP_DESCRIBE => described::decide(request, authority),
        LIST_GROUPS => described::list(request, authority),
        DELETE_GROUPS => described::delete(request, authority),
        OFFSET_FETCH | DESCRIBE_SHARE_GROUP_OFFSETS => offset_fetch::decide(request, authority),
        OFFSET_COMMIT
        | TXN_OFFSET_COMMIT
        | OFFSET_DELETE
        | ALTER_SHARE_GROUP_OFFSETS
        | DELETE_SHARE_GROUP_OFFSETS => offset_commits::decide(request, authority),
        INIT_PRODUCER_ID
        | ADD_PARTITIONS_TO_TXN
        | ADD_OFFSETS_TO_TXN
        | END_TXN
        | WRITE_TXN_MARKERS
        | DESCRIBE_TRANSACTIONS
        | LIST_TRANSACTIONS => transactions::decide(request, authority),
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
