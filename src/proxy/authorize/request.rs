//! A held request: walked, read, passed on, refused.

use super::amend::Amend;
use super::{Decision, Obstacle, refuse};
use crate::limits::REFUSAL_MAX;
use crate::wire::api::Api;
use crate::wire::edit::{DropUnknownTags, Edits};
use crate::wire::frame;
use crate::wire::malformed::{Fault, Malformed};
use crate::wire::read::read;
use crate::wire::value::Value;
use crate::wire::visitor::{Span, Visitor};
use crate::wire::walker::Walker;

/// A request that was read whole, without its length.
pub(super) struct Request<'a> {
    pub(super) api: &'static Api,
    pub(super) version: i16,
    frame: &'a mut [u8],
}

impl<'a> Request<'a> {
    pub(super) const fn new(api: &'static Api, version: i16, frame: &'a mut [u8]) -> Self {
        Self {
            api,
            version,
            frame,
        }
    }

    /// Its bytes.
    pub(super) const fn length(&self) -> usize {
        self.frame.len()
    }

    /// Walks all of it, header and body. Gives the edits that drop unknown tagged fields.
    pub(super) fn walk<V: Visitor>(&self, visitor: &mut V) -> Result<Edits, Malformed> {
        let mut visitor = DropUnknownTags::new(visitor);
        let mut walker = Walker::request(self.api, self.version, self.frame.len());
        walker.walk_held(self.frame, &mut visitor)?;
        if walker.is_finished() {
            return Ok(visitor.into_edits());
        }
        Err(Malformed::Structure {
            fault: Fault::Short,
            field: self.api.request.name,
            at: self.frame.len(),
        })
    }

    /// Its body as a tree, which takes far more memory than the bytes: only to refuse it, and only up to
    /// [`REFUSAL_MAX`].
    pub(super) fn read(&self) -> Result<Value, Obstacle> {
        if self.frame.len() > REFUSAL_MAX {
            return Err(Obstacle::TooLong(self.frame.len()));
        }
        let header = frame::request_header(self.frame)?;
        let body = self.frame.get(header.body_at..).unwrap_or_default();
        Ok(read(self.api.request, self.version, body)?)
    }

    /// Writes `number` over the four bytes of `span`.
    pub(super) fn put(&mut self, span: Span, number: i32) {
        let bytes = self.frame.get_mut(span.start..span.end);
        if let Some(bytes) = bytes.and_then(<[u8]>::first_chunk_mut) {
            *bytes = number.to_be_bytes();
        }
    }

    /// Forwards it once it has been walked, without unknown tagged fields.
    pub(super) fn pass(&self) -> Result<Decision, Obstacle> {
        let unknown = self.walk(&mut Blind)?;
        self.forward(unknown)
    }

    /// Forwards what has been walked, without the `unknown` tagged fields that this found.
    pub(super) fn forward(&self, unknown: Edits) -> Result<Decision, Obstacle> {
        if unknown.is_empty() {
            return Ok(Decision::Forward);
        }
        Ok(Decision::Replace(self.edited(&unknown)?))
    }

    /// The whole frame after `edits`, made on what has been walked.
    pub(super) fn edited(&self, edits: &Edits) -> Result<Vec<u8>, Obstacle> {
        Ok(edits.apply_framed(self.frame)?)
    }

    /// As [`Self::forward`], and the answer passes through `amend`.
    pub(super) fn forward_and_amend(
        &self,
        edits: Edits,
        amend: Amend,
    ) -> Result<Decision, Obstacle> {
        let frame = match self.forward(edits)? {
            Decision::Replace(frame) => Some(frame),
            _ => None,
        };
        Ok(Decision::ForwardAndAmend { frame, amend })
    }

    /// The whole frame of the same request with another body.
    pub(super) fn with_body(&self, body: &Value) -> Result<Vec<u8>, Obstacle> {
        self.in_version(self.version, body)
    }

    /// The whole frame of the same request with another body, in another version.
    pub(super) fn in_version(&self, version: i16, body: &Value) -> Result<Vec<u8>, Obstacle> {
        let header = frame::request_header(self.frame)?;
        let (id, client) = (header.correlation_id, header.client_id);
        Ok(frame::request(self.api, version, id, client, body)?)
    }

    /// Answers it here.
    pub(super) fn answer(&self, body: &Value) -> Result<Decision, Obstacle> {
        let id = frame::request_header(self.frame)?.correlation_id;
        Ok(Decision::Answer(frame::response(
            self.api,
            self.version,
            id,
            body,
        )?))
    }

    /// Answers it here with `code` wherever Kafka puts it, for each item of its body `body`.
    pub(super) fn refuse(&self, body: &Value, code: i16) -> Result<Decision, Obstacle> {
        self.answer(&refuse::refusal(self.api, self.version, body, code))
    }
}

/// Only the structure matters.
struct Blind;

impl Visitor for Blind {}
