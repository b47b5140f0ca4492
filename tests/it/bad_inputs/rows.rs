//! The rows that are a login: what is sent, and what is told.

use super::{CLAIM_INVALID, CLAIM_MISSING, Cases, MALFORMED, SIGNATURE, Told};
use crate::harness::{
    forge::{Forge, base64},
    issuer::in_seconds,
    raw::initial_response,
};
use aws_lc_rs::{hmac, signature};

/// A symmetric key that the issuer publishes by mistake.
pub(super) const SHARED: &[u8] = b"a secret that everybody can read";

/// All of them.
pub(super) fn gather(cases: &mut Cases<'_>) {
    headers(cases);
    keys(cases);
    claims(cases);
    forms(cases);
    messages(cases);
}

/// Rows 1 to 23: algorithms, headers and keys.
fn headers(cases: &mut Cases<'_>) {
    for name in ["\"none\"", "\"NONE\"", "\"nOnE\""] {
        cases.forged(1, name, b"", MALFORMED);
        cases.forged(2, name, b"x", SIGNATURE);
    }
    let public = cases.forge.jwk("k1");
    for (row, what, kid, secret) in [
        (3, "HMAC by the public key", "\"k1\"", public.as_bytes()),
        (59, "HMAC by a published key", "\"k-oct\"", SHARED),
    ] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let header = cases.forge.header(&[("alg", "\"HS256\""), ("kid", kid)]);
        let payload = cases.forge.payload(&[]);
        let signed = [header, payload]
            .map(|part| base64(part.as_bytes()))
            .join(".");
        let tag = base64(hmac::sign(&key, signed.as_bytes()).as_ref());
        cases.token(row, what, &format!("{signed}.{tag}"), SIGNATURE);
    }
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
    cases.token(19, "an encrypted token", "e30.e30.e30.e30.e30", MALFORMED);
}

/// Rows 15, 16, 22, 34 and 54: whose key it is.
fn keys(cases: &mut Cases<'_>) {
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
    cases.header(22, &[("kid", "")], Told::Refused("KEY_UNKNOWN"));
    // One at each issuer: a third unknown key id within seconds would be a close.
    for (forge, kid) in [
        (cases.forge, "../../etc/passwd"),
        (cases.other, "' OR 1=1 --"),
    ] {
        let token = forge.token(&[("kid", &format!("{kid:?}"))], &[]);
        cases.token(54, kid, &token, Told::Refused("KEY_UNKNOWN"));
    }
    let kid = format!("\"{}\"", "k".repeat(2000));
    cases.header(54, &[("kid", &kid)], MALFORMED);
    // Both issuers are trusted, and both call their key `k1`.
    let (one, two) = (cases.forge, cases.other);
    for (signer, named) in [(one, two), (two, one)] {
        let issuer = format!("{:?}", named.url());
        let token = signer.token(&[], &[("iss", &issuer)]);
        cases.token(34, "the issuer of another's key", &token, SIGNATURE);
    }
}

/// Rows 24 to 40: registered claims.
#[expect(clippy::too_many_lines, reason = "a table")]
fn claims(cases: &mut Cases<'_>) {
    let at = in_seconds;
    let (past, future, far) = (
        at(-60).to_string(),
        at(120).to_string(),
        at(90_000).to_string(),
    );
    let float = format!("{future}.5");
    let issuer = cases.forge.url();
    let issuers = [
        (31, "7".to_owned()),
        (31, "null".to_owned()),
        (31, String::new()),
        (32, format!("[\"{issuer}\"]")),
        (33, format!("\"{issuer}/\"")),
        (33, format!("\"{issuer} \"")),
        (33, format!("\"{}\"", issuer.to_uppercase())),
    ];
    for (row, issuer) in &issuers {
        cases.payload(*row, &[("iss", issuer)], Told::Refused("ISSUER_UNKNOWN"));
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
        // CVE-2026-40574, which has no row.
        (39, "email", "\"joe@evil.com@example.com\"", CLAIM_INVALID),
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
        (41, "an empty signature", format!("{signed}."), MALFORMED),
        (41, "nothing", String::new(), Told::Malformed),
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
    // Compared as it was sent: `=3D` is not undone.
    let escaped = format!("n,a=orders=3Dservice,\x01{auth}\x01").into_bytes();
    let told = Told::Says("Client requested an authorization id (orders=3Dservice)");
    cases.message(77, "an escaped authzid", escaped, told);
    let mut broken = format!("n,,\x01{auth}a=").into_bytes();
    broken.extend([0xC3, 0x28, 1, 1]);
    cases.message(78, "not UTF-8", broken, Told::Malformed);
}
