//! Answers to Metadata: changed by edits over the bytes that came, for they name thousands of topics.

use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::amend::Unamendable;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::enforce::cluster;
use crate::wire::api::Api;
use crate::wire::edit::Edits;
use crate::wire::error_code::{
    INVALID_TOPIC_EXCEPTION, TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION,
};
use crate::wire::malformed::{Fault, Malformed};
use crate::wire::schema::{Field, Mark};
use crate::wire::value::Value;
use crate::wire::visitor::{At, Place, Scalar, Visitor};
use crate::wire::walker::Walker;
use crate::wire::write;

/// The array of topics.
const TOPICS: &str = "Topics";

/// `MetadataResponse.AUTHORIZED_OPERATIONS_OMITTED`.
const OMITTED: i32 = i32::MIN;

/// What is looked at beside authorized operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataFilter {
    /// All topics were asked for: those that the session may not describe are left out.
    pub all: bool,
    /// Topics that are missing were not created, though the client would have let them be: where the
    /// broker does so by itself and the session may not, the topic is denied instead of missing.
    pub no_creation: bool,
}

/// `answer`, the broker's in `version` without its length, as the session may see it, with the `added`
/// topics last. Gives the whole frame with its length.
pub(in crate::proxy::authorize) fn amend<'a>(
    filter: MetadataFilter,
    api: &'static Api,
    version: i16,
    answer: &[u8],
    added: impl Iterator<Item = &'a Value>,
    authority: &mut Authority<'_>,
) -> Result<Vec<u8>, Unamendable> {
    let added: Vec<Value> = added.cloned().collect();
    let mut topics = Topics {
        filter,
        authority,
        compact: api.response.is_flexible(version),
        added: added.len(),
        added_bytes: write::items(api.response, version, &[TOPICS], &added)?,
        edits: Edits::new(),
        list: None,
        dropped: 0,
        topic: None,
    };
    let mut walker = Walker::response(api, version, answer.len());
    walker.walk_held(answer, &mut topics)?;
    if !walker.is_finished() {
        return Err(Unamendable::Malformed(Malformed::Structure {
            fault: Fault::Short,
            field: api.response.name,
            at: answer.len(),
        }));
    }
    Ok(topics.edits.apply_framed(answer)?)
}

/// Walks an answer.
struct Topics<'a, 'b> {
    filter: MetadataFilter,
    authority: &'a mut Authority<'b>,
    compact: bool,
    /// Topics that are added, and their bytes.
    added: usize,
    added_bytes: Vec<u8>,
    edits: Edits,
    /// Where the count of topics stands, and the count.
    list: Option<(Place, usize)>,
    dropped: usize,
    topic: Option<Topic>,
}

/// The topic being walked.
#[derive(Default)]
struct Topic {
    name: Option<Box<str>>,
    /// Its own error code; those of its partitions come later.
    code: Option<(i16, Place)>,
    /// It is denied by Oathgate: no operations are told.
    denied: bool,
    dropped: bool,
}

impl Topics<'_, '_> {
    fn name(&mut self, name: &str) {
        let Some(topic) = &mut self.topic else {
            return;
        };
        let authority = &mut *self.authority;
        let resource = Resource::topic(name);
        topic.name = Some(name.into());
        if self.filter.all {
            topic.dropped = !authority.may_quietly(Operation::Describe, &resource);
        }
        let Some((code, at)) = &topic.code else {
            return;
        };
        if !matches!(*code, UNKNOWN_TOPIC_OR_PARTITION | INVALID_TOPIC_EXCEPTION) {
            return;
        }
        authority.topics.forget_name(name);
        let would_be_created =
            self.filter.no_creation && authority.topics.auto_creates() == Some(true);
        if would_be_created && !super::may_create(name, authority) {
            authority.may_topic(Operation::Create, name);
            topic.denied = true;
            let denied = TOPIC_AUTHORIZATION_FAILED.to_be_bytes();
            self.edits.replace(&at.at(), &denied);
        }
    }

    fn topic_operations(&mut self, at: &At<'_>, theirs: i32) {
        let Some(topic) = &self.topic else {
            return;
        };
        let ours = match &topic.name {
            _ if topic.denied => i64::from(OMITTED),
            None => return,
            Some(name) => {
                let resource = Resource::topic(name);
                self.authority
                    .authorized_operations(theirs.into(), &resource)
            }
        };
        self.replace(at, theirs, ours);
    }

    fn replace(&mut self, at: &At<'_>, theirs: i32, ours: i64) {
        // Both are sets of 32 bits.
        let ours = i32::try_from(ours).unwrap_or(0);
        if ours != theirs {
            self.edits.replace(at, &ours.to_be_bytes());
        }
    }
}

impl Visitor for Topics<'_, '_> {
    fn array(&mut self, field: &'static Field, at: &At<'_>, count: Option<usize>) {
        if field.mark == Mark::Topics {
            self.list = count.map(|count| (at.keep(), count));
        }
    }

    fn hears(&self, field: &'static Field) -> bool {
        field.mark == Mark::Topics
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if field.mark == Mark::Topics {
            self.topic = Some(Topic::default());
        }
    }

    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::ErrorCode, Scalar::Int16(code)) => {
                if let Some(topic) = self.topic.as_mut().filter(|topic| topic.code.is_none()) {
                    topic.code = Some((code, at.keep()));
                }
            }
            (Mark::TopicName, Scalar::Str(name)) => self.name(name),
            (Mark::TopicAuthorizedOperations, Scalar::Int32(theirs)) => {
                self.topic_operations(at, theirs);
            }
            (Mark::ClusterAuthorizedOperations, Scalar::Int32(theirs)) => {
                let ours = cluster::operations(theirs.into(), self.authority);
                self.replace(at, theirs, ours);
            }
            _ => {}
        }
    }

    fn item_end(&mut self, field: &'static Field, at: &At<'_>) {
        if field.mark == Mark::Topics && self.topic.take().is_some_and(|topic| topic.dropped) {
            self.edits.remove(at);
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn array_end(&mut self, field: &'static Field, at: &At<'_>) {
        let (Mark::Topics, Some((place, count))) = (field.mark, &self.list) else {
            return;
        };
        let told = count
            .saturating_sub(self.dropped)
            .saturating_add(self.added);
        if self.dropped > 0 || self.added > 0 {
            self.edits.set_count(&place.at(), self.compact, told);
        }
        if self.added > 0 {
            self.edits.append(at, std::mem::take(&mut self.added_bytes));
        }
    }
}
