//! AlterConfigs and IncrementalAlterConfigs where brokers see one identity for all: what changes the cluster
//! is cut out of the request, and its refusal is added to the broker's answer.

use super::amend::{Amend, Position};
use super::facts::is_of_cluster;
use super::request::Request;
use super::{Decision, Obstacle, refuse};
use crate::wire::error_code;
use crate::wire::value::Value;

/// The field that lists the results, in the answers of both APIs.
const RESULTS: &str = "Responses";

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
    let amend = Amend::added(RESULTS, denied.collect(), Position::Last);
    let mut left = body.clone();
    left.set("Resources", Value::array(kept.into_iter().cloned()));
    let frame = Some(request.with_body(&left)?);
    Ok(Decision::ForwardAndAmend { frame, amend })
}
