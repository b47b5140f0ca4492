//! A provider's JWK set (RFC 7517). Owns the choice of what in it is a usable key; one strange
//! key never loses the rest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    algorithm::Algorithm,
    json::Json,
    sha256::sha256,
    signature::{Curve, KeyParameters, PublicKey},
};
use crate::limits;

/// The usable keys of a provider; immutable.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    /// What tells each key from others, in order: two sets with the same are the same keys.
    prints: Vec<[u8; 32]>,
    ignored: Vec<String>,
}

/// A public key and the id it is published under.
#[derive(Debug)]
pub(super) struct Key {
    kid: Option<String>,
    public: PublicKey,
}

/// Why a document is not a JWK set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksFault {
    /// Not a JSON object, or too large.
    #[error("the JWK set {0}")]
    Malformed(String),
    /// Too many keys to be one.
    #[error("the JWK set has {0} keys; at most 100 are read")]
    TooMany(usize),
    /// Nothing in it can verify a token.
    #[error("the JWK set has no usable key{}", reasons(.0))]
    NoUsableKey(Vec<String>),
}

impl KeySet {
    /// Reads a JWK set of at most 1 MiB and 100 keys. Keys that Oathgate cannot use (symmetric
    /// ones, encryption keys, unknown types, broken ones) are left out and listed.
    ///
    /// # Errors
    /// [`JwksFault`]; a set without a usable key is one.
    pub fn parse(body: &[u8]) -> Result<Self, JwksFault> {
        if body.len() > limits::KEY_DOCUMENT_MAX {
            return Err(JwksFault::Malformed("is larger than 1 MiB".to_owned()));
        }
        let members = Json::parse_document(body).map_err(JwksFault::Malformed)?;
        let Some(Json::List(entries)) = members.get("keys") else {
            return Err(JwksFault::Malformed("has no list `keys`".to_owned()));
        };
        if entries.len() > limits::KEYS_MAX {
            return Err(JwksFault::TooMany(entries.len()));
        }
        let mut set = Self {
            keys: Vec::new(),
            prints: Vec::new(),
            ignored: Vec::new(),
        };
        for (at, entry) in entries.iter().enumerate() {
            match Key::parse(entry) {
                Ok(key) => {
                    set.keys.push(key);
                    set.prints.push(print_of(entry));
                }
                Err(why) => set.ignored.push(format!("keys[{at}] {why}")),
            }
        }
        if set.keys.is_empty() {
            return Err(JwksFault::NoUsableKey(set.ignored));
        }
        set.prints.sort_unstable();
        Ok(set)
    }

    /// Whether `other` has the same usable keys, under the same ids.
    pub(super) fn has_keys_of(&self, other: &Self) -> bool {
        self.prints == other.prints
    }

    /// Number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none; never so after [`KeySet::parse`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What was left out, each with its reason.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The ids of the usable keys, for status and logs.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.kid.as_deref())
    }

    /// Whether a usable key is published under `kid`.
    #[must_use]
    pub fn contains(&self, kid: &str) -> bool {
        self.kids().any(|known| known == kid)
    }

    /// Whether a key of the set signed `message` by `algorithm`, and if not, why.
    ///
    /// Several keys under one `kid` are all tried. Without a `kid` exactly one key must fit the
    /// algorithm: a guess among several would let one key stand in for another.
    pub(super) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> KeyVerdict {
        let mut named = 0_usize;
        let mut fitting = Vec::new();
        for key in &self.keys {
            if kid.is_none() || key.kid.as_deref() == kid {
                named = named.saturating_add(1);
                if key.public.fits(algorithm) {
                    fitting.push(&key.public);
                }
            }
        }
        if kid.is_some() && named == 0 {
            return KeyVerdict::Unknown;
        }
        if fitting.is_empty() {
            return KeyVerdict::WrongAlgorithm;
        }
        if kid.is_none() && fitting.len() > 1 {
            return KeyVerdict::Ambiguous(fitting.len());
        }
        match fitting
            .iter()
            .any(|key| key.verifies(algorithm, message, signature))
        {
            true => KeyVerdict::Valid,
            false => KeyVerdict::Invalid,
        }
    }
}

