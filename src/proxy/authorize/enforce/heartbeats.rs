//! Heartbeats that say what a member subscribes to (KIP-848, KIP-932): READ of the group, DESCRIBE of every
//! topic. A member is assigned no topic that it may not describe.

use super::allowed::{self, Needs};
use super::ask;
use super::described::filtered;
use super::filter::Filter;
use super::merge::{may_see, succeeded};
use super::topic_regex;
use crate::limits::QUESTION_TOPICS_MAX;
use crate::policy::operation::Operation;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::{ERROR_CODE, top_level};
use crate::proxy::authorize::question::Question;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle, Rules};
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// Most characters of the id of a member of a share group (`KafkaApis.isMemberIdValid`).
const MEMBER_ID_MAX: usize = 36;

/// What a heartbeat says, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    pub(super) group: String,
    pub(super) member: String,
    /// 0 = joins, below = leaves.
    pub(super) epoch: i32,
    /// `None` = as before.
    pub(super) names: Option<Vec<String>>,
    /// `None` = as before, empty = no longer.
    pub(super) pattern: Option<String>,
}

impl Visitor for Heartbeat {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::GroupId, Scalar::Str(group)) => group.clone_into(&mut self.group),
            (Mark::MemberId, Scalar::Str(member)) => member.clone_into(&mut self.member),
            (Mark::MemberEpoch, Scalar::Int32(epoch)) => self.epoch = epoch,
            (Mark::SubscribedTopicRegex, Scalar::Str(regex)) => {
                self.pattern = Some(regex.to_owned());
            }
            (Mark::TopicName, Scalar::Str(name)) => {
                self.names.get_or_insert_default().push(name.to_owned());
            }
            _ => {}
        }
    }

    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        if field.mark == Mark::TopicName && count.is_some() {
            self.names = Some(Vec::new());
        }
    }
}

/// ConsumerGroupHeartbeat and ShareGroupHeartbeat (`KafkaApis`).
pub(super) fn decide(
    request: &Request<'_>,
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut heartbeat = Heartbeat::default();
    request.walk(&mut heartbeat)?;
    let needs = Needs {
        topic: Some(Operation::Describe),
        group: Some(Operation::Read),
        ..Needs::default()
    };
    if allowed::walk(request, needs, authority)?.is_none() {
        let code = refused(request, &heartbeat, authority);
        return request.answer(&top_level(request.api, request.version, code));
    }
    if let Some(question) = unknown_topics(&heartbeat, authority) {
        return Ok(ask(request, question, authority));
    }
    if request.api.key == api_key::CONSUMER_GROUP_HEARTBEAT && topic_regex::may_follow(request) {
        return topic_regex::decide(request, heartbeat, rules, authority);
    }
    filtered(request, Filter::Assignment)
}

/// The code that a heartbeat which is not allowed is refused with.
fn refused(request: &Request<'_>, heartbeat: &Heartbeat, authority: &mut Authority<'_>) -> i16 {
    if !authority.may_group(Operation::Read, &heartbeat.group) {
        return error_code::GROUP_AUTHORIZATION_FAILED;
    }
    let length = heartbeat.member.chars().count();
    let valid = (1..=MEMBER_ID_MAX).contains(&length);
    if request.api.key == api_key::SHARE_GROUP_HEARTBEAT && !valid {
        return error_code::INVALID_REQUEST;
    }
    for name in heartbeat.names.iter().flatten() {
        authority.may_topic(Operation::Describe, name);
    }
    error_code::TOPIC_AUTHORIZATION_FAILED
}

/// What must be asked so that the ids of an assignment have names: about the topics of a new subscription,
/// and about those of an assignment that could not be let through.
fn unknown_topics(heartbeat: &Heartbeat, authority: &Authority<'_>) -> Option<Question> {
    let names = heartbeat.names.iter().flatten();
    let unasked = names.filter(|name| authority.asked.code_of(name).is_none());
    let unasked: Vec<String> = unasked.take(QUESTION_TOPICS_MAX).cloned().collect();
    if !unasked.is_empty() {
        return Some(Question::Names(unasked));
    }
    let ids = authority.topics.take_wanted();
    (!ids.is_empty()).then_some(Question::Ids(ids))
}

/// Refuses an assignment with a topic that the session may not describe. Where it is not known what a topic
/// is called, the member is told to try again, and the broker is asked before the next heartbeat goes up.
pub(super) fn filter_assignment(body: &mut Value, authority: &mut Authority<'_>) {
    if !succeeded(body) {
        return;
    }
    let Some(assignment) = body.get("Assignment") else {
        return;
    };
    let ids = assignment.items("TopicPartitions").iter();
    let ids: Vec<_> = ids.filter_map(|topic| topic.uuid("TopicId")).collect();
    let mut denied = false;
    let mut unknown = false;
    for id in ids {
        match authority.name_of(&id) {
            Some(name) => denied |= !may_see(&name, authority),
            None => unknown |= authority.topics.want(id),
        }
    }
    let code = match (denied, unknown) {
        (true, _) => error_code::TOPIC_AUTHORIZATION_FAILED,
        (false, true) => error_code::COORDINATOR_LOAD_IN_PROGRESS,
        (false, false) => return,
    };
    *body = Value::fields([(ERROR_CODE, code.into())]);
}

