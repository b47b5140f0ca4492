//! Answers that list what was asked for in the order of the request: what was denied here goes back to its
//! place among what the broker says.

use super::items::topic_of;
use crate::policy::operation::Operation;
use crate::policy::resource::Resource;
use crate::proxy::authorize::authority::Authority;
use crate::proxy::authorize::denial::ERROR_CODE;
use crate::wire::error_code;
use crate::wire::value::Value;

/// The array of topics in what a [`Part`] is about.
const TOPICS: &str = "Topics";

/// What becomes of the array `field` at the top level of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// The array.
    pub field: &'static str,
    /// One for each item of the request, in its order.
    pub slots: Vec<Slot>,
}

/// One item of the request.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// It was refused here; this is its answer.
    Refused(Value),
    /// The broker was asked.
    Asked(Part),
}

/// What becomes of the topics of one item that the broker answers, unless it answers with an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// All were asked for: those that may not be described are left out.
    pub only_described: bool,
    /// The answers about topics that were denied here; they come last.
    pub denied: Vec<Value>,
}

impl Merge {
    /// The body of an answer where everything was refused.
    pub(super) fn refusals(&self) -> Value {
        let refusals = self.slots.iter().filter_map(|slot| match slot {
            Slot::Refused(answer) => Some(answer.clone()),
            Slot::Asked(_) => None,
        });
        Value::fields([(self.field, Value::Array(refusals.collect()))])
    }

    /// Puts the refusals among what the broker answered. A broker that says more than it was asked is
    /// believed no more than the session may see.
    pub(super) fn apply(&self, body: &mut Value, authority: &mut Authority<'_>) {
        let answered = body.items_mut(self.field).map(std::mem::take);
        let mut answered = answered.unwrap_or_default().into_iter();
        let mut merged = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            match slot {
                Slot::Refused(answer) => merged.push(answer.clone()),
                Slot::Asked(part) => merged.extend(answered.next().map(|mut item| {
                    part.apply(&mut item, authority);
                    item
                })),
            }
        }
        let surplus = Part {
            only_described: true,
            denied: Vec::new(),
        };
        merged.extend(answered.map(|mut item| {
            surplus.apply(&mut item, authority);
            item
        }));
        body.set(self.field, merged);
    }
}

impl Part {
    /// Does so to `item`, which has a list of topics.
    pub(super) fn apply(&self, item: &mut Value, authority: &mut Authority<'_>) {
        if !succeeded(item) {
            return;
        }
        if self.only_described
            && let Some(topics) = item.items_mut(TOPICS)
        {
            topics.retain(|topic| {
                topic_of(topic, authority).is_some_and(|name| may_see(&name, authority))
            });
        }
        if self.denied.is_empty() {
            return;
        }
        match item.items_mut(TOPICS) {
            Some(topics) => topics.extend(self.denied.iter().cloned()),
            None => item.set(TOPICS, self.denied.clone()),
        }
    }
}

/// Whether `item` carries no error code but 0.
pub(super) fn succeeded(item: &Value) -> bool {
    item.int(ERROR_CODE)
        .is_none_or(|code| code == i64::from(error_code::NONE))
}

/// Whether the topic `name` may be described; a no is not noted, as what is left out of lists is not.
pub(super) fn may_see(name: &str, authority: &mut Authority<'_>) -> bool {
    authority.may_quietly(Operation::Describe, &Resource::topic(name))
}
