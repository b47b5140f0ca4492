//! The requests of one connection that wait for their answers, in order.

use std::collections::VecDeque;

use bytes::BytesMut;

use crate::{
    limits::{AMENDED_BYTES_MAX, LOCAL_ANSWERS_MAX},
    proxy::authorize::Amend,
    wire::{api::Api, tables::api_key},
};

/// A request that waits for its answer.
#[derive(Debug)]
pub enum Pending {
    /// Answered here; the frame waits for its turn.
    Local(Vec<u8>),
    /// Sent up for the client.
    Broker {
        /// Whose schema the answer has.
        api: &'static Api,
        /// Version of request and answer.
        version: i16,
        /// What the answer must echo.
        correlation_id: i32,
        /// What becomes of the answer.
        amend: Option<Box<Amend>>,
        /// Where roles and ACLs decide: the group that the answer tells of, if it may take its time.
        group: Option<Box<str>>,
    },
    /// Sent up by Oathgate itself, to learn what a request that waits is decided by.
    Question {
        /// Whose schema the answer has.
        api: &'static Api,
        /// Version of request and answer.
        version: i16,
        /// What the answer must echo.
        correlation_id: i32,
    },
    /// Sent up by Oathgate itself, to log in again.
    Own {
        /// Whose schema the answer has.
        api: &'static Api,
        /// Version of request and answer.
        version: i16,
        /// What the answer must echo.
        correlation_id: i32,
    },
}

impl Pending {
    /// Bytes of the request whose denied items wait here to be added to the answer.
    fn amended_bytes(&self) -> usize {
        match self {
            Self::Broker { amend, .. } => amend.as_ref().map_or(0, |amend| amend.weight),
            Self::Question { .. } | Self::Own { .. } | Self::Local(_) => 0,
        }
    }

    /// Lets the answer pass where it would be held for a comparison alone: rules that are only tried must not
    /// end a session.
    pub(super) fn give_up_comparing(&mut self) {
        if let Self::Broker { api, amend, .. } = self
            && api.key != api_key::FETCH
            && amend.as_ref().is_some_and(|amend| amend.only_compares())
        {
            *amend = None;
        }
    }

    /// Whether the broker may take its time over it, and takes up nothing else meanwhile.
    const fn is_long_poll(&self) -> bool {
        match self {
            Self::Broker { api, .. } => matches!(
                api.key,
                api_key::FETCH | api_key::SHARE_FETCH | api_key::JOIN_GROUP | api_key::SYNC_GROUP
            ),
            Self::Question { .. } | Self::Own { .. } | Self::Local(_) => false,
        }
    }
}

/// The requests of one connection that wait for their answers.
#[derive(Debug)]
pub struct Queue {
    /// Most that may wait.
    max: usize,
    pending: VecDeque<Pending>,
    local_bytes: usize,
    /// Bytes of requests whose answers are amended.
    amended_bytes: usize,
    long_polls: usize,
}

impl Queue {
    /// An empty queue in which `max` requests may wait.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self {
            max,
            pending: VecDeque::new(),
            local_bytes: 0,
            amended_bytes: 0,
            long_polls: 0,
        }
    }

    /// Adds the youngest.
    pub fn push(&mut self, pending: Pending) {
        if let Pending::Local(frame) = &pending {
            self.local_bytes = self.local_bytes.saturating_add(frame.len());
        }
        self.amended_bytes = self.amended_bytes.saturating_add(pending.amended_bytes());
        let long_polls = usize::from(pending.is_long_poll());
        self.long_polls = self.long_polls.saturating_add(long_polls);
        self.pending.push_back(pending);
    }

    /// The oldest; what the broker answers next.
    #[must_use]
    pub fn head(&self) -> Option<&Pending> {
        self.pending.front()
    }

    /// Takes the oldest.
    pub fn pop(&mut self) -> Option<Pending> {
        let oldest = self.pending.pop_front()?;
        self.amended_bytes = self.amended_bytes.saturating_sub(oldest.amended_bytes());
        let long_polls = usize::from(oldest.is_long_poll());
        self.long_polls = self.long_polls.saturating_sub(long_polls);
        Some(oldest)
    }

    /// Moves answers made here whose turn has come to `out`.
    pub fn flush_local(&mut self, out: &mut BytesMut) {
        while let Some(Pending::Local(frame)) = self.pending.front() {
            self.local_bytes = self.local_bytes.saturating_sub(frame.len());
            out.extend_from_slice(frame);
            self.pending.pop_front();
        }
    }

    /// Whether one more request may be read.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.pending.len() < self.max
            && self.local_bytes < LOCAL_ANSWERS_MAX
            && self.amended_bytes < AMENDED_BYTES_MAX
    }

    /// Whether a request waits that the broker may take its time over.
    #[must_use]
    pub const fn has_long_poll(&self) -> bool {
        self.long_polls > 0
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{api::api, tables::api_key};

    const MAX: usize = 10;

    fn broker(correlation_id: i32) -> Pending {
        Pending::Broker {
            api: api(api_key::METADATA).unwrap(),
            version: 12,
            correlation_id,
            amend: None,
            group: None,
        }
    }

    #[test]
    fn an_answer_made_here_waits_for_the_one_before_it() {
        let (mut queue, mut out) = (Queue::new(MAX), BytesMut::new());
        queue.push(broker(1));
        queue.push(Pending::Local(vec![7, 7]));
        queue.flush_local(&mut out);
        assert!(out.is_empty());
        queue.pop();
        queue.flush_local(&mut out);
        assert_eq!(&out[..], [7, 7]);
        assert!(queue.is_empty());
    }

    #[test]
    fn room_ends_by_count_and_by_bytes() {
        let mut queue = Queue::new(MAX);
        for id in 0..i32::try_from(MAX).unwrap() {
            assert!(queue.has_room());
            queue.push(broker(id));
        }
        assert!(!queue.has_room());

        let mut queue = Queue::new(MAX);
        queue.push(broker(0));
        queue.push(Pending::Local(vec![0; LOCAL_ANSWERS_MAX]));
        assert!(!queue.has_room());
    }
}
