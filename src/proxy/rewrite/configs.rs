//! DescribeConfigs: configurations of brokers whose values are addresses or names of listeners.
//!
//! Such a value becomes null, in the configuration and in its synonyms. Null is what Kafka itself sends for
//! a value that it keeps back (sensitive ones), so every client reads it: Java's `ConfigEntry.value()` is
//! null then.

use crate::wire::edit::Edits;
use crate::wire::schema::{Field, Mark};
use crate::wire::visitor::{At, Scalar, Visitor};

/// Names whose values tell where brokers and controllers are, Kafka 2.8 to 4.4.
const HIDDEN: &[&str] = &[
    "advertised.host.name",
    "advertised.listeners",
    "advertised.port",
    "control.plane.listener.name",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "early.start.listeners",
    "host.name",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "port",
    "zookeeper.connect",
];

/// Names of what is configured for one listener, which they name.
const HIDDEN_PREFIX: &str = "listener.name.";

/// Names of clients inside a broker, such as that of remote log metadata.
const HIDDEN_SUFFIX: &str = "bootstrap.servers";

/// Masks values.
pub(super) struct Configs {
    pub(super) edits: Edits,
    flexible: bool,
    /// The configuration being walked is hidden, and so are its synonyms.
    config_hidden: bool,
    /// The synonym being walked is; `None` outside of synonyms.
    synonym_hidden: Option<bool>,
}

impl Configs {
    pub(super) const fn new(flexible: bool) -> Self {
        Self {
            edits: Edits::new(),
            flexible,
            config_hidden: false,
            synonym_hidden: None,
        }
    }
}

fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name) || name.starts_with(HIDDEN_PREFIX) || name.ends_with(HIDDEN_SUFFIX)
}

fn is_synonyms(field: &Field) -> bool {
    field.name == "Synonyms"
}

impl Visitor for Configs {
    fn value(&mut self, field: &'static Field, at: &At<'_>, value: Scalar<'_>) {
        match (field.mark, value) {
            (Mark::ConfigName, Scalar::Str(name)) => match &mut self.synonym_hidden {
                Some(hidden) => *hidden = is_hidden(name),
                None => self.config_hidden = is_hidden(name),
            },
            (Mark::ConfigValue, Scalar::Str(_))
                if self.config_hidden || self.synonym_hidden == Some(true) =>
            {
                self.edits.splice_text(at, field, self.flexible, None);
            }
            _ => {}
        }
    }

    fn item(&mut self, field: &'static Field, _: &At<'_>) {
        if is_synonyms(field) {
            self.synonym_hidden = Some(false);
        }
    }

    fn item_end(&mut self, field: &'static Field, _: &At<'_>) {
        if is_synonyms(field) {
            self.synonym_hidden = None;
        }
    }
}
