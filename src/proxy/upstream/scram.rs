//! The client's side of SCRAM (RFC 5802, RFC 7677) as Kafka's brokers speak it.
//!
//! Owns four messages and their mathematics. The nonce comes in as bytes; nothing is sent here.
//! Kafka's own extension `tokenauth` is for delegation tokens and never sent.

use std::{fmt, num::NonZeroU32};

use aws_lc_rs::{constant_time, digest, hmac, pbkdf2};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use zeroize::Zeroizing;

use crate::{
    limits, proxy::sasl::peer_text::repeated, secret::Secret, snapshot::credential::ScramHash,
};

/// Random bytes in a client nonce; 32 characters once encoded.
pub const NONCE_LENGTH: usize = 24;

/// `n,,`: no channel binding and no authorization identity.
const GS2_HEADER: &str = "n,,";

/// Why a broker's SCRAM message ends the login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScramFault {
    /// The broker says that the login failed (`e=`).
    #[error("the broker refused it: {0}")]
    Refused(String),
    /// Longer than [`limits::SCRAM_MESSAGE_MAX`] or not UTF-8.
    #[error("the broker's SCRAM message is too long or no text")]
    NoText,
    /// A field is missing, out of order, or not `letter=value`.
    #[error("the broker's SCRAM message lacks {0}")]
    Field(&'static str),
    /// `m=`: an extension that must be understood; none is defined.
    #[error("the broker asks for a SCRAM extension that is unknown")]
    MandatoryExtension,
    /// The nonce does not continue the client's: the answer belongs to another login.
    #[error("the broker's nonce does not continue the one sent to it")]
    Nonce,
    /// Too few or too many iterations.
    #[error(
        "the broker asks for {0} iterations, outside {min} to {max}",
        min = limits::SCRAM_ITERATIONS_MIN,
        max = limits::SCRAM_ITERATIONS_MAX
    )]
    Iterations(u32),
    /// The broker does not know the password either: whatever it is, it is not our broker.
    #[error("the broker's signature is wrong, so it does not know the password")]
    ServerSignature,
}

/// The first message, sent, and what is needed to answer the broker's.
#[derive(Debug)]
pub struct ClientFirst {
    hash: ScramHash,
    password: Secret,
    nonce: String,
    bare: String,
}

impl ClientFirst {
    /// Begins a login. `nonce`: fresh random bytes for each.
    #[must_use]
    pub fn new(
        hash: ScramHash,
        username: &str,
        password: &Secret,
        nonce: [u8; NONCE_LENGTH],
    ) -> Self {
        Self::with_nonce(hash, username, password, BASE64.encode(nonce))
    }

    fn with_nonce(hash: ScramHash, username: &str, password: &Secret, nonce: String) -> Self {
        // As Kafka's `ScramFormatter`: escaped, without SASLprep, so names and passwords are the
        // UTF-8 bytes that were configured on both sides.
        let username = username.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={username},r={nonce}");
        Self {
            hash,
            password: password.clone(),
            nonce,
            bare,
        }
    }

    /// `client-first-message`.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{GS2_HEADER}{}", self.bare)
    }

    /// Answers `server-first-message` with `client-final-message`, and says what to expect then.
    ///
    /// # Errors
    /// [`ScramFault`] when the message is malformed, belongs to another login, or asks for too
    /// little or too much work.
    pub fn answer(self, server_first: &[u8]) -> Result<(String, ServerFinal), ScramFault> {
        let server_first = text(server_first)?;
        let challenge = Challenge::parse(server_first, &self.nonce)?;
        let salted = self.salted_password(&challenge)?;

        let channel_binding = BASE64.encode(GS2_HEADER);
        let without_proof = format!("c={channel_binding},r={}", challenge.nonce);
        let auth_message = format!("{},{server_first},{without_proof}", self.bare);

        let client_key = self.hmac(&salted, b"Client Key");
        let stored_key = digest::digest(self.digest(), client_key.as_ref());
        let client_signature = self.hmac(stored_key.as_ref(), auth_message.as_bytes());
        let server_key = self.hmac(&salted, b"Server Key");
        let server_signature = self.hmac(server_key.as_ref(), auth_message.as_bytes());

        let pairs = client_key.as_ref().iter().zip(client_signature.as_ref());
        let proof: Vec<u8> = pairs.map(|(key, signature)| key ^ signature).collect();
        let message = format!("{without_proof},p={}", BASE64.encode(proof));
        Ok((message, ServerFinal { server_signature }))
    }

    /// `Hi(password, salt, i)`.
    fn salted_password(&self, challenge: &Challenge<'_>) -> Result<Zeroizing<Vec<u8>>, ScramFault> {
        let algorithm = match self.hash {
            ScramHash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            ScramHash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        let iterations = NonZeroU32::new(challenge.iterations).ok_or(ScramFault::Iterations(0))?;
        let mut salted = Zeroizing::new(vec![0; self.digest().output_len()]);
        let password = self.password.expose().as_bytes();
        pbkdf2::derive(
            algorithm,
            iterations,
            &challenge.salt,
            password,
            &mut salted,
        );
        Ok(salted)
    }

    fn hmac(&self, key: &[u8], message: &[u8]) -> hmac::Tag {
        let algorithm = match self.hash {
            ScramHash::Sha256 => hmac::HMAC_SHA256,
            ScramHash::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), message)
    }

    const fn digest(&self) -> &'static digest::Algorithm {
        match self.hash {
            ScramHash::Sha256 => &digest::SHA256,
            ScramHash::Sha512 => &digest::SHA512,
        }
    }
}

