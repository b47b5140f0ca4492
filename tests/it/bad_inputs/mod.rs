//! Hostile logins over the wire, each with the answer it must get; none is accepted. The numbers are those
//! of the list of 82 hostile inputs that the unit tests of tokens go by. Not here: 52 (too little time left),
//! 56 (rotation), 79 to 81 (other mechanisms, order, re-authentication) are in `login.rs`, 82 in `hostile.rs`,
//! 61 (a file as key set) in the tests of settings.

use crate::harness::{
    forge::{Forge, Members, base64},
    front::{Front, Setup},
    kafka::Protocol,
    ports,
    raw::{Raw, initial_response},
    shared,
};
use aws_lc_rs::{hmac, signature};
use std::{
    fs,
    net::Ipv4Addr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

const SOON: Duration = Duration::from_secs(5);

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// 58 with the JSON of a bad token and this code.
    Refused(&'static str),
    /// 58 in Kafka's words for a first message that makes no sense.
    Malformed,
    /// 58 with this text.
    Says(&'static str),
}

const MALFORMED: Told = Told::Refused("TOKEN_MALFORMED");
const SIGNATURE: Told = Told::Refused("SIGNATURE_INVALID");
const CLAIM_INVALID: Told = Told::Refused("CLAIM_INVALID");
const CLAIM_MISSING: Told = Told::Refused("CLAIM_MISSING");

struct Case {
    row: u8,
    what: String,
    first_message: Vec<u8>,
    told: Told,
}

/// Gathers cases around one forged issuer.
struct Cases<'a> {
    forge: &'a Forge,
    all: Vec<Case>,
}

impl Cases<'_> {
    fn message(&mut self, row: u8, what: &str, first_message: Vec<u8>, told: Told) {
        self.all.push(Case {
            row,
            what: what.to_owned(),
            first_message,
            told,
        });
    }

    fn token(&mut self, row: u8, what: &str, token: &str, told: Told) {
        self.message(row, what, initial_response(token, &[]), told);
    }

    fn header(&mut self, row: u8, changes: Members<'_>, told: Told) {
        let token = self.forge.token(changes, &[]);
        self.token(row, &format!("header {changes:?}"), &token, told);
    }

    fn payload(&mut self, row: u8, changes: Members<'_>, told: Told) {
        let token = self.forge.token(&[], changes);
        self.token(row, &format!("payload {changes:?}"), &token, told);
    }

    /// A token that says it was signed in another way, with these bytes as signature.
    fn forged(&mut self, row: u8, algorithm: &str, signature: &[u8], told: Told) {
        let header = self.forge.header(&[("alg", algorithm)]);
        let payload = self.forge.payload(&[]);
        let parts = [header.as_bytes(), payload.as_bytes(), signature].map(base64);
        self.token(row, &format!("alg {algorithm}"), &parts.join("."), told);
    }
}

