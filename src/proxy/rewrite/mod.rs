//! Answers on their way to the client: whatever tells of a broker's address tells Oathgate's instead, or
//! tells nothing. Knows the wire and an [`AddressBook`]; not sessions, identities or policies.
//!
//! Held answers are changed by a list of edits over the bytes that came, so that topics, partitions and
//! records stay byte for byte; answers to Fetch stream through a [`FetchVisitor`].

mod book;
mod brokers;
mod configs;
mod coordinators;
mod fetch;
mod quorum;
#[cfg(test)]
pub(super) mod sample;

pub use book::AddressBook;
pub use fetch::FetchVisitor;

use crate::snapshot::address::HostPort;
use crate::wire::api::Api;
use crate::wire::edit::{BadEdit, DropUnknownTags, Edits};
use crate::wire::malformed::{Fault, Malformed};
use crate::wire::schema::Field;
use crate::wire::tables::api_key;
use crate::wire::visitor::Visitor;
use crate::wire::walker::Walker;

/// What must be done with the answers of an API in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Nothing in it is ours to look at.
    Pass,
    /// Read whole, then given to [`rewrite`].
    Hold,
    /// Streamed through a walker with a [`FetchVisitor`].
    Fetch,
}

/// What the answers of `api` in `version` need: every message definition of Kafka 4.4 was searched for
/// hosts, ports, endpoints and listeners.
///
/// What passes although it has such a field: answers of Streams groups name the *application's* endpoints,
/// group descriptions the address that the broker saw a member come from, ACLs host patterns. Answers of
/// controller APIs never come, as their requests are refused.
#[must_use]
pub const fn treatment(api: &Api, version: i16) -> Treatment {
    match api.key {
        api_key::FETCH => Treatment::Fetch,
        api_key::METADATA
        | api_key::FIND_COORDINATOR
        | api_key::DESCRIBE_CLUSTER
        | api_key::DESCRIBE_CONFIGS
        | api_key::SHARE_FETCH
        | api_key::SHARE_ACKNOWLEDGE => Treatment::Hold,
        api_key::PRODUCE if version >= 10 => Treatment::Hold,
        api_key::DESCRIBE_QUORUM if version >= 2 => Treatment::Hold,
        _ => Treatment::Pass,
    }
}

/// What came of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// The new frame with its four length bytes; `None` = the answer goes out as it came.
    pub frame: Option<Vec<u8>>,
    /// The brokers that Metadata or DescribeCluster named, as they named them, unmapped ones included.
    pub brokers: Vec<Learned>,
    /// The cluster id that came with them.
    pub cluster_id: Option<String>,
    /// Node ids that were left out because the book has no address for them, each once per mention.
    pub unmapped: Vec<i32>,
}

/// A broker of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// Its node id.
    pub node_id: i32,
    /// Where it says it is reached; for Oathgate alone.
    pub address: HostPort,
    /// Its rack, if it has one.
    pub rack: Option<String>,
}

