//! The Go client franz-go: what is its own. What all clients have in common it does beside them
//! (`direct`, `mapping`, `login`, `pools`, `enforce_records`, `versions`).

use crate::harness::{
    clients::{Client, Isolation, Kind, Run},
    enforced::{self, Rule},
    front::{Front, Setup},
    issuer::SHORT_LIVED,
    kafka::Protocol,
    records, shared,
    toml::Mapping,
};
use std::collections::BTreeSet;

const COMPRESSIONS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
/// What is held of a Produce; whatever is longer streams.
const HELD: usize = 1 << 20;

const fn rule<'a>(operation: &'a str, of: &'a str, prefix: &'a str) -> Rule<'a> {
    Rule {
        pool: "pool-orders",
        operation,
        of,
        prefix,
    }
}

/// Before all three brokers, with every right to what begins with `franz-`.
fn everything(name: &str, mapping: Mapping) -> Front {
    let rules = ["TOPIC", "GROUP", "TRANSACTIONAL_ID"].map(|of| rule("ALL", of, "franz-"));
    let mut setup = Setup::new(name);
    setup.mapping = mapping;
    enforced::start_with(&setup, &**shared::kafka(), &rules)
}

fn client(front: &Front) -> Client {
    front
        .client(Kind::FranzGo)
        .with_extension("logicalCluster", "lkc-tests")
        .with_extension("identityPoolId", "pool-orders")
        .with("max.request.size", "8000000")
}

fn run(front: &Front, commands: &[&str]) -> Run {
    let commands: Vec<String> = commands.iter().map(|&command| command.to_owned()).collect();
    let mut run = client(front).commands(&commands);
    run.finish();
    assert_only_ours(front, &run);
    run
}

/// It connected to nothing but Oathgate, and was told of nothing else.
fn assert_only_ours(front: &Front, run: &Run) {
    let mut ours: Vec<String> = [1, 2, 3].map(|node| front.broker(node)).into();
    assert!(run.addresses().iter().all(|told| ours.contains(told)));
    ours.push(front.bootstrap());
    let dialled = run.facts("dialled");
    assert!(!dialled.is_empty());
    let foreign: Vec<&String> = dialled.iter().filter(|at| !ours.contains(at)).collect();
    assert!(foreign.is_empty(), "{foreign:?} are not all of {ours:?}");
}

/// It is connected to Oathgate, and to no listener of a broker: so says the kernel.
fn assert_apart_from_brokers(front: &Front, run: &Run) {
    let kafka = shared::kafka();
    let protocols = [
        Protocol::Plaintext,
        Protocol::SaslPlaintext,
        Protocol::Ssl,
        Protocol::SaslSsl,
    ];
    let brokers = protocols.map(|protocol| kafka.bootstrap(protocol)).concat();
    let peers = run.peers();
    let is_at = |address: &String| {
        peers
            .iter()
            .any(|port| address.ends_with(&format!(":{port}")))
    };
    assert!(!brokers.iter().any(is_at), "{peers:?} with {brokers:?}");
    let ours = [1, 2, 3].map(|node| front.broker(node));
    assert!(ours.iter().any(is_at), "{peers:?} without {ours:?}");
}

/// Requests that it sent of one API in one version.
#[derive(Debug)]
struct Spoken {
    version: i16,
    requests: usize,
    /// Bytes of the longest.
    longest: usize,
}

/// What it sent of the API `name`.
fn spoken(run: &Run, name: &str) -> Vec<Spoken> {
    let facts = run.facts("spoke");
    let of_name = facts.iter().filter_map(|fact| {
        let words: Vec<&str> = fact.split(' ').collect();
        (words[0] == name).then(|| Spoken {
            version: words[1].parse().unwrap(),
            requests: words[2].parse().unwrap(),
            longest: words[3].parse().unwrap(),
        })
    });
    of_name.collect()
}

fn assert_spoken(run: &Run, name: &str, version: i16) {
    let spoken = spoken(run, name);
    let is_that = |spoken: &Spoken| spoken.version == version;
    assert!(
        !spoken.is_empty() && spoken.iter().all(is_that),
        "{name}: {spoken:?}"
    );
}

fn longest(run: &Run, name: &str) -> usize {
    let spoken = spoken(run, name);
    spoken
        .iter()
        .map(|spoken| spoken.longest)
        .max()
        .unwrap_or(0)
}

