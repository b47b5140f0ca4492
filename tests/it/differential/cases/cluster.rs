//! The cluster itself: its nodes, its quorum, its features. What would change it is asked so that it cannot.

use crate::differential::{
    play::{Play, UNKNOWN_ID},
    scenario::{Scenario, every},
    shape::{list, of},
};
use oathgate::wire::tables::api_key::{
    ADD_RAFT_VOTER, DESCRIBE_CLUSTER, DESCRIBE_QUORUM, REMOVE_RAFT_VOTER, UNREGISTER_BROKER,
    UNREGISTER_CONTROLLER, UPDATE_FEATURES,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(DESCRIBE_CLUSTER, "of brokers", describe),
    every(DESCRIBE_CLUSTER, "of controllers", describe_controllers),
    every(DESCRIBE_QUORUM, "its one partition", quorum),
    every(UPDATE_FEATURES, "one that is not", features),
    every(UNREGISTER_BROKER, "one that is not", unregister_broker),
    every(
        UNREGISTER_CONTROLLER,
        "one that is not",
        unregister_controller,
    ),
    every(ADD_RAFT_VOTER, "to another cluster", add_voter),
    every(REMOVE_RAFT_VOTER, "of another cluster", remove_voter),
];

fn describe(play: &mut Play<'_, '_>) {
    for operations in [false, true] {
        play.ask(&of([
            ("IncludeClusterAuthorizedOperations", operations.into()),
            ("EndpointType", 1.into()),
        ]));
    }
}

/// Refused: this is a broker.
fn describe_controllers(play: &mut Play<'_, '_>) {
    play.ask(&of([("EndpointType", 2.into())]));
}

fn quorum(play: &mut Play<'_, '_>) {
    let partition = of([("PartitionIndex", 0.into())]);
    let topic = of([
        ("TopicName", "__cluster_metadata".into()),
        ("Partitions", list([partition])),
    ]);
    play.ask(&of([("Topics", list([topic]))]));
}

fn features(play: &mut Play<'_, '_>) {
    let update = of([
        ("Feature", "no.such.feature".into()),
        ("MaxVersionLevel", 1.into()),
        ("UpgradeType", 1.into()),
    ]);
    play.ask(&of([
        ("timeoutMs", 10_000.into()),
        ("FeatureUpdates", list([update])),
        ("ValidateOnly", true.into()),
    ]));
}

fn unregister_broker(play: &mut Play<'_, '_>) {
    play.ask(&of([("BrokerId", 99.into())]));
}

fn unregister_controller(play: &mut Play<'_, '_>) {
    play.ask(&of([("ControllerId", 99.into())]));
}

fn add_voter(play: &mut Play<'_, '_>) {
    let listener = of([
        ("Name", "CONTROLLER".into()),
        ("Host", "nowhere".into()),
        ("Port", 1.into()),
    ]);
    play.ask(&of([
        ("ClusterId", "another".into()),
        ("TimeoutMs", 1_000.into()),
        ("VoterId", 99.into()),
        ("VoterDirectoryId", UNKNOWN_ID.into()),
        ("Listeners", list([listener])),
    ]));
}

fn remove_voter(play: &mut Play<'_, '_>) {
    play.ask(&of([
        ("ClusterId", "another".into()),
        ("VoterId", 99.into()),
        ("VoterDirectoryId", UNKNOWN_ID.into()),
    ]));
}
