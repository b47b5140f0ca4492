//! From a presented token to an identity or a refusal. Owns the order of checks, from cheap to
//! expensive, with nothing unverified trusted; pure: keys and time come in as arguments.

use std::time::Duration;

use super::{
    admit::{Login, admit},
    algorithm::Algorithm,
    claims::Claims,
    directory::Directory,
    identity::Identity,
    json::Json,
    jwks::KeyVerdict,
    keyring::{Keyring, Keys},
    principal::{Organization, PoolId},
    provider::{Provider, ProviderKey},
    reason::{Reason, Refusal, Told},
    token::Token,
};
use crate::{clock::UnixTime, secret::Secret};

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
    /// Least time the token must still be valid: zero at a re-authentication.
    pub min_remaining: Duration,
}

/// What became of a token.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is good.
    Accepted(Box<Identity>),
    /// It will not do: error 58.
    Refused(Refusal),
    /// Its provider does not publish its key (yet): await [`Keyring::wait_for`], then call again
    /// if the key was found; refuse with `KEY_UNKNOWN` if it is still unknown; close otherwise.
    KeyUnknown {
        /// The provider.
        provider: ProviderKey,
        /// The key id; at most 256 bytes, hostile.
        kid: String,
    },
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
    let refused = |refusal: Refusal| match refusal.reason.told() {
        Told::Refuse => Verdict::Refused(refusal),
        Told::Close => Verdict::Unavailable(refusal),
    };
    let token = match Token::parse(presented.token.expose()) {
        Ok(token) => token,
        Err(refusal) => return refused(refusal),
    };
    let found = provider_of(directory, presented.organization, &token)
        .and_then(|provider| Ok((provider, algorithm_of(provider, &token)?)));
    let (provider, algorithm) = match found {
        Ok(found) => found,
        Err(refusal) => return refused(refusal),
    };
    match check_signature(provider, keyring, &token, algorithm, now) {
        Ok(Signature::Valid) => {}
        Ok(Signature::KeyUnknown(kid)) => {
            return Verdict::KeyUnknown { provider: provider.key(), kid };
        }
        Err(refusal) => return refused(refusal),
    }
    let login = Login {
        claims: token.claims,
        kid: token.kid,
        algorithm,
        typed_access: token.typed_access,
        named_pools: presented.named_pools.map(<[PoolId]>::to_vec),
        authzid: presented.authzid.map(str::to_owned),
        client_certificate_sha256: presented.client_certificate_sha256,
    };
    match admit(provider, login, presented.min_remaining, now) {
        Ok(identity) => Verdict::Accepted(Box::new(identity)),
        Err(refusal) => refused(refusal),
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
    let provider = directory
        .named(&identity.organization, &identity.provider)
        .filter(|provider| issuer_of(&login.claims) == Some(&provider.issuer))
        .ok_or_else(|| {
            let detail = format!("provider `{}` is gone, or has another issuer", identity.provider);
            Refusal::new(Reason::ProviderRemoved, detail)
        })?;
    check_algorithm(provider, login.algorithm)?;
    admit(provider, login.clone(), Duration::ZERO, now)
}

/// What a look at the signature ended with, refusals aside.
enum Signature {
    Valid,
    KeyUnknown(String),
}

/// The provider that the token's unverified `iss` picks. That use alone is made of it: the
/// provider's keys must then verify the very bytes it was read from.
fn provider_of<'a>(
    directory: &'a Directory,
    organization: &Organization,
    token: &Token<'_>,
) -> Result<&'a Provider, Refusal> {
    let unknown = |detail: &str| Refusal::new(Reason::IssuerUnknown, detail);
    let issuer =
        issuer_of(&token.claims).ok_or_else(|| unknown("`iss` is missing or not a string"))?;
    let provider = directory.find(organization, issuer);
    provider
        .map(AsRef::as_ref)
        .ok_or_else(|| unknown("the organization trusts no provider with this `iss`"))
}

fn issuer_of(claims: &Claims) -> Option<&str> {
    claims.get("iss").and_then(Json::as_text)
}

fn algorithm_of(provider: &Provider, token: &Token<'_>) -> Result<Algorithm, Refusal> {
    let algorithm = Algorithm::parse(&token.algorithm).ok_or_else(|| {
        Refusal::new(Reason::AlgorithmNotAllowed, "`alg` is none that is ever trusted")
    })?;
    check_algorithm(provider, algorithm)?;
    Ok(algorithm)
}

fn check_algorithm(provider: &Provider, algorithm: Algorithm) -> Result<(), Refusal> {
    if provider.algorithms.contains(&algorithm) {
        return Ok(());
    }
    let detail = format!("`alg` {} is not among the provider's algorithms", algorithm.name());
    Err(Refusal::new(Reason::AlgorithmNotAllowed, detail))
}

fn check_signature(
    provider: &Provider,
    keyring: &Keyring,
    token: &Token<'_>,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Signature, Refusal> {
    let keys = match keyring.keys(&provider.key(), now) {
        Keys::Ready(keys) => keys,
        Keys::Stale(age) => {
            let hours = age.as_secs().checked_div(3600).unwrap_or(0);
            let detail = format!("the provider's keys are {hours} h old");
            return Err(Refusal::new(Reason::KeysStale, detail));
        }
        Keys::None => {
            let detail = "the provider's keys have not been fetched yet";
            return Err(Refusal::new(Reason::KeysUnavailable, detail));
        }
    };
    let kid = token.kid.as_deref();
    match keys.verify(kid, algorithm, token.signed, &token.signature) {
        KeyVerdict::Valid => Ok(Signature::Valid),
        KeyVerdict::Invalid => {
            let detail = "the signature is not by the provider's key";
            Err(Refusal::new(Reason::SignatureInvalid, detail))
        }
        KeyVerdict::Unknown => Ok(Signature::KeyUnknown(kid.unwrap_or_default().to_owned())),
        KeyVerdict::WrongAlgorithm => {
            let detail = format!("the provider's key does not verify `alg` {}", algorithm.name());
            Err(Refusal::new(Reason::AlgorithmNotAllowed, detail))
        }
        KeyVerdict::Ambiguous(count) => {
            let detail = format!("`kid` is missing, and {count} keys fit `alg` {}", algorithm.name());
            Err(Refusal::new(Reason::KeyUnknown, detail))
        }
    }
}
