//! What a provider answers who asks for a token: at its token endpoint (RFC 6749 section 5) and at its
//! device authorization endpoint (RFC 8628 section 3.2). Pure; knows secrets.

use std::time::Duration;

use super::json::Json;
use crate::{limits, secret::Secret};

/// Longest text of a provider that is shown to people.
const SHOWN_MAX: usize = 256;

/// What a provider gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// `access_token`.
    pub access: Secret,
    /// `id_token`, if any.
    pub id: Option<Secret>,
    /// `refresh_token`, if any.
    pub refresh: Option<Secret>,
}

/// What a person is asked to do at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// `verification_uri`.
    pub uri: String,
    /// `verification_uri_complete`, if any: the same with the code in it.
    pub uri_with_code: Option<String>,
    /// `user_code`.
    pub code: String,
}

/// An answer of a device authorization endpoint.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) code: Secret,
    pub(super) prompt: Prompt,
    /// Least time between questions, as the provider says; maybe none.
    pub(super) interval: Duration,
    /// How long the codes are good.
    pub(super) lifetime: Duration,
}

/// Why there is no token. Texts of the provider are cut and without control characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantFault {
    /// The person has not decided yet: ask again.
    #[error("nobody has decided at the provider yet")]
    Pending,
    /// The same, and ask less often.
    #[error("the provider is asked too often")]
    SlowDown,
    /// The person said no.
    #[error("access was denied at the provider")]
    Denied,
    /// Nobody decided in time.
    #[error("the code has expired; ask for another one")]
    Expired,
    /// Another code of RFC 6749 section 5.2.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// No answer by these RFCs.
    #[error("the provider's answer {0}")]
    Malformed(String),
}

/// Reads an answer of a token endpoint.
///
/// # Errors
/// [`GrantFault`].
pub(super) fn read_tokens(status: u16, body: &[u8]) -> Result<Tokens, GrantFault> {
    let answer = Answer::read(status, body)?;
    let kind = answer.text("token_type").unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        let what = format!(
            "has the `token_type` {:?}; Bearer is wanted",
            printable(kind)
        );
        return Err(GrantFault::Malformed(what));
    }
    Ok(Tokens {
        access: answer
            .secret("access_token")?
            .ok_or_else(|| missing("access_token"))?,
        id: answer.secret("id_token")?,
        refresh: answer.secret("refresh_token")?,
    })
}

/// Reads an answer of a device authorization endpoint.
///
/// # Errors
/// [`GrantFault`].
pub(super) fn read_device(status: u16, body: &[u8]) -> Result<Device, GrantFault> {
    let answer = Answer::read(status, body)?;
    let shown = |name: &'static str| answer.text(name).map(printable);
    let link = |name: &'static str| answer.text(name).filter(|text| is_plain(text));
    let link = |name| link(name).map(str::to_owned);
    let seconds = |name| match answer.0.get(name) {
        Some(Json::Int(seconds)) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        _ => None,
    };
    let lifetime = seconds("expires_in").ok_or_else(|| missing("expires_in"))?;
    let interval = seconds("interval").unwrap_or(limits::DEVICE_INTERVAL);
    Ok(Device {
        code: answer
            .secret("device_code")?
            .ok_or_else(|| missing("device_code"))?,
        prompt: Prompt {
            uri: link("verification_uri").ok_or_else(|| missing("verification_uri"))?,
            uri_with_code: link("verification_uri_complete"),
            code: shown("user_code").ok_or_else(|| missing("user_code"))?,
        },
        interval: interval.min(limits::DEVICE_INTERVAL_MAX),
        lifetime: lifetime.min(limits::DEVICE_LIFETIME_MAX),
    })
}

/// The members of a good answer.
struct Answer(std::collections::BTreeMap<String, Json>);

impl Answer {
    fn read(status: u16, body: &[u8]) -> Result<Self, GrantFault> {
        let members = Json::parse_document(body)
            .map_err(|fault| GrantFault::Malformed(format!("has status {status} and {fault}")))?;
        let answer = Self(members);
        match answer.text("error") {
            None if status == 200 => Ok(answer),
            None => Err(GrantFault::Malformed(format!(
                "has status {status} and no `error`"
            ))),
            Some("authorization_pending") => Err(GrantFault::Pending),
            Some("slow_down") => Err(GrantFault::SlowDown),
            Some("access_denied") => Err(GrantFault::Denied),
            Some("expired_token") => Err(GrantFault::Expired),
            Some(code) => {
                let code = printable(code);
                Err(GrantFault::Refused(
                    match answer.text("error_description") {
                        Some(why) => format!("{code}, {}", printable(why)),
                        None => code,
                    },
                ))
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_text)
    }

    /// What is there must be a text that a header of HTTP and a file can hold.
    fn secret(&self, name: &'static str) -> Result<Option<Secret>, GrantFault> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Text(text))
                if !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic()) =>
            {
                Ok(Some(Secret::new(text.clone())))
            }
            Some(_) => Err(GrantFault::Malformed(format!(
                "has no good text as `{name}`"
            ))),
        }
    }
}

