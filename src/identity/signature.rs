//! Verifying a JWS signature with one public key. Owns the step from a JWK's parameters to the
//! crypto library; a key verifies the algorithms of its own type and nothing else.

use std::fmt;

use aws_lc_rs::{
    rsa::PublicKeyComponents,
    signature::{self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters},
};

use super::algorithm::Algorithm;

/// RSA moduli that are trusted, in bits.
const RSA_BITS_MIN: usize = 2048;
const RSA_BITS_MAX: usize = 8192;

/// A public key, parsed once for each algorithm that it may verify.
pub(super) struct PublicKey {
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
}

/// The parameters of a key, by its type (RFC 7518 section 6, RFC 8037).
#[derive(Clone, Copy)]
pub(super) enum KeyParameters<'a> {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { n: &'a [u8], e: &'a [u8] },
    /// A point on `curve`, each coordinate as long as the curve's field.
    Ec {
        curve: Curve,
        x: &'a [u8],
        y: &'a [u8],
    },
    /// An Ed25519 key.
    Ed25519 { x: &'a [u8] },
}

/// Curves of `kty: EC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Length of a coordinate in bytes.
    const fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    const fn algorithm(self) -> (Algorithm, &'static EcdsaVerificationAlgorithm) {
        match self {
            Self::P256 => (Algorithm::Es256, &signature::ECDSA_P256_SHA256_FIXED),
            Self::P384 => (Algorithm::Es384, &signature::ECDSA_P384_SHA384_FIXED),
            Self::P521 => (Algorithm::Es512, &signature::ECDSA_P521_SHA512_FIXED),
        }
    }
}

const RSA: [(Algorithm, &RsaParameters); 6] = [
    (Algorithm::Rs256, &signature::RSA_PKCS1_2048_8192_SHA256),
    (Algorithm::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
    (Algorithm::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
    (Algorithm::Ps256, &signature::RSA_PSS_2048_8192_SHA256),
    (Algorithm::Ps384, &signature::RSA_PSS_2048_8192_SHA384),
    (Algorithm::Ps512, &signature::RSA_PSS_2048_8192_SHA512),
];

impl PublicKey {
    /// The key of `parameters`, for `only` alone when the JWK says so.
    ///
    /// # Errors
    /// What makes the key unusable.
    pub(super) fn new(
        parameters: KeyParameters<'_>,
        only: Option<Algorithm>,
    ) -> Result<Self, &'static str> {
        let wanted = |algorithm| only.is_none_or(|only| only == algorithm);
        let mut verifiers = Vec::new();
        match parameters {
            KeyParameters::Rsa { n, e } => {
                check_modulus(n)?;
                for (algorithm, parameters) in RSA.into_iter().filter(|(a, _)| wanted(*a)) {
                    let components = PublicKeyComponents { n, e };
                    let key = components.to_parsed_public_key(parameters);
                    verifiers.push((algorithm, key.map_err(|_| "is not an RSA key")?));
                }
            }
            KeyParameters::Ec { curve, x, y } => {
                let (algorithm, parameters) = curve.algorithm();
                if x.len() != curve.coordinate() || y.len() != curve.coordinate() {
                    return Err("has a coordinate of the wrong length for its curve");
                }
                // The uncompressed point of SEC 1 section 2.3.3.
                let point = [&[4], x, y].concat();
                let key = ParsedPublicKey::new(parameters, point);
                if wanted(algorithm) {
                    verifiers.push((algorithm, key.map_err(|_| "is not a point on its curve")?));
                }
            }
            KeyParameters::Ed25519 { x } => {
                let key = ParsedPublicKey::new(&signature::ED25519, x);
                if wanted(Algorithm::EdDsa) {
                    verifiers.push((Algorithm::EdDsa, key.map_err(|_| "is not an Ed25519 key")?));
                }
            }
        }
        if verifiers.is_empty() {
            return Err("has an `alg` that does not fit its type");
        }
        Ok(Self { verifiers })
    }

    /// Whether the key may verify `algorithm`.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.verifiers.iter().any(|(known, _)| *known == algorithm)
    }

    /// Whether `signature` is this key's over `message` by `algorithm`.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifiers
            .iter()
            .any(|(known, key)| *known == algorithm && key.verify_sig(message, signature).is_ok())
    }
}

/// The crypto library checks sizes when it verifies; a key that never will is dropped earlier.
fn check_modulus(n: &[u8]) -> Result<(), &'static str> {
    let first = n.first().ok_or("has an empty modulus")?;
    let zeros = usize::try_from(first.leading_zeros()).unwrap_or(usize::MAX);
    let bits = n.len().saturating_mul(8).saturating_sub(zeros);
    match bits {
        ..RSA_BITS_MIN => Err("is an RSA key of fewer than 2048 bits"),
        RSA_BITS_MIN..=RSA_BITS_MAX => Ok(()),
        _ => Err("is an RSA key of more than 8192 bits"),
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.verifiers.iter().map(|(algorithm, _)| algorithm.name());
        f.debug_list().entries(names).finish()
    }
}
