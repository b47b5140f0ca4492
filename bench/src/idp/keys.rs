//! Signing keys, and tokens signed with them.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::fault::{Fault, Result};

/// Where the modulus of 2048 bits stands in a public key.
const MODULUS: std::ops::Range<usize> = 9..9 + 256;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// One key of each algorithm.
pub(super) struct Keys {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    random: SystemRandom,
}

impl Keys {
    pub(super) fn generate() -> Result<Self> {
        Ok(Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048)?,
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            random: SystemRandom::new(),
        })
    }

    /// The JWK set; each key is called as its algorithm.
    pub(super) fn public(&self) -> Value {
        // PKCS#1: two headers and a zero, the modulus, then the exponent, which is always 65537.
        let modulus = self.rsa.public_key().as_ref().get(MODULUS);
        // An uncompressed point: 4, then both coordinates.
        let point = self.ec.public_key().as_ref();
        let (x, y) = point.split_at(1 + 32);
        json!({ "keys": [
            {
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "RS256",
                "n": text(modulus.unwrap_or_default()), "e": "AQAB",
            },
            {
                "kty": "EC", "use": "sig", "alg": "ES256", "kid": "ES256", "crv": "P-256",
                "x": text(x.get(1..).unwrap_or_default()), "y": text(y),
            },
        ] })
    }

    /// A token of these claims.
    pub(super) fn sign(&self, algorithm: Algorithm, claims: &Value) -> Result<String> {
        let name = algorithm.name();
        let header = json!({ "alg": name, "typ": "JWT", "kid": name });
        let header = text(header.to_string().as_bytes());
        let signed = format!("{header}.{}", text(claims.to_string().as_bytes()));
        let signature = match algorithm {
            Algorithm::Rs256 => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                let message = signed.as_bytes();
                self.rsa
                    .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)?;
                signature
            }
            Algorithm::Es256 => self
                .ec
                .sign(&self.random, signed.as_bytes())?
                .as_ref()
                .to_vec(),
        };
        Ok(format!("{signed}.{}", text(&signature)))
    }
}

/// `token` with one bit of its signature turned over.
pub(super) fn with_broken_signature(token: &str) -> Result<String> {
    let no_token = || Fault::new("not a token");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(no_token)?;
    let mut signature = URL_SAFE_NO_PAD.decode(signature)?;
    *signature.get_mut(40).ok_or_else(no_token)? ^= 1;
    Ok(format!("{signed}.{}", text(&signature)))
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
