//! The group that a member waits for: brokers answer JoinGroup and SyncGroup when others have come, minutes
//! later, and their answers tell of those.

use crate::wire::api::Api;
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::visitor::{At, Scalar, Visitor};
use crate::wire::walker::Walker;

/// Whether the answer to the API with `key` waits for other members of a group and tells of them: its members'
/// metadata, or an assignment.
#[must_use]
pub const fn awaits_group(key: i16) -> bool {
    matches!(key, api_key::JOIN_GROUP | api_key::SYNC_GROUP)
}

/// The group that a request which [awaits one](awaits_group) is about: `frame` lacks its length and has been
/// decided. `None` for all other requests.
#[must_use]
pub fn awaited_group(api: &'static Api, version: i16, frame: &mut [u8]) -> Option<Box<str>> {
    if !awaits_group(api.key) {
        return None;
    }
    let mut named = Named::default();
    let mut walker = Walker::request(api, version, frame.len());
    walker.walk_held(frame, &mut named).ok()?;
    named.group
}

#[derive(Default)]
struct Named {
    group: Option<Box<str>>,
}

impl Visitor for Named {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        if let (Mark::GroupId, Scalar::Str(id)) = (field.mark, value) {
            self.group = Some(id.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::rewrite::sample::populated;
    use crate::wire::{api::api, frame};

    #[test]
    fn the_group_of_a_join_or_sync_is_found_and_that_of_others_not_looked_for() {
        for (key, expected) in [
            (api_key::JOIN_GROUP, Some("text")),
            (api_key::SYNC_GROUP, Some("text")),
            (api_key::HEARTBEAT, None),
        ] {
            let api = api(key).unwrap();
            for version in api.min_version..=api.max_version {
                let body = populated(&api.request.root, version);
                let framed = frame::request(api, version, 1, None, &body).unwrap();
                let mut frame = framed[frame::LENGTH_BYTES..].to_vec();
                let group = awaited_group(api, version, &mut frame);
                assert_eq!(group.as_deref(), expected, "{key} v{version}");
            }
        }
    }
}
