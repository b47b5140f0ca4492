//! Old and new brokers, old and new Java clients and franz-go, with rules of Oathgate's own: whatever both sides can do
//! goes through.
//!
//! The newest pair is part of every run. `OATHGATE_TEST_MATRIX=1` (`make compat`) has all pairs, TLS towards brokers
//! of each release, and Kafka Connect and MirrorMaker 2.

use crate::harness::{
    clients::{Client, Isolation, Kind, Run},
    enforced::{self, Rule},
    folder,
    front::{Front, Setup},
    java,
    kafka::{self, Brokers, Protocol, Release, Wanted},
    ports,
    process::Process,
    raw::Raw,
    records, shared,
};
use ::oathgate::wire::{api::api, frame, read::read, tables::API_VERSIONS, value::Value};
use rustls::ProtocolVersion;
use std::{
    env, fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Each is paired with each.
const RELEASES: [Release; 4] = [Release::V2_8, Release::V3_9, Release::V4_0, Release::Newest];
const COMPRESSIONS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];
/// Of each compression.
const RECORDS: usize = 20;
/// Records of 5 MB, without compression.
const LARGE: usize = 2;
/// Every third is aborted.
const TRANSACTIONS: usize = 6;
/// Longest that Connect or MirrorMaker may take for what it was given.
const PATIENCE: Duration = Duration::from_secs(150);

/// Of the listener `SSL`; that of `SASL_SSL` has what its JVM and its release have by default.
const TLS_1_2: &str = "listener.name.ssl.ssl.enabled.protocols=TLSv1.2";
/// Each listener with TLS: what it speaks, and the login that it wants.
const TLS: [(Protocol, ProtocolVersion, Option<&str>); 2] = [
    (Protocol::Ssl, ProtocolVersion::TLSv1_2, None),
    (
        Protocol::SaslSsl,
        ProtocolVersion::TLSv1_3,
        Some(
            "{ mechanism = \"PLAIN\", username = \"oathgate\", password_file = \"upstream-password\" }",
        ),
    ),
];

/// A feature that a broker can do without.
const FEATURE: &str = "share.version";
/// APIs of the newest brokers, with their newest versions, of which clients are told less or nothing where brokers
/// see one identity for all: AddPartitionsToTxn between brokers, delegation tokens, regular expressions of
/// subscriptions, share state.
const KEPT_BACK: [(i16, i16); 11] = [
    (24, 5),
    (38, 3),
    (39, 2),
    (40, 2),
    (41, 3),
    (68, 1),
    (83, 0),
    (84, 0),
    (85, 1),
    (86, 0),
    (87, 1),
];

/// What begins with `compat` is the clients'; the rest is MirrorMaker's own.
const PREFIXES: [(&str, &str); 5] = [
    ("TOPIC", "compat"),
    ("GROUP", "compat"),
    ("TRANSACTIONAL_ID", "compat"),
    ("TOPIC", "mm2-"),
    ("TOPIC", "heartbeats"),
];

fn is_whole_matrix() -> bool {
    env::var_os("OATHGATE_TEST_MATRIX").is_some()
}

fn brokers(release: Release, test: &str) -> Box<dyn Brokers> {
    let wanted = Wanted {
        release,
        nodes: 1,
        extra: vec!["message.max.bytes=8000000".to_owned(), TLS_1_2.to_owned()],
        ..Wanted::default()
    };
    kafka::start(
        &wanted,
        &folder::of(&format!("versions_{test}_kafka_{release:?}")),
    )
}

fn front(name: &str, brokers: &dyn Brokers) -> Front {
    front_with(&Setup::new(name), brokers)
}

fn front_with(setup: &Setup<'_>, brokers: &dyn Brokers) -> Front {
    let rules = PREFIXES.map(|(of, prefix)| Rule {
        pool: "pool-orders",
        operation: "ALL",
        of,
        prefix,
    });
    enforced::start_with(setup, brokers, &rules)
}

fn client(front: &Front, release: Release) -> Client {
    let mut client = front.client(Kind::Java).with("max.request.size", "8000000");
    client.release = release;
    client
}

/// Group protocols that a client and brokers of that release have in common; franz-go has those of the newest.
fn protocols(brokers: Release, client: &Client) -> &'static [&'static str] {
    match brokers.min(client.release) {
        Release::V2_8 => &["old"],
        Release::V3_9 => &["classic"],
        Release::V4_0 | Release::V4_3 | Release::Newest => &["classic", "consumer"],
    }
}

