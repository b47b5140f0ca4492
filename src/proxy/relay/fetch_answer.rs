//! An answer to `Fetch`, walked while it passes. Where topics were denied they are added behind those of the
//! broker: their bytes are known from the request and the number of topics from the answer's first bytes, so
//! that the new length is known before it leaves.

use bytes::BytesMut;

use super::{Event, Relay, Way, answers::Answers, end::End};
use crate::{
    proxy::{
        authorize::{DeniedTopics, Trial},
        rewrite::FetchVisitor,
    },
    wire::{api::Api, edit::Edits, visitor::At, walker::Walker},
};

/// An answer on its way.
#[derive(Debug)]
pub struct Fetch {
    api: &'static Api,
    version: i16,
    length: usize,
    walker: Walker,
    visitor: FetchVisitor,
    left: usize,
    /// Whether the answer's session was noted.
    noted: bool,
    head: Head,
    /// The four bytes of its length, as they came.
    prefix: BytesMut,
    /// What stands behind the broker's topics, until it was said.
    pub(super) denied: Option<DeniedTopics>,
    /// What rules said that are only tried.
    pub(super) tried: Option<Trial>,
}

/// The first bytes of an answer.
#[derive(Debug)]
enum Head {
    /// Its length has not left; so much has come.
    Waits(BytesMut),
    /// They have left.
    Gone,
}

impl Fetch {
    /// Of `length` bytes, without its four length bytes, which are `prefix`.
    #[must_use]
    pub fn new(api: &'static Api, version: i16, length: usize, prefix: BytesMut) -> Self {
        Self {
            api,
            version,
            length,
            walker: Walker::response(api, version, length),
            visitor: FetchVisitor::default(),
            left: length,
            noted: false,
            head: Head::Waits(BytesMut::new()),
            prefix,
            denied: None,
            tried: None,
        }
    }

    /// Offset in the broker's answer right behind its topics, once that has been walked.
    const fn topics_end(&self) -> Option<usize> {
        self.visitor.topics_end()
    }

    /// The length of the client's answer and `head` as it begins there.
    fn begin(&mut self, head: BytesMut) -> Result<(i32, Vec<u8>), End> {
        let (span, count) = self.visitor.topics().unwrap_or_default();
        let mut edits = Edits::new();
        let mut length = self.length;
        // Of a whole answer that failed, and of one that a quota emptied, brokers list no topic.
        if self.visitor.error_code() != 0 || (count == 0 && self.visitor.throttle_time_ms() > 0) {
            self.denied = None;
        }
        if let Some(denied) = &self.denied {
            let at = At {
                span,
                enclosing: &[],
            };
            let flexible = self.api.response.is_flexible(self.version);
            edits.set_count(&at, flexible, count.saturating_add(denied.count));
            length = length.saturating_add(denied.bytes.len());
        }
        let came = head.len();
        let begun = edits.apply(&head).map_err(|_| End::AnswerMalformed)?;
        let length = length.saturating_add(begun.len()).saturating_sub(came);
        let length = i32::try_from(length).map_err(|_| End::AnswerTooLong)?;
        Ok((length, begun))
    }
}

impl Relay {
    /// Whether bytes were there to go on.
    pub(super) fn stream_fetch(
        &mut self,
        mut fetch: Box<Fetch>,
        bytes: &mut BytesMut,
    ) -> Result<bool, End> {
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
        let took = !part.is_empty();
        fetch.left = fetch.left.saturating_sub(part.len());
        let finished = fetch.left == 0;
        if finished && !fetch.walker.is_finished() {
            return Err(End::AnswerMalformed);
        }
        self.pass_fetched(&mut fetch, part)?;
        if !finished {
            self.answers = Answers::Fetch(fetch);
            return Ok(took);
        }
        self.note_unknown_tags(Way::Up, fetch.walker.unknown_tags());
        if let Some(said) = fetch.tried {
            self.events.push_back(Event::Tried {
                api: fetch.api.name,
                said,
                broker_denied: fetch.visitor.is_denied(),
            });
        }
        // A few bytes would keep the whole buffer that they came in.
        fetch.prefix = BytesMut::new();
        self.spare_answer = Some(fetch);
        self.queue.flush_local(&mut self.to_client);
        Ok(true)
    }

    /// Hands over what has been walked, `part` being the last of it.
    fn pass_fetched(&mut self, fetch: &mut Fetch, part: BytesMut) -> Result<(), End> {
        let waits = fetch.denied.is_some() && fetch.visitor.topics().is_none();
        match std::mem::replace(&mut fetch.head, Head::Gone) {
            Head::Waits(_) if fetch.denied.is_none() => {
                self.to_client.unsplit(std::mem::take(&mut fetch.prefix));
                self.to_client.unsplit(part);
            }
            Head::Waits(mut head) if waits => {
                head.unsplit(part);
                fetch.head = Head::Waits(head);
            }
            Head::Waits(mut head) => {
                head.unsplit(part);
                let came = head.len();
                let tail = fetch.topics_end().map(|end| came.saturating_sub(end));
                let (length, begun) = fetch.begin(head)?;
                self.to_client.extend_from_slice(&length.to_be_bytes());
                let end = tail.map(|tail| begun.len().saturating_sub(tail));
                self.put_fetched(fetch, BytesMut::from(begun.as_slice()), end);
            }
            Head::Gone => {
                let before = fetch
                    .length
                    .saturating_sub(fetch.left)
                    .saturating_sub(part.len());
                let end = fetch.topics_end().map(|end| end.saturating_sub(before));
                self.put_fetched(fetch, part, end);
            }
        }
        Ok(())
    }

    /// Hands `bytes` over, with what was denied at `end` of the broker's topics, where that lies in them.
    fn put_fetched(&mut self, fetch: &mut Fetch, bytes: BytesMut, end: Option<usize>) {
        let split = end.and_then(|end| bytes.split_at_checked(end));
        match (split, fetch.denied.take_if(|_| end.is_some())) {
            (Some((topics, rest)), Some(denied)) => {
                self.to_client.extend_from_slice(topics);
                self.to_client.extend_from_slice(&denied.bytes);
                self.to_client.extend_from_slice(rest);
            }
            _ => self.to_client.unsplit(bytes),
        }
    }
}
