//! The issuer's signing keys: made, published as JWKs (RFC 7517), used. Knows aws-lc-rs alone.

use std::sync::Arc;

use aws_lc_rs::{
    error::Unspecified,
    rand::{self, SystemRandom},
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaEncoding,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use x509_parser::{prelude::FromDer, public_key::RSAPublicKey};

/// Signature algorithms of the development issuer, by their JWA names (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alg {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits; what most providers use.
    Rs256,
    /// RSASSA-PSS with SHA-256, 2048 bits.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Alg {
    /// The name in a token's header and a JWK's `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// One key of each algorithm, made together; `rotate` replaces the whole set.
pub(super) struct KeySet {
    suffix: String,
    rsa: Arc<rsa::KeyPair>,
    p256: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl KeySet {
    /// New keys. Blocks for some 100 ms (RSA). Fails only when the system has no randomness.
    pub(super) fn generate() -> Result<Self, Unspecified> {
        Ok(Self {
            suffix: random_hex()?,
            rsa: Arc::new(rsa::KeyPair::generate(rsa::KeySize::Rsa2048)?),
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            ed25519: Ed25519KeyPair::generate()?,
        })
    }

    /// The `kid` of this set's key for `alg`. No two sets share one, also after a restart: a
    /// verifier that still holds an older key must see an unknown `kid`, not a bad signature.
    pub(super) fn kid(&self, alg: Alg) -> String {
        format!("{}-{}", alg.name().to_ascii_lowercase(), self.suffix)
    }

    /// The signature of `message` in its JWS form (RFC 7515, appendix A).
    pub(super) fn sign(&self, alg: Alg, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match alg {
            Alg::Rs256 => self.sign_rsa(&RSA_PKCS1_SHA256, message),
            Alg::Ps256 => self.sign_rsa(&RSA_PSS_SHA256, message),
            Alg::Es256 => {
                let signature = self.p256.sign(&SystemRandom::new(), message)?;
                Ok(signature.as_ref().to_vec())
            }
            Alg::EdDsa => Ok(self.ed25519.try_sign(message)?.as_ref().to_vec()),
        }
    }

    fn sign_rsa(
        &self,
        padding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa
            .sign(padding, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    /// The public halves as JWKs, one per algorithm.
    pub(super) fn jwks(&self) -> Vec<Value> {
        let mut out = Vec::with_capacity(4);
        // PKCS#1 made by the library itself a moment ago: it parses.
        if let Ok((_, public)) = RSAPublicKey::from_der(self.rsa.public_key().as_ref()) {
            let n = base64url(without_sign_byte(public.modulus));
            let e = base64url(without_sign_byte(public.exponent));
            for alg in [Alg::Rs256, Alg::Ps256] {
                let kid = self.kid(alg);
                out.push(json!({
                    "kty": "RSA", "use": "sig", "alg": alg.name(), "kid": kid, "n": n, "e": e,
                }));
            }
        }
        // An uncompressed point: 0x04, x, y (SEC 1, 2.3.3).
        let point = self.p256.public_key().as_ref();
        if let Some((x, y)) = point.get(1..).and_then(|xy| xy.split_at_checked(32)) {
            out.push(json!({
                "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.kid(Alg::Es256),
                "crv": "P-256", "x": base64url(x), "y": base64url(y),
            }));
        }
        out.push(json!({
            "kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": self.kid(Alg::EdDsa),
            "crv": "Ed25519", "x": base64url(self.ed25519.public_key().as_ref()),
        }));
        out
    }
}

/// Sixteen random bytes as 32 hexadecimal digits.
pub(super) fn random_hex() -> Result<String, Unspecified> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Base64url without padding (RFC 7515, section 2).
pub(super) fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// DER integers carry a zero byte before a high bit; JWK integers never do (RFC 7518, 6.3.1.1).
fn without_sign_byte(integer: &[u8]) -> &[u8] {
    integer.strip_prefix(&[0]).unwrap_or(integer)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, VerificationAlgorithm,
    };

    use super::*;

    /// The bytes of a JWK's field.
    fn field(jwk: &Value, name: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD
            .decode(jwk[name].as_str().unwrap())
            .unwrap()
    }

    #[test]
    fn every_published_key_verifies_what_its_private_half_signed() {
        let keys = KeySet::generate().unwrap();
        let jwks = keys.jwks();
        for (alg, jwk) in [Alg::Rs256, Alg::Ps256, Alg::Es256, Alg::EdDsa]
            .into_iter()
            .zip(&jwks)
        {
            assert_eq!(jwk["alg"], alg.name());
            assert_eq!(jwk["kid"], keys.kid(alg));
            let signature = keys.sign(alg, b"message").unwrap();
            let verified = |message: &[u8]| match alg {
                Alg::Rs256 | Alg::Ps256 => {
                    let public = RsaPublicKeyComponents {
                        n: field(jwk, "n"),
                        e: field(jwk, "e"),
                    };
                    let padding = match alg {
                        Alg::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                        _ => &RSA_PSS_2048_8192_SHA256,
                    };
                    public.verify(padding, message, &signature).is_ok()
                }
                Alg::Es256 => {
                    let point = [vec![4], field(jwk, "x"), field(jwk, "y")].concat();
                    ECDSA_P256_SHA256_FIXED
                        .verify_sig(&point, message, &signature)
                        .is_ok()
                }
                Alg::EdDsa => ParsedPublicKey::new(&ED25519, field(jwk, "x"))
                    .unwrap()
                    .verify_sig(message, &signature)
                    .is_ok(),
            };
            assert!(verified(b"message"), "{}", alg.name());
            assert!(!verified(b"massage"), "{}", alg.name());
        }
        assert_eq!(jwks.len(), 4);
    }
}
