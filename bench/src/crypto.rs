//! What the cryptography alone costs on one core: the floor of a login and of a byte.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{EphemeralPrivateKey, PrivateKey, UnparsedPublicKey, X25519, agree_ephemeral},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED,
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_SHA256,
    },
};

use crate::{fault::Result, process::thread_cpu, report::Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Time for each operation
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
}

/// About the signed part of a token, and of a TLS handshake.
const TOKEN: [u8; 700] = [0x5a; 700];
const TRANSCRIPT: [u8; 130] = [0x5a; 130];

/// A full TLS record.
const RECORD: usize = 16 * 1024;
const RECORDS_PER_GIB: f64 = 65_536.0;

/// Prints microseconds of CPU for each operation.
///
/// # Errors
/// When the library fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let for_each = Duration::from_secs_f64(arguments.seconds);
    let mut report = Report::new("crypto");
    let handshake = signature_of_handshake(for_each)? + key_exchange(for_each)?;
    report.put("tls_handshake_us", handshake);
    report.put("rs256_verify_us", rs256(for_each)?);
    report.put("es256_verify_us", es256(for_each)?);
    let record = encryption(for_each)?;
    report.put("aes256gcm_cpu_s_per_gib", record * RECORDS_PER_GIB / 1e6);
    report.print();
    Ok(())
}

/// CPU microseconds of one call of `operation`.
fn cost(for_each: Duration, mut operation: impl FnMut() -> Result<()>) -> Result<f64> {
    operation()?;
    let (began, deadline) = (thread_cpu(), Instant::now() + for_each);
    let mut calls = 0.0;
    while Instant::now() < deadline {
        operation()?;
        calls += 1.0;
    }
    Ok((thread_cpu() - began) * 1e6 / calls)
}

fn signature_of_handshake(for_each: Duration) -> Result<f64> {
    let (random, key) = (
        SystemRandom::new(),
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?,
    );
    cost(for_each, || {
        black_box(key.sign(&random, &TRANSCRIPT)?);
        Ok(())
    })
}

fn key_exchange(for_each: Duration) -> Result<f64> {
    let random = SystemRandom::new();
    let peer = PrivateKey::generate(&X25519)?.compute_public_key()?;
    cost(for_each, || {
        let key = EphemeralPrivateKey::generate(&X25519, &random)?;
        black_box(key.compute_public_key()?);
        let peer = UnparsedPublicKey::new(&X25519, peer.as_ref());
        Ok(agree_ephemeral(
            key,
            peer,
            aws_lc_rs::error::Unspecified,
            |_| Ok(()),
        )?)
    })
}

fn rs256(for_each: Duration) -> Result<f64> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &TOKEN,
        &mut signature,
    )?;
    let public = key.public_key().as_ref().to_vec();
    let public = signature::UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    cost(for_each, || Ok(public.verify(&TOKEN, &signature)?))
}

fn es256(for_each: Duration) -> Result<f64> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let signature = key.sign(&SystemRandom::new(), &TOKEN)?;
    let public = key.public_key().as_ref().to_vec();
    let public = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
    cost(for_each, || Ok(public.verify(&TOKEN, signature.as_ref())?))
}

fn encryption(for_each: Duration) -> Result<f64> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32])?);
    let mut record = vec![1; RECORD];
    cost(for_each, || {
        let nonce = Nonce::assume_unique_for_key([3; NONCE_LEN]);
        let _tag = black_box(key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut record)?);
        Ok(())
    })
}
