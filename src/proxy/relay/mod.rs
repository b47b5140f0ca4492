//! Requests down, answers up, after login: a sans-io machine between two byte streams. Knows
//! frames, the guard (`authorize`) and the rewriting of answers; not sockets, clocks, tokens.
//!
//! Order is the whole point. A broker answers one connection's requests in their order, so each
//! request leaves an entry in [`queue::Queue`]; answers made here wait in it for their turn. A
//! request's last byte goes up only when the whole frame was walked with success: a broker does
//! not execute an incomplete frame.

pub mod answers;
mod decided;
pub mod end;
pub mod fetch_answer;
pub mod long_produce;
pub mod questions;
pub mod queue;
pub mod requests;
#[cfg(test)]
mod stream_tests;
mod throttle;
pub mod upstream_login;
mod work;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};

use answers::Answers;
use end::End;
use queue::{Pending, Queue};
use requests::Requests;
use upstream_login::UpstreamLogin;

use crate::{
    policy::rights::Rights,
    proxy::{
        authorize::{Decides, Denials, Rules, Sessions, TopicNames, Trial},
        held::HeldPermit,
        rewrite::AddressBook,
        session::{
            place::KnownPlace,
            state::{Initial, Reply},
        },
        upstream::login::LoginFailed,
        versions::Offer,
    },
    snapshot::address::HostPort,
    wire::{api::Api, frame, value::Value, write::Unwritable},
};

/// `client.id` of requests that are Oathgate's own.
const CLIENT_ID: &str = "oathgate";

/// Of requests that are Oathgate's own: order alone tells answers apart, the id only has to come back as it
/// went.
const OWN_CORRELATION_ID: i32 = i32::MIN;

/// What the relay cannot do by itself.
#[derive(Debug)]
pub enum Event {
    /// Judge this token again; then [`Relay::reauthenticated`]. Until then no request is read.
    Reauthenticate(Initial, Reply),
    /// A broker told of its cluster.
    Learned {
        /// The cluster's id, where it was told.
        cluster_id: Option<String>,
        /// Node ids and addresses, as the broker advertises them.
        brokers: Vec<(i32, HostPort)>,
    },
    /// A request of that API was tried by rules that do not decide yet.
    Tried {
        /// The API.
        api: &'static str,
        /// What they said.
        said: Trial,
        /// Whether the broker did.
        broker_denied: bool,
    },
    /// Tagged fields that nobody knows were blanked in a frame that streamed.
    UnknownTags(Way, u32),
    /// As many requests wait for answers as may: no more are read for now.
    InFlightLimit,
    /// The broker throttles the client for so long from now on.
    Throttled(Duration),
    /// A request of that API was refused, whole or in part.
    Refused(&'static str),
    /// What a request of that API asked for and the session's rights do not give.
    Denied(&'static str, Denials),
    /// The broker took the new login; it ends after so long.
    UpstreamReauthenticated(Option<Duration>),
    /// The broker did not take it. Nothing more goes up.
    UpstreamRefused(LoginFailed),
}

/// Room in the budget of held frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whose frame it is for.
    pub way: Way,
    /// Bytes.
    pub bytes: usize,
}

/// The two directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Requests.
    Down,
    /// Answers.
    Up,
}

/// When the right to go on is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A request of that API key arrives.
    Request(i16),
    /// It is there whole: what took long to come may have lost its right meanwhile.
    Whole(i16),
    /// The first byte of the answer to a request of that API key is about to leave.
    Answer(i16),
}

/// Asked at each [`Moment`]; a no ends the session.
pub trait Gate {
    /// # Errors
    /// Why the session ends.
    fn pass(&mut self, moment: Moment) -> Result<(), End>;

    /// What the session may by the policy that was in force when [`Gate::pass`] last said yes; `None`
    /// where brokers decide.
    fn rights(&mut self) -> Option<&mut Rights>;
}

/// What one connection's relay is set up with.
#[derive(Debug)]
pub struct Setup {
    /// What is refused whatever the brokers would say.
    pub rules: Rules,
    /// What clients are told of broker addresses.
    pub addresses: AddressBook,
    /// What this connection was told in `ApiVersions`.
    pub advertised: Arc<Offer>,
    /// Which broker or bootstrap address this is, for `ApiVersions` v5.
    pub place: KnownPlace,
    /// Fetch and share sessions that belong to this connection.
    pub sessions: Sessions,
    /// The topics of its cluster.
    pub topics: Arc<TopicNames>,
    /// Requests that may wait for answers.
    pub max_in_flight: usize,
    /// Largest request, in bytes without its length.
    pub max_request: usize,
    /// Largest frame that is held whole, in bytes.
    pub max_held: usize,
}

/// The relay of one authenticated connection.
#[derive(Debug)]
pub struct Relay {
    setup: Setup,
    requests: Requests,
    answers: Answers,
    queue: Queue,
    login: Option<UpstreamLogin>,
    /// Whether a handshake was answered and only `SaslAuthenticate` may follow.
    handshaken: bool,
    /// Whether a re-authentication may begin: the driver says so.
    reauthentication_due: bool,
    /// What a streamed request and a `Fetch` answer were walked with, for the next.
    spare_request: Option<Box<requests::Streamed>>,
    spare_answer: Option<Box<fetch_answer::Fetch>>,
    events: VecDeque<Event>,
    /// Whether it was told that as many requests wait as may.
    full: bool,
    /// Bytes for the client; the driver takes them from the front.
    pub to_client: BytesMut,
    /// Bytes for the broker.
    pub to_broker: BytesMut,
    /// Room that the frame needs which was handed over last, until its peer took most of it.
    room_to_client: Option<HeldPermit>,
    room_to_broker: Option<HeldPermit>,
    ending: bool,
}

impl Relay {
    /// A relay with nothing in flight.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            queue: Queue::new(setup.max_in_flight),
            setup,
            requests: Requests::default(),
            answers: Answers::default(),
            login: None,
            handshaken: false,
            reauthentication_due: false,
            spare_request: None,
            spare_answer: None,
            events: VecDeque::new(),
            full: false,
            to_client: BytesMut::new(),
            to_broker: BytesMut::new(),
            room_to_client: None,
            room_to_broker: None,
            ending: false,
        }
    }

    /// What the driver has to do, oldest first.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether more bytes of the client may be given: not while a token is judged, a broker is
    /// logged in to again, or as many requests wait for answers as may.
    #[must_use]
    pub fn wants_requests(&self) -> bool {
        !self.ending
            && !self.requests.is_paused()
            && !self.is_logging_in()
            && self.queue.has_room()
            && !self.waits_for_poll()
    }

    /// Whether the next request must wait for the answer to a long poll. A broker would not take it up before
    /// either, and what it may is decided when it is its turn, not hours before.
    const fn waits_for_poll(&self) -> bool {
        matches!(self.setup.rules.decides, Decides::Here)
            && self.requests.is_before_request()
            && self.queue.has_long_poll()
    }

    /// Whether requests must wait for a login to the broker; one on its way is finished first.
    const fn is_logging_in(&self) -> bool {
        match self.login {
            None => false,
            Some(UpstreamLogin::Awaiting(_)) => true,
            Some(UpstreamLogin::Wanted(_)) => self.requests.is_at_boundary(),
        }
    }

    /// Whether nothing is in flight and no part of an answer is missing.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.answers.is_at_boundary() && !self.has_work()
    }

    /// Whether more bytes of the broker may be given: not while an answer waits for room, or its turn.
    #[must_use]
    pub const fn wants_answers(&self) -> bool {
        self.answers.wants_room().is_none() && !self.answers.awaits_turn()
    }

    /// Whether the client has begun a request and still owes a part of it.
    #[must_use]
    pub const fn is_within_request(&self) -> bool {
        self.requests.is_coming()
    }

    /// Whether that request has a share of the budget of held frames, which others wait for.
    #[must_use]
    pub const fn request_takes_room(&self) -> bool {
        self.requests.takes_room()
    }

    /// What this relay waits to be granted from the budget of held frames, if it does; for a request only
    /// if it `takes_requests` now.
    #[must_use]
    pub fn wants_room(&self, takes_requests: bool) -> Option<Room> {
        let down = self.requests.wants_room();
        let down = down.filter(|_| takes_requests && !self.ending);
        let down = down.map(|bytes| Room {
            way: Way::Down,
            bytes,
        });
        down.or_else(|| {
            self.answers.wants_room().map(|bytes| Room {
                way: Way::Up,
                bytes,
            })
        })
    }

    /// The budget granted what [`Relay::wants_room`] asked for on `way`; `permit` is given back with
    /// the frame.
    pub fn grant(&mut self, way: Way, permit: HeldPermit) {
        match way {
            Way::Down => self.requests.grant(permit),
            Way::Up => self.answers.grant(permit),
        }
    }

    /// Reads no more requests, and begins no answer with records: a session that ends delivers only
    /// what cannot be asked for again.
    pub fn begin_end(&mut self) {
        self.ending = true;
    }

    /// Says whether the client may log in again now: Kafka wants a second in between.
    pub fn allow_reauthentication(&mut self, due: bool) {
        self.reauthentication_due = due;
    }

    /// The verdict on the token of [`Event::Reauthenticate`]: its answer takes its turn.
    pub fn reauthenticated(&mut self, answer: Vec<u8>) {
        self.requests.resume();
        self.answer(answer);
    }

    /// Tells once each time that no room is left for another request.
    fn note_full(&mut self) {
        let full = !self.queue.has_room();
        if full && !self.full {
            self.events.push_back(Event::InFlightLimit);
        }
        self.full = full;
    }

    fn note_throttle(&mut self, throttle: Option<Duration>) {
        self.events.extend(throttle.map(Event::Throttled));
    }

    fn note_unknown_tags(&mut self, way: Way, tags: u32) {
        if tags > 0 {
            self.events.push_back(Event::UnknownTags(way, tags));
        }
    }

    /// Sends a request of Oathgate's own up; whoever does queues what waits for its answer.
    fn send_own(
        &mut self,
        api: &'static Api,
        version: i16,
        body: &Value,
    ) -> Result<(), Unwritable> {
        let framed = frame::request(api, version, OWN_CORRELATION_ID, Some(CLIENT_ID), body)?;
        hand_over(&mut self.to_broker, framed);
        Ok(())
    }

    /// Queues an answer that was made here. The broker's answer that is on its way has left the queue
    /// already: whatever follows waits for its last byte.
    fn answer(&mut self, frame: Vec<u8>) {
        self.queue.push(Pending::Local(frame));
        if self.answers.is_at_boundary() {
            self.queue.flush_local(&mut self.to_client);
        }
    }
}

