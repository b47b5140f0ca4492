//! The way down: the client's bytes become requests, each judged by the guard before its last byte
//! goes up.

use bytes::{Buf, BytesMut};

use super::{
    Event, Gate, Moment, Relay, Way, end::End, grow, long_produce::Long, questions::Parked,
    queue::Pending,
};
use crate::{
    limits::{BACKLOG_MAX, HELD_FREE, PRODUCE_HELD_MAX, TURN_FREE},
    proxy::{
        authorize::{
            self, Amend, Asked, Authority, Decides, Denials, Plan, ProduceVisitor, Question,
        },
        held::HeldPermit,
        sasl::answer::ALREADY_AUTHENTICATED,
        session::state::{self, Fault, Login, Next},
    },
    wire::{
        api::{Api, api},
        error_code,
        frame::{self, RequestHeader},
        malformed::Malformed,
        tables::api_key,
        value::Value,
        walker::Walker,
    },
};

/// Bytes of a frame's length.
const LENGTH: usize = 4;

/// Bytes of API key, version and correlation id, with which every request begins.
const PREFIX: usize = 8;

/// Where in the stream of requests the client is.
#[derive(Debug, Default)]
pub enum Requests {
    /// Before a request, or within its first bytes.
    #[default]
    Opening,
    /// Before the body of a request that must be granted room first.
    AwaitsRoom(Opened),
    /// Within a request that is held whole.
    Held(Held),
    /// After a long one, which takes a moment to be decided about.
    AwaitsTurn(Held),
    /// Within a request that is walked while it passes.
    Streamed(Box<Streamed>),
    /// Within a long `Produce` that is decided while it passes.
    Long(Box<Long>),
    /// After a request that the broker must be asked about first.
    AwaitsAnswer(Question, Box<Parked>),
    /// After a request that topics are matched for.
    Matches(Box<Parked>),
    /// After such requests: what they are decided by is there.
    Answered(Box<Parked>),
    /// After a token that is being judged.
    AwaitsVerdict,
}

/// A request that is held whole.
#[derive(Debug)]
pub struct Held {
    opened: Opened,
    frame: Vec<u8>,
    /// Given back when the broker took the frame.
    permit: Option<HeldPermit>,
}

/// A `Produce` on its way.
#[derive(Debug)]
pub struct Streamed {
    api: &'static Api,
    opened: Opened,
    walker: Walker,
    left: usize,
    visitor: ProduceVisitor,
}

impl Streamed {
    fn new(api: &'static Api, opened: Opened, visitor: ProduceVisitor) -> Self {
        Self {
            api,
            opened,
            walker: Walker::request(api, opened.version, opened.length),
            left: opened.length,
            visitor,
        }
    }

    /// Becomes what [`Self::new`] would make.
    fn restart(&mut self, api: &'static Api, opened: Opened, visitor: ProduceVisitor) {
        let walker = &mut self.walker;
        walker.restart_request(api, opened.version, opened.length);
        self.api = api;
        self.opened = opened;
        self.left = opened.length;
        self.visitor = visitor;
    }
}

/// A request that is there whole.
#[derive(Debug)]
pub struct Whole {
    pub(super) api: &'static Api,
    pub(super) version: i16,
    pub(super) correlation_id: i32,
    pub(super) frame: Vec<u8>,
}

impl Whole {
    /// Whether it takes a moment to be decided about.
    const fn is_long(&self) -> bool {
        self.frame.len() > TURN_FREE
    }
}

/// The first bytes of a request.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    pub(super) length: usize,
    pub(super) key: i16,
    pub(super) version: i16,
    pub(super) correlation_id: i32,
}

impl Opened {
    /// `None` while more bytes are needed. The request may have `max` of them.
    fn read(bytes: &[u8], max: usize) -> Result<Option<Self>, End> {
        let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| End::FrameTooLong)?;
        if length > max {
            return Err(End::FrameTooLong);
        }
        if length < PREFIX {
            return Err(End::RequestMalformed);
        }
        let Some((prefix, _)) = rest.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let [k0, k1, v0, v1, c0, c1, c2, c3] = *prefix;
        Ok(Some(Self {
            length,
            key: i16::from_be_bytes([k0, k1]),
            version: i16::from_be_bytes([v0, v1]),
            correlation_id: i32::from_be_bytes([c0, c1, c2, c3]),
        }))
    }
}

