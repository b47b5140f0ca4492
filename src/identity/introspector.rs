//! Asking providers about tokens (RFC 7662). Owns who is asked at a time, how long an answer is
//! used again, and that no answer is never a no. Locks are held for short sections, never across
//! an await.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use aws_lc_rs::rand;
use tokio::{
    sync::{OnceCell, Semaphore},
    time::timeout,
};

use super::{
    client_auth::AssertionFault,
    discovery::{DiscoveryFault, Document},
    http::{Http, HttpError},
    introspection::{AnswerFault, Introspected, Introspection, read_answer, reusable_for},
    provider::{KeyEndpoint, KeySource, Provider, ProviderKey},
    reason::{Reason, Refusal},
    sha256::sha256,
};
use crate::{
    clock::UnixTime,
    limits,
    secret::Secret,
    telemetry::metrics::{self, Introspected as Outcome},
};

/// Asks providers about tokens, and remembers their answers for a while.
#[derive(Debug, Default)]
pub struct Introspector(Mutex<HashMap<ProviderKey, Arc<Asked>>>);

/// A provider that is asked. A change of its settings makes another.
#[derive(Debug)]
struct Asked {
    settings: Arc<Introspection>,
    source: KeySource,
    issuer: Arc<str>,
    http: Http,
    endpoint: OnceCell<String>,
    places: Semaphore,
    /// Questions under way by client address: one must not take all places.
    sources: Mutex<HashMap<IpAddr, usize>>,
    /// By SHA-256 of the token, which itself is not kept.
    answers: Mutex<HashMap<[u8; 32], (Introspected, Instant)>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryFault),
    #[error(transparent)]
    Answer(#[from] AnswerFault),
    #[error(transparent)]
    Assertion(#[from] AssertionFault),
    #[error("too many questions wait, or it did not answer in time")]
    Late,
    #[error("too many questions of one client address are under way")]
    Source,
}

impl Introspector {
    /// Nobody was asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What `provider` says of `token`, which a client at `source` presents. Takes at most the
    /// provider's timeout; may be dropped at any time.
    ///
    /// # Errors
    /// `INTROSPECTION_UNAVAILABLE`: nobody knows, so the client is closed, never refused.
    pub async fn ask(
        &self,
        provider: &Provider,
        token: &Secret,
        source: IpAddr,
    ) -> Result<Introspected, Refusal> {
        let unavailable = |why: String| {
            let detail = format!(
                "{} was not to be asked about the token: {why}",
                provider.name
            );
            Refusal::new(Reason::IntrospectionUnavailable, detail)
        };
        let Some(settings) = &provider.introspection else {
            return Err(unavailable("it has no `introspection`".to_owned()));
        };
        let asked = self
            .asked(provider, settings)
            .map_err(|error| unavailable(error.to_string()))?;
        let digest = sha256([token.expose().as_bytes()]);
        let count = |outcome| {
            metrics::introspected(
                provider.organization.as_str(),
                provider.name.as_str(),
                outcome,
            );
        };
        if let Some(answer) = asked.remembered(&digest, Instant::now()) {
            count(Outcome::Cached);
            return Ok(answer);
        }
        match asked.ask(token, source).await {
            Ok(answer) => {
                count(match answer {
                    Introspected::Active(_) => Outcome::Active,
                    Introspected::Inactive => Outcome::Inactive,
                });
                asked.remember(digest, &answer, UnixTime::now(), Instant::now());
                Ok(answer)
            }
            Err(error) => {
                count(Outcome::Failed);
                Err(unavailable(error.to_string()))
            }
        }
    }

    /// Forgets providers that `keep` does not want, and what they answered.
    pub fn retain(&self, keep: impl Fn(&ProviderKey) -> bool) {
        lock(&self.0).retain(|provider, _| keep(provider));
    }

    fn asked(
        &self,
        provider: &Provider,
        settings: &Arc<Introspection>,
    ) -> Result<Arc<Asked>, HttpError> {
        let key = provider.key();
        let mut all = lock(&self.0);
        if let Some(known) = all.get(&key)
            && known.settings == *settings
            && known.source == provider.key_source
        {
            return Ok(Arc::clone(known));
        }
        let asked = Arc::new(Asked::new(provider, settings)?);
        all.insert(key, Arc::clone(&asked));
        Ok(asked)
    }
}

impl Asked {
    fn new(provider: &Provider, settings: &Arc<Introspection>) -> Result<Self, HttpError> {
        let source = provider.key_source.clone();
        Ok(Self {
            http: Http::new(&source, settings.timeout, settings.max_concurrent)?,
            settings: Arc::clone(settings),
            source,
            issuer: Arc::clone(&provider.issuer),
            endpoint: OnceCell::new(),
            places: Semaphore::new(settings.max_concurrent),
            sources: Mutex::default(),
            answers: Mutex::default(),
        })
    }

    async fn ask(&self, token: &Secret, source: IpAddr) -> Result<Introspected, NoAnswer> {
        let _share = self.share(source).ok_or(NoAnswer::Source)?;
        let asking = async {
            let _place = self.places.acquire().await.map_err(|_| NoAnswer::Late)?;
            let endpoint = self.endpoint.get_or_try_init(|| self.endpoint()).await?;
            let client = &self.settings.client;
            let question = client.question(token, endpoint, UnixTime::now(), entropy()?)?;
            let form = question.form.expose().to_owned();
            let answer = self
                .http
                .post(endpoint, form, question.authorization.as_ref())
                .await?;
            Ok(read_answer(&answer.body, &self.issuer)?)
        };
        timeout(self.settings.timeout, asking)
            .await
            .unwrap_or(Err(NoAnswer::Late))
    }

    /// The endpoint, from the settings or the discovery document.
    async fn endpoint(&self) -> Result<String, NoAnswer> {
        if let Some(endpoint) = &self.settings.endpoint {
            return Ok(endpoint.as_ref().to_owned());
        }
        let of_issuer = KeyEndpoint::discovery_of(&self.issuer);
        let document = match &self.source.endpoint {
            discovery @ KeyEndpoint::Discovery(_) => discovery,
            KeyEndpoint::Jwks(_) => &of_issuer,
        };
        let answer = self.http.get(document.url(), None).await?;
        let document = Document::parse(&answer.body, &self.issuer)?;
        Ok(document.introspection_endpoint()?)
    }

    /// A share of the places for `source`, unless it has as many as one may have.
    fn share(&self, source: IpAddr) -> Option<Share<'_>> {
        let mut sources = lock(&self.sources);
        let taken = sources.entry(source).or_default();
        if *taken >= limits::INTROSPECTIONS_PER_SOURCE_MAX {
            return None;
        }
        *taken = taken.saturating_add(1);
        Some(Share {
            asked: self,
            source,
        })
    }

    fn remembered(&self, digest: &[u8; 32], now: Instant) -> Option<Introspected> {
        let answers = lock(&self.answers);
        let (answer, until) = answers.get(digest)?;
        (*until > now).then(|| answer.clone())
    }

    fn remember(&self, digest: [u8; 32], answer: &Introspected, now: UnixTime, instant: Instant) {
        let longest = limits::INTROSPECTION_AGE_MAX;
        let Some(until) =
            reusable_for(answer, longest, now).and_then(|reusable| instant.checked_add(reusable))
        else {
            return;
        };
        let mut answers = lock(&self.answers);
        if answers.len() >= limits::INTROSPECTIONS_MAX {
            answers.retain(|_, (_, until)| *until > instant);
        }
        if answers.len() < limits::INTROSPECTIONS_MAX {
            answers.insert(digest, (answer.clone(), until));
        }
    }
}