/// `server-first-message`, taken apart.
struct Challenge<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    iterations: u32,
}

impl<'a> Challenge<'a> {
    /// `r=<nonce>,s=<base64>,i=<number>` and extensions, which are ignored (RFC 5802 section 7).
    fn parse(message: &'a str, client_nonce: &str) -> Result<Self, ScramFault> {
        if message.starts_with("m=") {
            return Err(ScramFault::MandatoryExtension);
        }
        let mut fields = message.split(',');
        let mut field = |name, wanted| {
            let value = fields
                .next()
                .and_then(|field: &str| field.strip_prefix(name));
            value.ok_or(ScramFault::Field(wanted))
        };
        let nonce: &str = field("r=", "a nonce")?;
        let salt = field("s=", "a salt")?;
        let iterations = field("i=", "a number of iterations")?;
        extensions(fields)?;

        let printable = nonce.bytes().all(|b| b.is_ascii_graphic());
        let continued = nonce
            .strip_prefix(client_nonce)
            .is_some_and(|rest| !rest.is_empty());
        if !printable || !continued {
            return Err(ScramFault::Nonce);
        }
        let salt = BASE64
            .decode(salt)
            .map_err(|_| ScramFault::Field("a salt in base64"))?;
        if salt.is_empty() {
            return Err(ScramFault::Field("a salt that is not empty"));
        }
        let iterations = number(iterations).ok_or(ScramFault::Field("a number of iterations"))?;
        if !(limits::SCRAM_ITERATIONS_MIN..=limits::SCRAM_ITERATIONS_MAX).contains(&iterations) {
            return Err(ScramFault::Iterations(iterations));
        }
        Ok(Self {
            nonce,
            salt,
            iterations,
        })
    }
}

/// The client's proof is sent; the broker must now prove that it knows the password too.
pub struct ServerFinal {
    server_signature: hmac::Tag,
}

impl fmt::Debug for ServerFinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerFinal").finish_non_exhaustive()
    }
}

impl ServerFinal {
    /// Judges `server-final-message`.
    ///
    /// # Errors
    /// [`ScramFault`] unless it carries the right signature.
    pub fn verify(self, server_final: &[u8]) -> Result<(), ScramFault> {
        let mut fields = text(server_final)?.split(',');
        let first = fields.next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            return Err(ScramFault::Refused(repeated(error)));
        }
        let signature = first
            .strip_prefix("v=")
            .ok_or(ScramFault::Field("a signature"))?;
        extensions(fields)?;
        let signature = BASE64
            .decode(signature)
            .map_err(|_| ScramFault::Field("a signature in base64"))?;
        constant_time::verify_slices_are_equal(self.server_signature.as_ref(), &signature)
            .map_err(|_| ScramFault::ServerSignature)
    }
}

fn text(message: &[u8]) -> Result<&str, ScramFault> {
    if message.len() > limits::SCRAM_MESSAGE_MAX {
        return Err(ScramFault::NoText);
    }
    std::str::from_utf8(message).map_err(|_| ScramFault::NoText)
}

/// What may follow the fields that count: `letter=value` each.
fn extensions<'a>(mut fields: impl Iterator<Item = &'a str>) -> Result<(), ScramFault> {
    let well_formed = |field: &str| match field.as_bytes() {
        [name, b'=', _, ..] => name.is_ascii_alphabetic(),
        _ => false,
    };
    if fields.all(well_formed) {
        Ok(())
    } else {
        Err(ScramFault::Field("an extension of the form `letter=value`"))
    }
}

