//! The table of the guard: one row an API key. What is not in it is blocked.

use crate::wire::tables::api_key::*;

/// What is done about requests of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Forwarded once it has been walked.
    Pass,
    /// Forwarded while it is walked: Produce.
    Stream,
    /// Answered by the session itself, never relayed: SASL and `ApiVersions`.
    Local,
    /// Between brokers and controllers. Never advertised; the connection is closed, as a broker does
    /// with what its listener does not serve. The share-state APIs are served by client listeners, but
    /// need CLUSTER_ACTION, which no client has and a shared upstream identity might.
    Blocked,
    /// Fetch: fetch sessions, and followers.
    Fetch,
    /// ShareFetch and ShareAcknowledge: share sessions.
    Share,
    /// FindCoordinator: key type 2 is between brokers.
    Coordinator,
    /// OffsetForLeaderEpoch: followers.
    LeaderEpochs,
    /// AddPartitionsToTxn: from version 4 on between brokers.
    VerifyTransactions,
    /// ConsumerGroupHeartbeat: a regular expression is resolved by the upstream identity (KIP-848).
    Regex,
    /// Configs of brokers and client metrics change the cluster, those of topics and groups do not.
    Configs,
    /// Delegation tokens are those of the upstream identity.
    Tokens,
    /// What clients measure, pushed to the brokers (KIP-714).
    Telemetry,
    /// Changes security or the cluster.
    Cluster,
}

/// The row of the API `key`.
#[must_use]
pub const fn guard(key: i16) -> Guard {
    match key {
        PRODUCE => Guard::Stream,
        FETCH => Guard::Fetch,
        SASL_HANDSHAKE | API_VERSIONS | SASL_AUTHENTICATE => Guard::Local,
        FIND_COORDINATOR => Guard::Coordinator,
        OFFSET_FOR_LEADER_EPOCH => Guard::LeaderEpochs,
        ADD_PARTITIONS_TO_TXN => Guard::VerifyTransactions,
        CONSUMER_GROUP_HEARTBEAT => Guard::Regex,
        SHARE_FETCH | SHARE_ACKNOWLEDGE => Guard::Share,
        ALTER_CONFIGS | INCREMENTAL_ALTER_CONFIGS => Guard::Configs,
        CREATE_DELEGATION_TOKEN
        | RENEW_DELEGATION_TOKEN
        | EXPIRE_DELEGATION_TOKEN
        | DESCRIBE_DELEGATION_TOKEN => Guard::Tokens,
        GET_TELEMETRY_SUBSCRIPTIONS | PUSH_TELEMETRY => Guard::Telemetry,
        // WriteTxnMarkers: Admin's `abortTransaction`, which the broker allows with ALTER CLUSTER.
        WRITE_TXN_MARKERS
        | CREATE_ACLS
        | DELETE_ACLS
        | ALTER_REPLICA_LOG_DIRS
        | ELECT_LEADERS
        | ALTER_PARTITION_REASSIGNMENTS
        | ALTER_CLIENT_QUOTAS
        | ALTER_USER_SCRAM_CREDENTIALS
        | UPDATE_FEATURES
        | UNREGISTER_BROKER
        | ADD_RAFT_VOTER
        | REMOVE_RAFT_VOTER
        | UNREGISTER_CONTROLLER => Guard::Cluster,
        key if passes(key) => Guard::Pass,
        // Those between brokers, and what nobody here has heard of.
        _ => Guard::Blocked,
    }
}