/// Rows 1 to 23: algorithms, headers and keys.
fn headers(cases: &mut Cases<'_>) {
    for name in ["\"none\"", "\"NONE\"", "\"nOnE\""] {
        cases.forged(1, name, b"", MALFORMED);
        cases.forged(2, name, b"x", SIGNATURE);
    }
    let public = cases.forge.jwk("k1");
    let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    let signed = format!(
        "{}.{}",
        base64(cases.forge.header(&[("alg", "\"HS256\"")]).as_bytes()),
        base64(cases.forge.payload(&[]).as_bytes())
    );
    let tag = base64(hmac::sign(&key, signed.as_bytes()).as_ref());
    cases.token(
        3,
        "HMAC by the public key",
        &format!("{signed}.{tag}"),
        SIGNATURE,
    );
    for (row, name, told) in [
        (4, "\"rs256\"", SIGNATURE),
        (5, "", MALFORMED),
        (5, "null", MALFORMED),
        (5, "256", MALFORMED),
        (6, "\"RS512\"", SIGNATURE),
        (8, "\"ES256\"", SIGNATURE),
        (8, "\"EdDSA\"", SIGNATURE),
    ] {
        cases.header(row, &[("alg", name)], told);
    }
    let header = cases
        .forge
        .header(&[("alg", "\"PS256\""), ("kid", "\"k-rs256\"")]);
    let payload = cases.forge.payload(&[]);
    let pss = cases
        .forge
        .sign_by(&signature::RSA_PSS_SHA256, &header, &payload);
    cases.token(7, "PS256 by a key for RS256", &pss, SIGNATURE);
    cases.header(9, &[("kid", "\"k-small\"")], Told::Refused("KEY_UNKNOWN"));
    for (row, changes) in [
        (10, [("crit", "[\"x\"]"), ("x", "1")]),
        (11, [("crit", "[]"), ("x", "1")]),
        (11, [("crit", "[\"exp\"]"), ("exp", "1")]),
        (12, [("crit", "\"b64\""), ("x", "1")]),
        (13, [("crit", "[\"b64\"]"), ("b64", "false")]),
        (14, [("b64", "false"), ("x", "1")]),
        (17, [("cty", "\"JWT\""), ("x", "1")]),
        (18, [("enc", "\"A256GCM\""), ("x", "1")]),
        (18, [("zip", "\"DEF\""), ("x", "1")]),
        (20, [("typ", "\"logout+jwt\""), ("x", "1")]),
        (20, [("typ", "\"JWE\""), ("x", "1")]),
        (20, [("typ", "\"secevent+jwt\""), ("x", "1")]),
        (21, [("kid", "7"), ("x", "1")]),
    ] {
        cases.header(row, &changes, MALFORMED);
    }
    let stranger = Forge::start();
    let jwk = stranger.jwk("k1");
    let payload = cases.forge.payload(&[]);
    for (row, name, value) in [
        (15, "jku", format!("\"{}/keys\"", stranger.url())),
        (15, "x5u", format!("\"{}/keys\"", stranger.url())),
        (16, "jwk", jwk),
    ] {
        let header = stranger.header(&[(name, &value)]);
        cases.token(row, name, &stranger.sign(&header, &payload), SIGNATURE);
    }
    cases.token(19, "an encrypted token", "e30.e30.e30.e30.e30", MALFORMED);
    cases.header(22, &[("kid", "")], Told::Refused("KEY_UNKNOWN"));
}