/// Commands that read `topic` whole, one a group protocol.
fn readers(topic: &str, count: usize, protocols: &[&str]) -> Vec<String> {
    let read = |protocol: &&str| {
        let own = match *protocol {
            // Releases before 3.7 know no such property.
            "old" => String::new(),
            protocol => format!("-Dgroup.protocol={protocol} "),
        };
        format!("{own}consume {topic} {topic}-{protocol} {count} read_committed 90")
    };
    protocols.iter().map(read).collect()
}

/// All compressions, large records and transactions, written and read by one client.
fn pair(behind: (&dyn Brokers, Release), client: &Client) {
    let (brokers, of_brokers) = behind;
    let name = match client.kind {
        Kind::Java => client.release.version(),
        Kind::Librdkafka => "librdkafka",
        Kind::FranzGo => "franz-go",
    };
    let topic = format!("compat-{}-{name}", of_brokers.version());
    let within = format!("{topic}-transactions");
    brokers.create_topic(&topic, 2, 1);
    brokers.create_topic(&within, 2, 1);
    let mut commands: Vec<String> = COMPRESSIONS
        .iter()
        .map(|codec| format!("-Dcompression.type={codec} produce {topic} {RECORDS} {codec}"))
        .collect();
    commands.push(format!("produce {topic} {LARGE} large"));
    commands.push(format!("transact {within} {TRANSACTIONS} 5 {within} 3"));
    let protocols = protocols(of_brokers, client);
    let count = COMPRESSIONS.len() * RECORDS + LARGE;
    let committed = (TRANSACTIONS - TRANSACTIONS / 3) * 5;
    commands.extend(readers(&topic, count, protocols));
    commands.extend(readers(&within, committed, protocols));

    let started = Instant::now();
    let mut run = client.commands(&commands);
    run.finish();
    assert_eq!(run.acknowledged().len(), count);
    let kept = run.committed(&within);
    assert_eq!(kept.len(), committed);
    let read = read_something(&run);
    let (of_topic, of_within) = read.split_at(protocols.len());
    assert_eq!(of_within.len(), protocols.len());
    for read in of_topic {
        records::assert_exactly(run.acknowledged(), read);
    }
    for read in of_within {
        records::assert_exactly(kept.clone(), read);
    }
    println!(
        "brokers {}, clients {name}: groups {protocols:?}, {:?}",
        of_brokers.version(),
        started.elapsed()
    );
}

/// What a client writes and reads through an Oathgate that reaches the brokers by TLS, each version of it.
fn over_tls(release: Release, brokers: &dyn Brokers) {
    for (protocol, version, sasl) in TLS {
        let ca = fs::read_to_string(brokers.ca()).expect("the brokers' authority");
        let raw = Raw::tls(&brokers.address(1, protocol), &ca, "localhost");
        assert_eq!(raw.tls_version(), Some(version), "{release:?} {protocol:?}");

        let topic = format!("compat-{release:?}-{protocol:?}").to_lowercase();
        brokers.create_topic(&topic, 1, 1);
        let mut setup = Setup::new(&topic);
        setup.protocol = protocol;
        setup.sasl = sasl.map(str::to_owned);
        let front = front_with(&setup, brokers);
        let client = front.client(Kind::Librdkafka);
        let sent = client.produce(&topic, RECORDS, "k").finish().acknowledged();
        assert_eq!(sent.len(), RECORDS);
        let mut run = client.consume(&topic, &topic, RECORDS, Isolation::Committed);
        records::assert_exactly(sent, &run.finish().read());
        println!("brokers {}: {protocol:?}, {version:?}", release.version());
    }
}

/// What those commands read that read anything.
fn read_something(run: &Run) -> Vec<Vec<records::Read>> {
    let mut each = run.read_by_each();
    each.retain(|read| !read.is_empty());
    each
}

/// A share group, in which each record is given back once, and a streams group with internal topics of its own.
fn newest_groups(front: &Front, brokers: &dyn Brokers) {
    let [topic, target] = ["compat-groups", "compat-groups-out"];
    brokers.create_topic(topic, 2, 1);
    brokers.create_topic(target, 2, 1);
    let commands = [
        format!("produce {topic} 50 k"),
        format!("share {topic} compat-share 50"),
    ];
    let mut run = client(front, Release::Newest).commands(&commands);
    run.finish();
    let sent = run.acknowledged();
    records::assert_exactly(sent.clone(), &run.read());
    let commands = [
        format!("streams {topic} compat-streams {target} 50"),
        format!("-Dgroup.protocol=consumer consume {target} {target} 50 read_committed 90"),
    ];
    let mut run = client(front, Release::V4_3).commands(&commands);
    records::assert_exactly(sent, &run.finish().read());
}

