//! Why a login was refused. Owns the closed list of reason codes and what each means to the
//! client; knows nothing else.

use super::bearer::Bearer;

/// Reason of a refusal. Its code is stable: clients, metrics, audit and docs show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Not a JWS that Oathgate reads: form, sizes, header, JSON.
    TokenMalformed,
    /// No provider of the organization has the token's `iss`.
    IssuerUnknown,
    /// The provider is disabled.
    ProviderDisabled,
    /// The provider does not publish a key that the token names.
    KeyUnknown,
    /// The signature does not verify.
    SignatureInvalid,
    /// The provider's allow-list, or the key itself, excludes the token's `alg`.
    AlgorithmNotAllowed,
    /// `exp` is past.
    TokenExpired,
    /// `nbf` or `iat` is in the future.
    TokenNotYetValid,
    /// `exp` is further away than the provider allows.
    TokenLifetimeTooLong,
    /// Valid, but for less than the least remaining time of a first login.
    TokenExpiresTooSoon,
    /// `aud` names none of the provider's audiences.
    AudienceMismatch,
    /// A scope that the provider wants is missing.
    ScopeMissing,
    /// An ID, refresh or logout token where an access token is wanted, or the other way round.
    TokenUseMismatch,
    /// A claim that must be there is not.
    ClaimMissing,
    /// A claim has the wrong type or an impossible value.
    ClaimInvalid,
    /// The issuer left the groups out for there are too many (`_claim_names`).
    GroupsOverage,
    /// `cnf` binds the token to something that the client has not proven.
    TokenBound,
    /// The provider wants tokens that are bound to a certificate, and this one is not.
    TokenUnbound,
    /// The configuration revokes it.
    TokenRevoked,
    /// A claim validation rule of the provider does not hold.
    ClaimRuleFailed,
    /// A user validation rule of the provider does not hold.
    UserRuleFailed,
    /// A named pool is unknown, foreign or does not match; the three look alike.
    PoolNotUsable,
    /// No pool of the provider matches.
    PoolNoMatch,
    /// The provider wants a pool to be named.
    PoolRequired,
    /// The token yields a user name that nobody may have.
    UsernameReserved,
    /// No mapping rule makes a user name of the claim.
    UsernameUnmapped,
    /// The `authzid` is not who the token says.
    AuthzidMismatch,
    /// The provider's keys have never been fetched.
    KeysUnavailable,
    /// The provider's keys are too old to be trusted.
    KeysStale,
    /// The provider says that the token is not active (RFC 7662).
    TokenInactive,
    /// The provider could not be asked about the token.
    IntrospectionUnavailable,
    /// The provider of a session is gone from the configuration.
    ProviderRemoved,
    /// A SASL extension is spelt almost as a known one.
    ExtensionMisspelt,
    /// The cluster's `allow` does not name the session.
    ClusterNotAllowed,
    /// A re-authentication came as somebody else.
    PrincipalChanged,
    /// The broker refused the token that was passed on to it.
    BrokerRefusedToken,
}

/// What the client gets to see of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Error 58: the token will not do, however often it is sent.
    Refuse,
    /// Closed without an answer: not the token's fault, clients retry.
    Close,
}

impl Reason {
    /// All reasons, for tables and metrics.
    pub const ALL: [Self; 36] = [
        Self::TokenMalformed,
        Self::IssuerUnknown,
        Self::ProviderDisabled,
        Self::KeyUnknown,
        Self::SignatureInvalid,
        Self::AlgorithmNotAllowed,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::TokenLifetimeTooLong,
        Self::TokenExpiresTooSoon,
        Self::AudienceMismatch,
        Self::ScopeMissing,
        Self::TokenUseMismatch,
        Self::ClaimMissing,
        Self::ClaimInvalid,
        Self::GroupsOverage,
        Self::TokenBound,
        Self::TokenUnbound,
        Self::TokenRevoked,
        Self::ClaimRuleFailed,
        Self::UserRuleFailed,
        Self::PoolNotUsable,
        Self::PoolNoMatch,
        Self::PoolRequired,
        Self::UsernameReserved,
        Self::UsernameUnmapped,
        Self::AuthzidMismatch,
        Self::KeysUnavailable,
        Self::KeysStale,
        Self::TokenInactive,
        Self::IntrospectionUnavailable,
        Self::ProviderRemoved,
        Self::ExtensionMisspelt,
        Self::ClusterNotAllowed,
        Self::PrincipalChanged,
        Self::BrokerRefusedToken,
    ];

