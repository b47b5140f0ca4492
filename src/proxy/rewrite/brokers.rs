//! Lists of brokers: `Brokers` of Metadata and DescribeCluster, `NodeEndpoints` of new leaders in answers
//! to Produce, ShareFetch and ShareAcknowledge. And the broker that is named as the controller beside the first
//! two: with KRaft any of them, also one that is left out.

use super::{AddressBook, Learned, Rewritten};
use crate::snapshot::address::HostPort;
use crate::wire::edit::Edits;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Place, Scalar, Visitor};

/// `EndpointType` of DescribeCluster: the list is of brokers (2: of controllers).
const ENDPOINT_BROKERS: i8 = 1;

/// `MetadataResponse.NO_CONTROLLER_ID`.
const NO_CONTROLLER: i32 = -1;

/// Collects what a list of brokers needs.
pub(super) struct BrokerList<'a> {
    book: &'a AddressBook,
    flexible: bool,
    edits: Edits,
    out: Rewritten,
    /// The list is not of brokers: nothing of it is told.
    hidden: bool,
    list: Option<List>,
    /// The entry being walked.
    entry: Option<Entry>,
}

/// The list being walked.
struct List {
    /// Where its count stands.
    at: Place,
    count: usize,
    /// Entries that stay.
    kept: usize,
}

#[derive(Default)]
struct Entry {
    node_id: i32,
    told: Option<(String, i32)>,
    address: Option<HostPort>,
    rack: Option<String>,
}

impl<'a> BrokerList<'a> {
    pub(super) fn new(book: &'a AddressBook, flexible: bool) -> Self {
        Self {
            book,
            flexible,
            edits: Edits::new(),
            out: Rewritten::default(),
            hidden: false,
            list: None,
            entry: None,
        }
    }

    pub(super) fn finish(self) -> (Edits, Rewritten) {
        (self.edits, self.out)
    }

    fn entry_value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        let Some(entry) = &mut self.entry else {
            return;
        };
        match (field.mark, value) {
            (Mark::NodeId, Scalar::Int32(node_id)) => {
                entry.node_id = node_id;
                entry.told = if self.hidden {
                    None
                } else {
                    self.book.told(node_id)
                };
            }
            (Mark::Host, Scalar::Str(host)) => {
                if let Some((told, _)) = &entry.told {
                    self.edits.splice_text(at, field, self.flexible, Some(told));
                }
                entry.address = Some(HostPort {
                    host: host.to_owned(),
                    port: 0,
                });
            }
            (Mark::Port, Scalar::Int32(port)) => {
                if let Some((_, told)) = entry.told {
                    self.edits.replace(at, &told.to_be_bytes());
                }
                entry.address = entry
                    .address
                    .take()
                    .and_then(|named| dialable(named.host, port));
            }
            (Mark::Rack, Scalar::Str(rack)) => entry.rack = Some(rack.to_owned()),
            _ => {}
        }
    }
}

/// The address, if it is one that can be dialled.
fn dialable(host: String, port: i32) -> Option<HostPort> {
    let port = u16::try_from(port).ok()?;
    HostPort { host, port }.to_string().parse().ok()
}

const fn is_list(field: &Field) -> bool {
    matches!(field.mark, Mark::Brokers | Mark::NodeEndpoints)
}

impl Visitor for BrokerList<'_> {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::EndpointType, Scalar::Int8(of)) => self.hidden = of != ENDPOINT_BROKERS,
            (Mark::ControllerId, Scalar::Int32(node_id)) => {
                if node_id != NO_CONTROLLER && self.book.told(node_id).is_none() {
                    self.edits.replace(at, &NO_CONTROLLER.to_be_bytes());
                }
            }
            (Mark::ClusterId, Scalar::Str(id)) => self.out.cluster_id = Some(id.to_owned()),
            _ => self.entry_value(field, at, value),
        }
    }

    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        if let Some(count) = count
            && is_list(field)
        {
            self.list = Some(List {
                at: at.keep(),
                count,
                kept: 0,
            });
        }
    }

    fn hears(&self, field: &'static Field) -> bool {
        is_list(field)
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if is_list(field) {
            self.entry = Some(Entry::default());
        }
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        if !is_list(field) {
            return;
        }
        let Some(entry) = self.entry.take() else {
            return;
        };
        if entry.told.is_some() {
            if let Some(list) = &mut self.list {
                list.kept = list.kept.saturating_add(1);
            }
        } else {
            self.edits.remove(at);
            if !self.hidden {
                self.out.unmapped.push(entry.node_id);
            }
        }
        if let Some(address) = entry.address
            && field.mark == Mark::Brokers
            && !self.hidden
        {
            self.out.brokers.push(Learned {
                node_id: entry.node_id,
                address,
                rack: entry.rack,
            });
        }
    }

    fn array_end(&mut self, field: &'static Field, _: &At<'_>) {
        if is_list(field)
            && let Some(list) = self.list.take()
            && list.kept != list.count
        {
            self.edits
                .set_count(&list.at.at(), self.flexible, list.kept);
        }
    }
}
