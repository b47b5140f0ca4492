//! The way up: the broker's bytes become answers, each matched to the request at the head of the
//! queue, its addresses rewritten.

use bytes::{Buf, BytesMut};

use super::{
    Event, Gate, Moment, Relay, Setup, end::End, fetch_answer::Fetch, queue::Pending, throttle,
};
use crate::{
    limits::{BACKLOG_MAX, HELD_FREE, TURN_FREE},
    policy::{operation::Operation, resource::Resource},
    proxy::{
        authorize::{self, Amend, Asked, Authority, CloseReason, Decides, Denials},
        held::HeldPermit,
        rewrite::{self, Treatment},
    },
    wire::{api::Api, frame, read::read_answer, tables::api_key, value::Value},
};

/// Bytes of a frame's length.
const LENGTH: usize = 4;

/// Bytes of the correlation id, with which every answer begins.
const PREFIX: usize = 4;

/// Where in the stream of answers the broker is.
#[derive(Debug, Default)]
pub enum Answers {
    /// Before an answer, or within its first bytes.
    #[default]
    Opening,
    /// Before an answer that must be granted room first.
    AwaitsRoom(Box<Held>),
    /// Within an answer that is held whole.
    Held(Box<Held>),
    /// After a long one, which takes a moment to be rewritten.
    AwaitsTurn(Box<Held>),
    /// Within an answer that nobody need look at.
    Passing(Passing),
    /// Within a `Fetch` answer, walked while it passes.
    Fetch(Box<Fetch>),
}

/// An answer that goes out as it came.
#[derive(Debug)]
pub struct Passing {
    /// Bytes that have not come yet.
    left: usize,
    /// Of those that have.
    tail: throttle::Tail,
    api: &'static Api,
    version: i16,
}

/// An answer that is held whole.
#[derive(Debug)]
pub struct Held {
    frame: Vec<u8>,
    length: usize,
    answered: Pending,
    /// Given back when the client took the frame.
    permit: Option<HeldPermit>,
}

impl Answers {
    /// Whether no part of an answer is held or on its way.
    #[must_use]
    pub const fn is_at_boundary(&self) -> bool {
        matches!(self, Self::Opening)
    }

    /// Bytes of room that the next answer needs.
    #[must_use]
    pub const fn wants_room(&self) -> Option<usize> {
        match self {
            Self::AwaitsRoom(held) => Some(held.length),
            _ => None,
        }
    }

    /// Whether an answer is there whole that takes a moment of work.
    #[must_use]
    pub const fn awaits_turn(&self) -> bool {
        matches!(self, Self::AwaitsTurn(_))
    }

    /// Room was granted.
    pub fn grant(&mut self, permit: HeldPermit) {
        *self = match std::mem::take(self) {
            Self::AwaitsRoom(mut held) => {
                held.permit = Some(permit);
                Self::Held(held)
            }
            other => other,
        };
    }
}

impl Relay {
    /// Takes what it can from `bytes`, the broker's; what stays is for a later call. `gate` is asked
    /// before the first byte of each answer.
    ///
    /// # Errors
    /// Why the session ends; [`End::Finished`] after [`Relay::begin_end`], where an answer comes that
    /// must not begin any more.
    pub fn on_broker(&mut self, bytes: &mut BytesMut, gate: &mut dyn Gate) -> Result<(), End> {
        if self.to_client.len() < BACKLOG_MAX && self.room_to_client.take().is_some() {
            // What is left must not keep the memory that the room was for.
            self.to_client = BytesMut::from(&*self.to_client);
        }
        while self.to_client.len() < BACKLOG_MAX {
            let took = match std::mem::take(&mut self.answers) {
                Answers::Opening => self.open_answer(bytes, gate)?,
                Answers::Held(held) => self.gather_answer(held, bytes, gate)?,
                Answers::Passing(passing) => self.pass(passing, bytes),
                Answers::Fetch(fetch) => self.stream_fetch(fetch, bytes)?,
                waiting @ (Answers::AwaitsRoom(_) | Answers::AwaitsTurn(_)) => {
                    self.answers = waiting;
                    false
                }
            };
            if !took {
                break;
            }
        }
        Ok(())
    }

