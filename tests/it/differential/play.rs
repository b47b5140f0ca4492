//! One case on one side: what it may do there, and what it saw.

use super::{
    connection::{Connection, Seen},
    principal::Principal,
    scenario::Case,
    shape::{list, of},
    side::Side,
    world::FAMILIES,
};
use oathgate::wire::{
    api::{Api, api},
    tables::api_key,
    value::Value,
};
use std::{
    collections::{BTreeMap, HashMap},
    thread,
    time::{Duration, Instant},
};

/// An id that no topic has.
pub(super) const UNKNOWN_ID: [u8; 16] = [9; 16];

/// Longest wait for a broker to do what it was told.
const PATIENCE: Duration = Duration::from_secs(20);

/// The connections of one side, and what it calls its topics.
pub(super) struct Links<'a> {
    side: &'a Side,
    admin: Connection,
    /// By the name of the principal; one that was closed is gone.
    own: BTreeMap<&'static str, Connection>,
    /// The newest topic of a name.
    ids: HashMap<String, [u8; 16]>,
    /// Every topic that ever was.
    pub(super) names: HashMap<[u8; 16], String>,
}

impl<'a> Links<'a> {
    pub(super) fn new(side: &'a Side) -> Self {
        Self {
            side,
            admin: side.admin(),
            own: BTreeMap::new(),
            ids: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// Asks as one to whom nothing is forbidden, straight at the broker.
    pub(super) fn admin(&mut self, key: i16, version: i16, body: &Value) -> Value {
        match self.admin.ask(known(key), version, body) {
            Seen::Answer(answer) => answer,
            Seen::Closed => panic!(
                "{} closed API {key} v{version} of the admin",
                self.side.name
            ),
        }
    }

    fn of(&mut self, who: &'static Principal) -> &mut Connection {
        self.own
            .entry(who.name)
            .or_insert_with(|| self.side.connect(who))
    }

    /// Creates topics and waits until the broker leads them.
    pub(super) fn create(&mut self, names: &[String], partitions: i32) {
        let topics = names.iter().map(|name| {
            of([
                ("Name", name.as_str().into()),
                ("NumPartitions", partitions.into()),
                ("ReplicationFactor", 1.into()),
            ])
        });
        let body = of([("Topics", list(topics)), ("timeoutMs", 10_000.into())]);
        let answer = self.admin(api_key::CREATE_TOPICS, 7, &body);
        for topic in answer.items("Topics") {
            assert_eq!(topic.int("ErrorCode"), Some(0), "{topic:?}");
        }
        let until = Instant::now() + PATIENCE;
        while !(self.knows(names) && self.serves(names, partitions)) {
            assert!(Instant::now() < until, "no leaders of {names:?}");
            thread::sleep(Duration::from_millis(3));
        }
    }

    /// Whether the broker has opened every partition of these: that comes after it tells of them.
    fn serves(&mut self, names: &[String], partitions: i32) -> bool {
        let topics = names.iter().map(|name| {
            let partitions = (0..partitions).map(|index| {
                of([
                    ("PartitionIndex", index.into()),
                    ("CurrentLeaderEpoch", (-1).into()),
                    ("Timestamp", (-1).into()),
                ])
            });
            of([
                ("Name", name.as_str().into()),
                ("Partitions", list(partitions)),
            ])
        });
        let body = of([("ReplicaId", (-1).into()), ("Topics", list(topics))]);
        let answer = self.admin(api_key::LIST_OFFSETS, 6, &body);
        let topics = answer.items("Topics").iter();
        let mut partitions = topics.flat_map(|topic| topic.items("Partitions"));
        partitions.all(|partition| partition.int("ErrorCode") == Some(0))
    }

    /// Whether the broker tells of these; learns their ids.
    fn knows(&mut self, names: &[String]) -> bool {
        let topics = names
            .iter()
            .map(|name| of([("Name", name.as_str().into())]));
        let body = of([
            ("Topics", list(topics)),
            ("AllowAutoTopicCreation", false.into()),
        ]);
        let answer = self.admin(api_key::METADATA, 12, &body);
        self.learn(&answer);
        let mut topics = answer.items("Topics").iter();
        topics.all(|topic| topic.int("ErrorCode") == Some(0))
    }

    /// Takes note of what topics are called that an answer tells of, those too that never came about.
    fn learn_names(&mut self, answer: &Value) {
        for topic in answer.items("Topics") {
            let name = topic.str("Name").filter(|name| !name.is_empty());
            if let (Some(name), Some(id)) = (name, topic.uuid("TopicId")) {
                self.names.entry(id).or_insert_with(|| name.to_owned());
            }
        }
        self.names.remove(&[0; 16]);
    }

    /// Takes note of the topics in an answer to Metadata.
    pub(super) fn learn(&mut self, metadata: &Value) {
        for topic in metadata.items("Topics") {
            // One that is not there has the id zero.
            let id = topic.uuid("TopicId").filter(|id| *id != [0; 16]);
            if let (Some(name), Some(id)) = (topic.str("Name"), id) {
                self.ids.insert(name.to_owned(), id);
                self.names.insert(id, name.to_owned());
            }
        }
    }
}

/// Names of the case `tag` alone, one a family.
pub(super) fn own(what: &str, tag: &str) -> Vec<String> {
    let named = |family: &&str| format!("{family}-{what}-{tag}");
    FAMILIES.iter().map(named).collect()
}

fn known(key: i16) -> &'static Api {
    api(key).unwrap_or_else(|| panic!("no API {key}"))
}

/// A case being played.
pub(super) struct Play<'l, 's> {
    pub(super) links: &'l mut Links<'s>,
    api: &'static Api,
    pub(super) version: i16,
    who: &'static Principal,
    /// Of this case alone, the same on both sides; may be part of a name.
    tag: String,
    pub(super) exchanges: Vec<Seen>,
}

impl<'l, 's> Play<'l, 's> {
    pub(super) fn new(links: &'l mut Links<'s>, key: i16, case: &Case) -> Self {
        Self {
            links,
            api: known(key),
            version: case.version,
            who: case.who,
            tag: case.tag(),
            exchanges: Vec::new(),
        }
    }

