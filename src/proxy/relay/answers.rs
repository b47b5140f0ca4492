//! The way up: the broker's bytes become answers, each matched to the request at the head of the
//! queue, its addresses rewritten.

use bytes::{Buf, BytesMut};
use tokio::sync::OwnedSemaphorePermit;

use super::{Event, Gate, Moment, Relay, Way, end::End, queue::Pending};
use crate::{
    limits::{BACKLOG_MAX, HELD_FREE},
    proxy::{
        authorize::Merge,
        rewrite::{self, FetchVisitor, Treatment},
    },
    wire::{api::Api, tables::api_key, walker::Walker},
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
    /// Within an answer that nobody need look at; so many bytes are left.
    Passing(usize),
    /// Within a `Fetch` answer, walked while it passes.
    Fetch(Box<Fetch>),
}

/// An answer that is held whole.
#[derive(Debug)]
pub struct Held {
    frame: Vec<u8>,
    length: usize,
    answered: Pending,
    /// Given back when the client took the frame.
    permit: Option<OwnedSemaphorePermit>,
}

/// A `Fetch` answer on its way.
#[derive(Debug)]
pub struct Fetch {
    walker: Walker,
    visitor: FetchVisitor,
    left: usize,
    /// Whether the answer's session was noted.
    noted: bool,
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

    /// Room was granted.
    pub fn grant(&mut self, permit: OwnedSemaphorePermit) {
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
        if self.to_client.len() < BACKLOG_MAX {
            self.room_to_client = None;
        }
        while self.to_client.len() < BACKLOG_MAX {
            let took = match std::mem::take(&mut self.answers) {
                Answers::Opening => self.open_answer(bytes, gate)?,
                Answers::Held(held) => self.gather_answer(held, bytes)?,
                Answers::Passing(left) => self.pass(left, bytes),
                Answers::Fetch(fetch) => self.stream_fetch(fetch, bytes)?,
                waiting @ Answers::AwaitsRoom(_) => {
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
        // Where the gate says no, the answer stays at the head: if the session's end may deliver it,
        // it is begun at the next call.
        match self.queue.head() {
            Some(Pending::Broker {
                api,
                correlation_id: expected,
                ..
            }) if *expected == correlation_id => self.begin_answer(api.key, gate)?,
            Some(Pending::Own {
                correlation_id: expected,
                ..
            }) if *expected == correlation_id => {}
            _ => return Err(End::AnswerUnexpected),
        }
        let Some(answered) = self.queue.pop() else {
            return Err(End::AnswerUnexpected);
        };
        match answered {
            Pending::Broker {
                api,
                version,
                merge: None,
                ..
            } => match rewrite::treatment(api, version) {
                Treatment::Pass => self.answers = Answers::Passing(length.saturating_add(LENGTH)),
                Treatment::Fetch => {
                    let head = bytes.split_to(LENGTH);
                    self.to_client.unsplit(head);
                    let fetch = Fetch {
                        walker: Walker::response(api, version, length),
                        visitor: FetchVisitor::default(),
                        left: length,
                        noted: false,
                    };
                    self.answers = Answers::Fetch(Self::boxed(&mut self.spare_answer, fetch));
                }
                Treatment::Hold => self.hold(answered, length, bytes)?,
            },
            Pending::Broker { .. } | Pending::Own { .. } | Pending::Local(_) => {
                self.hold(answered, length, bytes)?;
            }
        }
        Ok(true)
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

    fn pass(&mut self, left: usize, bytes: &mut BytesMut) -> bool {
        let part = bytes.split_to(left.min(bytes.len()));
        let took = part.len();
        self.to_client.unsplit(part);
        let left = left.saturating_sub(took);
        if left > 0 {
            self.answers = Answers::Passing(left);
            return took > 0;
        }
        self.queue.flush_local(&mut self.to_client);
        true
    }

    fn stream_fetch(&mut self, mut fetch: Box<Fetch>, bytes: &mut BytesMut) -> Result<bool, End> {
        let mut part = bytes.split_to(fetch.left.min(bytes.len()));
        let Fetch {
            walker, visitor, ..
        } = &mut *fetch;
        walker
            .walk(&mut part, visitor)
            .map_err(|_| End::AnswerMalformed)?;
        if !fetch.noted && fetch.visitor.prefix_seen() {
            fetch.noted = true;
            let (error, session) = (fetch.visitor.error_code(), fetch.visitor.session_id());
            self.setup.sessions.fetch_answered(error, session);
        }
        fetch.left = fetch.left.saturating_sub(part.len());
        if fetch.left > 0 {
            let took = !part.is_empty();
            self.to_client.unsplit(part);
            self.answers = Answers::Fetch(fetch);
            return Ok(took);
        }
        if !fetch.walker.is_finished() {
            return Err(End::AnswerMalformed);
        }
        self.note_unknown_tags(Way::Up, fetch.walker.unknown_tags());
        self.spare_answer = Some(fetch);
        self.to_client.unsplit(part);
        self.queue.flush_local(&mut self.to_client);
        Ok(true)
    }

    fn gather_answer(&mut self, mut held: Box<Held>, bytes: &mut BytesMut) -> Result<bool, End> {
        let missing = held.length.saturating_sub(held.frame.len());
        let part = bytes.split_to(missing.min(bytes.len()));
        held.frame.extend_from_slice(&part);
        if held.frame.len() < held.length {
            let took = !part.is_empty();
            self.answers = Answers::Held(held);
            return Ok(took);
        }
        let Held {
            frame,
            answered,
            permit,
            ..
        } = *held;
        match answered {
            Pending::Broker {
                api,
                version,
                merge,
                ..
            } => {
                self.deliver(api, version, frame, merge.as_ref())?;
            }
            Pending::Own { api, version, .. } => self.on_login_answer(api, version, &frame)?,
            Pending::Local(_) => return Err(End::AnswerUnexpected),
        }
        self.room_to_client = permit;
        self.queue.flush_local(&mut self.to_client);
        Ok(true)
    }

    /// Rewrites an answer that is there whole and hands it over.
    fn deliver(
        &mut self,
        api: &'static Api,
        version: i16,
        frame: Vec<u8>,
        merge: Option<&Merge>,
    ) -> Result<(), End> {
        let rewritten = rewrite::rewrite(api, version, &frame, &self.setup.addresses)
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
            None => with_length(&frame)?,
        };
        let framed = match merge {
            None => framed,
            Some(merge) => {
                let body = framed.get(LENGTH..).ok_or(End::AnswerMalformed)?;
                merge
                    .apply(api, version, body)
                    .map_err(|_| End::AnswerMalformed)?
            }
        };
        self.to_client.extend_from_slice(&framed);
        Ok(())
    }
}

fn with_length(frame: &[u8]) -> Result<Vec<u8>, End> {
    let length = i32::try_from(frame.len()).map_err(|_| End::AnswerMalformed)?;
    let mut framed = Vec::with_capacity(frame.len().saturating_add(LENGTH));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(frame);
    Ok(framed)
}
