//! Getting a token from a provider as its settings say: the device authorization grant (RFC 8628) for a
//! client without a secret, client credentials (RFC 6749 section 4.4) for one with a secret. Reaches no
//! further than the fetching of keys does.

use std::time::{Duration, Instant};

use url::form_urlencoded::Serializer;

use super::{
    client_auth::basic,
    discovery::{DiscoveryFault, Document},
    grant::{Device, GrantFault, Prompt, Tokens, read_device, read_tokens},
    http::{Http, HttpError, check_url},
    provider::{KeyEndpoint, Provider},
    token_request::{Endpoints, OidcClient},
};
use crate::{limits, secret::Secret};

/// The grant of RFC 8628 section 3.4.
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Gets tokens of one provider.
#[derive(Debug)]
pub struct TokenClient<'a> {
    provider: &'a Provider,
    http: Http,
    /// Least time between two questions, whatever the provider says.
    least: Duration,
    /// How much less often a provider is asked that wants it so (RFC 8628 section 3.5).
    slower: Duration,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A discovery document that does not lead on.
    #[error(transparent)]
    Discovery(#[from] DiscoveryFault),
    /// An answer without a token.
    #[error(transparent)]
    Grant(#[from] GrantFault),
    /// No endpoint to ask at.
    #[error("the provider has no `{0}`: its discovery document names none; set it")]
    NoEndpoint(&'static str),
    /// Nobody and nothing to prove who asks.
    #[error(
        "the client `{0}` has no secret, and the provider has no `device_authorization_endpoint`: set one \
         of the two"
    )]
    NoWay(String),
}

impl<'a> TokenClient<'a> {
    /// Sets up what is trusted for `provider`; connects to nothing.
    ///
    /// # Errors
    /// [`HttpError::Trust`].
    pub fn new(provider: &'a Provider) -> Result<Self, TokenError> {
        let http = Http::new(&provider.key_source, limits::PROVIDER_REQUEST_TIMEOUT, 0)?;
        Ok(Self {
            provider,
            http,
            least: limits::DEVICE_INTERVAL_MIN,
            slower: limits::DEVICE_INTERVAL,
        })
    }

    /// Gets tokens for `client`, which asks for `extra` scopes beside those of the provider. Where a
    /// person is to decide, calls `prompt` once and waits, at most as long as the provider's code is
    /// good; may be dropped at any time.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn get(
        &self,
        client: &OidcClient,
        extra: &[String],
        prompt: impl FnOnce(&Prompt),
    ) -> Result<Tokens, TokenError> {
        let endpoints = self.endpoints(client).await?;
        let Endpoints {
            token,
            device_authorization,
            ..
        } = &endpoints;
        let token = token
            .as_deref()
            .ok_or(TokenError::NoEndpoint("token_endpoint"))?;
        match (&client.secret, device_authorization) {
            (Some(secret), _) => {
                let form = self.form(&[("grant_type", "client_credentials")], extra, false);
                let authorization = basic(&client.client_id, secret);
                let (status, body) = self.http.ask(token, form, Some(&authorization)).await?;
                Ok(read_tokens(status, &body)?)
            }
            (None, Some(device)) => {
                let fields = [("client_id", client.client_id.as_str())];
                let form = self.form(&fields, extra, self.provider.requests.refresh_token);
                let (status, body) = self.http.ask(device, form, None).await?;
                let mut device = read_device(status, &body)?;
                let check = |uri: &str| check_url(uri, self.provider.key_source.insecure_http);
                check(&device.prompt.uri)?;
                // The other link and the code do without it.
                let complete = device.prompt.uri_with_code.take();
                device.prompt.uri_with_code = complete.filter(|uri| check(uri).is_ok());
                prompt(&device.prompt);
                self.poll(token, client, &device).await
            }
            (None, None) => Err(TokenError::NoWay(client.client_id.clone())),
        }
    }

    /// Asks until the person has decided.
    async fn poll(
        &self,
        endpoint: &str,
        client: &OidcClient,
        device: &Device,
    ) -> Result<Tokens, TokenError> {
        let form = || {
            Serializer::new(String::new())
                .append_pair("grant_type", DEVICE_GRANT)
                .append_pair("device_code", device.code.expose())
                .append_pair("client_id", &client.client_id)
                .finish()
        };
        let until = Instant::now().checked_add(device.lifetime);
        let mut interval = device.interval.max(self.least);
        loop {
            tokio::time::sleep(interval).await;
            if until.is_none_or(|until| Instant::now() >= until) {
                return Err(GrantFault::Expired.into());
            }
            let answer = match self.http.ask(endpoint, form(), None).await {
                Ok((status, body)) => read_tokens(status, &body),
                // Section 3.5: whoever cannot be reached is asked less often.
                Err(HttpError::Failed { .. }) => Err(GrantFault::SlowDown),
                Err(error) => return Err(error.into()),
            };
            match answer {
                Ok(tokens) => return Ok(tokens),
                Err(GrantFault::Pending) => {}
                Err(GrantFault::SlowDown) => {
                    interval = interval
                        .saturating_add(self.slower)
                        .min(limits::DEVICE_INTERVAL_MAX);
                }
                Err(fault) => return Err(fault.into()),
            }
        }
    }

    /// `fields`, and the scopes and the audience of the provider's settings, encoded.
    fn form(&self, fields: &[(&str, &str)], extra: &[String], offline: bool) -> String {
        let requests = &self.provider.requests;
        let offline = offline.then_some("offline_access");
        let mut scopes: Vec<&str> = Vec::new();
        let all = requests.scopes.iter().chain(extra).map(String::as_str);
        for scope in all.chain(offline) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        if !scopes.is_empty() {
            form.append_pair("scope", &scopes.join(" "));
        }
        if let Some(audience) = &requests.audience {
            form.append_pair("audience", audience);
        }
        form.finish()
    }

    /// The endpoints that `client` needs: as they are set, else as the discovery document says.
    async fn endpoints(&self, client: &OidcClient) -> Result<Endpoints, TokenError> {
        let mut set = self.provider.requests.endpoints.clone();
        let enough = client.secret.is_some() || set.device_authorization.is_some();
        if set.token.is_some() && enough {
            return Ok(set);
        }
        let source = &self.provider.key_source;
        let of_issuer = KeyEndpoint::discovery_of(&self.provider.issuer);
        let document = match &source.endpoint {
            discovery @ KeyEndpoint::Discovery(_) => discovery,
            KeyEndpoint::Jwks(_) => &of_issuer,
        };
        let answer = self.http.get(document.url(), None).await?;
        let found = Document::parse(&answer.body, &self.provider.issuer)?.endpoints();
        set.token = set.token.or(found.token);
        set.device_authorization = set.device_authorization.or(found.device_authorization);
        Ok(set)
    }
}

