//! How tokens are asked for at a provider: for tools that log in there, and for people who set up
//! clients. Nothing of it judges a token. Plain data; knows secrets.

use std::sync::Arc;

use crate::secret::Secret;

/// What a client of a provider needs beside its issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequests {
    /// Endpoints set by hand; what is `None` is found by discovery.
    pub endpoints: Endpoints,
    /// Oathgate's own client there.
    pub client: Option<OidcClient>,
    /// Scopes to ask for.
    pub scopes: Vec<String>,
    /// Audience to ask for.
    pub audience: Option<String>,
    /// Whether interactive logins ask for a refresh token.
    pub refresh_token: bool,
    /// Clients of other components.
    pub components: Vec<Component>,
}

/// Endpoints of a provider other than its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// RFC 6749 section 3.2.
    pub token: Option<Arc<str>>,
    /// RFC 6749 section 3.1.
    pub authorization: Option<Arc<str>>,
    /// RFC 7662.
    pub introspection: Option<Arc<str>>,
    /// RFC 8628.
    pub device_authorization: Option<Arc<str>>,
}

impl Endpoints {
    /// Each by the key that sets it by hand.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("token_endpoint", self.token.as_deref()),
            ("authorization_endpoint", self.authorization.as_deref()),
            ("introspection_endpoint", self.introspection.as_deref()),
            (
                "device_authorization_endpoint",
                self.device_authorization.as_deref(),
            ),
        ]
    }
}

/// A client as the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcClient {
    /// Its id.
    pub client_id: String,
    /// Its secret; `None` = a public client.
    pub secret: Option<Secret>,
}

/// A client that a named component uses, as OKD's `oidcClients`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Name of the component, 1 to 256 characters.
    pub name: String,
    /// Its namespace, 1 to 63 characters; unique together with the name.
    pub namespace: String,
    /// Its client.
    pub client: OidcClient,
    /// Scopes it asks for beside the usual ones.
    pub extra_scopes: Vec<String>,
}