/// Why an answer cannot be rewritten: the broker's connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Its bytes do not follow Kafka's definition.
    #[error("the broker's answer is malformed: {0}")]
    Malformed(#[from] Malformed),
    /// The edits contradict each other: a fault of ours.
    #[error("the broker's answer cannot be edited: {0}")]
    Edit(#[from] BadEdit),
}

/// Rewrites a held answer.
///
/// `frame` is the answer without its four length bytes. Brokers that `book` has no address for are left out of lists; a coordinator
/// among them becomes error 15 (COORDINATOR_NOT_AVAILABLE) without a node, and where one is the controller there is none. Unknown tagged fields are
/// dropped: what a later Kafka puts there may be an address. APIs whose [`treatment`] is another than
/// [`Treatment::Hold`] lose nothing else.
///
/// # Errors
/// When the bytes are no answer of this API and version.
pub fn rewrite(
    api: &'static Api,
    version: i16,
    frame: &[u8],
    book: &AddressBook,
) -> Result<Rewritten, Unreadable> {
    let flexible = api.response.is_flexible(version);
    let (mut edits, unknown, mut out) = match api.key {
        api_key::METADATA
        | api_key::DESCRIBE_CLUSTER
        | api_key::PRODUCE
        | api_key::SHARE_FETCH
        | api_key::SHARE_ACKNOWLEDGE => {
            let mut list = brokers::BrokerList::new(book, flexible);
            let unknown = walk(api, version, frame, &mut list)?;
            let (edits, out) = list.finish();
            (edits, unknown, out)
        }
        api_key::FIND_COORDINATOR => {
            let mut found = coordinators::Coordinators::new(book, version, flexible);
            let unknown = walk(api, version, frame, &mut found)?;
            let (edits, out) = found.finish();
            (edits, unknown, out)
        }
        api_key::DESCRIBE_QUORUM => {
            let mut quorum = quorum::Quorum::new(flexible);
            let unknown = walk(api, version, frame, &mut quorum)?;
            (quorum.edits, unknown, Rewritten::default())
        }
        api_key::DESCRIBE_CONFIGS => {
            let mut configs = configs::Configs::new(flexible);
            let unknown = walk(api, version, frame, &mut configs)?;
            (configs.edits, unknown, Rewritten::default())
        }
        _ => (
            Edits::new(),
            walk(api, version, frame, &mut Blind)?,
            Rewritten::default(),
        ),
    };
    edits.merge(unknown);
    if !edits.is_empty() {
        out.frame = Some(edits.apply_framed(frame)?);
    }
    Ok(out)
}

/// Walks all of an answer. Gives the edits that drop unknown tagged fields.
fn walk<V: Visitor>(
    api: &'static Api,
    version: i16,
    frame: &[u8],
    visitor: &mut V,
) -> Result<Edits, Malformed> {
    let mut visitor = DropUnknownTags::new(visitor);
    let mut walker = Walker::response(api, version, frame.len());
    walker.walk_held(frame, &mut visitor)?;
    if walker.is_finished() {
        return Ok(visitor.into_edits());
    }
    Err(Malformed::Structure {
        fault: Fault::Short,
        field: api.response.name,
        at: frame.len(),
    })
}

/// Only the structure matters.
struct Blind;

impl Visitor for Blind {
    fn hears(&self, _: &'static Field) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::sample::populated;
    use super::*;
    use crate::wire::api::api;
    use crate::wire::frame;
    use crate::wire::read::read;
    use crate::wire::schema::{Kind, Struct};
    use crate::wire::tables::APIS;
    use crate::wire::value::Value;

    const UPSTREAM: &str = "upstream.internal";
    const FRONT: &str = "front.example.com";
    /// Not in the book.
    const UNMAPPED: i32 = 9;

    fn book() -> AddressBook {
        AddressBook::ports(FRONT.to_owned(), 9000, 0..=3)
    }

    /// A frame without its length.
    fn framed(api: &'static Api, version: i16, body: &Value) -> Vec<u8> {
        frame::response(api, version, 42, body)
            .unwrap()
            .split_off(frame::LENGTH_BYTES)
    }

    fn holds(frame: &[u8], text: &str) -> bool {
        frame
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }

    /// Rewrites `before` and asserts that it equals `after`, byte for byte, with nothing of the upstream left.
    fn assert_rewritten(
        api: &'static Api,
        version: i16,
        before: &Value,
        after: &Value,
    ) -> Rewritten {
        let label = format!("{} v{version}", api.name);
        let frame = framed(api, version, before);
        assert!(
            holds(&frame, UPSTREAM),
            "{label}: the sample has no address"
        );
        assert_eq!(treatment(api, version), Treatment::Hold, "{label}");
        let out = rewrite(api, version, &frame, &book()).unwrap();
        let new = out.frame.as_deref().unwrap();
        assert!(!holds(new, UPSTREAM), "{label}");
        assert_eq!(
            new,
            frame::response(api, version, 42, after).unwrap(),
            "{label}"
        );
        out
    }

    fn broker(id: &'static str, node: i32, host: &str, port: i32, rest: &Value) -> Value {
        let mut out = rest.clone();
        out.set(id, node);
        out.set("Host", host);
        out.set("Port", port);
        out
    }

    fn upstream(id: &'static str, node: i32, rest: &Value) -> Value {
        broker(id, node, &format!("b{node}.{UPSTREAM}"), 19_092, rest)
    }

    /// An answer with brokers 1, 9 and 2 in the field `list`, and the same without 9 and with told addresses.
    fn broker_lists(
        api: &Api,
        version: i16,
        list: &'static str,
        id: &'static str,
    ) -> (Value, Value) {
        let mut before = populated(&api.response.root, version);
        if before.get("EndpointType").is_some() {
            before.set("EndpointType", 1);
        }
        let mut rest = before.items(list)[0].clone();
        if rest.get("Rack").is_some() {
            rest.set("Rack", "rack-a");
        }
        let mut after = before.clone();
        if before.get("ControllerId").is_some() {
            before.set("ControllerId", UNMAPPED);
            after.set("ControllerId", -1);
        }
        let nodes = [1, UNMAPPED, 2];
        before.set(
            list,
            Value::array(nodes.map(|node| upstream(id, node, &rest))),
        );
        after.set(
            list,
            Value::array([1, 2].map(|node| broker(id, node, FRONT, 9000 + node, &rest))),
        );
        (before, after)
    }

    #[test]
    fn broker_lists_tell_mapped_brokers_at_the_front_and_leave_out_others() {
        for (key, list, id, first) in [
            (api_key::METADATA, "Brokers", "NodeId", 0),
            (api_key::DESCRIBE_CLUSTER, "Brokers", "BrokerId", 0),
            (api_key::PRODUCE, "NodeEndpoints", "NodeId", 10),
            (api_key::SHARE_FETCH, "NodeEndpoints", "NodeId", 0),
            (api_key::SHARE_ACKNOWLEDGE, "NodeEndpoints", "NodeId", 0),
        ] {
            let api = api(key).unwrap();
            for version in api.min_version.max(first)..=api.max_version {
                let (before, after) = broker_lists(api, version, list, id);
                let out = assert_rewritten(api, version, &before, &after);
                let label = format!("{} v{version}", api.name);
                assert_eq!(out.unmapped, [UNMAPPED], "{label}");
                let learns = list == "Brokers";
                let ids: Vec<i32> = out.brokers.iter().map(|b| b.node_id).collect();
                assert_eq!(
                    ids,
                    if learns { vec![1, UNMAPPED, 2] } else { vec![] },
                    "{label}"
                );
                if let Some(first) = out.brokers.first() {
                    assert_eq!(first.address.to_string(), format!("b1.{UPSTREAM}:19092"));
                    let has_rack = before.items(list)[0].get("Rack").is_some();
                    assert_eq!(
                        first.rack.as_deref(),
                        has_rack.then_some("rack-a"),
                        "{label}"
                    );
                }
                let named = before.get("ClusterId").is_some();
                assert_eq!(
                    out.cluster_id.as_deref(),
                    named.then_some("text"),
                    "{label}"
                );
            }
        }
    }

    #[test]
    fn a_mapped_controller_is_told_and_none_stays_none() {
        for (key, id) in [
            (api_key::METADATA, "NodeId"),
            (api_key::DESCRIBE_CLUSTER, "BrokerId"),
        ] {
            let api = api(key).unwrap();
            for version in api.min_version.max(1)..=api.max_version {
                for controller in [2, -1] {
                    let (mut before, mut after) = broker_lists(api, version, "Brokers", id);
                    before.set("ControllerId", controller);
                    after.set("ControllerId", controller);
                    assert_rewritten(api, version, &before, &after);
                }
            }
        }
    }

    #[test]
    fn endpoints_of_controllers_are_neither_told_nor_learned() {
        let api = api(api_key::DESCRIBE_CLUSTER).unwrap();
        for version in 1..=api.max_version {
            let (mut before, mut after) = broker_lists(api, version, "Brokers", "BrokerId");
            before.set("EndpointType", 2);
            after.set("EndpointType", 2);
            after.set("Brokers", Value::Array(Vec::new()));
            let out = assert_rewritten(api, version, &before, &after);
            assert!(out.brokers.is_empty() && out.unmapped.is_empty());
        }
    }

    #[test]
    fn coordinators_are_told_or_not_available() {
        let api = api(api_key::FIND_COORDINATOR).unwrap();
        let missing = |found: &Value| {
            let mut out = broker("NodeId", -1, "", -1, found);
            out.set("ErrorCode", 15);
            out
        };
        for version in api.min_version..=api.max_version {
            let sample = populated(&api.response.root, version);
            if version < 4 {
                let found = upstream("NodeId", 2, &sample);
                let told = broker("NodeId", 2, FRONT, 9002, &sample);
                assert_rewritten(api, version, &found, &told);
                let found = upstream("NodeId", UNMAPPED, &sample);
                let out = assert_rewritten(api, version, &found, &missing(&sample));
                assert_eq!(out.unmapped, [UNMAPPED]);
                continue;
            }
            let rest = sample.items("Coordinators")[0].clone();
            let none = broker("NodeId", -1, "", -1, &rest);
            let list = |items: [Value; 3]| {
                let mut body = sample.clone();
                body.set("Coordinators", Value::array(items));
                body
            };
            let found = |node| upstream("NodeId", node, &rest);
            let before = list([found(2), none.clone(), found(UNMAPPED)]);
            let after = list([
                broker("NodeId", 2, FRONT, 9002, &rest),
                none,
                missing(&rest),
            ]);
            let out = assert_rewritten(api, version, &before, &after);
            assert_eq!(out.unmapped, [UNMAPPED]);
        }
    }

    #[test]
    fn no_coordinator_stays_as_it_came() {
        let api = api(api_key::FIND_COORDINATOR).unwrap();
        for version in 0..4 {
            let sample = populated(&api.response.root, version);
            let none = framed(api, version, &broker("NodeId", -1, "", -1, &sample));
            let out = rewrite(api, version, &none, &book()).unwrap();
            assert_eq!(out, Rewritten::default(), "{version}");
            let odd = broker("NodeId", -1, UPSTREAM, 1, &sample);
            let told = broker("NodeId", -1, "", -1, &sample);
            assert_rewritten(api, version, &odd, &told);
        }
    }

    #[test]
    fn controllers_of_the_quorum_lose_their_listeners() {
        let api = api(api_key::DESCRIBE_QUORUM).unwrap();
        let mut before = populated(&api.response.root, 2);
        let mut after = before.clone();
        for node in before.items_mut("Nodes").unwrap() {
            for listener in node.items_mut("Listeners").unwrap() {
                listener.set("Host", UPSTREAM);
            }
        }
        for node in after.items_mut("Nodes").unwrap() {
            node.set("Listeners", Value::Array(Vec::new()));
        }
        assert_rewritten(api, 2, &before, &after);
    }

    fn config(rest: &Value, name: &str, values: [Option<&str>; 2], synonym: &str) -> Value {
        let mut out = rest.clone();
        out.set("Name", name);
        out.set("Value", values[0]);
        if let Some(synonyms) = out.items_mut("Synonyms") {
            for entry in synonyms {
                entry.set("Name", synonym);
                entry.set("Value", values[1]);
            }
        }
        out
    }

    #[test]
    fn values_that_name_listeners_are_masked() {
        let api = api(api_key::DESCRIBE_CONFIGS).unwrap();
        let own = [Some("kept"), Some("kept")];
        let address = [Some(UPSTREAM), Some(UPSTREAM)];
        for version in api.min_version..=api.max_version {
            let sample = populated(&api.response.root, version);
            let rest = sample.items("Results")[0].items("Configs")[0].clone();
            let with = |configs: [Value; 5]| {
                let mut body = sample.clone();
                body.items_mut("Results").unwrap()[1].set("Configs", Value::array(configs));
                body
            };
            let all = |hidden: [Option<&str>; 2], half: [Option<&str>; 2]| {
                with([
                    config(&rest, "advertised.listeners", hidden, "listeners"),
                    config(&rest, "log.dirs", own, "log.dir"),
                    config(&rest, "some.key", half, "listener.name.x.ssl.key.type"),
                    config(&rest, "controller.quorum.voters", hidden, "default"),
                    config(&rest, "num.io.threads", own, "num.io.threads"),
                ])
            };
            let before = all(address, [Some("kept"), Some(UPSTREAM)]);
            let after = all([None, None], [Some("kept"), None]);
            assert_rewritten(api, version, &before, &after);
        }
    }

    #[test]
    fn unknown_tagged_fields_are_dropped() {
        let api = api(api_key::METADATA).unwrap();
        let (before, after) = broker_lists(api, 12, "Brokers", "NodeId");
        let mut frame = framed(api, 12, &before);
        assert_eq!(frame.pop(), Some(0), "no tags at the root");
        frame.extend([1, 99, 2, b'u', b'p']);
        let out = rewrite(api, 12, &frame, &book()).unwrap();
        assert_eq!(
            out.frame.unwrap(),
            frame::response(api, 12, 42, &after).unwrap()
        );
    }

    #[test]
    fn whatever_passes_has_no_address_of_a_broker() {
        // Hosts that are none of a broker's: ACL patterns, peers of the broker, applications.
        let harmless = [
            "DescribeAcls",
            "DeleteAcls",
            "DescribeGroups",
            "ConsumerGroupDescribe",
        ];
        for api in APIS.iter().filter(|api| api.broker) {
            let streams = api.name.starts_with("Streams") || api.name.starts_with("ShareGroup");
            for version in api.min_version..=api.max_version {
                if treatment(api, version) == Treatment::Pass
                    && names_host(&api.response.root, version)
                {
                    let expected = streams || harmless.contains(&api.name);
                    assert!(expected, "{} v{version}", api.name);
                }
            }
        }
    }

    fn names_host(of: &Struct, version: i16) -> bool {
        of.fields
            .iter()
            .filter(|f| f.versions.contain(version))
            .any(|field| {
                let nested = match field.kind {
                    Kind::Struct(of) => names_host(of, version),
                    Kind::Array(Kind::Struct(of)) => names_host(of, version),
                    _ => false,
                };
                let words = ["Host", "Endpoint", "Listener"];
                nested || words.iter().any(|word| field.name.contains(word))
            })
    }

    #[test]
    fn what_is_no_such_answer_is_refused() {
        let api = api(api_key::METADATA).unwrap();
        let (before, _) = broker_lists(api, 12, "Brokers", "NodeId");
        let mut frame = framed(api, 12, &before);
        for end in 0..frame.len() {
            assert!(rewrite(api, 12, &frame[..end], &book()).is_err(), "{end}");
        }
        // Bytes after the structure are passed on: Kafka's clients do not mind them.
        frame.push(7);
        let rewritten = rewrite(api, 12, &frame, &book()).unwrap().frame.unwrap();
        assert_eq!(rewritten.last(), Some(&7));
    }

    #[test]
    fn mangled_answers_do_no_harm() {
        for api in APIS {
            let frame = framed(
                api,
                api.max_version,
                &populated(&api.response.root, api.max_version),
            );
            for at in 0..frame.len() {
                for byte in [0, 0xff] {
                    let mut frame = frame.clone();
                    frame[at] = byte;
                    // Whatever can be read can be written again.
                    let out = rewrite(api, api.max_version, &frame, &book());
                    assert!(
                        !matches!(out, Err(Unreadable::Edit(_))),
                        "{} {at} {byte}",
                        api.name
                    );
                }
            }
        }
    }

    #[test]
    fn fetch_answers_keep_their_length_and_lose_their_endpoints() {
        let api = api(api_key::FETCH).unwrap();
        for version in api.min_version..=api.max_version {
            assert_eq!(treatment(api, version), Treatment::Fetch);
            let mut after = populated(&api.response.root, version);
            after.set("SessionId", if version >= 7 { 1234 } else { 0 });
            if version >= 7 {
                after.set("ErrorCode", 71);
            }
            let mut before = after.clone();
            if version >= 16 {
                after.set("NodeEndpoints", Value::Array(Vec::new()));
                let rest = Value::fields([]);
                before.set(
                    "NodeEndpoints",
                    Value::array([1, 9].map(|n| upstream("NodeId", n, &rest))),
                );
            }
            for part in [1, 7, usize::MAX] {
                let mut frame = framed(api, version, &before);
                let length = frame.len();
                let mut seen = FetchVisitor::default();
                let mut walker = Walker::response(api, version, length);
                for chunk in frame.chunks_mut(part.min(length)) {
                    walker.walk(chunk, &mut seen).unwrap();
                }
                assert!(
                    walker.is_finished() && !holds(&frame, UPSTREAM),
                    "v{version}"
                );
                assert_eq!(seen.prefix_seen(), version >= 7);
                let told = (seen.error_code(), seen.session_id());
                assert_eq!(told, if version >= 7 { (71, 1234) } else { (0, 0) });
                let (_, at) = frame::response_header(api, version, &frame).unwrap();
                let mut expected = framed(api, version, &after);
                let body = read(api.response, version, &frame[at..]).unwrap();
                let expected = read(api.response, version, &expected.split_off(at)).unwrap();
                assert_eq!(body, expected, "v{version}");
            }
        }
    }
}
