//! What load is made of: kinds of request, as frames to be sent over and over.

use std::str::FromStr;

use oathgate::wire::{
    api::Api,
    frame,
    tables::{FETCH, METADATA, PRODUCE},
    value::Value,
};

use crate::{
    batch::batch,
    fault::{Fault, Result},
    topics::{PARTITIONS, Topic},
};

/// What load sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Produce v9 with one partition.
    Produce,
    /// Produce v13, by topic ids, with one partition.
    ProduceIds,
    /// Produce v13 with 100 partitions in 10 topics.
    ProduceMany,
    /// Fetch v12 of one partition, without a session.
    Fetch,
    /// Fetch v17, by topic ids, in a session of 100 partitions; each answer has news of one.
    FetchSession,
    /// Metadata v12 of one topic.
    Metadata,
    /// Metadata v12 of all topics.
    MetadataAll,
}

impl Kind {
    const ALL: [(&'static str, Self); 7] = [
        ("produce", Self::Produce),
        ("produce-ids", Self::ProduceIds),
        ("produce-many", Self::ProduceMany),
        ("fetch", Self::Fetch),
        ("fetch-session", Self::FetchSession),
        ("metadata", Self::Metadata),
        ("metadata-all", Self::MetadataAll),
    ];

    /// The API and the version that is sent, never another: a figure says what it was made of.
    pub(crate) const fn api(self) -> (&'static Api, i16) {
        match self {
            Self::Produce => (&PRODUCE, 9),
            Self::ProduceIds | Self::ProduceMany => (&PRODUCE, 13),
            Self::Fetch => (&FETCH, 12),
            Self::FetchSession => (&FETCH, 17),
            Self::Metadata | Self::MetadataAll => (&METADATA, 12),
        }
    }

    /// Whether the bytes that count are those of answers.
    pub(crate) const fn counts_answers(self) -> bool {
        matches!(
            self,
            Self::Fetch | Self::FetchSession | Self::Metadata | Self::MetadataAll
        )
    }
}

/// One load: `KIND[:conns=N][:inflight=N][:bytes=N]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    /// Connections that send it.
    pub(crate) connections: usize,
    /// Requests without an answer yet, on each of them.
    pub(crate) in_flight: usize,
    /// Records of each partition that is produced, or all that a fetch asks for.
    pub(crate) bytes: usize,
}

impl FromStr for Load {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let known = Kind::ALL.iter().find(|(known, _)| *known == name);
        let (_, kind) = known.ok_or_else(|| format!("no kind of load: {name:?}"))?;
        let mut load = Self {
            kind: *kind,
            connections: 1,
            in_flight: 1,
            bytes: 1024,
        };
        for part in parts {
            let wanted = || format!("conns, inflight or bytes = a number from 1, not {part:?}");
            let (name, value) = part.split_once('=').ok_or_else(wanted)?;
            let value = value.parse().ok().filter(|n| *n > 0).ok_or_else(wanted)?;
            match name {
                "conns" => load.connections = value,
                "inflight" => load.in_flight = value,
                "bytes" => load.bytes = value,
                _ => return Err(wanted()),
            }
        }
        Ok(load)
    }
}

impl Load {
    /// What connection `number` sends once before all else, if anything.
    ///
    /// # Errors
    /// Never: the tables know these requests.
    pub(crate) fn opening(&self, number: usize) -> Result<Option<Request>> {
        match self.kind {
            Kind::FetchSession => Request::new(self.kind, &self.fetch_of_session(number)).map(Some),
            _ => Ok(None),
        }
    }

    /// What connection `number` sends over and over, in the fetch session with the id `session`.
    ///
    /// # Errors
    /// Never: the tables know these requests.
    pub(crate) fn request(&self, number: usize, session: Option<i32>) -> Result<Request> {
        let (_, version) = self.kind.api();
        // Connections spread over the partitions of the first topic.
        let partition = i32::try_from(number).unwrap_or_default() % PARTITIONS;
        let body = match self.kind {
            Kind::Produce | Kind::ProduceIds => self.produce([Topic(0)], partition..partition + 1),
            Kind::ProduceMany => self.produce((0..10).map(Topic), 0..PARTITIONS),
            Kind::Fetch => self.fetch(&[Topic(0)], partition..partition + 1),
            Kind::FetchSession => {
                let mut body = self.fetch(&[], 0..0);
                body.set("SessionId", session.unwrap_or_default());
                body.set("SessionEpoch", 1);
                body
            }
            Kind::Metadata => metadata(Value::array([Value::fields([(
                "Name",
                Topic(0).name().into(),
            )])])),
            Kind::MetadataAll => metadata(Value::Null),
        };
        let mut request = Request::new(self.kind, &body)?;
        if self.kind == Kind::FetchSession {
            request.epoch_at = Some(request.epoch_at(version)?);
        }
        Ok(request)
    }

    fn produce(
        &self,
        topics: impl IntoIterator<Item = Topic>,
        partitions: std::ops::Range<i32>,
    ) -> Value {
        let records = batch(self.bytes);
        let topic = |topic: Topic| {
            let partition = |index: i32| {
                Value::fields([("Index", index.into()), ("Records", records.clone().into())])
            };
            let partitions = Value::array(partitions.clone().map(partition));
            Value::fields([
                ("Name", topic.name().into()),
                ("TopicId", topic.id().into()),
                ("PartitionData", partitions),
            ])
        };
        Value::fields([
            ("TransactionalId", Value::Null),
            ("Acks", 1.into()),
            ("TimeoutMs", 30_000.into()),
            ("TopicData", Value::array(topics.into_iter().map(topic))),
        ])
    }

