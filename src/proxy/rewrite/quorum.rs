//! DescribeQuorum, version 2 on: the nodes of the controller quorum stay, where their controllers listen
//! does not: clients have no business there, and it tells how the cluster is laid out inside.

use crate::wire::edit::Edits;
use crate::wire::schema::Field;
use crate::wire::visitor::{At, Visitor};

/// Empties `Nodes[].Listeners`.
pub(super) struct Quorum {
    pub(super) edits: Edits,
    flexible: bool,
}

impl Quorum {
    pub(super) const fn new(flexible: bool) -> Self {
        Self {
            edits: Edits::new(),
            flexible,
        }
    }
}

fn is_listeners(field: &Field) -> bool {
    field.name == "Listeners"
}

impl Visitor for Quorum {
    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        if is_listeners(field) && count.is_some_and(|count| count > 0) {
            self.edits.set_count(at, self.flexible, 0);
        }
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        if is_listeners(field) {
            self.edits.remove(at);
        }
    }
}
