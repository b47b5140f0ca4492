//! A bearer token as it comes: a JWS in compact form (RFC 7515). Owns its strict reading; nothing
//! in here is verified yet, and only `iss`, `kid` and `alg` may be used before it is; and `iat`, not to
//! wait for a key.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    claims::Claims,
    json::Json,
    reason::{Reason, Refusal},
    sha256::sha256,
};
use crate::limits;

/// Header parameters that change what the signature covers or what the payload is. RFC 7515 lets
/// a reader ignore most of them; that has been a hole in one library after another.
const REFUSED_PARAMETERS: [&str; 4] = ["crit", "b64", "enc", "zip"];

/// A token taken apart, unverified. `jku`, `x5u`, `jwk` and `x5c` of its header are ignored: a
/// token does not say which key to trust.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// `alg`, as written.
    pub(super) algorithm: String,
    /// `kid`, if any; at most 256 bytes.
    pub(super) kid: Option<String>,
    /// Whether `typ` says that this is an access token (RFC 9068).
    pub(super) typed_access: bool,
    /// The payload.
    pub(super) claims: Claims,
    /// What the signature is over.
    pub(super) signed: &'a [u8],
    /// The signature.
    pub(super) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes `text` apart: at most 16 KiB, exactly three segments of canonical base64url without
    /// padding, header and payload JSON objects without duplicate keys.
    ///
    /// # Errors
    /// `TOKEN_MALFORMED`.
    pub(super) fn parse(text: &'a str) -> Result<Self, Refusal> {
        if text.len() > limits::TOKEN_MAX {
            return Err(malformed(format!(
                "has {} bytes; at most 16 KiB are read",
                text.len()
            )));
        }
        let segments: Vec<&str> = text.splitn(4, '.').collect();
        let [header, payload, signature] = segments.as_slice() else {
            return Err(malformed("has not three segments"));
        };
        if header.len() > limits::TOKEN_HEADER_MAX {
            return Err(malformed("has a header of more than 4 KiB"));
        }
        let signed_length = header.len().saturating_add(1).saturating_add(payload.len());
        let signed = text.as_bytes().get(..signed_length).unwrap_or_default();
        let header = decode("header", header)?;
        let header =
            Json::parse_object(&header).map_err(|fault| malformed(format!("header {fault}")))?;
        let payload = decode("payload", payload)?;
        let signature = decode("signature", signature)?;
        let (algorithm, kid, typed_access) = check_header(&header)?;
        let claims =
            Claims::parse(&payload).map_err(|fault| malformed(format!("payload {fault}")))?;
        Ok(Self {
            algorithm,
            kid,
            typed_access,
            claims,
            signed,
            signature,
        })
    }

    /// SHA-256 of the token, to know it again by.
    pub(super) fn digest(&self) -> [u8; 32] {
        sha256([self.signed, b".", &self.signature])
    }
}

/// Whether `text` is no JWT at all, and so may be a token that only its provider understands.
///
/// What looks like a JWT (three segments), like an encrypted one (five) or begins with a JOSE
/// header is none: a JWT that fails its checks must not get a second chance by another way.
pub(super) fn is_opaque(text: &str) -> bool {
    let segments = text.splitn(6, '.').count();
    let first = text.split('.').next().unwrap_or_default();
    let joined = first.len() <= limits::TOKEN_HEADER_MAX
        && URL_SAFE_NO_PAD
            .decode(first)
            .is_ok_and(|bytes| bytes.trim_ascii_start().starts_with(b"{"));
    !text.is_empty() && !matches!(segments, 3 | 5) && !joined && text.len() <= limits::TOKEN_MAX
}

fn decode(what: &str, segment: &str) -> Result<Vec<u8>, Refusal> {
    if segment.is_empty() {
        return Err(malformed(format!("has an empty {what}")));
    }
    URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|_| malformed(format!("{what} is not canonical base64url without padding")))
}

fn check_header(
    header: &BTreeMap<String, Json>,
) -> Result<(String, Option<String>, bool), Refusal> {
    for name in REFUSED_PARAMETERS {
        if header.contains_key(name) {
            return Err(malformed(format!("header has `{name}`, which is refused")));
        }
    }
    let text = |name: &str| match header.get(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(malformed(format!(
            "header has {} as `{name}`",
            other.kind()
        ))),
    };
    let algorithm = text("alg")?.ok_or_else(|| malformed("header has no `alg`"))?;
    let kid = text("kid")?;
    if kid.is_some_and(|kid| kid.len() > limits::KEY_ID_MAX) {
        return Err(malformed("header has a `kid` of more than 256 bytes"));
    }
    // `cty` says what a payload is that is no set of claims: a nested token, for one.
    if text("cty")?.is_some() {
        return Err(malformed("header has `cty`: nested tokens are refused"));
    }
    let typed_access = match text("typ")?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("jwt") => false,
        Some("at+jwt" | "application/at+jwt") => true,
        Some(_) => {
            return Err(malformed(
                "header has a `typ` that is no JWT's or access token's",
            ));
        }
    };
    Ok((algorithm.to_owned(), kid.map(str::to_owned), typed_access))
}

