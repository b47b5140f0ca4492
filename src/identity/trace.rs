//! The checks that a login goes through, by name, and how far it came. The server goes without; an
//! explanation has it kept by the very code that decides, so that the two cannot differ.

/// A check of a login, in the order of [`verify`](super::verify()).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Form, sizes, header and JSON of the token.
    Form,
    /// The issuer is trusted by the organization.
    Issuer,
    /// `alg` is on the provider's list.
    Algorithm,
    /// The provider publishes the key, and it verifies the signature.
    Signature,
    /// The provider says that the token is active.
    Introspection,
    /// `aud`.
    Audience,
    /// `exp`, `iat`, `nbf`, lifetime.
    Times,
    /// An access token where one is wanted.
    Use,
    /// `cnf` and the client's certificate.
    Binding,
    /// Neither the token nor its key is revoked.
    Revocations,
    /// The scopes that the provider wants.
    Scopes,
    /// Claim validation rules.
    ClaimRules,
    /// The user name.
    Username,
    /// The groups.
    Groups,
    /// User validation rules.
    UserRules,
    /// Identity pools.
    Pools,
    /// The identity claim, and the name made of it.
    Identity,
    /// The `authzid`.
    Authzid,
}

impl Check {
    /// What is checked, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Form => "form of the token",
            Self::Issuer => "issuer is trusted",
            Self::Algorithm => "algorithm is allowed",
            Self::Signature => "key and signature",
            Self::Introspection => "provider says active",
            Self::Audience => "audience",
            Self::Times => "times and lifetime",
            Self::Use => "kind of token",
            Self::Binding => "binding to a certificate",
            Self::Revocations => "not revoked",
            Self::Scopes => "scopes",
            Self::ClaimRules => "claim validation rules",
            Self::Username => "user name",
            Self::Groups => "groups",
            Self::UserRules => "user validation rules",
            Self::Pools => "identity pools",
            Self::Identity => "identity claim",
            Self::Authzid => "authorization id",
        }
    }
}

/// The checks that were begun; the last one failed if there was a refusal.
#[derive(Debug, Default)]
pub(super) struct Trace(Option<Vec<Check>>);

impl Trace {
    /// Keeps nothing: for the server.
    pub(super) const fn off() -> Self {
        Self(None)
    }

    /// Keeps every check.
    pub(super) const fn on() -> Self {
        Self(Some(Vec::new()))
    }

    /// Notes that `check` begins, and so that the one before it passed.
    pub(super) fn begin(&mut self, check: Check) {
        if let Some(checks) = &mut self.0 {
            checks.push(check);
        }
    }

    /// The checks begun.
    pub(super) fn checks(&self) -> &[Check] {
        self.0.as_deref().unwrap_or_default()
    }
}
