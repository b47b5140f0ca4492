//! What tests of tokens share: keys, tokens signed with them, a provider, and an identity.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
        RsaSignatureEncoding,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Algorithm, Audiences, ClaimMapping, ClientAuthentication, ClientAuthenticationMethod,
    Directory, DiscoveryFault, Filter, Identities, Identity, IntrospectedTokens, Introspection,
    KeyEndpoint, KeySet, KeySource, Keyring, Organization, Pool, PoolId, Presented, Provider,
    ProviderName, Reach, Revocations, TokenRequests, TokenUse, Verdict, discovery::Document,
    verify,
};
use crate::{clock::UnixTime, limits, secret::Secret};

/// The time at which test tokens are judged, in seconds.
pub(crate) const NOW: i64 = 1_750_000_000;

pub(crate) const ISSUER: &str = "https://idp.example.com";

/// Key pairs are made once a test run.
pub(crate) static RSA_A: LazyLock<TestKey> = LazyLock::new(TestKey::rsa);
pub(crate) static RSA_B: LazyLock<TestKey> = LazyLock::new(TestKey::rsa);
pub(crate) static P256: LazyLock<TestKey> =
    LazyLock::new(|| TestKey::ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"));
pub(crate) static P384: LazyLock<TestKey> =
    LazyLock::new(|| TestKey::ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"));
pub(crate) static P521: LazyLock<TestKey> =
    LazyLock::new(|| TestKey::ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"));
pub(crate) static ED25519: LazyLock<TestKey> =
    LazyLock::new(|| TestKey::Ed25519(Ed25519KeyPair::generate().unwrap()));

pub(crate) enum TestKey {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
}

impl TestKey {
    fn rsa() -> Self {
        Self::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap())
    }

    fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &'static str) -> Self {
        Self::Ec(EcdsaKeyPair::generate(algorithm).unwrap(), curve)
    }

    /// The modulus: after the ten bytes that open a 2048 bit key in PKCS#1 DER.
    pub(crate) fn modulus(&self) -> Vec<u8> {
        let Self::Rsa(pair) = self else {
            panic!("not an RSA key")
        };
        pair.public_key().as_ref()[9..265].to_vec()
    }

    /// The public key as JWK; `more` are members before the key's own, each with its comma.
    pub(crate) fn jwk(&self, more: &str) -> String {
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(_) => {
                format!(
                    r#"{{{more}"kty":"RSA","n":"{}","e":"AQAB"}}"#,
                    b64(&self.modulus())
                )
            }
            Self::Ec(pair, curve) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                format!(
                    r#"{{{more}"kty":"EC","crv":"{curve}","x":"{}","y":"{}"}}"#,
                    b64(x),
                    b64(y)
                )
            }
            Self::Ed25519(pair) => {
                let x = b64(pair.public_key().as_ref());
                format!(r#"{{{more}"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)
            }
        }
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding(algorithm), &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::Ec(pair, _) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A compact JWS over `header` and `payload`, signed by `algorithm` whatever they say.
    pub(crate) fn token(&self, algorithm: Algorithm, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        let signature = self.sign(algorithm, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn encoding(algorithm: Algorithm) -> &'static RsaSignatureEncoding {
    match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
        other => panic!("{other:?} is not RSA"),
    }
}

pub(crate) fn b64(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A JSON object: `base` with `changes`, in raw JSON; an empty change removes.
pub(crate) fn object(base: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = base.iter().filter(|(name, _)| !changed(name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    let members: Vec<_> = kept
        .chain(added)
        .map(|(name, value)| format!("{name:?}:{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A header with `kid` `k1`, for RS256.
pub(crate) fn header(changes: &[(&str, &str)]) -> String {
    object(
        &[("alg", "\"RS256\""), ("typ", "\"JWT\""), ("kid", "\"k1\"")],
        changes,
    )
}

/// A payload that [`provider`] accepts: ten minutes long, issued a minute ago.
pub(crate) fn payload(changes: &[(&str, &str)]) -> String {
    let (exp, iat) = ((NOW + 600).to_string(), (NOW - 60).to_string());
    let issuer = format!("{ISSUER:?}");
    let base = [
        ("iss", issuer.as_str()),
        ("sub", "\"svc-1\""),
        ("aud", "\"kafka\""),
        ("azp", "\"orders\""),
        ("exp", exp.as_str()),
        ("iat", iat.as_str()),
    ];
    object(&base, changes)
}

/// A good token by `RSA_A` with changed claims.
pub(crate) fn token(changes: &[(&str, &str)]) -> String {
    RSA_A.token(Algorithm::Rs256, &header(&[]), &payload(changes))
}

pub(crate) fn organization() -> Organization {
    Organization::parse("default").unwrap()
}

pub(crate) fn pool(id: &str, filter: &str) -> Pool {
    Pool {
        id: PoolId::parse(id).unwrap(),
        display_name: String::new(),
        filter: Filter::compile(filter).unwrap(),
        identity_claim: "claims.sub".parse().unwrap(),
    }
}

/// A provider in users mode, without prefix and pools.
pub(crate) fn provider(name: &str, issuer: &str) -> Provider {
    Provider {
        organization: organization(),
        name: ProviderName::parse(name).unwrap(),
        display_name: name.to_owned(),
        description: String::new(),
        enabled: true,
        issuer: issuer.into(),
        key_source: KeySource {
            endpoint: KeyEndpoint::Jwks(format!("{issuer}/keys").into()),
            insecure_http: false,
            reach: Reach::Public,
            ca: None,
            token_file: None,
            refresh_max: limits::KEY_REFRESH_MAX,
            stale_max: limits::STALE_KEYS_MAX,
        },
        audiences: Audiences::AnyOf(vec!["kafka".to_owned()]),
        required_scopes: Vec::new(),
        algorithms: Algorithm::ALL.to_vec(),
        clock_skew: Duration::from_secs(30),
        max_token_lifetime: Duration::from_secs(24 * 3600),
        min_remaining: None,
        require_bound: false,
        token_use: TokenUse::Access,
        introspection: None,
        identities: Identities::Users {
            username: ClaimMapping::of_claim("sub".parse().unwrap(), ""),
        },
        require_identity_pool: false,
        identity_claim: "claims.sub".parse().unwrap(),
        groups: None,
        claim_rules: Vec::new(),
        user_rules: Vec::new(),
        pools: Vec::new(),
        revocations: Revocations::default(),
        requests: TokenRequests::default(),
    }
}

/// A provider is asked about `tokens` at the endpoint that its metadata names, as client `gate`.
pub(crate) fn introspection(tokens: IntrospectedTokens) -> Introspection {
    Introspection {
        endpoint: None,
        client: ClientAuthentication {
            client_id: "gate".to_owned(),
            method: ClientAuthenticationMethod::Basic(Secret::new("s".to_owned())),
        },
        tokens,
        timeout: Duration::from_secs(1),
        max_concurrent: 1,
    }
}

/// A key set of `jwks`.
pub(crate) fn keys(jwks: &[String]) -> Arc<KeySet> {
    let body = format!("{{\"keys\":[{}]}}", jwks.join(","));
    Arc::new(KeySet::parse(body.as_bytes()).unwrap())
}

/// Where the discovery document `body` of the provider whose issuer is `issuer` says the keys are.
pub(crate) fn jwks_uri_of(body: &str, issuer: &str) -> Result<String, DiscoveryFault> {
    Document::parse(body.as_bytes(), issuer)?.jwks_uri()
}

/// A keyring in which `provider` has `keys` since just now.
pub(crate) fn keyring(provider: &Provider, keys: Arc<KeySet>) -> Keyring {
    let keyring = Keyring::new(Duration::from_millis(200));
    keyring.open(&provider.key());
    keyring.store(&provider.key(), keys, UnixTime::from_secs(NOW));
    keyring
}

/// The identity of a session of `user`, as [`provider`] yields it; ten minutes long from [`NOW`].
pub(crate) fn identity(user: &str) -> Identity {
    let provider = provider("idp", ISSUER);
    let keyring = keyring(&provider, keys(&[RSA_A.jwk(r#""kid":"k1","#)]));
    let presented = Presented {
        organization: &organization(),
        token: &Secret::new(token(&[("sub", &format!("{user:?}"))])),
        named_pools: None,
        authzid: None,
        client_certificate_sha256: None,
        min_remaining: None,
        introspected: None,
    };
    let directory = Directory::new(vec![Arc::new(provider)]).unwrap();
    match verify(&directory, &keyring, &presented, UnixTime::from_secs(NOW)) {
        Verdict::Accepted(identity) => *identity,
        other => panic!("{other:?}"),
    }
}