impl Requests {
    /// Whether nothing more may be read until the driver did something.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        match self {
            Self::AwaitsRoom(_)
            | Self::AwaitsTurn(_)
            | Self::AwaitsVerdict
            | Self::AwaitsAnswer(..)
            | Self::Matches(_) => true,
            Self::Answered(parked) => parked.whole.is_long(),
            Self::Opening | Self::Held(_) | Self::Streamed(_) | Self::Long(_) => false,
        }
    }

    /// Whether a request is there whole that takes a moment of work.
    #[must_use]
    pub fn awaits_turn(&self) -> bool {
        match self {
            Self::AwaitsTurn(_) | Self::Matches(_) => true,
            Self::Answered(parked) => parked.whole.is_long(),
            _ => false,
        }
    }

    /// Whether the next bytes begin a request.
    #[must_use]
    pub const fn is_before_request(&self) -> bool {
        matches!(self, Self::Opening)
    }

    /// Whether no part of a request is held or on its way.
    #[must_use]
    pub const fn is_at_boundary(&self) -> bool {
        matches!(
            self,
            Self::Opening
                | Self::AwaitsVerdict
                | Self::AwaitsAnswer(..)
                | Self::Matches(_)
                | Self::Answered(_)
        )
    }

    /// Bytes of room that the next request needs.
    #[must_use]
    pub const fn wants_room(&self) -> Option<usize> {
        match self {
            Self::AwaitsRoom(opened) => Some(opened.length),
            _ => None,
        }
    }

    /// Room was granted.
    pub fn grant(&mut self, permit: HeldPermit) {
        if let Self::AwaitsRoom(opened) = *self {
            *self = Self::held(opened, Some(permit));
        }
    }

    /// The token was judged.
    pub fn resume(&mut self) {
        *self = Self::Opening;
    }

    /// Whether a part of a request has come and the rest has not.
    #[must_use]
    pub const fn is_coming(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Streamed(_) | Self::Long(_))
    }

    /// Whether a request that is not there whole has been granted room.
    #[must_use]
    pub const fn takes_room(&self) -> bool {
        matches!(
            self,
            Self::Held(Held {
                permit: Some(_),
                ..
            })
        )
    }

    const fn held(opened: Opened, permit: Option<HeldPermit>) -> Self {
        Self::Held(Held {
            opened,
            frame: Vec::new(),
            permit,
        })
    }
}

impl Relay {
    /// Takes what it can from `bytes`, the client's; what stays is for a later call. `gate` is asked
    /// when a request begins and again before its last byte goes up.
    ///
    /// # Errors
    /// Why the session ends. Nothing more goes up then.
    pub fn on_client(&mut self, bytes: &mut BytesMut, gate: &mut dyn Gate) -> Result<(), End> {
        let taken = self.take_requests(bytes, gate);
        if taken.is_err() {
            // A broken frame may have gone up in part: whatever followed would complete it.
            self.begin_end();
        }
        taken
    }

    fn take_requests(&mut self, bytes: &mut BytesMut, gate: &mut dyn Gate) -> Result<(), End> {
        if self.to_broker.len() < BACKLOG_MAX && self.room_to_broker.take().is_some() {
            // What is left must not keep the memory that the room was for.
            self.to_broker = BytesMut::from(&*self.to_broker);
        }
        self.advance_login()?;
        while self.wants_requests()
            && self.to_broker.len() < BACKLOG_MAX
            && self.to_client.len() < BACKLOG_MAX
        {
            let took = match std::mem::take(&mut self.requests) {
                Requests::Opening => self.open(bytes, gate)?,
                Requests::Held(held) => self.gather(held, bytes, gate)?,
                Requests::Streamed(streamed) => self.stream(streamed, bytes, gate)?,
                Requests::Long(long) => self.stream_judged(long, bytes, gate)?,
                Requests::Answered(parked) => {
                    self.judge_again(*parked, gate)?;
                    true
                }
                paused @ (Requests::AwaitsRoom(_)
                | Requests::AwaitsTurn(_)
                | Requests::AwaitsVerdict
                | Requests::AwaitsAnswer(..)
                | Requests::Matches(_)) => {
                    self.requests = paused;
                    false
                }
            };
            self.advance_login()?;
            if !took {
                break;
            }
        }
        self.note_full();
        Ok(())
    }

