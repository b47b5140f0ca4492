//! DescribeAcls, CreateAcls and DeleteAcls: they are about Oathgate's rules, not the broker's.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::{ACL_LOOKS_MAX, LISTED_ACLS_MAX};
use crate::policy::acl::{Acl, Permission};
use crate::policy::acl_filter::{AclFilter, PatternFilter};
use crate::policy::operation::{AclOperation, Operation};
use crate::policy::pattern::PatternType;
use crate::policy::resource::ResourceType;
use crate::policy::rule::Rule;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{CloseReason, Decision, Obstacle};
use crate::wire::error_code::{
    CLUSTER_AUTHORIZATION_FAILED, INVALID_REQUEST, NONE, POLICY_VIOLATION, SECURITY_DISABLED,
};
use crate::wire::tables::api_key;
use crate::wire::value::Value;

/// Kafka's "any" in filters, for types of resource, types of pattern, operations and permissions.
const ANY: i64 = 1;

/// Kafka's `PatternType.MATCH`.
const MATCH: i64 = 2;

/// Why none is created, and none deleted that is not there.
const NOT_HERE: &str = "ACLs of this cluster are kept in the configuration of Oathgate and cannot be changed by clients.";

/// Why none is deleted that is.
const IN_FILE: &str =
    "This rule stands in the configuration of Oathgate: it ends when it is taken out there.";

/// Why nothing is said of a filter.
const TOO_MANY: &str = "More rules match than one answer lists; write fewer or narrower filters.";

/// DESCRIBE CLUSTER to see them, ALTER CLUSTER to change them. Changes end there: there is no store yet
/// that would keep them through a restart.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let operation = if request.api.key == api_key::DESCRIBE_ACLS {
        Operation::Describe
    } else {
        Operation::Alter
    };
    let body = request.read()?;
    if !authority.may_cluster(operation) {
        return request.refuse(&body, CLUSTER_AUTHORIZATION_FAILED);
    }
    let rules = authority.rights.policy().rules();
    let answer = match request.api.key {
        api_key::DESCRIBE_ACLS => filter_of(&body).map(|filter| described(rules, &filter)),
        api_key::CREATE_ACLS => {
            let created = |_| outcome(SECURITY_DISABLED, Some(NOT_HERE));
            let results = body.items("Creations").iter().map(created);
            Some(Value::fields([("Results", Value::array(results))]))
        }
        _ => {
            let filters: Option<Vec<AclFilter>> =
                body.items("Filters").iter().map(filter_of).collect();
            filters.map(|filters| {
                let looks = filters.len().saturating_mul(rules.len());
                let mut room = if looks > ACL_LOOKS_MAX {
                    0
                } else {
                    LISTED_ACLS_MAX
                };
                let results = filters
                    .iter()
                    .map(|filter| deleted(rules, filter, &mut room));
                Value::fields([("FilterResults", Value::array(results))])
            })
        }
    };
    match answer {
        Some(answer) => request.answer(&answer),
        // As a broker does: it cannot say what is wrong with a filter.
        None => Ok(Decision::Close(CloseReason::NotAuthorizable(
            request.api.key,
        ))),
    }
}

fn outcome(code: i16, text: Option<&str>) -> Value {
    Value::fields([("ErrorCode", code.into()), ("ErrorMessage", text.into())])
}

/// The filter in `body`; `None` where it names something that Kafka does not know.
fn filter_of(body: &Value) -> Option<AclFilter> {
    let text = |field| body.str(field).map(str::to_owned);
    let code = |field| body.int(field).unwrap_or_default();
    let pattern = match code("PatternTypeFilter") {
        ANY => PatternFilter::Any,
        MATCH => PatternFilter::Match,
        other => PatternFilter::One(coded(&PatternType::ALL, PatternType::code, other)?),
    };
    let operations = Operation::ALL.map(AclOperation::One);
    let operation = match code("Operation") {
        all if all == i64::from(AclOperation::All.code()) => Some(AclOperation::All),
        other => any_or(&operations, AclOperation::code, other)?,
    };
    Some(AclFilter {
        resource_type: any_or(
            &ResourceType::ALL,
            ResourceType::code,
            code("ResourceTypeFilter"),
        )?,
        name: text("ResourceNameFilter"),
        pattern,
        principal: text("PrincipalFilter"),
        host: text("HostFilter"),
        operation,
        permission: any_or(&Permission::ALL, Permission::code, code("PermissionType"))?,
    })
}

/// The one of `all` with that code.
fn coded<T: Copy>(all: &[T], code_of: impl Fn(T) -> u8, code: i64) -> Option<T> {
    let mut all = all.iter().copied();
    all.find(|one| i64::from(code_of(*one)) == code)
}

