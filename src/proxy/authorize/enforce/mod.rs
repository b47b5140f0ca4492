//! Decisions by roles and ACLs, as `KafkaApis` and `ControllerApis` take them: which operation of which
//! resource each API asks for, in which order, and where a denial stands in the answer.
//!
//! A request is walked first: where everything it names is allowed, it goes up as it came. Only what is
//! denied in part is read as a tree, cut and written anew.

mod acls;
pub(super) mod allowed;
mod cluster;
mod configs;
mod coordinators;
mod cut;
mod delete_topics;
mod described;
pub(super) mod filter;
#[cfg(test)]
mod group_tests;
mod heartbeats;
mod items;
mod leader_epochs;
mod membership;
mod merge;
pub(super) mod metadata;
mod offset_commits;
mod offset_fetch;
mod offsets;
pub(super) mod produce;
mod streams;
mod tokens;
mod topic_name;
mod topic_partitions;
mod topic_regex;
mod topics;
mod transactions;
mod whole;

use super::authority::Authority;
use super::question::Question;
use super::request::Request;
use super::{CloseReason, Decision, Obstacle, Rules};
use crate::wire::tables::api_key::*;

/// Decides about a request that was read whole and is not of the broker's sessions. What no row speaks of
/// is refused.
pub(super) fn decide(
    request: &Request<'_>,
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    if let Some(operation) = whole::needs(request.api.key) {
        return whole::decide(request, operation, authority);
    }
    match request.api.key {
        METADATA => metadata::decide(request, authority),
        DESCRIBE_TOPIC_PARTITIONS => topic_partitions::decide(request, authority),
        CREATE_TOPICS => topics::create(request, authority),
        CREATE_PARTITIONS => topics::create_partitions(request, authority),
        DESCRIBE_PRODUCERS => topics::describe_producers(request, authority),
        DELETE_TOPICS => delete_topics::decide(request, authority),
        DESCRIBE_CONFIGS | ALTER_CONFIGS | INCREMENTAL_ALTER_CONFIGS => {
            configs::decide(request, authority)
        }
        DESCRIBE_CLUSTER => cluster::describe(request),
        DESCRIBE_ACLS | CREATE_ACLS | DELETE_ACLS => acls::decide(request, authority),
        CREATE_DELEGATION_TOKEN
        | RENEW_DELEGATION_TOKEN
        | EXPIRE_DELEGATION_TOKEN
        | DESCRIBE_DELEGATION_TOKEN => tokens::decide(request, rules, authority),
        // Nobody is asked for a right to tell how it fares.
        GET_TELEMETRY_SUBSCRIPTIONS | PUSH_TELEMETRY => request.pass(),
        LIST_OFFSETS | DELETE_RECORDS => offsets::decide_topics(request, authority),
        OFFSET_FOR_LEADER_EPOCH => leader_epochs::decide(request, authority),
        FIND_COORDINATOR => coordinators::decide(request, authority),
        JOIN_GROUP
        | SYNC_GROUP
        | HEARTBEAT
        | LEAVE_GROUP
        | STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE => membership::decide(request, authority),
        CONSUMER_GROUP_HEARTBEAT | SHARE_GROUP_HEARTBEAT => {
            heartbeats::decide(request, rules, authority)
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proxy::authorize::Question;
    use crate::proxy::authorize::fixture::Session;
    use crate::proxy::authorize::{Guard, guard};
    use crate::proxy::rewrite::sample::populated;
    use crate::wire::api::{Api, api};
    use crate::wire::tables::APIS;
    use crate::wire::value::Value;

    /// APIs that name topics, and resources like them, each decided by itself.
    const BY_ITEM: [i16; 9] = [
        METADATA,
        DESCRIBE_TOPIC_PARTITIONS,
        CREATE_TOPICS,
        DELETE_TOPICS,
        CREATE_PARTITIONS,
        DESCRIBE_PRODUCERS,
        DESCRIBE_CONFIGS,
        ALTER_CONFIGS,
        INCREMENTAL_ALTER_CONFIGS,
    ];

    fn acl_filter() -> Value {
        let any = [
            "ResourceTypeFilter",
            "PatternTypeFilter",
            "Operation",
            "PermissionType",
        ];
        let mut filter = Value::fields([]);
        for field in any {
            filter.set(field, 1);
        }
        filter
    }

    #[test]
    fn every_api_that_clients_use_is_decided_in_every_version() {
        let elsewhere = [
            Guard::Blocked,
            Guard::Local,
            Guard::Stream,
            Guard::Fetch,
            Guard::Share,
        ];
        for api in APIS {
            let key = api.key;
            if elsewhere.contains(&guard(key)) {
                continue;
            }
            for version in api.min_version..=api.max_version {
                let mut body = populated(&api.request.root, version);
                let filters = body.items_mut("Filters").map(std::mem::take);
                if key == DESCRIBE_ACLS {
                    body = acl_filter();
                } else if filters.is_some() {
                    body.set("Filters", Value::array([acl_filter(), acl_filter()]));
                }
                for acls in [vec![], vec!["ALLOW ALL CLUSTER LITERAL * User:a *"]] {
                    let decision = Session::of(&acls).decide(key, version, &body).decision;
                    let decided = !matches!(decision, Decision::Close(_));
                    assert!(decided, "{} v{version}: {decision:?}", api.name);
                }
            }
        }
    }

    /// `body` with each text replaced by one that is allowed, or not, as `choices` say.
    fn renamed(body: &Value, choices: &mut impl Iterator<Item = bool>) -> Value {
        match body {
            Value::Str(_) if choices.next().unwrap() => "ok-1".into(),
            Value::Str(_) => "no-1".into(),
            Value::Array(items) => Value::array(items.iter().map(|item| renamed(item, choices))),
            Value::Struct(fields) => {
                let mut out = Value::fields([]);
                for (name, value) in fields.iter() {
                    let value = match name {
                        "ResourceType" => 2.into(),
                        _ => renamed(value, choices),
                    };
                    out.set(name, value);
                }
                out
            }
            other => other.clone(),
        }
    }

    /// The bytes that go up in the end, if any do.
    fn sent(api: &'static Api, version: i16, body: &Value) -> Option<Vec<u8>> {
        let mut trial = Session::of(&["ALLOW ALL TOPIC PREFIXED ok- User:a *"]);
        trial.topics.learn([5; 16], "no-1");
        loop {
            match trial.decide(api.key, version, body).decision {
                Decision::Forward => {
                    return crate::wire::write::write(api.request, version, body).ok();
                }
                Decision::Replace(frame)
                | Decision::ForwardAndAmend {
                    frame: Some(frame), ..
                } => return Some(frame),
                Decision::ForwardAndAmend { frame: None, .. } => {
                    return crate::wire::write::write(api.request, version, body).ok();
                }
                Decision::Ask(question) => {
                    let missing = |name: &str| {
                        Value::fields([("Name", name.into()), ("ErrorCode", 3.into())])
                    };
                    let topics = match &question {
                        Question::Names(names) | Question::Create(names) => {
                            names.iter().map(|name| missing(name)).collect()
                        }
                        _ => Vec::new(),
                    };
                    let answer = Value::fields([("Topics", topics.into())]);
                    trial.replied(&question, &answer);
                }
                Decision::Match(_) => panic!("{} v{version}: so few topics", api.name),
                Decision::Answer(_) | Decision::Unanswered { .. } => return None,
                Decision::Close(reason) => panic!("{} v{version}: {reason}", api.name),
            }
        }
    }

    proptest! {
        #[test]
        fn no_denied_name_goes_up(choices in prop::collection::vec(any::<bool>(), 64)) {
            for key in BY_ITEM {
                let api = api(key).unwrap();
                for version in api.min_version..=api.max_version {
                    // Names of items alone: texts inside them, as of configs, are nobody's names.
                    let mut choices = choices.iter().copied().cycle();
                    let mut body = renamed(&populated(&api.request.root, version), &mut choices);
                    for list in ["Resources", "Topics"] {
                        for item in body.items_mut(list).into_iter().flatten() {
                            for texts in ["Configs", "ConfigurationKeys"] {
                                if item.get(texts).is_some() {
                                    item.set(texts, Value::Array(Vec::new()));
                                }
                            }
                        }
                    }
                    if let Some(up) = sent(api, version, &body) {
                        let denied = up.windows(3).any(|part| part == b"no-");
                        prop_assert!(!denied, "{} v{}: {:?}", api.name, version, body);
                    }
                }
            }
        }
    }
}
