//! FindCoordinator: DESCRIBE of the group or transactional id that is looked for.

use super::merge::{Merge, Part, Slot};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Amend;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::enforce::filter::Filter;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle, denial};
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// `FindCoordinatorRequest.CoordinatorType`: groups, transactions, and keys of share state, which brokers
/// look up among themselves.
const GROUP: i64 = 0;
const TRANSACTION: i64 = 1;
const SHARE: i64 = 2;

/// The first version that asks for several keys (KIP-699).
const BATCHED: i16 = 4;

/// The first version that knows keys of share state (KIP-932).
const SHARE_KEYS: i16 = 6;

/// `KafkaApis.handleFindCoordinatorRequest`. Keys of share state need CLUSTER_ACTION, which no client has.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut keys = Keys {
        authority,
        group: true,
        transaction: true,
        key_type: GROUP,
    };
    let unknown = request.walk(&mut keys)?;
    let code = match keys.key_type {
        GROUP if keys.group => return request.forward(unknown),
        TRANSACTION if keys.transaction => return request.forward(unknown),
        GROUP => error_code::GROUP_AUTHORIZATION_FAILED,
        TRANSACTION => error_code::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        SHARE if request.version >= SHARE_KEYS => {
            return request.refuse(&request.read()?, error_code::CLUSTER_AUTHORIZATION_FAILED);
        }
        _ => return request.refuse(&request.read()?, error_code::INVALID_REQUEST),
    };
    refuse_denied(request, &request.read()?, code, authority)
}

fn refuse_denied(
    request: &Request<'_>,
    body: &Value,
    code: i16,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let mut may = |key: &str| {
        let resource = if code == error_code::GROUP_AUTHORIZATION_FAILED {
            Resource::group(key)
        } else {
            Resource::transactional_id(key)
        };
        authority.may(Operation::Describe, &resource)
    };
    if request.version < BATCHED {
        may(body.str("Key").unwrap_or_default());
        let mut answer = denial::top_level(request.api, request.version, code);
        answer.set("ErrorMessage", error_code::message(code));
        return request.answer(&answer);
    }
    let mut kept = Vec::new();
    let mut slots = Vec::new();
    for key in body.items("CoordinatorKeys") {
        if may(key.as_str().unwrap_or_default()) {
            kept.push(key.clone());
            slots.push(Slot::Asked(Part::default()));
        } else {
            slots.push(Slot::Refused(refused_key(key, code)));
        }
    }
    let merge = Merge {
        field: "Coordinators",
        slots,
    };
    if kept.is_empty() {
        return request.answer(&merge.refusals());
    }
    let mut left = body.clone();
    left.set("CoordinatorKeys", kept);
    Ok(Decision::ForwardAndAmend {
        frame: Some(request.with_body(&left)?),
        amend: Amend::filter(Filter::Merge(merge)),
    })
}

/// `Node.noNode()`, without a message.
fn refused_key(key: &Value, code: i16) -> Value {
    Value::fields([
        ("Key", key.clone()),
        ("NodeId", Value::Int(-1)),
        ("Port", Value::Int(-1)),
        (denial::ERROR_CODE, code.into()),
    ])
}

/// Whether all keys may be looked for, as groups and as transactional ids: the type comes after the key in
/// old versions.
struct Keys<'a, 'b> {
    authority: &'a mut Authority<'b>,
    group: bool,
    transaction: bool,
    key_type: i64,
}

