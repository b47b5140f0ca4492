//! Where a claim is: `claims.sub`, `sub`, `realm_access.roles`, `claims["https://x/y"]`,
//! `https://x.example/y`. Owns the text form; knows nothing else.

use std::{fmt, str::FromStr, sync::Arc};

/// Longest path, in bytes.
const PATH_MAX: usize = 512;

/// Most names in a path.
const NAMES_MAX: usize = 8;

/// The names that lead from the claims to one value; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimPath {
    names: Arc<[String]>,
}

/// Why a text is not a path to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimPathFault {
    /// Not a path.
    #[error(
        "is not a claim; write `sub`, `claims.sub`, `realm_access.roles` or `claims[\"https://example.com/roles\"]`"
    )]
    Form,
    /// Too much of it.
    #[error("is too long: at most 512 bytes and 8 names")]
    TooLong,
}

impl ClaimPath {
    /// The names, outermost first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl FromStr for ClaimPath {
    type Err = ClaimPathFault;

    fn from_str(text: &str) -> Result<Self, ClaimPathFault> {
        if text.len() > PATH_MAX {
            return Err(ClaimPathFault::TooLong);
        }
        // `claims` is the variable of filters; on its own it would name a claim of that name.
        let mut rest = match text.strip_prefix("claims") {
            Some(rest) if rest.starts_with(['.', '[']) => rest.strip_prefix('.').unwrap_or(rest),
            _ => text,
        };
        if is_url(rest) {
            // The dots of a URL lead nowhere: claims of that form are how issuers keep apart what
            // their customers add.
            return Ok(Self {
                names: [rest.to_owned()].into(),
            });
        }
        let mut names = Vec::new();
        loop {
            let (name, after) = match rest.strip_prefix('[') {
                Some(quoted) => bracketed(quoted)?,
                None => plain(rest)?,
            };
            names.push(name);
            if names.len() > NAMES_MAX {
                return Err(ClaimPathFault::TooLong);
            }
            match after.as_bytes().first() {
                None => {
                    return Ok(Self {
                        names: names.into(),
                    });
                }
                Some(b'[') => rest = after,
                Some(b'.') => match after.strip_prefix('.') {
                    Some(dotted) if !dotted.starts_with('[') => rest = dotted,
                    _ => return Err(ClaimPathFault::Form),
                },
                Some(_) => return Err(ClaimPathFault::Form),
            }
        }
    }
}

/// Whether `text` is the name of a claim in form of a URL, as it stands.
fn is_url(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_graphic() && !matches!(c, '[' | ']' | '"' | '\'' | '\\');
    (text.starts_with("https://") || text.starts_with("http://")) && text.chars().all(legal)
}

/// `"name"]rest` or `'name']rest`; no escapes: no claim's name holds its own quotes.
fn bracketed(text: &str) -> Result<(String, &str), ClaimPathFault> {
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))
        .ok_or(ClaimPathFault::Form)?;
    let inner = text.strip_prefix(quote).ok_or(ClaimPathFault::Form)?;
    let (name, after) = inner.split_once(quote).ok_or(ClaimPathFault::Form)?;
    let after = after.strip_prefix(']').ok_or(ClaimPathFault::Form)?;
    if name.is_empty() || name.contains('\\') || name.chars().any(char::is_control) {
        return Err(ClaimPathFault::Form);
    }
    Ok((name.to_owned(), after))
}

/// A name up to the next `.` or `[`. Dashes, colons and slashes are common in claims' names.
fn plain(text: &str) -> Result<(String, &str), ClaimPathFault> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '/' | '@');
    if name.is_empty() || !name.chars().all(legal) {
        return Err(ClaimPathFault::Form);
    }
    Ok((name.to_owned(), after))
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")?;
        for name in self.names.iter() {
            let dotted = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if dotted {
                write!(f, ".{name}")?
            } else {
                write!(f, "[\"{name}\"]")?
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_what_they_say() {
        let cases: [(&str, &[&str]); 12] = [
            ("https://x.example/y.z", &["https://x.example/y.z"]),
            ("claims.http://x.example/y", &["http://x.example/y"]),
            ("sub", &["sub"]),
            ("claims.sub", &["sub"]),
            ("claims", &["claims"]),
            ("claims_x", &["claims_x"]),
            ("realm_access.roles", &["realm_access", "roles"]),
            ("claims[\"https://x/y.z\"]", &["https://x/y.z"]),
            ("claims['a b'].c", &["a b", "c"]),
            (
                "resource_access[\"my.app\"].roles",
                &["resource_access", "my.app", "roles"],
            ),
            ("[\"a.b\"]", &["a.b"]),
            ("cognito:groups", &["cognito:groups"]),
        ];
        for (text, names) in cases {
            let path: ClaimPath = text.parse().unwrap();
            assert_eq!(path.names(), names, "{text}");
            assert_eq!(path.to_string().parse(), Ok(path), "{text}");
        }
    }

    #[test]
    fn texts_that_are_not_paths_are_refused() {
        for text in [
            "",
            ".",
            "claims.",
            ".sub",
            "a..b",
            "a.",
            "a b",
            "a[",
            "a[]",
            "a[b]",
            "a[\"b\"",
            "a[\"b]",
            "a[\"\"]",
            "a[\"b\"]c",
            "a.[\"b\"]",
            "claims.a\n",
            "a[\"b\\\"c\"]",
            "$.sub",
            "a[0]",
            "https://x.example/y z",
            "https://x.example/y[\"z\"].",
        ] {
            assert_eq!(
                text.parse::<ClaimPath>(),
                Err(ClaimPathFault::Form),
                "{text:?}"
            );
        }
        assert_eq!(
            "a.".repeat(300).parse::<ClaimPath>(),
            Err(ClaimPathFault::TooLong)
        );
        assert_eq!(
            "a.b.c.d.e.f.g.h.i".parse::<ClaimPath>(),
            Err(ClaimPathFault::TooLong)
        );
    }
}