/// The same, `Some(None)` = any.
#[expect(clippy::option_option, reason = "unknown, any, or one")]
fn any_or<T: Copy>(all: &[T], code_of: impl Fn(T) -> u8, code: i64) -> Option<Option<T>> {
    if code == ANY {
        return Some(None);
    }
    coded(all, code_of, code).map(Some)
}

/// The ACLs that `rules` amount to and `filter` means, each once.
fn matching(rules: &[Rule], filter: &AclFilter) -> BTreeSet<Acl> {
    let all = rules.iter().flat_map(Rule::acls);
    all.filter(|acl| filter.matches(acl)).collect()
}

/// By pattern, as `DescribeAclsResponse.aclsResources` does.
fn described(rules: &[Rule], filter: &AclFilter) -> Value {
    let mut resources = BTreeMap::new();
    for acl in matching(rules, filter) {
        let Acl {
            resource_type,
            pattern,
            ..
        } = &acl;
        let entries: &mut Vec<Value> = resources
            .entry((*resource_type, pattern.clone()))
            .or_default();
        let mut entry = Value::fields([]);
        set_entry(&mut entry, &acl);
        entries.push(entry);
    }
    let resource = |((resource_type, pattern), entries): ((ResourceType, _), _)| {
        let mut resource = Value::fields([("Acls", Value::Array(entries))]);
        set_resource(&mut resource, resource_type, &pattern);
        resource
    };
    let resources = resources.into_iter().map(resource);
    Value::fields([("Resources", Value::array(resources))])
}

fn set_resource(
    of: &mut Value,
    resource_type: ResourceType,
    pattern: &crate::policy::pattern::Pattern,
) {
    of.set("ResourceType", i64::from(resource_type.code()));
    of.set("ResourceName", pattern.name());
    of.set("PatternType", i64::from(pattern.pattern_type().code()));
}

fn set_entry(of: &mut Value, acl: &Acl) {
    of.set("Principal", acl.principal.to_string());
    of.set("Host", acl.host.to_string());
    of.set("Operation", i64::from(acl.operation.code()));
    of.set("PermissionType", i64::from(acl.permission.code()));
}