    /// The stable upper-case word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TokenMalformed => "TOKEN_MALFORMED",
            Self::IssuerUnknown => "ISSUER_UNKNOWN",
            Self::ProviderDisabled => "PROVIDER_DISABLED",
            Self::KeyUnknown => "KEY_UNKNOWN",
            Self::SignatureInvalid => "SIGNATURE_INVALID",
            Self::AlgorithmNotAllowed => "ALGORITHM_NOT_ALLOWED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenNotYetValid => "TOKEN_NOT_YET_VALID",
            Self::TokenLifetimeTooLong => "TOKEN_LIFETIME_TOO_LONG",
            Self::TokenExpiresTooSoon => "TOKEN_EXPIRES_TOO_SOON",
            Self::AudienceMismatch => "AUDIENCE_MISMATCH",
            Self::ScopeMissing => "SCOPE_MISSING",
            Self::TokenUseMismatch => "TOKEN_USE_MISMATCH",
            Self::ClaimMissing => "CLAIM_MISSING",
            Self::ClaimInvalid => "CLAIM_INVALID",
            Self::GroupsOverage => "GROUPS_OVERAGE",
            Self::TokenBound => "TOKEN_BOUND",
            Self::TokenUnbound => "TOKEN_UNBOUND",
            Self::TokenRevoked => "TOKEN_REVOKED",
            Self::ClaimRuleFailed => "CLAIM_RULE_FAILED",
            Self::UserRuleFailed => "USER_RULE_FAILED",
            Self::PoolNotUsable => "POOL_NOT_USABLE",
            Self::PoolNoMatch => "POOL_NO_MATCH",
            Self::PoolRequired => "POOL_REQUIRED",
            Self::UsernameReserved => "USERNAME_RESERVED",
            Self::UsernameUnmapped => "USERNAME_UNMAPPED",
            Self::AuthzidMismatch => "AUTHZID_MISMATCH",
            Self::KeysUnavailable => "KEYS_UNAVAILABLE",
            Self::KeysStale => "KEYS_STALE",
            Self::TokenInactive => "TOKEN_INACTIVE",
            Self::IntrospectionUnavailable => "INTROSPECTION_UNAVAILABLE",
            Self::ProviderRemoved => "PROVIDER_REMOVED",
            Self::ExtensionMisspelt => "EXTENSION_MISSPELT",
            Self::ClusterNotAllowed => "CLUSTER_NOT_ALLOWED",
            Self::PrincipalChanged => "PRINCIPAL_CHANGED",
            Self::BrokerRefusedToken => "BROKER_REFUSED_TOKEN",
        }
    }

    /// Whether the client is refused or merely closed.
    #[must_use]
    pub const fn told(self) -> Told {
        match self {
            Self::TokenExpiresTooSoon
            | Self::KeysUnavailable
            | Self::KeysStale
            | Self::IntrospectionUnavailable => Told::Close,
            Self::TokenMalformed
            | Self::IssuerUnknown
            | Self::ProviderDisabled
            | Self::KeyUnknown
            | Self::SignatureInvalid
            | Self::AlgorithmNotAllowed
            | Self::TokenExpired
            | Self::TokenNotYetValid
            | Self::TokenLifetimeTooLong
            | Self::AudienceMismatch
            | Self::ScopeMissing
            | Self::TokenUseMismatch
            | Self::ClaimMissing
            | Self::ClaimInvalid
            | Self::GroupsOverage
            | Self::TokenBound
            | Self::TokenUnbound
            | Self::TokenRevoked
            | Self::ClaimRuleFailed
            | Self::UserRuleFailed
            | Self::PoolNotUsable
            | Self::PoolNoMatch
            | Self::PoolRequired
            | Self::UsernameReserved
            | Self::UsernameUnmapped
            | Self::AuthzidMismatch
            | Self::TokenInactive
            | Self::ProviderRemoved
            | Self::ExtensionMisspelt
            | Self::ClusterNotAllowed
            | Self::PrincipalChanged
            | Self::BrokerRefusedToken => Told::Refuse,
        }
    }

    /// The reason that may be told to the client.
    ///
    /// Before the signature holds that is one of `TOKEN_MALFORMED`, `ISSUER_UNKNOWN`,
    /// `KEY_UNKNOWN` and `SIGNATURE_INVALID`: a stranger learns nothing of the provider's rules. Of
    /// an opaque token, where the provider's answer takes the place of the signature, it is one of
    /// `TOKEN_MALFORMED`, `ISSUER_UNKNOWN` and `TOKEN_INACTIVE` (`docs/decisions/0012`).
    #[must_use]
    pub const fn disclosed(self) -> Self {
        match self {
            Self::AlgorithmNotAllowed => Self::SignatureInvalid,
            Self::ProviderDisabled => Self::IssuerUnknown,
            other => other,
        }
    }
}

