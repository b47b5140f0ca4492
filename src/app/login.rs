//! What `login` does: a token of a configured provider, got as its settings say.

use std::sync::Arc;

use crate::{
    control::settings::Checked,
    identity::{Component, OidcClient, Prompt, Provider, TokenClient, TokenError, Tokens},
    secret::Secret,
};

/// What `login` got.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token to show to Kafka.
    pub token: Secret,
    /// A refresh token, if the provider gave one.
    pub refresh: Option<Secret>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No provider of this name, or several and none was named.
    #[error("--provider: name one of {0}")]
    Provider(String),
    /// No client of this name, or several and none was named.
    #[error("--client: name one of {0}")]
    Client(String),
    /// The provider has no client.
    #[error("provider {0} has no `client_id` and no `oidc_clients`; set one to log in with")]
    NoClient(String),
    /// The provider gave none.
    #[error("provider {provider}: {error}")]
    Token {
        /// The provider.
        provider: String,
        /// Why not.
        error: TokenError,
    },
    /// It gave another one.
    #[error(
        "provider {0} gave no ID token, which `token_use` wants; add \"openid\" to `request_scopes`"
    )]
    NoIdToken(String),
    /// There is no runtime.
    #[error("nothing was asked: {0}")]
    Runtime(#[from] std::io::Error),
}

impl LoginError {
    /// Whether the settings or the arguments are at fault, so that trying again changes nothing.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Provider(_) | Self::Client(_) | Self::NoClient(_)
        )
    }
}

/// Gets a token of the provider called `provider` (`organization/name` where several are) for its client
/// called `client`: a client id, a component's name, or `namespace/name`; `None` = the only one. Where
/// a person is to decide, `prompt` tells him and this waits for him.
///
/// # Errors
/// [`LoginError`].
pub fn login(
    checked: &Checked,
    provider: Option<&str>,
    client: Option<&str>,
    prompt: impl FnOnce(&Prompt),
) -> Result<LoggedIn, LoginError> {
    let provider = pick_provider(&checked.providers, provider)?;
    let (client, extra) = pick_client(provider, client)?;
    // Only the first of a process counts, and every one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let got = runtime.block_on(async {
        let getting = TokenClient::new(provider)?;
        getting.get(client, extra, prompt).await
    });
    let name = provider.name.to_string();
    let tokens: Tokens = got.map_err(|error| LoginError::Token {
        provider: name.clone(),
        error,
    })?;
    let token = tokens.for_kafka(provider).cloned();
    Ok(LoggedIn {
        token: token.ok_or(LoginError::NoIdToken(name))?,
        refresh: tokens.refresh,
    })
}

fn pick_provider<'a>(
    providers: &'a [Arc<Provider>],
    wanted: Option<&str>,
) -> Result<&'a Provider, LoginError> {
    let full = |provider: &Provider| format!("{}/{}", provider.organization, provider.name);
    let is_wanted = |provider: &&Arc<Provider>| {
        wanted.is_none_or(|wanted| wanted == provider.name.as_str() || wanted == full(provider))
    };
    let mut found = providers.iter().filter(is_wanted);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => {
            let all: Vec<_> = providers.iter().map(|provider| full(provider)).collect();
            Err(LoginError::Provider(all.join(", ")))
        }
    }
}

/// A client of `provider`, and the scopes that it asks for beside the usual ones.
fn pick_client<'a>(
    provider: &'a Provider,
    wanted: Option<&str>,
) -> Result<(&'a OidcClient, &'a [String]), LoginError> {
    let requests = &provider.requests;
    let full = |component: &Component| format!("{}/{}", component.namespace, component.name);
    let own = requests.client.iter().map(|client| (client, &[][..]));
    let is_own = |(client, _): &(&OidcClient, &[String])| {
        wanted.is_none_or(|wanted| wanted == client.client_id)
    };
    if let Some(own) = own.clone().find(is_own) {
        return Ok(own);
    }
    let is_wanted = |component: &&Component| {
        wanted.is_none_or(|wanted| {
            [
                &component.name,
                &component.client.client_id,
                &full(component),
            ]
            .iter()
            .any(|name| *name == wanted)
        })
    };
    let mut found = requests.components.iter().filter(is_wanted);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok((&only.client, &only.extra_scopes)),
        (None, _) if requests.client.is_none() && requests.components.is_empty() => {
            Err(LoginError::NoClient(provider.name.to_string()))
        }
        _ => {
            let own = own.map(|(client, _)| client.client_id.clone());
            let all: Vec<_> = own.chain(requests.components.iter().map(full)).collect();
            Err(LoginError::Client(all.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture::provider;

    fn client(id: &str) -> OidcClient {
        OidcClient {
            client_id: id.to_owned(),
            secret: None,
        }
    }

    fn component(namespace: &str, name: &str, id: &str) -> Component {
        Component {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            client: client(id),
            extra_scopes: vec![name.to_owned()],
        }
    }

    #[test]
    fn the_one_that_is_meant_is_found_or_all_are_named() {
        let providers = [
            Arc::new(provider("a", "https://a")),
            Arc::new(provider("b", "https://b")),
        ];
        for wanted in ["b", "default/b"] {
            let found = pick_provider(&providers, Some(wanted)).unwrap();
            assert_eq!(found.name.as_str(), "b");
        }
        for wanted in [None, Some("c")] {
            let error = pick_provider(&providers, wanted).unwrap_err();
            assert!(error.is_usage() && error.to_string().contains("default/a, default/b"));
        }
        assert!(pick_provider(&providers[..1], None).is_ok());
    }

    #[test]
    fn clients_are_found_by_id_and_by_component() {
        let mut idp = provider("idp", "https://idp");
        let error = pick_client(&idp, None).unwrap_err();
        assert!(matches!(error, LoginError::NoClient(_)), "{error}");
        idp.requests.components = vec![
            component("dev", "cli", "c-1"),
            component("ops", "cli", "c-2"),
        ];
        for (wanted, id) in [("c-1", "c-1"), ("ops/cli", "c-2")] {
            let (found, extra) = pick_client(&idp, Some(wanted)).unwrap();
            assert_eq!(
                (found.client_id.as_str(), extra),
                (id, &["cli".to_owned()][..])
            );
        }
        for wanted in [None, Some("cli"), Some("x")] {
            let error = pick_client(&idp, wanted).unwrap_err();
            assert!(error.to_string().contains("dev/cli, ops/cli"), "{error}");
        }
        idp.requests.client = Some(client("own"));
        for wanted in [None, Some("own")] {
            let (found, extra) = pick_client(&idp, wanted).unwrap();
            assert!(found.client_id == "own" && extra.is_empty());
        }
        assert_eq!(pick_client(&idp, Some("c-2")).unwrap().0.client_id, "c-2");
    }
}
