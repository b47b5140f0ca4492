//! ShareFetch and ShareAcknowledge: whose share session they speak of, and what may be read: READ GROUP, READ
//! TOPIC (`KafkaApis.handleShareFetchRequest`, `handleShareAcknowledgeRequest`).
//!
//! The broker counts every request of a session (its epoch), so none is answered here once the session goes
//! on: what is denied is cut out, the rest goes up, even if that is nothing.

use std::collections::BTreeSet;

use super::amend::{Amend, Position};
use super::authority::Authority;
use super::enforce::ask;
use super::question::unknown_ids;
use super::request::Request;
use super::share_sessions::{OPEN, OwnShareSessions, ShareReads};
use super::topics::TopicId;
use super::{Decision, Obstacle, denial};
use crate::policy::operation::Operation;
use crate::wire::edit::Edits;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// What matters of a request.
#[derive(Default)]
struct Facts {
    group: Option<String>,
    member: Option<String>,
    epoch: i32,
    max_bytes: i32,
    /// Of topics that are read, not of those to be forgotten.
    topics: Vec<TopicId>,
    forgotten: bool,
}

impl Visitor for Facts {
    const ALL: bool = true;

    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::GroupId, Scalar::Str(group)) => self.group = Some(group.to_owned()),
            (Mark::MemberId, Scalar::Str(member)) => self.member = Some(member.to_owned()),
            (Mark::ShareSessionEpoch, Scalar::Int32(epoch)) => self.epoch = epoch,
            (Mark::TopicId, Scalar::Uuid(id)) if !self.forgotten => self.topics.push(id),
            (_, Scalar::Int32(bytes)) if field.name == MAX_BYTES => self.max_bytes = bytes,
            _ => {}
        }
    }

    fn array(&mut self, field: &'static Field, _: &At<'_>, _: Option<usize>) {
        self.forgotten |= field.mark == Mark::ForgottenTopics;
    }
}

/// Arrays of request and answer.
const FORGOTTEN: &str = "ForgottenTopicsData";
const RESPONSES: &str = "Responses";

/// The field with the most bytes of records that an answer shall hold.
const MAX_BYTES: &str = "MaxBytes";

/// The request asking for no longer an answer than can be held: unlike Fetch, its answer is
/// rewritten at its end by more than a tag. A broker sends one batch whatever its size, and less
/// is never wrong: the rest comes with the next answer.
fn with_less(request: &Request<'_>, bytes: i32) -> Result<Decision, Obstacle> {
    let mut body = request.read()?;
    body.set(MAX_BYTES, bytes);
    Ok(Decision::Replace(request.with_body(&body)?))
}

/// Decides; with an `authority` Oathgate decides what may be read, without one brokers do.
pub(super) fn decide(
    request: &Request<'_>,
    sessions: &mut OwnShareSessions,
    authority: Option<&mut Authority<'_>>,
) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    let (Some(group), Some(member)) = (facts.group.take(), facts.member.take()) else {
        return refuse(request, error_code::INVALID_REQUEST); // as the broker says of a missing group
    };
    if let Some(authority) = authority {
        if !authority.may_group(Operation::Read, &group) {
            return refuse(request, error_code::GROUP_AUTHORIZATION_FAILED);
        }
        let ids = facts.topics.iter().copied();
        if let Some(question) = unknown_ids(ids, authority.asked, authority.topics) {
            return Ok(ask(request, question, authority));
        }
        let judged = Judged {
            sessions,
            authority,
            group,
            member,
        };
        return judged.decide(request, &facts, unknown);
    }
    let opens = request.api.key == api_key::SHARE_FETCH;
    if !sessions.admit(group, member, facts.epoch, opens) {
        return refuse(request, error_code::SHARE_SESSION_NOT_FOUND);
    }
    if facts.max_bytes > sessions.bytes_max {
        return with_less(request, sessions.bytes_max);
    }
    request.forward(unknown)
}

fn refuse(request: &Request<'_>, code: i16) -> Result<Decision, Obstacle> {
    request.answer(&denial::top_level(request.api, request.version, code))
}

/// A request that Oathgate decides.
struct Judged<'a, 'b> {
    sessions: &'a mut OwnShareSessions,
    authority: &'a mut Authority<'b>,
    group: String,
    member: String,
}

