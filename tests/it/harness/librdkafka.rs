//! Clients of librdkafka: settings, and `produce` and `consume` in a process of their own, which speaks the
//! same lines as the Java program does (`tests/java/clients`).

use super::records;
use rdkafka::{
    ClientConfig, ClientContext, Message,
    consumer::{BaseConsumer, CommitMode, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseProducer, BaseRecord, Producer, ProducerContext},
};
use std::{
    env, fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Where `command` leaves its properties file and words, one a line, for `as_a_process`.
const TASK: &str = "OATHGATE_TEST_LIBRDKAFKA_TASK";

/// A client that talks to the brokers themselves.
pub(crate) fn plaintext(bootstrap: &[String]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap.join(","));
    // Brokers come and go in these tests; librdkafka's complaints would bury the test's own lines.
    config.set("log_level", "0");
    config
}

/// Runs `words` (`produce ...` or `consume ...`) with these properties in a process of its own.
pub(crate) fn command(properties: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("the test binary"));
    command.args([
        "harness::librdkafka::as_a_process",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    command.env(
        TASK,
        format!("{}\n{}", properties.display(), words.join("\n")),
    );
    command
}

#[test]
#[ignore = "the body of a client process, started by other tests"]
fn as_a_process() {
    let task = env::var(TASK).expect("started by another test");
    let words: Vec<&str> = task.lines().collect();
    let config = read_properties(Path::new(words[0]));
    println!(); // What libtest wrote on this line is not ours.
    match words[1..] {
        ["produce", topic, count, prefix] => produce(config, topic, number(count), prefix, 0),
        ["produce", topic, count, prefix, pause] => {
            produce(config, topic, number(count), prefix, number(pause) as u64);
        }
        ["consume", topic, group, count, isolation, seconds] => {
            let until = Instant::now() + Duration::from_secs(number(seconds) as u64);
            consume(
                config,
                topic,
                group,
                &Until {
                    count: number(count),
                    isolation,
                    until,
                },
            );
        }
        ref other => panic!("unknown task {other:?}"),
    }
}

struct Until<'a> {
    /// Records to read; 0 = as many as come until killed.
    count: usize,
    isolation: &'a str,
    until: Instant,
}

fn number(word: &str) -> usize {
    word.parse().expect("a number")
}

fn read_properties(path: &Path) -> ClientConfig {
    let text = fs::read_to_string(path).expect("read properties");
    let mut config = ClientConfig::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        config.set(key, value);
    }
    config
}

/// Prints what is acknowledged.
#[derive(Default)]
struct Acknowledged(AtomicUsize);

impl ClientContext for Acknowledged {
    fn error(&self, error: KafkaError, reason: &str) {
        println!("note {error} {reason}");
    }
}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let message = result
            .as_ref()
            .unwrap_or_else(|(error, _)| panic!("not delivered: {error}"));
        let key = String::from_utf8_lossy(message.key().expect("a key"));
        println!("acked {key} {} {}", message.partition(), message.offset());
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn produce(mut config: ClientConfig, topic: &str, count: usize, prefix: &str, pause_ms: u64) {
    config
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", "120000");
    let producer: BaseProducer<Acknowledged> = config
        .create_with_context(Acknowledged::default())
        .expect("a producer");
    for n in 0..count {
        let key = records::key(prefix, n);
        let value = records::value(&key);
        let mut record = BaseRecord::to(topic).key(&key).payload(&value);
        while let Err((error, refused)) = producer.send(record) {
            let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            assert!(is_full, "{key}: {error}");
            producer.poll(Duration::from_millis(100));
            record = refused;
        }
        producer.poll(Duration::from_millis(pause_ms));
        if pause_ms > 0 {
            thread::sleep(Duration::from_millis(pause_ms));
        }
    }
    producer.flush(Duration::from_secs(120)).expect("flush");
    println!("done {}", producer.context().0.load(Ordering::Relaxed));
}

/// Prints errors of the client as a whole.
struct Noted;

impl ClientContext for Noted {
    fn error(&self, error: KafkaError, reason: &str) {
        println!("note {error} {reason}");
    }
}

impl rdkafka::consumer::ConsumerContext for Noted {}

fn consume(mut config: ClientConfig, topic: &str, group: &str, until: &Until<'_>) {
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set(
            "enable.auto.commit",
            if until.count == 0 { "true" } else { "false" },
        )
        .set("auto.commit.interval.ms", "1000")
        .set("isolation.level", until.isolation);
    let consumer: BaseConsumer<Noted> = config.create_with_context(Noted).expect("a consumer");
    consumer.subscribe(&[topic]).expect("subscribe");
    let mut read = 0;
    while until.count == 0 || read < until.count {
        assert!(
            Instant::now() < until.until,
            "only {read} of {} records came",
            until.count
        );
        match consumer.poll(Duration::from_millis(200)) {
            None => {}
            Some(Err(error)) => println!("note {error}"),
            Some(Ok(message)) => {
                let key = String::from_utf8_lossy(message.key().expect("a key"));
                let crc = records::crc32(message.payload().expect("a value"));
                println!(
                    "read {key} {} {} {crc:08x}",
                    message.partition(),
                    message.offset()
                );
                read += 1;
            }
        }
    }
    consumer
        .commit_consumer_state(CommitMode::Sync)
        .expect("commit");
    println!("done {read}");
}