    /// Whether enough bytes were there to go on.
    fn open(&mut self, bytes: &mut BytesMut, gate: &mut dyn Gate) -> Result<bool, End> {
        let Some(opened) = Opened::read(bytes, self.setup.max_request)? else {
            return Ok(false);
        };
        let local = matches!(
            opened.key,
            api_key::API_VERSIONS | api_key::SASL_HANDSHAKE | api_key::SASL_AUTHENTICATE
        );
        gate.pass(Moment::Request(opened.key))?;
        if self.handshaken && opened.key != api_key::SASL_AUTHENTICATE {
            return Err(End::RequestOutOfOrder);
        }
        if !local && !self.setup.advertised.serves(opened.key, opened.version) {
            return Err(End::RequestUnsupported);
        }
        let api = api(opened.key).ok_or(End::RequestUnsupported)?;
        let streams = !local && authorize::plan(api) == Plan::Stream;
        let judged = self.setup.rules.decides == Decides::Here;
        if streams && judged && opened.length > PRODUCE_HELD_MAX.min(self.setup.max_held) {
            bytes.advance(LENGTH);
            let revision = gate.rights().map_or(0, |rights| rights.revision());
            self.requests = Requests::Long(Box::new(Long::new(api, opened, revision)));
            return Ok(true);
        }
        if streams && !judged {
            let head = bytes.split_to(LENGTH);
            self.to_broker.unsplit(head);
            let visitor = match self.setup.rules.decides {
                Decides::Shadow => ProduceVisitor::noting(),
                Decides::Here | Decides::Brokers => ProduceVisitor::default(),
            };
            let streamed = match self.spare_request.take() {
                Some(mut spare) => {
                    spare.restart(api, opened, visitor);
                    spare
                }
                None => Box::new(Streamed::new(api, opened, visitor)),
            };
            self.requests = Requests::Streamed(streamed);
            return Ok(true);
        }
        if opened.length > self.setup.max_held {
            return Err(End::FrameTooLong);
        }
        bytes.advance(LENGTH);
        self.requests = if opened.length > HELD_FREE {
            Requests::AwaitsRoom(opened)
        } else {
            Requests::held(opened, None)
        };
        Ok(true)
    }

    fn gather(
        &mut self,
        mut held: Held,
        bytes: &mut BytesMut,
        gate: &mut dyn Gate,
    ) -> Result<bool, End> {
        let missing = held.opened.length.saturating_sub(held.frame.len());
        let part = bytes.split_to(missing.min(bytes.len()));
        grow(&mut held.frame, &part, held.opened.length);
        if held.frame.len() < held.opened.length {
            let took = !part.is_empty();
            self.requests = Requests::Held(held);
            return Ok(took);
        }
        if held.frame.len() > TURN_FREE {
            self.requests = Requests::AwaitsTurn(held);
        } else {
            self.judge_held(held, gate)?;
        }
        Ok(true)
    }

    /// Lets a request go on that was held whole.
    pub(super) fn judge_held(&mut self, held: Held, gate: &mut dyn Gate) -> Result<(), End> {
        let Held {
            opened,
            frame,
            permit,
        } = held;
        gate.pass(Moment::Whole(opened.key))?;
        self.room_to_broker = permit;
        self.judge(frame, gate)
    }

    fn stream(
        &mut self,
        mut streamed: Box<Streamed>,
        bytes: &mut BytesMut,
        gate: &mut dyn Gate,
    ) -> Result<bool, End> {
        let mut part = bytes.split_to(streamed.left.min(bytes.len()));
        let Streamed {
            walker, visitor, ..
        } = &mut *streamed;
        walker
            .walk(&mut part, visitor)
            .map_err(|_| End::RequestMalformed)?;
        streamed.left = streamed.left.saturating_sub(part.len());
        if streamed.left > 0 {
            let took = !part.is_empty();
            self.to_broker.unsplit(part);
            self.requests = Requests::Streamed(streamed);
            return Ok(took);
        }
        if !streamed.walker.is_finished() {
            return Err(End::RequestMalformed);
        }
        self.note_unknown_tags(Way::Down, streamed.walker.unknown_tags());
        let Opened {
            key,
            version,
            correlation_id,
            ..
        } = streamed.opened;
        gate.pass(Moment::Whole(key))?;
        self.to_broker.unsplit(part);
        let amend = self.try_produce(&streamed, gate);
        // `acks=0` has no answer at all; a broker that dislikes such a request closes.
        if streamed.visitor.acks() != Some(0) {
            self.queue.push(Pending::Broker {
                api: streamed.api,
                version,
                correlation_id,
                amend,
                group: None,
            });
        }
        self.spare_request = Some(streamed);
        Ok(true)
    }