impl Judged<'_, '_> {
    fn decide(
        self,
        request: &Request<'_>,
        facts: &Facts,
        unknown: Edits,
    ) -> Result<Decision, Obstacle> {
        let Self {
            sessions,
            authority,
            group,
            member,
        } = self;
        let held = sessions
            .reads(&group, &member)
            .is_none_or(|reads| reads.hold(authority.rights, authority.topics));
        if !held && facts.epoch > OPEN {
            // What the session may read has changed: the client begins it anew.
            sessions.end(&group, &member);
            return refuse(request, error_code::SHARE_SESSION_NOT_FOUND);
        }
        let opens = request.api.key == api_key::SHARE_FETCH;
        if !sessions.admit(group.clone(), member.clone(), facts.epoch, opens) {
            return refuse(request, error_code::SHARE_SESSION_NOT_FOUND);
        }
        let mut denied = BTreeSet::new();
        let mut allowed = BTreeSet::new();
        for id in &facts.topics {
            let name = authority.name_of(id);
            if name.is_some_and(|name| authority.may_topic(Operation::Read, &name)) {
                allowed.insert(*id);
            } else {
                denied.insert(*id);
            }
        }
        let bytes_max = sessions.bytes_max;
        let mut ended = ShareReads::default();
        let reads = sessions.reads(&group, &member).unwrap_or(&mut ended);
        if opens {
            reads.allowed.append(&mut allowed);
        }
        if denied.is_empty() && reads.denied.is_empty() {
            if facts.max_bytes > bytes_max {
                return with_less(request, bytes_max);
            }
            return request.forward(unknown);
        }
        let mut body = request.read()?;
        let refusals = cut(&mut body, &denied, opens, reads, authority);
        if facts.max_bytes > bytes_max {
            body.set(MAX_BYTES, bytes_max);
        }
        Ok(Decision::ForwardAndAmend {
            frame: Some(request.with_body(&body)?),
            amend: Amend::added(RESPONSES, refusals, Position::Last),
        })
    }
}