/// Rows 24 to 40: registered claims.
#[expect(clippy::too_many_lines, reason = "a table")]
fn claims(cases: &mut Cases<'_>) {
    let at = crate::harness::issuer::in_seconds;
    let (past, future, far) = (
        at(-60).to_string(),
        at(120).to_string(),
        at(90_000).to_string(),
    );
    let float = format!("{future}.5");
    let issuer = cases.forge.url();
    let issuers = [
        format!("[\"{issuer}\"]"),
        format!("\"{issuer}/\""),
        format!("\"{} \"", issuer),
        format!("\"{}\"", issuer.to_uppercase()),
        "7".to_owned(),
        "null".to_owned(),
        String::new(),
    ];
    for issuer in &issuers {
        cases.payload(32, &[("iss", issuer)], Told::Refused("ISSUER_UNKNOWN"));
    }
    for (row, name, value, told) in [
        (24, "exp", "", CLAIM_MISSING),
        (24, "exp", "null", CLAIM_INVALID),
        (24, "exp", "\"1\"", CLAIM_INVALID),
        (24, "exp", "-1", CLAIM_INVALID),
        (25, "exp", float.as_str(), CLAIM_INVALID),
        (
            27,
            "nbf",
            future.as_str(),
            Told::Refused("TOKEN_NOT_YET_VALID"),
        ),
        (27, "nbf", "\"1\"", CLAIM_INVALID),
        (
            28,
            "iat",
            future.as_str(),
            Told::Refused("TOKEN_NOT_YET_VALID"),
        ),
        (29, "iat", "", CLAIM_MISSING),
        (29, "iat", "\"1\"", CLAIM_INVALID),
        (30, "exp", "5", CLAIM_INVALID),
        (35, "aud", "", CLAIM_MISSING),
        (35, "aud", "null", CLAIM_INVALID),
        (35, "aud", "7", CLAIM_INVALID),
        (35, "aud", "{\"kafka\":1}", CLAIM_INVALID),
        (36, "aud", "[\"kafka\",123]", CLAIM_INVALID),
        (37, "aud", "[]", Told::Refused("AUDIENCE_MISMATCH")),
        (38, "sub", "", CLAIM_MISSING),
        (38, "sub", "7", CLAIM_INVALID),
        (39, "sub", "\"\"", CLAIM_INVALID),
        (39, "sub", "\"  \"", CLAIM_INVALID),
        (39, "sub", "\"a\\u0000\"", CLAIM_INVALID),
        (39, "sub", "\"a\\r\\nb\"", CLAIM_INVALID),
        (
            40,
            "aud",
            "\"web-client\"",
            Told::Refused("AUDIENCE_MISMATCH"),
        ),
        (
            40,
            "typ",
            "\"Refresh\"",
            Told::Refused("TOKEN_USE_MISMATCH"),
        ),
        (40, "typ", "\"ID\"", Told::Refused("TOKEN_USE_MISMATCH")),
        (50, "exp", "10000000000000000000", CLAIM_INVALID),
        (50, "exp", "18446744073709551615", CLAIM_INVALID),
        (
            51,
            "exp",
            far.as_str(),
            Told::Refused("TOKEN_LIFETIME_TOO_LONG"),
        ),
        (62, "groups", "7", CLAIM_INVALID),
        (62, "groups", "{\"a\":1}", CLAIM_INVALID),
        (62, "groups", "[1]", CLAIM_INVALID),
        (
            63,
            "_claim_names",
            "{\"groups\":\"src1\"}",
            Told::Refused("GROUPS_OVERAGE"),
        ),
        (64, "azp", "\"nobody\"", Told::Refused("POOL_NO_MATCH")),
    ] {
        cases.payload(row, &[(name, value)], told);
    }
    let old = [("exp", past.as_str()), ("iat", "1")];
    cases.payload(26, &old, Told::Refused("TOKEN_EXPIRED"));
}

/// Rows 41 to 54: the form of the token.
#[expect(clippy::too_many_lines, reason = "a table")]
fn forms(cases: &mut Cases<'_>) {
    let good = cases.forge.token(&[], &[]);
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let (header, payload) = signed.split_once('.').expect("two parts");
    let tail = if signature.ends_with('A') { "B" } else { "A" };
    let other = base64(cases.forge.payload(&[("sub", "\"admin\"")]).as_bytes());
    // The last of 342 characters carries four bits that must be zero; this one sets the lowest.
    let last = signature.chars().last().expect("a signature");
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).expect("base64url");
    let uncanonical = format!(
        "{signed}.{}{}",
        &signature[..341],
        &alphabet[at + 1..at + 2]
    );
    for (row, what, token, told) in [
        (41, "two parts", format!("{header}.{payload}"), MALFORMED),
        (41, "four parts", format!("{good}.x"), MALFORMED),
        (41, "nothing but dots", "..".to_owned(), MALFORMED),
        (41, "padded", format!("{good}="), MALFORMED),
        (
            41,
            "standard base64",
            format!("{signed}.+/{}", &signature[2..]),
            MALFORMED,
        ),
        (
            43,
            "a last character that is not canonical",
            uncanonical,
            MALFORMED,
        ),
        (
            44,
            "another payload",
            format!("{header}.{other}.{signature}"),
            SIGNATURE,
        ),
        (
            44,
            "another signature",
            format!("{signed}.{tail}{}", &signature[1..]),
            SIGNATURE,
        ),
        (
            45,
            "a longer signature",
            format!("{signed}.{signature}AB"),
            SIGNATURE,
        ),
        (
            53,
            "17 KiB",
            format!("{good}{}", "A".repeat(17 * 1024)),
            Told::Malformed,
        ),
    ] {
        // Swapping the first character for itself would prove nothing.
        assert_ne!(token, good, "{what}");
        cases.token(row, what, &token, told);
    }
    let header = cases.forge.header(&[]);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let base = cases.forge.payload(&[]);
    let twice = |member: &str| format!("{},{member}}}", &base[..base.len() - 1]);
    for (row, payload) in [
        (46, "[]".to_owned()),
        (46, "nonsense".to_owned()),
        (46, format!("{base}x")),
        (46, format!("\u{feff}{base}")),
        (47, deep),
        (48, twice("\"sub\":\"admin\"")),
        (48, twice("\"exp\":1")),
        (49, twice("\"groups\":[],\"groups\":[\"admin\"]")),
    ] {
        let token = cases.forge.sign(&header, &payload);
        cases.token(
            row,
            &payload.chars().take(40).collect::<String>(),
            &token,
            MALFORMED,
        );
    }
    let long = format!("\"{}\"", "x".repeat(5 * 1024));
    cases.header(53, &[("x", &long)], MALFORMED);
    let kid = format!("\"{}\"", "k".repeat(2000));
    cases.header(54, &[("kid", &kid)], MALFORMED);
}