    /// Whether enough bytes were there to go on.
    fn open_answer(&mut self, bytes: &mut BytesMut, gate: &mut dyn Gate) -> Result<bool, End> {
        let Some(head) = bytes.first_chunk::<{ LENGTH + PREFIX }>() else {
            return Ok(false);
        };
        let [l0, l1, l2, l3, c0, c1, c2, c3] = *head;
        let length = i32::from_be_bytes([l0, l1, l2, l3]);
        let length = usize::try_from(length).map_err(|_| End::AnswerMalformed)?;
        if length < PREFIX {
            return Err(End::AnswerMalformed);
        }
        let correlation_id = i32::from_be_bytes([c0, c1, c2, c3]);
        let first = length.min(PREFIX.saturating_add(throttle::HEAD));
        let Some(first) = bytes.get(LENGTH.saturating_add(PREFIX)..LENGTH.saturating_add(first))
        else {
            return Ok(false);
        };
        self.meet_head(correlation_id, first, gate)?;
        let Some(mut answered) = self.queue.pop() else {
            return Err(End::AnswerUnexpected);
        };
        if length > self.setup.max_held {
            answered.give_up_comparing();
        }
        self.begin_session_answer(&answered, gate)?;
        match answered {
            Pending::Broker {
                api,
                version,
                amend: Some(mut amend),
                ..
            } if api.key == api_key::FETCH => {
                let prefix = bytes.split_to(LENGTH);
                let mut fetch = Fetch::new(api, version, length, prefix);
                fetch.denied = amend.fetched.take();
                fetch.tried = amend.tried;
                self.answers = Answers::Fetch(super::boxed(&mut self.spare_answer, fetch));
            }
            Pending::Broker {
                api,
                version,
                amend: None,
                ..
            } => match rewrite::treatment(api, version) {
                Treatment::Pass => {
                    self.answers = Answers::Passing(Passing {
                        left: length.saturating_add(LENGTH),
                        tail: throttle::Tail::default(),
                        api,
                        version,
                    });
                }
                Treatment::Fetch => {
                    let prefix = bytes.split_to(LENGTH);
                    let fetch = Fetch::new(api, version, length, prefix);
                    self.answers = Answers::Fetch(super::boxed(&mut self.spare_answer, fetch));
                }
                Treatment::Hold => self.hold(answered, length, bytes)?,
            },
            Pending::Broker { .. }
            | Pending::Question { .. }
            | Pending::Own { .. }
            | Pending::Local(_) => {
                self.hold(answered, length, bytes)?;
            }
        }
        Ok(true)
    }

    /// Asks whether the answer to the head of the queue may begin, which this must be.
    fn meet_head(
        &mut self,
        correlation_id: i32,
        first: &[u8],
        gate: &mut dyn Gate,
    ) -> Result<(), End> {
        // Where the gate says no, the answer stays at the head: if the session's end may deliver it,
        // it is begun at the next call.
        match self.queue.head() {
            Some(Pending::Broker {
                api,
                version,
                correlation_id: expected,
                ..
            }) if *expected == correlation_id => {
                let throttle = throttle::at_front(api, *version, first);
                self.begin_answer(api.key, gate)?;
                self.note_throttle(throttle);
            }
            Some(
                Pending::Own {
                    correlation_id: expected,
                    ..
                }
                | Pending::Question {
                    correlation_id: expected,
                    ..
                },
            ) if *expected == correlation_id => {}
            _ => return Err(End::AnswerUnexpected),
        }
        Ok(())
    }

