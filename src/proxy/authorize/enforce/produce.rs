//! Produce: WRITE TRANSACTIONAL_ID where one is named, WRITE TOPIC of each topic
//! (`KafkaApis.handleProduceRequest`). Batches are not looked at: those of a transaction without a
//! transactional id the broker itself answers with 53.

use super::allowed::{Checks, Needs};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::{Amend, Position};
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::listed::{Listed, Listing, TopicKey};
use crate::proxy::authorize::question::unknown_ids;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{CloseReason, Decision, Obstacle};
use crate::wire::edit::Edits;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// The array of the answer.
const RESPONSES: &str = "Responses";

/// What all that a Produce names must allow.
pub(in crate::proxy::authorize) const NEEDS: Needs = Needs {
    topic: Some(Operation::Write),
    group: None,
    transactional_id: Some(Operation::Write),
};

/// Decides about a Produce that was read whole.
pub(in crate::proxy::authorize) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut short = Short {
        checks: Checks::quiet(NEEDS, authority),
        acks: None,
    };
    let unknown = request.walk(&mut short)?;
    if short.checks.all_allowed() {
        let acks = short.acks;
        return forward(request, unknown, acks);
    }
    let mut found = Found::default();
    let unknown = request.walk(&mut found)?;
    if let Some(question) = unknown_ids(found.listing.ids(), authority.asked, authority.topics) {
        return Ok(super::ask(request, question, authority));
    }
    let whole = refused_whole(found.transactional_id.as_deref(), authority);
    let mut denied = Vec::new();
    let mut refusals = Vec::new();
    for (place, topic) in found.listing.topics.iter().enumerate() {
        if let Some(code) = whole.or_else(|| refused_topic(&topic.key, authority)) {
            denied.push(place);
            refusals.push(refusal(topic, code));
        }
    }
    if denied.is_empty() {
        return forward(request, unknown, found.acks);
    }
    let all = denied.len() == found.listing.topics.len();
    let unanswered = found.acks == Some(0);
    if all && unanswered {
        return Ok(Decision::Close(CloseReason::DeniedUnanswered));
    }
    if all {
        return request.answer(&Value::fields([(RESPONSES, refusals.into())]));
    }
    let mut edits = unknown;
    let flexible = request.api.request.is_flexible(request.version);
    found.listing.cut(&denied, flexible, &mut edits);
    let frame = Some(request.edited(&edits)?);
    if unanswered {
        return Ok(Decision::Unanswered {
            frame,
            close: Some(CloseReason::DeniedUnanswered),
        });
    }
    let amend = Amend::added(RESPONSES, refusals, Position::Last);
    Ok(Decision::ForwardAndAmend { frame, amend })
}

fn forward(request: &Request<'_>, unknown: Edits, acks: Option<i16>) -> Result<Decision, Obstacle> {
    if acks != Some(0) {
        return request.forward(unknown);
    }
    let frame = match unknown.is_empty() {
        true => None,
        false => Some(request.edited(&unknown)?),
    };
    Ok(Decision::Unanswered { frame, close: None })
}

/// The code that all of a request with `transactional_id` is refused with, if it is.
pub(in crate::proxy::authorize) fn refused_whole(
    transactional_id: Option<&str>,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let id = Resource::transactional_id(transactional_id?);
    let allowed = authority.may(Operation::Write, &id);
    (!allowed).then_some(error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
}

/// The code that writing to the topic is refused with, if it is. A topic whose id nobody knows is refused
/// too, as the broker would: were it created in this moment, nobody would have decided about it.
pub(in crate::proxy::authorize) fn refused_topic(
    key: &TopicKey,
    authority: &mut Authority<'_>,
) -> Option<i16> {
    let Some(name) = key.name(authority) else {
        return Some(error_code::UNKNOWN_TOPIC_ID);
    };
    let allowed = authority.may_topic(Operation::Write, &name);
    (!allowed).then_some(error_code::TOPIC_AUTHORIZATION_FAILED)
}

fn refusal(topic: &Listed, code: i16) -> Value {
    refusal_of(&topic.key, &topic.partitions, code)
}

/// The answer about one topic that is refused (`ProduceResponse.PartitionResponse` of an error).
pub(in crate::proxy::authorize) fn refusal_of(
    key: &TopicKey,
    partitions: &[i32],
    code: i16,
) -> Value {
    let partitions = partitions.iter().map(|index| {
        Value::fields([
            ("Index", (*index).into()),
            ("ErrorCode", code.into()),
            ("BaseOffset", (-1).into()),
        ])
    });
    Value::fields([
        key.field("Name"),
        ("PartitionResponses", Value::array(partitions)),
    ])
}

/// The short way, which also finds `acks`.
struct Short<'a, 'b> {
    checks: Checks<'a, 'b>,
    acks: Option<i16>,
}

impl Visitor for Short<'_, '_> {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::Acks, Scalar::Int16(acks)) => self.acks = Some(acks),
            _ => self.checks.value(field, at, value),
        }
    }
}

