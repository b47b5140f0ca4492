//! An issuer whose key the test holds, and whose documents it writes: for tokens and key sets that no
//! honest issuer makes.

use super::{issuer::in_seconds, secrets};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{self, KeyPair as _, RsaSignatureEncoding},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// JSON members, as raw JSON; an empty value leaves one out.
pub(crate) type Members<'a> = &'a [(&'a str, &'a str)];

pub(crate) struct Forge {
    address: SocketAddr,
    key: KeyPair,
    shared: Arc<Shared>,
}

struct Shared {
    /// Status line, with headers, and body of the key set.
    keys: Mutex<(String, String)>,
    fetches: AtomicU64,
}

impl Forge {
    /// An issuer that publishes one RSA key as `k1`. Serves until the process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind an issuer");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            keys: Mutex::default(),
            fetches: AtomicU64::new(0),
        });
        let forge = Self {
            address,
            key: KeyPair::generate(KeySize::Rsa2048).expect("make a key"),
            shared: Arc::clone(&shared),
        };
        forge.publish(&[&forge.jwk("k1")]);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || drop(answer(stream, address, &shared)));
            }
        });
        forge
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its public key under `kid`.
    pub(crate) fn jwk(&self, kid: &str) -> String {
        // The modulus, after the ten bytes that open a 2048 bit key in PKCS#1 DER.
        let modulus = &self.key.public_key().as_ref()[9..265];
        format!(
            r#"{{"kty":"RSA","use":"sig","kid":"{kid}","n":"{}","e":"AQAB"}}"#,
            base64(modulus)
        )
    }

    /// Publishes these keys, raw JSON each, and no others.
    pub(crate) fn publish(&self, keys: &[&str]) {
        self.answer("200 OK", &format!(r#"{{"keys":[{}]}}"#, keys.join(",")));
    }

    /// Answers requests for the key set like this; never, where `status` is empty.
    pub(crate) fn answer(&self, status: &str, body: &str) {
        *self.shared.keys.lock().expect("no panic holds it") = (status.to_owned(), body.to_owned());
    }

    /// How often the key set was fetched.
    pub(crate) fn fetches(&self) -> u64 {
        self.shared.fetches.load(Ordering::Relaxed)
    }

    /// A good token with these changes.
    pub(crate) fn token(&self, header: Members<'_>, payload: Members<'_>) -> String {
        self.sign(&self.header(header), &self.payload(payload))
    }

    /// The header of a good token, changed.
    pub(crate) fn header(&self, changes: Members<'_>) -> String {
        object(
            &[("alg", "\"RS256\""), ("typ", "\"JWT\""), ("kid", "\"k1\"")],
            changes,
        )
    }

    /// The payload of a good token, changed. It was issued before the keys were fetched, so that a bad
    /// signature is known for one at once.
    pub(crate) fn payload(&self, changes: Members<'_>) -> String {
        let (issuer, exp, iat) = (
            format!("{:?}", self.url()),
            in_seconds(300).to_string(),
            in_seconds(-120).to_string(),
        );
        let base = [
            ("iss", issuer.as_str()),
            ("sub", "\"orders-service\""),
            ("aud", "\"kafka\""),
            ("azp", "\"orders-service\""),
            ("exp", exp.as_str()),
            ("iat", iat.as_str()),
        ];
        object(&base, changes)
    }

    /// These bytes, signed by RS256.
    pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_by(&signature::RSA_PKCS1_SHA256, header, payload)
    }

    pub(crate) fn sign_by(
        &self,
        padding: &'static RsaSignatureEncoding,
        header: &str,
        payload: &str,
    ) -> String {
        let signed = format!(
            "{}.{}",
            base64(header.as_bytes()),
            base64(payload.as_bytes())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                padding,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("sign");
        let token = format!("{signed}.{}", base64(&signature));
        secrets::register("a token", &token);
        token
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn object(base: Members<'_>, changes: Members<'_>) -> String {
    let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = base.iter().filter(|(name, _)| !changed(name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    let members: Vec<String> = kept
        .chain(added)
        .map(|(name, value)| format!("{name:?}:{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn answer(stream: TcpStream, address: SocketAddr, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(&stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let discovery = format!(
        r#"{{"issuer":"http://{address}","jwks_uri":"http://{address}/keys","token_endpoint":"http://{address}/token"}}"#
    );
    let (status, body) = if request.contains("/.well-known/") {
        ("200 OK".to_owned(), discovery)
    } else {
        shared.fetches.fetch_add(1, Ordering::Relaxed);
        shared.keys.lock().expect("no panic holds it").clone()
    };
    if status.is_empty() {
        // Whoever asks gives up long before.
        thread::sleep(Duration::from_secs(60));
        return Ok(());
    }
    let length = body.len();
    write!(
        &stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
