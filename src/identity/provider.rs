//! An identity provider in compiled form: whom a token may come from and what it must say. Owns
//! the immutable description; it is compiled elsewhere and judged in `verify`.

use std::{sync::Arc, time::Duration};

use super::{
    algorithm::Algorithm,
    claim_path::ClaimPath,
    introspection::Introspection,
    pool::Pool,
    principal::{Organization, ProviderName},
    reach::Reach,
};

/// A trusted issuer with its rules. Two are equal when every rule is.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Organization that owns it.
    pub organization: Organization,
    /// Unique in its organization.
    pub name: ProviderName,
    /// Compared byte for byte with `iss`; unique in its organization.
    pub issuer: Arc<str>,
    /// Where its keys come from.
    pub key_source: KeySource,
    /// `aud` must name one of them; never empty.
    pub audiences: Vec<String>,
    /// `alg` must be one of them; never empty.
    pub algorithms: Vec<Algorithm>,
    /// Leeway for `nbf` and `iat`; at most 300 s.
    pub clock_skew: Duration,
    /// Longest time from now to `exp`.
    pub max_token_lifetime: Duration,
    /// Which kind of token it wants.
    pub token_use: TokenUse,
    /// How it is asked about tokens, if it is.
    pub introspection: Option<Arc<Introspection>>,
    /// What its tokens yield.
    pub identities: Identities,
    /// Whether a client must name a pool.
    pub require_identity_pool: bool,
    /// Names the identity when no pool or several are named, in pools mode.
    pub identity_claim: ClaimPath,
    /// Claim that lists groups, if any is to be read.
    pub groups: Option<ClaimMapping>,
    /// Its pools; ids unique in the organization.
    pub pools: Vec<Pool>,
}

/// Where a provider's keys come from and how it may be reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeySource {
    /// The document to start from.
    pub endpoint: KeyEndpoint,
    /// Whether `http:` will do: for tests, loudly warned about by whoever allows it.
    pub insecure_http: bool,
    /// Which addresses it may be reached at.
    pub reach: Reach,
    /// PEM certificates trusted beside the system's; `None` = the system's alone.
    pub ca: Option<Arc<[u8]>>,
}

/// The document that leads to a provider's keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyEndpoint {
    /// OpenID Connect discovery document; its `jwks_uri` is followed.
    Discovery(Arc<str>),
    /// The JWK set itself.
    Jwks(Arc<str>),
}

/// Which kind of token a provider wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// Access tokens; ID tokens are refused.
    Access,
    /// ID tokens; access tokens that say so are refused.
    Id,
    /// Either.
    Any,
}

/// What a provider's tokens yield.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identities {
    /// Pools: at least one must match.
    Pools,
    /// A user named by `username`; pools that match come on top.
    Users {
        /// Claim and prefix of the user name.
        username: ClaimMapping,
    },
}

/// A claim whose values become names, each after `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimMapping {
    /// Where the value is.
    pub claim: ClaimPath,
    /// Put before each value; may be empty.
    pub prefix: String,
}

/// What a provider's keys are kept under. Never the key id alone: two providers may publish the
/// same `kid` (CVE-2026-49998), and a provider whose issuer or endpoint changes starts anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderKey {
    /// Organization that owns the provider.
    pub organization: Organization,
    /// The provider.
    pub provider: ProviderName,
    /// Its issuer.
    pub issuer: Arc<str>,
    /// Where its keys come from.
    pub endpoint: KeyEndpoint,
}

impl Provider {
    /// Whether it is asked about tokens that are no JWT.
    #[must_use]
    pub fn is_asked_about_opaque(&self) -> bool {
        let introspection = self.introspection.as_ref();
        introspection.is_some_and(|introspection| introspection.tokens.opaque())
    }

    /// Whether it is asked about its JWTs.
    #[must_use]
    pub fn is_asked_about_jwts(&self) -> bool {
        let introspection = self.introspection.as_ref();
        introspection.is_some_and(|introspection| introspection.tokens.jwts())
    }

    /// What this provider's keys are kept under.
    #[must_use]
    pub fn key(&self) -> ProviderKey {
        ProviderKey {
            organization: self.organization.clone(),
            provider: self.name.clone(),
            issuer: Arc::clone(&self.issuer),
            endpoint: self.key_source.endpoint.clone(),
        }
    }
}

impl KeyEndpoint {
    /// The discovery document of `issuer` by OpenID Connect Discovery 1.0 section 4: one trailing
    /// `/` is dropped, for the URL only.
    #[must_use]
    pub fn discovery_of(issuer: &str) -> Self {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        Self::Discovery(format!("{base}/.well-known/openid-configuration").into())
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Discovery(url) | Self::Jwks(url) => url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_slash_is_dropped_for_the_url() {
        for (issuer, url) in [
            (
                "https://a/realms/k",
                "https://a/realms/k/.well-known/openid-configuration",
            ),
            ("https://a/", "https://a/.well-known/openid-configuration"),
            ("https://a//", "https://a//.well-known/openid-configuration"),
        ] {
            assert_eq!(KeyEndpoint::discovery_of(issuer).url(), url);
        }
    }
}