/// The body of the answer to `ApiVersions` v3.
fn told_versions(raw: &mut Raw) -> Value {
    let software = [
        ("ClientSoftwareName", "tests"),
        ("ClientSoftwareVersion", "1"),
    ];
    let body = Value::fields(software.map(|(field, text)| (field, text.into())));
    let framed = frame::request(&API_VERSIONS, 3, 7, None, &body).expect("a request");
    raw.send(&framed);
    let answer = raw.frame().expect("an answer");
    let (_, at) = frame::response_header(&API_VERSIONS, 3, &answer).expect("a header");
    read(API_VERSIONS.response, 3, &answer[at..]).expect("a body")
}

/// Each API that is told of, and its newest version.
fn newest_versions(told: &Value) -> Vec<(i16, i16)> {
    let short = |item: &Value, field| i16::try_from(item.int(field).expect("a number")).unwrap();
    let items = told.items("ApiKeys").iter();
    items
        .map(|item| (short(item, "ApiKey"), short(item, "MaxVersion")))
        .collect()
}

#[test]
fn whatever_the_newest_brokers_speak_was_decided_upon() {
    let kafka = shared::kafka();
    let brokers = told_versions(&mut Raw::plaintext(&kafka.address(1, Protocol::Plaintext)));
    let brokers = newest_versions(&brokers);
    assert!(brokers.len() > 60, "{brokers:?}");
    for (key, version) in &brokers {
        let known = api(*key).map(|api| api.max_version);
        let decided = known.is_some_and(|newest| newest >= *version);
        assert!(
            decided,
            "API {key} v{version} is in no table: known is {known:?}"
        );
    }
    // Whatever is kept back is kept back by a row.
    let front = Setup::new("versions_decided").start(&**kafka);
    let told = newest_versions(&told_versions(&mut front.raw()));
    let kept_back = brokers.iter().filter(|of| !told.contains(of));
    let kept_back: Vec<(i16, i16)> = kept_back.copied().collect();
    assert_eq!(kept_back, KEPT_BACK);
}

