//! Quotas, users of SCRAM, and ACLs.

use crate::differential::{
    play::Play,
    scenario::{Scenario, every},
    shape::{list, of},
};
use oathgate::wire::{
    tables::api_key::{
        ALTER_CLIENT_QUOTAS, ALTER_USER_SCRAM_CREDENTIALS, CREATE_ACLS, DELETE_ACLS, DESCRIBE_ACLS,
        DESCRIBE_CLIENT_QUOTAS, DESCRIBE_USER_SCRAM_CREDENTIALS,
    },
    value::Value,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    every(ALTER_CLIENT_QUOTAS, "of users and clients", alter_quotas),
    every(DESCRIBE_CLIENT_QUOTAS, "all", describe_quotas),
    every(DESCRIBE_CLIENT_QUOTAS, "of a user", describe_quotas_of_user),
    every(ALTER_USER_SCRAM_CREDENTIALS, "new and gone", alter_scram),
    every(DESCRIBE_USER_SCRAM_CREDENTIALS, "all", describe_scram),
    every(
        DESCRIBE_USER_SCRAM_CREDENTIALS,
        "by name",
        describe_scram_by_name,
    ),
    every(DESCRIBE_ACLS, "all", describe_acls),
    every(CREATE_ACLS, "of topics", create_acls),
    every(DELETE_ACLS, "of topics", delete_acls),
];

fn alter_quotas(play: &mut Play<'_, '_>) {
    let entry = |kind: &str, name: Value| {
        let entity = of([("EntityType", kind.into()), ("EntityName", name)]);
        let op = of([
            ("Key", "request_percentage".into()),
            ("Value", 5_000.0.into()),
            ("Remove", false.into()),
        ]);
        of([("Entity", list([entity])), ("Ops", list([op]))])
    };
    for validate in [true, false] {
        let entries = [
            entry("user", play.member().into()),
            entry("client-id", "quotas".into()),
        ];
        play.ask(&of([
            ("Entries", list(entries)),
            ("ValidateOnly", validate.into()),
        ]));
    }
}

fn describe_quotas(play: &mut Play<'_, '_>) {
    play.ask(&of([("Components", list([]))]));
}

fn describe_quotas_of_user(play: &mut Play<'_, '_>) {
    let component = of([
        ("EntityType", "client-id".into()),
        ("MatchType", 0.into()),
        ("Match", "quotas".into()),
    ]);
    play.ask(&of([
        ("Components", list([component])),
        ("Strict", true.into()),
    ]));
}

fn alter_scram(play: &mut Play<'_, '_>) {
    let member = play.member();
    let upsertion = |name: &str| {
        of([
            ("Name", name.into()),
            ("Mechanism", 1.into()),
            ("Iterations", 4096.into()),
            ("Salt", b"salt-of-the-user".to_vec().into()),
            ("SaltedPassword", vec![7; 32].into()),
        ])
    };
    let deletion = of([("Name", "nobody-at-all".into()), ("Mechanism", 1.into())]);
    let upsertions = [upsertion(&member), upsertion("another")];
    play.ask(&of([
        ("Deletions", list([deletion])),
        ("Upsertions", list(upsertions)),
    ]));
}

/// Null means the same, but Kafka 4.4.0 throws while it refuses that, and never answers.
fn describe_scram(play: &mut Play<'_, '_>) {
    play.ask(&of([("Users", list([]))]));
}

fn describe_scram_by_name(play: &mut Play<'_, '_>) {
    let users = ["admin", "nobody-at-all"].map(|name| of([("Name", name.into())]));
    play.ask(&of([("Users", list(users))]));
}

/// What ACLs are meant: any of topics.
fn filter() -> [(&'static str, Value); 7] {
    [
        ("ResourceTypeFilter", 2.into()),
        ("ResourceNameFilter", "acl-topic".into()),
        ("PatternTypeFilter", 1.into()),
        ("PrincipalFilter", Value::Null),
        ("HostFilter", Value::Null),
        ("Operation", 1.into()),
        ("PermissionType", 1.into()),
    ]
}

fn describe_acls(play: &mut Play<'_, '_>) {
    let mut any = of(filter());
    any.set("ResourceTypeFilter", 1);
    any.set("ResourceNameFilter", Value::Null);
    play.ask(&any);
}

fn create_acls(play: &mut Play<'_, '_>) {
    let creation = of([
        ("ResourceType", 2.into()),
        ("ResourceName", "acl-topic".into()),
        ("ResourcePatternType", 3.into()),
        ("Principal", "User:acl-user".into()),
        ("Host", "*".into()),
        ("Operation", 3.into()),
        ("PermissionType", 3.into()),
    ]);
    play.ask(&of([("Creations", list([creation]))]));
}

fn delete_acls(play: &mut Play<'_, '_>) {
    play.ask(&of([("Filters", list([of(filter())]))]));
}
