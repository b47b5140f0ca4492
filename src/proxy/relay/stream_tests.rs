//! The relay as a whole: what goes in comes out, byte for byte and in order, wherever it is cut, in both
//! directions at once, with answers made here and edits in between.

mod long_frames;
mod samples;

use proptest::prelude::*;
use samples::*;

use super::*;
use crate::{
    limits::{FRAME_MAX, IN_FLIGHT_MAX, PRODUCE_HELD_MAX, TURN_FREE},
    policy::fixture::{authorizer, who},
    proxy::{
        authorize::{
            Decides, TopicNames,
            fixture::{HERE, topic_id},
        },
        held::HeldBudget,
        versions::{self, Supported},
    },
    wire::{
        api::api,
        tables::{APIS, api_key::*},
    },
};

const UPSTREAM: &str = "upstream.internal";
const FRONT: &str = "front.example.com";
const MAX_HELD: usize = 8 * 1024 * 1024;

/// Of `User:a`; everything else is denied.
const ACLS: &[&str] = &[
    "ALLOW ALL TOPIC PREFIXED mine User:a *",
    "ALLOW READ GROUP PREFIXED mine User:a *",
];

/// What versions Produce and Fetch are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// Without tagged fields: the records are the last bytes of a frame.
    Old,
    /// With tagged fields.
    Tagged,
    /// With ids instead of the names of topics.
    Ids,
}

const AGES: [Age; 3] = [Age::Old, Age::Tagged, Age::Ids];

impl Age {
    const fn produce(self) -> i16 {
        match self {
            Self::Old => 8,
            Self::Tagged => 9,
            Self::Ids => 13,
        }
    }

    const fn fetch(self) -> i16 {
        match self {
            Self::Old => 11,
            Self::Tagged => 12,
            Self::Ids => 17,
        }
    }

    /// The field that says which topic is meant, where names stand in `field`.
    fn topic(self, field: &'static str, name: &str) -> (&'static str, Value) {
        match self {
            Self::Old | Self::Tagged => (field, name.into()),
            Self::Ids => ("TopicId", topic_id(name).into()),
        }
    }
}

/// Lets everything pass.
struct Open {
    rights: Option<Rights>,
}

impl Gate for Open {
    fn pass(&mut self, _: Moment) -> Result<(), End> {
        Ok(())
    }

    fn rights(&mut self) -> Option<&mut Rights> {
        self.rights.as_mut()
    }
}

/// One request and what must become of it.
#[derive(Clone, Debug)]
struct Exchange {
    /// The client sends it.
    sent: Vec<u8>,
    /// It goes up so, if it does.
    up: Option<Vec<u8>>,
    /// The broker answers so, if it does.
    told: Option<Vec<u8>>,
    /// The client gets this, if anything.
    got: Option<Vec<u8>>,
}

impl Exchange {
    /// Nobody changes it.
    fn untouched(sent: Vec<u8>, told: Vec<u8>) -> Self {
        Self {
            up: Some(sent.clone()),
            sent,
            got: Some(told.clone()),
            told: Some(told),
        }
    }
}

/// What kinds of exchanges there are; `size` is that of what is carried, in bytes.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Heartbeat,
    Produce {
        size: usize,
    },
    Unanswered {
        size: usize,
    },
    Fetch {
        size: usize,
    },
    /// Broker addresses are rewritten.
    Metadata {
        topics: usize,
    },
    /// Answered here, whoever decides.
    Versions,
    /// About a topic that is denied.
    Denied,
    /// About two topics, the first of which is denied.
    Partly,
    /// The same, of records that are written.
    PartlyProduced {
        size: usize,
    },
    /// The same, of records that are read.
    PartlyFetched {
        size: usize,
    },
}