#[test]
fn features_that_change_under_open_connections_are_told() {
    let brokers = brokers(Release::Newest, "features");
    let front = front("versions_features", &*brokers);
    let finalized = || {
        let told = told_versions(&mut front.raw());
        let features = told.items("FinalizedFeatures").iter();
        let mut names: Vec<String> = features
            .filter_map(|feature| feature.str("Name").map(str::to_owned))
            .collect();
        names.sort_unstable();
        names
    };
    let before = finalized();
    assert!(before.iter().any(|name| name == FEATURE), "{before:?}");
    let bootstrap = brokers.address(1, Protocol::Plaintext);
    let mut downgrade = java::console("org.apache.kafka.tools.FeatureCommand", &[]);
    downgrade.args(["--bootstrap-server", &bootstrap, "downgrade", "--feature"]);
    downgrade.arg(format!("{FEATURE}=0"));
    let log = front.at.folder.join("features.log");
    Process::start("kafka-features", &mut downgrade, &log).succeed(Duration::from_secs(60));
    let until = Instant::now() + Duration::from_secs(60);
    while finalized().iter().any(|name| name == FEATURE) {
        assert!(Instant::now() < until, "{FEATURE} is told of still");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_newest_brokers_and_clients_have_all_kinds_of_groups() {
    let brokers = brokers(Release::Newest, "newest");
    let front = front("versions_newest", &*brokers);
    let newest = client(&front, Release::Newest);
    pair((&*brokers, Release::Newest), &newest);
    newest_groups(&front, &*brokers);
}

#[test]
fn old_brokers_and_old_clients() {
    if !is_whole_matrix() {
        println!("not run: two minutes; `make compat` has it");
        return;
    }
    for of_brokers in RELEASES {
        let brokers = brokers(of_brokers, "matrix");
        let front = front(&format!("versions_{of_brokers:?}"), &*brokers);
        for of_clients in RELEASES {
            pair((&*brokers, of_brokers), &client(&front, of_clients));
        }
        let franz_go = front
            .client(Kind::FranzGo)
            .with("max.request.size", "8000000");
        pair((&*brokers, of_brokers), &franz_go);
        over_tls(of_brokers, &*brokers);
    }
}

/// `client`'s properties as lines, each key after `prefix`.
fn properties(client: &Client, prefix: &str) -> String {
    let lines = client.java_properties().into_iter();
    lines
        .map(|(key, value)| format!("{prefix}{key}={value}\n"))
        .collect()
}

/// Starts a program of Connect with these files; it goes on until it is dropped.
fn connect(main: &str, folder: &Path, files: &[(&str, String)]) -> Process {
    let paths = files
        .iter()
        .map(|(name, text)| folder::write(folder, name, text));
    let allowed = java::allowed_url(&shared::issuer().token_endpoint());
    let mut command = java::connect(&format!("org.apache.kafka.connect.{main}"), &[allowed]);
    command.args(paths);
    Process::start(main, &mut command, &folder.join("connect.log"))
}

fn wait_for(what: &str, process: &mut Process, done: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        let ended = process.try_exit();
        assert!(
            ended.is_none() && Instant::now() < until,
            "{what}: {ended:?}"
        );
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn connect_and_mirror_maker() {
    if !is_whole_matrix() {
        println!("not run: two minutes; `make compat` has it");
        return;
    }
    let brokers = brokers(Release::Newest, "connect");
    let front = front("versions_connect", &*brokers);
    files_through_a_topic(&front, &*brokers);
    mirrored(&front, &*brokers);
}

/// A file source and a file sink: the second file becomes what the first is.
fn files_through_a_topic(front: &Front, brokers: &dyn Brokers) {
    brokers.create_topic("compat-lines", 1, 1);
    let folder = folder::of("versions_connect_files");
    let lines: String = (0..100).map(|n| format!("line {n}\n")).collect();
    let source = folder::write(&folder, "source.txt", &lines);
    let sink = folder.join("sink.txt");
    let client = client(front, Release::Newest);
    let worker = format!(
        "{}{}{}listeners=http://127.0.0.1:{}\noffset.storage.file.filename={}\nplugin.discovery=service_load\n\
         key.converter=org.apache.kafka.connect.storage.StringConverter\n\
         value.converter=org.apache.kafka.connect.storage.StringConverter\noffset.flush.interval.ms=1000\n",
        properties(&client, ""),
        properties(&client, "producer."),
        properties(&client, "consumer."),
        ports::one(),
        folder.join("offsets").display(),
    );
    let connector = |name: &str, class: &str, topic: &str, file: &Path| {
        let file = file.display();
        format!(
            "name=compat-{name}\nconnector.class=org.apache.kafka.connect.file.{class}\ntasks.max=1\n\
             {topic}=compat-lines\nfile={file}\nconsumer.override.group.id=compat-sink\n"
        )
    };
    let mut process = connect(
        "cli.ConnectStandalone",
        &folder,
        &[
            ("worker.properties", worker),
            (
                "source.properties",
                connector("source", "FileStreamSourceConnector", "topic", &source),
            ),
            (
                "sink.properties",
                connector("sink", "FileStreamSinkConnector", "topics", &sink),
            ),
        ],
    );
    wait_for("the sink has all lines", &mut process, || {
        fs::read_to_string(&sink).is_ok_and(|text| text == lines)
    });
}

/// MirrorMaker 2 with the same cluster on both sides, under the name of which it mirrors.
fn mirrored(front: &Front, brokers: &dyn Brokers) {
    let topic = "compat-mirror";
    brokers.create_topic(topic, 2, 1);
    let client = client(front, Release::Newest);
    let mut writer = client.produce(topic, 100, "m");
    writer.finish();
    let folder = folder::of("versions_mirror");
    let file = format!(
        "clusters=compat-a, compat-b\n{}{}compat-a->compat-b.enabled=true\ncompat-a->compat-b.topics={topic}\n\
         replication.factor=1\nsync.topic.acls.enabled=false\nemit.heartbeats.enabled=true\n\
         checkpoints.topic.replication.factor=1\nheartbeats.topic.replication.factor=1\n\
         offset-syncs.topic.replication.factor=1\noffset.storage.replication.factor=1\n\
         status.storage.replication.factor=1\nconfig.storage.replication.factor=1\n\
         refresh.topics.interval.seconds=5\nplugin.discovery=service_load\n",
        properties(&client, "compat-a."),
        properties(&client, "compat-b."),
    );
    let mut process = connect("mirror.MirrorMaker", &folder, &[("mm2.properties", file)]);
    let copy = format!("compat-a.{topic}");
    wait_for("the mirrored topic is there", &mut process, || {
        let mut run = client.admin(&["topics"]);
        run.finish();
        run.facts("topic").contains(&copy)
    });
    let mut reader = client.commands(&readers(&copy, 100, &["classic"]));
    records::assert_exactly(writer.acknowledged(), &reader.finish().read());
}
