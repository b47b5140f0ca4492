//! HTTP towards a provider. The one file of `identity` that opens connections; owns what Oathgate
//! trusts and tolerates of an HTTP peer: https, no redirects, sizes, times and addresses.

use std::{error::Error, net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use url::Host;

use super::{
    http_date,
    provider::KeySource,
    reach::{AddressRefused, CheckedResolver, Reach},
};
use crate::{clock::UnixTime, limits, secret::Secret};

/// An HTTP client for one provider.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    insecure_http: bool,
    reach: Reach,
}

/// An answer with status 200.
#[derive(Debug)]
pub(super) struct Answer {
    /// At most [`limits::KEY_DOCUMENT_MAX`] bytes.
    pub(super) body: Vec<u8>,
    /// `Cache-Control`.
    pub(super) cache_control: Option<String>,
    /// The server's time: `Date`, and how long a cache has kept the answer since (`Age`).
    pub(super) server_time: Option<UnixTime>,
    /// How long a cache has kept the answer (`Age`); zero where nothing says so.
    pub(super) age: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// A URL that Oathgate does not go to.
    #[error("`{url}` {what}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An address that Oathgate does not go to.
    #[error(transparent)]
    Address(#[from] AddressRefused),
    /// The provider's CA file, or the system's trust.
    #[error("the provider's trust cannot be set up: {0}")]
    Trust(String),
    /// No answer.
    #[error("`{url}` cannot be fetched: {cause}")]
    Failed {
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
}

impl Http {
    /// Sets up what `source` trusts; connects to nothing. A whole request takes at most `timeout`;
    /// `idle` connections are kept for the next one.
    ///
    /// # Errors
    /// [`HttpError::Trust`].
    pub(super) fn new(
        source: &KeySource,
        timeout: Duration,
        idle: usize,
    ) -> Result<Self, HttpError> {
        let mut client = Client::builder()
            .tls_backend_preconfigured(trust(source.ca.as_deref())?)
            .https_only(!source.insecure_http)
            // An answer from elsewhere is no answer of the provider.
            .redirect(redirect::Policy::none())
            .dns_resolver(CheckedResolver(source.reach))
            .referer(false)
            .connect_timeout(limits::PROVIDER_CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_max_idle_per_host(idle)
            .user_agent(concat!("oathgate/", env!("CARGO_PKG_VERSION")));
        if source.reach != Reach::EnvironmentProxy {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| HttpError::Trust(causes(&error)))?;
        Ok(Self {
            client,
            insecure_http: source.insecure_http,
            reach: source.reach,
        })
    }

    /// Fetches the document at `url`, showing the bearer `token` if there is one.
    ///
    /// # Errors
    /// [`HttpError`].
    pub(super) async fn get(&self, url: &str, token: Option<&Secret>) -> Result<Answer, HttpError> {
        let mut request = self.client.get(self.target(url)?);
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        send(request, url).await
    }

    /// Posts `form`, already encoded, to `url`.
    ///
    /// # Errors
    /// [`HttpError`].
    pub(super) async fn post(
        &self,
        url: &str,
        form: String,
        authorization: Option<&Secret>,
    ) -> Result<Answer, HttpError> {
        send(self.posting(url, form, authorization)?, url).await
    }

    /// As [`Http::post`], of a peer whose errors are answers too: the status, and the body.
    ///
    /// # Errors
    /// [`HttpError`].
    pub(super) async fn ask(
        &self,
        url: &str,
        form: String,
        authorization: Option<&Secret>,
    ) -> Result<(u16, Vec<u8>), HttpError> {
        let mut response = answer(self.posting(url, form, authorization)?, url).await?;
        let status = response.status().as_u16();
        Ok((status, body(&mut response, url).await?))
    }

    fn posting(
        &self,
        url: &str,
        form: String,
        authorization: Option<&Secret>,
    ) -> Result<RequestBuilder, HttpError> {
        let request = self.client.post(self.target(url)?).body(form);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        Ok(match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization.expose()),
            None => request,
        })
    }

    /// `url`, if it may be gone to. An address in it never sees the resolver: it is checked here.
    fn target(&self, url: &str) -> Result<Url, HttpError> {
        let target = check_url(url, self.insecure_http)?;
        let address: Option<IpAddr> = match target.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = address {
            self.reach.check(&format!("`{url}`"), address)?;
        }
        Ok(target)
    }
}

async fn send(request: RequestBuilder, url: &str) -> Result<Answer, HttpError> {
    let mut response = answer(request, url).await?;
    if response.status() != StatusCode::OK {
        let status = response.status().as_u16();
        return Err(HttpError::Status {
            url: url.to_owned(),
            status,
        });
    }
    Ok(Answer {
        body: body(&mut response, url).await?,
        cache_control: text(&response, &header::CACHE_CONTROL).map(str::to_owned),
        server_time: server_time(&response),
        age: age(&response),
    })
}

async fn answer(request: RequestBuilder, url: &str) -> Result<Response, HttpError> {
    let request = request.header(header::ACCEPT, "application/json");
    request.send().await.map_err(|error| failed(url, &error))
}

/// The body, as far as it may go.
async fn body(response: &mut Response, url: &str) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed(url, &error))?
    {
        if body.len().saturating_add(chunk.len()) > limits::KEY_DOCUMENT_MAX {
            return Err(HttpError::TooLarge {
                url: url.to_owned(),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(url: &str, error: &reqwest::Error) -> HttpError {
    HttpError::Failed {
        url: url.to_owned(),
        cause: causes(error),
    }
}

fn text<'a>(response: &'a Response, name: &header::HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn server_time(response: &Response) -> Option<UnixTime> {
    let date = http_date::parse(text(response, &header::DATE)?)?;
    Some(date.plus(age(response)))
}

fn age(response: &Response) -> Duration {
    let age = text(response, &header::AGE).and_then(|age| age.parse().ok());
    Duration::from_secs(age.unwrap_or(0))
}

/// A URL that may be fetched: https, or http where that is allowed; no user, no fragment.
///
/// # Errors
/// [`HttpError::Url`].
pub(super) fn check_url(url: &str, insecure_http: bool) -> Result<Url, HttpError> {
    let fault = |what| HttpError::Url {
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

/// TLS that trusts the certificates of `ca` alone, or the system's where there is none.
fn trust(ca: Option<&[u8]>) -> Result<ClientConfig, HttpError> {
    let roots = roots(ca, || rustls_native_certs::load_native_certs().certs)?;
    // No roots at all is no fault here: each handshake says that the issuer is unknown.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Trust(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The certificates of `ca`, at least one and all of them good; without it those of the `system`
/// that are. Both together would let any public authority stand in for the one that was chosen.
fn roots(
    ca: Option<&[u8]>,
    system: impl FnOnce() -> Vec<CertificateDer<'static>>,
) -> Result<RootCertStore, HttpError> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = ca else {
        roots.add_parsable_certificates(system());
        return Ok(roots);
    };
    let fault = |what: String| HttpError::Trust(format!("the CA file{what}"));
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| fault(format!(": {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| fault(format!(": {error}")))?;
    }
    if roots.is_empty() {
        return Err(fault(" has no certificate".to_owned()));
    }
    Ok(roots)
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
    use super::*;
    use crate::identity::{KeyEndpoint, fake::FakeProvider};

    fn http(reach: Reach) -> Http {
        let source = KeySource {
            endpoint: KeyEndpoint::Jwks("https://idp".into()),
            insecure_http: true,
            reach,
            ca: None,
            token_file: None,
            refresh_max: limits::KEY_REFRESH_MAX,
            stale_max: limits::STALE_KEYS_MAX,
        };
        Http::new(&source, Duration::from_secs(10), 0).unwrap()
    }

    #[test]
    fn a_ca_file_takes_the_place_of_the_systems_trust() {
        let authority =
            |name: &str| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let system = || {
            vec![
                authority("a").cert.der().clone(),
                authority("b").cert.der().clone(),
            ]
        };
        assert_eq!(roots(None, system).unwrap().len(), 2);
        let chosen = authority("chosen").cert.pem();
        assert_eq!(roots(Some(chosen.as_bytes()), system).unwrap().len(), 1);
        for broken in ["", "no PEM", "-----BEGIN CERTIFICATE-----\n"] {
            let fault = roots(Some(broken.as_bytes()), system).unwrap_err();
            assert!(matches!(fault, HttpError::Trust(_)), "{broken:?}: {fault}");
        }
    }

    #[tokio::test]
    async fn addresses_in_urls_and_behind_names_are_checked() {
        let fake = FakeProvider::start(None).await;
        fake.answers("/x", "200 OK", "{}");
        let by_name = format!("http://localhost:{}/x", fake.address.port());
        assert!(
            http(Reach::Loopback)
                .get(&fake.url("/x"), None)
                .await
                .is_ok()
        );
        assert!(http(Reach::Loopback).get(&by_name, None).await.is_ok());
        let refused = http(Reach::Public)
            .get(&fake.url("/x"), None)
            .await
            .unwrap_err();
        assert!(matches!(refused, HttpError::Address(_)), "{refused}");
        let refused = http(Reach::Public).get(&by_name, None).await.unwrap_err();
        assert!(
            refused.to_string().contains("loopback address"),
            "{refused}"
        );
        // The URL parser knows every spelling of an address.
        for metadata in [
            "http://169.254.169.254/latest",
            "http://0xA9FEA9FE/",
            "http://2852039166/",
            "http://[::ffff:169.254.169.254]/",
            "http://0/",
        ] {
            let refused = http(Reach::Private).get(metadata, None).await.unwrap_err();
            assert!(
                matches!(refused, HttpError::Address(_)),
                "{metadata}: {refused}"
            );
        }
    }

    #[tokio::test]
    async fn the_servers_time_counts_the_age_of_the_answer() {
        let fake = FakeProvider::start(None).await;
        let date = "200 OK\r\nDate: Thu, 01 Jan 1970 00:10:00 GMT";
        for (head, secs) in [
            ("200 OK".to_owned(), None),
            ("200 OK\r\nDate: today".to_owned(), None),
            (date.to_owned(), Some(600)),
            (format!("{date}\r\nAge: 30"), Some(630)),
        ] {
            fake.answers("/x", &head, "{}");
            let answer = http(Reach::Loopback)
                .get(&fake.url("/x"), None)
                .await
                .unwrap();
            assert_eq!(answer.server_time.map(UnixTime::as_secs), secs, "{head}");
        }
    }
}