fn malformed(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::TokenMalformed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(header: &str, payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            encode(header),
            encode(payload),
            encode("signature")
        )
    }

    #[test]
    fn a_token_is_taken_apart() {
        let text = compact(
            r#"{"alg":"RS256","kid":"k","typ":"AT+jwt"}"#,
            r#"{"iss":"i"}"#,
        );
        let token = Token::parse(&text).unwrap();
        assert_eq!(
            (token.algorithm.as_str(), token.kid.as_deref()),
            ("RS256", Some("k"))
        );
        assert!(token.typed_access);
        assert_eq!(token.signature, b"signature");
        assert_eq!(token.signed, text.rsplit_once('.').unwrap().0.as_bytes());
    }

    /// K13, K14 and rows 41 to 43, 53.
    #[test]
    fn what_is_not_a_compact_jws_is_malformed() {
        let good = compact(r#"{"alg":"RS256"}"#, "{}");
        let (head, signature) = good.rsplit_once('.').unwrap();
        let (header, payload) = head.split_once('.').unwrap();
        let long = format!("{good}{}", "A".repeat(limits::TOKEN_MAX));
        let cases = [
            String::new(),
            "    ".into(),
            "..".into(),
            ".p.".into(),
            "h..".into(),
            "h.p.".into(),
            "this isn't valid".into(),
            "this.isn't.valid".into(),
            "{}.{}.{}".into(),
            ".".into(),
            head.into(),
            format!("{good}."),
            format!("{good}.x"),
            format!("{good}=="),
            format!("{good}\n"),
            format!("{good} "),
            format!(" {good}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{head}.a+/b"),
            // "c2lnbmF0dXJl" + "Zg" is canonical, "Zh" has bits that no byte has.
            format!("{head}.Zh"),
            long,
        ];
        for case in cases {
            let refusal = Token::parse(&case).expect_err(&case);
            assert_eq!(refusal.reason, Reason::TokenMalformed, "{case:?}");
        }
    }

    #[test]
    fn headers_are_strict() {
        let kid = "k".repeat(257);
        let long = format!(r#"{{"alg":"RS256","x":"{}"}}"#, "x".repeat(5000));
        let kid = format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#);
        for header in [
            r#"{}"#,
            r#"{"alg":null}"#,
            r#"{"alg":256}"#,
            r#"{"alg":["RS256"]}"#,
            "[]",
            "\"RS256\"",
            r#"{"alg":"RS256","alg":"none"}"#,
            r#"{"alg":"RS256"}x"#,
            "\u{feff}{\"alg\":\"RS256\"}",
            r#"{"alg":"RS256","crit":["x"]}"#,
            r#"{"alg":"RS256","crit":[]}"#,
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","crit":"b64"}"#,
            r#"{"alg":"RS256","crit":["b64"],"b64":false}"#,
            r#"{"alg":"RS256","b64":false}"#,
            r#"{"alg":"RS256","b64":true}"#,
            r#"{"alg":"RS256","enc":"A256GCM"}"#,
            r#"{"alg":"RS256","zip":"DEF"}"#,
            r#"{"alg":"RS256","cty":"JWT"}"#,
            r#"{"alg":"RS256","typ":"logout+jwt"}"#,
            r#"{"alg":"RS256","typ":"JWE"}"#,
            r#"{"alg":"RS256","typ":"secevent+jwt"}"#,
            r#"{"alg":"RS256","typ":1}"#,
            r#"{"alg":"RS256","typ":""}"#,
            r#"{"alg":"RS256","kid":1}"#,
            &kid,
            &long,
        ] {
            let refusal = Token::parse(&compact(header, "{}")).expect_err(header);
            assert_eq!(refusal.reason, Reason::TokenMalformed, "{header}");
        }
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"RS256","typ":"jwt"}"#,
            r#"{"alg":"RS256","typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"application/at+jwt","jku":"https://evil","x5c":[]}"#,
        ] {
            assert!(Token::parse(&compact(header, "{}")).is_ok(), "{header}");
        }
    }

    #[test]
    fn payloads_are_one_object() {
        for payload in [
            "[]",
            "null",
            "1",
            "x",
            "{}x",
            "{} {}",
            "\u{feff}{}",
            r#"{"a":1,"a":1}"#,
            r#"{"groups":["a"],"groups":["b"]}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            &format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200)),
        ] {
            assert!(
                Token::parse(&compact(r#"{"alg":"RS256"}"#, payload)).is_err(),
                "{payload}"
            );
        }
    }

    proptest::proptest! {
        /// Whatever comes, the answer is a token or a refusal.
        #[test]
        fn no_text_panics(text in ".{0,200}", header in ".{0,80}", payload in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,80}") {
            let _ = Token::parse(&text);
            let _ = Token::parse(&compact(&header, &payload));
            let _ = Token::parse(&compact(r#"{"alg":"RS256"}"#, &payload));
        }
    }
}