impl Shape {
    /// The exchange of correlation id `id`.
    fn exchange(self, age: Age, id: i32, decides: Decides) -> Exchange {
        let here = decides == Decides::Here;
        match self {
            Self::Heartbeat => {
                let body = Value::fields([("GroupId", "mine".into())]);
                let answer = told(HEARTBEAT, 4, id, &Value::fields([]));
                Exchange::untouched(asked(HEARTBEAT, 4, id, &body), answer)
            }
            Self::Produce { size } => Exchange::untouched(
                write(age, id, 1, &["mine"], size),
                written(age, id, &[("mine", 0)]),
            ),
            Self::Unanswered { size } => {
                let sent = write(age, id, 0, &["mine"], size);
                let up = Some(sent.clone());
                let (told, got) = (None, None);
                Exchange {
                    sent,
                    up,
                    told,
                    got,
                }
            }
            Self::Fetch { size } => {
                Exchange::untouched(read(age, id, &["mine"]), had(age, id, &[("mine", 0, size)]))
            }
            Self::Metadata { topics } => {
                let name = |n| Value::fields([("Name", format!("mine-{n:06}").into())]);
                let topics = Value::array((0..topics).map(name));
                let sent = Value::fields([("Topics", topics.clone())]);
                let sent = asked(METADATA, 12, id, &sent);
                Exchange {
                    up: Some(sent.clone()),
                    sent,
                    told: Some(metadata(id, UPSTREAM, 9092, topics.clone())),
                    got: Some(metadata(id, FRONT, 9001, topics)),
                }
            }
            Self::Versions => Self::versions(id),
            Self::Denied if here => Exchange {
                sent: offsets(id, &["other"]),
                up: None,
                told: None,
                got: Some(stood(id, &[("other", 29)])),
            },
            Self::Denied => {
                Exchange::untouched(offsets(id, &["other"]), stood(id, &[("other", 0)]))
            }
            Self::Partly | Self::PartlyProduced { .. } | Self::PartlyFetched { .. } => {
                self.partly(age, id, here)
            }
        }
    }

    fn versions(id: i32) -> Exchange {
        let software = Value::fields([
            ("ClientSoftwareName", "test".into()),
            ("ClientSoftwareVersion", "1".into()),
        ]);
        let sent = asked(API_VERSIONS, 4, id, &software);
        let got = versions::answer(4, id, &advertised(), 0).unwrap();
        Exchange {
            sent,
            up: None,
            told: None,
            got: Some(got),
        }
    }

    /// `other` and `mine`, of which `other` is denied if Oathgate decides `here`; denied topics stand
    /// behind those of the broker.
    fn partly(self, age: Age, id: i32, here: bool) -> Exchange {
        let (asked, theirs, all) = self.about_both(age, id);
        if !here {
            return Exchange::untouched(asked[0].clone(), all[0].clone());
        }
        let [sent, up] = asked;
        let [_, got] = all;
        Exchange {
            sent,
            up: Some(up),
            told: Some(theirs),
            got: Some(got),
        }
    }

    /// The request, and as it is cut; the broker's answer to what was cut; the whole answer without and
    /// with the denial.
    fn about_both(self, age: Age, id: i32) -> ([Vec<u8>; 2], Vec<u8>, [Vec<u8>; 2]) {
        match self {
            Self::PartlyProduced { size } => (
                [
                    write(age, id, 1, &["other", "mine"], size),
                    write(age, id, 1, &["mine"], size),
                ],
                written(age, id, &[("mine", 0)]),
                [0, 29].map(|code| written(age, id, &[("mine", 0), ("other", code)])),
            ),
            Self::PartlyFetched { size } => (
                [read(age, id, &["other", "mine"]), read(age, id, &["mine"])],
                had(age, id, &[("mine", 0, size)]),
                [0, 29].map(|code| had(age, id, &[("mine", 0, size), ("other", code, 0)])),
            ),
            _ => (
                [offsets(id, &["other", "mine"]), offsets(id, &["mine"])],
                stood(id, &[("mine", 0)]),
                [0, 29].map(|code| stood(id, &[("mine", 0), ("other", code)])),
            ),
        }
    }
}

fn advertised() -> Supported {
    let ranges = APIS.iter().map(|api| {
        Value::fields([
            ("ApiKey", api.key.into()),
            ("MinVersion", api.min_version.into()),
            ("MaxVersion", api.max_version.into()),
        ])
    });
    let all = Value::fields([("ApiKeys", Value::array(ranges))]);
    versions::advertise(&Supported::from_answer(&all).unwrap(), rules(Decides::Here))
}

const fn rules(decides: Decides) -> Rules {
    Rules { decides, ..HERE }
}

/// A relay, and the two ends of each of its streams.
struct Wires {
    relay: Relay,
    gate: Open,
    held: HeldBudget,
    down: BytesMut,
    up: BytesMut,
}

