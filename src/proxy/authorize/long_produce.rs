//! A Produce that is too long to be held, decided while it streams up: nothing may change its length.
//!
//! A topic that is denied after the first bytes have left is *poisoned*: its name, or id, is overwritten at
//! equal length with one that no broker has, so that the broker refuses it without a write; the answer gets
//! the true name and Kafka's code. What can be known before the first byte leaves (a transactional id, or
//! the only topic) stops the request instead: it is read to its end, and answered here.

use super::CloseReason;
use super::amend::{Amend, Poisoned};
use super::authority::Authority;
use super::enforce::produce::{refusal_of, refused_topic, refused_whole};
use super::listed::TopicKey;
use super::topics::TopicId;
use crate::limits::{DENIED_PARTITIONS_MAX, STREAMED_TOPICS_MAX};
use crate::wire::api::Api;
use crate::wire::frame;
use crate::wire::malformed::Malformed;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Span, Tagged, Visitor};
use crate::wire::walker::Walker;

/// Characters that no topic's name may have: `Topic.LEGAL_CHARS`.
const ILLEGAL: &[u8] = b"!\"#$%&'()*+,/:;<=>?@[]^`{|}~";

/// Ids that Kafka reserves and gives to no topic (`Uuid.RESERVED`), but for those with a meaning.
const RESERVED_IDS: std::ops::Range<u8> = 3..100;

/// A Produce on its way up.
#[derive(Debug)]
pub struct LongProduce {
    api: &'static Api,
    version: i16,
    walker: Walker,
    watched: Watched,
    /// Bytes that may not leave yet, from the offset [`Self::sent`] of the frame on.
    withheld: Vec<u8>,
    sent: usize,
    length: usize,
}

/// What becomes of a long Produce that was read to its end.
#[derive(Debug)]
pub enum Outcome {
    /// It went up. The broker's answer passes through the amendment, if there is one.
    Answered(Option<Amend>),
    /// It went up, and no answer comes.
    Unanswered,
    /// Nothing went up; this frame is the answer.
    Refused(Vec<u8>),
    /// The connection ends: part of it was denied and no answer could say so, or could be written.
    Close(CloseReason),
}

/// What has been seen.
#[derive(Debug, Default)]
struct Watched {
    acks: Option<i16>,
    transactional_id: Option<Box<str>>,
    /// Topics that the request has.
    count: usize,
    /// The code that all of it is refused with.
    whole: Option<i16>,
    denied: Vec<Poisoned>,
    /// Partitions of those.
    denied_partitions: usize,
    /// What may be written, to be decided again if rights change before the end.
    allowed: Vec<TopicKey>,
    /// Whether the topic whose partitions go by is the last of `denied`.
    in_denied: bool,
    /// Names to write over, until that was done.
    overwrites: Vec<(Span, Vec<u8>)>,
    /// Offset up to which bytes may leave; 0 until the first topic was decided.
    safe: usize,
    /// Whether the bytes that come are records.
    in_records: bool,
    first_decided: bool,
    /// More topics are denied than can be told apart.
    exhausted: bool,
}

impl LongProduce {
    /// One of `length` bytes, without its four length bytes.
    #[must_use]
    pub fn new(api: &'static Api, version: i16, length: usize) -> Self {
        Self {
            api,
            version,
            walker: Walker::request(api, version, length),
            watched: Watched::default(),
            withheld: Vec::new(),
            sent: 0,
            length,
        }
    }

    /// Takes the next `part`; what may leave comes back.
    ///
    /// # Errors
    /// When the request cannot be read exactly.
    pub fn take(
        &mut self,
        part: &[u8],
        authority: &mut Authority<'_>,
    ) -> Result<Vec<u8>, Malformed> {
        let came = self.withheld.len();
        self.withheld.extend_from_slice(part);
        let part = self.withheld.get_mut(came..).unwrap_or_default();
        let mut watch = Watch {
            watched: &mut self.watched,
            authority,
        };
        self.walker.walk(part, &mut watch)?;
        if self.watched.stops() {
            // Nothing has left, nothing will.
            self.withheld.clear();
            return Ok(Vec::new());
        }
        let walked = self.sent.saturating_add(self.withheld.len());
        for (span, bytes) in self.watched.overwrites.drain(..) {
            let start = span.start.saturating_sub(self.sent);
            let end = span.end.saturating_sub(self.sent);
            match self.withheld.get_mut(start..end) {
                Some(place) if place.len() == bytes.len() => place.copy_from_slice(&bytes),
                // A name that has left cannot be taken back; it never leaves before it was decided.
                _ => self.watched.exhausted = true,
            }
        }
        let safe = if self.watched.in_records && self.watched.first_decided {
            walked
        } else {
            self.watched.safe
        };
        // The last byte goes up only when all has been walked.
        let safe = if self.walker.is_finished() {
            self.length
        } else {
            safe.min(self.length.saturating_sub(1))
        };
        let leaves = safe.saturating_sub(self.sent).min(self.withheld.len());
        self.sent = self.sent.saturating_add(leaves);
        let rest = self.withheld.split_off(leaves);
        Ok(std::mem::replace(&mut self.withheld, rest))
    }

