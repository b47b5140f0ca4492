//! Token introspection (RFC 7662): how a provider is asked about tokens, and what its answer
//! means. Pure; asking is `introspector`'s.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{claims::Claims, client_auth::ClientAuthentication, json::Json};
use crate::clock::UnixTime;

/// How a provider is asked about tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Introspection {
    /// Its endpoint; `None` = what its discovery document says.
    pub endpoint: Option<Arc<str>>,
    /// Who asks.
    pub client: ClientAuthentication,
    /// Which tokens it is asked about.
    pub tokens: IntrospectedTokens,
    /// For one question and its answer, waiting for a free place included.
    pub timeout: Duration,
    /// Questions at once.
    pub max_concurrent: usize,
}

/// Which tokens a provider is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntrospectedTokens {
    /// Those that are no JWT.
    Opaque,
    /// JWTs whose signature holds, on top of all other checks: for revocation before expiry.
    Jwt,
    /// Both.
    All,
}

impl IntrospectedTokens {
    /// Whether tokens that are no JWT are meant.
    #[must_use]
    pub const fn opaque(self) -> bool {
        matches!(self, Self::Opaque | Self::All)
    }

    /// Whether JWTs are meant.
    #[must_use]
    pub const fn jwts(self) -> bool {
        matches!(self, Self::Jwt | Self::All)
    }
}

/// What a provider says of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Introspected {
    /// It is active, and this is what it stands for.
    Active(Arc<Claims>),
    /// It is not: expired, revoked, of somebody else, or never issued.
    Inactive,
}

/// Why an answer says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AnswerFault {
    /// Not a JSON object.
    #[error("the introspection answer {0}")]
    Malformed(String),
    /// No boolean `active`.
    #[error("the introspection answer has no boolean `active`")]
    NoActive,
    /// About a token of somebody else.
    #[error("the introspection answer has another `iss` than the provider's issuer")]
    Issuer,
}

/// Reads an answer of the provider whose issuer is `issuer`. An answer without `iss`, which RFC
/// 7662 leaves out at will, is about one of the provider's own tokens: it gets `issuer`.
///
/// # Errors
/// [`AnswerFault`].
pub(super) fn read_answer(body: &[u8], issuer: &str) -> Result<Introspected, AnswerFault> {
    let mut members: BTreeMap<String, Json> =
        Json::parse_object(body).map_err(AnswerFault::Malformed)?;
    match members.get("active") {
        Some(Json::Bool(true)) => {}
        Some(Json::Bool(false)) => return Ok(Introspected::Inactive),
        _ => return Err(AnswerFault::NoActive),
    }
    match members.get("iss") {
        Some(Json::Text(found)) if found == issuer => {}
        Some(_) => return Err(AnswerFault::Issuer),
        None => {
            members.insert("iss".to_owned(), Json::Text(issuer.to_owned()));
        }
    }
    let claims = Claims::from_members(members);
    Ok(Introspected::Active(Arc::new(claims)))
}

/// How long `answer` may be used again: until its `exp`, at most `longest`; not at all without.
/// An inactive one is asked about anew each time.
pub(super) fn reusable_for(
    answer: &Introspected,
    longest: Duration,
    now: UnixTime,
) -> Option<Duration> {
    let Introspected::Active(claims) = answer else {
        return None;
    };
    let Some(Json::Int(expires_at)) = claims.get("exp") else {
        return None;
    };
    let left = UnixTime::from_secs(*expires_at).since(now);
    (!left.is_zero()).then_some(left.min(longest))
}

/// Whether `answer` speaks for the token with `claims` at `now`: it is about the same subject, as far as both
/// name one, names an audience of the token, if any, and has not expired itself.
pub(super) fn speaks_for(answer: &Claims, claims: &Claims, now: UnixTime) -> bool {
    let same = |name: &str| match (answer.get(name), claims.get(name)) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    let lasts = match answer.get("exp") {
        None => true,
        Some(Json::Int(expires_at)) => now < UnixTime::from_secs(*expires_at),
        Some(_) => false,
    };
    same("sub") && same("jti") && lasts && shares_audience(answer, claims)
}

