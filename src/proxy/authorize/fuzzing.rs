//! Entry points for fuzzers of decisions: any bytes become a request of any API and version, or a broker's
//! answer to it, under rights that deny a part. Plain functions, so that the unit tests run them too; the
//! crate `fuzz/` feeds them.
//!
//! The bytes are choices: which API and version, what stands in each field, what is damaged afterwards. So
//! most of what is decided is well-formed, and any byte of it may be wrong.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::enforce::filter::Filter;
use super::{
    Amend, Asked, Authority, Decides, Decision, Denials, Question, Rules, Sessions, TopicId,
    TopicNames, decide,
};
use crate::identity::{Organization, Principal, ProviderName};
use crate::policy::{
    acl::{Acl, Permission},
    authorizer::{Authorizer, Policy},
    host::Host,
    operation::AclOperation,
    pattern::Pattern,
    principal::Grantee,
    resource::ResourceType,
    rights::Rights,
    who::Who,
};
use crate::wire::api::Api;
use crate::wire::error_code;
use crate::wire::frame;
use crate::wire::read::read_answer;
use crate::wire::schema::{Field, Kind, Mark, Struct};
use crate::wire::tables::{APIS, api_key};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Scalar, Visitor};
use crate::wire::walker::Walker;

/// What may be done anything to begins so, of every type; nothing else is allowed.
const OPEN: &str = "open";

/// Names that requests say, and names that only brokers say.
const ASKED_NAMES: [&str; 5] = ["open-a", "open-b", "shut-a", "shut-b", ""];
const TOLD_NAMES: [&str; 4] = ["open-a", "open-b", HIDDEN, "shut-a"];

/// Never asked for: where it is told, the session must not see it.
const HIDDEN: &str = "hidden";

/// Ids of topics, and what they are called.
const OPEN_ID: TopicId = [1; 16];
const SHUT_ID: TopicId = [2; 16];
const HIDDEN_ID: TopicId = [3; 16];
const UNKNOWN_ID: TopicId = [9; 16];
const KNOWN: [(TopicId, &str); 3] = [
    (OPEN_ID, "open-a"),
    (SHUT_ID, "shut-a"),
    (HIDDEN_ID, HIDDEN),
];
const ASKED_IDS: [TopicId; 3] = [OPEN_ID, SHUT_ID, UNKNOWN_ID];
const TOLD_IDS: [TopicId; 4] = [OPEN_ID, HIDDEN_ID, SHUT_ID, UNKNOWN_ID];

/// Numbers at which something changes.
const NUMBERS: [i64; 6] = [-1, 0, 1, 2, 3, i64::MAX];

/// Requests that may name what is denied where nothing is done to it: topics that a fetch forgets or a member
/// lets go, the place where a listing goes on, the drawing of a topology (only the group is asked for).
const MAY_NAME: [i16; 7] = [
    api_key::FETCH,
    api_key::SHARE_FETCH,
    api_key::CONSUMER_GROUP_HEARTBEAT,
    api_key::SHARE_GROUP_HEARTBEAT,
    api_key::STREAMS_GROUP_HEARTBEAT,
    api_key::STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE,
    api_key::DESCRIBE_TOPIC_PARTITIONS,
];

/// A request. Nothing that is denied goes up; what goes up and what is answered here can be read, and is about
/// the same request.
pub fn request(data: &[u8]) {
    let mut choices = Choices(data);
    if let (Some(frame), Some(mut session)) = (asked(&mut choices), Session::new()) {
        session.decide(frame, &mut choices);
    }
}

/// A request, and a broker's answer to what went up of it. Nothing that is hidden reaches the client.
pub fn answer(data: &[u8]) {
    let mut choices = Choices(data);
    let (Some(frame), Some(mut session)) = (asked(&mut choices), Session::new()) else {
        return;
    };
    if let Some(sent) = session.decide(frame, &mut choices) {
        session.amend(&sent, &mut choices);
    }
}