impl Wires {
    fn new(decides: Decides) -> Self {
        let decided = decides != Decides::Brokers;
        Self {
            relay: Relay::new(Setup {
                rules: rules(decides),
                addresses: AddressBook::ports(FRONT.to_owned(), 9000, 0..=99),
                advertised: Arc::new(Offer::new(advertised())),
                place: KnownPlace::Bootstrap(Vec::new()),
                sessions: Sessions::new(Arc::default(), "cluster", "a"),
                topics: {
                    let topics = Arc::<TopicNames>::default();
                    for name in ["mine", "other"] {
                        topics.learn(topic_id(name), name);
                    }
                    topics
                },
                max_in_flight: IN_FLIGHT_MAX,
                max_request: FRAME_MAX,
                max_held: MAX_HELD,
            }),
            gate: Open {
                rights: decided.then(|| Rights::new(Arc::new(authorizer(ACLS)), who("User:a"))),
            },
            held: HeldBudget::new(MAX_HELD, MAX_HELD),
            down: BytesMut::new(),
            up: BytesMut::new(),
        }
    }

    /// Does a piece of the work that waits; whether there was some.
    fn work(&mut self) -> bool {
        let waits = self.relay.wants_turn();
        if waits {
            self.relay.work(&mut self.gate).unwrap();
        }
        waits
    }

    /// As the driver's turn.
    fn turn(&mut self) {
        loop {
            let before = (self.down.len(), self.up.len());
            self.relay.on_broker(&mut self.up, &mut self.gate).unwrap();
            self.relay
                .on_client(&mut self.down, &mut self.gate)
                .unwrap();
            while self.relay.next_event().is_some() {}
            if let Some(room) = self.relay.wants_room(true) {
                let permit = self.held.take(room.bytes).unwrap();
                self.relay.grant(room.way, permit);
            } else if before == (self.down.len(), self.up.len()) {
                return;
            }
        }
    }
}

/// Takes up to `size` bytes from the front of `from`.
fn cut(from: &mut BytesMut, size: usize) -> BytesMut {
    from.split_to(size.min(from.len()))
}

/// When work gets its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    AtOnce,
    /// When nothing else can go on.
    Last,
}

/// Plays `exchanges`: `cuts` are how many bytes each side sends and takes at a time, over and over. What is
/// taken late stays with the relay meanwhile.
fn play(decides: Decides, exchanges: &[Exchange], cuts: &[usize], work: Work) {
    let mut wires = Wires::new(decides);
    let mut sizes = cuts.iter().copied().cycle();
    let mut next = || sizes.next().unwrap();
    let all = |part: fn(&Exchange) -> Option<&Vec<u8>>| {
        let parts = exchanges.iter().filter_map(part);
        parts.flatten().copied().collect::<BytesMut>()
    };
    let mut client = all(|exchange| Some(&exchange.sent));
    let (to_go_up, to_be_got) = (all(|e| e.up.as_ref()), all(|e| e.got.as_ref()));
    let mut brokers = exchanges.iter().filter(|exchange| exchange.up.is_some());
    let (mut went_up, mut got) = (BytesMut::new(), BytesMut::new());
    // Bytes that have to be up until the broker answers the next of its requests.
    let (mut due, mut answering, mut broker) = (0, brokers.next(), BytesMut::new());
    loop {
        let before = (client.len(), broker.len(), went_up.len(), got.len());
        wires.down.unsplit(cut(&mut client, next()));
        wires.up.unsplit(cut(&mut broker, next()));
        wires.turn();
        went_up.unsplit(cut(&mut wires.relay.to_broker, next()));
        got.unsplit(cut(&mut wires.relay.to_client, next()));
        while let Some(exchange) = answering {
            due += exchange.up.as_ref().map_or(0, Vec::len);
            if went_up.len() < due {
                due -= exchange.up.as_ref().map_or(0, Vec::len);
                break;
            }
            broker.extend_from_slice(exchange.told.as_deref().unwrap_or_default());
            answering = brokers.next();
        }
        let moved = before != (client.len(), broker.len(), went_up.len(), got.len());
        let worked = (work == Work::AtOnce || !moved) && wires.work();
        if !moved && !worked {
            break;
        }
    }
    let label = format!("{decides:?}, {cuts:?} at a time: {:?}", exchanges.first());
    assert!(went_up == to_go_up, "what went up, {label}");
    assert!(got == to_be_got, "what the client got, {label}");
    assert!(client.is_empty() && wires.down.is_empty() && wires.up.is_empty());
    assert!(wires.relay.is_idle(), "nothing waits");
    assert_eq!(wires.held.taken(), 0, "all room is given back");
}

