//! Why a connection is closed for want of room. The words are stable.

/// A limit of connections or logins that is reached. Never error 58: it is not the token's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// All connections there may be are open.
    Connections,
    /// The address has all it may have.
    ConnectionsOfAddress,
    /// The address connects too often.
    LoginRateOfAddress,
    /// The identity has all it may have.
    ConnectionsOfPrincipal,
    /// The identity logs in too often.
    LoginRateOfPrincipal,
}

impl Refusal {
    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Connections => "TOO_MANY_CONNECTIONS",
            Self::ConnectionsOfAddress => "TOO_MANY_CONNECTIONS_OF_ADDRESS",
            Self::LoginRateOfAddress => "LOGIN_RATE_OF_ADDRESS",
            Self::ConnectionsOfPrincipal => "TOO_MANY_CONNECTIONS_OF_PRINCIPAL",
            Self::LoginRateOfPrincipal => "LOGIN_RATE_OF_PRINCIPAL",
        }
    }

    /// The setting that bounds it.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Connections => "limits.max_connections",
            Self::ConnectionsOfAddress => "limits.max_connections_per_address",
            Self::LoginRateOfAddress => "limits.login_rate_per_address",
            Self::ConnectionsOfPrincipal => "limits.max_connections_per_principal",
            Self::LoginRateOfPrincipal => "limits.login_rate_per_principal",
        }
    }
}
