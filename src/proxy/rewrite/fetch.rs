//! Answers to Fetch, which stream: nothing may change their length.

use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Span, Tagged, Visitor};

/// Watches a Fetch answer go by: its error code, its session, and `NodeEndpoints` (version 16 on, root tag
/// 0, the last bytes of the frame), whose tag the walker then turns into an unused one with zeros for
/// payload. Clients pass over unknown tags and know the nodes by their ids from Metadata.
/// Unknown tags are blanked likewise.
#[derive(Debug, Default)]
pub struct FetchVisitor {
    error_code: Option<i16>,
    session_id: Option<i32>,
    throttle_time_ms: i32,
    /// The topics have begun: error codes are theirs.
    in_topics: bool,
    topics: Option<(Span, usize)>,
    topics_end: Option<usize>,
    denied: bool,
}

impl FetchVisitor {
    /// The error code of the whole answer; 0 until it has come, and in versions below 7.
    #[must_use]
    pub fn error_code(&self) -> i16 {
        self.error_code.unwrap_or(0)
    }

    /// The id of the fetch session that the broker keeps; 0 = none, or not come yet.
    #[must_use]
    pub fn session_id(&self) -> i32 {
        self.session_id.unwrap_or(0)
    }

    /// How long the broker will not hear the client, in milliseconds; 0 until it has come.
    #[must_use]
    pub const fn throttle_time_ms(&self) -> i32 {
        self.throttle_time_ms
    }

    /// Where the count of topics stands, and how many there are, once that has come.
    #[must_use]
    pub const fn topics(&self) -> Option<(Span, usize)> {
        self.topics
    }

    /// Offset right behind the last topic, once that has come.
    #[must_use]
    pub const fn topics_end(&self) -> Option<usize> {
        self.topics_end
    }

    /// Whether the broker has refused a topic so far.
    #[must_use]
    pub const fn is_denied(&self) -> bool {
        self.denied
    }

    /// Whether error code and session id have come: they stand before all topics, version 7 on.
    #[must_use]
    pub const fn prefix_seen(&self) -> bool {
        self.session_id.is_some()
    }
}

impl Visitor for FetchVisitor {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::ErrorCode, Scalar::Int16(code)) if !self.in_topics => {
                self.error_code = Some(code);
            }
            (Mark::ErrorCode, Scalar::Int16(code)) => {
                self.denied |= code == error_code::TOPIC_AUTHORIZATION_FAILED;
            }
            (Mark::SessionId, Scalar::Int32(id)) => self.session_id = Some(id),
            (Mark::ThrottleTimeMs, Scalar::Int32(time)) => self.throttle_time_ms = time,
            _ => {}
        }
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        self.in_topics = true;
        if field.mark == Mark::Topics {
            self.topics = Some((at.span, count.unwrap_or_default()));
        }
    }

    fn array_end(&mut self, field: &'static Field, at: &At<'_>) {
        if field.mark == Mark::Topics {
            self.topics_end = Some(at.span.end);
        }
    }

    fn tag(&mut self, field: Option<&'static Field>, _: u32, _: &At<'_>) -> Tagged {
        match field {
            Some(field) if field.mark != Mark::NodeEndpoints => Tagged::Keep,
            _ => Tagged::Blank,
        }
    }
}
