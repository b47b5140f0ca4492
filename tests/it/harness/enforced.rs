//! A front whose cluster is decided by ACLs of its own configuration, and what its clients ask.

use super::{
    front::{CLUSTER, Front, Setup},
    kafka::Brokers,
    raw::Raw,
    shared,
};
use oathgate::wire::{api::api, frame, read::read, value::Value};
use std::fs;

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

/// Starts Oathgate before `brokers` with these rules and no other.
pub(crate) fn start(name: &str, brokers: &dyn Brokers, rules: &[Rule<'_>]) -> Front {
    let mut prepared = Setup::new(name).prepare(brokers);
    let shared = "authorization = \"broker-shared-identity\"\n\
                  allow = { pools = [\"pool-orders\", \"pool-billing\", \"pool-short\"] }\n";
    prepared.toml = prepared
        .toml
        .replaced(shared, "authorization = \"enforce\"\n");
    fs::write(&prepared.config, with(&prepared.toml, rules)).expect("write a configuration");
    prepared.run()
}

/// The whole configuration of `front` with `rules` instead of those it had.
pub(crate) fn with(toml: &super::toml::Toml, rules: &[Rule<'_>]) -> String {
    let rules: Vec<String> = rules.iter().map(Rule::toml).collect();
    format!("{}\n{}", toml.build(), rules.join("\n"))
}

/// On the port of the only broker, logged in as `client`.
pub(crate) fn logged_in(front: &Front, client: &str) -> Raw {
    let mut raw = front.raw_at(front.at.first_port, "localhost");
    let claims = serde_json::json!({ "sub": client, "azp": client });
    let login = raw.login(&shared::issuer().token(claims), &[]);
    assert_eq!(login.expect("an answer").error, 0);
    raw
}

/// The body of the answer to `body`.
pub(crate) fn ask(raw: &mut Raw, key: i16, version: i16, body: &Value) -> Value {
    let api = api(key).expect("an API");
    let request = frame::request(api, version, 7, Some("enforced"), body).expect("a request");
    raw.send(&request);
    let answer = raw.frame().expect("an answer");
    let (id, at) = frame::response_header(api, version, &answer).expect("a header");
    assert_eq!(id, 7, "{}", api.name);
    read(api.response, version, &answer[at..]).expect("an answer that can be read")
}