/// Takes out the topics that the session may not describe.
pub(super) fn filter_endpoints(body: &mut Value, authority: &mut Authority<'_>) {
    let Some(endpoints) = body.items_mut("PartitionsByUserEndpoint") else {
        return;
    };
    for endpoint in endpoints {
        for list in ["ActivePartitions", "StandbyPartitions"] {
            if let Some(topics) = endpoint.items_mut(list) {
                topics.retain(|topic| {
                    topic
                        .str("Topic")
                        .is_some_and(|name| may_see(name, authority))
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, known, versions};
    use crate::wire::tables::api_key::*;

    const ACLS: &[&str] = &[
        "ALLOW READ GROUP LITERAL g",
        "ALLOW DESCRIBE TOPIC PREFIXED a",
    ];

    fn joins(names: &[&str]) -> Value {
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("SubscribedTopicNames", Value::array(names.to_vec())),
        ])
    }

    fn each(test: impl Fn(i16, i16)) {
        for key in [CONSUMER_GROUP_HEARTBEAT, SHARE_GROUP_HEARTBEAT] {
            for version in versions(key, 0) {
                test(key, version);
            }
        }
    }

    /// Joins with topics "a1" (id 1) and "a2" (id 2).
    fn joined(key: i16, version: i16) -> (Bench, crate::proxy::authorize::fixture::Outcome) {
        let mut bench = Bench::new(key, version, ACLS);
        let question = bench.decide(&joins(&["a1", "a2"])).question().unwrap();
        bench.told(&question, vec![known("a1", 1), known("a2", 2)]);
        let outcome = bench.decide(&joins(&["a1", "a2"]));
        assert!(outcome.as_it_came, "{key} v{version}");
        (bench, outcome)
    }

    #[test]
    fn one_denied_topic_or_the_group_denies_a_heartbeat() {
        each(|key, version| {
            let mut bench = Bench::new(key, version, ACLS);
            let answer = bench.decide(&joins(&["a1", "b"])).answer.unwrap();
            assert_eq!(codes(&answer), [29], "{key} v{version}");
            assert!(answer.get("ErrorMessage").unwrap().is_null());
            let denials = bench.session.denials.into_kept();
            assert_eq!(denials[0].name.as_ref(), "b");
            let mut bench = Bench::new(key, version, &["ALLOW ALL TOPIC LITERAL *"]);
            let answer = bench.decide(&joins(&["a1"])).answer.unwrap();
            assert_eq!(codes(&answer), [30], "{key} v{version}");
        });
    }

    #[test]
    fn a_share_member_without_id_is_wrong_before_its_topics_are() {
        for version in versions(SHARE_GROUP_HEARTBEAT, 0) {
            let mut body = joins(&["b"]);
            body.set("MemberId", "");
            let mut bench = Bench::new(SHARE_GROUP_HEARTBEAT, version, ACLS);
            assert_eq!(codes(&bench.decide(&body).answer.unwrap()), [42]);
        }
    }

    #[test]
    fn what_a_member_owns_is_not_authorized() {
        for version in versions(CONSUMER_GROUP_HEARTBEAT, 0) {
            let owned = Value::array([Value::fields([("TopicId", [7; 16].into())])]);
            let mut body = joins(&[]);
            body.set("TopicPartitions", owned);
            let mut bench = Bench::new(CONSUMER_GROUP_HEARTBEAT, version, ACLS);
            assert!(bench.decide(&body).as_it_came, "v{version}");
        }
    }

    fn assigned(ids: &[u8]) -> Value {
        let topic = |id: &u8| Value::fields([("TopicId", [*id; 16].into())]);
        let topics = Value::Array(ids.iter().map(topic).collect());
        let assignment = Value::fields([("TopicPartitions", topics)]);
        Value::fields([("MemberId", "m".into()), ("Assignment", assignment)])
    }

    #[test]
    fn no_member_is_assigned_what_it_may_not_describe() {
        each(|key, version| {
            let (mut bench, outcome) = joined(key, version);
            let answer = bench.answered(&outcome, &assigned(&[1, 2]));
            let topics = answer.get("Assignment").unwrap().items("TopicPartitions");
            assert_eq!(topics.len(), 2, "{key} v{version}");
            bench.session.topics.learn([3; 16], "b");
            let answer = bench.answered(&outcome, &assigned(&[1, 3]));
            assert_eq!(codes(&answer), [29], "{key} v{version}");
            assert!(answer.get("Assignment").unwrap().is_null());
        });
    }

    #[test]
    fn an_assigned_id_without_name_is_asked_for_before_the_next_heartbeat() {
        each(|key, version| {
            let (mut bench, outcome) = joined(key, version);
            let answer = bench.answered(&outcome, &assigned(&[1, 8]));
            assert_eq!(codes(&answer), [14], "{key} v{version}");
            let question = bench.decide(&joins(&["a1"])).question().unwrap();
            assert_eq!(question, Question::Ids(vec![[8; 16]]));
            bench.told(&question, vec![known("a8", 8)]);
            let outcome = bench.decide(&joins(&["a1"]));
            assert_eq!(codes(&bench.answered(&outcome, &assigned(&[1, 8]))), [0]);
            // A topic that is gone by then stops nobody.
            bench.session.topics.forget(&[9; 16]);
            assert_eq!(codes(&bench.answered(&outcome, &assigned(&[9]))), [0]);
        });
    }

    #[test]
    fn a_topic_that_is_denied_meanwhile_is_not_assigned() {
        use crate::policy::fixture::authorizer;
        use std::sync::Arc;
        each(|key, version| {
            let (mut bench, outcome) = joined(key, version);
            bench.session.rights.follow(&Arc::new(authorizer(&[
                "ALLOW READ GROUP LITERAL g User:a *",
                "ALLOW DESCRIBE TOPIC LITERAL a1 User:a *",
            ])));
            assert_eq!(codes(&bench.answered(&outcome, &assigned(&[1]))), [0]);
            assert_eq!(codes(&bench.answered(&outcome, &assigned(&[2]))), [29]);
        });
    }
}