/// What a request says but for its records.
#[derive(Default)]
struct Found {
    transactional_id: Option<String>,
    acks: Option<i16>,
    listing: Listing,
}

impl Visitor for Found {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TransactionalId, Scalar::Str(id)) => self.transactional_id = Some(id.into()),
            (Mark::Acks, Scalar::Int16(acks)) => self.acks = Some(acks),
            _ => self.listing.value(field, value),
        }
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, _: Option<usize>) {
        self.listing.array(field, at);
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        self.listing.item(field);
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        self.listing.item_end(field, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::Question;
    use crate::proxy::authorize::fixture::{Session, answer, topic_id};
    use crate::wire::api::{Api, api};
    use crate::wire::frame;
    use crate::wire::tables::api_key;

    const ACLS: &[&str] = &[
        "ALLOW WRITE TOPIC PREFIXED mine User:a *",
        "DENY WRITE TOPIC LITERAL mine-not User:a *",
        "ALLOW WRITE TRANSACTIONAL_ID LITERAL good User:a *",
    ];
    const TOPICS: &[&str] = &["mine", "mine-not", "other"];

    fn produce() -> &'static Api {
        api(api_key::PRODUCE).unwrap()
    }

    fn key(version: i16, name: &str) -> (&'static str, Value) {
        if version >= 13 {
            ("TopicId", topic_id(name).into())
        } else {
            ("Name", name.into())
        }
    }

    fn asked(version: i16, acks: i16, transactional_id: Option<&str>, topics: &[&str]) -> Value {
        let partition =
            |index: i32| Value::fields([("Index", index.into()), ("Records", vec![1u8; 9].into())]);
        let topics = topics.iter().map(|name| {
            let partitions = Value::array([partition(0), partition(3)]);
            Value::fields([key(version, name), ("PartitionData", partitions)])
        });
        Value::fields([
            ("TransactionalId", transactional_id.into()),
            ("Acks", acks.into()),
            ("TimeoutMs", 1000.into()),
            ("TopicData", Value::array(topics)),
        ])
    }

    /// (topic's key, code) of each partition of an answer.
    fn codes(version: i16, answer: &Value) -> Vec<(Value, i64)> {
        let field = key(version, "").0;
        let topics = answer.items("Responses").iter();
        topics
            .flat_map(|topic| {
                let partitions = topic.items("PartitionResponses").iter();
                let code = |partition: &Value| partition.int("ErrorCode").unwrap();
                partitions.map(move |p| (topic.get(field).unwrap().clone(), code(p)))
            })
            .collect()
    }

    #[test]
    fn what_may_be_written_goes_up_as_it_came() {
        for version in produce().min_version..=produce().max_version {
            let body = asked(version, -1, Some("good"), &["mine"]);
            let outcome = Session::new(ACLS, TOPICS).decide(api_key::PRODUCE, version, &body);
            assert!(matches!(outcome.decision, Decision::Forward), "{outcome:?}");
        }
    }

    #[test]
    fn a_topic_that_is_denied_is_cut_and_answered() {
        for version in produce().min_version..=produce().max_version {
            let body = asked(version, 1, None, &["other", "mine", "mine-not"]);
            let mut session = Session::new(ACLS, TOPICS);
            let outcome = session.decide(api_key::PRODUCE, version, &body);
            assert_eq!(
                outcome.up,
                Some(asked(version, 1, None, &["mine"])),
                "v{version}"
            );
            let Decision::ForwardAndAmend { amend, .. } = outcome.decision else {
                panic!("{:?}", outcome.decision);
            };
            let done = Value::fields([
                key(version, "mine"),
                (
                    "PartitionResponses",
                    Value::array([Value::fields([("Index", 0.into())])]),
                ),
            ]);
            let broker = Value::fields([("Responses", Value::array([done]))]);
            let broker = frame::response(produce(), version, 42, &broker).unwrap();
            let amended = amend
                .apply(produce(), version, &broker[frame::LENGTH_BYTES..], None)
                .unwrap();
            let amended = answer(produce(), version, &amended);
            let expected = [
                ("mine", 0),
                ("other", 29),
                ("other", 29),
                ("mine-not", 29),
                ("mine-not", 29),
            ];
            let expected = expected.map(|(name, code)| (key(version, name).1, code));
            assert_eq!(codes(version, &amended), expected, "v{version}");
            assert!(!session.denials.is_empty());
        }
    }

    #[test]
    fn a_transactional_id_that_is_denied_denies_all_of_it() {
        for version in produce().min_version..=produce().max_version {
            let body = asked(version, 1, Some("bad"), &["mine", "other"]);
            let outcome = Session::new(ACLS, TOPICS).decide(api_key::PRODUCE, version, &body);
            let codes = codes(version, &outcome.answer.unwrap());
            assert_eq!(codes.len(), 4);
            assert!(codes.iter().all(|(_, code)| *code == 53), "{codes:?}");
        }
    }

    #[test]
    fn without_an_answer_the_denied_part_ends_the_connection() {
        for version in produce().min_version..=produce().max_version {
            let mut session = Session::new(ACLS, TOPICS);
            let ask = |session: &mut Session, topics: &[&str]| {
                session.decide(api_key::PRODUCE, version, &asked(version, 0, None, topics))
            };
            let all = ask(&mut session, &["mine"]);
            let Decision::Unanswered {
                frame: None,
                close: None,
            } = all.decision
            else {
                panic!("{:?}", all.decision);
            };
            let part = ask(&mut session, &["mine", "other"]);
            assert_eq!(part.up, Some(asked(version, 0, None, &["mine"])));
            let Decision::Unanswered {
                close: Some(CloseReason::DeniedUnanswered),
                ..
            } = part.decision
            else {
                panic!("{:?}", part.decision);
            };
            let none = ask(&mut session, &["other"]).decision;
            assert!(
                matches!(none, Decision::Close(CloseReason::DeniedUnanswered)),
                "{none:?}"
            );
        }
    }

    #[test]
    fn an_id_is_asked_for_before_anything_is_said_of_it() {
        let mut session = Session::new(ACLS, &[]);
        let body = asked(13, 1, None, &["mine"]);
        let Decision::Ask(question) = session.decide(api_key::PRODUCE, 13, &body).decision else {
            panic!("not asked");
        };
        assert_eq!(question, Question::Ids(vec![topic_id("mine")]));
        // The broker knows none such: neither does it go up, where it could have come into being meanwhile.
        let unknown = Value::fields([
            ("ErrorCode", 100.into()),
            ("Name", Value::Null),
            ("TopicId", topic_id("mine").into()),
        ]);
        let said = Value::fields([("Topics", Value::array([unknown]))]);
        session.asked.note(&question, &said, &session.topics);
        let answer = session.decide(api_key::PRODUCE, 13, &body).answer.unwrap();
        assert!(codes(13, &answer).iter().all(|(_, code)| *code == 100));
        // The zero id is none.
        let mut zero = asked(13, 1, None, &["mine"]);
        zero.items_mut("TopicData").unwrap()[0].set("TopicId", [0; 16]);
        let answer = Session::new(ACLS, &[])
            .decide(api_key::PRODUCE, 13, &zero)
            .answer;
        assert!(
            codes(13, &answer.unwrap())
                .iter()
                .all(|(_, code)| *code == 100)
        );
    }
}