/// Rows 65 to 78: extensions and the first message.
#[expect(clippy::too_many_lines, reason = "a table")]
fn messages(cases: &mut Cases<'_>) {
    let good = cases.forge.token(&[], &[]);
    let invalid = "1 extensions are invalid! They are: ";
    let pool = Told::Says("identityPoolId: POOL_NOT_USABLE");
    for (row, name, value, told) in [
        (65, "identityPoolId", "pool-of-nobody", pool),
        (65, "identityPoolId", "pool-billing", pool),
        (66, "identityPoolId", "pool-orders,pool-billing", pool),
        (66, "identityPoolId", "pool-orders,", pool),
        (67, "logicalCluster", "lkc-other", Told::Says(invalid)),
        (68, "identityPoolId", "pool-error", pool),
        (
            75,
            "identity_pool_id",
            "pool-orders",
            Told::Says("EXTENSION_MISSPELT"),
        ),
        (
            75,
            "identitypoolid",
            "pool-orders",
            Told::Says("EXTENSION_MISSPELT"),
        ),
        (75, "k1", "x", Told::Malformed),
        (75, "key", "", Told::Malformed),
        (75, "key", "\u{e9}", Told::Malformed),
        (76, "auth", "x", Told::Malformed),
    ] {
        let message = initial_response(&good, &[(name, value)]);
        cases.message(row, &format!("{name}={value}"), message, told);
    }
    let auth = format!("auth=Bearer {good}\x01");
    for (row, what, message) in [
        (
            42,
            "a line end after the token",
            format!("n,,\x01auth=Bearer {good}\n\x01\x01"),
        ),
        (
            42,
            "a space after the token",
            format!("n,,\x01auth=Bearer {good} \x01\x01"),
        ),
        (69, "nothing", String::new()),
        (69, "a lone separator", "\x01".to_owned()),
        (70, "channel binding possible", format!("y,,\x01{auth}\x01")),
        (
            70,
            "channel binding",
            format!("p=tls-unique,,\x01{auth}\x01"),
        ),
        (71, "no end", format!("n,,\x01{auth}")),
        (71, "bytes after the end", format!("n,,\x01{auth}\x01x")),
        (71, "two ends", format!("n,,\x01{auth}\x01\x01")),
        (72, "no token", "n,,\x01\x01".to_owned()),
        (72, "no auth", "n,,\x01other=x\x01\x01".to_owned()),
        (72, "Auth", format!("n,,\x01Auth=Bearer {good}\x01\x01")),
        (72, "no space", format!("n,,\x01auth=Bearer{good}\x01\x01")),
        (73, "Basic", format!("n,,\x01auth=Basic {good}\x01\x01")),
        (
            73,
            "Negotiate",
            format!("n,,\x01auth=Negotiate {good}\x01\x01"),
        ),
        (74, "two tokens", format!("n,,\x01{auth}{auth}\x01")),
        (
            76,
            "an extension twice",
            format!("n,,\x01{auth}a=1\x01a=2\x01\x01"),
        ),
        (77, "an empty authzid", format!("n,a=,\x01{auth}\x01")),
        (78, "a zero byte", format!("n,,\x01{auth}a=\0\x01\x01")),
    ] {
        cases.message(row, what, message.into_bytes(), Told::Malformed);
    }
    let another = format!("n,a=admin,\x01{auth}\x01").into_bytes();
    let told = Told::Says("Client requested an authorization id (admin)");
    cases.message(77, "another's authzid", another, told);
    let mut broken = format!("n,,\x01{auth}a=").into_bytes();
    broken.extend([0xC3, 0x28, 1, 1]);
    cases.message(78, "not UTF-8", broken, Told::Malformed);
}