/// Whether clients may use the API `key` as brokers let them.
const fn passes(key: i16) -> bool {
    matches!(
        key,
        LIST_OFFSETS
            | METADATA
            | OFFSET_COMMIT
            | OFFSET_FETCH
            | JOIN_GROUP
            | HEARTBEAT
            | LEAVE_GROUP
            | SYNC_GROUP
            | DESCRIBE_GROUPS
            | LIST_GROUPS
            | CREATE_TOPICS
            | DELETE_TOPICS
            | DELETE_RECORDS
            | INIT_PRODUCER_ID
            | ADD_OFFSETS_TO_TXN
            | END_TXN
            | TXN_OFFSET_COMMIT
            | DESCRIBE_ACLS
            | DESCRIBE_CONFIGS
            | DESCRIBE_LOG_DIRS
            | CREATE_PARTITIONS
            | DELETE_GROUPS
            | LIST_PARTITION_REASSIGNMENTS
            | OFFSET_DELETE
            | DESCRIBE_CLIENT_QUOTAS
            | DESCRIBE_USER_SCRAM_CREDENTIALS
            | DESCRIBE_QUORUM
            | DESCRIBE_CLUSTER
            | DESCRIBE_PRODUCERS
            | DESCRIBE_TRANSACTIONS
            | LIST_TRANSACTIONS
            | CONSUMER_GROUP_DESCRIBE
            | LIST_CONFIG_RESOURCES
            | DESCRIBE_TOPIC_PARTITIONS
            | SHARE_GROUP_HEARTBEAT
            | SHARE_GROUP_DESCRIBE
            | STREAMS_GROUP_HEARTBEAT
            | STREAMS_GROUP_DESCRIBE
            | STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE
            | DESCRIBE_SHARE_GROUP_OFFSETS
            | ALTER_SHARE_GROUP_OFFSETS
            | DELETE_SHARE_GROUP_OFFSETS
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tables::APIS;

    /// Whether the API `key` is no client's: between brokers and controllers, or of share state.
    const fn between_brokers(key: i16) -> bool {
        matches!(
            key,
            VOTE | BEGIN_QUORUM_EPOCH
                | END_QUORUM_EPOCH
                | ALTER_PARTITION
                | ENVELOPE
                | FETCH_SNAPSHOT
                | BROKER_REGISTRATION
                | BROKER_HEARTBEAT
                | ALLOCATE_PRODUCER_IDS
                | CONTROLLER_REGISTRATION
                | ASSIGN_REPLICAS_TO_DIRS
                | UPDATE_RAFT_VOTER
                | INITIALIZE_SHARE_GROUP_STATE
                | READ_SHARE_GROUP_STATE
                | WRITE_SHARE_GROUP_STATE
                | DELETE_SHARE_GROUP_STATE
                | READ_SHARE_GROUP_STATE_SUMMARY
        )
    }

    #[test]
    fn what_controllers_serve_and_share_state_is_blocked_and_nothing_else() {
        for api in APIS {
            let share_state = matches!(api.key, 83..=87);
            let blocked = guard(api.key) == Guard::Blocked;
            assert_eq!(blocked, share_state || !api.broker, "{}", api.name);
        }
    }

    #[test]
    fn every_api_of_the_tables_was_decided_by_somebody() {
        for api in APIS {
            let blocked = guard(api.key) == Guard::Blocked;
            assert_eq!(blocked, between_brokers(api.key), "{}", api.name);
        }
    }

    #[test]
    fn unknown_keys_are_blocked() {
        for key in [-1, 4, 5, 6, 7, 95, i16::MIN, i16::MAX] {
            assert_eq!(guard(key), Guard::Blocked, "{key}");
        }
    }

    #[test]
    fn each_api_stands_in_the_table_of_what_it_needs() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/COMPATIBILITY.md");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, rest) = page
            .split_once("## Where Oathgate decides by roles and ACLs\n")
            .unwrap();
        let section = rest.split("\n## ").next().unwrap();
        let named: Vec<&str> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
            .flat_map(|cell| cell.split(", "))
            .collect();
        for api in APIS {
            let decided = !matches!(guard(api.key), Guard::Blocked | Guard::Local);
            if decided {
                assert!(named.contains(&api.name), "{} is in no row", api.name);
            }
        }
    }
}
