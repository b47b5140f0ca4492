//! Real clients of the demo: librdkafka with its own OIDC token fetching, configured by the very
//! entries that the demo prints.

use std::time::Duration;

use rdkafka::{
    ClientConfig, ClientContext, Message,
    config::RDKafkaLogLevel,
    consumer::{Consumer, ConsumerContext, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{FutureProducer, FutureRecord},
};
use tokio::{sync::mpsc, time::timeout};

use super::plan::TOPIC;

/// Longest wait for a record on its way, or for a refusal.
const PATIENCE: Duration = Duration::from_secs(60);

/// Errors that wait to be looked at; more are dropped.
const EARS: usize = 16;

/// A record that came back as it was sent.
pub(super) struct Returned {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) payload: String,
}

/// What went wrong with a client of the demo.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// librdkafka gave up.
    #[error("the demo's client failed: {0}")]
    Kafka(#[from] KafkaError),
    /// Nothing happened for a minute.
    #[error("the demo's client waited {} s for {what}; its last error: {heard}", PATIENCE.as_secs())]
    Silence {
        /// For what.
        what: &'static str,
        /// What librdkafka complained of meanwhile.
        heard: String,
    },
    /// The record that came back is not the one that was sent.
    #[error("sent {sent:?}, read {read:?}")]
    Changed {
        /// The payload sent.
        sent: String,
        /// The payload read.
        read: String,
    },
    /// A record was stored that must not be.
    #[error("the demo's client wrote to {TOPIC}, which it may not")]
    Stored,
}

/// Hands on what librdkafka complains of, instead of logging it.
#[derive(Clone)]
struct Ears(mpsc::Sender<Complaint>);

struct Complaint {
    code: Option<RDKafkaErrorCode>,
    text: String,
}

impl ClientContext for Ears {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}

    fn error(&self, error: KafkaError, reason: &str) {
        // A full channel holds complaints enough.
        let _ = self.0.try_send(Complaint {
            code: error.rdkafka_error_code(),
            text: reason.to_owned(),
        });
    }
}

impl ConsumerContext for Ears {}

/// Sends one record with `payload` and reads it back as a member of a consumer group.
pub(super) async fn round_trip(
    entries: &[(&'static str, String)],
    payload: &str,
) -> Result<Returned, ClientError> {
    let (ears, mut heard) = mpsc::channel(EARS);
    let producer: FutureProducer<Ears> = config(entries).create_with_context(Ears(ears.clone()))?;
    let record = FutureRecord::<str, str>::to(TOPIC).payload(payload);
    let sent = match timeout(PATIENCE, producer.send(record, PATIENCE)).await {
        Ok(outcome) => outcome.map_err(|(error, _)| error)?,
        Err(_) => return Err(silence("a record to be stored", &mut heard)),
    };
    let consumer: StreamConsumer<Ears> = config(entries)
        .set("group.id", "oathgate-demo")
        .set("auto.offset.reset", "earliest")
        .create_with_context(Ears(ears))?;
    consumer.subscribe(&[TOPIC])?;
    let reading = async {
        loop {
            match consumer.recv().await {
                Ok(read) if (read.partition(), read.offset()) == (sent.partition, sent.offset) => {
                    break String::from_utf8_lossy(read.payload().unwrap_or_default()).into_owned();
                }
                // Records of others, and errors that librdkafka mends by itself.
                Ok(_) | Err(_) => {}
            }
        }
    };
    let Ok(read) = timeout(PATIENCE, reading).await else {
        return Err(silence("its record to come back", &mut heard));
    };
    if read != payload {
        let sent = payload.to_owned();
        return Err(ClientError::Changed { sent, read });
    }
    Ok(Returned {
        partition: sent.partition,
        offset: sent.offset,
        payload: read,
    })
}

/// Tries to write where it must not; returns what librdkafka says about it.
pub(super) async fn denied_write(
    entries: &[(&'static str, String)],
) -> Result<String, ClientError> {
    let (ears, mut heard) = mpsc::channel(EARS);
    let producer: FutureProducer<Ears> = config(entries).create_with_context(Ears(ears))?;
    let record = FutureRecord::<str, str>::to(TOPIC).payload("never stored");
    match timeout(PATIENCE, producer.send(record, PATIENCE)).await {
        Ok(Ok(_)) => Err(ClientError::Stored),
        Ok(Err((error, _)))
            if error.rdkafka_error_code() == Some(RDKafkaErrorCode::TopicAuthorizationFailed) =>
        {
            Ok(error.to_string())
        }
        Ok(Err((error, _))) => Err(error.into()),
        Err(_) => Err(silence("its record to be refused", &mut heard)),
    }
}

/// Tries to log in where it must fail; returns what librdkafka says about it.
pub(super) async fn refusal(entries: &[(&'static str, String)]) -> Result<String, ClientError> {
    let (ears, mut heard) = mpsc::channel(EARS);
    let producer: FutureProducer<Ears> = config(entries).create_with_context(Ears(ears))?;
    let told = async {
        // A record to send makes the client connect.
        let record = FutureRecord::<str, str>::to(TOPIC).payload("never stored");
        let sending = producer.send(record, PATIENCE);
        let listening = async {
            while let Some(complaint) = heard.recv().await {
                if complaint.code == Some(RDKafkaErrorCode::Authentication) {
                    return Some(complaint.text);
                }
            }
            None
        };
        tokio::select! {
            _ = sending => None,
            text = listening => text,
        }
    };
    match timeout(PATIENCE, told).await {
        Ok(Some(text)) => Ok(text),
        Ok(None) | Err(_) => Err(silence("its login to be refused", &mut heard)),
    }
}

fn config(entries: &[(&'static str, String)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (key, value) in entries {
        config.set(*key, value);
    }
    config
}

fn silence(what: &'static str, heard: &mut mpsc::Receiver<Complaint>) -> ClientError {
    let mut last = "none".to_owned();
    while let Ok(complaint) = heard.try_recv() {
        last = complaint.text;
    }
    ClientError::Silence { what, heard: last }
}

#[cfg(test)]
mod tests {
    use super::{super::kafka::Kafka, *};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_record_makes_the_round_trip_through_the_embedded_kafka() {
        let kafka = Kafka::start().unwrap();
        let entries = [("bootstrap.servers", kafka.bootstrap_servers())];
        let returned = round_trip(&entries, "an order").await.unwrap();
        assert_eq!(
            (returned.offset, returned.payload.as_str()),
            (0, "an order")
        );
    }
}
