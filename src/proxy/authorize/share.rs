//! ShareFetch and ShareAcknowledge: whose share session they speak of.

use super::request::Request;
use super::share_sessions::OwnShareSessions;
use super::{Decision, Obstacle, denial};
use crate::limits::SHARE_FETCH_BYTES_MAX;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::visitor::{At, Scalar, Visitor};

/// What matters of a request.
#[derive(Default)]
struct Facts {
    group: Option<String>,
    member: Option<String>,
    epoch: i32,
    max_bytes: i32,
}

impl Visitor for Facts {
    const ALL: bool = true;

    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::GroupId, Scalar::Str(group)) => self.group = Some(group.to_owned()),
            (Mark::MemberId, Scalar::Str(member)) => self.member = Some(member.to_owned()),
            (Mark::ShareSessionEpoch, Scalar::Int32(epoch)) => self.epoch = epoch,
            (_, Scalar::Int32(bytes)) if field.name == MAX_BYTES => self.max_bytes = bytes,
            _ => {}
        }
    }
}

/// The field with the most bytes of records that an answer shall hold.
const MAX_BYTES: &str = "MaxBytes";

/// The request asking for no longer an answer than can be held: unlike Fetch, its answer is
/// rewritten at its end by more than a tag. A broker sends one batch whatever its size, and less
/// is never wrong: the rest comes with the next answer.
fn with_less(request: &Request<'_>) -> Result<Decision, Obstacle> {
    let mut body = request.read()?;
    body.set(MAX_BYTES, SHARE_FETCH_BYTES_MAX);
    Ok(Decision::Replace(request.with_body(&body)?))
}

pub(super) fn decide(
    request: &Request<'_>,
    sessions: &mut OwnShareSessions,
) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    let code = match (facts.group, facts.member) {
        (Some(group), Some(member)) => {
            let opens = request.api.key == api_key::SHARE_FETCH;
            if sessions.admit(group, member, facts.epoch, opens) {
                return if facts.max_bytes > SHARE_FETCH_BYTES_MAX {
                    with_less(request)
                } else {
                    request.forward(unknown)
                };
            }
            error_code::SHARE_SESSION_NOT_FOUND
        }
        _ => error_code::INVALID_REQUEST, // as the broker says of a missing group
    };
    request.answer(&denial::top_level(request.api, request.version, code))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::wire::{api::api, frame, read::read, value::Value};

    #[test]
    fn a_share_fetch_asks_for_no_longer_an_answer_than_can_be_held() {
        let api = api(api_key::SHARE_FETCH).unwrap();
        for (asked, goes_up) in [
            (i32::MAX, SHARE_FETCH_BYTES_MAX),
            (SHARE_FETCH_BYTES_MAX + 1, SHARE_FETCH_BYTES_MAX),
            (SHARE_FETCH_BYTES_MAX, SHARE_FETCH_BYTES_MAX),
            (1, 1),
        ] {
            let body = Value::fields([
                ("GroupId", "g".into()),
                ("MemberId", "m".into()),
                (MAX_BYTES, asked.into()),
            ]);
            for version in api.min_version..=api.max_version {
                let sent = frame::request(api, version, 1, None, &body).unwrap();
                let mut frame = sent[frame::LENGTH_BYTES..].to_vec();
                let mut sessions = OwnShareSessions::new(Arc::default(), "cluster", "alice");
                let decided = decide(&Request::new(api, version, &mut frame), &mut sessions);
                let up = match decided.unwrap() {
                    Decision::Forward => sent[frame::LENGTH_BYTES..].to_vec(),
                    Decision::Replace(frame) => frame[frame::LENGTH_BYTES..].to_vec(),
                    other => panic!("{other:?}"),
                };
                let at = frame::request_header(&up).unwrap().body_at;
                let body = read(api.request, version, &up[at..]).unwrap();
                assert_eq!(
                    body.int(MAX_BYTES),
                    Some(goes_up.into()),
                    "v{version} {asked}"
                );
            }
        }
    }
}
