//! Fetch requests: whose session they speak of, whether a follower speaks, and what may be read: READ TOPIC
//! (`KafkaApis.handleFetchRequest`).

use std::sync::Arc;

use super::amend::Amend;
use super::authority::Authority;
use super::enforce::ask;
use super::facts::Facts;
use super::fetch_sessions::{Admission, CLOSE, FetchSessions, OPEN, Reads};
use super::listed::{Listing, TopicKey};
use super::question::unknown_ids;
use super::request::Request;
use super::{Decision, Obstacle, Rules, denial, refuse};
use crate::limits::DENIED_PARTITIONS_MAX;
use crate::policy::operation::Operation;
use crate::wire::edit::Edits;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Span, Visitor};
use crate::wire::write;

/// The array of the answer.
pub(super) const RESPONSES: &str = "Responses";

/// What matters of a Fetch request.
#[derive(Default)]
struct Fetch {
    facts: Facts,
    session: Option<Session>,
    /// Its topics, where they matter.
    listing: Option<Listing>,
}

/// The session that a request names, version 7 on.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    id: i32,
    id_at: Span,
    epoch: i32,
    epoch_at: Span,
}

impl Visitor for Fetch {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::SessionId, Scalar::Int32(id)) => {
                let session = self.session.get_or_insert_default();
                (session.id, session.id_at) = (id, at.span);
            }
            (Mark::SessionEpoch, Scalar::Int32(epoch)) => {
                let session = self.session.get_or_insert_default();
                (session.epoch, session.epoch_at) = (epoch, at.span);
            }
            _ => self.facts.value(field, at, value),
        }
        if let Some(listing) = &mut self.listing {
            listing.value(field, value);
        }
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, _: Option<usize>) {
        if let Some(listing) = &mut self.listing {
            listing.array(field, at);
        }
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if let Some(listing) = &mut self.listing {
            listing.item(field);
        }
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        if let Some(listing) = &mut self.listing {
            listing.item_end(field, at);
        }
    }
}

/// Decides; with an `authority` Oathgate decides what may be read, without one brokers do.
pub(super) fn decide(
    request: &mut Request<'_>,
    rules: Rules,
    sessions: &mut FetchSessions,
    authority: Option<&mut Authority<'_>>,
) -> Result<Decision, Obstacle> {
    let mut fetch = Fetch {
        listing: authority.is_some().then(Listing::default),
        ..Fetch::default()
    };
    let unknown = request.walk(&mut fetch)?;
    if fetch.facts.is_follower && (authority.is_some() || !rules.own_identity) {
        let body = request.read()?;
        return request.refuse(&body, error_code::TOPIC_AUTHORIZATION_FAILED);
    }
    match (authority, fetch.listing) {
        (Some(authority), Some(listing)) => Judged {
            sessions,
            authority,
            listing,
            session: fetch.session,
            unknown,
        }
        .decide(request),
        _ => unjudged(request, fetch.session, unknown, sessions),
    }
}

/// Where brokers decide.
fn unjudged(
    request: &mut Request<'_>,
    session: Option<Session>,
    unknown: Edits,
    sessions: &mut FetchSessions,
) -> Result<Decision, Obstacle> {
    if let Some(session) = session {
        match sessions.admit(session.id, session.epoch) {
            Admission::AsItIs => {}
            Admission::WithoutId => request.put(session.id_at, 0),
            Admission::Unknown => return no_session(request),
        }
    }
    let decision = request.forward(unknown)?;
    sessions.sent(Reads::default());
    Ok(decision)
}

fn no_session(request: &Request<'_>) -> Result<Decision, Obstacle> {
    let code = error_code::FETCH_SESSION_ID_NOT_FOUND;
    request.answer(&denial::top_level(request.api, request.version, code))
}

/// A request that Oathgate decides.
struct Judged<'a, 'b> {
    sessions: &'a mut FetchSessions,
    authority: &'a mut Authority<'b>,
    listing: Listing,
    session: Option<Session>,
    unknown: Edits,
}

