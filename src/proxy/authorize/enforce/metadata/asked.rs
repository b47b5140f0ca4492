//! What a Metadata request asks for, found in one walk.

use super::{SAYS_CREATE, may_create};
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::topics::NO_TOPIC;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Place, Scalar, Visitor};

/// Walks a request and asks the session's rights.
pub(super) struct Asked<'a, 'b> {
    pub(super) facts: Facts,
    version: i16,
    authority: &'a mut Authority<'b>,
    topic: Topic,
    /// Of the names that the session may describe: whether there is one that it may not create, and one
    /// that must be asked about if so.
    uncreatable: bool,
    unsure: bool,
}

/// The topic being walked.
#[derive(Default)]
struct Topic {
    named: bool,
    with_id: bool,
}

/// What was found.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub(super) struct Facts {
    /// All topics are asked for.
    pub(super) is_all: bool,
    /// An item has a name.
    pub(super) has_name: bool,
    /// An item has an id.
    pub(super) has_id: bool,
    /// An item has neither.
    pub(super) has_nothing: bool,
    /// All names and ids are known and may be described.
    pub(super) allowed: bool,
    /// A topic that may be missing must not be created, and the request would let it be.
    pub(super) no_creation: bool,
    /// Then: more must be known of some topic before the request can go up.
    pub(super) must_ask: bool,
    /// Authorized operations are asked for.
    pub(super) tells_operations: bool,
    /// Where the request says that topics may be created.
    pub(super) flag: Option<Place>,
}

impl<'a, 'b> Asked<'a, 'b> {
    pub(super) fn new(version: i16, authority: &'a mut Authority<'b>) -> Self {
        Self {
            facts: Facts {
                allowed: true,
                ..Facts::default()
            },
            version,
            authority,
            topic: Topic::default(),
            uncreatable: false,
            unsure: false,
        }
    }

    fn name(&mut self, name: &str) {
        self.topic.named = true;
        let describe = Operation::Describe;
        if !self.authority.may_quietly(describe, &Resource::topic(name)) {
            self.facts.allowed = false;
            return;
        }
        let creatable = may_create(name, self.authority);
        self.uncreatable |= !creatable;
        // A name that was asked about and is missing may have to be asked about once more, in other words.
        let sure = || {
            self.authority.topics.knows(name)
                || (creatable && self.authority.asked.was_created(name))
                || (!creatable && self.authority.topics.auto_creates().is_some())
        };
        self.unsure = self.unsure || !sure();
    }
}

impl Visitor for Asked<'_, '_> {
    fn array(&mut self, field: &'static Field, _: &At<'_>, count: Option<usize>) {
        if field.mark == Mark::Topics {
            self.facts.is_all = match count {
                None => true,
                Some(count) => count == 0 && self.version == 0,
            };
        }
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if field.mark == Mark::Topics {
            self.topic = Topic::default();
        }
    }

    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::TopicName, Scalar::Str(name)) => self.name(name),
            (Mark::TopicId, Scalar::Uuid(id)) if id != NO_TOPIC => {
                self.topic.with_id = true;
                let name = self.authority.name_of(&id);
                let may = name.is_some_and(|name| {
                    let topic = Resource::topic(&name);
                    self.authority.may_quietly(Operation::Describe, &topic)
                });
                self.facts.allowed = self.facts.allowed && may;
            }
            (Mark::AllowAutoTopicCreation, Scalar::Bool(true)) => {
                self.facts.flag = Some(at.keep());
            }
            (
                Mark::IncludeTopicAuthorizedOperations | Mark::IncludeClusterAuthorizedOperations,
                Scalar::Bool(true),
            ) => self.facts.tells_operations = true,
            _ => return,
        }
        let creates = self.version < SAYS_CREATE || self.facts.flag.is_some();
        self.facts.no_creation = creates && self.uncreatable;
        self.facts.must_ask = self.facts.no_creation && self.unsure;
    }

    fn item_end(&mut self, field: &'static Field, _: &At<'_>) {
        if field.mark == Mark::Topics {
            self.facts.has_name |= self.topic.named;
            self.facts.has_id |= self.topic.with_id;
            self.facts.has_nothing |= !self.topic.named && !self.topic.with_id;
        }
    }
}
