//! What a verified payload must say, pools and principals aside: audience, times, use, binding,
//! scopes. Pure checks of RFC 7519, RFC 9068 and RFC 8705; each names the claim.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    claims::Claims,
    json::Json,
    provider::{Audiences, Provider, TokenUse},
    reason::{Reason, Refusal},
};
use crate::clock::UnixTime;

/// Member of `events` in a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claim `name`, which may be absent but is a string if it is there.
///
/// # Errors
/// `CLAIM_INVALID`.
pub(super) fn optional_text<'a>(
    claims: &'a Claims,
    name: &str,
) -> Result<Option<&'a str>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(other) => Err(invalid(
            name,
            format!("is {}; a string is wanted", other.kind()),
        )),
    }
}

/// Checks `exp`, `iat` and `nbf`; gives `exp` back.
///
/// All three are whole seconds: a fraction is refused. `exp` and `iat` are required, as Kafka's
/// `BrokerJwtValidator` does. Leeway (the provider's clock skew) serves `nbf` and `iat` alone.
///
/// # Errors
/// `CLAIM_MISSING`, `CLAIM_INVALID`, `TOKEN_EXPIRED`, `TOKEN_NOT_YET_VALID`,
/// `TOKEN_LIFETIME_TOO_LONG`, `TOKEN_EXPIRES_TOO_SOON`.
pub(super) fn check_times(
    provider: &Provider,
    claims: &Claims,
    min_remaining: Duration,
    now: UnixTime,
) -> Result<UnixTime, Refusal> {
    let required = |name| {
        time(claims, name)?
            .ok_or_else(|| Refusal::new(Reason::ClaimMissing, format!("`{name}` is missing")))
    };
    let expires_at = required("exp")?;
    let issued_at = required("iat")?;
    let not_before = time(claims, "nbf")?;
    if expires_at <= issued_at {
        return Err(invalid("exp", "is not after `iat`"));
    }
    let latest = now.plus(provider.clock_skew);
    for (name, at) in [("iat", Some(issued_at)), ("nbf", not_before)] {
        if let Some(early) = at.filter(|at| *at > latest) {
            let ahead = early.since(now).as_secs();
            let skew = provider.clock_skew.as_secs();
            let detail = format!("`{name}` is {ahead} s ahead; at most {skew} s are allowed");
            return Err(Refusal::new(Reason::TokenNotYetValid, detail));
        }
    }
    if now >= expires_at {
        let detail = format!("`exp` is {} s past", now.since(expires_at).as_secs());
        return Err(Refusal::new(Reason::TokenExpired, detail));
    }
    let remaining = expires_at.since(now);
    if remaining > provider.max_token_lifetime {
        let most = provider.max_token_lifetime.as_secs();
        let detail = format!(
            "`exp` is {} s away; at most {most} s are allowed",
            remaining.as_secs()
        );
        return Err(Refusal::new(Reason::TokenLifetimeTooLong, detail));
    }
    if remaining < min_remaining {
        let least = min_remaining.as_millis();
        let detail = format!(
            "`exp` is {} ms away; at least {least} are wanted",
            remaining.as_millis()
        );
        return Err(Refusal::new(Reason::TokenExpiresTooSoon, detail));
    }
    Ok(expires_at)
}

/// The `NumericDate` of the claim `name`: whole seconds, not negative.
fn time(claims: &Claims, name: &str) -> Result<Option<UnixTime>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Json::Int(secs)) if *secs >= 0 => Ok(Some(UnixTime::from_secs(*secs))),
        Some(Json::Int(_)) => Err(invalid(name, "is negative")),
        Some(Json::Float(_)) => Err(invalid(name, "is not a whole number of seconds")),
        Some(other) => Err(invalid(
            name,
            format!("is {}; a number is wanted", other.kind()),
        )),
    }
}

/// Checks that `aud`, a string or a list of strings, names one of the provider's audiences. Where
/// the pools pin it, its form alone is checked: filters read strings and lists of strings.
///
/// # Errors
/// `CLAIM_MISSING`, `CLAIM_INVALID`, `AUDIENCE_MISMATCH`.
pub(super) fn check_audience(provider: &Provider, claims: &Claims) -> Result<(), Refusal> {
    let Some(audience) = claims.get("aud") else {
        return Err(Refusal::new(Reason::ClaimMissing, "`aud` is missing"));
    };
    let Some(named) = audience.as_texts() else {
        return Err(invalid("aud", "is neither a string nor a list of strings"));
    };
    let Audiences::AnyOf(audiences) = &provider.audiences else {
        return Ok(());
    };
    if named
        .iter()
        .any(|name| audiences.iter().any(|audience| audience == name))
    {
        return Ok(());
    }
    let wanted = audiences.join("`, `");
    Err(Refusal::new(
        Reason::AudienceMismatch,
        format!("`aud` names none of `{wanted}`"),
    ))
}

