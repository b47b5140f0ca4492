//! Who a verified token speaks of, for the audit of a login that is not granted all the same.

use super::{
    claims::Claims, identity::Identity, json::Json, principal::ProviderName, provider::Provider,
};

/// Who a token whose signature held, or whose provider vouched for it, speaks of. Claims that are
/// missing or are no text are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The provider.
    pub provider: ProviderName,
    /// `sub`.
    pub subject: Option<String>,
    /// `azp`, else `client_id`, else `appid` (Entra ID v1) or `cid` (Okta).
    pub client_id: Option<String>,
    /// `jti`.
    pub jti: Option<String>,
}

impl Bearer {
    pub(super) fn of(provider: &Provider, claims: &Claims) -> Self {
        let text = |name| claims.get(name).and_then(Json::as_text).map(str::to_owned);
        let client_ids = ["azp", "client_id", "appid", "cid"];
        Self {
            provider: provider.name.clone(),
            subject: text("sub"),
            client_id: client_ids.into_iter().find_map(text),
            jti: text("jti"),
        }
    }
}

impl From<&Identity> for Bearer {
    fn from(identity: &Identity) -> Self {
        Self {
            provider: identity.provider.clone(),
            subject: identity.subject.clone(),
            client_id: identity.client_id.clone(),
            jti: identity.jti.clone(),
        }
    }
}
