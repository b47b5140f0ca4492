//! One connection that speaks any API in any version, by the library's tables.

use super::shape::fit;
use crate::harness::raw::Raw;
use oathgate::wire::{api::Api, frame, read::read, value::Value};

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Answer(Value),
    /// The other side closed instead.
    Closed,
}

pub(super) struct Connection {
    raw: Raw,
    correlation: i32,
}

impl Connection {
    /// Over `raw`, which is logged in.
    pub(super) fn new(raw: Raw) -> Self {
        let correlation = 1_000;
        Self { raw, correlation }
    }

    /// Sends a request; its fields that `version` lacks are left out.
    pub(super) fn send(&mut self, api: &'static Api, version: i16, body: &Value) {
        self.correlation += 1;
        let body = fit(&api.request.root, version, body);
        let frame = frame::request(api, version, self.correlation, Some("differential"), &body);
        let frame = frame.unwrap_or_else(|error| panic!("{} v{version}: {error}", api.name));
        // Whether it arrived shows in the answer.
        drop(self.raw.try_send(&frame));
    }

    /// Sends a request and reads its answer, which must follow its definition to the last byte.
    pub(super) fn ask(&mut self, api: &'static Api, version: i16, body: &Value) -> Seen {
        self.send(api, version, body);
        let Some(frame) = self.raw.frame() else {
            return Seen::Closed;
        };
        let (correlation, body_at) =
            frame::response_header(api, version, &frame).expect("a response header");
        assert_eq!(correlation, self.correlation, "{} v{version}", api.name);
        let answer = read(api.response, version, &frame[body_at..]);
        Seen::Answer(
            answer.unwrap_or_else(|error| panic!("answer to {} v{version}: {error}", api.name)),
        )
    }
}
