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

pub use book::AddressBook;
pub use fetch::FetchVisitor;

use crate::snapshot::address::HostPort;
use crate::wire::api::Api;
use crate::wire::edit::{BadEdit, DropUnknownTags, Edits};
use crate::wire::malformed::{Fault, Malformed};
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
/// among them becomes error 15 (COORDINATOR_NOT_AVAILABLE) without a node. Unknown tagged fields are
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

impl Visitor for Blind {}