impl Tokens {
    /// The token to show to Kafka at `provider`, by its `token_use`.
    #[must_use]
    pub fn for_kafka(&self, provider: &Provider) -> Option<&Secret> {
        match provider.token_use {
            super::TokenUse::Id => self.id.as_ref(),
            super::TokenUse::Access | super::TokenUse::Any => Some(&self.access),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Reach, fake::FakeProvider, fixture::provider};

    const GOOD: &str = r#"{"access_token":"a.b.c","token_type":"Bearer"}"#;

    struct World {
        fake: FakeProvider,
        provider: Provider,
    }

    impl World {
        async fn new(device: bool) -> Self {
            let fake = FakeProvider::start(None).await;
            let issuer = fake.url("");
            let mut provider = provider("idp", &issuer);
            provider.key_source.endpoint = KeyEndpoint::discovery_of(&issuer);
            provider.key_source.insecure_http = true;
            provider.key_source.reach = Reach::Loopback;
            provider.requests.scopes = vec!["kafka".to_owned()];
            provider.requests.audience = Some("https://kafka".to_owned());
            let device = match device {
                true => format!(",\"device_authorization_endpoint\":\"{issuer}/device\""),
                false => String::new(),
            };
            let document = format!(
                "{{\"issuer\":\"{issuer}\",\"token_endpoint\":\"{issuer}/token\"{device}}}"
            );
            fake.answers("/.well-known/openid-configuration", "200 OK", &document);
            let body = format!(
                "{{\"device_code\":\"d-1\",\"user_code\":\"ABCD\",\"interval\":0,\"expires_in\":60,\
                 \"verification_uri\":\"{issuer}/activate\"}}"
            );
            fake.answers("/device", "200 OK", &body);
            Self { fake, provider }
        }

        /// The outcome, and the codes that people were shown.
        async fn get(&self, secret: Option<&str>) -> (Result<Tokens, TokenError>, Vec<String>) {
            let mut client = TokenClient::new(&self.provider).unwrap();
            (client.least, client.slower) = (Duration::ZERO, Duration::from_millis(5));
            let who = OidcClient {
                client_id: "cli".to_owned(),
                secret: secret.map(|secret| Secret::new(secret.to_owned())),
            };
            let mut shown = Vec::new();
            let extra = ["more".to_owned(), "kafka".to_owned()];
            let got = client
                .get(&who, &extra, |prompt| shown.push(prompt.code.clone()))
                .await;
            (got, shown)
        }
    }

    #[tokio::test]
    async fn a_client_with_a_secret_uses_its_credentials() {
        let world = World::new(true).await;
        world.fake.answers("/token", "200 OK", GOOD);
        let (got, shown) = world.get(Some("hush")).await;
        assert_eq!(got.unwrap().access.expose(), "a.b.c");
        assert!(shown.is_empty());
        let request = world.fake.requests().pop().unwrap();
        assert!(request.starts_with("POST /token"));
        assert!(request.ends_with(
            "grant_type=client_credentials&scope=kafka+more&audience=https%3A%2F%2Fkafka"
        ));
        assert!(request.to_lowercase().contains("authorization: basic"));
        world
            .fake
            .answers("/token", "401 No", r#"{"error":"invalid_client"}"#);
        let (got, _) = world.get(Some("wrong")).await;
        let error = got.unwrap_err().to_string();
        assert!(
            error.contains("invalid_client") && !error.contains("wrong"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_person_decides_for_a_client_without_a_secret() {
        let mut world = World::new(true).await;
        world.provider.requests.refresh_token = true;
        let wait = |code: &str| ("400 No".to_owned(), format!("{{\"error\":\"{code}\"}}"));
        let good = || ("200 OK".to_owned(), GOOD.to_owned());
        world.fake.answers_in_turn(
            "/token",
            &[wait("authorization_pending"), wait("slow_down"), good()],
        );
        let (got, shown) = world.get(None).await;
        assert_eq!(
            (got.unwrap().access.expose(), shown),
            ("a.b.c", vec!["ABCD".to_owned()])
        );
        let requests = world.fake.requests();
        let asked = |path: &str| requests.iter().filter(|seen| seen.contains(path)).count();
        assert_eq!((asked("POST /device"), asked("POST /token")), (1, 3));
        assert!(requests.iter().any(|seen| {
            seen.ends_with(
                "client_id=cli&scope=kafka+more+offline_access&audience=https%3A%2F%2Fkafka",
            )
        }));
        assert!(
            requests
                .last()
                .unwrap()
                .contains("device_code=d-1&client_id=cli")
        );
        for (code, told) in [("access_denied", "denied"), ("expired_token", "expired")] {
            world
                .fake
                .answers_in_turn("/token", &[wait("authorization_pending"), wait(code)]);
            let error = world.get(None).await.0.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    /// Nobody is asked without a pause, and people are led to https alone.
    #[tokio::test]
    async fn what_a_provider_makes_up_is_bounded() {
        let world = World::new(true).await;
        world.fake.answers("/token", "200 OK", GOOD);
        let issuer = world.fake.url("");
        let who = OidcClient {
            client_id: "cli".to_owned(),
            secret: None,
        };
        for (complete, shown) in [
            (format!("{issuer}/activate?c=ABCD"), true),
            ("javascript:alert(1)".to_owned(), false),
            ("ftp://idp/activate".to_owned(), false),
            ("https://idp@evil/activate".to_owned(), false),
        ] {
            let body = format!(
                "{{\"device_code\":\"d\",\"user_code\":\"A\",\"interval\":0,\"expires_in\":60,\
                 \"verification_uri\":\"{issuer}/activate\",\
                 \"verification_uri_complete\":\"{complete}\"}}"
            );
            world.fake.answers("/device", "200 OK", &body);
            let client = TokenClient::new(&world.provider).unwrap();
            let (mut links, began) = (Vec::new(), Instant::now());
            let prompt = |prompt: &Prompt| links.push(prompt.uri_with_code.clone());
            client.get(&who, &[], prompt).await.unwrap();
            assert_eq!(links, [shown.then_some(complete)]);
            assert!(began.elapsed() >= limits::DEVICE_INTERVAL_MIN);
        }
    }

    #[tokio::test]
    async fn codes_end_and_endpoints_may_lack() {
        let world = World::new(true).await;
        world
            .fake
            .answers("/token", "400 No", r#"{"error":"authorization_pending"}"#);
        let issuer = world.fake.url("");
        let body = |uri: &str, seconds: u32| {
            format!(
                "{{\"device_code\":\"d\",\"user_code\":\"A\",\"interval\":0,\"expires_in\":{seconds},\
                 \"verification_uri\":\"{uri}\"}}"
            )
        };
        world.fake.answers("/device", "200 OK", &body(&issuer, 0));
        let error = world.get(None).await.0.unwrap_err();
        assert!(
            matches!(error, TokenError::Grant(GrantFault::Expired)),
            "{error}"
        );
        world
            .fake
            .answers("/device", "200 OK", &body("javascript:alert(1)", 9));
        let (got, shown) = world.get(None).await;
        assert!(
            matches!(got, Err(TokenError::Http(_))) && shown.is_empty(),
            "{got:?}"
        );
        let world = World::new(false).await;
        let error = world.get(None).await.0.unwrap_err();
        assert!(matches!(error, TokenError::NoWay(_)), "{error}");
    }
}