const DECIDES: [Decides; 3] = [Decides::Here, Decides::Shadow, Decides::Brokers];

/// One of each, small.
const EACH: [Shape; 10] = [
    Shape::Heartbeat,
    Shape::Versions,
    Shape::Produce { size: 1 },
    Shape::Denied,
    Shape::Fetch { size: 1 },
    Shape::Unanswered { size: 0 },
    Shape::Partly,
    Shape::Metadata { topics: 1 },
    Shape::PartlyProduced { size: 3 },
    Shape::PartlyFetched { size: 5 },
];

fn exchanges(shapes: &[Shape], age: Age, decides: Decides) -> Vec<Exchange> {
    let ids = 1..;
    let each = shapes.iter().zip(ids);
    each.map(|(shape, id)| shape.exchange(age, id, decides))
        .collect()
}

#[test]
fn every_frame_may_be_cut_at_every_byte() {
    for (decides, age) in DECIDES
        .into_iter()
        .flat_map(|one| AGES.map(|age| (one, age)))
    {
        for shape in EACH {
            let exchanges = exchanges(&[shape, Shape::Versions, shape], age, decides);
            let longest = exchanges
                .iter()
                .flat_map(|e| [Some(&e.sent), e.told.as_ref()]);
            let longest = longest.flatten().map(Vec::len).max().unwrap();
            for at in 1..=longest {
                // One cut there, and all else whole.
                play(
                    decides,
                    &exchanges,
                    &[at, at, 1 << 20, 1 << 20, 1 << 20],
                    Work::AtOnce,
                );
            }
        }
    }
}

#[test]
fn everything_at_once_a_byte_at_a_time() {
    for (decides, age) in DECIDES
        .into_iter()
        .flat_map(|one| AGES.map(|age| (one, age)))
    {
        play(decides, &exchanges(&EACH, age, decides), &[1], Work::AtOnce);
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    // Mostly small; now and then more than is held without asking, or more than a backlog.
    let size = || {
        prop_oneof![
            6 => 0..200_usize,
            2 => 200..20_000_usize,
            1 => 60_000..70_000_usize,
            1 => 250_000..400_000_usize,
        ]
    };
    prop_oneof![
        Just(Shape::Heartbeat),
        (1..4_usize).prop_map(|topics| Shape::Metadata { topics }),
        // Longer than is decided about, and rewritten, at once.
        (TURN_FREE / 25..TURN_FREE / 20).prop_map(|topics| Shape::Metadata { topics }),
        Just(Shape::Versions),
        Just(Shape::Denied),
        Just(Shape::Partly),
        size().prop_map(|size| Shape::Produce { size }),
        // Longer than is held: decided while it passes.
        (PRODUCE_HELD_MAX..PRODUCE_HELD_MAX + 200_000).prop_map(|size| Shape::Produce { size }),
        size().prop_map(|size| Shape::Unanswered { size }),
        size().prop_map(|size| Shape::Fetch { size }),
        size().prop_map(|size| Shape::PartlyProduced { size }),
        size().prop_map(|size| Shape::PartlyFetched { size }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_goes_in_comes_out(
        shapes in prop::collection::vec(shape(), 1..40),
        which in 0..DECIDES.len(),
        age in 0..AGES.len(),
        // A cut of a few bytes costs as much as one of many: long frames are cut coarsely.
        cuts in prop::collection::vec(prop_oneof![1..40_usize, 1_000..100_000_usize], 1..12),
        coarse in 50_000..300_000_usize,
        work in prop_oneof![Just(Work::AtOnce), Just(Work::Last)],
    ) {
        let decides = DECIDES[which];
        let cuts: Vec<usize> = cuts.into_iter().chain([coarse; 5]).collect();
        play(decides, &exchanges(&shapes, AGES[age], decides), &cuts, work);
    }
}
