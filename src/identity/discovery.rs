//! The OpenID Connect discovery document, and what an HTTP answer says about freshness. Pure.

use std::time::Duration;

use super::json::Json;
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

/// The `jwks_uri` of a discovery document whose `issuer` is `issuer`, byte for byte (OpenID
/// Connect Discovery 1.0 section 4.3).
///
/// # Errors
/// [`DiscoveryFault`].
pub(super) fn jwks_uri(body: &[u8], issuer: &str) -> Result<String, DiscoveryFault> {
    member(body, issuer, "jwks_uri")?.ok_or(DiscoveryFault::NoKeys)
}

/// The `introspection_endpoint` (RFC 8414 section 2) of such a document.
///
/// # Errors
/// [`DiscoveryFault`].
pub(super) fn introspection_endpoint(body: &[u8], issuer: &str) -> Result<String, DiscoveryFault> {
    member(body, issuer, "introspection_endpoint")?.ok_or(DiscoveryFault::NoIntrospection)
}

fn member(body: &[u8], issuer: &str, name: &str) -> Result<Option<String>, DiscoveryFault> {
    let members = Json::parse_document(body).map_err(DiscoveryFault::Malformed)?;
    let text = |name: &str| members.get(name).and_then(Json::as_text);
    let found = text("issuer").unwrap_or_default();
    if found != issuer {
        // The document is a stranger's: quote no more of it than an issuer can be long.
        let found = found.chars().take(256).collect();
        return Err(DiscoveryFault::Issuer {
            found,
            expected: issuer.to_owned(),
        });
    }
    Ok(text(name).map(str::to_owned))
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