/// What may be read of a request, and what may not.
#[derive(Default)]
struct Found {
    allowed: Vec<Arc<str>>,
    /// Places in the listing with the code of each.
    denied: Vec<(usize, i16)>,
}

impl Judged<'_, '_> {
    fn decide(mut self, request: &mut Request<'_>) -> Result<Decision, Obstacle> {
        if let Some(question) = unknown_ids(
            self.listing.ids(),
            self.authority.asked,
            self.authority.topics,
        ) {
            return Ok(ask(request, question, self.authority));
        }
        let found = self.find();
        match self.session {
            Some(session) if !matches!(session.epoch, OPEN | CLOSE) => {
                self.go_on(request, session, found)
            }
            _ if found.denied.is_empty() => self.whole(request, found),
            _ => self.in_part(request, &found),
        }
    }

    fn find(&mut self) -> Found {
        let mut found = Found::default();
        for (place, topic) in self.listing.topics.iter().enumerate() {
            match topic.key.name(self.authority) {
                None => found.denied.push((place, error_code::UNKNOWN_TOPIC_ID)),
                Some(name) if self.authority.may_topic(Operation::Read, &name) => {
                    found.allowed.push(name);
                }
                Some(_) => {
                    let code = error_code::TOPIC_AUTHORIZATION_FAILED;
                    found.denied.push((place, code));
                }
            }
        }
        found
    }

    /// A request that continues a session. One that would get a denied topic ends instead: the client asks
    /// for everything anew, and then without a session.
    fn go_on(
        self,
        request: &Request<'_>,
        session: Session,
        found: Found,
    ) -> Result<Decision, Obstacle> {
        if !found.denied.is_empty() {
            self.sessions.forget(session.id);
            return no_session(request);
        }
        let topics = found.allowed.into_iter();
        if !self
            .sessions
            .go_on(session.id, topics, self.authority.rights)
        {
            return no_session(request);
        }
        let decision = request.forward(self.unknown)?;
        self.sessions.continued(session.id);
        Ok(decision)
    }

    /// A request for everything, of which all may be read.
    fn whole(self, request: &mut Request<'_>, found: Found) -> Result<Decision, Obstacle> {
        let reads = Reads::new(found.allowed.into_iter(), self.authority.rights);
        if let Some(session) = self.session {
            if self.sessions.admit(session.id, session.epoch) != Admission::AsItIs {
                request.put(session.id_at, 0);
            }
            if reads.too_many() {
                request.put(session.epoch_at, CLOSE);
            }
        }
        let decision = request.forward(self.unknown)?;
        self.sessions.sent(reads);
        Ok(decision)
    }

    /// A request for everything, of which some may not be read: it goes up without a session and without
    /// that, which is added to its answer.
    fn in_part(self, request: &mut Request<'_>, found: &Found) -> Result<Decision, Obstacle> {
        let version = request.version;
        let topics = found
            .denied
            .iter()
            .filter_map(|(place, _)| self.listing.topics.get(*place));
        let partitions: usize = topics.map(|topic| topic.partitions.len()).sum();
        if partitions.max(found.denied.len()) > DENIED_PARTITIONS_MAX {
            return Err(Obstacle::TooLong(request.length()));
        }
        let refusals: Vec<Value> = found
            .denied
            .iter()
            .filter_map(|(place, code)| {
                let topic = self.listing.topics.get(*place)?;
                Some(refusal(&topic.key, &topic.partitions, *code))
            })
            .collect();
        if found.allowed.is_empty() {
            return request.answer(&Value::fields([(RESPONSES, refusals.into())]));
        }
        if let Some(session) = self.session {
            if self.sessions.admit(session.id, session.epoch) != Admission::AsItIs {
                request.put(session.id_at, 0);
            }
            request.put(session.epoch_at, CLOSE);
        }
        let mut edits = self.unknown;
        let places: Vec<usize> = found.denied.iter().map(|(place, _)| *place).collect();
        let flexible = request.api.request.is_flexible(version);
        self.listing.cut(&places, flexible, &mut edits);
        let frame = Some(request.edited(&edits)?);
        let bytes = write::items(request.api.response, version, &[RESPONSES], &refusals)?;
        let allowed = found.allowed.iter().cloned();
        self.sessions
            .sent(Reads::new(allowed, self.authority.rights));
        let amend = Amend {
            fetched: Some(DeniedTopics {
                count: refusals.len(),
                bytes,
            }),
            ..Amend::default()
        };
        Ok(Decision::ForwardAndAmend { frame, amend })
    }
}

