//! A broker's ACLs, and the settings that decide beside them, as the broker tells them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::{
    api_versions::ApiVersions,
    exchange::{CallFailed, Connection, accepted},
};
use crate::wire::{
    api::Api,
    error_code,
    tables::{DESCRIBE_ACLS, DESCRIBE_CONFIGS},
    value::Value,
};

/// `ANY` of Kafka's resource types, pattern types, operations and permissions alike.
const ANY: i64 = 1;

/// `ConfigResource.Type.BROKER`.
const BROKER: i64 = 4;

/// An ACL as the broker writes it: Kafka's codes and texts, whatever they mean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedAcl {
    /// Code of `ResourceType`.
    pub resource_type: i64,
    /// Name of the pattern.
    pub resource_name: String,
    /// Code of `PatternType`.
    pub pattern_type: i64,
    /// `Type:name`.
    pub principal: String,
    /// Address, or `*`.
    pub host: String,
    /// Code of `AclOperation`.
    pub operation: i64,
    /// Code of `AclPermissionType`.
    pub permission: i64,
}

/// All ACLs of the cluster, sorted. The login must be allowed to DESCRIBE the cluster.
///
/// # Errors
/// As [`Connection::call`], and [`CallFailed::Refused`]: 31 without that right, 54 where the broker has
/// no authorizer.
pub async fn describe_acls(
    connection: &mut Connection,
    versions: &ApiVersions,
    deadline: Instant,
) -> Result<Vec<ListedAcl>, CallFailed> {
    let version = newest(versions, &DESCRIBE_ACLS)?;
    let body = Value::fields([
        ("ResourceTypeFilter", Value::Int(ANY)),
        ("PatternTypeFilter", Value::Int(ANY)),
        ("Operation", Value::Int(ANY)),
        ("PermissionType", Value::Int(ANY)),
        ("ResourceNameFilter", Value::Null),
        ("PrincipalFilter", Value::Null),
        ("HostFilter", Value::Null),
    ]);
    let answer = connection.call(&DESCRIBE_ACLS, version, &body, deadline);
    let answer = answer.await?;
    accepted(&DESCRIBE_ACLS, &answer)?;
    Ok(read_acls(&answer))
}

/// What to do where a broker does not list its ACLs; `None` = the failure says it.
#[must_use]
pub fn advice(failed: &CallFailed) -> Option<&'static str> {
    let CallFailed::Refused { code, .. } = failed else {
        return None;
    };
    match i16::try_from(*code).ok()? {
        error_code::CLUSTER_AUTHORIZATION_FAILED => {
            Some("Oathgate's user may not see the ACLs; allow it DESCRIBE on the CLUSTER there")
        }
        error_code::SECURITY_DISABLED => {
            Some("the brokers have no authorizer, so there are no ACLs")
        }
        _ => None,
    }
}

/// The ACLs of a `DescribeAcls` answer.
fn read_acls(answer: &Value) -> Vec<ListedAcl> {
    let code = |value: &Value, name| value.int(name).unwrap_or_default();
    let text = |value: &Value, name| value.str(name).unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for resource in answer.items("Resources") {
        all.extend(resource.items("Acls").iter().map(|acl| ListedAcl {
            resource_type: code(resource, "ResourceType"),
            resource_name: text(resource, "ResourceName"),
            pattern_type: code(resource, "PatternType"),
            principal: text(acl, "Principal"),
            host: text(acl, "Host"),
            operation: code(acl, "Operation"),
            permission: code(acl, "PermissionType"),
        }));
    }
    all.sort();
    all
}