fn shares_audience(answer: &Claims, claims: &Claims) -> bool {
    let Some(theirs) = answer.get("aud") else {
        return true;
    };
    let theirs = theirs.as_texts().unwrap_or_default();
    let ours = claims
        .get("aud")
        .and_then(Json::as_texts)
        .unwrap_or_default();
    theirs.iter().any(|audience| ours.contains(audience))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://idp";

    #[test]
    fn an_answer_speaks_for_its_own_token_alone() {
        let read = |body: &str| match read_answer(body.as_bytes(), ISSUER).unwrap() {
            Introspected::Active(claims) => claims,
            other => panic!("{other:?}"),
        };
        let token = read(r#"{"active":true,"sub":"a","jti":"j","aud":["kafka","x"]}"#);
        for (answer, speaks) in [
            (r#"{"active":true}"#, true),
            (r#"{"active":true,"sub":"a","aud":"kafka","exp":101}"#, true),
            (r#"{"active":true,"sub":"b"}"#, false),
            (r#"{"active":true,"jti":"k"}"#, false),
            (r#"{"active":true,"exp":100}"#, false),
            (r#"{"active":true,"exp":"later"}"#, false),
            (r#"{"active":true,"aud":"other"}"#, false),
            (r#"{"active":true,"aud":[]}"#, false),
            (r#"{"active":true,"aud":7}"#, false),
        ] {
            let now = UnixTime::from_secs(100);
            assert_eq!(speaks_for(&read(answer), &token, now), speaks, "{answer}");
        }
    }

    #[test]
    fn answers_are_read_strictly() {
        let read = |body: &str| read_answer(body.as_bytes(), ISSUER);
        for body in [
            r#"{"active":true,"sub":"a"}"#,
            r#"{"active":true,"sub":"a","iss":"https://idp"}"#,
        ] {
            let Introspected::Active(claims) = read(body).unwrap() else {
                panic!("{body}")
            };
            assert_eq!(claims.get("iss").and_then(Json::as_text), Some(ISSUER));
        }
        assert_eq!(read(r#"{"active":false}"#), Ok(Introspected::Inactive));
        for body in [
            r#"{}"#,
            r#"{"active":"true"}"#,
            r#"{"active":1}"#,
            r#"{"active":null}"#,
        ] {
            assert_eq!(read(body), Err(AnswerFault::NoActive), "{body}");
        }
        for body in [
            "",
            "true",
            "[]",
            r#"{"active":true}x"#,
            r#"{"active":false,"active":true}"#,
        ] {
            assert!(
                matches!(read(body), Err(AnswerFault::Malformed(_))),
                "{body}"
            );
        }
        for body in [
            r#"{"active":true,"iss":"https://other"}"#,
            r#"{"active":true,"iss":["https://idp"]}"#,
            r#"{"active":true,"iss":null}"#,
        ] {
            assert_eq!(read(body), Err(AnswerFault::Issuer), "{body}");
        }
    }

    #[test]
    fn an_answer_is_used_again_until_it_expires() {
        let minute = Duration::from_secs(60);
        let for_secs = |body: &str| {
            let answer = read_answer(body.as_bytes(), ISSUER).unwrap();
            reusable_for(&answer, minute, UnixTime::from_secs(1000)).map(|d| d.as_secs())
        };
        assert_eq!(for_secs(r#"{"active":true,"exp":1010}"#), Some(10));
        assert_eq!(for_secs(r#"{"active":true,"exp":9000}"#), Some(60));
        assert_eq!(for_secs(r#"{"active":true,"exp":1000}"#), None);
        assert_eq!(for_secs(r#"{"active":true,"exp":"1010"}"#), None);
        assert_eq!(for_secs(r#"{"active":true}"#), None);
        assert_eq!(for_secs(r#"{"active":false,"exp":1010}"#), None);
    }
}
