//! Getting a provider's keys over HTTPS. The one file of `identity` that opens connections; owns
//! what Oathgate trusts and tolerates of an HTTP peer.
//!
//! Not yet here: refusing private addresses after resolution.

use std::{error::Error, path::Path, sync::Arc, time::Duration};

use reqwest::{Client, Response, StatusCode, Url, header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::{
    discovery::{self, DiscoveryFault},
    jwks::{JwksFault, KeySet},
    provider::{KeyEndpoint, Provider},
};
use crate::{limits, secret::Secret};

/// Fetches the keys of one provider.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    issuer: Arc<str>,
    endpoint: KeyEndpoint,
    insecure_http: bool,
    token_file: Option<Arc<Path>>,
}

/// A provider's keys as fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The usable keys, at least one.
    pub keys: KeySet,
    /// Time until they should be fetched again: 300 s to 24 h.
    pub fresh_for: Duration,
    /// Where they were.
    pub jwks_uri: String,
}

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A URL that Oathgate does not go to.
    #[error("`{url}` {what}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The provider's CA file, or the system's trust.
    #[error("the provider's trust cannot be set up: {0}")]
    Trust(String),
    /// The file with the token that the provider wants for its keys.
    #[error("the token in `jwks_token_file` cannot be read: {0}")]
    Token(String),
    /// No answer.
    #[error("`{url}` cannot be fetched: {cause}")]
    Http {
        /// The URL.
        url: String,
        /// Every cause that the HTTP client gave.
        cause: String,
    },
    /// An answer, but not with a document.
    #[error("`{url}` answers with status {status}; 200 is wanted, redirects are not followed")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// More than a document should be.
    #[error("`{url}` answers with more than 1 MiB")]
    TooLarge {
        /// The URL.
        url: String,
    },
    /// The discovery document.
    #[error(transparent)]
    Discovery(#[from] DiscoveryFault),
    /// The JWK set.
    #[error(transparent)]
    Keys(#[from] JwksFault),
}

impl Fetcher {
    /// Sets up what is trusted for `provider`; connects to nothing.
    ///
    /// # Errors
    /// [`FetchError::Trust`], [`FetchError::Url`].
    pub fn new(provider: &Provider) -> Result<Self, FetchError> {
        let source = &provider.key_source;
        check_url(source.endpoint.url(), source.insecure_http)?;
        let client = Client::builder()
            .tls_backend_preconfigured(trust(source.ca.as_deref())?)
            .https_only(!source.insecure_http)
            // An answer from elsewhere is no answer of the provider.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits::PROVIDER_CONNECT_TIMEOUT)
            .timeout(limits::PROVIDER_REQUEST_TIMEOUT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("oathgate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FetchError::Trust(causes(&error)))?;
        Ok(Self {
            client,
            issuer: Arc::clone(&provider.issuer),
            endpoint: source.endpoint.clone(),
            insecure_http: source.insecure_http,
            token_file: source.token_file.clone(),
        })
    }

    /// Fetches the keys, by way of the discovery document where the provider has one. Takes at
    /// most twice [`limits::PROVIDER_REQUEST_TIMEOUT`]; may be dropped at any time.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch_keys(&self) -> Result<Fetched, FetchError> {
        let (jwks_uri, token) = match &self.endpoint {
            KeyEndpoint::Jwks(uri) => (uri.as_ref().to_owned(), self.token().await?),
            KeyEndpoint::Discovery(url) => {
                let (document, _) = self.get(url, None).await?;
                (discovery::jwks_uri(&document, &self.issuer)?, None)
            }
        };
        let (body, fresh_for) = self.get(&jwks_uri, token.as_ref()).await?;
        Ok(Fetched {
            keys: KeySet::parse(&body)?,
            fresh_for,
            jwks_uri,
        })
    }

    /// The token to show, if the provider wants one.
    async fn token(&self) -> Result<Option<Secret>, FetchError> {
        let Some(file) = &self.token_file else {
            return Ok(None);
        };
        let unreadable = |cause: String| FetchError::Token(format!("{}: {cause}", file.display()));
        let most = u64::try_from(limits::TOKEN_MAX).unwrap_or(u64::MAX);
        let size = tokio::fs::metadata(file)
            .await
            .map_err(|error| unreadable(error.to_string()))?;
        if !size.is_file() || size.len() > most {
            return Err(unreadable("is no file of at most 16 KiB".to_owned()));
        }
        let text = tokio::fs::read_to_string(file).await;
        let text = text.map_err(|error| unreadable(error.to_string()))?;
        Ok(Some(Secret::new(text.trim().to_owned())))
    }

    async fn get(
        &self,
        url: &str,
        token: Option<&Secret>,
    ) -> Result<(Vec<u8>, Duration), FetchError> {
        let target = check_url(url, self.insecure_http)?;
        let failed = |error: &reqwest::Error| FetchError::Http {
            url: url.to_owned(),
            cause: causes(error),
        };
        let mut request = self
            .client
            .get(target)
            .header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        let mut response = request.send().await.map_err(|error| failed(&error))?;
        if response.status() != StatusCode::OK {
            let status = response.status().as_u16();
            return Err(FetchError::Status {
                url: url.to_owned(),
                status,
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if body.len().saturating_add(chunk.len()) > limits::KEY_DOCUMENT_MAX {
                return Err(FetchError::TooLarge {
                    url: url.to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, fresh_for(&response)))
    }
}

fn fresh_for(response: &Response) -> Duration {
    let header = response.headers().get(header::CACHE_CONTROL);
    discovery::fresh_for(header.and_then(|value| value.to_str().ok()))
}

/// A URL that may be fetched: https, or http where that is allowed; no user, no fragment.
fn check_url(url: &str, insecure_http: bool) -> Result<Url, FetchError> {
    let fault = |what| FetchError::Url {
        url: url.to_owned(),
        what,
    };
    let parsed = Url::parse(url).map_err(|_| fault("is not a URL"))?;
    match parsed.scheme() {
        "https" => {}
        "http" if insecure_http => {}
        "http" => return Err(fault("is not https; only tests set `insecure_http = true`")),
        _ => return Err(fault("is not https")),
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(fault("must not contain a user name or password"));
    }
    if parsed.fragment().is_some() {
        return Err(fault("must not contain a fragment"));
    }
    Ok(parsed)
}

/// TLS that trusts the system's certificates and those of `ca`.
fn trust(ca: Option<&[u8]>) -> Result<ClientConfig, FetchError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(pem) = ca {
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| FetchError::Trust(format!("the CA file: {error}")))?;
            roots
                .add(certificate)
                .map_err(|error| FetchError::Trust(format!("the CA file: {error}")))?;
        }
        if roots.len() == before {
            return Err(FetchError::Trust(
                "the CA file has no certificate".to_owned(),
            ));
        }
    }
    // No roots at all is no fault here: each handshake says that the issuer is unknown.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Trust(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// An error and all its causes in one line.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::identity::{
        fake::FakeProvider,
        fixture::{RSA_A, provider},
        provider::KeySource,
    };

    fn keys() -> String {
        format!("{{\"keys\":[{}]}}", RSA_A.jwk(r#""kid":"k1","#))
    }

    fn fetcher(endpoint: KeyEndpoint, issuer: &str) -> Fetcher {
        let mut provider = provider("idp", issuer);
        provider.key_source = KeySource {
            endpoint,
            insecure_http: true,
            ca: None,
            token_file: None,
        };
        Fetcher::new(&provider).unwrap()
    }

    async fn fetch_jwks(fake: &FakeProvider) -> Result<Fetched, FetchError> {
        let url = fake.url("/keys");
        fetcher(KeyEndpoint::Jwks(url.into()), "i")
            .fetch_keys()
            .await
    }

    #[tokio::test]
    async fn keys_come_with_their_freshness() {
        let fake = FakeProvider::start(None).await;
        fake.answers(
            "/keys",
            "200 OK\r\nCache-Control: public, max-age=900",
            &keys(),
        );
        let fetched = fetch_jwks(&fake).await.unwrap();
        assert!(fetched.keys.contains("k1"));
        assert_eq!(fetched.fresh_for, Duration::from_secs(900));
        assert_eq!(fetched.jwks_uri, fake.url("/keys"));
    }

    /// The API of Kubernetes: a token that changes, for the keys alone.
    #[tokio::test]
    async fn a_token_is_shown_where_it_is_meant_for() {
        let fake = FakeProvider::start(None).await;
        fake.answers("/keys", "200 OK", &keys());
        let document = format!(
            "{{\"issuer\":\"i\",\"jwks_uri\":\"{}\"}}",
            fake.url("/keys")
        );
        fake.answers("/found", "200 OK", &document);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let fetcher = |endpoint| {
            let mut provider = provider("idp", "i");
            provider.key_source.endpoint = endpoint;
            provider.key_source.insecure_http = true;
            provider.key_source.token_file = Some(file.as_path().into());
            Fetcher::new(&provider).unwrap()
        };
        let direct = fetcher(KeyEndpoint::Jwks(fake.url("/keys").into()));
        let absent = direct.fetch_keys().await.unwrap_err();
        assert!(matches!(absent, FetchError::Token(_)), "{absent}");
        assert!(
            fake.requests().is_empty(),
            "nothing is asked without the token"
        );
        for token in ["t0k3n-1", "t0k3n-2\n"] {
            std::fs::write(&file, token).unwrap();
            direct.fetch_keys().await.unwrap();
            let request = fake.requests().pop().unwrap();
            let line = format!("authorization: Bearer {}\r\n", token.trim());
            assert!(request.contains(&line), "{request}");
        }
        let discovered = fetcher(KeyEndpoint::Discovery(fake.url("/found").into()));
        discovered.fetch_keys().await.unwrap();
        let shown = fake.requests().split_off(2).concat().to_lowercase();
        assert!(
            shown.contains("get /keys") && !shown.contains("t0k3n"),
            "{shown}"
        );
        std::fs::write(&file, "x".repeat(20_000)).unwrap();
        let long = direct.fetch_keys().await.unwrap_err();
        assert!(matches!(long, FetchError::Token(_)), "{long}");
    }

    #[tokio::test]
    async fn discovery_leads_to_the_keys_of_its_own_issuer() {
        let fake = FakeProvider::start(None).await;
        let issuer = fake.url("/realm/");
        let document = |issuer: &str, keys: &str| {
            format!("{{\"issuer\":\"{issuer}\",\"jwks_uri\":\"{keys}\"}}")
        };
        let path = "/realm/.well-known/openid-configuration";
        let fetch = || async {
            fetcher(KeyEndpoint::discovery_of(&issuer), &issuer)
                .fetch_keys()
                .await
        };
        fake.answers("/keys", "200 OK", &keys());
        fake.answers(path, "200 OK", &document(&issuer, &fake.url("/keys")));
        assert_eq!(fetch().await.unwrap().jwks_uri, fake.url("/keys"));
        fake.answers(
            path,
            "200 OK",
            &document("https://other", &fake.url("/keys")),
        );
        let other = fetch().await.unwrap_err();
        assert!(
            matches!(other, FetchError::Discovery(DiscoveryFault::Issuer { .. })),
            "{other}"
        );
        for elsewhere in [
            "file:///etc/passwd",
            "ftp://x/keys",
            "keys",
            "http://u:p@x/keys",
        ] {
            fake.answers(path, "200 OK", &document(&issuer, elsewhere));
            let fault = fetch().await.unwrap_err();
            assert!(
                matches!(fault, FetchError::Url { .. }),
                "{elsewhere}: {fault}"
            );
        }
    }

    /// Rows 57 and 60.
    #[tokio::test]
    async fn ill_answers_are_faults() {
        let fake = FakeProvider::start(None).await;
        let large = format!("{{\"x\":\"{}\",{}", "x".repeat(1024 * 1024), &keys()[1..]);
        let redirect = "302 Found\r\nlocation: http://169.254.169.254/keys";
        type Expected = fn(&FetchError) -> bool;
        let cases: [(&str, &str, Expected); 7] = [
            ("500 Oops", &keys(), |f| {
                matches!(f, FetchError::Status { status: 500, .. })
            }),
            ("204 No Content", "", |f| {
                matches!(f, FetchError::Status { status: 204, .. })
            }),
            (redirect, "", |f| {
                matches!(f, FetchError::Status { status: 302, .. })
            }),
            ("200 OK", "<html></html>", |f| {
                matches!(f, FetchError::Keys(_))
            }),
            ("200 OK", "", |f| matches!(f, FetchError::Keys(_))),
            ("200 OK", "{\"keys\":[]}", |f| {
                matches!(f, FetchError::Keys(_))
            }),
            ("200 OK", &large, |f| {
                matches!(f, FetchError::TooLarge { .. })
            }),
        ];
        for (head, body, expected) in cases {
            fake.answers("/keys", head, body);
            let fault = fetch_jwks(&fake).await.unwrap_err();
            assert!(expected(&fault), "{head}: {fault}");
        }
        fake.answers("/keys", "garbage", "");
        assert!(matches!(
            fetch_jwks(&fake).await,
            Err(FetchError::Http { .. })
        ));
    }

    /// Row 61, and http where it is not allowed.
    #[test]
    fn urls_are_https() {
        let mut provider = provider("idp", "https://idp");
        for url in [
            "http://idp/keys",
            "file:///keys",
            "idp/keys",
            "",
            "https://u@idp/",
            "https://idp/#x",
        ] {
            provider.key_source.endpoint = KeyEndpoint::Jwks(url.into());
            let fault = Fetcher::new(&provider).unwrap_err();
            assert!(matches!(fault, FetchError::Url { .. }), "{url}: {fault}");
        }
    }

    #[tokio::test]
    async fn a_provider_of_an_own_ca_is_trusted_with_it_alone() {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key =
            rustls_pki_types::PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
        let server =
            rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![pair.cert.der().clone()], key)
                .unwrap();
        let fake = FakeProvider::start(Some(TlsAcceptor::from(Arc::new(server)))).await;
        fake.answers("/keys", "200 OK", &keys());
        let mut provider = provider("idp", "https://idp");
        let url = format!("https://localhost:{}/keys", fake.address.port());
        provider.key_source.endpoint = KeyEndpoint::Jwks(url.into());
        let fault = Fetcher::new(&provider)
            .unwrap()
            .fetch_keys()
            .await
            .unwrap_err();
        assert!(fault.to_string().contains("UnknownIssuer"), "{fault}");
        provider.key_source.ca = Some(pair.cert.pem().into_bytes().into());
        assert!(
            Fetcher::new(&provider)
                .unwrap()
                .fetch_keys()
                .await
                .unwrap()
                .keys
                .contains("k1")
        );
        for ca in [
            "",
            "nonsense",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            provider.key_source.ca = Some(ca.as_bytes().into());
            let fault = Fetcher::new(&provider).unwrap_err();
            assert!(matches!(fault, FetchError::Trust(_)), "{fault}");
        }
    }
}