/// A question under way of one client address; given back when the login ends, however it does.
struct Share<'a> {
    asked: &'a Asked,
    source: IpAddr,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut sources = lock(&self.asked.sources);
        match sources.get_mut(&self.source) {
            Some(taken) if *taken > 1 => *taken = taken.saturating_sub(1),
            _ => drop(sources.remove(&self.source)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn entropy() -> Result<[u8; 16], AssertionFault> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| AssertionFault)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::{
        IntrospectedTokens, Reach,
        fake::FakeProvider,
        fixture::{introspection, provider},
    };

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn asking(fake: &FakeProvider, endpoint: Option<&str>) -> Provider {
        let mut provider = provider("idp", &fake.url("/realm"));
        provider.key_source.insecure_http = true;
        provider.key_source.reach = Reach::Loopback;
        provider.introspection = Some(Arc::new(Introspection {
            endpoint: endpoint.map(|path| fake.url(path).into()),
            timeout: Duration::from_secs(20),
            max_concurrent: 2,
            ..introspection(IntrospectedTokens::Opaque)
        }));
        provider
    }

    fn token(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn active(secs: i64) -> String {
        let exp = UnixTime::now().as_secs() + secs;
        format!("{{\"active\":true,\"sub\":\"a\",\"exp\":{exp}}}")
    }

    async fn ask(by: &Introspector, provider: &Provider, text: &str) -> Result<bool, Reason> {
        match by.ask(provider, &token(text), SOURCE).await {
            Ok(Introspected::Active(_)) => Ok(true),
            Ok(Introspected::Inactive) => Ok(false),
            Err(refusal) => Err(refusal.reason),
        }
    }

    #[tokio::test]
    async fn a_yes_is_remembered_for_its_token_and_a_no_is_not() {
        let fake = FakeProvider::start(None).await;
        let provider = asking(&fake, Some("/introspect"));
        let by = Introspector::new();
        fake.answers("/introspect", "200 OK", "{\"active\":false}");
        assert_eq!(ask(&by, &provider, "one").await, Ok(false));
        fake.answers("/introspect", "200 OK", &active(600));
        assert_eq!(ask(&by, &provider, "one").await, Ok(true));
        fake.answers("/introspect", "200 OK", "{\"active\":false}");
        assert_eq!(ask(&by, &provider, "one").await, Ok(true));
        assert_eq!(ask(&by, &provider, "two").await, Ok(false));
        // Other settings, other answers.
        let mut changed = provider.clone();
        changed.key_source.ca = None;
        changed.introspection = asking(&fake, Some("/introspect?x")).introspection;
        fake.answers("/introspect?x", "200 OK", "{\"active\":false}");
        assert_eq!(ask(&by, &changed, "one").await, Ok(false));
    }

    #[tokio::test]
    async fn the_endpoint_is_discovered() {
        let fake = FakeProvider::start(None).await;
        let provider = asking(&fake, None);
        let by = Introspector::new();
        assert_eq!(
            ask(&by, &provider, "one").await,
            Err(Reason::IntrospectionUnavailable)
        );
        let document = format!(
            "{{\"issuer\":\"{}\",\"introspection_endpoint\":\"{}\"}}",
            provider.issuer,
            fake.url("/found")
        );
        let path = "/realm/.well-known/openid-configuration";
        fake.answers(path, "200 OK", &document);
        fake.answers("/found", "200 OK", &active(600));
        assert_eq!(ask(&by, &provider, "one").await, Ok(true));
    }

    #[tokio::test]
    async fn no_answer_is_never_a_no() {
        let fake = FakeProvider::start(None).await;
        let provider = asking(&fake, Some("/introspect"));
        let by = Introspector::new();
        for (head, body) in [
            ("500 Oops", "{\"active\":false}"),
            ("401 Unauthorized", "{\"active\":false}"),
            ("302 Found\r\nlocation: /yes", ""),
            ("200 OK", "<html>"),
            ("200 OK", "{}"),
            ("200 OK", "{\"active\":\"false\"}"),
            ("200 OK", "{\"active\":true,\"iss\":\"https://other\"}"),
        ] {
            fake.answers("/introspect", head, body);
            let asked = ask(&by, &provider, "one").await;
            assert_eq!(
                asked,
                Err(Reason::IntrospectionUnavailable),
                "{head} {body}"
            );
        }
    }

    #[tokio::test]
    async fn one_address_takes_no_more_than_its_share() {
        let fake = FakeProvider::start(None).await;
        let provider = asking(&fake, Some("/introspect"));
        let settings = provider.introspection.clone().unwrap();
        let asked = Asked::new(&provider, &settings).unwrap();
        let most = limits::INTROSPECTIONS_PER_SOURCE_MAX;
        let shares: Vec<_> = (0..most).filter_map(|_| asked.share(SOURCE)).collect();
        assert_eq!(shares.len(), most);
        assert!(asked.share(SOURCE).is_none());
        assert!(asked.share(IpAddr::from([127, 0, 0, 2])).is_some());
        drop(shares);
        assert!(asked.share(SOURCE).is_some());
        assert!(lock(&asked.sources).is_empty());
    }
}
