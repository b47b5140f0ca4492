//! The OpenID Connect discovery document, and what an HTTP answer says about freshness. Pure.

use std::{collections::BTreeMap, time::Duration};

use super::{json::Json, token_request::Endpoints};
use crate::limits;

/// Why a discovery document does not lead on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryFault {
    /// Not a JSON object.
    #[error("the discovery document {0}")]
    Malformed(String),
    /// Somebody else's document.
    #[error(
        "the discovery document is of issuer `{found}`, not `{expected}`; set `issuer` to what the provider puts into `iss`"
    )]
    Issuer {
        /// What it says.
        found: String,
        /// The provider's issuer.
        expected: String,
    },
    /// It does not say where the keys are.
    #[error("the discovery document has no `jwks_uri`; set the provider's `jwks_uri`")]
    NoKeys,
    /// It does not say where to ask about tokens.
    #[error(
        "the discovery document has no `introspection_endpoint`; set `endpoint` of the provider's `introspection`"
    )]
    NoIntrospection,
}

/// A discovery document of the provider's own (OpenID Connect Discovery 1.0, RFC 8414).
#[derive(Debug)]
pub(super) struct Document(BTreeMap<String, Json>);

impl Document {
    /// Reads the document of the provider whose issuer is `issuer`, byte for byte (OpenID Connect
    /// Discovery 1.0 section 4.3).
    ///
    /// # Errors
    /// [`DiscoveryFault::Malformed`], [`DiscoveryFault::Issuer`].
    pub(super) fn parse(body: &[u8], issuer: &str) -> Result<Self, DiscoveryFault> {
        let members = Json::parse_document(body).map_err(DiscoveryFault::Malformed)?;
        let found = members.get("issuer").and_then(Json::as_text);
        let found = found.unwrap_or_default();
        if found != issuer {
            // The document is a stranger's: quote no more of it than an issuer can be long.
            let found = found.chars().take(256).collect();
            return Err(DiscoveryFault::Issuer {
                found,
                expected: issuer.to_owned(),
            });
        }
        Ok(Self(members))
    }

    /// `jwks_uri`.
    ///
    /// # Errors
    /// [`DiscoveryFault::NoKeys`].
    pub(super) fn jwks_uri(&self) -> Result<String, DiscoveryFault> {
        self.text("jwks_uri").ok_or(DiscoveryFault::NoKeys)
    }

    /// `introspection_endpoint` (RFC 8414 section 2).
    ///
    /// # Errors
    /// [`DiscoveryFault::NoIntrospection`].
    pub(super) fn introspection_endpoint(&self) -> Result<String, DiscoveryFault> {
        let endpoint = self.text("introspection_endpoint");
        endpoint.ok_or(DiscoveryFault::NoIntrospection)
    }

    /// The endpoints that clients and tools use, as far as it names them.
    pub(super) fn endpoints(&self) -> Endpoints {
        let url = |name: &str| self.text(name).map(Into::into);
        Endpoints {
            token: url("token_endpoint"),
            authorization: url("authorization_endpoint"),
            introspection: url("introspection_endpoint"),
            device_authorization: url("device_authorization_endpoint"),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Json::as_text).map(str::to_owned)
    }
}

/// How long an answer with this `Cache-Control` is fresh: its `max-age` within 300 s and 24 h;
/// 300 s for `no-cache` and `no-store`; one hour if it says nothing.
pub(super) fn fresh_for(cache_control: Option<&str>) -> Duration {
    let mut fresh = limits::KEY_REFRESH_DEFAULT;
    for directive in cache_control.unwrap_or_default().split(',') {
        let directive = directive.trim().to_ascii_lowercase();
        if directive == "no-cache" || directive == "no-store" {
            return limits::KEY_REFRESH_MIN;
        }
        if let Some(secs) = directive.strip_prefix("max-age=") {
            fresh = secs
                .trim_matches('"')
                .parse()
                .map_or(fresh, Duration::from_secs);
        }
    }
    fresh.clamp(limits::KEY_REFRESH_MIN, limits::KEY_REFRESH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwks_uri(body: &[u8], issuer: &str) -> Result<String, DiscoveryFault> {
        Document::parse(body, issuer)?.jwks_uri()
    }

    /// What a Kubernetes API server and Keycloak serve, cut to what is read.
    #[test]
    fn endpoints_are_found_as_far_as_they_are_named() {
        let kubernetes = br#"{"issuer":"https://kubernetes.default.svc.cluster.local",
            "jwks_uri":"https://172.18.0.2:6443/openid/v1/jwks","response_types_supported":["id_token"],
            "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}"#;
        let document =
            Document::parse(kubernetes, "https://kubernetes.default.svc.cluster.local").unwrap();
        let keys = "https://172.18.0.2:6443/openid/v1/jwks".to_owned();
        assert_eq!(document.jwks_uri(), Ok(keys));
        assert_eq!(document.endpoints(), Endpoints::default());
        assert_eq!(
            document.introspection_endpoint(),
            Err(DiscoveryFault::NoIntrospection)
        );
        let keycloak = br#"{"issuer":"https://k/realms/a","jwks_uri":"https://k/c",
            "token_endpoint":"https://k/t","authorization_endpoint":"https://k/a",
            "introspection_endpoint":"https://k/i","device_authorization_endpoint":"https://k/d"}"#;
        let endpoints = Document::parse(keycloak, "https://k/realms/a").unwrap();
        let named = Endpoints {
            token: Some("https://k/t".into()),
            authorization: Some("https://k/a".into()),
            introspection: Some("https://k/i".into()),
            device_authorization: Some("https://k/d".into()),
        };
        assert_eq!(endpoints.endpoints(), named);
    }

    #[test]
    fn the_documents_issuer_must_be_the_providers() {
        let document =
            br#"{"issuer":"https://a/","jwks_uri":"https://a/keys","x":18446744073709551615}"#;
        assert_eq!(
            jwks_uri(document, "https://a/"),
            Ok("https://a/keys".to_owned())
        );
        for other in ["https://a", "https://A/", "https://a//", ""] {
            assert!(
                matches!(
                    jwks_uri(document, other),
                    Err(DiscoveryFault::Issuer { .. })
                ),
                "{other}"
            );
        }
        assert_eq!(
            jwks_uri(br#"{"issuer":"i"}"#, "i"),
            Err(DiscoveryFault::NoKeys)
        );
        assert_eq!(
            jwks_uri(br#"{"issuer":"i","jwks_uri":1}"#, "i"),
            Err(DiscoveryFault::NoKeys)
        );
        for bad in ["<html>", "[]", "", "null"] {
            let fault = jwks_uri(bad.as_bytes(), "i");
            assert!(matches!(fault, Err(DiscoveryFault::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn freshness_is_clamped() {
        for (header, secs) in [
            (None, 3600),
            (Some(""), 3600),
            (Some("public"), 3600),
            (Some("max-age=600"), 600),
            (Some("public, Max-Age=\"600\" , must-revalidate"), 600),
            (Some("max-age=0"), 300),
            (Some("max-age=1"), 300),
            (Some("max-age=604800"), 86_400),
            (Some("max-age=99999999999999999999999"), 3600),
            (Some("max-age=-1"), 3600),
            (Some("no-cache, max-age=6000"), 300),
            (Some("max-age=6000, no-store"), 300),
        ] {
            assert_eq!(fresh_for(header), Duration::from_secs(secs), "{header:?}");
        }
    }
}
