//! Hostile logins over the wire, each with the answer it must get; none is accepted. The numbers are those
//! of the list of 82 hostile inputs that the unit tests of tokens go by: `rows` has those that are a login,
//! `elsewhere` says where each other one is shown, and which test shows each advisory.

mod clashes;
mod elsewhere;
mod keys;
mod rows;

use crate::harness::{
    forge::{Forge, Members, base64},
    front::{Front, Prepared, Setup},
    raw::{Raw, initial_response},
    shared,
};
use std::{collections::BTreeSet, fs, time::Duration};

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

/// Gathers cases around one forged issuer; `other` is one that is trusted too, with keys of the same ids.
struct Cases<'a> {
    forge: &'a Forge,
    other: &'a Forge,
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

/// A further provider, whose tokens any pool may match.
fn provider(name: &str, forge: &Forge) -> String {
    format!(
        "[[providers]]\nname = \"{name}\"\nissuer = \"{}\"\ninsecure_http = true\naudiences = [\"kafka\"]\n\
         [[providers.pools]]\nid = \"pool-{name}\"\nfilter = \"true\"\n",
        forge.url()
    )
}

/// A front whose one provider is `forge`, with a group mapping and a pool whose filter ends in an error.
fn start(name: &str, forge: &Forge) -> Front {
    start_with(name, forge, "")
}

/// As `start`, with these lines at the end.
fn start_with(name: &str, forge: &Forge, lines: &str) -> Front {
    prepare(name, forge, lines).run()
}

/// What `start_with` starts.
fn prepare(name: &str, forge: &Forge, lines: &str) -> Prepared {
    let kafka = shared::kafka();
    let mut setup = Setup::new(name);
    // All of them come from one address, which has reason to wait longer and longer.
    setup.limits = "failure_delay_max = \"100ms\"";
    let mut prepared = setup.prepare(&**kafka);
    prepared.toml = prepared
        .toml
        .replaced(&shared::issuer().url(), &forge.url())
        .replaced(
            "identity_claim = \"claims.sub\"\n",
            "identity_claim = \"claims.sub\"\ngroups = { claim = \"groups\", prefix = \"g:\" }\n",
        )
        .text("[[providers.pools]]\nid = \"pool-error\"\nfilter = 'claims.nope == \"x\"'\n")
        .text(lines);
    fs::write(&prepared.config, prepared.toml.build()).expect("write a configuration");
    prepared
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

/// Keys that are published beside the good one: too small, for one algorithm only, and what is no key for
/// tokens at all. Under the good key's id stands another's first (row 23).
fn publish(forge: &Forge) {
    let small = format!(
        r#"{{"kty":"RSA","kid":"k-small","n":"{}","e":"AQAB"}}"#,
        base64(&[0xC5; 128])
    );
    let only = forge.jwk("k-rs256").replacen('{', r#"{"alg":"RS256","#, 1);
    let symmetric = format!(
        r#"{{"kty":"oct","kid":"k-oct","k":"{}"}}"#,
        base64(rows::SHARED)
    );
    let numeric = forge.jwk("x").replace("\"x\"", "7");
    let namesake = Forge::start().jwk("k1");
    let good = forge.jwk("k1");
    forge.publish(&[
        &numeric, "null", &symmetric, &small, &namesake, &good, &only,
    ]);
}

#[test]
fn every_bad_input_gets_its_answer_and_none_gets_in() {
    let (forge, other) = (Forge::start(), Forge::start());
    publish(&forge);
    let mut front = start_with("bad_inputs", &forge, &provider("other", &other));
    // Unknown keys beyond the budget are a close, which warns; so is a token that ends at once.
    front.gate.expect_warning("login closed");
    let good = forge.token(&[], &[]);
    let mut cases = Cases {
        forge: &forge,
        other: &other,
        all: Vec::new(),
    };
    rows::gather(&mut cases);
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
    // Rows 23 and 58: beside all that, the good key verifies the good token.
    let answer = front.raw().login(&good, &[]).expect("an answer");
    assert_eq!(answer.error, 0, "and the good one gets in: {answer:?}");
    // Row 62: groups in one string are several.
    let texts = forge.token(&[], &[("groups", "\"a,b\"")]);
    let answer = front.raw().login(&texts, &[]).expect("an answer");
    assert_eq!(answer.error, 0, "{answer:?}");
    let wire: BTreeSet<u8> = cases.all.iter().map(|case| case.row).collect();
    elsewhere::check_complete(&wire);
}
