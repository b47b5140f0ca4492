//! What a session may see of an answer: decided when the answer is there, by the rights of that moment.

use crate::proxy::authorize::authority::Authority;
use crate::wire::value::Value;

/// What is looked at in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {}

/// Takes out of `body`, an answer in `version`, what the session may not see.
pub(in crate::proxy::authorize) fn apply(
    filter: &Filter,
    _version: i16,
    _body: &mut Value,
    _authority: &mut Authority<'_>,
) {
    match *filter {}
}
