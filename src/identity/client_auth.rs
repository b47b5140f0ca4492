//! How Oathgate proves to a provider that it is one of its clients: a secret in a header or in the
//! form (RFC 6749 section 2.3.1), or an assertion signed with a private key (RFC 7523). Pure:
//! time and randomness come in.

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::json;
use url::form_urlencoded;

use crate::{clock::UnixTime, secret::Secret};

/// How long an assertion is good: long enough for clocks that are somewhat off.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(60);

/// A client of a provider, and how it proves to be that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAuthentication {
    /// `client_id`.
    pub client_id: String,
    /// How it proves to be that.
    pub method: ClientAuthenticationMethod,
}

/// How a client proves to be itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuthenticationMethod {
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt`.
    PrivateKeyJwt(AssertionKey),
}

/// A private key for assertions: RSA (RS256) or P-256 (ES256).
#[derive(Clone)]
pub struct AssertionKey {
    pem: Secret,
    kid: Option<String>,
    pair: Arc<KeyPair>,
}

enum KeyPair {
    Rsa(rsa::KeyPair),
    P256(EcdsaKeyPair),
}

/// A private key that is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no PKCS#8 PEM of an RSA (2048 bits or more) or P-256 key; `openssl pkcs8 -topk8 -nocrypt` \
     makes one"
)]
pub struct AssertionKeyFault;

/// The assertion could not be signed: the system has no randomness or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client assertion cannot be signed")]
pub(super) struct AssertionFault;

impl AssertionKey {
    /// Reads a private key; `kid` goes into the header of assertions.
    ///
    /// # Errors
    /// [`AssertionKeyFault`].
    pub fn parse(pem: Secret, kid: Option<String>) -> Result<Self, AssertionKeyFault> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose().as_bytes())
            .map_err(|_| AssertionKeyFault)?;
        let der = der.secret_pkcs8_der();
        let pair = match rsa::KeyPair::from_pkcs8(der) {
            Ok(pair) => KeyPair::Rsa(pair),
            Err(_) => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                .map(KeyPair::P256)
                .map_err(|_| AssertionKeyFault)?,
        };
        Ok(Self {
            pem,
            kid,
            pair: Arc::new(pair),
        })
    }

    fn algorithm(&self) -> &'static str {
        match *self.pair {
            KeyPair::Rsa(_) => "RS256",
            KeyPair::P256(_) => "ES256",
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, AssertionFault> {
        let random = SystemRandom::new();
        match &*self.pair {
            KeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| AssertionFault)?;
                Ok(signature)
            }
            KeyPair::P256(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| AssertionFault)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// An assertion that `client_id` is talking to `audience` (RFC 7523 section 3).
    fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: UnixTime,
        entropy: [u8; 16],
    ) -> Result<String, AssertionFault> {
        let mut header = json!({ "alg": self.algorithm(), "typ": "JWT" });
        if let (Some(kid), Some(members)) = (&self.kid, header.as_object_mut()) {
            members.insert("kid".to_owned(), kid.as_str().into());
        }
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience,
            "jti": format!("{:032x}", u128::from_be_bytes(entropy)),
            "iat": now.as_secs(), "exp": now.plus(ASSERTION_LIFETIME).as_secs(),
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl PartialEq for AssertionKey {
    fn eq(&self, other: &Self) -> bool {
        self.pem == other.pem && self.kid == other.kid
    }
}

impl Eq for AssertionKey {}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A question about a token, ready to be posted.
#[derive(Debug)]
pub(super) struct Question {
    /// The form, encoded. Holds the token.
    pub(super) form: Secret,
    /// The header `Authorization`, if any.
    pub(super) authorization: Option<Secret>,
}

impl ClientAuthentication {
    /// The question about `token` to the provider's `endpoint` (RFC 7662 section 2.1). `entropy`
    /// makes an assertion unique.
    ///
    /// # Errors
    /// [`AssertionFault`].
    pub(super) fn question(
        &self,
        token: &Secret,
        endpoint: &str,
        now: UnixTime,
        entropy: [u8; 16],
    ) -> Result<Question, AssertionFault> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose());
        form.append_pair("token_type_hint", "access_token");
        let mut authorization = None;
        match &self.method {
            ClientAuthenticationMethod::Basic(secret) => {
                authorization = Some(basic(&self.client_id, secret));
            }
            ClientAuthenticationMethod::Post(secret) => {
                form.append_pair("client_id", &self.client_id);
                form.append_pair("client_secret", secret.expose());
            }
            ClientAuthenticationMethod::PrivateKeyJwt(key) => {
                let assertion = key.assertion(&self.client_id, endpoint, now, entropy)?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                form.append_pair("client_id", &self.client_id);
                form.append_pair("client_assertion_type", kind);
                form.append_pair("client_assertion", &assertion);
            }
        }
        Ok(Question {
            form: Secret::new(form.finish()),
            authorization,
        })
    }
}

/// `Authorization` by RFC 6749 section 2.3.1: both parts form-encoded before they are joined.
pub(super) fn basic(client_id: &str, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    Secret::new(format!("Basic {}", STANDARD.encode(joined)))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsDer,
        signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
    };

    use super::*;

    fn question(method: ClientAuthenticationMethod) -> Question {
        let client = ClientAuthentication {
            client_id: "gate+1".to_owned(),
            method,
        };
        let token = Secret::new("a b&c".to_owned());
        let now = UnixTime::from_secs(1000);
        client
            .question(&token, "https://idp/introspect", now, [7; 16])
            .unwrap()
    }

    #[test]
    fn secrets_go_where_the_method_says() {
        let secret = || Secret::new("s:e/c".to_owned());
        let asked = question(ClientAuthenticationMethod::Basic(secret()));
        assert_eq!(
            asked.form.expose(),
            "token=a+b%26c&token_type_hint=access_token"
        );
        let header = asked.authorization.unwrap();
        let joined = header.expose().strip_prefix("Basic ").unwrap();
        assert_eq!(STANDARD.decode(joined).unwrap(), b"gate%2B1:s%3Ae%2Fc");

        let asked = question(ClientAuthenticationMethod::Post(secret()));
        assert!(asked.authorization.is_none());
        assert!(
            asked
                .form
                .expose()
                .ends_with("&client_id=gate%2B1&client_secret=s%3Ae%2Fc")
        );
    }

    #[test]
    fn an_assertion_is_signed_and_short() {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        let key = AssertionKey::parse(Secret::new(pem), Some("k".to_owned())).unwrap();
        assert_eq!(format!("{key:?}"), "[redacted]");
        let asked = question(ClientAuthenticationMethod::PrivateKeyJwt(key));
        let fields: Vec<(String, String)> = form_urlencoded::parse(asked.form.expose().as_bytes())
            .into_owned()
            .collect();
        let assertion = &fields
            .iter()
            .find(|(name, _)| name == "client_assertion")
            .unwrap()
            .1;
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
        public.verify(signed.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD
            .decode(signed.split('.').nth(1).unwrap())
            .unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://idp/introspect");
        assert_eq!(
            (&claims["iat"], &claims["exp"]),
            (&json!(1000), &json!(1060))
        );
    }

    #[test]
    fn only_keys_that_sign_are_taken() {
        for pem in [
            "",
            "nonsense",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            let fault = AssertionKey::parse(Secret::new(pem.to_owned()), None).unwrap_err();
            assert_eq!(fault, AssertionKeyFault);
        }
    }
}
