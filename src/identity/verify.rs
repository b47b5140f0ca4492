//! From a presented token to an identity or a refusal. Owns the order of checks, from cheap to
//! expensive, with nothing unverified trusted; pure: keys and time come in as arguments.

use std::{sync::Arc, time::Duration};

use super::{
    admit::{Login, admit},
    algorithm::Algorithm,
    bearer::Bearer,
    claims::Claims,
    content,
    directory::Directory,
    identity::Identity,
    introspection::{Introspected, speaks_for},
    json::Json,
    jwks::{KeySet, KeyVerdict},
    keyring::{Keyring, Keys, WantedKey},
    principal::{Organization, PoolId},
    provider::{Provider, ProviderKey},
    reason::{Reason, Refusal, Told},
    token::{self, Token},
    trace::{Check, Trace},
};
use crate::{clock::UnixTime, limits, secret::Secret};

/// What a client presents, as its session understood it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// Organization of the cluster that the client wants.
    pub organization: &'a Organization,
    /// The bearer token.
    pub token: &'a Secret,
    /// Pools that the client names; `None` = no extension, 1 to 16 otherwise.
    pub named_pools: Option<&'a [PoolId]>,
    /// Authorization id, raw; `None` or empty = none.
    pub authzid: Option<&'a str>,
    /// SHA-256 of the client's certificate in DER, where the listener verified one.
    pub client_certificate_sha256: Option<[u8; 32]>,
    /// Least time the token must still be valid where its provider does not say; `None` at a
    /// re-authentication, which accepts what is valid.
    pub min_remaining: Option<Duration>,
    /// What the provider says of the token, once it was asked.
    pub introspected: Option<&'a Introspected>,
}

/// What became of a token.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is good.
    Accepted(Box<Identity>),
    /// It will not do: error 58.
    Refused(Refusal),
    /// Its provider does not publish its key (yet), or has replaced it: await
    /// [`Keyring::wait_for`], then call again if it was found; refuse if it is still unknown; close
    /// otherwise.
    KeyWanted {
        /// The provider.
        provider: ProviderKey,
        /// What its keys at hand do not have.
        wanted: WantedKey,
        /// What to refuse with.
        otherwise: Refusal,
    },
    /// Its provider is to be asked about it: do, then call again with the answer.
    Introspect(Arc<Provider>),
    /// Not the token's fault: close.
    Unavailable(Refusal),
}

/// Judges `presented` at `now`, in the order: form, provider by the unverified `iss`, algorithm,
/// key, signature, content, names, pools, `authzid`.
#[must_use]
pub fn verify(
    directory: &Directory,
    keyring: &Keyring,
    presented: &Presented<'_>,
    now: UnixTime,
) -> Verdict {
    traced(directory, keyring, presented, now, &mut Trace::off())
}

/// As [`verify`], with every check noted in `trace`.
pub(super) fn traced(
    directory: &Directory,
    keyring: &Keyring,
    presented: &Presented<'_>,
    now: UnixTime,
    trace: &mut Trace,
) -> Verdict {
    trace.begin(Check::Form);
    let judged = match opaque_provider(directory, presented) {
        Some(provider) => verify_opaque(provider, presented, now, trace),
        None => verify_jwt(directory, keyring, presented, now, trace),
    };
    match judged {
        Ok(verdict) => verdict,
        Err(refusal) => match refusal.reason.told() {
            Told::Refuse => Verdict::Refused(refusal),
            Told::Close => Verdict::Unavailable(refusal),
        },
    }
}

fn verify_jwt(
    directory: &Directory,
    keyring: &Keyring,
    presented: &Presented<'_>,
    now: UnixTime,
    trace: &mut Trace,
) -> Result<Verdict, Refusal> {
    let token = Token::parse(presented.token.expose())?;
    trace.begin(Check::Issuer);
    let provider = provider_of(directory, presented.organization, &token)?;
    trace.begin(Check::Algorithm);
    let algorithm = algorithm_of(provider, &token)?;
    trace.begin(Check::Signature);
    let kid = match check_signature(provider, keyring, &token, algorithm, now)? {
        Signature::Valid(kid) => kid,
        Signature::KeyWanted(wanted, otherwise) => {
            return Ok(Verdict::KeyWanted {
                provider: provider.key(),
                wanted,
                otherwise,
            });
        }
    };
    if provider.is_asked_about_jwts() {
        trace.begin(Check::Introspection);
        match presented.introspected {
            None => return Ok(Verdict::Introspect(Arc::clone(provider))),
            Some(Introspected::Active(answer)) if speaks_for(answer, &token.claims, now) => {}
            Some(_) => return Err(inactive()),
        }
    }
    let said = Said {
        claims: token.claims,
        kid,
        algorithm: Some(algorithm),
        typed_access: token.typed_access,
    };
    judge_said(provider, said, presented, now, trace)
}

/// What a token says, once it may be believed.
struct Said {
    claims: Claims,
    kid: Option<String>,
    algorithm: Option<Algorithm>,
    typed_access: bool,
}

/// Judges what a believed token says, with what was presented beside it.
fn judge_said(
    provider: &Arc<Provider>,
    said: Said,
    presented: &Presented<'_>,
    now: UnixTime,
    trace: &mut Trace,
) -> Result<Verdict, Refusal> {
    let Said {
        claims,
        kid,
        algorithm,
        typed_access,
    } = said;
    let bearer = Bearer::of(provider, &claims);
    let login = Login {
        claims,
        kid,
        algorithm,
        typed_access,
        named_pools: presented.named_pools.map(<[PoolId]>::to_vec),
        authzid: presented.authzid.map(str::to_owned),
        client_certificate_sha256: presented.client_certificate_sha256,
    };
    let least = min_remaining(provider, presented);
    let admitted = admit(provider, login, least, now, trace);
    let identity = admitted.map_err(|refusal| refusal.of(bearer))?;
    Ok(Verdict::Accepted(Box::new(identity)))
}

/// The provider to ask about a token that is no JWT at all.
fn opaque_provider<'a>(
    directory: &'a Directory,
    presented: &Presented<'_>,
) -> Option<&'a Arc<Provider>> {
    let provider = directory.introspecting(presented.organization)?;
    token::is_opaque(presented.token.expose()).then_some(provider)
}

/// Judges a token that only its provider understands: by the provider's answer, to which all rules
/// for claims apply.
fn verify_opaque(
    provider: &Arc<Provider>,
    presented: &Presented<'_>,
    now: UnixTime,
    trace: &mut Trace,
) -> Result<Verdict, Refusal> {
    trace.begin(Check::Issuer);
    check_enabled(provider)?;
    trace.begin(Check::Introspection);
    let claims = match presented.introspected {
        None => return Ok(Verdict::Introspect(Arc::clone(provider))),
        Some(Introspected::Inactive) => return Err(inactive()),
        Some(Introspected::Active(claims)) => Claims::clone(claims),
    };
    let said = Said {
        claims,
        kid: None,
        algorithm: None,
        typed_access: false,
    };
    judge_said(provider, said, presented, now, trace)
}

/// Least time the token must still be valid.
fn min_remaining(provider: &Provider, presented: &Presented<'_>) -> Duration {
    let least = presented.min_remaining;
    least.map_or(Duration::ZERO, |least| {
        provider.min_remaining.unwrap_or(least)
    })
}

fn inactive() -> Refusal {
    let detail = "the provider says that the token is not active, or is another's";
    Refusal::new(Reason::TokenInactive, detail)
}

/// A session's token and what its key was judged by.
#[derive(Clone, Copy, Debug)]
pub struct JudgedKey<'a> {
    /// The token.
    pub token: &'a Secret,
    /// Demanded refreshes of keys that had been good when it was verified.
    pub demands_met: u64,
}

/// Judges the key of `identity`'s token again, if its provider's keys were fetched on demand since:
/// somebody fears for them, so a key that is gone is trusted no longer.
///
/// # Errors
/// `KEY_UNKNOWN`, `SIGNATURE_INVALID`, and what else a login with the token would meet up to there.
pub fn judge_key(
    directory: &Directory,
    keyring: &Keyring,
    identity: &Identity,
    judged: JudgedKey<'_>,
    now: UnixTime,
) -> Result<(), Refusal> {
    let Some(provider) = directory.named(&identity.organization, &identity.provider) else {
        return Ok(());
    };
    let signed = identity.algorithm.is_some();
    if !signed || !keyring.was_demanded_since(&provider.key(), judged.demands_met) {
        return Ok(());
    }
    let token = Token::parse(judged.token.expose())?;
    let algorithm = algorithm_of(provider, &token)?;
    match check_signature(provider, keyring, &token, algorithm, now)? {
        Signature::Valid(_) => Ok(()),
        Signature::KeyWanted(_, otherwise) => Err(otherwise),
    }
}