    /// Where roles and ACLs decide: whether the answer may still begin for what a fetch or share
    /// session holds, or for the group that it tells of.
    fn begin_session_answer(&mut self, answered: &Pending, gate: &mut dyn Gate) -> Result<(), End> {
        let Pending::Broker { api, group, .. } = answered else {
            return Ok(());
        };
        let rights = gate
            .rights()
            .filter(|_| self.setup.rules.decides == Decides::Here);
        let Setup {
            sessions, topics, ..
        } = &mut self.setup;
        let begins = match api.key {
            api_key::FETCH => sessions.fetch_answer_begins(rights),
            api_key::SHARE_FETCH => sessions.share_answer_begins(rights, topics),
            key if authorize::awaits_group(key) => rights.is_none_or(|rights| {
                let may = |id: &str| rights.may(Operation::Read, &Resource::group(id));
                group.as_deref().is_some_and(may)
            }),
            _ => true,
        };
        if !begins {
            return Err(End::RequestRefused(CloseReason::DeniedMeanwhile.code()));
        }
        Ok(())
    }

    /// Asks whether the answer may begin. While the session ends, no fetched records do.
    fn begin_answer(&self, key: i16, gate: &mut dyn Gate) -> Result<(), End> {
        if self.ending && matches!(key, api_key::FETCH | api_key::SHARE_FETCH) {
            return Err(End::Finished);
        }
        if self.ending {
            return Ok(());
        }
        gate.pass(Moment::Answer(key))
    }

    fn hold(&mut self, answered: Pending, length: usize, bytes: &mut BytesMut) -> Result<(), End> {
        if length > self.setup.max_held {
            return Err(End::AnswerTooLong);
        }
        bytes.advance(LENGTH);
        let held = Box::new(Held {
            frame: Vec::new(),
            length,
            answered,
            permit: None,
        });
        self.answers = if length > HELD_FREE {
            Answers::AwaitsRoom(held)
        } else {
            Answers::Held(held)
        };
        Ok(())
    }

    fn pass(&mut self, mut passing: Passing, bytes: &mut BytesMut) -> bool {
        let part = bytes.split_to(passing.left.min(bytes.len()));
        let took = part.len();
        passing.left = passing.left.saturating_sub(took);
        passing.tail.push(&part);
        self.to_client.unsplit(part);
        if passing.left > 0 {
            self.answers = Answers::Passing(passing);
            return took > 0;
        }
        let Passing {
            api, version, tail, ..
        } = passing;
        self.note_throttle(throttle::at_end(api, version, tail.bytes()));
        self.queue.flush_local(&mut self.to_client);
        true
    }

    fn gather_answer(
        &mut self,
        mut held: Box<Held>,
        bytes: &mut BytesMut,
        gate: &mut dyn Gate,
    ) -> Result<bool, End> {
        let missing = held.length.saturating_sub(held.frame.len());
        let part = bytes.split_to(missing.min(bytes.len()));
        super::grow(&mut held.frame, &part, held.length);
        if held.frame.len() < held.length {
            let took = !part.is_empty();
            self.answers = Answers::Held(held);
            return Ok(took);
        }
        if held.frame.len() > TURN_FREE {
            self.answers = Answers::AwaitsTurn(held);
        } else if held.permit.is_some() {
            self.deliver_late(held, gate)?;
        } else {
            self.deliver_held(*held, gate)?;
        }
        Ok(true)
    }

    /// As [`Self::deliver_held`], for an answer that waited: whether it may begin is asked again. If not it stays,
    /// for a session that ends may still deliver it.
    pub(super) fn deliver_late(&mut self, held: Box<Held>, gate: &mut dyn Gate) -> Result<(), End> {
        if let Pending::Broker { api, .. } = &held.answered
            && !self.ending
            && let Err(end) = gate.pass(Moment::Answer(api.key))
        {
            self.answers = Answers::AwaitsTurn(held);
            return Err(end);
        }
        self.deliver_held(*held, gate)
    }