/// RFC 5802's `posit-number`: digits alone, no leading zero. Larger than 32 bits is the most.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if !digits || text.is_empty() || text.starts_with('0') {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7677 section 3.
    const RFC_SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                                    s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const RFC_NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

    fn first(hash: ScramHash) -> ClientFirst {
        let password = Secret::new("pencil".to_owned());
        ClientFirst::with_nonce(hash, "user", &password, RFC_NONCE.to_owned())
    }

    fn fault(server_first: &str) -> ScramFault {
        let answer = first(ScramHash::Sha256).answer(server_first.as_bytes());
        answer.expect_err(server_first)
    }

    #[test]
    fn rfc_7677_example() {
        let first = first(ScramHash::Sha256);
        assert_eq!(first.message(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (message, server_final) = first.answer(RFC_SERVER_FIRST.as_bytes()).unwrap();
        assert_eq!(
            message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let server_signature = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert_eq!(server_final.verify(server_signature), Ok(()));
    }

    /// No RFC has one: the RFC's inputs through RFC 5802 section 3's formulas in Python's hashlib.
    #[test]
    fn the_same_exchange_with_sha_512() {
        let first = first(ScramHash::Sha512);
        let (message, server_final) = first.answer(RFC_SERVER_FIRST.as_bytes()).unwrap();
        assert_eq!(
            message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ=="
        );
        let server_signature = b"v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw==";
        assert_eq!(server_final.verify(server_signature), Ok(()));
    }

    #[test]
    fn names_are_escaped_and_nothing_else() {
        let password = Secret::new("p".to_owned());
        let first = ClientFirst::new(ScramHash::Sha256, "a=b,c é", &password, [0; NONCE_LENGTH]);
        assert_eq!(
            first.message(),
            format!("n,,n=a=3Db=2Cc é,r={}", "A".repeat(32))
        );
    }

    #[test]
    fn a_nonce_that_is_not_ours_continued_is_refused() {
        for nonce in [
            "rOprNGfwEbeRWgbNEkqO",
            "xOprNGfwEbeRWgbNEkqOabc",
            "",
            "rOprNGfwEbeRWgbNEkqO é",
        ] {
            assert_eq!(
                fault(&format!("r={nonce},s=AAAA,i=4096")),
                ScramFault::Nonce,
                "{nonce}"
            );
        }
    }

    #[test]
    fn iterations_are_bounded_both_ways() {
        for count in [1, 4095, 100_001, u32::MAX] {
            let message = format!("r={RFC_NONCE}x,s=AAAA,i={count}");
            assert_eq!(fault(&message), ScramFault::Iterations(count));
        }
        let message = format!("r={RFC_NONCE}x,s=AAAA,i=99999999999999999999");
        assert_eq!(fault(&message), ScramFault::Iterations(u32::MAX));
    }

    #[test]
    fn malformed_first_messages_are_refused() {
        for message in [
            "",
            "r=",
            "s=AAAA,r=rOprNGfwEbeRWgbNEkqOx,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA",
            "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=A,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AA-_,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=0",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=+4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=04096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096,",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096,junk",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096,1=x",
            "r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096,x=",
            "e=unknown-user",
        ] {
            let fault = fault(message);
            assert!(
                matches!(fault, ScramFault::Field(_)),
                "{message}: {fault:?}"
            );
        }
        assert_eq!(
            fault("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096"),
            ScramFault::MandatoryExtension
        );
        let long = format!(
            "r={RFC_NONCE}{},s=AAAA,i=4096",
            "x".repeat(limits::SCRAM_MESSAGE_MAX)
        );
        assert_eq!(fault(&long), ScramFault::NoText);
        let not_text = first(ScramHash::Sha256).answer(b"r=\xff");
        assert_eq!(not_text.unwrap_err(), ScramFault::NoText);
    }

    #[test]
    fn extensions_that_nobody_must_understand_are_ignored() {
        let message = format!("r={RFC_NONCE}x,s=AAAA,i=4096,x=y,Z=1=2");
        assert!(first(ScramHash::Sha256).answer(message.as_bytes()).is_ok());
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        let right = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        let wrong = right.replace("v=6", "v=7");
        for (message, expected) in [
            (right, Ok(())),
            ("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y", Ok(())),
            (wrong.as_str(), Err(ScramFault::ServerSignature)),
            (
                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjk=",
                Err(ScramFault::ServerSignature),
            ),
            ("v=", Err(ScramFault::ServerSignature)),
            ("v=***", Err(ScramFault::Field("a signature in base64"))),
            ("", Err(ScramFault::Field("a signature"))),
            ("x=y", Err(ScramFault::Field("a signature"))),
            (
                "e=invalid-proof\n",
                Err(ScramFault::Refused("invalid-proof?".to_owned())),
            ),
        ] {
            let (_, server_final) = first(ScramHash::Sha256)
                .answer(RFC_SERVER_FIRST.as_bytes())
                .unwrap();
            assert_eq!(
                server_final.verify(message.as_bytes()),
                expected,
                "{message}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_message_does_harm(pieces in prop::collection::vec(prop::sample::select(vec![
            "r=", RFC_NONCE, "x", ",", "s=", "AAAA", "i=", "4096", "=", "m=", "e=", "v=", "é", "\0",
        ]), 0..12)) {
            let message = pieces.concat().into_bytes();
            let _ = first(ScramHash::Sha256).answer(&message);
            let server_signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"k"), b"m");
            let verdict = ServerFinal { server_signature }.verify(&message);
            prop_assert!(verdict.is_err());
        }
    }

    #[test]
    fn the_password_is_in_no_message_and_no_debug_print() {
        let first = first(ScramHash::Sha256);
        assert!(!format!("{first:?}{}", first.message()).contains("pencil"));
    }
}