/// Adds `part` to `frame`, which takes memory as bytes come, and never more than its `length`.
fn grow(frame: &mut Vec<u8>, part: &[u8], length: usize) {
    let needed = frame.len().saturating_add(part.len());
    if needed > frame.capacity() {
        let wanted = needed.max(frame.capacity().saturating_mul(2)).min(length);
        frame.reserve_exact(wanted.saturating_sub(frame.len()));
    }
    frame.extend_from_slice(part);
}

/// Queues `framed` after what waits in `queue`; as it is where nothing does, since it may have megabytes.
fn hand_over(queue: &mut BytesMut, framed: Vec<u8>) {
    if queue.is_empty() {
        *queue = BytesMut::from(Bytes::from(framed));
    } else {
        queue.extend_from_slice(&framed);
    }
}

/// `value` in `spare`, or in a box of its own.
fn boxed<T>(spare: &mut Option<Box<T>>, value: T) -> Box<T> {
    match spare.take() {
        Some(mut spare) => {
            *spare = value;
            spare
        }
        None => Box::new(value),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        limits::{AMENDED_BYTES_MAX, BACKLOG_MAX, FRAME_MAX, HELD_FREE, IN_FLIGHT_MAX, TURN_FREE},
        policy::fixture::{authorizer, who},
        proxy::{
            authorize::fixture::{HERE, topic_id},
            held::HeldBudget,
            rewrite::sample::populated,
            upstream::login::{AUTHENTICATE_VERSION, Login},
            versions::{self, Supported},
        },
        secret::Secret,
        snapshot::credential::Credential,
        wire::{
            api::api,
            frame::{self, LENGTH_BYTES},
            read::read,
            tables::{APIS, api_key::*},
            value::Value,
        },
    };

    const UPSTREAM: &str = "upstream.internal";
    const FRONT: &str = "front.example.com";
    const MAX_HELD: usize = 8 * HELD_FREE;

    /// Says yes but once.
    #[derive(Debug, Default)]
    struct Turns {
        asked: Vec<Moment>,
        no: Option<(usize, End)>,
        rights: Option<Rights>,
    }

    impl Gate for Turns {
        fn pass(&mut self, moment: Moment) -> Result<(), End> {
            self.asked.push(moment);
            match self.no {
                Some((nth, end)) if nth == self.asked.len() => Err(end),
                _ => Ok(()),
            }
        }

        fn rights(&mut self) -> Option<&mut Rights> {
            self.rights.as_mut()
        }
    }

    /// A relay between a client and a broker that are byte strings.
    struct Bench {
        relay: Relay,
        gate: Turns,
        down: BytesMut,
        up: BytesMut,
        events: Vec<Event>,
        held: HeldBudget,
    }

    fn supported(key: RangeInclusive<i16>) -> Supported {
        let ranges = APIS.iter().filter(|api| key.contains(&api.key)).map(|api| {
            Value::fields([
                ("ApiKey", api.key.into()),
                ("MinVersion", api.min_version.into()),
                ("MaxVersion", api.max_version.into()),
            ])
        });
        Supported::from_answer(&Value::fields([("ApiKeys", Value::array(ranges))])).unwrap()
    }

    impl Bench {
        fn new() -> Self {
            let rules = Rules {
                decides: Decides::Brokers,
                own_identity: false,
                admin_apis: false,
                telemetry: true,
            };
            let relay = Relay::new(Setup {
                rules,
                addresses: AddressBook::ports(FRONT.to_owned(), 9000, 0..=99),
                advertised: Arc::new(Offer::new(versions::advertise(&supported(0..=100), rules))),
                place: KnownPlace::Bootstrap(Vec::new()),
                sessions: Sessions::new(Arc::default(), "cluster", "alice"),
                topics: Arc::default(),
                max_in_flight: IN_FLIGHT_MAX,
                max_request: FRAME_MAX,
                max_held: MAX_HELD,
            });
            Self {
                relay,
                gate: Turns::default(),
                down: BytesMut::new(),
                up: BytesMut::new(),
                events: Vec::new(),
                held: HeldBudget::new(MAX_HELD, MAX_HELD),
            }
        }

        /// Where Oathgate decides, by `acls`.
        fn judged(acls: &[&str]) -> Self {
            let mut bench = Self::new();
            bench.relay.setup.rules = HERE;
            let told = versions::advertise(&supported(0..=100), HERE);
            bench.relay.setup.advertised = Arc::new(Offer::new(told));
            bench.gate.rights = Some(Rights::new(Arc::new(authorizer(acls)), who("User:a")));
            bench
        }

        fn no_at(nth: usize, end: End) -> Self {
            let mut bench = Self::new();
            bench.gate.no = Some((nth, end));
            bench
        }

        /// The client sends `bytes` in parts of `part` bytes.
        fn client(&mut self, bytes: &[u8], part: usize) -> Result<(), End> {
            for part in bytes.chunks(part) {
                self.down.extend_from_slice(part);
                self.turn()?;
            }
            Ok(())
        }

        /// The broker sends `bytes` in parts of `part` bytes.
        fn broker(&mut self, bytes: &[u8], part: usize) -> Result<(), End> {
            for part in bytes.chunks(part) {
                self.up.extend_from_slice(part);
                self.turn()?;
            }
            Ok(())
        }

        /// As the driver's.
        fn turn(&mut self) -> Result<(), End> {
            loop {
                let before = (self.down.len(), self.up.len());
                self.relay.on_broker(&mut self.up, &mut self.gate)?;
                self.relay.on_client(&mut self.down, &mut self.gate)?;
                while let Some(event) = self.relay.next_event() {
                    self.events.push(event);
                }
                if (self.down.len(), self.up.len()) == before {
                    return Ok(());
                }
            }
        }

        /// Grants the room that is waited for.
        fn make_room(&mut self) -> Way {
            let room = self.relay.wants_room(true).unwrap();
            let permit = self.held.take(room.bytes).unwrap();
            self.relay.grant(room.way, permit);
            room.way
        }

        /// How many requests were refused.
        fn refused(&self) -> usize {
            let refused = |event: &&Event| matches!(event, Event::Refused(_));
            self.events.iter().filter(refused).count()
        }

        fn take_for_broker(&mut self) -> Vec<u8> {
            self.relay.to_broker.split().to_vec()
        }

        fn take_for_client(&mut self) -> Vec<u8> {
            self.relay.to_client.split().to_vec()
        }

        /// The correlation ids of what the client has got.
        fn answered(&mut self) -> Vec<i32> {
            let got = self.take_for_client();
            let mut rest = got.as_slice();
            let mut ids = Vec::new();
            while let Some(length) = frame::length(rest, usize::MAX).unwrap() {
                ids.push(i32::from_be_bytes(rest[4..8].try_into().unwrap()));
                rest = &rest[LENGTH_BYTES + length..];
            }
            assert!(rest.is_empty());
            ids
        }
    }

    fn asked(key: i16, version: i16, id: i32, body: &Value) -> Vec<u8> {
        frame::request(api(key).unwrap(), version, id, Some("client"), body).unwrap()
    }

    fn told(key: i16, version: i16, id: i32, body: &Value) -> Vec<u8> {
        frame::response(api(key).unwrap(), version, id, body).unwrap()
    }

    fn nothing() -> Value {
        Value::fields([])
    }

    fn heartbeat(id: i32) -> Vec<u8> {
        asked(HEARTBEAT, 4, id, &nothing())
    }

    fn beaten(id: i32) -> Vec<u8> {
        told(HEARTBEAT, 4, id, &nothing())
    }

    fn api_versions(id: i32) -> Vec<u8> {
        let software = Value::fields([
            ("ClientSoftwareName", "test".into()),
            ("ClientSoftwareVersion", "1".into()),
        ]);
        asked(API_VERSIONS, 4, id, &software)
    }

    fn produce(id: i32, acks: i16) -> Vec<u8> {
        let mut body = populated(&api(PRODUCE).unwrap().request.root, 12);
        body.set("Acks", acks);
        asked(PRODUCE, 12, id, &body)
    }

    fn produced(id: i32) -> Vec<u8> {
        told(PRODUCE, 12, id, &nothing())
    }

    fn fetch(id: i32) -> Vec<u8> {
        asked(FETCH, 16, id, &nothing())
    }

    fn fetched(id: i32) -> Vec<u8> {
        let mut body = populated(&api(FETCH).unwrap().response.root, 16);
        body.set("ErrorCode", 0);
        for endpoint in body.items_mut("NodeEndpoints").unwrap() {
            endpoint.set("Host", UPSTREAM);
        }
        told(FETCH, 16, id, &body)
    }

    /// An answer to Metadata 12 that tells of broker 1 at `host` and `port`.
    fn metadata(id: i32, host: &str, port: i32) -> Vec<u8> {
        let broker = Value::fields([
            ("NodeId", 1.into()),
            ("Host", host.into()),
            ("Port", port.into()),
        ]);
        let body = Value::fields([("Brokers", Value::array([broker]))]);
        told(METADATA, 12, id, &body)
    }

    fn handshake(id: i32, version: i16, mechanism: &str) -> Vec<u8> {
        let body = Value::fields([("Mechanism", mechanism.into())]);
        asked(SASL_HANDSHAKE, version, id, &body)
    }

    fn authenticate(id: i32) -> Vec<u8> {
        let body = Value::fields([("AuthBytes", b"token".to_vec().into())]);
        asked(SASL_AUTHENTICATE, 2, id, &body)
    }

    /// The body of the one answer in `frames`.
    fn body(key: i16, version: i16, frames: &[u8]) -> Value {
        let api = api(key).unwrap();
        let frame = &frames[LENGTH_BYTES..];
        let (_, at) = frame::response_header(api, version, frame).unwrap();
        read(api.response, version, &frame[at..]).unwrap()
    }

    fn holds(bytes: &[u8], text: &str) -> bool {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }

    #[test]
    fn answers_keep_the_order_of_requests_in_any_split() {
        let requests = [
            heartbeat(1),
            api_versions(2),
            asked(METADATA, 12, 3, &nothing()),
            produce(4, 0),
            produce(5, 1),
            api_versions(6),
        ]
        .concat();
        for part in [1, 2, 3, 7, 64, requests.len()] {
            let mut bench = Bench::new();
            bench.client(&requests, part).unwrap();
            assert_eq!(bench.answered(), [0; 0], "2 waits for 1");
            let up = [
                heartbeat(1),
                asked(METADATA, 12, 3, &nothing()),
                produce(4, 0),
                produce(5, 1),
            ]
            .concat();
            assert_eq!(bench.take_for_broker(), up);
            bench.broker(&beaten(1), part).unwrap();
            assert_eq!(bench.answered(), [1, 2]);
            let rest = [metadata(3, UPSTREAM, 9092), produced(5)].concat();
            bench.broker(&rest, part).unwrap();
            assert!(bench.relay.is_idle());
            let got = bench.take_for_client();
            assert!(!holds(&got, UPSTREAM));
            let told = [metadata(3, FRONT, 9001), produced(5)].concat();
            assert_eq!(got[..told.len()], told);
            assert_eq!(
                body(API_VERSIONS, 4, &got[told.len()..]).int("ErrorCode"),
                Some(0)
            );
            let learned = bench.events.iter().any(|event| {
                matches!(event, Event::Learned { brokers, .. } if brokers[0].1.host == UPSTREAM)
            });
            assert!(learned);
        }
    }

    #[test]
    fn a_request_without_acks_leaves_no_entry() {
        let mut bench = Bench::new();
        bench.client(&produce(1, 0), 5).unwrap();
        assert!(bench.relay.is_idle());
        bench.client(&produce(2, 1), 5).unwrap();
        assert!(!bench.relay.is_idle());
        bench.broker(&produced(2), 5).unwrap();
        assert_eq!(bench.answered(), [2]);
    }

    #[test]
    fn answers_nobody_waits_for_end_the_session() {
        assert_eq!(
            Bench::new().broker(&beaten(1), 1),
            Err(End::AnswerUnexpected)
        );
        let mut bench = Bench::new();
        bench
            .client(&[heartbeat(1), heartbeat(2)].concat(), 99)
            .unwrap();
        assert_eq!(bench.broker(&beaten(2), 99), Err(End::AnswerUnexpected));
        assert!(bench.take_for_client().is_empty());
    }

    #[test]
    fn impossible_lengths_end_the_session() {
        let max = i32::try_from(FRAME_MAX).unwrap();
        for (length, end) in [
            (-1, End::FrameTooLong),
            (i32::MIN, End::FrameTooLong),
            (max + 1, End::FrameTooLong),
            (0, End::RequestMalformed),
            (7, End::RequestMalformed),
        ] {
            let mut bench = Bench::new();
            assert_eq!(bench.client(&length.to_be_bytes(), 4), Err(end), "{length}");
            assert!(bench.take_for_broker().is_empty());
        }
        for length in [-1_i32, 0, 3] {
            let mut bench = Bench::new();
            bench.client(&heartbeat(1), 99).unwrap();
            let answer = [length.to_be_bytes(), 1_i32.to_be_bytes()].concat();
            assert_eq!(
                bench.broker(&answer, 8),
                Err(End::AnswerMalformed),
                "{length}"
            );
        }
    }

    #[test]
    fn what_is_longer_than_may_be_held_ends_the_session_after_earlier_answers() {
        let length = i32::try_from(MAX_HELD + 1).unwrap().to_be_bytes();
        let mut bench = Bench::new();
        bench.client(&produce(1, 1), 99).unwrap();
        let long = [&length, &heartbeat(2)[LENGTH_BYTES..]].concat();
        let end = bench.client(&long, 99).unwrap_err();
        assert_eq!(end, End::FrameTooLong);
        assert!(end.delivers_answers());
        bench.broker(&produced(1), 99).unwrap();
        assert_eq!(bench.answered(), [1]);

        let mut bench = Bench::new();
        bench
            .client(&asked(METADATA, 12, 1, &nothing()), 99)
            .unwrap();
        let long = [&length, &metadata(1, UPSTREAM, 1)[LENGTH_BYTES..]].concat();
        assert_eq!(bench.broker(&long, 99), Err(End::AnswerTooLong));
    }

    #[test]
    fn what_was_not_advertised_is_not_forwarded() {
        let head = |key: i16, version: i16| {
            let mut bytes = 8_i32.to_be_bytes().to_vec();
            bytes.extend([key.to_be_bytes(), version.to_be_bytes()].concat());
            bytes.extend(1_i32.to_be_bytes());
            bytes
        };
        for (key, version) in [
            (METADATA, 99),
            (METADATA, -1),
            (PRODUCE, 2),
            (PRODUCE, 99),
            (VOTE, 0),
            (LEADER_AND_ISR, 0),
            (ENVELOPE, 0),
            (999, 0),
            (-1, 0),
        ] {
            let mut bench = Bench::new();
            let refused = bench.client(&head(key, version), 3);
            assert_eq!(refused, Err(End::RequestUnsupported), "{key} v{version}");
            assert!(bench.take_for_broker().is_empty());
        }
    }

    const LEADER_AND_ISR: i16 = 4;

    #[test]
    fn a_version_of_api_versions_that_is_too_new_is_answered() {
        let mut bench = Bench::new();
        let mut request = api_versions(9);
        request[6..8].copy_from_slice(&77_i16.to_be_bytes());
        bench.client(&request, 4).unwrap();
        let got = bench.take_for_client();
        assert_eq!(body(API_VERSIONS, 0, &got).int("ErrorCode"), Some(35));
    }

    #[test]
    fn no_malformed_produce_goes_up_whole_in_any_split() {
        let good = produce(1, 1);
        let mut trailing = good.clone();
        trailing.push(0);
        let mut count = good.clone();
        // The last tag count, which the frame does not bear out.
        *count.last_mut().unwrap() = 9;
        for bad in [&trailing, &count] {
            let mut bad = bad.clone();
            let length = i32::try_from(bad.len() - LENGTH_BYTES).unwrap();
            bad[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
            for part in 1..=bad.len() {
                let mut bench = Bench::new();
                let refused = bench.client(&bad, part);
                assert_eq!(refused, Err(End::RequestMalformed), "in {part}s");
                assert!(bench.take_for_broker().len() < bad.len(), "in {part}s");
                assert!(bench.relay.is_idle());
                // Neither does anything after it, which would complete it.
                assert_eq!(bench.client(&heartbeat(2), 99), Ok(()));
                assert!(bench.take_for_broker().is_empty());
            }
        }
    }

    #[test]
    fn a_login_to_the_broker_never_completes_a_broken_frame() {
        let mut bad = produce(1, 1);
        *bad.last_mut().unwrap() = 9;
        let (most, last) = bad.split_at(bad.len() - 1);
        let mut bench = Bench::new();
        bench.client(most, 99).unwrap();
        bench.relay.renew_upstream(login_step()).unwrap();
        assert_eq!(bench.take_for_broker(), most, "it waits for the boundary");
        assert_eq!(bench.client(last, 1), Err(End::RequestMalformed));
        bench.turn().unwrap();
        bench.relay.renew_upstream(login_step()).unwrap();
        bench.turn().unwrap();
        assert!(bench.take_for_broker().is_empty());
    }

    #[test]
    fn unknown_tags_of_a_produce_are_blanked_and_the_rest_passes_as_it_came() {
        for part in [1, 3, 1000] {
            let mut bench = Bench::new();
            bench.client(&produce(1, 1), part).unwrap();
            assert_eq!(bench.take_for_broker(), produce(1, 1), "in {part}s");
        }
    }

    #[test]
    fn a_held_request_goes_up_whole_or_not_at_all() {
        let request = heartbeat(1);
        let mut bench = Bench::new();
        for (at, byte) in request.iter().enumerate() {
            assert!(bench.take_for_broker().is_empty(), "after {at} bytes");
            assert_eq!(
                bench.relay.is_within_request(),
                at >= 12,
                "after {at} bytes"
            );
            bench.client(&[*byte], 1).unwrap();
        }
        assert_eq!(bench.take_for_broker(), request);
        for end in 12..request.len() {
            let mut cut = request[..end].to_vec();
            let length = i32::try_from(end - LENGTH_BYTES).unwrap();
            cut[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
            let mut bench = Bench::new();
            assert!(bench.client(&cut, 5).is_err(), "{end}");
            assert!(bench.take_for_broker().is_empty());
        }
    }

    #[test]
    fn fetch_answers_pass_with_blanked_endpoints_in_any_split() {
        let answer = fetched(1);
        assert!(holds(&answer, UPSTREAM));
        let mut whole = None;
        for part in 1..=answer.len() {
            let mut bench = Bench::new();
            bench.client(&fetch(1), 99).unwrap();
            bench.broker(&answer, part).unwrap();
            assert!(bench.relay.is_idle());
            let got = bench.take_for_client();
            assert_eq!(got.len(), answer.len(), "in {part}s");
            assert!(!holds(&got, UPSTREAM), "in {part}s");
            assert_eq!(*whole.get_or_insert_with(|| got.clone()), got, "in {part}s");
            let read = body(FETCH, 16, &got);
            assert_eq!(read.items("Responses").len(), 2);
            assert!(read.items("NodeEndpoints").is_empty());
        }
    }

    #[test]
    fn a_fetch_session_is_known_once_its_answer_began() {
        let mut bench = Bench::new();
        bench.client(&fetch(1), 99).unwrap();
        bench.broker(&fetched(1), 99).unwrap();
        drop(bench.take_for_broker());
        let next = |session: i32| {
            let body = Value::fields([("SessionId", session.into()), ("SessionEpoch", 1.into())]);
            asked(FETCH, 16, 2, &body)
        };
        bench.client(&next(7), 99).unwrap();
        assert_eq!(bench.take_for_broker(), next(7));
        bench.client(&next(8), 99).unwrap();
        assert!(bench.take_for_broker().is_empty());
        let [Event::Throttled(_), Event::Refused("Fetch")] = bench.events.as_slice() else {
            panic!("{:?}", bench.events);
        };
    }

    fn login_step() -> crate::proxy::upstream::login::Step {
        let credential = Credential::Plain {
            username: "oathgate".to_owned(),
            password: Secret::new("secret".to_owned()),
        };
        Login::start(&credential, None, AUTHENTICATE_VERSION, [0; 24]).unwrap()
    }

    /// What a broker says to a handshake for PLAIN.
    fn offered(id: i32) -> Vec<u8> {
        let body = Value::fields([("Mechanisms", Value::array(["PLAIN"]))]);
        told(SASL_HANDSHAKE, 1, id, &body)
    }

    fn accepted(id: i32, error: i16) -> Vec<u8> {
        let body = Value::fields([
            ("ErrorCode", error.into()),
            ("SessionLifetimeMs", 5000.into()),
        ]);
        told(SASL_AUTHENTICATE, 2, id, &body)
    }

    #[test]
    fn a_login_to_the_broker_happens_at_a_boundary_and_alone() {
        let request = produce(1, 1);
        let (begin, end) = request.split_at(request.len() / 2);
        let mut bench = Bench::new();
        bench.client(begin, 7).unwrap();
        bench.relay.renew_upstream(login_step()).unwrap();
        assert_eq!(bench.take_for_broker(), begin);
        bench.client(&[end, &heartbeat(2)].concat(), 7).unwrap();
        let up = bench.take_for_broker();
        let (rest, own) = up.split_at(end.len());
        assert_eq!(rest, end);
        assert!(
            holds(own, "PLAIN") && !holds(own, "client"),
            "and nothing after it"
        );
        assert!(!bench.relay.wants_requests());
        let id = i32::from_be_bytes(own[8..12].try_into().unwrap());

        bench
            .broker(&[produced(1), offered(id)].concat(), 7)
            .unwrap();
        assert_eq!(bench.answered(), [1], "the client hears nothing of ours");
        assert!(holds(&bench.take_for_broker(), "secret"));
        bench.broker(&accepted(id, 0), 7).unwrap();
        assert!(matches!(
            bench.events.as_slice(),
            [Event::UpstreamReauthenticated(Some(lifetime))] if *lifetime == Duration::from_secs(5)
        ));
        assert_eq!(bench.take_for_broker(), heartbeat(2), "what waited goes on");
    }

    #[test]
    fn a_broker_that_refuses_a_new_login_gets_no_more_requests() {
        let mut bench = Bench::new();
        bench.relay.renew_upstream(login_step()).unwrap();
        bench.client(&heartbeat(1), 99).unwrap();
        let own = bench.take_for_broker();
        let id = i32::from_be_bytes(own[8..12].try_into().unwrap());
        bench.broker(&offered(id), 99).unwrap();
        drop(bench.take_for_broker());
        bench.broker(&accepted(id, 58), 99).unwrap();
        assert!(matches!(
            bench.events.as_slice(),
            [Event::UpstreamRefused(_)]
        ));
        assert!(bench.take_for_broker().is_empty() && !bench.relay.wants_requests());
    }

    #[test]
    fn a_client_logs_in_again_between_its_requests() {
        let mut bench = Bench::new();
        bench.relay.allow_reauthentication(true);
        let sent = [
            heartbeat(1),
            handshake(2, 1, "OAUTHBEARER"),
            authenticate(3),
            heartbeat(4),
        ];
        bench.client(&sent.concat(), 3).unwrap();
        assert_eq!(
            bench.take_for_broker(),
            heartbeat(1),
            "4 waits for the verdict"
        );
        let [Event::Reauthenticate(initial, reply)] = bench.events.as_slice() else {
            panic!("{:?}", bench.events);
        };
        assert_eq!(initial.expose(), b"token");
        let yes = reply.accepted(1000);
        bench.broker(&beaten(1), 99).unwrap();
        assert_eq!(bench.answered(), [1, 2]);
        bench.relay.reauthenticated(yes);
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [3]);
        assert_eq!(bench.take_for_broker(), heartbeat(4));
    }

    #[test]
    fn only_a_token_may_follow_a_handshake() {
        for next in [
            heartbeat(2),
            produce(2, 1),
            api_versions(2),
            handshake(2, 1, "OAUTHBEARER"),
        ] {
            let mut bench = Bench::new();
            bench.relay.allow_reauthentication(true);
            bench.client(&handshake(1, 1, "OAUTHBEARER"), 99).unwrap();
            assert_eq!(bench.client(&next, 99), Err(End::RequestOutOfOrder));
            assert!(bench.take_for_broker().is_empty());
            assert_eq!(bench.answered(), [1]);
        }
    }

    #[test]
    fn k27_another_mechanism_or_a_bare_token_ends_the_session() {
        for (request, end, answers) in [
            (
                handshake(1, 1, "PLAIN"),
                End::ReauthenticationRefused,
                vec![1],
            ),
            (
                handshake(1, 0, "OAUTHBEARER"),
                End::RequestOutOfOrder,
                vec![],
            ),
        ] {
            let mut bench = Bench::new();
            bench.relay.allow_reauthentication(true);
            assert_eq!(bench.client(&request, 99), Err(end));
            assert_eq!(bench.answered(), answers);
        }
    }

    #[test]
    fn k27_sasl_that_has_no_place_is_answered_34_and_the_session_goes_on() {
        let mut bench = Bench::new();
        bench.relay.allow_reauthentication(false);
        bench.client(&handshake(1, 1, "OAUTHBEARER"), 99).unwrap();
        let got = bench.take_for_client();
        assert_eq!(body(SASL_HANDSHAKE, 1, &got).int("ErrorCode"), Some(34));
        bench.relay.allow_reauthentication(true);
        bench.client(&authenticate(2), 99).unwrap();
        let got = bench.take_for_client();
        assert_eq!(body(SASL_AUTHENTICATE, 2, &got).int("ErrorCode"), Some(34));
        bench.client(&heartbeat(3), 99).unwrap();
        assert_eq!(bench.take_for_broker(), heartbeat(3));
        assert!(bench.events.is_empty());
    }

    /// A request of more bytes than are held without asking.
    fn long_request(id: i32) -> Vec<u8> {
        let topics = Value::array(
            (0..HELD_FREE / 8).map(|n| Value::fields([("Name", format!("t{n:06}").into())])),
        );
        asked(METADATA, 8, id, &Value::fields([("Topics", topics)]))
    }

    #[test]
    fn long_frames_wait_for_room_both_ways() {
        let request = long_request(1);
        let mut bench = Bench::new();
        bench.client(&request[..100], 99).unwrap();
        let length = request.len() - LENGTH_BYTES;
        assert_eq!(
            bench.relay.wants_room(true),
            Some(Room {
                way: Way::Down,
                bytes: length
            })
        );
        assert!(!bench.relay.wants_requests() && !bench.relay.request_takes_room());
        assert_eq!(bench.make_room(), Way::Down);
        assert!(bench.relay.request_takes_room());
        bench.client(&request[100..], 4096).unwrap();
        assert_eq!(bench.take_for_broker(), request);
        bench.turn().unwrap();
        assert_eq!(bench.held.taken(), 0, "given back");

        let body = populated(&api(METADATA).unwrap().response.root, 8);
        let topic = body.items("Topics")[0].clone();
        let mut body = body;
        body.set("Topics", Value::array(vec![topic; 2000]));
        let answer = told(METADATA, 8, 1, &body);
        bench.client(&heartbeat(2), 99).unwrap();
        bench.broker(&answer[..100], 99).unwrap();
        assert!(!bench.relay.wants_answers());
        assert_eq!(bench.make_room(), Way::Up);
        bench
            .broker(&[&answer[100..], &beaten(2)].concat(), 4096)
            .unwrap();
        // The next waits until the client took most of so long a one.
        assert_eq!(bench.answered(), [1]);
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [2]);
        assert_eq!(bench.held.taken(), 0, "given back");
    }

    /// A relay with a request on its way up that is decided about in its turn, between two short ones.
    fn awaiting_turn() -> (Bench, Vec<u8>) {
        let mut bench = Bench::new();
        bench.relay.setup.max_held = 4 * TURN_FREE;
        bench.held = HeldBudget::new(8 * TURN_FREE, 8 * TURN_FREE);
        let name = |n| Value::fields([("Name", format!("t{n:06}").into())]);
        let topics = Value::array((0..TURN_FREE / 8).map(name));
        let request = asked(METADATA, 8, 2, &Value::fields([("Topics", topics)]));
        let sent = [heartbeat(1), request.clone(), heartbeat(3)].concat();
        bench.client(&sent, 1 << 20).unwrap();
        assert_eq!(bench.make_room(), Way::Down);
        bench.turn().unwrap();
        (bench, request)
    }

    #[test]
    fn a_long_request_is_decided_about_in_its_turn_and_keeps_its_place() {
        let (mut bench, request) = awaiting_turn();
        assert_eq!(bench.take_for_broker(), heartbeat(1));
        let relay = &bench.relay;
        assert!(relay.wants_turn() && !relay.wants_requests());
        assert!(!relay.is_within_request() && !relay.request_takes_room());
        bench.broker(&beaten(1), 99).unwrap();
        assert_eq!(bench.answered(), [1], "what was asked before goes on");
        assert!(!bench.relay.is_idle());
        bench.relay.work(&mut bench.gate).unwrap();
        assert_eq!(bench.take_for_broker(), request);
        bench.turn().unwrap();
        assert_eq!(bench.take_for_broker(), heartbeat(3));
        assert!(!bench.relay.wants_turn());
        assert_eq!(bench.held.taken(), 0, "given back");
    }

    #[test]
    fn a_long_request_that_waits_for_its_turn_goes_no_further_when_the_session_ends() {
        let (mut bench, _) = awaiting_turn();
        bench.broker(&beaten(1), 99).unwrap();
        bench.relay.begin_end();
        assert!(!bench.relay.wants_turn() && bench.relay.is_idle());

        let (mut bench, _) = awaiting_turn();
        drop(bench.take_for_broker());
        bench.gate.no = Some((bench.gate.asked.len() + 1, End::Expired));
        assert_eq!(bench.relay.work(&mut bench.gate), Err(End::Expired));
        bench.turn().unwrap();
        assert_eq!(bench.gate.asked.last(), Some(&Moment::Whole(METADATA)));
        assert!(bench.take_for_broker().is_empty(), "nothing follows either");
    }

    #[test]
    fn a_long_answer_is_rewritten_in_its_turn_even_when_the_session_ends() {
        let (mut bench, _) = awaiting_turn();
        bench.relay.work(&mut bench.gate).unwrap();
        bench.turn().unwrap();
        drop(bench.take_for_broker());
        bench.turn().unwrap();
        bench.client(&api_versions(4), 99).unwrap();
        let mut body = populated(&api(METADATA).unwrap().response.root, 8);
        let topic = body.items("Topics")[0].clone();
        body.set("Topics", Value::array(vec![topic; TURN_FREE / 40]));
        let answer = told(METADATA, 8, 2, &body);
        assert!(answer.len() > TURN_FREE);
        let told = [beaten(1), answer, beaten(3)].concat();
        bench.up.extend_from_slice(&told);
        bench.turn().unwrap();
        assert_eq!(bench.make_room(), Way::Up);
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [1]);
        assert!(bench.relay.wants_turn() && !bench.relay.wants_answers());
        // Asked again before it begins: a no ends the session, and leaves it to be delivered.
        bench.gate.no = Some((bench.gate.asked.len() + 1, End::Expired));
        assert_eq!(bench.relay.work(&mut bench.gate), Err(End::Expired));
        assert_eq!(bench.gate.asked.last(), Some(&Moment::Answer(METADATA)));
        bench.relay.begin_end();
        assert!(bench.relay.wants_turn() && !bench.relay.is_idle());
        bench.relay.work(&mut bench.gate).unwrap();
        assert_eq!(bench.answered(), [2]);
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [3, 4]);
        assert!(bench.relay.is_idle());
    }

    #[test]
    fn room_is_given_back_when_the_peer_took_the_frame() {
        let topic = populated(&api(METADATA).unwrap().response.root, 8);
        let mut body = topic.clone();
        body.set(
            "Topics",
            Value::array(vec![topic.items("Topics")[0].clone(); 4000]),
        );
        let answer = told(METADATA, 8, 1, &body);
        let mut bench = Bench::new();
        bench.relay.setup.max_held = answer.len();
        bench.held = HeldBudget::new(answer.len(), answer.len());
        bench
            .client(&asked(METADATA, 8, 1, &nothing()), 99)
            .unwrap();
        bench.broker(&answer[..100], 99).unwrap();
        bench.make_room();
        bench.broker(&answer[100..], 99_999).unwrap();
        bench.relay.work(&mut bench.gate).unwrap();
        let waiting = bench.relay.to_client.len();
        assert!(waiting > BACKLOG_MAX, "{waiting}");
        bench.turn().unwrap();
        assert_eq!(
            bench.held.taken(),
            answer.len() - LENGTH_BYTES,
            "the client took nothing yet"
        );
        drop(bench.take_for_client());
        bench.turn().unwrap();
        assert_eq!(bench.held.taken(), 0);
    }

    #[test]
    fn an_answer_that_waits_for_room_is_not_read_on_whatever_else_waits() {
        let mut bench = Bench::new();
        bench
            .client(&asked(METADATA, 12, 1, &nothing()), 99)
            .unwrap();
        let length = i32::try_from(HELD_FREE + 1).unwrap().to_be_bytes();
        let long = [&length, &metadata(1, UPSTREAM, 1)[LENGTH_BYTES..]].concat();
        bench.broker(&long, 99).unwrap();
        bench.client(&long_request(2)[..100], 99).unwrap();
        assert_eq!(bench.relay.wants_room(true).unwrap().way, Way::Down);
        assert_eq!(
            bench.relay.wants_room(false).unwrap().way,
            Way::Up,
            "a broker that is behind may be waiting for its answer to be taken"
        );
        assert!(!bench.relay.wants_answers());
        bench.relay.begin_end();
        assert_eq!(
            bench.relay.wants_room(true).unwrap().way,
            Way::Up,
            "no more requests"
        );
    }

    #[test]
    fn a_session_that_ends_delivers_what_cannot_be_asked_again() {
        let mut bench = Bench::new();
        bench
            .client(
                &[produce(1, 1), heartbeat(2), fetch(3), produce(4, 1)].concat(),
                99,
            )
            .unwrap();
        drop(bench.take_for_broker());
        bench.relay.begin_end();
        bench.client(&heartbeat(5), 99).unwrap();
        assert!(bench.take_for_broker().is_empty(), "no more requests");
        bench.broker(&[produced(1), beaten(2)].concat(), 3).unwrap();
        assert_eq!(bench.answered(), [1, 2]);
        assert_eq!(bench.broker(&fetched(3), 99), Err(End::Finished));
        assert!(bench.take_for_client().is_empty());
    }

    #[test]
    fn an_answer_that_began_is_finished() {
        let answer = fetched(1);
        let mut bench = Bench::new();
        bench.client(&fetch(1), 99).unwrap();
        bench.broker(&answer[..20], 99).unwrap();
        bench.relay.begin_end();
        bench.broker(&answer[20..], 99).unwrap();
        assert_eq!(bench.answered(), [1]);
        assert!(bench.relay.is_idle());
    }

    #[test]
    fn a_right_lost_between_request_and_answer_loses_no_acknowledgement() {
        // Two questions at the request, the third at its answer.
        let mut bench = Bench::no_at(3, End::ClusterChanged);
        bench.client(&produce(1, 1), 99).unwrap();
        assert_eq!(bench.broker(&produced(1), 99), Err(End::ClusterChanged));
        bench.relay.begin_end();
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [1]);

        let mut bench = Bench::no_at(3, End::ClusterChanged);
        bench.client(&fetch(1), 99).unwrap();
        assert_eq!(bench.broker(&fetched(1), 99), Err(End::ClusterChanged));
        bench.relay.begin_end();
        assert_eq!(bench.turn(), Err(End::Finished));
        assert!(
            bench.take_for_client().is_empty(),
            "no record after the right was lost"
        );
    }

    #[test]
    fn a_right_lost_while_a_request_comes_keeps_it_down() {
        for request in [produce(1, 1), produce(1, 0), heartbeat(1)] {
            let mut bench = Bench::no_at(2, End::Expired);
            let (most, last) = request.split_at(request.len() - 1);
            bench.client(most, 5).unwrap();
            assert_eq!(bench.gate.asked.len(), 1);
            assert_eq!(bench.client(last, 1), Err(End::Expired));
            assert!(bench.take_for_broker().len() < request.len());
            assert!(bench.relay.is_idle());
        }
        let mut bench = Bench::no_at(1, End::Expired);
        assert_eq!(bench.client(&produce(1, 1), 5), Err(End::Expired));
        assert!(bench.take_for_broker().is_empty());
    }

    #[test]
    fn the_gate_is_asked_for_the_api_at_hand() {
        let mut bench = Bench::new();
        bench
            .client(&[produce(1, 1), api_versions(2)].concat(), 9)
            .unwrap();
        bench.broker(&produced(1), 9).unwrap();
        let asked = [
            Moment::Request(PRODUCE),
            Moment::Whole(PRODUCE),
            Moment::Request(API_VERSIONS),
            Moment::Whole(API_VERSIONS),
            Moment::Answer(PRODUCE),
        ];
        assert_eq!(bench.gate.asked, asked);
    }

    #[test]
    fn a_flood_that_is_answered_here_waits_for_its_reader() {
        let mut bench = Bench::new();
        let flood: Vec<u8> = (0..10_000).flat_map(api_versions).collect();
        bench.client(&flood, flood.len()).unwrap();
        let most = BACKLOG_MAX + 64 * 1024;
        assert!(
            bench.relay.to_client.len() < most,
            "{}",
            bench.relay.to_client.len()
        );
        let mut answered = Vec::new();
        while answered.len() < 10_000 {
            let more = bench.answered();
            assert!(!more.is_empty());
            answered.extend(more);
            bench.turn().unwrap();
        }
        assert!(answered.into_iter().eq(0..10_000));
    }

    #[test]
    fn denied_items_that_wait_are_few() {
        let resources = [2, 4]
            .map(|of| Value::fields([("ResourceType", of.into()), ("ResourceName", "r".into())]));
        let body = Value::fields([("Resources", Value::array(resources))]);
        let mut bench = Bench::new();
        let long = Value::fields([
            ("ResourceType", 2.into()),
            (
                "ResourceName",
                "r".repeat(AMENDED_BYTES_MAX / 40).as_str().into(),
            ),
        ]);
        let mut body = body;
        body.items_mut("Resources").unwrap().push(long);
        for id in 0..60 {
            bench
                .client(&asked(ALTER_CONFIGS, 2, id, &body), 9999)
                .unwrap();
            bench.take_for_broker();
        }
        assert!(!bench.relay.wants_requests());
        assert_eq!(bench.refused(), 40);
        assert!(matches!(bench.events.last(), Some(Event::InFlightLimit)));
        bench
            .broker(&told(ALTER_CONFIGS, 2, 0, &nothing()), 99)
            .unwrap();
        assert_eq!(bench.refused(), 41);
    }

    proptest! {
        #[test]
        fn no_bytes_of_peers_make_it_panic(
            client in proptest::collection::vec(any::<u8>(), 0..200),
            broker in proptest::collection::vec(any::<u8>(), 0..200),
            part in 1_usize..50,
        ) {
            let mut bench = Bench::new();
            let _ = bench.client(&client, part);
            let _ = bench.broker(&broker, part);
            let mut bench = Bench::new();
            let sent = [heartbeat(1), fetch(2), asked(METADATA, 12, 3, &nothing())];
            bench.client(&sent.concat(), 99).unwrap();
            let _ = bench.broker(&broker, part);
        }

        #[test]
        fn a_changed_byte_never_makes_requests_go_up_unwalked(
            at in 12_usize..100,
            with in any::<u8>(),
            part in 1_usize..50,
        ) {
            let mut request = produce(1, 1);
            let at = at % request.len();
            prop_assume!(at >= 12);
            request[at] = with;
            let mut bench = Bench::new();
            let outcome = bench.client(&request, part);
            let up = bench.take_for_broker();
            prop_assert_eq!(outcome.is_ok(), up.len() == request.len());
        }
    }

    /// A Fetch of these topics by name, or its answer.
    fn fetched_topics(version: i16, names: &[&str], records: usize) -> (Value, Value) {
        let partition =
            || Value::fields([("Partition", 0.into()), ("PartitionMaxBytes", 1000.into())]);
        let asked = names.iter().map(|name| {
            Value::fields([
                ("Topic", (*name).into()),
                ("Partitions", Value::array([partition()])),
            ])
        });
        let told = names
            .iter()
            .filter(|name| name.starts_with("mine"))
            .map(|name| {
                let partition = Value::fields([
                    ("PartitionIndex", 0.into()),
                    ("HighWatermark", 5.into()),
                    ("Records", vec![9u8; records].into()),
                ]);
                Value::fields([
                    ("Topic", (*name).into()),
                    ("Partitions", Value::array([partition])),
                ])
            });
        let mut request = Value::fields([("Topics", Value::array(asked))]);
        if version < 15 {
            request.set("ReplicaId", -1);
        }
        (request, Value::fields([("Responses", Value::array(told))]))
    }

    #[test]
    fn denied_topics_stand_behind_the_brokers_wherever_the_answer_is_cut() {
        const ACLS: &[&str] = &["ALLOW READ TOPIC PREFIXED mine User:a *"];
        for version in 4..=12 {
            // So many topics that their count takes a byte more with those that are denied.
            let mine: Vec<String> = (0..126).map(|n| format!("mine{n}")).collect();
            let mut names: Vec<&str> = mine.iter().map(String::as_str).collect();
            names.insert(3, "other");
            names.push("third");
            let (request, answer) = fetched_topics(version, &names, 20);
            let frame = told(FETCH, version, 1, &answer);
            for part in [1, 2, 5, 64, 1000, frame.len()] {
                let mut bench = Bench::judged(ACLS);
                bench
                    .client(&asked(FETCH, version, 1, &request), 1 << 20)
                    .unwrap();
                bench.take_for_broker();
                bench.broker(&frame, part).unwrap();
                let got = bench.take_for_client();
                let length = frame::length(&got, usize::MAX).unwrap().unwrap();
                assert_eq!(length, got.len() - LENGTH_BYTES, "v{version} {part}");
                let got = &got[LENGTH_BYTES..];
                let fetch = api(FETCH).unwrap();
                let (_, at) = frame::response_header(fetch, version, got).unwrap();
                let got = read(fetch.response, version, &got[at..]).unwrap();
                let topics = got.items("Responses");
                let theirs = answer.items("Responses").iter();
                let told: Vec<_> = topics.iter().map(|topic| topic.str("Topic")).collect();
                let expected = theirs.map(|topic| topic.str("Topic"));
                let expected: Vec<_> = expected.chain([Some("other"), Some("third")]).collect();
                assert_eq!(told, expected, "v{version} {part}");
                let codes = topics
                    .iter()
                    .map(|t| t.items("Partitions")[0].int("ErrorCode"));
                let denied = codes.filter(|code| *code == Some(29)).count();
                assert_eq!(denied, 2);
            }
        }
    }

    #[test]
    fn an_answer_that_failed_as_a_whole_or_was_throttled_gets_nothing_added() {
        let (request, _) = fetched_topics(12, &["mine", "other"], 0);
        for (error, throttle) in [(70, 0), (0, 100)] {
            let mut bench = Bench::judged(&["ALLOW READ TOPIC LITERAL mine User:a *"]);
            bench
                .client(&asked(FETCH, 12, 1, &request), 1 << 20)
                .unwrap();
            let empty = Value::fields([
                ("ErrorCode", error.into()),
                ("ThrottleTimeMs", throttle.into()),
            ]);
            let frame = told(FETCH, 12, 1, &empty);
            bench.broker(&frame, 3).unwrap();
            assert_eq!(bench.take_for_client(), frame);
        }
    }

    #[test]
    fn a_throttle_time_at_the_end_is_heard_wherever_the_answer_is_cut() {
        // Without tagged fields and with them; later versions are held.
        for version in [8, 9] {
            let mut body = populated(&api(PRODUCE).unwrap().request.root, version);
            body.set("Acks", 1);
            let request = asked(PRODUCE, version, 1, &body);
            let mut body = populated(&api(PRODUCE).unwrap().response.root, version);
            body.set("ThrottleTimeMs", 1234);
            let answer = told(PRODUCE, version, 1, &body);
            for cut in 1..answer.len() {
                let mut bench = Bench::new();
                bench.client(&request, usize::MAX).unwrap();
                let (first, last) = answer.split_at(cut);
                bench.broker(first, usize::MAX).unwrap();
                bench.broker(last, usize::MAX).unwrap();
                assert_eq!(bench.take_for_client(), answer, "v{version} at {cut}");
                let [Event::Throttled(time)] = bench.events.as_slice() else {
                    panic!("v{version} at {cut}: {:?}", bench.events);
                };
                assert_eq!(time.as_millis(), 1234, "v{version} at {cut}");
            }
        }
    }

    #[test]
    fn topics_are_matched_with_pauses_and_the_request_keeps_its_place() {
        let mut bench = Bench::judged(&[
            "ALLOW READ GROUP LITERAL * User:a *",
            "ALLOW DESCRIBE TOPIC PREFIXED t User:a *",
        ]);
        bench.relay.setup.max_held = 1 << 24;
        bench.held = HeldBudget::new(1 << 24, 1 << 24);
        let join = Value::fields([
            ("GroupId", "g".into()),
            ("MemberId", "m".into()),
            ("SubscribedTopicRegex", ".*5".into()),
        ]);
        let join = asked(CONSUMER_GROUP_HEARTBEAT, 1, 1, &join);
        bench
            .client(&[join, heartbeat(2)].concat(), 1 << 20)
            .unwrap();
        let question = bench.take_for_broker();
        let id = i32::from_be_bytes(question[8..12].try_into().unwrap());
        // More than a moment's worth, even of a fast machine.
        let name = |n: i32| Value::fields([("Name", format!("t-{n:06}").into())]);
        let all = Value::fields([("Topics", Value::array((0..50_000).map(name)))]);
        bench.up.extend_from_slice(&told(METADATA, 12, id, &all));
        bench.turn().unwrap();
        assert_eq!(bench.make_room(), Way::Up);
        bench.turn().unwrap();
        let mut pieces = 0;
        while bench.relay.wants_turn() {
            assert!(bench.take_for_broker().is_empty());
            assert!(!bench.relay.wants_requests() && !bench.relay.is_idle());
            bench.relay.work(&mut bench.gate).unwrap();
            bench.turn().unwrap();
            pieces += 1;
        }
        assert!(pieces > 0);
        let up = bench.take_for_broker();
        let length = frame::length(&up, usize::MAX).unwrap().unwrap();
        let (up, rest) = up[LENGTH_BYTES..].split_at(length);
        let header = frame::request_header(up).unwrap();
        let body = read(header.api.request, 1, &up[header.body_at..]).unwrap();
        assert_eq!(body.items("SubscribedTopicNames").len(), 5_000);
        assert_eq!(rest, heartbeat(2), "what waited goes on");
    }

    #[test]
    fn a_fetch_whose_topic_was_taken_away_is_not_answered() {
        let (request, answer) = fetched_topics(12, &["mine"], 20);
        let mut bench = Bench::judged(&["ALLOW READ TOPIC LITERAL mine User:a *"]);
        bench
            .client(&asked(FETCH, 12, 1, &request), 1 << 20)
            .unwrap();
        let nobody = Arc::new(authorizer(&[]));
        bench.gate.rights.as_mut().unwrap().follow(&nobody);
        let ended = bench.broker(&told(FETCH, 12, 1, &answer), 1 << 20);
        assert_eq!(ended, Err(End::RequestRefused("DENIED_MEANWHILE")));
        assert!(bench.take_for_client().is_empty());
    }

    #[test]
    fn a_request_waits_for_the_names_of_its_topics_and_the_next_waits_for_it() {
        let mut bench = Bench::judged(&[
            "ALLOW WRITE TOPIC LITERAL mine User:a *",
            "ALLOW DESCRIBE TOPIC LITERAL mine User:a *",
        ]);
        let partition = Value::fields([("Records", vec![1u8; 50].into())]);
        let topic = Value::fields([
            ("TopicId", topic_id("mine").into()),
            ("PartitionData", Value::array([partition])),
        ]);
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array([topic]))]);
        let produce = asked(PRODUCE, 13, 1, &body);
        let next = asked(LIST_OFFSETS, 7, 2, &nothing());
        bench
            .client(&[produce.clone(), next.clone()].concat(), 1 << 20)
            .unwrap();
        let question = bench.take_for_broker();
        assert_eq!(question[4..6], METADATA.to_be_bytes(), "and nothing else");
        assert!(!question.ends_with(&next));
        let named = Value::fields([
            ("Name", "mine".into()),
            ("TopicId", topic_id("mine").into()),
        ]);
        let said = Value::fields([("Topics", Value::array([named]))]);
        bench
            .broker(&told(METADATA, 12, OWN_CORRELATION_ID, &said), 1 << 20)
            .unwrap();
        assert_eq!(bench.take_for_broker(), [produce, next].concat());
        assert!(
            bench.take_for_client().is_empty(),
            "the question is Oathgate's own"
        );
        let answers = [produced_in(13, 1), told(LIST_OFFSETS, 7, 2, &nothing())];
        bench.broker(&answers.concat(), 1 << 20).unwrap();
        assert_eq!(bench.answered(), [1, 2]);
    }

    fn produced_in(version: i16, id: i32) -> Vec<u8> {
        told(PRODUCE, version, id, &nothing())
    }

    #[test]
    fn a_long_produce_is_decided_while_it_passes() {
        const ACLS: &[&str] = &["ALLOW WRITE TOPIC LITERAL mine User:a *"];
        let topic = |name: &str| {
            let records = vec![7u8; 1024 * 1024];
            let partition = Value::fields([("Records", records.into())]);
            Value::fields([
                ("Name", name.into()),
                ("PartitionData", Value::array([partition])),
            ])
        };
        let body = |names: &[&str]| {
            let topics = Value::array(names.iter().map(|name| topic(name)));
            Value::fields([("Acks", 1.into()), ("TopicData", topics)])
        };
        let codes = |bench: &mut Bench| {
            let got = bench.take_for_client();
            let got = &got[LENGTH_BYTES..];
            let api = api(PRODUCE).unwrap();
            let (_, at) = frame::response_header(api, 12, got).unwrap();
            let got = read(api.response, 12, &got[at..]).unwrap();
            let topics = got.items("Responses").iter();
            let code = |topic: &Value| topic.items("PartitionResponses")[0].int("ErrorCode");
            topics.map(code).collect::<Vec<_>>()
        };
        // Allowed: byte for byte, and little of it held.
        let mut bench = Bench::judged(ACLS);
        let sent = asked(PRODUCE, 12, 1, &body(&["mine"]));
        let mut up = Vec::new();
        for part in sent.chunks(10_000) {
            bench.client(part, part.len()).unwrap();
            up.extend(bench.take_for_broker());
        }
        assert_eq!(up, sent);
        // Denied: nothing goes up.
        let mut bench = Bench::judged(ACLS);
        bench
            .client(&asked(PRODUCE, 12, 1, &body(&["other"])), 10_000)
            .unwrap();
        assert!(bench.take_for_broker().is_empty());
        assert_eq!(codes(&mut bench), [Some(29)]);
        // In part: as long as it came, without the name.
        let mut bench = Bench::judged(ACLS);
        let sent = asked(PRODUCE, 12, 1, &body(&["mine", "other"]));
        let mut up = Vec::new();
        for part in sent.chunks(10_000) {
            bench.client(part, part.len()).unwrap();
            up.extend(bench.take_for_broker());
        }
        assert_eq!(up.len(), sent.len());
        assert!(!up.windows(5).any(|bytes| bytes == b"other"));
    }

    #[test]
    fn what_is_denied_of_long_produces_counts_until_it_was_answered() {
        const ACLS: &[&str] = &["ALLOW WRITE TOPIC LITERAL mine User:a *"];
        let allowed = Value::fields([("Records", vec![7u8; 1024 * 1024].into())]);
        let topic = |name: &str, partitions: Value| {
            Value::fields([("Name", name.into()), ("PartitionData", partitions)])
        };
        let denied = (0..20_000).map(|index| Value::fields([("Index", index.into())]));
        let topics = [
            topic("mine", Value::array([allowed])),
            topic("other", Value::array(denied)),
        ];
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array(topics))]);
        let mut bench = Bench::judged(ACLS);
        for part in asked(PRODUCE, 12, 1, &body).chunks(100_000) {
            bench.client(part, part.len()).unwrap();
            bench.take_for_broker();
        }
        assert!(!bench.relay.wants_requests(), "80 KB of partitions wait");
        bench.broker(&produced_in(12, 1), 99).unwrap();
        assert!(bench.relay.wants_requests());
    }

    #[test]
    fn a_long_produce_is_decided_again_before_its_last_byte() {
        const ACLS: &[&str] = &["ALLOW WRITE TOPIC LITERAL mine User:a *"];
        let partition = Value::fields([("Records", vec![7u8; 2 * 1024 * 1024].into())]);
        let topic = Value::fields([
            ("Name", "mine".into()),
            ("PartitionData", Value::array([partition])),
        ]);
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array([topic]))]);
        let sent = asked(PRODUCE, 12, 1, &body);
        let (last, most) = sent.split_last().unwrap();
        for (acls, ends) in [(ACLS, Ok(())), (&[], Err("DENIED_MEANWHILE"))] {
            let mut bench = Bench::judged(ACLS);
            let mut up = Vec::new();
            for part in most.chunks(10_000) {
                bench.client(part, part.len()).unwrap();
                up.extend(bench.take_for_broker());
            }
            assert!(up.len() > 1024 * 1024, "it is on its way");
            let rights = bench.gate.rights.as_mut().unwrap();
            rights.follow(&Arc::new(authorizer(acls)));
            let ended = bench.client(&[*last], 1);
            up.extend(bench.take_for_broker());
            assert_eq!(ended, ends.map_err(End::RequestRefused));
            assert_eq!(
                up == sent,
                ends.is_ok(),
                "a broker takes none but whole ones"
            );
        }
    }

    #[test]
    fn what_comes_behind_a_long_poll_is_decided_when_it_is_its_turn() {
        const READS: &str = "ALLOW READ TOPIC LITERAL mine User:a *";
        let (request, answer) = fetched_topics(12, &["mine"], 20);
        let poll = asked(FETCH, 12, 1, &request);
        let partition = Value::fields([("Records", vec![7u8; 100].into())]);
        let topic = Value::fields([
            ("Name", "mine".into()),
            ("PartitionData", Value::array([partition])),
        ]);
        let body = Value::fields([("Acks", 1.into()), ("TopicData", Value::array([topic]))]);
        let write = asked(PRODUCE, 12, 2, &body);
        for before in [true, false] {
            let acls = [READS, "ALLOW WRITE TOPIC LITERAL mine User:a *"];
            let (with, without) = (&acls[..], &acls[..1]);
            let (old, new) = if before {
                (with, without)
            } else {
                (without, with)
            };
            let mut bench = Bench::judged(old);
            let both = [poll.clone(), write.clone()].concat();
            bench.client(&both, 1 << 20).unwrap();
            bench.take_for_broker();
            let rights = bench.gate.rights.as_mut().unwrap();
            rights.follow(&Arc::new(authorizer(new)));
            bench.broker(&told(FETCH, 12, 1, &answer), 1 << 20).unwrap();
            let up = bench.take_for_broker();
            let refused = bench.answered();
            if before {
                assert!(up.is_empty(), "it may write no more");
                assert_eq!(refused, [1, 2]);
            } else {
                assert_eq!(up, write, "it may write now");
                assert_eq!(refused, [1]);
            }
        }
    }

    /// A JoinGroup or SyncGroup of the group `mine`, and a long answer to it.
    fn joined(key: i16) -> (Vec<u8>, Vec<u8>) {
        let mine = ("GroupId", "mine".into());
        let protocol = ("ProtocolType", "consumer".into());
        let long = vec![7u8; 2 * MAX_HELD];
        let (request, answer) = if key == JOIN_GROUP {
            let member = [("MemberId", "other".into()), ("Metadata", long.into())];
            let members = Value::array([Value::fields(member)]);
            (Value::fields([mine, protocol]), ("Members", members))
        } else {
            let named = ("ProtocolName", "range".into());
            (
                Value::fields([mine, protocol, named]),
                ("Assignment", long.into()),
            )
        };
        let answer = Value::fields([answer]);
        (asked(key, 5, 1, &request), told(key, 5, 1, &answer))
    }

    #[test]
    fn what_a_group_became_is_not_told_whom_it_was_taken_away_from() {
        for key in [JOIN_GROUP, SYNC_GROUP] {
            for (reads, tells) in [
                ("ALLOW READ GROUP LITERAL mine User:a *", true),
                ("ALLOW READ GROUP PREFIXED mi User:a *", true),
                ("ALLOW DESCRIBE GROUP LITERAL mine User:a *", false),
                ("ALLOW READ GROUP LITERAL other User:a *", false),
            ] {
                let (request, answer) = joined(key);
                let mut bench = Bench::judged(&["ALLOW READ GROUP LITERAL mine User:a *"]);
                bench.client(&request, 1 << 20).unwrap();
                assert_eq!(bench.take_for_broker(), request);
                let rights = bench.gate.rights.as_mut().unwrap();
                rights.follow(&Arc::new(authorizer(&[reads])));
                let outcome = bench.broker(&answer, 1 << 20);
                let got = bench.take_for_client();
                if tells {
                    assert_eq!((outcome, got), (Ok(()), answer), "{key} {reads}");
                } else {
                    let ended = Err(End::RequestRefused("DENIED_MEANWHILE"));
                    assert_eq!((outcome, got), (ended, Vec::new()), "{key} {reads}");
                }
            }
        }
    }

    #[test]
    fn whoever_waits_for_a_group_that_brokers_decide_of_is_told() {
        for decides in [Decides::Brokers, Decides::Shadow] {
            let (request, answer) = joined(SYNC_GROUP);
            let mut bench = Bench::judged(&[]);
            bench.relay.setup.rules.decides = decides;
            bench.relay.setup.rules.own_identity = true;
            bench.client(&request, 1 << 20).unwrap();
            bench.broker(&answer, 1 << 20).unwrap();
            assert_eq!(bench.take_for_client(), answer, "{decides:?}");
        }
    }

    #[test]
    fn what_comes_behind_a_sync_is_decided_when_it_is_its_turn() {
        let (sync, answer) = joined(SYNC_GROUP);
        let beat = Value::fields([("GroupId", "other".into())]);
        let beat = asked(HEARTBEAT, 4, 2, &beat);
        let both = "ALLOW READ GROUP LITERAL * User:a *";
        let one = "ALLOW READ GROUP LITERAL mine User:a *";
        let mut bench = Bench::judged(&[both]);
        let sent = [sync.clone(), beat].concat();
        bench.client(&sent, 1 << 20).unwrap();
        assert_eq!(bench.take_for_broker(), sync);
        let rights = bench.gate.rights.as_mut().unwrap();
        rights.follow(&Arc::new(authorizer(&[one])));
        bench.broker(&answer, 1 << 20).unwrap();
        assert_eq!(bench.answered(), [1]);
        bench.turn().unwrap();
        assert_eq!(bench.answered(), [2]);
        assert!(bench.take_for_broker().is_empty(), "it may beat no more");
    }

    /// (API, what rules said, denied by the broker) of what was tried.
    fn tried(bench: &Bench) -> Vec<(&'static str, &'static str, bool)> {
        let tried = bench.events.iter().filter_map(|event| match event {
            Event::Tried {
                api,
                said,
                broker_denied,
            } => Some((*api, said.as_str(), *broker_denied)),
            _ => None,
        });
        tried.collect()
    }

    #[test]
    fn what_is_only_tried_passes_unchanged_and_is_compared() {
        let acls = &["ALLOW ALL TOPIC LITERAL mine User:a *"];
        let offsets = |name: &str| {
            let topic = Value::fields([("Name", name.into())]);
            Value::fields([("Topics", Value::array([topic]))])
        };
        let refused = |code: i16| {
            let partition = Value::fields([("ErrorCode", code.into())]);
            let topic = Value::fields([("Partitions", Value::array([partition]))]);
            Value::fields([("Topics", Value::array([topic]))])
        };
        for (name, code, expected) in [
            ("mine", 0, ("allow", false)),
            ("mine", 29, ("allow", true)),
            ("other", 0, ("deny", false)),
            ("other", 29, ("deny", true)),
            ("other", 3, ("deny", false)),
        ] {
            let mut bench = Bench::judged(acls);
            bench.relay.setup.rules.decides = Decides::Shadow;
            let sent = asked(LIST_OFFSETS, 7, 1, &offsets(name));
            bench.client(&sent, 5).unwrap();
            assert_eq!(bench.take_for_broker(), sent);
            let answer = told(LIST_OFFSETS, 7, 1, &refused(code));
            bench.broker(&answer, 5).unwrap();
            assert_eq!(bench.take_for_client(), answer);
            assert_eq!(tried(&bench), [("ListOffsets", expected.0, expected.1)]);
            let denied = bench
                .events
                .iter()
                .any(|event| matches!(event, Event::Denied(..)));
            assert_eq!(denied, expected.0 == "deny", "{name} {code}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_compared_passes() {
        let mut bench = Bench::judged(&[]);
        bench.relay.setup.rules.decides = Decides::Shadow;
        let topic = Value::fields([("Name", "other".into())]);
        let body = Value::fields([("Topics", Value::array([topic]))]);
        let sent = asked(LIST_OFFSETS, 7, 1, &body);
        bench.relay.setup.max_held = sent.len();
        bench.client(&sent, 99).unwrap();
        assert_eq!(bench.take_for_broker(), sent);
        let topic = Value::fields([("Name", "x".repeat(200).as_str().into())]);
        let said = Value::fields([("Topics", Value::array([topic]))]);
        let answer = told(LIST_OFFSETS, 7, 1, &said);
        bench.broker(&answer, 5).unwrap();
        assert_eq!(bench.take_for_client(), answer);
        assert!(tried(&bench).is_empty());
    }

    #[test]
    fn what_would_have_to_be_asked_about_first_passes_and_is_counted() {
        let mut bench = Bench::judged(&["ALLOW DESCRIBE TOPIC LITERAL new User:a *"]);
        bench.relay.setup.rules.decides = Decides::Shadow;
        let topic = Value::fields([("Name", "new".into())]);
        let create = ("AllowAutoTopicCreation", true.into());
        let body = Value::fields([("Topics", Value::array([topic])), create]);
        let sent = asked(METADATA, 9, 1, &body);
        bench.client(&sent, 99).unwrap();
        assert_eq!(bench.take_for_broker(), sent, "nobody is asked");
        let topic = Value::fields([("ErrorCode", 29.into()), ("Name", "new".into())]);
        let answer = told(
            METADATA,
            9,
            1,
            &Value::fields([("Topics", Value::array([topic]))]),
        );
        bench.broker(&answer, 99).unwrap();
        assert_eq!(bench.take_for_client(), answer);
        assert_eq!(tried(&bench), [("Metadata", "unknown", true)]);
    }

    #[test]
    fn what_streams_is_tried_too() {
        let acls = &["ALLOW READ TOPIC LITERAL mine User:a *"];
        let mut bench = Bench::judged(acls);
        bench.relay.setup.rules.decides = Decides::Shadow;
        let (request, _) = fetched_topics(12, &["other"], 9);
        let sent = asked(FETCH, 12, 1, &request);
        let partition = Value::fields([("ErrorCode", 29.into())]);
        let topic = Value::fields([
            ("Topic", "other".into()),
            ("Partitions", Value::array([partition])),
        ]);
        let answer = told(
            FETCH,
            12,
            1,
            &Value::fields([("Responses", Value::array([topic]))]),
        );
        let written = produce(2, 1);
        bench
            .client(&[sent.clone(), written.clone()].concat(), 7)
            .unwrap();
        assert_eq!(bench.take_for_broker(), [sent, written].concat());
        let answers = [answer, produced(2)].concat();
        bench.broker(&answers, 7).unwrap();
        assert_eq!(bench.take_for_client(), answers);
        assert_eq!(
            tried(&bench),
            [("Fetch", "deny", true), ("Produce", "deny", false)]
        );
    }
}
