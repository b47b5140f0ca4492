//! All scenarios, a file for each family of APIs, in the order they are played.

mod cluster;
mod configs;
mod fetch;
mod groups;
mod metadata;
mod new_groups;
mod offsets;
mod partitions;
mod produce;
mod share;
mod streams;
mod topics;
mod transactions;
mod users;

use super::scenario::Scenario;

/// Every scenario.
pub(super) fn all() -> Vec<Scenario> {
    [
        metadata::SCENARIOS,
        fetch::SCENARIOS,
        produce::SCENARIOS,
        offsets::SCENARIOS,
        groups::SCENARIOS,
        new_groups::SCENARIOS,
        share::SCENARIOS,
        streams::SCENARIOS,
        transactions::SCENARIOS,
        partitions::SCENARIOS,
        configs::SCENARIOS,
        users::SCENARIOS,
        cluster::SCENARIOS,
        topics::SCENARIOS,
    ]
    .concat()
}
