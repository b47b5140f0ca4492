//! What a decision by roles and ACLs costs: by how many rules there are, and by how many topics a request
//! names.
//!
//! At its end it prints the two ratios that decisions are held to, from paired rounds: 10,000 rules to 10,
//! and a topic among 10,000 of a request to one among 100.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it found"
)]

mod paired;

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use criterion::{Criterion, Throughput, criterion_group};
use oathgate::{
    identity::{Organization, Principal, ProviderName},
    policy::{
        acl::{Acl, Permission},
        authorizer::{Authorizer, Policy},
        host::Host,
        operation::{AclOperation, Operation},
        pattern::{Pattern, PatternType},
        principal::Grantee,
        resource::{Resource, ResourceType},
        rights::Rights,
        who::Who,
    },
    proxy::authorize::{
        Asked, Authority, Decides, Decision, Denials, Rules, Sessions, TopicNames, decide,
    },
    wire::{frame, tables::LIST_OFFSETS, value::Value},
};

use paired::{ROUNDS, report, time};

/// Bytes of a frame's length, which decisions do not see.
const LENGTH: usize = 4;

const FEW: usize = 10;
const MANY: usize = 10_000;

fn organization() -> Organization {
    Organization::parse("default").unwrap()
}

fn who() -> Who {
    let principals = vec![
        Principal::user("kc:alice").unwrap(),
        Principal::group("kc:team-7").unwrap(),
    ];
    Who {
        organization: organization(),
        provider: ProviderName::parse("idp").unwrap(),
        denied_principals: principals.clone(),
        principals,
        address: IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)),
    }
}

/// Rules of every kind, a quarter of them each: prefixes and names for the user, a DENY for everybody, and
/// prefixes for somebody else.
fn authorizer(count: usize) -> Arc<Authorizer> {
    let rule = |number: usize| {
        let (principal, permission, pattern, name) = match number % 4 {
            0 => (
                "User:kc:alice",
                Permission::Allow,
                PatternType::Prefixed,
                "team",
            ),
            1 => (
                "User:kc:alice",
                Permission::Allow,
                PatternType::Literal,
                "one",
            ),
            2 => ("User:*", Permission::Deny, PatternType::Prefixed, "pii"),
            _ => (
                "Group:kc:team-9",
                Permission::Allow,
                PatternType::Prefixed,
                "own",
            ),
        };
        let name = format!("{name}-{number:05}");
        Acl {
            principal: Grantee::parse(principal).unwrap(),
            host: Host::Any,
            operation: AclOperation::One(Operation::Read),
            permission,
            resource_type: ResourceType::Topic,
            pattern: Pattern::new(ResourceType::Topic, pattern, &name).unwrap(),
        }
    };
    let all = Acl {
        pattern: Pattern::new(ResourceType::Topic, PatternType::Prefixed, "mine-").unwrap(),
        ..rule(0)
    };
    Arc::new(Authorizer::new(Policy {
        organization: organization(),
        acls: (0..count - 1).map(rule).chain([all]).collect(),
        role_bindings: Vec::new(),
        super_principals: Vec::new(),
        allow_if_no_acl: false,
    }))
}

/// Topics that a prefix, a name, a DENY, somebody else's rule and no rule are about.
const TOPICS: [&str; 6] = [
    "mine-orders",
    "one-00001",
    "team-00004-x",
    "pii-00002-x",
    "own-00003-x",
    "nobody-knows",
];

/// A decision of each topic, none of them remembered.
fn decisions(rights: &Rights) {
    for topic in TOPICS {
        black_box(rights.decide(Operation::Read, &Resource::topic(topic)));
    }
}

fn rights(rules: usize) -> Rights {
    Rights::new(authorizer(rules), who())
}