    /// Whether what was allowed still is; to be asked before its last byte.
    pub fn is_still_allowed(&self, authority: &mut Authority<'_>) -> bool {
        let id = self.watched.transactional_id.as_deref();
        let topics = &self.watched.allowed;
        refused_whole(id, authority).is_none_or(|_| topics.is_empty())
            && topics
                .iter()
                .all(|key| refused_topic(key, authority).is_none())
    }

    /// Whether nothing of it goes up.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.watched.stops()
    }

    /// Whether what has been walked is all of it, and whole.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.walker.is_finished()
    }

    /// Unknown tagged fields that were blanked.
    #[must_use]
    pub const fn unknown_tags(&self) -> u32 {
        self.walker.unknown_tags()
    }

    /// Whether it can go on: a topic that must be poisoned could be.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        !self.watched.exhausted
    }

    /// What becomes of it after its last byte.
    #[must_use]
    pub fn finish(self, correlation_id: i32) -> Outcome {
        let stops = self.stops();
        let unanswered = self.watched.acks == Some(0);
        let denied = self.watched.denied;
        if unanswered && !denied.is_empty() {
            return Outcome::Close(CloseReason::DeniedUnanswered);
        }
        if unanswered {
            return Outcome::Unanswered;
        }
        if stops {
            let refusals = denied
                .iter()
                .map(|topic| refusal_of(&topic.key, &topic.partitions, topic.code));
            let body = Value::fields([("Responses", Value::array(refusals))]);
            return match frame::response(self.api, self.version, correlation_id, &body) {
                Ok(answer) => Outcome::Refused(answer),
                Err(_) => Outcome::Close(CloseReason::Unwritable(self.api.key)),
            };
        }
        if denied.is_empty() {
            return Outcome::Answered(None);
        }
        Outcome::Answered(Some(Amend::poisoned(denied)))
    }
}

impl Watched {
    /// Whether all of it is refused before a byte left.
    fn stops(&self) -> bool {
        self.whole.is_some() || (self.count == 1 && self.denied.len() == 1)
    }

    fn decide(&mut self, key: TopicKey, at: &At<'_>, authority: &mut Authority<'_>) {
        if !self.first_decided {
            self.whole = refused_whole(self.transactional_id.as_deref(), authority);
            self.first_decided = true;
        }
        self.in_denied = false;
        let Some(code) = self.whole.or_else(|| refused_topic(&key, authority)) else {
            self.exhausted |= self.allowed.len() >= STREAMED_TOPICS_MAX;
            self.allowed.push(key);
            return;
        };
        self.in_denied = true;
        let Some(poison) = self.poison(&key) else {
            self.exhausted = true;
            return;
        };
        self.exhausted |= self.denied.len() >= STREAMED_TOPICS_MAX;
        let bytes = match &poison {
            TopicKey::Name(name) => name.as_bytes().to_vec(),
            TopicKey::Id(id) => id.to_vec(),
        };
        // The text stands at the end of its field, after its length.
        let span = Span {
            start: at.span.end.saturating_sub(bytes.len()),
            end: at.span.end,
        };
        self.overwrites.push((span, bytes));
        self.denied.push(Poisoned {
            key,
            poison,
            partitions: Vec::new(),
            code,
        });
    }