/// A front whose one provider is `forge`, with a group mapping and a pool whose filter ends in an error.
fn start(name: &str, forge: &Forge) -> Front {
    let kafka = shared::kafka();
    let mut prepared = Setup::new(name).prepare(&**kafka);
    prepared.toml = prepared
        .toml
        .replaced(&shared::issuer().url(), &forge.url())
        .replaced(
            "identity_claim = \"claims.sub\"\n",
            "identity_claim = \"claims.sub\"\ngroups = { claim = \"groups\", prefix = \"g:\" }\n",
        )
        .text("[[providers.pools]]\nid = \"pool-error\"\nfilter = 'claims.nope == \"x\"'\n");
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    prepared.run()
}

/// What `told` means on the wire.
fn check(case: &Case, front: &Front) -> Result<(), String> {
    let mut raw = front.raw();
    assert_eq!(raw.handshake("OAUTHBEARER").0, 0);
    let answer = raw.authenticate(&case.first_message);
    let seen = format!("{answer:?}");
    let error = answer.as_ref().map(|answer| answer.error);
    let message = answer.and_then(|answer| answer.message).unwrap_or_default();
    let right = match case.told {
        Told::Refused(code) => {
            error == Some(58)
                && message.starts_with(r#"{"status":"invalid_token"}"#)
                && message.contains(&format!(" {code} "))
        }
        Told::Malformed => error == Some(58) && message.contains("INITIAL_RESPONSE_MALFORMED"),
        Told::Says(text) => error == Some(58) && message.contains(text),
    };
    let closed = raw.is_closed_within(SOON);
    match (right, closed) {
        (true, true) => Ok(()),
        (_, false) => Err(format!("{} {}: still open, {seen}", case.row, case.what)),
        (false, _) => Err(format!(
            "{} {}: {:?} wanted, {seen}",
            case.row, case.what, case.told
        )),
    }
}

#[test]
fn every_bad_input_gets_its_answer_and_none_gets_in() {
    let forge = Forge::start();
    // A key that is too small, one for one algorithm only, and what is no key for tokens at all.
    let small = format!(
        r#"{{"kty":"RSA","kid":"k-small","n":"{}","e":"AQAB"}}"#,
        base64(&[0xC5; 128])
    );
    let only = forge.jwk("k-rs256").replacen('{', r#"{"alg":"RS256","#, 1);
    let symmetric = r#"{"kty":"oct","kid":"k-oct","k":"AAAA"}"#;
    let numeric = forge.jwk("x").replace("\"x\"", "7");
    forge.publish(&[&numeric, "null", symmetric, &small, &forge.jwk("k1"), &only]);
    let mut front = start("bad_inputs", &forge);
    // Unknown keys beyond the budget are a close, which warns; so is a token that ends at once.
    front.gate.expect_warning("login closed");
    let good = forge.token(&[], &[]);
    let mut cases = Cases {
        forge: &forge,
        all: Vec::new(),
    };
    headers(&mut cases);
    claims(&mut cases);
    forms(&mut cases);
    messages(&mut cases);
    let failures: Vec<String> = cases
        .all
        .iter()
        .filter_map(|case| check(case, &front).err())
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {}: {failures:#?}",
        failures.len(),
        cases.all.len()
    );
    assert!(
        front
            .gate
            .metric("oathgate_logins_accepted_total", "")
            .abs()
            < 0.1
    );
    let answer = front.raw().login(&good, &[]).expect("an answer");
    assert_eq!(answer.error, 0, "and the good one gets in: {answer:?}");
}

/// Rows 57 and 60: whatever the provider serves, the keys at hand go on.
#[test]
fn a_provider_that_serves_nonsense_costs_nobody_a_login() {
    let forge = Forge::start();
    let mut front = start("bad_key_sets", &forge);
    front.gate.expect_warning("keys not refreshed");
    let good = forge.token(&[], &[]);
    let served = [
        ("500 Oops", ""),
        ("200 OK", "<html></html>"),
        ("200 OK", ""),
        ("200 OK", r#"{"keys":[]}"#),
        (
            "200 OK",
            r#"{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}"#,
        ),
        ("302 Found\r\nlocation: http://169.254.169.254/latest", ""),
    ];
    for (nth, (status, body)) in served.into_iter().enumerate() {
        forge.answer(status, body);
        front.gate.signal("USR1");
        wait("a failed refresh", || {
            let failed = front.gate.metric("oathgate_jwks_refreshes_total", "failed");
            failed > nth as f64 + 0.5
        });
        let answer = front.raw().login(&good, &[]).expect("an answer");
        assert_eq!(answer.error, 0, "{status} {body}: {answer:?}");
    }
}

/// A refresh on demand ends the sessions whose key is gone, a routine one does not.
#[test]
fn keys_that_vanish_end_sessions_when_somebody_asks() {
    let forge = Forge::start();
    forge.publish(&[&forge.jwk("k1"), &forge.jwk("k2")]);
    let front = start("key_demand", &forge);
    let session = |kid: &str| {
        let mut raw = front.raw();
        let token = forge.token(&[("kid", &format!("{kid:?}"))], &[]);
        assert_eq!(raw.login(&token, &[]).expect("an answer").error, 0);
        raw
    };
    let (mut first, mut second) = (session("k1"), session("k2"));
    forge.publish(&[&forge.jwk("k2"), &forge.jwk("k3")]);
    // Routine: a login with the new key has the set fetched, and the old key is gone.
    let mut third = session("k3");
    assert!(first.metadata() && second.metadata() && third.metadata());
    let before = front.gate.metric("oathgate_jwks_refreshes_total", "ok");
    front.gate.signal("USR1");
    wait("a refresh", || {
        front.gate.metric("oathgate_jwks_refreshes_total", "ok") > before + 0.5
    });
    wait("the end of the first session", || !first.metadata());
    assert!(second.metadata() && third.metadata());
    front.gate.wait_audit("\"reason\":\"KEY_UNKNOWN\"", SOON);
}

/// Row 55: a flood of key ids costs the provider its bucket, and a rotation in its midst succeeds.
#[test]
fn a_rotation_succeeds_in_a_flood_of_random_key_ids() {
    let forge = Forge::start();
    let mut front = start("kid_flood", &forge);
    front.gate.expect_warning("login closed");
    let before = forge.fetches();
    let began = Instant::now();
    let flooding = AtomicBool::new(true);
    thread::scope(|scope| {
        for flooder in 0..4 {
            let (front, forge, flooding) = (&front, &forge, &flooding);
            scope.spawn(move || {
                let mut nth = 0;
                while flooding.load(Ordering::Relaxed) {
                    nth += 1;
                    let kid = format!("\"random-{flooder}-{nth}\"");
                    let answer = front.raw().login(&forge.token(&[("kid", &kid)], &[]), &[]);
                    assert!(answer.is_none_or(|answer| answer.error == 58));
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        forge.publish(&[&forge.jwk("k1"), &forge.jwk("rotated")]);
        let fresh = forge.token(&[("kid", "\"rotated\"")], &[]);
        let mut accepted = false;
        // A client elsewhere, which tries again as clients do.
        while !accepted && began.elapsed() < Duration::from_secs(40) {
            let mut raw = elsewhere(&front);
            accepted = raw
                .login(&fresh, &[])
                .is_some_and(|answer| answer.error == 0);
        }
        flooding.store(false, Ordering::Relaxed);
        assert!(
            accepted,
            "the rotated key was never seen:\n{}",
            front.gate.log()
        );
    });
    // Three at once, and one in twenty seconds.
    let most = 4 + began.elapsed().as_secs() / 20;
    let fetches = forge.fetches() - before;
    assert!(
        fetches <= most,
        "{fetches} fetches in {:?}",
        began.elapsed()
    );
}

/// A connection of a client with another address than this test's others.
fn elsewhere(front: &Front) -> Raw {
    let address = format!("127.0.0.1:{}", front.at.port);
    Raw::tls_from(
        Ipv4Addr::new(127, 0, 0, 2),
        &address,
        &shared::authority().pem(),
        "localhost",
    )
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whoever has the name does not become whoever had it first.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one configuration, each clash in turn"
)]
fn one_name_of_two_issuers_or_organizations_stays_two() {
    let (one, two) = (Forge::start(), Forge::start());
    let kafka = shared::kafka();
    let mut prepared = Setup::new("clashes").prepare(&**kafka);
    let users = |forge: &Forge, name: &str, organization: &str, audience: &str, prefix: &str| {
        format!(
            "[[providers]]\nname = \"{name}\"\norganization = \"{organization}\"\nissuer = \"{}\"\n\
             insecure_http = true\naudiences = [\"{audience}\"]\nidentities = \"users\"\n\
             username = {{ claim = \"email\", prefix = \"{prefix}\" }}\n",
            forge.url()
        )
    };
    let other = format!(
        "[[clusters]]\nid = \"lkc-other\"\norganization = \"other\"\nbootstrap_servers = {:?}\n\
         authorization = \"broker-shared-identity\"\nallow = {{ users = [\"a:joe@example.com\"] }}\n",
        kafka.bootstrap(Protocol::Plaintext)
    );
    prepared.toml = prepared
        .toml
        .replaced("allow = {", "allow = { users = [\"a:joe@example.com\"],")
        .replaced(
            "node_ids = \"1-3\"\n",
            &format!(
                "node_ids = \"1-3\"\n[[listeners.clusters]]\ncluster = \"lkc-other\"\n\
                 first_port = {}\nnode_ids = \"1-3\"\n",
                ports::block(3)
            ),
        )
        .text(&other)
        .text(&users(&one, "one", "default", "kafka", "a:"))
        .text(&users(&two, "two", "default", "kafka", "poo"))
        .text(&users(&one, "one", "other", "others-kafka", "a:"));
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    let front = prepared.run();
    let joe = |forge: &Forge, email: &str, audience: &str| {
        let (email, audience) = (format!("{email:?}"), format!("{audience:?}"));
        let changes = [
            ("email", email.as_str()),
            ("email_verified", "true"),
            ("aud", &audience),
        ];
        forge.token(&[], &changes)
    };
    let told = |token: &str, cluster: &str| {
        let answer = front.raw().login(token, &[("logicalCluster", cluster)]);
        let answer = answer.expect("an answer");
        (answer.error, answer.message.unwrap_or_default())
    };
    let email = "joe@example.com";
    let (here, there) = ("lkc-tests", "lkc-other");
    assert_eq!(told(&joe(&one, email, "kafka"), here).0, 0);
    assert_eq!(told(&joe(&one, email, "others-kafka"), there).0, 0);
    for (what, token, cluster, code) in [
        (
            "the email of another issuer",
            joe(&two, email, "kafka"),
            here,
            "CLUSTER_NOT_ALLOWED",
        ),
        (
            "a user called as a pool",
            joe(&two, "l-orders", "kafka"),
            here,
            "USERNAME_RESERVED",
        ),
        (
            "another organization's token",
            joe(&one, email, "kafka"),
            there,
            "AUDIENCE_MISMATCH",
        ),
        (
            "an issuer that only the other has",
            joe(&two, email, "kafka"),
            there,
            "ISSUER_UNKNOWN",
        ),
    ] {
        let (error, message) = told(&token, cluster);
        assert_eq!(error, 58, "{what}: {message}");
        assert!(message.contains(code), "{what}: {message}");
    }
}