/// Bytes to choose by; zeros from their end on.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// One in `of`.
    fn one_in(&mut self, of: u8) -> bool {
        self.byte() % of == of.saturating_sub(1)
    }

    fn place(&mut self, length: usize) -> usize {
        let number = usize::from(u16::from_be_bytes([self.byte(), self.byte()]));
        number.checked_rem(length).unwrap_or_default()
    }

    fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let place = usize::from(self.byte()).checked_rem(from.len());
        let picked = place.and_then(|place| from.get(place));
        picked.copied().unwrap_or_default()
    }
}

/// What texts and ids a message is made of.
struct Words {
    names: &'static [&'static str],
    ids: &'static [TopicId],
}

const ASKED: Words = Words {
    names: &ASKED_NAMES,
    ids: &ASKED_IDS,
};
const TOLD: Words = Words {
    names: &TOLD_NAMES,
    ids: &TOLD_IDS,
};

/// A struct with something in every field of `version` that is not left out.
fn message(of: &Struct, version: i16, words: &Words, choices: &mut Choices<'_>) -> Value {
    let mut out = Value::fields([]);
    for field in of.fields.iter().filter(|f| f.versions.contain(version)) {
        if choices.one_in(8) {
            continue;
        }
        let null = field.nullable.contain(version) && choices.one_in(4);
        let value = match (null, field.mark) {
            (true, _) => Value::Null,
            // A follower's requests are refused before anything else.
            (_, Mark::ReplicaId) => (-1).into(),
            (_, Mark::ResourceType) => choices.pick(&[2_i64, 32, 4]).into(),
            _ => sample(field.kind, version, words, choices),
        };
        out.set(field.name, value);
    }
    out
}

fn sample(kind: Kind, version: i16, words: &Words, choices: &mut Choices<'_>) -> Value {
    match kind {
        Kind::Bool => choices.one_in(2).into(),
        Kind::Str => choices.pick(words.names).into(),
        Kind::Bytes | Kind::Records => vec![choices.byte(); 3].into(),
        Kind::Uuid => choices.pick(words.ids).into(),
        Kind::Float64 => 0.5.into(),
        Kind::Struct(of) => message(of, version, words, choices),
        Kind::Array(item) => {
            let count = choices.byte() % 4;
            Value::array((0..count).map(|_| sample(*item, version, words, choices)))
        }
        Kind::Int64 => choices.pick(&NUMBERS).into(),
        _ => choices.pick(&[-1_i64, 0, 1, 2, 3, 100]).into(),
    }
}

/// Overwrites, inserts or removes up to three bytes behind the first `from`.
fn damage(frame: &mut Vec<u8>, from: usize, choices: &mut Choices<'_>) {
    // Mostly none.
    let times = choices.byte().saturating_sub(200).min(3);
    for _ in 0..times {
        let room = frame.len().saturating_sub(from);
        let at = from.saturating_add(choices.place(room)).min(frame.len());
        let with = choices.byte();
        match (choices.byte() % 3, frame.get_mut(at)) {
            (0, Some(byte)) => *byte = with,
            (1, Some(_)) => {
                frame.remove(at);
            }
            _ => frame.insert(at, with),
        }
    }
}

/// Bytes of API key, version and correlation id.
const PREFIX: usize = 8;

/// A request without its length, or nothing where the choices make none.
fn asked(choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let api = APIS.get(usize::from(choices.byte()).checked_rem(APIS.len())?)?;
    let version = version_of(api, choices);
    let id = i32::from(choices.byte());
    if choices.one_in(8) {
        let mut frame = [api.key.to_be_bytes(), version.to_be_bytes()].concat();
        frame.extend(id.to_be_bytes());
        frame.extend(std::mem::take(&mut choices.0));
        return Some(frame);
    }
    let body = message(&api.request.root, version, &ASKED, choices);
    let framed = frame::request(api, version, id, Some("fuzz"), &body).ok()?;
    let mut frame = framed.get(frame::LENGTH_BYTES..)?.to_vec();
    damage(&mut frame, PREFIX, choices);
    Some(frame)
}

