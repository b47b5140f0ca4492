//! Brokers that come, go, move or have no port, and the doors that lead to them; `check --online`, which
//! sees such things beforehand.

use crate::harness::{
    clients::{Isolation, Kind},
    folder,
    front::{CLUSTER, Front, Prepared, Setup, orders_token},
    issuer,
    kafka::{Brokers, Protocol},
    oathgate, ports,
    raw::{Raw, api},
    records, shared,
    toml::{Behind, Mapping, Toml, Upstream, bootstrap_host, broker_host},
    wire::{Reader, Writer},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{ErrorKind, Read},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

/// More than any test here needs for what Oathgate does by itself: it probes every second.
const SOON: Duration = Duration::from_secs(8);

/// Oathgate looks for brokers that joined every ten seconds.
const DISCOVERED: Duration = Duration::from_secs(15);

/// What the log says of a login that found no broker to go to.
const NO_BROKER: &str = "no broker of the cluster is known to answer";

/// Not among the API keys of the harness: nobody else asks.
const FIND_COORDINATOR: i16 = 10;

/// Waits until `happened`.
fn wait_for(what: &str, deadline: Duration, mut happened: impl FnMut() -> bool) {
    let until = Instant::now() + deadline;
    while !happened() {
        assert!(Instant::now() < until, "waited {deadline:?} for {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// What an answer to `Metadata` v1 of all topics tells.
#[derive(Debug)]
struct Told {
    /// `host:port` by node id.
    brokers: BTreeMap<i32, String>,
    topics: BTreeSet<String>,
}

impl Told {
    fn by(raw: &mut Raw) -> Self {
        let all_topics = Writer::default().i32(-1);
        let answer = raw.call(api::METADATA, 1, &all_topics.0);
        let answer = answer.expect("an answer to Metadata");
        let mut answer = Reader(&answer);
        let mut brokers = BTreeMap::new();
        for _ in 0..answer.i32() {
            let node = answer.i32();
            let host = answer.string().expect("a host");
            brokers.insert(node, format!("{host}:{}", answer.i32()));
            let _rack = answer.string();
        }
        let _controller = answer.i32();
        let mut topics = BTreeSet::new();
        for _ in 0..answer.i32() {
            assert_eq!(answer.i16(), 0, "the topic's error");
            topics.insert(answer.string().expect("a topic"));
            let _internal = answer.take(1);
            for _ in 0..answer.i32() {
                let _error_index_leader = answer.take(2 + 4 + 4);
                for _replicas_then_isr in 0..2 {
                    let count = answer.i32();
                    answer.take(4 * count as usize);
                }
            }
        }
        Self { brokers, topics }
    }
}

/// Where clients of `front` find the brokers `nodes`.
fn ours(front: &Front, nodes: &[u16]) -> BTreeMap<i32, String> {
    let each = nodes
        .iter()
        .map(|&node| (i32::from(node), front.broker(node)));
    each.collect()
}

/// The error of a login by the port of broker `node`; none if it is closed without an answer, at whatever
/// point.
fn login_at(front: &Front, node: u16) -> Option<i16> {
    let address = format!("127.0.0.1:{}", front.at.first_port + node - 1);
    let raw = Raw::try_tls(&address, &shared::authority().pem(), "localhost");
    let answer = raw.ok()?.login(&orders_token(), &[])?;
    Some(answer.error)
}

/// Whether `port` takes a connection and closes it before the client said anything.
fn closes_at_accept(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the port is bound");
    let a_moment = Some(Duration::from_millis(500));
    stream.set_read_timeout(a_moment).expect("set a timeout");
    match stream.read(&mut [0; 1]) {
        Ok(0) => true,
        Ok(_) => panic!("a byte came before the client's first"),
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

fn produced_and_read_back(front: &Front, topic: &str, extensions: &[(&str, &str)]) {
    let mut client = front.client(Kind::Librdkafka);
    for (name, value) in extensions {
        client = client.with_extension(name, value);
    }
    let sent = client.produce(topic, 60, topic).finish().acknowledged();
    assert_eq!(sent.len(), 60);
    let mut reader = client.consume(topic, topic, sent.len(), Isolation::Committed);
    records::assert_exactly(sent, &reader.finish().read());
}

/// A front whose brokers are given the client's own token.
fn passing_tokens_on(name: &str) -> Setup<'_> {
    let mut setup = Setup::new(name);
    setup.protocol = Protocol::SaslPlaintext;
    setup.sasl = Some("{ mechanism = \"OAUTHBEARER\" }".to_owned());
    setup
}

#[test]
fn the_very_first_connection_may_go_straight_to_a_broker() {
    let kafka = shared::kafka();
    kafka.create_topic("brokers-first", 3, 1);
    let mut front = passing_tokens_on("brokers_first").start(&**kafka);
    front
        .gate
        .expect_warning("clusters[0].upstream.tls: is absent");

    // Nobody has logged in yet, so Oathgate knows no broker but the bootstrap servers.
    let mut raw = front.raw_at(front.at.first_port + 1, "localhost");
    let versions = raw.call(api::API_VERSIONS, 0, &[]);
    let versions = versions.expect("an answer to ApiVersions");
    let mut versions = Reader(&versions);
    assert_eq!(versions.i16(), 0, "the error of ApiVersions");
    assert!(versions.i32() > 10, "APIs of a broker");
    let answer = raw.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    assert_eq!(Told::by(&mut raw).brokers, ours(&front, &[1, 2, 3]));

    produced_and_read_back(&front, "brokers-first", &[]);
}

#[test]
fn a_dead_cluster_does_not_shut_the_door_that_it_shares() {
    const DEAD: &str = "lkc-dead";
    let kafka = shared::kafka();
    kafka.create_topic("brokers-shared-door", 3, 1);
    let prepared = Setup::new("brokers_shared_door").prepare(&**kafka);
    let both = [
        Behind::new(CLUSTER, prepared.first_port),
        Behind::new(DEAD, ports::block(3)),
    ];
    let nobody = vec![format!("127.0.0.1:{}", ports::one())];
    let toml = Toml::new(prepared.admin, &prepared.audit)
        .listener(prepared.port, Mapping::Port, &both)
        .cluster(
            CLUSTER,
            &Upstream::plaintext(kafka.bootstrap(Protocol::Plaintext)),
            "",
        )
        .cluster(DEAD, &Upstream::plaintext(nobody), "")
        .provider(&shared::issuer().url());
    folder::write(&prepared.folder, "oathgate.toml", toml.build());
    let mut front = prepared.run_unready();
    front.gate.expect_warning(DEAD);
    front.gate.wait_log("cluster not usable", SOON);

    let live = [("logicalCluster", CLUSTER)];
    let mut raw = front.raw();
    assert!(raw.call(api::API_VERSIONS, 0, &[]).is_some());
    let answer = raw.login(&orders_token(), &live).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    produced_and_read_back(&front, "brokers-shared-door", &live);

    // Not 58, which would stop the client for good: its cluster may come back.
    let answer = front
        .raw()
        .login(&orders_token(), &[("logicalCluster", DEAD)]);
    assert_eq!(answer, None);
    let closed = front
        .gate
        .metric("oathgate_logins_closed_total", "BROKER_UNREACHABLE");
    assert!(closed > 0.9, "{closed} logins closed");
    assert!(front.gate.metric("oathgate_logins_refused_total", "") < 0.1);
}

#[test]
fn a_reload_moves_a_cluster_to_other_brokers() {
    let (kafka, second) = (shared::kafka(), shared::second_kafka());
    kafka.create_topic("brokers-moved-from", 1, 1);
    second.create_topic("brokers-moved-to", 1, 1);
    let mut front = Setup::new("brokers_moved").start(&**kafka);
    front.gate.expect_warning(NO_BROKER);
    let mut early = front.logged_in();
    let told = Told::by(&mut early);
    assert_eq!(told.brokers, ours(&front, &[1, 2, 3]));
    assert!(told.topics.contains("brokers-moved-from"), "{told:?}");

    let servers = |brokers: &dyn Brokers| format!("{:?}", brokers.bootstrap(Protocol::Plaintext));
    let moved = front
        .at
        .toml
        .replaced(&servers(&**kafka), &servers(&**second));
    front.gate.reload(moved.build());
    wait_for("the reload", SOON, || {
        front.gate.metric("oathgate_reloads_total", "ok") > 0.9
    });

    let is_moved = |told: &Told| {
        assert_eq!(told.brokers, ours(&front, &[1]));
        assert!(told.topics.contains("brokers-moved-to"), "{told:?}");
        assert!(!told.topics.contains("brokers-moved-from"), "{told:?}");
    };
    is_moved(&Told::by(&mut front.logged_in()));
    // What a session with the brokers of before may still hear of them teaches nobody.
    assert!(
        !early.metadata(),
        "it may not go on with the brokers of before"
    );
    is_moved(&Told::by(&mut front.logged_in()));
    let mut at_broker = front.raw_at(front.at.first_port, "localhost");
    let answer = at_broker.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    is_moved(&Told::by(&mut at_broker));
    assert_eq!(
        login_at(&front, 3),
        None,
        "there is no such broker any more"
    );
}

#[test]
fn a_broker_that_joins_later_is_served() {
    let mut kafka = shared::kafka_alone();
    kafka.stop(3);
    let mut front = Setup::new("brokers_joins").start(&**kafka);
    front.gate.expect_warning(NO_BROKER);
    let two = Told::by(&mut front.logged_in());
    assert_eq!(two.brokers, ours(&front, &[1, 2]));
    assert_eq!(login_at(&front, 3), None);

    kafka.start(3);
    kafka.wait_ready(Duration::from_secs(60));
    // No session asks meanwhile: Oathgate finds it by itself.
    wait_for("a login at the new broker's port", DISCOVERED, || {
        login_at(&front, 3) == Some(0)
    });
    let three = Told::by(&mut front.logged_in());
    assert_eq!(three.brokers, ours(&front, &[1, 2, 3]));
    kafka.create_topic("brokers-joins", 6, 1);
    produced_and_read_back(&front, "brokers-joins", &[]);
}

#[test]
fn a_broker_without_a_port_is_left_out_and_told_of() {
    let kafka = shared::kafka();
    let mut prepared = Setup::new("brokers_unmapped").prepare(&**kafka);
    narrow(&mut prepared);
    let mut front = prepared.run();
    front.gate.expect_warning("broker left out of answers");
    front.gate.wait_log("broker left out of answers", SOON);
    let log = front.gate.log();
    let left_out: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("broker left out of answers"))
        .collect();
    let [line] = left_out[..] else {
        panic!("not told once: {left_out:#?}");
    };
    assert!(line.contains(r#""level":"ERROR""#), "{line}");
    assert!(
        line.contains(r#""node":3"#) && line.contains("node_ids"),
        "{line}"
    );
    let (status, reasons) = front.gate.readiness().expect("an answer");
    assert_eq!(status, 200, "the others are served: {reasons}");
    assert!(reasons.contains("BROKER_UNMAPPED"), "{reasons}");
    assert!(front.gate.metric("oathgate_brokers_unmapped", CLUSTER) > 0.9);

    let mapped = ours(&front, &[1, 2]);
    let mut session = front.logged_in();
    assert_eq!(Told::by(&mut session).brokers, mapped);
    front.client(Kind::Java).admin(&["topics"]).finish();
    let is_ours = |address: &String| mapped.values().any(|ours| ours == address);
    // Groups have coordinators on all three brokers, sooner or later.
    for group in 0..12 {
        let (error, address) = coordinator(&mut session, &format!("unmapped-{group}"));
        match error {
            0 => assert!(is_ours(&address), "{address}"),
            _ => assert_eq!((error, address.as_str()), (15, ":-1")),
        }
    }
}

/// What `FindCoordinator` v0 answers for `group`: the error and `host:port`.
fn coordinator(raw: &mut Raw, group: &str) -> (i16, String) {
    let answer = raw.call(FIND_COORDINATOR, 0, &Writer::default().string(group).0);
    let answer = answer.expect("an answer to FindCoordinator");
    let mut answer = Reader(&answer);
    let error = answer.i16();
    let _node = answer.i32();
    let host = answer.string().expect("a host");
    (error, format!("{host}:{}", answer.i32()))
}

/// Leaves broker 3 without a port.
fn narrow(prepared: &mut Prepared) {
    prepared.toml = prepared
        .toml
        .replaced("node_ids = \"1-3\"", "node_ids = \"1-2\"");
    rewrite(prepared);
}

/// Writes the configuration anew.
fn rewrite(prepared: &Prepared) {
    folder::write(&prepared.folder, "oathgate.toml", prepared.toml.build());
}

#[test]
fn the_port_of_a_broker_that_is_down_closes_at_accept() {
    let mut kafka = shared::kafka_alone();
    let front = Setup::new("brokers_down").start(&**kafka);
    let port = front.at.first_port + 2;
    let mut session = front.raw_at(port, "localhost");
    let answer = session.login(&orders_token(), &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    assert!(!closes_at_accept(port));
    let refused = |front: &Front| {
        let name = "oathgate_connections_refused_total";
        front.gate.metric(name, "reason=\"BROKER_DOWN\"")
    };
    assert!(refused(&front) < 0.1);

    kafka.stop(3);
    assert!(
        session.is_closed_within(SOON),
        "its broker is gone, and so is the session"
    );
    wait_for("the port to close at accept", SOON, || {
        closes_at_accept(port)
    });
    assert!(refused(&front) > 0.9);
    assert!(front.logged_in().metadata(), "the others are served");

    kafka.start(3);
    kafka.wait_ready(Duration::from_secs(60));
    wait_for("the port to come back", SOON, || {
        login_at(&front, 3) == Some(0)
    });
}

#[test]
fn one_connection_too_many_is_closed_at_once() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("brokers_too_many");
    setup.limits = "max_connections = 2";
    let mut front = setup.start(&**kafka);
    let full = "`limits.max_connections` is reached";
    front.gate.expect_warning(full);
    let (mut session, stranger) = (front.logged_in(), front.raw());
    for _ in 0..3 {
        assert!(closes_at_accept(front.at.port));
    }
    let refused = front.gate.metric(
        "oathgate_connections_refused_total",
        "reason=\"TOO_MANY_CONNECTIONS\"",
    );
    assert!((refused - 3.0).abs() < 0.1, "{refused} refused");
    front.gate.wait_log(full, SOON);
    let log = front.gate.log();
    let told = log.lines().filter(|line| line.contains(full)).count();
    assert_eq!(told, 1, "once a minute:\n{log}");
    assert!(closes_at_accept(front.at.first_port), "a broker's port");
    assert!(session.metadata(), "who is in stays in");
    drop(stranger);
    wait_for("room for another", SOON, || {
        let raw = front.try_raw();
        raw.is_some_and(|mut raw| {
            let answer = raw.login(&orders_token(), &[]);
            answer.is_some_and(|answer| answer.error == 0)
        })
    });
}

#[test]
fn with_the_clients_own_token_nothing_is_lost_or_doubled_while_a_broker_restarts() {
    let name = "brokers-own-token";
    let mut kafka = shared::kafka_alone();
    kafka.create_topic(name, 6, 3);
    let mut front = passing_tokens_on(name).start(&**kafka);
    front.gate.expect_warning("lkc-tests"); // One broker cannot be reached for a while.
    front
        .gate
        .expect_warning("clusters[0].upstream.tls: is absent");
    let librdkafka = front.client(Kind::Librdkafka);
    let follower = librdkafka.consume_on(name, &format!("{name}-live"), Isolation::Committed);
    // Its tokens live eight seconds: each re-authentication is one at the broker as well.
    let java = front.client(Kind::Java).with_id(issuer::SHORT_LIVED);
    let mut transactions = java.transact(name, 60, name, 100);
    transactions.wait("committed", 5);
    kafka.stop(3);
    let before = transactions.facts("committed").len();
    transactions.wait("committed", before + 8);
    kafka.start(3);
    let expected = transactions.finish().committed(name);
    assert_eq!(expected.len(), 40 * 5, "every third transaction is aborted");
    let renewed = front.gate.metric("oathgate_reauthentications_total", "");
    assert!(renewed > 0.9, "{renewed} re-authentications");
    kafka.wait_ready(Duration::from_secs(60));

    let count = expected.len();
    let mut reader = librdkafka.consume(name, name, count, Isolation::Committed);
    records::assert_exactly(expected.clone(), &reader.finish().read());

    // Who followed saw all of it too, and nothing that was aborted; some of it maybe twice.
    let expected: BTreeSet<String> = expected.into_iter().collect();
    let seen = || -> BTreeSet<String> {
        let read = follower.read().into_iter();
        read.map(|record| record.key).collect()
    };
    wait_for("the follower", Duration::from_secs(60), || {
        seen().len() >= expected.len()
    });
    assert_eq!(seen(), expected);
}

/// Faults of `check --online`, as (path, value, problem), in the order told.
fn faults(name: &str, prepared: &Prepared) -> Vec<(String, String, String)> {
    let config = prepared.config.to_str().expect("paths of tests are UTF-8");
    let arguments = ["check", "--online", "--format", "json", "--config", config];
    let (code, output) = oathgate::run(&format!("{name}-run"), &arguments);
    let report: Option<serde_json::Value> = output
        .lines()
        .find_map(|line| serde_json::from_str(line).ok());
    let report = report.unwrap_or_else(|| panic!("no report:\n{output}"));
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let faults: Vec<_> = findings
        .iter()
        .filter(|finding| finding["severity"] == "fault")
        .map(|finding| ["path", "value", "problem"].map(|key| text(&finding[key])))
        .map(|[path, value, problem]| (path, value, problem))
        .collect();
    assert_eq!(report["faults"], faults.len(), "{report}");
    assert_eq!(code, if faults.is_empty() { 0 } else { 64 }, "{output}");
    faults
}

/// The paths alone.
fn paths(faults: &[(String, String, String)]) -> Vec<&str> {
    faults.iter().map(|(path, ..)| path.as_str()).collect()
}

#[test]
fn check_online_finds_nothing_where_everything_works() {
    let kafka = shared::kafka();
    for (name, protocol, sasl) in [
        ("check-plaintext", Protocol::Plaintext, None),
        ("check-scram", Protocol::SaslSsl, Some(with_password())),
        (
            "check-token",
            Protocol::SaslSsl,
            Some("{ mechanism = \"OAUTHBEARER\" }".to_owned()),
        ),
    ] {
        let mut setup = Setup::new(name);
        (setup.protocol, setup.sasl) = (protocol, sasl);
        assert_eq!(faults(name, &setup.prepare(&**kafka)), [], "{name}");
    }
}

fn with_password() -> String {
    "{ mechanism = \"SCRAM-SHA-512\", username = \"oathgate\", password_file = \"upstream-password\" }"
        .to_owned()
}

#[test]
fn check_online_names_a_password_that_brokers_refuse() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("check-password");
    setup.protocol = Protocol::SaslSsl;
    setup.sasl = Some(with_password());
    let prepared = setup.prepare(&**kafka);
    let wrong = "not-the-password-at-all";
    folder::write_secret(&prepared.folder, "upstream-password", wrong);
    let found = faults("check-password", &prepared);
    let servers = [0, 1, 2].map(|n| format!("clusters[0].bootstrap_servers[{n}]"));
    assert_eq!(paths(&found), servers);
    for (_, value, problem) in &found {
        assert!(value.starts_with("127.0.0.1:"), "{value}");
        assert!(problem.contains("refused the login"), "{problem}");
        assert!(!problem.contains(wrong), "{problem}");
    }
}

#[test]
fn check_online_names_a_broker_that_does_not_answer() {
    let kafka = shared::kafka();
    let mut prepared = Setup::new("check-dead").prepare(&**kafka);
    let second = kafka.address(2, Protocol::Plaintext);
    let dead = format!("127.0.0.1:{}", ports::one());
    prepared.toml = prepared.toml.replaced(&second, &dead);
    rewrite(&prepared);
    let found = faults("check-dead", &prepared);
    assert_eq!(paths(&found), ["clusters[0].bootstrap_servers[1]"]);
    assert_eq!(found[0].1, dead);
}

#[test]
fn check_online_names_an_issuer_that_is_none() {
    let kafka = shared::kafka();
    let mut prepared = Setup::new("check-issuer").prepare(&**kafka);
    let nobody = format!("http://127.0.0.1:{}", ports::one());
    prepared.toml = prepared.toml.replaced(&shared::issuer().url(), &nobody);
    rewrite(&prepared);
    let found = faults("check-issuer", &prepared);
    assert_eq!(paths(&found), ["providers[0]"]);
    assert_eq!(found[0].1, nobody);
}

#[test]
fn check_online_names_a_broker_without_a_port() {
    let kafka = shared::kafka();
    let mut prepared = Setup::new("check-unmapped").prepare(&**kafka);
    narrow(&mut prepared);
    let found = faults("check-unmapped", &prepared);
    assert_eq!(paths(&found), ["listeners[0].clusters[0].node_ids"]);
    let (_, value, problem) = &found[0];
    assert_eq!(value, "1-2");
    assert!(
        problem.contains("broker 3 of lkc-tests") && problem.contains("widen node_ids"),
        "{problem}"
    );
}

#[test]
fn check_online_looks_up_each_name_of_a_broker_that_is_there_once() {
    let kafka = shared::kafka();
    let mut setup = Setup::new("check-names");
    setup.mapping = Mapping::Sni;
    let mut prepared = setup.prepare(&**kafka);
    // Without it the bootstrap host stands for the listener, too.
    prepared.toml = prepared
        .toml
        .replaced("advertised_host = \"localhost\"\n", "");
    rewrite(&prepared);
    let found = faults("check-names", &prepared);
    let mut expected = vec![(
        "listeners[0].clusters[0].bootstrap_host",
        bootstrap_host(CLUSTER),
    )];
    let nodes = 1..=3;
    expected.extend(nodes.map(|node| {
        let path = "listeners[0].clusters[0].broker_host";
        (path, broker_host(CLUSTER, node))
    }));
    let mut named: Vec<_> = found
        .iter()
        .map(|(path, value, _)| (path.as_str(), value.clone()))
        .collect();
    named.sort_unstable();
    named.dedup_by(|a, b| a == b);
    expected.sort_unstable();
    assert_eq!(named, expected, "{found:#?}");
    assert_eq!(found.len(), expected.len(), "each once: {found:#?}");
}
