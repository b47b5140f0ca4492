//! The **development** identity provider: discovery, JWKS and a token endpoint with client
//! credentials, in this process. For the demo and for tests; it mints whatever it is asked to,
//! so nothing of value may trust it. Owns its keys and clients; knows `clock` and `secret`.

mod http;
mod keys;
mod token;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::error::Unspecified;
use serde_json::{Map, Value};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub use self::{
    keys::Alg,
    token::{AUDIENCE, SUBJECT},
};
use self::{keys::KeySet, token::merge};
use crate::{clock::UnixTime, secret::Secret};

/// Lifetime of a token that a test mints without saying `exp`.
const MINTED_LIFETIME: Duration = Duration::from_secs(300);

/// Longest wait for requests in progress when the issuer is stopped.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// A client that may ask the token endpoint for tokens.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`; becomes `sub`, `azp` and `client_id` of its tokens. Letters, digits, `-`,
    /// `.`, `_` and `~` only, and so for the secret.
    pub id: String,
    /// `client_secret`.
    pub secret: Secret,
    /// Claims laid over the default ones, e.g. `groups` or another `aud`; `null` removes one.
    pub claims: Map<String, Value>,
    /// Lifetime of its tokens; whole seconds count.
    pub lifetime: Duration,
}

/// A running development issuer; stops when dropped.
pub struct Issuer {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<io::Result<()>>,
}

/// What the handle and the endpoints both see. Mutexes are held for short sections, never across
/// an await.
struct Shared {
    url: String,
    clients: Mutex<Vec<Client>>,
    signing: Mutex<Signing>,
    online: AtomicBool,
    jwks_fetches: AtomicU64,
}

struct Signing {
    alg: Alg,
    current: Arc<KeySet>,
    retired: Vec<Arc<KeySet>>,
}

