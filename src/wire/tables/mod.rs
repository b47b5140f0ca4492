//! Every API of Kafka, as data for the walker, the reader and the writer.
//! Written by `generate.py`; do not edit.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod add_raft_voter;
mod allocate_producer_ids;
mod alter_client_quotas;
mod alter_configs;
mod alter_partition;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
mod alter_share_group_offsets;
mod alter_user_scram_credentials;
pub mod api_key;
mod api_versions;
mod assign_replicas_to_dirs;
mod begin_quorum_epoch;
mod broker_heartbeat;
mod broker_registration;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod controller_registration;
mod create_acls;
mod create_delegation_token;
mod create_partitions;
mod create_topics;
mod delete_acls;
mod delete_groups;
mod delete_records;
mod delete_share_group_offsets;
mod delete_share_group_state;
mod delete_topics;
mod describe_acls;
mod describe_client_quotas;
mod describe_cluster;
mod describe_configs;
mod describe_delegation_token;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_share_group_offsets;
mod describe_topic_partitions;
mod describe_transactions;
mod describe_user_scram_credentials;
mod elect_leaders;
mod end_quorum_epoch;
mod end_txn;
mod envelope;
mod expire_delegation_token;
mod fetch;
mod fetch_snapshot;
mod find_coordinator;
mod get_telemetry_subscriptions;
pub(super) mod header;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod initialize_share_group_state;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod list_transactions;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod push_telemetry;
mod read_share_group_state;
mod read_share_group_state_summary;
mod remove_raft_voter;
mod renew_delegation_token;
mod sasl_authenticate;
mod sasl_handshake;
mod share_acknowledge;
mod share_fetch;
mod share_group_describe;
mod share_group_heartbeat;
mod streams_group_describe;
mod streams_group_heartbeat;
mod streams_group_topology_description_update;
mod sync_group;
mod txn_offset_commit;
mod unregister_broker;
mod unregister_controller;
mod update_features;
mod update_raft_voter;
mod vote;
mod write_share_group_state;
mod write_txn_markers;

