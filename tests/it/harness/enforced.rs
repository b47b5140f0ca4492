//! A front whose cluster is decided by ACLs of its own configuration, and what its clients ask.

use super::{
    front::{CLUSTER, Front, Prepared, Setup},
    kafka::Brokers,
    raw::Raw,
    shared,
};
use oathgate::wire::{api::api, frame, read::read, value::Value};
use std::{fmt::Write as _, fs};

/// An ALLOW rule.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'a> {
    /// The pool's id.
    pub(crate) pool: &'a str,
    /// As in `READ`.
    pub(crate) operation: &'a str,
    /// As in `TOPIC`.
    pub(crate) of: &'a str,
    /// All names that begin so.
    pub(crate) prefix: &'a str,
}

impl Rule<'_> {
    fn toml(&self) -> String {
        let Self {
            pool,
            operation,
            of,
            prefix,
        } = self;
        format!(
            "[[acls]]\ncluster = \"{CLUSTER}\"\nprincipal = \"User:{pool}\"\npermission = \"ALLOW\"\n\
             operation = \"{operation}\"\nresource_type = \"{of}\"\npattern_type = \"PREFIXED\"\n\
             resource_name = \"{prefix}\"\n"
        )
    }
}

/// Rules that are about nobody here, for the index to find its way through.
const OTHER_RULES: usize = 10_000;

/// Starts Oathgate before `brokers` with these rules and no other.
pub(crate) fn start(name: &str, brokers: &dyn Brokers, rules: &[Rule<'_>]) -> Front {
    start_with(&Setup::new(name), brokers, rules)
}

/// As `start`, with what `setup` varies.
pub(crate) fn start_with(setup: &Setup<'_>, brokers: &dyn Brokers, rules: &[Rule<'_>]) -> Front {
    prepare(setup, brokers, rules).run()
}

/// Everything but the start.
pub(crate) fn prepare(setup: &Setup<'_>, brokers: &dyn Brokers, rules: &[Rule<'_>]) -> Prepared {
    let mut prepared = setup.prepare(brokers);
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    prepared.toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n");
    fs::write(&prepared.config, with(&prepared.toml, rules)).expect("write a configuration");
    prepared
}

/// The whole configuration of `front` with `rules` instead of those it had.
pub(crate) fn with(toml: &super::toml::Toml, rules: &[Rule<'_>]) -> String {
    let rules: Vec<String> = rules.iter().map(Rule::toml).collect();
    format!("{}\n{}", toml.build(), rules.join("\n"))
}

/// As `with`, with `rules` among [`OTHER_RULES`] others.
pub(crate) fn among_many(toml: &super::toml::Toml, rules: &[Rule<'_>]) -> String {
    let mut text = with(toml, rules);
    for number in 0..OTHER_RULES {
        write!(
            text,
            "[[acls]]\ncluster = \"{CLUSTER}\"\nprincipal = \"User:pool-orders\"\npermission = \"ALLOW\"\n\
             operation = \"READ\"\nresource_type = \"TOPIC\"\nresource_name = \"r{number}\"\n",
        )
        .expect("text");
    }
    text
}

/// On the port of the only broker, logged in as `client`.
pub(crate) fn logged_in(front: &Front, client: &str) -> Raw {
    logged_in_by(front, &token(client))
}

/// A token of `client`.
pub(crate) fn token(client: &str) -> String {
    let claims = serde_json::json!({ "sub": client, "azp": client });
    shared::issuer().token(claims)
}

/// On the port of the only broker, logged in by `token`.
pub(crate) fn logged_in_by(front: &Front, token: &str) -> Raw {
    let mut raw = front.raw_at(front.at.first_port, "localhost");
    let login = raw.login(token, &[]);
    assert_eq!(login.expect("an answer").error, 0);
    raw
}

/// The body of the answer to `body`.
pub(crate) fn ask(raw: &mut Raw, key: i16, version: i16, body: &Value) -> Value {
    send(raw, key, version, body);
    hear(raw, key, version).expect("an answer")
}

/// Sends a request; its answer is for `hear`.
pub(crate) fn send(raw: &mut Raw, key: i16, version: i16, body: &Value) {
    let api = api(key).expect("an API");
    let request = frame::request(api, version, 7, Some("enforced"), body).expect("a request");
    raw.send(&request);
}

/// The body of the answer to what was sent; none if closed.
pub(crate) fn hear(raw: &mut Raw, key: i16, version: i16) -> Option<Value> {
    let api = api(key).expect("an API");
    let answer = raw.frame()?;
    let (id, at) = frame::response_header(api, version, &answer).expect("a header");
    assert_eq!(id, 7, "{}", api.name);
    Some(read(api.response, version, &answer[at..]).expect("an answer that can be read"))
}