fn version_of(api: &Api, choices: &mut Choices<'_>) -> i16 {
    let many = api
        .max_version
        .saturating_sub(api.min_version)
        .saturating_add(1);
    let nth = i16::from(choices.byte()).checked_rem(many);
    api.min_version.saturating_add(nth.unwrap_or_default())
}

/// What went up, and what becomes of the answer.
struct Sent {
    api: &'static Api,
    version: i16,
    id: i32,
    amend: Amend,
}

/// A session that may do what it likes to what is called [`OPEN`], and nothing else.
struct Session {
    rights: Rights,
    topics: TopicNames,
    asked: Asked,
    denials: Denials,
    sessions: Sessions,
}

impl Session {
    fn new() -> Option<Self> {
        let topics = TopicNames::default();
        for (id, name) in KNOWN {
            topics.learn(id, name);
        }
        Some(Self {
            rights: rights()?,
            topics,
            asked: Asked::default(),
            denials: Denials::default(),
            sessions: Sessions::new(Arc::default(), "cluster", "fuzz"),
        })
    }

    fn authority(&mut self) -> Authority<'_> {
        Authority {
            rights: &mut self.rights,
            topics: &self.topics,
            asked: &self.asked,
            denials: &mut self.denials,
        }
    }

    /// Decides about `frame`, as often as a broker is asked first. What went up, if its answer is amended.
    fn decide(&mut self, mut frame: Vec<u8>, choices: &mut Choices<'_>) -> Option<Sent> {
        let header = frame::request_header(&frame).ok()?;
        let (api, version, id) = (header.api, header.version, header.correlation_id);
        loop {
            let mut authority = Authority {
                rights: &mut self.rights,
                topics: &self.topics,
                asked: &self.asked,
                denials: &mut self.denials,
            };
            let rules = Rules {
                decides: Decides::Here,
                own_identity: false,
                admin_apis: false,
                telemetry: true,
            };
            let sessions = &mut self.sessions;
            let decision = decide(
                api,
                version,
                &mut frame,
                rules,
                sessions,
                Some(&mut authority),
            );
            match decision {
                Decision::Forward | Decision::Unanswered { frame: None, .. } => {
                    self.check_up(api, version, id, &frame);
                }
                Decision::Replace(framed)
                | Decision::Unanswered {
                    frame: Some(framed),
                    ..
                } => self.check_up(api, version, id, without_length(&framed)),
                Decision::ForwardAndAmend { frame: cut, amend } => {
                    let up = cut.as_deref().map_or(&*frame, without_length);
                    self.check_up(api, amend.asked_in.unwrap_or(version), id, up);
                    return Some(Sent {
                        api,
                        version,
                        id,
                        amend,
                    });
                }
                Decision::Answer(framed) => {
                    check_answer(api, version, id, &framed);
                }
                Decision::Ask(question) => {
                    assert!(self.asked.may_ask(), "{}: too many questions", api.name);
                    let said = said(&question, choices);
                    self.asked.note(&question, &said, &self.topics);
                    continue;
                }
                Decision::Match(matching) => {
                    self.asked.begin_matching(matching);
                    while !self.asked.match_more(&mut self.rights, &self.topics) {}
                    continue;
                }
                Decision::Close(_) => {}
            }
            return None;
        }
    }

    /// `up`, a whole request without its length, can be read to its end and names nothing that is denied.
    fn check_up(&mut self, api: &'static Api, version: i16, id: i32, up: &[u8]) {
        let header = frame::request_header(up).ok();
        let same = header.is_some_and(|header| {
            (header.api.key, header.version, header.correlation_id) == (api.key, version, id)
        });
        assert!(same, "{} v{version}: another header goes up", api.name);
        let mut named = Named::default();
        let mut walker = Walker::request(api, version, up.len());
        let walked = walker.walk_held(up, &mut named);
        let whole = walked.is_ok() && walker.is_finished();
        assert!(whole, "{} v{version}: {walked:?} goes up", api.name);
        // A Produce of nothing names a transaction to no end; brokers do not look at it either.
        let nothing = api.key == api_key::PRODUCE && !named.lists_topics;
        if MAY_NAME.contains(&api.key) || nothing {
            return;
        }
        for name in named.names {
            assert!(
                name.starts_with(OPEN),
                "{} v{version}: {name} goes up",
                api.name
            );
        }
        let shut = named.ids.contains(&SHUT_ID);
        assert!(
            !shut,
            "{} v{version}: a denied topic's id goes up",
            api.name
        );
    }

    /// The broker answers something.
    fn amend(&mut self, sent: &Sent, choices: &mut Choices<'_>) {
        let Sent {
            api,
            version,
            id,
            amend,
        } = sent;
        let spoken = amend.asked_in.unwrap_or(*version);
        let body = message(&api.response.root, spoken, &TOLD, choices);
        let Ok(framed) = frame::response(api, spoken, *id, &body) else {
            return;
        };
        let mut told = without_length(&framed).to_vec();
        // Its id was compared before.
        damage(&mut told, 4, choices);
        let Ok(framed) = amend.apply(api, *version, &told, Some(&mut self.authority())) else {
            return;
        };
        let body = check_answer(api, *version, *id, &framed);
        if is_list(amend) {
            let shown = listed(&body).any(|name| name == HIDDEN);
            assert!(!shown, "{} v{version}: {body:?}", api.name);
        }
    }
}