/// Topics that were denied, as they stand in the answer to a Fetch, which streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedTopics {
    /// How many.
    pub count: usize,
    /// Their bytes, after one another.
    pub bytes: Vec<u8>,
}

fn refusal(key: &TopicKey, partitions: &[i32], code: i16) -> Value {
    let partitions = partitions
        .iter()
        .map(|index| refuse::fetched_partition((*index).into(), code));
    Value::fields([key.field("Topic"), ("Partitions", Value::array(partitions))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::TopicId;
    use crate::proxy::authorize::fixture::{Session as Bench, topic_id};
    use crate::wire::api::{Api, api};
    use crate::wire::tables::api_key;

    const ACLS: &[&str] = &["ALLOW READ TOPIC PREFIXED mine User:a *"];
    const TOPICS: &[&str] = &["mine", "mine-too", "other"];

    fn api_of() -> &'static Api {
        api(api_key::FETCH).unwrap()
    }

    fn body(version: i16, session: (i32, i32), topics: &[&str]) -> Value {
        let topics = topics.iter().map(|name| {
            let key = match version {
                13.. => ("TopicId", topic_id(name).into()),
                _ => ("Topic", (*name).into()),
            };
            let partition = |index: i32| Value::fields([("Partition", index.into())]);
            Value::fields([
                key,
                ("Partitions", Value::array([partition(1), partition(2)])),
            ])
        });
        let mut body = Value::fields([("MaxWaitMs", 500.into()), ("Topics", Value::array(topics))]);
        if version < 15 {
            body.set("ReplicaId", -1);
        }
        if version >= 7 {
            body.set("SessionId", session.0);
            body.set("SessionEpoch", session.1);
        }
        body
    }

    fn session_of(up: &Value) -> (Option<i64>, Option<i64>) {
        (up.int("SessionId"), up.int("SessionEpoch"))
    }

    fn names(up: &Value) -> Vec<(Option<&str>, Option<TopicId>)> {
        let topics = up.items("Topics").iter();
        topics
            .map(|topic| (topic.str("Topic"), topic.uuid("TopicId")))
            .collect()
    }

    #[test]
    fn what_may_be_read_goes_up_as_it_came() {
        for version in api_of().min_version..=api_of().max_version {
            let body = body(version, (0, 0), &["mine", "mine-too"]);
            let outcome = Bench::new(ACLS, TOPICS).decide(api_key::FETCH, version, &body);
            assert!(matches!(outcome.decision, Decision::Forward), "{outcome:?}");
        }
    }

    #[test]
    fn a_denied_topic_is_cut_and_there_is_no_session() {
        for version in api_of().min_version..=api_of().max_version {
            let body = body(version, (0, 0), &["mine", "other"]);
            let outcome = Bench::new(ACLS, TOPICS).decide(api_key::FETCH, version, &body);
            let up = outcome.up.unwrap();
            let mine = match version {
                13.. => (None, Some(topic_id("mine"))),
                _ => (Some("mine"), None),
            };
            assert_eq!(names(&up), [mine]);
            if version >= 7 {
                assert_eq!(session_of(&up), (Some(0), Some(-1)));
            }
            let Decision::ForwardAndAmend { amend, .. } = outcome.decision else {
                panic!("{:?}", outcome.decision)
            };
            assert_eq!(amend.fetched.unwrap().count, 1);
        }
    }

    #[test]
    fn nothing_goes_up_where_all_is_denied() {
        for version in api_of().min_version..=api_of().max_version {
            let body = body(version, (0, 0), &["other"]);
            let answer = Bench::new(ACLS, TOPICS)
                .decide(api_key::FETCH, version, &body)
                .answer
                .unwrap();
            let partitions = answer.items(RESPONSES)[0].items("Partitions");
            let codes = partitions
                .iter()
                .map(|p| (p.int("PartitionIndex"), p.int("ErrorCode")));
            let expected = [(Some(1), Some(29)), (Some(2), Some(29))];
            assert_eq!(codes.collect::<Vec<_>>(), expected, "v{version}");
        }
    }

    /// A session with id 9 that the broker granted for `topics`.
    fn granted(version: i16, topics: &[&str]) -> Bench {
        let mut bench = Bench::new(ACLS, TOPICS);
        let outcome = bench.decide(api_key::FETCH, version, &body(version, (0, 0), topics));
        assert!(outcome.up.is_some());
        assert!(bench.sessions.fetch_answer_begins(Some(&mut bench.rights)));
        bench.sessions.fetch_answered(0, 9);
        bench
    }

    #[test]
    fn a_session_ends_with_the_first_topic_that_is_denied() {
        for version in 7..=api_of().max_version {
            // Asked for within the session.
            let mut bench = granted(version, &["mine"]);
            let more = body(version, (9, 1), &["mine-too"]);
            assert!(bench.decide(api_key::FETCH, version, &more).up.is_some());
            let other = body(version, (9, 2), &["other"]);
            let answer = bench
                .decide(api_key::FETCH, version, &other)
                .answer
                .unwrap();
            assert_eq!(answer.int("ErrorCode"), Some(70));
            assert!(answer.items(RESPONSES).is_empty());
            // Taken away by a policy, seen at the next fetch, which names nothing.
            let mut bench = granted(version, &["mine", "mine-too"]);
            bench.follow(&["ALLOW READ TOPIC LITERAL mine User:a *"]);
            let idle = body(version, (9, 1), &[]);
            let answer = bench.decide(api_key::FETCH, version, &idle).answer.unwrap();
            assert_eq!(answer.int("ErrorCode"), Some(70), "v{version}");
            let again = bench.decide(api_key::FETCH, version, &idle).answer.unwrap();
            assert_eq!(again.int("ErrorCode"), Some(70), "it stays ended");
        }
    }

    #[test]
    fn an_answer_to_what_was_taken_away_meanwhile_does_not_begin() {
        let idle = |version| body(version, (9, 1), &[]);
        for version in 7..=api_of().max_version {
            for taken in [false, true] {
                let mut bench = granted(version, &["mine", "mine-too"]);
                assert!(
                    bench
                        .decide(api_key::FETCH, version, &idle(version))
                        .up
                        .is_some()
                );
                bench.follow(match taken {
                    true => &["ALLOW READ TOPIC LITERAL mine User:a *"],
                    false => &["ALLOW ALL TOPIC PREFIXED m User:a *"],
                });
                let begins = bench.sessions.fetch_answer_begins(Some(&mut bench.rights));
                assert_eq!(begins, !taken, "v{version}");
            }
        }
    }

    #[test]
    fn too_many_topics_have_no_session() {
        let many: Vec<String> = (0..=crate::limits::FETCH_SESSION_TOPICS_MAX)
            .map(|n| format!("mine-{n}"))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let outcome = Bench::new(ACLS, &[]).decide(api_key::FETCH, 12, &body(12, (0, 0), &many));
        assert_eq!(session_of(&outcome.up.unwrap()), (Some(0), Some(-1)));
    }

    #[test]
    fn followers_are_refused() {
        let mut follower = body(12, (0, -1), &["mine"]);
        follower.set("ReplicaId", 1);
        let answer = Bench::new(ACLS, TOPICS)
            .decide(api_key::FETCH, 12, &follower)
            .answer
            .unwrap();
        let partitions = answer.items(RESPONSES)[0].items("Partitions");
        assert!(partitions.iter().all(|p| p.int("ErrorCode") == Some(29)));
    }
}
