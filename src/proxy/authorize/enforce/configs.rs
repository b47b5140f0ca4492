//! DescribeConfigs, AlterConfigs and IncrementalAlterConfigs: each resource by its type.

use super::cut::{Verdict, cut, repeated};
use super::items::Items;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Position;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::refuse;
use crate::proxy::authorize::request::Request;
use crate::proxy::authorize::{Decision, Obstacle};
use crate::wire::error_code::{
    self, CLUSTER_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, INVALID_REQUEST,
    TOPIC_AUTHORIZATION_FAILED,
};
use crate::wire::schema::{Field, Mark};
use crate::wire::tables::api_key;
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};

/// `AlterConfigOp.OpType.DELETE`: needs no value.
const DELETE: i64 = 1;

/// `ConfigResource.Type`, those that brokers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Topic,
    Broker,
    BrokerLogger,
    ClientMetrics,
    Group,
}

impl Kind {
    const fn of(code: i64) -> Option<Self> {
        Some(match code {
            2 => Self::Topic,
            4 => Self::Broker,
            8 => Self::BrokerLogger,
            16 => Self::ClientMetrics,
            32 => Self::Group,
            _ => return None,
        })
    }

    /// What rules speak of.
    const fn resource(self, name: &str) -> Resource<'_> {
        match self {
            Self::Topic => Resource::topic(name),
            Self::Group => Resource::group(name),
            Self::Broker | Self::BrokerLogger | Self::ClientMetrics => Resource::CLUSTER,
        }
    }

    /// The code of a denial.
    const fn refusal(self) -> i16 {
        match self {
            Self::Topic => TOPIC_AUTHORIZATION_FAILED,
            Self::Group => GROUP_AUTHORIZATION_FAILED,
            Self::Broker | Self::BrokerLogger | Self::ClientMetrics => CLUSTER_AUTHORIZATION_FAILED,
        }
    }
}

fn named(resource: &Value) -> (i64, &str) {
    let kind = resource.int("ResourceType").unwrap_or(0);
    (kind, resource.str("ResourceName").unwrap_or_default())
}

/// Whether all resources of a request are of known types and allowed.
struct Resources<'a, 'b> {
    authority: &'a mut Authority<'b>,
    operation: Operation,
    kind: Option<Kind>,
    allowed: bool,
}

impl Visitor for Resources<'_, '_> {
    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::ResourceType, Scalar::Int8(code)) => self.kind = Kind::of(i64::from(code)),
            (Mark::ResourceName, Scalar::Str(name)) => {
                let authority = &mut *self.authority;
                let may = |kind: Kind| authority.may_quietly(self.operation, &kind.resource(name));
                self.allowed = self.allowed && self.kind.is_some_and(may);
            }
            _ => {}
        }
    }
}

/// DESCRIBE_CONFIGS or ALTER_CONFIGS of the topic or group; of the cluster for what is its brokers'.
pub(super) fn decide(
    request: &Request<'_>,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let describes = request.api.key == api_key::DESCRIBE_CONFIGS;
    let operation = if describes {
        Operation::DescribeConfigs
    } else {
        Operation::AlterConfigs
    };
    let mut resources = Resources {
        authority,
        operation,
        kind: None,
        allowed: true,
    };
    let unknown = request.walk(&mut resources)?;
    if resources.allowed {
        return request.forward(unknown);
    }
    let body = request.read()?;
    if describes {
        describe(request, body, authority)
    } else {
        alter(request, body, authority)
    }
}

/// `ConfigHelper.handleDescribeConfigsRequest`: a type that nobody knows refuses the request.
fn describe(
    request: &Request<'_>,
    body: Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let resources = body.items("Resources");
    if resources
        .iter()
        .any(|resource| Kind::of(named(resource).0).is_none())
    {
        let text = error_code::message(INVALID_REQUEST);
        let refused = resources
            .iter()
            .map(|resource| refusal(resource, INVALID_REQUEST, text));
        return request.answer(&Value::fields([("Results", Value::array(refused))]));
    }
    let verdict = |resource: &Value| {
        let (code, name) = named(resource);
        match Kind::of(code) {
            Some(kind) if !authority.may(Operation::DescribeConfigs, &kind.resource(name)) => {
                let code = kind.refusal();
                Verdict::Refuse(refusal(resource, code, error_code::message(code)))
            }
            _ => Verdict::Keep,
        }
    };
    let verdicts = resources.iter().map(verdict).collect();
    let items = Items {
        asked: "Resources",
        answered: "Results",
        position: Position::Last,
    };
    cut(request, body, items, verdicts, None)
}

