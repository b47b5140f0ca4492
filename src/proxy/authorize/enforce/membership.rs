//! Requests of members about their group that are allowed as a whole or not at all: READ of the group.

use super::allowed::{self, Needs};
use crate::policy::operation::Operation;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code;
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// The first SyncGroup that must say which protocol it is about (KIP-559).
const SYNC_WITH_PROTOCOL: i16 = 5;

/// JoinGroup, SyncGroup, Heartbeat, LeaveGroup and StreamsGroupTopologyDescriptionUpdate, whose topics
/// Kafka does not check (`KafkaApis`).
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let needs = Needs {
        group: Some(Operation::Read),
        ..Needs::default()
    };
    if let Some(unknown) = allowed::walk(request, needs, authority)? {
        return request.forward(unknown);
    }
    let body = request.read()?;
    let code = if lacks_protocol(request, &body) {
        error_code::INCONSISTENT_GROUP_PROTOCOL
    } else {
        authority.may_group(Operation::Read, body.str("GroupId").unwrap_or_default());
        error_code::GROUP_AUTHORIZATION_FAILED
    };
    request.refuse(&body, code)
}

/// What Kafka looks at before it authorizes.
fn lacks_protocol(request: &Request<'_>, body: &Value) -> bool {
    request.api.key == api_key::SYNC_GROUP
        && request.version >= SYNC_WITH_PROTOCOL
        && (body.str("ProtocolType").is_none() || body.str("ProtocolName").is_none())
}