fn missing(name: &str) -> GrantFault {
    GrantFault::Malformed(format!("has no `{name}`"))
}

/// Whether a terminal may show `text` as it is. A link is not mended: half of one leads elsewhere.
fn is_plain(text: &str) -> bool {
    text.len() <= SHOWN_MAX && text.chars().all(|c| c.is_ascii_graphic())
}

/// `text` as a terminal may show it.
fn printable(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_token_endpoints() {
        let tokens = read_tokens(
            200,
            br#"{"access_token":"a.b.c","token_type":"bearer","refresh_token":"r","expires_in":5}"#,
        )
        .unwrap();
        assert_eq!(tokens.access.expose(), "a.b.c");
        assert!(tokens.id.is_none() && tokens.refresh.is_some());
        assert!(!format!("{tokens:?}").contains("a.b.c"));
        let error = |code: &str| {
            format!("{{\"error\":\"{code}\",\"error_description\":\"why\\u001b[31m\"}}")
        };
        for (status, body, fault) in [
            (400, error("authorization_pending"), GrantFault::Pending),
            (400, error("slow_down"), GrantFault::SlowDown),
            (400, error("access_denied"), GrantFault::Denied),
            (400, error("expired_token"), GrantFault::Expired),
            (
                401,
                error("invalid_client"),
                GrantFault::Refused("invalid_client, why[31m".to_owned()),
            ),
            (
                200,
                error("invalid_scope"),
                GrantFault::Refused("invalid_scope, why[31m".to_owned()),
            ),
        ] {
            assert_eq!(read_tokens(status, body.as_bytes()), Err(fault));
        }
        for (status, body) in [
            (200, "{}"),
            (200, ""),
            (500, "<html>"),
            (500, "{}"),
            (200, r#"{"access_token":"a","token_type":"mac"}"#),
            (200, r#"{"access_token":"a"}"#),
            (200, r#"{"access_token":"","token_type":"Bearer"}"#),
            (200, r#"{"access_token":"a\nb","token_type":"Bearer"}"#),
            (200, r#"{"access_token":5,"token_type":"Bearer"}"#),
        ] {
            let read = read_tokens(status, body.as_bytes());
            assert!(
                matches!(read, Err(GrantFault::Malformed(_))),
                "{body}: {read:?}"
            );
        }
    }

    #[test]
    fn answers_of_device_endpoints() {
        let device = read_device(
            200,
            br#"{"device_code":"d","user_code":"AB\u0007CD","verification_uri":"https://idp/device",
                 "expires_in":999999,"interval":7}"#,
        )
        .unwrap();
        assert_eq!(device.prompt.code, "ABCD");
        assert_eq!(device.interval, Duration::from_secs(7));
        assert_eq!(device.lifetime, limits::DEVICE_LIFETIME_MAX);
        let without =
            br#"{"device_code":"d","user_code":"x","verification_uri":"u","expires_in":9}"#;
        let device = read_device(200, without).unwrap();
        assert_eq!(device.interval, limits::DEVICE_INTERVAL);
        assert_eq!(device.prompt.uri_with_code, None);
        for (complete, shown) in [
            ("https://idp/device?c=x", true),
            ("https://idp/\\u001b[31m", false),
            ("https://idp/ x", false),
            (&format!("https://idp/{}", "x".repeat(300)), false),
        ] {
            let body = format!(
                r#"{{"device_code":"d","user_code":"x","verification_uri":"u","expires_in":9,
                     "verification_uri_complete":"{complete}"}}"#
            );
            let prompt = read_device(200, body.as_bytes()).unwrap().prompt;
            assert_eq!(prompt.uri_with_code.is_some(), shown, "{complete}");
            let body = body.replace("\"u\"", &format!("\"{complete}\""));
            assert_eq!(read_device(200, body.as_bytes()).is_ok(), shown);
        }
        for gone in ["device_code", "user_code", "verification_uri", "expires_in"] {
            let body = String::from_utf8(without.to_vec())
                .unwrap()
                .replace(gone, "gone");
            assert!(read_device(200, body.as_bytes()).is_err(), "{gone}");
        }
    }
}