#[test]
fn it_writes_and_reads_by_topic_ids_in_every_compression_and_length() {
    shared::kafka().create_topic("franz-records", 3, 3);
    let front = everything("franz_go_records", Mapping::Sni);
    let mut commands = vec![
        "admin nodes largest:franz-records:8000000".to_owned(),
        "produce franz-records 3 large".to_owned(),
    ];
    for codec in COMPRESSIONS {
        commands.push(format!(
            "-Dcompression.type={codec} produce franz-records 50 {codec}"
        ));
    }
    commands.push("consume franz-records - 253 read_uncommitted 60".to_owned());
    commands.push("consume franz-records franz-readers 253 read_committed 60".to_owned());
    commands.push(
        "-Dgroup.protocol=consumer consume franz-records franz-members 253 read_committed 60"
            .to_owned(),
    );
    commands.push("admin coordinator:franz-readers".to_owned());
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let run = run(&front, &commands);
    let each = run.read_by_each();
    for read in &each[commands.len() - 4..commands.len() - 1] {
        records::assert_exactly(run.acknowledged(), read);
        records::assert_in_order(read);
    }
    let codecs = run.facts("codec");
    let fetched = |name: &str| codecs.iter().any(|fact| fact.starts_with(name));
    assert!(COMPRESSIONS.iter().all(|name| fetched(name)), "{codecs:?}");
    // By topic ids: Produce from 13 on, Fetch from 13 on.
    assert_spoken(&run, "Produce", 13);
    assert_spoken(&run, "Fetch", 18);
    assert_spoken(&run, "ConsumerGroupHeartbeat", 1);
    assert!(!spoken(&run, "JoinGroup").is_empty(), "a classic group");
    assert!(longest(&run, "Produce") > 4 * HELD);
    assert_eq!(run.facts("node").len(), 2 * 3);
    assert_eq!(run.facts("coordinator").len(), 1);
    // Java reads the same.
    let reader = front.client(Kind::Java);
    let mut read = reader.consume("franz-records", "franz-others", 253, Isolation::Committed);
    records::assert_exactly(run.acknowledged(), &read.finish().read());
}

#[test]
fn its_transactions_and_share_groups_go_through() {
    for topic in ["franz-from", "franz-to", "franz-shared"] {
        shared::kafka().create_topic(topic, 3, 3);
    }
    let front = everything("franz_go_transactions", Mapping::Port);
    let commands = [
        "transact franz-from 9 5 franz-t 3",
        "chain franz-from franz-to franz-chain 30",
        "consume franz-to franz-readers 30 read_committed 60",
    ];
    let run_of = run(&front, &commands);
    let committed = run_of.committed("franz-t");
    // The counts that `chain` tells are no numbers of transactions.
    let committed: Vec<String> = committed.into_iter().take(6 * 5).collect();
    assert_eq!(
        run_of.facts("aborted").len(),
        3 + 1,
        "on purpose: three, and the first of the chain"
    );
    records::assert_exactly(committed, &run_of.read());
    let commands = [
        "admin earliest:franz-share",
        "produce franz-shared 50 s",
        "share franz-shared franz-share 50",
    ];
    let shared = run(&front, &commands);
    records::assert_exactly(shared.acknowledged(), &shared.read());
    assert!(!spoken(&shared, "ShareFetch").is_empty());
}

/// Members of one group come and go: nothing is lost, and each has its share.
fn shared_out(protocol: &str) {
    let topic = format!("franz-{protocol}");
    shared::kafka().create_topic(&topic, 4, 3);
    let front = everything(&format!("franz_go_{protocol}"), Mapping::Port);
    let member = client(&front).with("group.protocol", protocol);
    let mut first = member.consume_on(&topic, &topic, Isolation::Committed);
    first.wait("assigned", 4);
    let mut second = member.consume(&topic, &topic, 20, Isolation::Committed);
    first.wait("revoked", 1);
    second.wait("assigned", 1);
    // Both have something to read from now on.
    let mut writer = client(&front).produce_slowly(&topic, 300, "m", 20);
    second.finish();
    // What the second had is the first's again.
    first.wait("assigned", 5);
    let sent: BTreeSet<String> = writer.finish().acknowledged().into_iter().collect();
    assert_eq!(sent.len(), 300);
    // It may have read more than it was asked for: whatever came at once.
    first.wait("read", 300 - second.read().len());
    let read: BTreeSet<String> = first
        .read()
        .into_iter()
        .chain(second.read())
        .map(|read| read.key)
        .collect();
    assert_eq!(sent, read);
    assert_apart_from_brokers(&front, &first);
    for run in [&first, &second, &writer] {
        assert_only_ours(&front, run);
    }
}

