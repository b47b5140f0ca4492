//! Requests down, answers up, after login: a sans-io machine between two byte streams. Knows
//! frames, the guard (`authorize`) and the rewriting of answers; not sockets, clocks, tokens.
//!
//! Order is the whole point. A broker answers one connection's requests in their order, so each
//! request leaves an entry in [`queue::Queue`]; answers made here wait in it for their turn. A
//! request's last byte goes up only when the whole frame was walked with success: a broker does
//! not execute an incomplete frame.

pub mod answers;
pub mod end;
pub mod queue;
pub mod requests;
pub mod upstream_login;

use std::{collections::VecDeque, sync::Arc};

use bytes::BytesMut;
use tokio::sync::OwnedSemaphorePermit;

use answers::Answers;
use end::End;
use queue::{Pending, Queue};
use requests::Requests;
use upstream_login::UpstreamLogin;

use crate::{
    proxy::{
        authorize::{Rules, Sessions},
        rewrite::AddressBook,
        session::{place::KnownPlace, state::Reply},
        versions::Supported,
    },
    snapshot::address::HostPort,
};

/// What the relay cannot do by itself.
#[derive(Debug)]
pub enum Event {
    /// Judge this token again; then [`Relay::reauthenticated`]. Until then no request is read.
    Reauthenticate(Vec<u8>, Reply),
    /// A broker told of its cluster.
    Learned {
        /// The cluster's id, where it was told.
        cluster_id: Option<String>,
        /// Node ids and addresses, as the broker advertises them.
        brokers: Vec<(i32, HostPort)>,
    },
    /// A request of that API was refused, whole or in part.
    Refused(&'static str),
    /// Brokers that have no mapping here and were left out of an answer.
    Unmapped(Vec<i32>),
    /// The broker took the new login; it ends after so long.
    UpstreamReauthenticated(Option<std::time::Duration>),
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
    /// A request of that API key arrived.
    Request(i16),
    /// The first byte of the answer to a request of that API key is about to leave.
    Answer(i16),
}

/// Asked at each [`Moment`]; a no ends the session.
pub trait Gate {
    /// # Errors
    /// Why the session ends.
    fn pass(&mut self, moment: Moment) -> Result<(), End>;
}

/// What one connection's relay is set up with.
#[derive(Debug)]
pub struct Setup {
    /// What is refused whatever the brokers would say.
    pub rules: Rules,
    /// What clients are told of broker addresses.
    pub addresses: AddressBook,
    /// What this connection was told in `ApiVersions`.
    pub advertised: Arc<Supported>,
    /// Which broker or bootstrap address this is, for `ApiVersions` v5.
    pub place: KnownPlace,
    /// Fetch and share sessions that belong to this connection.
    pub sessions: Sessions,
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
    events: VecDeque<Event>,
    /// Bytes for the client; the driver takes them from the front.
    pub to_client: BytesMut,
    /// Bytes for the broker.
    pub to_broker: BytesMut,
    ending: bool,
}

impl Relay {
    /// A relay with nothing in flight.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            requests: Requests::default(),
            answers: Answers::default(),
            queue: Queue::default(),
            login: None,
            handshaken: false,
            reauthentication_due: false,
            events: VecDeque::new(),
            to_client: BytesMut::new(),
            to_broker: BytesMut::new(),
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
        !self.ending && !self.requests.is_paused() && !self.is_logging_in() && self.queue.has_room()
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
        self.queue.is_empty() && self.answers.is_at_boundary()
    }

    /// What this relay waits to be granted from the budget of held frames, if it does.
    #[must_use]
    pub fn wants_room(&self) -> Option<Room> {
        let down = self.requests.wants_room().map(|bytes| Room {
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
    pub fn grant(&mut self, way: Way, permit: OwnedSemaphorePermit) {
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

    /// Queues an answer that was made here.
    fn answer(&mut self, frame: Vec<u8>) {
        self.queue.push(Pending::Local(frame));
        self.queue.flush_local(&mut self.to_client);
    }
}