impl Issuer {
    /// Binds `bind` (port 0 picks a free one) and serves until stopped, over plain HTTP: `bind`
    /// must be a loopback address. Tokens are signed with RS256 until [`Issuer::set_alg`].
    ///
    /// # Errors
    /// The address is taken or not a loopback one, or no keys could be made.
    pub async fn start(bind: SocketAddr, clients: Vec<Client>) -> io::Result<Self> {
        if !bind.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the development issuer binds loopback addresses only, not {bind}"),
            ));
        }
        let listener = TcpListener::bind(bind).await?;
        let shared = Arc::new(Shared {
            url: format!("http://{}", listener.local_addr()?),
            clients: Mutex::new(clients),
            signing: Mutex::new(Signing {
                alg: Alg::Rs256,
                current: Arc::new(KeySet::generate().map_err(io::Error::other)?),
                retired: Vec::new(),
            }),
            online: AtomicBool::new(true),
            jwks_fetches: AtomicU64::new(0),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let router = http::router(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // A dropped sender means the same as a word from it.
                    let _ = stopped.await;
                })
                .await
        });
        Ok(Self {
            shared,
            stop: Some(stop),
            server,
        })
    }

    /// The issuer identifier: `iss` of its tokens, without a trailing `/`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Where clients fetch tokens.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.shared.url)
    }

    /// Where the public keys are.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        format!("{}/jwks", self.shared.url)
    }

    /// A token signed now with the current key: `claims` laid over `iss`, `sub`
    /// (["development"](SUBJECT)), `aud` (["kafka"](AUDIENCE)), `azp`, `client_id`, `jti`, `iat`
    /// and `exp` (300 s from now); a `null` removes a claim.
    #[must_use]
    pub fn mint(&self, claims: Value) -> String {
        let alg = self.shared.signing().alg;
        self.mint_with(Value::Object(Map::new()), claims, alg)
    }

    /// As [`Issuer::mint`], signed with the current key of `alg`, with `header` laid over the
    /// JOSE header's `alg`, `typ` and `kid`: for tests with tokens that must be refused.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "signing with a key made here fails only without memory or randomness; \
                  development only"
    )]
    pub fn mint_with(&self, header: Value, claims: Value, alg: Alg) -> String {
        self.shared
            .mint(SUBJECT, MINTED_LIFETIME, header, claims, alg)
            .expect("a key of this process signs")
    }

    /// The `kid` that tokens of `alg` carry now.
    #[must_use]
    pub fn kid(&self, alg: Alg) -> String {
        self.shared.signing().current.kid(alg)
    }

    /// Signs with `alg` from now on, at the token endpoint too.
    pub fn set_alg(&self, alg: Alg) {
        self.shared.signing().alg = alg;
    }

    /// Signs with new keys (new `kid`s) from now on. The old ones stay published with
    /// `keep_old`, else every old key vanishes at once. Blocks for some 100 ms.
    ///
    /// # Errors
    /// No keys could be made; the old ones stay.
    pub fn rotate(&self, keep_old: bool) -> io::Result<()> {
        let fresh = Arc::new(KeySet::generate().map_err(io::Error::other)?);
        let mut signing = self.shared.signing();
        let old = std::mem::replace(&mut signing.current, fresh);
        if keep_old {
            signing.retired.push(old);
        } else {
            signing.retired.clear();
        }
        Ok(())
    }

    /// `false`: discovery and JWKS answer 503 until set to `true` again. Tokens are still given.
    pub fn set_online(&self, online: bool) {
        self.shared.online.store(online, Ordering::Relaxed);
    }

    /// Adds a client, in place of one with the same id.
    pub fn add_client(&self, client: Client) {
        let mut clients = self.shared.clients();
        clients.retain(|known| known.id != client.id);
        clients.push(client);
    }

    /// Requests that the JWKS endpoint has seen, answered or not.
    #[must_use]
    pub fn jwks_fetches(&self) -> u64 {
        self.shared.jwks_fetches.load(Ordering::Relaxed)
    }

    /// Stops accepting, lets requests in progress finish (at most 2 s), frees the port.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let server = &mut self.server;
        if tokio::time::timeout(STOP_DEADLINE, server).await.is_err() {
            self.server.abort();
        }
    }
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, Vec<Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signing(&self) -> MutexGuard<'_, Signing> {
        self.signing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self, id: &str) -> Option<Client> {
        self.clients().iter().find(|known| known.id == id).cloned()
    }

    /// The JWKs of every published key, the current ones first.
    fn published(&self) -> Vec<Value> {
        let signing = self.signing();
        let sets = std::iter::once(&signing.current).chain(&signing.retired);
        sets.flat_map(|set| set.jwks()).collect()
    }

    /// A token for `client_id` from the token endpoint.
    fn grant(
        &self,
        client_id: &str,
        over: Map<String, Value>,
        lifetime: Duration,
    ) -> Result<String, Unspecified> {
        let alg = self.signing().alg;
        let header = Value::Object(Map::new());
        self.mint(client_id, lifetime, header, Value::Object(over), alg)
    }

    fn mint(
        &self,
        client_id: &str,
        lifetime: Duration,
        header: Value,
        claims: Value,
        alg: Alg,
    ) -> Result<String, Unspecified> {
        let keys = Arc::clone(&self.signing().current);
        let jti = keys::random_hex()?;
        let base = token::default_claims(&self.url, client_id, jti, UnixTime::now(), lifetime);
        let claims = merge(base, claims);
        let header = merge(token::default_header(alg, keys.kid(alg)), header);
        let input = token::signing_input(&header, &claims);
        let signature = keys.sign(alg, input.as_bytes())?;
        Ok(format!("{input}.{}", keys::base64url(&signature)))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LOOPBACK: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    fn client() -> Client {
        let mut claims = Map::new();
        claims.insert("groups".to_owned(), json!(["team-a"]));
        Client {
            id: "svc".to_owned(),
            secret: Secret::new("s3cret".to_owned()),
            claims,
            lifetime: Duration::from_secs(60),
        }
    }

    /// Status and body of one raw HTTP request.
    async fn ask(issuer: &Issuer, request: &str) -> (u16, Value) {
        let address = issuer.url().replace("http://", "");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    async fn get(issuer: &Issuer, path: &str) -> (u16, Value) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        ask(issuer, &request).await
    }

    async fn post(issuer: &Issuer, headers: &str, body: &str) -> (u16, Value) {
        let request = format!(
            "POST /token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\
             content-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        ask(issuer, &request).await
    }

    fn part(token: &str, at: usize) -> Value {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(token.split('.').nth(at).unwrap())
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_client_gets_a_token_by_either_authentication() {
        let issuer = Issuer::start(LOOPBACK, vec![client()]).await.unwrap();
        // base64("svc:s3cret")
        let basic = "authorization: Basic c3ZjOnMzY3JldA==\r\n";
        let in_form = "grant_type=client_credentials&client_id=svc&client_secret=s3cret&scope=a+b";
        for (headers, body) in [
            (basic, "grant_type=client_credentials&scope=a+b"),
            ("", in_form),
        ] {
            let (status, answer) = post(&issuer, headers, body).await;
            assert_eq!(status, 200, "{answer}");
            assert_eq!(answer["token_type"], "Bearer");
            assert_eq!(answer["expires_in"], 60);
            let claims = part(answer["access_token"].as_str().unwrap(), 1);
            assert_eq!(claims["iss"], issuer.url());
            assert_eq!(claims["sub"], "svc");
            assert_eq!(claims["azp"], "svc");
            assert_eq!(claims["aud"], "kafka");
            assert_eq!(claims["groups"], json!(["team-a"]));
            assert_eq!(claims["scope"], "a b");
            assert_eq!(
                claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
                60
            );
        }
    }

    #[tokio::test]
    async fn bad_token_requests_are_refused_by_their_code() {
        let issuer = Issuer::start(LOOPBACK, vec![client()]).await.unwrap();
        let grant = "grant_type=client_credentials";
        for (body, status, code) in [
            (
                format!("{grant}&client_id=svc&client_secret=wrong"),
                401,
                "invalid_client",
            ),
            (
                format!("{grant}&client_id=nobody&client_secret=s3cret"),
                401,
                "invalid_client",
            ),
            (grant.to_owned(), 401, "invalid_client"),
            (
                "grant_type=password".to_owned(),
                400,
                "unsupported_grant_type",
            ),
            ("scope=x".to_owned(), 400, "invalid_request"),
        ] {
            let (seen, answer) = post(&issuer, "", &body).await;
            assert_eq!((seen, &answer["error"]), (status, &json!(code)), "{body}");
        }
    }

    #[tokio::test]
    async fn rotation_and_outage_show_at_the_jwks_endpoint() {
        let issuer = Issuer::start(LOOPBACK, Vec::new()).await.unwrap();
        let kids = |jwks: Value| -> Vec<String> {
            let keys = jwks["keys"].as_array().unwrap().clone();
            keys.iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect()
        };
        let first = issuer.kid(Alg::Rs256);
        assert_eq!(part(&issuer.mint(json!({})), 0)["kid"], first);
        issuer.rotate(true).unwrap();
        let second = issuer.kid(Alg::Rs256);
        let published = kids(get(&issuer, "/jwks").await.1);
        assert!(published.contains(&first) && published.contains(&second));
        issuer.rotate(false).unwrap();
        let published = kids(get(&issuer, "/jwks").await.1);
        assert!(!published.contains(&first) && !published.contains(&second));
        issuer.set_online(false);
        assert_eq!(get(&issuer, "/jwks").await.0, 503);
        assert_eq!(issuer.jwks_fetches(), 3);
        issuer.set_online(true);
        let (_, document) = get(&issuer, "/.well-known/openid-configuration").await;
        assert_eq!(document["issuer"], issuer.url());
        assert_eq!(document["jwks_uri"], issuer.jwks_uri());
        assert_eq!(document["token_endpoint"], issuer.token_endpoint());
    }

    #[tokio::test]
    async fn a_stopped_issuer_frees_its_port() {
        let issuer = Issuer::start(LOOPBACK, Vec::new()).await.unwrap();
        let address: SocketAddr = issuer.url().replace("http://", "").parse().unwrap();
        issuer.stop().await;
        Issuer::start(address, Vec::new()).await.unwrap();
    }

    #[tokio::test]
    async fn only_loopback_addresses_are_bound() {
        let everywhere = "0.0.0.0:0".parse().unwrap();
        assert!(Issuer::start(everywhere, Vec::new()).await.is_err());
    }
}