/// `ConfigAdminManager.preprocess`, then `ControllerApis.authorizeAlterResource`; told in the order of the
/// request. What a broker would find wrong with a denied resource by itself is found here, but for the
/// names and values of brokers' own settings.
fn alter(
    request: &Request<'_>,
    body: Value,
    authority: &mut Authority<'_>,
) -> Result<Decision, Obstacle> {
    let has_loggers = request.api.key == api_key::INCREMENTAL_ALTER_CONFIGS;
    let resources = body.items("Resources");
    let names: Vec<(i64, &str)> = resources.iter().map(named).collect();
    let twice = repeated(&names);
    let verdict = |(resource, twice): (&Value, bool)| {
        let (code, name) = named(resource);
        let kind = Kind::of(code).filter(|kind| has_loggers || *kind != Kind::BrokerLogger);
        let may = kind.is_some_and(|kind| {
            authority.may_quietly(Operation::AlterConfigs, &kind.resource(name))
        });
        if may {
            return Verdict::Keep;
        }
        if twice {
            let text = "Each resource must appear at most once.";
            return Verdict::Refuse(refusal(resource, INVALID_REQUEST, Some(text)));
        }
        if let Some(fault) = fault(resource) {
            return Verdict::Refuse(refusal(resource, INVALID_REQUEST, Some(&fault)));
        }
        let Some(kind) = kind else {
            let text = format!("Unknown resource type {code}");
            return Verdict::Refuse(refusal(resource, INVALID_REQUEST, Some(&text)));
        };
        authority.may(Operation::AlterConfigs, &kind.resource(name));
        let code = kind.refusal();
        // Brokers decide about their own by an exception whose text goes without saying.
        let of_broker = matches!(kind, Kind::Broker | Kind::BrokerLogger);
        let text = error_code::message(code).filter(|_| !of_broker);
        Verdict::Refuse(refusal(resource, code, text))
    };
    let verdicts = resources.iter().zip(twice).map(verdict).collect();
    let items = Items {
        asked: "Resources",
        answered: "Responses",
        position: Position::AsAsked,
    };
    cut(request, body, items, verdicts, None)
}

/// What is wrong with the settings of a resource, whatever they mean.
fn fault(resource: &Value) -> Option<String> {
    let configs = resource.items("Configs");
    let keys: Vec<&str> = configs
        .iter()
        .filter_map(|config| config.str("Name"))
        .collect();
    if repeated(&keys).contains(&true) {
        return Some("Error due to duplicate config keys".to_owned());
    }
    let nulls: Vec<&str> = configs
        .iter()
        .filter(|config| config.int("ConfigOperation") != Some(DELETE))
        .filter(|config| config.get("Value").is_some_and(Value::is_null))
        .filter_map(|config| config.str("Name"))
        .collect();
    (!nulls.is_empty()).then(|| format!("Null value not supported for : {}", nulls.join(", ")))
}