/// Takes the `denied` topics out of `body` and keeps them in mind; gives the refusals of all that is denied
/// in the session, as the broker would repeat them in each answer.
fn cut(
    body: &mut Value,
    denied: &BTreeSet<TopicId>,
    opens: bool,
    reads: &mut ShareReads,
    authority: &Authority<'_>,
) -> Vec<Value> {
    for topic in body.items(FORGOTTEN) {
        let partitions = topic
            .uuid("TopicId")
            .and_then(|id| reads.denied.get_mut(&id));
        if let Some(partitions) = partitions {
            let forgotten = topic.items("Partitions").iter().filter_map(Value::as_int);
            let forgotten: BTreeSet<i64> = forgotten.collect();
            partitions.retain(|partition| !forgotten.contains(partition));
        }
    }
    reads.denied.retain(|_, partitions| !partitions.is_empty());
    let is_denied = |topic: &Value| topic.uuid("TopicId").is_some_and(|id| denied.contains(&id));
    let topics = body
        .items_mut("Topics")
        .map(std::mem::take)
        .unwrap_or_default();
    let (cut, kept): (Vec<Value>, Vec<Value>) = topics.into_iter().partition(is_denied);
    body.set("Topics", kept);
    // Acknowledgements of what is denied are answered once, in the very answer.
    let mut acknowledged = BTreeSet::new();
    let mut wanted = reads.denied.clone();
    for topic in &cut {
        let Some(id) = topic.uuid("TopicId") else {
            continue;
        };
        for partition in topic.items("Partitions") {
            let index = partition.int("PartitionIndex").unwrap_or_default();
            wanted.entry(id).or_default().insert(index);
            if !partition.items("AcknowledgementBatches").is_empty() {
                acknowledged.insert((id, index));
            }
        }
    }
    if opens {
        reads.denied.clone_from(&wanted);
    }
    let refusal = |(id, partitions): (&TopicId, &BTreeSet<i64>)| {
        // An id that the broker does not know has no name to be denied by.
        let code = match authority.name_of(id) {
            Some(_) => error_code::TOPIC_AUTHORIZATION_FAILED,
            None => error_code::UNKNOWN_TOPIC_ID,
        };
        let partitions = partitions.iter().map(|index| {
            let mut out = Value::fields([
                ("PartitionIndex", (*index).into()),
                ("ErrorCode", code.into()),
            ]);
            if opens {
                out.set("Records", Value::Bytes(Vec::new()));
                if acknowledged.contains(&(*id, *index)) {
                    out.set("AcknowledgeErrorCode", code);
                }
            }
            out
        });
        Value::fields([
            ("TopicId", (*id).into()),
            ("Partitions", Value::array(partitions)),
        ])
    };
    wanted.iter().map(refusal).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::limits::{HELD_MAX, SHARE_FETCH_BYTES_MAX};
    use crate::proxy::authorize::fixture::{Session, topic_id};
    use crate::wire::{api::api, frame, read::read};

    #[test]
    fn a_share_fetch_asks_for_no_longer_an_answer_than_can_be_held() {
        let api = api(api_key::SHARE_FETCH).unwrap();
        let default = HELD_MAX;
        for (max_held, asked, goes_up) in [
            (default, i32::MAX, SHARE_FETCH_BYTES_MAX),
            (default, SHARE_FETCH_BYTES_MAX + 1, SHARE_FETCH_BYTES_MAX),
            (default, SHARE_FETCH_BYTES_MAX, SHARE_FETCH_BYTES_MAX),
            (default, 1, 1),
            (usize::MAX, i32::MAX, SHARE_FETCH_BYTES_MAX),
            (64 * 1024, i32::MAX, 32 * 1024),
            (64 * 1024, 1000, 1000),
        ] {
            let body = Value::fields([
                ("GroupId", "g".into()),
                ("MemberId", "m".into()),
                (MAX_BYTES, asked.into()),
            ]);
            for version in api.min_version..=api.max_version {
                let sent = frame::request(api, version, 1, None, &body).unwrap();
                let mut frame = sent[frame::LENGTH_BYTES..].to_vec();
                let mut sessions = OwnShareSessions::new(Arc::default(), "cluster", "alice");
                sessions.hold_at_most(max_held);
                let decided = decide(&Request::new(api, version, &mut frame), &mut sessions, None);
                let up = match decided.unwrap() {
                    Decision::Forward => sent[frame::LENGTH_BYTES..].to_vec(),
                    Decision::Replace(frame) => frame[frame::LENGTH_BYTES..].to_vec(),
                    other => panic!("{other:?}"),
                };
                let at = frame::request_header(&up).unwrap().body_at;
                let body = read(api.request, version, &up[at..]).unwrap();
                assert_eq!(
                    body.int(MAX_BYTES),
                    Some(goes_up.into()),
                    "v{version} {asked}"
                );
            }
        }
    }

    #[test]
    fn of_what_is_all_allowed_no_answer_is_rewritten_for_its_length_alone() {
        let mut session = Session::new(ACLS, &["mine"]);
        let mut body = share(0, &["mine"], &[]);
        body.set(MAX_BYTES, i32::MAX);
        let decided = session.decide(api_key::SHARE_FETCH, 1, &body);
        let up = decided.up.as_ref().expect("it goes up");
        assert_eq!(up.int(MAX_BYTES), Some(SHARE_FETCH_BYTES_MAX.into()));
        assert!(matches!(decided.decision, Decision::Replace(_)));
    }

    const ACLS: &[&str] = &[
        "ALLOW READ GROUP LITERAL g User:a *",
        "ALLOW READ TOPIC PREFIXED mine User:a *",
    ];

    /// Of ShareFetch.
    fn share(epoch: i32, topics: &[&str], forgotten: &[&str]) -> Value {
        let gone = |name: &&str| {
            Value::fields([
                ("TopicId", topic_id(name).into()),
                ("Partitions", Value::array([0, 4])),
            ])
        };
        let mut body = acknowledgement(epoch, topics);
        body.set(MAX_BYTES, 1000);
        if !forgotten.is_empty() {
            body.set(FORGOTTEN, Value::array(forgotten.iter().map(gone)));
        }
        body
    }

    fn named(name: &&str) -> Value {
        let batch = Value::fields([("FirstOffset", 1.into()), ("LastOffset", 2.into())]);
        let first = Value::fields([
            ("PartitionIndex", 0.into()),
            ("AcknowledgementBatches", Value::array([batch])),
        ]);
        let second = Value::fields([("PartitionIndex", 4.into())]);
        Value::fields([
            ("TopicId", topic_id(name).into()),
            ("Partitions", Value::array([first, second])),
        ])
    }

    /// Of ShareAcknowledge.
    fn acknowledgement(epoch: i32, topics: &[&str]) -> Value {
        Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("ShareSessionEpoch", epoch.into()),
            ("Topics", Value::array(topics.iter().map(named))),
        ])
    }

    /// (topic, partition, code, code of the acknowledgement) of what is added to an answer.
    fn added(decision: &Decision) -> Vec<(TopicId, i64, i64, i64)> {
        let Decision::ForwardAndAmend { amend, .. } = decision else {
            return Vec::new();
        };
        let topics = amend.added.iter().flat_map(|added| &added.items);
        let partitions = topics.flat_map(|topic| {
            let partitions = topic.items("Partitions").iter();
            partitions.map(move |partition| {
                let code = |name| partition.int(name).unwrap_or_default();
                let id = topic.uuid("TopicId").unwrap();
                let codes = (code("ErrorCode"), code("AcknowledgeErrorCode"));
                (id, code("PartitionIndex"), codes.0, codes.1)
            })
        });
        partitions.collect()
    }

    #[test]
    fn what_is_denied_of_a_session_is_repeated_until_it_is_forgotten() {
        let fetch = api(api_key::SHARE_FETCH).unwrap();
        let other = topic_id("other");
        for version in fetch.min_version..=fetch.max_version {
            let mut bench = Session::new(ACLS, &["mine", "other"]);
            let mut ask = |epoch, topics: &[&str], forgotten: &[&str]| {
                bench.decide(fetch.key, version, &share(epoch, topics, forgotten))
            };
            let first = ask(0, &["mine", "other"], &[]);
            let up = first.up.as_ref().unwrap().items("Topics");
            assert_eq!(up.len(), 1);
            assert_eq!(up[0].uuid("TopicId"), Some(topic_id("mine")));
            let expected = [(other, 0, 29, 29), (other, 4, 29, 0)];
            assert_eq!(added(&first.decision), expected);
            let second = ask(1, &[], &[]);
            let repeated = [(other, 0, 29, 0), (other, 4, 29, 0)];
            assert_eq!(added(&second.decision), repeated, "v{version}");
            let third = ask(2, &[], &["other"]);
            assert!(third.up.is_some());
            assert_eq!(added(&third.decision), []);
            assert!(matches!(ask(3, &[], &[]).decision, Decision::Forward));
        }
    }

    #[test]
    fn a_session_whose_topics_are_decided_otherwise_begins_anew() {
        let fetch = api(api_key::SHARE_FETCH).unwrap();
        for acls in [
            // One topic less, one topic more.
            &["ALLOW READ GROUP LITERAL g User:a *"][..],
            &[
                "ALLOW READ GROUP LITERAL g User:a *",
                "ALLOW READ TOPIC LITERAL * User:a *",
            ],
        ] {
            let mut bench = Session::new(ACLS, &["mine", "other"]);
            let first = bench.decide(fetch.key, 1, &share(0, &["mine", "other"], &[]));
            assert!(first.up.is_some());
            bench.follow(acls);
            let answer = bench
                .decide(fetch.key, 1, &share(1, &[], &[]))
                .answer
                .unwrap();
            assert_eq!(answer.int("ErrorCode"), Some(122));
            let anew = bench.decide(fetch.key, 1, &share(0, &["mine", "other"], &[]));
            assert!(anew.up.is_some());
        }
    }

    #[test]
    fn a_group_that_is_denied_answers_30() {
        for key in [api_key::SHARE_FETCH, api_key::SHARE_ACKNOWLEDGE] {
            let api = api(key).unwrap();
            for version in api.min_version..=api.max_version {
                let mut bench = Session::new(&ACLS[1..], &["mine"]);
                let asked = acknowledgement(0, &["mine"]);
                let answer = bench.decide(key, version, &asked).answer;
                assert_eq!(answer.unwrap().int("ErrorCode"), Some(30));
            }
        }
    }

    #[test]
    fn an_acknowledgement_of_what_is_denied_goes_up_without_it() {
        let fetch = api(api_key::SHARE_FETCH).unwrap();
        let acknowledge = api(api_key::SHARE_ACKNOWLEDGE).unwrap();
        for version in acknowledge.min_version..=acknowledge.max_version {
            let mut bench = Session::new(ACLS, &["mine", "other"]);
            assert!(
                bench
                    .decide(fetch.key, 1, &share(0, &["mine"], &[]))
                    .up
                    .is_some()
            );
            let asked = acknowledgement(1, &["other"]);
            let outcome = bench.decide(acknowledge.key, version, &asked);
            assert!(outcome.up.unwrap().items("Topics").is_empty());
            let other = topic_id("other");
            let expected = [(other, 0, 29, 0), (other, 4, 29, 0)];
            assert_eq!(added(&outcome.decision), expected);
        }
    }
}
