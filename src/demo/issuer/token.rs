//! What a development token says, before it is signed. Pure: time and entropy come in.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::keys::{Alg, base64url};
use crate::clock::UnixTime;

/// Audience of tokens that ask for no other.
pub const AUDIENCE: &str = "kafka";

/// Who a minted token speaks for unless its claims say otherwise.
pub const SUBJECT: &str = "development";

/// Claims that every token carries unless overridden; `sub` because the OIDC modes of Java and
/// librdkafka insist on it.
pub(super) fn default_claims(
    issuer: &str,
    client_id: &str,
    jti: String,
    now: UnixTime,
    lifetime: Duration,
) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), issuer.into());
    claims.insert("sub".to_owned(), client_id.into());
    claims.insert("aud".to_owned(), AUDIENCE.into());
    claims.insert("azp".to_owned(), client_id.into());
    claims.insert("client_id".to_owned(), client_id.into());
    claims.insert("jti".to_owned(), jti.into());
    claims.insert("iat".to_owned(), now.as_secs().into());
    claims.insert("exp".to_owned(), now.plus(lifetime).as_secs().into());
    claims
}

/// The JOSE header of a token signed by the key `kid`.
pub(super) fn default_header(alg: Alg, kid: String) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), alg.name().into());
    header.insert("typ".to_owned(), "at+jwt".into());
    header.insert("kid".to_owned(), kid.into());
    header
}

/// `base` with every member of `over` in it; a `null` takes the member away. An `over` that is no
/// object replaces everything, so that a test can sign claims that are none.
pub(super) fn merge(mut base: Map<String, Value>, over: Value) -> Value {
    let over = match over {
        Value::Object(over) => over,
        other => return other,
    };
    for (name, value) in over {
        if value.is_null() {
            base.remove(&name);
        } else {
            base.insert(name, value);
        }
    }
    Value::Object(base)
}

/// The signing input of a JWS in compact form (RFC 7515, 5.1): `header.claims`.
pub(super) fn signing_input(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    )
}

/// The discovery document (OpenID Connect Discovery 1.0, section 3).
pub(super) fn discovery(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks"),
        "token_endpoint": format!("{issuer}/token"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_overrides_adds_and_removes() {
        let now = UnixTime::from_secs(1_000);
        let base = default_claims(
            "http://i",
            "svc",
            "j".to_owned(),
            now,
            Duration::from_secs(60),
        );
        let claims = merge(base, json!({ "aud": ["x"], "groups": ["g"], "jti": null }));
        assert_eq!(
            claims,
            json!({
                "iss": "http://i", "sub": "svc", "aud": ["x"], "azp": "svc", "client_id": "svc",
                "iat": 1000, "exp": 1060, "groups": ["g"],
            })
        );
    }

    #[test]
    fn claims_that_are_no_object_replace_everything() {
        assert_eq!(merge(Map::new(), json!([1])), json!([1]));
    }
}
