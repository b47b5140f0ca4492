//! An identity provider in compiled form: whom a token may come from and what it must say. Owns
//! the immutable description; it is compiled elsewhere and judged in `verify`.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    algorithm::Algorithm,
    claim_path::ClaimPath,
    filter::Expression,
    introspection::Introspection,
    name_rule::NameRule,
    pool::Pool,
    principal::{Organization, ProviderName},
    reach::Reach,
    revocation::Revocations,
    rule::{ClaimRule, Rule},
    token_request::TokenRequests,
};

/// A trusted issuer with its rules. Two are equal when every rule is.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Organization that owns it.
    pub organization: Organization,
    /// Unique in its organization.
    pub name: ProviderName,
    /// For people; the name if there is no other.
    pub display_name: String,
    /// For people; may be empty.
    pub description: String,
    /// Whether its tokens are accepted at all. A disabled provider keeps its name and its pools.
    pub enabled: bool,
    /// Compared byte for byte with `iss`; unique in its organization.
    pub issuer: Arc<str>,
    /// Where its keys come from.
    pub key_source: KeySource,
    /// What `aud` must name.
    pub audiences: Audiences,
    /// Scopes that a token must all have.
    pub required_scopes: Vec<String>,
    /// `alg` must be one of them; never empty.
    pub algorithms: Vec<Algorithm>,
    /// Leeway for `nbf` and `iat`; at most 300 s.
    pub clock_skew: Duration,
    /// Longest time from now to `exp`.
    pub max_token_lifetime: Duration,
    /// Least remaining life at a first login; `None` = as all providers.
    pub min_remaining: Option<Duration>,
    /// Whether a token must be bound to the client's certificate.
    pub require_bound: bool,
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
    /// How groups come about, if any are to be read.
    pub groups: Option<GroupMapping>,
    /// What claims must say beyond all this.
    pub claim_rules: Vec<ClaimRule>,
    /// What the user name and the groups must be; only where the provider yields users.
    pub user_rules: Vec<Rule>,
    /// Its pools; ids unique in the organization.
    pub pools: Vec<Pool>,
    /// Tokens that are refused all the same.
    pub revocations: Revocations,
    /// How tokens are asked for.
    pub requests: TokenRequests,
}

/// Whom a provider's tokens must have been made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audiences {
    /// `aud` must name one of them; never empty.
    AnyOf(Vec<String>),
    /// The filter of every pool pins `aud`, which was proven, and nothing is yielded without a
    /// pool.
    PinnedByPools,
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
    /// PEM certificates trusted in place of the system's; `None` = the system's.
    pub ca: Option<Arc<[u8]>>,
    /// File with a bearer token for [`KeyEndpoint::Jwks`], read anew at each fetch: the API of
    /// Kubernetes wants one. Never shown to a server that a discovery document names.
    pub token_file: Option<Arc<Path>>,
    /// Longest time between two fetches, whatever the provider's `Cache-Control` says: 300 s to
    /// 24 h.
    pub refresh_max: Duration,
    /// Age from which keys are trusted no longer: an outage of the provider that long closes every
    /// login. At least `refresh_max`.
    pub stale_max: Duration,
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
#[derive(Clone, Debug, PartialEq)]
pub enum Identities {
    /// Pools: at least one must match.
    Pools,
    /// A user named by `username`; pools that match come on top.
    Users {
        /// How the user name comes about.
        username: ClaimMapping,
    },
}

/// How values of a token become names.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimMapping {
    /// Where the values come from.
    pub source: NameSource,
    /// What is made of each value: the first rule that matches; the value itself without rules.
    pub rules: Vec<NameRule>,
    /// Put before each name, whatever made it; may be empty.
    pub prefix: String,
}

/// Where names come from.
#[derive(Clone, Debug, PartialEq)]
pub enum NameSource {
    /// A claim.
    Claim(ClaimPath),
    /// An expression over all claims.
    Expression(Expression),
}

/// How groups come about.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupMapping {
    /// Their values and names. A value that no rule matches is no group.
    pub names: ClaimMapping,
    /// Whether a token without any group is refused.
    pub required: bool,
    /// What stands between groups where the claim is one string; `None` = the string is one group.
    pub separator: Option<String>,
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

impl ClaimMapping {
    /// Names that are the values of `claim` after `prefix`.
    #[must_use]
    pub fn of_claim(claim: ClaimPath, prefix: &str) -> Self {
        Self {
            source: NameSource::Claim(claim),
            rules: Vec::new(),
            prefix: prefix.to_owned(),
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
