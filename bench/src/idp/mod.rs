//! An identity provider: keys, discovery and JWKS over HTTP and HTTPS, certificates, token files.

mod certificates;
mod http;
mod keys;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use oathgate::clock::UnixTime;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use self::{
    http::Pages,
    keys::{Algorithm, Keys},
};
use crate::{fault::Result, socket, tls};

/// Life of a token, in seconds: a whole measurement, and less than proxies refuse.
const LIFE: i64 = 12 * 3600;

/// Distinct tokens of each kind, so that a cache of whole tokens helps only after the first pass.
const RS256_TOKENS: usize = 2048;
const ES256_TOKENS: usize = 4096;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// HTTP address
    #[arg(long)]
    listen: SocketAddr,
    /// HTTPS address; the issuer is https://localhost:<its port>
    #[arg(long)]
    listen_tls: SocketAddr,
    /// Where certificates and tokens go; the file `ready` last
    #[arg(long)]
    folder: PathBuf,
    /// What tokens carry in `aud`
    #[arg(long, default_value = "kafka")]
    audience: String,
}

/// Writes its files, then serves until it is killed.
///
/// # Errors
/// When an address cannot be listened on, or a file not be written.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    fs::create_dir_all(&arguments.folder)?;
    let issuer = format!("https://localhost:{}", arguments.listen_tls.port());
    let keys = Keys::generate()?;
    certificates::write(&arguments.folder)?;
    let tokens = Tokens {
        keys: &keys,
        issuer: &issuer,
        audience: &arguments.audience,
    };
    tokens.write(&arguments.folder)?;
    let pages = Arc::new(Pages::new(&issuer, &keys));
    let certificate = arguments.folder.join("server.pem");
    let acceptor = tls::acceptor(&certificate, &arguments.folder.join("server.key"))?;
    let plain = socket::listen(arguments.listen)?;
    let secure = socket::listen(arguments.listen_tls)?;
    fs::write(arguments.folder.join("ready"), "")?;
    tokio::join!(
        serve(plain, Arc::clone(&pages)),
        serve_tls(secure, acceptor, pages)
    );
    Ok(())
}

async fn serve(listener: TcpListener, pages: Arc<Pages>) {
    loop {
        let stream = socket::accept(&listener).await;
        tokio::spawn(http::serve(stream, Arc::clone(&pages)));
    }
}

async fn serve_tls(listener: TcpListener, acceptor: TlsAcceptor, pages: Arc<Pages>) {
    loop {
        let stream = socket::accept(&listener).await;
        let (acceptor, pages) = (acceptor.clone(), Arc::clone(&pages));
        tokio::spawn(async move {
            match acceptor.accept(stream).await {
                Ok(stream) => http::serve(stream, pages).await,
                Err(error) => eprintln!("TLS handshake: {error}"),
            }
        });
    }
}

/// Token files: many good ones, one good one, and such as a proxy must refuse.
struct Tokens<'a> {
    keys: &'a Keys,
    issuer: &'a str,
    audience: &'a str,
}

impl Tokens<'_> {
    fn write(&self, folder: &Path) -> Result<()> {
        let put = |name: &str, text: &str| fs::write(folder.join(name), text);
        let rs256 = self.many(Algorithm::Rs256, RS256_TOKENS)?;
        put("tokens.rs256", &rs256.join("\n"))?;
        let es256 = self.many(Algorithm::Es256, ES256_TOKENS)?;
        put("tokens.es256", &es256.join("\n"))?;

        let now = UnixTime::now().as_secs();
        let rs256 = |claims: &Value| self.keys.sign(Algorithm::Rs256, claims);
        let good = rs256(&self.claims(0, self.audience, now))?;
        put("token", &good)?;
        put("token.bad-signature", &keys::with_broken_signature(&good)?)?;
        let expired = self.claims(0, self.audience, now - 2 * LIFE);
        put("token.expired", &rs256(&expired)?)?;
        let wrong_audience = self.claims(0, "another", now);
        put("token.wrong-audience", &rs256(&wrong_audience)?)?;
        Ok(())
    }

    fn many(&self, algorithm: Algorithm, count: usize) -> Result<Vec<String>> {
        let now = UnixTime::now().as_secs();
        let claims = (0..count).map(|number| self.claims(number, self.audience, now));
        claims
            .map(|claims| self.keys.sign(algorithm, &claims))
            .collect()
    }

    /// As Keycloak's, about a kilobyte when signed by RSA. `issued` in seconds since 1970.
    fn claims(&self, number: usize, audience: &str, issued: i64) -> Value {
        let roles: Vec<String> = (0..8).map(|n| format!("orders-role-{n:02}")).collect();
        json!({
            "iss": self.issuer, "sub": "alice", "aud": audience, "azp": "bench",
            "client_id": "bench", "scope": "kafka", "groups": ["readers", "writers"],
            "realm_access": { "roles": roles },
            "iat": issued, "nbf": issued, "exp": issued + LIFE, "jti": format!("bench-{number:08}"),
        })
    }
}
