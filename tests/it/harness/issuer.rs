//! The development issuer (`oathgate::demo::issuer`) as the tests use it: every token and client secret that
//! goes through here is registered as a secret.

use super::{secrets, shared};
use oathgate::{
    demo::issuer::{self, Alg},
    secret::Secret,
};
use serde_json::{Map, Value, json};
use std::{net::SocketAddr, time::Duration};

/// What a token is meant for, unless a test says otherwise.
pub(crate) const AUDIENCE: &str = issuer::AUDIENCE;

/// Clients of the token endpoint: name, and extra claims of the tokens they get.
const CLIENTS: [&str; 2] = ["orders-service", "billing-service"];

/// The client whose tokens live `SHORT` seconds: it has to authenticate again and again.
pub(crate) const SHORT_LIVED: &str = "short-lived-service";
pub(crate) const SHORT: Duration = Duration::from_secs(8);

pub(crate) struct Issuer(issuer::Issuer);

impl Issuer {
    pub(crate) fn start() -> Self {
        let long = CLIENTS.map(|id| client(id, Duration::from_secs(300)));
        let clients = long
            .into_iter()
            .chain([client(SHORT_LIVED, SHORT)])
            .collect();
        let bind = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = shared::runtime().block_on(issuer::Issuer::start(bind, clients));
        Self(started.expect("start the development issuer"))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) fn jwks_uri(&self) -> String {
        self.0.jwks_uri()
    }

    pub(crate) fn token_endpoint(&self) -> String {
        self.0.token_endpoint()
    }

    /// A token with these claims over the defaults; null removes one.
    pub(crate) fn token(&self, claims: Value) -> String {
        registered(self.0.mint(claims))
    }

    /// A token whose header is chosen too.
    pub(crate) fn token_with(&self, header: Value, claims: Value, alg: Alg) -> String {
        registered(self.0.mint_with(header, claims, alg))
    }

    /// New keys; the old ones stay published or vanish.
    pub(crate) fn rotate(&self, keep_old: bool) {
        self.0.rotate(keep_old).expect("rotate keys");
    }

    /// Off line, key set and discovery answer 503.
    pub(crate) fn set_online(&self, online: bool) {
        self.0.set_online(online);
    }

    pub(crate) fn jwks_fetches(&self) -> u64 {
        self.0.jwks_fetches()
    }
}

/// The secret of the client `id`.
pub(crate) fn secret_of(id: &str) -> String {
    format!("client-secret-of-{id}")
}

/// Seconds since the epoch, `offset` from now.
pub(crate) fn in_seconds(offset: i64) -> i64 {
    oathgate::clock::UnixTime::now().as_secs() + offset
}

fn client(id: &str, lifetime: Duration) -> issuer::Client {
    let secret = secret_of(id);
    secrets::register(&format!("the secret of {id}"), &secret);
    let claims: Map<String, Value> = json!({ "sub": id, "azp": id, "groups": ["team-a"] })
        .as_object()
        .cloned()
        .unwrap_or_default();
    issuer::Client {
        id: id.to_owned(),
        secret: Secret::new(secret),
        claims,
        lifetime,
    }
}

fn registered(token: String) -> String {
    secrets::register("a token", &token);
    token
}