/// Checks that the token is of the kind that the provider wants, as far as it says so: by header
/// `typ` (RFC 9068), payload `typ` (Keycloak), `token_use` (Cognito), `events` (logout tokens).
///
/// # Errors
/// `TOKEN_USE_MISMATCH`, `CLAIM_INVALID`.
pub(super) fn check_use(
    provider: &Provider,
    typed_access: bool,
    claims: &Claims,
) -> Result<(), Refusal> {
    if let Some(Json::Object(events)) = claims.get("events")
        && events.contains_key(LOGOUT_EVENT)
    {
        return Err(mismatch("`events` says that it is a logout token"));
    }
    let wanted = provider.token_use;
    if typed_access && wanted == TokenUse::Id {
        return Err(mismatch("header `typ` says that it is an access token"));
    }
    for name in ["typ", "token_use"] {
        let Some(kind) = optional_text(claims, name)? else {
            continue;
        };
        let fits = match kind.to_ascii_lowercase().as_str() {
            "refresh" | "offline" | "logout" => false,
            "id" | "serialized-id" => wanted != TokenUse::Access,
            "bearer" | "access" | "dpop" => wanted != TokenUse::Id,
            // Some issuers repeat the header's `typ`; other words say nothing of use.
            _ => name == "typ",
        };
        if !fits {
            return Err(mismatch(format!(
                "`{name}` says that it is not the kind of token wanted"
            )));
        }
    }
    Ok(())
}

/// Checks that the token has every scope that the provider wants: in `scope`, scopes with spaces
/// between them (RFC 9068 section 2.2.3), or in `scp`, the same (Entra ID) or a list (Okta).
///
/// # Errors
/// `SCOPE_MISSING`, `CLAIM_INVALID`.
pub(super) fn check_scopes(provider: &Provider, claims: &Claims) -> Result<(), Refusal> {
    if provider.required_scopes.is_empty() {
        return Ok(());
    }
    let mut granted = Vec::new();
    for name in ["scope", "scp"] {
        let Some(claim) = claims.get(name) else {
            continue;
        };
        let texts = claim
            .as_texts()
            .ok_or_else(|| invalid(name, "is neither a string nor a list of strings"))?;
        granted.extend(texts.into_iter().flat_map(|text| text.split(' ')));
    }
    let missing = |scope: &&String| !granted.contains(&scope.as_str());
    match provider.required_scopes.iter().find(missing) {
        None => Ok(()),
        Some(scope) => {
            let detail = format!("neither `scope` nor `scp` holds `{scope}`");
            Err(Refusal::new(Reason::ScopeMissing, detail))
        }
    }
}

/// Checks that a bound token (RFC 7800) is bound to the client's certificate (RFC 8705), which is
/// the one binding that a Kafka client can prove; and that the token is bound where the provider
/// wants it to be.
///
/// # Errors
/// `TOKEN_BOUND`, `TOKEN_UNBOUND`.
pub(super) fn check_binding(
    provider: &Provider,
    claims: &Claims,
    certificate: Option<[u8; 32]>,
) -> Result<(), Refusal> {
    let Some(confirmation) = claims.get("cnf") else {
        if provider.require_bound {
            let detail = "`cnf` is missing, and the provider wants bound tokens";
            return Err(Refusal::new(Reason::TokenUnbound, detail));
        }
        return Ok(());
    };
    let bound = |detail: &str| Err(Refusal::new(Reason::TokenBound, detail));
    let Json::Object(members) = confirmation else {
        return bound("`cnf` is not an object");
    };
    let (Some(Json::Text(thumbprint)), 1) = (members.get("x5t#S256"), members.len()) else {
        return bound("`cnf` binds the token by something else than `x5t#S256`");
    };
    let Some(certificate) = certificate else {
        return bound("`cnf` wants a client certificate, and the client has shown none");
    };
    match URL_SAFE_NO_PAD.decode(thumbprint) {
        Ok(expected) if expected == certificate => Ok(()),
        _ => bound("`cnf` wants another client certificate"),
    }
}

/// Checks that `email`, if it is a string, has at most one `@`: what is before the last is taken for
/// a part of the name by one reader and for a domain by another (CVE-2026-40574).
///
/// # Errors
/// `CLAIM_INVALID`.
pub(super) fn check_email(claims: &Claims) -> Result<(), Refusal> {
    match claims.get("email") {
        Some(Json::Text(email)) if email.matches('@').count() > 1 => {
            Err(invalid("email", "has more than one `@`"))
        }
        _ => Ok(()),
    }
}

/// A `CLAIM_INVALID` of the claim `name`.
pub(super) fn invalid(name: &str, what: impl AsRef<str>) -> Refusal {
    Refusal::new(Reason::ClaimInvalid, format!("`{name}` {}", what.as_ref()))
}

fn mismatch(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::TokenUseMismatch, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture::{ISSUER, NOW, payload, provider};

    /// K29: Kafka's table of skews and offsets, with one difference: leeway does not serve `exp`.
    #[test]
    fn leeway_serves_the_start_and_not_the_end() {
        let (exp, iat) = ((NOW + 1).to_string(), NOW.to_string());
        let claims = Claims::parse(payload(&[("exp", &exp), ("iat", &iat)]).as_bytes()).unwrap();
        let mut provider = provider("idp", ISSUER);
        for skew in [0, 5, 10, 20] {
            provider.clock_skew = Duration::from_millis(skew);
            for offset in [-10, 0, 10] {
                let judge = |secs: i64| {
                    let now = UnixTime::from_millis(secs * 1000 + offset);
                    let times = check_times(&provider, &claims, Duration::ZERO, now);
                    times.map_err(|refusal| refusal.reason)
                };
                let skew = i64::try_from(skew).unwrap();
                let expires_at = UnixTime::from_secs(NOW + 1);
                let early = Err(Reason::TokenNotYetValid);
                let start = if offset + skew < 0 {
                    early
                } else {
                    Ok(expires_at)
                };
                assert_eq!(judge(NOW), start, "skew {skew}, offset {offset}");
                let late = Err(Reason::TokenExpired);
                let end = if offset < 0 { Ok(expires_at) } else { late };
                assert_eq!(judge(NOW + 1), end, "skew {skew}, offset {offset}");
            }
        }
    }
}