impl KeySet {
    /// The `kid` of the key that verified a token which named none: the one that fits `algorithm`.
    pub(super) fn kid_of_only(&self, algorithm: Algorithm) -> Option<&str> {
        let mut fitting = self.keys.iter().filter(|key| key.public.fits(algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => key.kid.as_deref(),
            _ => None,
        }
    }
}

/// What a key set says about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyVerdict {
    Valid,
    Invalid,
    /// No key has the `kid`.
    Unknown,
    /// The keys in question verify other algorithms.
    WrongAlgorithm,
    /// No `kid`, and this many keys fit.
    Ambiguous(usize),
}

impl Key {
    fn parse(entry: &Json) -> Result<Self, String> {
        let Json::Object(members) = entry else {
            return Err(format!("is {}", entry.kind()));
        };
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text.as_str())),
            Some(other) => Err(format!("has {} as `{name}`", other.kind())),
        };
        let kid = text("kid")?;
        if kid.is_some_and(|kid| kid.len() > limits::KEY_ID_MAX) {
            return Err("has a `kid` of more than 256 bytes".to_owned());
        }
        if text("use")?.is_some_and(|purpose| purpose != "sig") {
            return Err("is not for signatures (`use`)".to_owned());
        }
        if let Some(operations) = members.get("key_ops") {
            let operations = operations.as_texts().unwrap_or_default();
            if !operations.contains(&"verify") {
                return Err("is not for verifying (`key_ops`)".to_owned());
            }
        }
        let only = match text("alg")? {
            None => None,
            Some(name) => Some(Algorithm::parse(name).ok_or("has an `alg` that is not trusted")?),
        };
        let bytes = |name: &str| -> Result<Vec<u8>, String> {
            let encoded = text(name)?.ok_or_else(|| format!("has no `{name}`"))?;
            URL_SAFE_NO_PAD
                .decode(encoded)
                .map_err(|_| format!("has a `{name}` that is not base64url"))
        };
        let public = match (text("kty")?, text("crv")?) {
            (Some("RSA"), _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                let (n, e) = (without_zeros(&n), without_zeros(&e));
                PublicKey::new(KeyParameters::Rsa { n, e }, only)
            }
            (Some("EC"), Some(curve)) => {
                let curve = curve_of(curve).ok_or("is on a curve that is not trusted")?;
                let (x, y) = (bytes("x")?, bytes("y")?);
                PublicKey::new(
                    KeyParameters::Ec {
                        curve,
                        x: &x,
                        y: &y,
                    },
                    only,
                )
            }
            (Some("OKP"), Some("Ed25519")) => {
                PublicKey::new(KeyParameters::Ed25519 { x: &bytes("x")? }, only)
            }
            (Some("oct"), _) => return Err("is symmetric (`kty` oct)".to_owned()),
            _ => return Err("is of a type that is not trusted (`kty`, `crv`)".to_owned()),
        };
        Ok(Self {
            kid: kid.map(str::to_owned),
            public: public?,
        })
    }
}

/// A digest of all that makes a key of `entry`: its id, its type and its numbers.
fn print_of(entry: &Json) -> [u8; 32] {
    let members = match entry {
        Json::Object(members) => Some(members),
        _ => None,
    };
    let text = |name| members.and_then(|members| members.get(name)?.as_text());
    let texts = ["kid", "kty", "alg", "crv", "n", "e", "x", "y"].map(text);
    let texts = texts.map(Option::unwrap_or_default);
    // The length stands before each: `ab` and `c` are not `a` and `bc`.
    let lengths = texts.map(|text| text.len().to_be_bytes());
    let parts = lengths.iter().zip(&texts);
    sha256(parts.flat_map(|(length, text)| [length.as_slice(), text.as_bytes()]))
}

fn curve_of(name: &str) -> Option<Curve> {
    match name {
        "P-256" => Some(Curve::P256),
        "P-384" => Some(Curve::P384),
        "P-521" => Some(Curve::P521),
        _ => None,
    }
}

