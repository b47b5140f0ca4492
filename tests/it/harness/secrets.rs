//! What must never appear in a log or an audit line: every token and secret that a test used.

use std::{collections::BTreeMap, sync::Mutex};

static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Shortest text that is looked for: anything shorter would be found by accident.
const SHORTEST: usize = 8;

/// Registers `secret` under a `name` that may be printed. Of a JWT its signature is looked for as well.
pub(crate) fn register(name: &str, secret: &str) {
    assert!(
        secret.len() >= SHORTEST,
        "the secret {name} is too short to be looked for"
    );
    let mut known = KNOWN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    known.insert(secret.to_owned(), name.to_owned());
    let signature = secret
        .rsplit('.')
        .next()
        .filter(|s| s.len() > 20 && s.len() < secret.len());
    if let Some(signature) = signature {
        known.insert(signature.to_owned(), format!("{name} (its signature)"));
    }
}

/// The first registered secret, or anything that looks like a JWT, in `text`: where it is, never what it is.
pub(crate) fn leak(text: &str) -> Option<String> {
    let known = KNOWN
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    text.lines().enumerate().find_map(|(number, line)| {
        let name = known
            .iter()
            .find(|(secret, _)| line.contains(secret.as_str()))
            .map(|(_, name)| name.clone())
            .or_else(|| looks_like_jwt(line).then(|| "a JWT".to_owned()))?;
        Some(format!("line {} holds {name}", number + 1))
    })
}

/// Header and payload of a JWT both begin with base64url of `{"`.
fn looks_like_jwt(line: &str) -> bool {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .any(|word| {
            word.match_indices("eyJ")
                .any(|(at, _)| word[at..].contains(".eyJ"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_secret_is_found_and_not_told() {
        register("the password", "correct-horse-battery");
        let found = leak("fine\nlogin with correct-horse-battery\n").unwrap();
        assert_eq!(found, "line 2 holds the password");
    }

    #[test]
    fn the_signature_of_a_token_alone_is_found() {
        register(
            "token one",
            "aaaaaaaaaa.bbbbbbbbbb.cccccccccccccccccccccccccc",
        );
        assert!(
            leak("x cccccccccccccccccccccccccc")
                .unwrap()
                .contains("token one")
        );
    }

    #[test]
    fn a_jwt_nobody_registered_is_found() {
        assert!(leak(r#"token=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"#).is_some());
        assert!(leak("nothing of the kind: eyJhbGci and eyJzdWIi").is_none());
    }
}
