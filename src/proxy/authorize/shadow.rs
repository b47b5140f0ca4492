//! Rules that are only tried (`authorization = "shadow"`): what they would deny of a request, and whether the
//! broker denied it too.

use super::Rules;
use super::authority::{Authority, Denials};
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

/// What rules that are only tried say of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// It would go up as it came, or be answered as the broker does.
    Allows,
    /// It would be denied, in whole or in part.
    Denies,
    /// Nothing that is known yet would be denied; of the rest the broker would have to be asked, or topics be
    /// matched, before.
    Unsure,
}

impl Trial {
    /// The stable word for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allows => "allow",
            Self::Denies => "deny",
            Self::Unsure => "unknown",
        }
    }

    /// By what was denied of a request that could be decided.
    const fn of(denials: &Denials) -> Self {
        if denials.is_empty() {
            Self::Allows
        } else {
            Self::Denies
        }
    }
}

/// Tries a request that was read whole; what of it would be denied is in `authority.denials`. `None` where
/// nothing is decided of that API, or it would not go up at all. The request stays as it is.
pub fn try_out(
    api: &'static Api,
    version: i16,
    frame: &mut [u8],
    rules: Rules,
    authority: &mut Authority<'_>,
) -> Option<Trial> {
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
            let decided = enforce::decide(&request, rules, authority);
            let said = Trial::of(authority.denials);
            return match (said, decided) {
                (Trial::Allows, Ok(Close(_)) | Err(_)) => None,
                (Trial::Allows, Ok(Ask(_) | Match(_))) => Some(Trial::Unsure),
                (said, _) => Some(said),
            };
        }
    };
    note(&request, needs, authority).ok()?;
    Some(Trial::of(authority.denials))
}

/// Tries writing to the topics of a Produce that streamed.
pub(super) fn try_produce(
    keys: &[TopicKey],
    transactional_id: Option<&str>,
    authority: &mut Authority<'_>,
) -> Trial {
    if let Some(id) = transactional_id {
        authority.may(Operation::Write, &Resource::transactional_id(id));
    }
    for key in keys {
        if let Some(name) = key.name(authority) {
            authority.may_topic(Operation::Write, &name);
        }
    }
    Trial::of(authority.denials)
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
