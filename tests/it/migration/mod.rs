//! From a broker's own ACLs to Oathgate's: what `acl import` brings over decides as it did there, and Kafka's
//! own tools say the same to who may and to who may not.

mod tools;
mod world;

use self::world::{
    ACLS, GROUPS, LEFT_OUT, Migrated, TOPICS, ask, direct, migrate, operations_of_group,
};
use self::world::{MAY, MAY_NOT};
use crate::harness::{
    folder,
    front::{CLUSTER, Setup},
    kafka::User,
    oathgate, shared,
};
use ::oathgate::{
    policy::{
        operation::{Operation, Operations},
        resource::ResourceType,
    },
    wire::{tables::METADATA, value::Value},
};

/// What Kafka says that a user may, as cases of `policy test`.
fn cases(user: &User) -> String {
    let mut raw = direct(user);
    let mut cases = String::new();
    let mut add = |kind: ResourceType, name: &str, operation: Operation, allowed: bool| {
        cases += &format!(
            "[[cases]]\nprincipals = \"User:{}\"\noperation = \"{}\"\nresource_type = \"{kind}\"\n\
             resource_name = \"{name}\"\nexpect = \"{}\"\n",
            user.name,
            operation.as_str(),
            if allowed { "allow" } else { "deny" },
        );
    };
    let mut told = |kind: ResourceType, name: &str, bits: Option<i64>| {
        let Some(bits) = bits else {
            // All that an error says.
            add(kind, name, Operation::Describe, false);
            return;
        };
        for operation in Operations::supported(kind).iter() {
            add(kind, name, operation, bits & (1 << operation.code()) != 0);
        }
    };
    let body = Value::fields([
        (
            "Topics",
            Value::array(TOPICS.map(|name| Value::fields([("Name", name.into())]))),
        ),
        ("IncludeClusterAuthorizedOperations", true.into()),
        ("IncludeTopicAuthorizedOperations", true.into()),
    ]);
    let answer = ask(&mut raw, &METADATA, 8, &body);
    for topic in answer.items("Topics") {
        let known = topic.int("ErrorCode") == Some(0);
        let bits = topic.int("TopicAuthorizedOperations").filter(|_| known);
        told(
            ResourceType::Topic,
            topic.str("Name").expect("a name"),
            bits,
        );
    }
    let cluster = answer.int("ClusterAuthorizedOperations");
    let cluster = cluster.filter(|bits| *bits != i64::from(i32::MIN));
    told(ResourceType::Cluster, "kafka-cluster", cluster);
    for group in GROUPS {
        told(
            ResourceType::Group,
            group,
            operations_of_group(&mut raw, group),
        );
    }
    cases
}

#[test]
fn imported_acls_decide_as_the_brokers_do() {
    let Migrated { prepared, imported } = migrate("migration");
    let config = prepared.config.to_str().expect("UTF-8");
    let tables = imported.lines().filter(|line| *line == "[[acls]]").count();
    assert_eq!(tables, ACLS.len() - LEFT_OUT, "{imported}");
    for words in [
        "# ACLs of lkc-tests: 14 that can decide, 3 that cannot.",
        "# The brokers set allow.everyone.if.no.acl.found and do not tell to what.",
        "# The brokers have super.users (they do not tell whom).",
        "# Left out: no provider has this pool.",
        "# Left out: the principal has no type;",
        "# Left out: the host is neither",
        "# host = \"gate.example.com\"",
        "# principal = \"RegexUser:orders.*\"",
    ] {
        assert!(imported.contains(words), "no `{words}` in:\n{imported}");
    }
    let (code, said) = oathgate::run("migration_check", &["check", "--config", config]);
    assert_eq!(code, 0, "{said}");

    let cases = [cases(&MAY), cases(&MAY_NOT)].concat();
    for expect in ["allow", "deny"] {
        let count = cases.matches(&format!("expect = \"{expect}\"")).count();
        assert!(count > 10, "{count} cases are to {expect}");
    }
    let count = cases.matches("[[cases]]").count();
    let file = folder::write(&prepared.folder, "cases.toml", &cases);
    let file = file.to_str().expect("UTF-8");
    let arguments = ["policy", "test", "--config", config, "--file", file];
    let (code, said) = oathgate::run("migration_test", &arguments);
    assert_eq!((code, said), (0, format!("{count} cases, 0 failed")));
}

#[test]
fn what_cannot_be_imported_is_told() {
    let migrated = migrate("migration_faults");
    let config = migrated.prepared.config.to_str().expect("UTF-8");
    let import = |name: &str, cluster: &str| {
        let arguments = [
            "acl",
            "import",
            "--config",
            config,
            "--from-cluster",
            cluster,
        ];
        oathgate::run(name, &arguments)
    };
    let (code, said) = import("migration_nowhere", "lkc-other");
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("there are: lkc-tests"), "{said}");

    // A cluster without an authorizer has nothing to import.
    let open = Setup::new("migration_open").prepare(&**shared::second_kafka());
    let open = open.config.to_str().expect("UTF-8");
    let arguments = ["acl", "import", "--config", open, "--from-cluster", CLUSTER];
    let (code, said) = oathgate::run("migration_open_import", &arguments);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the brokers have no authorizer"), "{said}");
}