fn by_rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy");
    group.throughput(Throughput::Elements(TOPICS.len().try_into().unwrap()));
    for rules in [FEW, MANY] {
        let mut rights = rights(rules);
        group.bench_function(format!("decision, {rules} rules"), |bencher| {
            bencher.iter(|| decisions(&rights));
        });
        group.bench_function(format!("remembered decision, {rules} rules"), |bencher| {
            bencher.iter(|| {
                for topic in TOPICS {
                    black_box(rights.may(Operation::Read, &Resource::topic(topic)));
                }
            });
        });
    }
    group.finish();
}

/// A session that decides `ListOffsets` requests of so many topics, all of them allowed.
struct Session {
    policy: Arc<Authorizer>,
    topics: TopicNames,
    asked: Asked,
    sessions: Sessions,
    frame: Vec<u8>,
}

impl Session {
    fn new(rules: usize, topics: usize) -> Self {
        let named = (0..topics).map(|number| {
            let partition = Value::fields([("PartitionIndex", 0.into())]);
            Value::fields([
                ("Name", format!("mine-{number:05}").as_str().into()),
                ("Partitions", Value::array([partition])),
            ])
        });
        let body = Value::fields([("ReplicaId", (-1).into()), ("Topics", Value::array(named))]);
        let version = LIST_OFFSETS.max_version;
        let framed = frame::request(&LIST_OFFSETS, version, 1, Some("bench"), &body).unwrap();
        Self {
            policy: authorizer(rules),
            topics: TopicNames::default(),
            asked: Asked::default(),
            sessions: Sessions::new(Arc::default(), "cluster", "alice"),
            frame: framed[LENGTH..].to_vec(),
        }
    }

    /// The first request of a session: nothing of it is remembered.
    fn decide(&mut self) {
        let mut rights = Rights::new(Arc::clone(&self.policy), who());
        let mut authority = Authority {
            rights: &mut rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut Denials::default(),
        };
        let rules = Rules {
            decides: Decides::Here,
            own_identity: false,
            admin_apis: false,
            telemetry: true,
        };
        let version = LIST_OFFSETS.max_version;
        let decision = decide(
            &LIST_OFFSETS,
            version,
            &mut self.frame,
            rules,
            &mut self.sessions,
            Some(&mut authority),
        );
        assert!(matches!(decision, Decision::Forward), "{decision:?}");
    }
}

const FEW_TOPICS: usize = 100;
const MANY_TOPICS: usize = 10_000;

fn by_topics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy");
    for topics in [1, FEW_TOPICS, MANY_TOPICS] {
        let mut session = Session::new(MANY, topics);
        group.throughput(Throughput::Elements(topics.try_into().unwrap()));
        let name = format!("ListOffsets of {topics} topics, {MANY} rules");
        group.bench_function(name, |bencher| bencher.iter(|| session.decide()));
    }
    group.finish();
}

/// Prints what more rules, and more topics, cost: medians of the ratios of paired rounds.
fn ratios() {
    println!("\nmedian (quartiles) of {ROUNDS} paired rounds:");
    let (few, many) = (rights(FEW), rights(MANY));
    let rules = (0..ROUNDS).map(|_| {
        let few = time(2_000, || decisions(&few));
        time(2_000, || decisions(&many)) / few
    });
    report(
        "a decision by 10,000 rules, to one by 10",
        rules.collect(),
        1.5,
    );

    let (mut few, mut many) = (
        Session::new(MANY, FEW_TOPICS),
        Session::new(MANY, MANY_TOPICS),
    );
    // For each topic, so that a line through the origin is 1. Of a few milliseconds the shortest counts:
    // what else runs on the machine only ever adds.
    let more = u32::try_from(MANY_TOPICS / FEW_TOPICS).unwrap();
    let shortest = |session: &mut Session, runs: u32| {
        let times = (0..5).map(|_| time(runs, || session.decide()));
        times.fold(f64::INFINITY, f64::min)
    };
    let topics = (0..ROUNDS).map(|_| {
        let few = shortest(&mut few, more) * f64::from(more);
        shortest(&mut many, 1) / few
    });
    report(
        "a topic among 10,000 of a request, to one among 100",
        topics.collect(),
        1.5,
    );
}

criterion_group!(benches, by_rules, by_topics);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    ratios();
}