    /// The request of the case; its answer is compared. None if it was closed.
    pub(super) fn ask(&mut self, body: &Value) -> Option<Value> {
        self.ask_of(self.api.key, self.version, body)
    }

    /// Another request on the same connection; its answer is compared too.
    pub(super) fn ask_of(&mut self, key: i16, version: i16, body: &Value) -> Option<Value> {
        let seen = self.links.of(self.who).ask(known(key), version, body);
        if seen == Seen::Closed {
            self.links.own.remove(self.who.name);
        }
        self.exchanges.push(seen.clone());
        match seen {
            Seen::Answer(answer) => {
                self.links.learn_names(&answer);
                Some(answer)
            }
            Seen::Closed => None,
        }
    }

    /// Sends the request of the case, which has no answer; what is compared is whether the connection lives.
    pub(super) fn ask_without_answer(&mut self, body: &Value) {
        let (api, version) = (self.api, self.version);
        self.links.of(self.who).send(api, version, body);
        self.ask_of(api_key::METADATA, 4, &of([("Topics", list([]))]));
    }

    /// Prepares something, straight at the broker and allowed; not compared.
    pub(super) fn admin(&mut self, key: i16, version: i16, body: &Value) -> Value {
        self.links.admin(key, version, body)
    }

    /// Names of this case alone, one a family.
    pub(super) fn own(&self, what: &str) -> Vec<String> {
        own(what, &self.tag)
    }

    /// A member id of this case alone.
    pub(super) fn member(&self) -> String {
        format!("member-{}", self.tag)
    }

    /// The id of a topic, as a field; of one that is not there an unknown one, another for each name.
    pub(super) fn id(&self, topic: &str) -> Value {
        let id = self.links.ids.get(topic).copied();
        let mut unknown = UNKNOWN_ID;
        for (at, byte) in topic.bytes().enumerate() {
            unknown[at % UNKNOWN_ID.len()] ^= byte;
        }
        id.unwrap_or(unknown).into()
    }
}