impl Visitor for Keys<'_, '_> {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::KeyType, Scalar::Int8(of)) => self.key_type = i64::from(of),
            (Mark::CoordinatorKey, Scalar::Str(key)) => {
                let mut may = |resource| self.authority.may_quietly(Operation::Describe, &resource);
                self.group &= may(Resource::group(key));
                self.transaction &= may(Resource::transactional_id(key));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::{Bench, codes, texts, versions};
    use crate::wire::tables::api_key::FIND_COORDINATOR;

    fn body(version: i16, key_type: i8, keys: &[&str]) -> Value {
        let mut body = Value::fields([]);
        if version >= BATCHED {
            body.set("CoordinatorKeys", Value::array(keys.to_vec()));
        } else {
            body.set("Key", keys[0]);
        }
        if version >= 1 {
            body.set("KeyType", key_type);
        }
        body
    }

    const ACLS: &[&str] = &[
        "ALLOW READ GROUP LITERAL g",
        "ALLOW WRITE TRANSACTIONAL_ID LITERAL t",
    ];

    #[test]
    fn what_may_be_described_goes_up_as_it_came() {
        for version in versions(FIND_COORDINATOR, 0) {
            let mut bench = Bench::new(FIND_COORDINATOR, version, ACLS);
            let outcome = bench.decide(&body(version, 0, &["g"]));
            assert!(outcome.as_it_came, "v{version}");
            if version >= 1 {
                let outcome = bench.decide(&body(version, 1, &["t"]));
                assert!(outcome.as_it_came, "v{version}");
            }
            assert!(bench.session.denials.is_empty());
        }
    }

    #[test]
    fn denied_keys_have_kafkas_code_and_message() {
        for version in versions(FIND_COORDINATOR, 0) {
            for (key_type, code, text) in [
                (0, 30, "Group authorization failed."),
                (1, 53, "Transactional Id authorization failed."),
            ] {
                if version == 0 && key_type == 1 {
                    continue;
                }
                let mut bench = Bench::new(FIND_COORDINATOR, version, ACLS);
                // A right to the other kind is none to this one.
                let name = ["t", "g"][usize::try_from(key_type).unwrap()];
                let answer = bench
                    .decide(&body(version, key_type, &[name]))
                    .answer
                    .unwrap();
                assert_eq!(codes(&answer), [code], "v{version}");
                let item = answer.items("Coordinators").first().unwrap_or(&answer);
                assert_eq!((item.int("NodeId"), item.int("Port")), (Some(-1), Some(-1)));
                assert_eq!(item.str("Host"), Some(""));
                match version {
                    0 => assert_eq!(item.get("ErrorMessage"), None),
                    1..BATCHED => assert_eq!(item.str("ErrorMessage"), Some(text)),
                    _ => assert_eq!(item.str("ErrorMessage"), Some("")),
                }
                assert!(!bench.session.denials.is_empty());
            }
        }
    }

    #[test]
    fn denied_keys_keep_their_places() {
        for version in versions(FIND_COORDINATOR, BATCHED) {
            let mut bench = Bench::new(FIND_COORDINATOR, version, ACLS);
            let outcome = bench.decide(&body(version, 0, &["x", "g", "y", "g"]));
            assert_eq!(texts(outcome.up.as_ref().unwrap()), ["g", "g"]);
            let found = |node: i32| {
                Value::fields([
                    ("Key", "g".into()),
                    ("NodeId", node.into()),
                    ("Port", 9.into()),
                ])
            };
            let said = Value::fields([("Coordinators", Value::array([found(1), found(2)]))]);
            let answer = bench.answered(&outcome, &said);
            let nodes: Vec<_> = answer
                .items("Coordinators")
                .iter()
                .map(|item| (item.str("Key").unwrap(), item.int("NodeId").unwrap()))
                .collect();
            assert_eq!(nodes, [("x", -1), ("g", 1), ("y", -1), ("g", 2)]);
            assert_eq!(codes(&answer), [30, 0, 30, 0]);
        }
    }

    #[test]
    fn keys_of_share_state_are_between_brokers() {
        let all = [
            "ALLOW ALL CLUSTER LITERAL kafka-cluster",
            "ALLOW ALL GROUP LITERAL *",
        ];
        for version in versions(FIND_COORDINATOR, 1) {
            for (key_type, code) in [(2, if version >= SHARE_KEYS { 31 } else { 42 }), (3, 42)] {
                let mut bench = Bench::new(FIND_COORDINATOR, version, &all);
                let body = body(version, key_type, &["g:AAAAAAAAAAAAAAAAAAAAAA:0"]);
                assert_eq!(
                    codes(&bench.decide(&body).answer.unwrap()),
                    [code],
                    "v{version}"
                );
            }
        }
    }
}
