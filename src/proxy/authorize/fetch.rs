//! Fetch requests: whose session they speak of, and whether a follower speaks.

use super::facts::Facts;
use super::fetch_sessions::{Admission, FetchSessions};
use super::request::Request;
use super::{Decision, Obstacle, Rules, denial};
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Span, Visitor};

/// What matters of a Fetch request.
#[derive(Default)]
struct Fetch {
    facts: Facts,
    session: Option<(Span, i32)>,
    epoch: i32,
}

impl Visitor for Fetch {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::SessionId, Scalar::Int32(id)) => self.session = Some((at.span, id)),
            (Mark::SessionEpoch, Scalar::Int32(epoch)) => self.epoch = epoch,
            _ => self.facts.value(field, at, value),
        }
    }
}

pub(super) fn decide(
    request: &mut Request<'_>,
    rules: Rules,
    sessions: &mut FetchSessions,
) -> Result<Decision, Obstacle> {
    let mut fetch = Fetch::default();
    let unknown = request.walk(&mut fetch)?;
    if fetch.facts.is_follower && !rules.own_identity {
        let body = request.read()?;
        return request.refuse(&body, error_code::TOPIC_AUTHORIZATION_FAILED);
    }
    let Some((span, id)) = fetch.session else {
        return request.forward(unknown); // before version 7
    };
    match sessions.admit(id, fetch.epoch) {
        Admission::AsItIs => {}
        Admission::WithoutId => request.zero(span),
        Admission::Unknown => {
            let (api, version) = (request.api, request.version);
            let code = error_code::FETCH_SESSION_ID_NOT_FOUND;
            return request.answer(&denial::top_level(api, version, code));
        }
    }
    request.forward(unknown)
}