    /// Makes of an answer that was held whole what it is for.
    fn deliver_held(&mut self, held: Held, gate: &mut dyn Gate) -> Result<(), End> {
        let Held {
            frame,
            answered,
            permit,
            ..
        } = held;
        match answered {
            Pending::Broker {
                api,
                version,
                amend,
                ..
            } => self.deliver(api, version, &frame, amend.as_deref(), gate)?,
            Pending::Question { api, version, .. } => {
                self.on_answer_to_question(&body_of(api, version, &frame)?)?;
            }
            Pending::Own { api, version, .. } => self.on_login_answer(api, version, &frame)?,
            Pending::Local(_) => return Err(End::AnswerUnexpected),
        }
        self.room_to_client = permit;
        self.queue.flush_local(&mut self.to_client);
        Ok(())
    }

    /// Rewrites and amends an answer that is there whole and hands it over.
    fn deliver(
        &mut self,
        api: &'static Api,
        version: i16,
        frame: &[u8],
        amend: Option<&Amend>,
        gate: &mut dyn Gate,
    ) -> Result<(), End> {
        let spoken = amend.and_then(|amend| amend.asked_in).unwrap_or(version);
        self.note_throttle(throttle::at_end(api, spoken, frame));
        let rewritten = rewrite::rewrite(api, spoken, frame, &self.setup.addresses)
            .map_err(|_| End::AnswerMalformed)?;
        if !rewritten.brokers.is_empty() || rewritten.cluster_id.is_some() {
            let brokers = rewritten.brokers.into_iter();
            self.events.push_back(Event::Learned {
                cluster_id: rewritten.cluster_id,
                brokers: brokers
                    .map(|broker| (broker.node_id, broker.address))
                    .collect(),
            });
        }
        let framed = match rewritten.frame {
            Some(framed) => framed,
            None => with_length(frame)?,
        };
        let rights = gate.rights();
        if rights.is_some() {
            authorize::learn_topics(api, spoken, frame, &self.setup.topics)
                .map_err(|_| End::AnswerMalformed)?;
        }
        let Some(amend) = amend else {
            super::hand_over(&mut self.to_client, framed);
            return Ok(());
        };
        if let Some(said) = amend.tried {
            self.events.push_back(Event::Tried {
                api: api.name,
                said,
                broker_denied: authorize::broker_denied(api, spoken, frame),
            });
            if *amend == Amend::tried(said) {
                super::hand_over(&mut self.to_client, framed);
                return Ok(());
            }
        }
        let body = framed.get(LENGTH..).ok_or(End::AnswerMalformed)?;
        let mut denials = Denials::default();
        let asked = Asked::default();
        let mut authority = rights.map(|rights| Authority {
            rights,
            topics: &self.setup.topics,
            asked: &asked,
            denials: &mut denials,
        });
        let framed = amend
            .apply(api, version, body, authority.as_mut())
            .map_err(|_| End::AnswerMalformed)?;
        self.note_denials(api, denials);
        super::hand_over(&mut self.to_client, framed);
        Ok(())
    }
}

/// The body of `frame`, an answer to a request of Oathgate's own.
pub(super) fn body_of(api: &'static Api, version: i16, frame: &[u8]) -> Result<Value, End> {
    let (_, body_at) =
        frame::response_header(api, version, frame).map_err(|_| End::AnswerMalformed)?;
    let body = frame.get(body_at..).ok_or(End::AnswerMalformed)?;
    read_answer(api.response, version, body).map_err(|_| End::AnswerMalformed)
}

fn with_length(frame: &[u8]) -> Result<Vec<u8>, End> {
    let length = i32::try_from(frame.len()).map_err(|_| End::AnswerMalformed)?;
    let mut framed = Vec::with_capacity(frame.len().saturating_add(LENGTH));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(frame);
    Ok(framed)
}