use super::api::Api;
pub use add_offsets_to_txn::ADD_OFFSETS_TO_TXN;
pub use add_partitions_to_txn::ADD_PARTITIONS_TO_TXN;
pub use add_raft_voter::ADD_RAFT_VOTER;
pub use allocate_producer_ids::ALLOCATE_PRODUCER_IDS;
pub use alter_client_quotas::ALTER_CLIENT_QUOTAS;
pub use alter_configs::ALTER_CONFIGS;
pub use alter_partition::ALTER_PARTITION;
pub use alter_partition_reassignments::ALTER_PARTITION_REASSIGNMENTS;
pub use alter_replica_log_dirs::ALTER_REPLICA_LOG_DIRS;
pub use alter_share_group_offsets::ALTER_SHARE_GROUP_OFFSETS;
pub use alter_user_scram_credentials::ALTER_USER_SCRAM_CREDENTIALS;
pub use api_versions::API_VERSIONS;
pub use assign_replicas_to_dirs::ASSIGN_REPLICAS_TO_DIRS;
pub use begin_quorum_epoch::BEGIN_QUORUM_EPOCH;
pub use broker_heartbeat::BROKER_HEARTBEAT;
pub use broker_registration::BROKER_REGISTRATION;
pub use consumer_group_describe::CONSUMER_GROUP_DESCRIBE;
pub use consumer_group_heartbeat::CONSUMER_GROUP_HEARTBEAT;
pub use controller_registration::CONTROLLER_REGISTRATION;
pub use create_acls::CREATE_ACLS;
pub use create_delegation_token::CREATE_DELEGATION_TOKEN;
pub use create_partitions::CREATE_PARTITIONS;
pub use create_topics::CREATE_TOPICS;
pub use delete_acls::DELETE_ACLS;
pub use delete_groups::DELETE_GROUPS;
pub use delete_records::DELETE_RECORDS;
pub use delete_share_group_offsets::DELETE_SHARE_GROUP_OFFSETS;
pub use delete_share_group_state::DELETE_SHARE_GROUP_STATE;
pub use delete_topics::DELETE_TOPICS;
pub use describe_acls::DESCRIBE_ACLS;
pub use describe_client_quotas::DESCRIBE_CLIENT_QUOTAS;
pub use describe_cluster::DESCRIBE_CLUSTER;
pub use describe_configs::DESCRIBE_CONFIGS;
pub use describe_delegation_token::DESCRIBE_DELEGATION_TOKEN;
pub use describe_groups::DESCRIBE_GROUPS;
pub use describe_log_dirs::DESCRIBE_LOG_DIRS;
pub use describe_producers::DESCRIBE_PRODUCERS;
pub use describe_quorum::DESCRIBE_QUORUM;
pub use describe_share_group_offsets::DESCRIBE_SHARE_GROUP_OFFSETS;
pub use describe_topic_partitions::DESCRIBE_TOPIC_PARTITIONS;
pub use describe_transactions::DESCRIBE_TRANSACTIONS;
pub use describe_user_scram_credentials::DESCRIBE_USER_SCRAM_CREDENTIALS;
pub use elect_leaders::ELECT_LEADERS;
pub use end_quorum_epoch::END_QUORUM_EPOCH;
pub use end_txn::END_TXN;
pub use envelope::ENVELOPE;
pub use expire_delegation_token::EXPIRE_DELEGATION_TOKEN;
pub use fetch::FETCH;
pub use fetch_snapshot::FETCH_SNAPSHOT;
pub use find_coordinator::FIND_COORDINATOR;
pub use get_telemetry_subscriptions::GET_TELEMETRY_SUBSCRIPTIONS;
pub use heartbeat::HEARTBEAT;
pub use incremental_alter_configs::INCREMENTAL_ALTER_CONFIGS;
pub use init_producer_id::INIT_PRODUCER_ID;
pub use initialize_share_group_state::INITIALIZE_SHARE_GROUP_STATE;
pub use join_group::JOIN_GROUP;
pub use leave_group::LEAVE_GROUP;
pub use list_config_resources::LIST_CONFIG_RESOURCES;
pub use list_groups::LIST_GROUPS;
pub use list_offsets::LIST_OFFSETS;
pub use list_partition_reassignments::LIST_PARTITION_REASSIGNMENTS;
pub use list_transactions::LIST_TRANSACTIONS;
pub use metadata::METADATA;
pub use offset_commit::OFFSET_COMMIT;
pub use offset_delete::OFFSET_DELETE;
pub use offset_fetch::OFFSET_FETCH;
pub use offset_for_leader_epoch::OFFSET_FOR_LEADER_EPOCH;
pub use produce::PRODUCE;
pub use push_telemetry::PUSH_TELEMETRY;
pub use read_share_group_state::READ_SHARE_GROUP_STATE;
pub use read_share_group_state_summary::READ_SHARE_GROUP_STATE_SUMMARY;
pub use remove_raft_voter::REMOVE_RAFT_VOTER;
pub use renew_delegation_token::RENEW_DELEGATION_TOKEN;
pub use sasl_authenticate::SASL_AUTHENTICATE;
pub use sasl_handshake::SASL_HANDSHAKE;
pub use share_acknowledge::SHARE_ACKNOWLEDGE;
pub use share_fetch::SHARE_FETCH;
pub use share_group_describe::SHARE_GROUP_DESCRIBE;
pub use share_group_heartbeat::SHARE_GROUP_HEARTBEAT;
pub use streams_group_describe::STREAMS_GROUP_DESCRIBE;
pub use streams_group_heartbeat::STREAMS_GROUP_HEARTBEAT;
pub use streams_group_topology_description_update::STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE;
pub use sync_group::SYNC_GROUP;
pub use txn_offset_commit::TXN_OFFSET_COMMIT;
pub use unregister_broker::UNREGISTER_BROKER;
pub use unregister_controller::UNREGISTER_CONTROLLER;
pub use update_features::UPDATE_FEATURES;
pub use update_raft_voter::UPDATE_RAFT_VOTER;
pub use vote::VOTE;
pub use write_share_group_state::WRITE_SHARE_GROUP_STATE;
pub use write_txn_markers::WRITE_TXN_MARKERS;