/// Judges what `identity` was made from again, after providers or pools changed: everything but
/// the signature and the least remaining time of a first login.
///
/// # Errors
/// The refusal, if a login with the same token would be refused at `now` by `directory`.
pub fn judge(
    directory: &Directory,
    identity: &Identity,
    now: UnixTime,
) -> Result<Identity, Refusal> {
    let login = &identity.login;
    let provider = provider_of_session(directory, identity)?;
    if let Some(algorithm) = login.algorithm {
        check_algorithm(provider, algorithm)?;
    }
    let trace = &mut Trace::off();
    admit(provider, login.clone(), Duration::ZERO, now, trace)
}

/// Whether the session of `identity` must end at once, before all else is judged again: its
/// provider is gone or disabled, or its token revoked, or not bound where its provider wants it to
/// be. A few look-ups, so that every session can ask at the moment the configuration changes.
///
/// # Errors
/// `PROVIDER_REMOVED`, `PROVIDER_DISABLED`, `TOKEN_REVOKED`, `TOKEN_BOUND`, `TOKEN_UNBOUND`.
pub fn check_revoked(
    directory: &Directory,
    identity: &Identity,
    now: UnixTime,
) -> Result<(), Refusal> {
    let login = &identity.login;
    let provider = provider_of_session(directory, identity)?;
    let revocations = &provider.revocations;
    revocations.check(&login.claims, login.kid.as_deref(), now)?;
    content::check_binding(provider, &login.claims, login.client_certificate_sha256)
}

fn provider_of_session<'a>(
    directory: &'a Directory,
    identity: &Identity,
) -> Result<&'a Provider, Refusal> {
    let provider = directory
        .named(&identity.organization, &identity.provider)
        .filter(|provider| issuer_of(&identity.login.claims) == Some(&provider.issuer))
        .ok_or_else(|| {
            let detail = format!(
                "provider `{}` is gone, or has another issuer",
                identity.provider
            );
            Refusal::new(Reason::ProviderRemoved, detail)
        })?;
    check_enabled(provider)?;
    Ok(provider)
}

fn check_enabled(provider: &Provider) -> Result<(), Refusal> {
    if provider.enabled {
        return Ok(());
    }
    let detail = format!("provider `{}` is disabled", provider.name);
    Err(Refusal::new(Reason::ProviderDisabled, detail))
}

/// What a look at the signature ended with, refusals aside.
enum Signature {
    /// By the key of this id, whether or not the token names it: a key that is revoked must not be
    /// usable by leaving its name out.
    Valid(Option<String>),
    /// By none of the keys at hand; and what to refuse with if others are no better.
    KeyWanted(WantedKey, Refusal),
}

/// The provider that the token's unverified `iss` picks. That use alone is made of it: the
/// provider's keys must then verify the very bytes it was read from.
fn provider_of<'a>(
    directory: &'a Directory,
    organization: &Organization,
    token: &Token<'_>,
) -> Result<&'a Arc<Provider>, Refusal> {
    let unknown = |detail: &str| Refusal::new(Reason::IssuerUnknown, detail);
    let issuer =
        issuer_of(&token.claims).ok_or_else(|| unknown("`iss` is missing or not a string"))?;
    let provider = directory
        .find(organization, issuer)
        .ok_or_else(|| unknown("the organization trusts no provider with this `iss`"))?;
    check_enabled(provider)?;
    Ok(provider)
}

fn issuer_of(claims: &Claims) -> Option<&str> {
    claims.get("iss").and_then(Json::as_text)
}

fn algorithm_of(provider: &Provider, token: &Token<'_>) -> Result<Algorithm, Refusal> {
    let algorithm = Algorithm::parse(&token.algorithm).ok_or_else(|| {
        Refusal::new(
            Reason::AlgorithmNotAllowed,
            "`alg` is none that is ever trusted",
        )
    })?;
    check_algorithm(provider, algorithm)?;
    Ok(algorithm)
}

fn check_algorithm(provider: &Provider, algorithm: Algorithm) -> Result<(), Refusal> {
    if provider.algorithms.contains(&algorithm) {
        return Ok(());
    }
    let detail = format!(
        "`alg` {} is not among the provider's algorithms",
        algorithm.name()
    );
    Err(Refusal::new(Reason::AlgorithmNotAllowed, detail))
}

fn check_signature(
    provider: &Provider,
    keyring: &Keyring,
    token: &Token<'_>,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Signature, Refusal> {
    let keys = keys_of(provider, keyring, now)?;
    let kid = token.kid.as_deref();
    let refusal = match keys.verify(kid, algorithm, token.signed, &token.signature) {
        KeyVerdict::Valid => {
            let used = kid.or_else(|| keys.kid_of_only(algorithm));
            return Ok(Signature::Valid(used.map(str::to_owned)));
        }
        KeyVerdict::Unknown => {
            let kid = kid.unwrap_or_default().to_owned();
            let detail = format!("no key {kid:?} at {}", provider.issuer);
            let refusal = Refusal::new(Reason::KeyUnknown, detail);
            return Ok(Signature::KeyWanted(WantedKey::Id(kid), refusal));
        }
        KeyVerdict::Ambiguous(count) => {
            let detail = format!(
                "`kid` is missing, and {count} keys fit `alg` {}",
                algorithm.name()
            );
            return Err(Refusal::new(Reason::KeyUnknown, detail));
        }
        KeyVerdict::Invalid => {
            let detail = "the signature is not by the provider's key";
            Refusal::new(Reason::SignatureInvalid, detail)
        }
        KeyVerdict::WrongAlgorithm => {
            let detail = format!(
                "the provider's key does not verify `alg` {}",
                algorithm.name()
            );
            Refusal::new(Reason::AlgorithmNotAllowed, detail)
        }
    };
    if keyring
        .published_at(&provider.key())
        .is_some_and(|published| was_issued_before(token, provider, published))
    {
        return Err(refusal);
    }
    let wanted = WantedKey::Signer {
        token: token.digest(),
        among: keys,
    };
    Ok(Signature::KeyWanted(wanted, refusal))
}

/// The keys at hand, if they may be trusted.
fn keys_of(provider: &Provider, keyring: &Keyring, now: UnixTime) -> Result<Arc<KeySet>, Refusal> {
    match keyring.keys(&provider.key(), provider.key_source.stale_max, now) {
        Keys::Ready(keys) => Ok(keys),
        Keys::Stale(age) => {
            let hours = age.as_secs().checked_div(3600).unwrap_or(0);
            let detail = format!("the provider's keys are {hours} h old");
            Err(Refusal::new(Reason::KeysStale, detail))
        }
        Keys::None => {
            let detail = "the provider's keys have not been fetched yet";
            Err(Refusal::new(Reason::KeysUnavailable, detail))
        }
    }
}

