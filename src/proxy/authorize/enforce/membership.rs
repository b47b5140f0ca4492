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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, versions};
    use crate::proxy::rewrite::sample::populated;
    use crate::wire::api::api;
    use crate::wire::tables::api_key::*;

    const APIS: [i16; 5] = [
        JOIN_GROUP,
        SYNC_GROUP,
        HEARTBEAT,
        LEAVE_GROUP,
        STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
    ];

    #[test]
    fn members_need_read_of_their_group_and_nothing_else() {
        for key in APIS {
            for version in versions(key, 0) {
                let body = populated(&api(key).unwrap().request.root, version);
                let mut bench = Bench::new(key, version, &["ALLOW READ GROUP LITERAL text"]);
                assert!(bench.decide(&body).as_it_came, "{key} v{version}");
                let mut bench = Bench::new(key, version, &["ALLOW DESCRIBE GROUP LITERAL text"]);
                let answer = bench.decide(&body).answer.unwrap();
                assert_eq!(codes(&answer), [30], "{key} v{version}");
                if key == JOIN_GROUP {
                    assert_eq!(answer.int("GenerationId"), Some(-1));
                    let protocol = answer.get("ProtocolName");
                    let null = version >= 7;
                    assert_eq!(protocol.map(Value::is_null), Some(null), "v{version}");
                }
                let denials = bench.session.denials.into_kept();
                assert_eq!(denials.len(), 1);
            }
        }
    }

    #[test]
    fn a_sync_without_protocol_is_wrong_before_it_is_denied() {
        for version in versions(SYNC_GROUP, 0) {
            let mut bench = Bench::new(SYNC_GROUP, version, &[]);
            let body = Value::fields([("GroupId", "g".into())]);
            let code = if version >= SYNC_WITH_PROTOCOL {
                23
            } else {
                30
            };
            assert_eq!(
                codes(&bench.decide(&body).answer.unwrap()),
                [code],
                "v{version}"
            );
        }
    }
}
