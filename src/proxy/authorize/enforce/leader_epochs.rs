//! OffsetForLeaderEpoch: consumers need DESCRIBE of each topic, and followers are no clients.

use super::allowed::{self, Needs};
use super::items::{self, Items, refused_topic};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Position;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::facts::Facts;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::value::Value;

/// `KafkaApis.handleOffsetForLeaderEpochRequest`: whoever has CLUSTER_ACTION needs nothing else.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut facts = Facts::default();
    let unknown = request.walk(&mut facts)?;
    if facts.is_follower {
        return request.refuse(&request.read()?, error_code::TOPIC_AUTHORIZATION_FAILED);
    }
    if authority.may_quietly(Operation::ClusterAction, &Resource::CLUSTER) {
        return request.forward(unknown);
    }
    let needs = Needs {
        topic: Some(Operation::Describe),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let items = Items {
        asked: "Topics",
        answered: "Topics",
        position: Position::Last,
    };
    let refused = |item: &Value, authority: &mut Authority<'_>| {
        refused_topic(item, Operation::Describe, authority)
    };
    items::decide(request, &request.read()?, items, authority, refused)
}
