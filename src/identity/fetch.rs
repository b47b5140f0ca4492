//! Getting a provider's keys, by way of its discovery document where it has one. Owns what is
//! fetched and in which order; how is `http`'s.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    discovery::{self, DiscoveryFault, Document},
    http::{Http, HttpError, check_url},
    jwks::{JwksFault, KeySet},
    provider::{KeyEndpoint, Provider},
    token_request::Endpoints,
};
use crate::{clock::UnixTime, limits, secret::Secret};

/// Fetches the keys of one provider.
#[derive(Clone, Debug)]
pub struct Fetcher {
    http: Http,
    issuer: Arc<str>,
    endpoint: KeyEndpoint,
    token_file: Option<Arc<Path>>,
    refresh_max: Duration,
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
    /// Other endpoints, as far as its discovery document names them.
    pub endpoints: Endpoints,
    /// The provider's clock, where it tells it.
    pub server_time: Option<UnixTime>,
    /// How long a cache has kept the keys.
    pub age: Duration,
}

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No document.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The discovery document.
    #[error(transparent)]
    Discovery(#[from] DiscoveryFault),
    /// The JWK set.
    #[error(transparent)]
    Keys(#[from] JwksFault),
    /// The file with the token that the provider wants for its keys.
    #[error("the token in `jwks_token_file` cannot be read: {0}")]
    Token(String),
}

impl Fetcher {
    /// Sets up what is trusted for `provider`; connects to nothing.
    ///
    /// # Errors
    /// [`HttpError::Trust`], [`HttpError::Url`].
    pub fn new(provider: &Provider) -> Result<Self, FetchError> {
        let source = &provider.key_source;
        check_url(source.endpoint.url(), source.insecure_http)?;
        Ok(Self {
            http: Http::new(source, limits::PROVIDER_REQUEST_TIMEOUT, 0)?,
            issuer: Arc::clone(&provider.issuer),
            endpoint: source.endpoint.clone(),
            token_file: source.token_file.clone(),
            refresh_max: source.refresh_max,
        })
    }

    /// Fetches the keys, by way of the discovery document where the provider has one. Takes at
    /// most twice [`limits::PROVIDER_REQUEST_TIMEOUT`]; may be dropped at any time.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch_keys(&self) -> Result<Fetched, FetchError> {
        let (jwks_uri, token, endpoints) = match &self.endpoint {
            KeyEndpoint::Jwks(uri) => {
                let token = self.token().await?;
                (uri.as_ref().to_owned(), token, Endpoints::default())
            }
            KeyEndpoint::Discovery(url) => {
                let answer = self.http.get(url, None).await?;
                let document = Document::parse(&answer.body, &self.issuer)?;
                (document.jwks_uri()?, None, document.endpoints())
            }
        };
        let answer = self.http.get(&jwks_uri, token.as_ref()).await?;
        Ok(Fetched {
            keys: KeySet::parse(&answer.body)?,
            fresh_for: discovery::fresh_for(answer.cache_control.as_deref()).min(self.refresh_max),
            jwks_uri,
            endpoints,
            server_time: answer.server_time,
            age: answer.age,
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
}

#[cfg(test)]
mod tests {
    use rustls::crypto::aws_lc_rs;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::identity::{
        fake::FakeProvider,
        fixture::{RSA_A, provider},
        provider::KeySource,
        reach::Reach,
    };

    fn keys() -> String {
        format!("{{\"keys\":[{}]}}", RSA_A.jwk(r#""kid":"k1","#))
    }

    fn fetcher(endpoint: KeyEndpoint, issuer: &str) -> Fetcher {
        let mut provider = provider("idp", issuer);
        provider.key_source = KeySource {
            endpoint,
            insecure_http: true,
            reach: Reach::Loopback,
            ca: None,
            token_file: None,
            refresh_max: limits::KEY_REFRESH_MAX,
            stale_max: limits::STALE_KEYS_MAX,
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
        let url = KeyEndpoint::Jwks(fake.url("/keys").into());
        let mut capped = fetcher(url, "i");
        capped.refresh_max = Duration::from_secs(600);
        let fetched_often = capped.fetch_keys().await.unwrap();
        assert_eq!(fetched_often.fresh_for, Duration::from_secs(600));
        assert_eq!(fetched.jwks_uri, fake.url("/keys"));
        assert_eq!(fetched.age, Duration::ZERO);
        fake.answers("/keys", "200 OK\r\nAge: 240", &keys());
        let cached = fetch_jwks(&fake).await.unwrap();
        assert_eq!(cached.age, Duration::from_secs(240));
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
            provider.key_source.reach = Reach::Loopback;
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
        let named = document(&issuer, &fake.url("/keys"));
        let named = named.replacen('{', "{\"token_endpoint\":\"https://x/t\",", 1);
        fake.answers(path, "200 OK", &named);
        let fetched = fetch().await.unwrap();
        assert_eq!(fetched.jwks_uri, fake.url("/keys"));
        assert_eq!(fetched.endpoints.token.as_deref(), Some("https://x/t"));
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
                matches!(fault, FetchError::Http(HttpError::Url { .. })),
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
                matches!(f, FetchError::Http(HttpError::Status { status: 500, .. }))
            }),
            ("204 No Content", "", |f| {
                matches!(f, FetchError::Http(HttpError::Status { status: 204, .. }))
            }),
            (redirect, "", |f| {
                matches!(f, FetchError::Http(HttpError::Status { status: 302, .. }))
            }),
            ("200 OK", "<html></html>", |f| {
                matches!(f, FetchError::Keys(_))
            }),
            ("200 OK", "", |f| matches!(f, FetchError::Keys(_))),
            ("200 OK", "{\"keys\":[]}", |f| {
                matches!(f, FetchError::Keys(_))
            }),
            ("200 OK", &large, |f| {
                matches!(f, FetchError::Http(HttpError::TooLarge { .. }))
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
            Err(FetchError::Http(HttpError::Failed { .. }))
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
            assert!(
                matches!(fault, FetchError::Http(HttpError::Url { .. })),
                "{url}: {fault}"
            );
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
        provider.key_source.reach = Reach::Loopback;
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
            assert!(
                matches!(fault, FetchError::Http(HttpError::Trust(_))),
                "{fault}"
            );
        }
    }
}
