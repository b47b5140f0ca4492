//! Fetch requests and what answers them, with sessions (KIP-227) and without.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

use oathgate::wire::value::Value;

use crate::batch::batch;

/// Offset that every partition ends at.
const END: i64 = 1_000_000;

/// Which kind of fetch a request is, by its session id and epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sessionless,
    /// Opens a session of all its partitions.
    Opening,
    /// The next of the session with this id.
    Continuing(i32),
}

pub(super) fn kind(fetch: &Value) -> Kind {
    // Versions below 7 have no sessions.
    match fetch.int("SessionEpoch").unwrap_or(-1) {
        0 => Kind::Opening,
        epoch if epoch < 0 => Kind::Sessionless,
        _ => {
            let id = fetch.int("SessionId").and_then(|id| i32::try_from(id).ok());
            Kind::Continuing(id.unwrap_or_default())
        }
    }
}

/// A fetch session of one connection.
#[derive(Debug)]
pub(super) struct Session {
    id: i32,
    /// What a fetch of the session brings: news of its first partition.
    news: Value,
}

impl Session {
    /// The session that `fetch` opens; its id is of no other.
    pub(super) fn open(fetch: &Value) -> Self {
        static NEXT: AtomicI32 = AtomicI32::new(1);
        let id = NEXT.fetch_add(1, Relaxed);
        let first = fetch.items("Topics").first().map(|topic| {
            let mut topic = topic.clone();
            if let Some(partitions) = topic.items_mut("Partitions") {
                partitions.truncate(1);
            }
            topic
        });
        let mut narrowed = fetch.clone();
        narrowed.set("Topics", Value::Array(first.into_iter().collect()));
        let news = whole(&narrowed, id);
        Self { id, news }
    }

    pub(super) const fn id(&self) -> i32 {
        self.id
    }

    /// The answer to the next fetch.
    pub(super) fn next(&self) -> Value {
        self.news.clone()
    }
}

/// All partitions that `fetch` names. The first has as many records as the fetch allows, the others
/// none; so the size of an answer is that of the request's limits.
pub(super) fn whole(fetch: &Value, session: i32) -> Value {
    let mut left = limit(fetch, "MaxBytes");
    let topics = fetch.items("Topics").iter().map(|topic| {
        let partitions = topic.items("Partitions").iter().map(|partition| {
            let size = left.min(limit(partition, "PartitionMaxBytes"));
            left = 0;
            Value::fields([
                ("PartitionIndex", partition.int("Partition").into()),
                ("HighWatermark", END.into()),
                ("LastStableOffset", END.into()),
                ("LogStartOffset", 0.into()),
                ("AbortedTransactions", Value::Null),
                ("Records", Value::Bytes(records(size))),
            ])
        });
        let partitions = Value::array(partitions);
        let mut answer = same_topic(topic, "Topic");
        answer.set("Partitions", partitions);
        answer
    });
    let topics = Value::array(topics);
    let mut answer = Value::fields([("Responses", topics)]);
    if session > 0 {
        answer.set("SessionId", session);
    }
    answer
}

fn limit(of: &Value, name: &str) -> usize {
    let limit = of.int(name).unwrap_or_default();
    usize::try_from(limit).unwrap_or_default()
}

fn records(size: usize) -> Vec<u8> {
    if size == 0 { Vec::new() } else { batch(size) }
}

/// A struct that names the topic that `topic` names, by name or by id.
pub(super) fn same_topic(topic: &Value, name: &'static str) -> Value {
    match topic.uuid("TopicId") {
        Some(id) => Value::fields([("TopicId", id.into())]),
        None => Value::fields([(name, topic.str(name).into())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_and_epoch_tell_the_kind() {
        let fetch = |id: i32, epoch: i32| {
            kind(&Value::fields([
                ("SessionId", id.into()),
                ("SessionEpoch", epoch.into()),
            ]))
        };
        assert_eq!(fetch(0, -1), Kind::Sessionless);
        assert_eq!(fetch(0, 0), Kind::Opening);
        assert_eq!(fetch(5, 3), Kind::Continuing(5));
        assert_eq!(kind(&Value::fields([])), Kind::Sessionless);
    }
}