/// What brokers say to a question: of each name whether it exists, by the next choice.
fn said(question: &Question, choices: &mut Choices<'_>) -> Value {
    if let Question::Topology(group) = question {
        return described(group, choices);
    }
    let partition = || Value::fields([("PartitionIndex", 0.into())]);
    let mut topic = |name: &str| {
        let missing = choices.one_in(2);
        let code = if missing {
            error_code::UNKNOWN_TOPIC_OR_PARTITION
        } else {
            0
        };
        Value::fields([
            ("Name", name.into()),
            ("ErrorCode", code.into()),
            ("Partitions", Value::array([partition()])),
        ])
    };
    let topics: Vec<Value> = match question {
        Question::Names(names) | Question::Create(names) => {
            names.iter().map(|name| topic(name)).collect()
        }
        Question::All => ["open-a", "shut-a", HIDDEN]
            .into_iter()
            .map(topic)
            .collect(),
        Question::Ids(ids) => {
            let unknown = |id: &TopicId| {
                let code = error_code::UNKNOWN_TOPIC_ID;
                Value::fields([("TopicId", (*id).into()), ("ErrorCode", code.into())])
            };
            ids.iter().map(unknown).collect()
        }
        Question::AutoCreates(_) | Question::Topology(_) => Vec::new(),
    };
    Value::fields([("Topics", topics.into())])
}

/// That there is no such Streams group, or that it has an internal topic.
fn described(group: &str, choices: &mut Choices<'_>) -> Value {
    let missing = choices.one_in(2);
    let code = if missing {
        error_code::GROUP_ID_NOT_FOUND
    } else {
        0
    };
    let internal = Value::fields([("Name", "shut-a".into())]);
    let part = Value::fields([("StateChangelogTopics", Value::array([internal]))]);
    let topology = Value::fields([("Subtopologies", Value::array([part]))]);
    let group = Value::fields([
        ("ErrorCode", code.into()),
        ("GroupId", group.into()),
        ("Topology", topology),
    ]);
    Value::fields([("Groups", Value::array([group]))])
}

fn without_length(framed: &[u8]) -> &[u8] {
    let length = frame::length(framed, usize::MAX).ok().flatten();
    let frame = framed.get(frame::LENGTH_BYTES..).unwrap_or_default();
    assert_eq!(length, Some(frame.len()), "the length of a frame");
    frame
}

/// The body of `framed`, an answer to request `id`.
fn check_answer(api: &'static Api, version: i16, id: i32, framed: &[u8]) -> Value {
    let frame = without_length(framed);
    let header = frame::response_header(api, version, frame).ok();
    assert!(
        header.is_some_and(|(of, _)| of == id),
        "{} v{version}: an answer to another",
        api.name
    );
    let body_at = header.map_or(0, |(_, body_at)| body_at);
    // Bytes may follow an answer, as a broker sent them; clients pass over those.
    let body = read_answer(
        api.response,
        version,
        frame.get(body_at..).unwrap_or_default(),
    );
    assert!(body.is_ok(), "{} v{version}: {body:?}", api.name);
    body.unwrap_or(Value::Null)
}