    /// Tries what a `Produce` that went by names, where rules are only tried.
    fn try_produce(&mut self, streamed: &Streamed, gate: &mut dyn Gate) -> Option<Box<Amend>> {
        let mut denials = Denials::default();
        let asked = Asked::default();
        let said = streamed.visitor.try_out(&mut Authority {
            rights: gate.rights()?,
            topics: &self.setup.topics,
            asked: &asked,
            denials: &mut denials,
        });
        self.note_denials(streamed.api, denials);
        said.map(|said| Box::new(Amend::tried(said)))
    }

    /// Decides a request that is there whole.
    fn judge(&mut self, frame: Vec<u8>, gate: &mut dyn Gate) -> Result<(), End> {
        let header = match frame::request_header(&frame) {
            Ok(header) => header,
            Err(Malformed::UnsupportedVersion {
                key: api_key::API_VERSIONS,
                version,
                correlation_id,
            }) => {
                return self.tell_versions(
                    version,
                    correlation_id,
                    error_code::UNSUPPORTED_VERSION,
                );
            }
            Err(_) => return Err(End::RequestMalformed),
        };
        match (header.api.key, self.handshaken) {
            (api_key::SASL_AUTHENTICATE, true) => {
                self.handshaken = false;
                self.local(state::authenticate(&header, &frame))
            }
            // Known from its first bytes, in `open`.
            (_, true) => Err(End::RequestOutOfOrder),
            (api_key::API_VERSIONS, false) => self.local(state::versions_asked(&header, &frame)),
            (api_key::SASL_HANDSHAKE, false) => self.begin_reauthentication(&header, &frame),
            (api_key::SASL_AUTHENTICATE, false) => {
                self.refuse_sasl(&header);
                Ok(())
            }
            (_, false) => {
                let RequestHeader {
                    api,
                    version,
                    correlation_id,
                    ..
                } = header;
                let whole = Whole {
                    api,
                    version,
                    correlation_id,
                    frame,
                };
                self.guard(whole, Asked::default(), gate)
            }
        }
    }

    /// `SaslHandshake` after login begins a re-authentication (KIP-368), at most once a second.
    fn begin_reauthentication(
        &mut self,
        header: &RequestHeader<'_>,
        frame: &[u8],
    ) -> Result<(), End> {
        if !self.reauthentication_due {
            self.refuse_sasl(header);
            return Ok(());
        }
        let next = state::handshake(header, frame);
        if let Next::Answer(Login::Token { bare: true }, _) = next {
            // A bare token cannot be told from a request here; Kafka refuses it too.
            return Err(End::RequestOutOfOrder);
        }
        self.handshaken = matches!(next, Next::Answer(..));
        self.local(next)
    }

    /// What `KafkaApis` answers to SASL requests that have no place: 34, and the connection stays.
    fn refuse_sasl(&mut self, header: &RequestHeader<'_>) {
        let error = (
            "ErrorCode",
            Value::Int(error_code::ILLEGAL_SASL_STATE.into()),
        );
        let body = if header.api.key == api_key::SASL_AUTHENTICATE {
            let text = Value::Str(ALREADY_AUTHENTICATED.to_owned());
            Value::fields([error, ("ErrorMessage", text)])
        } else {
            Value::fields([error])
        };
        let RequestHeader {
            api,
            version,
            correlation_id,
            ..
        } = *header;
        self.answer(state::local_answer(api, version, correlation_id, &body));
    }

    /// Carries out what an API that is answered here asks for.
    fn local(&mut self, next: Next) -> Result<(), End> {
        match next {
            Next::Versions(asked) => {
                let error = asked
                    .body
                    .as_ref()
                    .map_or(error_code::UNSUPPORTED_VERSION, |body| {
                        self.setup.place.check(asked.version, body)
                    });
                self.tell_versions(asked.version, asked.correlation_id, error)?;
            }
            Next::Answer(_, answer) => self.answer(answer),
            Next::Token(initial, reply) => {
                self.requests = Requests::AwaitsVerdict;
                self.events.push_back(Event::Reauthenticate(initial, reply));
            }
            Next::Close(fault, answer) => {
                if let Some(answer) = answer {
                    self.answer(answer);
                }
                return Err(match fault {
                    Fault::Malformed => End::RequestMalformed,
                    Fault::OutOfOrder => End::RequestOutOfOrder,
                    Fault::Mechanism => End::ReauthenticationRefused,
                });
            }
        }
        Ok(())
    }

    fn tell_versions(&mut self, version: i16, correlation_id: i32, error: i16) -> Result<(), End> {
        let advertised = &self.setup.advertised;
        let answer = advertised
            .answer(version, correlation_id, error)
            .map_err(|_| End::RequestMalformed)?;
        self.answer(answer);
        Ok(())
    }
}