fn refusal(resource: &Value, code: i16, text: Option<&str>) -> Value {
    let mut out = refuse::config(resource, code);
    out.set("ErrorMessage", text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::fixture::Session;
    use crate::wire::api::api;
    use crate::wire::tables::api_key::{
        ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS,
    };

    fn asked(resources: &[(i8, &str)]) -> Value {
        let resource = |(kind, name): &(i8, &str)| {
            Value::fields([
                ("ResourceType", (*kind).into()),
                ("ResourceName", (*name).into()),
            ])
        };
        Value::fields([("Resources", Value::array(resources.iter().map(resource)))])
    }

    /// A broker's answer that has nothing against these.
    fn fine(field: &'static str, resources: &[(i8, &str)]) -> Value {
        let mut body = asked(resources);
        let results = body.items_mut("Resources").map(std::mem::take).unwrap();
        let results = results.into_iter().map(|mut result| {
            result.set("ErrorMessage", Value::Null);
            result
        });
        Value::fields([(field, Value::array(results))])
    }

    /// Type, name and code of each result, and its text.
    fn told(body: &Value, field: &str) -> Vec<(i64, String, i64, Option<String>)> {
        let row = |item: &Value| {
            let (kind, name) = named(item);
            let text = item.str("ErrorMessage").map(str::to_owned);
            (
                kind,
                name.to_owned(),
                item.int("ErrorCode").unwrap_or(0),
                text,
            )
        };
        body.items(field).iter().map(row).collect()
    }

    fn row(kind: i64, name: &str, code: i64, text: &str) -> (i64, String, i64, Option<String>) {
        let text = (!text.is_empty()).then(|| text.to_owned());
        (kind, name.to_owned(), code, text)
    }

    const TOPIC: &str = "Topic authorization failed.";
    const GROUP: &str = "Group authorization failed.";
    const CLUSTER: &str = "Cluster authorization failed.";

    #[test]
    fn configs_are_described_by_the_type_of_their_resource() {
        let of_api = api(DESCRIBE_CONFIGS).unwrap();
        for version in of_api.min_version..=of_api.max_version {
            let all = [(2, "t"), (32, "g"), (4, "1"), (8, "1"), (16, "m")];
            let mut may = Session::of(&[
                "ALLOW ALTER_CONFIGS TOPIC LITERAL t User:a *",
                "ALLOW DESCRIBE_CONFIGS GROUP LITERAL g User:a *",
                "ALLOW DESCRIBE_CONFIGS CLUSTER LITERAL kafka-cluster User:a *",
            ]);
            let decision = may.decide(DESCRIBE_CONFIGS, version, &asked(&all)).decision;
            assert!(matches!(decision, Decision::Forward), "v{version}");

            let mut none = Session::of(&[]);
            let answer = none.answer(DESCRIBE_CONFIGS, version, &asked(&all));
            let denied = [
                row(2, "t", 29, TOPIC),
                row(32, "g", 30, GROUP),
                row(4, "1", 31, CLUSTER),
                row(8, "1", 31, CLUSTER),
                row(16, "m", 31, CLUSTER),
            ];
            assert_eq!(told(&answer, "Results"), denied, "v{version}");
            assert_eq!(none.denied().len(), 3, "the cluster once");

            let mut some = Session::of(&["ALLOW DESCRIBE_CONFIGS GROUP LITERAL g User:a *"]);
            let (up, amend) = some.cut(DESCRIBE_CONFIGS, version, &asked(&all[..2]));
            assert_eq!(told(&up, "Resources"), [row(32, "g", 0, "")]);
            let theirs = fine("Results", &all[1..2]);
            let answer = some.amended(&amend, DESCRIBE_CONFIGS, version, &theirs);
            let expected = [row(32, "g", 0, ""), row(2, "t", 29, TOPIC)];
            assert_eq!(told(&answer, "Results"), expected, "v{version}");

            let odd = may.answer(DESCRIBE_CONFIGS, version, &asked(&[(2, "t"), (64, "x")]));
            let codes: Vec<i64> = told(&odd, "Results").iter().map(|row| row.2).collect();
            assert_eq!(codes, [42, 42], "v{version}");
        }
    }

    #[test]
    fn configs_are_altered_and_told_in_the_order_of_the_request() {
        for key in [ALTER_CONFIGS, INCREMENTAL_ALTER_CONFIGS] {
            let of_api = api(key).unwrap();
            for version in of_api.min_version..=of_api.max_version {
                let mut trial = Session::of(&["ALLOW ALTER_CONFIGS TOPIC PREFIXED t User:a *"]);
                let decision = trial
                    .decide(key, version, &asked(&[(2, "t"), (2, "t2")]))
                    .decision;
                assert!(matches!(decision, Decision::Forward), "{}", of_api.name);
                let all = [
                    (32, "g"),
                    (2, "t"),
                    (8, "1"),
                    (2, "x"),
                    (2, "x"),
                    (4, ""),
                    (1, "?"),
                ];
                let (up, amend) = trial.cut(key, version, &asked(&all));
                assert_eq!(told(&up, "Resources"), [row(2, "t", 0, "")]);
                let theirs = fine("Responses", &all[1..2]);
                let answer = trial.amended(&amend, key, version, &theirs);
                let once = "Each resource must appear at most once.";
                let logger = match key {
                    ALTER_CONFIGS => row(8, "1", 42, "Unknown resource type 8"),
                    _ => row(8, "1", 31, ""),
                };
                let expected = [
                    row(32, "g", 30, GROUP),
                    row(2, "t", 0, ""),
                    logger,
                    row(2, "x", 42, once),
                    row(2, "x", 42, once),
                    row(4, "", 31, CLUSTER),
                    row(1, "?", 42, "Unknown resource type 1"),
                ];
                assert_eq!(told(&answer, "Responses"), expected, "{}", of_api.name);
                let answer = trial.answer(key, version, &asked(&[(2, "x")]));
                assert_eq!(told(&answer, "Responses"), [row(2, "x", 29, TOPIC)]);
            }
        }
    }

    #[test]
    fn what_is_wrong_by_itself_is_told_before_a_denial() {
        let with = |configs: [(&str, Option<&str>, i8); 2]| {
            let config = configs.map(|(name, value, operation)| {
                Value::fields([
                    ("Name", name.into()),
                    ("Value", value.into()),
                    ("ConfigOperation", operation.into()),
                ])
            });
            let mut body = asked(&[(2, "x")]);
            body.items_mut("Resources").unwrap()[0].set("Configs", Value::array(config));
            body
        };
        for (configs, code, text) in [
            (
                [("k", Some("1"), 0), ("k", Some("2"), 0)],
                42,
                "Error due to duplicate config keys",
            ),
            (
                [("k", None, 0), ("l", None, 2)],
                42,
                "Null value not supported for : k, l",
            ),
            ([("k", None, 1), ("l", Some("1"), 0)], 29, TOPIC),
        ] {
            let answer = Session::of(&[]).answer(INCREMENTAL_ALTER_CONFIGS, 1, &with(configs));
            assert_eq!(told(&answer, "Responses"), [row(2, "x", code, text)]);
        }
    }
}