    fn fetch(&self, topics: &[Topic], partitions: std::ops::Range<i32>) -> Value {
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        let topic = |topic: &Topic| {
            let partition = |index: i32| {
                Value::fields([
                    ("Partition", index.into()),
                    ("PartitionMaxBytes", bytes.into()),
                ])
            };
            let partitions = Value::array(partitions.clone().map(partition));
            Value::fields([
                ("Topic", topic.name().into()),
                ("TopicId", topic.id().into()),
                ("Partitions", partitions),
            ])
        };
        Value::fields([
            ("MaxWaitMs", 500.into()),
            ("MinBytes", 1.into()),
            ("MaxBytes", bytes.into()),
            ("Topics", Value::array(topics.iter().map(topic))),
        ])
    }

    /// The full fetch that opens a session of 100 partitions, another topic first for each
    /// connection: the first is what later fetches bring news of.
    fn fetch_of_session(&self, number: usize) -> Value {
        let mut topics: Vec<Topic> = (0..10).map(Topic).collect();
        topics.rotate_left(number % 10);
        let mut body = self.fetch(&topics, 0..PARTITIONS);
        body.set("SessionEpoch", 0);
        body
    }
}

fn metadata(topics: Value) -> Value {
    Value::fields([("Topics", topics), ("AllowAutoTopicCreation", false.into())])
}

/// A request frame; only its correlation id and session epoch change from one sending to the next.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    frame: Vec<u8>,
    epoch_at: Option<usize>,
    epoch: i32,
}

/// Where the correlation id stands: after length, key and version.
const CORRELATION_ID_AT: usize = 8;

/// The client id of all load.
const CLIENT_ID: &str = "loadgen";

impl Request {
    fn new(kind: Kind, body: &Value) -> Result<Self> {
        let (api, version) = kind.api();
        Ok(Self {
            frame: frame::request(api, version, 0, Some(CLIENT_ID), body)?,
            epoch_at: None,
            epoch: 0,
        })
    }

    /// Where the session epoch of a fetch of this version stands.
    fn epoch_at(&self, version: i16) -> Result<usize> {
        let without_length = self.frame.get(frame::LENGTH_BYTES..).unwrap_or_default();
        let body_at = frame::LENGTH_BYTES + frame::request_header(without_length)?.body_at;
        // Replica id up to version 14; wait, least and most bytes, isolation level, session id.
        let replica_id = if version < 15 { 4 } else { 0 };
        Ok(body_at + replica_id + 4 + 4 + 4 + 1 + 4)
    }

    /// The frame under this correlation id, in the next epoch of its session.
    pub(crate) fn next(&mut self, correlation_id: i32) -> Result<&[u8]> {
        put(&mut self.frame, CORRELATION_ID_AT, correlation_id)?;
        if let Some(at) = self.epoch_at {
            self.epoch = self.epoch.checked_add(1).unwrap_or(1);
            put(&mut self.frame, at, self.epoch)?;
        }
        Ok(&self.frame)
    }

    pub(crate) fn len(&self) -> usize {
        self.frame.len()
    }
}

fn put(frame: &mut [u8], at: usize, number: i32) -> Result<()> {
    let place = frame.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
    *place.ok_or_else(|| Fault::new("the frame is too short"))? = number.to_be_bytes();
    Ok(())
}

#[cfg(test)]
mod tests {
    use oathgate::wire::read::read;

    use super::*;

    fn load(text: &str) -> Load {
        text.parse().unwrap()
    }

    #[test]
    fn loads_are_read() {
        let load = load("produce-ids:conns=8:inflight=4:bytes=256");
        assert_eq!(load.kind, Kind::ProduceIds);
        assert_eq!((load.connections, load.in_flight, load.bytes), (8, 4, 256));
        for wrong in ["", "nothing", "fetch:conns", "fetch:conns=0", "fetch:x=1"] {
            assert!(wrong.parse::<Load>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_kind_is_a_request_of_its_version() {
        for (name, kind) in Kind::ALL {
            let mut request = load(name).request(3, Some(7)).unwrap();
            let frame = &request.next(99).unwrap()[frame::LENGTH_BYTES..];
            let header = frame::request_header(frame).unwrap();
            assert_eq!(
                (header.api.key, header.version),
                (kind.api().0.key, kind.api().1)
            );
            assert_eq!(header.correlation_id, 99);
            let body = read(header.api.request, header.version, &frame[header.body_at..]);
            assert!(body.is_ok(), "{name}: {body:?}");
        }
    }

    #[test]
    fn epochs_of_a_session_go_up() {
        let mut request = load("fetch-session").request(0, Some(7)).unwrap();
        for epoch in 1..4 {
            let frame = &request.next(0).unwrap()[frame::LENGTH_BYTES..];
            let at = frame::request_header(frame).unwrap().body_at;
            let body = read(FETCH.request, 17, &frame[at..]).unwrap();
            assert_eq!(body.int("SessionEpoch"), Some(epoch));
            assert_eq!(body.int("SessionId"), Some(7));
        }
    }

    #[test]
    fn many_partitions_are_a_hundred() {
        let mut request = load("produce-many").request(0, None).unwrap();
        let frame = &request.next(0).unwrap()[frame::LENGTH_BYTES..];
        let at = frame::request_header(frame).unwrap().body_at;
        let body = read(PRODUCE.request, 13, &frame[at..]).unwrap();
        let topics = body.items("TopicData").iter();
        let partitions = topics.map(|topic| topic.items("PartitionData").len());
        assert_eq!(partitions.sum::<usize>(), 100);
    }
}