#[test]
fn members_of_a_classic_group_share_its_partitions() {
    shared_out("classic");
}

#[test]
fn members_of_a_group_that_the_broker_assigns_share_its_partitions() {
    shared_out("consumer");
}

#[test]
fn what_is_denied_is_told_and_the_rest_goes_on_in_short_and_long_requests() {
    let kafka = shared::second_kafka();
    for topic in [
        "franz-mine",
        "franz-unwritten",
        "franz-unread",
        "franz-unseen",
    ] {
        kafka.create_topic(topic, 2, 1);
    }
    let rules = [
        rule("ALL", "TOPIC", "franz-mine"),
        rule("READ", "TOPIC", "franz-unwritten"),
        rule("WRITE", "TOPIC", "franz-unread"),
        rule("ALL", "GROUP", "franz-"),
    ];
    let front = enforced::start("franz_go_denied", &**kafka, &rules);
    let denied = |run: &Run, topic: &str| {
        let facts = run.facts("denied");
        let told: BTreeSet<String> = facts
            .iter()
            .filter_map(|fact| fact.strip_prefix(&format!("{topic} ")).map(str::to_owned))
            .collect();
        (facts.len(), told)
    };
    let refusal = BTreeSet::from(["TOPIC_AUTHORIZATION_FAILED".to_owned()]);
    run(&front, &["admin largest:franz-mine:8000000"]);
    // Two partitions of each topic are in one request, which is held or is not.
    for (round, size) in [("short", 0..HELD / 2), ("large", 8 * HELD..usize::MAX)] {
        let run = run(
            &front,
            &[&format!("burst franz-mine,franz-unwritten 2 {round}")],
        );
        assert_eq!(
            denied(&run, "franz-unwritten"),
            (2, refusal.clone()),
            "{round}"
        );
        assert_eq!(run.facts("acked").len(), 2, "{round}");
        assert!(size.contains(&longest(&run, "Produce")), "{round}");
        let only = self::run(&front, &[&format!("burst franz-unwritten 2 {round}")]);
        assert_eq!(
            denied(&only, "franz-unwritten"),
            (2, refusal.clone()),
            "{round}"
        );
    }
    let run = self::run(
        &front,
        &[
            "burst franz-mine,franz-unread 4 more",
            "-Dwait.denied=franz-unread consume franz-mine,franz-unread - 8 read_committed 60",
            "-Dwait.denied=franz-unseen consume franz-mine,franz-unseen - 8 read_committed 60",
            "-Dwait.denied=franz-unread consume franz-mine,franz-unread franz-group 8 read_committed 60",
        ],
    );
    assert_eq!(denied(&run, "franz-unread").1, refusal);
    assert_eq!(denied(&run, "franz-unseen").1, refusal);
    // A pattern comes to what may be described, whoever resolves it.
    let patterns = self::run(
        &front,
        &[
            "-Dregex=true consume ^franz-(mine|unseen)$ franz-classic 8 read_committed 60",
            "-Dregex=true -Dgroup.protocol=consumer consume ^franz-(mine|unseen)$ franz-848 8 read_committed 60",
        ],
    );
    assert!(patterns.facts("denied").is_empty());
    assert!(!spoken(&patterns, "JoinGroup").is_empty());
    assert_spoken(&patterns, "ConsumerGroupHeartbeat", 1);
    // Nothing that was denied was written.
    let end = self::run(&front, &["admin end:franz-unwritten:2 end:franz-mine:2"]);
    assert_eq!(end.facts("end"), ["franz-unwritten 0", "franz-mine 8"]);
}

