//! Rules that are only tried (`authorization = "shadow"`): what they would deny of a request, and whether the
//! broker denied it too.

use super::Rules;
use super::authority::Authority;
use super::enforce;
use super::enforce::allowed::{Needs, note};
use super::enforce::produce;
use super::guard::{Guard, guard};
use super::listed::TopicKey;
use super::request::Request;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::wire::api::Api;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Visitor};
use crate::wire::walker::Walker;

/// Whether a request that was read whole would be denied, in whole or in part; what of it is in
/// `authority.denials`. `None` where that cannot be said: nothing is decided of that API, or the broker would
/// have to be asked first. The request stays as it is.
pub fn try_out(
    api: &'static Api,
    version: i16,
    frame: &mut [u8],
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Option<bool> {
    let request = Request::new(api, version, frame);
    let needs = match guard(api.key) {
        Guard::Blocked | Guard::Local => return None,
        Guard::Stream => produce::NEEDS,
        Guard::Fetch | Guard::Share => Needs {
            topic: Some(Operation::Read),
            group: Some(Operation::Read),
            ..Needs::default()
        },
        _ => {
            use super::Decision::{Ask, Close, Match};
            return match enforce::decide(&request, rules, authority) {
                Ok(Ask(_) | Match(_) | Close(_)) | Err(_) if authority.denials.is_empty() => None,
                _ => Some(!authority.denials.is_empty()),
            };
        }
    };
    note(&request, needs, authority).ok()?;
    Some(!authority.denials.is_empty())
}

/// Whether writing to the topics of a Produce that streamed would be denied.
pub(super) fn try_produce(
    keys: &[TopicKey],
    transactional_id: Option<&str>,
    authority: &mut Authority<'_>,
) -> bool {
    if let Some(id) = transactional_id {
        authority.may(Operation::Write, &Resource::transactional_id(id));
    }
    for key in keys {
        if let Some(name) = key.name(authority) {
            authority.may_topic(Operation::Write, &name);
        }
    }
    !authority.denials.is_empty()
}

/// Whether the broker denied something, as its `frame` says, an answer without its length. A broken answer
/// says nothing.
#[must_use]
pub fn broker_denied(api: &'static Api, version: i16, frame: &[u8]) -> bool {
    let mut codes = Codes::default();
    let walked = Walker::response(api, version, frame.len()).walk_held(frame, &mut codes);
    walked.is_ok() && codes.denied
}

/// Whether an error code is one of a denial.
const fn is_denial(code: i16) -> bool {
    matches!(
        code,
        error_code::TOPIC_AUTHORIZATION_FAILED
            | error_code::GROUP_AUTHORIZATION_FAILED
            | error_code::CLUSTER_AUTHORIZATION_FAILED
            | error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            | error_code::DELEGATION_TOKEN_AUTHORIZATION_FAILED
    )
}

#[derive(Default)]
struct Codes {
    denied: bool,
}

impl Visitor for Codes {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        let code = matches!(
            field.mark,
            Mark::ErrorCode | Mark::AcknowledgeErrorCode | Mark::TopicConfigErrorCode
        );
        if let (true, Scalar::Int16(code)) = (code, value) {
            self.denied |= is_denial(code);
        }
    }
}
