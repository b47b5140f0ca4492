//! Token -> identity or refusal. Pure but for `http` (HTTPS), the `refresher`, the
//! `introspector` and the `token_client` that use it, and the waiting in `keyring`. May know limits, secrets, the clock and telemetry; nothing of Kafka.
//!
//! A login reads left to right: `verify` takes a token apart (`token`, `claims`), finds its
//! provider (`directory`) and key (`keyring`, `jwks`, `signature`), judges its claims and pools
//! (`filter`), and yields an `identity` or a refusal with a `reason`.

mod admit;
mod algorithm;
mod bearer;
mod budget;
mod claim_path;
mod claims;
mod client_auth;
mod content;
mod directory;
mod discovery;
mod explain;
#[cfg(test)]
mod fake;
mod fetch;
mod filter;
#[cfg(test)]
pub(crate) mod fixture;
pub mod fuzzing;
mod grant;
mod http;
mod http_date;
#[expect(
    clippy::module_inception,
    reason = "the noun of the file is the noun of the module"
)]
mod identity;
mod introspection;
mod introspector;
mod json;
mod jwks;
mod keyring;
mod mapping;
mod name_rule;
mod pool;
mod principal;
mod provider;
mod reach;
mod reason;
mod refresher;
mod revocation;
mod rule;
#[cfg(test)]
mod rule_tests;
mod sha256;
mod signature;
mod steps;
mod token;
mod token_client;
mod token_request;
mod trace;
mod verify;

pub use algorithm::Algorithm;
pub use bearer::Bearer;
pub use claim_path::{ClaimPath, ClaimPathFault};
pub use claims::Claims;
pub use client_auth::{
    AssertionKey, AssertionKeyFault, ClientAuthentication, ClientAuthenticationMethod,
};
pub use directory::{Directory, DirectoryFault};
pub use discovery::DiscoveryFault;
pub use explain::{Explanation, PoolReport, Step, explain};
pub use fetch::{FetchError, Fetched, Fetcher};
pub use filter::{Expression, Filter, FilterFault, Matched, Pin, Wanted};
pub use grant::{GrantFault, Prompt, Tokens};
pub use http::HttpError;
pub use identity::Identity;
pub use introspection::{Introspected, IntrospectedTokens, Introspection};
pub use introspector::Introspector;
pub use jwks::{JwksFault, KeySet};
pub use keyring::{Freshness, KeyWait, Keyring, Keys, WantedKey};
pub use name_rule::{NameRule, NameRuleFault};
pub use pool::Pool;
pub use principal::{NameFault, Organization, PRINCIPAL_NAME_MAX, PoolId, Principal, ProviderName};
pub use provider::{
    Audiences, ClaimMapping, GroupMapping, Identities, KeyEndpoint, KeySource, NameSource,
    Provider, ProviderKey, TokenUse,
};
pub use reach::{AddressClass, AddressRefused, Reach};
pub use reason::{Reason, Refusal, Told};
pub use refresher::{Refreshers, refresh_once};
pub use revocation::{Revocations, Revoked, Terms};
pub use rule::{ClaimRule, Rule};
pub use token_client::{TokenClient, TokenError};
pub use token_request::{Component, Endpoints, OidcClient, TokenRequests};
pub use trace::Check;
pub use verify::{JudgedKey, Presented, Verdict, check_revoked, judge, judge_key, verify};