#[test]
fn what_is_refused_as_a_whole_is_told() {
    shared::kafka().create_topic("franz-refused", 1, 1);
    let front = everything("franz_go_refused", Mapping::Port);
    // It tries again until its caller has enough; the reason is in what it logs.
    let foreign = front
        .client(Kind::FranzGo)
        .with_extension("identityPoolId", "pool-billing")
        .with("patience", "5");
    let told = foreign.produce("franz-refused", 1, "r").fail();
    for part in ["SASL_AUTHENTICATION_FAILED", "POOL_NOT_USABLE", "failed "] {
        assert!(told.contains(part), "{part}: {told}");
    }
    for protocol in ["classic", "consumer"] {
        let client = client(&front).with("group.protocol", protocol);
        let mut member = client.consume("franz-refused", "other", 1, Isolation::Committed);
        member.wait("denied", 1);
        let told = &member.facts("denied")[0];
        assert!(told.contains("GROUP_AUTHORIZATION_FAILED"), "{told}");
    }
    let transactions = ["transact franz-refused 1 1 other".to_owned()];
    let told = client(&front).commands(&transactions).fail();
    assert!(
        told.contains("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"),
        "{told}"
    );
}

#[test]
fn partitions_that_move_are_followed_in_short_and_long_answers() {
    let kafka = shared::kafka();
    kafka.create_topic("franz-moved", 2, 1);
    let mut setup = Setup::new("franz_go_moved");
    setup.cluster = "admin_apis = true";
    let mut front = setup.start(&**kafka);
    front.gate.expect_warning("admin_apis");
    // Its versions of KIP-848 are not told of where brokers see one identity: it takes a classic group.
    let client = client(&front).with("group.protocol", "consumer");
    let both = [
        "largest:franz-moved:8000000",
        "move:franz-moved:0:1",
        "move:franz-moved:1:1",
    ];
    client.admin(&both).finish();
    let mut heavy = client
        .clone()
        .with("partition", "1")
        .produce("franz-moved", 8, "large");
    let sent = heavy.finish().acknowledged();
    // Before each long answer partition 0 is somewhere else, so that it begins with an error and a new leader.
    let reader = client.clone().with("pause.ms", "500");
    let mut reader = reader.consume("franz-moved", "franz-moved", 8 + 300, Isolation::Committed);
    let writer = client.clone().with("partition", "0");
    let mut writer = writer.produce_slowly("franz-moved", 300, "w", 40);
    reader.wait("assigned", 2);
    for (node, acked) in [(2, 20), (3, 60), (1, 100)] {
        writer.wait("acked", acked);
        client
            .admin(&[&format!("move:franz-moved:0:{node}")])
            .finish();
    }
    let sent = [sent, writer.finish().acknowledged()].concat();
    records::assert_exactly(sent, &reader.finish().read());
    assert!(spoken(&reader, "ConsumerGroupHeartbeat").is_empty());
    assert!(!spoken(&reader, "JoinGroup").is_empty());
    for run in [&reader, &writer] {
        assert_only_ours(&front, run);
        for node in [1, 2, 3] {
            assert!(run.facts("dialled").contains(&front.broker(node)), "{node}");
        }
    }
}

#[test]
fn it_logs_in_again_on_the_same_connections() {
    let kafka = shared::kafka();
    kafka.create_topic("franz-again", 1, 1);
    let mut front = Setup::new("franz_go_again").start(&**kafka);
    front.gate.expect_warning("TOKEN_EXPIRES_TOO_SOON");
    let client = front.client(Kind::FranzGo).with_id(SHORT_LIVED);
    let mut reader = client.consume_on("franz-again", "franz-again", Isolation::Committed);
    reader.wait("assigned", 1);
    let mut writer = client.produce_slowly("franz-again", 100, "a", 200);
    let sent = writer.finish().acknowledged();
    reader.wait("read", 100);
    records::assert_exactly(sent, &reader.read());
    // Tokens live 8 s; each connection was kept.
    let dialled = writer.facts("dialled");
    let logins: usize = spoken(&writer, "SASLAuthenticate")
        .iter()
        .map(|spoken| spoken.requests)
        .sum();
    assert!(logins >= dialled.len() + 2, "{logins} by {dialled:?}");
    let times = |at: &String| dialled.iter().filter(|other| *other == at).count();
    assert!(dialled.iter().all(|at| times(at) <= 2), "{dialled:?}");
    assert!(front.gate.metric("oathgate_reauthentications_total", "") >= 4.0);
}