    /// Another key of equal length that no topic has, and none of those denied before.
    fn poison(&self, key: &TopicKey) -> Option<TopicKey> {
        let taken = |poison: &TopicKey| self.denied.iter().any(|topic| topic.poison == *poison);
        match key {
            TopicKey::Name(name) => {
                let numbered = (0..ILLEGAL.len().pow(2)).map(|n| poison_name(name.len(), n));
                numbered.flatten().find(|poison| !taken(poison))
            }
            TopicKey::Id(_) => RESERVED_IDS
                .map(|n| TopicKey::Id(reserved_id(n)))
                .find(|poison| !taken(poison)),
        }
    }
}

fn reserved_id(n: u8) -> TopicId {
    let mut id = TopicId::default();
    if let Some(last) = id.last_mut() {
        *last = n;
    }
    id
}

/// The `n`th name of `length` bytes; `None` where that is too short for so many.
fn poison_name(length: usize, n: usize) -> Option<TopicKey> {
    let mut bytes = vec![b'!'; length];
    let mut rest = n;
    for byte in bytes.iter_mut().rev() {
        *byte = *ILLEGAL.get(rest % ILLEGAL.len())?;
        rest /= ILLEGAL.len();
    }
    let text = String::from_utf8(bytes).ok()?;
    (rest == 0).then(|| TopicKey::Name(text.into()))
}

/// Watches one part go by.
struct Watch<'a, 'b> {
    watched: &'a mut Watched,
    authority: &'a mut Authority<'b>,
}

impl Watch<'_, '_> {
    fn passed(&mut self, at: &At<'_>) {
        self.watched.in_records = false;
        if self.watched.first_decided {
            self.watched.safe = at.span.end;
        }
    }
}

