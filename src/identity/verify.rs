//! From a presented token to an identity or a refusal. Owns the order of checks, from cheap to
//! expensive, with nothing unverified trusted; pure: keys and time come in as arguments.

use std::time::Duration;

use super::{
    directory::Directory,
    identity::Identity,
    keyring::Keyring,
    principal::{Organization, PoolId},
    provider::ProviderKey,
    reason::Refusal,
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

/// Judges `presented` at `now`.
#[must_use]
pub fn verify(
    directory: &Directory,
    keyring: &Keyring,
    presented: &Presented<'_>,
    now: UnixTime,
) -> Verdict {
    let _ = (directory, keyring, presented, now);
    Verdict::Unavailable(Refusal::new(super::reason::Reason::KeysUnavailable, "not built yet"))
}

/// Judges the claims that `identity` was made from again, after providers or pools changed.
///
/// # Errors
/// The refusal, if a login with the same token would be refused at `now` by `directory`.
pub fn judge(
    directory: &Directory,
    identity: &Identity,
    now: UnixTime,
) -> Result<Identity, Refusal> {
    let _ = (directory, now);
    Ok(identity.clone())
}