/// Every API, by ascending key.
pub static APIS: &[&Api] = &[
    &PRODUCE,
    &FETCH,
    &LIST_OFFSETS,
    &METADATA,
    &OFFSET_COMMIT,
    &OFFSET_FETCH,
    &FIND_COORDINATOR,
    &JOIN_GROUP,
    &HEARTBEAT,
    &LEAVE_GROUP,
    &SYNC_GROUP,
    &DESCRIBE_GROUPS,
    &LIST_GROUPS,
    &SASL_HANDSHAKE,
    &API_VERSIONS,
    &CREATE_TOPICS,
    &DELETE_TOPICS,
    &DELETE_RECORDS,
    &INIT_PRODUCER_ID,
    &OFFSET_FOR_LEADER_EPOCH,
    &ADD_PARTITIONS_TO_TXN,
    &ADD_OFFSETS_TO_TXN,
    &END_TXN,
    &WRITE_TXN_MARKERS,
    &TXN_OFFSET_COMMIT,
    &DESCRIBE_ACLS,
    &CREATE_ACLS,
    &DELETE_ACLS,
    &DESCRIBE_CONFIGS,
    &ALTER_CONFIGS,
    &ALTER_REPLICA_LOG_DIRS,
    &DESCRIBE_LOG_DIRS,
    &SASL_AUTHENTICATE,
    &CREATE_PARTITIONS,
    &CREATE_DELEGATION_TOKEN,
    &RENEW_DELEGATION_TOKEN,
    &EXPIRE_DELEGATION_TOKEN,
    &DESCRIBE_DELEGATION_TOKEN,
    &DELETE_GROUPS,
    &ELECT_LEADERS,
    &INCREMENTAL_ALTER_CONFIGS,
    &ALTER_PARTITION_REASSIGNMENTS,
    &LIST_PARTITION_REASSIGNMENTS,
    &OFFSET_DELETE,
    &DESCRIBE_CLIENT_QUOTAS,
    &ALTER_CLIENT_QUOTAS,
    &DESCRIBE_USER_SCRAM_CREDENTIALS,
    &ALTER_USER_SCRAM_CREDENTIALS,
    &VOTE,
    &BEGIN_QUORUM_EPOCH,
    &END_QUORUM_EPOCH,
    &DESCRIBE_QUORUM,
    &ALTER_PARTITION,
    &UPDATE_FEATURES,
    &ENVELOPE,
    &FETCH_SNAPSHOT,
    &DESCRIBE_CLUSTER,
    &DESCRIBE_PRODUCERS,
    &BROKER_REGISTRATION,
    &BROKER_HEARTBEAT,
    &UNREGISTER_BROKER,
    &DESCRIBE_TRANSACTIONS,
    &LIST_TRANSACTIONS,
    &ALLOCATE_PRODUCER_IDS,
    &CONSUMER_GROUP_HEARTBEAT,
    &CONSUMER_GROUP_DESCRIBE,
    &CONTROLLER_REGISTRATION,
    &GET_TELEMETRY_SUBSCRIPTIONS,
    &PUSH_TELEMETRY,
    &ASSIGN_REPLICAS_TO_DIRS,
    &LIST_CONFIG_RESOURCES,
    &DESCRIBE_TOPIC_PARTITIONS,
    &SHARE_GROUP_HEARTBEAT,
    &SHARE_GROUP_DESCRIBE,
    &SHARE_FETCH,
    &SHARE_ACKNOWLEDGE,
    &ADD_RAFT_VOTER,
    &REMOVE_RAFT_VOTER,
    &UPDATE_RAFT_VOTER,
    &INITIALIZE_SHARE_GROUP_STATE,
    &READ_SHARE_GROUP_STATE,
    &WRITE_SHARE_GROUP_STATE,
    &DELETE_SHARE_GROUP_STATE,
    &READ_SHARE_GROUP_STATE_SUMMARY,
    &STREAMS_GROUP_HEARTBEAT,
    &STREAMS_GROUP_DESCRIBE,
    &DESCRIBE_SHARE_GROUP_OFFSETS,
    &ALTER_SHARE_GROUP_OFFSETS,
    &DELETE_SHARE_GROUP_OFFSETS,
    &STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
    &UNREGISTER_CONTROLLER,
];