/// Whether `token` says that it was issued before the fetch began of keys that were `published` at
/// its end, by the provider's clock: then those keys are news enough, and no refresh can make it good. Nothing is believed by it: whoever writes
/// an early `iat` is refused the sooner.
fn was_issued_before(token: &Token<'_>, provider: &Provider, published: UnixTime) -> bool {
    let Some(Json::Int(issued)) = token.claims.get("iat") else {
        return false;
    };
    let fetch = limits::PROVIDER_REQUEST_TIMEOUT.saturating_mul(2);
    let margin = provider.clock_skew.saturating_add(fetch);
    UnixTime::from_secs(*issued).plus(margin) < published
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::identity::{
        Audiences, ClaimMapping, GroupMapping, Identities, IntrospectedTokens, KeySet, Principal,
        Revoked, Terms, TokenUse,
        fixture::{
            ED25519, ISSUER, NOW, P256, P384, P521, RSA_A, RSA_B, b64, header, introspection,
            keyring, keys, object, organization, payload, pool, provider, token,
        },
        introspection::read_answer,
    };

    // "Row" and "K" numbers are those of the two lists that the tests of tokens work through: 82
    // hostile inputs, and 30 vectors from Kafka's own tests.

    /// A provider whose key `k1` is `RSA_A`, and what to ask of it.
    struct World {
        provider: Provider,
        keys: Arc<KeySet>,
        named: Option<Vec<PoolId>>,
        authzid: Option<String>,
        certificate: Option<[u8; 32]>,
        min_remaining: Option<Duration>,
    }

    impl World {
        fn new() -> Self {
            Self {
                provider: provider("idp", ISSUER),
                keys: keys(&[RSA_A.jwk(r#""kid":"k1","#)]),
                named: None,
                authzid: None,
                certificate: None,
                min_remaining: Some(Duration::from_secs(3)),
            }
        }

        fn with_pools(pools: &[(&str, &str)]) -> Self {
            let mut world = Self::new();
            world.provider.identities = Identities::Pools;
            world.provider.pools = pools.iter().map(|(id, filter)| pool(id, filter)).collect();
            world
        }

        fn naming(mut self, pools: &[&str]) -> Self {
            self.named = Some(pools.iter().map(|id| PoolId::parse(id).unwrap()).collect());
            self
        }

        fn directory(&self) -> Directory {
            Directory::new(vec![Arc::new(self.provider.clone())]).unwrap()
        }

        fn verify(&self, token: &str) -> Verdict {
            let ring = keyring(&self.provider, Arc::clone(&self.keys));
            let presented = Presented {
                organization: &organization(),
                token: &Secret::new(token.to_owned()),
                named_pools: self.named.as_deref(),
                authzid: self.authzid.as_deref(),
                client_certificate_sha256: self.certificate,
                min_remaining: self.min_remaining,
                introspected: None,
            };
            verify(
                &self.directory(),
                &ring,
                &presented,
                UnixTime::from_secs(NOW),
            )
        }

        fn accepted(&self, token: &str) -> Identity {
            match self.verify(token) {
                Verdict::Accepted(identity) => *identity,
                other => panic!("{other:?}"),
            }
        }

        fn refusal(&self, token: &str) -> Refusal {
            match self.verify(token) {
                Verdict::Refused(refusal)
                | Verdict::KeyWanted {
                    otherwise: refusal, ..
                } => refusal,
                other => panic!("{other:?}"),
            }
        }

        fn reason(&self, token: &str) -> Reason {
            self.refusal(token).reason
        }
    }

    fn signed(header_changes: &[(&str, &str)], payload_changes: &[(&str, &str)]) -> String {
        RSA_A.token(
            Algorithm::Rs256,
            &header(header_changes),
            &payload(payload_changes),
        )
    }

    #[test]
    fn a_good_token_yields_its_user() {
        let token = token(&[("jti", "\"j\""), ("client_id", "\"c\""), ("name", "\"x\"")]);
        let identity = World::new().accepted(&token);
        assert_eq!(identity.primary, Principal::user("svc-1").unwrap());
        assert_eq!(identity.principals().count(), 1);
        assert_eq!(identity.user.as_ref(), Some(&identity.primary));
        assert_eq!(identity.claim, "svc-1");
        assert_eq!(identity.subject.as_deref(), Some("svc-1"));
        assert_eq!(identity.client_id.as_deref(), Some("orders"));
        assert_eq!(identity.jti.as_deref(), Some("j"));
        assert_eq!(identity.kid.as_deref(), Some("k1"));
        assert_eq!(identity.expires_at, UnixTime::from_secs(NOW + 600));
        assert!(!format!("{identity:?}").contains("email"));
    }

    /// K17, and the algorithms that Kafka does not know.
    #[test]
    fn every_algorithm_logs_in() {
        let all = [
            (&*RSA_A, Algorithm::Rs256),
            (&*RSA_A, Algorithm::Rs384),
            (&*RSA_A, Algorithm::Rs512),
            (&*RSA_A, Algorithm::Ps256),
            (&*RSA_A, Algorithm::Ps384),
            (&*RSA_A, Algorithm::Ps512),
            (&*P256, Algorithm::Es256),
            (&*P384, Algorithm::Es384),
            (&*P521, Algorithm::Es512),
            (&*ED25519, Algorithm::EdDsa),
        ];
        for (key, algorithm) in all {
            let mut world = World::new();
            world.keys = keys(&[key.jwk(r#""kid":"k1","#)]);
            let name = format!("{:?}", algorithm.name());
            let token = key.token(algorithm, &header(&[("alg", &name)]), &payload(&[]));
            assert_eq!(world.accepted(&token).algorithm, Some(algorithm));
            // The same signature under another name verifies nowhere.
            for other in Algorithm::ALL
                .into_iter()
                .filter(|other| *other != algorithm)
            {
                let name = format!("{:?}", other.name());
                let token = key.token(algorithm, &header(&[("alg", &name)]), &payload(&[]));
                let reason = world.reason(&token).disclosed();
                assert_eq!(
                    reason,
                    Reason::SignatureInvalid,
                    "{algorithm:?} as {other:?}"
                );
            }
        }
    }

    /// Rows 1 to 6 of the hostile inputs; K15, K17.
    #[test]
    fn algorithms_outside_the_list_are_refused() {
        let world = World::new();
        for name in [
            "none", "NONE", "nOnE", "HS256", "rs256", "fake", "", "ES256K",
        ] {
            let head = b64(&header(&[("alg", &format!("{name:?}"))]));
            let unsigned = format!("{head}.{}.", b64(&payload(&[])));
            assert_eq!(world.reason(&unsigned), Reason::TokenMalformed, "{name}");
            // K15: a forged token with some signature.
            assert_eq!(
                world.reason(&format!("{unsigned}AAAA")),
                Reason::AlgorithmNotAllowed,
                "{name}"
            );
        }
        // 3: HMAC with the public key's text as the shared secret.
        let head = format!(
            "{}.{}",
            b64(&header(&[("alg", "\"HS256\"")])),
            b64(&payload(&[]))
        );
        let public = RSA_A.jwk("");
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&secret, head.as_bytes());
        let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode(tag));
        assert_eq!(world.reason(&forged), Reason::AlgorithmNotAllowed);
        // 6: known, but not on this provider's list.
        let mut world = World::new();
        world.provider.algorithms = vec![Algorithm::Rs256];
        let rs512 = RSA_A.token(
            Algorithm::Rs512,
            &header(&[("alg", "\"RS512\"")]),
            &payload(&[]),
        );
        assert_eq!(world.reason(&rs512), Reason::AlgorithmNotAllowed);
    }

    /// Rows 7, 8, 15, 16, 22, 23, 44, 45, 54; K10.
    #[test]
    fn signatures_must_be_by_the_very_key() {
        let world = World::new();
        let good = token(&[]);
        let (head, signature) = good.rsplit_once('.').unwrap();
        let (header_part, _) = head.split_once('.').unwrap();
        let other_payload = b64(&payload(&[("sub", "\"admin\"")]));
        let cases = [
            format!("{header_part}.{other_payload}.{signature}"),
            format!(
                "{head}.{}",
                URL_SAFE_NO_PAD.encode(RSA_B.sign(Algorithm::Rs256, head.as_bytes()))
            ),
            format!("{good}AB"),
            format!("{head}.AAAA"),
            RSA_B.token(Algorithm::Rs256, &header(&[]), &payload(&[])),
            RSA_B.token(
                Algorithm::Rs256,
                &header(&[("jwk", &RSA_B.jwk(""))]),
                &payload(&[]),
            ),
            RSA_B.token(
                Algorithm::Rs256,
                &header(&[("jku", "\"https://evil\"")]),
                &payload(&[]),
            ),
        ];
        for case in &cases {
            let refusal = world.refusal(case);
            let malformed_or_invalid = [Reason::SignatureInvalid, Reason::TokenMalformed];
            assert!(
                malformed_or_invalid.contains(&refusal.reason),
                "{refusal:?}"
            );
        }
        let unknown = RSA_B.token(
            Algorithm::Rs256,
            &header(&[("kid", "\"../../etc\"")]),
            &payload(&[]),
        );
        let Verdict::KeyWanted {
            provider,
            wanted: WantedKey::Id(kid),
            otherwise,
        } = world.verify(&unknown)
        else {
            panic!("an unknown key is wanted");
        };
        assert_eq!(
            (provider, kid.as_str(), otherwise.reason),
            (world.provider.key(), "../../etc", Reason::KeyUnknown)
        );
        let es256 = P256.token(
            Algorithm::Es256,
            &header(&[("alg", "\"ES256\"")]),
            &payload(&[]),
        );
        assert_eq!(world.reason(&es256), Reason::AlgorithmNotAllowed);

        let without_kid = signed(&[("kid", "")], &[]);
        assert_eq!(world.accepted(&without_kid).kid.as_deref(), Some("k1"));
        // A key that is revoked cannot be used by leaving its name out.
        let mut revoked = World::new();
        let terms = Terms {
            issued_before: None,
            until: None,
        };
        let key = Revoked::Kid("k1".to_owned());
        revoked.provider.revocations.add(key, terms);
        assert_eq!(revoked.reason(&without_kid), Reason::TokenRevoked);
        let mut two = World::new();
        two.keys = keys(&[RSA_B.jwk(r#""kid":"k1","#), RSA_A.jwk(r#""kid":"k1","#)]);
        two.accepted(&good);
        assert_eq!(two.reason(&without_kid), Reason::KeyUnknown);
    }

    /// A key may have been replaced under its id, or may have none: other keys can tell. Not for a
    /// token that is older than the keys at hand.
    #[test]
    fn a_signature_that_does_not_hold_asks_for_other_keys() {
        let mut world = World::new();
        for kid in ["\"k1\"", ""] {
            for (issued, waits) in [(NOW - 5, true), (NOW - 300, false)] {
                let issued = issued.to_string();
                let payload = payload(&[("iat", issued.as_str())]);
                let token = RSA_B.token(Algorithm::Rs256, &header(&[("kid", kid)]), &payload);
                match world.verify(&token) {
                    Verdict::KeyWanted {
                        wanted: WantedKey::Signer { among, .. },
                        otherwise,
                        ..
                    } => {
                        assert!(waits && Arc::ptr_eq(&among, &world.keys));
                        assert_eq!(otherwise.reason, Reason::SignatureInvalid);
                    }
                    Verdict::Refused(refusal) => {
                        assert!(!waits);
                        assert_eq!(refusal.reason, Reason::SignatureInvalid);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        // A key of another type under the old id.
        let es256 = header(&[("alg", "\"ES256\"")]);
        let now = (NOW - 5).to_string();
        let es256 = P256.token(Algorithm::Es256, &es256, &payload(&[("iat", now.as_str())]));
        let verdict = world.verify(&es256);
        assert!(
            matches!(&verdict, Verdict::KeyWanted { otherwise, .. }
                if otherwise.reason == Reason::AlgorithmNotAllowed),
            "{verdict:?}"
        );
        world.keys = keys(&[P256.jwk(r#""kid":"k1","#)]);
        world.accepted(&es256);
    }

    /// By the provider's clock, and by when it published them: who is behind, or answers from a cache,
    /// has signed with newer keys than it seems.
    #[test]
    fn a_token_is_older_than_its_keys_by_its_providers_clock() {
        let world = World::new();
        let issued = (NOW - 300).to_string();
        let payload = payload(&[("iat", issued.as_str())]);
        let token = RSA_B.token(Algorithm::Rs256, &header(&[]), &payload);
        let presented = Presented {
            organization: &organization(),
            token: &Secret::new(token),
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: None,
            introspected: None,
        };
        for (offset, age, waits) in [
            (0, 0, false),
            (400, 0, false),
            (-20, 20, false),
            (-400, 0, true),
            (0, 400, true),
            (-200, 200, true),
            (400, 400, true),
            (i64::MIN, u64::MAX, true),
        ] {
            let key = world.provider.key();
            let ring = keyring(&world.provider, Arc::clone(&world.keys));
            ring.note_clock(&key, offset);
            ring.note_age(&key, Duration::from_secs(age));
            let now = UnixTime::from_secs(NOW);
            let verdict = verify(&world.directory(), &ring, &presented, now);
            let waited = matches!(verdict, Verdict::KeyWanted { .. });
            assert_eq!(waited, waits, "{offset} {age}: {verdict:?}");
        }
    }

    /// Row 34 and CVE-2026-49998: one key id at two providers, keys swapped, both orders.
    #[test]
    fn one_kid_at_two_providers_is_two_keys() {
        let (a, b) = (provider("a", "https://a"), provider("b", "https://b"));
        let jwk = |key: &crate::identity::fixture::TestKey| keys(&[key.jwk(r#""kid":"k1","#)]);
        for swapped in [false, true] {
            let now = UnixTime::from_secs(NOW);
            let ring = Keyring::new(Duration::ZERO);
            let mut stores = vec![(&a, jwk(&RSA_A)), (&b, jwk(&RSA_B))];
            if swapped {
                stores.reverse();
            }
            for (provider, keys) in stores {
                ring.open(&provider.key());
                ring.store(&provider.key(), keys, now);
            }
            let providers = vec![Arc::new(a.clone()), Arc::new(b.clone())];
            let directory = Directory::new(providers).unwrap();
            let cases = [
                (&*RSA_A, "\"https://a\"", true),
                (&*RSA_B, "\"https://b\"", true),
                (&*RSA_B, "\"https://a\"", false),
                (&*RSA_A, "\"https://b\"", false),
            ];
            for (key, issuer, good) in cases {
                let token = key.token(Algorithm::Rs256, &header(&[]), &payload(&[("iss", issuer)]));
                let presented = Presented {
                    organization: &organization(),
                    token: &Secret::new(token),
                    named_pools: None,
                    authzid: None,
                    client_certificate_sha256: None,
                    min_remaining: None,
                    introspected: None,
                };
                match verify(&directory, &ring, &presented, now) {
                    Verdict::Accepted(identity) => {
                        assert!(good);
                        assert!(issuer.contains(&format!("https://{}", identity.provider)));
                    }
                    Verdict::Refused(refusal) => {
                        assert!(!good);
                        assert_eq!(refusal.reason, Reason::SignatureInvalid);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    /// Rows 10 to 14, 17 to 21, 41 to 43, 46 to 49 and 53 go through the whole of `verify` here;
    /// their many forms are in `token`.
    #[test]
    fn malformed_tokens_are_refused_before_anything_else() {
        let world = World::new();
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let long = format!("{:?}", "x".repeat(17 * 1024));
        let cases = [
            signed(&[("crit", "[\"x\"]")], &[]),
            signed(&[("crit", "[]")], &[]),
            signed(&[("b64", "false")], &[]),
            signed(&[("cty", "\"JWT\"")], &[]),
            signed(&[("zip", "\"DEF\"")], &[]),
            signed(&[("typ", "\"logout+jwt\"")], &[]),
            signed(&[("kid", "7")], &[]),
            signed(&[("alg", "\"RS256\""), ("alg", "\"RS256\"")], &[]),
            signed(&[], &[("sub", "\"a\""), ("sub", "\"b\"")]),
            signed(&[], &[("groups", "[\"a\"]"), ("groups", "[\"b\"]")]),
            signed(&[], &[("x", &deep)]),
            signed(&[], &[("x", &long)]),
            RSA_A.token(Algorithm::Rs256, &header(&[]), "[]"),
            RSA_A.token(
                Algorithm::Rs256,
                &header(&[]),
                &format!("{}x", payload(&[])),
            ),
            RSA_A.token(
                Algorithm::Rs256,
                &header(&[]),
                &format!("\u{feff}{}", payload(&[])),
            ),
            format!("{}\n", token(&[])),
            format!("{}.x.y", token(&[])),
        ];
        for case in &cases {
            assert_eq!(world.reason(case), Reason::TokenMalformed, "{case}");
        }
    }

    /// Rows of the table of hostile inputs: row, claim, its value, reason.
    fn refuses(rows: &[(&str, &str, &str, Reason)]) {
        let world = World::new();
        for (row, name, value, reason) in rows {
            let refusal = world.refusal(&token(&[(name, value)]));
            assert_eq!(
                refusal.reason, *reason,
                "row {row}: {name} = {value}: {refusal}"
            );
        }
    }

    fn accepts(claims: &[(&str, &str)]) {
        let world = World::new();
        for (name, value) in claims {
            world.accepted(&token(&[(name, value)]));
        }
    }

    /// Rows 24 to 30, 50 and 51; K21, K29.
    #[test]
    fn times_decide() {
        let at = |secs: i64| (NOW + secs).to_string();
        let huge = u64::MAX.to_string();
        let [now, past, later, skewed] = [at(0), at(-1), at(31), at(30)];
        let [next_day, day_and_more] = [at(24 * 3600), at(24 * 3600 + 1)];
        use Reason::{
            ClaimInvalid, ClaimMissing, TokenExpired, TokenLifetimeTooLong, TokenNotYetValid,
        };
        refuses(&[
            ("24", "exp", "", ClaimMissing),
            ("24", "exp", "null", ClaimInvalid),
            ("24", "exp", "\"1750000600\"", ClaimInvalid),
            ("24", "exp", "-1", ClaimInvalid),
            ("24", "exp", "true", ClaimInvalid),
            ("24", "exp", "[1750000600]", ClaimInvalid),
            ("25", "exp", "1750000600.5", ClaimInvalid),
            ("25", "exp", "1750000600.0", ClaimInvalid),
            ("25", "exp", "1.7500006e9", ClaimInvalid),
            ("26", "exp", &past, TokenExpired),
            ("26", "exp", &now, TokenExpired),
            ("27", "nbf", &later, TokenNotYetValid),
            ("27", "nbf", "\"x\"", ClaimInvalid),
            ("27", "nbf", "null", ClaimInvalid),
            ("27", "nbf", "-1", ClaimInvalid),
            ("28", "iat", &later, TokenNotYetValid),
            ("29", "iat", "", ClaimMissing),
            ("29", "iat", "\"x\"", ClaimInvalid),
            ("29", "iat", "-1", ClaimInvalid),
            ("29", "iat", "null", ClaimInvalid),
            ("30", "iat", &at(600), ClaimInvalid),
            ("30", "iat", &at(601), ClaimInvalid),
            ("50", "exp", "10000000000000000000", ClaimInvalid),
            ("50", "exp", &huge, ClaimInvalid),
            ("50", "exp", "9223372036854775807", TokenLifetimeTooLong),
            ("51", "exp", &day_and_more, TokenLifetimeTooLong),
        ]);
        accepts(&[
            ("exp", &next_day),
            ("nbf", &skewed),
            ("nbf", "0"),
            ("iat", "0"),
            ("iat", &skewed),
        ]);
    }

    /// Rows 31 to 37; K19.
    #[test]
    fn issuer_and_audience_decide() {
        use Reason::{AudienceMismatch, ClaimInvalid, ClaimMissing, IssuerUnknown};
        refuses(&[
            ("31", "iss", "", IssuerUnknown),
            ("31", "iss", "7", IssuerUnknown),
            ("31", "iss", "null", IssuerUnknown),
            ("32", "iss", "[\"https://idp.example.com\"]", IssuerUnknown),
            ("33", "iss", "\"https://idp.example.com/\"", IssuerUnknown),
            ("33", "iss", "\"https://IDP.example.com\"", IssuerUnknown),
            ("33", "iss", "\" https://idp.example.com\"", IssuerUnknown),
            ("33", "iss", "\"https://idp.example.com \"", IssuerUnknown),
            ("35", "aud", "", ClaimMissing),
            ("35", "aud", "null", ClaimInvalid),
            ("35", "aud", "7", ClaimInvalid),
            ("35", "aud", "{\"kafka\":1}", ClaimInvalid),
            ("36", "aud", "[\"kafka\",123]", ClaimInvalid),
            ("36", "aud", "[[\"kafka\"]]", ClaimInvalid),
            ("37", "aud", "[]", AudienceMismatch),
            ("37", "aud", "\"\"", AudienceMismatch),
            ("37", "aud", "\"Kafka\"", AudienceMismatch),
            ("37", "aud", "\"kafka,other\"", AudienceMismatch),
        ]);
        accepts(&[("aud", "[\"other\",\"kafka\"]"), ("aud", "[\"kafka\"]")]);
    }

    /// Rows 38 to 40; K21.
    #[test]
    fn names_and_use_decide() {
        use Reason::{
            AudienceMismatch, ClaimInvalid, ClaimMissing, TokenUseMismatch, UsernameReserved,
        };
        refuses(&[
            ("38", "sub", "", ClaimMissing),
            ("38", "sub", "null", ClaimInvalid),
            ("38", "sub", "7", ClaimInvalid),
            ("39", "sub", "\"\"", UsernameReserved),
            ("39", "sub", "\"  \"", UsernameReserved),
            ("39", "sub", "\"a\\u0000b\"", UsernameReserved),
            ("39", "sub", "\"a\\r\\nb\"", UsernameReserved),
            ("39", "sub", "\"*\"", UsernameReserved),
            ("39", "sub", "\"ANONYMOUS\"", UsernameReserved),
            ("39", "sub", "\"pool-x\"", UsernameReserved),
            ("40", "aud", "\"other-client\"", AudienceMismatch),
            ("40", "typ", "\"ID\"", TokenUseMismatch),
            ("40", "typ", "\"Refresh\"", TokenUseMismatch),
            ("40", "typ", "\"Offline\"", TokenUseMismatch),
            ("40", "typ", "\"Logout\"", TokenUseMismatch),
            ("40", "token_use", "\"id\"", TokenUseMismatch),
            ("40", "token_use", "\"refresh\"", TokenUseMismatch),
            ("40", "token_use", "\"strange\"", TokenUseMismatch),
            ("40", "token_use", "1", ClaimInvalid),
            (
                "40",
                "events",
                "{\"http://schemas.openid.net/event/backchannel-logout\":{}}",
                TokenUseMismatch,
            ),
            ("-", "email", "\"joe@evil.com@example.com\"", ClaimInvalid),
            ("-", "jti", "7", ClaimInvalid),
            ("-", "azp", "[\"orders\"]", ClaimInvalid),
        ]);
        accepts(&[
            ("typ", "\"Bearer\""),
            ("typ", "\"JWT\""),
            ("token_use", "\"access\""),
            ("events", "{}"),
            ("jti", "\"\""),
            ("email", "\"joe@example.com\""),
            ("email", "\"\""),
        ]);
    }

    /// Row 52: too little time left closes at a first login, and does not matter later.
    #[test]
    fn a_nearly_expired_token_is_closed_not_refused() {
        let mut world = World::new();
        let soon = token(&[("exp", &(NOW + 2).to_string())]);
        let Verdict::Unavailable(refusal) = world.verify(&soon) else {
            panic!("a close is wanted")
        };
        assert_eq!(refusal.reason, Reason::TokenExpiresTooSoon);
        world.min_remaining = None;
        world.accepted(&soon);
    }

    #[test]
    fn no_keys_and_stale_keys_close() {
        let world = World::new();
        let key = world.provider.key();
        let token = Secret::new(token(&[]));
        let presented = Presented {
            organization: &organization(),
            token: &token,
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: None,
            introspected: None,
        };
        let now = UnixTime::from_secs(NOW);
        let ring = Keyring::new(Duration::ZERO);
        let verdict = |ring: &Keyring| match verify(&world.directory(), ring, &presented, now) {
            Verdict::Unavailable(refusal) => refusal.reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(verdict(&ring), Reason::KeysUnavailable);
        ring.open(&key);
        ring.fail(&key, "down".to_owned());
        assert_eq!(verdict(&ring), Reason::KeysUnavailable);
        ring.store(
            &key,
            Arc::clone(&world.keys),
            UnixTime::from_secs(NOW - 24 * 3600 - 1),
        );
        assert_eq!(verdict(&ring), Reason::KeysStale);
        ring.store(
            &key,
            Arc::clone(&world.keys),
            UnixTime::from_secs(NOW - 24 * 3600),
        );
        let mut cautious = World::new();
        cautious.provider.key_source.stale_max = Duration::from_secs(3600);
        let verdict = verify(&cautious.directory(), &ring, &presented, now);
        assert!(
            matches!(&verdict, Verdict::Unavailable(no) if no.reason == Reason::KeysStale),
            "{verdict:?}"
        );
        let fresh = verify(&world.directory(), &ring, &presented, now);
        assert!(matches!(fresh, Verdict::Accepted(_)));
    }

    #[test]
    fn another_organizations_provider_is_an_unknown_issuer() {
        let mut world = World::new();
        world.provider.organization = Organization::parse("other").unwrap();
        assert_eq!(world.reason(&token(&[])), Reason::IssuerUnknown);
    }

    /// What may be told to the client before the signature holds.
    #[test]
    fn nothing_but_four_reasons_is_told_to_strangers() {
        let world = World::new();
        let bad = |header_changes: &[(&str, &str)], payload_changes: &[(&str, &str)]| {
            RSA_B.token(
                Algorithm::Rs256,
                &header(header_changes),
                &payload(payload_changes),
            )
        };
        for token in [
            bad(&[], &[("exp", "1")]),
            bad(&[], &[("aud", "\"x\"")]),
            bad(&[], &[("iss", "\"x\"")]),
            bad(&[("alg", "\"ES256\"")], &[]),
            bad(&[("alg", "\"none\"")], &[]),
            bad(&[("typ", "\"logout+jwt\"")], &[]),
            bad(&[], &[("cnf", "1")]),
        ] {
            let told = world.reason(&token).disclosed();
            let allowed = [
                Reason::TokenMalformed,
                Reason::IssuerUnknown,
                Reason::KeyUnknown,
                Reason::SignatureInvalid,
            ];
            assert!(allowed.contains(&told), "{told:?}");
        }
    }

    #[test]
    fn token_use_decides_both_ways() {
        let cases = [
            (TokenUse::Access, "\"at+jwt\"", "\"Bearer\"", true),
            (TokenUse::Access, "\"JWT\"", "\"ID\"", false),
            (TokenUse::Id, "\"JWT\"", "\"ID\"", true),
            (TokenUse::Id, "\"JWT\"", "\"Bearer\"", false),
            (TokenUse::Id, "\"application/at+jwt\"", "\"ID\"", false),
            (TokenUse::Any, "\"at+jwt\"", "\"ID\"", true),
            (TokenUse::Any, "\"JWT\"", "\"Refresh\"", false),
        ];
        for (wanted, header_typ, typ, good) in cases {
            let mut world = World::new();
            world.provider.token_use = wanted;
            let token = signed(&[("typ", header_typ)], &[("typ", typ)]);
            match (world.verify(&token), good) {
                (Verdict::Accepted(_), true) => {}
                (Verdict::Refused(refusal), false) => {
                    assert_eq!(refusal.reason, Reason::TokenUseMismatch);
                }
                (other, _) => panic!("{wanted:?} {header_typ} {typ}: {other:?}"),
            }
        }
    }

    #[test]
    fn bound_tokens_want_the_certificate() {
        let certificate = [7; 32];
        let thumbprint = URL_SAFE_NO_PAD.encode(certificate);
        let bound = format!("{{\"x5t#S256\":\"{thumbprint}\"}}");
        let mut world = World::new();
        assert_eq!(world.reason(&token(&[("cnf", &bound)])), Reason::TokenBound);
        world.certificate = Some([8; 32]);
        assert_eq!(world.reason(&token(&[("cnf", &bound)])), Reason::TokenBound);
        world.certificate = Some(certificate);
        world.accepted(&token(&[("cnf", &bound)]));
        let both = format!("{{\"x5t#S256\":\"{thumbprint}\",\"jkt\":\"x\"}}");
        for other in [
            "null",
            "1",
            "{}",
            "[]",
            "{\"jkt\":\"x\"}",
            "{\"x5t#S256\":7}",
            &both,
        ] {
            assert_eq!(
                world.reason(&token(&[("cnf", other)])),
                Reason::TokenBound,
                "{other}"
            );
        }
    }

    /// Rows 62 and 63; a comma-separated string as OKD reads it.
    #[test]
    fn groups_are_strings_or_refused() {
        let mut world = World::new();
        let claim = "groups".parse().unwrap();
        world.provider.groups = Some(GroupMapping {
            names: ClaimMapping::of_claim(claim, "kc:"),
            required: false,
            separator: Some(",".to_owned()),
        });
        let many = |n: usize| format!("[{}]", vec!["\"g\""; n].join(","));
        let long = format!("[{:?}]", "x".repeat(300));
        let refused = [
            ("groups", "7"),
            ("groups", "{}"),
            ("groups", "true"),
            ("groups", "[1]"),
            ("groups", "[\"a\",1]"),
            ("groups", "[[\"a\"]]"),
            ("groups", "[\"\"]"),
            ("groups", "[\"a\\u0000\"]"),
            ("groups", &long),
            ("groups", &many(1001)),
        ];
        for (name, value) in refused {
            assert_eq!(
                world.reason(&token(&[(name, value)])),
                Reason::ClaimInvalid,
                "{value:.40}"
            );
        }
        let overage = [
            ("_claim_names", "{\"groups\":\"src1\"}"),
            ("hasgroups", "true"),
        ];
        for (name, value) in overage {
            assert_eq!(
                world.reason(&token(&[(name, value)])),
                Reason::GroupsOverage,
                "{name}"
            );
        }
        let groups = |value: &str| {
            let identity = world.accepted(&token(&[("groups", value)]));
            identity
                .groups
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(groups("[\"a\",\"b c\"]"), ["Group:kc:a", "Group:kc:b c"]);
        assert_eq!(
            groups("\"a, b,,c\""),
            ["Group:kc:a", "Group:kc:b", "Group:kc:c"]
        );
        assert!(groups("[]").is_empty() && groups("").is_empty() && groups("null").is_empty());
        assert_eq!(groups(&many(1000)).len(), 1000);
    }

    #[test]
    fn user_names_are_prefixed_and_an_email_must_be_verified() {
        let mut world = World::new();
        let username = |claim: &str, prefix: &str| Identities::Users {
            username: ClaimMapping::of_claim(claim.parse().unwrap(), prefix),
        };
        world.provider.identities = username("sub", "kc:");
        let identity = world.accepted(&token(&[("sub", "\"pool-x\"")]));
        assert_eq!(identity.primary.to_string(), "User:kc:pool-x");
        assert_eq!(identity.claim, "pool-x");
        world.provider.identities = username("sub", "pool-");
        assert_eq!(world.reason(&token(&[])), Reason::UsernameReserved);
        world.provider.identities = username("email", "");
        let email = ("email", "\"a@example.com\"");
        assert_eq!(world.reason(&token(&[email])), Reason::ClaimInvalid);
        for unverified in ["false", "\"true\"", "1", "null"] {
            let token = token(&[email, ("email_verified", unverified)]);
            assert_eq!(world.reason(&token), Reason::ClaimInvalid, "{unverified}");
        }
        let identity = world.accepted(&token(&[email, ("email_verified", "true")]));
        assert_eq!(identity.primary.to_string(), "User:a@example.com");
        // K18: another claim than `sub`, which may then be missing.
        world.provider.identities = username("client_id", "");
        let identity = world.accepted(&token(&[("sub", ""), ("client_id", "\"c\"")]));
        assert_eq!(identity.primary.to_string(), "User:c");
    }

    /// Rows 64 to 66 and 68.
    #[test]
    fn pools_match_or_the_login_fails() {
        let pools = [
            ("pool-a", "claims.azp == 'orders'"),
            ("pool-b", "claims.sub.startsWith('svc-')"),
            ("pool-no", "claims.azp == 'x'"),
            ("pool-error", "claims.nope == 'x'"),
        ];
        let good = token(&[]);
        let identity = World::with_pools(&pools).accepted(&good);
        let ids = |pools: &[PoolId]| pools.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids(&identity.pools), ["pool-a", "pool-b"]);
        assert_eq!(ids(&identity.matched_pools), ["pool-a", "pool-b"]);
        assert_eq!(identity.primary, Principal::user("svc-1").unwrap());
        let principals: Vec<_> = identity.principals().map(|p| p.to_string()).collect();
        assert_eq!(principals, ["User:pool-a", "User:pool-b"]);

        let one = World::with_pools(&pools)
            .naming(&["pool-a"])
            .accepted(&good);
        assert_eq!(one.primary.to_string(), "User:pool-a");
        assert_eq!(
            one.principals().map(|p| p.to_string()).collect::<Vec<_>>(),
            ["User:pool-a"]
        );
        assert_eq!(one.denied_principals().count(), 2);
        let both = World::with_pools(&pools)
            .naming(&["pool-b", "pool-a"])
            .accepted(&good);
        assert_eq!((both.pools.len(), both.primary.name()), (2, "svc-1"));
        let twice = World::with_pools(&pools)
            .naming(&["pool-a", "pool-a"])
            .accepted(&good);
        assert_eq!((twice.pools.len(), twice.primary.name()), (1, "pool-a"));

        let refused: [&[&str]; 6] = [
            &["pool-no"],
            &["pool-error"],
            &["pool-unknown"],
            &["pool-a", "pool-no"],
            &["pool-unknown", "pool-a"],
            &[],
        ];
        for named in refused {
            let reason = World::with_pools(&pools).naming(named).reason(&good);
            assert_eq!(reason, Reason::PoolNotUsable, "{named:?}");
        }
        let no_match = World::with_pools(&pools[2..]).refusal(&good);
        assert_eq!(no_match.reason, Reason::PoolNoMatch);
        assert!(
            no_match
                .detail
                .contains("pool-error: `claims.nope` is missing"),
            "{no_match}"
        );
        assert_eq!(World::with_pools(&[]).reason(&good), Reason::PoolNoMatch);
        let mut required = World::with_pools(&pools);
        required.provider.require_identity_pool = true;
        assert_eq!(required.reason(&good), Reason::PoolRequired);
        required.naming(&["pool-a"]).accepted(&good);
    }

    /// One filter may take a quarter of what a login may; those for which too little is left are
    /// errors, what is cheap goes on.
    #[test]
    fn all_filters_of_a_login_share_its_budget() {
        let long = format!("\"{}\"", "a".repeat(9000));
        let good = token(&[("long", long.as_str())]);
        let costly = |n: usize| (format!("pool-{n}"), "claims.long.matches('[ab]{0,7}c')");
        let mut pools: Vec<_> = (0..100).map(costly).collect();
        pools.push(("pool-last".to_owned(), "claims.azp == 'orders'"));
        let ordered: Vec<_> = pools
            .iter()
            .map(|(id, text)| (id.as_str(), *text))
            .collect();
        let naming = |pool: &str| World::with_pools(&ordered).naming(&[pool]);
        assert_eq!(
            naming("pool-0").refusal(&good).detail,
            "pool-0: its filter says no"
        );
        let starved = naming("pool-99").refusal(&good);
        assert_eq!(starved.reason, Reason::PoolNotUsable);
        let why = "costs too much on these claims, with the login's other filters";
        assert!(starved.detail.contains(why), "{starved}");
        naming("pool-last").accepted(&good);
        // What is usual is far from it.
        let groups = (0..200).map(|n| format!("\"group-{n}\""));
        let groups = format!("[{}]", groups.collect::<Vec<_>>().join(","));
        let usual = "'group-x' in claims.groups || 'group-y' in claims.groups";
        let usual = ordered.iter().map(|(id, text)| match *id {
            "pool-last" => (*id, *text),
            id => (id, usual),
        });
        let usual: Vec<_> = usual.collect();
        let member = token(&[("groups", groups.as_str())]);
        let mut all = World::with_pools(&usual);
        let last = pool("pool-in", "'group-199' in claims.groups");
        all.provider.pools.push(last);
        all.naming(&["pool-last", "pool-in"]).accepted(&member);
    }

    #[test]
    fn pools_come_on_top_of_a_user() {
        let mut world = World::new();
        world.provider.pools = vec![pool("pool-a", "true"), pool("pool-b", "false")];
        let identity = world.accepted(&token(&[]));
        let principals: Vec<_> = identity.principals().map(|p| p.to_string()).collect();
        assert_eq!(principals, ["User:svc-1", "User:pool-a"]);
        assert_eq!(identity.primary.to_string(), "User:svc-1");
        assert_eq!(
            world.naming(&["pool-b"]).reason(&token(&[])),
            Reason::PoolNotUsable
        );
    }

    /// In pools mode the identity claim is a name for logs, and cannot pass for a pool either.
    #[test]
    fn an_identity_claim_cannot_pass_for_a_pool() {
        let forged = token(&[("sub", "\"pool-b\"")]);
        let pools = [("pool-a", "true")];
        assert_eq!(
            World::with_pools(&pools).reason(&forged),
            Reason::UsernameReserved
        );
        let named = World::with_pools(&pools)
            .naming(&["pool-a"])
            .accepted(&forged);
        assert_eq!(
            (named.claim.as_str(), named.primary.name()),
            ("pool-b", "pool-a")
        );
    }

    #[test]
    fn an_authzid_confirms_and_never_chooses() {
        let mut world = World::new();
        let claim = "sub".parse().unwrap();
        world.provider.identities = Identities::Users {
            username: ClaimMapping::of_claim(claim, "kc:"),
        };
        let good = token(&[]);
        for authzid in ["", "kc:svc-1", "svc-1"] {
            world.authzid = Some(authzid.to_owned());
            world.accepted(&good);
        }
        for authzid in [
            "svc-2",
            "SVC-1",
            "User:svc-1",
            "kc:svc-1 ",
            "svc=2D1",
            "kc:",
        ] {
            world.authzid = Some(authzid.to_owned());
            assert_eq!(world.reason(&good), Reason::AuthzidMismatch, "{authzid}");
        }
    }

    #[test]
    fn a_session_is_taken_over_by_the_same_subject_alone() {
        let pools = [("pool-a", "true"), ("pool-b", "claims.azp == 'orders'")];
        let first = World::with_pools(&pools).accepted(&token(&[]));
        let later =
            World::with_pools(&pools).accepted(&token(&[("azp", "\"x\""), ("jti", "\"j\"")]));
        assert!(first.same_subject(&later));
        let other = World::with_pools(&pools).accepted(&token(&[("sub", "\"svc-2\"")]));
        assert!(!first.same_subject(&other));
        let named = World::with_pools(&pools)
            .naming(&["pool-a"])
            .accepted(&token(&[]));
        assert!(!first.same_subject(&named));
        let mut elsewhere = World::with_pools(&pools);
        elsewhere.provider.name = crate::identity::ProviderName::parse("idp-2").unwrap();
        assert!(!first.same_subject(&elsewhere.accepted(&token(&[]))));
    }

    #[test]
    fn sessions_are_judged_again_by_the_new_rules() {
        let now = UnixTime::from_secs(NOW);
        let pools = [("pool-a", "claims.azp == 'orders'"), ("pool-b", "true")];
        let world = World::with_pools(&pools).naming(&["pool-a"]);
        let identity = world.accepted(&token(&[]));
        let judged = judge(&world.directory(), &identity, now).unwrap();
        assert!(judged.same_subject(&identity));

        let reason = |change: fn(&mut Provider), now: UnixTime| {
            let mut world = World::with_pools(&pools);
            change(&mut world.provider);
            judge(&world.directory(), &identity, now)
                .map_err(|refusal| refusal.reason)
                .err()
        };
        assert_eq!(reason(|_| {}, now), None);
        assert_eq!(
            reason(
                |p| p.pools.remove(1).filter = pool("pool-b", "true").filter,
                now
            ),
            None
        );
        let gone = reason(|p| drop(p.pools.remove(0)), now);
        assert_eq!(gone, Some(Reason::PoolNotUsable));
        let narrowed = reason(|p| p.pools[0] = pool("pool-a", "claims.azp == 'x'"), now);
        assert_eq!(narrowed, Some(Reason::PoolNotUsable));
        assert_eq!(
            reason(
                |p| p.audiences = Audiences::AnyOf(vec!["x".to_owned()]),
                now
            ),
            Some(Reason::AudienceMismatch)
        );
        assert_eq!(
            reason(|p| p.issuer = "https://x".into(), now),
            Some(Reason::ProviderRemoved)
        );
        let es256 = reason(|p| p.algorithms = vec![Algorithm::Es256], now);
        assert_eq!(es256, Some(Reason::AlgorithmNotAllowed));
        let expired = reason(|_| {}, UnixTime::from_secs(NOW + 600));
        assert_eq!(expired, Some(Reason::TokenExpired));
        let nobody = judge(&Directory::default(), &identity, now).unwrap_err();
        assert_eq!(nobody.reason, Reason::ProviderRemoved);
    }

    /// Refusals are written to the audit: no token, no signature, no claim's value in them.
    #[test]
    fn details_hold_no_secret() {
        let secret = ("x", "\"s3cret\"");
        let world = World::with_pools(&[("pool-a", "claims.x == 'other'"), ("pool-b", "claims.x")]);
        for token in [
            token(&[secret]),
            token(&[secret, ("exp", "\"s3cret\"")]),
            token(&[secret, ("aud", "\"s3cret\"")]),
            token(&[secret, ("typ", "\"s3cret\""), ("token_use", "\"s3cret\"")]),
            token(&[secret, ("cnf", "\"s3cret\"")]),
            signed(&[("typ", "\"s3cret\"")], &[]),
            RSA_A.token(
                Algorithm::Rs256,
                &object(&[("alg", "\"s3cret\"")], &[]),
                &payload(&[]),
            ),
        ] {
            let refusal = world.refusal(&token);
            let text = format!("{refusal} {refusal:?}");
            let signature = token.rsplit_once('.').unwrap().1;
            assert!(
                !text.contains("s3cret") && !text.contains(signature),
                "{text}"
            );
        }
    }

    const OPAQUE: &str = "opaque-token";

    /// A world whose provider is asked about `tokens`.
    fn asking(tokens: IntrospectedTokens) -> World {
        let mut world = World::new();
        world.provider.introspection = Some(Arc::new(introspection(tokens)));
        world
    }

    fn answered(world: &World, token: &str, introspected: Option<&Introspected>) -> Verdict {
        let ring = keyring(&world.provider, Arc::clone(&world.keys));
        let presented = Presented {
            organization: &organization(),
            token: &Secret::new(token.to_owned()),
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: None,
            introspected,
        };
        let now = UnixTime::from_secs(NOW);
        verify(&world.directory(), &ring, &presented, now)
    }

    fn active(changes: &[(&str, &str)]) -> Introspected {
        let changes = [&[("active", "true")], changes].concat();
        read_answer(payload(&changes).as_bytes(), ISSUER).unwrap()
    }

    #[test]
    fn an_opaque_token_is_judged_by_what_its_provider_says() {
        let world = asking(IntrospectedTokens::Opaque);
        let asked = answered(&world, OPAQUE, None);
        assert!(matches!(asked, Verdict::Introspect(_)), "{asked:?}");
        let Verdict::Accepted(identity) = answered(&world, OPAQUE, Some(&active(&[]))) else {
            panic!("not accepted")
        };
        assert_eq!(identity.primary, Principal::user("svc-1").unwrap());
        assert_eq!((identity.algorithm, identity.kid.as_ref()), (None, None));
        let now = UnixTime::from_secs(NOW);
        assert!(judge(&world.directory(), &identity, now).is_ok());
        let exp_past = (NOW - 1).to_string();
        for (answer, reason) in [
            (Introspected::Inactive, Reason::TokenInactive),
            (active(&[("aud", "\"other\"")]), Reason::AudienceMismatch),
            (active(&[("aud", "")]), Reason::ClaimMissing),
            (active(&[("exp", "")]), Reason::ClaimMissing),
            (
                active(&[("exp", &exp_past), ("iat", "1")]),
                Reason::TokenExpired,
            ),
            (active(&[("typ", "\"Refresh\"")]), Reason::TokenUseMismatch),
        ] {
            match answered(&world, OPAQUE, Some(&answer)) {
                Verdict::Refused(refusal) => assert_eq!(refusal.reason, reason),
                other => panic!("{other:?}"),
            }
        }
    }

    /// What is told before anything vouches for the token (`docs/decisions/0012`): of a JWT one of
    /// four codes, of an opaque token one of three.
    #[test]
    fn strangers_are_told_little() {
        let mut world = asking(IntrospectedTokens::Opaque);
        world.provider.algorithms = vec![Algorithm::Rs256];
        let told = |world: &World, token: &str, answer: Option<&Introspected>| match answered(
            world, token, answer,
        ) {
            Verdict::Refused(refusal)
            | Verdict::KeyWanted {
                otherwise: refusal, ..
            } => refusal.reason.disclosed().code(),
            other => panic!("{other:?}"),
        };
        let forged = RSA_B.token(
            Algorithm::Rs256,
            &header(&[]),
            &payload(&[("aud", "\"x\"")]),
        );
        let expired = payload(&[("exp", "1"), ("iat", "0"), ("azp", "7")]);
        let stranger = |alg: &str, kid: &str| {
            let changes = [("alg", alg), ("kid", kid)];
            RSA_B.token(Algorithm::Rs256, &header(&changes), &expired)
        };
        for (token, code) in [
            ("a.b.c", "TOKEN_MALFORMED"),
            (&forged, "SIGNATURE_INVALID"),
            (&stranger("\"RS512\"", "\"k1\""), "SIGNATURE_INVALID"),
            (&stranger("\"none\"", "\"k1\""), "SIGNATURE_INVALID"),
            (&stranger("\"RS256\"", "\"k9\""), "KEY_UNKNOWN"),
            (
                &RSA_B.token(
                    Algorithm::Rs256,
                    &header(&[]),
                    &payload(&[("iss", "\"x\"")]),
                ),
                "ISSUER_UNKNOWN",
            ),
        ] {
            assert_eq!(told(&world, token, None), code, "{token}");
        }
        assert_eq!(
            told(&world, OPAQUE, Some(&Introspected::Inactive)),
            "TOKEN_INACTIVE"
        );
        let unasked = asking(IntrospectedTokens::Jwt);
        assert_eq!(told(&unasked, OPAQUE, None), "TOKEN_MALFORMED");
        world.provider.enabled = false;
        for token in [OPAQUE, &forged] {
            assert_eq!(told(&world, token, None), "ISSUER_UNKNOWN");
        }
    }

    /// Whatever an answer says of it, a JWT that failed stays refused.
    #[test]
    fn introspection_is_no_second_chance_for_a_jwt() {
        let world = asking(IntrospectedTokens::Opaque);
        let good = token(&[]);
        let (head, rest) = good.split_once('.').unwrap();
        let forged = format!("{}{}", &good[..good.len() - 8], "AAAAAAAA");
        for token in [
            forged.as_str(),
            &format!("{head}.{rest}.x.y"),
            head,
            &format!("{head}.x"),
            "a.b.c",
            "a.b.c.d.e",
            "..",
            "",
            &"x".repeat(17 * 1024),
        ] {
            for answer in [None, Some(&active(&[]))] {
                let verdict = answered(&world, token, answer);
                assert!(
                    matches!(verdict, Verdict::Refused(_)),
                    "{token}: {verdict:?}"
                );
            }
        }
        // And an opaque token is nothing where nobody is asked about it.
        for world in [World::new(), asking(IntrospectedTokens::Jwt)] {
            let verdict = answered(&world, OPAQUE, Some(&active(&[])));
            assert!(
                matches!(&verdict, Verdict::Refused(no) if no.reason == Reason::TokenMalformed),
                "{verdict:?}"
            );
        }
    }

    #[test]
    fn a_jwt_may_need_its_providers_word_on_top() {
        let world = asking(IntrospectedTokens::All);
        let good = token(&[]);
        let asked = answered(&world, &good, None);
        assert!(matches!(asked, Verdict::Introspect(_)), "{asked:?}");
        let verdict = answered(&world, &good, Some(&active(&[])));
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        for answer in [
            Introspected::Inactive,
            active(&[("sub", "\"other\"")]),
            active(&[("aud", "\"other\"")]),
        ] {
            let verdict = answered(&world, &good, Some(&answer));
            assert!(
                matches!(&verdict, Verdict::Refused(no) if no.reason == Reason::TokenInactive),
                "{verdict:?}"
            );
        }
        // The answer stands in for no other check.
        let foreign = token(&[("aud", "\"other\"")]);
        let verdict = answered(&world, &foreign, Some(&active(&[("aud", "\"other\"")])));
        assert!(
            matches!(&verdict, Verdict::Refused(no) if no.reason == Reason::AudienceMismatch),
            "{verdict:?}"
        );
    }

    #[test]
    fn a_session_outlives_its_key_unless_somebody_demanded_new_ones() {
        let world = World::new();
        let good = token(&[]);
        let identity = world.accepted(&good);
        let (directory, now) = (world.directory(), UnixTime::from_secs(NOW));
        let ring = keyring(&world.provider, Arc::clone(&world.keys));
        let key = world.provider.key();
        let secret = Secret::new(good);
        let judged = |met| {
            let judged = JudgedKey {
                token: &secret,
                demands_met: met,
            };
            judge_key(&directory, &ring, &identity, judged, now).map_err(|no| no.reason)
        };
        let replaced = |demand: bool, kid: &str| {
            if demand {
                ring.demand();
            }
            ring.begin(&key);
            ring.store(
                &key,
                keys(&[RSA_A.jwk(&format!("\"kid\":\"{kid}\","))]),
                now,
            );
        };
        replaced(false, "k2");
        assert_eq!(judged(0), Ok(()));
        replaced(true, "k1");
        assert_eq!(judged(0), Ok(()));
        replaced(true, "k2");
        assert_eq!(judged(0), Err(Reason::KeyUnknown));
        assert_eq!(judged(1), Err(Reason::KeyUnknown));
        assert_eq!(judged(2), Ok(()));
    }
}