/// Those of the settings `names` that `broker` has, with their values where it tells them: Kafka
/// itself hides those of an authorizer, whose type it does not know (`KafkaConfig.maybeSensitive`).
///
/// # Errors
/// As [`Connection::call`], and [`CallFailed::Refused`] without DESCRIBE_CONFIGS on the cluster.
pub async fn broker_settings(
    connection: &mut Connection,
    versions: &ApiVersions,
    broker: i32,
    names: &[&'static str],
    deadline: Instant,
) -> Result<BTreeMap<String, Option<String>>, CallFailed> {
    let version = newest(versions, &DESCRIBE_CONFIGS)?;
    let keys = names.iter().map(|name| Value::from(*name));
    let resource = Value::fields([
        ("ResourceType", Value::Int(BROKER)),
        ("ResourceName", Value::Str(broker.to_string())),
        ("ConfigurationKeys", Value::array(keys)),
    ]);
    let body = Value::fields([("Resources", Value::array([resource]))]);
    let answer = connection.call(&DESCRIBE_CONFIGS, version, &body, deadline);
    let answer = answer.await?;
    let mut found = BTreeMap::new();
    for result in answer.items("Results") {
        accepted(&DESCRIBE_CONFIGS, result)?;
        for config in result.items("Configs") {
            let name = config.str("Name").unwrap_or_default().to_owned();
            found.insert(name, config.str("Value").map(ToOwned::to_owned));
        }
    }
    Ok(found)
}

fn newest(versions: &ApiVersions, api: &Api) -> Result<i16, CallFailed> {
    let version = versions.newest(api);
    version.ok_or(CallFailed::NoVersion { api: api.name })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::proxy::upstream::{
        dial::dial,
        faulty_broker::{Act, FaultyBroker},
    };

    async fn asked(answer: Value) -> (FaultyBroker, Connection, ApiVersions, Instant) {
        let keys = [(29, 1, 3), (32, 1, 4)].map(|(key, min, max)| {
            Value::fields([
                ("ApiKey", Value::Int(key)),
                ("MinVersion", Value::Int(min)),
                ("MaxVersion", Value::Int(max)),
            ])
        });
        let ranges = Value::fields([("ApiKeys", Value::array(keys))]);
        let long = Duration::from_secs(10);
        let deadline = Instant::now() + long;
        let broker = FaultyBroker::start(vec![Act::Answer(ranges), Act::Answer(answer)]).await;
        let stream = dial(&broker.address, None, long).await.unwrap();
        let mut connection = Connection::new(stream);
        let versions = connection.api_versions(deadline).await.unwrap();
        (broker, connection, versions, deadline)
    }

    #[tokio::test]
    async fn acls_are_listed_one_by_one_in_a_fixed_order() {
        let acl = |principal: &str, operation: i64| {
            Value::fields([
                ("Principal", principal.into()),
                ("Host", "*".into()),
                ("Operation", Value::Int(operation)),
                ("PermissionType", Value::Int(3)),
            ])
        };
        let resource = Value::fields([
            ("ResourceType", Value::Int(2)),
            ("ResourceName", "orders".into()),
            ("PatternType", Value::Int(4)),
            ("Acls", Value::array([acl("User:b", 4), acl("User:a", 3)])),
        ]);
        let answer = Value::fields([("Resources", Value::array([resource]))]);
        let (broker, mut connection, versions, deadline) = asked(answer).await;
        let acls = describe_acls(&mut connection, &versions, deadline).await;
        let acls = acls.unwrap();
        let told: Vec<_> = acls
            .iter()
            .map(|acl| (&*acl.principal, acl.operation))
            .collect();
        assert_eq!(told, [("User:a", 3), ("User:b", 4)]);
        assert_eq!(
            (acls[0].pattern_type, &*acls[0].resource_name),
            (4, "orders")
        );
        let seen = &broker.seen().await[1];
        assert_eq!((seen.api, seen.version), ("DescribeAcls", 3));
        for filter in ["ResourceTypeFilter", "PatternTypeFilter", "Operation"] {
            assert_eq!(seen.body.int(filter), Some(1), "{filter}");
        }
        assert_eq!(seen.body.get("PrincipalFilter"), Some(&Value::Null));
    }

    #[tokio::test]
    async fn a_broker_without_authorizer_says_so() {
        let answer = Value::fields([("ErrorCode", Value::Int(54))]);
        let (_broker, mut connection, versions, deadline) = asked(answer).await;
        let failed = describe_acls(&mut connection, &versions, deadline).await;
        let told = advice(&failed.unwrap_err()).unwrap();
        assert!(told.contains("no authorizer"), "{told}");
    }

    #[tokio::test]
    async fn a_setting_may_be_there_without_its_value() {
        let config =
            |name: &str, value: Value| Value::fields([("Name", name.into()), ("Value", value)]);
        let configs = [config("a", "true".into()), config("b", Value::Null)];
        let result = Value::fields([("Configs", Value::array(configs))]);
        let answer = Value::fields([("Results", Value::array([result]))]);
        let (broker, mut connection, versions, deadline) = asked(answer).await;
        let names = ["a", "b", "c"];
        let found = broker_settings(&mut connection, &versions, 7, &names, deadline).await;
        let expected = [("a", Some("true")), ("b", None)];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(found.unwrap(), BTreeMap::from(expected));
        let asked = broker.seen().await[1].body.items("Resources")[0].clone();
        assert_eq!(asked.str("ResourceName"), Some("7"));
        assert_eq!(asked.items("ConfigurationKeys").len(), 3);
    }
}
