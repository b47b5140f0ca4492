//! A provider's JWK set (RFC 7517). Owns the choice of what in it is a usable key; one strange
//! key never loses the rest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    algorithm::Algorithm,
    json::Json,
    signature::{Curve, KeyParameters, PublicKey},
};
use crate::limits;

/// The usable keys of a provider; immutable.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
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
        let mut set = Self { keys: Vec::new(), ignored: Vec::new() };
        for (at, entry) in entries.iter().enumerate() {
            match Key::parse(entry) {
                Ok(key) => set.keys.push(key),
                Err(why) => set.ignored.push(format!("keys[{at}] {why}")),
            }
        }
        if set.keys.is_empty() {
            return Err(JwksFault::NoUsableKey(set.ignored));
        }
        Ok(set)
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
        match fitting.iter().any(|key| key.verifies(algorithm, message, signature)) {
            true => KeyVerdict::Valid,
            false => KeyVerdict::Invalid,
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
            URL_SAFE_NO_PAD.decode(encoded).map_err(|_| format!("has a `{name}` that is not base64url"))
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
                PublicKey::new(KeyParameters::Ec { curve, x: &x, y: &y }, only)
            }
            (Some("OKP"), Some("Ed25519")) => {
                PublicKey::new(KeyParameters::Ed25519 { x: &bytes("x")? }, only)
            }
            (Some("oct"), _) => return Err("is symmetric (`kty` oct)".to_owned()),
            _ => return Err("is of a type that is not trusted (`kty`, `crv`)".to_owned()),
        };
        Ok(Self { kid: kid.map(str::to_owned), public: public? })
    }
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
    if ignored.is_empty() { String::new() } else { format!(": {}", ignored.join("; ")) }
}
