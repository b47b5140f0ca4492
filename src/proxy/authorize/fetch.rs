//! Fetch requests: whose session they speak of, and whether a follower speaks.

use super::fetch_sessions::{Admission, FetchSessions};
use super::request::Request;
use super::{Decision, Obstacle, Rules, denial};
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Span, Visitor};

/// What matters of a Fetch request.
#[derive(Default)]
struct Facts {
    /// At the top level up to version 14, in a tagged field after all topics later.
    is_follower: bool,
    session: Option<(Span, i32)>,
    epoch: i32,
}

impl Visitor for Facts {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        let Scalar::Int32(number) = value else {
            return;
        };
        match field.mark {
            Mark::ReplicaId => self.is_follower |= number >= 0,
            Mark::SessionId => self.session = Some((at.span, number)),
            Mark::SessionEpoch => self.epoch = number,
            _ => {}
        }
    }
}

pub(super) fn decide(
    request: &mut Request<'_>,
    rules: Rules,
    sessions: &mut FetchSessions,
) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    if facts.is_follower && !rules.own_identity {
        let body = request.read()?;
        return request.refuse(&body, error_code::TOPIC_AUTHORIZATION_FAILED);
    }
    let Some((span, id)) = facts.session else {
        return request.forward(unknown); // before version 7
    };
    match sessions.admit(id, facts.epoch) {
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
