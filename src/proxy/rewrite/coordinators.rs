//! FindCoordinator: one coordinator at the top level up to version 3, a list of them from 4 on.

use super::{AddressBook, Rewritten};
use crate::wire::edit::Edits;
use crate::wire::error_code;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Place, Scalar, Visitor};

/// The first version with a list.
const LISTED: i16 = 4;

/// Kafka's "no node" and "no port".
const NONE: i32 = -1;

/// Collects what coordinators need.
pub(super) struct Coordinators<'a> {
    book: &'a AddressBook,
    flexible: bool,
    edits: Edits,
    unmapped: Vec<i32>,
    /// The coordinator being walked.
    entry: Option<Entry>,
}

#[derive(Default)]
struct Entry {
    node: Option<(Place, i32)>,
    host: Option<(Place, &'static Field)>,
    has_host: bool,
    port: Option<Place>,
    error: Option<Place>,
}

impl<'a> Coordinators<'a> {
    pub(super) fn new(book: &'a AddressBook, version: i16, flexible: bool) -> Self {
        Self {
            book,
            flexible,
            edits: Edits::new(),
            unmapped: Vec::new(),
            entry: (version < LISTED).then(Entry::default),
        }
    }

    pub(super) fn finish(mut self) -> (Edits, Rewritten) {
        self.settle();
        let out = Rewritten {
            unmapped: self.unmapped,
            ..Rewritten::default()
        };
        (self.edits, out)
    }

    /// Decides about the coordinator that has been walked. "No node" is the error's own form and stays.
    fn settle(&mut self) {
        let Some(Entry {
            node: Some((node, node_id)),
            host: Some((host, field)),
            port: Some(port),
            error: Some(error),
            has_host,
        }) = self.entry.take()
        else {
            return;
        };
        let absent = node_id < 0;
        if absent && !has_host {
            return;
        }
        let told = self.book.told(node_id);
        if told.is_none() && !absent {
            let code = error_code::COORDINATOR_NOT_AVAILABLE;
            self.unmapped.push(node_id);
            self.edits.replace(&node.at(), &NONE.to_be_bytes());
            self.edits.replace(&error.at(), &code.to_be_bytes());
        }
        let (told_host, told_port) = told.unwrap_or((String::new(), NONE));
        self.edits
            .splice_text(&host.at(), field, self.flexible, Some(&told_host));
        self.edits.replace(&port.at(), &told_port.to_be_bytes());
    }
}

impl Visitor for Coordinators<'_> {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        let Some(entry) = &mut self.entry else {
            return;
        };
        match (field.mark, value) {
            (Mark::NodeId, Scalar::Int32(node_id)) => entry.node = Some((at.keep(), node_id)),
            (Mark::Host, Scalar::Str(host)) => {
                entry.host = Some((at.keep(), field));
                entry.has_host = !host.is_empty();
            }
            (Mark::Port, _) => entry.port = Some(at.keep()),
            (Mark::ErrorCode, _) => entry.error = Some(at.keep()),
            _ => {}
        }
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if field.mark == Mark::Coordinators {
            self.entry = Some(Entry::default());
        }
    }

    fn item_end(&mut self, field: &'static Field, _: &At<'_>) {
        if field.mark == Mark::Coordinators {
            self.settle();
        }
    }
}
