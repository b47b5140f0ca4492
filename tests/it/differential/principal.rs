//! Who asks, and the rules that hold for them: the same on both sides, as Kafka's ACLs and as TOML.

use super::shape::{list, of};
use crate::harness::kafka::{USERS, User};
use oathgate::wire::value::Value;

/// One user. A broker knows it by PLAIN, Oathgate by the `sub` of its token; both as `User:<name>`.
#[derive(Debug)]
pub(super) struct Principal {
    pub(super) name: &'static str,
    pub(super) password: &'static str,
    /// What its rules say, as failures print it.
    pub(super) may: &'static str,
    rules: &'static [Rule],
}

impl Principal {
    /// Whether no rule is asked.
    pub(super) fn is_super(&self) -> bool {
        self.name == USERS[0].name
    }
}

/// One ACL of a principal.
#[derive(Clone, Copy, Debug)]
struct Rule {
    host: &'static str,
    permission: Permission,
    operation: Operation,
    resource: Resource,
    pattern: Pattern,
    name: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Permission {
    Deny = 2,
    Allow = 3,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    All = 2,
    Read = 3,
    Write = 4,
    Create = 5,
    Delete = 6,
    Alter = 7,
    Describe = 8,
    DescribeConfigs = 10,
    AlterConfigs = 11,
    IdempotentWrite = 12,
}

#[derive(Clone, Copy, Debug)]
enum Resource {
    Topic = 2,
    Group = 3,
    Cluster = 4,
    TransactionalId = 5,
}

#[derive(Clone, Copy, Debug)]
enum Pattern {
    Literal = 3,
    Prefixed = 4,
}

use Operation::*;
use Pattern::{Literal, Prefixed};
use Resource::{Cluster, Group, Topic, TransactionalId};

const KAFKA_CLUSTER: &str = "kafka-cluster";
const EVERY_HOST: &str = "*";
/// Where all cases come from, on both sides.
const HERE: &str = "127.0.0.1";
const ELSEWHERE: &str = "192.0.2.1";

const fn allow(
    operation: Operation,
    resource: Resource,
    pattern: Pattern,
    name: &'static str,
) -> Rule {
    Rule {
        host: EVERY_HOST,
        permission: Permission::Allow,
        operation,
        resource,
        pattern,
        name,
    }
}

const fn deny(
    operation: Operation,
    resource: Resource,
    pattern: Pattern,
    name: &'static str,
) -> Rule {
    let permission = Permission::Deny;
    Rule {
        permission,
        ..allow(operation, resource, pattern, name)
    }
}

/// `rule` for clients at `host` alone.
const fn from(host: &'static str, rule: Rule) -> Rule {
    Rule { host, ..rule }
}

/// What holds for whoever asks.
const EVERYBODY: &[Rule] = &[allow(Describe, Topic, Literal, "team-c")];

/// Everybody, the super user first.
pub(super) const PRINCIPALS: &[Principal] = &[
    Principal {
        name: USERS[0].name,
        password: USERS[0].password,
        may: "is a super user",
        rules: &[],
    },
    Principal {
        name: "owner",
        password: "owner-password",
        may: "may do everything by ALLOW ALL on `*`",
        rules: &[
            allow(All, Topic, Literal, "*"),
            allow(All, Group, Literal, "*"),
            allow(All, Cluster, Literal, KAFKA_CLUSTER),
            allow(All, TransactionalId, Literal, "*"),
        ],
    },
    Principal {
        name: "nobody",
        password: "nobody-password",
        may: "may do what all may, sees `open-c` from here, and would have everything elsewhere",
        rules: &[
            from(HERE, allow(Describe, Topic, Literal, "open-c")),
            from(ELSEWHERE, allow(All, Topic, Literal, "*")),
            from(ELSEWHERE, allow(All, Group, Literal, "*")),
            from(ELSEWHERE, deny(All, Topic, Literal, "*")),
        ],
    },
    Principal {
        name: "opener",
        password: "opener-password",
        may: "may do everything with what begins with `open-`",
        rules: &[
            allow(All, Topic, Prefixed, "open-"),
            allow(All, Group, Prefixed, "open-"),
            allow(All, TransactionalId, Prefixed, "open-"),
        ],
    },
    Principal {
        name: "team",
        password: "team-password",
        may: "has `team-` by prefix, with a DENY of `team-secret-` inside and an ALLOW inside that",
        rules: &[
            allow(All, Topic, Prefixed, "team-"),
            deny(All, Topic, Prefixed, "team-secret-"),
            allow(All, Topic, Literal, "team-secret-a"),
            allow(All, Group, Prefixed, "team-"),
            deny(All, Group, Prefixed, "team-secret-"),
            allow(All, TransactionalId, Prefixed, "team-"),
            deny(All, TransactionalId, Prefixed, "team-secret-"),
        ],
    },
    Principal {
        name: "barred",
        password: "barred-password",
        may: "may do everything but for a DENY of each kind",
        rules: &[
            allow(All, Topic, Literal, "*"),
            allow(All, Group, Literal, "*"),
            allow(All, Cluster, Literal, KAFKA_CLUSTER),
            allow(All, TransactionalId, Literal, "*"),
            deny(Read, Topic, Prefixed, "shut-"),
            deny(Write, Topic, Literal, "shut-p"),
            deny(Create, Topic, Prefixed, "shut-"),
            deny(Delete, Topic, Prefixed, "team-"),
            deny(Describe, Topic, Prefixed, "team-secret-"),
            deny(AlterConfigs, Topic, Prefixed, "shut-"),
            deny(Read, Group, Prefixed, "shut-"),
            deny(Describe, Group, Prefixed, "team-secret-"),
            deny(Delete, Group, Prefixed, "team-"),
            deny(Write, TransactionalId, Prefixed, "shut-"),
            deny(Describe, TransactionalId, Prefixed, "team-secret-"),
            deny(Alter, Cluster, Literal, KAFKA_CLUSTER),
            deny(Create, Cluster, Literal, KAFKA_CLUSTER),
            deny(IdempotentWrite, Cluster, Literal, KAFKA_CLUSTER),
        ],
    },
    Principal {
        name: "viewer",
        password: "viewer-password",
        may: "may describe everything and change nothing; its one WRITE is denied by the same name",
        rules: &[
            allow(Write, Topic, Literal, "void-a"),
            deny(Write, Topic, Literal, "void-a"),
            allow(Describe, Topic, Literal, "*"),
            allow(DescribeConfigs, Topic, Literal, "*"),
            allow(Describe, Group, Literal, "*"),
            allow(DescribeConfigs, Group, Prefixed, "open-"),
            allow(Describe, TransactionalId, Literal, "*"),
            allow(Describe, Cluster, Literal, KAFKA_CLUSTER),
            allow(DescribeConfigs, Cluster, Literal, KAFKA_CLUSTER),
        ],
    },
    Principal {
        name: "worker",
        password: "worker-password",
        may: "reads `open-` in every group, writes one topic, and has every transactional id",
        rules: &[
            allow(Read, Topic, Prefixed, "open-"),
            allow(Write, Topic, Literal, "team-p"),
            allow(Read, Group, Literal, "*"),
            allow(Write, TransactionalId, Literal, "*"),
        ],
    },
    Principal {
        name: "operator",
        password: "operator-password",
        may: "changes the cluster and what `open-` is; its one WRITE is inside of a DENY by prefix",
        rules: &[
            allow(Write, Topic, Prefixed, "void-in-"),
            deny(Write, Topic, Prefixed, "void-"),
            allow(Alter, Cluster, Literal, KAFKA_CLUSTER),
            allow(AlterConfigs, Cluster, Literal, KAFKA_CLUSTER),
            allow(Create, Cluster, Literal, KAFKA_CLUSTER),
            allow(Alter, Topic, Prefixed, "open-"),
            allow(AlterConfigs, Topic, Prefixed, "open-"),
            allow(Delete, Topic, Prefixed, "open-"),
            allow(Delete, Group, Prefixed, "open-"),
            allow(AlterConfigs, Group, Prefixed, "open-"),
        ],
    },
];

/// Those whom a broker has to be told of.
pub(super) fn users() -> Vec<User> {
    let others = PRINCIPALS.iter().filter(|who| !who.is_super());
    others
        .map(|who| User {
            name: who.name,
            password: who.password,
        })
        .collect()
}

/// The table of principals, as text for failures.
pub(super) fn legend() -> String {
    let each = PRINCIPALS
        .iter()
        .map(|who| format!("  {:9} {}\n", who.name, who.may));
    each.collect()
}

fn rules() -> impl Iterator<Item = (&'static str, Rule)> {
    let each = |who: &'static Principal| who.rules.iter().map(|rule| (who.name, *rule));
    let everybody = EVERYBODY.iter().map(|rule| ("*", *rule));
    PRINCIPALS.iter().flat_map(each).chain(everybody)
}

/// All rules as a `CreateAcls` request.
pub(super) fn create_acls() -> Value {
    let creations = rules().map(|(name, rule)| {
        of([
            ("ResourceType", (rule.resource as i64).into()),
            ("ResourceName", rule.name.into()),
            ("ResourcePatternType", (rule.pattern as i64).into()),
            ("Principal", format!("User:{name}").into()),
            ("Host", rule.host.into()),
            ("Operation", (rule.operation as i64).into()),
            ("PermissionType", (rule.permission as i64).into()),
        ])
    });
    of([("Creations", list(creations))])
}

/// All rules as `[[acls]]` of `cluster`.
pub(super) fn toml(cluster: &str) -> String {
    let each = rules().map(|(name, rule)| {
        let words = [
            ("cluster", cluster.to_owned()),
            ("principal", format!("User:{name}")),
            ("host", rule.host.to_owned()),
            ("permission", capitals(&format!("{:?}", rule.permission))),
            ("operation", capitals(&format!("{:?}", rule.operation))),
            ("resource_type", capitals(&format!("{:?}", rule.resource))),
            ("pattern_type", capitals(&format!("{:?}", rule.pattern))),
            ("resource_name", rule.name.to_owned()),
        ];
        let lines = words.map(|(key, value)| format!("{key} = \"{value}\"\n"));
        format!("[[acls]]\n{}", lines.concat())
    });
    each.collect()
}

/// `DescribeConfigs` as Kafka spells it: `DESCRIBE_CONFIGS`.
fn capitals(word: &str) -> String {
    let mut spelt = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() && !spelt.is_empty() {
            spelt.push('_');
        }
        spelt.extend(letter.to_uppercase());
    }
    spelt
}