/// Whether what is answered was not asked for by name, so that each of it is looked at.
const fn is_list(amend: &Amend) -> bool {
    match &amend.filter {
        Some(Filter::ListedGroups | Filter::ListedTransactions) => true,
        Some(Filter::TopicPartitions { all }) => *all,
        Some(Filter::Metadata(filter)) => filter.all,
        _ => false,
    }
}

/// The names of what an answer lists.
fn listed(body: &Value) -> impl Iterator<Item = &str> {
    let arrays = [
        ("Topics", "Name"),
        ("Groups", "GroupId"),
        ("TransactionStates", "TransactionalId"),
    ];
    let names = |(array, name)| {
        body.items(array)
            .iter()
            .filter_map(move |item| item.str(name))
    };
    arrays.into_iter().flat_map(names)
}

/// What a request is about.
#[derive(Default)]
struct Named {
    names: Vec<String>,
    ids: Vec<TopicId>,
    lists_topics: bool,
}

impl Visitor for Named {
    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        self.lists_topics |= field.mark == Mark::Topics;
    }

    fn value(&mut self, field: &'static Field, _: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TopicName | Mark::GroupId | Mark::TransactionalId, Scalar::Str(name)) => {
                self.names.push(name.to_owned());
            }
            (Mark::TopicId, Scalar::Uuid(id)) => self.ids.push(id),
            _ => {}
        }
    }
}

/// What [`Session`] may.
fn rights() -> Option<Rights> {
    let types = [
        ResourceType::Topic,
        ResourceType::Group,
        ResourceType::TransactionalId,
    ];
    let acls = types.map(|resource_type| Acl {
        principal: Grantee::Everyone,
        host: Host::Any,
        operation: AclOperation::All,
        permission: Permission::Allow,
        resource_type,
        pattern: Pattern::Prefixed(OPEN.into()),
    });
    let organization = Organization::parse("default").ok()?;
    let principals: Vec<Principal> = vec![Principal::user("fuzz").ok()?];
    let policy = Policy {
        organization: organization.clone(),
        acls: acls.into(),
        role_bindings: Vec::new(),
        super_principals: Vec::new(),
        allow_if_no_acl: false,
    };
    let who = Who {
        organization,
        provider: ProviderName::parse("idp").ok()?,
        denied_principals: principals.clone(),
        principals,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    Some(Rights::new(Arc::new(Authorizer::new(policy)), who))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn requests_of_any_kind_do(data in prop::collection::vec(any::<u8>(), 0..300)) {
            request(&data);
        }

        #[test]
        fn answers_of_any_kind_do(data in prop::collection::vec(any::<u8>(), 0..500)) {
            answer(&data);
        }
    }

    /// How often each comes about, lest nothing be shown: `Forward`, `Answer`, a cut, an amended answer.
    #[test]
    fn every_kind_of_decision_comes_about() {
        let mut amended = std::collections::BTreeSet::new();
        for api in 0..=u8::MAX {
            for seed in 0..40_u8 {
                let step = u32::from(seed).wrapping_mul(2_654_435_761) | 1;
                let mut state = step;
                let mut data = vec![api, seed];
                data.extend((0..300).map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(step);
                    (state >> 24) as u8
                }));
                let mut choices = Choices(&data);
                let Some(frame) = asked(&mut choices) else {
                    continue;
                };
                if let Some(sent) = Session::new().unwrap().decide(frame, &mut choices) {
                    amended.insert(sent.api.name);
                }
            }
        }
        assert!(amended.len() > 15, "{amended:?}");
        for list in ["Metadata", "ListGroups", "Fetch", "Produce"] {
            assert!(amended.contains(list), "{list}: {amended:?}");
        }
    }
}