/// What becomes of those that a filter of DeleteAcls means, while there is `room` for them in the answer.
fn deleted(rules: &[Rule], filter: &AclFilter, room: &mut usize) -> Value {
    if *room == 0 {
        return outcome(INVALID_REQUEST, Some(TOO_MANY));
    }
    let stays = |acl: Acl| {
        let mut out = outcome(POLICY_VIOLATION, Some(IN_FILE));
        set_resource(&mut out, acl.resource_type, &acl.pattern);
        set_entry(&mut out, &acl);
        out
    };
    let matching = matching(rules, filter);
    if matching.is_empty() {
        return outcome(SECURITY_DISABLED, Some(NOT_HERE));
    }
    let Some(left) = room.checked_sub(matching.len()) else {
        *room = 0;
        return outcome(INVALID_REQUEST, Some(TOO_MANY));
    };
    *room = left;
    let mut out = outcome(NONE, None);
    out.set(
        "MatchingAcls",
        Value::array(matching.into_iter().map(stays)),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::tables::api_key::{CREATE_ACLS, DELETE_ACLS, DESCRIBE_ACLS};

    const DESCRIBES: &str = "ALLOW DESCRIBE CLUSTER LITERAL kafka-cluster User:a *";
    const ALTERS: &str = "ALLOW ALTER CLUSTER LITERAL kafka-cluster User:a *";
    const OTHERS: [&str; 2] = [
        "ALLOW READ TOPIC PREFIXED ord User:b 10.0.0.0/8",
        "DENY ALL TOPIC PREFIXED ord Group:team *",
    ];

    fn any() -> Value {
        Value::fields([
            ("ResourceTypeFilter", 1.into()),
            ("ResourceNameFilter", Value::Null),
            ("PatternTypeFilter", 1.into()),
            ("PrincipalFilter", Value::Null),
            ("HostFilter", Value::Null),
            ("Operation", 1.into()),
            ("PermissionType", 1.into()),
        ])
    }

    fn of_topic(name: &str) -> Value {
        let mut filter = any();
        filter.set("ResourceTypeFilter", 2);
        filter.set("ResourceNameFilter", name);
        filter.set("PatternTypeFilter", 2);
        filter
    }

    #[test]
    fn rules_are_described_to_who_may_describe_the_cluster() {
        for version in 1..=3 {
            let mut trial = Session::of(&[DESCRIBES, OTHERS[0], OTHERS[1]]);
            let answer = trial.answer(DESCRIBE_ACLS, version, &of_topic("orders"));
            assert_eq!(answer.int("ErrorCode"), Some(0));
            let [resource] = answer.items("Resources") else {
                panic!("{answer:?}");
            };
            assert_eq!(resource.int("ResourceType"), Some(2));
            assert_eq!(resource.str("ResourceName"), Some("ord"));
            assert_eq!(resource.int("PatternType"), Some(4));
            let row = |acl: &Value| {
                let [principal, host] =
                    ["Principal", "Host"].map(|field| acl.str(field).unwrap().to_owned());
                let [operation, permission] =
                    ["Operation", "PermissionType"].map(|field| acl.int(field).unwrap());
                (principal, host, operation, permission)
            };
            let mut rows: Vec<_> = resource.items("Acls").iter().map(row).collect();
            rows.sort();
            let expected = [
                ("Group:team".to_owned(), "*".to_owned(), 2, 2),
                ("User:b".to_owned(), "10.0.0.0/8".to_owned(), 3, 3),
            ];
            assert_eq!(rows, expected, "v{version}");
            let all = trial.answer(DESCRIBE_ACLS, version, &any());
            assert_eq!(all.items("Resources").len(), 2);

            let mut other = Session::of(&OTHERS);
            let answer = other.answer(DESCRIBE_ACLS, version, &any());
            assert_eq!(answer.int("ErrorCode"), Some(31));
            assert_eq!(answer.items("Resources"), []);
        }
    }

    #[test]
    fn a_filter_that_nobody_knows_closes() {
        for (field, code) in [
            ("ResourceTypeFilter", 0),
            ("ResourceTypeFilter", 8),
            ("PatternTypeFilter", 0),
            ("PatternTypeFilter", 5),
            ("Operation", 0),
            ("Operation", 16),
            ("PermissionType", 0),
            ("PermissionType", 4),
        ] {
            let mut filter = any();
            filter.set(field, code);
            let decision = Session::of(&[DESCRIBES])
                .decide(DESCRIBE_ACLS, 3, &filter)
                .decision;
            let closed = Decision::Close(CloseReason::NotAuthorizable(DESCRIBE_ACLS));
            assert_eq!(
                format!("{decision:?}"),
                format!("{closed:?}"),
                "{field} {code}"
            );
        }
    }

    #[test]
    fn rules_of_the_configuration_are_neither_made_nor_deleted() {
        for version in 1..=3 {
            let creation = Value::fields([("ResourceType", 2.into())]);
            let creations =
                Value::fields([("Creations", Value::array([creation.clone(), creation]))]);
            let filters = Value::array([of_topic("orders"), of_topic("x")]);
            let filters = Value::fields([("Filters", filters)]);

            let mut trial = Session::of(&[ALTERS, OTHERS[0], OTHERS[1]]);
            let answer = trial.answer(CREATE_ACLS, version, &creations);
            let codes = answer.items("Results").iter().map(|it| it.int("ErrorCode"));
            assert_eq!(codes.collect::<Vec<_>>(), [Some(54), Some(54)]);
            let answer = trial.answer(DELETE_ACLS, version, &filters);
            let [found, none] = answer.items("FilterResults") else {
                panic!("{answer:?}");
            };
            assert_eq!(found.int("ErrorCode"), Some(0));
            let acls = found.items("MatchingAcls").iter();
            let codes = acls.clone().map(|it| it.int("ErrorCode"));
            assert_eq!(codes.collect::<Vec<_>>(), [Some(44), Some(44)]);
            assert!(
                acls.clone()
                    .all(|acl| acl.str("ResourceName") == Some("ord"))
            );
            assert_eq!(none.int("ErrorCode"), Some(54));

            let mut other = Session::of(&[DESCRIBES]);
            for (key, body, field) in [
                (CREATE_ACLS, &creations, "Results"),
                (DELETE_ACLS, &filters, "FilterResults"),
            ] {
                let answer = other.answer(key, version, body);
                let codes = answer.items(field).iter().map(|it| it.int("ErrorCode"));
                assert_eq!(codes.collect::<Vec<_>>(), [Some(31), Some(31)]);
            }
        }
    }

    #[test]
    fn an_answer_lists_no_more_than_it_can_hold() {
        let rules: Vec<String> = (0..60)
            .map(|n| format!("ALLOW READ TOPIC LITERAL t{n} User:b *"))
            .chain([ALTERS.to_owned()])
            .collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        for (filters, told) in [
            (1, true),
            (LISTED_ACLS_MAX / 60 + 5, false),
            (20_000, false),
        ] {
            let mut topics = any();
            topics.set("ResourceTypeFilter", 2);
            let body = Value::fields([("Filters", Value::Array(vec![topics; filters]))]);
            let answer = Session::of(&rules).answer(DELETE_ACLS, 3, &body);
            let results = answer.items("FilterResults");
            assert_eq!(results.len(), filters);
            let listed: usize = results.iter().map(|r| r.items("MatchingAcls").len()).sum();
            assert!(listed <= LISTED_ACLS_MAX, "{listed}");
            let last = results.last().unwrap().int("ErrorCode");
            assert_eq!(last, Some(if told { 0 } else { INVALID_REQUEST.into() }));
        }
    }
}