impl Visitor for Watch<'_, '_> {
    const ALL: bool = true;

    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TransactionalId, Scalar::Str(id)) => {
                self.watched.transactional_id = Some(id.into());
            }
            (Mark::Acks, Scalar::Int16(acks)) => self.watched.acks = Some(acks),
            (Mark::TopicName, Scalar::Str(name)) => {
                self.watched
                    .decide(TopicKey::Name(name.into()), at, self.authority);
            }
            (Mark::TopicId, Scalar::Uuid(id)) => {
                self.watched.decide(TopicKey::Id(id), at, self.authority);
            }
            (Mark::PartitionIndex, Scalar::Int32(index)) if self.watched.in_denied => {
                let count = self.watched.denied_partitions.saturating_add(1);
                self.watched.denied_partitions = count;
                match self.watched.denied.last_mut() {
                    Some(topic) if count <= DENIED_PARTITIONS_MAX => topic.partitions.push(index),
                    _ => self.watched.exhausted = true,
                }
            }
            _ => {}
        }
        self.passed(at);
    }

    fn content(&mut self, _: &'static Field, _: &[u8]) {
        self.watched.in_records = true;
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        if field.mark == Mark::Topics {
            self.watched.count = count.unwrap_or_default();
        }
        self.passed(at);
    }

    fn item(&mut self, _: &'static Field, at: &At<'_>) {
        self.passed(at);
    }

    fn item_end(&mut self, _: &'static Field, at: &At<'_>) {
        self.passed(at);
    }

    fn tag(&mut self, field: Option<&'static Field>, _: u32, at: &At<'_>) -> Tagged {
        self.passed(at);
        match field {
            Some(_) => Tagged::Keep,
            None => Tagged::Blank,
        }
    }

    fn tag_end(&mut self, _: Option<&'static Field>, _: u32, at: &At<'_>) {
        self.passed(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Session, answer, topic_id};
    use crate::wire::api::api;
    use crate::wire::read::read;
    use crate::wire::tables::api_key;

    const ACLS: &[&str] = &[
        "ALLOW WRITE TOPIC LITERAL mine User:a *",
        "ALLOW WRITE TRANSACTIONAL_ID LITERAL good User:a *",
    ];
    const TOPICS: &[&str] = &["mine", "other", "third"];

    fn produce() -> &'static Api {
        api(api_key::PRODUCE).unwrap()
    }

    fn body(version: i16, acks: i16, transactional_id: &str, topics: &[&str]) -> Value {
        let topics = topics.iter().map(|name| {
            let key = match version {
                13.. => ("TopicId", topic_id(name).into()),
                _ => ("Name", (*name).into()),
            };
            let partition = |index: i32| {
                Value::fields([("Index", index.into()), ("Records", vec![3u8; 300].into())])
            };
            let partitions = Value::array([partition(0), partition(5)]);
            Value::fields([key, ("PartitionData", partitions)])
        });
        Value::fields([
            ("TransactionalId", transactional_id.into()),
            ("Acks", acks.into()),
            ("TopicData", Value::array(topics)),
        ])
    }

    /// What leaves of a request that comes in parts of `part` bytes, and what becomes of it.
    fn run(version: i16, body: &Value, part: usize) -> (Vec<u8>, Outcome) {
        let framed = frame::request(produce(), version, 42, Some("client"), body).unwrap();
        let frame = &framed[frame::LENGTH_BYTES..];
        let mut session = Session::new(ACLS, TOPICS);
        let mut long = LongProduce::new(produce(), version, frame.len());
        let mut up = Vec::new();
        for part in frame.chunks(part) {
            assert!(!long.is_finished());
            up.extend(long.take(part, &mut session.authority()).unwrap());
            assert!(long.is_sound());
        }
        assert!(long.is_finished());
        if !long.stops() {
            assert_eq!(up.len(), frame.len(), "its length stays");
        }
        (up, long.finish(42))
    }

    fn read_up(version: i16, up: &[u8]) -> Value {
        let at = frame::request_header(up).unwrap().body_at;
        read(produce().request, version, &up[at..]).unwrap()
    }

    #[test]
    fn what_may_be_written_goes_up_byte_for_byte() {
        for version in produce().min_version..=produce().max_version {
            let body = body(version, -1, "good", &["mine"]);
            for part in [1, 2, 7, 100, 10_000] {
                let (up, outcome) = run(version, &body, part);
                let framed = frame::request(produce(), version, 42, Some("client"), &body).unwrap();
                assert_eq!(up, framed[frame::LENGTH_BYTES..], "v{version} {part}");
                assert!(matches!(outcome, Outcome::Answered(None)));
            }
        }
    }

    #[test]
    fn a_denied_topic_goes_up_under_no_name_and_is_answered_under_its_own() {
        for version in produce().min_version..=produce().max_version {
            let body = body(version, 1, "good", &["other", "mine", "third"]);
            for part in [1, 3, 50, 10_000] {
                let (up, outcome) = run(version, &body, part);
                for denied in ["other", "third"] {
                    let id = topic_id(denied);
                    let named = up.windows(denied.len()).any(|w| w == denied.as_bytes());
                    assert!(
                        !named && !up.windows(16).any(|w| w == id),
                        "v{version} {part}"
                    );
                }
                let up = read_up(version, &up);
                let topics = up.items("TopicData");
                assert_eq!(topics[1], body.items("TopicData")[1]);
                assert_ne!(topics[0], topics[2], "two poisons are two");
                let Outcome::Answered(Some(amend)) = outcome else {
                    panic!("{outcome:?}")
                };
                // As a broker answers: what it knows, and then what it does not.
                let said = |topic: &Value, code: i64| {
                    let field = if version >= 13 { "TopicId" } else { "Name" };
                    let partition = |index: i64| {
                        Value::fields([
                            ("Index", Value::Int(index)),
                            ("ErrorCode", Value::Int(code)),
                        ])
                    };
                    Value::fields([
                        (field, topic.get(field).unwrap().clone()),
                        (
                            "PartitionResponses",
                            Value::array([partition(0), partition(5)]),
                        ),
                    ])
                };
                let said = [
                    said(&topics[1], 0),
                    said(&topics[0], 3),
                    said(&topics[2], 3),
                ];
                let said = Value::fields([("Responses", Value::array(said))]);
                let said = frame::response(produce(), version, 42, &said).unwrap();
                let told = amend
                    .apply(produce(), version, &said[frame::LENGTH_BYTES..], None)
                    .unwrap();
                let told = answer(produce(), version, &told);
                let told: Vec<_> = told
                    .items("Responses")
                    .iter()
                    .map(|topic| {
                        let code = topic.items("PartitionResponses")[1]
                            .int("ErrorCode")
                            .unwrap();
                        (topic.str("Name"), topic.uuid("TopicId"), code)
                    })
                    .collect();
                let expected = [("mine", 0), ("other", 29), ("third", 29)];
                let expected = expected.map(|(name, code)| match version {
                    13.. => (None, Some(topic_id(name)), code),
                    _ => (Some(name), None, code),
                });
                assert_eq!(told, expected, "v{version} {part}");
            }
        }
    }

    #[test]
    fn what_is_denied_from_the_start_never_leaves() {
        for version in produce().min_version..=produce().max_version {
            for (id, topics, code) in [
                ("good", &["other"][..], 29),
                ("bad", &["mine"], 53),
                ("bad", &["mine", "other"], 53),
            ] {
                for part in [1, 64, 10_000] {
                    let (up, outcome) = run(version, &body(version, 1, id, topics), part);
                    assert!(up.is_empty(), "v{version} {id} {topics:?}");
                    let Outcome::Refused(framed) = outcome else {
                        panic!("{outcome:?}")
                    };
                    let told = answer(produce(), version, &framed);
                    assert_eq!(told.items("Responses").len(), topics.len());
                    for topic in told.items("Responses") {
                        let partitions = topic.items("PartitionResponses");
                        assert_eq!(partitions.len(), 2);
                        assert!(partitions.iter().all(|p| p.int("ErrorCode") == Some(code)));
                    }
                }
            }
        }
    }

    #[test]
    fn without_an_answer_a_denied_topic_ends_the_connection() {
        for topics in [&["other"][..], &["mine", "other"]] {
            let (_, outcome) = run(9, &body(9, 0, "good", topics), 33);
            let Outcome::Close(CloseReason::DeniedUnanswered) = outcome else {
                panic!("{outcome:?}")
            };
        }
        let (_, outcome) = run(9, &body(9, 0, "good", &["mine"]), 33);
        assert!(matches!(outcome, Outcome::Unanswered));
    }

    /// Whether a request goes on to its end of a topic called `name` with so many partitions, and others beside it.
    fn is_sound(name: &str, partitions: usize, others: impl Iterator<Item = String>) -> bool {
        let partition =
            |index: usize| Value::fields([("Index", i32::try_from(index).unwrap().into())]);
        let topic = |name: &str, partitions: usize| {
            let partitions = Value::array((0..partitions).map(partition));
            Value::fields([("Name", name.into()), ("PartitionData", partitions)])
        };
        let first = [topic("mine", 1), topic(name, partitions)];
        let topics = first.into_iter().chain(others.map(|name| topic(&name, 0)));
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array(topics))]);
        let framed = frame::request(produce(), 9, 42, None, &body).unwrap();
        let mut session = Session::of(&["ALLOW WRITE TOPIC PREFIXED mine User:a *"]);
        let mut long = LongProduce::new(produce(), 9, framed.len() - frame::LENGTH_BYTES);
        let mut parts = framed[frame::LENGTH_BYTES..].chunks(1 << 16);
        let sound = parts.all(|part| {
            long.take(part, &mut session.authority()).unwrap();
            long.is_sound()
        });
        let watched = &long.watched;
        assert!(watched.allowed.len() <= STREAMED_TOPICS_MAX + 1);
        let kept = watched.denied.iter().map(|topic| topic.partitions.len());
        assert!(kept.sum::<usize>() <= DENIED_PARTITIONS_MAX);
        sound
    }

    #[test]
    fn what_is_kept_in_mind_of_a_long_request_is_bounded() {
        let none = || std::iter::empty();
        assert!(is_sound("other", DENIED_PARTITIONS_MAX, none()));
        assert!(!is_sound("other", DENIED_PARTITIONS_MAX + 1, none()));
        let count = DENIED_PARTITIONS_MAX + 1;
        assert!(is_sound("mine-too", count, none()), "of denied ones alone");
        let names = |of: &'static str, count| (0..count).map(move |n| format!("{of}{n}"));
        assert!(is_sound(
            "mine-too",
            1,
            names("mine", STREAMED_TOPICS_MAX - 2)
        ));
        assert!(!is_sound(
            "mine-too",
            1,
            names("mine", STREAMED_TOPICS_MAX - 1)
        ));
    }

    #[test]
    fn poisons_are_names_that_no_topic_has() {
        for length in 1..=249 {
            let TopicKey::Name(name) = poison_name(length, 3).unwrap() else {
                panic!("an id")
            };
            assert_eq!(name.len(), length);
            let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            assert!(!name.chars().any(legal), "{name}");
        }
        assert!(
            poison_name(1, ILLEGAL.len()).is_none(),
            "there are no more so short"
        );
    }
}
