//! AlterConfigs and IncrementalAlterConfigs: what changes the cluster is cut out of the request, and its
//! refusal is added to the broker's answer.

use super::facts::is_of_cluster;
use super::request::Request;
use super::{Decision, Obstacle, refuse};
use crate::wire::api::Api;
use crate::wire::error_code;
use crate::wire::frame;
use crate::wire::malformed::Malformed;
use crate::wire::read::read;
use crate::wire::value::Value;
use crate::wire::write::Unwritable;

/// The field that lists the results, in the answers of both APIs.
const RESULTS: &str = "Responses";

/// What was denied here and must appear in the broker's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    denied: Vec<Value>,
}

/// Why denied items cannot be added to a broker's answer.
#[derive(Debug, thiserror::Error)]
pub enum Unmergeable {
    /// The answer does not follow Kafka's definition.
    #[error("the broker's answer is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The sum cannot be written.
    #[error("the denied items cannot be added to the broker's answer: {0}")]
    Unwritable(#[from] Unwritable),
}

impl Merge {
    /// Adds what was denied to `answer`, the broker's, without its four length bytes. Gives the whole frame
    /// with them.
    ///
    /// # Errors
    /// When `answer` is none of this API and version.
    pub fn apply(
        &self,
        api: &'static Api,
        version: i16,
        answer: &[u8],
    ) -> Result<Vec<u8>, Unmergeable> {
        let (id, body_at) = frame::response_header(api, version, answer)?;
        let body = answer.get(body_at..).unwrap_or_default();
        let mut body = read(api.response, version, body)?;
        match body.items_mut(RESULTS) {
            Some(results) => results.extend(self.denied.iter().cloned()),
            None => body.set(RESULTS, self.denied.clone()),
        }
        Ok(frame::response(api, version, id, &body)?)
    }
}

/// Decides about a request that names configs of the cluster: all of it is refused, or what is of the
/// cluster is cut out.
pub(super) fn decide(request: &Request<'_>) -> Result<Decision, Obstacle> {
    let body = request.read()?;
    let code = error_code::CLUSTER_AUTHORIZATION_FAILED;
    let of_cluster = |resource: &&Value| resource.int("ResourceType").is_none_or(is_of_cluster);
    let (cut, kept): (Vec<&Value>, Vec<&Value>) =
        body.items("Resources").iter().partition(of_cluster);
    if kept.is_empty() {
        return request.refuse(&body, code);
    }
    let denied = cut
        .into_iter()
        .map(|resource| refuse::config(resource, code));
    let merge = Merge {
        denied: denied.collect(),
    };
    let mut left = body.clone();
    left.set("Resources", Value::array(kept.into_iter().cloned()));
    let frame = request.with_body(&left)?;
    Ok(Decision::ForwardAndMerge { frame, merge })
}
