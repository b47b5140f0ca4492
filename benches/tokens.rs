//! What a login costs: a token from its text to an identity, by kind of signature; and, without the
//! signature, the pool filters that a change of the configuration makes every session pass again.
//!
//! At its end it prints the two ratios that a login is held to, from paired rounds: a whole check to
//! its RS256 signature alone, and the filters of 100 pools to the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints what it found"
)]

mod paired;

use std::{hint::black_box, sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _, ParsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use criterion::{Criterion, criterion_group};
use oathgate::{
    clock::UnixTime,
    identity::{
        Algorithm, Audiences, ClaimMapping, Directory, Filter, Identities, Identity, KeyEndpoint,
        KeySet, KeySource, Keyring, Organization, Pool, PoolId, Presented, Provider, ProviderName,
        Reach, Revocations, TokenRequests, TokenUse, Verdict, judge, verify,
    },
    secret::Secret,
};
use paired::{ROUNDS, quartiles, report, time};
use serde_json::json;

const NOW: UnixTime = UnixTime::from_secs(1_750_000_000);
const ISSUER: &str = "https://idp.example.com";
const GROUPS: usize = 200;

/// A message to its signature.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key of the provider: signs a message, and is published as JWK.
struct Key {
    algorithm: &'static str,
    jwk: serde_json::Value,
    sign: Sign,
    /// As the crypto library wants it.
    public: Vec<u8>,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa() -> Key {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    // The modulus stands after the ten bytes that open a 2048 bit key in PKCS#1 DER.
    let public = pair.public_key().as_ref().to_vec();
    let modulus = text(&public[9..265]);
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let scheme = &signature::RSA_PKCS1_SHA256;
        pair.sign(scheme, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        signature
    };
    Key {
        algorithm: "RS256",
        jwk: json!({ "kty": "RSA", "kid": "k1", "n": modulus, "e": "AQAB" }),
        sign: Box::new(sign),
        public,
    }
}

fn elliptic(algorithm: &'static str, curve: &str, scheme: &'static EcdsaSigningAlgorithm) -> Key {
    let pair = EcdsaKeyPair::generate(scheme).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    let (x, y) = public[1..].split_at(public.len() / 2);
    Key {
        algorithm,
        jwk: json!({ "kty": "EC", "kid": "k1", "crv": curve, "x": text(x), "y": text(y) }),
        sign: Box::new(move |message| {
            let signature = pair.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        }),
        public,
    }
}

/// A token of `groups` groups, ten minutes long.
fn token(key: &Key, groups: usize) -> Secret {
    token_of(key, "orders-service", groups)
}

fn token_of(key: &Key, subject: &str, groups: usize) -> Secret {
    let groups: Vec<String> = (0..groups).map(|n| format!("team-{n:03}")).collect();
    let header = json!({ "alg": key.algorithm, "typ": "JWT", "kid": "k1" });
    let claims = json!({
        "iss": ISSUER, "sub": subject, "aud": "kafka", "azp": "orders",
        "iat": NOW.as_secs() - 60, "exp": NOW.as_secs() + 600, "groups": groups,
    });
    let signed = format!(
        "{}.{}",
        text(header.to_string().as_bytes()),
        text(claims.to_string().as_bytes())
    );
    let signature = text(&(key.sign)(signed.as_bytes()));
    Secret::new(format!("{signed}.{signature}"))
}

fn pool(filter: &str) -> Pool {
    pool_named("pool-orders", filter)
}

fn pool_named(id: &str, filter: &str) -> Pool {
    Pool {
        id: PoolId::parse(id).unwrap(),
        display_name: String::new(),
        filter: Filter::compile(filter).unwrap(),
        identity_claim: "claims.sub".parse().unwrap(),
    }
}

/// A provider in users mode, so that a login succeeds whatever its pools say.
fn provider(pools: Vec<Pool>) -> Provider {
    Provider {
        organization: Organization::parse("default").unwrap(),
        name: ProviderName::parse("idp").unwrap(),
        display_name: String::new(),
        description: String::new(),
        enabled: true,
        issuer: ISSUER.into(),
        key_source: KeySource {
            endpoint: KeyEndpoint::Jwks(format!("{ISSUER}/keys").into()),
            insecure_http: false,
            ca: None,
            token_file: None,
            refresh_max: Duration::from_secs(3600),
            stale_max: Duration::from_secs(3600),
            reach: Reach::Public,
        },
        audiences: Audiences::AnyOf(vec!["kafka".to_owned()]),
        required_scopes: Vec::new(),
        algorithms: Algorithm::ALL.to_vec(),
        clock_skew: Duration::from_secs(30),
        max_token_lifetime: Duration::from_secs(3600),
        min_remaining: None,
        require_bound: false,
        token_use: TokenUse::Access,
        identities: Identities::Users {
            username: ClaimMapping::of_claim("sub".parse().unwrap(), "idp:"),
        },
        require_identity_pool: false,
        identity_claim: "claims.sub".parse().unwrap(),
        groups: None,
        claim_rules: Vec::new(),
        user_rules: Vec::new(),
        pools,
        revocations: Revocations::default(),
        requests: TokenRequests::default(),
        introspection: None,
    }
}

/// Everything that a login is judged by.
struct Setup {
    directory: Directory,
    keyring: Keyring,
    organization: Organization,
}

impl Setup {
    fn new(key: &Key, pools: Vec<Pool>) -> Self {
        let provider = provider(pools);
        let keyring = Keyring::new(Duration::ZERO);
        let set = json!({ "keys": [key.jwk] }).to_string();
        keyring.open(&provider.key());
        let keys = Arc::new(KeySet::parse(set.as_bytes()).unwrap());
        keyring.store(&provider.key(), keys, NOW);
        Self {
            organization: provider.organization.clone(),
            directory: Directory::new(vec![Arc::new(provider)]).unwrap(),
            keyring,
        }
    }

    fn log_in(&self, token: &Secret) -> Box<Identity> {
        let presented = Presented {
            organization: &self.organization,
            token,
            named_pools: None,
            authzid: None,
            client_certificate_sha256: None,
            min_remaining: Some(Duration::ZERO),
            introspected: None,
        };
        match verify(&self.directory, &self.keyring, &presented, NOW) {
            Verdict::Accepted(identity) => identity,
            other => panic!("{other:?}"),
        }
    }
}

fn verification(criterion: &mut Criterion) {
    let keys = [
        rsa(),
        elliptic(
            "ES256",
            "P-256",
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        ),
        elliptic(
            "ES384",
            "P-384",
            &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        ),
    ];
    let mut group = criterion.benchmark_group("verify");
    for key in &keys {
        let (setup, token) = (Setup::new(key, Vec::new()), token(key, 3));
        group.bench_function(key.algorithm, |bencher| {
            bencher.iter(|| setup.log_in(black_box(&token)));
        });
    }
    group.finish();
}

fn filters(criterion: &mut Criterion) {
    let last = format!("\"team-{:03}\" in claims.groups", GROUPS - 1);
    let clauses: Vec<String> = (0..10)
        .map(|n| format!("\"team-{:03}\" in claims.groups", n * 20))
        .collect();
    let cases = [
        ("no pool", Vec::new()),
        ("equality", vec![pool("claims.azp == \"orders\"")]),
        ("last of 200 groups", vec![pool(&last)]),
        ("10 of 200 groups", vec![pool(&clauses.join(" && "))]),
    ];
    let key = rsa();
    let token = token(&key, GROUPS);
    let mut group = criterion.benchmark_group("judge again");
    for (name, pools) in cases {
        let setup = Setup::new(&key, pools);
        let identity = setup.log_in(&token);
        group.bench_function(name, |bencher| {
            bencher.iter(|| judge(&setup.directory, black_box(&identity), NOW).unwrap());
        });
    }
    group.finish();
}

/// One hundred pools of two clauses; `clauses` makes a filter of a number.
fn hundred(clauses: impl Fn(usize) -> String) -> Vec<Pool> {
    let one = |n| pool_named(&format!("pool-{n}"), &clauses(n));
    (0..100).map(one).collect()
}

/// Runs of one candidate in a round.
const RUNS: u32 = 400;

/// Prints what a check and the filters of 100 pools cost, in units of the signature alone.
fn ratios() {
    let key = rsa();
    let plain = token(&key, 10);
    let (signed, signature) = plain.expose().rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let scheme = &signature::RSA_PKCS1_2048_8192_SHA256;
    let public = ParsedPublicKey::new(scheme, &key.public).unwrap();

    let check = Setup::new(&key, vec![pool("claims.azp == \"orders\"")]);
    let no_pools = Setup::new(&key, Vec::new());
    let cases: Vec<(&str, Setup, Secret)> = [
        ("sub first, none matches", true, "orders-service"),
        ("sub first, one matches", true, "x7"),
        ("group first, none matches", false, "orders-service"),
        ("group first, one matches", false, "x7"),
    ]
    .map(|(name, sub_first, subject)| {
        let pools = hundred(|n| {
            let sub = format!("claims.sub == \"x{n}\"");
            let group = format!("\"team-{n:03}\" in claims.groups");
            if sub_first {
                format!("{sub} && {group}")
            } else {
                format!("{group} && {sub}")
            }
        });
        (name, Setup::new(&key, pools), token_of(&key, subject, 10))
    })
    .into();

    let mut checks = Vec::new();
    let mut filters: Vec<Vec<f64>> = cases.iter().map(|_| Vec::new()).collect();
    let mut signatures = Vec::new();
    for _ in 0..ROUNDS {
        let alone = time(RUNS, || {
            let verified = public.verify_sig(black_box(signed.as_bytes()), &signature);
            verified.unwrap();
        });
        signatures.push(alone);
        checks.push(time(RUNS, || drop(check.log_in(black_box(&plain)))) / alone);
        for ((_, setup, token), ratios) in cases.iter().zip(&mut filters) {
            let without = time(RUNS, || drop(no_pools.log_in(black_box(token))));
            let with = time(RUNS, || drop(setup.log_in(black_box(token))));
            ratios.push((with - without) / alone);
        }
    }
    let [_, median, _] = quartiles(signatures);
    println!(
        "\nRS256 signature alone: {:.1} us; in its units, median (quartiles) of {ROUNDS} paired rounds:",
        median * 1e6
    );
    report("whole token check, one pool", checks, 1.25);
    for ((name, ..), ratios) in cases.iter().zip(filters) {
        report(&format!("100 pools of two clauses, {name}"), ratios, 4.0);
    }
}

criterion_group!(benches, verification, filters);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    ratios();
}