/// RFC 7518 forbids leading zeros of `n` and `e`, but issuers write them.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn reasons(ignored: &[String]) -> String {
    if ignored.is_empty() {
        String::new()
    } else {
        format!(": {}", ignored.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::fixture::{ED25519, P256, P384, P521, RSA_A, RSA_B, TestKey, keys};

    const MESSAGE: &[u8] = b"message";

    fn verify(set: &KeySet, kid: Option<&str>, key: &TestKey, algorithm: Algorithm) -> KeyVerdict {
        set.verify(kid, algorithm, MESSAGE, &key.sign(algorithm, MESSAGE))
    }

    #[test]
    fn every_algorithm_verifies_with_its_key_and_no_other() {
        let all: [(&TestKey, &[Algorithm]); 5] = [
            (&RSA_A, &Algorithm::ALL[..6]),
            (&P256, &[Algorithm::Es256]),
            (&P384, &[Algorithm::Es384]),
            (&P521, &[Algorithm::Es512]),
            (&ED25519, &[Algorithm::EdDsa]),
        ];
        for (key, algorithms) in all {
            let set = keys(&[key.jwk(r#""kid":"k","#)]);
            for algorithm in Algorithm::ALL {
                if algorithms.contains(&algorithm) {
                    assert_eq!(verify(&set, Some("k"), key, algorithm), KeyVerdict::Valid);
                    let mut forged = key.sign(algorithm, MESSAGE);
                    forged[0] ^= 1;
                    let verdict = set.verify(Some("k"), algorithm, MESSAGE, &forged);
                    assert_eq!(verdict, KeyVerdict::Invalid, "{algorithm:?}");
                    let other = set.verify(
                        Some("k"),
                        algorithm,
                        b"other",
                        &key.sign(algorithm, MESSAGE),
                    );
                    assert_eq!(other, KeyVerdict::Invalid, "{algorithm:?}");
                    assert_eq!(
                        set.verify(Some("k"), algorithm, MESSAGE, b""),
                        KeyVerdict::Invalid
                    );
                } else {
                    let verdict = set.verify(Some("k"), algorithm, MESSAGE, b"x");
                    assert_eq!(verdict, KeyVerdict::WrongAlgorithm, "{algorithm:?}");
                }
            }
        }
    }

    /// N7: a key that says RS256 verifies nothing else.
    #[test]
    fn the_jwks_alg_binds_the_key() {
        let set = keys(&[RSA_A.jwk(r#""kid":"k","alg":"RS256","#)]);
        assert_eq!(
            verify(&set, Some("k"), &RSA_A, Algorithm::Rs256),
            KeyVerdict::Valid
        );
        assert_eq!(
            verify(&set, Some("k"), &RSA_A, Algorithm::Ps256),
            KeyVerdict::WrongAlgorithm
        );
    }

    /// N22, N23, rule 8.
    #[test]
    fn kids_pick_keys() {
        let set = keys(&[
            RSA_A.jwk(r#""kid":"a","#),
            RSA_B.jwk(r#""kid":"a","#),
            P256.jwk(""),
        ]);
        let rs256 = Algorithm::Rs256;
        assert_eq!(verify(&set, Some("a"), &RSA_B, rs256), KeyVerdict::Valid);
        assert_eq!(verify(&set, Some("a"), &RSA_A, rs256), KeyVerdict::Valid);
        assert_eq!(verify(&set, Some("b"), &RSA_A, rs256), KeyVerdict::Unknown);
        assert_eq!(verify(&set, Some(""), &RSA_A, rs256), KeyVerdict::Unknown);
        assert_eq!(verify(&set, None, &RSA_A, rs256), KeyVerdict::Ambiguous(2));
        assert_eq!(
            verify(&set, None, &P256, Algorithm::Es256),
            KeyVerdict::Valid
        );
        assert_eq!(
            verify(&set, None, &P384, Algorithm::Es384),
            KeyVerdict::WrongAlgorithm
        );
    }

    /// N9, N58, N59 and their like.
    #[test]
    fn one_strange_key_does_not_lose_the_rest() {
        let n = |bytes: usize, first: u8| {
            let mut n = vec![0xff; bytes];
            n[0] = first;
            URL_SAFE_NO_PAD.encode(n)
        };
        let rsa = |n: &str, e: &str| format!(r#"{{"kty":"RSA","kid":"x","n":"{n}","e":"{e}"}}"#);
        let strange = [
            "null".to_owned(),
            "1".to_owned(),
            "\"key\"".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            r#"{"kty":"oct","kid":"x","k":"AAAA","alg":"HS256"}"#.to_owned(),
            r#"{"kty":"oct","kid":"x","k":"AAAA","use":"sig"}"#.to_owned(),
            r#"{"kty":"AKP","kid":"x","pub":"AAAA"}"#.to_owned(),
            r#"{"kty":"EC","crv":"secp256k1","kid":"x","x":"AAAA","y":"AAAA"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-256","kid":"x","x":"AAAA","y":"AAAA"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-256","kid":"x"}"#.to_owned(),
            r#"{"kty":"OKP","crv":"X25519","kid":"x","x":"AAAA"}"#.to_owned(),
            r#"{"kty":"OKP","crv":"Ed25519","kid":"x","x":"AAAA"}"#.to_owned(),
            rsa(&n(128, 0xff), "AQAB"),
            rsa(&n(256, 0x7f), "AQAB"),
            rsa(&n(1025, 0xff), "AQAB"),
            rsa("", "AQAB"),
            rsa("not base64url!", "AQAB"),
            rsa(&n(256, 0xff), ""),
            RSA_B.jwk(r#""kid":1,"#),
            RSA_B.jwk(r#""kid":null,"#),
            RSA_B.jwk(r#""kid":"x","kid":"y","#),
            RSA_B.jwk(r#""kid":"x","use":"enc","#),
            RSA_B.jwk(r#""kid":"x","use":1,"#),
            RSA_B.jwk(r#""kid":"x","alg":"RSA-OAEP","#),
            RSA_B.jwk(r#""kid":"x","alg":"HS256","#),
            RSA_B.jwk(r#""kid":"x","alg":"ES256","#),
            RSA_B.jwk(r#""kid":"x","key_ops":["encrypt"],"#),
            RSA_B.jwk(r#""kid":"x","key_ops":"sign","#),
            RSA_B.jwk(&format!("\"kid\":\"{}\",", "k".repeat(257))),
            P256.jwk(r#""kid":"x","alg":"ES384","#),
        ];
        let mut entries = strange.to_vec();
        entries.push(RSA_A.jwk(r#""kid":"good","use":"sig","key_ops":["verify"],"x5c":["?"],"#));
        let set = keys(&entries);
        assert_eq!(set.ignored().len(), strange.len(), "{:#?}", set.ignored());
        assert_eq!(set.kids().collect::<Vec<_>>(), ["good"]);
        assert_eq!(
            verify(&set, None, &RSA_A, Algorithm::Rs256),
            KeyVerdict::Valid
        );
        for entry in strange {
            let body = format!("{{\"keys\":[{entry}]}}");
            let fault = KeySet::parse(body.as_bytes()).expect_err(&entry);
            assert!(matches!(fault, JwksFault::NoUsableKey(_)), "{entry}");
        }
    }

    #[test]
    fn leading_zeros_of_a_modulus_do_no_harm() {
        let padded = [&[0, 0], RSA_A.modulus().as_slice()].concat();
        let n = URL_SAFE_NO_PAD.encode(padded);
        let set = keys(&[format!(r#"{{"kty":"RSA","n":"{n}","e":"AAEAAQ"}}"#)]);
        assert_eq!(
            verify(&set, None, &RSA_A, Algorithm::Ps512),
            KeyVerdict::Valid
        );
    }

    /// N57: what an ill provider answers is no key set.
    #[test]
    fn what_is_not_a_key_set_is_refused() {
        let entry = RSA_A.jwk("");
        let many = vec![entry.as_str(); limits::KEYS_MAX + 1].join(",");
        let large = format!(
            "{{\"x\":\"{}\",\"keys\":[{entry}]}}",
            "x".repeat(1024 * 1024)
        );
        for body in [
            "",
            "<html></html>",
            "null",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[]}"#,
            &format!("{{\"keys\":[{many}]}}"),
            &large,
            &format!("{{\"keys\":[{entry}],\"keys\":[{entry}]}}"),
            &format!("{{\"keys\":[{entry}]}}x"),
        ] {
            assert!(KeySet::parse(body.as_bytes()).is_err(), "{body:.80}");
        }
    }
}