/// A refusal: its reason, and what the audit and nobody else gets to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .reason.code())]
pub struct Refusal {
    /// Reason code.
    pub reason: Reason,
    /// What was found and what was expected; never the token or a secret.
    pub detail: String,
    /// Who the token speaks of, once its signature held.
    pub bearer: Option<Box<Bearer>>,
}

impl Refusal {
    /// A refusal for `reason`; `detail` is for the audit.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            bearer: None,
        }
    }

    /// This refusal, of a token of `bearer`.
    #[must_use]
    pub fn of(mut self, bearer: Bearer) -> Self {
        self.bearer = Some(Box::new(bearer));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_upper_case_words() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
        for code in codes {
            assert!(
                code.chars().all(|c| c.is_ascii_uppercase() || c == '_'),
                "{code}"
            );
        }
    }

    /// The codes in the first column of the table below `heading`, up to the next heading.
    fn rows(page: &str, heading: &str) -> Vec<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/");
        let page = std::fs::read_to_string(format!("{path}{page}")).unwrap();
        let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
        let section = section.split("\n#").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let firsts = rows.filter_map(|row| row.split('|').nth(1));
        let codes = firsts.flat_map(|first| first.split('`').skip(1).step_by(2));
        codes.map(str::to_owned).collect()
    }

    /// Each reason has its row, in both pages, under what its client gets; `tests/architecture.rs`
    /// holds that no row is of a code that is gone.
    #[test]
    fn every_reason_stands_under_what_the_client_gets() {
        let places = [
            (
                "TROUBLESHOOTING.md",
                "## Logins that are refused",
                Told::Refuse,
            ),
            (
                "TROUBLESHOOTING.md",
                "## Logins that are closed",
                Told::Close,
            ),
            (
                "OPERATIONS.md",
                "### Of a login that is refused (error 58)",
                Told::Refuse,
            ),
            (
                "OPERATIONS.md",
                "### Of a login that is closed without an answer",
                Told::Close,
            ),
        ];
        for (page, heading, told) in places {
            let rows = rows(page, heading);
            for reason in Reason::ALL {
                let count = rows.iter().filter(|code| *code == reason.code()).count();
                let wanted = usize::from(reason.told() == told);
                assert_eq!(count, wanted, "{} in {page}, {heading}", reason.code());
            }
        }
    }

    #[test]
    fn what_is_not_the_tokens_fault_is_never_error_58() {
        let closed: Vec<_> = Reason::ALL
            .into_iter()
            .filter(|reason| reason.told() == Told::Close)
            .collect();
        assert_eq!(
            closed,
            [
                Reason::TokenExpiresTooSoon,
                Reason::KeysUnavailable,
                Reason::KeysStale,
                Reason::IntrospectionUnavailable
            ]
        );
    }
}
